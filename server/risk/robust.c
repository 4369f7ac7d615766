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

/* Whatever their median, it lies between the least and the greatest of them: most rows are inside their bounds without it. */
static bool surely_inside(const struct risk_params *params, const struct row *rows, size_t from, size_t to, size_t i) {
  double least = INFINITY, greatest = -INFINITY, says = carried(&rows[i]);
  for (size_t j = from; j < to; j++) {
    double other = carried(&rows[j]);
    least = other < least ? other : least;
    greatest = other > greatest ? other : greatest;
  }
  double reach = fmax(says - least, greatest - says);
  return reach * reach <= params->robust_bound_sd * params->robust_bound_sd * rows[i].variance;
}

static double bounded(const struct risk_params *params, const struct course *course, const struct row *rows, size_t from, size_t to,
                      size_t i) {
  struct voice voices[NEIGHBOURS_MAX];
  size_t n = 0, middle = 0;
  double total = 0, below = 0;
  for (size_t j = from; j < to; j++) {
    if (j == i)
      continue;
    struct voice voice = {carried(&rows[j]), 1 / distance(params, course, &rows[i], &rows[j])};
    add_voice(voices, n++, voice);
    total += voice.weight;
  }
  while (middle + 1 < n && below + voices[middle].weight < total / 2)
    below += voices[middle++].weight;
  double own = carried(&rows[i]), centre = voices[middle].says;
  double width = params->robust_bound_sd * sqrt(rows[i].variance + MEDIAN_VARIANCE / total);
  return rows[i].z + fmin(fmax(own, centre - width), centre + width) - own;
}

void robust_bound(const struct risk_params *params, const struct course *course, struct evidence *evidence) {
  struct row *rows = evidence->rows;
  size_t reach = (size_t)params->robust_neighbours;
  for (size_t i = 0; i < evidence->n && evidence->n > 1; i++) { /* one alone has nothing to be compared with */
    size_t from = i > reach ? i - reach : 0, to = evidence->n - i > reach + 1 ? i + reach + 1 : evidence->n;
    if (!surely_inside(params, rows, from, to, i))
      rows[i].z_used = bounded(params, course, rows, from, to, i);
  }
}
