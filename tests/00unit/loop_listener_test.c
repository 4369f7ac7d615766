/*
 * A listening port: addresses, the cap on connections, the door, running out of descriptors, changing certificates, and
 * handing a socket over.
 */
#include "base/clock.h"
#include "base/err.h"
#include "loop/listener.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "tls_peer.h"

#include <cmocka.h>

enum { GUARD_MS = 20000, CLIENTS_MAX = 64 };

static struct {
  struct identity ca, server, client, new_server;
  struct scratch scratch;
  struct tls *tls, *new_tls;
} pki;

static struct port {
  struct loop *loop;
  struct loop_timer *guard;
  struct listener *listener;
  struct conn *conns[CLIENTS_MAX];
  int accepted, up, gone;
  int64_t up_ms[CLIENTS_MAX];
  uint64_t up_turn[CLIENTS_MAX];
  bool late;
} port;

static void on_event(void *arg, struct conn *conn, enum conn_event event) {
  (void)arg;
  if (event == CONN_UP) {
    port.up_turn[port.up] = loop_turns(port.loop);
    port.up_ms[port.up++] = clock_mono_ms();
  }
  if (event == CONN_GONE) {
    port.gone++;
    for (int i = 0; i < port.accepted; i++)
      if (port.conns[i] == conn)
        port.conns[i] = NULL;
  }
}

static void on_accepted(void *arg, struct conn *conn) {
  (void)arg;
  assert_true(port.accepted < CLIENTS_MAX);
  port.conns[port.accepted++] = conn;
  conn_owner(conn, on_event, NULL);
}

static void on_guard(void *arg) {
  (void)arg;
  port.late = true;
  loop_stop(port.loop);
}

static struct listener_options options_of(const char *address) {
  return (struct listener_options){.name = "test",
                                   .address = address,
                                   .max_connections = CLIENTS_MAX,
                                   .handshake_deadline_s = 10,
                                   .output_cap = 65536,
                                   .output_low = 1024,
                                   .accepted = on_accepted};
}

static void open_port(const struct listener_options *options) {
  char reason[200] = "";
  memset(&port, 0, sizeof port);
  port.loop = loop_new();
  port.guard = loop_timer_new(port.loop, on_guard, NULL);
  loop_timer_set(port.guard, GUARD_MS);
  if (listener_open(port.loop, options, pki.tls, &port.listener, reason, sizeof reason) < 0)
    fail_msg("%s", reason);
}

static void close_port(void) {
  for (int i = 0; i < port.accepted; i++)
    if (port.conns[i])
      conn_drop(port.conns[i]);
  listener_free(port.listener);
  loop_timer_free(port.guard);
  loop_free(port.loop);
  assert_false(port.late);
}

/* Turns the loop until the condition holds. */
static void tick(void *arg) {
  (void)arg;
  loop_stop(port.loop);
}

#define TURN_UNTIL(condition)                                                                                                      \
  do {                                                                                                                             \
    struct loop_timer *ticker = loop_timer_new(port.loop, tick, NULL);                                                             \
    while (!(condition) && !port.late) {                                                                                           \
      loop_timer_set(ticker, 5);                                                                                                   \
      assert_int_equal(loop_run(port.loop), 0);                                                                                    \
    }                                                                                                                              \
    loop_timer_free(ticker);                                                                                                       \
  } while (0)

/* A client that shakes hands in a thread and stays until told. */
struct visitor {
  pthread_t thread;
  struct peer peer;
  bool shaken;
  char server_cn[64];
};

static void *visitor_main(void *arg) {
  struct visitor *v = arg;
  v->shaken = peer_shake(&v->peer);
  if (v->shaken) {
    X509 *cert = SSL_get0_peer_certificate(v->peer.ssl);
    X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, v->server_cn, sizeof v->server_cn);
  }
  return NULL;
}

static void visitor_come(struct visitor *v) {
  memset(v, 0, sizeof *v);
  const int fd = peer_connect(listener_port(port.listener));
  assert_true(fd >= 0);
  v->peer = peer_new(fd, &(struct peer_options){.identity = &pki.client, .alpn = PEER_ALPN});
  assert_int_equal(pthread_create(&v->thread, NULL, visitor_main, v), 0);
}

