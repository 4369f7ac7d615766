/* A client's TLS connection: connects, shakes hands, sends and hears bytes. The other half of loop/conn.h, over loop/stream.h. */
#ifndef SG_LOAD_LINE_H
#define SG_LOAD_LINE_H

#include "loop/loop.h"
#include "proto/attr.h"

#include <openssl/ssl.h>
#include <stddef.h>

struct evbuffer;
struct line;

/* All are called by the loop, never from within line_…(). */
struct line_events {
  void (*up)(void *arg);
  void (*heard)(void *arg, struct evbuffer *in); /* takes what it understands, and leaves the rest */
  void (*gone)(void *arg);                       /* always last; the line frees itself afterwards */
};

/* To 127.0.0.1. NULL: no descriptor, or no memory; the SSL is owned from here on all the same. */
struct line *line_new(struct loop *loop, unsigned port, SSL *ssl, const struct line_events *events, void *arg) MUSTCHECK;
void line_send(struct line *line, const void *bytes, size_t len);
void line_drop(struct line *line); /* without a goodbye, and without a further event */

#endif
