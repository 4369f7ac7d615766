/*
 * What `goal`, `checkin`, `status` and `export` share: hours as people write them, the week at hand, and what was done in it.
 *
 * Progress is counted here from the results of this device, and the school is not asked: a goal is looked at every day, also on a
 * train. Questions of a week are what its results hold or what a check-in says of it, whichever is more, as the school counts them:
 * some record every block and round in the check-in.
 */
#include "client/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HOUR_MIN = 60, DAY_S = 24 * 3600, WEEK_DAYS = 7, ONE_CENTI = 100, GOAL_ROOM = 64 };

int32_t today_day(void) {
  time_t now = time(NULL);
  struct tm local;
  char text[16];
  int32_t day = (int32_t)(now / DAY_S);
  if (localtime_r(&now, &local) != NULL && strftime(text, sizeof text, "%Y-%m-%d", &local) != 0)
    (void)!result_parse_day(text, &day);
  return day;
}

/* When a day begins, in the zone that the app has set. */
static int64_t day_start_ms(int32_t day) {
  time_t noon = (time_t)day * DAY_S + DAY_S / 2;
  struct tm utc;
  if (gmtime_r(&noon, &utc) == NULL)
    return (int64_t)day * DAY_S * 1000;
  struct tm local = {.tm_year = utc.tm_year, .tm_mon = utc.tm_mon, .tm_mday = utc.tm_mday, .tm_isdst = -1};
  return (int64_t)mktime(&local) * 1000;
}

/* ---------------------------------------------------------------- hours */

bool hours_read(const char *text, int32_t *ret_minutes) {
  char part[16];
  int32_t centi, hours, minutes;
  size_t len = strlen(text);
  const char *colon = strchr(text, ':');
  if (len == 0 || len >= sizeof part)
    return false;
  snprintf(part, sizeof part, "%s", text);
  char unit = part[len - 1];
  if (unit == 'h' || unit == 'm')
    part[len - 1] = '\0';
  if (unit == 'm' && result_parse_count(part, ret_minutes) == 0)
    return true;
  if (colon != NULL && unit != 'm') {
    part[colon - text] = '\0';
    if (result_parse_count(part, &hours) != 0 || result_parse_count(part + (colon - text) + 1, &minutes) != 0 ||
        minutes >= HOUR_MIN || hours > LIMIT_WEEK_MINUTES)
      return false;
    *ret_minutes = hours * HOUR_MIN + minutes;
    return true;
  }
  if (unit == 'm' || result_parse_centi(part, &centi) != 0 || centi < 0 || centi > LIMIT_WEEK_MINUTES * ONE_CENTI)
    return false;
  *ret_minutes = (int32_t)(((int64_t)centi * HOUR_MIN + ONE_CENTI / 2) / ONE_CENTI);
  return true;
}

void hours_text(char ret[SPEAK_NUMBER], int32_t minutes) {
  if (minutes % HOUR_MIN == 0)
    snprintf(ret, SPEAK_NUMBER, "%d h", (int)(minutes / HOUR_MIN));
  else
    snprintf(ret, SPEAK_NUMBER, "%d:%02d h", (int)(minutes / HOUR_MIN), (int)(minutes % HOUR_MIN));
}

/* ---------------------------------------------------------------- JSON */

static json_t *number_json(int32_t number) {
  return number != RESULT_UNKNOWN ? json_integer(number) : json_null();
}

json_t *study_json(const struct sg_study *study) {
  const struct study_entry *e = &study->entry;
  json_t *out =
      e->kind == STUDY_GOAL
          ? json_pack("{s:s, s:o, s:o, s:o, s:o}", "kind", "goal", "from", json_day(e->day), "questions", number_json(e->questions),
                      "checks", number_json(e->checks), "review_minutes", number_json(e->minutes))
          : json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "kind", "checkin", "week_from", json_day(e->day), "study_minutes",
                      number_json(e->minutes), "questions", number_json(e->questions), "reviewed_percent",
                      number_json(e->reviewed_percent), "confidence_percent", number_json(e->confidence_percent));
  json_object_set_new(out, "entry_id", json_id(e->id));
  json_object_set_new(out, "made_at", json_time(e->made_at_ms));
  json_object_set_new(out, "state", json_string(row_state_name(study->state)));
  json_object_set_new(out, "field", json_string(study->field));
  json_object_set_new(out, "reason", json_string(study->reason));
  return out;
}

json_t *message_json(const struct sg_message *message) {
  return json_pack("{s:I, s:o, s:o, s:b, s:s, s:s}", "message_id", (json_int_t)message->id, "written_at",
                   json_time(message->written_ms), "changed_at", json_time(message->changed_ms), "new", message->is_new, "writer",
                   message->writer, "text", message->text);
}

/* ---------------------------------------------------------------- the week at hand */

struct counting {
  int64_t from_ms, until_ms;
  struct week *week;
};

