/*
 * Predictions of one horizon against the outcomes, beside two simpler ways: the share who passed, said of everybody, and the
 * last readiness check read through the curve that schools use today.
 */
#ifndef SG_STUDY_SCORE_H
#define SG_STUDY_SCORE_H

#include "study/backtest.h"
#include "study/metrics.h"

enum score_by { SCORE_ESTIMATE = 0, SCORE_LAST, SCORE_BASE, SCORE_WAYS };
enum { SCORE_LEVELS = 5 };

/* How many of the checks taken later, in the exam's week, lay inside the interval for the exam day. */
struct score_coverage {
  size_t n;
  double level[SCORE_LEVELS], inside[SCORE_LEVELS]; /* .5 .6 .7 .8 .9; the shares found, NaN where n is 0 */
};

/* Only attempts with an outcome are in it. Heap; score_done(). */
struct score {
  int32_t horizon;
  size_t n, without_check; /* without_check: had no readiness check by then, and the base rate stood in for the curve */
  double base_rate;        /* share who passed */
  double *p[SCORE_WAYS];
  uint8_t *passed;
  struct metrics metrics[SCORE_WAYS];
  struct score_coverage coverage;
};

const char *score_name(enum score_by by); /* "estimate" "last_score" "base_rate" */

/* `horizon` is an index. `capacity` as in metrics.h. 0 or E_NOMEM. */
int score_measure(const struct past *past, const struct backtest_options *options, const struct prediction *predictions,
                  size_t horizon, double capacity, struct score *ret) MUSTCHECK;
void score_done(struct score *score);

#endif
