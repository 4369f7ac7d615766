/*
 * A class in files has one row an attempt, as it turned out, and no log of what was said when. So a plan is taken to have been what
 * it turned out to be, and it is an attempt's turn when the one before is known to have failed: the rule by which the database
 * fills in what it was told afterwards (sql/core/plan_at.sql), and that of past_input(), which is asked for everything else.
 */
#include "study/replay_past.h"

#include "base/err.h"

#include <stdlib.h>

enum { KNOWN_AFTER_DAYS = 28, STEPS_MORE = 1 /* after the last attempt: another one to come, or nothing */ };

#define MS_PER_DAY INT64_C(86400000)

int replay_past_open(const struct past *past, struct replay_past_room *room) {
  size_t most = 0;
  for (size_t i = 0; i < past->students_n; i++)
    most = past->students[i].attempts_n > most ? past->students[i].attempts_n : most;
  room->results = malloc((past->results_most + 1) * sizeof *room->results);
  room->plans = malloc((most + STEPS_MORE + 1) * sizeof *room->plans);
  room->ends = malloc((most + 1) * sizeof *room->ends);
  if (room->results && room->plans && room->ends)
    return E_OK;
  replay_past_close(room);
  return E_NOMEM;
}

void replay_past_close(struct replay_past_room *room) {
  free(room->results);
  free(room->plans);
  free(room->ends);
  *room = (struct replay_past_room){0};
}

static int32_t known_day(const struct past_attempt *attempt) {
  int32_t taken = past_exam_day(attempt);
  return attempt->known_day != RISK_NO_DAY ? attempt->known_day : taken != RISK_NO_DAY ? taken + KNOWN_AFTER_DAYS : RISK_NO_DAY;
}

static int64_t midnight_ms(const struct past *past, int32_t day) {
  return past->zone ? zone_midnight_ms(past->zone, day) : day * MS_PER_DAY;
}

/* What the files say of one attempt; number and failures are the walk's. */
static struct walk_plan plan_of(const struct past *past, size_t student, size_t attempt, struct result *room) {
  const struct past_attempt *row = &past->attempts[past->students[student].attempts_at + attempt];
  int32_t day = past_exam_day(row);
  struct risk_input input;
  past_input(past, student, attempt, day == RISK_NO_DAY ? 0 : day, room, &input);
  return (struct walk_plan){.from_ms = INT64_MIN,
                            .exam_day = day,
                            .dedicated_day = input.dedicated_day,
                            .permit_from_day = input.permit_from_day,
                            .permit_to_day = input.permit_to_day,
                            .deadline_day = input.deadline_day,
                            .taken_day = row->taken_day,
                            .attempt = row->number};
}

static void plans_fill(const struct past *past, size_t student, struct replay_past_room *room, struct walk_student *ret) {
  const struct past_student *who = &past->students[student];
  struct walk_plan next = {.from_ms = INT64_MIN,
                           .exam_day = RISK_NO_DAY,
                           .dedicated_day = who->dedicated_day,
                           .permit_from_day = RISK_NO_DAY,
                           .permit_to_day = RISK_NO_DAY,
                           .deadline_day = RISK_NO_DAY,
                           .taken_day = RISK_NO_DAY,
                           .attempt = 1};
  size_t n = 0;
  for (size_t i = 0; i < who->attempts_n && !next.passed; i++) {
    const struct past_attempt *attempt = &past->attempts[who->attempts_at + i];
    struct walk_plan plan = plan_of(past, student, i, room->results);
    int32_t known = known_day(attempt);
    plan.from_ms = next.from_ms;
    plan.failures = next.failures;
    room->plans[n++] = plan;
    if (attempt->outcome == PAST_NONE || known == RISK_NO_DAY) {
      next.attempt = 0; /* nobody knows how it ended, so nothing comes after it */
      break;
    }
    next.passed = attempt->outcome == PAST_PASS;
    next.failures = (uint16_t)(next.failures + !next.passed);
    next.attempt = (uint16_t)(attempt->number + !next.passed);
    next.from_ms = midnight_ms(past, known + 1);
    next.exam_day = next.passed ? plan.exam_day : RISK_NO_DAY;
    next.taken_day = next.passed ? plan.taken_day : RISK_NO_DAY;
    next.dedicated_day = next.passed ? plan.dedicated_day : RISK_NO_DAY;
  }
  if (next.attempt > 0)
    room->plans[n++] = next;
  ret->plans = room->plans;
  ret->plans_n = n;
}

void replay_past_student(const struct past *past, size_t student, struct replay_past_room *room, struct walk_student *ret) {
  const struct past_student *who = &past->students[student];
  *ret = (struct walk_student){
      .results = room->results, .n = who->results_n, .ends = room->ends, .track = (enum risk_track)who->track};
  plans_fill(past, student, room, ret);
  for (size_t i = 0; i < who->attempts_n; i++) {
    const struct past_attempt *attempt = &past->attempts[who->attempts_at + i];
    if (attempt->outcome != PAST_NONE && attempt->taken_day != RISK_NO_DAY)
      room->ends[ret->ends_n++] =
          (struct walk_end){.taken_day = attempt->taken_day, .attempt = attempt->number, .passed = attempt->outcome == PAST_PASS};
  }
  for (size_t i = 0; i < who->results_n; i++)
    past_result_fill(past, &past->results[who->results_at + i], &room->results[i]);
}

bool replay_past_span(const struct past *past, int32_t *ret_from, int32_t *ret_to) {
  int32_t from = INT32_MAX, to = INT32_MIN;
  for (size_t i = 0; i < past->results_n; i++) {
    int64_t at_ms = past->results[i].taken_at_ms;
    int32_t day = past->zone ? zone_day(past->zone, at_ms) : (int32_t)(at_ms / MS_PER_DAY - (at_ms % MS_PER_DAY < 0));
    from = day < from ? day : from;
    to = day > to ? day : to;
  }
  for (size_t i = 0; i < past->attempts_n; i++) {
    int32_t day = past_exam_day(&past->attempts[i]);
    to = day != RISK_NO_DAY && day > to ? day : to;
  }
  *ret_from = from;
  *ret_to = to;
  return from <= to;
}
