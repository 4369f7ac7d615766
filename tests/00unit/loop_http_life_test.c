/*
 * How long things may take on the office port, and how they end: deadlines, readers that do not read, event streams, clients
 * that leave, stopping, caps on connections, and requests that outlive the port.
 */
#include "loop/conn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "http_peer.h"

/* ---- deadlines ---- */

static bool trickle(struct peer *peer, const char *text) {
  struct answer a = {0};
  for (; *text != '\0' && SSL_pending(peer->ssl) == 0; text++) {
    struct timeval soon = {.tv_usec = 50 * 1000};
    fd_set set;
    if (!peer_write(peer, text, 1))
      break;
    FD_ZERO(&set);
    FD_SET(peer->fd, &set);
    if (select(peer->fd + 1, &set, NULL, NULL, &soon) > 0)
      break;
  }
  EXPECT(*text != '\0'); /* it did not wait for the end */
  EXPECT(answer_read(peer, &a) && a.status == 408 && has(&a, "Connection: close") && peer_read_end(peer) == 0);
  answer_done(&a);
  return true;
}

#define LINE "X-Slow: 0123456789012345678901234567890123456789\r\n"

static bool script_slow_head(struct peer *peer) {
  return trickle(peer, "GET /hello HTTP/1.1\r\n" HTTP_HOST LINE LINE LINE "\r\n");
}

static bool script_slow_second_head(struct peer *peer) {
  struct answer a = {0};
  EXPECT(say(peer, "GET /hello HTTP/1.1\r\n" HTTP_HOST "\r\n") && answer_read(peer, &a) && a.status == 200);
  answer_done(&a);
  return script_slow_head(peer);
}

static bool script_slow_body(struct peer *peer) {
  EXPECT(say(peer, "POST /echo HTTP/1.1\r\n" HTTP_HOST "Content-Length: 1000\r\n\r\n"));
  return trickle(peer, LINE LINE LINE LINE);
}

static void a_trickling_peer_does_not_live_longer(void **state) {
  (void)state;
  struct http_options o = office_options();
  const uint64_t heads = http_counts()->refused[GATE_HEAD_SLOW], bodies = http_counts()->refused[GATE_BODY_SLOW];
  o.head_deadline_s = o.body_deadline_s = 1;
  office_visits(&o, (bool (*const[])(struct peer *)){script_slow_head, script_slow_second_head, script_slow_body}, 3);
  assert_int_equal(http_counts()->refused[GATE_HEAD_SLOW], heads + 2);
  assert_int_equal(http_counts()->refused[GATE_BODY_SLOW], bodies + 1);
}

static bool script_silent(struct peer *peer) {
  return peer_read_end(peer) == 0;
}

static bool script_idle(struct peer *peer) {
  struct answer a = {0};
  EXPECT(say(peer, "GET /hello HTTP/1.1\r\n" HTTP_HOST "\r\n") && answer_read(peer, &a) && a.status == 200);
  answer_done(&a);
  return peer_read_end(peer) == 0;
}

static void who_says_nothing_is_closed_without_a_word(void **state) {
  (void)state;
  struct http_options o = office_options();
  const uint64_t idle = http_counts()->idle;
  o.head_deadline_s = o.idle_s = 1;
  office_visits(&o, (bool (*const[])(struct peer *)){script_silent, script_idle}, 2);
  assert_int_equal(http_counts()->idle, idle + 2);
}

static _Atomic bool client_may_go;

static bool wait_to_go(void) {
  for (int ms = 0; !client_may_go; ms++) {
    EXPECT(ms < HTTP_GUARD_MS);
    peer_sleep_ms(1);
  }
  return true;
}

static bool script_does_not_read(struct peer *peer) {
  EXPECT(say(peer, "GET /big/30000000 HTTP/1.1\r\n" HTTP_HOST "\r\n"));
  return wait_to_go();
}

