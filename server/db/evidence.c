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

enum { COL_STUDENT, COL_RESULTS, COL_NAMES };

/* Of a packed result, from its start. */
enum {
  AT_ID = 0,
  AT_TAKEN = 16,
  AT_SCORE = 24,
  AT_ITEMS = 28,
  AT_CORRECT = 30,
  AT_SECONDS = 32,
  AT_OMITTED = 36,
  AT_SUBS_N = 38,
  AT_MARKS = 39,
  AT_REVISION = 40,
  AT_SUBS = 44,
};

enum { MARK_RETRACTED = 1, MARK_REPEAT = 2, MODE_SHIFT = 2, MODE_MASK = 3, SCALE_SHIFT = 4, SUBSCORE_BYTES = 5 };
enum { MICROSECONDS = 1000 };

struct packed {
  const uint8_t *at;
  const char *instrument, *form; /* each ends with a line feed, or with the text */
};

static uint64_t number(const uint8_t *at, size_t bytes) {
  uint64_t v = 0;
  for (size_t i = 0; i < bytes; i++)
    v = v << 8 | at[i];
  return v;
}

/* ---------------------------------------------------------------- finding them */

/* Past the name that begins behind the line feed at `at`; NULL where there is none. */
static const char *name_next(const char *at, const char **ret) {
  if (!at || *at != '\n')
    return NULL;
  *ret = ++at;
  return at + strcspn(at, "\n");
}

/* How many there are; 0 and *ret_bad where bytes or names are left over. `packed` has room for len / AT_SUBS. */
static size_t packed_find(const uint8_t *at, size_t len, const char *names, struct packed *packed, bool *ret_bad) {
  size_t n = 0;
  while (len >= AT_SUBS) {
    size_t size = AT_SUBS + (size_t)at[AT_SUBS_N] * SUBSCORE_BYTES;
    packed[n].at = at;
    names = name_next(name_next(names, &packed[n].instrument), &packed[n].form);
    if (size > len || !names)
      break;
    n++;
    at += size;
    len -= size;
  }
  *ret_bad = len > 0 || !names || *names != '\0';
  return *ret_bad ? 0 : n;
}

/* By id, the highest revision first. */
static int packed_compare(const void *one, const void *other) {
  const struct packed *a = one, *b = other;
  int order = memcmp(a->at + AT_ID, b->at + AT_ID, UUID_BYTES);
  return order ? order : memcmp(b->at + AT_REVISION, a->at + AT_REVISION, AT_SUBS - AT_REVISION);
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

static bool result_read(const struct packed *packed, struct result *ret) {
  const uint8_t *at = packed->at, *sub = at + AT_SUBS;
  memcpy(ret->id, at + AT_ID, UUID_BYTES);
  ret->revision = (uint32_t)number(at + AT_REVISION, 4);
  ret->taken_at_ms = time_ms(at + AT_TAKEN);
  ret->scale = at[AT_MARKS] >> SCALE_SHIFT;
  ret->score_centi = (int32_t)number(at + AT_SCORE, 4);
  ret->mode = at[AT_MARKS] >> MODE_SHIFT & MODE_MASK;
  ret->repeat = at[AT_MARKS] & MARK_REPEAT;
  ret->items = (int16_t)number(at + AT_ITEMS, 2);
  ret->correct = (int16_t)number(at + AT_CORRECT, 2);
  ret->omitted = (int16_t)number(at + AT_OMITTED, 2);
  ret->seconds = (int32_t)number(at + AT_SECONDS, 4);
  ret->seconds_allowed = ret->printed_p_pass_bp = RESULT_UNKNOWN; /* no estimate looks at them */
  ret->subs = at[AT_SUBS_N];
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
  const uint8_t *bytes = cell_bytes(res, row, COL_RESULTS, &len);
  struct packed *packed = arena_alloc(arena, (len / AT_SUBS + 1) * sizeof *packed);
  if (!packed)
    return E_NOMEM;
  size_t n = packed_find(bytes, len, cell_text(res, row, COL_NAMES), packed, &bad);
  struct result *results = arena_zalloc(arena, n, sizeof *results);
  if (!results)
    return E_NOMEM;
  if (bad)
    return E_DATABASE;
  qsort(packed, n, sizeof *packed, packed_compare);
  for (size_t i = 0; i < n; i++) {
    if (i > 0 && memcmp(packed[i].at + AT_ID, packed[i - 1].at + AT_ID, UUID_BYTES) == 0)
      continue; /* an earlier revision */
    if (packed[i].at[AT_MARKS] & MARK_RETRACTED)
      continue;
    if (!result_read(&packed[i], &results[kept]))
      return E_DATABASE;
    kept++;
  }
  *ret_n = kept;
  *ret = results;
  return E_OK;
}
