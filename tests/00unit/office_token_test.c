/* Tokens: their form, what a cookie header may say, and that the CSRF token hangs on the session's. */
#include "office/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void tokens_differ_and_have_one_form(void **state) {
  char a[TOKEN_TEXT], b[TOKEN_TEXT];
  (void)state;
  assert_int_equal(token_make(a), 0);
  assert_int_equal(token_make(b), 0);
  assert_string_not_equal(a, b);
  assert_int_equal(strlen(a), 43);
  assert_true(token_is_session(a));
  assert_false(token_is_session(""));
  assert_false(token_is_session("short"));
  a[10] = '+';
  assert_false(token_is_session(a));
}

static void a_pages_token_hangs_on_the_session(void **state) {
  char one[TOKEN_TEXT], again[TOKEN_TEXT], other[TOKEN_TEXT];
  (void)state;
  token_csrf("session one", one);
  token_csrf("session one", again);
  token_csrf("session two", other);
  assert_string_equal(one, again);
  assert_string_not_equal(one, other);
  /* HMAC-SHA256, key "session one", text "stepguard csrf 1", by openssl dgst: a change would sign every page out. */
  assert_string_equal(one, "WbbGyOLgEVmc0IJ__CsOm88YL0TpMRXWgLx0Pu40GmM");
}

static void a_hash_is_sha256_of_the_text(void **state) {
  char hex[TOKEN_HASH_HEX];
  (void)state;
  token_hash_hex("abc", hex);
  assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void cookies(void **state) {
  static const struct {
    const char *header, *value; /* NULL: none */
  } rows[] = {
      {"sid=abc", "abc"},
      {"a=1; sid=abc; b=2", "abc"},
      {"sid=", ""},
      {"sid=a=b", "a=b"},
      {"sid=abc;", "abc"},
      {"", NULL},
      {"sid", NULL},
      {"xsid=abc", NULL},
      {"sid=a; sid=a", NULL},
      {"sid=a; x=1; sid=b", NULL},
      {"sid=0123456789", NULL},
      {"SID=abc", NULL},
      {"a=sid=abc", NULL},
      {"; ; sid=abc", "abc"},
      {";;;", NULL},
      {"sid=012345678", "012345678"},
  };
  char value[10];
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const bool found = token_cookie(rows[i].header, "sid", value, sizeof value);
    assert_int_equal(found, rows[i].value != NULL);
    if (found)
      assert_string_equal(value, rows[i].value);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tokens_differ_and_have_one_form),
      cmocka_unit_test(a_pages_token_hangs_on_the_session),
      cmocka_unit_test(a_hash_is_sha256_of_the_text),
      cmocka_unit_test(cookies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
