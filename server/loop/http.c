/*
 * HTTPS/1.1 on top of listener and conn: the accepting, the door, TLS and its ends are theirs; heads are loop/gate.c's; the
 * words of answers are loop/reply.c's. What is left is when what may happen, and until when:
 *
 *            first byte      head whole       body whole        http_reply()        it has left
 *   IDLE ──────────────> HEAD ────────> BODY ──────────> BUSY ────────────> SENDING ──────────> IDLE, or conn_close()
 *    │ idle_s             │ head_         │ body_         │ none: the asked   │ unread_s, as      (gate refused, peer asked
 *    │                    │ deadline_s    │ deadline_s    │ have deadlines    │ long as enough     for it, or we are stopping)
 *    │                    │               │ + its bytes   │ of their own      │ of it leaves
 *    │                    └──refused──────┴───────────────│──────────────────>│
 *    │                                                    └─http_stream_begin()─> STREAM ──http_stream_end()──> SENDING
 *    └── DEAD: from everywhere; the peer left, or we dropped it. Buried at the end of the turn.
 *
 * Every deadline is absolute: it is set when a state is entered and does not move with what trickles in or out. The first
 * head has to come within head_deadline_s of the handshake, for a browser that connects has something to ask. A long answer
 * is looked at every unread_s: LIMIT_HTTP_RATE_BYTES for each second must have left since.
 *
 * A request is a block of its own that points at its browser and is pointed at. Whoever of the two ends first unhooks
 * itself, so that a request kept by the office outlives its connection, and the port (counted) outlives its last request.
 *
 * An answer is queued whole, up to LIMIT_HTTP_ANSWER_BYTES, and leaves as fast as the peer reads; the next request of that
 * peer is not looked at before, so that nobody can pile up answers by asking ahead.
 */
#include "loop/http.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "loop/conn.h"
#include "loop/listener.h"
#include "loop/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>

enum { REQUEST_ID_CHARS = 8 + 1 + 16 + 1 }; /* of the process, of the request in it, NUL */

enum browser_state { IDLE, HEAD, BODY, BUSY, SENDING, STREAM, DEAD };

struct browser {
  struct http *http;
  struct conn *conn;
  enum browser_state state;
  bool greeted; /* its first head is whole: from now on it may be idle */
  bool last;    /* the connection ends with the answer */
  bool paused;
  struct gate_scan scan;
  size_t unsent;            /* SENDING: when last looked at */
  struct http_request *req; /* BODY: ours; BUSY, STREAM: the office's */
  struct loop_task bury;
  TAILQ_ENTRY(browser) link;
};

struct http_request {
  struct http *http;
  struct browser *browser; /* NULL: it has gone */
  struct gate_head head;
  char *body;
  void (*gone)(void *arg);
  void *gone_arg;
  char id[REQUEST_ID_CHARS], peer[CONN_ADDRESS_CHARS];
  char bytes[]; /* what `head` points into */
};

struct http {
  struct loop *loop;
  struct listener *listener;
  struct http_options options; /* its strings are not kept, but for hosts */
  char name[16], *hosts;
  bool owned, stopping;
  unsigned refs;        /* owner, browsers, requests of the office */
  unsigned requests_n;  /* given to the office and not ended */
  unsigned unsettled_n; /* browsers whose request is coming or whose answer is leaving */
  uint32_t salt;        /* tells apart the ids of two processes */
  uint64_t serial;
  struct buf scratch; /* heads of answers are put together here */
  TAILQ_HEAD(, browser) browsers;
};

static struct http_counts counts;

const struct http_counts *http_counts(void) {
  return &counts;
}

/* ---- life ---- */

static void http_unref(struct http *http) {
  if (--http->refs > 0)
    return;
  buf_done(&http->scratch);
  free(http->hosts);
  free(http);
}

static bool is_unsettled(enum browser_state state) {
  return state == BODY || state == SENDING;
}

