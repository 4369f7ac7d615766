/*
 * The database as the event loop sees it: a few connections in pipeline mode, each request one prepared statement and one
 * sync (so each is a transaction of its own), answers in the order of asking per connection.
 *
 *   down ──connect──> starting ──check, types, prepare──> ready ──failure──> down (again after a back-off)
 *
 * A connection is not ready before it has shown that fsync, full_page_writes and synchronous_commit are on and that the
 * schema version is the one this program was built for.
 *
 * What a callback is told: 0 and the result; E_AWAY (never sent: safe to call failed), E_UNKNOWN (sent, answer lost or a
 * wait for the standby was cancelled: it may have happened), E_REFUSED (by core.refuse(), with what db/answer.h reads),
 * E_DATA (class 22, 23: this very value is at fault), E_FULL (class 53), E_DATABASE. With the last four comes the result that
 * says so, else NULL. It is called exactly once for each accepted request, never from inside pool_call().
 *
 * A statement of the office whose function the database does not have fails when it is called, and is said in the log when
 * the connection comes up; those of the other roles keep the connection from coming up.
 */
#ifndef SG_DB_POOL_H
#define SG_DB_POOL_H

#include "db/args.h"
#include "db/cells.h"
#include "db/stmts.h"
#include "loop/loop.h"

#include <stdio.h>

struct pool;

struct pool_options {
  const char *url; /* connection string without user */
  enum db_role role;
  bool read_only; /* each transaction; the pool has the statements that only read, and no others */
  int connections;
  int deadline_ms;      /* from send to answer; then E_UNKNOWN, and that connection is dropped */
  const char *channels; /* names to LISTEN to, separated by spaces; NULL for none */
  /* A NULL channel: the connection that listened was lost, and anything may have been said in between. Never called from
   * inside pool_call(), nor is `state`. */
  void (*heard)(void *arg, const char *channel, const char *payload);
  void (*state)(void *arg, bool ready); /* the first connection became ready / the last one was lost; may be NULL */
  void *arg;
};

typedef void (*pool_done)(void *arg, int err, const PGresult *res);

int pool_new(struct loop *loop, const struct pool_options *options, struct pool **ret) MUSTCHECK;
void pool_free(struct pool *pool); /* outstanding requests hear E_UNKNOWN first */

/* Takes the args (they are done afterwards whatever comes back). 0: `done` will be called. E_AWAY: no connection is ready;
 * E_BUSY: too many requests are waiting; the sticky error of args. In those cases `done` is not called. */
int pool_call(struct pool *pool, enum stmt stmt, struct args *args, pool_done done, void *arg) MUSTCHECK;

bool pool_ready(const struct pool *pool);
size_t pool_depth(const struct pool *pool); /* requests sent and not answered */
size_t pool_idle(const struct pool *pool);  /* ready connections with nothing outstanding */

/* Writes the conversation of the first connection that is ready to `out`, without times and type ids, for comparing with a
 * golden file (tests/30traces). Until that connection ends; `out` must live as long. */
void pool_trace(struct pool *pool, FILE *out);

#endif
