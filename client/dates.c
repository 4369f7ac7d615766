/*
 * Reading days. Six shapes cover what the exports and the spreadsheets of students have:
 *
 *   2026-03-14, 2026/3/14     numbers, the year first
 *   3/14/2026, 14.3.26        numbers, the year last; points mean the day first, the others depend on who wrote it
 *   14-Mar-26, March 14, 2026 a month by name
 *   46095, 46095.44           a spreadsheet's count of days since 1899-12-30, when a column lost its format
 *   each with a time behind it: 22:29, 10:29 PM, "| 10:29PM"
 *   RFC 3339                  left as it is
 *
 * A year of two digits is of this century. What order the numbers are in is not guessed for a cell alone: the caller looks at
 * the whole column, and asks when it does not tell.
 */
#include "client/dates.h"

#include "proto/result.h"

#include <stdio.h>
#include <string.h>

enum {
  PARTS_MAX = 3,
  SERIAL_FIRST = 36526, /* 2000-01-01 as a spreadsheet counts */
  SERIAL_LAST = 73050,  /* 2099-12-31 */
  SERIAL_1970 = 25569,
  MINUTES_A_DAY = 1440,
};

struct when {
  int year, month, day;
  int hour, minute, second; /* hour -1: no time given */
};

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static const char *skip(const char *text, const char *what) {
  return text + strspn(text, what);
}

/* Up to four digits. 0 digits: not one. */
static int number_read(const char **text, int *ret) {
  int n = 0, value = 0;
  for (; n < 4 && is_digit((*text)[n]); n++)
    value = value * 10 + ((*text)[n] - '0');
  *text += n;
  *ret = value;
  return is_digit(**text) ? 0 : n;
}

static int month_named(const char **text) {
  static const char names[12][10] = {"january", "february", "march",     "april",   "may",      "june",
                                     "july",    "august",   "september", "october", "november", "december"};
  char word[16];
  size_t len = 0;
  for (; len < sizeof word - 1 && (((*text)[len] | 32) >= 'a' && ((*text)[len] | 32) <= 'z'); len++)
    word[len] = (char)((*text)[len] | 32);
  word[len] = '\0';
  if (len < 3)
    return 0;
  for (int i = 0; i < 12; i++) {
    if (strncmp(names[i], word, len) == 0 || (i == 8 && strcmp(word, "sept") == 0)) {
      *text += len;
      return i + 1;
    }
  }
  return 0;
}

/* "22:29", "22:29:05", "10:29PM", "10:29 pm"; at the end of the text, or -1. */
static int time_read(const char *text, struct when *when) {
  text = skip(text, " ,|T");
  when->hour = -1;
  if (*text == '\0')
    return 0;
  int hour = 0, minute = 0, second = 0;
  if (number_read(&text, &hour) == 0 || *text++ != ':' || number_read(&text, &minute) != 2)
    return -1;
  if (*text == ':') {
    text++;
    if (number_read(&text, &second) != 2)
      return -1;
  }
  text = skip(text, " ");
  int half = text[0] | 32;
  if ((half == 'a' || half == 'p') && (text[1] | 32) == 'm') {
    if (hour < 1 || hour > 12)
      return -1;
    hour = hour % 12 + (half == 'p' ? 12 : 0);
    text = skip(text + 2, " ");
  }
  if (*text != '\0' || hour > 23 || minute > 59 || second > 59)
    return -1;
  *when = (struct when){when->year, when->month, when->day, hour, minute, second};
  return 0;
}

static int year_of(int written, int digits) {
  return digits == 2 ? 2000 + written : digits == 4 ? written : -1;
}

/* "14 Mar 2026", "Mar 14, 2026". */
static enum dates_kind named_read(const char *text, struct when *when) {
  static const char between[] = " -./,";
  int day = 0, year = 0, digits = 0;
  int month = month_named(&text);
  text = skip(text, between);
  if (number_read(&text, &day) == 0)
    return DATES_NONE;
  if (month == 0) {
    text = skip(text, between);
    month = month_named(&text);
  }
  text = skip(text, between);
  digits = number_read(&text, &year);
  *when = (struct when){.year = year_of(year, digits), .month = month, .day = day};
  return month == 0 || time_read(text, when) != 0 ? DATES_NONE : DATES_PLAIN;
}

