/*
 * Text to numbers, for results.csv, exams.csv and the command line: times, days, hundredths. All of them take the whole
 * text or nothing; strtol and friends were rejected because each skips spaces, stops in the middle, reads signs and other
 * bases, and reports overflow through errno.
 *
 * Civil dates by the counting of days from 0000-03-01 (years that begin in March put the leap day last): exact for every
 * year of the proleptic Gregorian calendar, no table of months, no time zone database.
 */
#include "proto/result.h"

#include <string.h>

enum {
  SECONDS_A_DAY = 86400,
  NOON_S = 12 * 3600,
  DAYS_AN_ERA = 146097,  /* 400 years */
  DAYS_TO_1970 = 719468, /* from 0000-03-01 */
};

/* Exactly `n` digits; advances *text past them. */
static int digits_read(const char **text, int n, int32_t *ret) {
  int32_t value = 0;
  for (int i = 0; i < n; i++) {
    char c = (*text)[i];
    if (c < '0' || c > '9')
      return -1;
    value = value * 10 + (c - '0');
  }
  *text += n;
  *ret = value;
  return 0;
}

static int letter_read(const char **text, char wanted) {
  if (**text != wanted)
    return -1;
  (*text)++;
  return 0;
}

static int32_t month_days(int32_t year, int32_t month) {
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (month == 2)
    return leap ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static int32_t day_count(int32_t year, int32_t month, int32_t day) {
  int32_t march_year = month > 2 ? year : year - 1;
  int32_t era = march_year / 400, of_era = march_year % 400;
  int32_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * DAYS_AN_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_1970;
}

static int day_read(const char **text, int32_t *ret_day) {
  int32_t year = 0, month = 0, day = 0;
  if (digits_read(text, 4, &year) || letter_read(text, '-') || digits_read(text, 2, &month) || letter_read(text, '-') ||
      digits_read(text, 2, &day))
    return -1;
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
    return -1;
  *ret_day = day_count(year, month, day);
  return 0;
}

int result_parse_day(const char *text, int32_t *ret_day) {
  int32_t day = 0;
  if (day_read(&text, &day) || *text != '\0')
    return -1;
  *ret_day = day;
  return 0;
}

void result_format_day(char ret[11], int32_t day) {
  int64_t n = (int64_t)day + DAYS_TO_1970;
  int64_t era = (n >= 0 ? n : n - (DAYS_AN_ERA - 1)) / DAYS_AN_ERA;
  int64_t of_era = n - era * DAYS_AN_ERA;
  int64_t era_year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int64_t of_year = of_era - (365 * era_year + era_year / 4 - era_year / 100);
  int64_t month_from_march = (5 * of_year + 2) / 153;
  int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  int64_t year = era * 400 + era_year + (month <= 2);
  if (year < 0 || year > 9999)
    year = year < 0 ? 0 : 9999; /* nothing above lets such a day in; the shape of the text is kept all the same */
  int64_t parts[3] = {year, month, of_year - (153 * month_from_march + 2) / 5 + 1};
  static const int ends[3] = {4, 7, 10};
  memset(ret, '-', 10);
  for (int i = 0; i < 3; i++) {
    for (int at = ends[i] - 1, n_digits = i == 0 ? 4 : 2; n_digits > 0; n_digits--, at--) {
      ret[at] = (char)('0' + parts[i] % 10);
      parts[i] /= 10;
    }
  }
  ret[10] = '\0';
}

/* ".5" and the like, to milliseconds; what is finer is cut off. */
static int fraction_read(const char **text, int32_t *ret_ms) {
  int32_t ms = 0, weight = 100;
  if (**text != '.') {
    *ret_ms = 0;
    return 0;
  }
  (*text)++;
  if (**text < '0' || **text > '9')
    return -1;
  for (; **text >= '0' && **text <= '9'; (*text)++) {
    ms += (**text - '0') * weight;
    weight /= 10;
  }
  *ret_ms = ms;
  return 0;
}

/* "Z" or "+05:30"; seconds east of UTC. */
static int zone_read(const char **text, int32_t *ret_s) {
  char sign = **text;
  (*text)++;
  if (sign == 'Z' || sign == 'z') {
    *ret_s = 0;
    return 0;
  }
  int32_t hours = 0, minutes = 0;
  if ((sign != '+' && sign != '-') || digits_read(text, 2, &hours) || letter_read(text, ':') || digits_read(text, 2, &minutes))
    return -1;
  if (hours > 23 || minutes > 59)
    return -1;
  int32_t seconds = hours * 3600 + minutes * 60;
  *ret_s = sign == '-' ? -seconds : seconds;
  return 0;
}

int result_parse_time(const char *text, int32_t zone_offset_s, int64_t *ret_ms) {
  int32_t day = 0, hour = 0, minute = 0, second = 0, ms = 0, zone_s = 0;
  if (day_read(&text, &day))
    return -1;
  int64_t day_s = (int64_t)day * SECONDS_A_DAY;
  if (*text == '\0') {
    *ret_ms = (day_s + NOON_S - zone_offset_s) * 1000;
    return 0;
  }
  if (*text != 'T' && *text != 't' && *text != ' ')
    return -1;
  text++;
  if (digits_read(&text, 2, &hour) || letter_read(&text, ':') || digits_read(&text, 2, &minute) || letter_read(&text, ':') ||
      digits_read(&text, 2, &second) || fraction_read(&text, &ms) || *text == '\0' || zone_read(&text, &zone_s) || *text != '\0')
    return -1;
  if (hour > 23 || minute > 59 || second > 60) /* 60 is a leap second, and counts as the next one */
    return -1;
  *ret_ms = (day_s + hour * 3600 + minute * 60 + second - zone_s) * 1000 + ms;
  return 0;
}

int result_parse_centi(const char *text, int32_t *ret_centi) {
  bool negative = *text == '-';
  if (*text == '-' || *text == '+')
    text++;
  int64_t centi = 0;
  int digits = 0, decimals = -1; /* -1: no point yet */
  bool up = false;
  for (; *text; text++) {
    if (*text == '.' && decimals < 0) {
      decimals = 0;
      continue;
    }
    if (*text < '0' || *text > '9')
      return -1;
    digits++;
    if (decimals >= 0)
      decimals++;
    if (decimals == 3)
      up = *text >= '5';
    if (decimals <= 2)
      centi = centi * 10 + (*text - '0');
    if (centi > INT32_MAX)
      return -1;
  }
  for (int have = decimals < 0 ? 0 : decimals; have < 2; have++)
    centi *= 10;
  centi += up;
  if (digits == 0 || centi > INT32_MAX)
    return -1;
  *ret_centi = (int32_t)(negative ? -centi : centi);
  return 0;
}

int result_parse_count(const char *text, int32_t *ret) {
  int64_t value = 0;
  if (*text == '\0')
    return -1;
  for (; *text; text++) {
    if (*text < '0' || *text > '9')
      return -1;
    value = value * 10 + (*text - '0');
    if (value > INT32_MAX)
      return -1;
  }
  *ret = (int32_t)value;
  return 0;
}
