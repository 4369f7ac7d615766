/*
 * The janitor. An upload is stored in one transaction and its assessment recorded in another; whatever happens between the
 * two leaves the student marked stale, and nothing else. So finishing is one short loop: claim some stale students (the
 * database gives each to one worker only, for a lease), assess them, record. Nobody has to remember what was interrupted.
 *
 * While it finds work it goes on without a pause; when there is none it looks again after a while.
 */
#include "student/janitor.h"

#include "base/err.h"
#include "base/log.h"
#include "student/assess.h"

#include <stdlib.h>

enum {
  JANITOR_IDLE_MS = 5000, /* an assessment is at most this much late after a crash, plus the lease */
  JANITOR_CLAIM = 64,     /* students in one claim: some 10 ms of database work */
  JANITOR_ARENA_BYTES = 64 << 20,
  ARGS_SMALL = 64,
};

struct janitor {
  struct student *port;
  struct loop_timer *timer;
  bool asking;
};

static void janitor_claimed(void *arg, int err, const PGresult *res) {
  struct janitor *janitor = arg;
  struct assess_turn turn;
  int n = err < 0 ? 0 : cell_rows(res);
  janitor->asking = false;
  assess_begin(&turn, janitor->port);
  for (int row = 0; row < n; row++) {
    struct student_state state;
    struct arena arena;
    arena_init(&arena, JANITOR_ARENA_BYTES);
    if (state_decode(res, row, 0, &arena, &state) == E_OK)
      (void)assess_add(&turn, &state, &arena);
    arena_done(&arena);
  }
  assess_finish(&turn);
  if (n > 0)
    log_event(LOG_INFO, NULL, "janitor", "students=%d", n);
  loop_timer_set(janitor->timer, n == JANITOR_CLAIM ? 0 : JANITOR_IDLE_MS);
}

static void janitor_fired(void *arg) {
  struct janitor *janitor = arg;
  struct args args;
  if (janitor->asking)
    return;
  args_init(&args, ARGS_SMALL);
  args_i32(&args, JANITOR_CLAIM);
  janitor->asking = pool_call(janitor->port->pool, STMT_CLAIM_STALE, &args, janitor_claimed, janitor) == E_OK;
  if (!janitor->asking)
    loop_timer_set(janitor->timer, JANITOR_IDLE_MS);
}

struct janitor *janitor_new(struct student *port) {
  struct janitor *janitor = calloc(1, sizeof *janitor);
  if (janitor == NULL)
    return NULL;
  janitor->port = port;
  janitor->timer = loop_timer_new(port->loop, janitor_fired, janitor);
  if (janitor->timer == NULL) {
    free(janitor);
    return NULL;
  }
  loop_timer_set(janitor->timer, JANITOR_IDLE_MS);
  return janitor;
}

void janitor_free(struct janitor *janitor) {
  if (janitor == NULL)
    return;
  loop_timer_free(janitor->timer);
  free(janitor);
}
