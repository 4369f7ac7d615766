/*
 * Parameters in PostgreSQL's binary formats (the *_send and *_recv functions of its source are the reference).
 *
 * All bytes go into one buffer; a parameter is a place and a length in it, kept as offsets because the buffer moves when it
 * grows. Lengths that are not known yet (of an array, of a row) are written as zero and patched when they are.
 *
 *   array:  dimensions 1 | has-null 0 | type | count | lower bound 1 | per row: length, row
 *   row:    fields | per field: type, length (-1 for NULL), value
 *
 * Rejected: text parameters (PostgreSQL spends a third more on parsing them, and numbers lose their exactness on the way
 * unless printed with 17 digits), JSON (three times slower, measured).
 */
#include "db/args.h"

#include "base/check.h"
#include "base/err.h"
#include "db/types.h"

#include <limits.h>
#include <string.h>

/* Of the array header, from its start. */
enum { ARRAY_DIMENSIONS = 0, ARRAY_TYPE = 8, ARRAY_COUNT = 12, ARRAY_HEADER_BYTES = 20, EMPTY_ARRAY_BYTES = 12 };

enum { MICROSECONDS = 1000, NULL_LENGTH = -1, LIST_MAX = 1 << 20 /* of one value; nothing we send comes near */ };

void args_init(struct args *args, size_t cap) {
  memset(args, 0, sizeof *args);
  buf_init(&args->buf, cap);
}

void args_done(struct args *args) {
  size_t cap = args->buf.cap;
  buf_done(&args->buf);
  args_init(args, cap);
}

/* ---------------------------------------------------------------- one value */

/* Opens a value of that type and length: a parameter, or a field of the current row. Its bytes follow. */
static void value_begin(struct args *args, uint32_t type, int32_t len) {
  if (args->in_rows) {
    CHECK(args->field < args->fields);
    uint32_t wanted = db_type_row(args->rows[args->rows_n - 1].type)->fields[args->field++];
    CHECK(type == 0 || type == wanted);
    buf_put_i32(&args->buf, (int32_t)wanted);
    buf_put_i32(&args->buf, len);
    return;
  }
  CHECK(args->n < ARGS_MAX);
  args->value[args->n++] = (struct args_value){args->buf.len, len};
}

void args_null(struct args *args) {
  value_begin(args, 0, NULL_LENGTH);
}

void args_bool(struct args *args, bool v) {
  value_begin(args, TYPE_BOOL, 1);
  buf_put_u8(&args->buf, v);
}

void args_i16(struct args *args, int16_t v) {
  value_begin(args, TYPE_INT2, 2);
  buf_put_i16(&args->buf, v);
}

void args_i32(struct args *args, int32_t v) {
  value_begin(args, TYPE_INT4, 4);
  buf_put_i32(&args->buf, v);
}

void args_i64(struct args *args, int64_t v) {
  value_begin(args, TYPE_INT8, 8);
  buf_put_i64(&args->buf, v);
}

void args_f64(struct args *args, double v) {
  value_begin(args, TYPE_FLOAT8, 8);
  buf_put_f64(&args->buf, v);
}

static void put_bytes(struct args *args, uint32_t type, const void *bytes, size_t len) {
  if (len > INT32_MAX && !args->buf.err)
    args->buf.err = E_LIMIT;
  value_begin(args, type, (int32_t)len);
  buf_put(&args->buf, bytes, len);
}

void args_text(struct args *args, const char *s) {
  if (s)
    put_bytes(args, TYPE_TEXT, s, strlen(s));
  else
    args_null(args);
}

void args_bytes(struct args *args, const void *bytes, size_t len) {
  put_bytes(args, TYPE_BYTEA, bytes, len);
}

void args_binary(struct args *args, const void *value, size_t len) {
  CHECK(!args->in_rows);
  put_bytes(args, 0, value, len);
}

void args_uuid(struct args *args, const uint8_t id[16]) {
  put_bytes(args, TYPE_UUID, id, 16);
}

void args_time(struct args *args, int64_t unix_ms) {
  int64_t microseconds;
  if (unix_ms == INT64_MIN) {
    args_null(args);
    return;
  }
  bool too_far = __builtin_sub_overflow(unix_ms, TYPE_EPOCH_MS, &microseconds) ||
                 __builtin_mul_overflow(microseconds, MICROSECONDS, &microseconds);
  if (too_far && !args->buf.err)
    args->buf.err = E_INVALID;
  value_begin(args, TYPE_TIMESTAMPTZ, 8);
  buf_put_i64(&args->buf, microseconds);
}

void args_day(struct args *args, int32_t day) {
  int32_t since;
  if (day == INT32_MIN) {
    args_null(args);
    return;
  }
  if (__builtin_sub_overflow(day, TYPE_EPOCH_DAY, &since) && !args->buf.err)
    args->buf.err = E_INVALID;
  value_begin(args, TYPE_DATE, 4);
  buf_put_i32(&args->buf, since);
}

