/*
 * Points in time as people and machines read them. Civil days come from the zone (clock.h) and from the one calendar of
 * proto/result.c; the C library's localtime is not used, because it reads a global zone.
 *
 * A night counted from midnight would be an hour off twice a year wherever the clock jumps at 02:00, as in America; counted
 * back from noon it is 03:00 on the wall there on every day. In zones that jump at 03:00 itself (eastern Europe) that one
 * night is at 02:00: the hour named does not exist, and what matters is that the instant is one and the same for everybody.
 */
#include "base/when.h"

#include "proto/result.h"

#include <stdio.h>

enum { MS_PER_S = 1000, S_PER_HOUR = 3600, S_PER_DAY = 86400, NIGHT_BEFORE_NOON_S = 9 * S_PER_HOUR };

/* Day and second of the day of a wall clock that is `offset_s` ahead of UTC. Before 1970 counts downwards, not to zero. */
static void when_split(int64_t unix_ms, int32_t offset_s, int32_t *ret_day, int *ret_second) {
  int64_t s = unix_ms / MS_PER_S - (unix_ms % MS_PER_S < 0) + offset_s;
  int64_t day = s / S_PER_DAY - (s % S_PER_DAY < 0);
  *ret_day = (int32_t)day;
  *ret_second = (int)(s - day * S_PER_DAY);
}

void when_utc(char ret[WHEN_TEXT], int64_t unix_ms) {
  int32_t day;
  int second;
  char text[11];
  when_split(unix_ms, 0, &day, &second);
  result_format_day(text, day);
  snprintf(ret, WHEN_TEXT, "%sT%02d:%02d:%02dZ", text, second / S_PER_HOUR, second / 60 % 60, second % 60);
}

void when_local(char ret[WHEN_TEXT], const struct zone *zone, int64_t unix_ms) {
  int32_t day;
  int second;
  char text[11];
  when_split(unix_ms, zone_offset_s(zone, unix_ms), &day, &second);
  result_format_day(text, day);
  snprintf(ret, WHEN_TEXT, "%s %02d:%02d", text, second / S_PER_HOUR, second / 60 % 60);
}

void when_days(char ret[WHEN_TEXT], int64_t days) {
  if (days == 0)
    snprintf(ret, WHEN_TEXT, "today");
  else if (days == 1)
    snprintf(ret, WHEN_TEXT, "tomorrow");
  else if (days == -1)
    snprintf(ret, WHEN_TEXT, "yesterday");
  else if (days > 0)
    snprintf(ret, WHEN_TEXT, "in %lld days", (long long)days);
  else
    snprintf(ret, WHEN_TEXT, "%lld days ago", (long long)-days);
}

int64_t when_night_ms(const struct zone *zone, int32_t day) {
  return zone_noon_ms(zone, day) - (int64_t)NIGHT_BEFORE_NOON_S * MS_PER_S;
}

int32_t when_last_night(const struct zone *zone, int64_t now_ms) {
  int32_t today = zone_day(zone, now_ms);
  return when_night_ms(zone, today) <= now_ms ? today : today - 1;
}
