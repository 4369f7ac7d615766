/*
 * One connection to PostgreSQL in pipeline mode.
 *
 *        pipe_new()
 *            |
 *            v      connect_start()           connect_done()             setup_step()
 *    +---> DOWN ------------------> CONNECTING ------------> CHECKING -----------------> READY
 *    |      (timer: back-off)           |                       |                          |
 *    |                                  +---------- pipe_break() from anywhere ------------+
 *    |      bury()                                              |
 *    +---------------------------- BROKEN <---------------------+
 *
 *   DOWN        no connection. The timer runs to the next try.
 *   CONNECTING  PQconnectPoll() decides which direction is waited for. The timer is the deadline to READY.
 *   CHECKING    pipeline mode; the questions of setup.c, LISTEN and PREPARE are under way as ordinary requests of our own.
 *   READY       pipe_call() sends. The timer is the deadline of the oldest request.
 *   BROKEN      something failed. Nothing is sent or read any more; at the end of the turn bury() closes, tells every
 *               outstanding request E_UNKNOWN, and goes DOWN. So no callback is called from inside pipe_call().
 *
 * The side that sends and the side that receives share nothing but the queue: pipe_call() and pipe_flush() write, receive()
 * reads and takes from the front. Neither waits for the other, which is what keeps a pipeline from standing still when both
 * ends have full buffers.
 *
 * A request is a statement and a sync, so it is a transaction. PostgreSQL commits at the sync: the statement's own result
 * arrives before that and is only kept; the request is answered when the sync comes back. An error that comes in between
 * (a deferred constraint, a disk that is full at commit) belongs to it, and so does the notice that a wait for the standby
 * was cancelled. PQgetResult() gives NULL after each statement but not after a sync, and is never called while busy.
 *
 * Two limits watch over a request. The server gives a statement up after three quarters of the deadline, and says so: nothing
 * happened, and those behind it go on. It does not give up a commit that waits for a standby, and it says nothing when it
 * hangs or the network is cut: then the deadline passes here, and the whole connection goes, for answers come in order.
 *
 * The one spot that blocks is name resolution inside libpq's connecting: connection strings should have a socket directory
 * or a numeric host (hostaddr=). It is measured, and said in the log when it was slow.
 */
#include "db/pipe.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "db/answer.h"
#include "db/setup.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum { SLOW_CONNECT_MS = 50, READS_A_TURN = 64 };

struct ask {
  STAILQ_ENTRY(ask) link;
  const char *name; /* for the log */
  pool_done done;
  void *arg;
  int64_t deadline_ms; /* on the monotonic clock */
  int err;             /* first failure */
  PGresult *res;       /* kept until the sync: of the statement, or the error that came in its place */
};

struct pipe {
  struct loop *loop;
  const struct pool_options *options;
  struct pipe_owner owner;
  struct log_context context;
  enum pipe_state state;
  PGconn *conn;
  struct loop_fd *watch;
  struct loop_timer *timer;
  struct loop_task burial;
  STAILQ_HEAD(, ask) asks; /* sent, not answered */
  size_t depth;
  unsigned setup_left; /* answers to CHECKING that are still to come */
  unsigned failures;   /* in a row, for the back-off */
  unsigned turn;       /* hosts that said nothing at all: where the next try begins */
  bool unflushed;
  bool outdated;   /* a migration came by: its statements are of the version before */
  bool delivering; /* a callback of a request is running */
  uint32_t type_ids[DB_TYPES];
};

enum pipe_state pipe_state(const struct pipe *pipe) {
  return pipe->state;
}

size_t pipe_depth(const struct pipe *pipe) {
  return pipe->depth;
}

static void pipe_move(struct pipe *pipe, enum pipe_state to) {
  static const bool allowed[][PIPE_BROKEN + 1] = {
      [PIPE_DOWN] = {[PIPE_CONNECTING] = true},
      [PIPE_CONNECTING] = {[PIPE_CHECKING] = true, [PIPE_BROKEN] = true},
      [PIPE_CHECKING] = {[PIPE_READY] = true, [PIPE_BROKEN] = true},
      [PIPE_READY] = {[PIPE_BROKEN] = true},
      [PIPE_BROKEN] = {[PIPE_DOWN] = true},
  };
  CHECK(allowed[pipe->state][to]);
  pipe->state = to;
  pipe->owner.moved(pipe->owner.arg, pipe, to);
}

