/* Parameters, byte for byte as PostgreSQL's *_recv functions read them, and cells as its *_send functions write them. */
#include "base/err.h"
#include "db/args.h"
#include "db/cells.h"
#include "db/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { CAP = 100000 };

static const uint32_t ids[DB_TYPES] = {0x11, 0x2222, 0x333333, 0x44444444};

static void assert_param(const struct args *args, int i, const void *wanted, size_t len) {
  const char *values[ARGS_MAX];
  int lengths[ARGS_MAX];
  args_vectors(args, values, lengths);
  assert_true(i < args->n);
  assert_int_equal(lengths[i], len);
  assert_memory_equal(values[i], wanted, len);
}

static void plain_values(void **state) {
  (void)state;
  static const uint8_t id[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  struct args args;
  args_init(&args, CAP);
  args_bool(&args, true);
  args_i16(&args, -2);
  args_i32(&args, 258);
  args_i64(&args, -1);
  args_f64(&args, -2.0);
  args_text(&args, "n\xc3\xa9");
  args_bytes(&args, "\0\1", 2);
  args_uuid(&args, id);
  args_time(&args, INT64_C(946684800001)); /* a millisecond after the database's beginning of time */
  args_time(&args, INT64_C(946684799999));
  args_day(&args, 10958);
  args_day(&args, 0); /* 1970-01-01 */
  assert_int_equal(args_finish(&args, ids), E_OK);
  assert_param(&args, 0, "\1", 1);
  assert_param(&args, 1, "\xff\xfe", 2);
  assert_param(&args, 2, "\0\0\1\2", 4);
  assert_param(&args, 3, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
  assert_param(&args, 4, "\xc0\0\0\0\0\0\0\0", 8);
  assert_param(&args, 5, "n\xc3\xa9", 3);
  assert_param(&args, 6, "\0\1", 2);
  assert_param(&args, 7, id, 16);
  assert_param(&args, 8, "\0\0\0\0\0\0\x03\xe8", 8);
  assert_param(&args, 9, "\xff\xff\xff\xff\xff\xff\xfc\x18", 8);
  assert_param(&args, 10, "\0\0\0\1", 4);
  assert_param(&args, 11, "\xff\xff\xd5\x33", 4);
  args_done(&args);
}

static void nulls_and_nothing_are_two_things(void **state) {
  (void)state;
  const char *values[ARGS_MAX];
  int lengths[ARGS_MAX];
  struct args args;
  args_init(&args, CAP);
  args_null(&args);
  args_text(&args, NULL);
  args_time(&args, INT64_MIN);
  args_day(&args, INT32_MIN);
  args_text(&args, "");
  args_bytes(&args, NULL, 0);
  assert_int_equal(args_finish(&args, ids), E_OK);
  args_vectors(&args, values, lengths);
  for (int i = 0; i < 4; i++)
    assert_null(values[i]);
  for (int i = 4; i < 6; i++) {
    assert_non_null(values[i]);
    assert_int_equal(lengths[i], 0);
  }
  args_done(&args);
}

static void put_upload(struct args *args, int32_t school) {
  args_row(args, 5);
  args_i32(args, school);
  args_i64(args, 2);
  args_i64(args, 3);
  args_text(args, NULL); /* NULL fits every type */
  args_i32(args, 4);
}

static void an_array_of_rows(void **state) {
  (void)state;
  static const uint8_t wanted[] = {
      0, 0, 0, 1,  0,    0,    0,    0,    0,    0,    0,    0x11, 0, 0, 0, 2,  0, 0, 0, 1, /* header: type 0x11, two rows */
      0, 0, 0, 68, 0,    0,    0,    5,                                                     /* a row of 68 bytes, 5 fields */
      0, 0, 0, 23, 0,    0,    0,    4,    0,    0,    0,    7,                             /* int4 */
      0, 0, 0, 20, 0,    0,    0,    8,    0,    0,    0,    0,    0, 0, 0, 2,              /* int8 */
      0, 0, 0, 20, 0,    0,    0,    8,    0,    0,    0,    0,    0, 0, 0, 3,              /* int8 */
      0, 0, 0, 17, 0xff, 0xff, 0xff, 0xff,                                                  /* bytea, NULL */
      0, 0, 0, 23, 0,    0,    0,    4,    0,    0,    0,    4,                             /* int4 */
      0, 0, 0, 68, 0,    0,    0,    5,    0,    0,    0,    23,   0, 0, 0, 4,  0, 0, 0, 8, 0, 0, 0, 20,
      0, 0, 0, 8,  0,    0,    0,    0,    0,    0,    0,    2,    0, 0, 0, 20, 0, 0, 0, 8, 0, 0, 0, 0,
      0, 0, 0, 3,  0,    0,    0,    17,   0xff, 0xff, 0xff, 0xff, 0, 0, 0, 23, 0, 0, 0, 4, 0, 0, 0, 4,
  };
  struct args args;
  args_init(&args, CAP);
  args_i16(&args, 1); /* a parameter before, so that offsets are not zero */
  args_rows_begin(&args, DB_TYPE_UPLOAD);
  put_upload(&args, 7);
  put_upload(&args, 8);
  args_rows_end(&args);
  args_i16(&args, 2);
  assert_int_equal(args_finish(&args, ids), E_OK);
  assert_int_equal(args.n, 3);
  assert_param(&args, 1, wanted, sizeof wanted);
  assert_param(&args, 2, "\0\2", 2);
  args_done(&args);
}

static void an_array_of_none(void **state) {
  (void)state;
  struct args args;
  args_init(&args, CAP);
  args_rows_begin(&args, DB_TYPE_RESULT);
  args_rows_end(&args);
  args_rows_begin(&args, DB_TYPE_FLAG);
  args_rows_end(&args);
  assert_int_equal(args_finish(&args, ids), E_OK);
  assert_param(&args, 0, "\0\0\0\0\0\0\0\0\0\0\x22\x22", 12);
  assert_param(&args, 1, "\0\0\0\0\0\0\0\0\x44\x44\x44\x44", 12);
  args_done(&args);
}

static void a_list_of_numbers(void **state) {
  (void)state;
  static const int32_t numbers[] = {7, -1};
  static const uint8_t wanted[] = {
      0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0,    0,    0,    2,    0, 0, 0, 1, /* one dimension of two int4, from 1 */
      0, 0, 0, 4, 0, 0, 0, 7, 0, 0, 0, 4,  0xff, 0xff, 0xff, 0xff,
  };
  static const int64_t large[] = {-2};
  static const uint8_t wanted_large[] = {
      0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
  };
  struct args args;
  args_init(&args, CAP);
  args_i32_list(&args, numbers, 2);
  args_i32_list(&args, NULL, 0);
  args_i64_list(&args, large, 1);
  args_i64_list(&args, NULL, 0);
  assert_int_equal(args_finish(&args, ids), E_OK);
  assert_param(&args, 0, wanted, sizeof wanted);
  assert_param(&args, 1, "\0\0\0\0\0\0\0\0\0\0\0\x17", 12);
  assert_param(&args, 2, wanted_large, sizeof wanted_large);
  assert_param(&args, 3, "\0\0\0\0\0\0\0\0\0\0\0\x14", 12);
  args_done(&args);
}

static void appended_rows_keep_their_types(void **state) {
  (void)state;
  struct args to, from;
  args_init(&to, CAP);
  args_init(&from, CAP);
  args_rows_begin(&to, DB_TYPE_UPLOAD);
  put_upload(&to, 7);
  args_rows_end(&to);
  args_rows_begin(&from, DB_TYPE_UPLOAD);
  put_upload(&from, 9);
  args_rows_end(&from);
  args_append(&to, &from);
  assert_int_equal(from.n, 0);
  assert_int_equal(args_finish(&to, ids), E_OK);
  const char *values[ARGS_MAX];
  int lengths[ARGS_MAX];
  args_vectors(&to, values, lengths);
  assert_int_equal(to.n, 2);
  assert_int_equal(lengths[0], lengths[1]);
  assert_memory_equal(values[0], values[1], 36);
  assert_int_equal(values[1][39], 9);
  args_done(&to);
  args_done(&from);
  args_done(&from); /* twice is allowed: whoever sends takes them, whoever built them need not know */
}

static void failures_stick(void **state) {
  (void)state;
  struct args args;
  args_init(&args, 40);
  args_rows_begin(&args, DB_TYPE_UPLOAD);
  for (int i = 0; i < 100; i++)
    put_upload(&args, i);
  args_rows_end(&args);
  assert_int_equal(args_finish(&args, ids), E_LIMIT);
  args_done(&args);
  args_init(&args, CAP);
  args_time(&args, INT64_MAX); /* no such microsecond */
  assert_int_equal(args_finish(&args, ids), E_INVALID);
  args_done(&args);
}

/* ---- cells ---- */

static PGresult *cell(uint32_t type, const void *bytes, int len) {
  PGresAttDesc attribute = {.name = (char *)(uintptr_t) "c", .format = 1, .typid = type, .typlen = -1};
  PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
  assert_non_null(res);
  assert_int_equal(PQsetResultAttrs(res, 1, &attribute), 1);
  assert_int_equal(PQsetvalue(res, 0, 0, (char *)(uintptr_t)bytes, len), 1);
  return res;
}

static void cells_read_what_args_write(void **state) {
  (void)state;
  PGresult *res = cell(TYPE_INT4, "\xff\xff\xff\xfe", 4);
  assert_int_equal(cell_i32(res, 0, 0), -2);
  PQclear(res);
  res = cell(TYPE_INT8, "\x80\0\0\0\0\0\0\0", 8);
  assert_true(cell_i64(res, 0, 0) == INT64_MIN);
  PQclear(res);
  res = cell(TYPE_INT2, "\x01\x00", 2);
  assert_int_equal(cell_i16(res, 0, 0), 256);
  PQclear(res);
  res = cell(TYPE_BOOL, "\1", 1);
  assert_true(cell_bool(res, 0, 0));
  PQclear(res);
  res = cell(TYPE_FLOAT8, "\xc0\0\0\0\0\0\0\0", 8);
  assert_true(cell_f64(res, 0, 0) == -2.0);
  PQclear(res);
  res = cell(TYPE_TIMESTAMPTZ, "\xff\xff\xff\xff\xff\xff\xff\xff", 8); /* a microsecond before 2000 */
  assert_true(cell_time_ms(res, 0, 0) == INT64_C(946684799999));
  PQclear(res);
  res = cell(TYPE_DATE, "\x7f\xff\xff\xff", 4); /* infinity */
  assert_int_equal(cell_day(res, 0, 0), INT32_MAX);
  PQclear(res);
  res = cell(TYPE_JSONB, "\1{}", 3);
  assert_string_equal(cell_text(res, 0, 0), "{}");
  PQclear(res);
  size_t len = 99;
  res = cell(TYPE_BYTEA, "a\0b", 3);
  assert_memory_equal(cell_bytes(res, 0, 0, &len), "a\0b", 3);
  assert_int_equal(len, 3);
  PQclear(res);
}

static void null_cells(void **state) {
  (void)state;
  PGresult *res = cell(TYPE_TIMESTAMPTZ, NULL, -1);
  assert_true(cell_null(res, 0, 0));
  assert_true(cell_time_ms(res, 0, 0) == INT64_MIN);
  PQclear(res);
  res = cell(TYPE_DATE, NULL, -1);
  assert_int_equal(cell_day(res, 0, 0), INT32_MIN);
  PQclear(res);
  res = cell(TYPE_TEXT, NULL, -1);
  assert_string_equal(cell_text(res, 0, 0), "");
  PQclear(res);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_values),      cmocka_unit_test(nulls_and_nothing_are_two_things),
      cmocka_unit_test(an_array_of_rows),  cmocka_unit_test(an_array_of_none),
      cmocka_unit_test(a_list_of_numbers), cmocka_unit_test(appended_rows_keep_their_types),
      cmocka_unit_test(failures_stick),    cmocka_unit_test(cells_read_what_args_write),
      cmocka_unit_test(null_cells),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
