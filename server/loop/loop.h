/*
 * The event loop: the only owner of libevent and of waiting. One thread, one loop.
 *
 * A turn = whatever became ready, then the work of loop_after_turn() in the order of enum loop_stage. Everything that was
 * collected during a turn (batches of uploads, bytes for the database) leaves at its end; everything that died during a
 * turn is freed at its end, so nothing is freed inside its own callback.
 */
#ifndef SG_LOOP_LOOP_H
#define SG_LOOP_LOOP_H

#include "proto/attr.h"

#include <stdint.h>
#include <sys/queue.h>

struct loop;
struct loop *loop_new(void) MUSTCHECK;        /* NULL when out of memory or descriptors; also sets SIGPIPE aside */
void loop_free(struct loop *loop);            /* runs LOOP_BURY once more, so that nobody marked is forgotten */
int loop_run(struct loop *loop) MUSTCHECK;    /* until loop_stop(); 0 or E_SYSTEM; may be run again */
void loop_stop(struct loop *loop);            /* after this turn and its stages */
uint64_t loop_turns(const struct loop *loop); /* begun so far */

/* ---- descriptors ---- */
enum { LOOP_READ = 1, LOOP_WRITE = 2 };
struct loop_fd;
struct loop_fd *loop_fd_new(struct loop *loop, int fd, void (*ready)(void *arg, int what), void *arg) MUSTCHECK;
int loop_fd_want(struct loop_fd *watch, int what);   /* LOOP_READ | LOOP_WRITE, 0 to rest; 0 or E_SYSTEM */
void loop_fd_again(struct loop_fd *watch, int what); /* ready(what) in the next turn, whatever the kernel says */
void loop_fd_free(struct loop_fd *watch);            /* does not close the descriptor */

/* ---- timers (monotonic) ---- */
struct loop_timer;
struct loop_timer *loop_timer_new(struct loop *loop, void (*fired)(void *arg), void *arg) MUSTCHECK;
void loop_timer_set(struct loop_timer *timer, int64_t ms); /* once, from now; again replaces */
void loop_timer_clear(struct loop_timer *timer);
void loop_timer_free(struct loop_timer *timer);

/* ---- signals ---- */
int loop_signal(struct loop *loop, int signo, void (*raised)(void *arg), void *arg) MUSTCHECK; /* for the loop's life */

/* ---- end of turn ---- */
enum loop_stage {
  LOOP_BATCH,  /* turn what sessions collected into statements; must precede the flush that carries them */
  LOOP_FLUSH,  /* write to the database */
  LOOP_RESUME, /* wake readers that were paused for back-pressure: after the flush, for only then is there room again */
  LOOP_BURY,   /* free the dead: last, for the stages above may still look at them */
  LOOP_STAGES
};
/* At the end of every turn, from now on; in the order of asking. E_LIMIT: LOOP_AFTER_MAX are there already. */
enum { LOOP_AFTER_MAX = 16 };
int loop_after_turn(struct loop *loop, enum loop_stage stage, void (*fn)(void *arg), void *arg) MUSTCHECK;
void loop_after_turn_cancel(struct loop *loop, enum loop_stage stage, void (*fn)(void *arg), void *arg);

/* Once, in the next run of that stage: in this turn if the stage is still to come, else in the one that follows, which is
 * then not slept before. The task lives in its owner, is posted any number of times, and runs once. LOOP_BURY tasks free
 * their owner. */
struct loop_task {
  void (*fn)(void *arg);
  void *arg;
  uint64_t post; /* ordinal of its posting; 0: it is not posted */
  TAILQ_ENTRY(loop_task) link;
};
void loop_task_post(struct loop *loop, enum loop_stage stage, struct loop_task *task);
void loop_task_cancel(struct loop *loop, enum loop_stage stage, struct loop_task *task);

#endif
