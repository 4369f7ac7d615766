/* How an estimate is said to a person on a terminal; queue and student page say it alike. */
#ifndef SG_CTL_WORDS_H
#define SG_CTL_WORDS_H

#include "ctl/ctl.h"

enum { WORDS_TEXT = 120, WORDS_LINE = 400 };

/* "34 % (20 to 51)": P(pass) and its 80 % interval. */
void words_chance(char ret[WORDS_TEXT], const json_t *estimate);
/* "2026-12-05, in 12 days"; "none planned". `days` is a key, or NULL for none. */
void words_exam(char ret[WORDS_TEXT], const json_t *row, const char *day, const char *days);
/* "Pine, Teal (1042)" the other way round: "Teal Pine (1042)". */
void words_name(char ret[WORDS_LINE], const json_t *student);
enum term_style words_severity(const char *severity);
/* A reason with its share of the chance, in points of a hundred: "-14.2  CBSSA, form 28, ...". False for one too small to
 * matter or without words. */
bool words_reason(char ret[WORDS_LINE], const json_t *reason);

#endif
