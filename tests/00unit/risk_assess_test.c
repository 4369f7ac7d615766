/* The engine called as the daemon calls it: lent memory of exactly the size it asked for, no result, many, too many. */
#include "risk/params.h"
#include "risk/risk.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const int64_t DAY_MS = 86400000;
enum { AS_OF_DAY = 20000 };

static int set_up(void **state) {
  struct risk_params_fault fault;
  size_t len;
  const char *text = risk_params_builtin(RISK_PARAMS_DEFAULT, &len);
  *state = risk_params_parse(text, len, NULL, 0, &fault);
  return *state == NULL;
}

static int tear_down(void **state) {
  risk_params_free(*state);
  return 0;
}

static struct result make(const char *instrument, int days_ago, int32_t score) {
  struct result ret = {.taken_at_ms = (AS_OF_DAY - days_ago) * DAY_MS, .score_centi = score * 100, .items = RESULT_UNKNOWN};
  memcpy(ret.instrument, instrument, strlen(instrument) + 1);
  ret.id[0] = (uint8_t)(days_ago >> 8);
  ret.id[15] = (uint8_t)days_ago;
  return ret;
}

static struct risk_input input_of(const struct result *results, size_t n) {
  return (struct risk_input){.results = results,
                             .n = n,
                             .as_of_ms = AS_OF_DAY * DAY_MS,
                             .as_of_day = AS_OF_DAY,
                             .exam_day = AS_OF_DAY + 30,
                             .dedicated_day = RISK_NO_DAY,
                             .permit_from_day = RISK_NO_DAY,
                             .permit_to_day = RISK_NO_DAY,
                             .deadline_day = RISK_NO_DAY,
                             .attempt = 1,
                             .last_sync_ms = 1};
}

/* Heap buffers of the exact sizes, so that the sanitizer sees a step beyond them. */
static struct risk_assessment assess(const struct risk_params *params, const struct risk_input *input,
                                     struct risk_reason **ret_reasons) {
  struct risk_assessment ret;
  void *scratch = malloc(risk_scratch_bytes(input->n));
  *ret_reasons = malloc((input->n + RISK_REASONS_EXTRA) * sizeof **ret_reasons);
  assert_true(scratch != NULL && *ret_reasons != NULL);
  assert_int_equal(risk_assess(params, input, scratch, *ret_reasons, &ret), RISK_OK);
  assert_ptr_equal(ret.reasons, *ret_reasons);
  double curve[RISK_CURVE_DAYS];
  assert_int_equal(risk_curve(params, input, scratch, curve), RISK_OK);
  assert_true(fabs(curve[RISK_CURVE_DAYS / 2] - ret.p) < 1e-12);
  free(scratch);
  return ret;
}

static void no_result_at_all(void **state) {
  struct risk_reason *reasons;
  struct risk_input input = input_of(NULL, 0);
  struct risk_assessment got = assess(*state, &input, &reasons);
  assert_true(fabs(got.p - 0.93) < 1e-12);
  assert_int_equal(got.state, RISK_CANNOT_SAY);
  assert_int_equal(got.reasons_n, 1);
  assert_int_equal(got.days_to_exam, 30);
  assert_string_equal(got.parameters, RISK_PARAMS_DEFAULT);
  free(reasons);
}

static void every_number_of_results(void **state) {
  enum { MOST = 70 };
  struct result results[MOST];
  static const char *const codes[] = {"cbssa", "uwsa1", "qbank_uworld", "qbank_amboss", "qbank_kaplan", "qbank_other", "free120"};
  for (int i = 0; i < MOST; i++)
    results[i] = make(codes[i % 7], 1 + i * 3, i % 7 == 1 ? 200 : 60);
  for (size_t n = 0; n <= MOST; n++) {
    struct risk_reason *reasons;
    struct risk_input input = input_of(results, n);
    struct risk_assessment got = assess(*state, &input, &reasons);
    double sum = 0;
    for (uint32_t i = 0; i < got.reasons_n; i++)
      sum += reasons[i].points;
    assert_int_equal(got.results_used, n);
    assert_true(fabs(sum - got.p) < 1e-9);
    free(reasons);
  }
}

