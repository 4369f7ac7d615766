/*
 * What a goal and a check-in may be, at both ends of every range, and that they lose nothing on the wire.
 */
#include "proto/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { TODAY = 20780 /* Mon 23 Nov 2026 */, NO = RESULT_UNKNOWN };
static const int64_t now_ms = TODAY * INT64_C(86400000) + 36000000;

static struct study_entry entry(enum study_kind kind, int32_t day) {
  static const uint8_t random[10] = {1};
  struct study_entry made = study_entry_of(kind, day);
  made.made_at_ms = now_ms;
  uuid7_make(made.id, now_ms, random);
  if (kind == STUDY_CHECK_IN)
    made.minutes = made.questions = 0;
  return made;
}

static void a_week_begins_on_its_monday(void **state) {
  (void)state;
  for (int32_t day = TODAY; day < TODAY + 7; day++)
    assert_int_equal(study_monday(day), TODAY);
  assert_int_equal(study_monday(TODAY - 1), TODAY - 7);
  assert_int_equal(study_monday(-3), -3); /* Mon 29 Dec 1969 */
  assert_int_equal(study_monday(-4), -10);
  assert_int_equal(study_monday(INT32_MAX), INT32_MAX - 4);
}

/* One number of an entry set, and the field that is then refused; NULL: none. */
struct row {
  enum study_kind kind;
  int32_t day, minutes, questions, checks, reviewed, confidence;
  const char *refused;
};

static const struct row rows[] = {
    {STUDY_GOAL, TODAY, NO, NO, NO, NO, NO, NULL},
    {STUDY_GOAL, TODAY, 1, 1, 1, NO, NO, NULL},
    {STUDY_GOAL, TODAY + 366, 10080, 5000, 14, NO, NO, NULL},
    {STUDY_GOAL, TODAY + 367, NO, NO, NO, NO, NO, "from"},
    {STUDY_GOAL, 10957, NO, NO, NO, NO, NO, NULL},
    {STUDY_GOAL, 10956, NO, NO, NO, NO, NO, "from"},
    {STUDY_GOAL, INT32_MAX, NO, NO, NO, NO, NO, "from"},
    {STUDY_GOAL, INT32_MIN, NO, NO, NO, NO, NO, "from"},
    {STUDY_GOAL, TODAY, 0, NO, NO, NO, NO, "review_minutes"},
    {STUDY_GOAL, TODAY, 10081, NO, NO, NO, NO, "review_minutes"},
    {STUDY_GOAL, TODAY, NO, 0, NO, NO, NO, "questions"},
    {STUDY_GOAL, TODAY, NO, 5001, NO, NO, NO, "questions"},
    {STUDY_GOAL, TODAY, NO, NO, 0, NO, NO, "checks"},
    {STUDY_GOAL, TODAY, NO, NO, 15, NO, NO, "checks"},
    {STUDY_CHECK_IN, TODAY, 0, 0, NO, NO, NO, NULL},
    {STUDY_CHECK_IN, TODAY, 10080, 5000, NO, 0, 100, NULL},
    {STUDY_CHECK_IN, TODAY, NO, 0, NO, NO, NO, "study_minutes"},
    {STUDY_CHECK_IN, TODAY, 10081, 0, NO, NO, NO, "study_minutes"},
    {STUDY_CHECK_IN, TODAY, 0, NO, NO, NO, NO, "questions"},
    {STUDY_CHECK_IN, TODAY, 0, 5001, NO, NO, NO, "questions"},
    {STUDY_CHECK_IN, TODAY, 0, 0, NO, 101, NO, "reviewed_percent"},
    {STUDY_CHECK_IN, TODAY, 0, 0, NO, -2, NO, "reviewed_percent"},
    {STUDY_CHECK_IN, TODAY, 0, 0, NO, NO, 101, "confidence_percent"},
    {STUDY_CHECK_IN, TODAY + 1, 0, 0, NO, NO, NO, "week_from"},
    {STUDY_CHECK_IN, TODAY + 7, 0, 0, NO, NO, NO, "week_from"},
    {STUDY_CHECK_IN, 10953, 0, 0, NO, NO, NO, "week_from"}, /* Mon 27 Dec 1999 */
    {STUDY_CHECK_IN, INT32_MIN, 0, 0, NO, NO, NO, "week_from"},
    {STUDY_CHECK_IN, INT32_MAX - 4, 0, 0, NO, NO, NO, "week_from"},
    {(enum study_kind)3, TODAY, 0, 0, NO, NO, NO, "what"},
};

