/*
 * A listening port for TLS: accepts, sets TCP_NODELAY, keeps the caps, and hands over each connection.
 *
 * Out of descriptors it pauses itself and looks again in a second, or as soon as a connection ends. Handshakes are let
 * through at a rate (`handshakes_s`), so that a storm of reconnecting clients does not starve those who are connected.
 */
#ifndef SG_LOOP_LISTENER_H
#define SG_LOOP_LISTENER_H

#include "loop/conn.h"

struct listener;

struct listener_options {
  const char *name;    /* for the log: "student" */
  const char *address; /* "127.0.0.1:7443", "[::]:7443", "fd:3" (handed over by the service manager); port 0 = any */
  bool reuse_port;
  int max_connections, handshakes_s, handshake_deadline_s;
  int max_per_address;           /* of one IPv4 address or IPv6 network (64 bits); 0: as many as there is room for */
  size_t output_cap, output_low; /* bytes per connection */
  /* A fresh connection: set its owner with conn_owner(). Not called for those over a cap, which are closed. */
  void (*accepted)(void *arg, struct conn *conn);
  void *arg;
};

int listener_open(struct loop *loop, const struct listener_options *options, struct tls *tls, struct listener **ret, char *reason,
                  size_t reason_cap) MUSTCHECK;
void listener_set_tls(struct listener *listener, struct tls *tls); /* for connections from now on */
/* What a reload may change; for connections from now on. */
void listener_set_limits(struct listener *listener, int max_connections, int handshakes_s, int handshake_deadline_s);
void listener_set_per_address(struct listener *listener, int max_per_address);
void listener_close(struct listener *listener); /* accepts those who are waiting; all that were accepted live on */
void listener_free(struct listener *listener);
unsigned listener_port(const struct listener *listener);
unsigned listener_connections(const struct listener *listener);

#endif
