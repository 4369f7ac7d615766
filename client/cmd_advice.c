/*
 * What `stepguard status` says beyond the school's own words: what moved the chance since the day before, and the one thing to do
 * next. Both are worked out here from what lies here, so they are there offline too.
 *
 * Which areas are weak is not worked out here, although the sub-scores lie here: the school's model says it, from everything that
 * it has and by the rule that the dean's office sees, and two rules would one day say two things. Five wrong of eight are no
 * weakness yet, and are not called one.
 */
#include "client/cmd.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)

enum { ANOTHER_DAY_MS = 20 * 3600 * 1000, CHECK_FRESH_DAYS = 28, WEAK_SHOWN = 5 };

#define MOVED_LEAST 0.005 /* half a percentage point */

/* ---------------------------------------------------------------- what lies here */

struct rows {
  int64_t last_check_ms;
  uint32_t n;
};

static bool row_look(void *arg, const struct sg_row *row) {
  struct rows *rows = arg;
  const struct result *r = &row->result;
  if (!row->current || r->retracted)
    return true;
  rows->n++;
  if (r->scale == SCALE_EPC && r->taken_at_ms > rows->last_check_ms)
    rows->last_check_ms = r->taken_at_ms;
  return true;
}

/* ---------------------------------------------------------------- what moved it */

struct before {
  int64_t until_ms;
  bool known;
  struct sg_standing standing;
};

static void before_keep(void *arg, const struct sg_standing *standing) {
  struct before *before = arg;
  if (standing->received_ms >= before->until_ms)
    return;
  before->known = true;
  before->standing = *standing;
}

static double points_of(const struct sg_standing *standing, const char *code, const char *text) {
  double points = 0;
  for (size_t i = 0; i < standing->reasons_n; i++)
    if (strcmp(standing->reasons[i].code, code) == 0 && (text == NULL || strcmp(standing->reasons[i].text, text) == 0))
      points += standing->reasons[i].points;
  return points;
}

static void moved_add(struct advice *advice, const struct sg_reason *reason, double points) {
  size_t at = advice->moved_n < ADVICE_MOVED ? advice->moved_n++ : ADVICE_MOVED - 1;
  if (at == ADVICE_MOVED - 1 && fabs(advice->moved[at].points) > fabs(points))
    return;
  advice->moved[at].points = points;
  snprintf(advice->moved[at].text, sizeof advice->moved[at].text, "%s", reason->text);
  for (; at > 0 && fabs(advice->moved[at].points) > fabs(advice->moved[at - 1].points); at--) {
    struct moved swap = advice->moved[at];
    advice->moved[at] = advice->moved[at - 1];
    advice->moved[at - 1] = swap;
  }
}

/* Of results by their text, since several have one code; of the rest by code, since their texts have numbers in them. */
static void moved_find(const struct sg_standing *now, const struct sg_standing *then, struct advice *advice) {
  const struct sg_standing *const both[2] = {now, then};
  for (size_t side = 0; side < 2; side++) {
    const struct sg_standing *one = both[side], *other = both[1 - side];
    for (size_t i = 0; i < one->reasons_n; i++) {
      const struct sg_reason *reason = &one->reasons[i];
      const char *text = strncmp(reason->code, "result", strlen("result")) == 0 ? reason->text : NULL;
      bool there = false;
      for (size_t j = 0; j < other->reasons_n && !there; j++)
        there = strcmp(other->reasons[j].code, reason->code) == 0 && (text == NULL || strcmp(other->reasons[j].text, text) == 0);
      double points = points_of(now, reason->code, text) - points_of(then, reason->code, text);
      if (fabs(points) >= MOVED_LEAST && (side == 0 || !there))
        moved_add(advice, reason, points);
    }
  }
  advice->moved_since_ms = then->received_ms;
  advice->p_before = then->p_pass;
}

/* ---------------------------------------------------------------- the next step */

