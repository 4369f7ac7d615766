/*
 * The walk.
 *
 * All results of the student are handed to the engine at every moment, which does not look at what was taken after it: one rule of
 * what counts, in one place. Contacts with a client are no part of it ("never synced" and "gone silent" cannot be told
 * afterwards: only the latest contact is kept).
 *
 * Plans are steps in time rather than one plan, because an exam that was moved was somewhere else before; they come from the log of
 * what was said (core.plan_at) or, for a class in files, from its attempts (replay_past.c).
 */
#include "study/walk.h"

#include "base/err.h"

#include <stdlib.h>

static int desk_room(struct walk_desk *desk, size_t results) {
  if (desk->scratch && desk->room >= results)
    return E_OK;
  walk_desk_done(desk);
  desk->reasons = malloc((results + RISK_REASONS_EXTRA) * sizeof *desk->reasons);
  desk->scratch = malloc(risk_scratch_bytes(results));
  if (!desk->reasons || !desk->scratch) {
    walk_desk_done(desk);
    return E_NOMEM;
  }
  desk->room = results;
  return E_OK;
}

void walk_desk_done(struct walk_desk *desk) {
  free(desk->reasons);
  free(desk->scratch);
  *desk = (struct walk_desk){0};
}

bool walk_is_over(const struct walk_plan *plan, int32_t day) {
  return plan->passed || (plan->taken_day != RISK_NO_DAY && plan->taken_day <= day);
}

static void input_plan(struct risk_input *input, const struct walk_plan *plan) {
  input->exam_day = plan->exam_day;
  input->dedicated_day = plan->dedicated_day;
  input->permit_from_day = plan->permit_from_day;
  input->permit_to_day = plan->permit_to_day;
  input->deadline_day = plan->deadline_day;
  input->attempt = plan->attempt;
  input->failures = plan->failures;
  input->date_moves = plan->date_moves;
}

/* Attempts before the coming one: their days are history whenever the plan has come as far. */
static void input_sittings(struct risk_input *input, const struct walk_student *student) {
  input->last_failed_day = RISK_NO_DAY;
  input->sittings_n = 0;
  for (size_t i = student->ends_n; i-- > 0;) {
    const struct walk_end *end = &student->ends[i];
    if (end->attempt >= input->attempt)
      continue;
    if (!end->passed && end->taken_day > input->last_failed_day)
      input->last_failed_day = end->taken_day;
    if (input->sittings_n < RISK_MAX_SITTINGS)
      input->sittings[input->sittings_n++] = end->taken_day;
  }
}

int walk_student(const struct risk_params *params, const struct walk_student *student, const struct walk_moment *moments, size_t n,
                 struct walk_desk *desk, walk_visit *visit, void *arg) {
  struct risk_input input = {.results = student->results,
                             .n = student->n,
                             .weeks = student->weeks,
                             .weeks_n = student->weeks_n,
                             .track = student->track,
                             .previous_state = student->previous_state,
                             .pending_state_runs = student->pending_state_runs};
  size_t plan = 0;
  int err = desk_room(desk, student->n);
  for (size_t i = 0; !err && i < n; i++) {
    while (plan + 1 < student->plans_n && student->plans[plan + 1].from_ms <= moments[i].as_of_ms)
      plan++;
    input.as_of_ms = moments[i].as_of_ms;
    input.as_of_day = moments[i].day;
    input.zone_offset_s = moments[i].zone_offset_s;
    input_plan(&input, &student->plans[plan]);
    input_sittings(&input, student);
    if (risk_assess(params, &input, desk->scratch, desk->reasons, &desk->assessment) != RISK_OK)
      return E_LIMIT;
    err = visit(arg, i, &student->plans[plan], &input, &desk->assessment);
    input.previous_state = desk->assessment.state;
    input.pending_state_runs = desk->assessment.pending_state_runs;
  }
  return err;
}
