/*
 * One connection against a real OpenSSL client: who is let in, how bytes become frames, what a peer can do wrong, and how
 * it ends. The client is a thread with blocking calls (tls_peer.h); over TCP, because a Unix socket knows no reset.
 */
#include "base/err.h"
#include "loop/conn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "tls_peer.h"

#include <cmocka.h>

enum { FRAME_CAP = 64 * 1024, OUTPUT_CAP = 256 * 1024, OUTPUT_LOW = 16 * 1024, GUARD_MS = 20000, DEADLINE_MS = 150 };

static struct {
  struct identity ca, foreign_ca, server, client;
  struct scratch scratch;
  struct tls *tls;
} pki;

/* One conversation: the server's side is a behaviour, the client's a script. */
static struct talk {
  struct loop *loop;
  struct loop_timer *guard, *timer;
  struct conn *conn;
  void (*behave)(struct talk *talk, enum conn_event event);
  bool (*script)(struct peer *peer);
  struct peer_options client;
  int client_fd;
  char events[256]; /* U up, R read, D drained, T timeout, G gone; digits: frames */
  size_t events_n;
  uint32_t ids[64];
  size_t ids_n;
  bool script_ok, late, ended, client_done;
  int end; /* as peer_read_end() says */
  int64_t handshake_ms;
} talk;

/* ---- the server's side ---- */

static void note(char c) {
  if (talk.events_n < sizeof talk.events - 1)
    talk.events[talk.events_n++] = c;
}

static void take_frames(struct talk *t) {
  const uint8_t *message;
  size_t len;
  while (conn_frame(t->conn, FRAME_CAP, &message, &len) == FRAME_WHOLE) {
    Stepguard__V1__ClientMessage *m = stepguard__v1__client_message__unpack(NULL, len, message);
    assert_non_null(m);
    if (t->ids_n < 64)
      t->ids[t->ids_n++] = m->request_id;
    stepguard__v1__client_message__free_unpacked(m, NULL);
  }
}

static int answer(struct talk *t, uint32_t id, size_t text_len) {
  static char text[128 * 1024];
  memset(text, 'x', sizeof text);
  text[text_len] = '\0';
  Stepguard__V1__ServerMessage message = STEPGUARD__V1__SERVER_MESSAGE__INIT;
  Stepguard__V1__Fault fault = STEPGUARD__V1__FAULT__INIT;
  fault.text = text;
  message.request_id = id;
  message.body_case = STEPGUARD__V1__SERVER_MESSAGE__BODY_FAULT;
  message.fault = &fault;
  return conn_send(t->conn, &message.base);
}

static void on_event(void *arg, struct conn *conn, enum conn_event event) {
  struct talk *t = arg;
  assert_ptr_equal(conn, t->conn);
  note("URDTG"[event]);
  if (event == CONN_READ && !t->behave)
    take_frames(t);
  if (t->behave)
    t->behave(t, event);
}

static void maybe_stop(struct talk *t) {
  if (t->ended && t->client_done)
    loop_stop(t->loop);
}

static void on_ended(void *arg) {
  struct talk *t = arg;
  t->ended = true;
  t->conn = NULL;
  maybe_stop(t);
}

static void on_guard(void *arg) {
  struct talk *t = arg;
  t->late = true;
  loop_stop(t->loop);
}

/* ---- the client's side ---- */

static void *client_main(void *arg) {
  const int done = *(int *)arg;
  struct peer peer = peer_new(talk.client_fd, &talk.client);
  talk.script_ok = talk.script(&peer);
  peer_free(&peer);
  (void)!write(done, "", 1);
  return NULL;
}

static void on_client_done(void *arg, int what) {
  struct talk *t = arg;
  (void)what;
  t->client_done = true;
  maybe_stop(t);
}

static void tcp_pair(int *ret_server, int *ret_client) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t len = sizeof at;
  const int listening = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(listening, (struct sockaddr *)&at, sizeof at), 0);
  assert_int_equal(listen(listening, 1), 0);
  assert_int_equal(getsockname(listening, (struct sockaddr *)&at, &len), 0);
  *ret_client = peer_connect(ntohs(at.sin_port));
  *ret_server = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
  assert_true(*ret_client >= 0 && *ret_server >= 0);
  close(listening);
}

