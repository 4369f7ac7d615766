/*
 * TLS over one socket, and the bytes on both sides of it. Knows OpenSSL and no events: every function goes as far as it can
 * without waiting and says how far that was. loop/conn.c decides what that means.
 */
#ifndef SG_LOOP_STREAM_H
#define SG_LOOP_STREAM_H

#include "loop/tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evbuffer;

struct stream {
  struct tls *tls;
  SSL *ssl; /* NULL until the first stream_shake() */
  int fd;
  struct evbuffer *in, *out; /* plain bytes: received and not taken yet; to be sent */
  /* What OpenSSL last said it waits for; TLS may have to write in order to read, and the other way round. */
  bool read_wants_write, write_wants_write, write_wants_read;
};

enum stream_result {
  STREAM_DONE,      /* shaken; sent; said goodbye; the peer has shut its side */
  STREAM_WAITS,     /* as far as it goes for now */
  STREAM_GOODBYE,   /* the peer said close_notify */
  STREAM_TRUNCATED, /* the peer went without: cut cable, killed process, or somebody in between */
  STREAM_BROKE,     /* reset, a record that cannot be read, a refused handshake, or no memory */
};

/* The socket is owned from here on, also when this fails (E_NOMEM). */
int stream_init(struct stream *stream, struct tls *tls, int fd) MUSTCHECK;
void stream_done(struct stream *stream);

bool stream_has_left(const struct stream *stream);                    /* it is readable: because the peer has gone? */
enum stream_result stream_shake(struct stream *stream, char why[80]); /* why: when it BROKE, for the log */

/* Up to STREAM_RECORDS of what has come is put into `in`; never STREAM_DONE. *ret_any: something was. */
enum { STREAM_RECORDS = 8 };
enum stream_result stream_read(struct stream *stream, bool *ret_any);
enum stream_result stream_write(struct stream *stream);   /* STREAM_DONE: `out` is empty */
enum stream_result stream_finish(struct stream *stream);  /* close_notify, and our side is shut */
void stream_shut(struct stream *stream);                  /* our side, without a word */
enum stream_result stream_discard(struct stream *stream); /* throws away what still comes */

#endif
