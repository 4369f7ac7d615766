/*
 * backtest: what the estimate would have said of a past class, written as predictions.csv and held against the outcomes.
 *
 * A row of the file is an attempt at a horizon and knows nothing that was not known then. The table beside it answers a
 * dean's question, "is this better than what we do now?": the same figures for the last score read through the published
 * curve, and for the share who passed, said of everybody.
 */
#include "ctl/study.h"

#include "base/err.h"
#include "base/file.h"
#include "base/table.h"
#include "study/kfold.h"
#include "study/report.h"
#include "study/rival_train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_OF_ROW = 512, BYTES_OF_REPORT = 16 * 1024 * 1024, OUT_MODE = 0644, PERCENT = 100 };

struct backtest_cli {
  struct study_options study;
  const char *out, *horizons, *reference, *report;
  long capacity, kfold;
};

static const struct cli_option backtest_cli[] = {
    CLI_TEXT("data", "DIR", struct backtest_cli, study.data, "directory with results.csv and exams.csv (needed)"),
    CLI_TEXT("out", "FILE", struct backtest_cli, out, "where predictions.csv goes (needed)"),
    CLI_TEXT("horizons", "LIST", struct backtest_cli, horizons,
             "days before the exam, separated by commas; 7,14,28,42 unless given"),
    CLI_TEXT("fit", "FILE", struct backtest_cli, study.fit,
             "parameter file made by stepguardctl fit; the shipped one unless given"),
    CLI_TEXT("instruments", "FILE", struct backtest_cli, study.instruments, "catalogue; DIR/instruments.csv unless given"),
    CLI_TEXT("reference-scale", "CODE", struct backtest_cli, reference, "write readiness on this instrument's own scale"),
    CLI_NUMBER("capacity", "N", struct backtest_cli, capacity, 10, 1, 100, "percent of the class that can be looked after"),
    CLI_NUMBER("kfold", "K", struct backtest_cli, kfold, 0, 2, KFOLD_MOST,
               "fit in K folds, and score each student with what was learned from the others; no fitting unless given"),
    CLI_TEXT("report", "FILE", struct backtest_cli, report, "an HTML page with charts and tables, which needs nothing else"),
    CLI_TEXT("zone", "NAME", struct backtest_cli, study.zone, "the school's time zone; UTC unless given"),
};

struct backtest {
  struct ctl *ctl;
  const struct backtest_cli *cli;
  struct study study;
  int32_t horizons[BACKTEST_HORIZONS];
  struct backtest_options options;
  struct kfold kfold;
  char parameters[2 * RISK_VERSION_CHARS]; /* what to call those that made the predictions */
  struct rival_scale scale;
  float (*features)[RIVAL_FEATURES]; /* only where a regression is trained on them */
  struct prediction *predictions;
  struct score scores[BACKTEST_HORIZONS];
  size_t scores_n;
};

/* ---------------------------------------------------------------- options */

static int horizons_read(struct backtest *backtest) {
  const char *text = backtest->cli->horizons ? backtest->cli->horizons : "7,14,28,42";
  size_t n = 0;
  for (const char *at = text;; at++) {
    char *end;
    long days = strtol(at, &end, 10);
    if (end == at || days < 0 || days > BACKTEST_HORIZON_DAYS || n == BACKTEST_HORIZONS || (*end != ',' && *end != '\0'))
      return ctl_fail(backtest->ctl, EXIT_USAGE, "--horizons takes up to %d whole numbers of days from 0 to %d, as in 7,14,28,42",
                      BACKTEST_HORIZONS, BACKTEST_HORIZON_DAYS);
    for (size_t i = 0; i < n; i++)
      if (backtest->horizons[i] == days)
        return ctl_fail(backtest->ctl, EXIT_USAGE, "--horizons has %ld twice", days);
    backtest->horizons[n++] = (int32_t)days;
    at = end;
    if (*end == '\0')
      break;
  }
  backtest->options.horizons = backtest->horizons;
  backtest->options.horizons_n = n;
  return EXIT_DONE;
}

/* ---------------------------------------------------------------- work */

static int backtest_fit(struct backtest *backtest) {
  struct study *study = &backtest->study;
  char reason[FIT_REASON] = "";
  size_t shipped_len;
  const char *shipped = risk_params_builtin(RISK_PARAMS_DEFAULT, &shipped_len);
  const struct fit_options fit = {.past = study->past,
                                  .text = study->body ? study->body : shipped,
                                  .text_len = study->body ? study->body_len : shipped_len,
                                  .instruments = study->catalogue,
                                  .instruments_len = study->catalogue_len,
                                  .folds = FIT_FOLDS,
                                  .progress = study_at,
                                  .arg = study};
  study_begin(study, "runs");
  int err = kfold_fit(&fit, (size_t)backtest->cli->kfold, &backtest->kfold, reason);
  study_end(study);
  if (err)
    return ctl_fail(backtest->ctl, err == E_INVALID ? EXIT_PROBLEMS : EXIT_REFUSED, "%s", *reason ? reason : err_text(err));
  snprintf(backtest->parameters, sizeof backtest->parameters, "%s, fitted in %ld folds", risk_params_version(study->params),
           backtest->cli->kfold);
  return EXIT_DONE;
}

