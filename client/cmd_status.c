/*
 * stepguard status: how the student stands, as the school said last. Never a number without its date and the number of
 * results behind it; the state is a shape and a word before it is a colour.
 *
 * It works offline, from the copy that came with the last receipt. With --online it asks; when nobody answers, the copy is
 * shown all the same, and the exit code says that it is one.
 */
#include "client/cmd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LEAST_POINTS 0.05 /* what prints as 0.1 */

struct state_row {
  enum sg_state state;
  const char *name, *shape, *plain, *word;
  enum tone tone;
};

static const struct state_row states[] = {
    {SG_AT_RISK, "at_risk", "▲", "!", "At risk", TONE_BAD},
    {SG_BORDERLINE, "borderline", "◆", "~", "Borderline", TONE_WARN},
    {SG_ON_TRACK, "on_track", "●", "*", "On track", TONE_GOOD},
    {SG_CANNOT_SAY, "cannot_say", "▬", "?", "Cannot say yet", TONE_QUIET},
};

static const struct state_row *state_row(enum sg_state state) {
  for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
    if (states[i].state == state)
      return &states[i];
  return &states[SG_CANNOT_SAY - 1];
}

/* ---------------------------------------------------------------- JSON */

json_t *standing_json(const struct sg_standing *standing) {
  json_t *reasons = json_array(), *flags = json_array();
  for (size_t i = 0; i < standing->reasons_n; i++)
    json_array_append_new(reasons, json_pack("{s:s, s:f, s:s}", "code", standing->reasons[i].code, "points",
                                             standing->reasons[i].points, "text", standing->reasons[i].text));
  for (size_t i = 0; i < standing->flags_n; i++)
    json_array_append_new(flags, json_pack("{s:s, s:i, s:s}", "code", standing->flags[i].code, "version",
                                           (int)standing->flags[i].version, "text", standing->flags[i].text));
  return json_pack("{s:s, s:o, s:o, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:o, s:s, s:o, s:o}", "state",
                   state_row(standing->state)->name, "as_of", json_time(standing->as_of_ms), "received_at",
                   json_time(standing->received_ms), "results_used", (int)standing->results_used, "readiness_mean",
                   standing->readiness_mean, "readiness_sd", standing->readiness_sd, "exam_day_mean", standing->exam_day_mean,
                   "exam_day_sd", standing->exam_day_sd, "p_pass", standing->p_pass, "p_low", standing->p_low, "p_high",
                   standing->p_high, "exam_day", json_day(standing->exam_day), "parameters", standing->parameters, "reasons",
                   reasons, "flags", flags);
}

static json_t *status_json(const struct sg_about *about, const struct sg_standing *standing, bool known) {
  return json_pack("{s:b, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:{s:i, s:i, s:i, s:i, s:i, s:i}, s:o}", "enrolled", about->enrolled,
                   "school", about->school, "zone", about->zone, "server", about->server, "device", about->device, "identity",
                   about->identity, "certificate_until", json_time(about->certificate_until_ms), "last_sync",
                   json_time(about->last_sync_ms), "results", "pending", (int)about->counts.queued, "stored",
                   (int)about->counts.acknowledged, "rejected", (int)about->counts.rejected, "conflict",
                   (int)about->counts.conflict, "plans_pending", (int)about->counts.plans_queued, "plans_rejected",
                   (int)about->counts.plans_rejected, "standing", known ? standing_json(standing) : json_null());
}

/* ---------------------------------------------------------------- text */

/* The heaviest first, as they come; what would all read 0.0 goes into one line, so that the column still adds up. */
static void print_reasons(const struct app *app, const struct sg_standing *standing) {
  double rest = 0;
  size_t small = 0;
  if (standing->reasons_n > 0)
    printf("\nWhat the chance is made of, in percentage points:\n");
  for (size_t i = 0; i < standing->reasons_n; i++) {
    double points = standing->reasons[i].points * 100;
    if (points >= LEAST_POINTS || points <= -LEAST_POINTS) {
      printf("  %+6.1f  ", points);
      print_text(app, 10, "%s", standing->reasons[i].text);
    } else {
      rest += points;
      small++;
    }
  }
  if (small > 0)
    printf("  %+6.1f  %zu more, each less than 0.1\n", rest, small);
}