/* What was answered in the last four weeks: the first moment of them is out, the last is in. */
static void effort_is_counted(void **state) {
  struct risk_reason *reasons;
  struct result results[] = {make("cbssa", 0, 60),         make("qbank_uworld", 27, 60), make("cbse", 28, 60),
                             make("free120", 5, 60),       make("qbank_other", 6, 60),   make("qbank_uworld", 7, 60),
                             make("no_such_thing", 8, 60), make("cbssa", -1, 60)};
  results[0].items = 200;
  results[1].items = 40;
  results[1].repeat = true;
  results[2].items = 200; /* four weeks ago to the moment */
  results[5].items = 80;
  results[5].retracted = true;
  results[6].items = 10;  /* of an instrument that nobody knows: work all the same */
  results[7].items = 200; /* tomorrow */
  struct risk_input input = input_of(results, sizeof results / sizeof results[0]);
  struct risk_assessment got = assess(*state, &input, &reasons);
  assert_int_equal(got.effort_items, 200 + 40 + 10 + 120 /* a free120 has as many, also where it does not say so */);
  free(reasons);
}

static void areas_come_with_the_assessment(void **state) {
  struct result result = make("cbssa", 3, 60);
  result.subs = 2;
  memcpy(result.sub_area, (uint8_t[]){3, 21}, 2);
  memcpy(result.sub_items, (uint16_t[]){28, 100}, 4);
  memcpy(result.sub_correct, (uint16_t[]){5, 80}, 4);
  struct risk_input input = input_of(&result, 1);
  struct risk_assessment got;
  struct risk_area areas[RISK_MAX_AREAS];
  struct risk_reason reasons[1 + RISK_REASONS_EXTRA];
  size_t n = 0;
  void *scratch = malloc(risk_scratch_bytes(1)), *again = malloc(risk_scratch_bytes(1));
  assert_true(scratch != NULL && again != NULL);
  assert_int_equal(risk_assess(*state, &input, scratch, reasons, &got), RISK_OK);
  assert_int_equal(risk_areas(*state, &input, again, areas, &n), RISK_OK);
  assert_int_equal(got.areas_n, 2);
  assert_int_equal(n, 2);
  for (size_t i = 0; i < n; i++) {
    assert_int_equal(got.areas[i].area, areas[i].area);
    assert_int_equal(got.areas[i].items, areas[i].items);
    assert_int_equal(got.areas[i].weak, areas[i].weak);
    assert_true(got.areas[i].p_weak == areas[i].p_weak && got.areas[i].difference == areas[i].difference);
  }
  free(scratch);
  free(again);
}

static void more_than_can_be_indexed(void **state) {
  struct risk_input input = input_of(NULL, UINT16_MAX + 1);
  struct risk_assessment got;
  struct risk_reason *reasons = NULL;
  char scratch[1];
  assert_int_equal(risk_assess(*state, &input, scratch, reasons, &got), RISK_E_INPUT);
}