/* Gives the connection up at the end of this turn. */
static void pipe_break(struct pipe *pipe, enum log_level level, const char *event, const char *reason) {
  if (pipe->state == PIPE_BROKEN)
    return;
  log_event(level, &pipe->context, event, "outstanding=%zu reason=%s", pipe->depth, log_value(reason));
  loop_timer_clear(pipe->timer);
  if (pipe->watch)
    loop_fd_want(pipe->watch, 0);
  pipe_move(pipe, PIPE_BROKEN);
  loop_task_post(pipe->loop, LOOP_BURY, &pipe->burial);
}

/* ---------------------------------------------------------------- sending */

/* Notes a request whose statement libpq has taken, and closes it with its sync. */
static void ask_sent(struct pipe *pipe, struct ask *ask) {
  ask->deadline_ms = clock_mono_ms() + pipe->options->deadline_ms;
  if (pipe->state == PIPE_READY && pipe->depth == 0)
    loop_timer_set(pipe->timer, pipe->options->deadline_ms);
  STAILQ_INSERT_TAIL(&pipe->asks, ask, link);
  pipe->depth++;
  pipe->unflushed = true;
  if (!PQpipelineSync(pipe->conn))
    pipe_break(pipe, LOG_ERROR, "database_lost", PQerrorMessage(pipe->conn));
}

static struct ask *ask_new(const char *name, pool_done done, void *arg) {
  struct ask *ask = calloc(1, sizeof *ask);
  if (ask)
    *ask = (struct ask){.name = name, .done = done, .arg = arg};
  return ask;
}

static bool stmt_is_for(const struct stmt_row *stmt, const struct pool_options *options) {
  return stmt->role == options->role && stmt->reads == options->read_only;
}

int pipe_call(struct pipe *pipe, const struct stmt_row *stmt, struct args *args, pool_done done, void *arg) {
  const char *values[ARGS_MAX];
  int lengths[ARGS_MAX], formats[ARGS_MAX];
  CHECK(pipe->state == PIPE_READY && stmt_is_for(stmt, pipe->options) && stmt->params == args->n);
  struct ask *ask = NULL;
  int err = args_finish(args, pipe->type_ids);
  if (err)
    goto fail;
  err = E_NOMEM;
  ask = ask_new(stmt->name, done, arg);
  if (!ask)
    goto fail;
  args_vectors(args, values, lengths);
  for (int i = 0; i < args->n; i++)
    formats[i] = 1;
  err = E_AWAY;
  if (!PQsendQueryPrepared(pipe->conn, stmt->name, args->n, values, lengths, formats, 1)) {
    pipe_break(pipe, LOG_ERROR, "database_lost", PQerrorMessage(pipe->conn));
    goto fail;
  }
  ask_sent(pipe, ask);
  args_done(args);
  return E_OK;

fail:
  free(ask);
  args_done(args);
  return err;
}

void pipe_flush(struct pipe *pipe) {
  if (!pipe->unflushed || (pipe->state != PIPE_CHECKING && pipe->state != PIPE_READY))
    return;
  int left = PQflush(pipe->conn);
  pipe->unflushed = left > 0;
  if (left < 0 || loop_fd_want(pipe->watch, LOOP_READ | (left > 0 ? LOOP_WRITE : 0)) < 0)
    pipe_break(pipe, LOG_ERROR, "database_lost", PQerrorMessage(pipe->conn));
}

void pipe_trace(struct pipe *pipe, FILE *out) {
  PQtrace(pipe->conn, out);
  PQsetTraceFlags(pipe->conn, PQTRACE_SUPPRESS_TIMESTAMPS | PQTRACE_REGRESS_MODE);
}

/* ---------------------------------------------------------------- receiving */

static void ask_answer(struct pipe *pipe, struct ask *ask) {
  STAILQ_REMOVE_HEAD(&pipe->asks, link);
  pipe->depth--;
  pipe->delivering = true;
  bool says_it = !ask->err || ask->err == E_REFUSED || ask->err == E_DATA || ask->err == E_FULL || ask->err == E_DATABASE;
  ask->done(ask->arg, ask->err, says_it ? ask->res : NULL);
  pipe->delivering = false;
  PQclear(ask->res);
  free(ask);
}

static void ask_failed(struct ask *ask, int err) {
  if (!ask->err)
    ask->err = err;
}

/* One result that belongs to the oldest request. */
static void take(struct pipe *pipe, struct ask *ask, PGresult *res) {
  switch (PQresultStatus(res)) {
  case PGRES_PIPELINE_SYNC:
    PQclear(res);
    ask_answer(pipe, ask);
    return;
  case PGRES_TUPLES_OK:
  case PGRES_COMMAND_OK:
    PQclear(ask->res);
    ask->res = res;
    return;
  case PGRES_PIPELINE_ABORTED:
    PQclear(res);
    ask_failed(ask, E_DATABASE);
    return;
  default: break;
  }
  int err = answer_error(res);
  if (err != E_REFUSED) /* that is an answer, and for whoever asked */
    answer_log(&pipe->context, ask->name, res);
  if (ask->err) { /* the first one counts */
    PQclear(res);
    return;
  }
  PQclear(ask->res);
  ask->res = res;
  ask->err = err;
  pipe->outdated |= answer_is_outdated(res);
}

