/*
 * Errors of PostgreSQL, read by class of SQLSTATE (appendix A of its manual).
 *
 * The question behind the table is always the same: may the work have been kept? An ERROR before the commit rolled it back,
 * so it was not; a FATAL took the session with it and may have come between the commit and its answer, so nobody knows.
 *
 * A backend that waits for its synchronous standby and is cancelled says "committed" with a mere WARNING beside it (class 01,
 * or 57P01 when it is being shut down). The sentence is translated by lc_messages, so the warning is known by the function
 * of PostgreSQL that raised it; the English sentence is looked for as well, should that function be renamed one day.
 */
#include "db/answer.h"

#include "base/err.h"

#include <string.h>

static const char *field(const PGresult *res, int code) {
  const char *value = PQresultErrorField(res, code);
  return value ? value : "";
}

static bool class_is(const char *state, const char *class) {
  return strncmp(state, class, 2) == 0;
}

int answer_error(const PGresult *res) {
  const char *state = field(res, PG_DIAG_SQLSTATE), *severity = field(res, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (!state[0] || strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0)
    return E_UNKNOWN;
  if (class_is(state, "SG")) /* ours: core.refuse() */
    return E_REFUSED;
  if (class_is(state, "22") || class_is(state, "23")) /* data exception, integrity constraint violation */
    return E_DATA;
  if (answer_is_outdated(res))
    return E_AWAY;
  if (class_is(state, "53")) /* insufficient resources: disk full, out of memory */
    return E_FULL;
  return E_DATABASE;
}

bool answer_is_missing(const PGresult *res) {
  const char *state = field(res, PG_DIAG_SQLSTATE);
  return strcmp(state, "42883") == 0 || strcmp(state, "42501") == 0; /* no such function; or not for this role */
}

bool answer_is_outdated(const PGresult *res) {
  return strcmp(field(res, PG_DIAG_SQLSTATE), "0A000") == 0;
}

bool answer_is_passing(const PGresult *res) {
  const char *state = field(res, PG_DIAG_SQLSTATE);
  return class_is(state, "40") || strcmp(state, "55P03") == 0 || strcmp(state, "57014") == 0;
}

void answer_refusal(const PGresult *res, struct answer_refusal *ret) {
  const char *state = field(res, PG_DIAG_SQLSTATE);
  *ret = (struct answer_refusal){.code = field(res, PG_DIAG_CONSTRAINT_NAME),
                                 .sentence = field(res, PG_DIAG_MESSAGE_PRIMARY),
                                 .remedy = field(res, PG_DIAG_MESSAGE_HINT),
                                 .field = field(res, PG_DIAG_COLUMN_NAME),
                                 .more = field(res, PG_DIAG_MESSAGE_DETAIL)};
  for (const char *digit = state + strnlen(state, 2); *digit >= '0' && *digit <= '9'; digit++)
    ret->status = ret->status * 10 + (*digit - '0');
}

bool answer_is_unreplicated(const PGresult *notice) {
  return strcmp(field(notice, PG_DIAG_SOURCE_FUNCTION), "SyncRepWaitForLSN") == 0 ||
         strstr(field(notice, PG_DIAG_MESSAGE_PRIMARY), "synchronous replication") != NULL;
}

void answer_log(const struct log_context *context, const char *statement, const PGresult *res) {
  static struct log_gate gate;
  enum { BURST = 60 };
  const char *state = field(res, PG_DIAG_SQLSTATE);
  bool may_quote = class_is(state, "22") || class_is(state, "23");
  const char *text = may_quote  ? "(left out: it may quote data)"
                     : state[0] ? field(res, PG_DIAG_MESSAGE_PRIMARY)
                                : PQresultErrorMessage(res);
  log_event_gated(&gate, BURST, may_quote ? LOG_WARN : LOG_ERROR, context, "statement_failed",
                  "stmt=%s sqlstate=%s table=%s constraint=%s text=%s", log_value(statement ? statement : ""), log_value(state),
                  log_value(field(res, PG_DIAG_TABLE_NAME)), log_value(field(res, PG_DIAG_CONSTRAINT_NAME)), log_value(text));
}
