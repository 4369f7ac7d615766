/* TOTP against the vectors of RFC 6238, appendix B; which steps count. */
#include "office/totp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t secret[TOTP_SECRET_BYTES] = "12345678901234567890"; /* the RFC's */

static void vectors(void **state) {
  static const struct {
    int64_t unix_s;
    const char *code; /* the last six of the RFC's eight digits */
  } rows[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
              {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
  int64_t step;
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_true(totp_check(secret, rows[i].code, rows[i].unix_s, 0, &step));
    assert_int_equal(step, rows[i].unix_s / 30);
  }
}

static void one_step_each_way(void **state) {
  int64_t step;
  (void)state;
  for (int64_t unix_s = 1234567890 - 90; unix_s <= 1234567890 + 90; unix_s++) {
    const int64_t off = unix_s / 30 - 1234567890 / 30;
    const bool right = off >= -1 && off <= 1;
    assert_int_equal(totp_check(secret, "005924", unix_s, 0, &step), right);
  }
}

static void a_step_counts_once(void **state) {
  const int64_t at = 1234567890 / 30;
  int64_t step;
  (void)state;
  assert_true(totp_check(secret, "005924", 1234567890, at - 1, &step));
  assert_false(totp_check(secret, "005924", 1234567890, at, &step));
  assert_false(totp_check(secret, "005924", 1234567890, at + 1, &step));
}

static void what_is_no_code(void **state) {
  static const char *const codes[] = {"", "00592", "0059244", " 05924", "00592a", "+05924", "-05924"};
  int64_t step;
  (void)state;
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
    assert_false(totp_check(secret, codes[i], 1234567890, 0, &step));
}

static void as_an_app_reads_it(void **state) {
  char base32[TOTP_BASE32_TEXT];
  struct buf out;
  (void)state;
  totp_secret_print(secret, base32);
  assert_string_equal(base32, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  buf_init(&out, 1024);
  totp_uri(&out, "College: North & Söhne", "a+b@c.example", base32);
  buf_put(&out, "", 1);
  assert_string_equal((char *)out.data, "otpauth://totp/College%3A%20North%20%26%20S%C3%B6hne:a%2Bb%40c.example"
                                        "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=College%3A%20North%20%26%20S%C3%B6hne");
  buf_done(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(vectors),         cmocka_unit_test(one_step_each_way),  cmocka_unit_test(a_step_counts_once),
      cmocka_unit_test(what_is_no_code), cmocka_unit_test(as_an_app_reads_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
