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
  struct risk_line line; /* of --reference-scale */
  struct file_new out;
  struct past_totals totals;
  size_t students_done;
  struct score scores[BACKTEST_HORIZONS];
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

static void backtest_at(void *arg, uint64_t done, uint64_t total) {
  struct backtest *backtest = arg;
  (void)total;
  study_at(&backtest->study, backtest->students_done + done, backtest->totals.students);
}

static int part_predict(struct backtest *backtest, const struct past *past, struct prediction *predictions) {
  struct backtest_options *options = &backtest->options;
  const struct risk_params *params[KFOLD_MOST] = {backtest->study.params};
  for (size_t i = 0; i < backtest->kfold.folds; i++)
    params[i] = backtest->kfold.params[i];
  options->params = params;
  int err = backtest_run(past, options, predictions);
  if (!err && options->features)
    err = rival_train(past, options, backtest->kfold.folds, predictions);
  options->params = NULL;
  return err;
}

static int part_write(struct backtest *backtest, const struct past *past, const struct prediction *predictions) {
  struct buf out;
  char reason[FILE_REASON];
  buf_init(&out, (past->attempts_n * backtest->options.horizons_n + 1) * BYTES_OF_ROW);
  backtest_write(&out, past, &backtest->options, predictions, backtest->cli->reference ? &backtest->line : NULL);
  int err = buf_finish(&out);
  int code = err ? ctl_fail(backtest->ctl, EXIT_REFUSED, "%s", err_text(err)) : EXIT_DONE;
  if (!err && file_put(&backtest->out, out.data, out.len, reason) != 0)
    code = ctl_fail(backtest->ctl, EXIT_REFUSED, "%s", reason);
  buf_done(&out);
  return code;
}

/* Predicts, writes and scores a class or a part of one. */
static int part_score(struct backtest *backtest, const struct past *past) {
  struct backtest_options *options = &backtest->options;
  size_t rows = past->attempts_n * options->horizons_n;
  struct prediction *predictions = calloc(rows + 1, sizeof *predictions);
  if (backtest->kfold.folds > 0)
    options->features = calloc(rows + 1, sizeof *options->features);
  int err = predictions && (options->features || backtest->kfold.folds == 0) ? E_OK : E_NOMEM;
  if (!err)
    err = part_predict(backtest, past, predictions);
  for (size_t h = 0; !err && h < options->horizons_n; h++)
    err = score_add(&backtest->scores[h], past, options, predictions, h);
  int code = err ? ctl_fail(backtest->ctl, EXIT_REFUSED, "%s", err_text(err)) : part_write(backtest, past, predictions);
  backtest->totals.attempts += past->attempts_n;
  backtest->students_done += past->students_n;
  free(predictions);
  free(options->features);
  options->features = NULL;
  return code;
}

static int part_visit(void *arg, const struct past *part, const struct past_totals *totals) {
  struct backtest *backtest = arg;
  backtest->totals.students = totals->students;
  return part_score(backtest, part) == EXIT_DONE ? E_OK : E_INVALID;
}

static int out_begin(struct backtest *backtest) {
  char reason[FILE_REASON] = "out of memory";
  const char *reference = backtest->cli->reference;
  if (reference && !risk_params_line(backtest->study.params, reference, &backtest->line))
    return ctl_fail(backtest->ctl, EXIT_PROBLEMS, "no instrument with a known scale has the code \"%s\"", reference);
  struct buf head;
  buf_init(&head, BYTES_OF_ROW);
  backtest_write_head(&head);
  int err = buf_finish(&head);
  if (!err)
    err = file_begin(backtest->cli->out, OUT_MODE, &backtest->out, reason);
  if (!err)
    err = file_put(&backtest->out, head.data, head.len, reason);
  buf_done(&head);
  if (err)
    return ctl_fail(backtest->ctl, EXIT_REFUSED, "%s", reason);
  return EXIT_DONE;
}

static int backtest_end(struct backtest *backtest) {
  char reason[FILE_REASON];
  double capacity = (double)backtest->cli->capacity / PERCENT;
  if (backtest->totals.attempts == 0)
    return ctl_fail(backtest->ctl, EXIT_PROBLEMS, "%s has no exams.csv with attempts; horizons are counted back from them",
                    backtest->cli->study.data);
  if (file_end(&backtest->out, false, reason) != 0)
    return ctl_fail(backtest->ctl, EXIT_REFUSED, "%s", reason);
  for (size_t h = 0; h < backtest->options.horizons_n; h++) {
    int err = score_finish(&backtest->scores[h], capacity);
    if (err)
      return ctl_fail(backtest->ctl, EXIT_REFUSED, "%s", err_text(err));
  }
  return EXIT_DONE;
}

