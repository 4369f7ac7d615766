/*
 * stepguard exam: the plan, its changes, and the outcome.
 *
 * Each is a change of its own with the moment it was made, recorded here and sent with the next sync; none overwrites
 * another, because with two devices the later one must count and not the one that arrives last. The attempt is guessed from
 * what was told before (the one spoken of last, or the next after a failed one), since most students have only one.
 */
#include "client/cmd.h"

#include <stdio.h>
#include <string.h>

struct verb {
  const char *name;
  enum sg_plan_action action;
  bool day, outcome; /* what its argument is */
};

static const struct verb verbs[] = {
    {"plan", SG_PLAN_SET, true, false},    {"move", SG_PLAN_SET, true, false},      {"cancel", SG_PLAN_CANCEL, false, false},
    {"taken", SG_PLAN_TAKEN, true, false}, {"result", SG_PLAN_RESULT, false, true},
};

static const char *action_name(enum sg_plan_action action) {
  static const char *const names[] = {"", "planned", "cancelled", "taken", "result"};
  return action >= SG_PLAN_SET && action <= SG_PLAN_RESULT ? names[action] : "";
}

static const char *outcome_name(enum sg_outcome outcome) {
  return outcome == SG_OUTCOME_PASS ? "pass" : outcome == SG_OUTCOME_FAIL ? "fail" : "";
}

/* ---------------------------------------------------------------- showing */

struct showing {
  const struct app *app;
  struct table *table;
  json_t *changes;
  size_t n;
};

json_t *plan_json(const struct sg_plan *plan) {
  return json_pack("{s:o, s:s, s:i, s:o, s:o, s:o, s:o, s:s, s:o, s:s, s:s, s:s}", "change_id", json_id(plan->id), "action",
                   action_name(plan->action), "attempt", (int)plan->attempt, "exam_day", json_day(plan->exam_day), "permit_from",
                   json_day(plan->permit_from), "permit_to", json_day(plan->permit_to), "dedicated_start",
                   json_day(plan->dedicated_start), "outcome", outcome_name(plan->outcome), "made_at", json_time(plan->made_at_ms),
                   "state", row_state_name(plan->state), "field", plan->field, "reason", plan->reason);
}

static bool show_plan(void *arg, const struct sg_plan *plan) {
  struct showing *showing = arg;
  showing->n++;
  if (showing->app->json) {
    json_array_append_new(showing->changes, plan_json(plan));
    return true;
  }
  char made[SPEAK_TIME], day[SPEAK_TIME] = "", attempt[16], why[SG_FIELD_CAP + SG_REASON_CAP + 4];
  format_time(made, plan->made_at_ms);
  if (plan->exam_day != SG_NO_DAY)
    format_day(day, plan->exam_day);
  snprintf(attempt, sizeof attempt, "%u", plan->attempt);
  snprintf(why, sizeof why, "%s%s%s", plan->field, plan->field[0] != '\0' ? ": " : "", plan->reason);
  const char *const cells[] = {made,
                               attempt,
                               action_name(plan->action),
                               plan->action == SG_PLAN_RESULT ? outcome_name(plan->outcome) : day,
                               row_state_name(plan->state),
                               why};
  for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
    table_cell(showing->table, cells[i]);
  return true;
}

static int exam_show(struct app *app) {
  static const char *const heads[] = {"TOLD", "ATTEMPT", "WHAT", "DAY", "STATE", "REASON"};
  struct showing showing = {.app = app, .table = table_new(heads, sizeof heads / sizeof heads[0]), .changes = json_array()};
  struct sg_error error;
  int code = EXIT_DONE, status = sg_plan_list(app->client, show_plan, &showing, &error);
  if (status != SG_OK)
    code = speak_error(app, &error);
  else if (app->json)
    code = speak_json(json_pack("{s:O}", "changes", showing.changes), EXIT_DONE);
  else if (showing.n == 0)
    printf("No exam is planned from this device. Plan one: stepguard exam plan 2026-06-15\n");
  if (status == SG_OK && !app->json && showing.n > 0)
    table_print(showing.table, app);
  else
    table_free(showing.table);
  json_decref(showing.changes);
  return code;
}

/* ---------------------------------------------------------------- changing */

static bool last_plan(void *arg, const struct sg_plan *plan) {
  struct sg_plan *last = arg;
  if (plan->state == SG_QUEUED || plan->state == SG_ACKNOWLEDGED)
    *last = *plan;
  return true;
}

/* The attempt that is meant when none is named: the one spoken of last, or the next after a failed one. */
static int attempt_meant(struct app *app, struct sg_plan *plan) {
  struct sg_plan last = {.attempt = 1};
  struct sg_error error;
  if (sg_plan_list(app->client, last_plan, &last, &error) != SG_OK)
    return speak_error(app, &error);
  bool next = last.action == SG_PLAN_RESULT && last.outcome == SG_OUTCOME_FAIL && plan->action != SG_PLAN_RESULT;
  plan->attempt = last.attempt + next;
  return OPTIONS_GO_ON;
}