/* libpq reads some 20 KB at a time; the histories of a batch of students are a megabyte. */
static bool more_has_come(const struct pipe *pipe) {
  struct pollfd socket = {.fd = PQsocket(pipe->conn), .events = POLLIN};
  return pipe->depth > 0 && PQisBusy(pipe->conn) && poll(&socket, 1, 0) > 0;
}

static bool receive_some(struct pipe *pipe) {
  bool alive = PQconsumeInput(pipe->conn), was_null = false;
  struct ask *ask;
  /* Also when the connection has just ended: answers may have arrived with its end. */
  while ((pipe->state == PIPE_CHECKING || pipe->state == PIPE_READY) && (ask = STAILQ_FIRST(&pipe->asks)) &&
         !PQisBusy(pipe->conn)) {
    PGresult *res = PQgetResult(pipe->conn);
    if (!res && was_null)
      break; /* one NULL ends a statement; a second one has nothing to end, and only a dead connection says it */
    was_null = !res;
    if (res)
      take(pipe, ask, res);
  }
  return alive;
}

/* Several reads a turn: in one that is full of other work (handshakes, after a restart) an answer of fifty reads would
 * otherwise take fifty turns. Not without end: the others wait. */
static void receive(struct pipe *pipe) {
  bool alive = receive_some(pipe);
  for (int reads = 1; alive && reads < READS_A_TURN && more_has_come(pipe); reads++)
    alive = receive_some(pipe);
  for (PGnotify *notify; pipe->state == PIPE_READY && (notify = PQnotifies(pipe->conn)); PQfreemem(notify))
    pipe->owner.heard(pipe->owner.arg, pipe, notify->relname, notify->extra);
  if (!alive || PQstatus(pipe->conn) == CONNECTION_BAD)
    pipe_break(pipe, LOG_WARN, "database_lost", PQerrorMessage(pipe->conn));
  else if (pipe->outdated)
    pipe_break(pipe, LOG_INFO, "database_outdated", "its statements are of the version before");
}

/* Called by libpq while it reads, so the oldest request is the one it is about. */
static void noticed(void *arg, const PGresult *notice) {
  struct pipe *pipe = arg;
  struct ask *ask = STAILQ_FIRST(&pipe->asks);
  if (!ask || !answer_is_unreplicated(notice))
    return;
  log_event(LOG_ERROR, &pipe->context, "not_replicated", "stmt=%s", log_value(ask->name));
  ask_failed(ask, E_UNKNOWN);
}

static void ready(void *arg, int what) {
  struct pipe *pipe = arg;
  (void)what;
  if (pipe->state == PIPE_BROKEN) /* by an event of the same turn */
    return;
  receive(pipe);
  pipe->unflushed = true; /* what was read may have made room for what waits to be written */
  pipe_flush(pipe);
}

/* ---------------------------------------------------------------- coming up */

static void setup_step(struct pipe *pipe, int err, const char *what, const char *reason) {
  char text[SETUP_REASON + 64];
  if (err) {
    snprintf(text, sizeof text, "%s: %s", what, reason);
    pipe_break(pipe, LOG_ERROR, err == E_UNSAFE ? "database_refused" : "database_setup_failed", text);
    return;
  }
  if (--pipe->setup_left > 0)
    return;
  pipe->failures = 0;
  loop_timer_clear(pipe->timer);
  log_event(LOG_INFO, &pipe->context, "database_ready", "");
  setup_age(PQserverVersion(pipe->conn), &pipe->context);
  pipe_move(pipe, PIPE_READY);
}

static void setup_checked(void *arg, int err, const PGresult *res) {
  char reason[SETUP_REASON] = "cannot be asked";
  if (!err)
    err = setup_check(res, reason);
  setup_step(arg, err, "check", reason);
}

static void setup_typed(void *arg, int err, const PGresult *res) {
  struct pipe *pipe = arg;
  char reason[SETUP_REASON] = "cannot be asked";
  if (!err)
    err = setup_types(res, pipe->type_ids, reason);
  setup_step(pipe, err, "types", reason);
}

static void setup_done(void *arg, int err, const PGresult *res) {
  (void)res;
  setup_step(arg, err, "statement", err_text(err));
}

