/*
 * stepguard import: a file into the outbox, and a table of what was not taken and why. The library reads and records; this file
 * opens, and tells; cmd_answers.c answers what the file leaves open.
 *
 * A row that is refused is said with its line, column, value and remedy, and does not stop the others; but the exit code is
 * 1 then, so that a script notices. What was taken is only counted, as the file itself is the list; a dry run shows it.
 * What is said of the file of sub-scores has its column as "subscores.area".
 */
#include "client/cmd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct telling {
  const struct app *app;
  const char *name;
  FILE *from, *subs;
  struct table *findings, *preview;
  json_t *json_findings, *json_rows;
  size_t findings_n, preview_n;
  bool dry_run, anew;
  const char *taken_on;
  struct answers answers;
  struct progress progress;
  uint64_t rows;
};

enum { PREVIEW_ROWS = 20 /* of a dry run, on a terminal; --json has all */, PROGRESS_ROWS = 1000 };

static ptrdiff_t stream_read(FILE *from, void *bytes, size_t cap) {
  size_t n = fread(bytes, 1, cap, from);
  return n == 0 && ferror(from) ? -1 : (ptrdiff_t)n;
}

static ptrdiff_t file_read(void *arg, void *bytes, size_t cap) {
  return stream_read(((struct telling *)arg)->from, bytes, cap);
}

static ptrdiff_t subs_read(void *arg, void *bytes, size_t cap) {
  return stream_read(((struct telling *)arg)->subs, bytes, cap);
}

static void tell_finding_of(struct telling *telling, const char *column, const struct csv_finding *finding) {
  telling->findings_n++;
  if (telling->app->json) {
    json_array_append_new(telling->json_findings,
                          json_pack("{s:I, s:s?, s:s, s:s, s:b}", "line", (json_int_t)finding->line, "column", column, "value",
                                    finding->value, "reason", finding->reason, "warning", finding->warning));
    return;
  }
  char line[32];
  snprintf(line, sizeof line, "%" PRIu64, finding->line);
  table_cell(telling->findings, line);
  table_cell(telling->findings, column != NULL ? column : "");
  table_cell(telling->findings, finding->value);
  table_cell(telling->findings, finding->warning ? "warning" : "refused");
  table_cell(telling->findings, finding->reason);
}

static void tell_finding(void *arg, const struct csv_finding *finding) {
  tell_finding_of(arg, finding->column, finding);
}

static void tell_subs_finding(void *arg, const struct csv_finding *finding) {
  char column[64];
  snprintf(column, sizeof column, "subscores.%s", finding->column != NULL ? finding->column : "");
  tell_finding_of(arg, finding->column != NULL ? column : "subscores", finding);
}

static const char *added_name(enum sg_added added) {
  switch (added) {
  case SG_ADDED: return "new";
  case SG_IDENTICAL: return "identical";
  case SG_DIFFERENT: return "refused";
  }
  return "";
}

static void tell_row(void *arg, uint64_t line, const struct result *result, enum sg_added added) {
  struct telling *telling = arg;
  if (++telling->rows % PROGRESS_ROWS == 0)
    progress_show(&telling->progress, "rows read", telling->rows, 0);
  if (!telling->dry_run)
    return;
  char day[SPEAK_TIME], score[SPEAK_NUMBER], number[32], counts[32] = "";
  const struct scale_info *scale = catalogue_scale(result->scale);
  format_date(day, result->taken_at_ms);
  format_centi(score, result->score_centi);
  snprintf(number, sizeof number, "%" PRIu64, line);
  if (result->items != RESULT_UNKNOWN && result->correct != RESULT_UNKNOWN)
    snprintf(counts, sizeof counts, "%" PRId32 "/%" PRId32, result->correct, result->items);
  if (telling->app->json) {
    json_array_append_new(telling->json_rows,
                          json_pack("{s:I, s:s, s:s, s:s, s:o, s:s, s:i, s:s}", "line", (json_int_t)line, "day", day, "instrument",
                                    result->instrument, "form", result->form, "score", json_centi(result->score_centi), "scale",
                                    scale != NULL ? scale->name : "", "areas", (int)result->subs, "outcome", added_name(added)));
    return;
  }
  if (++telling->preview_n > PREVIEW_ROWS)
    return;
  const char *const cells[] = {
      number, day, result->instrument, result->form, score, scale != NULL ? scale->name : "", counts, added_name(added)};
  for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
    table_cell(telling->preview, cells[i]);
}

