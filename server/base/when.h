/*
 * Points in time as people and machines read them: RFC 3339 in UTC for files and logs, the school's wall clock for people,
 * and "in 12 days". Separate from clock.h, which only measures.
 */
#ifndef SG_BASE_WHEN_H
#define SG_BASE_WHEN_H

#include "base/clock.h"

#include <stddef.h>
#include <stdint.h>

enum { WHEN_TEXT = 32 };

void when_utc(char ret[WHEN_TEXT], int64_t unix_ms);                            /* 2026-03-02T21:14:07Z */
void when_local(char ret[WHEN_TEXT], const struct zone *zone, int64_t unix_ms); /* 2026-03-02 16:14 */
void when_days(char ret[WHEN_TEXT], int64_t days); /* "in 12 days", "tomorrow", "today", "3 days ago" */

/* The night of a day: 03:00 on the school's clock, counted as nine hours before its noon, so that it is one instant also
 * on the days when the clock is put forward or back. */
int64_t when_night_ms(const struct zone *zone, int32_t day);
/* The last day whose night is over at `now_ms`. */
int32_t when_last_night(const struct zone *zone, int64_t now_ms);

#endif
