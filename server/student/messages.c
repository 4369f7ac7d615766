/*
 * What somebody of the office wrote to this student: notes of the tier that is shown to students, and of no other tier. The
 * database decides which those are (api.messages_of); here is nothing that could leave one in or out.
 *
 * The certificate is judged anew, as for the ledger of disclosures: a lost device must not go on reading. One row more than an
 * answer holds is asked for, to know whether there are older ones. An answer has all of them rather than those since the last: one
 * that was edited changes, and one that was taken back goes, on each device.
 */
#include "base/err.h"
#include "proto/limits.h"
#include "student/dispatch.h"

/* Columns of STMT_MESSAGES_OF. */
enum { OFFICE_VERDICT, OFFICE_ID, OFFICE_WRITTEN_AT, OFFICE_CHANGED_AT, OFFICE_WRITER, OFFICE_TEXT };
enum { ARGS_SMALL = 256 };

static void messages_entry(const PGresult *res, int row, Stepguard__V1__OfficeMessage *ret) {
  stepguard__v1__office_message__init(ret);
  ret->message_id = (uint64_t)cell_i64(res, row, OFFICE_ID);
  ret->written_at_ms = cell_time_ms(res, row, OFFICE_WRITTEN_AT);
  ret->changed_at_ms = cell_time_ms(res, row, OFFICE_CHANGED_AT);
  ret->writer = request_text(cell_text(res, row, OFFICE_WRITER));
  ret->text = request_text(cell_text(res, row, OFFICE_TEXT));
}

static void messages_answer(struct request *request, const PGresult *res) {
  Stepguard__V1__Messages list = STEPGUARD__V1__MESSAGES__INIT;
  list.more = cell_rows(res) > LIMIT_MESSAGES;
  size_t n = list.more ? LIMIT_MESSAGES : (size_t)cell_rows(res);
  list.messages = arena_zalloc(&request->arena, n, sizeof *list.messages);
  Stepguard__V1__OfficeMessage *messages = arena_zalloc(&request->arena, n, sizeof *messages);
  if (list.messages == NULL || messages == NULL) {
    request_error(request, E_NOMEM);
    return;
  }
  for (; list.n_messages < n; list.n_messages++) {
    messages_entry(res, (int)list.n_messages, &messages[list.n_messages]);
    list.messages[list.n_messages] = &messages[list.n_messages];
  }
  request_answer(request, STEPGUARD__V1__SERVER_MESSAGE__BODY_MESSAGES, &list);
}

static void messages_found(void *arg, int err, const PGresult *res) {
  struct request *request = arg;
  if (err < 0)
    request_error(request, err);
  else if (cell_rows(res) > 0 && cell_i16(res, 0, OFFICE_VERDICT) != FAULT_NONE)
    request_fault(request, (enum fault)cell_i16(res, 0, OFFICE_VERDICT), NULL, NULL);
  else
    messages_answer(request, res);
}

void messages_asked(struct request *request, const Stepguard__V1__ClientMessage *message) {
  (void)message;
  struct args args;
  args_init(&args, ARGS_SMALL);
  request_put_who(request, &args);
  args_i64(&args, LIMIT_MESSAGES + 1);
  int err = pool_call(request->port->pool, STMT_MESSAGES_OF, &args, messages_found, request);
  if (err < 0)
    request_error(request, err);
}
