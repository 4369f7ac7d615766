/*
 * Results, unpacked four million times a night. sql/api/student_evidence.sql says what stands where, and why it is packed.
 *
 * They come in no order and with every revision. Sorted by id, of equal ids the highest revision first, those that count are the
 * first of each id unless they take it back; the others are passed over without being unpacked. Sorting and choosing in the
 * database was rejected: there it takes as long as everything else together.
 *
 * Every length and number is looked at, for a row that came in by another way must not bring down who reads it.
 */
#include "db/evidence.h"

#include "base/err.h"
#include "db/types.h"

#include <stdlib.h>
#include <string.h>

enum { COL_STUDENT, COL_PACKED, COL_INSTRUMENTS, COL_FORMS };

/* Of a packed result, from its start. */
enum {
  AT_ID = 0,
  AT_TAKEN = 16,
  AT_SCORE = 24, /* with items and correct */
  AT_TIMES = 32, /* seconds, omitted, marks */
  AT_MARKS = 38,
  AT_TAIL = 40, /* revision, if it is marked; sub-scores */
};

enum { MARK_RETRACTED = 1, MARK_REPEAT = 2, MODE_SHIFT = 2, MODE_MASK = 3, SCALE_SHIFT = 4, SCALE_MASK = 7, MARK_REVISED = 128 };
enum { SUBS_SHIFT = 8, REVISION_BYTES = 4, SUBSCORE_BYTES = 5 };
enum { MICROSECONDS = 1000 };

struct packed {
  const uint8_t *at, *subs;
  const char *instrument, *form; /* each ends with a line feed, or with the text */
  uint32_t revision;
  uint16_t marks;
};

static uint64_t number(const uint8_t *at, size_t bytes) {
  uint64_t v = 0;
  for (size_t i = 0; i < bytes; i++)
    v = v << 8 | at[i];
  return v;
}

/* ---------------------------------------------------------------- finding them */

/* The name that begins there, and where the next one does; NULL behind the last. */
static const char *name_next(const char **names) {
  const char *name = *names, *end = name ? strchr(name, '\n') : NULL;
  *names = end ? end + 1 : NULL;
  return name;
}

/* How many bytes it has; more than there are where there are too few. */
static size_t packed_size(const uint8_t *at, size_t len, struct packed *ret) {
  *ret = (struct packed){.at = at, .subs = at + AT_TAIL, .marks = (uint16_t)number(at + AT_MARKS, 2)};
  size_t size = AT_TAIL + (size_t)(ret->marks >> SUBS_SHIFT) * SUBSCORE_BYTES;
  if (!(ret->marks & MARK_REVISED))
    return size;
  size += REVISION_BYTES;
  if (size <= len)
    ret->revision = (uint32_t)number(at + AT_TAIL, REVISION_BYTES);
  ret->subs += REVISION_BYTES;
  return size;
}

/* How many there are; 0 and *ret_bad where bytes or names are left over. `packed` has room for len / AT_TAIL. */
static size_t packed_find(const uint8_t *at, size_t len, const char *instruments, const char *forms, struct packed *packed,
                          bool *ret_bad) {
  size_t n = 0;
  while (len >= AT_TAIL) {
    size_t size = packed_size(at, len, &packed[n]);
    packed[n].instrument = name_next(&instruments);
    packed[n].form = name_next(&forms);
    if (size > len || !packed[n].instrument || !packed[n].form)
      break;
    n++;
    at += size;
    len -= size;
  }
  *ret_bad = len > 0 || instruments || forms;
  return *ret_bad ? 0 : n;
}

/* By id, the highest revision first. */
static int packed_compare(const void *one, const void *other) {
  const struct packed *a = one, *b = other;
  int order = memcmp(a->at + AT_ID, b->at + AT_ID, UUID_BYTES);
  return order ? order : (a->revision < b->revision) - (a->revision > b->revision);
}

/* ---------------------------------------------------------------- one of them */

static bool name_read(const char *name, char *out, size_t cap) {
  size_t len = strcspn(name, "\n");
  if (len >= cap)
    return false;
  memcpy(out, name, len);
  out[len] = '\0';
  return true;
}

