/*
 * Server-side TLS: TLS 1.3 only, no resumption, no tickets, no early data, ALPN required but
 * on the office port. A context is immutable and counted; a reload makes a new one, old connections keep theirs.
 */
#ifndef SG_LOOP_TLS_H
#define SG_LOOP_TLS_H

#include "proto/attr.h"

#include <openssl/ssl.h>
#include <stdbool.h>

struct tls;

struct tls_options {
  const char *certificate; /* PEM chain, leaf first, the CA's own certificate last (clients pin it) */
  const char *key;         /* PEM; refused when others may read it */
  const char *client_ca;   /* PEM; NULL: no client certificate is asked for (enrolment) */
  const char *alpn;        /* "stepguard/1" */
  bool alpn_optional;      /* who brings no ALPN is served all the same: HTTP clients need not; who brings another is refused */
};

/* 0 and *ret, or E_TLS / E_CONFIG with a sentence in reason[200] that names the file. */
int tls_new(const struct tls_options *options, struct tls **ret, char *reason, size_t reason_cap) MUSTCHECK;
struct tls *tls_ref(struct tls *tls);
void tls_unref(struct tls *tls);
SSL *tls_accept_new(struct tls *tls) MUSTCHECK; /* NULL when out of memory */

#endif
