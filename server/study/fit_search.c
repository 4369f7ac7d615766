/*
 * Maximum a posteriori for the parameters that describe a class.
 *
 * Each quantity below moves one parameter, or one of three tracks alike, on a scale where its prior is normal about the value it
 * started from: how far a school may well lie from it. So 150 students move little, and 1,500 move it where they say. The optimum
 * is found by Fisher scoring: the slopes of what the engine says at every case come from differences of two runs, curvatures are
 * those expected of the losses; half a dozen rounds suffice where a general optimiser takes hundreds of runs.
 *
 * Recalibration is set aside meanwhile: what is found here has to be right by itself, and is corrected afterwards (fit_held.c).
 *
 * Rejected: fitting every number of the file (most hardly move a prediction), and gradients in closed form (the engine's robust
 * bounds and weights would have to be differentiated twice over).
 */
#include "study/fit_work.h"

#include "base/err.h"
#include "study/fit_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_SHARE 0.1  /* of the prior's sd: width of a difference */
#define SETTLED    0.02 /* fall of the loss, in nats, that ends the search; what chance does to it is about one */

enum { ROUNDS = 10, HALVINGS = 5, RECALS = 4 };

enum scale_of { PLAIN, LOG, LOGIT };

static const char *const tracks[FIT_TRACKS] = {"us_md", "us_do", "non_us"};
static const char *const recal_keys[RECALS] = {"recalibration_intercept_first", "recalibration_slope_first",
                                               "recalibration_intercept_repeat", "recalibration_slope_repeat"};
static const struct fit_recal neutral[2] = {{0, 1}, {0, 1}};

static const struct quantity {
  const char *name;
  bool each_track;
  enum scale_of scale;
  double prior_sd; /* on that scale */
  double least, most;
} quantities[] = {
    {"cut_epc", false, PLAIN, 1.0, 40, 80},
    {"exam_sd_epc", false, LOG, 0.3, 0.5, 10},
    {"base_rate_first", true, LOGIT, 0.6, 0.02, 0.985},
    {"base_rate_repeat", true, LOGIT, 0.4, 0.02, 0.985},
    {"prior_sd", true, LOG, 0.2, 3, 30},
    {"growth_before_mean", true, PLAIN, 0.2, -2, 4},
    {"growth_before_sd", true, LOG, 0.3, 0.05, 4},
    {"growth_dedicated_mean", true, PLAIN, 1.2, -4, 15},
    {"growth_dedicated_sd", true, LOG, 0.5, 0.2, 12},
    {"growth_dedicated_scale_weeks", false, LOG, 0.7, 0.5, 30},
    {"growth_dedicated_own_weeks", false, LOG, 0.7, 0.5, 60},
    {"wander_sd_epc", false, LOG, 0.3, 0.1, 5},
    {"maker_offset_sd_epc", false, LOG, 0.3, 0.5, 15},
};
enum { QUANTITIES = sizeof quantities / sizeof *quantities };
_Static_assert((int)QUANTITIES <= (int)FIT_VALUES, "struct fit_report has room for every quantity");
const size_t fit_quantities_n = QUANTITIES;

/* ---------------------------------------------------------------- lent memory */

int fit_work_begin(struct fit *fit) {
  bool there = true;
  fit->in = malloc(fit->cases.n + 1);
  fit->base = calloc(fit->cases.n + 1, sizeof *fit->base);
  for (size_t q = 0; q < QUANTITIES; q++) {
    fit->moved[q] = calloc(fit->cases.n + 1, sizeof *fit->moved[q]);
    there &= fit->moved[q] != NULL;
  }
  return there && fit->in && fit->base ? E_OK : E_NOMEM;
}

void fit_work_end(struct fit *fit) {
  fit_cases_done(&fit->cases);
  free(fit->in);
  free(fit->base);
  for (size_t q = 0; q < QUANTITIES; q++)
    free(fit->moved[q]);
}

/* ---------------------------------------------------------------- values and texts */

static double to_scale(const struct quantity *quantity, double value) {
  return quantity->scale == LOG ? log(value) : quantity->scale == LOGIT ? log(value / (1 - value)) : value;
}

static double from_scale(const struct quantity *quantity, double x) {
  double value = quantity->scale == LOG ? exp(x) : quantity->scale == LOGIT ? 1 / (1 + exp(-x)) : x;
  return fmin(fmax(value, quantity->least), quantity->most);
}

double fit_value_per(size_t q, double value) {
  return quantities[q].scale == LOG ? value : quantities[q].scale == LOGIT ? value * (1 - value) : 1;
}

