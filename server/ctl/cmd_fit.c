/*
 * fit: a parameter file from past classes with outcomes. The mathematics is study/fit.c; here are the files and the words.
 *
 * The file is only written. Putting it in force is `params add --activate`, which a person does after looking at it.
 */
#include "ctl/study.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/table.h"
#include "study/fit.h"

#include <math.h>

enum { TEXT_BYTES = 1024 * 1024 };

struct fit_command {
  struct study_options study;
  const char *out;
};

static const struct cli_option fit_cli[] = {
    CLI_TEXT("data", "DIR", struct fit_command, study.data,
             "past classes: results.csv, exams.csv with outcomes, students.csv if there"),
    CLI_TEXT("out", "FILE", struct fit_command, out, "the parameter file that is written"),
    CLI_TEXT("start", "FILE", struct fit_command, study.fit, "parameter file to start from; the shipped one unless given"),
    CLI_TEXT("instruments", "FILE", struct fit_command, study.instruments, "catalogue, as from link; that of DIR unless given"),
    CLI_TEXT("zone", "NAME", struct fit_command, study.zone, "of the school, for days: America/Chicago; UTC unless given"),
};

/* ---------------------------------------------------------------- telling */

/* null where a class is too small for the figure: one outcome only has no AUC. */
static json_t *figure(double value) {
  return isfinite(value) ? json_real(value) : json_null();
}

static json_t *metrics_json(const struct metrics *m) {
  if (m->n == 0)
    return json_null();
  return json_pack("{s:I,s:o,s:o,s:o,s:o,s:o}", "n", (json_int_t)m->n, "log_loss", figure(m->log_loss), "brier", figure(m->brier),
                   "auc", figure(m->auc), "slope", figure(m->slope), "intercept", figure(m->intercept));
}

static const char *const kinds[FIT_KINDS] = {"first attempts", "repeats"};

static json_t *recalibration_json(const struct fit_report *report) {
  static const char *const names[FIT_KINDS] = {"first", "repeat"};
  json_t *ret = json_object();
  for (size_t kind = 0; kind < FIT_KINDS; kind++) {
    const struct fit_recalibration *of = &report->recalibration[kind];
    json_object_set_new(ret, names[kind],
                        json_pack("{s:I,s:I,s:f,s:[f,f],s:f,s:[f,f],s:b}", "attempts", (json_int_t)of->attempts, "failed",
                                  (json_int_t)of->failed, "intercept", of->intercept, "intercept_80", of->intercept_low,
                                  of->intercept_high, "slope", of->slope, "slope_80", of->slope_low, of->slope_high, "used",
                                  (int)of->used));
  }
  return ret;
}

static int fit_json(struct ctl *ctl, const struct fit_command *options, const struct fit_report *report) {
  json_t *values = json_array();
  for (size_t i = 0; i < report->values_n; i++) {
    const struct fit_value *value = &report->values[i];
    json_array_append_new(values, json_pack("{s:s,s:f,s:f,s:f}", "name", value->name, "before", value->before, "after",
                                            value->after, "se", value->se));
  }
  return ctl_print_json(ctl, json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:b,s:o,s:o,s:o,s:o,s:o}", "out", options->out, "version",
                                       report->version, "students", (json_int_t)report->students, "attempts",
                                       (json_int_t)report->attempts, "failed", (json_int_t)report->failed, "checks",
                                       (json_int_t)report->checks, "printed", (json_int_t)report->printed, "used",
                                       (int)report->used, "held_out_before", metrics_json(&report->before), "held_out_after",
                                       metrics_json(&report->after), "held_out_recalibrated", metrics_json(&report->recalibrated),
                                       "recalibration", recalibration_json(report), "values", values));
}

static void held_out_row(struct table *table, const char *what, const struct metrics *m) {
  table_cell(table, STYLE_BOLD, what);
  table_cellf(table, STYLE_PLAIN, "%.4f", m->log_loss);
  table_cellf(table, STYLE_PLAIN, "%.4f", m->brier);
  table_cellf(table, STYLE_PLAIN, "%.4f", m->auc);
  table_cellf(table, STYLE_PLAIN, "%.2f", m->slope);
  table_cellf(table, STYLE_PLAIN, "%+.2f", m->intercept);
}

static void recalibration_row(struct table *table, const char *what, const struct fit_recalibration *of) {
  table_cell(table, STYLE_BOLD, what);
  table_cellf(table, STYLE_PLAIN, "%zu", of->attempts);
  table_cellf(table, STYLE_PLAIN, "%zu", of->failed);
  table_cellf(table, STYLE_PLAIN, "%+.2f", of->intercept);
  table_cellf(table, STYLE_PLAIN, "%+.2f to %+.2f", of->intercept_low, of->intercept_high);
  table_cellf(table, STYLE_PLAIN, "%.2f", of->slope);
  table_cellf(table, STYLE_PLAIN, "%.2f to %.2f", of->slope_low, of->slope_high);
  table_cell(table, STYLE_PLAIN, of->used ? "yes" : "no");
}

static int recalibration_people(struct ctl *ctl, const struct fit_report *report) {
  static const struct table_column columns[] = {{.title = "recalibration"},         {.title = "attempts", .right = true},
                                                {.title = "failed", .right = true}, {.title = "intercept", .right = true},
                                                {.title = "80 %", .right = true},   {.title = "slope", .right = true},
                                                {.title = "80 %", .right = true},   {.title = "used"}};
  struct table *table = table_new(columns, sizeof columns / sizeof *columns);
  int err = table ? E_OK : E_NOMEM;
  for (size_t kind = 0; !err && kind < FIT_KINDS; kind++)
    recalibration_row(table, kinds[kind], &report->recalibration[kind]);
  if (!err)
    err = table_print(table, &ctl->out);
  table_free(table);
  return err;
}