static int exam_change(struct app *app, struct sg_plan *plan) {
  struct sg_error error;
  int code = plan->attempt == 0 ? attempt_meant(app, plan) : OPTIONS_GO_ON;
  if (code != OPTIONS_GO_ON)
    return code;
  if (sg_plan_change(app->client, plan, &error) != SG_OK)
    return speak_error(app, &error);
  if (app->json)
    return speak_json(json_pack("{s:s, s:i, s:o, s:s}", "action", action_name(plan->action), "attempt", (int)plan->attempt,
                                "exam_day", json_day(plan->exam_day), "outcome", outcome_name(plan->outcome)),
                      EXIT_DONE);
  char day[SPEAK_TIME] = "";
  if (plan->exam_day != SG_NO_DAY)
    format_day(day, plan->exam_day);
  print_text(app, 0, "Recorded: attempt %u %s%s%s%s%s. The school learns of it with the next sync.", plan->attempt,
             action_name(plan->action), day[0] != '\0' ? (plan->action == SG_PLAN_TAKEN ? " on " : " for ") : "", day,
             plan->outcome != SG_OUTCOME_NONE ? " " : "", outcome_name(plan->outcome));
  return EXIT_DONE;
}

static int day_read(const struct app *app, const char *name, const char *text, int32_t *ret) {
  if (text == NULL)
    return OPTIONS_GO_ON;
  if (result_parse_day(text, ret) != 0)
    return usage_wrong(app, "%s: \"%.60s\" is not a day; write it 2026-06-15.", name, text);
  return OPTIONS_GO_ON;
}

static int argument_read(const struct app *app, const struct verb *verb, const char *text, struct sg_plan *plan) {
  bool wanted = verb->day || verb->outcome;
  if (wanted != (text != NULL))
    return wanted ? usage_wrong(app, "exam %s needs %s.", verb->name, verb->day ? "a day" : "the outcome: pass or fail")
                  : usage_wrong(app, "exam %s takes no argument.", verb->name);
  if (verb->day)
    return day_read(app, verb->name, text, &plan->exam_day);
  if (verb->outcome) {
    plan->outcome = strcmp(text, "pass") == 0 ? SG_OUTCOME_PASS : strcmp(text, "fail") == 0 ? SG_OUTCOME_FAIL : SG_OUTCOME_NONE;
    if (plan->outcome == SG_OUTCOME_NONE)
      return usage_wrong(app, "The outcome is pass or fail, not \"%.60s\".", text);
  }
  return OPTIONS_GO_ON;
}

int cmd_exam(struct app *app, int argc, char **argv) {
  const char *permit_from = NULL, *permit_to = NULL, *dedicated = NULL;
  struct sg_plan plan = {.exam_day = SG_NO_DAY, .permit_from = SG_NO_DAY, .permit_to = SG_NO_DAY, .dedicated_start = SG_NO_DAY};
  const struct option_row rows[] = {
      {"attempt", "N", "which attempt is meant (default: the one at hand)", .number = &plan.attempt},
      {"permit-from", "DAY", "first day of the scheduling permit", .text = &permit_from},
      {"permit-to", "DAY", "last day of the scheduling permit", .text = &permit_to},
      {"dedicated-start", "DAY", "first day of full-time study", .text = &dedicated},
  };
  int code = options_read(app, rows, sizeof rows / sizeof rows[0], argc, argv, &argc);
  if (code != OPTIONS_GO_ON)
    return code;
  const struct verb *verb = NULL;
  for (size_t i = 0; argc > 0 && i < sizeof verbs / sizeof verbs[0]; i++)
    if (strcmp(argv[0], verbs[i].name) == 0)
      verb = &verbs[i];
  if (argc > 2 || (argc > 0 && verb == NULL))
    return usage_wrong(app, "\"%.60s\" is not understood.", argc > 2 ? argv[2] : argv[0]);
  if (verb != NULL) {
    plan.action = verb->action;
    code = argument_read(app, verb, argc > 1 ? argv[1] : NULL, &plan);
  }
  if (code == OPTIONS_GO_ON)
    code = day_read(app, "--permit-from", permit_from, &plan.permit_from);
  if (code == OPTIONS_GO_ON)
    code = day_read(app, "--permit-to", permit_to, &plan.permit_to);
  if (code == OPTIONS_GO_ON)
    code = day_read(app, "--dedicated-start", dedicated, &plan.dedicated_start);
  if (code == OPTIONS_GO_ON)
    code = app_open(app);
  if (code != OPTIONS_GO_ON)
    return code;
  return verb == NULL ? exam_show(app) : exam_change(app, &plan);
}