static void browser_move(struct browser *b, enum browser_state state) {
  CHECK(b->state != DEAD);
  b->http->unsettled_n += (unsigned)is_unsettled(state) - (unsigned)is_unsettled(b->state);
  b->state = state;
}

static void request_free(struct http_request *req) {
  if (req->browser)
    req->browser->req = NULL;
  free(req->body);
  free(req);
}

static void browser_bury(void *arg) {
  struct browser *b = arg;
  struct http *http = b->http;
  free(b);
  http_unref(http);
}

/* Nothing will be heard of this connection any more. Gives the request that the office still holds, if there is one. */
static struct http_request *browser_forget(struct browser *b) {
  struct http_request *req = b->req;
  const bool with_office = b->state == BUSY || b->state == STREAM;
  browser_move(b, DEAD);
  conn_owner(b->conn, NULL, NULL);
  TAILQ_REMOVE(&b->http->browsers, b, link);
  loop_task_post(b->http->loop, LOOP_BURY, &b->bury);
  if (!req)
    return NULL;
  if (!with_office) {
    request_free(req);
    return NULL;
  }
  b->req = NULL;
  req->browser = NULL;
  return req;
}

static void request_tell_gone(struct http_request *req) {
  void (*gone)(void *arg) = req->gone;
  req->gone = NULL;
  if (gone)
    gone(req->gone_arg);
}

static void browser_close(struct browser *b) {
  conn_close(b->conn);
  (void)browser_forget(b); /* IDLE, HEAD or SENDING: there is no request */
}

/* ---- sending ---- */

static void browser_deadline(struct browser *b, int64_t s) {
  conn_deadline(b->conn, s * 1000);
}

static int unread_s(const struct http *http) {
  return http->options.unread_s > 0 ? http->options.unread_s : LIMIT_HTTP_UNREAD_S;
}

static void browser_watch_reader(struct browser *b) {
  b->unsent = conn_unsent(b->conn);
  browser_deadline(b, unread_s(b->http));
}

static bool browser_reads(const struct browser *b) {
  return conn_unsent(b->conn) + (size_t)unread_s(b->http) * LIMIT_HTTP_RATE_BYTES <= b->unsent;
}

static int browser_put(struct browser *b, const void *body, size_t len) {
  const struct buf *head = &b->http->scratch;
  const int err = conn_put(b->conn, head->data, head->len, body, len);
  browser_watch_reader(b);
  return err;
}

/* The last word on a connection: a problem document. Without memory even for that, the connection ends without it. */
static void browser_say(struct browser *b, int status, const char *detail, const char *id, bool with_body) {
  buf_clear(&b->http->scratch);
  const int err = reply_problem(&b->http->scratch, status, detail, id, with_body, clock_wall_ms());
  browser_move(b, SENDING);
  b->last = true;
  if (err < 0 || browser_put(b, NULL, 0) == E_NOMEM)
    conn_close(b->conn);
}

static void request_name(struct http *http, char id[REQUEST_ID_CHARS]) {
  snprintf(id, REQUEST_ID_CHARS, "%08x-%llx", http->salt, (unsigned long long)++http->serial);
}

static void browser_refuse(struct browser *b, enum gate_refusal why) {
  static struct log_gate gate;
  char id[REQUEST_ID_CHARS];
  request_name(b->http, id);
  counts.refused[why]++;
  log_event_gated(&gate, 20, LOG_INFO, NULL, "request_refused", "port=%s ip=%s req=%s status=%d reason=%s", b->http->name,
                  conn_peer_address(b->conn), id, gate_status(why), gate_name(why));
  if (b->req)
    request_free(b->req);
  browser_say(b, gate_status(why), gate_text(why), id, true);
}

/* ---- receiving: each takes one step and says whether there may be another ---- */