static void each_number_has_its_bounds(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const struct row *row = &rows[i];
    struct study_entry said = entry(row->kind, row->day);
    struct result_fault fault = {.field = NULL};
    said.minutes = row->minutes;
    said.questions = row->questions;
    said.checks = row->checks;
    said.reviewed_percent = row->reviewed;
    said.confidence_percent = row->confidence;
    int bad = study_check(&said, now_ms, &fault);
    if (bad != (row->refused != NULL ? -1 : 0))
      fail_msg("row %zu: %s", i, bad ? fault.reason : "let through");
    if (bad)
      assert_string_equal(fault.field, row->refused);
  }
}

static void it_is_dated_by_a_clock_that_can_be(void **state) {
  (void)state;
  static const struct {
    int64_t made_at_ms;
    bool good;
  } times[] = {{INT64_MIN, false},
               {LIMIT_OLDEST_MS - 1, false},
               {LIMIT_OLDEST_MS, true},
               {TODAY * INT64_C(86400000) + 122400000, true},
               {TODAY * INT64_C(86400000) + 122400001, false},
               {INT64_MAX, false}};
  for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
    struct study_entry said = entry(STUDY_GOAL, TODAY);
    struct result_fault fault;
    said.made_at_ms = times[i].made_at_ms;
    assert_int_equal(study_check(&said, now_ms, &fault), times[i].good ? 0 : -1);
  }
  struct study_entry said = entry(STUDY_GOAL, TODAY);
  struct result_fault fault;
  memset(said.id, 0, sizeof said.id);
  assert_int_equal(study_check(&said, now_ms, &fault), -1);
  assert_string_equal(fault.field, "entry_id");
}

static void nothing_is_lost_on_the_wire(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct study_entry said = entry(rows[i].kind, rows[i].day), again;
    struct wire_study wire;
    struct result_fault fault;
    if (rows[i].refused != NULL)
      continue;
    said.minutes = rows[i].minutes;
    said.questions = rows[i].questions;
    said.checks = rows[i].checks;
    said.reviewed_percent = rows[i].reviewed;
    said.confidence_percent = rows[i].confidence;
    wire_study_write(&said, &wire);
    assert_int_equal(wire_study_read(&wire.message, &again, &fault), 0);
    assert_memory_equal(again.id, said.id, UUID_BYTES);
    assert_true(again.kind == said.kind && again.made_at_ms == said.made_at_ms && again.day == said.day);
    assert_true(again.minutes == said.minutes && again.questions == said.questions && again.checks == said.checks);
    assert_true(again.reviewed_percent == said.reviewed_percent && again.confidence_percent == said.confidence_percent);
  }
}

static void what_is_out_of_shape_is_named(void **state) {
  (void)state;
  struct study_entry said = entry(STUDY_CHECK_IN, TODAY), ret = {.day = 1};
  struct wire_study wire;
  struct result_fault fault;
  wire_study_write(&said, &wire);
  wire.message.entry_id.len = 15;
  assert_int_equal(wire_study_read(&wire.message, &ret, &fault), -1);
  assert_string_equal(fault.field, "entry_id");
  wire_study_write(&said, &wire);
  wire.check_in.study_minutes = UINT32_C(1) << 31;
  assert_int_equal(wire_study_read(&wire.message, &ret, &fault), -1);
  assert_string_equal(fault.field, "study_minutes");
  wire.message.what_case = STEPGUARD__V1__STUDY_ENTRY__WHAT__NOT_SET;
  assert_int_equal(wire_study_read(&wire.message, &ret, &fault), -1);
  assert_string_equal(fault.field, "what");
  assert_int_equal(ret.day, 1); /* written on success only */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_week_begins_on_its_monday),        cmocka_unit_test(each_number_has_its_bounds),
      cmocka_unit_test(it_is_dated_by_a_clock_that_can_be), cmocka_unit_test(nothing_is_lost_on_the_wire),
      cmocka_unit_test(what_is_out_of_shape_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
