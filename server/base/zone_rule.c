/*
 * POSIX TZ strings: "CET-1CEST,M3.5.0,M10.5.0/3".
 *
 * The offset of an instant is found by listing the changes of the year before, this year and the year after, in order, and
 * taking the last one that has happened. Rejected: comparing with this year's two changes only, as the C library does; with
 * a rule such as "M1.1.0/-167" a change of this rule's year falls into the calendar year before.
 */
#include "base/zone_rule.h"

#include "base/err.h"

#include <stddef.h>
#include <string.h>

enum { DAY_S = 86400, HOURS_MAX = 167 };

/* ---------------------------------------------------------------- reading */

static bool digit(char c) {
  return c >= '0' && c <= '9';
}

/* Each takes what it knows from *at, moves it on, and says whether it was well-formed. */

static bool take_number(const char **at, int low, int high, int *ret) {
  if (!digit(**at))
    return false;
  int n = 0;
  while (digit(**at) && n <= high)
    n = n * 10 + (*(*at)++ - '0');
  if (n < low || n > high)
    return false;
  *ret = n;
  return true;
}

static bool take_name(const char **at) {
  const char *start = *at;
  if (*start == '<') {
    const char *end = strchr(start, '>');
    if (!end)
      return false;
    *at = end + 1;
    return true;
  }
  while ((**at >= 'A' && **at <= 'Z') || (**at >= 'a' && **at <= 'z'))
    (*at)++;
  return *at - start >= 3;
}

static bool take_time(const char **at, int32_t *ret_s) {
  int sign = **at == '-' ? -1 : 1, hours, minutes = 0, seconds = 0;
  if (**at == '-' || **at == '+')
    (*at)++;
  if (!take_number(at, 0, HOURS_MAX, &hours))
    return false;
  if (**at == ':' && ((*at)++, !take_number(at, 0, 59, &minutes)))
    return false;
  if (**at == ':' && ((*at)++, !take_number(at, 0, 59, &seconds)))
    return false;
  *ret_s = sign * (hours * 3600 + minutes * 60 + seconds);
  return true;
}

static bool take_letter(const char **at, char letter) {
  if (**at != letter)
    return false;
  (*at)++;
  return true;
}

static bool take_change(const char **at, struct zone_change *ret) {
  *ret = (struct zone_change){.kind = CHANGE_DAY, .at_s = 2 * 3600};
  bool good;
  if (take_letter(at, 'M')) {
    ret->kind = CHANGE_WEEK;
    good = take_number(at, 1, 12, &ret->month) && take_letter(at, '.') && take_number(at, 1, 5, &ret->week) &&
           take_letter(at, '.') && take_number(at, 0, 6, &ret->weekday);
  } else if (take_letter(at, 'J')) {
    ret->kind = CHANGE_JULIAN;
    good = take_number(at, 1, 365, &ret->day);
  } else {
    good = take_number(at, 0, 365, &ret->day);
  }
  return good && (!take_letter(at, '/') || take_time(at, &ret->at_s));
}

int zone_rule_parse(const char *text, struct zone_rule *ret) {
  struct zone_rule rule = {.has_summer = false};
  int32_t west_s;
  if (!take_name(&text) || !take_time(&text, &west_s))
    return E_INVALID;
  rule.standard_s = -west_s; /* POSIX counts hours west of Greenwich, everybody else east */
  rule.summer_s = rule.standard_s + 3600;
  if (*text) {
    rule.has_summer = true;
    if (!take_name(&text))
      return E_INVALID;
    if (*text != ',') {
      if (!take_time(&text, &west_s))
        return E_INVALID;
      rule.summer_s = -west_s;
    }
    if (!take_letter(&text, ',') || !take_change(&text, &rule.to_summer) || !take_letter(&text, ',') ||
        !take_change(&text, &rule.to_standard) || *text)
      return E_INVALID;
  }
  *ret = rule;
  return E_OK;
}

/* ---------------------------------------------------------------- the calendar */

static bool leap(int64_t year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to the first of January. */
static int64_t year_start(int64_t year) {
  int64_t before = year - 1;
  return (year - 1970) * 365 + zone_floor_div(before, 4) - zone_floor_div(before, 100) + zone_floor_div(before, 400) -
         (1969 / 4 - 1969 / 100 + 1969 / 400);
}

static int month_days(int month, bool is_leap) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[month - 1] + (month == 2 && is_leap);
}

static int64_t change_day(const struct zone_change *change, int64_t year) {
  int64_t start = year_start(year);
  bool is_leap = leap(year);
  switch (change->kind) {
  case CHANGE_DAY: return start + change->day;
  case CHANGE_JULIAN: return start + change->day - 1 + (is_leap && change->day > 59);
  case CHANGE_WEEK: break;
  }
  for (int month = 1; month < change->month; month++)
    start += month_days(month, is_leap);
  int first_weekday = (int)(((start + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
  int day = (change->weekday - first_weekday + 7) % 7 + 7 * (change->week - 1);
  if (day >= month_days(change->month, is_leap))
    day -= 7;
  return start + day;
}

int32_t zone_rule_offset_s(const struct zone_rule *rule, int64_t unix_s, int64_t *ret_until_s) {
  *ret_until_s = INT64_MAX;
  if (!rule->has_summer)
    return rule->standard_s;
  int64_t year = 1970 + zone_floor_div(unix_s, (int64_t)(365.2425 * DAY_S));
  int32_t offset_s = rule->standard_s;
  int64_t latest_s = INT64_MIN;
  for (int64_t y = year - 1; y <= year + 1; y++) {
    const struct {
      int64_t at_s;
      int32_t then_s;
    } changes[] = {
        {change_day(&rule->to_summer, y) * DAY_S + rule->to_summer.at_s - rule->standard_s, rule->summer_s},
        {change_day(&rule->to_standard, y) * DAY_S + rule->to_standard.at_s - rule->summer_s, rule->standard_s},
    };
    for (size_t i = 0; i < 2; i++) {
      if (changes[i].at_s > unix_s && changes[i].at_s < *ret_until_s)
        *ret_until_s = changes[i].at_s;
      if (changes[i].at_s <= unix_s && changes[i].at_s >= latest_s) {
        latest_s = changes[i].at_s;
        offset_s = changes[i].then_s;
      }
    }
  }
  return offset_s;
}
