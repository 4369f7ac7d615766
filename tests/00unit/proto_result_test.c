/* One result: a good one passes, and each thing that can be wrong with it is refused under its own name with a remedy. */
#include "proto/result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <string.h>

#define NOW_MS INT64_C(1780000000000) /* 2026-05-28 */
#define DAY_MS INT64_C(86400000)

static struct result good(void) {
  struct result r = {.revision = 0,
                     .instrument = "cbssa",
                     .form = "31",
                     .taken_at_ms = NOW_MS - DAY_MS,
                     .scale = SCALE_EPC,
                     .score_centi = 6450,
                     .mode = MODE_TIMED,
                     .items = 200,
                     .correct = 130,
                     .omitted = 3,
                     .seconds = 17000,
                     .seconds_allowed = 18000,
                     .printed_p_pass_bp = 8300,
                     .subs = 2,
                     .sub_area = {5, 21},
                     .sub_items = {16, 90},
                     .sub_correct = {12, 60}};
  uuid7_make(r.id, r.taken_at_ms, (const uint8_t *)"0123456789");
  return r;
}

static void refused(const struct result *r, const char *field) {
  struct result_fault fault = {0};
  assert_int_equal(result_check(r, NOW_MS, NULL, NULL, &fault), -1);
  assert_string_equal(fault.field, field);
  assert_true(strlen(fault.reason) > 20 && strlen(fault.reason) < CSV_REASON - 1);
  assert_true(strchr(fault.reason, ';') || strchr(fault.reason, ',')); /* what is wrong; what to do */
}

static void accepted(const struct result *r) {
  struct result_fault fault = {0};
  if (result_check(r, NOW_MS, NULL, NULL, &fault) != 0)
    fail_msg("%s: %s", fault.field, fault.reason);
}

static void a_good_one(void **state) {
  (void)state;
  struct result r = good();
  accepted(&r);
  r.items = r.correct = r.omitted = r.seconds = r.seconds_allowed = r.printed_p_pass_bp = RESULT_UNKNOWN;
  r.subs = 0;
  r.form[0] = '\0';
  r.mode = MODE_NONE;
  accepted(&r);
}

/* One change to a good result, and the field that must be named. */
#define REFUSED(field, ...)                                                                                                        \
  do {                                                                                                                             \
    struct result r = good();                                                                                                      \
    __VA_ARGS__;                                                                                                                   \
    refused(&r, field);                                                                                                            \
  } while (0)
#define ACCEPTED(...)                                                                                                              \
  do {                                                                                                                             \
    struct result r = good();                                                                                                      \
    __VA_ARGS__;                                                                                                                   \
    accepted(&r);                                                                                                                  \
  } while (0)

static void identity_and_text(void **state) {
  (void)state;
  REFUSED("result_id", r.id[6] = 0x40);
  REFUSED("result_id", r.id[8] = 0xc0);
  REFUSED("revision", r.revision = LIMIT_REVISION + 1);
  ACCEPTED(r.revision = LIMIT_REVISION);
  REFUSED("instrument", r.instrument[0] = '\0');
  REFUSED("instrument", r.instrument[0] = 'C');
  REFUSED("instrument", r.instrument[4] = 'x');
  REFUSED("instrument", r.instrument[4] = '\n');
  REFUSED("form", r.form[0] = '\x1b');
  REFUSED("form", r.form[0] = '\xff');
}

static void times(void **state) {
  (void)state;
  REFUSED("taken_at", r.taken_at_ms = NOW_MS + LIMIT_CLOCK_AHEAD_S * INT64_C(1000) + 1);
  ACCEPTED(r.taken_at_ms = NOW_MS + LIMIT_CLOCK_AHEAD_S * INT64_C(1000));
  REFUSED("taken_at", r.taken_at_ms = LIMIT_OLDEST_MS - 1);
  ACCEPTED(r.taken_at_ms = LIMIT_OLDEST_MS);
  REFUSED("taken_at", r.taken_at_ms = INT64_MIN);
  REFUSED("taken_at", r.taken_at_ms = INT64_MAX);
}

