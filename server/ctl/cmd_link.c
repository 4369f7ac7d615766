/*
 * link: instruments learned from the results of a directory, written as instruments.csv. The mathematics is study/link.c; here
 * are the files, the table for people and the words.
 *
 * Neither database nor configuration: a school tries this on an export before it has either.
 */
#include "ctl/ctl.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/table.h"
#include "study/link.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CATALOGUE_BYTES = 4 * 1024 * 1024, PATH_CHARS = 4096 };

struct link_command {
  const char *data, *reference, *out, *instruments;
};

static const struct cli_option link_cli[] = {
    CLI_TEXT("data", "DIR", struct link_command, data,
             "directory with results.csv; instruments.csv and exams.csv are used if there (needed)"),
    CLI_TEXT("reference", "CODE", struct link_command, reference, "instrument whose scale the others are put on (needed)"),
    CLI_TEXT("out", "FILE", struct link_command, out, "the instruments.csv that is written (needed)"),
    CLI_TEXT("instruments", "FILE", struct link_command, instruments,
             "a school's own instruments.csv, before that of the directory and the built-in one"),
};

struct linker {
  struct ctl *ctl;
  struct progress progress;
  uint64_t findings;
};

/* ---------------------------------------------------------------- reading */

/* What no catalogue knows is what this command is for. */
static bool any_code(void *arg, const char *code) {
  (void)arg;
  return *code != '\0';
}

static void link_finding(void *arg, const char *file, const struct csv_finding *finding) {
  struct linker *linker = arg;
  if (finding->warning || linker->findings++ >= CTL_FINDINGS_SHOWN)
    return;
  progress_end(&linker->progress);
  ctl_finding(linker->ctl, file, finding, "");
}

static void link_progress(void *arg, uint64_t done, uint64_t total) {
  struct linker *linker = arg;
  linker->progress.total = total;
  progress_at(&linker->progress, done);
}

static int link_round(void *arg, unsigned percent) {
  struct linker *linker = arg;
  progress_at(&linker->progress, percent);
  return E_OK;
}

static int read_catalogue(struct ctl *ctl, struct link_table *table, const char *path) {
  char *text = NULL, reason[FILE_REASON], fault[LINK_REASON];
  size_t len = 0;
  if (file_read(path, CATALOGUE_BYTES, &text, &len, reason) < 0)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", reason);
  int err = link_table_read(table, text, len, fault);
  free(text);
  return err == E_INVALID ? ctl_fail(ctl, EXIT_REFUSED, "%s: %s", path, fault)
         : err            ? ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(err))
                          : EXIT_DONE;
}

static int read_all(struct linker *linker, const struct link_command *options, struct link_table *table, struct past **ret) {
  char path[PATH_CHARS], reason[PAST_REASON];
  int code = EXIT_DONE;
  if (past_file(path, sizeof path, options->data, "instruments.csv"))
    code = read_catalogue(linker->ctl, table, path);
  if (!code && options->instruments)
    code = read_catalogue(linker->ctl, table, options->instruments);
  if (code)
    return code;
  const struct past_options past = {
      .directory = options->data, .known = any_code, .finding = link_finding, .progress = link_progress, .arg = linker};
  progress_start(&linker->progress, "bytes", 0);
  int err = past_read(&past, ret, reason);
  progress_end(&linker->progress);
  return err ? ctl_fail(linker->ctl, EXIT_REFUSED, "%s", reason) : EXIT_DONE;
}

/* ---------------------------------------------------------------- telling */

static const char *const state_names[] = {
    [LINK_LEARNED] = "learned", [LINK_CATALOGUE] = "catalogue", [LINK_UNLINKED] = "unlinked", [LINK_ABSENT] = "absent"};

