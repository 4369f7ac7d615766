/*
 * The CA's end of the signing socket: accepts the daemon, reads requests, answers each with a certificate or a refusal.
 */
#ifndef SG_CA_CA_SERVER_H
#define SG_CA_CA_SERVER_H

#include "loop/loop.h"
#include "pki/issuer.h"

struct ca_server;

/* Binds the socket at `path` (mode 0600; one that nobody serves any more is replaced), or serves `listen_fd` when that is
 * >= 0, handed over by the service manager. The issuer is borrowed. On failure a sentence in reason. */
int ca_server_open(struct loop *loop, const struct issuer *issuer, const char *path, int listen_fd, struct ca_server **ret,
                   char *reason, size_t reason_cap) MUSTCHECK;
void ca_server_set_issuer(struct ca_server *server, const struct issuer *issuer);
void ca_server_free(struct ca_server *server); /* and removes the socket it has bound */

#endif