static bool browser_begin(struct browser *b) {
  if (conn_unread(b->conn) == 0)
    return false;
  if (b->greeted) /* else the deadline of the first head runs since the handshake */
    browser_deadline(b, b->http->options.head_deadline_s);
  b->scan = (struct gate_scan){0};
  browser_move(b, HEAD);
  return true;
}

static struct http_request *request_new(struct browser *b) {
  struct http_request *req = malloc(sizeof *req + b->scan.at);
  if (!req)
    return NULL;
  *req = (struct http_request){.http = b->http, .browser = b};
  snprintf(req->peer, sizeof req->peer, "%s", conn_peer_address(b->conn));
  request_name(b->http, req->id);
  conn_take(b->conn, req->bytes, b->scan.at);
  return req;
}

static bool browser_refused(struct browser *b, enum gate_refusal why) {
  browser_refuse(b, why);
  return false;
}

static bool browser_read_head(struct browser *b) {
  static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
  const struct http_options *o = &b->http->options;
  enum gate_refusal why;
  size_t len;
  const char *bytes = conn_peek(b->conn, o->head_cap + 1, &len);
  const int verdict = bytes ? gate_scan(&b->scan, bytes, len, o->head_cap, &why) : GATE_MORE;
  if (verdict == GATE_MORE)
    return false;
  if (verdict == GATE_REFUSED)
    return browser_refused(b, why);
  if (!(b->req = request_new(b)))
    return browser_refused(b, GATE_NO_MEMORY);
  if (gate_read(b->req->bytes, b->scan.at, b->http->hosts, o->body_cap, &b->req->head, &why) < 0)
    return browser_refused(b, why);
  b->greeted = true;
  b->last |= b->req->head.close;
  if (b->req->head.continues && conn_unread(b->conn) == 0 && conn_put(b->conn, go_on, strlen(go_on), NULL, 0) == E_NOMEM)
    return browser_refused(b, GATE_NO_MEMORY);
  browser_deadline(b, o->body_deadline_s + (int64_t)(b->req->head.body_len / LIMIT_HTTP_RATE_BYTES));
  browser_move(b, BODY);
  return true;
}

static bool browser_read_body(struct browser *b) {
  struct http_request *req = b->req;
  const size_t len = req->head.body_len;
  if (conn_unread(b->conn) < len)
    return false;
  if (!(req->body = malloc(len + 1)))
    return browser_refused(b, GATE_NO_MEMORY);
  conn_take(b->conn, req->body, len);
  req->body[len] = '\0';
  conn_deadline(b->conn, -1);
  browser_move(b, BUSY);
  b->http->requests_n++;
  b->http->refs++;
  counts.requests++;
  b->http->options.request(b->http->options.arg, req);
  return false;
}

/* What the peer sends ahead is read so far that its leaving is seen, and no further. */
static void browser_mind_pause(struct browser *b) {
  const bool wants = b->state >= BUSY && conn_unread(b->conn) > LIMIT_HTTP_AHEAD_BYTES;
  if (wants == b->paused)
    return;
  b->paused = wants;
  wants ? conn_pause(b->conn) : conn_resume(b->conn);
}

static void browser_progress(struct browser *b) {
  bool more = true;
  while (more)
    switch (b->state) {
    case IDLE: more = browser_begin(b); break;
    case HEAD: more = browser_read_head(b); break;
    case BODY: more = browser_read_body(b); break;
    default: more = false; break;
    }
  if (b->state != DEAD)
    browser_mind_pause(b);
}

/* ---- what happens to a connection ---- */

static void browser_sent(struct browser *b) {
  if (conn_unsent(b->conn) > 0) /* it was something earlier that has left: 100 Continue */
    return;
  if (b->state == STREAM)
    conn_deadline(b->conn, -1);
  if (b->state != SENDING)
    return;
  if (b->last || b->http->stopping) {
    browser_close(b);
    return;
  }
  browser_move(b, IDLE);
  browser_deadline(b, b->http->options.idle_s);
  browser_progress(b);
}

