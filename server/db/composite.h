/*
 * Reading a cell that is an array, of composites field by field or of days, in PostgreSQL's binary format. The first thing that
 * does not fit makes the reader bad, and everything after reads as nothing: one check at the end.
 */
#ifndef SG_DB_COMPOSITE_H
#define SG_DB_COMPOSITE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct composite {
  const uint8_t *at;
  size_t left;
  bool bad;
};

/* The array in a cell, before its first row; *ret_rows is how many there are. A NULL cell has none. */
struct composite composite_open(const PGresult *res, int row, int col, size_t *ret_rows);
/* The next element of an array of days, which has none that is NULL. */
int32_t composite_element_day(struct composite *array);
/* The next row, which must have that many fields. */
struct composite composite_row(struct composite *array, int fields);

/* The next field of a row: its bytes, NULL where it is NULL. */
const uint8_t *composite_bytes(struct composite *row, uint32_t type, size_t *ret_len);
/* A whole number of `bytes` bytes between two bounds. */
int64_t composite_int(struct composite *row, uint32_t type, size_t bytes, int64_t low, int64_t high, int64_t if_null);
bool composite_bool(struct composite *row);   /* false where it is NULL */
int32_t composite_day(struct composite *row); /* INT32_MIN where it is NULL */
int64_t composite_time_ms(struct composite *row, int64_t if_null);
void composite_text(struct composite *row, char *out, size_t cap); /* "" where it is NULL */

#endif
