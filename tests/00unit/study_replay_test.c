/* Cases that open and close over a made-up past, counted by hand: weeks, caught, missed, false alarms, attempts; who would change
 * state under another set; and parameter texts with numbers changed. */
#include "study/replay.h"

#include "base/err.h"
#include "risk/params.h"
#include "study/preview.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DAY_MS INT64_C(86400000)

enum { FIRST = 20000, WEEKS = 10, LEAD = 14, RESULTS = 8, PLANS = 4 };

static struct walk_moment moments[WEEKS];
static struct risk_params *params, *lenient;
static struct walk_desk desk;

/* A student in the making; results, plans and ends are added to it. */
struct made {
  struct result results[RESULTS];
  struct walk_plan plans[PLANS];
  struct walk_end ends[PLANS];
  struct walk_student who;
};

static void begin(struct made *made, int16_t class_year) {
  memset(made, 0, sizeof *made);
  made->who = (struct walk_student){.results = made->results, .plans = made->plans, .ends = made->ends, .class_year = class_year};
}

static void score(struct made *made, int32_t day, int epc) {
  struct result *result = &made->results[made->who.n];
  *result = (struct result){.taken_at_ms = day * DAY_MS,
                            .scale = SCALE_EPC,
                            .score_centi = 100 * epc,
                            .items = RESULT_UNKNOWN,
                            .correct = RESULT_UNKNOWN,
                            .omitted = RESULT_UNKNOWN,
                            .seconds = RESULT_UNKNOWN,
                            .seconds_allowed = RESULT_UNKNOWN,
                            .printed_p_pass_bp = RESULT_UNKNOWN};
  snprintf(result->instrument, sizeof result->instrument, "cbssa");
  snprintf(result->form, sizeof result->form, "%zu", made->who.n);
  result->id[0] = (uint8_t)++made->who.n;
}

/* Known from a day on (0: ever since): attempt, failures before it, and the day it was taken, or RISK_NO_DAY for none planned. */
static void plan(struct made *made, int32_t from_day, uint16_t attempt, int32_t exam_day) {
  made->plans[made->who.plans_n++] = (struct walk_plan){.from_ms = from_day ? from_day * DAY_MS : INT64_MIN,
                                                        .exam_day = exam_day,
                                                        .dedicated_day = RISK_NO_DAY,
                                                        .permit_from_day = RISK_NO_DAY,
                                                        .permit_to_day = RISK_NO_DAY,
                                                        .deadline_day = RISK_NO_DAY,
                                                        .taken_day = exam_day,
                                                        .attempt = attempt,
                                                        .failures = (uint16_t)(attempt - 1)};
}

static void end(struct made *made, uint16_t attempt, int32_t day, bool passed) {
  made->ends[made->who.ends_n++] = (struct walk_end){.taken_day = day, .attempt = attempt, .passed = passed};
}

static int set_up(void **state) {
  static const struct replay_change floor_only = {"floor", "0.5"};
  size_t len;
  char reason[160];
  const char *text = risk_params_builtin(RISK_PARAMS_DEFAULT, &len);
  (void)state;
  for (int i = 0; i < WEEKS; i++)
    moments[i] = (struct walk_moment){.as_of_ms = (FIRST + 7 * i) * DAY_MS, .day = FIRST + 7 * i};
  return replay_params(text, len, NULL, 0, NULL, 0, &params, reason, sizeof reason) ||
         replay_params(text, len, NULL, 0, &floor_only, 1, &lenient, reason, sizeof reason);
}

static int tear_down(void **state) {
  (void)state;
  risk_params_free(params);
  risk_params_free(lenient);
  walk_desk_done(&desk);
  return 0;
}

static const struct replay_options options = {moments, WEEKS, LEAD};

static void add(struct replay *replay, const struct made *made) {
  assert_int_equal(replay_student(replay, params, &made->who, &desk), 0);
}

static void weeks_are(const struct replay *replay, const char *opened, const char *closed, const char *open) {
  char was_opened[WEEKS + 1] = "", was_closed[WEEKS + 1] = "", was_open[WEEKS + 1] = "";
  for (int i = 0; i < WEEKS; i++) {
    was_opened[i] = (char)('0' + replay->weeks[i].opened);
    was_closed[i] = (char)('0' + replay->weeks[i].closed);
    was_open[i] = (char)('0' + replay->open[i]);
  }
  assert_string_equal(was_opened, opened);
  assert_string_equal(was_closed, closed);
  assert_string_equal(was_open, open);
}

