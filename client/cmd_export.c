/*
 * stepguard export: what is recorded here, for the student to keep or to take elsewhere.
 *
 * CSV is results.csv with every id and revision, so that importing it on another device gives the same results and not further
 * ones; sub-scores go to a file of their own, as the format has it. JSON has all of it in one document, with the exam plan and
 * what the school said. A file that is there already is not written over.
 */
#include "client/cmd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_ROOM = 256 };

struct export {
  const struct app *app;
  FILE *out, *subs;
  json_t *results, *plans, *study, *messages;
  uint64_t n;
};

/* ---------------------------------------------------------------- CSV */

static void cell(FILE *out, const char *text, bool last) {
  char quoted[2 * CELL_ROOM];
  csv_quote(quoted, sizeof quoted, text);
  fprintf(out, "%s%s", quoted, last ? "\n" : ",");
}

static void number_cell(FILE *out, int64_t number, bool known, bool last) {
  if (known)
    fprintf(out, "%" PRId64, number);
  fputs(last ? "\n" : ",", out);
}

static void time_text(char ret[40], int64_t ms) {
  char day[11];
  int64_t of_day = (ms % 86400000 + 86400000) % 86400000;
  result_format_day(day, (int32_t)((ms - of_day) / 86400000));
  snprintf(ret, 40, "%sT%02d:%02d:%02d.%03dZ", day, (int)(of_day / 3600000), (int)(of_day / 60000 % 60), (int)(of_day / 1000 % 60),
           (int)(of_day % 1000));
}

static void result_line(FILE *out, const struct result *r) {
  static const char *const modes[] = {"", "timed", "untimed", "tutor"};
  const struct scale_info *scale = catalogue_scale(r->scale);
  char id[UUID_TEXT], when[40], score[SPEAK_NUMBER];
  uuid_format(id, r->id);
  time_text(when, r->taken_at_ms);
  format_centi(score, r->score_centi);
  cell(out, id, false);
  cell(out, r->instrument, false);
  cell(out, r->form, false);
  cell(out, when, false);
  cell(out, scale != NULL ? scale->name : "", false);
  fprintf(out, "%s,", score); /* a number; quoting would put an apostrophe before a minus */
  number_cell(out, r->items, r->items != RESULT_UNKNOWN, false);
  number_cell(out, r->correct, r->correct != RESULT_UNKNOWN, false);
  number_cell(out, r->omitted, r->omitted != RESULT_UNKNOWN, false);
  number_cell(out, r->seconds, r->seconds != RESULT_UNKNOWN, false);
  number_cell(out, r->seconds_allowed, r->seconds_allowed != RESULT_UNKNOWN, false);
  cell(out, modes[r->mode <= MODE_TUTOR ? r->mode : MODE_NONE], false);
  number_cell(out, r->repeat, true, false);
  if (r->printed_p_pass_bp != RESULT_UNKNOWN)
    fprintf(out, "%d.%02d%%", (int)(r->printed_p_pass_bp / 100), (int)(r->printed_p_pass_bp % 100));
  fputs(",", out);
  number_cell(out, r->retracted, true, false);
  number_cell(out, r->revision, true, true);
}

static void subs_lines(FILE *out, const struct result *r) {
  char id[UUID_TEXT];
  uuid_format(id, r->id);
  for (size_t i = 0; i < r->subs; i++) {
    const struct area *area = catalogue_area_number(r->sub_area[i]);
    if (area != NULL)
      fprintf(out, "%s,%s,%s,%u,%u\n", id, area->axis, area->code, (unsigned)r->sub_items[i], (unsigned)r->sub_correct[i]);
  }
}

/* ---------------------------------------------------------------- JSON */

static json_t *count_json(int32_t count) {
  return count != RESULT_UNKNOWN ? json_integer(count) : json_null();
}

static json_t *result_json(const struct sg_row *row) {
  static const char *const modes[] = {"", "timed", "untimed", "tutor"};
  const struct result *r = &row->result;
  const struct scale_info *scale = catalogue_scale(r->scale);
  json_t *subs = json_array();
  for (size_t i = 0; i < r->subs; i++) {
    const struct area *area = catalogue_area_number(r->sub_area[i]);
    if (area != NULL)
      json_array_append_new(subs, json_pack("{s:s, s:s, s:s, s:i, s:i}", "axis", area->axis, "area", area->code, "name", area->name,
                                            "items", (int)r->sub_items[i], "correct", (int)r->sub_correct[i]));
  }
  json_t *out = json_pack("{s:o, s:i, s:i, s:b, s:b, s:s, s:s, s:o, s:s, s:o, s:s, s:b, s:s, s:o, s:o}", "result_id",
                          json_id(r->id), "number", (int)row->number, "revision", (int)r->revision, "current", row->current,
                          "retracted", r->retracted, "instrument", r->instrument, "form", r->form, "taken_at",
                          json_time(r->taken_at_ms), "scale", scale != NULL ? scale->name : "", "score", json_centi(r->score_centi),
                          "mode", modes[r->mode <= MODE_TUTOR ? r->mode : MODE_NONE], "repeat", r->repeat, "state",
                          row_state_name(row->state), "recorded_at", json_time(row->recorded_ms), "subscores", subs);
  const struct {
    const char *name;
    int32_t count;
  } counts[] = {{"items", r->items},
                {"correct", r->correct},
                {"omitted", r->omitted},
                {"seconds", r->seconds},
                {"seconds_allowed", r->seconds_allowed}};
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
    json_object_set_new(out, counts[i].name, count_json(counts[i].count));
  json_object_set_new(out, "printed_p_pass",
                      r->printed_p_pass_bp != RESULT_UNKNOWN ? json_real(r->printed_p_pass_bp / 10000.0) : json_null());
  return out;
}

