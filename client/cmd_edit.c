/*
 * stepguard edit, retract, undo: what was recorded is changed, withdrawn, taken back.
 *
 * A result is called by its number in `stepguard list`, which stays the same whatever is done to it; its id has 36 letters and
 * is for files. Nothing here asks "are you sure": each of the three can be undone, and says how.
 */
#include "client/cmd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANGES_MAX = 16, ANSWER_ROOM = 128 };

static int number_read(struct app *app, int argc, char **argv, uint32_t *ret) {
  int32_t number;
  if (argc != 1)
    return usage_wrong(app, argc == 0 ? "Which one? Give its number, as stepguard list shows it." : "One result at a time.");
  if (result_parse_count(argv[0], &number) != 0 || number < 1)
    return usage_wrong(app, "\"%.60s\" is not a number as stepguard list shows it.", argv[0]);
  *ret = (uint32_t)number;
  return OPTIONS_GO_ON;
}

static void result_words(char *ret, size_t cap, const struct result *result) {
  char day[SPEAK_TIME], score[SPEAK_NUMBER];
  const struct scale_info *scale = catalogue_scale(result->scale);
  format_date(day, result->taken_at_ms);
  format_centi(score, result->score_centi);
  snprintf(ret, cap, "%s%s%s, %s: %s %s", result->instrument, result->form[0] != '\0' ? " " : "", result->form, day, score,
           scale != NULL ? scale->name : "");
}

static int tell_row(const struct app *app, const struct sg_row *row, bool changed, const char *done, const char *not_done) {
  char words[256];
  result_words(words, sizeof words, &row->result);
  if (app->json)
    return speak_json(json_pack("{s:i, s:o, s:i, s:b, s:b, s:o}", "number", (int)row->number, "result_id", json_id(row->result.id),
                                "revision", (int)row->result.revision, "retracted", row->result.retracted, "changed", changed,
                                "score", json_centi(row->result.score_centi)),
                      EXIT_DONE);
  printf("%s %" PRIu32 ": %s.\n%s", changed ? done : not_done, row->number, words,
         changed ? "The school learns of it with the next sync; stepguard undo takes it back.\n" : "");
  return EXIT_DONE;
}

/* ---------------------------------------------------------------- edit */

struct edit {
  struct sg_change changes[CHANGES_MAX];
  char answers[CHANGES_MAX][ANSWER_ROOM];
  size_t n;
};

static void change(struct edit *edit, const char *field, const char *value) {
  if (value != NULL)
    edit->changes[edit->n++] = (struct sg_change){field, value};
}

static bool ask_change(struct edit *edit, const char *field, const char *question, const char *now) {
  char *answer = edit->answers[edit->n];
  if (!ask_line(question, now, answer, ANSWER_ROOM))
    return false;
  if (strcmp(answer, now) != 0)
    change(edit, field, answer);
  return true;
}

/* What is changed most: a slip in the score, the form or the day. */
static int ask_changes(struct app *app, struct edit *edit, uint32_t number) {
  struct sg_row row;
  struct sg_error error;
  char day[SPEAK_TIME], score[SPEAK_NUMBER], words[256];
  if (sg_find(app->client, number, &row, &error) != SG_OK)
    return speak_error(app, &error);
  result_words(words, sizeof words, &row.result);
  format_date(day, row.result.taken_at_ms);
  format_centi(score, row.result.score_centi);
  fprintf(stderr, "%" PRIu32 ": %s\nEnter keeps what is in brackets.\n", number, words);
  if (!ask_change(edit, "score", "Score", score) || !ask_change(edit, "form", "Form", row.result.form) ||
      !ask_change(edit, "taken_at", "Day", day))
    return usage_wrong(app, "Nothing was changed.");
  return OPTIONS_GO_ON;
}

