/*
 * The nights that are due, as the database knows them: it has a row for each that was begun, whoever began it, so a host that was
 * never on before catches up with what another one left.
 *
 * In order, because nights build on each other: what is new is new since the night before, and a state that was asked for twice in
 * a row is left at the second time. A clock on this host that is ahead would make nights of the future due; the caller's `last` is
 * the last night that is over.
 */
#include "report/nights.h"

#include "base/err.h"
#include "db/sync.h"

#include <stdio.h>

enum { ARGS_BYTES = 1024 };
enum { COL_NIGHT, COL_PASSED_FROM, COL_PASSED_TO };

static int nights_take(const PGresult *res, struct nights *ret) {
  struct nights nights = {.passed_from = NIGHTS_NO_DAY, .passed_to = NIGHTS_NO_DAY};
  for (int row = 0; row < cell_rows(res) && nights.n < NIGHTS_MOST; row++)
    nights.days[nights.n++] = cell_day(res, row, COL_NIGHT);
  if (nights.n == 0)
    return E_DATABASE;
  if (!cell_null(res, 0, COL_PASSED_FROM)) {
    nights.passed_from = cell_day(res, 0, COL_PASSED_FROM);
    nights.passed_to = cell_day(res, 0, COL_PASSED_TO);
  }
  *ret = nights;
  return 0;
}

int nights_due(const struct conf *conf, int32_t last, struct nights *ret, char reason[NIGHT_REASON]) {
  struct dbsync *db = NULL;
  struct args args;
  PGresult *res = NULL;
  int err = dbsync_open(conf->database_url, ROLE_REPORT, &db, reason, NIGHT_REASON);
  if (err)
    return err;
  args_init(&args, ARGS_BYTES);
  args_text(&args, conf->school_code);
  args_day(&args, last);
  args_i32(&args, NIGHTS_MOST);
  err = dbsync_call(db, STMT_NIGHTS_DUE, &args, &res);
  if (!err)
    err = nights_take(res, ret);
  if (err) {
    const char *said = dbsync_reason(db);
    snprintf(reason, NIGHT_REASON, "%s", said && *said ? said : err_text(err));
  }
  PQclear(res);
  dbsync_close(db);
  return err;
}
