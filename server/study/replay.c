/*
 * The replay is sums: what one student adds does not depend on the others, so students may come in pages, and memory is that of the
 * weeks, whatever the school's size.
 *
 * What a student adds is put together apart and added at the end of the walk, so that a student who cannot be assessed adds nothing
 * at all, and what was counted remains the replay of those who can.
 *
 * Rejected: replaying the cases the office really had. They depend on what people did, which another threshold would have changed;
 * the rule by itself is the same for both sets that are compared.
 */
#include "study/replay.h"

#include "base/err.h"
#include "base/json.h"
#include "proto/result.h"
#include "risk/params.h"
#include "study/fit_text.h"
#include "study/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WEEK_DAYS = 7, ATTEMPTS = 12 /* ten can be spoken of, after a failure there is one more */, TEXT_BYTES = 4 * 1024 * 1024 };

/* ---------------------------------------------------------------- one student */

struct attempt_case {
  bool open, ever, in_time, before;
};

struct student_walk {
  const struct replay *replay;
  const struct walk_student *student;
  struct attempt_case cases[ATTEMPTS];
  uint16_t attempt; /* at the moment before; 0 at the first */
  /* By moment, in the order in which it happened there; applied when the walk is done. */
  struct {
    bool opened, reopened, closed, open;
  } at[REPLAY_MOMENTS];
};

static const struct walk_end *end_of(const struct walk_student *student, uint16_t attempt) {
  for (size_t i = 0; i < student->ends_n; i++)
    if (student->ends[i].attempt == attempt)
      return &student->ends[i];
  return NULL;
}

static bool calls_for_somebody(const struct risk_assessment *assessment) {
  if (assessment->state == RISK_AT_RISK)
    return true;
  for (uint16_t i = 0; i < assessment->flags_n; i++)
    if (assessment->flags[i].severity >= RISK_WARNING)
      return true;
  return false;
}

static void case_close(struct student_walk *walk, struct attempt_case *one, size_t moment) {
  walk->at[moment].closed |= one->open;
  one->open = false;
}

static void case_note(struct student_walk *walk, struct attempt_case *one, uint16_t attempt, size_t moment) {
  const struct replay_options *options = &walk->replay->options;
  const struct walk_end *end = end_of(walk->student, attempt);
  int32_t day = options->moments[moment].day;
  walk->at[moment].open = one->open;
  if (!one->open || !end)
    return;
  one->before |= day < end->taken_day;
  one->in_time |= day <= end->taken_day - options->lead_days;
}

static int visit(void *arg, size_t moment, const struct walk_plan *plan, const struct risk_input *input,
                 const struct risk_assessment *assessment) {
  struct student_walk *walk = arg;
  uint16_t attempt = plan->attempt < ATTEMPTS ? plan->attempt : ATTEMPTS - 1;
  struct attempt_case *one = &walk->cases[attempt];
  if (walk->attempt != attempt)
    case_close(walk, &walk->cases[walk->attempt], moment);
  walk->attempt = attempt;
  bool over = walk_is_over(plan, input->as_of_day), called = !over && calls_for_somebody(assessment);
  if (called && !one->open) {
    walk->at[moment].opened = !one->ever;
    walk->at[moment].reopened = one->ever;
    one->open = one->ever = true;
  } else if (over || (!called && assessment->state == RISK_ON_TRACK)) {
    case_close(walk, one, moment);
  }
  case_note(walk, one, attempt, moment);
  return E_OK;
}

/* ---------------------------------------------------------------- sums */

static struct replay_year *year_of(struct replay *replay, int16_t class_year) {
  size_t at = 0;
  while (at < replay->years_n && replay->years[at].class_year < class_year)
    at++;
  if (at < replay->years_n && replay->years[at].class_year == class_year)
    return &replay->years[at];
  if (replay->years_n == REPLAY_YEARS)
    return NULL;
  memmove(&replay->years[at + 1], &replay->years[at], (replay->years_n - at) * sizeof replay->years[0]);
  replay->years_n++;
  replay->years[at] = (struct replay_year){.class_year = class_year};
  return &replay->years[at];
}

static void outcome_add(struct replay_outcomes *outcomes, const struct walk_end *end, const struct attempt_case *one) {
  outcomes->failed += !end->passed;
  outcomes->caught += !end->passed && one->in_time;
  outcomes->passed += end->passed;
  outcomes->alarmed += end->passed && one->before;
}

static bool is_watched(const struct replay_options *options, const struct walk_end *end) {
  return end->attempt < ATTEMPTS && end->taken_day != RISK_NO_DAY &&
         options->moments[0].day <= end->taken_day - options->lead_days &&
         end->taken_day <= options->moments[options->moments_n - 1].day;
}

