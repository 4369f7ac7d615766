/*
 * What a client of the office port sends and gets, through real TLS: what every answer carries, keep-alive and requests sent
 * ahead, heads and bodies cut anywhere, and each kind of head that is refused. loop_http_life_test.c has the deadlines,
 * streams and ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gate_cases.h"
#include "http_peer.h"

/* ---- an answer ---- */

static bool script_hello(struct peer *peer) {
  static const char *const lines[] = {
      "Content-Type: text/plain; charset=utf-8",
      "Content-Length: 6",
      "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
      "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
      "object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
      "X-Content-Type-Options: nosniff",
      "Referrer-Policy: no-referrer",
      "Strict-Transport-Security: max-age=63072000; includeSubDomains",
      "Cross-Origin-Opener-Policy: same-origin",
      "Cross-Origin-Resource-Policy: same-origin",
      "Cache-Control: no-store",
  };
  struct answer a = {0};
  EXPECT(say(peer, "GET /hello HTTP/1.1\r\n" HTTP_HOST "\r\n") && answer_read(peer, &a));
  EXPECT(a.status == 200 && strcmp(a.body, "hello\n") == 0);
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
    EXPECT(has(&a, lines[i]));
  EXPECT(strstr(a.head, "\r\nDate: ") && strstr(a.head, " GMT\r\n") && strstr(a.head, "\r\nX-Request-Id: "));
  EXPECT(strstr(a.head, "\r\nPermissions-Policy: ") && !strstr(a.head, "\r\nConnection:") && !strstr(a.head, "\r\nServer:"));
  answer_done(&a);
  return true;
}

static void every_answer_carries_what_protects_it(void **state) {
  (void)state;
  const struct http_options o = office_options();
  const uint64_t requests = http_counts()->requests, good = http_counts()->replies[2];
  office_visit(&o, script_hello);
  assert_int_equal(http_counts()->requests, requests + 1);
  assert_int_equal(http_counts()->replies[2], good + 1);
}

static bool script_echo(struct peer *peer) {
  struct answer a = {0};
  EXPECT(say(peer,
             "PATCH /echo?a=%20b HTTP/1.1\r\n" HTTP_HOST "Content-Length: 5\r\nCOOKIE: x=1\r\nX-Forwarded-For: 6.6.6.6\r\n\r\nab"));
  EXPECT(peer_write(peer, "\0cd", 3) && answer_read(peer, &a));
  EXPECT(a.status == 200 && a.len == 5 && memcmp(a.body, "ab\0cd", 5) == 0);
  EXPECT(has(&a, "Seen-Method: PATCH") && has(&a, "Seen-Query: a=%20b") && has(&a, "Seen-Cookie: x=1") &&
         has(&a, "Seen-Length: 5"));
  EXPECT(has(&a, "Seen-Peer: 127.0.0.1"));
  const char *seen = strstr(a.head, "Seen-Id: ") + 9, *said = strstr(a.head, "X-Request-Id: ") + 14;
  EXPECT(strcspn(seen, "\r") >= 10 && strncmp(seen, said, strcspn(seen, "\r") + 1) == 0);
  answer_done(&a);
  return true;
}

static void a_request_is_read_whole(void **state) {
  (void)state;
  const struct http_options o = office_options();
  office_visit(&o, script_echo);
}

static bool script_bodiless(struct peer *peer) {
  struct answer a = {0};
  EXPECT(say(peer, "HEAD /hello HTTP/1.1\r\n" HTTP_HOST "\r\n") && answer_head(peer, &a));
  EXPECT(a.status == 200 && has(&a, "Content-Length: 6"));
  EXPECT(say(peer, "GET /status/204 HTTP/1.1\r\n" HTTP_HOST "\r\n") && answer_head(peer, &a));
  EXPECT(a.status == 204 && !strstr(a.head, "Content-Length"));
  EXPECT(say(peer, "GET /status/304 HTTP/1.1\r\n" HTTP_HOST "\r\n") && answer_head(peer, &a));
  EXPECT(a.status == 304 && !strstr(a.head, "Content-Length"));
  EXPECT(say(peer, "HEAD /status/404 HTTP/1.1\r\n" HTTP_HOST "\r\n") && answer_head(peer, &a));
  EXPECT(a.status == 404 && has(&a, "Content-Length: 4"));
  EXPECT(say(peer, "GET /none HTTP/1.1\r\n" HTTP_HOST "\r\n") && answer_read(peer, &a)); /* and nothing is left in between */
  EXPECT(a.status == 404 && a.len == 0 && has(&a, "Content-Length: 0"));
  answer_done(&a);
  return true;
}