static int link_json(struct ctl *ctl, const struct link_command *options, const struct link_table *table,
                     const struct link_report *report) {
  json_t *rows = json_array();
  for (size_t i = 0; i < table->n; i++) {
    const struct link_entry *entry = &table->entries[i];
    const struct link_answer *answer = &report->answers[i];
    json_t *row =
        json_pack("{s:s,s:s,s:s,s:I,s:I}", "code", entry->code, "maker", entry->maker, "state", state_names[answer->state],
                  "results", (json_int_t)answer->results, "students", (json_int_t)answer->students);
    /* json_real() refuses what is not finite; such a member stays away. */
    json_object_set_new(row, "offset", json_real(entry->offset));
    json_object_set_new(row, "slope", json_real(entry->slope));
    json_object_set_new(row, "error_sd", json_real(entry->error_sd));
    if (answer->state == LINK_LEARNED) {
      json_object_set_new(row, "offset_se", json_real(answer->offset_se));
      json_object_set_new(row, "slope_se", json_real(answer->slope_se));
      json_object_set_new(row, "data_share", json_real(answer->data_share));
    }
    json_array_append_new(rows, row);
  }
  return ctl_print_json(ctl,
                        json_pack("{s:s,s:s,s:I,s:I,s:I,s:f,s:i,s:b,s:o}", "reference", options->reference, "out", options->out,
                                  "students", (json_int_t)report->students, "results", (json_int_t)report->results, "left_out",
                                  (json_int_t)report->left_out, "growth_per_week", report->growth_per_week, "rounds",
                                  (int)report->rounds, "settled", (int)report->settled, "instruments", rows));
}

static void link_row(struct table *table, const struct link_entry *entry, const struct link_answer *answer) {
  bool learned = answer->state == LINK_LEARNED;
  table_cell(table, STYLE_BOLD, entry->code);
  table_cell(table, STYLE_PLAIN, entry->maker);
  table_cellf(table, STYLE_PLAIN, "%zu", answer->results);
  if (!learned && !(entry->slope > 0)) {
    for (int i = 0; i < 3; i++)
      table_cell(table, STYLE_DIM, "");
  } else if (!learned) {
    table_cellf(table, STYLE_PLAIN, "%.4g", entry->offset);
    table_cellf(table, STYLE_PLAIN, "%.4g", entry->slope);
    table_cellf(table, STYLE_PLAIN, "%.3g", entry->error_sd);
  } else {
    table_cellf(table, STYLE_PLAIN, "%.4g ± %.2g", entry->offset, answer->offset_se);
    table_cellf(table, STYLE_PLAIN, "%.4g ± %.2g", entry->slope, answer->slope_se);
    table_cellf(table, STYLE_PLAIN, "%.3g", entry->error_sd);
  }
  if (learned)
    table_cellf(table, STYLE_PLAIN, "%.0f %%", 100 * answer->data_share);
  else
    table_cell(table, STYLE_YELLOW, state_names[answer->state]);
}

static int link_people(struct ctl *ctl, const struct link_command *options, const struct link_table *entries,
                       const struct link_report *report) {
  static const struct table_column columns[] = {{.title = "instrument"},
                                                {.title = "maker"},
                                                {.title = "n", .right = true},
                                                {.title = "offset", .right = true},
                                                {.title = "slope", .right = true},
                                                {.title = "sd", .right = true},
                                                {.title = "from data", .right = true}};
  struct table *table = table_new(columns, sizeof columns / sizeof *columns);
  size_t apart = 0;
  if (!table)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM));
  for (size_t i = 0; i < entries->n; i++)
    if (report->answers[i].state != LINK_ABSENT) {
      link_row(table, &entries->entries[i], &report->answers[i]);
      apart += report->answers[i].state != LINK_LEARNED;
    }
  int err = table_print(table, &ctl->out);
  table_free(table);
  if (err)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(err));
  ctl_say(ctl,
          "%zu results of %zu students; %zu left out (retracted, a form seen before, another scale). Students gain %.2g a week on "
          "the scale of %s.",
          report->results, report->students, report->left_out, report->growth_per_week, options->reference);
  for (size_t i = 0; i < entries->n && apart; i++)
    if (report->answers[i].state == LINK_CATALOGUE || report->answers[i].state == LINK_UNLINKED)
      ctl_say(ctl, "%s: nobody took it together with what leads to %s; %s", entries->entries[i].code, options->reference,
              report->answers[i].state == LINK_CATALOGUE ? "the catalogue's line stays"
                                                         : "it stays unlinked and its scores count for nothing");
  if (!report->settled)
    ctl_say(ctl, "The estimates still moved after %u rounds: there is little that holds them in place", report->rounds);
  ctl_say(ctl, "Written to %s", options->out);
  return EXIT_DONE;
}

