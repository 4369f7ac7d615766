/*
 * Putting what was read in order: students by id, results by student and time, sub-scores beside their results, attempts by
 * number. All by counting where the number of students or results is the range, so that four million rows take a second.
 *
 * Files made by a program mostly are in order already; then nothing is copied. Sorting everything by comparing would be a
 * line shorter and minutes slower; a map from student to a list of results would cost a pointer a result and the cache.
 */
#include "study/past_build.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- ids of results */

static size_t id_slot(const struct past_build *build, const uint8_t id[UUID_BYTES]) {
  uint64_t hash;
  memcpy(&hash, id + UUID_BYTES - sizeof hash, sizeof hash); /* the random half */
  size_t slot = (size_t)(hash * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (build->ids_n - 1);
  while (build->ids[slot] && memcmp(build->past->results[build->ids[slot] - 1].id, id, UUID_BYTES) != 0)
    slot = (slot + 1) & (build->ids_n - 1);
  return slot;
}

size_t past_id_find(const struct past_build *build, const uint8_t id[UUID_BYTES]) {
  if (build->ids_n == 0)
    return SIZE_MAX;
  uint32_t found = build->ids[id_slot(build, id)];
  return found ? found - 1 : SIZE_MAX;
}

static int ids_fill(struct past_build *build, size_t slots, size_t results) {
  uint32_t *ids = calloc(slots, sizeof *ids);
  if (!ids)
    return E_NOMEM;
  free(build->ids);
  build->ids = ids;
  build->ids_n = slots;
  for (size_t i = 0; i < results; i++)
    ids[id_slot(build, build->past->results[i].id)] = (uint32_t)i + 1;
  return 0;
}

int past_id_add(struct past_build *build, size_t result) {
  enum { FIRST_SLOTS = 1024 };
  if (2 * result >= build->ids_n) {
    int err = ids_fill(build, build->ids_n ? 2 * build->ids_n : FIRST_SLOTS, result);
    if (err)
      return err;
  }
  build->ids[id_slot(build, build->past->results[result].id)] = (uint32_t)result + 1;
  return 0;
}

int past_ids_again(struct past_build *build) {
  return build->ids_n == 0 ? 0 : ids_fill(build, build->ids_n, build->past->results_n);
}

/* ---------------------------------------------------------------- students */

static int by_id(const void *a, const void *b, void *arg) {
  const struct past_student *one = a, *other = b;
  const struct past_texts *ids = arg;
  return strcmp(past_text(ids, one->id), past_text(ids, other->id));
}

static int students_sort(struct past_build *build) {
  struct past *past = build->past;
  uint32_t *place = malloc((past->students_n + 1) * sizeof *place); /* of the student first known by this number */
  if (!place)
    return E_NOMEM;
  if (past->students_n > 0)
    qsort_r(past->students, past->students_n, sizeof *past->students, by_id, &past->ids);
  for (uint32_t i = 0; i < past->students_n; i++)
    place[past->students[i].id] = i;
  for (size_t i = 0; i < past->results_n; i++)
    past->results[i].student = place[past->results[i].student];
  for (size_t i = 0; i < past->attempts_n; i++)
    past->attempts[i].student = place[past->attempts[i].student];
  free(place);
  return 0;
}

/* ---------------------------------------------------------------- results */

static int by_time(const void *a, const void *b) {
  const struct past_result *one = a, *other = b;
  if (one->taken_at_ms != other->taken_at_ms)
    return one->taken_at_ms < other->taken_at_ms ? -1 : 1;
  return memcmp(one->id, other->id, UUID_BYTES);
}

/* Each student's results behind each other; results_at and results_n are set. */
static int results_gather(struct past *past) {
  bool together = true;
  for (size_t i = 0; i < past->results_n; i++) {
    past->students[past->results[i].student].results_n++;
    together = together && (i == 0 || past->results[i - 1].student <= past->results[i].student);
  }
  uint32_t at = 0;
  for (size_t i = 0; i < past->students_n; i++) {
    past->students[i].results_at = at;
    at += past->students[i].results_n;
  }
  if (together)
    return 0;
  struct past_result *gathered = malloc((past->results_n + 1) * sizeof *gathered);
  if (!gathered)
    return E_NOMEM;
  for (size_t i = 0; i < past->results_n; i++)
    gathered[past->students[past->results[i].student].results_at++] = past->results[i];
  for (size_t i = 0; i < past->students_n; i++)
    past->students[i].results_at -= past->students[i].results_n;
  free(past->results);
  past->results = gathered;
  past->results_room = past->results_n + 1;
  return 0;
}

static int results_group(struct past_build *build) {
  struct past *past = build->past;
  int err = results_gather(past);
  if (err)
    return err;
  for (size_t i = 0; i < past->students_n && past->results_n > 0; i++) {
    struct past_result *first = past->results + past->students[i].results_at;
    size_t n = past->students[i].results_n, sorted = 1;
    while (sorted < n && by_time(&first[sorted - 1], &first[sorted]) < 0)
      sorted++;
    if (sorted < n)
      qsort(first, n, sizeof *first, by_time);
    if (n > past->results_most)
      past->results_most = n;
  }
  return 0;
}

/* ---------------------------------------------------------------- attempts */

static int by_number(const void *a, const void *b) {
  const struct past_attempt *one = a, *other = b;
  if (one->student != other->student)
    return one->student < other->student ? -1 : 1;
  if (one->number != other->number)
    return one->number < other->number ? -1 : 1;
  return one->line < other->line ? -1 : one->line > other->line;
}

static int attempts_group(struct past_build *build) {
  struct past *past = build->past;
  size_t kept = 0;
  if (past->attempts_n > 0)
    qsort(past->attempts, past->attempts_n, sizeof *past->attempts, by_number);
  for (size_t i = 0; i < past->attempts_n; i++) {
    const struct past_attempt *attempt = &past->attempts[i], *before = kept > 0 ? &past->attempts[kept - 1] : NULL;
    if (before && before->student == attempt->student && before->number == attempt->number) {
      past_refuse(build, attempt->line, "attempt", past_student_id(past, attempt->student),
                  "attempt %u of this student stands in line %u already; only one of the two can be meant", attempt->number,
                  (unsigned)before->line);
      continue;
    }
    struct past_student *student = &past->students[attempt->student];
    if (student->attempts_n++ == 0)
      student->attempts_at = (uint32_t)kept;
    past->attempts[kept++] = *attempt;
  }
  past->attempts_n = kept;
  return 0;
}

int past_order(struct past_build *build) {
  int err = students_sort(build);
  if (!err)
    err = attempts_group(build);
  return err ? err : results_group(build);
}

/* ---------------------------------------------------------------- sub-scores */

/* Whether the area is there already among those of one result. */
static bool area_taken(const struct past *past, const struct past_result *result, uint8_t area) {
  for (size_t i = 0; i < result->subs_n; i++)
    if (past->subs[result->subs_at + i].area == area)
      return true;
  return false;
}

int past_subs_group(struct past_build *build) {
  struct past *past = build->past;
  if (build->loose_n == 0)
    return 0;
  uint32_t *room = calloc(past->results_n + 1, sizeof *room), at = 0;
  past->subs = malloc((build->loose_n + 1) * sizeof *past->subs);
  if (!room || !past->subs) {
    free(room);
    return E_NOMEM;
  }
  for (size_t i = 0; i < build->loose_n; i++)
    room[build->loose[i].result]++;
  for (size_t i = 0; i < past->results_n; i++) {
    past->results[i].subs_at = at;
    at += room[i];
  }
  for (size_t i = 0; i < build->loose_n; i++) {
    const struct past_loose_sub *loose = &build->loose[i];
    struct past_result *result = &past->results[loose->result];
    if (area_taken(past, result, loose->area)) {
      past_refuse(build, loose->line, "area", catalogue_area_number(loose->area)->code,
                  "this result has the area in an earlier line already; only one of the two can be meant");
      continue;
    }
    if (result->subs_n == LIMIT_SUBSCORES) {
      past_refuse(build, loose->line, "area", "", "the result has more than %d areas; leave some out", LIMIT_SUBSCORES);
      continue;
    }
    past->subs[result->subs_at + result->subs_n++] =
        (struct past_sub){.items = loose->items, .correct = loose->correct, .area = loose->area};
    past->subs_n++;
  }
  free(room);
  return 0;
}
