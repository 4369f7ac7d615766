/*
 * Assessing on the loop, and sending the record of it out.
 *
 * It costs microseconds, so it is done right when the state arrives; a thread for it was rejected, the hand-over would cost
 * more than the work. The record is not waited for: the rows it follows from are committed, and whatever keeps it from being
 * written (a crash, a full disk, somebody else's newer version) leaves the student marked stale, which is the janitor's work.
 */
#include "student/assess.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

#include <inttypes.h>

enum { RECORD_BYTES = 16 * 1024 * 1024 /* 256 students with 500 reasons each need 10 MiB */, ARGS_SMALL = 64 };

void assess_begin(struct assess_turn *turn, struct student *port) {
  *turn = (struct assess_turn){.port = port, .now_ms = clock_wall_ms()};
}

static void assess_refreshed(void *arg, int err, const PGresult *res) {
  struct student *port = arg;
  port->asking_sets = false;
  if (err == E_OK)
    err = model_take_sets(port->model, res);
  if (err < 0)
    log_event(LOG_WARN, NULL, "parameters_not_loaded", "err=%s", err_name(err));
  for (size_t i = 0; i < model_sets(port->model); i++) {
    const struct model_set *set = model_set_at(port->model, i);
    if (set->params == NULL)
      log_event(LOG_ERROR, NULL, "parameters_unusable", "id=%" PRId32 " line=%u key=%s reason=%s", set->id, set->fault.line,
                log_value(set->fault.key), log_value(set->fault.reason));
  }
}

void assess_refresh(struct student *port) {
  struct args args;
  if (port->asking_sets)
    return;
  args_init(&args, ARGS_SMALL);
  port->asking_sets = pool_call(port->pool, STMT_PARAMETERS, &args, assess_refreshed, port) == E_OK;
}

static void assess_record(struct assess_turn *turn, const struct student_state *state, const struct risk_assessment *assessment) {
  if (turn->record == NULL)
    turn->record = record_new(RECORD_BYTES);
  if (turn->record == NULL || turn->last_student == state->student_id)
    return;
  int err = record_add(turn->record, state, assessment);
  if (err < 0)
    log_event(LOG_WARN, NULL, "record_add_failed", "stu=%" PRId32 "/%" PRId64 " err=%s", state->school_id, state->student_id,
              err_name(err));
  turn->last_student = state->student_id;
}

const struct risk_assessment *assess_add(struct assess_turn *turn, struct student_state *state, struct arena *arena) {
  struct risk_assessment *assessment;
  char reason[MODEL_REASON];
  int err = model_assess(turn->port->model, state, turn->now_ms, arena, &assessment, reason);
  if (err < 0) {
    log_event(LOG_WARN, NULL, "assess_failed", "stu=%" PRId32 "/%" PRId64 " err=%s reason=%s", state->school_id, state->student_id,
              err_name(err), log_value(reason));
    if (err == E_AWAY)
      assess_refresh(turn->port); /* the janitor assesses the student a little later */
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