static int fit_people(struct ctl *ctl, const struct fit_command *options, const struct fit_report *report) {
  static const struct table_column values[] = {{.title = "parameter"},
                                               {.title = "before", .right = true},
                                               {.title = "fitted", .right = true},
                                               {.title = "±", .right = true}};
  static const struct table_column figures[] = {
      {.title = "held out"},           {.title = "log loss", .right = true}, {.title = "Brier", .right = true},
      {.title = "AUC", .right = true}, {.title = "slope", .right = true},    {.title = "intercept", .right = true}};
  struct table *changed = table_new(values, sizeof values / sizeof *values);
  struct table *held_out = table_new(figures, sizeof figures / sizeof *figures);
  int err = changed && held_out ? E_OK : E_NOMEM;
  for (size_t i = 0; !err && i < report->values_n; i++) {
    table_cell(changed, STYLE_BOLD, report->values[i].name);
    table_cellf(changed, STYLE_PLAIN, "%.4g", report->values[i].before);
    table_cellf(changed, STYLE_PLAIN, "%.4g", report->values[i].after);
    table_cellf(changed, STYLE_PLAIN, "%.2g", report->values[i].se);
  }
  if (!err && report->used)
    err = table_print(changed, &ctl->out);
  if (!err) {
    held_out_row(held_out, "before", &report->before);
    held_out_row(held_out, "fitted", &report->after);
    held_out_row(held_out, "recalibrated", &report->recalibrated);
    err = table_print(held_out, &ctl->out);
  }
  if (!err)
    err = recalibration_people(ctl, report);
  table_free(changed);
  table_free(held_out);
  if (err)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(err));
  ctl_say(ctl, "%zu students with outcomes, %zu attempts of which %zu failed, %zu later checks, %zu printed P(pass)",
          report->students, report->attempts, report->failed, report->checks, report->printed);
  if (!report->used)
    ctl_say(ctl, "On students it had not seen the fit was no better than what was there, so its values were left");
  ctl_say(ctl, "%s written to %s; stepguardctl params add puts it in force", report->version, options->out);
  return EXIT_DONE;
}

/* ---------------------------------------------------------------- running */

static int fit_write(struct ctl *ctl, const char *path, const struct buf *text) {
  char reason[FILE_REASON];
  int err = file_write(path, text->data, text->len, 0644, false, reason);
  return err ? ctl_fail(ctl, cli_exit_of(err), "%s", reason) : EXIT_DONE;
}

static int fit_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  (void)words;
  const struct fit_command *options = given;
  struct study study;
  struct fit_report report = {0};
  struct buf text;
  char reason[FIT_REASON];
  size_t shipped_len;
  const char *shipped = risk_params_builtin(RISK_PARAMS_DEFAULT, &shipped_len);
  if (!options->out)
    return ctl_fail(ctl, EXIT_USAGE, "where to? Give --out FILE (stepguardctl fit --help)");
  buf_init(&text, TEXT_BYTES);
  int code = study_open(ctl, &options->study, &study);
  if (code)
    goto done;
  const struct fit_options fit = {.past = study.past,
                                  .text = study.body ? study.body : shipped,
                                  .text_len = study.body ? study.body_len : shipped_len,
                                  .instruments = study.catalogue,
                                  .instruments_len = study.catalogue_len,
                                  .from = options->study.data,
                                  .folds = FIT_FOLDS,
                                  .progress = study_at,
                                  .arg = &study};
  study_begin(&study, "runs");
  int err = fit_parameters(&fit, &text, &report, reason);
  study_end(&study);
  if (err)
    code = ctl_fail(ctl, err == E_INVALID ? EXIT_PROBLEMS : EXIT_REFUSED, "%s", err == E_INVALID ? reason : err_text(err));
  if (!code)
    code = fit_write(ctl, options->out, &text);
  if (!code)
    code = ctl->global.json ? fit_json(ctl, options, &report) : fit_people(ctl, options, &report);
  if (!code)
    code = study_verdict(&study);
done:
  buf_done(&text);
  study_close(&study);
  return code;
}

const struct ctl_command ctl_fit = {
    .name = "fit",
    .words = "",
    .summary = "fit the model's parameters to past classes",
    .text =
        "Moves growth, noise, the cut and the groups' pass rates to what past classes with outcomes say, held by the values of the "
        "start: few students move them little, many as far as they must. What the fit is worth is measured on students it has not "
        "seen; where it does not help, the values stay as they were. At most 4,000 students are taken, evenly over the class: more "
        "move nothing.\n\n"
        "Recalibration bends P by an intercept and a slope on the log odds, for first attempts and for repeats, as far as students "
        "nothing was learned from ask for it; few of them ask for next to nothing. It is written only where others yet gain by "
        "it.\n\n"
        "Writes a parameter file with the figures at its head and a source behind each value that changed. Instruments should be "
        "linked first, where the school has some of its own.",
    .examples = "stepguardctl fit --data classes/2025 --out school.ini\n"
                "stepguardctl fit --data classes --instruments instruments.csv --out school.ini --zone America/Chicago\n"
                "stepguardctl backtest --data classes/2026 --fit school.ini",
    .options = fit_cli,
    .options_n = sizeof fit_cli / sizeof *fit_cli,
    .run = fit_run,
};
