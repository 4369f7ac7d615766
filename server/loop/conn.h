/*
 * A TLS connection that carries frames, or plain bytes, seen from the server. One callback hears everything that can happen to it.
 *
 *   accepted ──handshake──> UP ──> READ* / DRAINED* / TIMEOUT ──> GONE (always, exactly once, always last)
 *
 * Nothing is freed inside the callback: after GONE, or after conn_drop(), the owner forgets the connection and conn buries
 * itself at the end of the turn. Deadlines are absolute, not idle times: a peer that trickles bytes does not live longer.
 */
#ifndef SG_LOOP_CONN_H
#define SG_LOOP_CONN_H

#include "loop/loop.h"
#include "loop/tls.h"
#include "proto/frame.h"

#include <openssl/x509.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conn;

enum conn_event {
  CONN_UP,      /* handshake done, chain verified, ALPN agreed; conn_peer_certificate() is set where one was asked for */
  CONN_READ,    /* more bytes are there: take frames until FRAME_MORE */
  CONN_DRAINED, /* what was sent has left: output is below the low mark again */
  CONN_TIMEOUT, /* the deadline set by conn_deadline() has passed */
  CONN_GONE,    /* the peer left, or failed; nothing more will come and nothing more can be sent */
};

typedef void (*conn_callback)(void *arg, struct conn *conn, enum conn_event event);

/* The next whole frame among the bytes received, at most `cap` long. FRAME_WHOLE: *ret_message stays valid until the next
 * call on this connection, which consumes it. */
enum frame_verdict conn_frame(struct conn *conn, size_t cap, const uint8_t **ret_message, size_t *ret_len) MUSTCHECK;

/* Packs straight into the output. E_NOMEM, or E_LIMIT when the peer does not read and the output cap is reached. */
int conn_send(struct conn *conn, const ProtobufCMessage *message) MUSTCHECK;
size_t conn_unsent(const struct conn *conn);
size_t conn_unread(const struct conn *conn); /* bytes received and not taken: > 0 after FRAME_MORE means half a frame */

/* For what is not made of frames. Up to `cap` of the bytes received, in one piece and not taken yet; valid until the next
 * call on this connection. NULL where there are none. */
char *conn_peek(struct conn *conn, size_t cap, size_t *ret_len) MUSTCHECK;
void conn_take(struct conn *conn, void *to, size_t len); /* the first `len` of them, which are there; `to` NULL: away */
/* Copies. E_NOMEM, E_CLOSED, or E_LIMIT over the output cap: then nothing was added. Two pieces, for a head and its body. */
int conn_put(struct conn *conn, const void *head, size_t head_len, const void *body, size_t body_len) MUSTCHECK;

void conn_pause(struct conn *conn);  /* stop reading (back-pressure); counted, each pause wants its resume */
void conn_resume(struct conn *conn); /* and CONN_READ follows in a later turn if bytes are waiting */

void conn_deadline(struct conn *conn, int64_t ms); /* from now; replaces the one before; < 0: none */
void conn_close(struct conn *conn); /* politely: stop reading, send what is pending, close_notify, at most 5 s; no more
                                       events but GONE; an owner that ends before that says conn_owner(conn, NULL, NULL) */
void conn_drop(struct conn *conn);  /* now; no further event, not even GONE */

void conn_owner(struct conn *conn, conn_callback callback, void *arg); /* NULL, NULL: forgets it */
bool conn_owned(const struct conn *conn);
X509 *conn_peer_certificate(const struct conn *conn);   /* borrowed; NULL where none was asked for */
const char *conn_peer_address(const struct conn *conn); /* "192.0.2.7", no port */

/* ---- for loop/listener.c and tests ---- */

enum { CONN_ADDRESS_CHARS = 46 }; /* INET6_ADDRSTRLEN, NUL included */

struct conn_options {
  struct loop *loop;
  struct tls *tls;
  int fd;              /* connected, non-blocking; owned from here on, also when conn_new() fails */
  const char *address; /* for logs; copied */
  size_t output_cap, output_low;
  int64_t handshake_deadline_ms; /* from now until the first byte, and again from admission until CONN_UP */
  /* The first bytes have come; nothing has been computed for this peer yet, and nothing will be before conn_admit().
   * NULL: admitted at once. */
  void (*knocked)(void *arg);
  void (*ended)(void *arg); /* it is gone and its descriptor free; may be NULL */
  void *arg;
};

struct conn *conn_new(const struct conn_options *options) MUSTCHECK; /* NULL when out of memory */
void conn_admit(struct conn *conn);

/* What happened to connections since the program began; each is counted in one row when it ends. */
struct conn_counts {
  uint64_t up;        /* handshakes done */
  uint64_t refused;   /* handshakes that failed: certificate, version, ALPN, or not TLS at all */
  uint64_t left;      /* went away before they said anything */
  uint64_t slow;      /* did not finish the handshake in time */
  uint64_t closed;    /* ended by the peer with close_notify */
  uint64_t truncated; /* ended by the peer without: cut cable, killed process, or somebody in between */
  uint64_t broken;    /* reset, or a record that could not be read */
};
const struct conn_counts *conn_counts(void);

#endif
