/*
 * Every allocation of a request's way through the office port, and of a job's through the lane, fails once, and then all
 * from there on: the client gets its answer, a refusal or the end of the connection, and nothing is lost or kept.
 */
#include "loop/lane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http_peer.h"
#include "sweep.h"

/* Only the port is to fail: what the test itself needs is made while nothing fails. */
static long spared(void) {
  const long left = countdown;
  countdown = -1;
  return left;
}

static bool script_post(struct peer *peer) {
  static struct answer a;
  return say(peer, "POST /echo?a HTTP/1.1\r\n" HTTP_HOST "Content-Length: 3\r\n\r\nabc") && answer_head(peer, &a) &&
         a.status == 200;
}

static bool a_request(void) {
  const struct http_options o = office_options();
  char reason[200];
  struct visit v = {.script = script_post};
  long left = spared();
  office.loop = loop_new();
  office.guard = loop_timer_new(office.loop, office_late, NULL);
  office.tick = loop_timer_new(office.loop, office_tick, NULL);
  loop_timer_set(office.guard, HTTP_GUARD_MS);
  office.late = false;
  countdown = left;
  const bool open = http_open(office.loop, &o, office.tls, &office.http, reason, sizeof reason) == 0;
  if (open) {
    office.port = http_port(office.http);
    assert_int_equal(pthread_create(&v.thread, NULL, visit_main, &v), 0);
    OFFICE_UNTIL(v.done);
    pthread_join(v.thread, NULL);
    OFFICE_UNTIL(http_connections(office.http) == 0);
    assert_false(http_busy(office.http));
    http_free(office.http);
  }
  countdown = -1;
  office.http = NULL;
  office_close();
  return open && v.ok;
}

static void work(void *arg) {
  *(int *)arg += 1;
}

static void done(void *arg) {
  *(int *)arg += 10;
  loop_stop(office.loop);
}

static bool a_job(void) {
  int steps = 0;
  long left = spared();
  office.loop = loop_new();
  countdown = left;
  struct lane *lane = lane_new(office.loop, 1, 1);
  const bool runs = lane && lane_run(lane, work, done, &steps) == 0;
  if (runs)
    assert_int_equal(loop_run(office.loop), 0);
  lane_free(lane);
  countdown = -1;
  loop_free(office.loop);
  assert_int_equal(steps, runs ? 11 : 0);
  return runs;
}

static void a_request_survives_every_lack_of_memory(void **state) {
  (void)state;
  sweep(a_request);
}

static void a_job_survives_every_lack_of_memory(void **state) {
  (void)state;
  sweep(a_job);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_request_survives_every_lack_of_memory),
      cmocka_unit_test(a_job_survives_every_lack_of_memory),
  };
  return cmocka_run_group_tests(tests, office_setup, office_teardown);
}