static void visitor_leave(struct visitor *v) {
  pthread_join(v->thread, NULL);
  peer_free(&v->peer);
}

/* ---- addresses ---- */

static void addresses_are_numbers_in_one_form(void **state) {
  (void)state;
  static const char *const bad[] = {"",
                                    ":",
                                    "7443",
                                    ":7443",
                                    "127.0.0.1",
                                    "127.0.0.1:",
                                    "localhost:7443",
                                    "127.0.0.1:x",
                                    "[::1:7443",
                                    "[]:7443",
                                    "127.0.0.1:70000",
                                    "fd:",
                                    "fd:x",
                                    "fd:2",
                                    "fd:-3",
                                    "fd:99999",
                                    "fd:3x",
                                    "256.0.0.1:1"};
  char reason[200];
  struct loop *loop = loop_new();
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct listener *listener = NULL;
    struct listener_options o = options_of(bad[i]);
    reason[0] = '\0';
    assert_true(listener_open(loop, &o, pki.tls, &listener, reason, sizeof reason) < 0);
    assert_null(listener);
    assert_true(strlen(reason) > 5);
  }
  loop_free(loop);
}

static void both_families_listen_and_a_taken_port_says_so(void **state) {
  (void)state;
  char taken[64], reason[200] = "";
  struct listener *second = NULL;
  struct listener_options o = options_of("[::1]:0");
  open_port(&o);
  assert_int_not_equal(listener_port(port.listener), 0);
  close_port();
  o = options_of("127.0.0.1:0");
  open_port(&o);
  snprintf(taken, sizeof taken, "127.0.0.1:%u", listener_port(port.listener));
  struct listener_options again = options_of(taken);
  assert_int_equal(listener_open(port.loop, &again, pki.tls, &second, reason, sizeof reason), E_SYSTEM);
  assert_non_null(strstr(reason, taken));
  close_port();
  o.reuse_port = true;
  open_port(&o);
  snprintf(taken, sizeof taken, "127.0.0.1:%u", listener_port(port.listener));
  again.reuse_port = true;
  assert_int_equal(listener_open(port.loop, &again, pki.tls, &second, reason, sizeof reason), 0);
  listener_free(second);
  close_port();
}

static void a_socket_can_be_handed_over(void **state) {
  (void)state;
  char address[16];
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
  snprintf(address, sizeof address, "fd:%d", fd);
  struct listener_options o = options_of(address);
  struct listener *none = NULL;
  char reason[200] = "";
  struct loop *loop = loop_new();
  assert_int_equal(listener_open(loop, &o, pki.tls, &none, reason, sizeof reason), E_CONFIG); /* bound, not listening */
  loop_free(loop);
  assert_int_equal(listen(fd, 5), 0);
  open_port(&o);
  struct visitor v;
  visitor_come(&v);
  TURN_UNTIL(port.up == 1);
  visitor_leave(&v);
  TURN_UNTIL(port.gone == 1);
  close_port();
}

/* ---- caps ---- */

static void over_the_cap_is_turned_away_and_room_comes_back(void **state) {
  (void)state;
  struct listener_options o = options_of("127.0.0.1:0");
  struct visitor v[3];
  o.max_connections = 2;
  open_port(&o);
  for (int i = 0; i < 2; i++)
    visitor_come(&v[i]);
  TURN_UNTIL(port.up == 2);
  visitor_come(&v[2]);
  TURN_UNTIL(pthread_tryjoin_np(v[2].thread, NULL) == 0);
  assert_false(v[2].shaken);
  peer_free(&v[2].peer);
  assert_int_equal(port.accepted, 2);
  assert_int_equal(listener_connections(port.listener), 2);
  visitor_leave(&v[0]);
  TURN_UNTIL(listener_connections(port.listener) == 1);
  visitor_come(&v[2]);
  TURN_UNTIL(port.up == 3);
  visitor_leave(&v[1]);
  visitor_leave(&v[2]);
  TURN_UNTIL(port.gone == 3);
  close_port();
}

