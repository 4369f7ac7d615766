/*
 * The checks of a goal and of a check-in.
 *
 * They are there against slips of the pen: nobody's word about a week is doubted, only what a week cannot hold. A goal of nothing
 * is refused rather than taken for "no goal": who means that leaves the kind out.
 */
#include "proto/study.h"

#include <inttypes.h>

enum { DAY_MS = 24 * 3600 * 1000, WEEK_DAYS = 7, THURSDAY = 3 /* 1970-01-01, counted from Monday */ };

int32_t study_monday(int32_t day) {
  int64_t since = (int64_t)day + THURSDAY;
  return (int32_t)(day - (since % WEEK_DAYS + WEEK_DAYS) % WEEK_DAYS);
}

struct study_entry study_entry_of(enum study_kind kind, int32_t day) {
  return (struct study_entry){.kind = kind,
                              .day = day,
                              .minutes = RESULT_UNKNOWN,
                              .questions = RESULT_UNKNOWN,
                              .checks = RESULT_UNKNOWN,
                              .reviewed_percent = RESULT_UNKNOWN,
                              .confidence_percent = RESULT_UNKNOWN};
}

static int number_check(const char *field, const char *what, int32_t value, int32_t low, int32_t high, bool optional,
                        struct result_fault *ret_fault) {
  if ((value == RESULT_UNKNOWN && optional) || (value >= low && value <= high))
    return 0;
  if (value == RESULT_UNKNOWN)
    return result_refuse(ret_fault, field, "%s are missing; give a number, 0 where there were none", what);
  return result_refuse(ret_fault, field, "%" PRId32 " %s are not between %" PRId32 " and %" PRId32 "; correct the number%s", value,
                       what, low, high, optional ? " or leave it out" : "");
}

static int goal_check(const struct study_entry *goal, int64_t today, struct result_fault *ret_fault) {
  if (goal->day < LIMIT_OLDEST_MS / DAY_MS)
    return result_refuse(ret_fault, "from", "the goal begins before 2000; correct the day");
  if (goal->day > today + LIMIT_GOAL_AHEAD_DAYS)
    return result_refuse(ret_fault, "from", "the goal begins more than a year from now; correct the day");
  if (number_check("questions", "questions a week", goal->questions, 1, LIMIT_WEEK_QUESTIONS, true, ret_fault) ||
      number_check("checks", "readiness checks a week", goal->checks, 1, LIMIT_WEEK_CHECKS, true, ret_fault) ||
      number_check("review_minutes", "minutes of review a week", goal->minutes, 1, LIMIT_WEEK_MINUTES, true, ret_fault))
    return -1;
  return 0;
}

static int check_in_check(const struct study_entry *week, int64_t now_ms, struct result_fault *ret_fault) {
  if (study_monday(week->day) != week->day)
    return result_refuse(ret_fault, "week_from", "a week begins on a Monday; name it by that day");
  if (week->day < LIMIT_OLDEST_MS / DAY_MS)
    return result_refuse(ret_fault, "week_from", "the week lies before 2000; correct the day");
  if (week->day * (int64_t)DAY_MS > now_ms + LIMIT_CLOCK_AHEAD_S * INT64_C(1000))
    return result_refuse(ret_fault, "week_from",
                         "the week has not begun; look back on one that has, or correct the clock of this computer");
  if (number_check("study_minutes", "minutes of study", week->minutes, 0, LIMIT_WEEK_MINUTES, false, ret_fault) ||
      number_check("questions", "questions", week->questions, 0, LIMIT_WEEK_QUESTIONS, false, ret_fault) ||
      number_check("reviewed_percent", "percent of the misses", week->reviewed_percent, 0, 100, true, ret_fault) ||
      number_check("confidence_percent", "percent of confidence", week->confidence_percent, 0, 100, true, ret_fault))
    return -1;
  return 0;
}

int study_check(const struct study_entry *entry, int64_t now_ms, struct result_fault *ret_fault) {
  if (!uuid_is_time_ordered(entry->id))
    return result_refuse(ret_fault, "entry_id", "the id is not a UUID of version 7; the client is broken, update it");
  if (entry->made_at_ms < LIMIT_OLDEST_MS)
    return result_refuse(ret_fault, "made_at", "this was said before 2000; correct the clock of this computer");
  if (entry->made_at_ms > now_ms + LIMIT_CLOCK_AHEAD_S * INT64_C(1000))
    return result_refuse(ret_fault, "made_at", "this was said in the future; correct the clock of this computer");
  switch (entry->kind) {
  case STUDY_GOAL: return goal_check(entry, now_ms / DAY_MS, ret_fault);
  case STUDY_CHECK_IN: return check_in_check(entry, now_ms, ret_fault);
  }
  return result_refuse(ret_fault, "what", "this is neither a goal nor a check-in; update the server or the client");
}
