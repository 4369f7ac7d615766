/* UTF-8: every character there is, and the ways of writing one wrongly that attackers use. */
#include "proto/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static size_t encode(char out[4], uint32_t c) {
  if (c < 0x80) {
    out[0] = (char)c;
    return 1;
  }
  if (c < 0x800) {
    out[0] = (char)(0xc0 | c >> 6);
    out[1] = (char)(0x80 | (c & 0x3f));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = (char)(0xe0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 0x3f));
    out[2] = (char)(0x80 | (c & 0x3f));
    return 3;
  }
  out[0] = (char)(0xf0 | c >> 18);
  out[1] = (char)(0x80 | (c >> 12 & 0x3f));
  out[2] = (char)(0x80 | (c >> 6 & 0x3f));
  out[3] = (char)(0x80 | (c & 0x3f));
  return 4;
}

static void every_character(void **state) {
  (void)state;
  for (uint32_t c = 0; c < 0x140000; c++) {
    char text[4];
    uint32_t read = 0;
    size_t n = encode(text, c);
    bool good = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
    assert_int_equal(utf8_next(text, n, &read), good ? n : 0);
    if (good)
      assert_int_equal(read, c);
    assert_int_equal(utf8_next(text, n - 1, &read), 0); /* cut short */
  }
}

static void wrong_spellings(void **state) {
  (void)state;
  static const char *const wrong[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x80\xaf",
                                      "\xe0\x9f\xbf",
                                      "\xf0\x80\x80\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xed\xa0\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf8\x88\x80\x80\x80",
                                      "\xfe",
                                      "\xff",
                                      "\xc3(",
                                      "a\xe2\x82",
                                      "\xe2\x82z"};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    assert_false(utf8_valid(wrong[i], strlen(wrong[i])));
    assert_false(utf8_plain(wrong[i], strlen(wrong[i])));
  }
  assert_false(utf8_valid("a\0b", 3));
  assert_true(utf8_valid("", 0));
}

static void plain_is_what_can_be_shown(void **state) {
  (void)state;
  static const char *const plain[] = {"", "Form 31", "Zo\xc3\xab's laptop", "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x99\x82", "=1+1"};
  static const char *const not_plain[] = {"a\tb",          "a\nb",         "\x1b[31m",     "\x7f",        "\xc2\x85",
                                          "a\xe2\x80\xa8", "\xe2\x80\xae", "\xe2\x81\xa6", "\xef\xbb\xbf"};
  for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
    assert_true(utf8_plain(plain[i], strlen(plain[i])));
  for (size_t i = 0; i < sizeof(not_plain) / sizeof(not_plain[0]); i++) {
    assert_false(utf8_plain(not_plain[i], strlen(not_plain[i])));
    assert_true(utf8_valid(not_plain[i], strlen(not_plain[i])));
  }
}

static void PRINTF_LIKE(3, 4) format(char *out, size_t cap, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  utf8_format(out, cap, fmt, args);
  va_end(args);
}

static void cutting_keeps_characters_whole(void **state) {
  (void)state;
  static const size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (size_t room = 0; room < sizeof(kept) / sizeof(kept[0]); room++) {
    char out[32];
    format(out, room + 1, "%s%s", "a\xc3\xab", "\xe6\x97\xa5\xf0\x9f\x99\x82");
    assert_int_equal(strlen(out), kept[room]);
  }
  format(NULL, 0, "%s", "nothing to write to");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_character),
      cmocka_unit_test(wrong_spellings),
      cmocka_unit_test(plain_is_what_can_be_shown),
      cmocka_unit_test(cutting_keeps_characters_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