static const struct {
  const char *name, *text;
} formats[] = {
    [SG_FORMAT_RESULTS] = {"results", "results.csv"},
    [SG_FORMAT_NBME] = {"nbme_insights", "question details of NBME INSIGHTS"},
    [SG_FORMAT_UWORLD] = {"uworld_table", "a performance table of UWorld's: what came since the last one"},
    [SG_FORMAT_MAPPED] = {"mapped", "a table of your own"},
};

static bool tell_known(void *arg, const struct sg_question *question, char ret[SG_ANSWER_CAP]) {
  return answers_known(&((struct telling *)arg)->answers, question, ret);
}

static bool tell_ask(void *arg, const struct sg_question *question, char ret[SG_ANSWER_CAP]) {
  struct telling *telling = arg;
  progress_clear(&telling->progress);
  return answers_ask(&telling->answers, question, ret);
}

static void tell_text(struct telling *telling, const struct sg_import_totals *totals) {
  if (telling->preview_n > 0) {
    table_print(telling->preview, telling->app);
    telling->preview = NULL;
    if (telling->preview_n > PREVIEW_ROWS)
      printf("... and %zu more\n", telling->preview_n - PREVIEW_ROWS);
    printf("\n");
  }
  if (telling->findings_n > 0) {
    table_print(telling->findings, telling->app);
    telling->findings = NULL;
    printf("\n");
  }
  if (totals->format != SG_FORMAT_RESULTS)
    printf("Read as %s.\n", formats[totals->format].text);
  printf("%s: %" PRIu64 " new, %" PRIu64 " identical, %" PRIu64 " refused%s.\n", telling->name, totals->added, totals->identical,
         totals->refused, telling->dry_run ? " (dry run: nothing was recorded)" : "");
  if (totals->corrected > 0)
    printf("%" PRIu64 " of the new ones %s what was here.\n", totals->corrected, totals->corrected == 1 ? "corrects" : "correct");
  if (totals->refused > 0)
    print_text(telling->app, 0, "Do as the reasons say and import the file again: what is here already is recognised.");
  else if (totals->added > 0 && !telling->dry_run)
    printf("Next: stepguard sync\n");
}

static int tell(struct telling *telling, const struct sg_import_totals *totals) {
  int code = totals->refused > 0 ? EXIT_PROBLEMS : EXIT_DONE;
  progress_clear(&telling->progress);
  if (!telling->app->json) {
    tell_text(telling, totals);
    return code;
  }
  json_t *document =
      json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:O}", "file", telling->name, "format", formats[totals->format].name,
                "dry_run", telling->dry_run, "new", (json_int_t)totals->added, "corrected", (json_int_t)totals->corrected,
                "identical", (json_int_t)totals->identical, "refused", (json_int_t)totals->refused, "warnings",
                (json_int_t)totals->warnings, "findings", telling->json_findings);
  if (telling->dry_run)
    json_object_set(document, "rows", telling->json_rows);
  return speak_json(document, code);
}

/* The header was unusable: the findings say which column is missing, and must not be lost behind the error. */
static int tell_failure(struct telling *telling, const struct sg_error *error) {
  progress_clear(&telling->progress);
  if (!telling->app->json && telling->findings_n > 0) {
    table_print(telling->findings, telling->app);
    telling->findings = NULL;
  }
  if (!telling->app->json)
    return speak_error(telling->app, error);
  return speak_json(
      json_pack("{s:s, s:O, s:o}", "file", telling->name, "findings", telling->json_findings, "error", json_error(error)),
      sg_status_exit(error->status));
}

