/*
 * Whether readiness rises, stands still or falls, over the last weeks.
 *
 * The slope is measured by least squares over every result in the window, each maker with a level of its own, so that forty
 * blocks of one bank speak about the trend without their bank's offset. What is then tested is the posterior under three
 * ways to study: growing as the group does, standing still, and unsettled (any direction). The single normal prior of the
 * estimate was rejected here: it expects growth so firmly that six flat scores are read as noise, and a plateau is not the
 * lower tail of growth but another thing. A flat prior was rejected as well: three checks could never show a plateau.
 */
#include "risk/model.h"

#include <math.h>

/* Variance of a least-squares slope through a random walk, in units of its variance a week over the weeks it spans. */
#define WALK_SLOPE_VARIANCE (6.0 / 5.0)

/* Of the group's variance, what at least is left to those who grow. */
#define LEAST_GROWING_SHARE 0.25

/* Weighted sums about the mean, for one maker. */
struct level {
  double weight, weeks, z;
  struct growth growth;
};

struct sums {
  double weeks2, z;
  struct growth growth;
};

static double square(double x) {
  return x * x;
}

static size_t rows_in_window(const struct findings *findings) {
  const struct evidence *evidence = findings->evidence;
  size_t n = 0;
  while (n < evidence->n && findings->course->now_days - evidence->rows[n].days <= findings->params->trend_window_days)
    n++;
  return n;
}

static void add_growth(struct growth *sum, double weight, const struct growth *growth) {
  sum->expected += weight * growth->expected;
  for (int phase = 0; phase < 2; phase++)
    sum->own[phase] += weight * growth->own[phase];
}

/* Adds what each maker's rows say about slopes: of z, and of the growth that each phase would have brought. */
static void gather(const struct findings *findings, size_t n, struct sums *ret) {
  const struct row *rows = findings->evidence->rows;
  struct level levels[MODEL_STATE] = {{0}};
  for (size_t k = 0; k < n; k++) {
    struct level *level = &levels[rows[k].slot];
    double weight = 1 / rows[k].variance, weeks = (rows[k].days - rows[0].days) / DAYS_PER_WEEK;
    level->weight += weight;
    level->weeks += weight * weeks;
    level->z += weight * rows[k].z_used;
    add_growth(&level->growth, weight, &rows[k].growth);
  }
  *ret = (struct sums){0};
  for (size_t k = 0; k < n; k++) {
    const struct level *level = &levels[rows[k].slot];
    double weight = 1 / rows[k].variance;
    double weeks = (rows[k].days - rows[0].days) / DAYS_PER_WEEK - level->weeks / level->weight;
    ret->weeks2 += weight * weeks * weeks;
    ret->z += weight * weeks * (rows[k].z_used - level->z / level->weight);
    add_growth(&ret->growth, -weight * weeks, &rows[k].growth);
  }
}

/* One way to study: how likely it makes the measured slope, and how likely it then is that the true one is below `bound`. */
static void hypothesis(double share, double mean, double variance, const struct trend *trend, double bound, double *total,
                       double *below) {
  double spread = variance + square(trend->sd);
  double likelihood = share * exp(-0.5 * square(trend->slope - mean) / spread) / sqrt(spread);
  double kept = variance / spread, posterior_mean = mean + kept * (trend->slope - mean);
  double posterior_sd = sqrt(variance * (1 - kept));
  *total += likelihood;
  *below += likelihood * (posterior_sd > 0 ? normal_cdf((bound - posterior_mean) / posterior_sd) : (mean < bound));
}

/* The group's growth is a mixture of the three: those who do grow, grow faster than its mean and differ less than its sd. */
double trend_below(const struct findings *findings, double bound) {
  const struct risk_params *params = findings->params;
  const struct trend *trend = &findings->trend;
  double still = params->still_share, unsettled = params->unsettled_share, growing = 1 - still - unsettled;
  double unsettled_variance = square(params->unsettled_sd_epc), mean = trend->expected / growing;
  double variance = (square(trend->expected) + trend->expected_variance - unsettled * unsettled_variance) / growing - square(mean);
  variance = fmax(variance, LEAST_GROWING_SHARE * trend->expected_variance);
  double total = 0, below = 0;
  hypothesis(growing, mean, variance + trend->walk_variance, trend, bound, &total, &below);
  hypothesis(still, 0, 0, trend, bound, &total, &below);
  hypothesis(unsettled, 0, unsettled_variance, trend, bound, &total, &below);
  return total > 0 ? below / total : trend->slope < bound; /* 0: beyond double precision from all three */
}

void trend_measure(struct findings *findings) {
  const struct evidence *evidence = findings->evidence;
  struct trend *trend = &findings->trend;
  size_t n = rows_in_window(findings);
  struct sums sums;
  *trend = (struct trend){0};
  for (size_t k = 0; k < n; k++)
    if (evidence->rows[k].check) {
      trend->checks++;
      trend->span_days = evidence->rows[findings->newest_check].days - evidence->rows[k].days;
    }
  if (trend->checks < 2 || trend->span_days <= 0)
    return;
  gather(findings, n, &sums);
  double weeks = (evidence->rows[0].days - evidence->rows[n - 1].days) / DAYS_PER_WEEK;
  trend->slope = sums.z / sums.weeks2;
  trend->sd = sqrt(1 / sums.weeks2);
  trend->walk_variance = WALK_SLOPE_VARIANCE * square(findings->params->wander_sd_epc) / weeks;
  trend->expected = sums.growth.expected / sums.weeks2;
  for (int phase = 0; phase < 2; phase++)
    trend->expected_variance += square(sums.growth.own[phase] / sums.weeks2 * findings->course->rate[phase].sd);
}