static void some_answers_have_no_body(void **state) {
  (void)state;
  const struct http_options o = office_options();
  office_visit(&o, script_bodiless);
}

static bool script_injects(struct peer *peer) {
  static const char *const bad[] = {"a^~Set-Cookie:b", "a~b", "a^b", "~"};
  struct answer a = {0};
  EXPECT(say(peer, "GET /header?plain HTTP/1.1\r\n" HTTP_HOST "\r\n") && answer_read(peer, &a));
  EXPECT(a.status == 200 && has(&a, "X-Seen: plain"));
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct peer other = office_peer(HTTP_ALPN);
    char request[128];
    snprintf(request, sizeof request, "GET /header?%s HTTP/1.1\r\n" HTTP_HOST "\r\n", bad[i]);
    EXPECT(peer_shake(&other) && say(&other, request) && answer_read(&other, &a));
    EXPECT(a.status == 500 && !strstr(a.head, "X-Seen") && !strstr(a.head, "Set-Cookie") && !strstr(a.body, "Set-Cookie"));
    EXPECT(has(&a, "Connection: close") && peer_read_end(&other) == 0);
    peer_free(&other);
  }
  answer_done(&a);
  return true;
}

static void nobody_adds_headers_through_a_value(void **state) {
  (void)state;
  const struct http_options o = office_options();
  const uint64_t bad = http_counts()->bad_replies;
  office_visit(&o, script_injects);
  assert_int_equal(http_counts()->bad_replies, bad + 4);
}

static void weaken(struct http_request *req) {
  static const struct http_header tries[] = {{"content-security-policy", "default-src *"},
                                             {"Content-Length", "0"},
                                             {"Transfer-Encoding", "chunked"},
                                             {"X-Request-Id", "1"},
                                             {"A B", "c"},
                                             {"", "c"}};
  static size_t n;
  http_reply(req, 200, &tries[n], 1, "ok", 2);
  n = (n + 1) % (sizeof tries / sizeof *tries);
}

static bool script_weak(struct peer *peer) {
  struct answer a = {0};
  for (int i = 0; i < 6; i++) {
    struct peer other = office_peer(HTTP_ALPN);
    EXPECT(peer_shake(&other) && say(&other, "GET /later HTTP/1.1\r\n" HTTP_HOST "\r\n") && answer_read(&other, &a));
    EXPECT(a.status == 500 && strstr(a.head, "default-src 'none'") && !strstr(a.head, "default-src *"));
    peer_free(&other);
  }
  answer_done(&a);
  (void)peer;
  return true;
}

static void no_caller_weakens_what_protects(void **state) {
  (void)state;
  const struct http_options o = office_options();
  struct visit v;
  office_open(&o);
  office.on_kept = weaken;
  visit_begin(&v, script_weak);
  visit_end(&v);
  office_close();
}

static void keep_it(struct http_request *req) {
  const struct http_header headers[] = {{"Cache-Control", "public, max-age=31536000, immutable"}, {"ETag", "\"a\""}};
  http_reply(req, 200, headers, 2, "ok", 2);
}

static bool script_cached(struct peer *peer) {
  struct answer a = {0};
  EXPECT(say(peer, "GET /later HTTP/1.1\r\n" HTTP_HOST "\r\n") && answer_read(peer, &a));
  EXPECT(has(&a, "Cache-Control: public, max-age=31536000, immutable") && has(&a, "ETag: \"a\"") && !strstr(a.head, "no-store"));
  answer_done(&a);
  return true;
}

