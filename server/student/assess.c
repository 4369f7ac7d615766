/*
 * The bridge between the database's view of a student and the risk engine's. Assessing costs microseconds, so it is done
 * on the loop, right when the state arrives; only the recording of it goes out again.
 */
#include "student/assess.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

#include <inttypes.h>

enum { RECORD_BYTES = 16 * 1024 * 1024 /* 256 students with 500 reasons each need 10 MiB */ };

void assess_begin(struct assess_turn *turn, struct student *port) {
  *turn = (struct assess_turn){.port = port, .now_ms = clock_wall_ms()};
}

static int assess_one(struct assess_turn *turn, struct student_state *state, struct arena *arena, struct risk_assessment **ret) {
  const struct risk_params *params = model_params(turn->port->model, state->parameters_id);
  const struct zone *zone = model_zone(turn->port->model, state->zone);
  if (params == NULL || zone == NULL)
    return E_AWAY;
  struct risk_assessment *assessment = arena_zalloc(arena, 1, sizeof *assessment);
  struct risk_reason *reasons = arena_zalloc(arena, state->input.n + 3, sizeof *reasons);
  void *scratch = arena_alloc(arena, risk_scratch_bytes(state->input.n));
  if (assessment == NULL || reasons == NULL || scratch == NULL)
    return E_NOMEM;
  state->input.as_of_ms = turn->now_ms;
  state->input.as_of_day = zone_day(zone, turn->now_ms);
  if (risk_assess(params, &state->input, scratch, reasons, assessment) < 0)
    return E_INVALID;
  *ret = assessment;
  return E_OK;
}

static void assess_record(struct assess_turn *turn, const struct student_state *state, const struct risk_assessment *assessment) {
  if (turn->record == NULL)
    turn->record = record_new(RECORD_BYTES);
  if (turn->record == NULL || turn->last_student == state->student_id)
    return;
  int err = record_add(turn->record, state, assessment);
  if (err < 0)
    log_event(LOG_WARN, NULL, "record_add_failed", "stu=%" PRId32 "/%" PRId64 " err=%s", state->school_id, state->student_id, err_name(err));
  turn->last_student = state->student_id;
}

const struct risk_assessment *assess_add(struct assess_turn *turn, struct student_state *state, struct arena *arena) {
  struct risk_assessment *assessment;
  int err = assess_one(turn, state, arena, &assessment);
  if (err < 0) {
    log_event(LOG_WARN, NULL, "assess_failed", "stu=%" PRId32 "/%" PRId64 " err=%s", state->school_id, state->student_id, err_name(err));
    return NULL;
  }
  assess_record(turn, state, assessment);
  return assessment;
}

static void assess_recorded(void *arg, int err, const PGresult *res) {
  (void)arg, (void)res;
  if (err < 0)
    log_event(LOG_WARN, NULL, "assessment_not_recorded", "err=%s", err_name(err)); /* they stay stale: the janitor's */
}

void assess_finish(struct assess_turn *turn) {
  if (turn->record == NULL)
    return;
  if (record_count(turn->record) > 0) {
    struct args *args = record_finish(turn->record);
    int err = pool_call(turn->port->pool, STMT_RECORD, args, assess_recorded, NULL);
    if (err < 0)
      log_event(LOG_WARN, NULL, "assessment_not_recorded", "err=%s", err_name(err));
  }
  record_free(turn->record);
  turn->record = NULL;
}
