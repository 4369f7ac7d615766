/*
 * The office port: HTTPS for the pages of the dean's office and for programs, /api/v1. What main.c sees of it.
 *
 * Everything else in this folder hangs on one struct office (port.h).
 */
#ifndef SG_OFFICE_OFFICE_H
#define SG_OFFICE_OFFICE_H

#include "base/conf.h"
#include "loop/loop.h"
#include "loop/tls.h"

#include <stdbool.h>
#include <stddef.h>

struct office;

struct office_options {
  struct loop *loop;
  struct conf *conf; /* referenced */
  struct tls *tls;   /* referenced; asks for no client certificate */
  bool reuse_port;   /* several workers share the address */
};

/* Opens the port, its own connections to the database and its helper threads, and begins to accept. On failure a sentence in
 * reason. */
int office_open(const struct office_options *options, struct office **ret, char *reason, size_t cap) MUSTCHECK;
void office_free(struct office *office);
void office_reload(struct office *office, struct conf *conf, struct tls *tls); /* for what comes from now on */
void office_stop(struct office *office);                                       /* accept nobody; answer what was asked */
bool office_busy(const struct office *office);
unsigned office_port(const struct office *office);

#endif
