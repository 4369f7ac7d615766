/*
 * Predictions beside what happened.
 *
 * The two simpler ways get every advantage: the base rate is that of these very students, which nobody can know beforehand, and
 * where somebody had no readiness check yet the curve falls back to it. What beats them here beats them in earnest.
 *
 * Pass and fail say nothing about an interval for readiness, so intervals are held against the last readiness check of the exam's
 * week that was taken after the estimate: its distance from the middle, in standard deviations of both together, is within
 * plus and minus 1.28 for 80 of 100 when the intervals are honest.
 */
#include "study/score.h"

#include "base/err.h"

#include <math.h>
#include <stdlib.h>

static const double levels[SCORE_LEVELS] = {0.5, 0.6, 0.7, 0.8, 0.9};

const char *score_name(enum score_by by) {
  static const char *const names[SCORE_WAYS] = {"estimate", "last_score", "base_rate"};
  return names[by];
}

void score_done(struct score *score) {
  for (size_t by = 0; by < SCORE_WAYS; by++)
    free(score->p[by]);
  free(score->passed);
}

static void score_collect(const struct past *past, const struct backtest_options *options, const struct prediction *predictions,
                          size_t horizon, struct score *score) {
  size_t passed = 0;
  for (size_t i = 0; i < past->attempts_n; i++) {
    const struct prediction *prediction = &predictions[i * options->horizons_n + horizon];
    if (past->attempts[i].outcome == PAST_NONE)
      continue;
    score->p[SCORE_ESTIMATE][score->n] = prediction->p;
    score->p[SCORE_LAST][score->n] = prediction->last_p;
    score->passed[score->n] = past->attempts[i].outcome == PAST_PASS;
    passed += score->passed[score->n++];
  }
  score->base_rate = (double)passed / (double)score->n;
  for (size_t i = 0; i < score->n; i++) {
    score->p[SCORE_BASE][i] = score->base_rate;
    if (isnan(score->p[SCORE_LAST][i])) {
      score->p[SCORE_LAST][i] = score->base_rate;
      score->without_check++;
    }
  }
}

static void coverage_measure(const struct past *past, const struct backtest_options *options, const struct prediction *predictions,
                             size_t horizon, struct score_coverage *ret) {
  size_t inside[SCORE_LEVELS] = {0};
  *ret = (struct score_coverage){.n = 0};
  for (size_t i = 0; i < past->attempts_n; i++) {
    double z = predictions[i * options->horizons_n + horizon].check_z;
    if (isnan(z))
      continue;
    ret->n++;
    for (size_t level = 0; level < SCORE_LEVELS; level++)
      inside[level] += erf(fabs(z) * M_SQRT1_2) <= levels[level];
  }
  for (size_t level = 0; level < SCORE_LEVELS; level++) {
    ret->level[level] = levels[level];
    ret->inside[level] = (double)inside[level] / (double)ret->n;
  }
}

int score_measure(const struct past *past, const struct backtest_options *options, const struct prediction *predictions,
                  size_t horizon, double capacity, struct score *ret) {
  struct score score = {.horizon = options->horizons[horizon], .passed = malloc(past->attempts_n + 1)};
  int err = score.passed ? 0 : E_NOMEM;
  for (size_t by = 0; by < SCORE_WAYS; by++) {
    score.p[by] = malloc((past->attempts_n + 1) * sizeof *score.p[by]);
    err = score.p[by] ? err : E_NOMEM;
  }
  if (!err) {
    score_collect(past, options, predictions, horizon, &score);
    coverage_measure(past, options, predictions, horizon, &score.coverage);
  }
  for (size_t by = 0; !err && by < SCORE_WAYS; by++)
    err = metrics_measure(score.p[by], score.passed, score.n, capacity, &score.metrics[by]);
  if (err)
    score_done(&score);
  else
    *ret = score;
  return err;
}