/* Runs the conversation to its end. `talk` holds what is to be asserted. */
static void hold(void (*behave)(struct talk *t, enum conn_event event), bool (*script)(struct peer *peer)) {
  int server_fd, done[2];
  pthread_t thread;
  struct peer_options client = talk.client;
  const int64_t handshake_ms = talk.handshake_ms ? talk.handshake_ms : GUARD_MS;
  memset(&talk, 0, sizeof talk);
  talk.client = client;
  talk.behave = behave;
  talk.script = script;
  tcp_pair(&server_fd, &talk.client_fd);
  assert_int_equal(pipe(done), 0);
  talk.loop = loop_new();
  talk.guard = loop_timer_new(talk.loop, on_guard, &talk);
  loop_timer_set(talk.guard, GUARD_MS);
  struct loop_fd *watch = loop_fd_new(talk.loop, done[0], on_client_done, &talk);
  assert_int_equal(loop_fd_want(watch, LOOP_READ), 0);
  talk.conn = conn_new(&(struct conn_options){.loop = talk.loop,
                                              .tls = pki.tls,
                                              .fd = server_fd,
                                              .address = "127.0.0.1",
                                              .output_cap = OUTPUT_CAP,
                                              .output_low = OUTPUT_LOW,
                                              .handshake_deadline_ms = handshake_ms,
                                              .ended = on_ended,
                                              .arg = &talk});
  assert_non_null(talk.conn);
  conn_owner(talk.conn, on_event, &talk);
  assert_int_equal(pthread_create(&thread, NULL, client_main, &done[1]), 0);
  assert_int_equal(loop_run(talk.loop), 0);
  pthread_join(thread, NULL);
  loop_fd_free(watch);
  loop_timer_free(talk.guard);
  loop_timer_free(talk.timer);
  loop_free(talk.loop);
  close(done[0]);
  close(done[1]);
  talk.handshake_ms = 0;
  assert_false(talk.late);
}

static size_t message(uint32_t id, const char *text, uint8_t *out) {
  Stepguard__V1__ClientMessage m = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  Stepguard__V1__Hello hello = STEPGUARD__V1__HELLO__INIT;
  hello.protocol = 1;
  hello.client = (char *)(uintptr_t)text;
  m.request_id = id;
  m.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_HELLO;
  m.hello = &hello;
  return peer_pack(&m.base, out);
}

static bool goodbye(struct peer *peer) {
  return SSL_shutdown(peer->ssl) >= 0;
}

/* ---- who is let in ---- */

static bool script_refused(struct peer *peer) {
  if (peer_shake(peer))
    talk.end = peer_read_end(peer); /* of its certificate's refusal a TLS 1.3 client hears only now */
  else {
    const int reason = ERR_GET_REASON(ERR_peek_error());
    talk.end = reason >= SSL_AD_REASON_OFFSET ? reason - SSL_AD_REASON_OFFSET : -1;
  }
  return true;
}

static void refused(const struct peer_options *client, int alert) {
  const uint64_t before = conn_counts()->refused, up = conn_counts()->up;
  talk.client = *client;
  hold(NULL, script_refused);
  assert_int_equal(talk.end, alert);
  assert_string_equal(talk.events, "G");
  assert_int_equal(conn_counts()->refused, before + 1);
  assert_int_equal(conn_counts()->up, up);
}

static void another_protocol_is_refused(void **state) {
  (void)state;
  refused(&(struct peer_options){.identity = &pki.client, .alpn = "\002h2\010http/1.1"}, SSL_AD_NO_APPLICATION_PROTOCOL);
  refused(&(struct peer_options){.identity = &pki.client, .alpn = "\014stepguard/1x"}, SSL_AD_NO_APPLICATION_PROTOCOL);
  refused(&(struct peer_options){.identity = &pki.client, .alpn = "\012stepguard/"}, SSL_AD_NO_APPLICATION_PROTOCOL);
  refused(&(struct peer_options){.identity = &pki.client}, SSL_AD_NO_APPLICATION_PROTOCOL);
}

static void older_tls_is_refused(void **state) {
  (void)state;
  refused(&(struct peer_options){.identity = &pki.client, .alpn = PEER_ALPN, .max_version = TLS1_2_VERSION},
          SSL_AD_PROTOCOL_VERSION);
}

static void no_certificate_is_refused(void **state) {
  (void)state;
  refused(&(struct peer_options){.alpn = PEER_ALPN}, SSL_AD_CERTIFICATE_REQUIRED);
}

