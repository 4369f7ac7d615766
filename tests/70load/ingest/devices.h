/* Enrolled devices without enrolling: certificates as stepguard-ca makes them, by the same code, as many as are wanted. */
#ifndef SG_LOAD_DEVICES_H
#define SG_LOAD_DEVICES_H

#include "proto/attr.h"

#include <openssl/ssl.h>
#include <stdint.h>

struct devices;

struct devices_options {
  const char *ca, *ca_key; /* PEM; NULL key: nobody brings a certificate */
  const char *school, *alpn;
};

/* NULL, with a sentence on standard error. */
struct devices *devices_new(const struct devices_options *options) MUSTCHECK;
void devices_free(struct devices *devices);

/* A client's side of a connection that trusts the CA and shows the certificate of device `id` of student `id`, whose serial is
 * 0x40, seven zeros and the id (big-endian): whoever fills the database knows it without asking. NULL: out of memory. */
SSL *devices_ssl(struct devices *devices, int64_t id) MUSTCHECK;

#endif