static void handshakes_come_through_the_door_at_a_rate(void **state) {
  (void)state;
  enum { VISITORS = 6, RATE = 20 };
  struct listener_options o = options_of("127.0.0.1:0");
  struct visitor v[VISITORS];
  o.handshakes_s = RATE;
  open_port(&o);
  int silent[20];
  for (size_t i = 0; i < sizeof silent / sizeof *silent; i++) /* they say nothing and take nobody's place */
    silent[i] = peer_connect(listener_port(port.listener));
  for (int i = 0; i < VISITORS; i++)
    visitor_come(&v[i]);
  TURN_UNTIL(port.up == VISITORS);
  /* The first at once, then one in 50 ms: five intervals, less what timers round. */
  assert_true(port.up_ms[VISITORS - 1] - port.up_ms[0] >= (VISITORS - 1) * 1000 / RATE - 30);
  for (int i = 0; i < VISITORS; i++)
    visitor_leave(&v[i]);
  for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
    close(silent[i]);
  const uint64_t refused = conn_counts()->refused;
  TURN_UNTIL(port.gone == VISITORS + 20);
  assert_int_equal(conn_counts()->refused, refused); /* leaving without a word is no handshake either */
  close_port();
}

/* Long enough for every client to have its next words waiting. */
static void dawdle(void *arg) {
  (void)arg;
  usleep(20000);
}

static void a_turn_computes_few_handshakes(void **state) {
  (void)state;
  enum { VISITORS = 24, A_TURN = 4 };
  struct listener_options o = options_of("127.0.0.1:0");
  struct visitor v[VISITORS];
  open_port(&o);
  assert_int_equal(loop_after_turn(port.loop, LOOP_BATCH, dawdle, NULL), 0);
  for (int i = 0; i < VISITORS; i++)
    visitor_come(&v[i]);
  TURN_UNTIL(port.up == VISITORS);
  for (int i = A_TURN; i < VISITORS; i++)
    assert_true(port.up_turn[i] > port.up_turn[i - A_TURN]);
  for (int i = 0; i < VISITORS; i++)
    visitor_leave(&v[i]);
  TURN_UNTIL(port.gone == VISITORS);
  close_port();
}

