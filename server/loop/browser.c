/*
 * One connection of the office port: what may happen on it when, and until when. Accepting, the door, TLS and its ends are
 * listener's and conn's; heads are loop/gate.c's; the words of answers are loop/reply.c's; what the office does with a
 * request comes through loop/http.c.
 *
 *        first byte       head whole      body whole       http_reply()         it has left
 *   IDLE ───────────> HEAD ──────────> BODY ──────────> BUSY ────────────> SENDING ───────────> IDLE, or conn_close(): the gate
 *    │ until: idle_s    │ head_          │ body_          │ none: the       │ unread_s, as       refused, the peer asked for it,
 *    │                  │ deadline_s     │ deadline_s     │ office has its  │ long as enough     or we are stopping
 *    │                  │                │ + its bytes    │ own             │ of it leaves
 *    │                  └──refused───────┴────────────────│────────────────>│
 *    │                                                    └─http_stream_begin()─> STREAM ──http_stream_end()──> SENDING
 *    └── DEAD: from everywhere; the peer left, or we dropped it. Buried at the end of the turn.
 *
 * Every deadline is absolute: it is set when a state is entered and does not move with what trickles in or out. The first
 * head has to come within head_deadline_s of the handshake, for a browser that connects has something to ask. A long answer
 * is looked at every unread_s: LIMIT_HTTP_RATE_BYTES for each second must have left since.
 *
 * An answer is queued whole, up to LIMIT_HTTP_ANSWER_BYTES, and leaves as fast as the peer reads; the next request of that
 * peer is not looked at before, so that nobody can pile up answers by asking ahead.
 */
#include "loop/browser.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "loop/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- life ---- */

void http_unref(struct http *http) {
  if (--http->refs > 0)
    return;
  buf_done(&http->scratch);
  free(http->hosts);
  free(http);
}

static bool is_unsettled(enum browser_state state) {
  return state == BROWSER_BODY || state == BROWSER_SENDING;
}

void browser_move(struct browser *b, enum browser_state state) {
  CHECK(b->state != BROWSER_DEAD);
  b->http->unsettled_n += (unsigned)is_unsettled(state) - (unsigned)is_unsettled(b->state);
  b->state = state;
}

