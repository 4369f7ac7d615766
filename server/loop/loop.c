/*
 * The event loop.
 *
 * libevent tells what is ready; the turn is ours. event_base_loop(EVLOOP_ONCE) waits, runs the callbacks of everything that
 * became ready, and comes back; then the stages of enum loop_stage run, in their order, and the next turn begins. A library
 * loop that never comes back would force the end-of-turn work into callbacks of equal rank, whose order nobody decides;
 * prepare/check hooks, which libevent 2.2 has, would do the same with more parts.
 *
 * The order of the stages, and why:
 *   LOOP_BATCH   first: sessions only collected during the turn; a statement must exist before it can be flushed.
 *   LOOP_FLUSH   one write carries all that this turn asked of the database, one TLS record all that it says to a peer.
 *   LOOP_RESUME  after the flush, for only now is it known that there is room again. A reader woken earlier would be
 *                paused again by the very batch that is about to leave.
 *   LOOP_BURY    last: every stage above may still look at an object that died in this turn.
 *
 * A task that posts to a stage which has already run is not lost: the loop sees a non-empty queue and does not sleep.
 *
 * libevent's event_active() runs a callback within the same turn, behind those already active; a peer that always has one
 * more record could hold the turn open for ever. loop_fd_again() therefore goes through LOOP_RESUME and only then activates.
 */
#include "loop/loop.h"

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <signal.h>
#include <stdlib.h>

struct stage {
  struct after {
    void (*fn)(void *arg);
    void *arg;
  } after[LOOP_AFTER_MAX];
  int after_n;
  TAILQ_HEAD(, loop_task) tasks; /* posted to run once */
};

struct loop_signal {
  struct loop_signal *next;
  struct event event;
  void (*raised)(void *arg);
  void *arg;
};

struct loop {
  struct event_base *base;
  struct stage stage[LOOP_STAGES];
  struct loop_signal *signals;
  uint64_t posts; /* counts postings and rounds, so that the two can be ordered */
  uint64_t turns;
  bool stopping;
};

struct loop_fd {
  struct loop *loop;
  struct event read, write; /* two events, so that wanting to write more costs one epoll_ctl and no re-registration */
  int want, again;
  struct loop_task task; /* carries `again` over the end of the turn */
  void (*ready)(void *arg, int what);
  void *arg;
};

struct loop_timer {
  struct event event;
  void (*fired)(void *arg);
  void *arg;
};

/* ---- what libevent says of itself ---- */

static void loop_library_says(int severity, const char *text) {
  static struct log_gate gate;
  const enum log_level level = severity == EVENT_LOG_ERR ? LOG_ERROR : severity == EVENT_LOG_WARN ? LOG_WARN : LOG_DEBUG;
  /* Gated: out of descriptors libevent alone wrote 411 MB in 14 s. */
  log_event_gated(&gate, 10, level, NULL, "libevent", "text=%s", log_value(text));
}

static void loop_library_dies(int code) {
  log_event(LOG_ERROR, NULL, "libevent_fatal", "code=%d", code);
  abort();
}

/* ---- life ---- */

struct loop *loop_new(void) {
  struct loop *loop = calloc(1, sizeof *loop);
  struct event_config *config = event_config_new();
  if (!loop || !config)
    goto fail;
  event_set_log_callback(loop_library_says);
  event_set_fatal_callback(loop_library_dies);
  /* A peer that left shows as EPIPE where the write stands, not as a signal that ends the process. */
  if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
    goto fail;
  if (event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) < 0 || !(loop->base = event_base_new_with_config(config)))
    goto fail;
  for (int i = 0; i < LOOP_STAGES; i++)
    TAILQ_INIT(&loop->stage[i].tasks);
  event_config_free(config);
  return loop;
fail:
  if (config)
    event_config_free(config);
  free(loop);
  return NULL;
}

static void loop_run_stage(struct loop *loop, enum loop_stage which);

