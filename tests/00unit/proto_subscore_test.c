/* subscores.csv: what a row becomes, and which cell of a bad one is named. */
#include "proto/subscore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define ID "01a234e2-1ee0-7ce6-a626-9d5226c3856b"

static void a_row_is_read(void **state) {
  (void)state;
  struct subscore row;
  struct csv_finding finding;
  const char *const fields[SUBSCORE_COLUMNS] = {ID, "system", "cardiovascular", "18", "0"};
  assert_int_equal(subscore_read(7, fields, &row, &finding), 0);
  assert_int_equal(row.id[0], 0x01);
  assert_int_equal(row.id[15], 0x6b);
  assert_int_equal(row.line, 7);
  assert_int_equal(row.area, 5);
  assert_int_equal(row.items, 18);
  assert_int_equal(row.correct, 0);
}

static void a_bad_cell_is_named(void **state) {
  (void)state;
  static const struct {
    const char *fields[SUBSCORE_COLUMNS], *column;
  } rows[] = {
      {{"", "system", "cardiovascular", "18", "9"}, "result_id"}, {{ID "0", "system", "cardiovascular", "18", "9"}, "result_id"},
      {{ID, "discipline", "cardiovascular", "18", "9"}, "area"},  {{ID, "", "", "18", "9"}, "area"},
      {{ID, "system", "cardiovascular", "0", "0"}, "items"},      {{ID, "system", "cardiovascular", "1001", "9"}, "items"},
      {{ID, "system", "cardiovascular", "", "9"}, "items"},       {{ID, "system", "cardiovascular", "18", "19"}, "correct"},
      {{ID, "system", "cardiovascular", "18", "-1"}, "correct"},  {{ID, "system", "cardiovascular", "18", ""}, "correct"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct subscore row;
    struct csv_finding finding = {.line = 0};
    assert_int_equal(subscore_read(i + 2, rows[i].fields, &row, &finding), -1);
    assert_string_equal(finding.column, rows[i].column);
    assert_int_equal(finding.line, i + 2);
    assert_false(finding.warning);
    assert_true(strlen(finding.reason) > 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_row_is_read),
      cmocka_unit_test(a_bad_cell_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
