/*
 * HTTPS/1.1 for browsers and programs of the office: one listening address, one callback per request, one answer each.
 *
 *   accepted ──handshake──> head ──> body ──> request(arg, req) ──> http_reply(req), once ──> the next head, or the end
 *                                                              └──> http_stream_begin, _send*, http_stream_end(req), once
 *
 * A request reaches the callback whole and checked (loop/gate.h says what is refused, and with which answer): it may be kept
 * over any number of turns, and stays readable when its connection has gone. It ends with exactly one of http_reply() and
 * http_stream_end(), whatever happened in between, and must not be touched afterwards. A connection has one request at a
 * time; what the peer sends ahead waits unread.
 *
 * What comes with every answer, so that nobody forgets it: Date, Content-Length, X-Request-Id, the security headers of
 * ASVS 3.4, and Cache-Control: no-store where the caller gives no other.
 */
#ifndef SG_LOOP_HTTP_H
#define SG_LOOP_HTTP_H

#include "loop/gate.h"
#include "loop/loop.h"
#include "loop/tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;
struct http_request;

struct http_options {
  const char *name;    /* for the log: "office"; fixed */
  const char *address; /* "127.0.0.1:8443", "[::]:8443", "fd:4"; port 0 = any; fixed */
  bool reuse_port;     /* fixed */
  /* What the Host field may say: names, comma separated ("dean.example.edu, localhost, [::1]:8443"); one without a port
   * stands for itself at any port. Required: without it somebody else's name could point here (DNS rebinding). */
  const char *hosts;
  int max_connections, max_per_address; /* an IPv6 address counts by its first 64 bits; <= 0: no cap per address */
  int handshakes_s;                     /* TLS handshakes begun per second; <= 0: no throttle */
  int handshake_deadline_s;             /* accepted -> TLS done */
  int head_deadline_s;                  /* TLS done, or first byte of a later head -> head whole */
  int body_deadline_s;                  /* head -> body whole, plus a second for each LIMIT_HTTP_RATE_BYTES of it */
  int unread_s; /* an answer must leave at LIMIT_HTTP_RATE_BYTES a second, looked at this often; <= 0: LIMIT_HTTP_UNREAD_S */
  int idle_s;   /* answer has left -> first byte of the next head */
  size_t head_cap, body_cap; /* bytes */
  /* A body longer than body_cap, up to file_cap, may come where this says so; `files` are coming or in hand. NULL: never. */
  size_t file_cap;
  bool (*file_admits)(void *arg, const struct gate_head *head, unsigned files);
  void (*request)(void *arg, struct http_request *req); /* fixed */
  void *arg;                                            /* fixed */
};

/* 0 and *ret, or E_CONFIG, E_SYSTEM, E_NOMEM with a sentence in reason. Strings are copied. */
int http_open(struct loop *loop, const struct http_options *options, struct tls *tls, struct http **ret, char *reason,
              size_t reason_cap) MUSTCHECK;
void http_set_tls(struct http *http, struct tls *tls); /* for connections from now on */
/* What a reload may change: all but what is marked as fixed; 0, or E_CONFIG (hosts), E_NOMEM: then all is as before. */
int http_set_limits(struct http *http, const struct http_options *options) MUSTCHECK;
/* Accepts nobody any more; idle connections close; requests in flight are answered and their connections then close;
 * streams are ended: their `gone` is called from in here, and http_stream_end() is still theirs to call. */
void http_stop(struct http *http);
bool http_busy(const struct http *http); /* a request is not answered, or an answer has not left */
/* Drops all connections. Requests not answered yet live on until they are, and are then thrown away; no `gone` is called. */
void http_free(struct http *http);
unsigned http_port(const struct http *http);
unsigned http_connections(const struct http *http);

/* ---- a request ---- */

enum http_method http_method(const struct http_request *req);
bool http_is_head(const struct http_request *req);
/* Decoded once. Begins with '/'; valid UTF-8 without control characters; no empty, "." or ".." segment, no encoded slash. */
const char *http_path(const struct http_request *req);
const char *http_query(const struct http_request *req); /* as it came, without '?': visible ASCII; "" when there is none */
/* The field's value without surrounding space: UTF-8 without control characters; NULL when the request has none. `name` in
 * any case. A field never comes twice, but for lists, of which this is the first. */
const char *http_header(const struct http_request *req, const char *name);
const void *http_body(const struct http_request *req, size_t *ret_len); /* never NULL; a NUL follows it */
const char *http_peer(const struct http_request *req); /* address of the TCP peer, no port; X-Forwarded-For is not believed */
const char *http_id(const struct http_request *req);   /* for the log and the answer: "5f3a9c01-2b" */

/* The browser left before the answer, or the stream broke or is to end. Called at most once, from the loop or http_stop(),
 * never from inside a function below; the request still wants its http_reply() or http_stream_end(). NULL: not any more.
 * To be set when the request is received: of what has happened before nothing is told. */
void http_on_gone(struct http_request *req, void (*gone)(void *arg), void *arg);

struct http_header {
  const char *name, *value;
};

/* The answer. Everything is copied. `headers` may not name what every answer has (but for Cache-Control), nor the framing;
 * a name that is no token or a value with a control character turns the answer into a 500 and a line in the log. A body
 * given with 204 or 304, or in answer to HEAD, is not sent; the length of the latter is. */
void http_reply(struct http_request *req, int status, const struct http_header *headers, size_t n, const void *body, size_t len);

/* An answer without an end (server-sent events). The connection closes after it. Errors as below, and E_INVALID for headers
 * that http_reply() would not take; http_stream_end() then answers 500, or 503 when stopping. */
int http_stream_begin(struct http_request *req, int status, const struct http_header *headers, size_t n) MUSTCHECK;
/* 0; E_LIMIT: the peer does not read, LIMIT_HTTP_STREAM_BYTES are waiting for it, and the stream is dropped; E_NOMEM: so too;
 * E_CLOSED: it has gone, or the port is stopping. After an error only http_stream_end() is left to do, and no `gone` comes. */
int http_stream_send(struct http_request *req, const void *bytes, size_t len) MUSTCHECK;
size_t http_stream_unsent(const struct http_request *req); /* bytes that have not left yet: what is due may wait, or be skipped */
void http_stream_end(struct http_request *req);            /* also where http_stream_begin() failed */

/* ---- counts, since the program began ---- */

struct http_counts {
  uint64_t requests;               /* given to the callback */
  uint64_t replies[6];             /* by first digit of the status; refusals below are not in here */
  uint64_t refused[GATE_REFUSALS]; /* by reason */
  uint64_t gone;                   /* left before the answer */
  uint64_t unread;                 /* answers and streams that the peer did not read fast enough */
  uint64_t idle;                   /* closed because nothing came for idle_s */
  uint64_t streams, streams_dropped;
  uint64_t bad_replies; /* turned into a 500 for what stood in their headers, or for their size */
};
const struct http_counts *http_counts(void);

#endif