static void only_caching_is_the_callers(void **state) {
  (void)state;
  const struct http_options o = office_options();
  struct visit v;
  office_open(&o);
  office.on_kept = keep_it;
  visit_begin(&v, script_cached);
  visit_end(&v);
  office_close();
}

/* ---- one after the other ---- */

enum { AHEAD = 60 };

static bool script_ahead(struct peer *peer) {
  static const char one[] = "POST /echo?%02d HTTP/1.1\r\n" HTTP_HOST "Content-Length: 2\r\n\r\n%02d";
  char all[AHEAD * 128], want[32];
  struct answer a = {0};
  size_t len = 0;
  for (int i = 0; i < AHEAD; i++)
    len += (size_t)snprintf(all + len, sizeof all - len, one, i, i);
  EXPECT(peer_write(peer, all, len));
  for (int i = 0; i < AHEAD; i++) {
    snprintf(want, sizeof want, "Seen-Query: %02d", i);
    EXPECT(answer_read(peer, &a) && a.status == 200 && has(&a, want) && a.len == 2 && memcmp(a.body, want + 12, 2) == 0);
  }
  EXPECT(say(peer, "GET /hello HTTP/1.1\r\n" HTTP_HOST "Connection: close\r\n\r\nGET /hello HTTP/1.1\r\n" HTTP_HOST "\r\n"));
  EXPECT(answer_read(peer, &a) && a.status == 200 && has(&a, "Connection: close") && peer_read_end(peer) == 0);
  answer_done(&a);
  return true;
}

static void requests_sent_ahead_are_answered_in_order(void **state) {
  (void)state;
  const struct http_options o = office_options();
  const uint64_t requests = http_counts()->requests;
  office_visit(&o, script_ahead);
  assert_int_equal(http_counts()->requests, requests + AHEAD + 1); /* not the one behind "close" */
}

static bool script_later_ahead(struct peer *peer) {
  static char flood[200 * 1024];
  struct answer a = {0};
  memset(flood, 'a', sizeof flood);
  EXPECT(say(peer, "GET /later HTTP/1.1\r\n" HTTP_HOST "\r\nGET /later HTTP/1.1\r\n" HTTP_HOST "\r\n"));
  EXPECT(say(peer, "POST /echo HTTP/1.1\r\n" HTTP_HOST "Content-Length: 90000\r\n\r\n") && peer_write(peer, flood, 90000));
  EXPECT(answer_read(peer, &a) && a.status == 201 && answer_read(peer, &a) && a.status == 202);
  EXPECT(answer_read(peer, &a) && a.status == 200 && a.len == 90000);
  answer_done(&a);
  return true;
}

static void one_request_at_a_time(void **state) {
  (void)state;
  const struct http_options o = office_options();
  struct visit v;
  office_open(&o);
  visit_begin(&v, script_later_ahead);
  for (int i = 0; i < 2; i++) {
    OFFICE_UNTIL(office.kept_n == i + 1);
    OFFICE_TURNS(5); /* time for a second one to slip through, were there a way */
    assert_int_equal(office.kept_n, i + 1);
    assert_true(http_busy(office.http));
    http_reply(office.kept[i], 201 + i, NULL, 0, NULL, 0);
  }
  visit_end(&v);
  assert_int_equal(office.gone_n, 0);
  office_close();
}

/* ---- cut anywhere ---- */

static const char cut_me[] = "POST /echo?x HTTP/1.1\r\n" HTTP_HOST "Content-Length: 11\r\nCookie: a=b\r\n\r\nbody\r\n\r\nend"
                             "GET /hello HTTP/1.1\r\n" HTTP_HOST "\r\n";

static bool cut_answers(struct peer *peer, struct answer *a) {
  EXPECT(answer_read(peer, a) && a->status == 200 && a->len == 11 && memcmp(a->body, "body\r\n\r\nend", 11) == 0);
  EXPECT(answer_read(peer, a) && a->status == 200 && a->len == 6);
  return true;
}

