/*
 * The exam plan: planned, moved, cancelled, taken, passed or failed. Each change has an id of its own, so that sending it
 * twice counts once; of two changes to one attempt the later made wins, whatever order they arrive in (the database
 * decides both). A move of the date moves the probability, so the answer carries the new standing.
 */
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "proto/limits.h"
#include "proto/uuid7.h"
#include "student/assess.h"
#include "student/dispatch.h"
#include "student/session.h"
#include "student/standing.h"

#include <limits.h>

enum { PLAN_VERDICT, PLAN_STATUS, PLAN_FIELD, PLAN_REASON, PLAN_STATE }; /* columns of api.change_plan */
enum { ARGS_SMALL = 1024, DAYS_OLDEST = 10957 /* 2000-01-01 */, DAYS_NEWEST = 47482 /* 2100-01-01 */ };

struct plan_refusal {
  const char *field, *reason;
};

static bool day_possible(bool given, int32_t day) {
  return !given || (day >= DAYS_OLDEST && day < DAYS_NEWEST);
}

#define GIVEN(change, FIELD) (change->FIELD##_given_case != 0)
#define DAY(change, FIELD)   (GIVEN(change, FIELD) ? change->FIELD : INT32_MIN)

/* What can be known without the database. NULL in `field`: nothing is wrong. */
static struct plan_refusal plan_check(const Stepguard__V1__PlanChange *change, int64_t now_ms) {
  bool needs_day =
      change->action == STEPGUARD__V1__PLAN_ACTION__PLAN_SET || change->action == STEPGUARD__V1__PLAN_ACTION__PLAN_TAKEN;
  if (change->change_id.len != UUID_BYTES || !uuid_is_time_ordered(change->change_id.data))
    return (struct plan_refusal){"change_id", "The id of the change must be a UUID of version 7."};
  if (change->action < STEPGUARD__V1__PLAN_ACTION__PLAN_SET || change->action > STEPGUARD__V1__PLAN_ACTION__PLAN_RESULT)
    return (struct plan_refusal){"action", "The server does not know this action."};
  if (change->attempt < 1 || change->attempt > LIMIT_ATTEMPT)
    return (struct plan_refusal){"attempt", "Attempts are counted from 1."};
  if (needs_day && !GIVEN(change, exam_day))
    return (struct plan_refusal){"exam_day", "This action needs the day of the exam."};
  if (!day_possible(GIVEN(change, exam_day), change->exam_day))
    return (struct plan_refusal){"exam_day", "The day of the exam lies outside the years 2000 to 2099. Check the date."};
  if (!day_possible(GIVEN(change, permit_from_day), change->permit_from_day) ||
      !day_possible(GIVEN(change, permit_to_day), change->permit_to_day))
    return (struct plan_refusal){"permit_to_day", "The permit window lies outside the years 2000 to 2099. Check the dates."};
  if (GIVEN(change, permit_from_day) && GIVEN(change, permit_to_day) && change->permit_from_day > change->permit_to_day)
    return (struct plan_refusal){"permit_to_day", "The permit window ends before it begins. Swap or correct the dates."};
  if (!day_possible(GIVEN(change, dedicated_start_day), change->dedicated_start_day))
    return (struct plan_refusal){"dedicated_start_day", "The start of the dedicated period lies outside the years 2000 to 2099."};
  if (change->action == STEPGUARD__V1__PLAN_ACTION__PLAN_RESULT && change->outcome != STEPGUARD__V1__OUTCOME__OUTCOME_PASS &&
      change->outcome != STEPGUARD__V1__OUTCOME__OUTCOME_FAIL)
    return (struct plan_refusal){"outcome", "A result is either pass or fail."};
  if (change->made_at_ms < LIMIT_OLDEST_MS || change->made_at_ms > now_ms + (int64_t)LIMIT_CLOCK_AHEAD_S * 1000)
    return (struct plan_refusal){"made_at_ms",
                                 "The time of the change lies in the future or before 2000. Check the clock of this device."};
  return (struct plan_refusal){NULL, NULL};
}

static void plan_answer(struct request *request, Stepguard__V1__RowStatus status, const char *field, const char *reason,
                        Stepguard__V1__Standing *standing) {
  Stepguard__V1__PlanReceipt receipt = STEPGUARD__V1__PLAN_RECEIPT__INIT;
  Stepguard__V1__Refusal refusal = STEPGUARD__V1__REFUSAL__INIT;
  receipt.status = status;
  receipt.standing = standing;
  if (status == STEPGUARD__V1__ROW_STATUS__ROW_REJECTED) {
    refusal.field = request_text(field);
    refusal.reason = request_text(reason);
    receipt.refusal = &refusal;
  }
  request_answer(request, STEPGUARD__V1__SERVER_MESSAGE__BODY_PLAN_RECEIPT, &receipt);
}

static void plan_stored(void *arg, int err, const PGresult *res) {
  struct request *request = arg;
  struct student_state state;
  struct assess_turn turn;
  Stepguard__V1__Standing *standing = NULL;
  if (err < 0) {
    request_error(request, err);
    return;
  }
  CHECK(cell_rows(res) == 1);
  if (cell_i16(res, 0, PLAN_VERDICT) != FAULT_NONE) {
    request_fault(request, (enum fault)cell_i16(res, 0, PLAN_VERDICT), NULL, NULL);
    return;
  }
  if (!cell_null(res, 0, PLAN_STATE) && state_decode(res, 0, PLAN_STATE, &request->arena, &state) == E_OK) {
    assess_begin(&turn, request->port);
    standing = standing_message(&request->arena, &state, assess_add(&turn, &state, &request->arena));
    assess_finish(&turn);
  }
  plan_answer(request, (Stepguard__V1__RowStatus)cell_i16(res, 0, PLAN_STATUS), cell_text(res, 0, PLAN_FIELD),
              cell_text(res, 0, PLAN_REASON), standing);
}

void plan_received(struct request *request, const Stepguard__V1__ClientMessage *message) {
  const Stepguard__V1__PlanChange *change = message->plan_change;
  struct plan_refusal refusal = plan_check(change, clock_wall_ms());
  if (refusal.field != NULL) {
    plan_answer(request, STEPGUARD__V1__ROW_STATUS__ROW_REJECTED, refusal.field, refusal.reason, NULL);
    return;
  }
  struct args args;
  args_init(&args, ARGS_SMALL);
  request_put_who(request, &args);
  args_uuid(&args, change->change_id.data);
  args_i16(&args, (int16_t)change->action);
  args_i16(&args, (int16_t)change->attempt);
  args_day(&args, DAY(change, exam_day));
  args_day(&args, DAY(change, permit_from_day));
  args_day(&args, DAY(change, permit_to_day));
  args_day(&args, DAY(change, dedicated_start_day));
  args_i16(&args, (int16_t)change->outcome);
  args_time(&args, change->made_at_ms);
  int err = pool_call(request->port->pool, STMT_CHANGE_PLAN, &args, plan_stored, request);
  if (err < 0)
    request_error(request, err);
}