static void bad_certificates_are_refused(void **state) {
  (void)state;
  const struct identity_options good = {.cn = "x",
                                        .constraints = "critical,CA:FALSE",
                                        .usage = "critical,digitalSignature",
                                        .extended_usage = "clientAuth",
                                        .names = "URI:stepguard://demo/students/17/devices/3",
                                        .from_s = -7200,
                                        .issuer = &pki.ca};
  struct identity_options o;
  struct identity bad;

  bad = identity_client(&pki.foreign_ca);
  refused(&(struct peer_options){.identity = &bad, .alpn = PEER_ALPN}, SSL_AD_UNKNOWN_CA);
  refused(&(struct peer_options){.identity = &bad, .alpn = PEER_ALPN, .chain = pki.foreign_ca.cert}, SSL_AD_UNKNOWN_CA);
  identity_free(&bad);

  struct identity twin = identity_ca("school ca"); /* the right name, another key */
  bad = identity_client(&twin);
  refused(&(struct peer_options){.identity = &bad, .alpn = PEER_ALPN}, SSL_AD_UNKNOWN_CA);
  identity_free(&bad);
  identity_free(&twin);

  o = good, o.to_s = -60;
  bad = identity_make(&o);
  refused(&(struct peer_options){.identity = &bad, .alpn = PEER_ALPN}, SSL_AD_CERTIFICATE_EXPIRED);
  identity_free(&bad);

  o = good, o.from_s = 3600, o.to_s = 7200;
  bad = identity_make(&o);
  refused(&(struct peer_options){.identity = &bad, .alpn = PEER_ALPN}, SSL_AD_BAD_CERTIFICATE);
  identity_free(&bad);

  o = good, o.extended_usage = "serverAuth";
  bad = identity_make(&o);
  refused(&(struct peer_options){.identity = &bad, .alpn = PEER_ALPN}, SSL_AD_UNSUPPORTED_CERTIFICATE);
  identity_free(&bad);

  /* A student who plays CA: the leaf signs a "dean". The alert says no more than that it is not right. */
  o = good, o.issuer = &pki.client, o.names = "URI:stepguard://demo/students/1/devices/1";
  bad = identity_make(&o);
  refused(&(struct peer_options){.identity = &bad, .alpn = PEER_ALPN, .chain = pki.client.cert}, SSL_AD_UNKNOWN_CA);
  identity_free(&bad);
}

