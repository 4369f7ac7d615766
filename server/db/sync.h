/* The same statements for programs that may wait: stepguardctl and stepguard-report. One connection, one at a time. */
#ifndef SG_DB_SYNC_H
#define SG_DB_SYNC_H

#include "db/args.h"
#include "db/cells.h"
#include "db/stmts.h"

struct dbsync;

/* 0, or E_AWAY / E_UNSAFE / E_DATABASE with a sentence for a person in reason. */
int dbsync_open(const char *url, enum db_role role, struct dbsync **ret, char *reason, size_t cap) MUSTCHECK;
void dbsync_close(struct dbsync *db);
/* Takes the args. *ret is owned by the caller (PQclear). On failure a sentence in dbsync_reason(). */
int dbsync_call(struct dbsync *db, enum stmt stmt, struct args *args, PGresult **ret) MUSTCHECK;
const char *dbsync_reason(const struct dbsync *db);
/* Lets the database plan its statements anew, for tables that have grown since it did. */
int dbsync_replan(struct dbsync *db) MUSTCHECK;
int dbsync_begin(struct dbsync *db) MUSTCHECK; /* a transaction over several calls */
int dbsync_commit(struct dbsync *db) MUSTCHECK;
int dbsync_rollback(struct dbsync *db);

#endif