static void next_set(struct advice *advice, const char *code, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void next_set(struct advice *advice, const char *code, const char *fmt, ...) {
  va_list args;
  if (advice->next_code != NULL)
    return;
  advice->next_code = code;
  va_start(args, fmt);
  vsnprintf(advice->next, sizeof advice->next, fmt, args);
  va_end(args);
}

/* The first that applies: each needs the ones before it. */
static void next_find(const struct sg_about *about, const struct sg_standing *standing, const struct rows *rows, int64_t now_ms,
                      struct advice *advice) {
  const struct sg_counts *counts = &about->counts;
  int64_t check_days = rows->last_check_ms > 0 ? (now_ms - rows->last_check_ms) / DAY_MS : -1;
  if (!about->enrolled)
    next_set(advice, "enrol", "Enrol this device with the code from your school's letter: stepguard enrol");
  if (rows->n == 0)
    next_set(advice, "record", "Record your results: stepguard import FILE, or stepguard add");
  if (counts->queued + counts->plans_queued + counts->study_queued > 0)
    next_set(advice, "sync", "Send what is waiting: stepguard sync");
  if (counts->rejected + counts->conflict + counts->plans_rejected > 0)
    next_set(advice, "refused", "Look at what the school refused: stepguard list --rejected, stepguard exam");
  if (standing == NULL)
    next_set(advice, "sync", "Ask how you stand: stepguard sync");
  else if (standing->exam_day == SG_NO_DAY)
    next_set(advice, "plan", "Say when you plan to sit, as the chance is meant for a day: stepguard exam plan 2026-06-15");
  if (check_days < 0)
    next_set(advice, "check", "Take a CBSSA form under exam conditions and record it: nothing else says as much");
  else if (check_days > CHECK_FRESH_DAYS)
    next_set(advice, "check", "Take another CBSSA form under exam conditions: the last is %" PRId64 " days old, and fresh are %d",
             check_days, CHECK_FRESH_DAYS);
  if (standing != NULL && standing->weak_n > 0)
    next_set(advice, "area", "Go over %s: %" PRIu32 " of %" PRIu32 " correct, and probably below the standard",
             standing->weak[0].area->name, standing->weak[0].correct, standing->weak[0].items);
  next_set(advice, "go_on", "Go on as you do, and record the next form");
}

int advice_find(struct app *app, const struct sg_about *about, const struct sg_standing *standing, struct advice *ret) {
  struct sg_error error;
  int64_t now_ms = (int64_t)time(NULL) * 1000;
  struct rows rows = {.n = 0};
  struct before *before = calloc(1, sizeof *before);
  if (before == NULL)
    return speak_error(app, &(struct sg_error){.status = SG_NOMEM, .text = "Out of memory."});
  *ret = (struct advice){.moved_n = 0};
  before->until_ms = standing != NULL ? standing->received_ms - ANOTHER_DAY_MS : 0;
  int status = sg_list(app->client, SG_LIST_ALL, row_look, &rows, &error);
  if (status == SG_OK && standing != NULL)
    status = sg_standings(app->client, before_keep, before, &error);
  if (status == SG_OK) {
    if (before->known && standing->state != SG_CANNOT_SAY && before->standing.state != SG_CANNOT_SAY)
      moved_find(standing, &before->standing, ret);
    next_find(about, standing, &rows, now_ms, ret);
  }
  free(before);
  return status == SG_OK ? OPTIONS_GO_ON : speak_error(app, &error);
}

/* ---------------------------------------------------------------- telling */

void advice_moved_text(const struct advice *advice, const struct sg_standing *standing) {
  char since[SPEAK_TIME];
  if (advice->moved_since_ms == 0)
    return;
  format_date(since, advice->moved_since_ms);
  printf("\nSince %s: from %.0f to %.0f %%", since, advice->p_before * 100, standing->p_pass * 100);
  printf(advice->moved_n > 0 ? ", by (percentage points)\n" : "; nothing moved it by half a point.\n");
  for (size_t i = 0; i < advice->moved_n; i++)
    printf("  %+6.1f  %s\n", advice->moved[i].points * 100, advice->moved[i].text);
}

void advice_weak_text(const struct sg_standing *standing) {
  size_t shown = standing->weak_n < WEAK_SHOWN ? standing->weak_n : WEAK_SHOWN;
  if (shown > 0)
    printf("\nProbably below the standard, by your last months:\n");
  for (size_t i = 0; i < shown; i++) {
    const struct sg_weak *weak = &standing->weak[i];
    printf("  %3.0f %%  %s (%" PRIu32 " of %" PRIu32 ")\n", 100.0 * weak->correct / weak->items, weak->area->name, weak->correct,
           weak->items);
  }
  if (standing->weak_n > shown)
    printf("         and %zu more\n", standing->weak_n - shown);
}

void advice_json(const struct advice *advice, const struct sg_standing *standing, json_t *into) {
  json_t *weak = json_array(), *moved = json_array();
  for (size_t i = 0; standing != NULL && i < standing->weak_n; i++)
    json_array_append_new(weak, json_pack("{s:s, s:s, s:s, s:i, s:i, s:f}", "axis", standing->weak[i].area->axis, "area",
                                          standing->weak[i].area->code, "name", standing->weak[i].area->name, "items",
                                          (int)standing->weak[i].items, "correct", (int)standing->weak[i].correct, "p_below",
                                          standing->weak[i].p_below));
  for (size_t i = 0; i < advice->moved_n; i++)
    json_array_append_new(moved, json_pack("{s:f, s:s}", "points", advice->moved[i].points, "text", advice->moved[i].text));
  json_object_set_new(into, "weak_areas", weak);
  json_object_set_new(
      into, "moved",
      json_pack("{s:o, s:f, s:o}", "since", json_time(advice->moved_since_ms), "p_before", advice->p_before, "by", moved));
  json_object_set_new(into, "next_step", json_pack("{s:s, s:s}", "code", advice->next_code, "text", advice->next));
}
