/*
 * Measures of probabilities.
 *
 * Everything but the two means rests on the order of p, so rows are sorted once and then walked in groups of equal p; ties are
 * then treated as what they are, rows that nobody can tell apart. That makes a constant (the base rate) come out with an AUC of
 * one half and a recall equal to the capacity, instead of whatever the order of the file gives.
 *
 * Bins have equal numbers of rows, not equal width: nine of ten students pass, and tenths of the unit interval would put most
 * of a class into one of them. Confidence bands by bootstrap were rejected: Wilson's interval is exact enough for bins of
 * thirty and the same on every run.
 */
#include "study/metrics.h"

#include "base/err.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A probability nearer to 0 or 1 counts as this in logarithms: one wrong certainty must not make every figure infinite. */
#define LEAST_P 1e-6
#define Z_95    1.959963984540054

struct scored {
  double p;
  bool passed;
};

static double clipped(double p) {
  return fmin(fmax(p, LEAST_P), 1 - LEAST_P);
}

static double logit(double p) {
  return log(clipped(p) / (1 - clipped(p)));
}

static int by_p(const void *a, const void *b) {
  const struct scored *one = a, *other = b;
  return one->p < other->p ? -1 : one->p > other->p;
}

static struct scored *sorted(const double *p, const uint8_t *passed, size_t n) {
  struct scored *rows = malloc((n + 1) * sizeof *rows);
  if (!rows)
    return NULL;
  for (size_t i = 0; i < n; i++)
    rows[i] = (struct scored){p[i], passed[i] != 0};
  qsort(rows, n, sizeof *rows, by_p);
  return rows;
}

/* Where the group of equal p that begins at `from` ends. */
static size_t group_end(const struct scored *rows, size_t n, size_t from, size_t *ret_failed) {
  size_t to = from;
  *ret_failed = 0;
  while (to < n && !(rows[to].p > rows[from].p))
    *ret_failed += !rows[to++].passed;
  return to;
}

/* ---------------------------------------------------------------- figures */

static void order_figures(const struct scored *rows, double capacity, struct metrics *ret) {
  double wins = 0, caught = 0, room = capacity * (double)ret->n;
  size_t failed_below = 0, failed;
  for (size_t at = 0, to; at < ret->n; at = to) {
    to = group_end(rows, ret->n, at, &failed);
    double passed = (double)(to - at - failed);
    wins += passed * ((double)failed_below + (double)failed / 2);
    caught += (double)failed * fmin(fmax((room - (double)at) / (double)(to - at), 0), 1);
    failed_below += failed;
  }
  double fails = (double)ret->failed, passes = (double)(ret->n - ret->failed);
  ret->auc = wins / (fails * passes); /* 0/0 is NaN, as it should be */
  ret->recall = caught / fails;
}

struct line {
  double a, b; /* log odds of passing = a + b * logit p */
};

static const double ridge = 1e-6; /* keeps rows finite that a threshold parts without a miss */

static double misfit(const struct scored *rows, size_t n, struct line line) {
  double sum = ridge * line.b * line.b / 2;
  for (size_t i = 0; i < n; i++) {
    double odds = line.a + line.b * logit(rows[i].p), wrong = rows[i].passed ? -odds : odds;
    sum += wrong > 0 ? wrong + log1p(exp(-wrong)) : log1p(exp(wrong));
  }
  return sum;
}