void request_free(struct http_request *req) {
  req->http->files_n -= req->is_file;
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
struct http_request *browser_forget(struct browser *b) {
  struct http_request *req = b->req;
  const bool with_office = b->state == BROWSER_BUSY || b->state == BROWSER_STREAM;
  browser_move(b, BROWSER_DEAD);
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

void request_tell_gone(struct http_request *req) {
  void (*gone)(void *arg) = req->gone;
  req->gone = NULL;
  if (gone)
    gone(req->gone_arg);
}

void browser_close(struct browser *b) {
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

void browser_watch_reader(struct browser *b) {
  b->unsent = conn_unsent(b->conn);
  browser_deadline(b, unread_s(b->http));
}

static bool browser_reads(const struct browser *b) {
  return conn_unsent(b->conn) + (size_t)unread_s(b->http) * LIMIT_HTTP_RATE_BYTES <= b->unsent;
}

int browser_put(struct browser *b, const void *body, size_t len) {
  const struct buf *head = &b->http->scratch;
  const int err = conn_put(b->conn, head->data, head->len, body, len);
  browser_watch_reader(b);
  return err;
}

/* The last word on a connection: a problem document. Without memory even for that, the connection ends without it. */
void browser_say(struct browser *b, int status, const char *code, const char *detail, const char *id, bool with_body) {
  buf_clear(&b->http->scratch);
  const int err = reply_problem(&b->http->scratch, status, code, detail, id, with_body, clock_wall_ms());
  browser_move(b, BROWSER_SENDING);
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
  http_tally.refused[why]++;
  log_event_gated(&gate, 20, LOG_INFO, NULL, "request_refused", "port=%s ip=%s req=%s status=%d reason=%s", b->http->name,
                  conn_peer_address(b->conn), id, gate_status(why), gate_name(why));
  if (b->req)
    request_free(b->req);
  browser_say(b, gate_status(why), gate_name(why), gate_text(why), id, true);
}

/* ---- receiving: each takes one step and says whether there may be another ---- */

static bool browser_begin(struct browser *b) {
  if (conn_unread(b->conn) == 0)
    return false;
  if (b->greeted) /* else the deadline of the first head runs since the handshake */
    browser_deadline(b, b->http->options.head_deadline_s);
  b->scan = (struct gate_scan){0};
  browser_move(b, BROWSER_HEAD);
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

/* Long bodies are few and of those whom the port's user lets send one: what a stranger says of its length is not made room for. */
static bool browser_admits(struct browser *b, enum gate_refusal *ret_why) {
  const struct http_options *o = &b->http->options;
  struct http_request *req = b->req;
  if (req->head.body_len <= o->body_cap)
    return true;
  *ret_why = GATE_BODY_LONG;
  if (!o->file_admits || !o->file_admits(o->arg, &req->head, 0))
    return false;
  *ret_why = GATE_FILES_MANY;
  if (!o->file_admits(o->arg, &req->head, b->http->files_n))
    return false;
  req->is_file = true;
  b->http->files_n++;
  return true;
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
  if (gate_read(b->req->bytes, b->scan.at, b->http->hosts, o->file_cap > o->body_cap ? o->file_cap : o->body_cap, &b->req->head,
                &why) < 0 ||
      !browser_admits(b, &why))
    return browser_refused(b, why);
  b->greeted = true;
  b->last |= b->req->head.close;
  if (b->req->head.continues && conn_unread(b->conn) == 0 && conn_put(b->conn, go_on, strlen(go_on), NULL, 0) == E_NOMEM)
    return browser_refused(b, GATE_NO_MEMORY);
  browser_deadline(b, o->body_deadline_s + (int64_t)(b->req->head.body_len / LIMIT_HTTP_RATE_BYTES));
  browser_move(b, BROWSER_BODY);
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
  browser_move(b, BROWSER_BUSY);
  b->http->requests_n++;
  b->http->refs++;
  http_tally.requests++;
  b->http->options.request(b->http->options.arg, req);
  return false;
}

/* What the peer sends ahead is read so far that its leaving is seen, and no further. */
static void browser_mind_pause(struct browser *b) {
  const bool wants = b->state >= BROWSER_BUSY && conn_unread(b->conn) > LIMIT_HTTP_AHEAD_BYTES;
  if (wants == b->paused)
    return;
  b->paused = wants;
  wants ? conn_pause(b->conn) : conn_resume(b->conn);
}

static void browser_progress(struct browser *b) {
  bool more = true;
  while (more)
    switch (b->state) {
    case BROWSER_IDLE: more = browser_begin(b); break;
    case BROWSER_HEAD: more = browser_read_head(b); break;
    case BROWSER_BODY: more = browser_read_body(b); break;
    default: more = false; break;
    }
  if (b->state != BROWSER_DEAD)
    browser_mind_pause(b);
}

/* ---- what happens to a connection ---- */

static void browser_sent(struct browser *b) {
  if (conn_unsent(b->conn) > 0) /* it was something earlier that has left: 100 Continue */
    return;
  if (b->state == BROWSER_STREAM)
    conn_deadline(b->conn, -1);
  if (b->state != BROWSER_SENDING)
    return;
  if (b->last || b->http->stopping) {
    browser_close(b);
    return;
  }
  browser_move(b, BROWSER_IDLE);
  browser_deadline(b, b->http->options.idle_s);
  browser_progress(b);
}

/* Of the office's requests, the answer may still come; there is nobody to read it. */
static void browser_gone(struct browser *b) {
  const bool unanswered = b->state == BROWSER_BUSY;
  struct http_request *req = browser_forget(b);
  http_tally.gone += unanswered;
  if (req)
    request_tell_gone(req);
}

static void browser_late(struct browser *b) {
  switch (b->state) {
  case BROWSER_IDLE:
    http_tally.idle++;
    browser_close(b);
    break;
  case BROWSER_HEAD: browser_refuse(b, GATE_HEAD_SLOW); break;
  case BROWSER_BODY: browser_refuse(b, GATE_BODY_SLOW); break;
  case BROWSER_SENDING:
  case BROWSER_STREAM:
    if (b->state == BROWSER_SENDING && browser_reads(b)) {
      browser_watch_reader(b);
      break;
    }
    http_tally.unread++;
    conn_drop(b->conn);
    browser_gone(b);
    break;
  case BROWSER_BUSY:
  case BROWSER_DEAD: break;
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

void browser_accepted(void *arg, struct conn *conn) {
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