static int64_t time_ms(const uint8_t *at) {
  int64_t us = (int64_t)number(at, 8);
  return us / MICROSECONDS - (us % MICROSECONDS < 0) + TYPE_EPOCH_MS;
}

/* Of numbers that were added up, each shifted by the bits of those below it: without the lowest, which is `part`. */
static void part_take(int64_t *sum, int64_t part, int bits) {
  *sum = (int64_t)((uint64_t)*sum - (uint64_t)part) / (INT64_C(1) << bits);
}

static bool result_read(const struct packed *packed, struct result *ret) {
  enum { INT2_BITS = 16, INT4_BITS = 32 };
  const uint8_t *sub = packed->subs;
  int64_t score = (int64_t)number(packed->at + AT_SCORE, 8), times = (int64_t)number(packed->at + AT_TIMES, 8);
  part_take(&times, packed->marks, INT2_BITS);
  memcpy(ret->id, packed->at + AT_ID, UUID_BYTES);
  ret->revision = packed->revision;
  ret->taken_at_ms = time_ms(packed->at + AT_TAKEN);
  ret->scale = packed->marks >> SCALE_SHIFT & SCALE_MASK;
  ret->score_centi = (int32_t)(uint32_t)score;
  part_take(&score, ret->score_centi, INT4_BITS);
  ret->mode = packed->marks >> MODE_SHIFT & MODE_MASK;
  ret->repeat = packed->marks & MARK_REPEAT;
  ret->correct = (int16_t)(uint16_t)score;
  part_take(&score, ret->correct, INT2_BITS);
  ret->items = (int32_t)score;
  ret->omitted = (int16_t)(uint16_t)times;
  part_take(&times, ret->omitted, INT2_BITS);
  ret->seconds = (int32_t)times;
  ret->seconds_allowed = ret->printed_p_pass_bp = RESULT_UNKNOWN; /* no estimate looks at them */
  ret->subs = (uint8_t)(packed->marks >> SUBS_SHIFT);
  for (size_t i = 0; i < ret->subs && i < LIMIT_SUBSCORES; i++, sub += SUBSCORE_BYTES) {
    ret->sub_area[i] = sub[0];
    ret->sub_items[i] = (uint16_t)number(sub + 1, 2);
    ret->sub_correct[i] = (uint16_t)number(sub + 3, 2);
  }
  return ret->subs <= LIMIT_SUBSCORES && ret->scale <= SCALE_OWN && ret->items >= RESULT_UNKNOWN &&
         ret->correct >= RESULT_UNKNOWN && ret->omitted >= RESULT_UNKNOWN && ret->seconds >= RESULT_UNKNOWN &&
         ret->revision <= INT32_MAX && name_read(packed->instrument, ret->instrument, sizeof ret->instrument) &&
         name_read(packed->form, ret->form, sizeof ret->form);
}

/* ---------------------------------------------------------------- all of a student */

int64_t evidence_student(const PGresult *res, int row) {
  return cell_i64(res, row, COL_STUDENT);
}

int evidence_decode(const PGresult *res, int row, struct arena *arena, const struct result **ret, size_t *ret_n) {
  size_t len, kept = 0;
  bool bad;
  const uint8_t *bytes = cell_bytes(res, row, COL_PACKED, &len);
  struct packed *packed = arena_alloc(arena, (len / AT_TAIL + 1) * sizeof *packed);
  if (!packed)
    return E_NOMEM;
  size_t n = packed_find(bytes, len, cell_text(res, row, COL_INSTRUMENTS), cell_text(res, row, COL_FORMS), packed, &bad);
  struct result *results = arena_zalloc(arena, n, sizeof *results);
  if (!results)
    return E_NOMEM;
  if (bad)
    return E_DATABASE;
  qsort(packed, n, sizeof *packed, packed_compare);
  for (size_t i = 0; i < n; i++) {
    if (i > 0 && memcmp(packed[i].at + AT_ID, packed[i - 1].at + AT_ID, UUID_BYTES) == 0)
      continue; /* an earlier revision */
    if (packed[i].marks & MARK_RETRACTED)
      continue;
    if (!result_read(&packed[i], &results[kept]))
      return E_DATABASE;
    kept++;
  }
  *ret_n = kept;
  *ret = results;
  return E_OK;
}
