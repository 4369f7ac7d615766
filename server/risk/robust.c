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
 */
#include "risk/model.h"

#include <math.h>

enum { NEIGHBOURS_MAX = 2 * 32 /* the range of robust_neighbours in params.c */ };

/* Variance of a median over that of a mean, for normal errors. */
#define MEDIAN_VARIANCE (M_PI / 2)

struct voice {
  double says, weight;
};

/* Variance of (readiness by row b) - (readiness by row a) as a statement about the day of a. */
static double distance(const struct risk_params *params, const struct course *course, const struct row *a, const struct row *b) {
  double variance = b->variance + params->wander_sd_epc * params->wander_sd_epc * fabs(a->days - b->days) / DAYS_PER_WEEK;
  for (int phase = 0; phase < 2; phase++) {
    double gain = (a->growth.own[phase] - b->growth.own[phase]) * course->rate[phase].sd;
    variance += gain * gain;
  }
  if (a->slot != b->slot) {
    double offset = params->maker_offset_sd_epc * params->maker_offset_sd_epc;
    variance += (a->slot != 0) * offset + (b->slot != 0) * offset;
  }
  return variance;
}

/* Readiness a row stands for on the planned day, at the group's growth. */
static double carried(const struct row *row) {
  return row->z + row->growth.expected;
}

static void add_voice(struct voice *voices, size_t n, struct voice voice) {
  size_t at = n;
  for (; at > 0 && voices[at - 1].says > voice.says; at--)
    voices[at] = voices[at - 1];
  voices[at] = voice;
}

static void bound_row(const struct risk_params *params, const struct course *course, struct evidence *evidence, size_t i) {
  struct row *row = &evidence->rows[i];
  struct voice voices[NEIGHBOURS_MAX];
  size_t reach = (size_t)params->robust_neighbours, n = 0;
  size_t from = i > reach ? i - reach : 0, to = evidence->n - i > reach + 1 ? i + reach + 1 : evidence->n;
  double total = 0;
  for (size_t j = from; j < to; j++) {
    if (j == i)
      continue;
    const struct row *other = &evidence->rows[j];
    struct voice voice = {carried(other), 1 / distance(params, course, row, other)};
    add_voice(voices, n++, voice);
    total += voice.weight;
  }
  double below = 0;
  size_t middle = 0;
  while (middle + 1 < n && below + voices[middle].weight < total / 2)
    below += voices[middle++].weight;
  double own = carried(row), centre = voices[middle].says;
  double width = params->robust_bound_sd * sqrt(row->variance + MEDIAN_VARIANCE / total);
  row->z_used = row->z + fmin(fmax(own, centre - width), centre + width) - own;
}

void robust_bound(const struct risk_params *params, const struct course *course, struct evidence *evidence) {
  if (evidence->n < 2)
    return; /* nothing to compare with */
  double least = INFINITY, greatest = -INFINITY;
  for (size_t i = 0; i < evidence->n; i++) {
    double says = carried(&evidence->rows[i]);
    least = fmin(least, says);
    greatest = fmax(greatest, says);
  }
  /* Whatever the median, it lies between these two: most rows are seen to be inside their bounds without it. */
  for (size_t i = 0; i < evidence->n; i++) {
    double says = carried(&evidence->rows[i]);
    double sure = params->robust_bound_sd * sqrt(evidence->rows[i].variance);
    if (says - least > sure || greatest - says > sure)
      bound_row(params, course, evidence, i);
  }
}
