/*
 * The daemon's end of the socket to stepguard-ca. Connects by itself when something is to be signed, and finds a CA that was
 * restarted.
 */
#ifndef SG_PKI_CA_CLIENT_H
#define SG_PKI_CA_CLIENT_H

#include "loop/loop.h"
#include "pki/ca_wire.h"

struct ca_client;

/* The path is that of a Unix socket and is copied. NULL when out of memory, or when the path is longer than the 107 bytes
 * that such a socket's name may have. */
struct ca_client *ca_client_new(struct loop *loop, const char *socket_path) MUSTCHECK;
void ca_client_free(struct ca_client *client); /* requests outstanding hear E_CLOSED first */

/* `der` is the certificate when err is 0, and good during the call. E_AWAY: the CA went away, or gave no answer within 5 s;
 * asking again is safe. E_TLS: it refused, and said why in its own log and ours; that is our fault and never the peer's, for
 * what is asked was put together by us. Called once for each accepted request, never from inside ca_client_sign(). */
typedef void (*ca_client_done)(void *arg, int err, const uint8_t *der, size_t len);

/* 0: `done` will be called. E_AWAY: the CA cannot be reached now; E_BUSY: CA_CLIENT_PENDING_MAX are waiting; E_NOMEM. In
 * those cases `done` is not called. The request is copied. */
enum { CA_CLIENT_PENDING_MAX = 256 };
int ca_client_sign(struct ca_client *client, const struct ca_request *request, ca_client_done done, void *arg) MUSTCHECK;

#endif