static void words(void **state) {
  struct result results[] = {make("cbssa", 5, 55), make("qbank_uworld", 9, 50)};
  memcpy(results[0].form, "31", 3);
  results[0].scale = SCALE_EPC;
  results[1].score_centi = 5250;
  results[1].scale = SCALE_PERCENT;
  struct risk_input input = input_of(results, 2);
  struct risk_reason *reasons;
  struct risk_assessment got = assess(*state, &input, &reasons);
  char text[200], code[64];
  bool seen = false;
  for (uint32_t i = 0; i < got.reasons_n; i++) {
    assert_true(risk_reason_text(text, sizeof text, &reasons[i], &input) == strlen(text));
    assert_true(risk_reason_code(code, sizeof code, &reasons[i], &input) == strlen(code));
    if (strcmp(code, "result:cbssa") == 0) {
      assert_string_equal(text, "Comprehensive Basic Science Self-Assessment, form 31, on 2024-09-29: 55 EPC");
      seen = true;
    }
  }
  assert_true(seen);
  char little[8];
  memset(little, '#', sizeof little);
  size_t need = risk_reason_text(little, sizeof little, &reasons[0], &input);
  assert_true(need > sizeof little && little[sizeof little - 1] == '\0');
  assert_true(risk_reason_text(NULL, 0, &reasons[0], &input) == need);
  for (unsigned i = 0; i < got.flags_n; i++) {
    assert_non_null(risk_rule(got.flags[i].code));
    assert_true(risk_flag_text(text, sizeof text, &got.flags[i], &input) == strlen(text));
    assert_true(risk_flag_text(NULL, 0, &got.flags[i], &input) == strlen(text));
  }
  assert_string_equal(risk_state_name(RISK_CANNOT_SAY), "cannot_say");
  free(reasons);
}

static void every_rule_says_what_it_is_for(void **state) {
  (void)state;
  size_t n = 0;
  for (const struct risk_rule *rule; (rule = risk_rule_at(n)) != NULL; n++) {
    assert_ptr_equal(risk_rule(rule->code), rule);
    assert_true(rule->version >= 1 && rule->severity >= RISK_INFO && rule->severity <= RISK_URGENT);
    assert_true(rule->objective[0] && rule->owner[0] && rule->action[0] && rule->sentence[0]);
    assert_true(rule->due_days >= 1 && rule->expires_days >= rule->due_days);
  }
  assert_true(n >= 8);
  assert_null(risk_rule("no_such_rule"));
}

/* A diary of years with the largest numbers its fields hold, and days at the ends of what a day can be. */
static void weeks_of_any_size(void **state) {
  enum { WEEKS = 200 };
  static const int32_t days[] = {INT32_MIN, -1, AS_OF_DAY - 7, AS_OF_DAY - 3, AS_OF_DAY, INT32_MAX};
  struct result results[] = {make("cbssa", 3, 50), make("cbssa", 9, 51)};
  struct risk_input input = input_of(results, 2);
  struct risk_week *weeks = malloc(WEEKS * sizeof *weeks); /* exactly: the sanitizer sees a step beyond */
  assert_non_null(weeks);
  for (size_t d = 0; d < sizeof days / sizeof days[0]; d++) {
    for (int i = 0; i < WEEKS; i++)
      weeks[i] = (struct risk_week){.from_day = d % 2 ? days[d] : AS_OF_DAY - 7 * i - 7,
                                    .said_day = d % 2 ? AS_OF_DAY - 1 : days[d],
                                    .questions = UINT16_MAX,
                                    .study_minutes = UINT16_MAX,
                                    .goal_questions = i % 2 ? UINT16_MAX : 1,
                                    .reviewed_percent = 0,
                                    .confidence_percent = 100};
    input.weeks = weeks;
    input.weeks_n = WEEKS;
    struct risk_reason *reasons;
    struct risk_assessment got = assess(*state, &input, &reasons);
    for (unsigned i = 0; i < got.flags_n; i++)
      for (int k = 0; k < 4; k++)
        assert_true(isfinite(got.flags[i].numbers[k]));
    free(reasons);
  }
  free(weeks);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(weeks_of_any_size),
      cmocka_unit_test(no_result_at_all),
      cmocka_unit_test(every_number_of_results),
      cmocka_unit_test(effort_is_counted),
      cmocka_unit_test(areas_come_with_the_assessment),
      cmocka_unit_test(more_than_can_be_indexed),
      cmocka_unit_test(words),
      cmocka_unit_test(every_rule_says_what_it_is_for),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