/* Slower than the kernel's buffers would have it, faster than LIMIT_HTTP_RATE_BYTES: looked at several times. */
static bool script_reads_slowly(struct peer *peer) {
  enum { PIECES = 10, ALL = 30000000 };
  static char bytes[ALL / PIECES];
  struct answer a = {0};
  EXPECT(say(peer, "GET /big/30000000 HTTP/1.1\r\n" HTTP_HOST "\r\n") && answer_head(peer, &a));
  for (int i = 0; i < PIECES; i++) {
    EXPECT(peer_read_exactly(peer, (uint8_t *)bytes, sizeof bytes));
    peer_sleep_ms(200);
  }
  return true;
}

static void an_answer_leaves_at_a_rate_or_is_given_up(void **state) {
  (void)state;
  struct http_options o = office_options();
  struct visit deaf, slow;
  const uint64_t unread = http_counts()->unread;
  o.unread_s = 1;
  client_may_go = false;
  office_open(&o);
  visit_begin(&slow, script_reads_slowly);
  visit_begin(&deaf, script_does_not_read);
  visit_end(&slow);
  OFFICE_UNTIL(http_counts()->unread == unread + 1 && http_connections(office.http) == 0);
  assert_false(http_busy(office.http));
  client_may_go = true;
  visit_end(&deaf);
  office_close();
}

/* ---- streams ---- */

static const struct http_header event_stream[] = {{"Content-Type", "text/event-stream"}};

static bool script_events(struct peer *peer) {
  struct answer a = {0};
  char event[16] = "";
  EXPECT(say(peer, "GET /stream HTTP/1.1\r\n" HTTP_HOST "\r\n") && answer_head(peer, &a) && a.status == 200);
  EXPECT(has(&a, "Content-Type: text/event-stream") && has(&a, "Connection: close") && !strstr(a.head, "Content-Length"));
  EXPECT(peer_read_exactly(peer, (uint8_t *)event, 9) && strcmp(event, "data: 1\n\n") == 0);
  EXPECT(peer_read_exactly(peer, (uint8_t *)event, 9) && strcmp(event, "data: 2\n\n") == 0);
  return peer_read_end(peer) == 0;
}

static void events_arrive_and_the_end_is_polite(void **state) {
  (void)state;
  const struct http_options o = office_options();
  struct visit v;
  office_open(&o);
  visit_begin(&v, script_events);
  OFFICE_UNTIL(office.kept_n == 1);
  assert_int_equal(http_stream_begin(office.kept[0], 200, event_stream, 1), 0);
  assert_int_equal(http_stream_send(office.kept[0], "data: 1\n\n", 9), 0);
  OFFICE_TURNS(1);
  assert_int_equal(http_stream_send(office.kept[0], "data: 2\n\n", 9), 0);
  assert_true(http_busy(office.http));
  http_stream_end(office.kept[0]);
  visit_end(&v);
  OFFICE_UNTIL(!http_busy(office.http));
  assert_int_equal(office.gone_n, 0);
  office_close();
}

static bool script_deaf(struct peer *peer) {
  EXPECT(say(peer, "GET /stream HTTP/1.1\r\n" HTTP_HOST "\r\n"));
  return wait_to_go();
}

static void a_stream_nobody_reads_is_dropped(void **state) {
  (void)state;
  static char event[16 * 1024];
  const struct http_options o = office_options();
  struct visit v;
  const uint64_t dropped = http_counts()->streams_dropped;
  int err = 0;
  client_may_go = false;
  office_open(&o);
  visit_begin(&v, script_deaf);
  OFFICE_UNTIL(office.kept_n == 1);
  assert_int_equal(http_stream_begin(office.kept[0], 200, event_stream, 1), 0);
  while (!(err = http_stream_send(office.kept[0], event, sizeof event)))
    OFFICE_TURNS(1);
  assert_int_equal(err, E_LIMIT);
  assert_int_equal(http_stream_send(office.kept[0], event, 1), E_CLOSED);
  http_stream_end(office.kept[0]);
  assert_int_equal(http_counts()->streams_dropped, dropped + 1);
  OFFICE_UNTIL(http_connections(office.http) == 0);
  assert_int_equal(office.gone_n, 0); /* its owner was told by the error */
  client_may_go = true;
  visit_end(&v);
  office_close();
}

