/*
 * Reading a class that is larger than memory should be.
 *
 *   1  students.csv and exams.csv: who there is, in order of ids, cut into parts of neighbours
 *   2  results.csv: each row checked, and put aside in the bin of its student's part; its id in the bin of its hash
 *   3  subscores.csv: each row put aside in the bin of its result's hash
 *   4  bin of ids by bin: an id that belongs to two students is a finding, as in past_read(); sub-scores learn whose they are
 *   5  part by part: a struct past as past_read() would make it of these students alone, and the visit
 *
 * Rows come in any order; a file that stands in order of students gains nothing and loses nothing. Parts are cut by order and not
 * by hash, so that what is written part after part stands in order of ids. A student whom only results.csv knows has no attempt, so
 * that no order is asked of those: they are spread over the parts.
 *
 * Rejected: reading results.csv once for each part (parsing is the dearest step); sorting it first (the same bytes
 * written, and the ids still have to be compared over the whole class); 32 bytes a result in memory (half the memory, still
 * growing).
 */
#include "study/past_parts.h"

#include "base/err.h"
#include "study/past_build.h"
#include "study/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is put aside. The student is the number of the id's text in the roster. */
struct result_aside {
  struct past_result result;
  uint32_t line;
  char form[LIMIT_FORM_CHARS + 1]; /* as long as it is */
};

struct id_aside {
  uint8_t id[UUID_BYTES];
  uint32_t student, line;
};

struct parts {
  const struct past_parts_options *options;
  struct past_build *roster, *part; /* all students and attempts; the part at hand, or ids of a bin */
  size_t n, known, first;           /* parts; students of the roster before results.csv; where the part at hand begins */
  uint32_t *place;                  /* of a text's number, among the known in order of ids */
  struct spool *results, *ids, *subs, *joined;
  uint32_t *foreign; /* lines of results whose id belongs to another student */
  size_t foreign_n, foreign_room;
  struct past_totals totals;
};

/* ---------------------------------------------------------------- which bin */

/* Known students begin at part * known / n. */
static size_t part_begins(const struct parts *parts, size_t part) {
  return part * parts->known / parts->n;
}

static size_t part_of(const struct parts *parts, uint32_t student) {
  if (student >= parts->known)
    return student % parts->n;
  size_t part = (size_t)parts->place[student] * parts->n / parts->known;
  while (part + 1 < parts->n && part_begins(parts, part + 1) <= parts->place[student]) /* rounding */
    part++;
  return part;
}

/* By bits that the hash table of a bin does not look at. */
static size_t bin_of(const struct parts *parts, const uint8_t id[UUID_BYTES]) {
  uint64_t hash;
  memcpy(&hash, id + UUID_BYTES - sizeof hash, sizeof hash);
  return (size_t)((hash * UINT64_C(0x9e3779b97f4a7c15) >> 48) * parts->n >> 16);
}

/* ---------------------------------------------------------------- putting aside */

static int result_aside(struct past_build *roster, uint64_t line, struct past_result *result, const char *form) {
  struct parts *parts = roster->aside_arg;
  struct result_aside row = {.result = *result, .line = (uint32_t)line};
  struct id_aside id = {.student = result->student, .line = (uint32_t)line};
  size_t len = strnlen(form, LIMIT_FORM_CHARS);
  memcpy(row.form, form, len);
  memcpy(id.id, result->id, UUID_BYTES);
  int err = spool_put(parts->results, part_of(parts, result->student), &row, offsetof(struct result_aside, form) + len + 1);
  return err ? err : spool_put(parts->ids, bin_of(parts, id.id), &id, sizeof id);
}

static int sub_aside(struct past_build *roster, const struct subscore *row) {
  struct parts *parts = roster->aside_arg;
  return spool_put(parts->subs, bin_of(parts, row->id), row, sizeof *row);
}

static const struct past_aside aside = {.result = result_aside, .sub = sub_aside};

/* ---------------------------------------------------------------- whose an id is */