static void scores(void **state) {
  (void)state;
  static const struct {
    enum scale scale;
    int32_t low, high;
  } bounds[] = {{SCALE_EPC, 0, 10000},        {SCALE_PERCENT, 0, 10000},  {SCALE_THREE_DIGIT, 100, 30000},
                {SCALE_NBME800, 1000, 80000}, {SCALE_CBSE_OLD, 0, 13000}, {SCALE_OWN, -100000000, 100000000}};
  for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
    ACCEPTED(r.scale = bounds[i].scale, r.score_centi = bounds[i].low);
    ACCEPTED(r.scale = bounds[i].scale, r.score_centi = bounds[i].high);
    REFUSED("score", r.scale = bounds[i].scale, r.score_centi = bounds[i].low - 1);
    REFUSED("score", r.scale = bounds[i].scale, r.score_centi = bounds[i].high + 1);
    REFUSED("score", r.scale = bounds[i].scale, r.score_centi = INT32_MIN);
    REFUSED("score", r.scale = bounds[i].scale, r.score_centi = INT32_MAX);
  }
  REFUSED("scale", r.scale = SCALE_NONE);
  REFUSED("scale", r.scale = (enum scale)7);
  REFUSED("mode", r.mode = (enum mode)4);
}

static void counts(void **state) {
  (void)state;
  REFUSED("items", r.items = 0);
  REFUSED("items", r.items = LIMIT_ITEMS + 1);
  REFUSED("items", r.items = -2);
  REFUSED("items", r.items = RESULT_UNKNOWN);
  REFUSED("correct", r.correct = 201);
  REFUSED("correct", r.correct = LIMIT_ITEMS + 1);
  REFUSED("omitted", r.omitted = 71);
  REFUSED("omitted", r.correct = RESULT_UNKNOWN, r.omitted = 201);
  ACCEPTED(r.omitted = 70);
  ACCEPTED(r.correct = RESULT_UNKNOWN);
  REFUSED("seconds", r.seconds = LIMIT_SECONDS + 1);
  REFUSED("seconds_allowed", r.seconds_allowed = INT32_MAX);
  REFUSED("printed_p_pass", r.printed_p_pass_bp = 10001);
}

static void sub_scores(void **state) {
  (void)state;
  REFUSED("sub_area", r.subs = LIMIT_SUBSCORES + 1);
  REFUSED("sub_area", r.sub_area[1] = 0);
  REFUSED("sub_area", r.sub_area[1] = 255);
  REFUSED("sub_area", r.sub_area[1] = 5);
  REFUSED("sub_items", r.sub_items[0] = 0);
  REFUSED("sub_items", r.sub_items[0] = LIMIT_ITEMS + 1);
  REFUSED("sub_correct", r.sub_correct[0] = 17);
}

static bool knows_local(void *arg, const char *code) {
  return strcmp(arg, code) == 0;
}

static void instruments_of_the_school(void **state) {
  (void)state;
  struct result r = good();
  struct result_fault fault;
  assert_int_equal(result_check(&r, NOW_MS, knows_local, "cbssa_local", &fault), -1);
  memcpy(r.instrument, "cbssa_local", 12);
  assert_int_equal(result_check(&r, NOW_MS, knows_local, "cbssa_local", &fault), 0);
}

/* ---------------------------------------------------------------- text to numbers */

static void days(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int32_t day;
  } known[] = {{"1970-01-01", 0},     {"1969-12-31", -1},      {"2000-02-29", 11016},  {"2000-03-01", 11017},
               {"2026-05-14", 20587}, {"0001-01-01", -719162}, {"9999-12-31", 2932896}};
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
    int32_t day = 0;
    char text[11];
    assert_int_equal(result_parse_day(known[i].text, &day), 0);
    assert_int_equal(day, known[i].day);
    result_format_day(text, day);
    assert_string_equal(text, known[i].text);
  }
  char before[11] = "";
  for (int32_t day = -719162; day <= 2932896; day++) { /* every day there is, each after the other */
    char text[11];
    int32_t again = 0;
    result_format_day(text, day);
    assert_int_equal(result_parse_day(text, &again), 0);
    assert_int_equal(again, day);
    assert_true(strcmp(before, text) < 0);
    memcpy(before, text, sizeof(text));
  }
  static const char *const wrong[] = {"",           "2026",        "2026-1-1",    "2026-13-01",  "2026-00-01",
                                      "2026-02-29", "1900-02-29",  "2026-04-31",  "2026-01-00",  "2026-01-32",
                                      "2026/01/01", "01/31/2026",  "2026-01-01 ", " 2026-01-01", "20260101",
                                      "0000-01-01", "2026-01-01T", "-026-01-01",  "2026-01-0x"};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    int32_t day = 77;
    assert_int_equal(result_parse_day(wrong[i], &day), -1);
    assert_int_equal(day, 77);
  }
  char text[11];
  result_format_day(text, INT32_MIN);
  assert_int_equal(strlen(text), 10);
  result_format_day(text, INT32_MAX);
  assert_int_equal(strlen(text), 10);
}

