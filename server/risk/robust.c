/*
 * Heavy tails: one wild score must not clear anybody, and none must ruin anybody.
 *
 * Each score is compared with what the *other* scores say about that day: their weighted median, carried to that day at the
 * group's expected growth. It counts as it is within a few sd of that, and as if it lay at that bound beyond. Weights and
 * bounds depend on when and with what the results were taken, never on the scores.
 *
 * Student-t weights and every other redescending rule were rejected: they discount a score the more the higher it is, so a
 * better score can lower the estimate, and nobody can explain that to a student. A median never falls when a score rises,
 * so neither does the bound, nor the bounded score. Huber's estimate keeps that only as long as every weight is positive in
 * every subset of the results, which growth rates and lasting offsets break.
 *
 * Bounding the scores was two fifths of the time of an assessment, much of it sorting. Whether a score is within its bound takes no
 * median: only whether less than half of the weight lies beyond either end of what it may differ by. That is asked of the bound as
 * it would be if the median had no error, which waits for no sum; only for the scores that are beyond it is the median sorted for.
 */
#include "risk/model.h"

#include <math.h>

enum { NEIGHBOURS_MAX = 2 * 32 /* the range of robust_neighbours in params.c */ };

/* Variance of a median over that of a mean, for normal errors. */
#define MEDIAN_VARIANCE (M_PI / 2)

/* Less than half by more than the order in which weights are added could make of it. */
#define CLEARLY (1 - 1e-12)

/* The rows in columns, so that one loop weighs all neighbours of a row. */
struct columns {
  double *says; /* readiness a row stands for on the planned day, at the group's growth */
  double *days, *variance;
  double *gains[2];      /* one sd of the student's own growth from its day to the planned one */
  double *slot, *offset; /* of its maker, and the variance of that; 0 where there is none */
};

_Static_assert(sizeof(struct columns) / sizeof(double *) <= MODEL_STATE,
               "the columns have room where the gains of the filter will stand");

/* Weight of a row's neighbours: of all, of those who say less than `low`, of those who say more than `high`. */
struct heard {
  double low, high;
  double total, lower, higher;
};

struct voice {
  double says, weight;
};

static double square(double x) {
  return x * x;
}

static struct columns columns_of(const struct risk_params *params, const struct course *course, const struct evidence *evidence,
                                 double *lent) {
  size_t n = evidence->n;
  struct columns ret = {lent, lent + n, lent + 2 * n, {lent + 3 * n, lent + 4 * n}, lent + 5 * n, lent + 6 * n};
  for (size_t i = 0; i < n; i++) {
    const struct row *row = &evidence->rows[i];
    ret.says[i] = row->z + row->growth.expected;
    ret.days[i] = row->days;
    ret.variance[i] = row->variance;
    for (int phase = 0; phase < 2; phase++)
      ret.gains[phase][i] = row->growth.own[phase] * course->rate[phase].sd;
    ret.slot[i] = row->slot;
    ret.offset[i] = row->slot != 0 ? square(params->maker_offset_sd_epc) : 0;
  }
  return ret;
}

/* Adds the rows from `from` to before `to`. What a neighbour weighs is one over the variance of (readiness by it) - (readiness by
 * row i) as a statement about the day of i. */
static inline void hear(const struct columns *columns, double wander, size_t i, size_t from, size_t to, double *restrict weights,
                        struct heard *restrict ret) {
  const double day = columns->days[i], before = columns->gains[0][i], dedicated = columns->gains[1][i];
  const double slot = columns->slot[i], offset = columns->offset[i];
  struct heard heard = *ret;
  for (size_t at = from; at < to; at++) { /* no loads behind a condition: two at a time */
    double gains = square(columns->gains[0][at] - before) + square(columns->gains[1][at] - dedicated);
    double offsets = columns->offset[at] + offset, apart = columns->slot[at] == slot ? 0 : offsets;
    double weight = 1 / (columns->variance[at] + wander * fabs(columns->days[at] - day) + gains + apart);
    double says = columns->says[at];
    weights[at - from] = weight;
    heard.total += weight;
    heard.lower += says < heard.low ? weight : 0;
    heard.higher += says > heard.high ? weight : 0;
  }
  *ret = heard;
}

/* Where half of the weight is reached. */
static double median(const double *says, const double *weights, size_t n, double half) {
  struct voice voices[NEIGHBOURS_MAX + 1];
  size_t middle = 0;
  double below = 0;
  for (size_t i = 0; i < n; i++) {
    size_t at = i;
    for (; at > 0 && voices[at - 1].says > says[i]; at--)
      voices[at] = voices[at - 1];
    voices[at] = (struct voice){says[i], weights[i]};
  }
  while (middle + 1 < n && below + voices[middle].weight < half)
    below += voices[middle++].weight;
  return voices[middle].says;
}

/* By how much row i has to be moved to lie within its bounds. It and its neighbours are the rows from `from` to before `to`. */
static double excess(const struct risk_params *params, const struct columns *columns, size_t i, size_t from, size_t to) {
  const double wander = square(params->wander_sd_epc) / DAYS_PER_WEEK, bound = params->robust_bound_sd;
  const double own = columns->says[i], least = bound * sqrt(columns->variance[i]);
  double weights[NEIGHBOURS_MAX + 1];
  struct heard heard = {.low = own - least, .high = own + least};
  hear(columns, wander, i, from, i, weights, &heard);
  weights[i - from] = 0;
  hear(columns, wander, i, i + 1, to, weights + (i + 1 - from), &heard);
  const double half = heard.total / 2;
  if (heard.lower < half * CLEARLY && heard.higher < half * CLEARLY) /* the median is within reach, wherever it is */
    return 0;
  double width = bound * sqrt(columns->variance[i] + MEDIAN_VARIANCE / heard.total);
  double centre = median(columns->says + from, weights, to - from, half);
  return fmin(fmax(own, centre - width), centre + width) - own;
}

void robust_bound(const struct risk_params *params, const struct course *course, struct evidence *evidence, double *lent) {
  const size_t reach = (size_t)params->robust_neighbours, n = evidence->n;
  const struct columns columns = columns_of(params, course, evidence, lent);
  for (size_t i = 0; i < n && n > 1; i++) { /* one alone has nothing to be compared with */
    size_t from = i > reach ? i - reach : 0, to = n - i > reach + 1 ? i + reach + 1 : n;
    evidence->rows[i].z_used = evidence->rows[i].z + excess(params, &columns, i, from, to);
  }
}
