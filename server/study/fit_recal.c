/*
 * Platt's two numbers, held to 0 and 1.
 *
 * Predictions of one attempt at four horizons say nearly the same, so together they weigh as one: the intervals would otherwise be
 * half as wide as they are. The prior is data of the parameter file. With it a dozen repeats move next to nothing, and there is
 * always one maximum, also where the outcomes can be told apart perfectly; Newton's method finds it from (0, 1).
 *
 * Rejected: isotonic regression (steps, and nothing to shrink to) and one pair for each horizon (four times the noise; a
 * model that is off at one horizon only has to be mended, not bent).
 */
#include "study/fit_recal.h"

#include "risk/params.h"

#include <math.h>

#define LEAST_P     1e-6
#define INTERVAL_Z  1.2815515655 /* 80 % */
#define SETTLED     1e-10
#define LEAST_SLOPE 0.25 /* P must rise with P; the parameter file takes 0.2 to 5 */
#define MOST_SLOPE  4.0
#define MOST_SHIFT  2.5

enum { STEPS = 50 };

struct fitted {
  double intercept, slope;
  double a, b, c; /* curvature: intercept, both, slope */
};

static double kept_off(double p) {
  return fmin(fmax(p, LEAST_P), 1 - LEAST_P);
}

double fit_recal_loss(double p, bool passed) {
  return -log(passed ? kept_off(p) : 1 - kept_off(p));
}

/* How far the larger of the two moved. */
static double newton_step(const struct fit_held *held, size_t n, size_t kind, size_t without, const struct fit_recal_prior *prior,
                          struct fitted *at) {
  double on_intercept = 1 / (prior->intercept_sd * prior->intercept_sd), on_slope = 1 / (prior->slope_sd * prior->slope_sd);
  double first = -on_intercept * at->intercept, second = -on_slope * (at->slope - 1);
  at->a = on_intercept;
  at->b = 0;
  at->c = on_slope;
  for (size_t i = 0; i < n; i++) {
    if (held[i].kind != kind || held[i].fold == without)
      continue;
    double from = kept_off(held[i].p), logit = log(from / (1 - from));
    double p = kept_off(risk_recalibrated(from, at->intercept, at->slope)), curve = held[i].weight * p * (1 - p);
    first += held[i].weight * (held[i].passed - p);
    second += held[i].weight * (held[i].passed - p) * logit;
    at->a += curve;
    at->b += curve * logit;
    at->c += curve * logit * logit;
  }
  double determinant = at->a * at->c - at->b * at->b;
  double shift = (at->c * first - at->b * second) / determinant, turn = (at->a * second - at->b * first) / determinant;
  at->intercept = fmin(fmax(at->intercept + shift, -MOST_SHIFT), MOST_SHIFT);
  at->slope = fmin(fmax(at->slope + turn, LEAST_SLOPE), MOST_SLOPE);
  return fmax(fabs(shift), fabs(turn));
}

void fit_recal_find(const struct fit_held *held, size_t n, size_t kind, size_t without, const struct fit_recal_prior *prior,
                    struct fit_recalibration *ret) {
  struct fitted at = {.slope = 1};
  double attempts = 0, failed = 0;
  for (size_t i = 0; i < n; i++)
    if (held[i].kind == kind && held[i].fold != without) {
      attempts += held[i].weight;
      failed += held[i].passed ? 0 : held[i].weight;
    }
  *ret = (struct fit_recalibration){.attempts = (size_t)lround(attempts), .failed = (size_t)lround(failed), .slope = 1};
  for (int i = 0; i < STEPS && newton_step(held, n, kind, without, prior, &at) > SETTLED; i++)
    continue;
  double determinant = at.a * at.c - at.b * at.b;
  double intercept_reach = INTERVAL_Z * sqrt(at.c / determinant), slope_reach = INTERVAL_Z * sqrt(at.a / determinant);
  if (attempts > 0) {
    ret->intercept = at.intercept;
    ret->slope = at.slope;
  }
  ret->intercept_low = ret->intercept - intercept_reach;
  ret->intercept_high = ret->intercept + intercept_reach;
  ret->slope_low = ret->slope - slope_reach;
  ret->slope_high = ret->slope + slope_reach;
}
