/*
 * One student's way through past moments: what the engine would have said at each of them, from what was known then, one estimate
 * after the other, so that hysteresis is what it would have been. Nights that are filled in afterwards, replays of thresholds and
 * previews of a parameter set are this walk with another visitor.
 *
 * Pure: no I/O, no clock; the caller lends student and moments, the desk is reused from student to student.
 */
#ifndef SG_STUDY_WALK_H
#define SG_STUDY_WALK_H

#include "risk/risk.h"

/* A moment of a school: civil day and offset from UTC are those of its zone at as_of_ms. */
struct walk_moment {
  int64_t as_of_ms;
  int32_t day, zone_offset_s;
};

/* What was known of the coming exam from a moment on; days are RISK_NO_DAY where unknown. */
struct walk_plan {
  int64_t from_ms; /* of the first INT64_MIN */
  int32_t exam_day, dedicated_day, permit_from_day, permit_to_day, deadline_day;
  int32_t taken_day; /* of this attempt, once that was said; may be ahead of the moment where it was said afterwards */
  uint16_t attempt, failures;
  uint16_t date_moves; /* as risk_input */
  bool passed;         /* an attempt was passed: there is no more to come */
};

/* How an attempt ended. */
struct walk_end {
  int32_t taken_day;
  uint16_t attempt;
  bool passed;
};

struct walk_student {
  const struct result *results; /* as risk_input.results */
  size_t n;
  const struct walk_plan *plans; /* in order of from_ms, at least one */
  size_t plans_n;
  const struct walk_end *ends; /* in order of attempt */
  size_t ends_n;
  const struct risk_week *weeks; /* as risk_input.weeks */
  size_t weeks_n;
  enum risk_track track;
  enum risk_state previous_state; /* of the estimate before the first moment */
  uint16_t pending_state_runs;
  int16_t class_year; /* 0 where unknown */
};

/* Working memory of one thread; grows to the student with the most results. All zero to begin with. */
struct walk_desk {
  struct risk_reason *reasons;
  void *scratch;
  size_t room;
  struct risk_assessment assessment;
};
void walk_desk_done(struct walk_desk *desk);

/* Told of each estimate in order; what is pointed to lives until it returns. Not 0 ends the walk with that error. */
typedef int walk_visit(void *arg, size_t moment, const struct walk_plan *plan, const struct risk_input *input,
                       const struct risk_assessment *assessment);

/* `moments` in order of time. 0, E_NOMEM, E_LIMIT (more results than can be assessed), or what the visitor gave. */
int walk_student(const struct risk_params *params, const struct walk_student *student, const struct walk_moment *moments, size_t n,
                 struct walk_desk *desk, walk_visit *visit, void *arg) MUSTCHECK;

/* Whether the exam of this plan was over on a day. */
bool walk_is_over(const struct walk_plan *plan, int32_t day);

#endif