void loop_free(struct loop *loop) {
  if (!loop)
    return;
  loop_run_stage(loop, LOOP_BURY);
  for (struct loop_signal *s = loop->signals, *next; s; s = next) {
    next = s->next;
    event_del(&s->event);
    free(s);
  }
  event_base_free(loop->base);
  free(loop);
}

/* ---- the turn ---- */

static void loop_run_stage(struct loop *loop, enum loop_stage which) {
  struct stage *stage = &loop->stage[which];
  for (int i = 0; i < stage->after_n; i++)
    if (stage->after[i].fn)
      stage->after[i].fn(stage->after[i].arg);
  int kept = 0; /* close the gaps that cancelling left, now that nobody walks the array */
  for (int i = 0; i < stage->after_n; i++)
    if (stage->after[i].fn)
      stage->after[kept++] = stage->after[i];
  stage->after_n = kept;

  /* Those posted from here on wait for the next turn: a task that always posts itself again must not hold this one open. */
  const uint64_t before = ++loop->posts;
  for (struct loop_task *task; (task = TAILQ_FIRST(&stage->tasks)) && task->post < before;) {
    TAILQ_REMOVE(&stage->tasks, task, link);
    task->post = 0;
    task->fn(task->arg);
  }
}

static bool loop_has_tasks(const struct loop *loop) {
  for (int i = 0; i < LOOP_STAGES; i++)
    if (!TAILQ_EMPTY(&loop->stage[i].tasks))
      return true;
  return false;
}

int loop_run(struct loop *loop) {
  do {
    loop->turns++;
    const int rest = loop->stopping || loop_has_tasks(loop) ? EVLOOP_NONBLOCK : 0;
    if (event_base_loop(loop->base, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY | rest) < 0)
      return E_SYSTEM;
    for (int i = 0; i < LOOP_STAGES; i++)
      loop_run_stage(loop, (enum loop_stage)i);
  } while (!loop->stopping);
  loop->stopping = false;
  return 0;
}

void loop_stop(struct loop *loop) {
  loop->stopping = true;
}

uint64_t loop_turns(const struct loop *loop) {
  return loop->turns;
}

int loop_after_turn(struct loop *loop, enum loop_stage stage, void (*fn)(void *arg), void *arg) {
  struct stage *s = &loop->stage[stage];
  if (s->after_n == LOOP_AFTER_MAX)
    return E_LIMIT;
  s->after[s->after_n++] = (struct after){fn, arg};
  return 0;
}

void loop_after_turn_cancel(struct loop *loop, enum loop_stage stage, void (*fn)(void *arg), void *arg) {
  struct stage *s = &loop->stage[stage];
  for (int i = 0; i < s->after_n; i++)
    if (s->after[i].fn == fn && s->after[i].arg == arg)
      s->after[i].fn = NULL;
}

void loop_task_post(struct loop *loop, enum loop_stage stage, struct loop_task *task) {
  if (task->post)
    return;
  task->post = ++loop->posts;
  TAILQ_INSERT_TAIL(&loop->stage[stage].tasks, task, link);
}

void loop_task_cancel(struct loop *loop, enum loop_stage stage, struct loop_task *task) {
  if (!task->post)
    return;
  TAILQ_REMOVE(&loop->stage[stage].tasks, task, link);
  task->post = 0;
}

/* ---- descriptors ---- */

static void loop_fd_ready(evutil_socket_t fd, short what, void *arg) {
  struct loop_fd *watch = arg;
  (void)fd;
  watch->ready(watch->arg, (what & EV_READ ? LOOP_READ : 0) | (what & EV_WRITE ? LOOP_WRITE : 0));
}

static void loop_fd_activate(void *arg) {
  struct loop_fd *watch = arg;
  const int again = watch->again;
  watch->again = 0;
  if (again & LOOP_READ)
    event_active(&watch->read, EV_READ, 0);
  if (again & LOOP_WRITE)
    event_active(&watch->write, EV_WRITE, 0);
}

