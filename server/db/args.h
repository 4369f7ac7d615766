/*
 * Typed, binary parameters of one statement: a builder with a sticky failure, checked once when it is sent.
 *
 * A put adds a parameter; between args_rows_begin() and args_rows_end(), which together are one parameter (an array of a
 * composite type of schema api), it adds a field of the current row:
 *
 *   args_i32(a, school);                        $1
 *   args_rows_begin(a, DB_TYPE_RESULT);         $2
 *   for (...) { args_row(a, 16); args_i32(...); ... 16 puts }
 *   args_rows_end(a);
 *
 * In a row every put must be of the type that db/types.c names for that field (checked), and NULL gets its type from there.
 *
 * Type ids of composites differ from database to database; the places where they stand are remembered and filled in by the
 * connection that sends (types are looked up once per connection).
 */
#ifndef SG_DB_ARGS_H
#define SG_DB_ARGS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum { ARGS_MAX = 24, ARGS_ROWS_MAX = 4 };

/* Composite types of schema api; their names stand in db/types.c. */
enum db_type {
  DB_TYPE_UPLOAD,
  DB_TYPE_RESULT,
  DB_TYPE_EVALUATION,
  DB_TYPE_FLAG,
  DB_TYPE_PLAN_STEP,
  DB_TYPE_ATTEMPT,
  DB_TYPE_ESTIMATE,
  DB_TYPES
};

struct args {
  struct buf buf;
  int n;
  struct args_value {
    size_t at;
    int32_t len; /* < 0: NULL */
  } value[ARGS_MAX];
  int rows_n;
  struct args_rows {
    enum db_type type;
    size_t at; /* of the array in buf */
    int32_t rows;
  } rows[ARGS_ROWS_MAX];
  bool in_rows;
  int field, fields; /* of the current row: put so far, and to be put */
  size_t row_at;     /* of the current row's length */
};

void args_init(struct args *args, size_t cap);
void args_done(struct args *args);

void args_null(struct args *args);
void args_bool(struct args *args, bool v);
void args_i16(struct args *args, int16_t v);
void args_i32(struct args *args, int32_t v);
void args_i64(struct args *args, int64_t v);
void args_f64(struct args *args, double v);
void args_text(struct args *args, const char *s); /* NULL gives SQL NULL */
void args_bytes(struct args *args, const void *bytes, size_t len);
void args_binary(struct args *args, const void *value,
                 size_t len); /* in PostgreSQL's own form, as cell_binary() gives it; no field */
void args_uuid(struct args *args, const uint8_t id[16]);
void args_time(struct args *args, int64_t unix_ms);                /* timestamptz; INT64_MIN gives NULL */
void args_day(struct args *args, int32_t day);                     /* date; INT32_MIN gives NULL */
void args_i32_list(struct args *args, const int32_t *v, size_t n); /* int4[] */
void args_i64_list(struct args *args, const int64_t *v, size_t n); /* int8[] */

void args_rows_begin(struct args *args, enum db_type type);
void args_row(struct args *args, int fields);
void args_rows_end(struct args *args);

/* ---- for those who send ---- */

/* Adds the parameters of `from`, which are complete, after those of `to`. `from` is empty afterwards. */
void args_append(struct args *to, struct args *from);

/* Writes the ids of the composite types (by enum db_type) into their places. 0, or the first failure of any put. */
int args_finish(struct args *args, const uint32_t type_ids[DB_TYPES]) MUSTCHECK;

/* The parameters as libpq wants them; valid until the args change. */
void args_vectors(const struct args *args, const char *values[ARGS_MAX], int lengths[ARGS_MAX]);

#endif