static int backtest_predict(struct backtest *backtest) {
  struct study *study = &backtest->study;
  size_t rows = study->past->attempts_n * backtest->options.horizons_n;
  const struct risk_params *params[KFOLD_MOST] = {study->params};
  for (size_t i = 0; i < backtest->kfold.folds; i++)
    params[i] = backtest->kfold.params[i];
  backtest->predictions = calloc(rows, sizeof *backtest->predictions);
  if (backtest->kfold.folds > 0)
    backtest->features = calloc(rows, sizeof *backtest->features);
  if (!backtest->predictions || (backtest->kfold.folds > 0 && !backtest->features))
    return ctl_fail(backtest->ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM));
  backtest->options.params = params;
  backtest->options.fold = backtest->kfold.fold;
  rival_scale_read(study->published, &backtest->scale);
  backtest->options.scale = &backtest->scale;
  backtest->options.features = backtest->features;
  backtest->options.progress = study_at;
  backtest->options.arg = study;
  study_begin(study, "students");
  int err = backtest_run(study->past, &backtest->options, backtest->predictions);
  study_end(study);
  if (!err && backtest->features)
    err = rival_train(study->past, &backtest->options, backtest->kfold.folds, backtest->predictions);
  backtest->options.params = NULL;
  return err ? ctl_fail(backtest->ctl, EXIT_REFUSED, "%s", err_text(err)) : EXIT_DONE;
}

/* Writes what is in the buffer, unless it failed, and ends it. */
static int file_save(struct backtest *backtest, const char *file, struct buf *out, int err) {
  char reason[FILE_REASON] = "";
  err = err ? err : buf_finish(out);
  if (err)
    snprintf(reason, sizeof reason, "%s: %s", file, err_text(err));
  else
    err = file_write(file, out->data, out->len, OUT_MODE, false, reason);
  buf_done(out);
  return err ? ctl_fail(backtest->ctl, EXIT_REFUSED, "%s", reason) : EXIT_DONE;
}

static int backtest_save(struct backtest *backtest) {
  struct buf out;
  struct risk_line line;
  const char *reference = backtest->cli->reference;
  if (reference && !risk_params_line(backtest->study.params, reference, &line))
    return ctl_fail(backtest->ctl, EXIT_PROBLEMS, "no instrument with a known scale has the code \"%s\"", reference);
  buf_init(&out, (backtest->study.past->attempts_n * backtest->options.horizons_n + 1) * BYTES_OF_ROW);
  backtest_write(&out, backtest->study.past, &backtest->options, backtest->predictions, reference ? &line : NULL);
  return file_save(backtest, backtest->cli->out, &out, 0);
}

static int backtest_report(struct backtest *backtest) {
  struct buf out;
  const struct past *past = backtest->study.past;
  const struct report_facts facts = {.data = backtest->cli->study.data,
                                     .parameters = backtest->parameters,
                                     .students = past->students_n,
                                     .results = past->results_n,
                                     .attempts = past->attempts_n,
                                     .capacity = (double)backtest->cli->capacity / PERCENT};
  buf_init(&out, BYTES_OF_REPORT);
  int err = report_put(&out, &facts, backtest->scores, backtest->scores_n);
  return file_save(backtest, backtest->cli->report, &out, err);
}

static int backtest_score(struct backtest *backtest) {
  double capacity = (double)backtest->cli->capacity / PERCENT;
  for (size_t h = 0; h < backtest->options.horizons_n; h++) {
    struct score *score = &backtest->scores[backtest->scores_n++];
    score_begin(score, backtest->horizons[h], backtest->features);
    int err = score_add(score, backtest->study.past, &backtest->options, backtest->predictions, h);
    if (!err)
      err = score_finish(score, capacity);
    if (err)
      return ctl_fail(backtest->ctl, EXIT_REFUSED, "%s", err_text(err));
  }
  return EXIT_DONE;
}

/* ---------------------------------------------------------------- JSON */

static json_t *number(double v) {
  return isfinite(v) ? json_real(v) : json_null();
}

