/* What goes into a sheet and comes out of it: grouping, cleaned text, limits, and a failure that is kept. */
#include "paper/sheet_block.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void what_follows_itself_is_one_block(void **state) {
  (void)state;
  const struct sheet_column columns[] = {{.title = "student", .head = 1}, {.title = "state"}};
  struct sheet *sheet = sheet_new();
  sheet_title(sheet, "Brief", NULL);
  sheet_fact(sheet, "as of", "%d", 3);
  sheet_fact(sheet, "zone", "UTC");
  sheet_item(sheet, "1001", "one");
  sheet_state_item(sheet, SHEET_AT_RISK, "1002", "two");
  sheet_whole(sheet, 5);
  sheet_table(sheet, "Who", columns, 2, "nobody");
  sheet_cell(sheet, "1001");
  sheet_state_cell(sheet, SHEET_ON_TRACK);
  sheet_cell(sheet, "1002");
  assert_int_equal(sheet_failed(sheet), 0);
  assert_int_equal(sheet->n, 3);
  assert_int_equal(sheet->blocks[0].parts_n, 2);
  assert_string_equal(sheet->blocks[0].parts[0].text, "3");
  assert_int_equal(sheet->blocks[1].parts[1].state, SHEET_AT_RISK);
  assert_int_equal(sheet_beyond(&sheet->blocks[1], 2), 3);
  assert_int_equal(sheet_rows(&sheet->blocks[2]), 2);
  assert_string_equal(sheet_cell_at(&sheet->blocks[2], 0, 1)->text, "on track");
  assert_string_equal(sheet_cell_at(&sheet->blocks[2], 1, 1)->text, "");
  assert_string_equal(sheet->subtitle, "");
  sheet_free(sheet);
}

static void text_is_cleaned(void **state) {
  (void)state;
  static const struct {
    const char *in, *out;
  } cases[] = {
      {"plain", "plain"},
      {"two\nlines\tand a tab\r", "two\nlines and a tab"},
      {"broken \xff\xc3", "broken \ufffd\ufffd"},
      {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
      {"turned \u202e around", "turned  around"},
      {"\ufeff\u200e\x1b[31m", "[31m"},
      {"\uffff", "\ufffd"},
      {"at 80 % or 7 percent, %1 %", "at 80\u00a0% or 7 percent, %1\u00a0%"},
      {" %", " %"},
      {"9 ", "9 "},
      {"\u05d0\u05d1 \U0001f393", "\u05d0\u05d1 \U0001f393"},
  };
  struct sheet *sheet = sheet_new();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    sheet_text(sheet, "%s", cases[i].in);
    assert_string_equal(sheet->blocks[i].text, cases[i].out);
  }
  sheet_free(sheet);
}

static void a_long_text_is_cut_between_characters(void **state) {
  (void)state;
  enum { LONG = 3 * SHEET_TEXT_BYTES };
  char *text = malloc(LONG + 1);
  for (size_t i = 0; i < LONG; i++)
    text[i] = "\u20ac"[i % 3];
  text[LONG] = '\0';
  struct sheet *sheet = sheet_new();
  sheet_text(sheet, "%s", text);
  sheet_heading(sheet, 9, "x%s", text);
  sheet_notice(sheet, "xx%s", text);
  for (size_t i = 0; i < 3; i++) {
    size_t len = strlen(sheet->blocks[i].text);
    assert_in_range(len, SHEET_TEXT_BYTES - 16, SHEET_TEXT_BYTES);
    assert_string_equal(sheet->blocks[i].text + len - 6, "\u20ac\u2026");
  }
  assert_int_equal(sheet->blocks[1].level, SHEET_LEVEL_LAST);
  sheet_free(sheet);
  free(text);
}

static void over_the_cap_is_refused_and_stays_refused(void **state) {
  (void)state;
  char text[SHEET_TEXT_BYTES];
  memset(text, 'a', sizeof text);
  text[sizeof text - 1] = '\0';
  struct sheet *sheet = sheet_new();
  for (size_t i = 0; i < 2 * SHEET_CAP_BYTES / sizeof text; i++)
    sheet_item(sheet, "", "%s", text);
  assert_int_equal(sheet_failed(sheet), E_LIMIT);
  sheet_title(sheet, "late", "later");
  sheet_figure(sheet, SHEET_AT_RISK, "a", "b", NULL);
  sheet_chart(sheet, &(struct chart){.kind = CHART_STATES, .points_n = 0});
  sheet_cell(sheet, "no table");
  sheet_whole(sheet, 1);
  assert_int_equal(sheet_failed(sheet), E_LIMIT);
  sheet_free(sheet);
}

static void a_chart_brings_its_numbers(void **state) {
  (void)state;
  const struct chart_point points[] = {{.label = "Jan 4", .counts = {1, 2, 3, 4}}, {.label = NULL}};
  struct chart chart = {.kind = CHART_WEEKS, .title = "Exams", .message = "Ten exams", .points = points, .points_n = 2};
  struct sheet *sheet = sheet_new();
  sheet_chart(sheet, &chart);
  chart.told = true;
  sheet_chart(sheet, &chart);
  assert_int_equal(sheet_failed(sheet), 0);
  assert_int_equal(sheet->n, 3);
  assert_true(sheet->blocks[1].of_chart);
  assert_int_equal(sheet_rows(&sheet->blocks[1]), 2);
  assert_string_equal(sheet_cell_at(&sheet->blocks[1], 0, 4)->text, "4");
  assert_int_equal(sheet->blocks[2].kind, SHEET_CHART);
  sheet_free(sheet);
}

static void only_web_addresses_are_followed(void **state) {
  (void)state;
  struct sheet *sheet = sheet_new();
  sheet_link(sheet, "https://office.example/today", "Open");
  sheet_link(sheet, "javascript:alert(1)", "Open");
  sheet_link(sheet, NULL, "Open");
  assert_string_equal(sheet->blocks[0].url, "https://office.example/today");
  assert_string_equal(sheet->blocks[1].url, "");
  assert_string_equal(sheet->blocks[2].url, "");
  sheet_free(sheet);
}

static void states_have_name_word_and_shape(void **state) {
  (void)state;
  for (enum sheet_state is = SHEET_AT_RISK; is <= SHEET_CANNOT_SAY; is++) {
    assert_int_equal(sheet_state_named(sheet_state_name(is)), is);
    assert_true(*sheet_state_word(is) && *sheet_state_shape(is));
  }
  assert_int_equal(sheet_state_named("fine"), SHEET_STATE_NONE);
  assert_int_equal(sheet_state_named(""), SHEET_STATE_NONE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_follows_itself_is_one_block),
      cmocka_unit_test(text_is_cleaned),
      cmocka_unit_test(a_long_text_is_cut_between_characters),
      cmocka_unit_test(over_the_cap_is_refused_and_stays_refused),
      cmocka_unit_test(a_chart_brings_its_numbers),
      cmocka_unit_test(only_web_addresses_are_followed),
      cmocka_unit_test(states_have_name_word_and_shape),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
