/*
 * Cells of a binary result.
 *
 * The type is checked with each look: it costs two loads, and a statement whose columns moved is found by the first test that
 * runs it, not by a number that is off. What does not fit stops the program, with the place in its last line of log: C and
 * SQL of one release are built against each other, so it is one of us who is wrong, not the data.
 */
#include "db/cells.h"

#include "base/check.h"
#include "base/log.h"
#include "db/types.h"

#include <string.h>

enum { MICROSECONDS = 1000, JSONB_VERSION_BYTES = 1 };

static uint64_t big_endian(const char *at, size_t bytes) {
  uint64_t v = 0;
  for (size_t i = 0; i < bytes; i++)
    v = v << 8 | (uint8_t)at[i];
  return v;
}

/* The bytes of a cell that must be there and be of that type and size. */
static uint64_t number(const PGresult *res, int row, int col, unsigned type, size_t bytes) {
  bool right = PQftype(res, col) == type && PQgetlength(res, row, col) == (int)bytes && PQfformat(res, col) == 1;
  if (!right) {
    const char *name = PQfname(res, col);
    log_event(LOG_ERROR, NULL, "cell_mismatch", "row=%d col=%d name=%s type=%u wanted_type=%u bytes=%d wanted_bytes=%zu", row, col,
              log_value(name ? name : ""), PQftype(res, col), type, PQgetlength(res, row, col), bytes);
    CHECK(right);
  }
  return big_endian(PQgetvalue(res, row, col), bytes);
}

int cell_rows(const PGresult *res) {
  return PQntuples(res);
}

bool cell_null(const PGresult *res, int row, int col) {
  return PQgetisnull(res, row, col);
}

bool cell_bool(const PGresult *res, int row, int col) {
  return number(res, row, col, TYPE_BOOL, 1) != 0;
}

int16_t cell_i16(const PGresult *res, int row, int col) {
  return (int16_t)number(res, row, col, TYPE_INT2, 2);
}

int32_t cell_i32(const PGresult *res, int row, int col) {
  return (int32_t)number(res, row, col, TYPE_INT4, 4);
}

int64_t cell_i64(const PGresult *res, int row, int col) {
  return (int64_t)number(res, row, col, TYPE_INT8, 8);
}

double cell_f64(const PGresult *res, int row, int col) {
  uint64_t bits = number(res, row, col, TYPE_FLOAT8, 8);
  double v;
  memcpy(&v, &bits, sizeof v);
  return v;
}

const char *cell_text(const PGresult *res, int row, int col) {
  const char *text = PQgetvalue(res, row, col);
  CHECK(text);
  /* Binary jsonb is its text behind a version number, which has been 1 since there is jsonb. */
  return PQftype(res, col) == TYPE_JSONB && PQgetlength(res, row, col) > 0 ? text + JSONB_VERSION_BYTES : text;
}

const uint8_t *cell_bytes(const PGresult *res, int row, int col, size_t *ret_len) {
  CHECK(PQftype(res, col) == TYPE_BYTEA || PQftype(res, col) == TYPE_UUID);
  *ret_len = (size_t)PQgetlength(res, row, col);
  return (const uint8_t *)PQgetvalue(res, row, col);
}

const void *cell_binary(const PGresult *res, int row, int col, size_t *ret_len) {
  *ret_len = (size_t)PQgetlength(res, row, col);
  return PQgetisnull(res, row, col) ? NULL : PQgetvalue(res, row, col);
}

int64_t cell_time_ms(const PGresult *res, int row, int col) {
  if (PQgetisnull(res, row, col))
    return INT64_MIN;
  int64_t microseconds = (int64_t)number(res, row, col, TYPE_TIMESTAMPTZ, 8);
  return microseconds / MICROSECONDS - (microseconds % MICROSECONDS < 0) + TYPE_EPOCH_MS;
}

int32_t cell_day(const PGresult *res, int row, int col) {
  if (PQgetisnull(res, row, col))
    return INT32_MIN;
  int32_t day = (int32_t)number(res, row, col, TYPE_DATE, 4);
  return day > INT32_MAX - TYPE_EPOCH_DAY ? INT32_MAX : day + TYPE_EPOCH_DAY; /* 'infinity' stays far away */
}
