/*
 * The ledger of disclosures: to whom outside the school's officials this student's record was given, and who asked in vain.
 * 34 CFR 99.32(c) lets the student see it, so it needs no form and nobody's leave.
 *
 * The function judges the certificate anew, as for an upload: what it tells is too much for a device that was lost since
 * Hello. It picks the student by the certificate and gives no column about others, so there is nothing here to leave out.
 * One row more than an answer holds is asked for, to know whether there are older ones. Pages were rejected: an answer holds
 * one a month for two and a half years, and `more` says that the office has the rest.
 */
#include "base/err.h"
#include "proto/limits.h"
#include "student/dispatch.h"

/* Columns of STMT_DISCLOSURES_OF. */
enum {
  LEDGER_VERDICT,
  LEDGER_DAY,
  LEDGER_REFUSED,
  LEDGER_RECIPIENT,
  LEDGER_INTEREST,
  LEDGER_WHAT,
  LEDGER_GROUND,
  LEDGER_GROUND_TEXT,
  LEDGER_THREAT,
  LEDGER_ONWARD
};
enum { ARGS_SMALL = 256 };

/* The texts stay in the result: the answer is packed before it goes. */
static char *ledger_text(const PGresult *res, int row, int column) {
  return request_text(cell_text(res, row, column));
}

static void ledger_entry(const PGresult *res, int row, Stepguard__V1__Disclosure *ret) {
  stepguard__v1__disclosure__init(ret);
  ret->on_day = cell_day(res, row, LEDGER_DAY);
  ret->refused = cell_bool(res, row, LEDGER_REFUSED);
  ret->recipient = ledger_text(res, row, LEDGER_RECIPIENT);
  ret->interest = ledger_text(res, row, LEDGER_INTEREST);
  ret->what = ledger_text(res, row, LEDGER_WHAT);
  ret->ground = ledger_text(res, row, LEDGER_GROUND);
  ret->ground_text = ledger_text(res, row, LEDGER_GROUND_TEXT);
  ret->threat = ledger_text(res, row, LEDGER_THREAT);
  ret->onward = ledger_text(res, row, LEDGER_ONWARD);
}

static void disclosures_answer(struct request *request, const PGresult *res) {
  Stepguard__V1__Disclosures ledger = STEPGUARD__V1__DISCLOSURES__INIT;
  ledger.more = cell_rows(res) > LIMIT_DISCLOSURES;
  ledger.n_entries = ledger.more ? LIMIT_DISCLOSURES : (size_t)cell_rows(res);
  ledger.entries = arena_zalloc(&request->arena, ledger.n_entries, sizeof *ledger.entries);
  Stepguard__V1__Disclosure *entries = arena_zalloc(&request->arena, ledger.n_entries, sizeof *entries);
  if (ledger.entries == NULL || entries == NULL) {
    request_error(request, E_NOMEM);
    return;
  }
  for (size_t i = 0; i < ledger.n_entries; i++) {
    ledger_entry(res, (int)i, &entries[i]);
    ledger.entries[i] = &entries[i];
  }
  request_answer(request, STEPGUARD__V1__SERVER_MESSAGE__BODY_DISCLOSURES, &ledger);
}

static void disclosures_found(void *arg, int err, const PGresult *res) {
  struct request *request = arg;
  if (err < 0)
    request_error(request, err);
  else if (cell_rows(res) > 0 && cell_i16(res, 0, LEDGER_VERDICT) != FAULT_NONE)
    request_fault(request, (enum fault)cell_i16(res, 0, LEDGER_VERDICT), NULL, NULL);
  else
    disclosures_answer(request, res);
}

void disclosures_asked(struct request *request, const Stepguard__V1__ClientMessage *message) {
  (void)message;
  struct args args;
  args_init(&args, ARGS_SMALL);
  request_put_who(request, &args);
  args_i64(&args, LIMIT_DISCLOSURES + 1);
  int err = pool_call(request->port->pool, STMT_DISCLOSURES_OF, &args, disclosures_found, request);
  if (err < 0)
    request_error(request, err);
}
