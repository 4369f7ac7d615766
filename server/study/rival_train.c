/*
 * Training the regression in the very folds in which the estimate was fitted, so that both have seen the same students and not
 * those they are scored on. Without folds there is none: trained and scored on the same students it would look better than it is.
 *
 * One regression a horizon, because what a check of seven weeks before says is not what one of last week says. Rejected: one for
 * all horizons with the days as a feature (the same student four times, and a straight line where there is none).
 */
#include "study/rival_train.h"

#include "base/err.h"
#include "study/logit.h"

#include <math.h>
#include <stdlib.h>

struct rows {
  double *x;
  uint8_t *passed;
};

static void features_of(const struct backtest_options *options, size_t prediction, double ret[RIVAL_FEATURES]) {
  for (size_t k = 0; k < RIVAL_FEATURES; k++)
    ret[k] = (double)options->features[prediction][k];
}

static void fold_train(const struct past *past, const struct backtest_options *options, size_t horizon, size_t fold,
                       struct prediction *predictions, struct rows *rows) {
  struct logit logit;
  double x[RIVAL_FEATURES];
  size_t n = 0;
  for (size_t i = 0; i < past->attempts_n; i++) {
    const struct past_attempt *attempt = &past->attempts[i];
    if (attempt->outcome == PAST_NONE || options->fold[attempt->student] == fold)
      continue;
    features_of(options, i * options->horizons_n + horizon, rows->x + n * RIVAL_FEATURES);
    rows->passed[n++] = attempt->outcome == PAST_PASS;
  }
  if (n > 0)
    logit_train(rows->x, rows->passed, n, RIVAL_FEATURES, RIVAL_RIDGE, &logit);
  for (size_t i = 0; i < past->attempts_n; i++) {
    size_t at = i * options->horizons_n + horizon;
    if (options->fold[past->attempts[i].student] != fold)
      continue;
    features_of(options, at, x);
    predictions[at].trained_p = n > 0 ? logit_probability(&logit, x) : NAN;
  }
}

int rival_train(const struct past *past, const struct backtest_options *options, size_t folds, struct prediction *predictions) {
  struct rows rows = {malloc((past->attempts_n * RIVAL_FEATURES + 1) * sizeof *rows.x), malloc(past->attempts_n + 1)};
  int err = rows.x && rows.passed ? E_OK : E_NOMEM;
  for (size_t horizon = 0; !err && horizon < options->horizons_n; horizon++)
    for (size_t fold = 0; fold < folds; fold++)
      fold_train(past, options, horizon, fold, predictions, &rows);
  free(rows.x);
  free(rows.passed);
  return err;
}
