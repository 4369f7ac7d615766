/* base64url: one spelling for each sequence of bytes (RFC 4648, section 10, and what is not in it). */
#include "base/base64.h"
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void bytes_have_one_spelling(void **state) {
  static const struct {
    const char *text;
    int err;
  } rows[] = {{"", 0},
              {"Zg", 0},
              {"Zm8", 0},
              {"Zm9v", 0},
              {"-_-_", 0},
              {"Z", E_INVALID},
              {"Zh", E_INVALID},
              {"Zm9", E_INVALID},
              {"Zg==", E_INVALID},
              {"Z g", E_INVALID},
              {"+/+/", E_INVALID},
              {"Zm9vZ", E_INVALID},
              {"Zm9\n", E_INVALID}};
  uint8_t bytes[8];
  char text[BASE64URL_CHARS(8) + 1];
  size_t len;
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(base64url_read(rows[i].text, strlen(rows[i].text), bytes, sizeof bytes, &len), rows[i].err);
    if (rows[i].err)
      continue;
    base64url_print(text, bytes, len);
    assert_string_equal(text, rows[i].text);
    if (len > 0)
      assert_int_equal(base64url_read(rows[i].text, strlen(rows[i].text), bytes, len - 1, &len), E_LIMIT);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bytes_have_one_spelling),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
