/*
 * The lane: one or two threads beside the loop, for the things that would make it stand still: argon2id (50 to 100 ms of
 * processor), outgoing HTTP, a page of a replay (office/jobs.c, a tenth of a second at most), and the pages of a file
 * (office/paper.c, which has a lane of its own). Whoever thinks of a fifth thing should think again.
 *
 *   lane_run(lane, work, done, arg)      work(arg) on a helper thread, then done(arg) on the loop, in the order of finishing
 *
 * Between lane_run() and done() the thread owns what `arg` points to: the loop's side must not read or write it, and must
 * keep it alive even when whoever asked has gone. work() must not touch the loop, the database or the log.
 */
#ifndef SG_LOOP_LANE_H
#define SG_LOOP_LANE_H

#include "loop/loop.h"
#include "proto/attr.h"

#include <stddef.h>

struct lane;

/* NULL when out of memory, threads or descriptors. `waiting_max`: jobs accepted and not begun. */
struct lane *lane_new(struct loop *loop, unsigned threads, size_t waiting_max) MUSTCHECK;

/* 0: done(arg) will be called, exactly once. E_BUSY: waiting_max are waiting; E_NOMEM. */
int lane_run(struct lane *lane, void (*work)(void *arg), void (*done)(void *arg), void *arg) MUSTCHECK;

size_t lane_busy(const struct lane *lane); /* jobs whose done() has not been called */

/* Waits for the work that has begun, lets what has not begun go undone, and calls done() for all of them: a done() must be
 * able to tell from its own arg whether the work was done. */
void lane_free(struct lane *lane);

#endif
