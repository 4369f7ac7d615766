/*
 * A parameter file from past classes, from beginning to end: cases are gathered (fit_cases.c), the most probable values found
 * (fit_search.c), held against students they were not found on and recalibrated there (fit_held.c), and written.
 *
 * A fit that does not help is worse than none: unless it predicts held-out students better than the start, all values stay what
 * they were. Moving the cut and s_exam is an intercept and a slope on the probit scale already; what recalibration adds is the
 * correction of what is left on students nothing was learned from, which no likelihood of the students themselves can see.
 *
 * The file that comes out goes through the engine's own parser before it is handed on.
 */
#include "study/fit_work.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS_PER_DAY 86400000

/* ---------------------------------------------------------------- the text */

static void put_metrics(struct buf *out, const char *what, const struct metrics *m) {
  buf_printf(out, ";   %-12s log loss %.4f, Brier %.4f, AUC %.4f, calibration slope %.2f, intercept %+.2f\n", what, m->log_loss,
             m->brier, m->auc, m->slope, m->intercept);
}

static void put_recalibration(struct buf *out, const char *what, const struct fit_recalibration *of) {
  if (of->attempts == 0)
    buf_printf(out, "; Recalibration of %s: there were none.\n", what);
  else
    buf_printf(out, "; Recalibration of %s (%zu, %zu failed): intercept %+.2f (%+.2f to %+.2f), slope %.2f (%.2f to %.2f)%s\n",
               what, of->attempts, of->failed, of->intercept, of->intercept_low, of->intercept_high, of->slope, of->slope_low,
               of->slope_high, of->used ? "." : "; not used.");
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
    put_metrics(out, "recalibrated", &report->recalibrated);
    put_recalibration(out, "first attempts", &report->recalibration[FIT_FIRST]);
    put_recalibration(out, "repeats", &report->recalibration[FIT_REPEAT]);
  }
  buf_printf(out, report->used ? "; What changed says so behind its value; the rest is as it was in the set it started from.\n;\n"
                               : "; Held out, the fit was no better than the start: its values were left.\n;\n");
}

static int put_text(const struct fit *fit, const struct fit_point *point, const struct fit_recal recal[FIT_KINDS],
                    struct fit_report *report, struct buf *out) {
  char source[FIT_REASON], hex[DIGEST_TEXT], day[16];
  uint8_t digest[DIGEST_BYTES];
  struct buf body;
  buf_init(&body, FIT_TEXT_BYTES);
  snprintf(source, sizeof source, "[C] fitted on %zu students", report->students);
  fit_text_at(fit, point, recal, NULL, source, &body);
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
  fit_text_at(fit, point, recal, report->version, source, out);
  return buf_finish(out);
}

static void put_values(const struct fit *fit, const struct fit_point *point, const double sd[FIT_VALUES],
                       struct fit_report *report) {
  for (size_t q = 0; q < fit_quantities_n; q++) {
    double before = fit_value_at(fit, q, 0, 0), after = fit_value_at(fit, q, 0, point->at[q]);
    report->values[q] = (struct fit_value){fit_quantity_name(q), before, after, sd[q] * fit_value_per(q, after)};
  }
  report->values_n = fit_quantities_n;
}

/* ---------------------------------------------------------------- outside */

static int begin(struct fit *fit, struct fit_report *report, char reason[FIT_REASON]) {
  const struct fit_options *options = fit->options;
  size_t n = options->students ? options->students_n : options->past->students_n;
  if (options->folds > FIT_FOLDS_MOST) {
    snprintf(reason, FIT_REASON, "a fit is held out in at most %d parts", FIT_FOLDS_MOST);
    return E_INVALID;
  }
  struct risk_params *params =
      risk_params_parse(options->text, options->text_len, options->instruments, options->instruments_len, &fit->fault);
  if (!params) {
    snprintf(reason, FIT_REASON, "the parameters to start from: line %u, %s %s", fit->fault.line, fit->fault.key,
             fit->fault.reason);
    return E_INVALID;
  }
  int err = fit_cases_collect(options->past, options->students, n, params, &fit->cases);
  risk_params_free(params);
  if (!err)
    err = fit_work_begin(fit);
  if (err)
    return err;
  report->students = fit->cases.students;
  report->attempts = fit->cases.attempts;
  report->failed = fit->cases.failed;
  report->checks = fit->cases.checks;
  report->printed = fit->cases.printed;
  fit->total = (options->folds + 1) * (fit_quantities_n + 1) * 4; /* rounds that are usual */
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
  struct fit_point point = {0};
  struct fit_recal recal[FIT_KINDS] = {{0, 1}, {0, 1}};
  double sd[FIT_VALUES];
  reason[0] = '\0';
  int err = begin(&fit, &report, reason);
  if (!err) {
    for (size_t i = 0; i < fit.cases.n; i++)
      fit.in[i] = true;
    err = fit_search(&fit, &point, &report.rounds, sd);
  }
  if (!err && options->folds > 1)
    err = fit_hold_out(&fit, &point, &report, recal);
  if (!err && !report.used)
    point = (struct fit_point){0};
  if (!err) {
    put_values(&fit, &point, sd, &report);
    err = put_text(&fit, &point, recal, &report, ret_text);
  }
  if (!err)
    err = check_text(&fit, ret_text, reason);
  if (!err)
    *ret = report;
  fit_work_end(&fit);
  return err;
}