static bool script_cut(struct peer *peer) {
  struct answer a = {0};
  for (size_t cut = 1; cut < sizeof cut_me - 1; cut++) {
    EXPECT(peer_write(peer, cut_me, cut));
    peer_sleep_ms(1); /* mostly a record in a turn of its own; together they must do too */
    EXPECT(peer_write(peer, cut_me + cut, sizeof cut_me - 1 - cut) && cut_answers(peer, &a));
  }
  for (size_t i = 0; i < sizeof cut_me - 1; i++)
    EXPECT(peer_write(peer, cut_me + i, 1));
  EXPECT(cut_answers(peer, &a));
  answer_done(&a);
  return true;
}

static void bytes_may_come_in_any_pieces(void **state) {
  (void)state;
  const struct http_options o = office_options();
  office_visit(&o, script_cut);
}

/* ---- refused ---- */

/* Behind each stands a request that would be answered if anybody took the bytes for two. */
static bool script_refused(struct peer *peer) {
  static const char next[] = "GET /hello HTTP/1.1\r\n" HTTP_HOST "\r\n";
  struct answer a = {0};
  char json[64];
  (void)peer;
  for (size_t i = 0; i < sizeof gate_cases / sizeof *gate_cases; i++) {
    struct peer other = office_peer(i % 2 ? HTTP_ALPN : NULL);
    const int status = gate_status((enum gate_refusal)gate_cases[i].why);
    EXPECT(peer_shake(&other) && peer_write(&other, gate_cases[i].bytes, gate_cases[i].len) && say(&other, next));
    if (!answer_read(&other, &a) || a.status != status) {
      fprintf(stderr, "%s\nanswered %d, not %d\n", gate_cases[i].bytes, a.status, status);
      return false;
    }
    snprintf(json, sizeof json, "\"status\":%d,", status);
    EXPECT(has(&a, "Connection: close") && has(&a, "Content-Type: application/problem+json") && strstr(a.body, json));
    EXPECT(strstr(a.head, "default-src 'none'") && peer_read_end(&other) == 0);
    peer_free(&other);
  }
  answer_done(&a);
  return true;
}

static void what_the_gate_refuses_never_gets_in(void **state) {
  (void)state;
  struct http_options o = office_options();
  o.body_cap = GATE_CASE_BODY_CAP;
  const uint64_t requests = http_counts()->requests, folded = http_counts()->refused[GATE_FOLDED];
  office_visit(&o, script_refused);
  assert_int_equal(http_counts()->requests, requests);
  assert_int_equal(http_counts()->refused[GATE_FOLDED], folded + 3);
}

/* ---- sizes ---- */

static bool script_huge_head(struct peer *peer) {
  static char flood[64 * 1024];
  struct answer a = {0};
  memset(flood, 'a', sizeof flood);
  EXPECT(say(peer, "GET /hello HTTP/1.1\r\n" HTTP_HOST "A: ") && peer_write(peer, flood, sizeof flood));
  EXPECT(answer_read(peer, &a) && a.status == 431 && peer_read_end(peer) == 0);
  answer_done(&a);
  return true;
}

static bool script_huge_target(struct peer *peer) {
  static char flood[64 * 1024];
  struct answer a = {0};
  memset(flood, 'a', sizeof flood);
  EXPECT(say(peer, "GET /") && peer_write(peer, flood, sizeof flood));
  EXPECT(answer_read(peer, &a) && a.status == 414 && peer_read_end(peer) == 0);
  answer_done(&a);
  return true;
}

static bool script_bodies(struct peer *peer) {
  static char flood[1000 * 1000];
  struct answer a = {0};
  memset(flood, 'a', sizeof flood);
  EXPECT(say(peer, "POST /echo HTTP/1.1\r\n" HTTP_HOST "Content-Length: 100000\r\n\r\n") && peer_write(peer, flood, 100000));
  EXPECT(answer_read(peer, &a) && a.status == 200 && a.len == 100000);
  EXPECT(say(peer, "POST /echo HTTP/1.1\r\n" HTTP_HOST "Content-Length: 1000000\r\n\r\n"));
  (void)peer_write(peer, flood, sizeof flood); /* may be cut short; the answer must come through all the same */
  EXPECT(answer_read(peer, &a) && a.status == 413);
  answer_done(&a);
  return true;
}