/* ---------------------------------------------------------------- cases */

/* Scores 35 in the first week, sits on day 60, fails: open from the second look to the exam. */
static void make_failing(struct made *made) {
  begin(made, 2028);
  score(made, FIRST + 1, 35);
  plan(made, 0, 1, FIRST + 60);
  end(made, 1, FIRST + 60, false);
}

static void who_fails_with_an_open_case_was_caught(void **state) {
  (void)state;
  struct replay replay;
  struct made made;
  size_t at;
  make_failing(&made);
  assert_int_equal(replay_init(&replay, &options), 0);
  add(&replay, &made);
  weeks_are(&replay, "0100000000", "0000000001", "0111111110");
  assert_int_equal(replay.cases, 1);
  assert_int_equal(replay.outcomes.failed, 1);
  assert_int_equal(replay.outcomes.caught, 1);
  assert_int_equal(replay_peak_open(&replay, &at), 1);
  assert_int_equal(at, 1);
  assert_int_equal(replay_peak_week(&replay, &at), 1);
  assert_int_equal(at, 1);
  replay_done(&replay);
}

/* The first score comes nine days before the exam, and no check before it is late enough for a warning: too late to be of use. */
static void a_case_that_opens_late_catches_nobody(void **state) {
  (void)state;
  struct replay replay;
  struct made made;
  begin(&made, 2028);
  for (int i = 0; i < 3; i++)
    score(&made, FIRST + 1 + 14 * i, 85);
  for (int i = 0; i < 3; i++)
    score(&made, FIRST + 51 + i, 40);
  plan(&made, 0, 1, FIRST + 60);
  end(&made, 1, FIRST + 60, false);
  assert_int_equal(replay_init(&replay, &options), 0);
  add(&replay, &made);
  weeks_are(&replay, "0000000010", "0000000001", "0000000010");
  assert_int_equal(replay.outcomes.failed, 1);
  assert_int_equal(replay.outcomes.caught, 0);
  replay_done(&replay);
}

/* 85, and nothing for five weeks: with 25 days to go the missing check is a warning, and the next score ends it. */
static void who_passes_with_a_case_was_a_false_alarm(void **state) {
  (void)state;
  struct replay replay;
  struct made made;
  begin(&made, 2027);
  score(&made, FIRST + 1, 85);
  score(&made, FIRST + 36, 85);
  plan(&made, 0, 1, FIRST + 60);
  end(&made, 1, FIRST + 60, true);
  assert_int_equal(replay_init(&replay, &options), 0);
  add(&replay, &made);
  weeks_are(&replay, "0000010000", "0000001000", "0000010000");
  assert_int_equal(replay.outcomes.passed, 1);
  assert_int_equal(replay.outcomes.alarmed, 1);
  replay_done(&replay);
}

/* Sat on day 10 (too early to be watched), failed, known on day 30: then there is a second attempt without a plan. */
static void each_attempt_has_a_case_of_its_own(void **state) {
  (void)state;
  struct replay replay;
  struct made made;
  begin(&made, 0);
  score(&made, FIRST - 10, 50);
  plan(&made, 0, 1, FIRST + 10);
  plan(&made, FIRST + 30, 2, RISK_NO_DAY);
  end(&made, 1, FIRST + 10, false);
  assert_int_equal(replay_init(&replay, &options), 0);
  add(&replay, &made);
  weeks_are(&replay, "1000010000", "0010000000", "1100011111");
  assert_int_equal(replay.cases, 2);
  assert_int_equal(replay.outcomes.failed, 0); /* not watched */
  replay_done(&replay);
}

static void sums_do_not_depend_on_the_order(void **state) {
  (void)state;
  struct replay one, other;
  struct made failing, passing;
  struct buf first, second;
  make_failing(&failing);
  begin(&passing, 2027);
  score(&passing, FIRST + 1, 85);
  score(&passing, FIRST + 36, 85);
  plan(&passing, 0, 1, FIRST + 60);
  end(&passing, 1, FIRST + 60, true);
  assert_int_equal(replay_init(&one, &options), 0);
  assert_int_equal(replay_init(&other, &options), 0);
  add(&one, &failing);
  add(&one, &passing);
  add(&other, &passing);
  add(&other, &failing);
  buf_init(&first, 65536);
  buf_init(&second, 65536);
  replay_put_json(&first, &(struct replay_named){&one, "in_force", "v"}, 1);
  replay_put_json(&second, &(struct replay_named){&other, "in_force", "v"}, 1);
  assert_int_equal(first.len, second.len);
  assert_memory_equal(first.data, second.data, first.len);
  assert_int_equal(one.years_n, 2);
  assert_int_equal(one.years[0].class_year, 2027);
  buf_done(&first);
  buf_done(&second);
  replay_done(&one);
  replay_done(&other);
}

