/*
 * A few pipes side by side. A request goes to the one with the least outstanding: answers on one connection come in order,
 * so a short queue is the whole of fairness there is. Two connections are enough for a worker (one commits while the other
 * fills); what there is no room for waits where it came from, not here: a queue in the pool would only hide how far the
 * database is behind.
 *
 * Every pipe listens; notifications are passed on from one of them, the listener, and dropped from the others. When the
 * listener is lost another one that is ready takes over; something may have been said in between, and that is told as a NULL
 * channel.
 */
#include "db/pool.h"

#include "base/check.h"
#include "base/err.h"
#include "base/limits.h"
#include "db/pipe.h"

#include <stdlib.h>
#include <string.h>

struct pool {
  struct loop *loop;
  struct pool_options options;
  char *url, *channels; /* own copies */
  int n;
  bool up; /* as last told through options.state */
  struct pipe *pipes[LIMIT_POOL_CONNECTIONS];
  struct pipe *listener; /* one that is ready, or NULL */
  bool listened;         /* there was a listener before: a new one has missed something */
};

/* ---------------------------------------------------------------- listening */

static void listener_choose(struct pool *pool) {
  pool->listener = NULL;
  for (int i = 0; i < pool->n && !pool->listener; i++)
    if (pipe_state(pool->pipes[i]) == PIPE_READY)
      pool->listener = pool->pipes[i];
  if (!pool->listener || !pool->channels || !pool->options.heard)
    return;
  if (pool->listened)
    pool->options.heard(pool->options.arg, NULL, NULL);
  pool->listened = true;
}

static void heard(void *arg, struct pipe *pipe, const char *channel, const char *payload) {
  struct pool *pool = arg;
  if (pipe == pool->listener && pool->options.heard)
    pool->options.heard(pool->options.arg, channel, payload);
}

bool pool_ready(const struct pool *pool) {
  for (int i = 0; i < pool->n; i++)
    if (pipe_state(pool->pipes[i]) == PIPE_READY)
      return true;
  return false;
}

/* Looked at when a pipe has come up or has been buried, and not when it breaks: that may be inside somebody's pool_call(). */
static void moved(void *arg, struct pipe *pipe, enum pipe_state to) {
  struct pool *pool = arg;
  if (to != PIPE_READY && to != PIPE_DOWN)
    return;
  bool up = pool_ready(pool);
  if (up != pool->up) {
    pool->up = up;
    if (pool->options.state)
      pool->options.state(pool->options.arg, up);
  }
  if (!pool->listener || pool->listener == pipe)
    listener_choose(pool);
}

/* ---------------------------------------------------------------- requests */

int pool_call(struct pool *pool, enum stmt stmt, struct args *args, pool_done done, void *arg) {
  struct pipe *best = NULL;
  for (int i = 0; i < pool->n; i++)
    if (pipe_state(pool->pipes[i]) == PIPE_READY && (!best || pipe_depth(pool->pipes[i]) < pipe_depth(best)))
      best = pool->pipes[i];
  int err = !best ? E_AWAY : pipe_depth(best) >= LIMIT_PIPE_DEPTH ? E_BUSY : E_OK;
  if (err) {
    args_done(args);
    return err;
  }
  return pipe_call(best, stmt_row(stmt), args, done, arg);
}

static void flush(void *arg) {
  struct pool *pool = arg;
  for (int i = 0; i < pool->n; i++)
    pipe_flush(pool->pipes[i]);
}

size_t pool_depth(const struct pool *pool) {
  size_t depth = 0;
  for (int i = 0; i < pool->n; i++)
    if (pipe_state(pool->pipes[i]) == PIPE_READY)
      depth += pipe_depth(pool->pipes[i]);
  return depth;
}

size_t pool_idle(const struct pool *pool) {
  size_t idle = 0;
  for (int i = 0; i < pool->n; i++)
    idle += pipe_state(pool->pipes[i]) == PIPE_READY && pipe_depth(pool->pipes[i]) == 0;
  return idle;
}

void pool_trace(struct pool *pool, FILE *out) {
  for (int i = 0; i < pool->n; i++)
    if (pipe_state(pool->pipes[i]) == PIPE_READY) {
      pipe_trace(pool->pipes[i], out);
      return;
    }
}

/* ---------------------------------------------------------------- life */

int pool_new(struct loop *loop, const struct pool_options *options, struct pool **ret) {
  struct pool *pool = calloc(1, sizeof *pool);
  if (!pool)
    return E_NOMEM;
  CHECK(options->connections >= 1 && options->connections <= LIMIT_POOL_CONNECTIONS);
  pool->loop = loop;
  pool->options = *options;
  pool->options.url = pool->url = strdup(options->url);
  pool->options.channels = pool->channels = options->channels ? strdup(options->channels) : NULL;
  const struct pipe_owner owner = {moved, heard, pool};
  int err = E_NOMEM;
  if (!pool->url || (options->channels && !pool->channels))
    goto fail;
  for (; pool->n < options->connections; pool->n++) {
    pool->pipes[pool->n] = pipe_new(loop, &pool->options, pool->n, &owner);
    if (!pool->pipes[pool->n])
      goto fail;
  }
  err = loop_after_turn(loop, LOOP_FLUSH, flush, pool);
  if (err)
    goto fail;
  *ret = pool;
  return E_OK;

fail:
  pool_free(pool);
  return err;
}

void pool_free(struct pool *pool) {
  if (!pool)
    return;
  loop_after_turn_cancel(pool->loop, LOOP_FLUSH, flush, pool);
  int n = pool->n;
  pool->n = 0; /* whoever asks from a callback below finds no connection */
  for (int i = 0; i < n; i++)
    pipe_free(pool->pipes[i]);
  free(pool->url);
  free(pool->channels);
  free(pool);
}
