/*
 * The office port as its users see it: requests, their answers, and the port that they come through. What happens on one
 * connection is loop/browser.c.
 *
 * A request is a block of its own that points at its browser and is pointed at. Whoever of the two ends first unhooks
 * itself, so that a request kept by the office outlives its connection, and the port (counted) outlives its last request.
 *
 * Nobody who holds a request has to know whether its connection still stands: each function below looks, and an answer to
 * nobody is thrown away.
 */
#include "loop/http.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "loop/browser.h"
#include "loop/listener.h"
#include "loop/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct http_counts http_tally;

const struct http_counts *http_counts(void) {
  return &http_tally;
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
  http_tally.bad_replies++;
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
  http_tally.replies[5]++;
  browser_say(req->browser, stopping ? 503 : 500, stopping ? "unavailable" : "internal",
              stopping ? "the server is stopping" : "the answer could not be sent", req->id, !http_is_head(req));
}

void http_reply(struct http_request *req, int status, const struct http_header *headers, size_t n, const void *body, size_t len) {
  struct browser *b = req->browser;
  CHECK(status >= 200 && status <= 599);
  if (!b) {
    request_end(req);
    return;
  }
  CHECK(b->state == BROWSER_BUSY);
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
      http_tally.replies[status / 100]++;
      browser_move(b, BROWSER_SENDING);
    }
  }
  request_end(req);
}

/* Whoever was told of the end by an error is not told a second time. */
static int request_told(struct http_request *req, int err) {
  if (err)
    req->gone = NULL;
  return err;
}

int http_stream_begin(struct http_request *req, int status, const struct http_header *headers, size_t n) {
  struct browser *b = req->browser;
  CHECK(reply_has_body(status) && status <= 599);
  if (!b || b->http->stopping)
    return request_told(req, E_CLOSED);
  CHECK(b->state == BROWSER_BUSY);
  const struct reply reply = {.status = status, .headers = headers, .n = n, .id = req->id, .length = -1, .close = true};
  int err = request_head(req, &reply);
  if (!err && !(err = browser_put(b, NULL, 0))) {
    http_tally.replies[status / 100]++;
    http_tally.streams++;
    b->last = true;
    browser_move(b, BROWSER_STREAM);
  }
  return request_told(req, err);
}

int http_stream_send(struct http_request *req, const void *bytes, size_t len) {
  struct browser *b = req->browser;
  if (!b || b->http->stopping)
    return request_told(req, E_CLOSED);
  CHECK(b->state == BROWSER_STREAM);
  const size_t unsent = conn_unsent(b->conn);
  int err = len > LIMIT_HTTP_STREAM_BYTES || unsent > LIMIT_HTTP_STREAM_BYTES - len ? E_LIMIT : 0;
  if (!err && !http_is_head(req))
    err = conn_put(b->conn, bytes, len, NULL, 0);
  if (!err && unsent == 0)
    browser_watch_reader(b);
  if (err == E_LIMIT || err == E_NOMEM) {
    http_tally.streams_dropped++;
    conn_drop(b->conn);
    (void)browser_forget(b);
  }
  return request_told(req, err);
}

size_t http_stream_unsent(const struct http_request *req) {
  return req->browser ? conn_unsent(req->browser->conn) : 0;
}

void http_stream_end(struct http_request *req) {
  struct browser *b = req->browser;
  if (b && b->state == BROWSER_BUSY) /* http_stream_begin() failed */
    request_fail(req);
  else if (b)
    browser_move(b, BROWSER_SENDING);
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
                                          .accepted = browser_accepted,
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
  *http = (struct http){.loop = loop, .options = *options, .refs = 1};
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
    if (b->state == BROWSER_STREAM && b->req->gone)
      return b->req;
  }
  return NULL;
}

void http_stop(struct http *http) {
  http->stopping = true;
  listener_close(http->listener);
  for (struct browser *b = TAILQ_FIRST(&http->browsers), *next; b; b = next) {
    next = TAILQ_NEXT(b, link);
    if (b->state == BROWSER_IDLE || b->state == BROWSER_HEAD)
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
