/*
 * A port of loop/http.h with a few paths behind it, and a client in a thread that speaks to it through real TLS.
 *
 *   /hello   200 "hello\n"          /echo   the body back, and what was seen of the request in headers
 *   /big/N   N bytes                /later  kept until the test answers it        /stream  an event stream, kept too
 *   /status/N  an empty answer      /header  a header whose value is the query, decoded
 */
#ifndef SG_TESTS_HTTP_PEER_H
#define SG_TESTS_HTTP_PEER_H

#include "base/err.h"
#include "loop/http.h"

#include "tls_peer.h"

enum { HTTP_GUARD_MS = 30000, KEPT_MAX = 16 };

#define HTTP_ALPN  "\010http/1.1"
#define HTTP_HOST  "Host: dean.example.edu\r\n"
#define HTTP_HOSTS "dean.example.edu, localhost:8443, [::1]"

static struct office {
  struct identity ca, server;
  struct scratch scratch;
  struct tls *tls;
  struct loop *loop;
  struct loop_timer *guard, *tick;
  struct http *http;
  struct http_request *kept[KEPT_MAX]; /* in order of coming; NULL once ended */
  int kept_n, gone_n;
  unsigned port;
  bool late, client_done, client_ok;
  void (*on_kept)(struct http_request *req); /* as soon as it is; may be NULL */
} office;

/* ---- the server's side ---- */

PEER_FN void office_gone(void *arg) {
  (void)arg;
  office.gone_n++;
}

PEER_FN void office_keep(struct http_request *req) {
  if (office.kept_n == KEPT_MAX)
    abort();
  office.kept[office.kept_n++] = req;
  http_on_gone(req, office_gone, NULL);
  if (office.on_kept)
    office.on_kept(req);
}

PEER_FN void office_echo(struct http_request *req) {
  char length[24];
  size_t len;
  const char *body = http_body(req, &len), *cookie = http_header(req, "cookie");
  snprintf(length, sizeof length, "%zu", len);
  const struct http_header headers[] = {{"Content-Type", "application/octet-stream"},
                                        {"Seen-Method", http_method_name(http_method(req))},
                                        {"Seen-Query", http_query(req)},
                                        {"Seen-Cookie", cookie ? cookie : "none"},
                                        {"Seen-Peer", http_peer(req)},
                                        {"Seen-Id", http_id(req)},
                                        {"Seen-Length", length}};
  if (body[len] != '\0')
    abort();
  http_reply(req, 200, headers, sizeof headers / sizeof *headers, body, len);
}

PEER_FN void office_header(struct http_request *req) {
  char value[64];
  size_t n = 0;
  for (const char *q = http_query(req); *q != '\0' && n < sizeof value - 1; q++)
    value[n++] = (char)(*q == '~' ? '\n' : *q == '^' ? '\r' : *q);
  value[n] = '\0';
  http_reply(req, 200, &(struct http_header){"X-Seen", value}, 1, "ok", 2);
}

PEER_FN void office_big(struct http_request *req, size_t len) {
  char *bytes = malloc(len + 1);
  if (!bytes)
    abort();
  for (size_t i = 0; i < len; i++)
    bytes[i] = (char)('a' + i % 23);
  http_reply(req, 200, NULL, 0, bytes, len);
  free(bytes);
}

PEER_FN void office_request(void *arg, struct http_request *req) {
  const char *path = http_path(req);
  (void)arg;
  if (strcmp(path, "/hello") == 0)
    http_reply(req, 200, &(struct http_header){"Content-Type", "text/plain; charset=utf-8"}, 1, "hello\n", 6);
  else if (strcmp(path, "/echo") == 0)
    office_echo(req);
  else if (strcmp(path, "/header") == 0)
    office_header(req);
  else if (strncmp(path, "/big/", 5) == 0)
    office_big(req, strtoul(path + 5, NULL, 10));
  else if (strncmp(path, "/status/", 8) == 0)
    http_reply(req, (int)strtoul(path + 8, NULL, 10), NULL, 0, "gone", 4);
  else if (strcmp(path, "/later") == 0 || strcmp(path, "/stream") == 0)
    office_keep(req);
  else
    http_reply(req, 404, NULL, 0, NULL, 0);
}

PEER_FN struct http_options office_options(void) {
  return (struct http_options){.name = "office",
                               .address = "127.0.0.1:0",
                               .hosts = HTTP_HOSTS,
                               .max_connections = 100,
                               .handshake_deadline_s = 10,
                               .head_deadline_s = 10,
                               .body_deadline_s = 10,
                               .idle_s = 10,
                               .head_cap = 16 * 1024,
                               .body_cap = 100 * 1000,
                               .request = office_request};
}

PEER_FN void office_late(void *arg) {
  (void)arg;
  office.late = true;
  loop_stop(office.loop);
}

PEER_FN void office_tick(void *arg) {
  (void)arg;
  loop_stop(office.loop);
}

PEER_FN void office_open(const struct http_options *options) {
  char reason[200] = "";
  office.loop = loop_new();
  office.guard = loop_timer_new(office.loop, office_late, NULL);
  office.tick = loop_timer_new(office.loop, office_tick, NULL);
  loop_timer_set(office.guard, HTTP_GUARD_MS);
  office.kept_n = office.gone_n = 0;
  office.on_kept = NULL;
  office.late = office.client_done = office.client_ok = false;
  if (http_open(office.loop, options, office.tls, &office.http, reason, sizeof reason) < 0)
    fail_msg("%s", reason);
  office.port = http_port(office.http);
}

