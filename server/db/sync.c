/*
 * The same statements, one at a time, waiting for each: for programs that have nothing else to do meanwhile.
 *
 * The same distrust as the pool's (setup.c), the same reading of answers (answer.c). Statements are prepared at their first
 * use, since a command needs two or three of them. There is no time limit: an import takes as long as it takes, and whoever
 * started it is there to stop it.
 */
#include "db/sync.h"

#include "base/check.h"
#include "base/err.h"
#include "db/answer.h"
#include "db/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dbsync {
  PGconn *conn;
  enum db_role role;
  uint32_t type_ids[DB_TYPES];
  bool prepared[STMTS];
  bool unreplicated; /* said by a notice of the statement under way */
  char reason[SETUP_REASON + 200];
};

/* One line of what libpq says, which ends its sentences with newlines and goes on with hints. */
static void reason_set(char *out, size_t cap, const char *text) {
  size_t len = strcspn(text, "\n");
  snprintf(out, cap, "%.*s", (int)len, text);
}

static void noticed(void *arg, const PGresult *notice) {
  struct dbsync *db = arg;
  db->unreplicated |= answer_is_unreplicated(notice);
}

/* What a result means, with the sentence kept. */
static int result_check_status(struct dbsync *db, const PGresult *res) {
  ExecStatusType status = PQresultStatus(res);
  bool unreplicated = db->unreplicated;
  db->unreplicated = false;
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    const char *primary = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    reason_set(db->reason, sizeof db->reason, primary ? primary : PQerrorMessage(db->conn));
    return res ? answer_error(res) : E_NOMEM;
  }
  if (unreplicated) {
    reason_set(db->reason, sizeof db->reason, "committed on this server, but the wait for the standby was cancelled");
    return E_UNKNOWN;
  }
  return E_OK;
}

static int query(struct dbsync *db, const char *sql, PGresult **ret) {
  PGresult *res = PQexecParams(db->conn, sql, 0, NULL, NULL, NULL, NULL, 1);
  int err = result_check_status(db, res);
  if (err)
    PQclear(res);
  else
    *ret = res;
  return err;
}

static int command(struct dbsync *db, const char *sql) {
  PGresult *res = NULL;
  int err = query(db, sql, &res);
  PQclear(res);
  return err;
}

/* ---------------------------------------------------------------- opening */

static int setup(struct dbsync *db) {
  PGresult *res = NULL;
  int err = query(db, setup_check_sql, &res);
  if (err)
    return err;
  err = setup_check(res, db->reason);
  PQclear(res);
  if (err)
    return err;
  err = query(db, setup_types_sql, &res);
  if (err)
    return err;
  err = setup_types(res, db->type_ids, db->reason);
  PQclear(res);
  return err;
}

int dbsync_open(const char *url, enum db_role role, struct dbsync **ret, char *reason, size_t cap) {
  struct setup_params params;
  int err = E_NOMEM;
  struct dbsync *db = calloc(1, sizeof *db);
  if (!db)
    goto fail;
  db->role = role;
  setup_params(&params, url, role, false, 0);
  db->conn = PQconnectdbParams(params.keywords, params.values, 1);
  if (!db->conn)
    goto fail;
  err = E_AWAY;
  if (PQstatus(db->conn) != CONNECTION_OK) {
    reason_set(db->reason, sizeof db->reason, PQerrorMessage(db->conn));
    goto fail;
  }
  PQsetNoticeReceiver(db->conn, noticed, db);
  err = setup(db);
  if (err)
    goto fail;
  *ret = db;
  return E_OK;

fail:
  snprintf(reason, cap, "%s", db && db->reason[0] ? db->reason : err_text(err));
  dbsync_close(db);
  return err;
}

void dbsync_close(struct dbsync *db) {
  if (!db)
    return;
  PQfinish(db->conn);
  free(db);
}

const char *dbsync_reason(const struct dbsync *db) {
  return db->reason;
}

/* ---------------------------------------------------------------- statements */

static int prepare(struct dbsync *db, const struct stmt_row *row) {
  if (db->prepared[row->stmt])
    return E_OK;
  PGresult *res = PQprepare(db->conn, row->name, row->sql, 0, NULL);
  int err = result_check_status(db, res);
  PQclear(res);
  db->prepared[row->stmt] = !err;
  return err;
}

int dbsync_call(struct dbsync *db, enum stmt stmt, struct args *args, PGresult **ret) {
  const struct stmt_row *row = stmt_row(stmt);
  const char *values[ARGS_MAX];
  int lengths[ARGS_MAX], formats[ARGS_MAX];
  PGresult *res = NULL;
  CHECK(row->role == db->role && row->params == args->n);
  db->reason[0] = '\0';
  int err = args_finish(args, db->type_ids);
  if (err) {
    reason_set(db->reason, sizeof db->reason, err_text(err));
    goto done;
  }
  err = prepare(db, row);
  if (err)
    goto done;
  args_vectors(args, values, lengths);
  for (int i = 0; i < args->n; i++)
    formats[i] = 1;
  res = PQexecPrepared(db->conn, row->name, args->n, values, lengths, formats, 1);
  err = result_check_status(db, res);
  if (err)
    PQclear(res);
  else
    *ret = res;

done:
  args_done(args);
  return err;
}

int dbsync_replan(struct dbsync *db) {
  return command(db, "discard plans");
}

int dbsync_begin(struct dbsync *db) {
  return command(db, "begin");
}

int dbsync_commit(struct dbsync *db) {
  PGresult *res = NULL;
  int err = query(db, "commit", &res);
  /* PostgreSQL answers a commit of a failed transaction with a contented "ROLLBACK". */
  if (!err && strcmp(PQcmdStatus(res), "COMMIT") != 0) {
    reason_set(db->reason, sizeof db->reason, "the transaction had failed and was rolled back");
    err = E_DATABASE;
  }
  PQclear(res);
  return err;
}

int dbsync_rollback(struct dbsync *db) {
  return command(db, "rollback");
}
