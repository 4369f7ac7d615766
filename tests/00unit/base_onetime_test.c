/* One-time codes as people copy them, and hexadecimal digits as programs do. */
#include "base/err.h"
#include "base/hex.h"
#include "base/onetime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void codes_differ_and_read_back(void **state) {
  char a[ONETIME_TEXT], b[ONETIME_TEXT], read[ONETIME_TEXT];
  (void)state;
  assert_int_equal(onetime_make(a), 0);
  assert_int_equal(onetime_make(b), 0);
  assert_string_not_equal(a, b);
  assert_int_equal(strlen(a), ONETIME_TEXT - 1);
  assert_true(onetime_read(a, read));
  assert_string_equal(read, a);
}

/* From 112 bits on a fast hash is enough to keep them by; a letter has five. */
static void a_code_may_be_kept_by_a_fast_hash(void **state) {
  char code[ONETIME_TEXT];
  bool seen[256] = {false};
  size_t letters = 0;
  (void)state;
  assert_true(ONETIME_CHARS * 5 >= 112);
  for (int n = 0; n < 64; n++) {
    assert_int_equal(onetime_make(code), 0);
    for (const char *c = code; *c; c++) {
      letters += *c != '-' && !seen[(unsigned char)*c];
      seen[(unsigned char)*c] = true;
    }
  }
  assert_int_equal(letters, 32);
}

static void as_people_type(void **state) {
  static const char *const typed[] = {"01ab-cdef-ghjk-mnpq-rstv-wxyz", "01AB-CDEF-GHJK-MNPQ-RSTV-WXYZ", "01abcdefghjkmnpqrstvwxyz",
                                      "o l a b c - d e f g h jkmnp qrstv wxyz", "OIab-cdef-ghjk-mnpq-rstv-wxyz  "};
  char read[ONETIME_TEXT];
  (void)state;
  for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
    assert_true(onetime_read(typed[i], read));
    assert_string_equal(read, "01ab-cdef-ghjk-mnpq-rstv-wxyz");
  }
}

static void what_is_none(void **state) {
  static const char *const typed[] = {"",
                                      "-",
                                      "01ab-cdef-ghjk-mnpq-rstv-wxy",
                                      "01ab-cdef-ghjk-mnpq-rstv-wxyzz",
                                      "u1ab-cdef-ghjk-mnpq-rstv-wxyz",
                                      "01ab-cdef-ghjk-mnpq-rstv-wxy!",
                                      "01ab-cdef-ghjk-mnpq-rstv-wx\xc3\xa9"};
  char read[ONETIME_TEXT];
  (void)state;
  for (size_t i = 0; i < sizeof typed / sizeof *typed; i++)
    assert_false(onetime_read(typed[i], read));
}

static void hexadecimal(void **state) {
  uint8_t bytes[4];
  size_t len = 99;
  (void)state;
  assert_int_equal(hex_read("00fFa5", 6, bytes, sizeof bytes, &len), 0);
  assert_int_equal(len, 3);
  assert_memory_equal(bytes, "\x00\xff\xa5", 3);
  assert_int_equal(hex_read("", 0, bytes, sizeof bytes, &len), 0);
  assert_int_equal(len, 0);
  assert_int_equal(hex_read("0", 1, bytes, sizeof bytes, &len), E_INVALID);
  assert_int_equal(hex_read("0g", 2, bytes, sizeof bytes, &len), E_INVALID);
  assert_int_equal(hex_read("0011223344", 10, bytes, sizeof bytes, &len), E_LIMIT);
  for (int c = 0; c < 256; c++)
    assert_int_equal(hex_digit((char)c) >= 0, c != 0 && strchr("0123456789abcdefABCDEF", c) != NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(codes_differ_and_read_back),
      cmocka_unit_test(a_code_may_be_kept_by_a_fast_hash),
      cmocka_unit_test(as_people_type),
      cmocka_unit_test(what_is_none),
      cmocka_unit_test(hexadecimal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
