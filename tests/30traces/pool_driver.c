/*
 * A pool on a string: reads commands from standard input, one a line, and prints what the pool says, one event a line. The
 * tests in Python hold the string, and the database, which they stop, kill and fill at the right moments.
 *
 *   pool_driver URL ROLE CONNECTIONS DEADLINE_MS [CHANNELS]
 *
 *   ask NAME STATEMENT            a statement without parameters, or with those that the table below gives it
 *   upload NAME DEVICE SERIAL N   stores N results of student 1, assesses, records: what student/upload.c asks of the database
 *   trace FILE                    writes the conversation of the first connection to a file from here on
 *   depth | quit
 *
 * prints: "up", "down", "answer NAME E_OK rows=1", "refused NAME E_AWAY", "heard sg_changed 1", "missed"
 */
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "db/model.h"
#include "db/pool.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES = 512, WORDS = 8, NAME_CHARS = 32, ARGS_BYTES = 1 << 20, RECORD_BYTES = 1 << 20, ARENA_BYTES = 1 << 22 };
enum { INGEST_STATUSES = 2, INGEST_STATE = 3, SUBS = 2, AS_OF_DAY = 20600 };

static struct {
  struct loop *loop;
  struct pool *pool;
  struct loop_fd *input;
  struct model *model;
  char line[LINE_BYTES];
  size_t len;
} driver;

struct call {
  char name[NAME_CHARS];
};

static void say(const char *fmt, ...) PRINTF_LIKE(1, 2);

static void say(const char *fmt, ...) {
  va_list list;
  va_start(list, fmt);
  vprintf(fmt, list);
  va_end(list);
  printf("\n");
  fflush(stdout);
}

static struct call *call_new(const char *name) {
  struct call *call = calloc(1, sizeof *call);
  CHECK(call);
  snprintf(call->name, sizeof call->name, "%s", name);
  return call;
}

static void answered(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  CHECK(err || res); /* with an error it may be there: who is told why */
  say("answer %s %s rows=%d", call->name, err_name(err), res ? PQntuples(res) : 0);
  free(call);
}

static void call_send(struct call *call, enum stmt stmt, struct args *args, pool_done done) {
  int err = pool_call(driver.pool, stmt, args, done, call);
  if (!err)
    return;
  say("refused %s %s", call->name, err_name(err));
  free(call);
}

/* ---------------------------------------------------------------- commands */

static void ask(const char *name, const char *statement) {
  struct args args;
  args_init(&args, ARGS_BYTES);
  enum stmt stmt = STMTS;
  if (strcmp(statement, "parameters") == 0) {
    stmt = STMT_PARAMETERS;
  } else if (strcmp(statement, "claim_stale") == 0) {
    stmt = STMT_CLAIM_STALE;
    args_i32(&args, 1);
  } else if (strcmp(statement, "hello") == 0) {
    stmt = STMT_HELLO;
    args_text(&args, "nowhere");
    args_i64(&args, 1);
    args_i64(&args, 1);
    args_bytes(&args, "", 0);
  } else if (strcmp(statement, "mismatch") == 0) { /* an upload that announces a row and brings none */
    stmt = STMT_INGEST;
    args_rows_begin(&args, DB_TYPE_UPLOAD);
    args_row(&args, 5);
    args_i32(&args, 1);
    args_i64(&args, 1);
    args_i64(&args, 1);
    args_bytes(&args, "x", 1);
    args_i32(&args, 1);
    args_rows_end(&args);
    args_rows_begin(&args, DB_TYPE_RESULT);
    args_rows_end(&args);
  }
  CHECK(stmt != STMTS);
  call_send(call_new(name), stmt, &args, answered);
}

/* The i-th made-up result. A version 8 id, so that it is the same in every run. */
static void put_result(struct args *args, int i) {
  uint8_t id[UUID_BYTES], digest[10] = {(uint8_t)i};
  int64_t taken_ms = (int64_t)(AS_OF_DAY - 60 + i) * 86400000;
  uint8_t subs[SUBS * 5] = {1, 0, 20, 0, 12, 2, 0, 30, 0, 21};
  uuid8_make(id, taken_ms, digest);
  args_row(args, 17);
  args_uuid(args, id);
  args_i32(args, 0);
  args_bool(args, false);
  args_text(args, "cbssa");
  args_text(args, i % 2 ? "26" : "");
  args_time(args, taken_ms);
  args_i16(args, SCALE_EPC);
  args_i32(args, 5500 + 50 * i);
  args_i16(args, MODE_TIMED);
  args_bool(args, false);
  args_i16(args, 200);
  args_i16(args, 120);
  args_null(args);
  args_null(args);
  args_i32(args, 18000);
  args_null(args);
  args_bytes(args, subs, i % 2 ? sizeof subs : 0);
}

