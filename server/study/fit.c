/*
 * Maximum a posteriori for the parameters that describe a class.
 *
 * Each quantity below moves one parameter, or one of three tracks alike, on a scale where its prior is normal about the value it
 * started from: how far a school may well lie from it. So 150 students move little, and 1,500 move it where they say. The optimum
 * is found by Fisher scoring: the slopes of what the engine says at every case come from differences of two runs, curvatures are
 * those expected of the losses; half a dozen rounds suffice where a general optimiser takes hundreds of runs.
 *
 * A fit that does not help is worse than none: with options->folds the students are parted, each part is predicted by a fit on the
 * others, and unless that is better in log loss than the start, all values stay what they were. Recalibration needs no numbers of
 * its own: moving the cut and s_exam is an intercept and a slope on the probit scale.
 *
 * Rejected: fitting every number of the file (most hardly move a prediction), and gradients in closed form (the engine's robust
 * bounds and weights would have to be differentiated twice over).
 */
#include "study/fit.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "study/fit_cases.h"
#include "study/fit_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_SHARE 0.1  /* of the prior's sd: width of a difference */
#define SETTLED    0.02 /* fall of the loss, in nats, that ends the search; what chance does to it is about one */
#define MS_PER_DAY 86400000
#define CAPACITY   0.1 /* for metrics.recall, which is not used here */

enum { ROUNDS = 10, HALVINGS = 5, KEYS = 3, VALUE_CHARS = 32, NAME_CHARS = 64, TEXT_BYTES = 1024 * 1024 };

enum scale_of { PLAIN, LOG, LOGIT };

static const char *const tracks[KEYS] = {"us_md", "us_do", "non_us"};

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
    {"growth_dedicated_sd", true, LOG, 0.3, 0.2, 8},
    {"growth_dedicated_scale_weeks", false, LOG, 0.3, 1, 30},
    {"wander_sd_epc", false, LOG, 0.3, 0.1, 5},
    {"maker_offset_sd_epc", false, LOG, 0.3, 0.5, 15},
};
enum { QUANTITIES = sizeof quantities / sizeof *quantities };
_Static_assert((int)QUANTITIES <= (int)FIT_VALUES, "struct fit_report has room for every quantity");

struct point {
  double at[QUANTITIES]; /* distance from the start, on each quantity's scale */
};

struct fit {
  const struct fit_options *options;
  struct fit_cases cases;
  bool *in; /* of each case: learned from */
  struct fit_look *base, *moved[QUANTITIES];
  struct risk_params_fault fault;
  uint64_t done, total;
};

/* ---------------------------------------------------------------- values and texts */

static double to_scale(const struct quantity *quantity, double value) {
  return quantity->scale == LOG ? log(value) : quantity->scale == LOGIT ? log(value / (1 - value)) : value;
}

static double from_scale(const struct quantity *quantity, double x) {
  double value = quantity->scale == LOG ? exp(x) : quantity->scale == LOGIT ? 1 / (1 + exp(-x)) : x;
  return fmin(fmax(value, quantity->least), quantity->most);
}

static void key_of(const struct quantity *quantity, size_t track, char out[NAME_CHARS]) {
  if (quantity->each_track)
    snprintf(out, NAME_CHARS, "%s_%s", quantity->name, tracks[track]);
  else
    snprintf(out, NAME_CHARS, "%s", quantity->name);
}

static double value_at(const struct fit *fit, size_t q, size_t track, double moved) {
  char key[NAME_CHARS];
  key_of(&quantities[q], track, key);
  double value = fit_text_number(fit->options->text, fit->options->text_len, key);
  return moved == 0 ? value : from_scale(&quantities[q], to_scale(&quantities[q], value) + moved);
}

/* The start with the values of a point. `source` is the comment behind each value that differs. */
static void text_at(const struct fit *fit, const struct point *point, const char *version, const char *source, struct buf *out) {
  struct fit_change changes[KEYS * QUANTITIES + 1];
  char keys[KEYS * QUANTITIES][NAME_CHARS], values[KEYS * QUANTITIES][VALUE_CHARS], sources[KEYS * QUANTITIES][FIT_REASON];
  size_t n = 0;
  for (size_t q = 0; q < QUANTITIES; q++)
    for (size_t track = 0; track < (quantities[q].each_track ? KEYS : 1); track++) {
      if (point->at[q] == 0)
        continue;
      key_of(&quantities[q], track, keys[n]);
      snprintf(values[n], VALUE_CHARS, "%.6g", value_at(fit, q, track, point->at[q]));
      if (source)
        snprintf(sources[n], FIT_REASON, "%s; before %.6g", source, value_at(fit, q, track, 0));
      changes[n] = (struct fit_change){keys[n], values[n], source ? sources[n] : NULL};
      n++;
    }
  if (version)
    changes[n++] = (struct fit_change){"version", version, "label: kept with every assessment made with it"};
  fit_text_change(out, fit->options->text, fit->options->text_len, changes, n);
}