/* Where Newton's method would go from here. */
static struct line newton(const struct scored *rows, size_t n, struct line from) {
  double ga = 0, gb = -ridge * from.b, haa = 0, hab = 0, hbb = ridge;
  for (size_t i = 0; i < n; i++) {
    double x = logit(rows[i].p), q = 1 / (1 + exp(-(from.a + from.b * x)));
    double miss = rows[i].passed - q, weight = q * (1 - q);
    ga += miss;
    gb += miss * x;
    haa += weight;
    hab += weight * x;
    hbb += weight * x * x;
  }
  double det = haa * hbb - hab * hab;
  return (struct line){(hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det};
}

static void calibrate(const struct scored *rows, struct metrics *ret) {
  enum { ROUNDS = 60, HALVINGS = 30 };
  static const double enough = 1e-10;
  struct line line = {0, 1};
  double now = misfit(rows, ret->n, line);
  ret->slope = ret->intercept = NAN;
  if (ret->failed == 0 || ret->failed == ret->n || !(rows[ret->n - 1].p > rows[0].p))
    return;
  for (int round = 0; round < ROUNDS; round++) {
    struct line step = newton(rows, ret->n, line), to = line;
    if (!isfinite(step.a) || !isfinite(step.b))
      break;
    double then = INFINITY;
    for (int i = 0; i < HALVINGS && !(then <= now); i++, step.a /= 2, step.b /= 2) {
      to = (struct line){line.a + step.a, line.b + step.b};
      then = misfit(rows, ret->n, to);
    }
    if (!(then <= now))
      break; /* as low as doubles can tell */
    double moved = fabs(to.a - line.a) + fabs(to.b - line.b);
    line = to;
    now = then;
    if (moved < enough)
      break;
  }
  ret->intercept = line.a;
  ret->slope = line.b;
}

/* ---------------------------------------------------------------- bins */

void metrics_wilson(size_t count, size_t of, double *ret_low, double *ret_high) {
  double n = (double)of, share = (double)count / n, z2 = Z_95 * Z_95;
  double middle = (share + z2 / (2 * n)) / (1 + z2 / n);
  double half = Z_95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  *ret_low = fmax(middle - half, 0);
  *ret_high = fmin(middle + half, 1);
}

static void bin_finish(struct metrics_bin *bin) {
  bin->p /= (double)bin->n;
  bin->share = (double)bin->passed / (double)bin->n;
  metrics_wilson(bin->passed, bin->n, &bin->low, &bin->high);
}

static size_t bins_fill(const struct scored *rows, size_t n, struct metrics_bin ret[METRICS_BINS]) {
  size_t bins = 0, begun = 0, failed;
  struct metrics_bin bin = {0};
  for (size_t at = 0, to; at < n; at = to) {
    to = group_end(rows, n, at, &failed);
    bin.n += to - at;
    bin.passed += to - at - failed;
    bin.p += rows[at].p * (double)(to - at);
    if (bin.n * (METRICS_BINS - bins) < n - begun && to < n)
      continue;
    bin_finish(&bin);
    ret[bins++] = bin;
    bin = (struct metrics_bin){0};
    begun = to;
  }
  return bins;
}

static double bins_distance(const struct metrics_bin *bins, size_t bins_n, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < bins_n; i++)
    sum += (double)bins[i].n * fabs(bins[i].p - bins[i].share);
  return sum / (double)n;
}

int metrics_bins(const double *p, const uint8_t *passed, size_t n, struct metrics_bin ret[METRICS_BINS], size_t *ret_n) {
  struct scored *rows = sorted(p, passed, n);
  if (!rows)
    return E_NOMEM;
  *ret_n = bins_fill(rows, n, ret);
  free(rows);
  return 0;
}

/* ---------------------------------------------------------------- everything */

int metrics_measure(const double *p, const uint8_t *passed, size_t n, double capacity, struct metrics *ret) {
  struct metrics_bin bins[METRICS_BINS];
  struct scored *rows = sorted(p, passed, n);
  if (!rows)
    return E_NOMEM;
  struct metrics m = {.n = n};
  for (size_t i = 0; i < n; i++) {
    double miss = rows[i].p - rows[i].passed;
    m.failed += !rows[i].passed;
    m.brier += miss * miss / (double)n;
    m.log_loss -= log(rows[i].passed ? clipped(rows[i].p) : 1 - clipped(rows[i].p)) / (double)n;
  }
  if (n == 0) {
    m.brier = m.log_loss = m.ece = m.auc = m.recall = m.slope = m.intercept = NAN;
  } else {
    order_figures(rows, capacity, &m);
    calibrate(rows, &m);
    m.ece = bins_distance(bins, bins_fill(rows, n, bins), n);
  }
  free(rows);
  *ret = m;
  return 0;
}

void metrics_alerts(const double *p, const uint8_t *passed, size_t n, size_t steps, struct metrics_alert *ret) {
  size_t failed = 0;
  for (size_t i = 0; i < n; i++)
    failed += !passed[i];
  for (size_t step = 0; step <= steps; step++) {
    struct metrics_alert alert = {.threshold = (double)step / (double)steps};
    size_t below = 0, caught = 0;
    for (size_t i = 0; i < n; i++) {
      bool alerted = p[i] < alert.threshold || step == steps;
      below += alerted;
      caught += alerted && !passed[i];
    }
    alert.alerted = (double)below / (double)n;
    alert.caught = (double)caught / (double)failed;
    alert.false_alerted = (double)(below - caught) / (double)(n - failed);
    ret[step] = alert;
  }
}

int metrics_roc(const double *p, const uint8_t *passed, size_t n, size_t steps, struct metrics_alert *ret, size_t *ret_n) {
  struct scored *rows = sorted(p, passed, n);
  size_t failed = 0, caught = 0, points = 1, in_group;
  if (!rows)
    return E_NOMEM;
  for (size_t i = 0; i < n; i++)
    failed += !rows[i].passed;
  ret[0] = (struct metrics_alert){.threshold = 0};
  for (size_t at = 0, to; at < n; at = to) {
    to = group_end(rows, n, at, &in_group);
    caught += in_group;
    if (to * steps < points * n && to < n)
      continue;
    ret[points++] = (struct metrics_alert){.threshold = to < n ? rows[to].p : 1,
                                           .alerted = (double)to / (double)n,
                                           .caught = (double)caught / (double)failed,
                                           .false_alerted = (double)(to - caught) / (double)(n - failed)};
  }
  free(rows);
  *ret_n = points;
  return 0;
}
