/*
 * The event loop: the order of the stages, tasks that are posted early, late and from within, timers, descriptors, signals.
 */
#include "base/err.h"
#include "loop/loop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What happened, one letter each. */
static struct {
  struct loop *loop;
  char text[64];
  size_t len;
} heard;

static void hear(char c) {
  if (heard.len < sizeof heard.text - 1)
    heard.text[heard.len++] = c;
  heard.text[heard.len] = '\0';
}

static void hear_arg(void *arg) {
  hear(*(const char *)arg);
}

static int setup(void **state) {
  (void)state;
  memset(&heard, 0, sizeof heard);
  heard.loop = loop_new();
  return heard.loop ? 0 : -1;
}

static int teardown(void **state) {
  (void)state;
  loop_free(heard.loop);
  return 0;
}

static void stop_arg(void *arg) {
  (void)arg;
  loop_stop(heard.loop);
}

static void stages_run_in_their_order_each_turn(void **state) {
  (void)state;
  assert_int_equal(loop_after_turn(heard.loop, LOOP_BURY, hear_arg, "d"), 0);
  assert_int_equal(loop_after_turn(heard.loop, LOOP_RESUME, hear_arg, "c"), 0);
  assert_int_equal(loop_after_turn(heard.loop, LOOP_BATCH, hear_arg, "a"), 0);
  assert_int_equal(loop_after_turn(heard.loop, LOOP_FLUSH, hear_arg, "b"), 0);
  assert_int_equal(loop_after_turn(heard.loop, LOOP_FLUSH, hear_arg, "B"), 0);
  loop_stop(heard.loop);
  assert_int_equal(loop_run(heard.loop), 0);
  assert_string_equal(heard.text, "abBcd");
  loop_stop(heard.loop);
  assert_int_equal(loop_run(heard.loop), 0);
  assert_string_equal(heard.text, "abBcdabBcd");
}

static void a_cancelled_stage_function_is_not_called(void **state) {
  (void)state;
  assert_int_equal(loop_after_turn(heard.loop, LOOP_BATCH, hear_arg, "a"), 0);
  assert_int_equal(loop_after_turn(heard.loop, LOOP_BATCH, hear_arg, "b"), 0);
  loop_after_turn_cancel(heard.loop, LOOP_BATCH, hear_arg, "a");
  loop_stop(heard.loop);
  assert_int_equal(loop_run(heard.loop), 0);
  assert_string_equal(heard.text, "b");
}

static void stage_functions_have_a_cap(void **state) {
  (void)state;
  for (int i = 0; i < LOOP_AFTER_MAX; i++)
    assert_int_equal(loop_after_turn(heard.loop, LOOP_BATCH, hear_arg, "a"), 0);
  assert_int_equal(loop_after_turn(heard.loop, LOOP_BATCH, hear_arg, "a"), E_LIMIT);
}

/* A task that posts itself again four times, from LOOP_BURY into LOOP_BATCH: each time the next turn comes without sleep. */
static struct loop_task chain;

static void chain_fn(void *arg) {
  hear('x');
  if (heard.len == 5)
    loop_stop(heard.loop);
  else
    loop_task_post(heard.loop, LOOP_BATCH, arg);
}

static void a_task_posted_late_does_not_wait_for_the_world(void **state) {
  (void)state;
  chain = (struct loop_task){.fn = chain_fn, .arg = &chain};
  loop_task_post(heard.loop, LOOP_BURY, &chain);
  assert_int_equal(loop_run(heard.loop), 0);
  assert_string_equal(heard.text, "xxxxx");
}

static void a_task_posted_twice_runs_once(void **state) {
  (void)state;
  struct loop_task task = {.fn = hear_arg, .arg = "t"}, never = {.fn = hear_arg, .arg = "n"};
  loop_task_post(heard.loop, LOOP_FLUSH, &task);
  loop_task_post(heard.loop, LOOP_FLUSH, &task);
  loop_task_post(heard.loop, LOOP_FLUSH, &never);
  loop_task_cancel(heard.loop, LOOP_FLUSH, &never);
  loop_task_cancel(heard.loop, LOOP_FLUSH, &never);
  loop_stop(heard.loop);
  assert_int_equal(loop_run(heard.loop), 0);
  assert_string_equal(heard.text, "t");
}

static void the_dead_are_buried_when_the_loop_ends(void **state) {
  (void)state;
  struct loop *loop = loop_new();
  assert_non_null(loop);
  struct loop_task *grave = calloc(1, sizeof *grave);
  assert_non_null(grave);
  *grave = (struct loop_task){.fn = free, .arg = grave}; /* the leak checker is the judge */
  loop_task_post(loop, LOOP_BURY, grave);
  loop_free(loop);
}