static int id_join(void *arg, const void *record, size_t len) {
  struct parts *parts = arg;
  struct past *owners = parts->part->past;
  struct id_aside row;
  memcpy(&row, record, len);
  size_t known = past_id_find(parts->part, row.id);
  if (known != SIZE_MAX && owners->results[known].student == row.student)
    return E_OK;
  if (known != SIZE_MAX) {
    parts->roster->file = parts->roster->path[PAST_RESULTS];
    past_foreign(parts->roster, row.line, row.id);
    int err = past_grow(&parts->foreign, &parts->foreign_room, parts->foreign_n + 1, sizeof *parts->foreign);
    if (!err)
      parts->foreign[parts->foreign_n++] = row.line;
    return err;
  }
  int err = past_grow(&owners->results, &owners->results_room, owners->results_n + 1, sizeof *owners->results);
  if (err)
    return err;
  owners->results[owners->results_n] = (struct past_result){.student = row.student};
  memcpy(owners->results[owners->results_n].id, row.id, UUID_BYTES);
  err = past_id_add(parts->part, owners->results_n);
  owners->results_n += !err;
  return err;
}

static int sub_join(void *arg, const void *record, size_t len) {
  struct parts *parts = arg;
  struct subscore row;
  char id[UUID_TEXT];
  memcpy(&row, record, len);
  size_t known = past_id_find(parts->part, row.id);
  if (known != SIZE_MAX)
    return spool_put(parts->joined, part_of(parts, parts->part->past->results[known].student), &row, sizeof row);
  uuid_format(id, row.id);
  parts->roster->file = parts->roster->path[PAST_SUBSCORES];
  past_sub_unknown(parts->roster, row.line, id);
  return E_OK;
}

static int by_number(const void *a, const void *b) {
  uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
  return (one > other) - (one < other);
}

static int ids_join(struct parts *parts) {
  int err = E_OK;
  for (size_t bin = 0; !err && bin < parts->n; bin++) {
    parts->part = past_build_new(&parts->options->past);
    err = parts->part ? spool_each(parts->ids, bin, id_join, parts) : E_NOMEM;
    if (!err)
      err = spool_each(parts->subs, bin, sub_join, parts);
    past_build_free(parts->part);
    parts->part = NULL;
  }
  if (parts->foreign_n > 0)
    qsort(parts->foreign, parts->foreign_n, sizeof *parts->foreign, by_number);
  return err;
}

/* ---------------------------------------------------------------- one part */

static int result_back(void *arg, const void *record, size_t len) {
  struct parts *parts = arg;
  struct result_aside row;
  memcpy(&row, record, len);
  if (parts->foreign_n > 0 && bsearch(&row.line, parts->foreign, parts->foreign_n, sizeof *parts->foreign, by_number))
    return E_OK;
  uint32_t student = row.result.student;
  int err = E_OK;
  if (student < parts->known)
    row.result.student = (uint32_t)(parts->place[student] - parts->first);
  else
    err = past_student_number(parts->part->past, past_text(&parts->roster->past->ids, student), &row.result.student);
  return err ? err : past_result_add(parts->part, row.line, &row.result, row.form);
}

static int sub_back(void *arg, const void *record, size_t len) {
  struct parts *parts = arg;
  struct subscore row;
  memcpy(&row, record, len);
  return past_sub_add(parts->part, &row);
}

/* Students of the roster with their attempts, and the instruments' codes. */
static int part_people(struct parts *parts, size_t from, size_t to) {
  const struct past *roster = parts->roster->past;
  struct past *part = parts->part->past;
  int err = past_grow(&part->instruments, &part->instruments_room, roster->instruments_n, sizeof *part->instruments);
  if (!err && roster->instruments_n > 0)
    memcpy(part->instruments, roster->instruments, roster->instruments_n * sizeof *part->instruments);
  part->instruments_n = roster->instruments_n;
  for (size_t i = from; !err && i < to; i++) {
    const struct past_student *student = &roster->students[i];
    uint32_t number;
    err = past_student_number(part, past_student_id(roster, i), &number);
    if (!err)
      err = past_grow(&part->attempts, &part->attempts_room, part->attempts_n + student->attempts_n, sizeof *part->attempts);
    if (err)
      break;
    part->students[number].dedicated_day = student->dedicated_day;
    part->students[number].track = student->track;
    part->students[number].listed = student->listed;
    for (size_t k = 0; k < student->attempts_n; k++) {
      part->attempts[part->attempts_n] = roster->attempts[student->attempts_at + k];
      part->attempts[part->attempts_n++].student = number;
    }
  }
  return err;
}