static bool script_garbage(struct peer *peer) {
  static const char http[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  char answer_bytes[64];
  if (send(peer->fd, http, sizeof http - 1, 0) != (ssize_t)sizeof http - 1)
    return false;
  while (recv(peer->fd, answer_bytes, sizeof answer_bytes, 0) > 0)
    ;
  return true;
}

static void what_is_not_tls_is_refused(void **state) {
  (void)state;
  hold(NULL, script_garbage);
  assert_true(talk.script_ok);
  assert_string_equal(talk.events, "G");
}

/* ---- frames ---- */

enum { SPLIT_MESSAGES = 34 };

static bool script_splits(struct peer *peer) {
  uint8_t bytes[256];
  bool ok = peer_shake(peer);
  for (uint32_t split = 0; split < SPLIT_MESSAGES; split++) {
    const size_t len = message(split + 1, "every split of a frame", bytes);
    const size_t first = split < len ? split : len;
    ok = ok && peer_write(peer, bytes, first);
    peer_sleep_ms(2);
    ok = ok && peer_write(peer, bytes + first, len - first);
  }
  return goodbye(peer) && ok;
}

static void a_frame_may_be_split_anywhere(void **state) {
  (void)state;
  uint8_t bytes[256];
  assert_true(message(1, "every split of a frame", bytes) < SPLIT_MESSAGES);
  const uint64_t before = conn_counts()->closed;
  hold(NULL, script_splits);
  assert_true(talk.script_ok);
  assert_int_equal(talk.ids_n, SPLIT_MESSAGES);
  for (uint32_t i = 0; i < SPLIT_MESSAGES; i++)
    assert_int_equal(talk.ids[i], i + 1);
  assert_int_equal(talk.events[talk.events_n - 1], 'G');
  assert_int_equal(conn_counts()->closed, before + 1);
}

static bool script_bytes_then_burst(struct peer *peer) {
  uint8_t bytes[64 * 1024];
  char *text = malloc(40001);
  bool ok = peer_shake(peer);
  size_t len = message(1, "one byte a record", bytes);
  for (size_t i = 0; i < len; i++)
    ok = ok && peer_write(peer, bytes + i, 1);
  len = 0;
  for (uint32_t id = 2; id < 10; id++)
    len += message(id, "eight in one record", bytes + len);
  ok = ok && peer_write(peer, bytes, len);
  memset(text, 'y', 40000);
  text[40000] = '\0';
  len = message(10, text, bytes); /* three records */
  free(text);
  ok = ok && peer_write(peer, bytes, len) && SSL_key_update(peer->ssl, SSL_KEY_UPDATE_REQUESTED) == 1;
  len = message(11, "after a change of keys", bytes);
  return ok && peer_write(peer, bytes, len) && goodbye(peer);
}

static void records_and_frames_have_nothing_to_do_with_each_other(void **state) {
  (void)state;
  hold(NULL, script_bytes_then_burst);
  assert_true(talk.script_ok);
  assert_int_equal(talk.ids_n, 11);
  for (uint32_t i = 0; i < 11; i++)
    assert_int_equal(talk.ids[i], i + 1);
}

static enum frame_verdict verdict;

static void behave_verdict(struct talk *t, enum conn_event event) {
  const uint8_t *bytes;
  size_t len;
  if (event != CONN_READ)
    return;
  verdict = conn_frame(t->conn, FRAME_CAP, &bytes, &len);
  if (verdict < 0)
    conn_close(t->conn);
}

static bool script_too_large(struct peer *peer) {
  static const uint8_t prefix[] = {0x81, 0x80, 0x04}; /* 64 KiB and one byte, of which none is sent */
  return peer_shake(peer) && peer_write(peer, prefix, sizeof prefix) && peer_read_end(peer) == 0;
}

static bool script_malformed(struct peer *peer) {
  static const uint8_t prefix[] = {0x80, 0x00}; /* zero in two bytes */
  return peer_shake(peer) && peer_write(peer, prefix, sizeof prefix) && peer_read_end(peer) == 0;
}

static void bad_prefixes_are_seen_before_the_message_comes(void **state) {
  (void)state;
  hold(behave_verdict, script_too_large);
  assert_true(talk.script_ok);
  assert_int_equal(verdict, FRAME_TOO_LARGE);
  hold(behave_verdict, script_malformed);
  assert_true(talk.script_ok);
  assert_int_equal(verdict, FRAME_MALFORMED);
}

/* ---- ends ---- */

static bool script_truncate(struct peer *peer) {
  uint8_t bytes[256];
  const size_t len = message(1, "whole", bytes);
  const bool ok = peer_shake(peer) && peer_write(peer, bytes, len) && peer_write(peer, bytes, len / 2);
  shutdown(peer->fd, SHUT_RDWR);
  return ok;
}

static void a_cut_line_is_counted_and_what_was_whole_counts(void **state) {
  (void)state;
  const uint64_t before = conn_counts()->truncated;
  hold(NULL, script_truncate);
  assert_true(talk.script_ok);
  assert_int_equal(talk.ids_n, 1);
  assert_int_equal(talk.events[talk.events_n - 1], 'G');
  assert_int_equal(conn_counts()->truncated, before + 1);
}

static bool script_trickle(struct peer *peer) {
  uint8_t bytes[256];
  const size_t len = message(1, "slower than anybody's patience", bytes);
  if (!peer_shake(peer))
    return false;
  for (size_t i = 0; i + 1 < len; i++) {
    if (!peer_write(peer, bytes + i, 1))
      return true; /* cut off, as it should be */
    peer_sleep_ms(25);
  }
  return peer_read_end(peer) <= 0;
}

static void behave_deadline(struct talk *t, enum conn_event event) {
  if (event == CONN_UP)
    conn_deadline(t->conn, DEADLINE_MS);
  if (event == CONN_READ)
    take_frames(t);
  if (event == CONN_TIMEOUT)
    conn_close(t->conn);
}

static void a_trickle_does_not_move_the_deadline(void **state) {
  (void)state;
  hold(behave_deadline, script_trickle);
  assert_true(talk.script_ok);
  assert_int_equal(talk.ids_n, 0);
  assert_non_null(strchr(talk.events, 'T'));
  assert_true(strlen(talk.events) < 20); /* some twelve bytes came through, not all thirty-odd */
}

static bool script_silent(struct peer *peer) {
  char byte;
  return recv(peer->fd, &byte, 1, 0) <= 0;
}

static bool script_half_hello(struct peer *peer) {
  static const uint8_t record[] = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01};
  char byte;
  return send(peer->fd, record, sizeof record, 0) == (ssize_t)sizeof record && recv(peer->fd, &byte, 1, 0) <= 0;
}