/* Of the office's requests, the answer may still come; there is nobody to read it. */
static void browser_gone(struct browser *b) {
  const bool unanswered = b->state == BUSY;
  struct http_request *req = browser_forget(b);
  counts.gone += unanswered;
  if (req)
    request_tell_gone(req);
}

static void browser_late(struct browser *b) {
  switch (b->state) {
  case IDLE:
    counts.idle++;
    browser_close(b);
    break;
  case HEAD: browser_refuse(b, GATE_HEAD_SLOW); break;
  case BODY: browser_refuse(b, GATE_BODY_SLOW); break;
  case SENDING:
  case STREAM:
    if (b->state == SENDING && browser_reads(b)) {
      browser_watch_reader(b);
      break;
    }
    counts.unread++;
    conn_drop(b->conn);
    browser_gone(b);
    break;
  case BUSY:
  case DEAD: break;
  }
}

static void browser_heard(void *arg, struct conn *conn, enum conn_event event) {
  struct browser *b = arg;
  (void)conn;
  switch (event) {
  case CONN_UP: browser_deadline(b, b->http->options.head_deadline_s); break;
  case CONN_READ: browser_progress(b); break;
  case CONN_DRAINED: browser_sent(b); break;
  case CONN_TIMEOUT: browser_late(b); break;
  case CONN_GONE: browser_gone(b); break;
  }
}

static void http_accepted(void *arg, struct conn *conn) {
  static struct log_gate gate;
  struct http *http = arg;
  struct browser *b = malloc(sizeof *b);
  if (!b) { /* without an owner the connection is dropped */
    log_event_gated(&gate, 5, LOG_ERROR, NULL, "connection_turned_away", "port=%s ip=%s err=%s", http->name,
                    conn_peer_address(conn), err_name(E_NOMEM));
    return;
  }
  *b = (struct browser){.http = http, .conn = conn, .bury = {.fn = browser_bury, .arg = b}};
  http->refs++;
  TAILQ_INSERT_TAIL(&http->browsers, b, link);
  conn_owner(conn, browser_heard, b);
}

/* ---- a request ---- */

enum http_method http_method(const struct http_request *req) {
  return req->head.method;
}

bool http_is_head(const struct http_request *req) {
  return req->head.method == HTTP_HEAD;
}

const char *http_path(const struct http_request *req) {
  return req->head.path;
}

const char *http_query(const struct http_request *req) {
  return req->head.query;
}

const char *http_header(const struct http_request *req, const char *name) {
  return gate_header(&req->head, name);
}

const void *http_body(const struct http_request *req, size_t *ret_len) {
  *ret_len = req->head.body_len;
  return req->body;
}

const char *http_peer(const struct http_request *req) {
  return req->peer;
}

const char *http_id(const struct http_request *req) {
  return req->id;
}

void http_on_gone(struct http_request *req, void (*gone)(void *arg), void *arg) {
  req->gone = gone;
  req->gone_arg = arg;
}

/* ---- answers ---- */

/* The office is done with it. */
static void request_end(struct http_request *req) {
  struct http *http = req->http;
  request_free(req);
  http->requests_n--;
  http_unref(http);
}

static void request_misanswered(const struct http_request *req, int err, const char *culprit) {
  counts.bad_replies++;
  log_event(LOG_ERROR, NULL, "answer_refused", "port=%s req=%s err=%s header=%s", req->http->name, req->id, err_name(err),
            log_value(culprit));
}

/* Puts the head together; what cannot be is counted and logged. */
static int request_head(struct http_request *req, const struct reply *reply) {
  const char *culprit = "";
  buf_clear(&req->http->scratch);
  const int err = reply_head(&req->http->scratch, reply, clock_wall_ms(), &culprit);
  if (err < 0)
    request_misanswered(req, err, culprit);
  return err;
}

