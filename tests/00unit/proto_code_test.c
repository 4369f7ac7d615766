/*
 * Enrolment codes. The promise is that no slip of one letter and no swap of two neighbours reaches the network; it is small
 * enough to be tried in full.
 */
#include "proto/code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static struct code example(void) {
  struct code code;
  for (size_t i = 0; i < sizeof(code.secret); i++)
    code.secret[i] = (uint8_t)i;
  for (size_t i = 0; i < sizeof(code.ca_fingerprint); i++)
    code.ca_fingerprint[i] = (uint8_t)(0xa0 + i);
  return code;
}

/* Computed apart from this program: 28 bytes, binascii.crc_hqx, base 32 with the alphabet above. */
static const char example_text[] = "000G-40R4-0M30-E209-185G-R38E-1YGA-38N3-MJJT-D9X8-N6NA-Q6JT";

static void known_text(void **state) {
  (void)state;
  struct code code = example();
  char text[CODE_TEXT];
  code_format(text, &code);
  assert_string_equal(text, example_text);
  memset(&code, 0, sizeof(code));
  code_format(text, &code);
  assert_string_equal(text, "0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000");
}

static void round_trip(void **state) {
  (void)state;
  for (unsigned seed = 0; seed < 2000; seed++) {
    struct code code, again;
    unsigned x = seed * 2654435761u + 1;
    for (size_t i = 0; i < sizeof(code); i++) {
      x = x * 1664525u + 1013904223u;
      ((uint8_t *)&code)[i] = (uint8_t)(x >> 24);
    }
    char text[CODE_TEXT];
    size_t at = 0;
    code_format(text, &code);
    assert_int_equal(code_parse(&again, &at, text), CODE_OK);
    assert_memory_equal(&code, &again, sizeof(code));
  }
}

static void as_people_type_it(void **state) {
  (void)state;
  struct code code = example(), again;
  char text[CODE_TEXT], typed[4 * CODE_TEXT];
  size_t at = 0;
  code_format(text, &code);

  size_t n = 0;
  for (const char *c = text; *c; c++) { /* lower case, no dashes, o for 0, l or i for 1 */
    if (*c == '-')
      continue;
    typed[n] = *c == '0' ? 'o' : *c == '1' ? "li"[n % 2] : (char)tolower(*c);
    n++;
  }
  typed[n] = '\0';
  assert_int_equal(code_parse(&again, &at, typed), CODE_OK);
  assert_memory_equal(&code, &again, sizeof(code));

  static const char *const separators[] = {
      " ", "  -  ", "\t", "\r\n", "\xe2\x80\x90", "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x88\x92", "\xc2\xa0"};
  for (size_t s = 0; s < sizeof(separators) / sizeof(separators[0]); s++) {
    n = 0;
    for (const char *c = text; *c; c++) {
      size_t len = *c == '-' ? strlen(separators[s]) : 1;
      memcpy(typed + n, *c == '-' ? separators[s] : c, len);
      n += len;
    }
    typed[n] = '\0';
    assert_int_equal(code_parse(&again, &at, typed), CODE_OK);
  }
}

static void one_wrong_letter_is_always_seen(void **state) {
  (void)state;
  struct code code = example(), again;
  char text[CODE_TEXT];
  size_t at = 0;
  code_format(text, &code);
  for (size_t i = 0; i < CODE_TEXT - 1; i++) {
    if (text[i] == '-')
      continue;
    char right = text[i];
    for (const char *wrong = alphabet; *wrong; wrong++) {
      if (*wrong == right)
        continue;
      text[i] = *wrong;
      assert_int_equal(code_parse(&again, &at, text), CODE_BAD_CHECK);
    }
    text[i] = right;
  }
}

static void swapped_neighbours_are_always_seen(void **state) {
  (void)state;
  struct code code = example(), again;
  char text[CODE_TEXT];
  size_t at = 0;
  code_format(text, &code);
  for (size_t i = 0; i + 1 < CODE_TEXT - 1; i++) {
    size_t j = text[i + 1] == '-' ? i + 2 : i + 1;
    if (text[i] == '-' || text[i] == text[j])
      continue;
    char keep = text[i];
    text[i] = text[j];
    text[j] = keep;
    assert_int_equal(code_parse(&again, &at, text), CODE_BAD_CHECK);
    text[j] = text[i];
    text[i] = keep;
  }
}

static void wrong_letters_are_pointed_at(void **state) {
  (void)state;
  struct code code = example(), again;
  char text[CODE_TEXT];
  size_t at = 0;
  code_format(text, &code);
  for (unsigned c = 1; c < 256; c++) {
    bool fine = isalnum((int)c) ? toupper((int)c) != 'U' : strchr("- \t\r\n", (int)c) != NULL;
    text[7] = (char)c;
    if (!fine) {
      assert_int_equal(code_parse(&again, &at, text), CODE_BAD_LETTER);
      assert_int_equal(at, 7);
    } else {
      assert_int_not_equal(code_parse(&again, &at, text), CODE_BAD_LETTER);
    }
  }
}

static void letters_are_counted(void **state) {
  (void)state;
  struct code code = example(), again;
  char text[CODE_TEXT + 8];
  size_t at = 0;
  code_format(text, &code);
  memcpy(text + CODE_TEXT - 1, "-ZZ", 4);
  assert_int_equal(code_parse(&again, &at, text), CODE_BAD_LENGTH);
  assert_int_equal(at, 50);
  text[CODE_TEXT - 2] = '\0';
  assert_int_equal(code_parse(&again, &at, text), CODE_BAD_LENGTH);
  assert_int_equal(at, 47);
  assert_int_equal(code_parse(&again, &at, ""), CODE_BAD_LENGTH);
  assert_int_equal(at, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_text),
      cmocka_unit_test(round_trip),
      cmocka_unit_test(as_people_type_it),
      cmocka_unit_test(one_wrong_letter_is_always_seen),
      cmocka_unit_test(swapped_neighbours_are_always_seen),
      cmocka_unit_test(wrong_letters_are_pointed_at),
      cmocka_unit_test(letters_are_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
