/*
 * How numbers, days and moments are said: as on the pages (web/src/ui/words.ts), so that a figure reads alike in the office and on
 * paper.
 */
#ifndef SG_PAPER_WORDS_H
#define SG_PAPER_WORDS_H

#include <stdint.h>

enum { WORDS = 80 };

void words_percent(char ret[WORDS], double p);      /* "62 %", "under 1 %", "over 99 %"; "none" where there is no number */
void words_day(char ret[WORDS], int32_t day);       /* "Dec 8, 2026"; "none" for CHART_NO_DAY */
void words_day_short(char ret[WORDS], int32_t day); /* "Dec 8" */
void words_number(char ret[WORDS], int64_t n);      /* "1,204" */
void words_count(char ret[WORDS], int64_t n, const char *one, const char *many); /* "1,204 students", "1 student" */
void words_change(char ret[WORDS], int64_t from, int64_t to);                    /* "3 more", "1 fewer", "as before" */
void words_moment(char ret[WORDS], int64_t unix_ms, const char *zone); /* "2026-12-08 03:00 (America/New_York)"; UTC for no zone */

#endif