int cmd_edit(struct app *app, int argc, char **argv) {
  static const char *const fields[] = {"instrument", "form",    "taken_at", "score",           "scale", "items",
                                       "correct",    "omitted", "seconds",  "seconds_allowed", "mode",  "printed_p_pass"};
  enum { FIELDS = sizeof fields / sizeof fields[0] };
  const char *values[FIELDS] = {NULL};
  bool repeat = false, first = false, restore = false;
  struct edit edit = {.n = 0};
  const struct option_row rows[] = {
      {"instrument", "CODE", "what it was", .text = &values[0]},
      {"form", "FORM", "its form", .text = &values[1]},
      {"date", "DAY", "the day, or the time with its zone", .text = &values[2]},
      {"score", "NUMBER", "the score", .text = &values[3]},
      {"scale", "SCALE", "its scale: epc percent three_digit nbme800 cbse_old", .text = &values[4]},
      {"items", "N", "questions", .text = &values[5]},
      {"correct", "N", "of them correct", .text = &values[6]},
      {"omitted", "N", "of them left out", .text = &values[7]},
      {"seconds", "N", "time used", .text = &values[8]},
      {"seconds-allowed", "N", "time there was", .text = &values[9]},
      {"mode", "MODE", "timed, untimed or tutor", .text = &values[10]},
      {"printed-p-pass", "PERCENT", "chance of passing as the report prints it", .text = &values[11]},
      {"repeat", NULL, "you had seen this form before", .flag = &repeat},
      {"first-time", NULL, "you had not", .flag = &first},
      {"restore", NULL, "it was withdrawn, and counts again", .flag = &restore},
  };
  uint32_t number = 0;
  int code = options_read(app, rows, sizeof rows / sizeof rows[0], argc, argv, &argc);
  if (code == OPTIONS_GO_ON)
    code = number_read(app, argc, argv, &number);
  if (code == OPTIONS_GO_ON && repeat && first)
    code = usage_wrong(app, "Choose one of --repeat and --first-time.");
  if (code == OPTIONS_GO_ON)
    code = app_open(app);
  if (code != OPTIONS_GO_ON)
    return code;
  for (size_t i = 0; i < FIELDS; i++)
    change(&edit, fields[i], values[i]);
  if (repeat || first)
    change(&edit, "repeat", repeat ? "1" : "0");
  if (edit.n == 0 && !restore)
    code = app->ask ? ask_changes(app, &edit, number) : usage_wrong(app, "Say what to change, such as --score 68.");
  if (code != OPTIONS_GO_ON)
    return code;
  struct sg_row row;
  struct sg_error error;
  bool changed = false;
  if (sg_edit(app->client, number, edit.changes, edit.n, &row, &changed, &error) != SG_OK)
    return speak_error(app, &error);
  return tell_row(app, &row, changed, "Changed", "So already:");
}

/* ---------------------------------------------------------------- retract, undo */

int cmd_retract(struct app *app, int argc, char **argv) {
  uint32_t number = 0;
  struct sg_row row;
  struct sg_error error;
  bool changed = false;
  int code = options_read(app, NULL, 0, argc, argv, &argc);
  if (code == OPTIONS_GO_ON)
    code = number_read(app, argc, argv, &number);
  if (code == OPTIONS_GO_ON)
    code = app_open(app);
  if (code != OPTIONS_GO_ON)
    return code;
  if (sg_retract(app->client, number, &row, &changed, &error) != SG_OK)
    return speak_error(app, &error);
  return tell_row(app, &row, changed, "Withdrawn", "Withdrawn already:");
}

static int undo_text(const struct sg_undo_report *report) {
  char when[SPEAK_TIME];
  format_time(when, report->made_ms);
  printf("Undone: %s%s%s (%s).\n", report->kind, report->what[0] != '\0' ? " of " : "", report->what, when);
  bool change = strcmp(report->kind, sg_act_name(SG_ACT_EDIT)) == 0 || strcmp(report->kind, sg_act_name(SG_ACT_RETRACT)) == 0;
  if (report->removed > 0 && change)
    printf("It is again what it was: the school never had the change.\n");
  else if (report->removed > 0)
    printf("%" PRIu32 " %s gone: the school never had %s.\n", report->removed, report->removed == 1 ? "result is" : "results are",
           report->removed == 1 ? "it" : "them");
  if (report->retracted > 0)
    printf("%" PRIu32 " may be at the school: the next sync withdraws %s.\n", report->retracted,
           report->retracted == 1 ? "it" : "them");
  if (report->restored > 0)
    printf("%" PRIu32 " %s again what %s before: the next sync tells the school.\n", report->restored,
           report->restored == 1 ? "is" : "are", report->restored == 1 ? "it was" : "they were");
  if (report->left > 0)
    printf("%" PRIu32 " left as the school has %s: see stepguard list --rejected.\n", report->left,
           report->left == 1 ? "it" : "them");
  return EXIT_DONE;
}

int cmd_undo(struct app *app, int argc, char **argv) {
  struct sg_undo_report report;
  struct sg_error error;
  int code = options_read(app, NULL, 0, argc, argv, &argc);
  if (code != OPTIONS_GO_ON)
    return code;
  if (argc > 0)
    return usage_wrong(app, "\"%.60s\" is one argument too many: undo takes back what was recorded last.", argv[0]);
  code = app_open(app);
  if (code != OPTIONS_GO_ON)
    return code;
  if (sg_undo(app->client, &report, &error) != SG_OK)
    return speak_error(app, &error);
  if (app->json)
    return speak_json(json_pack("{s:s, s:s, s:o, s:i, s:i, s:i, s:i}", "kind", report.kind, "what", report.what, "made_at",
                                json_time(report.made_ms), "removed", (int)report.removed, "retracted", (int)report.retracted,
                                "restored", (int)report.restored, "left", (int)report.left),
                      EXIT_DONE);
  return undo_text(&report);
}
