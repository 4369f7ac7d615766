/*
 * Composites in binary: per array a header, per row a length and a number of fields, per field its type, its length (negative for
 * NULL) and its bytes (array_send and record_send of PostgreSQL's source).
 *
 * What is read here was checked before it was stored; all the same every length and number is looked at again: a row that came in
 * by another way must not bring down who reads it.
 */
#include "db/composite.h"

#include "db/types.h"

#include <string.h>

enum { MICROSECONDS = 1000 };

static const uint8_t *take_bytes(struct composite *reader, size_t n) {
  if (reader->bad || n > reader->left) {
    reader->bad = true;
    return NULL;
  }
  const uint8_t *at = reader->at;
  reader->at += n;
  reader->left -= n;
  return at;
}

static int64_t take_int(struct composite *reader, size_t n) {
  const uint8_t *at = take_bytes(reader, n);
  uint64_t v = at && at[0] >= 0x80 ? UINT64_MAX : 0; /* the sign, spread */
  for (size_t i = 0; at && i < n; i++)
    v = v << 8 | at[i];
  return (int64_t)v;
}

struct composite composite_open(const PGresult *res, int row, int col, size_t *ret_rows) {
  struct composite array = {(const uint8_t *)PQgetvalue(res, row, col), (size_t)PQgetlength(res, row, col), false};
  *ret_rows = 0;
  if (PQgetisnull(res, row, col))
    return array;
  int64_t dimensions = take_int(&array, 4);
  take_int(&array, 4); /* whether there are NULLs: a NULL row shows by its length */
  take_int(&array, 4); /* the type's id, which differs from database to database */
  if (array.bad || dimensions == 0)
    return array;
  int64_t rows = take_int(&array, 4);
  take_int(&array, 4); /* lower bound */
  array.bad |= dimensions != 1 || rows < 0 || (size_t)rows > array.left;
  *ret_rows = array.bad ? 0 : (size_t)rows;
  return array;
}

/* 'infinity' stays far away. */
static int32_t day_of(int64_t day) {
  return day > INT32_MAX - TYPE_EPOCH_DAY ? INT32_MAX : (int32_t)(day + TYPE_EPOCH_DAY);
}

int32_t composite_element_day(struct composite *array) {
  array->bad |= take_int(array, 4) != sizeof(int32_t);
  return day_of(take_int(array, sizeof(int32_t)));
}

struct composite composite_row(struct composite *array, int fields) {
  int64_t len = take_int(array, 4);
  const uint8_t *at = len >= 0 ? take_bytes(array, (size_t)len) : NULL;
  struct composite row = {at, (size_t)len, at == NULL};
  row.bad |= take_int(&row, 4) != fields;
  return row;
}

const uint8_t *composite_bytes(struct composite *row, uint32_t type, size_t *ret_len) {
  uint32_t is = (uint32_t)take_int(row, 4);
  int64_t len = take_int(row, 4);
  *ret_len = 0;
  if (is != type)
    row->bad = true;
  if (len < 0 || row->bad)
    return NULL;
  *ret_len = (size_t)len;
  return take_bytes(row, (size_t)len);
}

int64_t composite_int(struct composite *row, uint32_t type, size_t bytes, int64_t low, int64_t high, int64_t if_null) {
  size_t len;
  const uint8_t *at = composite_bytes(row, type, &len);
  if (!at)
    return if_null;
  struct composite one = {at, len, len != bytes};
  int64_t v = take_int(&one, bytes);
  if (one.bad || v < low || v > high)
    row->bad = true;
  return v;
}

bool composite_bool(struct composite *row) {
  return composite_int(row, TYPE_BOOL, 1, 0, 1, 0) != 0;
}

int32_t composite_day(struct composite *row) {
  int64_t day = composite_int(row, TYPE_DATE, 4, INT32_MIN, INT32_MAX, INT64_MIN);
  return day == INT64_MIN ? INT32_MIN : day_of(day);
}

int64_t composite_time_ms(struct composite *row, int64_t if_null) {
  size_t len;
  struct composite at = *row; /* NULL is no number that a time could not be */
  bool null = composite_bytes(&at, TYPE_TIMESTAMPTZ, &len) == NULL;
  int64_t us = composite_int(row, TYPE_TIMESTAMPTZ, 8, INT64_MIN, INT64_MAX, 0);
  return null ? if_null : us / MICROSECONDS - (us % MICROSECONDS < 0) + TYPE_EPOCH_MS;
}

void composite_text(struct composite *row, char *out, size_t cap) {
  size_t len;
  const uint8_t *at = composite_bytes(row, TYPE_TEXT, &len);
  out[0] = '\0';
  if (!at)
    return;
  if (len >= cap || memchr(at, 0, len)) {
    row->bad = true;
    return;
  }
  memcpy(out, at, len);
  out[len] = '\0';
}