static int import_file(struct app *app, struct telling *telling) {
  struct sg_import import = {.name = telling->name,
                             .read = file_read,
                             .finding = tell_finding,
                             .row = tell_row,
                             .known = tell_known,
                             .ask = app->ask ? tell_ask : NULL,
                             .subs_read = telling->subs != NULL ? subs_read : NULL,
                             .subs_finding = tell_subs_finding,
                             .arg = telling,
                             .dry_run = telling->dry_run,
                             .anew = telling->anew,
                             .taken_on = telling->taken_on};
  struct sg_import_totals totals;
  struct sg_error error;
  int code = app_open(app);
  if (code != OPTIONS_GO_ON)
    return code;
  return sg_import(app->client, &import, &totals, &error) == SG_OK ? tell(telling, &totals) : tell_failure(telling, &error);
}

/* "-" is standard input. NULL, and it is said why. */
static FILE *file_open(const struct app *app, const char *name) {
  FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
  if (file == NULL) {
    struct sg_error error = {.status = SG_DATA};
    snprintf(error.text, sizeof error.text, "Cannot open %.200s: %s.", name, strerror(errno));
    (void)speak_error(app, &error);
  }
  return file;
}

static void file_close(FILE *file) {
  if (file != NULL && file != stdin)
    fclose(file);
}

static int import_told(struct app *app, struct telling *telling) {
  static const char *const finding_heads[] = {"LINE", "COLUMN", "VALUE", "", "REASON"};
  static const char *const row_heads[] = {"LINE", "DAY", "INSTRUMENT", "FORM", "SCORE", "SCALE", "CORRECT", ""};
  telling->findings = table_new(finding_heads, sizeof finding_heads / sizeof finding_heads[0]);
  telling->preview = table_new(row_heads, sizeof row_heads / sizeof row_heads[0]);
  telling->json_findings = json_array();
  telling->json_rows = json_array();
  progress_init(&telling->progress, app);
  int code = import_file(app, telling);
  table_free(telling->findings);
  table_free(telling->preview);
  json_decref(telling->json_findings);
  json_decref(telling->json_rows);
  return code;
}

static int import_files(struct app *app, struct telling *telling, const char *name, const char *subs) {
  telling->name = strcmp(name, "-") == 0 ? "standard input" : name;
  telling->from = file_open(app, name);
  telling->subs = telling->from != NULL && subs != NULL ? file_open(app, subs) : NULL;
  bool open = telling->from != NULL && (subs == NULL || telling->subs != NULL);
  int code = open ? import_told(app, telling) : sg_status_exit(SG_DATA);
  file_close(telling->from);
  file_close(telling->subs);
  return code;
}

int cmd_import(struct app *app, int argc, char **argv) {
  struct telling telling = {.app = app, .answers = {.app = app}};
  const char *subs = NULL;
  struct option_row rows[4 + ANSWER_OPTIONS] = {
      {"dry-run", NULL, "show what would be taken, record nothing", .flag = &telling.dry_run},
      {"subscores", "FILE", "the file with the results' sub-scores", .text = &subs},
      {"taken-on", "DAY", "the day of a pasted table (default: today)", .text = &telling.taken_on},
      {"ask-again", NULL, "forget how files with this header were read", .flag = &telling.anew},
  };
  answers_options(&telling.answers, rows + 4);
  int code = options_read(app, rows, sizeof rows / sizeof rows[0], argc, argv, &argc);
  if (code != OPTIONS_GO_ON)
    return code;
  if (argc != 1)
    return usage_wrong(app, argc == 0 ? "Name the file to import." : "Import one file at a time.");
  if (subs != NULL && strcmp(subs, "-") == 0)
    return usage_wrong(app, "The sub-scores come from a file, not from standard input.");
  int32_t day;
  if (telling.taken_on != NULL && result_parse_day(telling.taken_on, &day) != 0)
    return usage_wrong(app, "--taken-on: \"%.60s\" is not a day; write it 2026-06-15.", telling.taken_on);
  if (telling.answers.dates != NULL && strcmp(telling.answers.dates, "mdy") != 0 && strcmp(telling.answers.dates, "dmy") != 0)
    return usage_wrong(app, "--dates is mdy (month first) or dmy (day first).");
  return import_files(app, &telling, argv[0], subs);
}