static void a_handshake_has_a_deadline(void **state) {
  (void)state;
  const uint64_t before = conn_counts()->slow;
  talk.handshake_ms = DEADLINE_MS;
  hold(NULL, script_silent);
  assert_true(talk.script_ok);
  assert_string_equal(talk.events, "G");
  talk.handshake_ms = DEADLINE_MS;
  hold(NULL, script_half_hello);
  assert_string_equal(talk.events, "G");
  assert_int_equal(conn_counts()->slow, before + 2);
}

/* The server answers and closes while the peer is still sending: the answer must arrive, whatever was left unread. */
static void behave_last_word(struct talk *t, enum conn_event event) {
  if (event != CONN_READ)
    return;
  conn_pause(t->conn);
  assert_int_equal(answer(t, 77, 10), 0);
  conn_close(t->conn);
}

static bool script_flood(struct peer *peer) {
  static uint8_t flood[512 * 1024], got[1024];
  size_t len = 0;
  if (!peer_shake(peer))
    return false;
  const size_t frame_len = message(1, "x", flood);
  for (size_t at = frame_len; at + frame_len < sizeof flood; at += frame_len)
    memcpy(flood + at, flood, frame_len);
  for (int i = 0; i < 4; i++)
    if (!peer_write(peer, flood, sizeof flood))
      break;
  const bool heard = peer_read_frame(peer, got, sizeof got, &len);
  Stepguard__V1__ServerMessage *m = heard ? stepguard__v1__server_message__unpack(NULL, len, got) : NULL;
  const bool right = m && m->request_id == 77;
  if (m)
    stepguard__v1__server_message__free_unpacked(m, NULL);
  talk.end = peer_read_end(peer);
  return right;
}

static void the_last_word_survives_unread_input(void **state) {
  (void)state;
  hold(behave_last_word, script_flood);
  assert_true(talk.script_ok);
  assert_int_equal(talk.end, 0);
  assert_int_equal(talk.events[talk.events_n - 1], 'G');
}

static void behave_drop(struct talk *t, enum conn_event event) {
  if (event == CONN_READ) {
    struct conn *conn = t->conn;
    conn_drop(conn);
    conn_drop(conn);
    conn_close(conn);
    assert_int_equal(answer(t, 1, 1), E_CLOSED);
  }
}

static bool script_one(struct peer *peer) {
  uint8_t bytes[256];
  const size_t len = message(1, "one", bytes);
  const bool ok = peer_shake(peer) && peer_write(peer, bytes, len);
  talk.end = peer_read_end(peer);
  return ok;
}

static void dropped_is_dropped_and_tells_nobody(void **state) {
  (void)state;
  hold(behave_drop, script_one);
  assert_true(talk.script_ok);
  assert_int_equal(talk.end, -1);
  assert_string_equal(talk.events, "UR");
}

static void behave_forget(struct talk *t, enum conn_event event) {
  if (event == CONN_READ) {
    conn_close(t->conn);
    conn_owner(t->conn, NULL, NULL);
  }
}

static void an_owner_may_leave_before_the_end(void **state) {
  (void)state;
  hold(behave_forget, script_one);
  assert_true(talk.script_ok);
  assert_int_equal(talk.end, 0);
  assert_string_equal(talk.events, "UR");
}

/* ---- back-pressure ---- */

static size_t ids_while_paused;

static void resume_in_two_steps(void *arg) {
  struct talk *t = arg;
  ids_while_paused = t->ids_n;
  conn_resume(t->conn);
  conn_resume(t->conn);
  assert_string_equal(t->events, "UR"); /* nothing from inside conn_resume() */
}