/* ---------------------------------------------------------------- running */

static int link_write(struct ctl *ctl, const char *path, const struct link_table *table) {
  struct buf buf;
  char reason[FILE_REASON];
  buf_init(&buf, CATALOGUE_BYTES);
  link_table_write(table, &buf);
  int err = buf_finish(&buf);
  int code = err                                                            ? ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(err))
             : file_write(path, buf.data, buf.len, 0644, false, reason) < 0 ? ctl_fail(ctl, EXIT_REFUSED, "%s", reason)
                                                                            : EXIT_DONE;
  buf_done(&buf);
  return code;
}

static int link_command_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  (void)words;
  const struct link_command *options = given;
  struct linker linker = {.ctl = ctl};
  struct link_table table = {0};
  struct link_report report = {0};
  struct past *past = NULL;
  char reason[LINK_REASON];
  if (!options->data || !options->reference || !options->out)
    return ctl_fail(ctl, EXIT_USAGE, "--data, --reference and --out are needed (stepguardctl link --help)");
  int code = read_all(&linker, options, &table, &past);
  if (code)
    goto done;
  const struct link_options linking = {.past = past,
                                       .table = &table,
                                       .reference = options->reference,
                                       .from = options->data,
                                       .on_round = link_round,
                                       .arg = &linker};
  progress_start(&linker.progress, "percent settled", 100);
  int err = link_run(&linking, &report, reason);
  progress_end(&linker.progress);
  if (err)
    code = ctl_fail(ctl, EXIT_REFUSED, "%s", err == E_INVALID ? reason : err_text(err));
  if (!code)
    code = link_write(ctl, options->out, &table);
  if (!code)
    code = ctl->global.json ? link_json(ctl, options, &table, &report) : link_people(ctl, options, &table, &report);
  if (!code && past->refused)
    code = ctl_fail(ctl, EXIT_PROBLEMS, "%" PRIu64 " rows could not be used", past->refused);
done:
  link_report_done(&report);
  link_table_done(&table);
  past_free(past);
  return code;
}

const struct ctl_command ctl_link = {
    .name = "link",
    .words = "",
    .summary = "learn what instruments show, from students who took several",
    .text =
        "Estimates offset, slope and error of every instrument in DIR/results.csv on the scale of the reference, which may be any "
        "instrument there, also an exam's actual score. Neither outcomes nor a roster nor a database are needed. What the "
        "catalogue knows is where the estimates start from; an instrument that nobody knows, on a scale of any kind, leans on "
        "others "
        "of its maker until it has data of its own. That students get better with time is part of the model, also that those "
        "who start high gain less.\n\n"
        "\"From data\" is the share of what is known of the slope that these results say; the rest is what was expected. An "
        "instrument that shares no student with the others is named and stays as it was.",
    .examples = "stepguardctl link --data classes/2025 --reference cbssa --out instruments.csv\n"
                "stepguardctl --json link --data classes/2025 --instruments own.csv --reference final_exam --out linked.csv\n"
                "stepguardctl params add school.ini --instruments instruments.csv",
    .options = link_cli,
    .options_n = sizeof link_cli / sizeof *link_cli,
    .run = link_command_run,
};