static json_t *metrics_json(const struct metrics *m) {
  return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "auc", number(m->auc), "brier", number(m->brier), "log_loss",
                   number(m->log_loss), "calibration_slope", number(m->slope), "calibration_intercept", number(m->intercept),
                   "expected_calibration_error", number(m->ece), "recall_at_capacity", number(m->recall));
}

static json_t *score_json(const struct score *score) {
  json_t *coverage = json_array();
  for (size_t i = 0; i < SCORE_LEVELS; i++)
    json_array_append_new(coverage,
                          json_pack("{s:f,s:o}", "level", score->coverage.level[i], "inside", number(score->coverage.inside[i])));
  json_t *row = json_pack("{s:i,s:I,s:o,s:I}", "days_to_exam", score->horizon, "n", (json_int_t)score->n, "base_rate",
                          number(score->base_rate), "without_check", (json_int_t)score->without_check);
  for (enum score_by by = 0; by < SCORE_WAYS; by++)
    if (score->there[by])
      json_object_set_new(row, by == SCORE_BASE ? "by_base_rate" : score_name(by), metrics_json(&score->metrics[by]));
  json_object_set_new(row, "coverage", json_pack("{s:I,s:o}", "checks", (json_int_t)score->coverage.n, "intervals", coverage));
  return row;
}

static int backtest_json(struct backtest *backtest) {
  const struct past *past = backtest->study.past;
  json_t *horizons = json_array();
  for (size_t i = 0; i < backtest->scores_n; i++)
    json_array_append_new(horizons, score_json(&backtest->scores[i]));
  return ctl_print_json(backtest->ctl,
                        json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:f,s:o,s:I,s:O}", "data", backtest->cli->study.data, "out",
                                  backtest->cli->out, "parameters", backtest->parameters, "students", (json_int_t)past->students_n,
                                  "results", (json_int_t)past->results_n, "attempts", (json_int_t)past->attempts_n, "predictions",
                                  (json_int_t)(past->attempts_n * backtest->options.horizons_n), "capacity",
                                  (double)backtest->cli->capacity / PERCENT, "horizons", horizons, "refused",
                                  (json_int_t)past->refused, "findings", backtest->study.findings));
}

/* ---------------------------------------------------------------- for people */

static void cell_number(struct table *table, enum term_style style, double v, int decimals) {
  if (isfinite(v))
    table_cellf(table, style, "%.*f", decimals, v);
  else
    table_cell(table, STYLE_DIM, "-");
}

static void score_rows(struct table *table, const struct score *score) {
  for (size_t by = 0; by < SCORE_WAYS; by++) {
    const struct metrics *m = &score->metrics[by];
    enum term_style style = by == SCORE_ESTIMATE ? STYLE_BOLD : STYLE_PLAIN;
    if (!score->there[by])
      continue;
    if (by == SCORE_ESTIMATE) {
      table_cellf(table, STYLE_BOLD, "%d", score->horizon);
      table_cellf(table, STYLE_PLAIN, "%zu", score->n);
      cell_number(table, STYLE_PLAIN, PERCENT * score->base_rate, 1);
    } else {
      for (size_t i = 0; i < 3; i++)
        table_cell(table, STYLE_PLAIN, "");
    }
    table_cell(table, style, score_label(by));
    cell_number(table, style, m->auc, 3);
    cell_number(table, style, m->brier, 4);
    cell_number(table, style, m->log_loss, 4);
    cell_number(table, style, m->slope, 2);
    cell_number(table, style, m->intercept, 2);
    cell_number(table, style, m->ece, 3);
    cell_number(table, style, PERCENT * m->recall, 0);
  }
}

static int scores_print(struct backtest *backtest) {
  char recall[32];
  snprintf(recall, sizeof recall, "recall at %ld %%", backtest->cli->capacity);
  const struct table_column columns[] = {
      {.title = "days", .right = true},      {.title = "n", .right = true},
      {.title = "passed %", .right = true},  {.title = "by"},
      {.title = "AUC", .right = true},       {.title = "Brier", .right = true},
      {.title = "log loss", .right = true},  {.title = "slope", .right = true},
      {.title = "intercept", .right = true}, {.title = "ECE", .right = true},
      {.title = recall, .right = true},
  };
  struct table *table = table_new(columns, sizeof columns / sizeof *columns);
  if (!table)
    return ctl_fail(backtest->ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM));
  for (size_t i = 0; i < backtest->scores_n; i++)
    score_rows(table, &backtest->scores[i]);
  int err = table_print(table, &backtest->ctl->out);
  table_free(table);
  return err ? ctl_fail(backtest->ctl, EXIT_REFUSED, "%s", err_text(err)) : EXIT_DONE;
}