static void behave_pause(struct talk *t, enum conn_event event) {
  const uint8_t *bytes;
  size_t len;
  if (event != CONN_READ)
    return;
  if (t->ids_n == 0) {
    assert_int_equal(conn_frame(t->conn, FRAME_CAP, &bytes, &len), FRAME_WHOLE);
    t->ids[t->ids_n++] = 1;
    conn_pause(t->conn);
    conn_pause(t->conn);
    t->timer = loop_timer_new(t->loop, resume_in_two_steps, t);
    loop_timer_set(t->timer, 80);
  } else
    take_frames(t);
}

static bool script_three(struct peer *peer) {
  uint8_t bytes[256];
  size_t len = message(1, "one", bytes);
  len += message(2, "two", bytes + len);
  bool ok = peer_shake(peer) && peer_write(peer, bytes, len);
  peer_sleep_ms(20);
  len = message(3, "three", bytes);
  ok = ok && peer_write(peer, bytes, len);
  peer_sleep_ms(150);
  return ok && goodbye(peer);
}

static void paused_readers_hear_nothing_and_lose_nothing(void **state) {
  (void)state;
  hold(behave_pause, script_three);
  assert_true(talk.script_ok);
  assert_int_equal(ids_while_paused, 1);
  assert_int_equal(talk.ids_n, 3);
  assert_int_equal(talk.ids[1], 2);
  assert_int_equal(talk.ids[2], 3);
}

static int answers_taken;

static void behave_fill(struct talk *t, enum conn_event event) {
  if (event == CONN_READ) {
    int err;
    take_frames(t);
    answers_taken = 0;
    while ((err = answer(t, 1, 20000)) == 0)
      answers_taken++;
    assert_int_equal(err, E_LIMIT);
    assert_true(conn_unsent(t->conn) <= OUTPUT_CAP);
  }
  if (event == CONN_DRAINED) {
    assert_true(conn_unsent(t->conn) <= OUTPUT_LOW);
    assert_int_equal(answer(t, 2, 5), 0);
    conn_close(t->conn);
  }
}

static bool script_slow_reader(struct peer *peer) {
  static uint8_t got[32 * 1024];
  uint8_t bytes[64];
  size_t len = message(1, "fill me", bytes);
  int n = 0;
  if (!peer_shake(peer) || !peer_write(peer, bytes, len))
    return false;
  peer_sleep_ms(50);
  while (peer_read_frame(peer, got, sizeof got, &len))
    n++;
  return n == answers_taken + 1;
}

static void output_has_a_cap_and_says_when_there_is_room(void **state) {
  (void)state;
  hold(behave_fill, script_slow_reader);
  assert_true(talk.script_ok);
  assert_non_null(strchr(talk.events, 'D'));
  assert_true(answers_taken >= OUTPUT_CAP / 20100 - 1);
}

/* ---- identity, and nothing to resume ---- */

static int sessions_offered;

static int on_session(SSL *ssl, SSL_SESSION *session) {
  (void)ssl, (void)session;
  sessions_offered++;
  return 0;
}

static bool script_ticket_hunter(struct peer *peer) {
  uint8_t bytes[256];
  SSL_CTX_set_session_cache_mode(peer->ctx, SSL_SESS_CACHE_CLIENT);
  SSL_CTX_sess_set_new_cb(peer->ctx, on_session);
  const size_t len = message(1, "a ticket, please", bytes);
  const bool ok = peer_shake(peer) && peer_write(peer, bytes, len);
  talk.end = peer_read_end(peer);
  return ok;
}

static void behave_look(struct talk *t, enum conn_event event) {
  if (event == CONN_UP) {
    X509 *cert = conn_peer_certificate(t->conn);
    assert_non_null(cert);
    assert_int_equal(X509_cmp(cert, pki.client.cert), 0);
    assert_string_equal(conn_peer_address(t->conn), "127.0.0.1");
  }
  if (event == CONN_READ)
    conn_close(t->conn);
}

static void the_peer_is_known_and_gets_no_ticket(void **state) {
  (void)state;
  sessions_offered = 0;
  hold(behave_look, script_ticket_hunter);
  assert_true(talk.script_ok);
  assert_int_equal(talk.end, 0);
  assert_int_equal(sessions_offered, 0);
}

/* ---- contexts ---- */

