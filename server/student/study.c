/*
 * What the student says of their studying: goals for a week and check-ins on one, taken down and told to the other devices.
 *
 * Each entry has an id of its own, so that sending it twice counts once; which of several stands is said by when they were made,
 * and decided by whoever reads (core.study_goal_of, core.study_weeks). The chance of passing does not rest on any of it, so the
 * answer carries no standing; rules about how somebody studies do, and the database marks the student for the janitor.
 *
 * An entry counts as an upload where a device sends too many: it is a row for ever, as a result is. Several in one message were
 * rejected: there is one a week, and after a year away from the network fifty of them are a second.
 */
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "proto/limits.h"
#include "proto/wire.h"
#include "student/dispatch.h"
#include "student/session.h"

#include <string.h>

enum { ARGS_SMALL = 512 };

/* ---- taken down ---- */

enum { ADDED_VERDICT, ADDED_STATUS }; /* columns of STMT_STUDY_ADD */

static void study_answer(struct request *request, Stepguard__V1__RowStatus status, const struct result_fault *fault) {
  Stepguard__V1__StudyReceipt receipt = STEPGUARD__V1__STUDY_RECEIPT__INIT;
  Stepguard__V1__Refusal refusal = STEPGUARD__V1__REFUSAL__INIT;
  receipt.status = status;
  if (fault != NULL) {
    refusal.field = request_text(fault->field);
    refusal.reason = request_text(fault->reason);
    receipt.refusal = &refusal;
  }
  request_answer(request, STEPGUARD__V1__SERVER_MESSAGE__BODY_STUDY_RECEIPT, &receipt);
}

static void study_stored(void *arg, int err, const PGresult *res) {
  struct request *request = arg;
  if (err < 0)
    request_error(request, err);
  else if (cell_i16(res, 0, ADDED_VERDICT) != FAULT_NONE)
    request_fault(request, (enum fault)cell_i16(res, 0, ADDED_VERDICT), NULL, NULL);
  else
    study_answer(request, (Stepguard__V1__RowStatus)cell_i16(res, 0, ADDED_STATUS), NULL);
}

static void number_put(struct args *args, int32_t number) {
  if (number == RESULT_UNKNOWN)
    args_null(args);
  else
    args_i32(args, number);
}

static void share_put(struct args *args, int32_t percent) {
  if (percent == RESULT_UNKNOWN)
    args_null(args);
  else
    args_i16(args, (int16_t)percent);
}

void study_received(struct request *request, const Stepguard__V1__ClientMessage *message) {
  struct study_entry entry;
  struct result_fault fault;
  if (!session_may_upload(request->session)) {
    request_fault(request, FAULT_BUSY, NULL, NULL);
    return;
  }
  if (wire_study_read(message->study_entry, &entry, &fault) != 0 || study_check(&entry, clock_wall_ms(), &fault) != 0) {
    study_answer(request, STEPGUARD__V1__ROW_STATUS__ROW_REJECTED, &fault);
    return;
  }
  struct args args;
  args_init(&args, ARGS_SMALL);
  request_put_who(request, &args);
  args_uuid(&args, entry.id);
  args_i16(&args, (int16_t)entry.kind);
  args_time(&args, entry.made_at_ms);
  args_day(&args, entry.day);
  number_put(&args, entry.minutes);
  number_put(&args, entry.questions);
  number_put(&args, entry.checks);
  share_put(&args, entry.reviewed_percent);
  share_put(&args, entry.confidence_percent);
  int err = pool_call(request->port->pool, STMT_STUDY_ADD, &args, study_stored, request);
  if (err < 0)
    request_error(request, err);
}

/* ---- told ---- */

/* Columns of STMT_STUDY_OF. */
enum {
  STUDY_VERDICT,
  STUDY_ID,
  STUDY_KIND,
  STUDY_MADE_AT,
  STUDY_DAY,
  STUDY_MINUTES,
  STUDY_QUESTIONS,
  STUDY_CHECKS,
  STUDY_REVIEWED,
  STUDY_CONFIDENCE
};

static int32_t number_of(const PGresult *res, int row, int column) {
  return cell_null(res, row, column) ? RESULT_UNKNOWN : cell_i32(res, row, column);
}

static int32_t share_of(const PGresult *res, int row, int column) {
  return cell_null(res, row, column) ? RESULT_UNKNOWN : cell_i16(res, row, column);
}

static void study_entry(const PGresult *res, int row, struct study_entry *ret, struct wire_study *ret_wire) {
  size_t len = 0;
  *ret = (struct study_entry){
      .kind = (enum study_kind)cell_i16(res, row, STUDY_KIND),
      .made_at_ms = cell_time_ms(res, row, STUDY_MADE_AT),
      .day = cell_day(res, row, STUDY_DAY),
      .minutes = number_of(res, row, STUDY_MINUTES),
      .questions = number_of(res, row, STUDY_QUESTIONS),
      .checks = number_of(res, row, STUDY_CHECKS),
      .reviewed_percent = share_of(res, row, STUDY_REVIEWED),
      .confidence_percent = share_of(res, row, STUDY_CONFIDENCE),
  };
  const void *id = cell_binary(res, row, STUDY_ID, &len);
  CHECK(len == UUID_BYTES);
  memcpy(ret->id, id, UUID_BYTES);
  wire_study_write(ret, ret_wire);
}

static void study_tell(struct request *request, const PGresult *res) {
  Stepguard__V1__Study study = STEPGUARD__V1__STUDY__INIT;
  size_t n = (size_t)cell_rows(res);
  struct study_entry *entries = arena_zalloc(&request->arena, n, sizeof *entries);
  struct wire_study *wires = arena_zalloc(&request->arena, n, sizeof *wires);
  study.entries = arena_zalloc(&request->arena, n, sizeof *study.entries);
  if (entries == NULL || wires == NULL || study.entries == NULL) {
    request_error(request, E_NOMEM);
    return;
  }
  for (; study.n_entries < n; study.n_entries++) {
    size_t i = study.n_entries;
    study_entry(res, (int)i, &entries[i], &wires[i]);
    study.entries[i] = &wires[i].message;
  }
  request_answer(request, STEPGUARD__V1__SERVER_MESSAGE__BODY_STUDY, &study);
}

static void study_found(void *arg, int err, const PGresult *res) {
  struct request *request = arg;
  if (err < 0)
    request_error(request, err);
  else if (cell_rows(res) > 0 && cell_i16(res, 0, STUDY_VERDICT) != FAULT_NONE)
    request_fault(request, (enum fault)cell_i16(res, 0, STUDY_VERDICT), NULL, NULL);
  else
    study_tell(request, res);
}

void study_asked(struct request *request, const Stepguard__V1__ClientMessage *message) {
  (void)message;
  struct args args;
  args_init(&args, ARGS_SMALL);
  request_put_who(request, &args);
  args_i32(&args, LIMIT_STUDY_GOALS);
  args_i32(&args, LIMIT_STUDY_WEEKS);
  int err = pool_call(request->port->pool, STMT_STUDY_OF, &args, study_found, request);
  if (err < 0)
    request_error(request, err);
}