/* The office has a function a route: one that is missing (it is in the log) costs that route, not the port. */
static void setup_prepared(void *arg, int err, const PGresult *res) {
  struct pipe *pipe = arg;
  if (pipe->options->role == ROLE_OFFICE && res && answer_is_missing(res))
    err = E_OK;
  setup_done(arg, err, res);
}

/* One question of our own; `sent` is what libpq said to it. */
static void setup_ask(struct pipe *pipe, const char *name, pool_done done, int sent) {
  struct ask *ask = sent ? ask_new(name, done, pipe) : NULL;
  if (!ask) {
    pipe_break(pipe, LOG_ERROR, "database_lost", sent ? err_text(E_NOMEM) : PQerrorMessage(pipe->conn));
    return;
  }
  pipe->setup_left++;
  ask_sent(pipe, ask);
}

static void setup_query(struct pipe *pipe, const char *name, const char *sql, pool_done done) {
  if (pipe->state == PIPE_CHECKING)
    setup_ask(pipe, name, done, PQsendQueryParams(pipe->conn, sql, 0, NULL, NULL, NULL, NULL, 1));
}

static void setup_listen(struct pipe *pipe) {
  const char *at = pipe->options->channels ? pipe->options->channels : "";
  while (*(at += strspn(at, " "))) {
    char sql[80]; /* channels are names in our own sources, not data */
    int len = (int)strcspn(at, " ");
    CHECK(snprintf(sql, sizeof sql, "listen %.*s", len, at) < (int)sizeof sql);
    setup_query(pipe, "listen", sql, setup_done);
    at += len;
  }
}

static void setup_begin(struct pipe *pipe) {
  pipe->setup_left = 0;
  setup_query(pipe, "connection_check", setup_check_sql, setup_checked);
  setup_query(pipe, "types", setup_types_sql, setup_typed);
  setup_listen(pipe);
  for (int i = 0; i < STMTS && pipe->state == PIPE_CHECKING; i++) {
    const struct stmt_row *stmt = stmt_row((enum stmt)i);
    if (stmt_is_for(stmt, pipe->options))
      setup_ask(pipe, stmt->name, setup_prepared, PQsendPrepare(pipe->conn, stmt->name, stmt->sql, 0, NULL));
  }
  pipe_flush(pipe);
}

static void connect_done(struct pipe *pipe) {
  pipe->watch = loop_fd_new(pipe->loop, PQsocket(pipe->conn), ready, pipe);
  if (!pipe->watch || loop_fd_want(pipe->watch, LOOP_READ) < 0 || PQsetnonblocking(pipe->conn, 1) < 0 ||
      !PQenterPipelineMode(pipe->conn)) {
    pipe_break(pipe, LOG_ERROR, "database_lost", err_text(E_SYSTEM));
    return;
  }
  pipe_move(pipe, PIPE_CHECKING);
  setup_begin(pipe);
}

static void connect_poll(void *arg, int what) {
  struct pipe *pipe = arg;
  (void)what;
  /* libpq may close this socket and open another (next host, next address), so the watch never outlives one poll. */
  loop_fd_free(pipe->watch);
  pipe->watch = NULL;
  int wanted;
  switch (PQconnectPoll(pipe->conn)) {
  case PGRES_POLLING_OK: connect_done(pipe); return;
  case PGRES_POLLING_READING: wanted = LOOP_READ; break;
  case PGRES_POLLING_WRITING: wanted = LOOP_WRITE; break;
  default: pipe_break(pipe, LOG_WARN, "database_away", PQerrorMessage(pipe->conn)); return;
  }
  pipe->watch = loop_fd_new(pipe->loop, PQsocket(pipe->conn), connect_poll, pipe);
  if (!pipe->watch || loop_fd_want(pipe->watch, wanted) < 0)
    pipe_break(pipe, LOG_ERROR, "database_away", err_text(E_SYSTEM));
}