static void a_stream_that_stalls_is_dropped(void **state) {
  (void)state;
  static char event[16 * 1024];
  struct http_options o = office_options();
  struct visit v;
  client_may_go = false;
  o.unread_s = 1;
  office_open(&o);
  visit_begin(&v, script_deaf);
  OFFICE_UNTIL(office.kept_n == 1);
  assert_int_equal(http_stream_begin(office.kept[0], 200, event_stream, 1), 0);
  /* Whenever all has left, one more; until the kernel takes no more, and one stays with us. */
  for (int err = 0; office.gone_n == 0 && !office.late;) {
    if (http_stream_unsent(office.kept[0]) == 0)
      err = http_stream_send(office.kept[0], event, sizeof event);
    assert_int_equal(err, 0);
    OFFICE_TURNS(1);
  }
  http_stream_end(office.kept[0]);
  client_may_go = true;
  visit_end(&v);
  office_close();
}

/* ---- leaving ---- */

static bool script_leaves(struct peer *peer) {
  EXPECT(say(peer, "GET /later HTTP/1.1\r\n" HTTP_HOST "\r\n") && wait_to_go());
  return true; /* without close_notify */
}

static void a_client_may_leave_before_its_answer(void **state) {
  (void)state;
  const struct http_options o = office_options();
  struct visit v;
  const uint64_t gone = http_counts()->gone, truncated = conn_counts()->truncated;
  client_may_go = false;
  office_open(&o);
  visit_begin(&v, script_leaves);
  OFFICE_UNTIL(office.kept_n == 1);
  client_may_go = true;
  visit_end(&v);
  OFFICE_UNTIL(office.gone_n == 1);
  assert_int_equal(http_counts()->gone, gone + 1);
  assert_int_equal(conn_counts()->truncated, truncated + 1);
  OFFICE_UNTIL(http_connections(office.http) == 0);
  assert_true(http_busy(office.http));
  assert_string_equal(http_path(office.kept[0]), "/later"); /* it outlives its connection */
  assert_string_equal(http_header(office.kept[0], "host"), "dean.example.edu");
  assert_int_equal(http_stream_begin(office.kept[0], 200, NULL, 0), E_CLOSED);
  http_reply(office.kept[0], 200, NULL, 0, "nobody", 6);
  assert_false(http_busy(office.http));
  office_close();
}

static void a_reader_of_events_may_leave(void **state) {
  (void)state;
  const struct http_options o = office_options();
  struct visit v;
  client_may_go = false;
  office_open(&o);
  visit_begin(&v, script_deaf);
  OFFICE_UNTIL(office.kept_n == 1);
  assert_int_equal(http_stream_begin(office.kept[0], 200, event_stream, 1), 0);
  client_may_go = true;
  visit_end(&v);
  OFFICE_UNTIL(office.gone_n == 1);
  assert_int_equal(http_stream_send(office.kept[0], "data: 1\n\n", 9), E_CLOSED);
  http_stream_end(office.kept[0]);
  assert_false(http_busy(office.http));
  office_close();
}

/* ---- stopping ---- */

static bool script_answered_while_stopping(struct peer *peer) {
  struct answer a = {0};
  EXPECT(say(peer, "GET /later HTTP/1.1\r\n" HTTP_HOST "\r\nGET /hello HTTP/1.1\r\n" HTTP_HOST "\r\n"));
  EXPECT(answer_read(peer, &a) && a.status == 200 && has(&a, "Connection: close") && peer_read_end(peer) == 0);
  answer_done(&a);
  return true;
}

static bool script_half_a_head(struct peer *peer) {
  EXPECT(say(peer, "GET /hello HT"));
  return peer_read_end(peer) == 0;
}

static bool script_stream_to_its_end(struct peer *peer) {
  struct answer a = {0};
  EXPECT(say(peer, "GET /stream HTTP/1.1\r\n" HTTP_HOST "\r\n") && answer_head(peer, &a) && a.status == 200);
  return peer_read_end(peer) == 0;
}

static void end_the_stream(void *arg) {
  office.gone_n++;
  http_stream_end(*(struct http_request **)arg);
}

