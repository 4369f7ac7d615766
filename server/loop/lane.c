/*
 * Helper threads.
 *
 * One queue in, one queue out, one lock over both, one condition for the threads to sleep on and one eventfd to wake the
 * loop with. A job passes from the loop to a thread and back under the lock, so whatever it points to needs no lock of its
 * own. With jobs of 50 ms and two threads nothing cleverer would be faster, and this can be read in a minute.
 *
 *   lane_run()            a thread            lane_woken(), on the loop
 *   WAITING ──────> in work ──────> FINISHED ──────> done(arg), freed
 *
 * The threads block all signals: those are the loop's. They are few and start with the program, so that a burst of logins
 * waits (and is refused beyond waiting_max) instead of taking a gigabyte in argon2id's blocks.
 */
#include "loop/lane.h"

#include "base/check.h"
#include "base/err.h"
#include "base/limits.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct job {
  void (*work)(void *arg);
  void (*done)(void *arg);
  void *arg;
  STAILQ_ENTRY(job) link;
};
STAILQ_HEAD(jobs, job);

struct lane {
  struct loop_fd *watch;
  int event_fd;
  size_t busy, waiting_max; /* the loop's: no thread looks at them */
  pthread_t thread[LIMIT_LANE_THREADS];
  unsigned threads;

  pthread_mutex_t lock; /* over all that follows */
  pthread_cond_t call;
  struct jobs waiting, finished;
  size_t waiting_n;
  bool ending;
};

/* ---- on the threads ---- */

static struct job *lane_next(struct lane *lane) {
  struct job *job;
  while (!(job = STAILQ_FIRST(&lane->waiting)) && !lane->ending)
    pthread_cond_wait(&lane->call, &lane->lock);
  if (lane->ending)
    return NULL;
  STAILQ_REMOVE_HEAD(&lane->waiting, link);
  lane->waiting_n--;
  return job;
}

static void *lane_main(void *arg) {
  struct lane *lane = arg;
  const uint64_t one = 1;
  pthread_mutex_lock(&lane->lock);
  for (struct job *job; (job = lane_next(lane));) {
    pthread_mutex_unlock(&lane->lock);
    job->work(job->arg);
    pthread_mutex_lock(&lane->lock);
    STAILQ_INSERT_TAIL(&lane->finished, job, link);
    /* Cannot fail: the counter would have to be at 2^64. */
    CHECK(write(lane->event_fd, &one, sizeof one) == sizeof one);
  }
  pthread_mutex_unlock(&lane->lock);
  return NULL;
}

/* ---- on the loop ---- */

/* The list is taken as a whole: done() may run new jobs, and those are for another turn. */
static void lane_finish(struct lane *lane) {
  struct jobs finished = STAILQ_HEAD_INITIALIZER(finished);
  pthread_mutex_lock(&lane->lock);
  STAILQ_CONCAT(&finished, &lane->finished);
  pthread_mutex_unlock(&lane->lock);
  for (struct job *job; (job = STAILQ_FIRST(&finished));) {
    STAILQ_REMOVE_HEAD(&finished, link);
    lane->busy--;
    job->done(job->arg);
    free(job);
  }
}

static void lane_woken(void *arg, int what) {
  struct lane *lane = arg;
  uint64_t times;
  (void)what;
  (void)!read(lane->event_fd, &times, sizeof times); /* only to have it silent again */
  lane_finish(lane);
}

int lane_run(struct lane *lane, void (*work)(void *arg), void (*done)(void *arg), void *arg) {
  struct job *job = malloc(sizeof *job);
  if (!job)
    return E_NOMEM;
  *job = (struct job){.work = work, .done = done, .arg = arg};
  pthread_mutex_lock(&lane->lock);
  const bool room = lane->waiting_n < lane->waiting_max;
  if (room) {
    STAILQ_INSERT_TAIL(&lane->waiting, job, link);
    lane->waiting_n++;
    pthread_cond_signal(&lane->call);
  }
  pthread_mutex_unlock(&lane->lock);
  if (!room) {
    free(job);
    return E_BUSY;
  }
  lane->busy++;
  return 0;
}

size_t lane_busy(const struct lane *lane) {
  return lane->busy;
}

/* ---- life ---- */

static bool lane_start(struct lane *lane, unsigned threads) {
  sigset_t all, before;
  sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
    return false;
  while (lane->threads < threads && pthread_create(&lane->thread[lane->threads], NULL, lane_main, lane) == 0)
    lane->threads++;
  CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
  return lane->threads == threads;
}

struct lane *lane_new(struct loop *loop, unsigned threads, size_t waiting_max) {
  CHECK(threads >= 1 && threads <= LIMIT_LANE_THREADS);
  struct lane *lane = calloc(1, sizeof *lane);
  if (!lane)
    return NULL;
  STAILQ_INIT(&lane->waiting);
  STAILQ_INIT(&lane->finished);
  lane->waiting_max = waiting_max;
  pthread_mutex_init(&lane->lock, NULL); /* with the default attributes neither can fail on Linux */
  pthread_cond_init(&lane->call, NULL);
  lane->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (lane->event_fd >= 0 && (lane->watch = loop_fd_new(loop, lane->event_fd, lane_woken, lane)) &&
      loop_fd_want(lane->watch, LOOP_READ) == 0 && lane_start(lane, threads))
    return lane;
  lane_free(lane);
  return NULL;
}

void lane_free(struct lane *lane) {
  if (!lane)
    return;
  pthread_mutex_lock(&lane->lock);
  lane->ending = true;
  pthread_cond_broadcast(&lane->call);
  pthread_mutex_unlock(&lane->lock);
  for (unsigned i = 0; i < lane->threads; i++)
    pthread_join(lane->thread[i], NULL);
  lane->waiting_max = 0; /* a done() that runs another job is told E_BUSY */
  STAILQ_CONCAT(&lane->finished, &lane->waiting);
  lane_finish(lane);
  loop_fd_free(lane->watch);
  if (lane->event_fd >= 0)
    close(lane->event_fd);
  pthread_cond_destroy(&lane->call);
  pthread_mutex_destroy(&lane->lock);
  free(lane);
}