/* What stands before the elements of an array of n numbers, each with its length in front. Gives how many may follow. */
static size_t list_begin(struct args *args, uint32_t type, uint32_t element, size_t bytes, size_t n) {
  if (n > LIST_MAX) {
    args->buf.err = args->buf.err ? args->buf.err : E_LIMIT;
    n = 0;
  }
  value_begin(args, type, (int32_t)(n > 0 ? ARRAY_HEADER_BYTES + n * (sizeof(int32_t) + bytes) : EMPTY_ARRAY_BYTES));
  buf_put_i32(&args->buf, n > 0); /* dimensions: an empty array has none, and ends after its type */
  buf_put_i32(&args->buf, 0);
  buf_put_i32(&args->buf, (int32_t)element);
  if (n > 0) {
    buf_put_i32(&args->buf, (int32_t)n);
    buf_put_i32(&args->buf, 1); /* lower bound */
  }
  return n;
}

void args_i32_list(struct args *args, const int32_t *v, size_t n) {
  n = list_begin(args, TYPE_INT4_ARRAY, TYPE_INT4, sizeof *v, n);
  for (size_t i = 0; i < n; i++) {
    buf_put_i32(&args->buf, (int32_t)sizeof *v);
    buf_put_i32(&args->buf, v[i]);
  }
}

void args_i64_list(struct args *args, const int64_t *v, size_t n) {
  n = list_begin(args, TYPE_INT8_ARRAY, TYPE_INT8, sizeof *v, n);
  for (size_t i = 0; i < n; i++) {
    buf_put_i32(&args->buf, (int32_t)sizeof *v);
    buf_put_i64(&args->buf, v[i]);
  }
}

/* ---------------------------------------------------------------- rows */

void args_rows_begin(struct args *args, enum db_type type) {
  CHECK(!args->in_rows && args->rows_n < ARGS_ROWS_MAX && args->n < ARGS_MAX);
  size_t at = args->buf.len;
  args->value[args->n++] = (struct args_value){at, 0};
  args->rows[args->rows_n++] = (struct args_rows){.type = type, .at = at};
  args->in_rows = true;
  args->field = args->fields = 0;
  buf_put_i32(&args->buf, 1); /* dimensions */
  buf_put_i32(&args->buf, 0); /* no element is NULL as a whole */
  buf_put_i32(&args->buf, 0); /* the type: args_finish() */
  buf_put_i32(&args->buf, 0); /* the count: args_rows_end() */
  buf_put_i32(&args->buf, 1); /* lower bound */
}

static int32_t length_since(const struct args *args, size_t at) {
  size_t len = args->buf.len - at;
  return len > INT32_MAX ? INT32_MAX : (int32_t)len; /* args are capped far below */
}

static void row_end(struct args *args) {
  CHECK(args->field == args->fields);
  if (args->rows[args->rows_n - 1].rows > 0)
    buf_patch_i32(&args->buf, args->row_at, length_since(args, args->row_at + sizeof(int32_t)));
}

void args_row(struct args *args, int fields) {
  CHECK(args->in_rows && fields == db_type_row(args->rows[args->rows_n - 1].type)->fields_n);
  row_end(args);
  args->rows[args->rows_n - 1].rows++;
  args->row_at = args->buf.len;
  args->field = 0;
  args->fields = fields;
  buf_put_i32(&args->buf, 0); /* its length: row_end() */
  buf_put_i32(&args->buf, fields);
}

void args_rows_end(struct args *args) {
  CHECK(args->in_rows);
  row_end(args);
  struct args_rows *rows = &args->rows[args->rows_n - 1];
  struct args_value *value = &args->value[args->n - 1];
  args->in_rows = false;
  value->len = length_since(args, value->at);
  if (rows->rows == 0) { /* an empty array has no dimensions, and ends after its type */
    buf_patch_i32(&args->buf, rows->at + ARRAY_DIMENSIONS, 0);
    value->len = EMPTY_ARRAY_BYTES;
  } else {
    buf_patch_i32(&args->buf, rows->at + ARRAY_COUNT, rows->rows);
  }
}

/* ---------------------------------------------------------------- sending */

void args_append(struct args *to, struct args *from) {
  CHECK(!to->in_rows && !from->in_rows && to->n + from->n <= ARGS_MAX && to->rows_n + from->rows_n <= ARGS_ROWS_MAX);
  size_t shift = to->buf.len;
  if (from->buf.err && !to->buf.err)
    to->buf.err = from->buf.err;
  buf_put(&to->buf, from->buf.data, from->buf.len);
  for (int i = 0; i < from->n; i++)
    to->value[to->n++] = (struct args_value){from->value[i].at + shift, from->value[i].len};
  for (int i = 0; i < from->rows_n; i++) {
    to->rows[to->rows_n] = from->rows[i];
    to->rows[to->rows_n++].at += shift;
  }
  args_done(from);
}

int args_finish(struct args *args, const uint32_t type_ids[DB_TYPES]) {
  CHECK(!args->in_rows);
  for (int i = 0; i < args->rows_n; i++)
    buf_patch_i32(&args->buf, args->rows[i].at + ARRAY_TYPE, (int32_t)type_ids[args->rows[i].type]);
  return buf_finish(&args->buf);
}

void args_vectors(const struct args *args, const char *values[ARGS_MAX], int lengths[ARGS_MAX]) {
  for (int i = 0; i < args->n; i++) {
    const struct args_value *value = &args->value[i];
    /* A value of no bytes still needs an address: libpq reads NULL as SQL NULL. */
    const char *place = value->len == 0 ? "" : (const char *)args->buf.data + value->at;
    values[i] = value->len < 0 ? NULL : place;
    lengths[i] = value->len < 0 ? 0 : value->len;
  }
}
