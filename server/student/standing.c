/*
 * Standing: what the estimate says of oneself. Asked for by itself or carried by a receipt.
 *
 * Reasons and flags go out as code and numbers and as a finished sentence: a client that is older than a rule can still
 * show it. The sentences are the engine's (risk/), the one place that has them. Which areas are weak is the engine's word too: a
 * client that worked it out by a rule of its own would say something else than the dean's office sees.
 */
#include "student/standing.h"

#include "student/assess.h"
#include "student/dispatch.h"
#include "student/session.h"

enum { TEXT_CHARS = 320, CODE_CHARS = 64, ARGS_SMALL = 256 };

static Stepguard__V1__Reason *standing_reason(struct arena *arena, const struct risk_reason *reason,
                                              const struct risk_input *input) {
  Stepguard__V1__Reason *message = arena_alloc(arena, sizeof *message);
  char code[CODE_CHARS], text[TEXT_CHARS];
  if (message == NULL)
    return NULL;
  risk_reason_code(code, sizeof code, reason, input);
  risk_reason_text(text, sizeof text, reason, input);
  stepguard__v1__reason__init(message);
  message->code = arena_strdup(arena, code);
  message->text = arena_strdup(arena, text);
  message->points = reason->points;
  if (reason->kind == RISK_REASON_RESULT) {
    message->result_id.data = (uint8_t *)(uintptr_t)input->results[reason->result].id;
    message->result_id.len = UUID_BYTES;
  }
  return message->code == NULL || message->text == NULL ? NULL : message;
}

static Stepguard__V1__Flag *standing_flag(struct arena *arena, const struct risk_flag *flag, const struct risk_input *input) {
  Stepguard__V1__Flag *message = arena_alloc(arena, sizeof *message);
  char text[TEXT_CHARS];
  if (message == NULL)
    return NULL;
  risk_flag_text(text, sizeof text, flag, input);
  stepguard__v1__flag__init(message);
  message->code = arena_strdup(arena, flag->code);
  message->text = arena_strdup(arena, text);
  message->version = flag->version;
  return message->code == NULL || message->text == NULL ? NULL : message;
}

/* The areas called weak, the surest first: put where they belong one by one, since there are a handful. */
static bool standing_weak(struct arena *arena, const struct risk_assessment *assessment, Stepguard__V1__Standing *message) {
  message->weak_areas = arena_zalloc(arena, assessment->areas_n, sizeof *message->weak_areas);
  for (size_t i = 0; message->weak_areas != NULL && i < assessment->areas_n; i++) {
    const struct risk_area *area = &assessment->areas[i];
    Stepguard__V1__WeakArea *weak = area->weak ? arena_alloc(arena, sizeof *weak) : NULL;
    if (area->weak && weak == NULL)
      return false;
    if (weak == NULL)
      continue;
    stepguard__v1__weak_area__init(weak);
    weak->area = area->area;
    weak->items = area->items;
    weak->correct = area->correct;
    weak->p_below = area->p_weak;
    size_t at = message->n_weak_areas++;
    for (; at > 0 && message->weak_areas[at - 1]->p_below < weak->p_below; at--)
      message->weak_areas[at] = message->weak_areas[at - 1];
    message->weak_areas[at] = weak;
  }
  return message->weak_areas != NULL;
}

static bool standing_lists(struct arena *arena, const struct student_state *state, const struct risk_assessment *assessment,
                           Stepguard__V1__Standing *message) {
  message->reasons = arena_zalloc(arena, assessment->reasons_n, sizeof *message->reasons);
  message->flags = arena_zalloc(arena, assessment->flags_n, sizeof *message->flags);
  if (message->reasons == NULL || message->flags == NULL)
    return false;
  for (; message->n_reasons < assessment->reasons_n; message->n_reasons++) {
    message->reasons[message->n_reasons] = standing_reason(arena, &assessment->reasons[message->n_reasons], &state->input);
    if (message->reasons[message->n_reasons] == NULL)
      return false;
  }
  for (; message->n_flags < assessment->flags_n; message->n_flags++) {
    message->flags[message->n_flags] = standing_flag(arena, &assessment->flags[message->n_flags], &state->input);
    if (message->flags[message->n_flags] == NULL)
      return false;
  }
  return standing_weak(arena, assessment, message);
}

Stepguard__V1__Standing *standing_message(struct arena *arena, const struct student_state *state,
                                          const struct risk_assessment *assessment) {
  Stepguard__V1__Standing *message = assessment == NULL ? NULL : arena_alloc(arena, sizeof *message);
  if (message == NULL)
    return NULL;
  stepguard__v1__standing__init(message);
  message->state = (Stepguard__V1__State)assessment->state;
  message->as_of_ms = state->input.as_of_ms;
  message->results_used = assessment->results_used;
  message->readiness_mean = assessment->readiness_mean;
  message->readiness_sd = assessment->readiness_sd;
  message->exam_day_mean = assessment->exam_mean;
  message->exam_day_sd = assessment->exam_sd;
  message->p_pass = assessment->p;
  message->p_low = assessment->p_low;
  message->p_high = assessment->p_high;
  message->parameters = arena_strdup(arena, assessment->parameters);
  if (state->input.exam_day != RISK_NO_DAY) {
    message->exam_day_given_case = STEPGUARD__V1__STANDING__EXAM_DAY_GIVEN_EXAM_DAY;
    message->exam_day = state->input.exam_day;
  }
  return message->parameters == NULL || !standing_lists(arena, state, assessment, message) ? NULL : message;
}

/* ---- asked for by itself ---- */

static void standing_found(void *arg, int err, const PGresult *res) {
  struct request *request = arg;
  struct student_state state;
  struct assess_turn turn;
  if (err < 0) {
    request_error(request, err);
    return;
  }
  if (cell_rows(res) == 0) { /* taken off the roster since Hello */
    request_fault(request, FAULT_NOT_ACTIVE, NULL, NULL);
    return;
  }
  err = state_decode(res, 0, 0, &request->arena, &state);
  if (err < 0) {
    request_error(request, err);
    return;
  }
  assess_begin(&turn, request->port);
  Stepguard__V1__Standing *standing = standing_message(&request->arena, &state, assess_add(&turn, &state, &request->arena));
  assess_finish(&turn);
  if (standing == NULL)
    request_fault(request, FAULT_BUSY, NULL, NULL);
  else
    request_answer(request, STEPGUARD__V1__SERVER_MESSAGE__BODY_STANDING, standing);
}

void standing_asked(struct request *request, const Stepguard__V1__ClientMessage *message) {
  (void)message;
  struct args args;
  args_init(&args, ARGS_SMALL);
  args_i32(&args, request->school_id);
  args_i64(&args, request->who.student_id);
  int err = pool_call(request->port->pool, STMT_STUDENT_STATE, &args, standing_found, request);
  if (err < 0)
    request_error(request, err);
}
