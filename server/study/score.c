/*
 * Predictions beside what happened.
 *
 * The simpler ways get every advantage: the base rate is that of these very students, which nobody can know beforehand, and
 * where somebody had no readiness check yet, curve and projection fall back to it. What beats them here beats them in earnest.
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
  static const char *const names[SCORE_WAYS] = {"estimate", "regression", "projection", "last_score", "base_rate"};
  return names[by];
}

const char *score_label(enum score_by by) {
  static const char *const names[SCORE_WAYS] = {"estimate", "regression", "projection", "last score", "base rate"};
  return names[by];
}

void score_begin(struct score *score, int32_t horizon, bool trained) {
  *score = (struct score){.horizon = horizon};
  for (size_t by = 0; by < SCORE_WAYS; by++)
    score->there[by] = by != SCORE_REGRESSION || trained;
  for (size_t level = 0; level < SCORE_LEVELS; level++)
    score->coverage.level[level] = levels[level];
}

void score_done(struct score *score) {
  for (size_t by = 0; by < SCORE_WAYS; by++)
    free(score->p[by]);
  free(score->passed);
}

static int score_grow(struct score *score, size_t more) {
  enum { LEAST_ROOM = 64 };
  size_t room = score->room > 0 ? score->room : LEAST_ROOM;
  while (room < score->n + more)
    room *= 2;
  if (room == score->room)
    return E_OK;
  for (size_t by = 0; by < SCORE_WAYS; by++) {
    if (!score->there[by])
      continue;
    double *grown = realloc(score->p[by], room * sizeof *grown);
    if (!grown)
      return E_NOMEM;
    score->p[by] = grown;
  }
  uint8_t *grown = realloc(score->passed, room);
  if (!grown)
    return E_NOMEM;
  score->passed = grown;
  score->room = room;
  return E_OK;
}

/* Counts a later check of the exam's week; the shares are made at the end. */
static void coverage_add(struct score_coverage *coverage, double check_z) {
  if (isnan(check_z))
    return;
  coverage->n++;
  for (size_t level = 0; level < SCORE_LEVELS; level++)
    coverage->inside[level] += erf(fabs(check_z) * M_SQRT1_2) <= levels[level];
}

int score_add(struct score *score, const struct past *past, const struct backtest_options *options,
              const struct prediction *predictions, size_t horizon) {
  int err = score_grow(score, past->attempts_n);
  for (size_t i = 0; !err && i < past->attempts_n; i++) {
    const struct prediction *prediction = &predictions[i * options->horizons_n + horizon];
    coverage_add(&score->coverage, prediction->check_z);
    if (past->attempts[i].outcome == PAST_NONE)
      continue;
    score->p[SCORE_ESTIMATE][score->n] = prediction->p;
    score->p[SCORE_LAST][score->n] = prediction->rival.last_p;
    score->p[SCORE_PROJECTION][score->n] = prediction->rival.projected_p;
    if (score->there[SCORE_REGRESSION])
      score->p[SCORE_REGRESSION][score->n] = prediction->trained_p;
    score->passed[score->n++] = past->attempts[i].outcome == PAST_PASS;
  }
  return err;
}

int score_finish(struct score *score, double capacity) {
  size_t passed = 0;
  int err = score_grow(score, 1); /* so that there are arrays where there are no rows */
  for (size_t i = 0; i < score->n; i++)
    passed += score->passed[i];
  score->base_rate = (double)passed / (double)score->n;
  for (size_t i = 0; !err && i < score->n; i++) {
    score->p[SCORE_BASE][i] = score->base_rate;
    score->without_check += isnan(score->p[SCORE_LAST][i]) ? 1 : 0;
    for (size_t by = 0; by < SCORE_WAYS; by++)
      if (score->there[by] && isnan(score->p[by][i]))
        score->p[by][i] = score->base_rate;
  }
  for (size_t level = 0; level < SCORE_LEVELS; level++)
    score->coverage.inside[level] /= (double)score->coverage.n;
  for (size_t by = 0; !err && by < SCORE_WAYS; by++)
    if (score->there[by])
      err = metrics_measure(score->p[by], score->passed, score->n, capacity, &score->metrics[by]);
  return err;
}