static enum dates_kind numbers_read(const char *text, enum dates_order order, struct when *when) {
  int part[PARTS_MAX] = {0}, digits[PARTS_MAX] = {0};
  char mark = '\0';
  for (int i = 0; i < PARTS_MAX; i++) {
    digits[i] = number_read(&text, &part[i]);
    if (digits[i] == 0 || (i == 0 && (*text == '\0' || strchr("/-.", *text) == NULL)) || (i == 1 && *text != mark))
      return DATES_NONE;
    mark = i == 0 ? *text : mark;
    text += i < 2;
  }
  enum dates_kind kind = DATES_PLAIN;
  if (digits[0] == 4) {
    *when = (struct when){.year = part[0], .month = part[1], .day = part[2]};
  } else {
    bool first_day = part[0] > 12, second_day = part[1] > 12, dots = mark == '.';
    kind = dots || part[0] == part[1]  ? DATES_PLAIN
           : first_day && !second_day  ? DATES_DMY_ONLY
           : second_day && !first_day  ? DATES_MDY_ONLY
           : !first_day && !second_day ? DATES_AMBIGUOUS
                                       : DATES_NONE;
    bool day_first = dots || kind == DATES_DMY_ONLY || (kind == DATES_AMBIGUOUS && order == DATES_DMY);
    *when = (struct when){.year = year_of(part[2], digits[2]), .month = part[day_first], .day = part[!day_first]};
  }
  return time_read(text, when) == 0 ? kind : DATES_NONE;
}

static enum dates_kind serial_read(const char *text, struct when *when) {
  int32_t centi = 0;
  size_t whole = strspn(text, "0123456789");
  if (whole != 5 || (text[whole] != '\0' && text[whole] != '.') || result_parse_centi(text, &centi) != 0)
    return DATES_NONE;
  int32_t serial = 0;
  for (size_t i = 0; i < whole; i++)
    serial = serial * 10 + (text[i] - '0');
  if (serial < SERIAL_FIRST || serial > SERIAL_LAST)
    return DATES_NONE;
  char iso[11];
  result_format_day(iso, serial - SERIAL_1970);
  const char *at = iso;
  *when = (struct when){.hour = -1};
  (void)number_read(&at, &when->year), at++;
  (void)number_read(&at, &when->month), at++;
  (void)number_read(&at, &when->day);
  if (text[whole] == '.') { /* a share of the day, of which the first six digits tell the second */
    int64_t share = 0, unit = 1;
    for (size_t i = whole + 1; is_digit(text[i]) && unit < 1000000; i++, unit *= 10)
      share = share * 10 + (text[i] - '0');
    int64_t minutes = (share * MINUTES_A_DAY + unit / 2) / unit;
    minutes = minutes < MINUTES_A_DAY ? minutes : MINUTES_A_DAY - 1;
    when->hour = (int)(minutes / 60);
    when->minute = (int)(minutes % 60);
  }
  return DATES_PLAIN;
}

enum dates_kind dates_read(const char *text, enum dates_order order, int32_t offset_s, char ret[DATES_TEXT]) {
  struct when when = {.hour = -1};
  int64_t ms;
  int32_t day;
  if (result_parse_time(text, 0, &ms) == 0) {
    snprintf(ret, DATES_TEXT, "%s", text);
    return strlen(text) < DATES_TEXT ? DATES_ISO : DATES_NONE;
  }
  enum dates_kind kind = serial_read(text, &when);
  if (kind == DATES_NONE)
    kind = numbers_read(text, order, &when);
  if (kind == DATES_NONE)
    kind = named_read(text, &when);
  char iso[DATES_TEXT];
  snprintf(iso, sizeof iso, "%04d-%02d-%02d", when.year, when.month, when.day);
  if (kind == DATES_NONE || when.year < 0 || result_parse_day(iso, &day) != 0)
    return DATES_NONE;
  if (kind == DATES_AMBIGUOUS && order == DATES_UNCLEAR)
    return kind;
  size_t len = strlen(iso);
  int32_t east = offset_s < 0 ? -offset_s : offset_s;
  if (when.hour >= 0)
    snprintf(iso + len, sizeof iso - len, "T%02d:%02d:%02d%c%02d:%02d", when.hour, when.minute, when.second,
             offset_s < 0 ? '-' : '+', (int)(east / 3600), (int)(east / 60 % 60));
  memcpy(ret, iso, sizeof iso);
  return kind;
}
