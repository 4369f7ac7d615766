/* What an answer of PostgreSQL means to us: the one place that reads SQLSTATE and severity. */
#ifndef SG_DB_ANSWER_H
#define SG_DB_ANSWER_H

#include "base/log.h"
#include "proto/attr.h"

#include <libpq-fe.h>
#include <stdbool.h>

/* The error of a result that is one (PGRES_FATAL_ERROR): E_REFUSED, E_DATA, E_FULL, E_AWAY (outdated), E_DATABASE; E_UNKNOWN when
 * the session ended with it, or libpq made it because the server was gone. */
int answer_error(const PGresult *res) MUSTCHECK;

/* What core.refuse() put into an error (E_REFUSED). The texts are as long-lived as the result, and "" where not given. */
struct answer_refusal {
  int status; /* of HTTP, from the SQLSTATE "SG404" */
  const char *code, *sentence, *remedy, *field;
  const char *more; /* a JSON object, or "" */
};
void answer_refusal(const PGresult *res, struct answer_refusal *ret);

bool answer_is_missing(const PGresult *res);  /* the statement names a function that is not there for this role */
bool answer_is_outdated(const PGresult *res); /* a prepared statement's result has other columns now: nothing was done */
bool answer_is_passing(const PGresult *res);  /* deadlock, lock or statement time-out: the same again may well succeed */

/* A notice that says: committed here, but the wait for the standby was given up. Not an acknowledgement. */
bool answer_is_unreplicated(const PGresult *notice);

/* Writes an error to the log without what it says about data: state, place, constraint; the sentence only where it cannot
 * quote a row. `statement` may be NULL. */
void answer_log(const struct log_context *context, const char *statement, const PGresult *res);

#endif
