/* How figures, days and moments are said, and that a document is read whatever stands in it. */
#include "paper/doc.h"
#include "paper/words.h"

#include "paper/chart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#define NBSP "\u00a0"

static void a_probability_is_never_certain(void **state) {
  (void)state;
  static const struct {
    double p;
    const char *words;
  } cases[] = {{0, "under 1" NBSP "%"}, {.0099, "under 1" NBSP "%"}, {.01, "1" NBSP "%"},     {.616, "62" NBSP "%"},
               {.99, "99" NBSP "%"},    {.991, "over 99" NBSP "%"},  {1, "over 99" NBSP "%"}, {NAN, "none"},
               {INFINITY, "none"},      {-3, "under 1" NBSP "%"}};
  char words[WORDS];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    words_percent(words, cases[i].p);
    assert_string_equal(words, cases[i].words);
  }
}

static void days_are_of_the_calendar(void **state) {
  (void)state;
  char words[WORDS];
  words_day(words, 0);
  assert_string_equal(words, "Jan" NBSP "1, 1970");
  words_day(words, 20797);
  assert_string_equal(words, "Dec" NBSP "10, 2026");
  words_day_short(words, 20797);
  assert_string_equal(words, "Dec" NBSP "10");
  const int32_t none[] = {CHART_NO_DAY, INT32_MAX, INT32_MIN + 1, -800000};
  for (size_t i = 0; i < sizeof none / sizeof *none; i++) { /* before the year 0 and after 9999 there are no days */
    words_day(words, none[i]);
    assert_string_equal(words, "none");
  }
}

static void numbers_are_grouped(void **state) {
  (void)state;
  static const struct {
    int64_t n;
    const char *words;
  } cases[] = {{0, "0"},
               {999, "999"},
               {1000, "1,000"},
               {-1000, "-1,000"},
               {-999, "-999"},
               {1234567, "1,234,567"},
               {INT64_MAX, "9,223,372,036,854,775,807"},
               {INT64_MIN, "-9,223,372,036,854,775,808"}};
  char words[WORDS];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    words_number(words, cases[i].n);
    assert_string_equal(words, cases[i].words);
  }
  words_count(words, 1, "student", "students");
  assert_string_equal(words, "1" NBSP "student");
  words_change(words, 12, 9);
  assert_string_equal(words, "3" NBSP "fewer");
  words_change(words, 9, 12);
  assert_string_equal(words, "3" NBSP "more");
  words_change(words, 9, 9);
  assert_string_equal(words, "as before");
}

static void moments_name_their_zone(void **state) {
  (void)state;
  char words[WORDS];
  words_moment(words, 1800000000000, "America/New_York");
  assert_string_equal(words, "2027-01-15 03:00 (America/New_York)");
  words_moment(words, 1800000000000, "No/Where");
  assert_string_equal(words, "2027-01-15T08:00:00Z");
}

static void what_is_not_there_reads_as_nothing(void **state) {
  (void)state;
  json_t *odd =
      json_pack("{s:s, s:i, s:f, s:n, s:[], s:{}, s:i}", "text", "x", "n", 3, "real", 2.5, "null", "list", "object", "less", -4);
  assert_non_null(odd);
  const json_t *const objects[] = {odd, NULL, json_object_get(odd, "list"), json_object_get(odd, "text"),
                                   json_object_get(odd, "null")};
  assert_int_equal(doc_count(odd, "n"), 3);
  assert_int_equal(doc_count(odd, "real"), 2);
  assert_int_equal(doc_count(odd, "less"), 0);
  assert_true(doc_real(odd, "n") == 3);
  assert_false(doc_has(odd, "null"));
  for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
    assert_string_equal(doc_text(objects[i], "gone"), "");
    assert_string_equal(doc_text(objects[i], "n"), "");
    assert_int_equal(doc_count(objects[i], "text"), 0);
    assert_true(isnan(doc_real(objects[i], "text")));
    assert_null(doc_list(objects[i], "object"));
    assert_null(doc_object(objects[i], "list"));
    assert_false(doc_true(objects[i], "n"));
    assert_int_equal(doc_state(objects[i], "text"), SHEET_STATE_NONE);
    assert_int_equal(doc_moment_ms(objects[i], "text"), 0);
    assert_int_equal(doc_day(objects[i], "text"), CHART_NO_DAY);
  }
  json_decref(odd);
}

static void who_somebody_is(void **state) {
  (void)state;
  json_t *document = json_pack("{s:{s:s, s:i}}", "names", "1001", "Viridian Hackberry", "1002", 5);
  char who[DOC_WHO];
  doc_who(who, document, "1001");
  assert_string_equal(who, "Viridian Hackberry (1001)");
  doc_who(who, document, "1002");
  assert_string_equal(who, "1002");
  doc_who(who, NULL, "1003");
  assert_string_equal(who, "1003");
  json_decref(document);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_probability_is_never_certain),
      cmocka_unit_test(days_are_of_the_calendar),
      cmocka_unit_test(numbers_are_grouped),
      cmocka_unit_test(moments_name_their_zone),
      cmocka_unit_test(what_is_not_there_reads_as_nothing),
      cmocka_unit_test(who_somebody_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
