/*
 * Lets the database look at the cases of the school every few minutes, so that one that ran out of time is on top of the queue in
 * the afternoon, and not only after the night's run.
 *
 * Every worker does, and none asks whether another just did: a second call at the same time finds nothing due (core.case_sweep),
 * and passes over what somebody holds. Whatever keeps one from being made is made good by the next. Nothing depends on it being on
 * time either: the queue counts what is due by itself.
 *
 * Rejected: a clock for each case (they would all have to be set again after a restart).
 */
#include "office/sweep.h"

#include "base/err.h"
#include "base/log.h"
#include "db/args.h"

#include <stdlib.h>

enum { SWEEP_MS = 5 * 60 * 1000, ARGS_SMALL = 128 };

struct sweep {
  struct office *office;
  struct loop_timer *timer;
  bool stopped;
};

static void swept(void *arg, int err, const PGresult *res) {
  struct sweep *sweep = arg;
  if (err)
    log_event(LOG_WARN, NULL, "cases_not_swept", "err=%s", err_name(err));
  else
    log_event(LOG_DEBUG, NULL, "cases_swept", "did=%s", log_value(cell_text(res, 0, 0)));
  if (!sweep->stopped)
    loop_timer_set(sweep->timer, SWEEP_MS);
}

static void tick(void *arg) {
  struct sweep *sweep = arg;
  struct args args;
  args_init(&args, ARGS_SMALL);
  args_text(&args, sweep->office->conf->school_code);
  if (pool_call(sweep->office->write_pool, STMT_CASES_SWEEP, &args, swept, sweep) < 0)
    loop_timer_set(sweep->timer, SWEEP_MS); /* the database is away */
}

struct sweep *sweep_new(struct office *office) {
  struct sweep *sweep = calloc(1, sizeof *sweep);
  if (!sweep)
    return NULL;
  sweep->office = office;
  sweep->timer = loop_timer_new(office->loop, tick, sweep);
  if (!sweep->timer) {
    free(sweep);
    return NULL;
  }
  loop_timer_set(sweep->timer, SWEEP_MS);
  return sweep;
}

void sweep_stop(struct sweep *sweep) {
  sweep->stopped = true;
  loop_timer_clear(sweep->timer);
}

void sweep_free(struct sweep *sweep) {
  if (!sweep)
    return;
  loop_timer_free(sweep->timer);
  free(sweep);
}