static int student_add(struct replay *replay, const struct student_walk *walk) {
  const struct walk_student *student = walk->student;
  struct replay_year *year = year_of(replay, student->class_year);
  if (!year)
    return E_LIMIT;
  replay->students++;
  for (size_t i = 0; i < replay->options.moments_n; i++) {
    struct replay_week *week = &replay->weeks[(replay->options.moments[i].day - replay->options.moments[0].day) / WEEK_DAYS];
    week->opened += walk->at[i].opened;
    week->reopened += walk->at[i].reopened;
    week->closed += walk->at[i].closed;
    replay->open[i] += walk->at[i].open;
  }
  for (size_t i = 0; i < ATTEMPTS; i++)
    replay->cases += walk->cases[i].ever;
  for (size_t i = 0; i < student->ends_n; i++) {
    const struct walk_end *end = &student->ends[i];
    if (!is_watched(&replay->options, end))
      continue;
    outcome_add(&replay->outcomes, end, &walk->cases[end->attempt]);
    outcome_add(&year->outcomes, end, &walk->cases[end->attempt]);
  }
  return E_OK;
}

int replay_student(struct replay *replay, const struct risk_params *params, const struct walk_student *student,
                   struct walk_desk *desk) {
  struct student_walk walk = {.replay = replay, .student = student};
  int err = walk_student(params, student, replay->options.moments, replay->options.moments_n, desk, visit, &walk);
  return err ? err : student_add(replay, &walk);
}

/* ---------------------------------------------------------------- life */

int replay_init(struct replay *replay, const struct replay_options *options) {
  *replay = (struct replay){.options = *options};
  if (options->moments_n < 1 || options->moments_n > REPLAY_MOMENTS)
    return E_LIMIT;
  int32_t first = options->moments[0].day;
  replay->weeks_n = (size_t)((options->moments[options->moments_n - 1].day - first) / WEEK_DAYS) + 1;
  replay->weeks = calloc(replay->weeks_n, sizeof *replay->weeks);
  replay->open = calloc(options->moments_n, sizeof *replay->open);
  if (!replay->weeks || !replay->open) {
    replay_done(replay);
    return E_NOMEM;
  }
  for (size_t i = 0; i < replay->weeks_n; i++)
    replay->weeks[i].from_day = first + (int32_t)i * WEEK_DAYS;
  return E_OK;
}

void replay_done(struct replay *replay) {
  free(replay->weeks);
  free(replay->open);
  *replay = (struct replay){0};
}

/* ---------------------------------------------------------------- looking */

uint32_t replay_peak_open(const struct replay *replay, size_t *ret_moment) {
  size_t at = 0;
  for (size_t i = 1; i < replay->options.moments_n; i++)
    at = replay->open[i] > replay->open[at] ? i : at;
  *ret_moment = at;
  return replay->open[at];
}

uint32_t replay_peak_week(const struct replay *replay, size_t *ret_week) {
  size_t at = 0;
  for (size_t i = 1; i < replay->weeks_n; i++)
    if (replay->weeks[i].opened + replay->weeks[i].reopened > replay->weeks[at].opened + replay->weeks[at].reopened)
      at = i;
  *ret_week = at;
  return replay->weeks[at].opened + replay->weeks[at].reopened;
}

/* ---------------------------------------------------------------- JSON */

static void put_day(struct buf *buf, const char *name, int32_t day) {
  char text[11];
  result_format_day(text, day);
  buf_printf(buf, "\"%s\":\"%s\"", name, text);
}

static void put_share(struct buf *buf, const char *name, uint32_t count, uint32_t n) {
  double low = NAN, high = NAN;
  if (n > 0)
    metrics_wilson(count, n, &low, &high);
  buf_printf(buf, ",\"%s\":{\"n\":%u,\"count\":%u,\"share\":", name, n, count);
  json_put_number(buf, n > 0 ? (double)count / n : NAN);
  buf_printf(buf, ",\"low\":");
  json_put_number(buf, low);
  buf_printf(buf, ",\"high\":");
  json_put_number(buf, high);
  buf_printf(buf, "}");
}

static void put_outcomes(struct buf *buf, const struct replay_outcomes *o) {
  buf_printf(buf, "\"watched\":%u,\"failed\":%u,\"passed\":%u", o->failed + o->passed, o->failed, o->passed);
  put_share(buf, "caught", o->caught, o->failed);
  put_share(buf, "missed", o->failed - o->caught, o->failed);
  put_share(buf, "false_alarms", o->alarmed, o->passed);
}