static void broken_files_are_named(void **state) {
  (void)state;
  char reason[300];
  struct tls *tls = NULL;
  struct scratch s;
  scratch_init(&s);
  const char *cert = scratch_certificate(&s, "server.pem", pki.server.cert, pki.ca.cert),
             *key = scratch_key(&s, "server.key", pki.server.key);
  const char *other_key = scratch_key(&s, "other.key", pki.client.key), *missing = scratch_path(&s, "missing.pem");
  struct tls_options o = {.certificate = missing, .key = key, .alpn = "stepguard/1"};
  assert_int_equal(tls_new(&o, &tls, reason, sizeof reason), E_CONFIG);
  assert_non_null(strstr(reason, "missing.pem"));
  o = (struct tls_options){.certificate = cert, .key = missing, .alpn = "stepguard/1"};
  assert_int_equal(tls_new(&o, &tls, reason, sizeof reason), E_CONFIG);
  assert_non_null(strstr(reason, "missing.pem"));
  o = (struct tls_options){.certificate = cert, .key = other_key, .alpn = "stepguard/1"};
  assert_int_equal(tls_new(&o, &tls, reason, sizeof reason), E_TLS);
  assert_non_null(strstr(reason, "other.key"));
  o = (struct tls_options){.certificate = cert, .key = key, .client_ca = key, .alpn = "stepguard/1"};
  assert_int_equal(tls_new(&o, &tls, reason, sizeof reason), E_CONFIG);
  assert_non_null(strstr(reason, "server.key"));
  chmod(key, 0644);
  o = (struct tls_options){.certificate = cert, .key = key, .alpn = "stepguard/1"};
  assert_int_equal(tls_new(&o, &tls, reason, sizeof reason), E_CONFIG);
  assert_non_null(strstr(reason, "chmod 600"));
  assert_null(tls);
  scratch_done(&s);
}

static int group_setup(void **state) {
  (void)state;
  char reason[300] = "";
  signal(SIGPIPE, SIG_IGN);
  pki.ca = identity_ca("school ca");
  pki.foreign_ca = identity_ca("another school's ca");
  pki.server = identity_server(&pki.ca);
  pki.client = identity_client(&pki.ca);
  scratch_init(&pki.scratch);
  const struct tls_options options = {.certificate = scratch_certificate(&pki.scratch, "server.pem", pki.server.cert, pki.ca.cert),
                                      .key = scratch_key(&pki.scratch, "server.key", pki.server.key),
                                      .client_ca = scratch_certificate(&pki.scratch, "ca.pem", pki.ca.cert, NULL),
                                      .alpn = "stepguard/1"};
  if (tls_new(&options, &pki.tls, reason, sizeof reason) < 0) {
    fprintf(stderr, "%s\n", reason);
    return -1;
  }
  talk.client = (struct peer_options){.identity = &pki.client, .alpn = PEER_ALPN};
  return 0;
}

static int group_teardown(void **state) {
  (void)state;
  tls_unref(pki.tls);
  scratch_done(&pki.scratch);
  identity_free(&pki.ca);
  identity_free(&pki.foreign_ca);
  identity_free(&pki.server);
  identity_free(&pki.client);
  return 0;
}

static int good_client(void **state) {
  (void)state;
  talk.client = (struct peer_options){.identity = &pki.client, .alpn = PEER_ALPN};
  return 0;
}

int main(void) {
#define CONN_TEST(f) cmocka_unit_test_setup(f, good_client)
  const struct CMUnitTest tests[] = {
      CONN_TEST(another_protocol_is_refused),
      CONN_TEST(older_tls_is_refused),
      CONN_TEST(no_certificate_is_refused),
      CONN_TEST(bad_certificates_are_refused),
      CONN_TEST(what_is_not_tls_is_refused),
      CONN_TEST(a_frame_may_be_split_anywhere),
      CONN_TEST(records_and_frames_have_nothing_to_do_with_each_other),
      CONN_TEST(bad_prefixes_are_seen_before_the_message_comes),
      CONN_TEST(a_cut_line_is_counted_and_what_was_whole_counts),
      CONN_TEST(a_trickle_does_not_move_the_deadline),
      CONN_TEST(a_handshake_has_a_deadline),
      CONN_TEST(the_last_word_survives_unread_input),
      CONN_TEST(dropped_is_dropped_and_tells_nobody),
      CONN_TEST(an_owner_may_leave_before_the_end),
      CONN_TEST(paused_readers_hear_nothing_and_lose_nothing),
      CONN_TEST(output_has_a_cap_and_says_when_there_is_room),
      CONN_TEST(the_peer_is_known_and_gets_no_ticket),
      CONN_TEST(broken_files_are_named),
  };
  return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