static void clock_times(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t ms;
  } known[] = {{"1970-01-01T00:00:00Z", 0},
               {"1970-01-01t00:00:00.001z", 1},
               {"2026-05-28T20:26:40Z", NOW_MS},
               {"2026-05-28 15:26:40-05:00", NOW_MS},
               {"2026-05-29T01:56:40+05:30", NOW_MS},
               {"2026-05-28T20:26:40.5Z", NOW_MS + 500},
               {"2026-05-28T20:26:40.123999999Z", NOW_MS + 123},
               {"2016-12-31T23:59:60Z", INT64_C(1483228800000)},
               {"1970-01-01", 12 * 3600 * 1000 + 5 * 3600 * 1000}};
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
    int64_t ms = 0;
    assert_int_equal(result_parse_time(known[i].text, -5 * 3600, &ms), 0);
    assert_int_equal(ms, known[i].ms);
  }
  static const char *const wrong[] = {"2026-05-28T20:26:40",
                                      "2026-05-28T20:26Z",
                                      "2026-05-28T24:00:00Z",
                                      "2026-05-28T23:60:00Z",
                                      "2026-05-28T23:59:61Z",
                                      "2026-05-28T20:26:40.Z",
                                      "2026-05-28T20:26:40+5",
                                      "2026-05-28T20:26:40+05",
                                      "2026-05-28T20:26:40+24:00",
                                      "2026-05-28T20:26:40Z ",
                                      "2026-05-28T20:26:40+0530",
                                      "2026-05-28T",
                                      "2026-05-28X20:26:40Z",
                                      "1748464000",
                                      "",
                                      "2026-05-28T20:26:40.1.2Z",
                                      "2026-05-28T20:26:40+05:60"};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    int64_t ms = 77;
    assert_int_equal(result_parse_time(wrong[i], 0, &ms), -1);
    assert_int_equal(ms, 77);
  }
}

static void hundredths(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int32_t centi;
  } known[] = {{"0", 0},
               {"62", 6200},
               {"62.5", 6250},
               {"62.345", 6235},
               {"62.3449", 6234},
               {"-1.005", -101},
               {"+7", 700},
               {".5", 50},
               {"5.", 500},
               {"007", 700},
               {"-0", 0},
               {"99.995", 10000},
               {"21474836.47", INT32_MAX},
               {"-21474836.47", -INT32_MAX},
               {"1.0000000000000000000000001", 100}};
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
    int32_t centi = 0;
    assert_int_equal(result_parse_centi(known[i].text, &centi), 0);
    assert_int_equal(centi, known[i].centi);
  }
  static const char *const wrong[] = {"",    ".",     "-",   "+",   "1e2", "0x10",        "62,5",         "62 ",
                                      " 62", "1.2.3", "--1", "nan", "inf", "21474836.48", "21474836.475", "99999999999999999999",
                                      "62%"};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    int32_t centi = 77;
    assert_int_equal(result_parse_centi(wrong[i], &centi), -1);
    assert_int_equal(centi, 77);
  }
}

static void whole_numbers(void **state) {
  (void)state;
  int32_t n = 0;
  assert_int_equal(result_parse_count("2147483647", &n), 0);
  assert_int_equal(n, INT32_MAX);
  assert_int_equal(result_parse_count("0", &n), 0);
  static const char *const wrong[] = {"", "-1", "+1", "1.0", " 1", "2147483648", "99999999999999999999", "x"};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
    assert_int_equal(result_parse_count(wrong[i], &n), -1);
  assert_int_equal(n, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_good_one),
      cmocka_unit_test(identity_and_text),
      cmocka_unit_test(times),
      cmocka_unit_test(scores),
      cmocka_unit_test(counts),
      cmocka_unit_test(sub_scores),
      cmocka_unit_test(instruments_of_the_school),
      cmocka_unit_test(days),
      cmocka_unit_test(clock_times),
      cmocka_unit_test(hundredths),
      cmocka_unit_test(whole_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