/* A week without a moment has the cases that were open before. */
static void put_weeks(struct buf *buf, const struct replay *replay) {
  size_t moment = 0;
  uint32_t open = 0;
  buf_printf(buf, ",\"weeks\":[");
  for (size_t i = 0; i < replay->weeks_n; i++) {
    const struct replay_week *week = &replay->weeks[i];
    for (; moment < replay->options.moments_n && replay->options.moments[moment].day < week->from_day + WEEK_DAYS; moment++)
      open = replay->open[moment];
    buf_printf(buf, "%s{", i ? "," : "");
    put_day(buf, "week", week->from_day);
    buf_printf(buf, ",\"opened\":%u,\"reopened\":%u,\"closed\":%u,\"open\":%u}", week->opened, week->reopened, week->closed, open);
  }
  buf_printf(buf, "]");
}

static void put_volume(struct buf *buf, const struct replay *replay) {
  size_t moment, week, sum = 0;
  uint32_t most_open = replay_peak_open(replay, &moment), most_opened = replay_peak_week(replay, &week);
  for (size_t i = 0; i < replay->weeks_n; i++)
    sum += replay->weeks[i].opened + replay->weeks[i].reopened;
  buf_printf(buf, ",\"students\":%u,\"cases\":%u,\"opened_a_week\":", replay->students, replay->cases);
  json_put_number(buf, (double)sum / (double)replay->weeks_n);
  buf_printf(buf, ",\"most_opened_in_a_week\":{\"count\":%u,", most_opened);
  put_day(buf, "week", replay->weeks[week].from_day);
  buf_printf(buf, "},\"most_open_at_once\":{\"count\":%u,", most_open);
  put_day(buf, "day", replay->options.moments[moment].day);
  buf_printf(buf, "}");
}

static void put_set(struct buf *buf, const struct replay_named *named) {
  const struct replay *replay = named->replay;
  buf_printf(buf, "{\"set\":");
  json_put_string(buf, named->name);
  buf_printf(buf, ",\"version\":");
  json_put_string(buf, named->version);
  put_volume(buf, replay);
  put_weeks(buf, replay);
  buf_printf(buf, ",\"outcomes\":{");
  put_outcomes(buf, &replay->outcomes);
  buf_printf(buf, "},\"by_class_year\":[");
  for (size_t i = 0; i < replay->years_n; i++) {
    buf_printf(buf, "%s{\"class_year\":", i ? "," : "");
    json_put_number(buf, replay->years[i].class_year ? replay->years[i].class_year : NAN);
    buf_printf(buf, ",");
    put_outcomes(buf, &replay->years[i].outcomes);
    buf_printf(buf, "}");
  }
  buf_printf(buf, "]}");
}

void replay_put_json(struct buf *buf, const struct replay_named *sets, size_t n) {
  const struct replay_options *options = &sets[0].replay->options;
  size_t last = options->moments_n - 1;
  put_day(buf, "from", options->moments[0].day);
  buf_printf(buf, ",");
  put_day(buf, "to", options->moments[last].day);
  buf_printf(buf, ",\"every_days\":%d,\"lead_days\":%d,\"sets\":[",
             last > 0 ? options->moments[1].day - options->moments[0].day : 1, options->lead_days);
  for (size_t i = 0; i < n; i++) {
    buf_printf(buf, "%s", i ? "," : "");
    put_set(buf, &sets[i]);
  }
  buf_printf(buf, "]");
}

/* ---------------------------------------------------------------- parameters */

static bool is_number(const char *text) {
  return *text && strspn(text, "0123456789.+-eE") == strlen(text);
}

int replay_params(const char *text, size_t len, const char *instruments, size_t instruments_len,
                  const struct replay_change *changes, size_t n, struct risk_params **ret, char *reason, size_t cap) {
  struct buf changed;
  struct risk_params_fault fault = {0};
  buf_init(&changed, TEXT_BYTES);
  buf_put(&changed, text, len);
  for (size_t i = 0; i < n; i++) {
    const struct fit_change change = {changes[i].name, changes[i].value, "changed for this replay"};
    struct buf next;
    if (!is_number(change.value) || isnan(fit_text_number((const char *)changed.data, changed.len, change.name))) {
      if (is_number(change.value))
        snprintf(reason, cap, "%.40s: there is no such number in this parameter set", change.name);
      else
        snprintf(reason, cap, "%.40s: \"%.40s\" is no number", change.name, change.value);
      buf_done(&changed);
      return E_INVALID;
    }
    buf_init(&next, TEXT_BYTES);
    fit_text_change(&next, (const char *)changed.data, changed.len, &change, 1);
    buf_done(&changed);
    changed = next;
  }
  int err = buf_finish(&changed);
  if (!err) {
    *ret =
        risk_params_parse((const char *)changed.data, changed.len, instruments_len ? instruments : NULL, instruments_len, &fault);
    err = *ret ? E_OK : E_INVALID;
    if (err)
      snprintf(reason, cap, "%s: %s", fault.key, fault.reason);
  } else {
    snprintf(reason, cap, "%s", err_text(err));
  }
  buf_done(&changed);
  return err;
}