static void stopping_answers_what_was_asked(void **state) {
  (void)state;
  const struct http_options o = office_options();
  struct visit asked, half, idle, streams[3];
  const uint64_t up = conn_counts()->up, requests = http_counts()->requests;
  office_open(&o);
  for (int i = 0; i < 3; i++) {
    visit_begin(&streams[i], script_stream_to_its_end);
    OFFICE_UNTIL(office.kept_n == i + 1);
    assert_int_equal(http_stream_begin(office.kept[i], 200, event_stream, 1), 0);
    http_on_gone(office.kept[i], end_the_stream, &office.kept[i]);
  }
  visit_begin(&asked, script_answered_while_stopping);
  OFFICE_UNTIL(office.kept_n == 4);
  visit_begin(&half, script_half_a_head);
  visit_begin(&idle, script_idle);
  OFFICE_UNTIL(conn_counts()->up == up + 6 && http_counts()->requests == requests + 5);
  OFFICE_TURNS(5); /* half a head comes in; or comes too late, which is as good */
  http_stop(office.http);
  assert_int_equal(office.gone_n, 3);
  assert_int_equal(peer_connect(office.port), -1);
  visit_end(&half);
  visit_end(&idle);
  for (int i = 0; i < 3; i++)
    visit_end(&streams[i]);
  assert_true(http_busy(office.http));
  http_reply(office.kept[3], 200, NULL, 0, "ok", 2);
  OFFICE_UNTIL(!http_busy(office.http));
  visit_end(&asked);
  office_close();
}

static bool script_cut_off(struct peer *peer) {
  EXPECT(say(peer, "GET /later HTTP/1.1\r\n" HTTP_HOST "\r\n"));
  (void)peer_read_end(peer);
  return true;
}

static void requests_may_outlive_the_port(void **state) {
  (void)state;
  const struct http_options o = office_options();
  struct visit v[2];
  office_open(&o);
  visit_begin(&v[0], script_cut_off);
  visit_begin(&v[1], script_cut_off);
  OFFICE_UNTIL(office.kept_n == 2);
  assert_int_equal(http_stream_begin(office.kept[1], 200, NULL, 0), 0);
  http_free(office.http);
  office.http = NULL;
  assert_int_equal(http_stream_send(office.kept[1], "x", 1), E_CLOSED);
  visit_end(&v[0]);
  visit_end(&v[1]);
  http_reply(office.kept[0], 200, NULL, 0, "ok", 2);
  http_stream_end(office.kept[1]);
  assert_int_equal(office.gone_n, 0);
  office_close();
}

/* ---- how many ---- */

static bool script_hello(struct peer *peer) {
  struct answer a = {0};
  EXPECT(say(peer, "GET /hello HTTP/1.1\r\n" HTTP_HOST "\r\n") && answer_read(peer, &a) && a.status == 200);
  answer_done(&a);
  return true;
}

static void one_address_has_so_many_places(void **state) {
  (void)state;
  struct http_options o = office_options();
  struct visit v;
  int fd[4];
  char byte;
  o.max_per_address = 3;
  office_open(&o);
  for (int i = 0; i < 4; i++)
    fd[i] = peer_connect(office.port);
  OFFICE_UNTIL(recv(fd[3], &byte, 1, MSG_DONTWAIT) == 0); /* accepted and closed */
  assert_int_equal(http_connections(office.http), 3);
  close(fd[0]);
  OFFICE_UNTIL(http_connections(office.http) == 2);
  visit_begin(&v, script_hello);
  visit_end(&v);
  OFFICE_UNTIL(http_connections(office.http) == 2);
  o.max_per_address = 2;
  assert_int_equal(http_set_limits(office.http, &o), 0);
  fd[0] = peer_connect(office.port);
  OFFICE_UNTIL(recv(fd[0], &byte, 1, MSG_DONTWAIT) == 0);
  for (int i = 0; i < 4; i++)
    close(fd[i]);
  OFFICE_UNTIL(http_connections(office.http) == 0);
  office_close();
}

static bool script_hello_twice(struct peer *peer) {
  EXPECT(script_hello(peer) && wait_to_go());
  return script_hello(peer);
}