static int backtest_print(struct backtest *backtest) {
  const struct past *past = backtest->study.past;
  size_t scored = backtest->scores_n > 0 ? backtest->scores[0].n : 0;
  ctl_say(backtest->ctl, "%zu students, %zu results, %zu attempts of which %zu have an outcome; parameters %s", past->students_n,
          past->results_n, past->attempts_n, scored, backtest->parameters);
  ctl_say(backtest->ctl, "%zu predictions in %s", past->attempts_n * backtest->options.horizons_n, backtest->cli->out);
  if (scored == 0) {
    ctl_say(backtest->ctl, "No attempt has an outcome, so there is nothing to hold them against.");
    return EXIT_DONE;
  }
  ctl_say(backtest->ctl, "");
  int code = scores_print(backtest);
  ctl_say(backtest->ctl, "");
  ctl_say(
      backtest->ctl,
      "Brier, log loss, ECE (expected calibration error): less is better; slope 1 and intercept 0: probabilities mean what they "
      "say.");
  for (size_t i = 0; i < backtest->scores_n; i++) {
    const struct score_coverage *coverage = &backtest->scores[i].coverage;
    if (coverage->n > 0)
      ctl_say(backtest->ctl, "%d days: %.0f of 100 readiness checks of the exam's week lay in the 80 %% interval (%zu checks).",
              backtest->scores[i].horizon, PERCENT * coverage->inside[3], coverage->n);
  }
  return code;
}

/* ---------------------------------------------------------------- the command */

static int backtest_all(struct backtest *backtest) {
  int code = study_open(backtest->ctl, &backtest->cli->study, &backtest->study);
  if (code)
    return code;
  if (backtest->study.past->attempts_n == 0)
    return ctl_fail(backtest->ctl, EXIT_PROBLEMS, "%s has no exams.csv with attempts; horizons are counted back from them",
                    backtest->cli->study.data);
  snprintf(backtest->parameters, sizeof backtest->parameters, "%s", risk_params_version(backtest->study.params));
  if (backtest->cli->kfold > 0)
    code = backtest_fit(backtest);
  if (!code)
    code = backtest_predict(backtest);
  if (!code)
    code = backtest_save(backtest);
  if (!code)
    code = backtest_score(backtest);
  if (!code && backtest->cli->report)
    code = backtest_report(backtest);
  if (!code)
    code = backtest->ctl->global.json ? backtest_json(backtest) : backtest_print(backtest);
  return code ? code : study_verdict(&backtest->study);
}

static int backtest_start(struct ctl *ctl, const void *options, const struct cli_words *words) {
  (void)words;
  struct backtest backtest = {.ctl = ctl, .cli = options};
  int code =
      backtest.cli->out ? horizons_read(&backtest) : ctl_fail(ctl, EXIT_USAGE, "where to? Give --out FILE for predictions.csv");
  if (code)
    return code;
  code = backtest_all(&backtest);
  for (size_t i = 0; i < backtest.scores_n; i++)
    score_done(&backtest.scores[i]);
  free(backtest.predictions);
  free(backtest.features);
  kfold_done(&backtest.kfold);
  study_close(&backtest.study);
  return code;
}

const struct ctl_command ctl_backtest = {
    .name = "backtest",
    .words = "",
    .summary = "score past classes and hold the estimate against what happened",
    .text =
        "Reads a directory (results.csv and exams.csv; students.csv, subscores.csv and instruments.csv where they are there) "
        "without "
        "a database, and writes one row for each student, attempt and horizon: what the estimate would have said so many days "
        "before the exam, at noon, from what was taken and known before.\n\n"
        "The table shows, for each horizon, the figures of the estimate and of simpler ways: the projection published for one "
        "school, "
        "the last readiness check read through the published curve, and the share who passed, said of everybody. Recall: of those "
        "who failed, the share among the N percent with the least P(pass).\n\n"
        "With --kfold the parameters are fitted as by stepguardctl fit, but each student is scored with what was learned from the "
        "others: the honest figure for a school that fits on its own classes. A logistic regression on seven numbers of the scores "
        "is "
        "trained on the same students and scored beside it.\n\n"
        "Rows that cannot be are named with file, line, column, value and reason and left out; exit code 1 says that there were "
        "some.",
    .examples = "stepguardctl backtest --data classes/2026 --out predictions.csv\n"
                "stepguardctl backtest --data classes/2026 --out p.csv --horizons 7,14 --capacity 5 --zone America/Chicago\n"
                "stepguardctl backtest --data classes/2026 --out p.csv --report backtest.html\n"
                "stepguardctl --json backtest --data classes/2026 --out p.csv --fit school.ini",
    .options = backtest_cli,
    .options_n = sizeof backtest_cli / sizeof *backtest_cli,
    .run = backtest_start,
};
