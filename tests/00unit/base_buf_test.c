/* The buffer: byte order, the cap, the failure that is remembered; and JSON, which is written through it. */
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void integers_are_big_endian(void **state) {
  (void)state;
  static const uint8_t wanted[] = {0xab, 0xff, 0xfe, 0x00, 0x01, 0x02, 0x03, 0x80, 0, 0, 0,   0,  0,
                                   0,    0,    0x3f, 0xf8, 0,    0,    0,    0,    0, 0, 'o', 'k'};
  struct buf buf;
  buf_init(&buf, 1000);
  buf_put_u8(&buf, 0xab);
  buf_put_i16(&buf, -2);
  buf_put_i32(&buf, 0x00010203);
  buf_put_i64(&buf, INT64_MIN);
  buf_put_f64(&buf, 1.5);
  buf_put(&buf, "ok", 2);
  assert_int_equal(buf_finish(&buf), E_OK);
  assert_int_equal(buf.len, sizeof wanted);
  assert_memory_equal(buf.data, wanted, sizeof wanted);
  buf_patch_i32(&buf, 3, -1);
  assert_memory_equal(buf.data + 3, "\xff\xff\xff\xff\x80", 5);
  buf_done(&buf);
}

static void cap_is_exact_and_failure_sticks(void **state) {
  (void)state;
  struct buf buf;
  buf_init(&buf, 10);
  buf_put(&buf, "0123456789", 10);
  assert_int_equal(buf_finish(&buf), E_OK);
  buf_put_u8(&buf, 'x');
  assert_int_equal(buf_finish(&buf), E_LIMIT);
  assert_int_equal(buf.len, 10);
  buf_clear(&buf);
  assert_int_equal(buf_finish(&buf), E_OK);
  buf_put(&buf, "01234567890", 11);
  buf_put(&buf, "a", 1); /* would fit, but nothing is written after a failure */
  assert_int_equal(buf_finish(&buf), E_LIMIT);
  assert_int_equal(buf.len, 0);
  buf_done(&buf);
}

static void grows_to_any_length_below_the_cap(void **state) {
  (void)state;
  struct buf buf;
  buf_init(&buf, 100000);
  for (int i = 0; i < 100000; i++)
    buf_put_u8(&buf, (uint8_t)i);
  assert_int_equal(buf_finish(&buf), E_OK);
  for (int i = 0; i < 100000; i++)
    assert_int_equal(buf.data[i], (uint8_t)i);
  buf_done(&buf);
}

static void printf_leaves_no_nul(void **state) {
  (void)state;
  struct buf buf;
  buf_init(&buf, 100);
  buf_printf(&buf, "%d-%s", 7, "x");
  buf_printf(&buf, "!");
  assert_int_equal(buf.len, 4);
  assert_memory_equal(buf.data, "7-x!", 4);
  buf_done(&buf);
}

static void assert_json(const char *text, const char *wanted) {
  struct buf buf;
  buf_init(&buf, 1000);
  json_put_string(&buf, text);
  assert_int_equal(buf_finish(&buf), E_OK);
  assert_int_equal(buf.len, strlen(wanted));
  assert_memory_equal(buf.data, wanted, buf.len);
  buf_done(&buf);
}

static void json_strings(void **state) {
  (void)state;
  assert_json("", "\"\"");
  assert_json("plain \xc3\xa9 \xf0\x9f\x93\x88", "\"plain \xc3\xa9 \xf0\x9f\x93\x88\"");
  assert_json("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
  assert_json("\b\f\n\r\t\x01\x1f\x7f", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
  assert_json("\xe2\x80\xa8\xe2\x80\xa9", "\"\\u2028\\u2029\"");
  assert_json("\xff|\xc3|\xed\xa0\x80", "\"\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void json_numbers_read_back_the_same(void **state) {
  (void)state;
  static const double values[] = {0, -0.0, 1, 0.1, 1.0 / 3, -2.5e-9, 123456789.125, DBL_MAX, DBL_MIN, 4.9e-324};
  char text[64];
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    struct buf buf;
    buf_init(&buf, sizeof text - 1);
    json_put_number(&buf, values[i]);
    memcpy(text, buf.data, buf.len);
    text[buf.len] = '\0';
    assert_true(strtod(text, NULL) == values[i]);
    buf_done(&buf);
  }
  struct buf buf;
  buf_init(&buf, 100);
  json_put_number(&buf, NAN);
  json_put_number(&buf, -INFINITY);
  json_put_number(&buf, 0.1);
  assert_memory_equal(buf.data, "nullnull0.1", 11);
  buf_done(&buf);
}

/* What json_put_number() says in its header, done by printing and reading back. */
static void number_by_printing(char *out, size_t cap, double v) {
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(out, cap, "%.*g", digits, v);
    if (strtod(out, NULL) == v)
      return;
  }
}

static void assert_number(struct buf *buf, double v) {
  char wanted[64];
  number_by_printing(wanted, sizeof wanted, v);
  buf_clear(buf);
  json_put_number(buf, v);
  buf_put_u8(buf, '\0');
  assert_string_equal(buf->data, wanted);
}

static void json_numbers_are_those_that_printf_gives(void **state) {
  (void)state;
  struct buf buf;
  uint64_t random = 88172645463325252; /* xorshift64 */
  buf_init(&buf, 100);
  for (int i = 0; i < 400000; i++) {
    double v, size;
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    memcpy(&v, &random, sizeof v);
    if (isfinite(v))
      assert_number(&buf, v); /* of any size */
    size = ldexp((double)(random >> 11), (int)(random % 80) - 100);
    assert_number(&buf, size); /* of everyday size, all digits used */
    assert_number(&buf, -round(size * 1000) / 1000);
    assert_number(&buf, (double)(float)size);
  }
  for (double ten = 1e-8; ten < 1e20; ten *= 10) {
    assert_number(&buf, ten);
    assert_number(&buf, nextafter(ten, 0));
    assert_number(&buf, nextafter(ten, INFINITY));
  }
  for (int power = -60; power < 60; power++)
    for (int below = -2; below <= 2; below++)
      assert_number(&buf, ldexp(1, power) * (1 + below * DBL_EPSILON));
  buf_done(&buf);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(integers_are_big_endian),
      cmocka_unit_test(cap_is_exact_and_failure_sticks),
      cmocka_unit_test(grows_to_any_length_below_the_cap),
      cmocka_unit_test(printf_leaves_no_nul),
      cmocka_unit_test(json_strings),
      cmocka_unit_test(json_numbers_read_back_the_same),
      cmocka_unit_test(json_numbers_are_those_that_printf_gives),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