static void out_of_descriptors_it_rests_and_comes_back(void **state) {
  (void)state;
  const char *valgrind = getenv("SG_VALGRIND");
  if (valgrind && *valgrind)
    skip(); /* it keeps descriptors of its own, and the limit means something else there */
  struct listener_options o = options_of("127.0.0.1:0");
  struct rlimit old, few;
  struct visitor v;
  int filler[256], n = 0;
  open_port(&o);
  const int early = peer_connect(listener_port(port.listener)), late_1 = peer_connect(listener_port(port.listener));
  TURN_UNTIL(port.accepted == 2);
  const int late_2 = peer_connect(listener_port(port.listener)), late_3 = peer_connect(listener_port(port.listener));
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
  few = old;
  few.rlim_cur = 128;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
  while (n < 256 && (filler[n] = dup(0)) >= 0)
    n++;
  /* Two wait and there is nothing left: one is turned away by means of the spare, then it rests. */
  struct rusage before, after;
  getrusage(RUSAGE_SELF, &before);
  struct loop_timer *t = loop_timer_new(port.loop, tick, NULL);
  loop_timer_set(t, 300);
  assert_int_equal(loop_run(port.loop), 0);
  loop_timer_free(t);
  getrusage(RUSAGE_SELF, &after);
  const long used_us = (after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1000000 +
                       (after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec);
  assert_true(used_us < 100000); /* it does not spin */
  assert_int_equal(port.accepted, 2);
  while (n > 0)
    close(filler[--n]);
  setrlimit(RLIMIT_NOFILE, &old);
  close(early); /* one that leaves wakes it, long before its second is over */
  const int64_t woken = clock_mono_ms();
  TURN_UNTIL(port.accepted == 3);
  assert_true(clock_mono_ms() - woken < 500);
  visitor_come(&v);
  TURN_UNTIL(port.up == 1);
  visitor_leave(&v);
  close(late_1);
  close(late_2);
  close(late_3);
  close_port();
}

/* ---- certificates ---- */

static void a_new_context_is_for_new_connections(void **state) {
  (void)state;
  struct listener_options o = options_of("127.0.0.1:0");
  struct visitor a, b;
  open_port(&o);
  visitor_come(&a);
  TURN_UNTIL(port.up == 1);
  listener_set_tls(port.listener, pki.new_tls);
  visitor_come(&b);
  TURN_UNTIL(port.up == 2);
  pthread_join(a.thread, NULL);
  pthread_join(b.thread, NULL);
  assert_string_equal(a.server_cn, "server");
  assert_string_equal(b.server_cn, "new server");
  listener_close(port.listener);
  assert_int_equal(peer_connect(listener_port(port.listener)), -1);
  assert_int_equal(listener_connections(port.listener), 2); /* those who are in stay in */
  peer_free(&a.peer);
  peer_free(&b.peer);
  TURN_UNTIL(port.gone == 2);
  close_port();
}

static void who_waits_in_the_queue_is_accepted_before_it_closes(void **state) {
  (void)state;
  struct listener_options o = options_of("127.0.0.1:0");
  open_port(&o);
  const int a = peer_connect(listener_port(port.listener)), b = peer_connect(listener_port(port.listener));
  assert_true(a >= 0 && b >= 0); /* connected, and nobody has looked yet */
  listener_close(port.listener);
  assert_int_equal(listener_connections(port.listener), 2);
  close(a);
  close(b);
  TURN_UNTIL(port.gone == 2);
  close_port();
}

static void the_listener_may_go_before_its_guests(void **state) {
  (void)state;
  struct listener_options o = options_of("127.0.0.1:0");
  struct visitor v;
  open_port(&o);
  visitor_come(&v);
  TURN_UNTIL(port.up == 1);
  listener_free(port.listener);
  port.listener = NULL;
  visitor_leave(&v);
  TURN_UNTIL(port.gone == 1);
  close_port();
}

static struct tls *context(const struct identity *server, const char *cert_name, const char *key_name) {
  struct tls *tls = NULL;
  char reason[300] = "";
  const struct tls_options options = {.certificate = scratch_certificate(&pki.scratch, cert_name, server->cert, pki.ca.cert),
                                      .key = scratch_key(&pki.scratch, key_name, server->key),
                                      .client_ca = pki.scratch.path[0],
                                      .alpn = "stepguard/1"};
  if (tls_new(&options, &tls, reason, sizeof reason) < 0)
    fail_msg("%s", reason);
  return tls;
}

static int group_setup(void **state) {
  (void)state;
  signal(SIGPIPE, SIG_IGN);
  pki.ca = identity_ca("school ca");
  pki.server = identity_server(&pki.ca);
  pki.client = identity_client(&pki.ca);
  pki.new_server = identity_make(&(struct identity_options){.cn = "new server",
                                                            .constraints = "critical,CA:FALSE",
                                                            .usage = "critical,digitalSignature",
                                                            .extended_usage = "serverAuth",
                                                            .names = "IP:127.0.0.1",
                                                            .issuer = &pki.ca});
  scratch_init(&pki.scratch);
  (void)scratch_certificate(&pki.scratch, "ca.pem", pki.ca.cert, NULL);
  pki.tls = context(&pki.server, "server.pem", "server.key");
  pki.new_tls = context(&pki.new_server, "new.pem", "new.key");
  return 0;
}

static int group_teardown(void **state) {
  (void)state;
  tls_unref(pki.tls);
  tls_unref(pki.new_tls);
  scratch_done(&pki.scratch);
  identity_free(&pki.ca);
  identity_free(&pki.server);
  identity_free(&pki.client);
  identity_free(&pki.new_server);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(addresses_are_numbers_in_one_form),
      cmocka_unit_test(both_families_listen_and_a_taken_port_says_so),
      cmocka_unit_test(a_socket_can_be_handed_over),
      cmocka_unit_test(over_the_cap_is_turned_away_and_room_comes_back),
      cmocka_unit_test(handshakes_come_through_the_door_at_a_rate),
      cmocka_unit_test(a_turn_computes_few_handshakes),
      cmocka_unit_test(out_of_descriptors_it_rests_and_comes_back),
      cmocka_unit_test(a_new_context_is_for_new_connections),
      cmocka_unit_test(who_waits_in_the_queue_is_accepted_before_it_closes),
      cmocka_unit_test(the_listener_may_go_before_its_guests),
  };
  return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
