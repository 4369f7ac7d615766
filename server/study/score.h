/*
 * Predictions of one horizon against the outcomes, beside simpler ways: those of rival.h, and the share who passed, said of
 * everybody.
 *
 * A class may come in parts: score_begin(), score_add() for each, score_finish().
 */
#ifndef SG_STUDY_SCORE_H
#define SG_STUDY_SCORE_H

#include "study/backtest.h"
#include "study/metrics.h"

enum score_by { SCORE_ESTIMATE = 0, SCORE_REGRESSION, SCORE_PROJECTION, SCORE_LAST, SCORE_BASE, SCORE_WAYS };
enum { SCORE_LEVELS = 5 };

/* How many of the checks taken later, in the exam's week, lay inside the interval for the exam day. */
struct score_coverage {
  size_t n;
  double level[SCORE_LEVELS], inside[SCORE_LEVELS]; /* .5 .6 .7 .8 .9; the shares found, NaN where n is 0 */
};

/* Only attempts with an outcome are in it. Heap; score_done(). */
struct score {
  int32_t horizon;
  size_t n, without_check; /* without_check: had no readiness check by then, and the base rate stood in for what needs one */
  double base_rate;        /* share who passed */
  bool there[SCORE_WAYS];  /* the regression is there only where it was trained */
  double *p[SCORE_WAYS];
  uint8_t *passed;
  size_t room;
  struct metrics metrics[SCORE_WAYS];
  struct score_coverage coverage;
};

const char *score_name(enum score_by by);  /* "estimate" "regression" "projection" "last_score" "base_rate" */
const char *score_label(enum score_by by); /* for people */

void score_begin(struct score *score, int32_t horizon, bool trained);
/* `horizon` is an index. 0 or E_NOMEM. */
int score_add(struct score *score, const struct past *past, const struct backtest_options *options,
              const struct prediction *predictions, size_t horizon) MUSTCHECK;
/* `capacity` as in metrics.h. 0 or E_NOMEM. */
int score_finish(struct score *score, double capacity) MUSTCHECK;
void score_done(struct score *score);

#endif
