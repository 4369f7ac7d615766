/*
 * One connection of the office port, from its head to its answer. For loop/http.c only: the two share these structures, and
 * nobody else sees them.
 */
#ifndef SG_LOOP_BROWSER_H
#define SG_LOOP_BROWSER_H

#include "base/buf.h"
#include "loop/conn.h"
#include "loop/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

enum { REQUEST_ID_CHARS = 8 + 1 + 16 + 1 }; /* of the process, of the request in it, NUL */

enum browser_state { BROWSER_IDLE, BROWSER_HEAD, BROWSER_BODY, BROWSER_BUSY, BROWSER_SENDING, BROWSER_STREAM, BROWSER_DEAD };

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
  bool is_file; /* counted in files_n */
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
  bool stopping;
  unsigned refs;        /* owner, browsers, requests of the office */
  unsigned requests_n;  /* given to the office and not ended */
  unsigned files_n;     /* requests with a body longer than body_cap */
  unsigned unsettled_n; /* browsers whose request is coming or whose answer is leaving */
  uint32_t salt;        /* tells apart the ids of two processes */
  uint64_t serial;
  struct buf scratch; /* heads of answers are put together here */
  TAILQ_HEAD(, browser) browsers;
};

extern struct http_counts http_tally; /* of the process: there is one loop and one thread */

void http_unref(struct http *http);

void browser_accepted(void *arg, struct conn *conn); /* arg: the port */
void browser_move(struct browser *b, enum browser_state state);
/* Nothing will be heard of this connection any more; it is buried after the turn. Gives the request that the office still
 * holds, if there is one; its browser is then NULL. */
struct http_request *browser_forget(struct browser *b);
void browser_close(struct browser *b); /* politely; without a request of the office */

/* Sends the head in http->scratch and a body; as conn_put(). */
int browser_put(struct browser *b, const void *body, size_t len) MUSTCHECK;
void browser_watch_reader(struct browser *b); /* what has to leave is to leave in time, from now on */
/* The last word on a connection: a problem document. Without memory even for that, it ends without. */
void browser_say(struct browser *b, int status, const char *code, const char *detail, const char *id, bool with_body);

void request_free(struct http_request *req);      /* and unhooks it */
void request_tell_gone(struct http_request *req); /* once */

#endif