static void request_fail(struct http_request *req) {
  const bool stopping = req->http->stopping;
  counts.replies[5]++;
  browser_say(req->browser, stopping ? 503 : 500, stopping ? "the server is stopping" : "the answer could not be sent", req->id,
              !http_is_head(req));
}

void http_reply(struct http_request *req, int status, const struct http_header *headers, size_t n, const void *body, size_t len) {
  struct browser *b = req->browser;
  CHECK(status >= 200 && status <= 599);
  if (!b) {
    request_end(req);
    return;
  }
  CHECK(b->state == BUSY);
  b->last |= b->http->stopping;
  const struct reply reply = {.status = status,
                              .headers = headers,
                              .n = n,
                              .id = req->id,
                              .length = reply_has_body(status) ? (int64_t)len : -1,
                              .close = b->last};
  if (request_head(req, &reply) < 0)
    request_fail(req);
  else {
    const bool with_body = reply_has_body(status) && !http_is_head(req);
    const int err = browser_put(b, body, with_body ? len : 0);
    if (err == E_LIMIT || err == E_NOMEM) {
      request_misanswered(req, err, "");
      request_fail(req);
    } else { /* E_CLOSED too: then CONN_GONE is on its way */
      counts.replies[status / 100]++;
      browser_move(b, SENDING);
    }
  }
  request_end(req);
}

int http_stream_begin(struct http_request *req, int status, const struct http_header *headers, size_t n) {
  struct browser *b = req->browser;
  CHECK(reply_has_body(status) && status <= 599);
  if (!b || b->http->stopping)
    return E_CLOSED;
  CHECK(b->state == BUSY);
  const struct reply reply = {.status = status, .headers = headers, .n = n, .id = req->id, .length = -1, .close = true};
  int err = request_head(req, &reply);
  if (!err && !(err = browser_put(b, NULL, 0))) {
    counts.replies[status / 100]++;
    counts.streams++;
    b->last = true;
    browser_move(b, STREAM);
  }
  return err;
}

int http_stream_send(struct http_request *req, const void *bytes, size_t len) {
  struct browser *b = req->browser;
  if (!b || b->http->stopping)
    return E_CLOSED;
  CHECK(b->state == STREAM);
  const size_t unsent = conn_unsent(b->conn);
  int err = len > LIMIT_HTTP_STREAM_BYTES || unsent > LIMIT_HTTP_STREAM_BYTES - len ? E_LIMIT : 0;
  if (!err && !http_is_head(req))
    err = conn_put(b->conn, bytes, len, NULL, 0);
  if (!err && unsent == 0)
    browser_watch_reader(b);
  if (err == E_LIMIT || err == E_NOMEM) {
    counts.streams_dropped++;
    conn_drop(b->conn);
    (void)browser_forget(b);
  }
  return err;
}

size_t http_stream_unsent(const struct http_request *req) {
  return req->browser ? conn_unsent(req->browser->conn) : 0;
}

void http_stream_end(struct http_request *req) {
  struct browser *b = req->browser;
  if (b && b->state == BUSY) /* http_stream_begin() failed */
    request_fail(req);
  else if (b)
    browser_move(b, SENDING);
  request_end(req);
  if (b && conn_unsent(b->conn) == 0) /* else CONN_DRAINED is to come */
    browser_close(b);
}

/* ---- the port ---- */

static int http_set_hosts(struct http *http, const char *hosts) {
  if (!hosts || !gate_hosts_valid(hosts))
    return E_CONFIG;
  char *copy = strdup(hosts);
  if (!copy)
    return E_NOMEM;
  free(http->hosts);
  http->hosts = copy;
  return 0;
}