static int part_fill(struct parts *parts, size_t number) {
  struct past_build *part = parts->part, *roster = parts->roster;
  part->file = roster->path[PAST_RESULTS];
  int err = part_people(parts, parts->first, part_begins(parts, number + 1));
  if (!err)
    err = spool_each(parts->results, number, result_back, parts);
  if (!err)
    err = past_order(part);
  if (!err)
    err = past_ids_again(part);
  part->file = roster->path[PAST_SUBSCORES];
  if (!err)
    err = spool_each(parts->joined, number, sub_back, parts);
  return err ? err : past_subs_group(part);
}

static int part_visit(struct parts *parts, size_t number) {
  parts->part = past_build_new(&parts->options->past);
  if (!parts->part)
    return E_NOMEM;
  parts->first = part_begins(parts, number);
  int err = part_fill(parts, number);
  parts->totals.results += parts->part->past->results_n;
  parts->totals.refused = parts->roster->past->refused += parts->part->past->refused;
  if (!err)
    err = parts->options->visit(parts->options->arg, parts->part->past, &parts->totals);
  past_build_free(parts->part);
  parts->part = NULL;
  return err;
}

/* ---------------------------------------------------------------- the class */

static int roster_read(struct parts *parts, char reason[PAST_REASON]) {
  struct past_build *roster = parts->roster;
  past_files_find(roster);
  int err = past_file_read(roster, PAST_STUDENTS, reason);
  if (!err)
    err = past_file_read(roster, PAST_EXAMS, reason);
  if (!err)
    err = past_order(roster);
  if (err)
    return err;
  uint64_t part_bytes = parts->options->part_bytes ? parts->options->part_bytes : PAST_PART_BYTES;
  uint64_t wanted = 1 + roster->bytes_total / part_bytes;
  parts->n = wanted < PAST_PARTS_MOST ? (size_t)wanted : PAST_PARTS_MOST;
  parts->known = roster->past->students_n;
  parts->place = calloc(parts->known + 1, sizeof *parts->place);
  parts->results = spool_new(parts->n);
  parts->ids = spool_new(parts->n);
  parts->subs = spool_new(parts->n);
  parts->joined = spool_new(parts->n);
  if (!parts->place || !parts->results || !parts->ids || !parts->subs || !parts->joined)
    return E_NOMEM;
  for (uint32_t i = 0; i < parts->known; i++)
    parts->place[roster->past->students[i].id] = i;
  return E_OK;
}

static int parts_run(struct parts *parts, char reason[PAST_REASON]) {
  struct past_build *roster = parts->roster;
  int err = roster_read(parts, reason);
  parts->totals.attempts = roster->past->attempts_n;
  parts->totals.refused = roster->past->refused;
  if (err || roster->past->attempts_n == 0)
    return err;
  roster->aside = &aside;
  roster->aside_arg = parts;
  err = past_file_read(roster, PAST_RESULTS, reason);
  if (!err)
    err = past_file_read(roster, PAST_SUBSCORES, reason);
  if (!err)
    err = ids_join(parts);
  spool_free(parts->ids);
  spool_free(parts->subs);
  parts->ids = parts->subs = NULL;
  parts->totals.students = roster->past->students_n;
  for (size_t i = 0; !err && i < parts->n; i++)
    err = part_visit(parts, i);
  return err;
}

int past_parts(const struct past_parts_options *options, struct past_totals *ret, char reason[PAST_REASON]) {
  struct parts parts = {.options = options, .roster = past_build_new(&options->past)};
  reason[0] = '\0';
  int err = parts.roster ? parts_run(&parts, reason) : E_NOMEM;
  if (err == E_SYSTEM && !*reason)
    snprintf(reason, PAST_REASON, "cannot put results aside in TMPDIR: %s", strerror(errno));
  else if (err && !*reason)
    snprintf(reason, PAST_REASON, "%s", err_text(err));
  past_build_free(parts.part);
  past_build_free(parts.roster);
  spool_free(parts.results);
  spool_free(parts.ids);
  spool_free(parts.subs);
  spool_free(parts.joined);
  free(parts.place);
  free(parts.foreign);
  *ret = parts.totals;
  return err;
}