static void class_years_have_an_end(void **state) {
  (void)state;
  struct replay replay;
  struct made made;
  int err = 0;
  assert_int_equal(replay_init(&replay, &options), 0);
  for (int16_t year = 1; year <= REPLAY_YEARS + 1 && !err; year++) {
    begin(&made, (int16_t)(3000 - year));
    plan(&made, 0, 1, RISK_NO_DAY);
    err = replay_student(&replay, params, &made.who, &desk);
  }
  assert_int_equal(err, E_LIMIT);
  assert_int_equal(replay.students, REPLAY_YEARS);
  replay_done(&replay);
  assert_int_equal(replay_init(&replay, &(struct replay_options){moments, REPLAY_MOMENTS + 1, 0}), E_LIMIT);
  assert_int_equal(replay_init(&replay, &(struct replay_options){moments, 0, 0}), E_LIMIT);
}

/* ---------------------------------------------------------------- preview */

static void a_preview_says_who_crosses_a_line(void **state) {
  (void)state;
  struct preview preview = {0};
  struct made made;
  struct buf buf;
  /* P lies between the two floors for the first, below both for the second. */
  for (int i = 0; i < 2; i++) {
    begin(&made, 2028);
    score(&made, FIRST - 2, i ? 50 : 62);
    plan(&made, 0, 1, FIRST + 5);
    assert_int_equal(preview_student(&preview, params, lenient, &moments[0], 100 + i, &made.who, &desk), 0);
  }
  assert_int_equal(preview.students, 2);
  assert_int_equal(preview.counts[RISK_AT_RISK][RISK_BORDERLINE], 1);
  assert_int_equal(preview.counts[RISK_AT_RISK][RISK_AT_RISK], 1);
  buf_init(&buf, 65536);
  preview_put_json(&buf, &preview);
  buf_put_u8(&buf, '\0');
  assert_non_null(strstr((const char *)buf.data, "\"changed\":1"));
  assert_non_null(strstr((const char *)buf.data, "\"moves\":[{\"student_id\":100,\"from\":1,\"to\":2,"));
  assert_null(strstr((const char *)buf.data, "101"));
  buf_done(&buf);
  preview_done(&preview);
}

/* ---------------------------------------------------------------- parameters */

static void only_numbers_that_are_there_are_changed(void **state) {
  (void)state;
  static const struct {
    struct replay_change change;
    const char *said;
  } wrong[] = {{{"flor", "0.8"}, "flor: there is no such number in this parameter set"},
               {{"floor", "low"}, "floor: \"low\" is no number"},
               {{"floor", "0.8\nceiling = 1"}, "floor: \"0.8\nceiling = 1\" is no number"},
               {{"floor", ""}, "floor: \"\" is no number"},
               {{"floor", "1.5"}, "floor: is outside 0.01 to 0.99"}};
  size_t len;
  const char *text = risk_params_builtin(RISK_PARAMS_DEFAULT, &len);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char reason[160] = "";
    struct risk_params *made = NULL;
    assert_int_equal(replay_params(text, len, NULL, 0, &wrong[i].change, 1, &made, reason, sizeof reason), E_INVALID);
    assert_string_equal(reason, wrong[i].said);
    assert_null(made);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(who_fails_with_an_open_case_was_caught),   cmocka_unit_test(a_case_that_opens_late_catches_nobody),
      cmocka_unit_test(who_passes_with_a_case_was_a_false_alarm), cmocka_unit_test(each_attempt_has_a_case_of_its_own),
      cmocka_unit_test(sums_do_not_depend_on_the_order),          cmocka_unit_test(class_years_have_an_end),
      cmocka_unit_test(a_preview_says_who_crosses_a_line),        cmocka_unit_test(only_numbers_that_are_there_are_changed),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
