/*
 * How numbers, days and moments are said.
 *
 * The C library's strftime and locales are not used: a brief must have the same bytes whoever starts the run, whatever LANG says
 * there. A probability is never said as 0 or 100 %, because none is known to be; blanks inside a figure do not break.
 */
#include "paper/words.h"

#include "base/when.h"
#include "paper/chart.h"
#include "proto/result.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NBSP "\u00a0" /* keeps a number and what it counts on one line */

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const double little = 0.01, much = 0.99;

enum { YEAR_0 = -719528, YEAR_9999_END = 2932896 }; /* days since 1970-01-01 */
enum { ISO_DAY = 11, ISO_MONTH_AT = 5, ISO_DAY_AT = 8, GROUP = 3 };

void words_percent(char ret[WORDS], double p) {
  if (!isfinite(p))
    snprintf(ret, WORDS, "none");
  else if (p < little)
    snprintf(ret, WORDS, "under 1" NBSP "%%");
  else if (p > much)
    snprintf(ret, WORDS, "over 99" NBSP "%%");
  else
    snprintf(ret, WORDS, "%.0f" NBSP "%%", 100 * p);
}

static int two_digits(const char *text) {
  return (text[0] - '0') * 10 + (text[1] - '0');
}

/* Splits through the one calendar there is (proto/result.c); false for a day that it cannot write. */
static bool day_split(int32_t day, char ret_year[5], const char **ret_month, int *ret_day) {
  char iso[ISO_DAY];
  if (day < YEAR_0 || day > YEAR_9999_END)
    return false;
  result_format_day(iso, day);
  int month = two_digits(iso + ISO_MONTH_AT);
  memcpy(ret_year, iso, 4);
  ret_year[4] = '\0';
  *ret_month = months[month - 1];
  *ret_day = two_digits(iso + ISO_DAY_AT);
  return true;
}

void words_day(char ret[WORDS], int32_t day) {
  char year[5];
  const char *month;
  int of_month;
  if (day_split(day, year, &month, &of_month))
    snprintf(ret, WORDS, "%s" NBSP "%d, %s", month, of_month, year);
  else
    snprintf(ret, WORDS, "none");
}

void words_day_short(char ret[WORDS], int32_t day) {
  char year[5];
  const char *month;
  int of_month;
  if (day_split(day, year, &month, &of_month))
    snprintf(ret, WORDS, "%s" NBSP "%d", month, of_month);
  else
    snprintf(ret, WORDS, "none");
}

void words_number(char ret[WORDS], int64_t n) {
  char plain[24];
  int len = snprintf(plain, sizeof plain, "%" PRId64, n), at = 0;
  for (int i = 0; i < len; i++) {
    if (i > 0 && (len - i) % GROUP == 0 && plain[i - 1] != '-')
      ret[at++] = ',';
    ret[at++] = plain[i];
  }
  ret[at] = '\0';
}

void words_count(char ret[WORDS], int64_t n, const char *one, const char *many) {
  char number[WORDS];
  words_number(number, n);
  snprintf(ret, WORDS, "%s" NBSP "%s", number, n == 1 ? one : many);
}

void words_change(char ret[WORDS], int64_t from, int64_t to) {
  if (from == to)
    snprintf(ret, WORDS, "as before");
  else
    words_count(ret, to > from ? to - from : from - to, to > from ? "more" : "fewer", to > from ? "more" : "fewer");
}

void words_moment(char ret[WORDS], int64_t unix_ms, const char *zone) {
  char text[WHEN_TEXT];
  struct zone *rules = zone_load(zone);
  if (rules) {
    when_local(text, rules, unix_ms);
    snprintf(ret, WORDS, "%s (%s)", text, zone);
  } else {
    when_utc(text, unix_ms);
    snprintf(ret, WORDS, "%s", text);
  }
  zone_free(rules);
}