static void upload_stored(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  struct arena arena;
  struct student_state state;
  struct risk_assessment *assessment;
  char reason[MODEL_REASON] = "";
  size_t n = 0;
  if (err || cell_i16(res, 0, 1) != 0) {
    say("answer %s %s verdict=%d", call->name, err_name(err), err ? 0 : cell_i16(res, 0, 1));
    free(call);
    return;
  }
  arena_init(&arena, ARENA_BYTES);
  const uint8_t *statuses = cell_bytes(res, 0, INGEST_STATUSES, &n);
  err = state_decode(res, 0, INGEST_STATE, &arena, &state);
  CHECK(!err);
  say("stored %s rows=%zu first=%d results=%zu subs=%d version=%" PRId64, call->name, n, statuses[0], state.input.n,
      state.input.n > 1 ? state.input.results[1].subs : -1, state.version);
  err = model_assess(driver.model, &state, (int64_t)AS_OF_DAY * 86400000, &arena, &assessment, reason);
  struct record *record = record_new(RECORD_BYTES);
  CHECK(record);
  if (!err)
    err = record_add(record, &state, assessment);
  if (err) {
    say("answer %s %s reason=%s", call->name, err_name(err), reason);
    free(call);
  } else {
    call_send(call, STMT_RECORD, record_finish(record), answered);
  }
  record_free(record);
  arena_done(&arena);
}

static void upload(const char *name, int64_t device, const char *serial, int n) {
  struct args args;
  args_init(&args, ARGS_BYTES);
  args_rows_begin(&args, DB_TYPE_UPLOAD);
  args_row(&args, 5);
  args_i32(&args, 1);
  args_i64(&args, 1);
  args_i64(&args, device);
  args_bytes(&args, serial, strlen(serial));
  args_i32(&args, n);
  args_rows_end(&args);
  args_rows_begin(&args, DB_TYPE_RESULT);
  for (int i = 0; i < n; i++)
    put_result(&args, i);
  args_rows_end(&args);
  call_send(call_new(name), STMT_INGEST, &args, upload_stored);
}

/* ---------------------------------------------------------------- input and events */

static void sets_taken(void *arg, int err, const PGresult *res) {
  (void)arg;
  CHECK(!err && model_take_sets(driver.model, res) == E_OK);
  say("sets %zu", model_sets(driver.model));
}

static void command(char *line) {
  char *word[WORDS] = {0}, *rest = NULL;
  int n = 0;
  for (char *w = strtok_r(line, " ", &rest); w && n < WORDS; w = strtok_r(NULL, " ", &rest))
    word[n++] = w;
  if (n == 3 && strcmp(word[0], "ask") == 0) {
    ask(word[1], word[2]);
  } else if (n == 5 && strcmp(word[0], "upload") == 0) {
    upload(word[1], strtoll(word[2], NULL, 10), word[3], (int)strtol(word[4], NULL, 10));
  } else if (n == 1 && strcmp(word[0], "sets") == 0) {
    struct args args;
    args_init(&args, ARGS_BYTES);
    CHECK(pool_call(driver.pool, STMT_PARAMETERS, &args, sets_taken, NULL) == E_OK);
  } else if (n == 2 && strcmp(word[0], "trace") == 0) {
    FILE *out = fopen(word[1], "we");
    CHECK(out);
    pool_trace(driver.pool, out);
    say("tracing");
  } else if (n == 1 && strcmp(word[0], "depth") == 0) {
    say("depth %zu idle %zu", pool_depth(driver.pool), pool_idle(driver.pool));
  } else if (n == 1 && strcmp(word[0], "quit") == 0) {
    loop_stop(driver.loop);
  } else {
    say("what? %s", line);
  }
}

static void readable(void *arg, int what) {
  (void)arg, (void)what;
  ssize_t n = read(STDIN_FILENO, driver.line + driver.len, sizeof driver.line - driver.len - 1);
  if (n <= 0) {
    loop_stop(driver.loop);
    return;
  }
  driver.len += (size_t)n;
  driver.line[driver.len] = '\0';
  for (char *end; (end = strchr(driver.line, '\n'));) {
    *end = '\0';
    command(driver.line);
    driver.len -= (size_t)(end + 1 - driver.line);
    memmove(driver.line, end + 1, driver.len + 1);
  }
}

static void heard(void *arg, const char *channel, const char *payload) {
  (void)arg;
  if (channel)
    say("heard %s %s", channel, payload);
  else
    say("missed");
}

static void state(void *arg, bool ready) {
  (void)arg;
  say(ready ? "up" : "down");
}

int main(int argc, char **argv) {
  if (argc < 5)
    return 2;
  enum db_role role = ROLE_STUDENT;
  while (role < ROLES && strcmp(db_role_name(role), argv[2]) != 0)
    role++;
  const struct pool_options options = {.url = argv[1],
                                       .role = role,
                                       .connections = (int)strtol(argv[3], NULL, 10),
                                       .deadline_ms = (int)strtol(argv[4], NULL, 10),
                                       .channels = argc > 5 && *argv[5] ? argv[5] : NULL,
                                       .heard = heard,
                                       .state = state};
  driver.loop = loop_new();
  driver.model = model_new();
  CHECK(driver.loop && driver.model && role < ROLES);
  CHECK(pool_new(driver.loop, &options, &driver.pool) == E_OK);
  driver.input = loop_fd_new(driver.loop, STDIN_FILENO, readable, NULL);
  CHECK(driver.input && loop_fd_want(driver.input, LOOP_READ) == E_OK);
  int err = loop_run(driver.loop);
  loop_fd_free(driver.input);
  pool_free(driver.pool);
  model_free(driver.model);
  loop_free(driver.loop);
  return err ? 1 : 0;
}
