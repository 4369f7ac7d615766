/* Days, nights and how they are said: before 1970, across leap days, on the days when the clock jumps. */
#include "base/when.h"

#include "proto/result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int64_t ms(const char *text) {
  int64_t ret = 0;
  assert_int_equal(result_parse_time(text, 0, &ret), 0);
  return ret;
}

static int32_t day(const char *text) {
  int32_t ret = 0;
  assert_int_equal(result_parse_day(text, &ret), 0);
  return ret;
}

static void utc(void **state) {
  (void)state;
  char text[WHEN_TEXT];
  static const struct {
    int64_t ms;
    const char *text;
  } cases[] = {{0, "1970-01-01T00:00:00Z"},
               {999, "1970-01-01T00:00:00Z"},
               {-1, "1969-12-31T23:59:59Z"},
               {INT64_C(951782399000), "2000-02-28T23:59:59Z"},
               {INT64_C(951782400000), "2000-02-29T00:00:00Z"},
               {INT64_C(4102444800000), "2100-01-01T00:00:00Z"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    when_utc(text, cases[i].ms);
    assert_string_equal(text, cases[i].text);
  }
}

static void on_the_wall_of_the_school(void **state) {
  (void)state;
  char text[WHEN_TEXT];
  struct zone *zone = zone_load("America/New_York");
  when_local(text, zone, ms("2026-03-08T06:59:00Z"));
  assert_string_equal(text, "2026-03-08 01:59");
  when_local(text, zone, ms("2026-03-08T07:00:00Z"));
  assert_string_equal(text, "2026-03-08 03:00");
  zone_free(zone);
}

static void how_far_a_day_is(void **state) {
  (void)state;
  static const struct {
    int64_t days;
    const char *text;
  } cases[] = {{0, "today"}, {1, "tomorrow"}, {-1, "yesterday"}, {12, "in 12 days"}, {-3, "3 days ago"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[WHEN_TEXT];
    when_days(text, cases[i].days);
    assert_string_equal(text, cases[i].text);
  }
}

static void a_night_is_at_three(void **state) {
  (void)state;
  static const struct {
    const char *zone, *day, *at;
  } cases[] = {
      {"America/New_York", "2026-01-15", "2026-01-15T08:00:00Z"},
      {"America/New_York", "2026-03-08", "2026-03-08T07:00:00Z"},
      {"America/New_York", "2026-11-01", "2026-11-01T08:00:00Z"},
      {"Europe/Berlin", "2026-03-29", "2026-03-29T01:00:00Z"},
      {"Europe/Berlin", "2026-10-25", "2026-10-25T02:00:00Z"},
      {"Asia/Kathmandu", "2026-06-01", "2026-05-31T21:15:00Z"},
      {"Europe/Helsinki", "2026-03-29", "2026-03-29T00:00:00Z"}, /* there is no 03:00 */
      {"UTC", "2026-06-01", "2026-06-01T03:00:00Z"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct zone *zone = zone_load(cases[i].zone);
    int64_t at = when_night_ms(zone, day(cases[i].day));
    assert_int_equal(at, ms(cases[i].at));
    assert_int_equal(when_last_night(zone, at), day(cases[i].day));
    assert_int_equal(when_last_night(zone, at - 1), day(cases[i].day) - 1);
    zone_free(zone);
  }
}

static void nights_follow_each_other(void **state) {
  (void)state;
  static const char *const names[] = {"America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo",
                                      "America/Santiago"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    struct zone *zone = zone_load(names[i]);
    int64_t before = when_night_ms(zone, 17000);
    for (int32_t d = 17001; d < 22000; d++) {
      int64_t at = when_night_ms(zone, d);
      assert_true(at > before);
      before = at;
    }
    zone_free(zone);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(utc),
      cmocka_unit_test(on_the_wall_of_the_school),
      cmocka_unit_test(how_far_a_day_is),
      cmocka_unit_test(a_night_is_at_three),
      cmocka_unit_test(nights_follow_each_other),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