static void standing_text(const struct app *app, const struct sg_standing *standing) {
  const struct state_row *row = state_row(standing->state);
  char as_of[SPEAK_TIME], day[SPEAK_TIME] = "";
  format_time(as_of, standing->as_of_ms);
  if (standing->exam_day != SG_NO_DAY)
    format_day(day, standing->exam_day);
  printf("%s%s %s%s", tone_on(app, row->tone), app->utf8 ? row->shape : row->plain, row->word, tone_off(app, row->tone));
  if (standing->state != SG_CANNOT_SAY)
    printf(": %.0f %% to pass%s%s (80 %% interval %.0f to %.0f %%)", standing->p_pass * 100, day[0] != '\0' ? " on " : " today",
           day, standing->p_low * 100, standing->p_high * 100);
  printf("\nAs of %s, from %u %s.\n", as_of, standing->results_used, standing->results_used == 1 ? "result" : "results");
  if (standing->results_used > 0 && day[0] == '\0')
    print_text(app, 0, "Readiness today %.1f EPC, give or take %.1f.", standing->readiness_mean, standing->readiness_sd);
  else if (standing->results_used > 0)
    print_text(app, 0, "Readiness today %.1f EPC, give or take %.1f; on the planned day %.1f, give or take %.1f.",
               standing->readiness_mean, standing->readiness_sd, standing->exam_day_mean, standing->exam_day_sd);
  if (standing->flags_n > 0)
    printf("\nWorth acting on:\n");
  for (size_t i = 0; i < standing->flags_n; i++) {
    printf("  %s ", app->utf8 ? "–" : "-");
    print_text(app, 4, "%s", standing->flags[i].text);
  }
  print_reasons(app, standing);
}

static void about_text(const struct app *app, const struct sg_about *about) {
  char when[SPEAK_TIME] = "";
  printf("\n");
  format_time(when, about->certificate_until_ms);
  if (about->enrolled)
    print_text(app, 0, "%s%sDevice \"%s\", certificate until %s.", about->school, about->school[0] != '\0' ? ". " : "",
               about->device, when);
  else
    printf("This device is not enrolled yet.\n");
  const struct sg_counts *counts = &about->counts;
  bool synced = about->last_sync_ms > 0;
  format_time(when, about->last_sync_ms);
  print_text(app, 0, "Results here: %u stored at the school, %u waiting, %u refused.%s%s%s", counts->acknowledged, counts->queued,
             counts->rejected + counts->conflict, synced ? " Last sync " : "", synced ? when : "", synced ? "." : "");
}

static int status_text(struct app *app, const struct sg_about *about, const struct sg_standing *standing,
                       const struct advice *advice, const struct studying *studying, bool chart) {
  int code = EXIT_DONE;
  if (standing != NULL) {
    standing_text(app, standing);
    advice_moved_text(advice, standing);
    if (chart)
      code = chart_show(app, standing);
    advice_weak_text(standing);
  } else {
    printf("The school has not said yet how you stand. It does so after the first sync.\n");
  }
  int studied = studying_text(app, studying);
  about_text(app, about);
  printf("\nNext: ");
  print_text(app, sizeof "Next: " - 1, "%s.", advice->next);
  return code == EXIT_DONE ? studied : code;
}

static int status_show(struct app *app, const struct sg_about *about, bool chart) {
  struct sg_error error;
  struct advice advice;
  struct studying studying;
  bool known = false;
  struct sg_standing *standing = calloc(1, sizeof *standing);
  if (standing == NULL)
    return speak_error(app, &(struct sg_error){.status = SG_NOMEM, .text = "Out of memory."});
  int code = sg_standing(app->client, standing, &known, &error) == SG_OK ? OPTIONS_GO_ON : speak_error(app, &error);
  if (code == OPTIONS_GO_ON)
    code = advice_find(app, about, known ? standing : NULL, &advice);
  if (code == OPTIONS_GO_ON)
    code = studying_find(app, &studying);
  if (code == OPTIONS_GO_ON && app->json) {
    json_t *document = status_json(about, standing, known);
    advice_json(&advice, known ? standing : NULL, document);
    studying_json(&studying, document);
    code = speak_json(document, EXIT_DONE);
  } else if (code == OPTIONS_GO_ON) {
    code = status_text(app, about, known ? standing : NULL, &advice, &studying, chart);
  }
  free(standing);
  return code;
}

int cmd_status(struct app *app, int argc, char **argv) {
  bool online = false, no_chart = false;
  unsigned max_wait_s = 0;
  const struct option_row rows[] = {
      {"online", NULL, "ask the school now", .flag = &online},
      {"no-chart", NULL, "leave the curve out", .flag = &no_chart},
      {"max-wait", "S", "with --online: go on trying this many seconds (0)", .number = &max_wait_s},
  };
  int code = options_read(app, rows, sizeof rows / sizeof rows[0], argc, argv, &argc);
  if (code != OPTIONS_GO_ON)
    return code;
  if (argc > 0)
    return usage_wrong(app, "\"%.60s\" is one argument too many.", argv[0]);
  code = app_open(app);
  if (code != OPTIONS_GO_ON)
    return code;
  struct sg_about about;
  struct sg_error error;
  struct sg_sync_report report;
  struct progress progress;
  progress_init(&progress, app);
  struct sg_sync_options ask = {.max_wait_s = max_wait_s, .standing_only = true, .progress = progress_show, .arg = &progress};
  code = EXIT_DONE;
  if (online && sg_sync(app->client, &ask, &report, &error) != SG_OK) {
    progress_clear(&progress);
    code = speak_error(app, &error);
    if (app->json)
      return code;
    printf("What the school said last:\n\n");
  }
  progress_clear(&progress);
  if (sg_about(app->client, &about, &error) != SG_OK)
    return speak_error(app, &error);
  int shown = status_show(app, &about, !no_chart);
  return code == EXIT_DONE ? shown : code;
}
