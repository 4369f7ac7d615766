/*
 * stepguard list: the results on this device, and what the school said to each.
 *
 * One line a result, in order of the day it was taken, which is how students remember them. Refused ones stay in the list
 * with the reason for as long as they are here: a result that vanished because a server did not like it would be the one
 * thing this program promises not to do.
 */
#include "client/cmd.h"

#include <stdio.h>
#include <string.h>

struct list {
  const struct app *app;
  struct table *table;
  json_t *rows;
  size_t n;
  bool history;
};

static json_t *row_json(const struct sg_row *row) {
  const struct result *result = &row->result;
  const struct scale_info *scale = catalogue_scale(result->scale);
  json_t *out =
      json_pack("{s:i, s:b, s:o, s:i, s:b, s:s, s:s, s:o, s:s, s:o, s:b, s:s, s:o, s:o}", "number", (int)row->number, "current",
                row->current, "result_id", json_id(result->id), "revision", (int)result->revision, "retracted", result->retracted,
                "instrument", result->instrument, "form", result->form, "taken_at", json_time(result->taken_at_ms), "scale",
                scale != NULL ? scale->name : "", "score", json_centi(result->score_centi), "repeat", result->repeat, "state",
                row_state_name(row->state), "recorded_at", json_time(row->recorded_ms), "settled_at", json_time(row->settled_ms));
  if (result->items != RESULT_UNKNOWN)
    json_object_set_new(out, "items", json_integer(result->items));
  if (result->correct != RESULT_UNKNOWN)
    json_object_set_new(out, "correct", json_integer(result->correct));
  if (row->reason[0] != '\0') {
    json_object_set_new(out, "field", json_string(row->field));
    json_object_set_new(out, "reason", json_string(row->reason));
  }
  return out;
}

static bool list_row(void *arg, const struct sg_row *row) {
  struct list *list = arg;
  const struct result *result = &row->result;
  if (!list->app->json && !list->history && !row->current && row->state != SG_REJECTED && row->state != SG_CONFLICT)
    return true;
  list->n++;
  if (list->app->json) {
    json_array_append_new(list->rows, row_json(row));
    return true;
  }
  char number[16], day[SPEAK_TIME], score[SPEAK_NUMBER], cell[SPEAK_NUMBER + 32], why[SG_FIELD_CAP + SG_REASON_CAP + 4];
  const struct scale_info *scale = catalogue_scale(result->scale);
  format_date(day, result->taken_at_ms);
  format_centi(score, result->score_centi);
  snprintf(cell, sizeof cell, "%s %s", score, scale != NULL ? scale->name : "");
  snprintf(why, sizeof why, "%s%s%s", row->field, row->field[0] != '\0' ? ": " : "", row->reason);
  snprintf(number, sizeof number, "%u", row->number);
  table_cell(list->table, number);
  table_cell(list->table, day);
  table_cell(list->table, result->instrument);
  table_cell(list->table, result->form);
  table_cell(list->table, cell);
  char state[48];
  snprintf(state, sizeof state, "%s%s%s", row_state_name(row->state), result->retracted ? ", withdrawn" : "",
           !row->current                                ? ", replaced"
           : result->revision > 0 && !result->retracted ? ", corrected"
                                                        : "");
  table_cell(list->table, state);
  table_cell(list->table, why);
  return true;
}

int cmd_list(struct app *app, int argc, char **argv) {
  static const char *const heads[] = {"NO", "DAY", "INSTRUMENT", "FORM", "SCORE", "STATE", "REASON"};
  bool pending = false, rejected = false, all = false, history = false;
  const struct option_row rows[] = {
      {"all", NULL, "everything (the default)", .flag = &all},
      {"pending", NULL, "only what the school does not have yet", .flag = &pending},
      {"rejected", NULL, "only what the school refused, with the reason", .flag = &rejected},
      {"history", NULL, "also what was corrected since (--json has it always)", .flag = &history},
  };
  int code = options_read(app, rows, sizeof rows / sizeof rows[0], argc, argv, &argc);
  if (code != OPTIONS_GO_ON)
    return code;
  if (argc > 0)
    return usage_wrong(app, "\"%.60s\" is one argument too many.", argv[0]);
  if (pending + rejected + all > 1)
    return usage_wrong(app, "Choose one of --pending, --rejected and --all.");
  code = app_open(app);
  if (code != OPTIONS_GO_ON)
    return code;
  struct list list = {
      .app = app, .table = table_new(heads, sizeof heads / sizeof heads[0]), .rows = json_array(), .history = history};
  struct sg_error error;
  int status = sg_list(app->client, pending ? SG_LIST_QUEUED : rejected ? SG_LIST_REFUSED : SG_LIST_ALL, list_row, &list, &error);
  if (status == SG_OK && app->json)
    code = speak_json(json_pack("{s:O}", "results", list.rows), EXIT_DONE);
  json_decref(list.rows);
  if (status == SG_OK && !app->json && list.n > 0) {
    table_print(list.table, app);
    return EXIT_DONE;
  }
  table_free(list.table);
  if (status != SG_OK)
    return speak_error(app, &error);
  if (!app->json)
    printf(pending    ? "Nothing is waiting: the school has all of it.\n"
           : rejected ? "Nothing was refused.\n"
                      : "Nothing is recorded yet. Start with: stepguard add\n");
  return app->json ? code : EXIT_DONE;
}