static void connect_start(struct pipe *pipe) {
  struct setup_params params;
  setup_params(&params, pipe->options->url, pipe->options->role, pipe->options->read_only, pipe->options->deadline_ms / 4 * 3);
  setup_params_begin_at(&params, pipe->turn);
  pipe_move(pipe, PIPE_CONNECTING);
  loop_timer_set(pipe->timer, LIMIT_PIPE_CONNECT_S * 1000);
  int64_t start_ms = clock_mono_ms();
  pipe->conn = PQconnectStartParams(params.keywords, params.values, 1);
  int64_t took_ms = clock_mono_ms() - start_ms;
  if (took_ms > SLOW_CONNECT_MS)
    log_event(LOG_WARN, &pipe->context, "slow_name_resolution", "took_ms=%lld hint=hostaddr", (long long)took_ms);
  if (!pipe->conn || PQstatus(pipe->conn) == CONNECTION_BAD) {
    pipe_break(pipe, LOG_WARN, "database_away", pipe->conn ? PQerrorMessage(pipe->conn) : err_text(E_NOMEM));
    return;
  }
  PQsetNoticeReceiver(pipe->conn, noticed, pipe);
  pipe->watch = loop_fd_new(pipe->loop, PQsocket(pipe->conn), connect_poll, pipe);
  if (!pipe->watch || loop_fd_want(pipe->watch, LOOP_WRITE) < 0) /* the manual: begin as if it wanted to write */
    pipe_break(pipe, LOG_ERROR, "database_away", err_text(E_SYSTEM));
}

/* ---------------------------------------------------------------- going down */

static void hang_up(struct pipe *pipe) {
  loop_fd_free(pipe->watch);
  pipe->watch = NULL;
  PQfinish(pipe->conn);
  pipe->conn = NULL;
  pipe->outdated = false; /* that was this connection's */
}

/* Our own questions end here too: setup_step() finds the pipe broken and says no more. */
static void deliver_unknown(struct pipe *pipe) {
  struct ask *ask;
  while ((ask = STAILQ_FIRST(&pipe->asks))) {
    ask_failed(ask, E_UNKNOWN);
    ask_answer(pipe, ask);
  }
}

static int64_t backoff_ms(struct pipe *pipe) {
  int64_t ms = LIMIT_PIPE_BACKOFF_MIN_MS;
  for (unsigned i = 0; i < pipe->failures && ms < LIMIT_PIPE_BACKOFF_MAX_MS; i++)
    ms *= 2;
  if (ms > LIMIT_PIPE_BACKOFF_MAX_MS)
    ms = LIMIT_PIPE_BACKOFF_MAX_MS;
  pipe->failures++;
  /* From half of it to the whole, so that the workers of a fleet do not come back in step. */
  return ms / 2 + (int64_t)arc4random_uniform((uint32_t)(ms / 2 + 1));
}

static void bury(void *arg) {
  struct pipe *pipe = arg;
  hang_up(pipe);
  deliver_unknown(pipe);
  loop_timer_set(pipe->timer, backoff_ms(pipe));
  pipe_move(pipe, PIPE_DOWN);
}

static void timer_fired(void *arg) {
  struct pipe *pipe = arg;
  switch (pipe->state) {
  case PIPE_DOWN: connect_start(pipe); return;
  case PIPE_CONNECTING:
  case PIPE_CHECKING:
    pipe->turn++;
    pipe_break(pipe, LOG_WARN, "database_away", "no answer in time");
    return;
  case PIPE_READY: break;
  case PIPE_BROKEN: return;
  }
  const struct ask *oldest = STAILQ_FIRST(&pipe->asks);
  if (!oldest)
    return;
  int64_t left_ms = oldest->deadline_ms - clock_mono_ms();
  if (left_ms > 0)
    loop_timer_set(pipe->timer, left_ms);
  else
    pipe_break(pipe, LOG_ERROR, "database_deadline", oldest->name);
}

/* ---------------------------------------------------------------- life */

struct pipe *pipe_new(struct loop *loop, const struct pool_options *options, int index, const struct pipe_owner *owner) {
  struct pipe *pipe = calloc(1, sizeof *pipe);
  if (!pipe)
    return NULL;
  *pipe = (struct pipe){.loop = loop, .options = options, .owner = *owner, .burial = {.fn = bury, .arg = pipe}};
  STAILQ_INIT(&pipe->asks);
  snprintf(pipe->context.text, sizeof pipe->context.text, "role=%s db=%d%s", db_role_name(options->role), index,
           options->read_only ? " read_only=1" : "");
  pipe->timer = loop_timer_new(loop, timer_fired, pipe);
  if (!pipe->timer) {
    free(pipe);
    return NULL;
  }
  loop_timer_set(pipe->timer, 0); /* not from here: the owner must know the pipe before it hears of it */
  return pipe;
}

void pipe_free(struct pipe *pipe) {
  if (!pipe)
    return;
  CHECK(!pipe->delivering);
  loop_task_cancel(pipe->loop, LOOP_BURY, &pipe->burial);
  loop_timer_free(pipe->timer);
  hang_up(pipe);
  pipe->state = PIPE_BROKEN; /* the owner is going too and need not be told */
  deliver_unknown(pipe);
  free(pipe);
}