static bool script_big_answers(struct peer *peer) {
  struct answer a = {0};
  EXPECT(say(peer, "GET /big/8000000 HTTP/1.1\r\n" HTTP_HOST "\r\nGET /big/16385 HTTP/1.1\r\n" HTTP_HOST "\r\n"));
  EXPECT(answer_read(peer, &a) && a.len == 8000000);
  for (size_t i = 0; i < a.len; i++)
    EXPECT(a.body[i] == (char)('a' + i % 23));
  EXPECT(answer_read(peer, &a) && a.len == 16385);
  EXPECT(say(peer, "GET /big/70000000 HTTP/1.1\r\n" HTTP_HOST "\r\n"));
  EXPECT(answer_read(peer, &a) && a.status == 500);
  answer_done(&a);
  return true;
}

static bool script_expects(struct peer *peer) {
  struct answer a = {0};
  EXPECT(say(peer, "POST /echo HTTP/1.1\r\n" HTTP_HOST "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT(answer_head(peer, &a) && a.status == 100 && say(peer, "ab"));
  EXPECT(answer_read(peer, &a) && a.status == 200 && a.len == 2);
  EXPECT(say(peer, "POST /echo HTTP/1.1\r\n" HTTP_HOST "Content-Length: 2\r\nExpect: 100-continue\r\n\r\nab")); /* did not wait */
  EXPECT(answer_read(peer, &a) && a.status == 200 && a.len == 2);
  EXPECT(say(peer, "POST /echo HTTP/1.1\r\n" HTTP_HOST "Content-Length: 100001\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT(answer_read(peer, &a) && a.status == 413);
  answer_done(&a);
  return true;
}

static void sizes_have_caps(void **state) {
  (void)state;
  const struct http_options o = office_options();
  office_visit(&o, script_huge_head);
  office_visit(&o, script_huge_target);
  office_visit(&o, script_bodies);
  office_visit(&o, script_big_answers);
  office_visit(&o, script_expects);
}

/* ---- TLS ---- */

static bool script_versions(struct peer *peer) {
  const unsigned char *chosen;
  unsigned len;
  (void)peer;
  struct peer two = office_peer("\002h2\010http/1.1"), foreign = office_peer("\002h2");
  EXPECT(peer_shake(&two));
  SSL_get0_alpn_selected(two.ssl, &chosen, &len);
  EXPECT(len == 8 && memcmp(chosen, "http/1.1", 8) == 0 && SSL_version(two.ssl) == TLS1_3_VERSION);
  EXPECT(!peer_shake(&foreign));
  struct peer old = peer_new(peer_connect(office.port), &(struct peer_options){.max_version = TLS1_2_VERSION});
  EXPECT(!peer_shake(&old));
  peer_free(&two);
  peer_free(&foreign);
  peer_free(&old);
  struct peer plain = {.fd = peer_connect(office.port)};
  char byte;
  EXPECT(write(plain.fd, "GET / HTTP/1.1\r\n\r\n", 18) == 18);
  while (read(plain.fd, &byte, 1) == 1) /* an alert at most */
    EXPECT(byte != 'H');
  close(plain.fd);
  return true;
}

static void tls_is_new_and_the_protocol_ours(void **state) {
  (void)state;
  const struct http_options o = office_options();
  office_visit(&o, script_versions);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_answer_carries_what_protects_it),
      cmocka_unit_test(a_request_is_read_whole),
      cmocka_unit_test(some_answers_have_no_body),
      cmocka_unit_test(nobody_adds_headers_through_a_value),
      cmocka_unit_test(no_caller_weakens_what_protects),
      cmocka_unit_test(only_caching_is_the_callers),
      cmocka_unit_test(requests_sent_ahead_are_answered_in_order),
      cmocka_unit_test(one_request_at_a_time),
      cmocka_unit_test(bytes_may_come_in_any_pieces),
      cmocka_unit_test(what_the_gate_refuses_never_gets_in),
      cmocka_unit_test(sizes_have_caps),
      cmocka_unit_test(tls_is_new_and_the_protocol_ours),
  };
  return cmocka_run_group_tests(tests, office_setup, office_teardown);
}