static int backtest_report(struct backtest *backtest) {
  struct buf out;
  char reason[FILE_REASON] = "";
  const char *file = backtest->cli->report;
  const struct report_facts facts = {.data = backtest->cli->study.data,
                                     .parameters = backtest->parameters,
                                     .students = backtest->totals.students,
                                     .results = backtest->totals.results,
                                     .attempts = backtest->totals.attempts,
                                     .capacity = (double)backtest->cli->capacity / PERCENT};
  buf_init(&out, BYTES_OF_REPORT);
  int err = report_put(&out, &facts, backtest->scores, backtest->options.horizons_n);
  if (err)
    snprintf(reason, sizeof reason, "%s: %s", file, err_text(err));
  else
    err = file_write(file, out.data, out.len, OUT_MODE, false, reason);
  buf_done(&out);
  return err ? ctl_fail(backtest->ctl, EXIT_REFUSED, "%s", reason) : EXIT_DONE;
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
  const struct past_totals *totals = &backtest->totals;
  json_t *horizons = json_array();
  for (size_t i = 0; i < backtest->options.horizons_n; i++)
    json_array_append_new(horizons, score_json(&backtest->scores[i]));
  return ctl_print_json(backtest->ctl,
                        json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:f,s:o,s:I,s:O}", "data", backtest->cli->study.data, "out",
                                  backtest->cli->out, "parameters", backtest->parameters, "students", (json_int_t)totals->students,
                                  "results", (json_int_t)totals->results, "attempts", (json_int_t)totals->attempts, "predictions",
                                  (json_int_t)(backtest->totals.attempts * backtest->options.horizons_n), "capacity",
                                  (double)backtest->cli->capacity / PERCENT, "horizons", horizons, "refused",
                                  (json_int_t)backtest->study.refused, "findings", backtest->study.findings));
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
  for (size_t i = 0; i < backtest->options.horizons_n; i++)
    score_rows(table, &backtest->scores[i]);
  int err = table_print(table, &backtest->ctl->out);
  table_free(table);
  return err ? ctl_fail(backtest->ctl, EXIT_REFUSED, "%s", err_text(err)) : EXIT_DONE;
}

static int backtest_print(struct backtest *backtest) {
  const struct past_totals *totals = &backtest->totals;
  size_t scored = backtest->scores[0].n;
  ctl_say(backtest->ctl, "%zu students, %zu results, %zu attempts of which %zu have an outcome; parameters %s", totals->students,
          totals->results, totals->attempts, scored, backtest->parameters);
  ctl_say(backtest->ctl, "%zu predictions in %s", totals->attempts * backtest->options.horizons_n, backtest->cli->out);
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
  for (size_t i = 0; i < backtest->options.horizons_n; i++) {
    const struct score_coverage *coverage = &backtest->scores[i].coverage;
    if (coverage->n > 0)
      ctl_say(backtest->ctl, "%d days: %.0f of 100 readiness checks of the exam's week lay in the 80 %% interval (%zu checks).",
              backtest->scores[i].horizon, PERCENT * coverage->inside[3], coverage->n);
  }
  return code;
}

/* ---------------------------------------------------------------- the command */

/* With folds the class is needed as a whole; else it comes in parts and memory does not grow with it. */
static int backtest_whole(struct backtest *backtest) {
  struct study *study = &backtest->study;
  int code = study_open(backtest->ctl, &backtest->cli->study, study);
  if (code || study->past->attempts_n == 0)
    return code;
  code = out_begin(backtest);
  if (!code)
    code = backtest_fit(backtest);
  if (code)
    return code;
  rival_scale_read(study->published, &backtest->scale);
  backtest->options.fold = backtest->kfold.fold;
  backtest->totals.students = study->past->students_n;
  backtest->totals.results = study->past->results_n;
  study_begin(study, "students");
  code = part_score(backtest, study->past);
  study_end(study);
  return code;
}

static int backtest_parts(struct backtest *backtest) {
  struct past_totals totals;
  int code = study_prepare(backtest->ctl, &backtest->cli->study, &backtest->study);
  if (!code)
    code = out_begin(backtest);
  if (!code) {
    rival_scale_read(backtest->study.published, &backtest->scale);
    code = study_parts(&backtest->study, &backtest->cli->study, part_visit, backtest, &totals);
    backtest->totals.results = totals.results;
  }
  return code;
}

static int backtest_all(struct backtest *backtest) {
  bool trained = backtest->cli->kfold > 0;
  for (size_t h = 0; h < backtest->options.horizons_n; h++)
    score_begin(&backtest->scores[h], backtest->horizons[h], trained);
  int code = trained ? backtest_whole(backtest) : backtest_parts(backtest);
  if (!code)
    code = backtest_end(backtest);
  if (!code && !trained)
    snprintf(backtest->parameters, sizeof backtest->parameters, "%s", risk_params_version(backtest->study.params));
  if (!code && backtest->cli->report)
    code = backtest_report(backtest);
  if (!code)
    code = backtest->ctl->global.json ? backtest_json(backtest) : backtest_print(backtest);
  return code ? code : study_verdict(&backtest->study);
}

static int backtest_start(struct ctl *ctl, const void *options, const struct cli_words *words) {
  (void)words;
  struct backtest backtest = {.ctl = ctl, .cli = options, .out = {.fd = -1}};
  int code =
      backtest.cli->out ? horizons_read(&backtest) : ctl_fail(ctl, EXIT_USAGE, "where to? Give --out FILE for predictions.csv");
  if (code)
    return code;
  backtest.options.scale = &backtest.scale;
  backtest.options.progress = backtest_at;
  backtest.options.arg = &backtest;
  code = backtest_all(&backtest);
  file_abandon(&backtest.out);
  for (size_t i = 0; i < backtest.options.horizons_n; i++)
    score_done(&backtest.scores[i]);
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
        "Memory does not grow with the number of results: they are put aside in a file without a name in $TMPDIR, about 130 bytes "
        "each. "
        "With --kfold the whole class is held in memory.\n\n"
        "Rows that cannot be are named with file, line, column, value and reason and left out; exit code 1 says that there were "
        "some.",
    .examples = "stepguardctl backtest --data classes/2026 --out predictions.csv\n"
                "stepguardctl backtest --data classes/2026 --out p.csv --horizons 7,14 --capacity 5 --zone America/Chicago\n"
                "stepguardctl backtest --data classes/2026 --out p.csv --kfold 5 --report backtest.html\n"
                "stepguardctl --json backtest --data classes/2026 --out p.csv --fit school.ini",
    .options = backtest_cli,
    .options_n = sizeof backtest_cli / sizeof *backtest_cli,
    .run = backtest_start,
};
