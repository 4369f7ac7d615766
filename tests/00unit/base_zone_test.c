/*
 * Zones: against known instants, and against the C library for every zone of the machine.
 *
 * The C library is the second opinion: it reads the same files by other code. Where it is known to differ (rules whose change
 * falls into another calendar year) the comparison stays within the table's years.
 */
#include "base/clock.h"
#include "base/err.h"
#include "base/zone_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum { DAY_S = 86400 };
#define DAY_MS INT64_C(86400000)

static int32_t day_of(int year, int month, int day) {
  struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
  return (int32_t)(timegm(&tm) / DAY_S);
}

static struct zone *must(const char *name) {
  struct zone *zone = zone_load(name);
  assert_non_null(zone);
  return zone;
}

static void names_that_are_none(void **state) {
  (void)state;
  static const char *const names[] = {"",         "/etc/passwd",       "../../etc/passwd", "America/../America/New_York",
                                      "America",  "America//New_York", "Nowhere/Else",     "America/New_York/",
                                      "zone.tab", "America/New York",  "posixrules.",      "tzdata.zi",
                                      "right/UTC"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    struct zone *zone = zone_load(names[i]);
    if (zone)
      fail_msg("%s was taken for a zone", names[i]);
  }
}

static void days_begin_and_end_over_summer_time(void **state) {
  (void)state;
  struct zone *zone = must("America/New_York");
  /* 8 March 2026 has 23 hours, 1 November 25. */
  int32_t spring = day_of(2026, 3, 8), autumn = day_of(2026, 11, 1);
  assert_int_equal(zone_midnight_ms(zone, spring + 1) - zone_midnight_ms(zone, spring), 23 * 3600000);
  assert_int_equal(zone_midnight_ms(zone, autumn + 1) - zone_midnight_ms(zone, autumn), 25 * 3600000);
  assert_int_equal(zone_midnight_ms(zone, spring), (int64_t)spring * DAY_MS + 5 * 3600000);
  assert_int_equal(zone_noon_ms(zone, spring), (int64_t)spring * DAY_MS + 16 * 3600000);
  assert_int_equal(zone_noon_ms(zone, autumn), (int64_t)autumn * DAY_MS + 17 * 3600000);
  assert_int_equal(zone_offset_s(zone, zone_noon_ms(zone, spring)), -4 * 3600);
  zone_free(zone);
}

static void midnight_that_is_not_there_and_midnight_twice(void **state) {
  (void)state;
  /* Beirut goes to summer time at midnight: the last Sunday of March begins at one o'clock. */
  struct zone *zone = must("Asia/Beirut");
  int32_t spring = day_of(2021, 3, 28);
  assert_int_equal(zone_midnight_ms(zone, spring), (int64_t)spring * DAY_MS - 2 * 3600000);
  assert_int_equal(zone_day(zone, zone_midnight_ms(zone, spring)), spring);
  assert_int_equal(zone_day(zone, zone_midnight_ms(zone, spring) - 1), spring - 1);
  zone_free(zone);
  /* Havana went back from one o'clock to midnight: the first of the two is where the day begins. */
  zone = must("America/Havana");
  int32_t autumn = day_of(2021, 11, 7);
  assert_int_equal(zone_midnight_ms(zone, autumn), (int64_t)autumn * DAY_MS + 4 * 3600000);
  assert_int_equal(zone_midnight_ms(zone, autumn + 1) - zone_midnight_ms(zone, autumn), 25 * 3600000);
  zone_free(zone);
  /* Samoa had no 30 December 2011: it began with the day after. */
  zone = must("Pacific/Apia");
  int32_t gone = day_of(2011, 12, 30);
  assert_int_equal(zone_midnight_ms(zone, gone), zone_midnight_ms(zone, gone + 1));
  assert_int_equal(zone_day(zone, zone_midnight_ms(zone, gone)), gone + 1);
  zone_free(zone);
}

static void leap_days_and_far_years(void **state) {
  (void)state;
  struct zone *zone = must("America/Chicago");
  static const int years[] = {1972, 2000, 2024, 2028, 2096, 2100, 2104, 2400};
  for (size_t i = 0; i < sizeof years / sizeof years[0]; i++) {
    int32_t last = day_of(years[i], 2, 28);
    int32_t next = zone_day(zone, zone_noon_ms(zone, last) + DAY_MS);
    assert_int_equal(next, last + 1);
    assert_int_equal(zone_day(zone, zone_midnight_ms(zone, next)), next);
    /* July has summer time, January has not, also when the table has ended and the rule holds. */
    assert_int_equal(zone_offset_s(zone, zone_noon_ms(zone, day_of(years[i], 7, 1))), -5 * 3600);
    assert_int_equal(zone_offset_s(zone, zone_noon_ms(zone, day_of(years[i], 1, 3))), -6 * 3600);
  }
  /* 2100-03-14 is the second Sunday of March: two o'clock becomes three at 08:00 UTC. */
  int64_t change_ms = (int64_t)day_of(2100, 3, 14) * DAY_MS + 8 * 3600000;
  assert_int_equal(zone_offset_s(zone, change_ms - 1), -6 * 3600);
  assert_int_equal(zone_offset_s(zone, change_ms), -5 * 3600);
  zone_free(zone);
}