const char *fit_quantity_name(size_t q) {
  return quantities[q].name;
}

static void key_of(const struct quantity *quantity, size_t track, char out[FIT_NAME_CHARS]) {
  if (quantity->each_track)
    snprintf(out, FIT_NAME_CHARS, "%s_%s", quantity->name, tracks[track]);
  else
    snprintf(out, FIT_NAME_CHARS, "%s", quantity->name);
}

double fit_value_at(const struct fit *fit, size_t q, size_t track, double moved) {
  char key[FIT_NAME_CHARS];
  key_of(&quantities[q], track, key);
  double value = fit_text_number(fit->options->text, fit->options->text_len, key);
  return moved == 0 ? value : from_scale(&quantities[q], to_scale(&quantities[q], value) + moved);
}

struct change_list {
  struct fit_change changes[FIT_TRACKS * QUANTITIES + RECALS + 1];
  char keys[FIT_TRACKS * QUANTITIES + RECALS][FIT_NAME_CHARS], values[FIT_TRACKS * QUANTITIES + RECALS][FIT_VALUE_CHARS];
  char sources[FIT_TRACKS * QUANTITIES + RECALS][FIT_REASON];
  size_t n;
};

static void change(struct change_list *list, const char *key, double before, double after, const char *source) {
  size_t at = list->n++;
  snprintf(list->keys[at], FIT_NAME_CHARS, "%s", key);
  snprintf(list->values[at], FIT_VALUE_CHARS, "%.6g", after);
  if (source)
    snprintf(list->sources[at], FIT_REASON, "%s; before %.6g", source, before);
  list->changes[at] = (struct fit_change){list->keys[at], list->values[at], source ? list->sources[at] : NULL};
}

static void change_recal(const struct fit *fit, const struct fit_recal recal[2], const char *source, struct change_list *list) {
  for (size_t i = 0; i < RECALS; i++) {
    double before = fit_text_number(fit->options->text, fit->options->text_len, recal_keys[i]);
    double after = i % 2 ? recal[i / 2].slope : recal[i / 2].intercept;
    if (isnan(before)) /* a set from before there was recalibration */
      before = i % 2 ? 1 : 0;
    if (after != before)
      change(list, recal_keys[i], before, after, source);
  }
}

void fit_text_at(const struct fit *fit, const struct fit_point *point, const struct fit_recal *recal, const char *version,
                 const char *source, struct buf *out) {
  struct change_list list = {.n = 0};
  char key[FIT_NAME_CHARS];
  for (size_t q = 0; q < QUANTITIES; q++)
    for (size_t track = 0; track < (quantities[q].each_track ? FIT_TRACKS : 1); track++) {
      if (point->at[q] == 0)
        continue;
      key_of(&quantities[q], track, key);
      change(&list, key, fit_value_at(fit, q, track, 0), fit_value_at(fit, q, track, point->at[q]), source);
    }
  if (recal)
    change_recal(fit, recal, source, &list);
  if (version)
    list.changes[list.n++] = (struct fit_change){"version", version, "label: kept with every assessment made with it"};
  fit_text_change(out, fit->options->text, fit->options->text_len, list.changes, list.n);
}

static int params_at(struct fit *fit, const struct fit_point *point, struct risk_params **ret) {
  struct buf text;
  buf_init(&text, FIT_TEXT_BYTES);
  fit_text_at(fit, point, neutral, NULL, NULL, &text);
  int err = buf_finish(&text);
  if (!err) {
    *ret =
        risk_params_parse((const char *)text.data, text.len, fit->options->instruments, fit->options->instruments_len, &fit->fault);
    err = *ret ? E_OK : E_INVALID;
  }
  buf_done(&text);
  return err;
}

int fit_look_at(struct fit *fit, const struct fit_point *point, struct fit_look *ret) {
  struct risk_params *params = NULL;
  int err = params_at(fit, point, &params);
  if (!err)
    err = fit_cases_look(&fit->cases, params, fit->options->threads, ret);
  risk_params_free(params);
  fit->done++;
  if (fit->options->progress)
    fit->options->progress(fit->options->arg, fit->done < fit->total ? fit->done : fit->total, fit->total);
  return err;
}

/* ---------------------------------------------------------------- search */

static double loss_of(const struct fit *fit, const struct fit_point *point, const struct fit_look *looks) {
  double sum = 0;
  for (size_t i = 0; i < fit->cases.n; i++)
    if (fit->in[i])
      sum += fit_case_loss(&fit->cases.cases[i], looks[i]).loss;
  for (size_t q = 0; q < QUANTITIES; q++) {
    double away = point->at[q] / quantities[q].prior_sd;
    sum += away * away / 2;
  }
  return sum;
}