static int http_listen(struct http *http, const struct http_options *o, struct tls *tls, char *reason, size_t cap) {
  const struct listener_options listen = {.name = o->name,
                                          .address = o->address,
                                          .reuse_port = o->reuse_port,
                                          .max_connections = o->max_connections,
                                          .max_per_address = o->max_per_address,
                                          .handshakes_s = o->handshakes_s,
                                          .handshake_deadline_s = o->handshake_deadline_s,
                                          .output_cap = LIMIT_HTTP_ANSWER_BYTES + LIMIT_HTTP_REPLY_HEAD_BYTES,
                                          .output_low = 0, /* CONN_DRAINED then says that the answer has left */
                                          .accepted = http_accepted,
                                          .arg = http};
  return listener_open(http->loop, &listen, tls, &http->listener, reason, cap);
}

int http_open(struct loop *loop, const struct http_options *options, struct tls *tls, struct http **ret, char *reason,
              size_t reason_cap) {
  struct http *http = calloc(1, sizeof *http);
  int err = E_NOMEM;
  snprintf(reason, reason_cap, "%s: out of memory", options->name);
  if (!http)
    return err;
  *http = (struct http){.loop = loop, .options = *options, .owned = true, .refs = 1};
  http->options.name = http->options.address = http->options.hosts = NULL;
  snprintf(http->name, sizeof http->name, "%s", options->name);
  buf_init(&http->scratch, LIMIT_HTTP_REPLY_HEAD_BYTES);
  TAILQ_INIT(&http->browsers);
  if ((err = http_set_hosts(http, options->hosts)) == E_CONFIG)
    snprintf(reason, reason_cap, "%s: hosts must be names, separated by commas, each perhaps with a port", options->name);
  if (err < 0)
    goto fail;
  if (getrandom(&http->salt, sizeof http->salt, 0) != sizeof http->salt) {
    err = E_SYSTEM;
    goto fail;
  }
  if ((err = http_listen(http, options, tls, reason, reason_cap)) < 0)
    goto fail;
  *ret = http;
  return 0;
fail:
  http_unref(http);
  return err;
}

void http_set_tls(struct http *http, struct tls *tls) {
  listener_set_tls(http->listener, tls);
}

int http_set_limits(struct http *http, const struct http_options *options) {
  const int err = http_set_hosts(http, options->hosts);
  if (err < 0)
    return err;
  const struct http_options old = http->options;
  http->options = *options;
  http->options.name = http->options.address = http->options.hosts = NULL;
  http->options.request = old.request;
  http->options.arg = old.arg;
  listener_set_limits(http->listener, options->max_connections, options->handshakes_s, options->handshake_deadline_s);
  listener_set_per_address(http->listener, options->max_per_address);
  return 0;
}

/* A stream whose owner has not been told yet. */
static struct http_request *http_stream_left(const struct http *http) {
  const struct browser *b;
  TAILQ_FOREACH(b, &http->browsers, link) {
    if (b->state == STREAM && b->req->gone)
      return b->req;
  }
  return NULL;
}

void http_stop(struct http *http) {
  http->stopping = true;
  listener_close(http->listener);
  for (struct browser *b = TAILQ_FIRST(&http->browsers), *next; b; b = next) {
    next = TAILQ_NEXT(b, link);
    if (b->state == IDLE || b->state == HEAD)
      browser_close(b);
  }
  /* Looked up anew each time: whoever is told of one may end others, and those leave the list. */
  for (struct http_request *req; (req = http_stream_left(http));)
    request_tell_gone(req);
}

bool http_busy(const struct http *http) {
  return http->requests_n > 0 || http->unsettled_n > 0;
}

void http_free(struct http *http) {
  if (!http)
    return;
  for (struct browser *b; (b = TAILQ_FIRST(&http->browsers));) {
    struct conn *conn = b->conn;
    (void)browser_forget(b);
    conn_drop(conn);
  }
  listener_free(http->listener);
  http_unref(http);
}

unsigned http_port(const struct http *http) {
  return listener_port(http->listener);
}

unsigned http_connections(const struct http *http) {
  return listener_connections(http->listener);
}