static int params_at(struct fit *fit, const struct point *point, struct risk_params **ret) {
  struct buf text;
  buf_init(&text, TEXT_BYTES);
  text_at(fit, point, NULL, NULL, &text);
  int err = buf_finish(&text);
  if (!err) {
    *ret =
        risk_params_parse((const char *)text.data, text.len, fit->options->instruments, fit->options->instruments_len, &fit->fault);
    err = *ret ? E_OK : E_INVALID;
  }
  buf_done(&text);
  return err;
}

static int look_at(struct fit *fit, const struct point *point, struct fit_look *ret) {
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

static double loss_of(const struct fit *fit, const struct point *point, const struct fit_look *looks) {
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
static int curve_at(struct fit *fit, const struct point *point, double slope[QUANTITIES], double curve[QUANTITIES][QUANTITIES]) {
  memset(curve, 0, QUANTITIES * sizeof *curve);
  for (size_t q = 0; q < QUANTITIES; q++) {
    struct point beside = *point;
    beside.at[q] += STEP_SHARE * quantities[q].prior_sd;
    int err = look_at(fit, &beside, fit->moved[q]);
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

/* From *point to the optimum over the cases that are in. `ret_sd`, or NULL: of the posterior. */
static int search(struct fit *fit, struct point *point, unsigned *ret_rounds, double ret_sd[QUANTITIES]) {
  double slope[QUANTITIES], curve[QUANTITIES][QUANTITIES], factor[QUANTITIES][QUANTITIES];
  int err = look_at(fit, point, fit->base);
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
      struct point tried = *point;
      for (size_t q = 0; q < QUANTITIES; q++)
        tried.at[q] -= share * slope[q];
      err = look_at(fit, &tried, fit->moved[0]);
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

/* ---------------------------------------------------------------- held out */

/* Which part a student belongs to: by the order of students, so that nothing depends on chance. */
static size_t fold_of(const struct fit *fit, size_t i) {
  return fit->cases.cases[i].student * UINT32_C(2654435761) / 65536 % fit->options->folds;
}

static int measure(const struct fit *fit, const struct fit_look *looks, struct metrics *ret) {
  double *p = malloc((fit->cases.n + 1) * sizeof *p);
  uint8_t *passed = malloc(fit->cases.n + 1);
  size_t n = 0;
  int err = E_NOMEM;
  if (p && passed) {
    for (size_t i = 0; i < fit->cases.n; i++)
      if (fit->cases.cases[i].kind == FIT_OUTCOME) {
        p[n] = looks[i].mean;
        passed[n++] = fit->cases.cases[i].seen > 0;
      }
    err = metrics_measure(p, passed, n, CAPACITY, ret);
  }
  free(p);
  free(passed);
  return err;
}

static int hold_out(struct fit *fit, const struct point *start, struct fit_report *report) {
  struct fit_look *before = calloc(fit->cases.n + 1, sizeof *before), *after = calloc(fit->cases.n + 1, sizeof *after);
  int err = before && after ? look_at(fit, &(struct point){0}, before) : E_NOMEM;
  for (size_t fold = 0; !err && fold < fit->options->folds; fold++) {
    struct point point = *start;
    unsigned rounds;
    for (size_t i = 0; i < fit->cases.n; i++)
      fit->in[i] = fold_of(fit, i) != fold;
    err = search(fit, &point, &rounds, NULL);
    for (size_t i = 0; !err && i < fit->cases.n; i++)
      if (!fit->in[i])
        after[i] = fit->base[i];
  }
  if (!err)
    err = measure(fit, before, &report->before);
  if (!err)
    err = measure(fit, after, &report->after);
  free(before);
  free(after);
  return err;
}

/* ---------------------------------------------------------------- the text */

static void put_metrics(struct buf *out, const char *what, const struct metrics *m) {
  buf_printf(out, ";   %-7s log loss %.4f, Brier %.4f, AUC %.4f, calibration slope %.2f, intercept %+.2f\n", what, m->log_loss,
             m->brier, m->auc, m->slope, m->intercept);
}

static void put_head(const struct fit *fit, const struct fit_report *report, struct buf *out) {
  buf_printf(out,
             "; Fitted%s%s: %zu students with outcomes, %zu attempts of which %zu failed, %zu later checks, %zu printed P(pass).\n",
             fit->options->from ? " on " : "", fit->options->from ? fit->options->from : "", report->students, report->attempts,
             report->failed, report->checks, report->printed);
  if (report->before.n > 0) {
    buf_printf(out, "; Held out in %zu parts, %zu predictions at 42, 28, 14 and 7 days:\n", fit->options->folds, report->before.n);
    put_metrics(out, "before", &report->before);
    put_metrics(out, "fitted", &report->after);
  }
  buf_printf(out, report->used ? "; What changed says so behind its value; the rest is as it was in the set it started from.\n;\n"
                               : "; Held out, the fit was no better than the start: nothing was changed.\n;\n");
}

static int put_text(const struct fit *fit, const struct point *point, struct fit_report *report, struct buf *out) {
  char source[FIT_REASON], hex[DIGEST_TEXT], day[16];
  uint8_t digest[DIGEST_BYTES];
  struct buf body;
  buf_init(&body, TEXT_BYTES);
  snprintf(source, sizeof source, "[C] fitted on %zu students", report->students);
  text_at(fit, point, NULL, source, &body);
  if (!body.err)
    digest_sha256(digest, body.data, body.len);
  int err = buf_finish(&body);
  buf_done(&body);
  if (err)
    return err;
  digest_hex(hex, digest, sizeof digest);
  result_format_day(day, (int32_t)(clock_wall_ms() / MS_PER_DAY));
  if (fit->options->version)
    snprintf(report->version, sizeof report->version, "%s", fit->options->version);
  else
    snprintf(report->version, sizeof report->version, "fit-%s-%.8s", day, hex);
  put_head(fit, report, out);
  text_at(fit, point, report->version, source, out);
  return buf_finish(out);
}

static void put_values(const struct fit *fit, const struct point *point, const double sd[QUANTITIES], struct fit_report *report) {
  for (size_t q = 0; q < QUANTITIES; q++) {
    double before = value_at(fit, q, 0, 0), after = value_at(fit, q, 0, point->at[q]);
    double per = quantities[q].scale == LOG ? after : quantities[q].scale == LOGIT ? after * (1 - after) : 1;
    report->values[q] = (struct fit_value){quantities[q].name, before, after, sd[q] * per};
  }
  report->values_n = QUANTITIES;
}

/* ---------------------------------------------------------------- outside */

static int begin(struct fit *fit, struct fit_report *report, char reason[FIT_REASON]) {
  struct risk_params *params = NULL;
  const struct fit_options *options = fit->options;
  size_t n = options->students ? options->students_n : options->past->students_n;
  int err = params_at(fit, &(struct point){0}, &params);
  if (err) {
    snprintf(reason, FIT_REASON, "the parameters to start from: line %u, %s %s", fit->fault.line, fit->fault.key,
             fit->fault.reason);
    return err;
  }
  err = fit_cases_collect(options->past, options->students, n, params, &fit->cases);
  risk_params_free(params);
  if (err)
    return err;
  report->students = fit->cases.students;
  report->attempts = fit->cases.attempts;
  report->failed = fit->cases.failed;
  report->checks = fit->cases.checks;
  report->printed = fit->cases.printed;
  fit->total = (options->folds + 1) * (QUANTITIES + 1) * 4; /* rounds that are usual */
  fit->in = malloc(fit->cases.n + 1);
  fit->base = calloc(fit->cases.n + 1, sizeof *fit->base);
  for (size_t q = 0; q < QUANTITIES; q++)
    fit->moved[q] = calloc(fit->cases.n + 1, sizeof *fit->moved[q]);
  for (size_t q = 0; q < QUANTITIES; q++)
    if (!fit->moved[q] || !fit->in || !fit->base)
      return E_NOMEM;
  if (fit->cases.attempts > 0)
    return E_OK;
  snprintf(reason, FIT_REASON, "nobody in this data has a known outcome; exams.csv needs taken_on and outcome");
  return E_INVALID;
}

/* The engine's own parser has the last word on what was written. */
static int check_text(struct fit *fit, const struct buf *text, char reason[FIT_REASON]) {
  struct risk_params *params =
      risk_params_parse((const char *)text->data, text->len, fit->options->instruments, fit->options->instruments_len, &fit->fault);
  if (!params)
    snprintf(reason, FIT_REASON, "what was fitted is no parameter file: line %u, %s %s", fit->fault.line, fit->fault.key,
             fit->fault.reason);
  risk_params_free(params);
  return params ? E_OK : E_INVALID;
}

int fit_parameters(const struct fit_options *options, struct buf *ret_text, struct fit_report *ret, char reason[FIT_REASON]) {
  struct fit fit = {.options = options};
  struct fit_report report = {.used = true};
  struct point point = {0};
  double sd[QUANTITIES];
  reason[0] = '\0';
  int err = begin(&fit, &report, reason);
  if (!err) {
    for (size_t i = 0; i < fit.cases.n; i++)
      fit.in[i] = true;
    err = search(&fit, &point, &report.rounds, sd);
  }
  if (!err && options->folds > 1) {
    err = hold_out(&fit, &point, &report);
    report.used = report.after.log_loss < report.before.log_loss;
  }
  if (!err && !report.used)
    point = (struct point){0};
  if (!err) {
    put_values(&fit, &point, sd, &report);
    err = put_text(&fit, &point, &report, ret_text);
  }
  if (!err)
    err = check_text(&fit, ret_text, reason);
  if (!err)
    *ret = report;
  fit_cases_done(&fit.cases);
  free(fit.in);
  free(fit.base);
  for (size_t q = 0; q < QUANTITIES; q++)
    free(fit.moved[q]);
  return err;
}