static void without_descriptors_the_connected_are_served(void **state) {
  (void)state;
  const struct http_options o = office_options();
  struct rlimit old, few;
  struct visit v;
  int filler[256], n = 0;
  const uint64_t requests = http_counts()->requests;
  client_may_go = false;
  office_open(&o);
  visit_begin(&v, script_hello_twice);
  OFFICE_UNTIL(http_counts()->requests == requests + 1);
  const int waiting = peer_connect(office.port), second = peer_connect(office.port);
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
  few = old;
  few.rlim_cur = 128;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
  while (n < 256 && (filler[n] = dup(0)) >= 0)
    n++;
  client_may_go = true;
  visit_end(&v);
  assert_int_equal(http_counts()->requests, requests + 2);
  while (n > 0)
    close(filler[--n]);
  setrlimit(RLIMIT_NOFILE, &old);
  visit_begin(&v, script_hello);
  visit_end(&v);
  close(waiting);
  close(second);
  OFFICE_UNTIL(http_connections(office.http) == 0);
  office_close();
}

/* ---- options ---- */

static bool script_new_rules(struct peer *peer) {
  struct answer a = {0};
  EXPECT(say(peer, "GET /hello HTTP/1.1\r\nHost: new.example.edu\r\n\r\n") && answer_read(peer, &a) && a.status == 200);
  EXPECT(say(peer, "POST /echo HTTP/1.1\r\nHost: new.example.edu:1\r\nContent-Length: 11\r\n\r\n") && answer_read(peer, &a));
  EXPECT(a.status == 413);
  answer_done(&a);
  return true;
}

static void a_reload_changes_hosts_and_limits(void **state) {
  (void)state;
  struct http_options o = office_options();
  struct visit v;
  office_open(&o);
  o.hosts = "new example";
  o.body_cap = 10;
  assert_int_equal(http_set_limits(office.http, &o), E_CONFIG);
  visit_begin(&v, script_hello);
  visit_end(&v);
  char hosts[] = "new.example.edu";
  o.hosts = hosts;
  assert_int_equal(http_set_limits(office.http, &o), 0);
  memset(hosts, 'x', sizeof hosts - 1); /* it keeps a copy */
  visit_begin(&v, script_new_rules);
  visit_end(&v);
  http_set_tls(office.http, office.tls);
  office_close();
}

static void what_cannot_be_opened_says_why(void **state) {
  (void)state;
  char reason[200] = "";
  struct http *http = NULL;
  struct loop *loop = loop_new();
  struct http_options o = office_options();
  o.hosts = NULL;
  assert_int_equal(http_open(loop, &o, office.tls, &http, reason, sizeof reason), E_CONFIG);
  assert_non_null(strstr(reason, "hosts"));
  o = office_options();
  o.address = "nowhere:1";
  assert_int_equal(http_open(loop, &o, office.tls, &http, reason, sizeof reason), E_CONFIG);
  assert_non_null(strstr(reason, "nowhere:1"));
  assert_null(http);
  http_free(NULL);
  loop_free(loop);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_trickling_peer_does_not_live_longer),
      cmocka_unit_test(who_says_nothing_is_closed_without_a_word),
      cmocka_unit_test(an_answer_leaves_at_a_rate_or_is_given_up),
      cmocka_unit_test(events_arrive_and_the_end_is_polite),
      cmocka_unit_test(a_stream_nobody_reads_is_dropped),
      cmocka_unit_test(a_stream_that_stalls_is_dropped),
      cmocka_unit_test(a_client_may_leave_before_its_answer),
      cmocka_unit_test(a_reader_of_events_may_leave),
      cmocka_unit_test(stopping_answers_what_was_asked),
      cmocka_unit_test(requests_may_outlive_the_port),
      cmocka_unit_test(one_address_has_so_many_places),
      cmocka_unit_test(without_descriptors_the_connected_are_served),
      cmocka_unit_test(a_reload_changes_hosts_and_limits),
      cmocka_unit_test(what_cannot_be_opened_says_why),
  };
  return cmocka_run_group_tests(tests, office_setup, office_teardown);
}
