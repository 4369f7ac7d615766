/*
 * One TLS connection to the school's server, blocking, with a deadline on everything.
 *
 * TLS 1.3 only, ALPN "stepguard/1", no resumption. The other end must show a certificate for the host asked for, from the
 * one CA the caller names: either its certificate (known from enrolment) or the fingerprint of it (from the code). Nothing
 * of ours is sent before that has been checked, and no other authority of this machine is believed.
 *
 * Frames go out and come in whole. While a large one goes out, what comes in is read along, or two peers that both write
 * would wait for each other.
 */
#ifndef SG_CLIENT_LINK_H
#define SG_CLIENT_LINK_H

#include "client/stepguard.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

enum {
  LINK_CONNECT_MS = 10 * 1000,   /* TCP to one address; a wide-area round trip lost twice needs three seconds */
  LINK_HANDSHAKE_MS = 15 * 1000, /* the server answers a handshake within five or drops it; the rest is queueing */
  LINK_ANSWER_MS = 30 * 1000,    /* for one whole frame, in either direction */
};

struct link_options {
  const char *host; /* name or numeric address, without brackets */
  uint16_t port;
  X509 *ca;                      /* or NULL and then */
  const uint8_t *ca_fingerprint; /* CODE_FINGERPRINT_BYTES of SHA-256 of its DER */
  X509 *certificate;             /* with `key`: ours; NULL for enrolment */
  EVP_PKEY *key;
  int connect_ms, handshake_ms, answer_ms; /* 0: the defaults above */
};

struct link; /* opaque, heap; borrows nothing of the options after link_open() */

int link_open(struct link **ret, const struct link_options *options, struct sg_error *ret_error) MUSTCHECK;
void link_close(struct link *link); /* says goodbye properly; NULL is fine */

X509 *link_ca(struct link *link); /* the CA that vouched; borrowed */

/* Sends one message as a frame. */
int link_send(struct link *link, const uint8_t *message, size_t len, struct sg_error *ret_error) MUSTCHECK;
/* The next frame's message, at most `cap` bytes; valid until the next call on the link. */
int link_receive(struct link *link, size_t cap, const uint8_t **ret, size_t *ret_len, struct sg_error *ret_error) MUSTCHECK;

/* Splits "host:port" or "[v6]:port". SG_USAGE with a sentence otherwise. */
int link_address(const char *text, char *ret_host, size_t cap, uint16_t *ret_port, struct sg_error *ret_error) MUSTCHECK;

#endif