PEER_FN void office_close(void) {
  http_free(office.http);
  office.http = NULL;
  loop_timer_free(office.guard);
  loop_timer_free(office.tick);
  loop_free(office.loop);
  assert_false(office.late);
}

#define OFFICE_TURNS(n)                                                                                                            \
  for (int turn = 0; turn < (n); turn++) {                                                                                         \
    loop_timer_set(office.tick, 2);                                                                                                \
    assert_int_equal(loop_run(office.loop), 0);                                                                                    \
  }

/* Turns the loop until the condition holds. */
#define OFFICE_UNTIL(condition)                                                                                                    \
  do {                                                                                                                             \
    while (!(condition) && !office.late) {                                                                                         \
      loop_timer_set(office.tick, 2);                                                                                              \
      assert_int_equal(loop_run(office.loop), 0);                                                                                  \
    }                                                                                                                              \
    assert_false(office.late);                                                                                                     \
  } while (0)

/* ---- the client's side ---- */

struct visit {
  pthread_t thread;
  struct peer peer;
  bool (*script)(struct peer *peer);
  _Atomic bool done;
  bool ok;
};

PEER_FN struct peer office_peer(const char *alpn) {
  struct peer peer = peer_new(peer_connect(office.port), &(struct peer_options){.alpn = alpn});
  return peer;
}

PEER_FN void *visit_main(void *arg) {
  struct visit *v = arg;
  v->peer = office_peer(HTTP_ALPN);
  v->ok = peer_shake(&v->peer) && v->script(&v->peer);
  peer_free(&v->peer);
  v->done = true;
  return NULL;
}

PEER_FN void visit_begin(struct visit *v, bool (*script)(struct peer *peer)) {
  *v = (struct visit){.script = script};
  assert_int_equal(pthread_create(&v->thread, NULL, visit_main, v), 0);
}

PEER_FN void visit_end(struct visit *v) {
  OFFICE_UNTIL(v->done);
  pthread_join(v->thread, NULL);
  assert_true(v->ok);
}

/* One client from beginning to end, on a port of its own. */
PEER_FN void office_visit(const struct http_options *options, bool (*script)(struct peer *peer)) {
  struct visit v;
  office_open(options);
  visit_begin(&v, script);
  visit_end(&v);
  office_close();
}

/* Several at once. */
PEER_FN void office_visits(const struct http_options *options, bool (*const scripts[])(struct peer *peer), int n) {
  struct visit v[8];
  office_open(options);
  for (int i = 0; i < n; i++)
    visit_begin(&v[i], scripts[i]);
  for (int i = 0; i < n; i++)
    visit_end(&v[i]);
  office_close();
}

PEER_FN bool say(struct peer *peer, const char *text) {
  return peer_write(peer, text, strlen(text));
}

/* Checks that fail in the thread of a client give false; this says where. */
#define EXPECT(condition)                                                                                                          \
  do {                                                                                                                             \
    if (!(condition)) {                                                                                                            \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                                              \
      return false;                                                                                                                \
    }                                                                                                                              \
  } while (0)

struct answer {
  int status;
  char head[4096];
  char *body; /* freed by answer_read() of the next, and answer_done() */
  size_t len;
};

PEER_FN void answer_done(struct answer *a) {
  free(a->body);
  a->body = NULL;
}

PEER_FN bool answer_head(struct peer *peer, struct answer *a) {
  size_t n = 0;
  a->head[0] = '\0';
  while (n < 4 || memcmp(a->head + n - 4, "\r\n\r\n", 4) != 0) {
    EXPECT(n < sizeof a->head - 1);
    if (!peer_read_exactly(peer, (uint8_t *)a->head + n, 1))
      return false;
    a->head[++n] = '\0';
  }
  EXPECT(strncmp(a->head, "HTTP/1.1 ", 9) == 0);
  a->status = (int)strtol(a->head + 9, NULL, 10);
  return true;
}

PEER_FN bool answer_read(struct peer *peer, struct answer *a) {
  answer_done(a);
  if (!answer_head(peer, a))
    return false;
  const char *length = strstr(a->head, "\r\nContent-Length: ");
  a->len = length ? strtoul(length + 18, NULL, 10) : 0;
  a->body = malloc(a->len + 1);
  a->body[a->len] = '\0';
  return peer_read_exactly(peer, (uint8_t *)a->body, a->len);
}

PEER_FN bool has(const struct answer *a, const char *line) {
  char whole[512];
  snprintf(whole, sizeof whole, "\r\n%s\r\n", line);
  return strstr(a->head, whole) != NULL;
}

PEER_FN int office_setup(void **state) {
  (void)state;
  char reason[200];
  signal(SIGPIPE, SIG_IGN);
  office.ca = identity_ca("school ca");
  office.server = identity_server(&office.ca);
  scratch_init(&office.scratch);
  const struct tls_options options = {.certificate =
                                          scratch_certificate(&office.scratch, "server.pem", office.server.cert, office.ca.cert),
                                      .key = scratch_key(&office.scratch, "server.key", office.server.key),
                                      .alpn = "http/1.1",
                                      .alpn_optional = true};
  return tls_new(&options, &office.tls, reason, sizeof reason);
}

PEER_FN int office_teardown(void **state) {
  (void)state;
  tls_unref(office.tls);
  scratch_done(&office.scratch);
  identity_free(&office.server);
  identity_free(&office.ca);
  return 0;
}

#endif
