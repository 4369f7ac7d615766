/* Helper threads: work happens beside the loop, its end on the loop, each exactly once, also when everything is torn down. */
#include "base/err.h"
#include "base/limits.h"
#include "loop/lane.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { JOBS = 200, GUARD_MS = 20000 };

static struct {
  struct loop *loop;
  struct lane *lane;
  struct loop_timer *guard;
  pthread_t loop_thread;
  int done_n, stop_at;
  sem_t begun, go; /* for work that waits to be let on */
} all;

struct task {
  int input, output, dones;
  bool elsewhere, signals_blocked;
};

static void on_guard(void *arg) {
  (void)arg;
  fail_msg("the loop was not woken");
}

static void set_up(unsigned threads, size_t waiting_max) {
  all.loop = loop_new();
  all.lane = lane_new(all.loop, threads, waiting_max);
  all.guard = loop_timer_new(all.loop, on_guard, NULL);
  all.loop_thread = pthread_self();
  all.done_n = all.stop_at = 0;
  assert_non_null(all.lane);
  loop_timer_set(all.guard, GUARD_MS);
  sem_init(&all.begun, 0, 0);
  sem_init(&all.go, 0, 0);
}

static void tear_down(void) {
  lane_free(all.lane);
  loop_timer_free(all.guard);
  loop_free(all.loop);
  sem_destroy(&all.begun);
  sem_destroy(&all.go);
}

static void square(void *arg) {
  struct task *task = arg;
  sigset_t mask;
  task->output = task->input * task->input;
  task->elsewhere = !pthread_equal(pthread_self(), all.loop_thread);
  task->signals_blocked = pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0 && sigismember(&mask, SIGTERM) == 1;
}

static void wait_and_square(void *arg) {
  sem_post(&all.begun);
  sem_wait(&all.go);
  square(arg);
}

static void on_done(void *arg) {
  struct task *task = arg;
  assert_true(pthread_equal(pthread_self(), all.loop_thread));
  task->dones++;
  if (++all.done_n == all.stop_at)
    loop_stop(all.loop);
}

static void work_is_done_elsewhere_and_told_here(void **state) {
  (void)state;
  static struct task tasks[JOBS];
  for (unsigned threads = 1; threads <= LIMIT_LANE_THREADS; threads++) {
    set_up(threads, JOBS);
    all.stop_at = JOBS;
    for (int i = 0; i < JOBS; i++) {
      tasks[i] = (struct task){.input = i};
      assert_int_equal(lane_run(all.lane, square, on_done, &tasks[i]), 0);
    }
    assert_int_equal(lane_busy(all.lane), JOBS); /* none is told before the loop turns */
    assert_int_equal(loop_run(all.loop), 0);
    assert_int_equal(lane_busy(all.lane), 0);
    for (int i = 0; i < JOBS; i++)
      assert_true(tasks[i].output == i * i && tasks[i].elsewhere && tasks[i].signals_blocked && tasks[i].dones == 1);
    tear_down();
  }
}

static void a_full_lane_says_so(void **state) {
  (void)state;
  struct task tasks[5] = {{0}};
  set_up(1, 3);
  assert_int_equal(lane_run(all.lane, wait_and_square, on_done, &tasks[0]), 0);
  sem_wait(&all.begun); /* that one does not wait any more: it is in work */
  for (int i = 1; i < 4; i++)
    assert_int_equal(lane_run(all.lane, square, on_done, &tasks[i]), 0);
  assert_int_equal(lane_run(all.lane, square, on_done, &tasks[4]), E_BUSY);
  assert_int_equal(lane_busy(all.lane), 4);
  all.stop_at = 4;
  sem_post(&all.go);
  assert_int_equal(loop_run(all.loop), 0);
  assert_int_equal(tasks[4].dones, 0);
  assert_int_equal(lane_run(all.lane, square, on_done, &tasks[4]), 0);
  all.stop_at = 5;
  assert_int_equal(loop_run(all.loop), 0);
  tear_down();
}

/* The end of one may be the beginning of the next: a password that is checked and then hashed anew. */
static void on_done_again(void *arg) {
  struct task *task = arg;
  on_done(arg);
  if (task->dones < 3)
    assert_int_equal(lane_run(all.lane, square, on_done_again, task), 0);
}

static void an_end_may_ask_for_more(void **state) {
  (void)state;
  struct task task = {.input = 7};
  set_up(1, 1);
  all.stop_at = 3;
  assert_int_equal(lane_run(all.lane, square, on_done_again, &task), 0);
  assert_int_equal(loop_run(all.loop), 0);
  assert_int_equal(task.dones, 3);
  tear_down();
}

static void *let_on(void *arg) {
  (void)arg;
  sem_wait(&all.begun);
  sem_post(&all.go);
  return NULL;
}

static void on_done_refused(void *arg) {
  struct task *task = arg;
  on_done(arg);
  assert_int_equal(lane_run(all.lane, square, on_done, task), E_BUSY);
}

static void freeing_ends_what_began_and_tells_all(void **state) {
  (void)state;
  struct task tasks[4] = {{.input = 3}, {.input = 3}, {.input = 3}, {.input = 3}};
  pthread_t helper;
  set_up(1, 4);
  assert_int_equal(pthread_create(&helper, NULL, let_on, NULL), 0);
  assert_int_equal(lane_run(all.lane, wait_and_square, on_done, &tasks[0]), 0);
  while (lane_busy(all.lane) < 4)
    assert_int_equal(lane_run(all.lane, wait_and_square, on_done_refused, &tasks[lane_busy(all.lane)]), 0);
  pthread_join(helper, NULL); /* the first is under way; the second may be in work when the end comes, and then needs letting on */
  sem_post(&all.go);
  sem_post(&all.go);
  sem_post(&all.go);
  tear_down();
  assert_int_equal(tasks[0].output, 9);
  for (int i = 0; i < 4; i++) {
    assert_int_equal(tasks[i].dones, 1);
    assert_true(tasks[i].output == 9 || tasks[i].output == 0);
  }
}

static void an_idle_lane_ends_at_once(void **state) {
  (void)state;
  set_up(LIMIT_LANE_THREADS, 1);
  tear_down();
  lane_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(work_is_done_elsewhere_and_told_here),
      cmocka_unit_test(a_full_lane_says_so),
      cmocka_unit_test(an_end_may_ask_for_more),
      cmocka_unit_test(freeing_ends_what_began_and_tells_all),
      cmocka_unit_test(an_idle_lane_ends_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