static void summer_in_the_south_and_none_at_all(void **state) {
  (void)state;
  struct zone *zone = must("Australia/Sydney");
  assert_int_equal(zone_offset_s(zone, (int64_t)day_of(2101, 1, 1) * DAY_MS), 11 * 3600);
  assert_int_equal(zone_offset_s(zone, (int64_t)day_of(2101, 7, 1) * DAY_MS), 10 * 3600);
  zone_free(zone);
  zone = must("Asia/Kathmandu");
  assert_int_equal(zone_offset_s(zone, (int64_t)day_of(2101, 7, 1) * DAY_MS), 5 * 3600 + 45 * 60);
  zone_free(zone);
  zone = must("UTC");
  assert_int_equal(zone_offset_s(zone, 0), 0);
  assert_int_equal(zone_day(zone, -1), -1);
  assert_int_equal(zone_midnight_ms(zone, -1), -DAY_MS);
  zone_free(zone);
}

static void days_saturate(void **state) {
  (void)state;
  struct zone *zone = must("America/New_York");
  assert_int_equal(zone_day(zone, INT64_MAX), INT32_MAX);
  assert_int_equal(zone_day(zone, INT64_MIN), -INT32_MAX);
  zone_free(zone);
}

static void rules_that_are_none(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      "E5",
                                      "EST",
                                      "EST5EDT",
                                      "EST5EDT,M3.2.0",
                                      "EST5EDT,M13.2.0,M11.1.0",
                                      "<+03-3",
                                      "EST168",
                                      "EST5EDT,J0,J1",
                                      "EST5EDT,M3.6.0,1",
                                      "EST5EDT,366,1",
                                      "EST5EDT,M3.2.0/168,M11.1.0",
                                      "EST5:60",
                                      "EST5EDT,M3.2.0,M11.1.0,x",
                                      "EST99999999999999999999"};
  struct zone_rule rule;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    assert_int_equal(zone_rule_parse(texts[i], &rule), E_INVALID);
}

static void julian_rules_skip_the_leap_day(void **state) {
  (void)state;
  struct zone_rule rule;
  int64_t until_s;
  /* J60 is the first of March in every year; 59 counts from zero and is the 29th of February in leap years. */
  assert_int_equal(zone_rule_parse("AAA0BBB,J60/0,J300/0", &rule), E_OK);
  assert_int_equal(zone_rule_offset_s(&rule, (int64_t)day_of(2024, 3, 1) * DAY_S - 1, &until_s), 0);
  assert_int_equal(until_s, (int64_t)day_of(2024, 3, 1) * DAY_S);
  assert_int_equal(zone_rule_offset_s(&rule, until_s, &until_s), 3600);
  assert_int_equal(zone_rule_parse("AAA0BBB,59/0,299/0", &rule), E_OK);
  assert_int_equal(zone_rule_offset_s(&rule, (int64_t)day_of(2024, 2, 29) * DAY_S, &until_s), 3600);
  assert_int_equal(zone_rule_offset_s(&rule, (int64_t)day_of(2023, 3, 1) * DAY_S, &until_s), 3600);
  assert_int_equal(zone_rule_offset_s(&rule, (int64_t)day_of(2023, 3, 1) * DAY_S - 1, &until_s), 0);
}

/* Every offset in force on a grid of odd hours over two centuries. */
static void the_c_library_agrees(void **state) {
  (void)state;
  static const char *const names[] = {"America/New_York",    "America/Chicago",   "America/Denver",      "America/Phoenix",
                                      "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu",    "America/Puerto_Rico",
                                      "Europe/London",       "Europe/Dublin",     "Asia/Kolkata",        "Asia/Beirut",
                                      "Africa/Casablanca",   "America/Havana",    "Australia/Lord_Howe", "Pacific/Apia",
                                      "America/St_Johns",    "Asia/Gaza",         "Antarctica/Troll",    "Europe/Berlin"};
  char *before = getenv("TZ");
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    struct zone *zone = must(names[i]);
    setenv("TZ", names[i], 1);
    tzset();
    for (int64_t unix_s = (int64_t)day_of(1971, 1, 1) * DAY_S; unix_s < (int64_t)day_of(2170, 1, 1) * DAY_S;
         unix_s += 61 * 3600 + 17) {
      time_t at = (time_t)unix_s;
      struct tm tm;
      localtime_r(&at, &tm);
      if (zone_offset_s(zone, unix_s * 1000) != tm.tm_gmtoff)
        fail_msg("%s at %lld: %d, the C library says %ld", names[i], (long long)unix_s, zone_offset_s(zone, unix_s * 1000),
                 tm.tm_gmtoff);
    }
    zone_free(zone);
  }
  if (before)
    setenv("TZ", before, 1);
  else
    unsetenv("TZ");
  tzset();
}

static void clocks_run(void **state) {
  (void)state;
  int64_t a = clock_mono_ms(), b = clock_mono_ms();
  assert_true(b >= a);
  assert_true(clock_wall_ms() > (int64_t)day_of(2024, 1, 1) * DAY_MS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_that_are_none),
      cmocka_unit_test(days_begin_and_end_over_summer_time),
      cmocka_unit_test(midnight_that_is_not_there_and_midnight_twice),
      cmocka_unit_test(leap_days_and_far_years),
      cmocka_unit_test(summer_in_the_south_and_none_at_all),
      cmocka_unit_test(days_saturate),
      cmocka_unit_test(rules_that_are_none),
      cmocka_unit_test(julian_rules_skip_the_leap_day),
      cmocka_unit_test(the_c_library_agrees),
      cmocka_unit_test(clocks_run),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