static void timers_fire_once_in_order_and_can_be_cleared(void **state) {
  (void)state;
  struct loop_timer *a = loop_timer_new(heard.loop, hear_arg, "a"), *b = loop_timer_new(heard.loop, hear_arg, "b"),
                    *c = loop_timer_new(heard.loop, hear_arg, "c"), *end = loop_timer_new(heard.loop, stop_arg, NULL);
  assert_true(a && b && c && end);
  loop_timer_set(end, 120);
  loop_timer_set(a, 60);
  loop_timer_set(a, 30); /* replaces */
  loop_timer_set(b, 10);
  loop_timer_set(c, 20);
  loop_timer_clear(c);
  assert_int_equal(loop_run(heard.loop), 0);
  assert_string_equal(heard.text, "ba");
  loop_timer_free(a);
  loop_timer_free(b);
  loop_timer_free(c);
  loop_timer_free(end);
  loop_timer_free(NULL);
}

static struct loop_fd *watch;
static int pipe_fds[2];

static void pipe_ready(void *arg, int what) {
  char byte;
  (void)arg;
  hear(what & LOOP_READ ? 'r' : 'w');
  if (what & LOOP_READ && read(pipe_fds[0], &byte, 1) == 1 && byte == 'z')
    loop_stop(heard.loop);
}

static void descriptors_are_heard_only_while_wanted(void **state) {
  (void)state;
  assert_int_equal(pipe(pipe_fds), 0);
  watch = loop_fd_new(heard.loop, pipe_fds[0], pipe_ready, NULL);
  assert_non_null(watch);
  assert_int_equal(write(pipe_fds[1], "yz", 2), 2);
  loop_stop(heard.loop);
  assert_int_equal(loop_run(heard.loop), 0);
  assert_string_equal(heard.text, "");
  assert_int_equal(loop_fd_want(watch, LOOP_READ), 0);
  assert_int_equal(loop_fd_want(watch, LOOP_READ), 0);
  assert_int_equal(loop_run(heard.loop), 0);
  assert_string_equal(heard.text, "rr");
  loop_fd_free(watch);
  loop_fd_free(NULL);
  close(pipe_fds[0]);
  close(pipe_fds[1]);
}

static int agains;

static void again_ready(void *arg, int what) {
  (void)arg;
  hear(what & LOOP_READ ? 'r' : 'w');
  if (++agains == 3)
    loop_stop(heard.loop);
  else
    loop_fd_again(watch, agains == 1 ? LOOP_WRITE : LOOP_READ);
}

/* Once a turn and not more often: the marks of LOOP_BATCH stand between. */
static void again_means_the_next_turn(void **state) {
  (void)state;
  agains = 0;
  assert_int_equal(pipe(pipe_fds), 0);
  watch = loop_fd_new(heard.loop, pipe_fds[0], again_ready, NULL);
  assert_non_null(watch);
  assert_int_equal(loop_after_turn(heard.loop, LOOP_BATCH, hear_arg, "|"), 0);
  loop_fd_again(watch, LOOP_READ);
  assert_int_equal(loop_run(heard.loop), 0);
  assert_string_equal(heard.text, "|r|w|r|");
  loop_fd_again(watch, LOOP_READ); /* and one that dies with the wish unfulfilled */
  loop_fd_free(watch);
  close(pipe_fds[0]);
  close(pipe_fds[1]);
}

static void signals_are_heard_in_the_loop(void **state) {
  (void)state;
  assert_int_equal(loop_signal(heard.loop, SIGUSR1, hear_arg, "u"), 0);
  assert_int_equal(loop_signal(heard.loop, SIGUSR2, stop_arg, NULL), 0);
  raise(SIGUSR1);
  raise(SIGUSR2);
  assert_int_equal(loop_run(heard.loop), 0);
  assert_string_equal(heard.text, "u");
}

int main(void) {
#define LOOP_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
      LOOP_TEST(stages_run_in_their_order_each_turn),
      LOOP_TEST(a_cancelled_stage_function_is_not_called),
      LOOP_TEST(stage_functions_have_a_cap),
      LOOP_TEST(a_task_posted_late_does_not_wait_for_the_world),
      LOOP_TEST(a_task_posted_twice_runs_once),
      LOOP_TEST(the_dead_are_buried_when_the_loop_ends),
      LOOP_TEST(timers_fire_once_in_order_and_can_be_cleared),
      LOOP_TEST(descriptors_are_heard_only_while_wanted),
      LOOP_TEST(again_means_the_next_turn),
      LOOP_TEST(signals_are_heard_in_the_loop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
