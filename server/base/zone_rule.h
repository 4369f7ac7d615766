/*
 * The rule for days beyond a zone file's table: the POSIX TZ string in its last line (RFC 8536, 3.3), such as
 * "EST5EDT,M3.2.0,M11.1.0". Private to zone.c, and apart from it because it is a language of its own.
 */
#ifndef SG_BASE_ZONE_RULE_H
#define SG_BASE_ZONE_RULE_H

#include "proto/attr.h"

#include <stdbool.h>
#include <stdint.h>

struct zone_change {
  enum { CHANGE_JULIAN = 'J', CHANGE_DAY = 'N', CHANGE_WEEK = 'M' } kind;
  int month, week, weekday; /* CHANGE_WEEK: week 5 is the last */
  int day;                  /* CHANGE_JULIAN: 1 to 365, never the 29th of February; CHANGE_DAY: 0 to 365 */
  int32_t at_s;             /* since local midnight, -167 h to 167 h */
};

struct zone_rule {
  int32_t standard_s, summer_s; /* east of Greenwich */
  bool has_summer;
  struct zone_change to_summer, to_standard;
};

int zone_rule_parse(const char *text, struct zone_rule *ret) MUSTCHECK; /* E_INVALID */

/* The offset in force at that second, and the second from which it may be another (INT64_MAX for never). */
int32_t zone_rule_offset_s(const struct zone_rule *rule, int64_t unix_s, int64_t *ret_until_s);

/* Rounds down, as days before 1970 want it; b > 0. */
static inline int64_t zone_floor_div(int64_t a, int64_t b) {
  return a / b - (a % b < 0);
}

#endif