/* A whole self-assessment: whatever is neither a block of a question bank nor the school's own. */
static bool is_check(const struct result *r) {
  return strncmp(r->instrument, "qbank_", strlen("qbank_")) != 0 && strcmp(r->instrument, "school_exam") != 0;
}

static bool count_row(void *arg, const struct sg_row *row) {
  const struct counting *counting = arg;
  const struct result *r = &row->result;
  if (!row->current || r->retracted || r->taken_at_ms < counting->from_ms || r->taken_at_ms >= counting->until_ms)
    return true;
  counting->week->questions += r->items != RESULT_UNKNOWN ? r->items : 0;
  counting->week->checks += is_check(r);
  return true;
}

int week_find(struct app *app, int32_t day, struct week *ret) {
  struct sg_error error;
  struct week week = {.monday = study_monday(day)};
  struct counting counting = {day_start_ms(week.monday), day_start_ms(week.monday + WEEK_DAYS), &week};
  int status = sg_list(app->client, SG_LIST_ALL, count_row, &counting, &error);
  if (status == SG_OK)
    status = sg_study_standing(app->client, STUDY_GOAL, week.monday + WEEK_DAYS - 1, &week.goal, &week.has_goal, &error);
  if (status == SG_OK)
    status = sg_study_standing(app->client, STUDY_CHECK_IN, week.monday, &week.check_in, &week.has_check_in, &error);
  if (status != SG_OK)
    return speak_error(app, &error);
  const struct study_entry *goal = &week.goal.entry;
  week.has_goal =
      week.has_goal && (goal->questions != RESULT_UNKNOWN || goal->checks != RESULT_UNKNOWN || goal->minutes != RESULT_UNKNOWN);
  week.recorded = week.questions;
  if (week.has_check_in && week.check_in.entry.questions > week.questions)
    week.questions = week.check_in.entry.questions;
  *ret = week;
  return OPTIONS_GO_ON;
}

/* ---------------------------------------------------------------- in `status` */

int studying_find(struct app *app, struct studying *ret) {
  struct sg_error error;
  memset(ret, 0, sizeof *ret);
  if (sg_messages(app->client, NULL, NULL, &ret->messages, &error) != SG_OK)
    return speak_error(app, &error);
  return week_find(app, today_day(), &ret->week);
}

static void newest_take(void *arg, const struct sg_message *message) {
  struct sg_message *newest = arg;
  if (newest->written_ms == 0)
    *newest = *message;
}

int studying_text(struct app *app, const struct studying *studying) {
  const struct week *week = &studying->week;
  const struct study_entry *goal = &week->goal.entry;
  if (week->has_goal && (goal->questions != RESULT_UNKNOWN || goal->checks != RESULT_UNKNOWN)) {
    char questions[GOAL_ROOM] = "", checks[GOAL_ROOM] = "";
    if (goal->questions != RESULT_UNKNOWN)
      snprintf(questions, sizeof questions, " %d of %d questions", (int)week->questions, (int)goal->questions);
    if (goal->checks != RESULT_UNKNOWN)
      snprintf(checks, sizeof checks, "%s %d of %d readiness checks", questions[0] != '\0' ? "," : "", (int)week->checks,
               (int)goal->checks);
    printf("\n");
    print_text(app, 0, "This week, of your goals:%s%s.", questions, checks);
  }
  if (studying->messages.n_new == 0)
    return EXIT_DONE;
  struct sg_error error;
  struct sg_messages_about about;
  char day[SPEAK_TIME];
  struct sg_message *newest = calloc(1, sizeof *newest);
  if (newest == NULL)
    return speak_error(app, &(struct sg_error){.status = SG_NOMEM, .text = "Out of memory."});
  int code = EXIT_DONE;
  if (sg_messages(app->client, newest_take, newest, &about, &error) != SG_OK) {
    code = speak_error(app, &error);
  } else {
    format_date(day, newest->written_ms);
    printf("\n");
    print_text(app, 0, "%s%u new %s from the office%s, the newest of %s by %s. Read: stepguard messages", tone_on(app, TONE_WARN),
               about.n_new, about.n_new == 1 ? "message" : "messages", tone_off(app, TONE_WARN), day, newest->writer);
  }
  free(newest);
  return code;
}

void studying_json(const struct studying *studying, json_t *into) {
  const struct week *week = &studying->week;
  json_object_set_new(into, "messages",
                      json_pack("{s:i, s:i, s:o}", "count", (int)studying->messages.n, "new", (int)studying->messages.n_new,
                                "received_at", json_time(studying->messages.received_ms)));
  json_object_set_new(into, "week", week_json(week));
}

json_t *week_json(const struct week *week) {
  return json_pack("{s:o, s:i, s:i, s:o, s:o}", "week_from", json_day(week->monday), "questions", (int)week->questions, "checks",
                   (int)week->checks, "goal", week->has_goal ? study_json(&week->goal) : json_null(), "checkin",
                   week->has_check_in ? study_json(&week->check_in) : json_null());
}