/* ---------------------------------------------------------------- walking */

static bool export_row(void *arg, const struct sg_row *row) {
  struct export *export = arg;
  export->n++;
  if (export->results != NULL) {
    json_array_append_new(export->results, result_json(row));
    return true;
  }
  result_line(export->out, &row->result);
  if (export->subs != NULL && row->current)
    subs_lines(export->subs, &row->result);
  return true;
}

static bool export_plan(void *arg, const struct sg_plan *plan) {
  json_array_append_new(((struct export *)arg)->plans, plan_json(plan));
  return true;
}

static bool export_study(void *arg, const struct sg_study *study) {
  json_array_append_new(((struct export *)arg)->study, study_json(study));
  return true;
}

static void export_message(void *arg, const struct sg_message *message) {
  json_array_append_new(((struct export *)arg)->messages, message_json(message));
}

static int export_json(struct export *export) {
  struct sg_error error;
  struct sg_about about;
  struct sg_messages_about mail;
  bool known = false;
  struct sg_standing *standing = calloc(1, sizeof *standing);
  export->results = json_array();
  export->plans = json_array();
  export->study = json_array();
  export->messages = json_array();
  int status = standing == NULL ? SG_NOMEM : sg_list(export->app->client, SG_LIST_ALL, export_row, export, &error);
  if (status == SG_OK)
    status = sg_plan_list(export->app->client, export_plan, export, &error);
  if (status == SG_OK)
    status = sg_study_list(export->app->client, export_study, export, &error);
  if (status == SG_OK)
    status = sg_messages(export->app->client, export_message, export, &mail, &error);
  if (status == SG_OK)
    status = sg_about(export->app->client, &about, &error);
  if (status == SG_OK)
    status = sg_standing(export->app->client, standing, &known, &error);
  int code = EXIT_DONE;
  if (status == SG_OK) {
    json_t *document = json_pack("{s:s, s:s, s:s, s:O, s:O, s:O, s:O, s:o}", "school", about.school, "identity", about.identity,
                                 "zone", about.zone, "results", export->results, "exam_plan", export->plans, "study", export->study,
                                 "messages", export->messages, "standing", known ? standing_json(standing) : json_null());
    if (document == NULL || json_dumpf(document, export->out, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) != 0 ||
        fputc('\n', export->out) == EOF)
      code = EXIT_PROBLEMS;
    json_decref(document);
  } else {
    code = standing == NULL ? speak_error(export->app, &(struct sg_error){.status = SG_NOMEM, .text = "Out of memory."})
                            : speak_error(export->app, &error);
  }
  free(standing);
  json_decref(export->results);
  json_decref(export->plans);
  json_decref(export->study);
  json_decref(export->messages);
  return code;
}

static int export_csv(struct export *export) {
  struct sg_error error;
  fputs("result_id,instrument,form,taken_at,scale,score,items,correct,omitted,seconds,seconds_allowed,mode,repeat,printed_p_pass,"
        "retracted,revision\n",
        export->out);
  if (export->subs != NULL)
    fputs("result_id,axis,area,items,correct\n", export->subs);
  return sg_list(export->app->client, SG_LIST_ALL, export_row, export, &error) == SG_OK ? EXIT_DONE
                                                                                        : speak_error(export->app, &error);
}

/* NULL, and it is said why. */
static FILE *file_make(const struct app *app, const char *name) {
  FILE *file = fopen(name, "wx");
  if (file == NULL) {
    struct sg_error error = {.status = SG_LOCAL};
    snprintf(error.text, sizeof error.text, "Cannot write %.200s: %s. %s", name, strerror(errno),
             errno == EEXIST ? "Nothing is written over; give another name." : "");
    (void)speak_error(app, &error);
  }
  return file;
}

static int file_finish(const struct app *app, FILE *file, const char *name, int code) {
  bool bad = fflush(file) != 0 || ferror(file) != 0;
  bad |= file != stdout && fclose(file) != 0;
  if (!bad)
    return code;
  struct sg_error error = {.status = SG_LOCAL};
  snprintf(error.text, sizeof error.text, "%.200s could not be written whole. Make room and run it again.",
           name != NULL ? name : "Standard output");
  return speak_error(app, &error);
}

int cmd_export(struct app *app, int argc, char **argv) {
  const char *output = NULL, *subs = NULL;
  const struct option_row rows[] = {
      {"output", "FILE", "write to FILE (default: standard output)", .text = &output},
      {"subscores", "FILE", "write the sub-scores to FILE (CSV; --json has them inside)", .text = &subs},
  };
  int code = options_read(app, rows, sizeof rows / sizeof rows[0], argc, argv, &argc);
  if (code != OPTIONS_GO_ON)
    return code;
  if (argc > 0)
    return usage_wrong(app, "\"%.60s\" is one argument too many; a file is named with --output.", argv[0]);
  if (app->json && subs != NULL)
    return usage_wrong(app, "--json has the sub-scores inside; leave --subscores out.");
  code = app_open(app);
  if (code != OPTIONS_GO_ON)
    return code;
  struct export export = {.app = app, .out = output != NULL ? file_make(app, output) : stdout};
  if (export.out == NULL)
    return EXIT_PROBLEMS;
  export.subs = subs != NULL ? file_make(app, subs) : NULL;
  bool open = subs == NULL || export.subs != NULL;
  code = !open ? EXIT_PROBLEMS : app->json ? export_json(&export) : export_csv(&export);
  if (export.subs != NULL)
    code = file_finish(app, export.subs, subs, code);
  code = file_finish(app, export.out, output, code);
  if (code == EXIT_DONE && output != NULL)
    fprintf(stderr, "%" PRIu64 " %s written to %s.\n", export.n, export.n == 1 ? "row" : "rows", output);
  return code;
}
