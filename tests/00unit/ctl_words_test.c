/* How an estimate is said, and that a document with holes in it (an older or newer database) is said too. */
#include "ctl/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void chances(void **state) {
  (void)state;
  char text[WORDS_TEXT];
  json_t *estimate = json_pack("{s:f,s:f,s:f}", "p", 0.344, "p_low", 0.2, "p_high", 0.511);
  words_chance(text, estimate);
  assert_string_equal(text, "34 % (20 to 51)");
  json_decref(estimate);
  words_chance(text, NULL);
  assert_string_equal(text, "not assessed");
}

static void exams(void **state) {
  (void)state;
  char text[WORDS_TEXT];
  json_t *row = json_pack("{s:s,s:i,s:n}", "exam_day", "2026-12-05", "days_to_exam", 12, "none");
  words_exam(text, row, "exam_day", "days_to_exam");
  assert_string_equal(text, "2026-12-05, in 12 days");
  words_exam(text, row, "exam_day", NULL);
  assert_string_equal(text, "2026-12-05");
  words_exam(text, row, "none", "days_to_exam");
  assert_string_equal(text, "none planned");
  json_decref(row);
}

static void names(void **state) {
  (void)state;
  char text[WORDS_LINE];
  json_t *student = json_pack("{s:s,s:s,s:s}", "student_id", "1042", "given_name", "Teal", "family_name", "Pine");
  words_name(text, student);
  assert_string_equal(text, "Teal Pine (1042)");
  json_object_del(student, "given_name");
  words_name(text, student);
  assert_string_equal(text, "Pine (1042)");
  json_decref(student);
}

static void reasons(void **state) {
  (void)state;
  char text[WORDS_LINE];
  json_t *reason = json_pack("{s:f,s:s}", "points", -0.1424, "text", "form 28: 58 EPC");
  assert_true(words_reason(text, reason));
  assert_string_equal(text, "-14.2  form 28: 58 EPC");
  json_object_set_new(reason, "points", json_real(0.0001));
  assert_false(words_reason(text, reason));
  json_decref(reason);
  assert_false(words_reason(text, NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(chances), cmocka_unit_test(exams), cmocka_unit_test(names),
                                     cmocka_unit_test(reasons)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