struct loop_fd *loop_fd_new(struct loop *loop, int fd, void (*ready)(void *arg, int what), void *arg) {
  struct loop_fd *watch = calloc(1, sizeof *watch);
  if (!watch)
    return NULL;
  *watch = (struct loop_fd){.loop = loop, .ready = ready, .arg = arg, .task = {.fn = loop_fd_activate, .arg = watch}};
  if (event_assign(&watch->read, loop->base, fd, EV_READ | EV_PERSIST, loop_fd_ready, watch) < 0 ||
      event_assign(&watch->write, loop->base, fd, EV_WRITE | EV_PERSIST, loop_fd_ready, watch) < 0) {
    free(watch);
    return NULL;
  }
  return watch;
}

static int loop_fd_switch(struct event *event, bool on) {
  return (on ? event_add(event, NULL) : event_del(event)) < 0 ? E_SYSTEM : 0;
}

int loop_fd_want(struct loop_fd *watch, int what) {
  const int change = watch->want ^ what;
  int err = 0;
  if (change & LOOP_READ)
    err = loop_fd_switch(&watch->read, what & LOOP_READ);
  if (!err && change & LOOP_WRITE)
    err = loop_fd_switch(&watch->write, what & LOOP_WRITE);
  if (!err)
    watch->want = what;
  return err;
}

void loop_fd_again(struct loop_fd *watch, int what) {
  watch->again |= what;
  loop_task_post(watch->loop, LOOP_RESUME, &watch->task);
}

void loop_fd_free(struct loop_fd *watch) {
  if (!watch)
    return;
  loop_task_cancel(watch->loop, LOOP_RESUME, &watch->task);
  event_del(&watch->read);
  event_del(&watch->write);
  free(watch);
}

/* ---- timers ---- */

static void loop_timer_fired(evutil_socket_t fd, short what, void *arg) {
  const struct loop_timer *timer = arg;
  (void)fd, (void)what;
  timer->fired(timer->arg);
}

struct loop_timer *loop_timer_new(struct loop *loop, void (*fired)(void *arg), void *arg) {
  struct loop_timer *timer = calloc(1, sizeof *timer);
  if (!timer)
    return NULL;
  timer->fired = fired;
  timer->arg = arg;
  if (event_assign(&timer->event, loop->base, -1, 0, loop_timer_fired, timer) < 0) {
    free(timer);
    return NULL;
  }
  return timer;
}

void loop_timer_set(struct loop_timer *timer, int64_t ms) {
  if (ms < 0)
    ms = 0;
  const struct timeval after = {.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
  /* Fails only when the heap of timers cannot grow. A deadline that is silently lost is a connection that is never closed
   * and a request never answered; ending here, with everything acknowledged on disk, is the smaller harm. */
  CHECK(event_add(&timer->event, &after) == 0);
}

void loop_timer_clear(struct loop_timer *timer) {
  event_del(&timer->event);
}

void loop_timer_free(struct loop_timer *timer) {
  if (!timer)
    return;
  event_del(&timer->event);
  free(timer);
}

/* ---- signals ---- */

static void loop_signal_raised(evutil_socket_t fd, short what, void *arg) {
  const struct loop_signal *s = arg;
  (void)fd, (void)what;
  s->raised(s->arg);
}

int loop_signal(struct loop *loop, int signo, void (*raised)(void *arg), void *arg) {
  struct loop_signal *s = calloc(1, sizeof *s);
  if (!s)
    return E_NOMEM;
  *s = (struct loop_signal){.next = loop->signals, .raised = raised, .arg = arg};
  if (event_assign(&s->event, loop->base, signo, EV_SIGNAL | EV_PERSIST, loop_signal_raised, s) < 0 ||
      event_add(&s->event, NULL) < 0) {
    free(s);
    return E_SYSTEM;
  }
  loop->signals = s;
  return 0;
}