/* Slope and expected curvature of the loss at a point whose looks are in fit->base. */
static int curve_at(struct fit *fit, const struct fit_point *point, double slope[QUANTITIES],
                    double curve[QUANTITIES][QUANTITIES]) {
  memset(curve, 0, QUANTITIES * sizeof *curve);
  for (size_t q = 0; q < QUANTITIES; q++) {
    struct fit_point beside = *point;
    beside.at[q] += STEP_SHARE * quantities[q].prior_sd;
    int err = fit_look_at(fit, &beside, fit->moved[q]);
    if (err)
      return err;
    double precision = 1 / (quantities[q].prior_sd * quantities[q].prior_sd);
    slope[q] = point->at[q] * precision;
    curve[q][q] = precision;
  }
  for (size_t i = 0; i < fit->cases.n; i++) {
    if (!fit->in[i])
      continue;
    struct fit_loss loss = fit_case_loss(&fit->cases.cases[i], fit->base[i]);
    double mean[QUANTITIES], variance[QUANTITIES];
    for (size_t q = 0; q < QUANTITIES; q++) {
      double step = STEP_SHARE * quantities[q].prior_sd;
      mean[q] = (fit->moved[q][i].mean - fit->base[i].mean) / step;
      variance[q] = (fit->moved[q][i].variance - fit->base[i].variance) / step;
      slope[q] += loss.by_mean * mean[q] + loss.by_variance * variance[q];
      for (size_t r = 0; r <= q; r++)
        curve[q][r] += loss.mean_curve * mean[q] * mean[r] + loss.variance_curve * variance[q] * variance[r];
    }
  }
  return E_OK;
}

/* x becomes curve^-1 x; the curvature is positive definite because the prior's is. The lower triangle becomes its factor. */
static void newton_solve(double curve[QUANTITIES][QUANTITIES], double x[QUANTITIES]) {
  for (size_t j = 0; j < QUANTITIES; j++)
    for (size_t k = 0; k <= j; k++) {
      double sum = curve[j][k];
      for (size_t i = 0; i < k; i++)
        sum -= curve[j][i] * curve[k][i];
      curve[j][k] = j == k ? sqrt(sum) : sum / curve[k][k];
    }
  for (size_t i = 0; i < QUANTITIES; i++) {
    for (size_t k = 0; k < i; k++)
      x[i] -= curve[i][k] * x[k];
    x[i] /= curve[i][i];
  }
  for (size_t i = QUANTITIES; i-- > 0;) {
    for (size_t k = i + 1; k < QUANTITIES; k++)
      x[i] -= curve[k][i] * x[k];
    x[i] /= curve[i][i];
  }
}

int fit_search(struct fit *fit, struct fit_point *point, unsigned *ret_rounds, double ret_sd[FIT_VALUES]) {
  double slope[QUANTITIES], curve[QUANTITIES][QUANTITIES], factor[QUANTITIES][QUANTITIES];
  int err = fit_look_at(fit, point, fit->base);
  double loss = err ? 0 : loss_of(fit, point, fit->base);
  unsigned round = 0;
  for (bool settled = false; !err && !settled && round < ROUNDS; round++) {
    err = curve_at(fit, point, slope, curve);
    if (err)
      break;
    memcpy(factor, curve, sizeof factor);
    newton_solve(factor, slope);
    double share = 1, next = INFINITY;
    for (int i = 0; !err && i < HALVINGS && !(next < loss); i++, share /= 2) {
      struct fit_point tried = *point;
      for (size_t q = 0; q < QUANTITIES; q++)
        tried.at[q] -= share * slope[q];
      err = fit_look_at(fit, &tried, fit->moved[0]);
      next = err ? loss : loss_of(fit, &tried, fit->moved[0]);
      if (!err && next < loss) {
        *point = tried;
        memcpy(fit->base, fit->moved[0], fit->cases.n * sizeof *fit->base);
        break;
      }
    }
    settled = !(loss - next > SETTLED);
    loss = fmin(loss, next);
  }
  *ret_rounds = round;
  for (size_t q = 0; !err && ret_sd && q < QUANTITIES; q++) {
    double unit[QUANTITIES] = {0};
    unit[q] = 1;
    memcpy(factor, curve, sizeof factor);
    newton_solve(factor, unit);
    ret_sd[q] = sqrt(unit[q]);
  }
  return err;
}
