/*
 * The enrolment port: a one-time code and a certificate request in, a certificate out. One Enrol per connection; the only
 * port where a client comes without a certificate.
 */
#ifndef SG_ENROL_ENROL_H
#define SG_ENROL_ENROL_H

#include "base/conf.h"
#include "db/pool.h"
#include "loop/listener.h"
#include "loop/tls.h"
#include "pki/ca_client.h"

#include <stdbool.h>
#include <stddef.h>

struct enrol;

struct enrol_options {
  struct conf *conf;           /* referenced; [enrol] listen tries_per_minute, [ca] days certificate, [student] deadlines */
  struct tls *tls;             /* referenced; asks for no client certificate */
  struct pool *pool;           /* role enrol; outlives the port */
  struct ca_client *ca_client; /* outlives the port */
  unsigned student_port;       /* told to clients in Certificate */
  bool reuse_port;
};

/* Opens the port and begins to accept. On failure a sentence in reason. */
int enrol_open(struct loop *loop, const struct enrol_options *options, struct enrol **ret, char *reason,
               size_t reason_cap) MUSTCHECK;
void enrol_set_tls(struct enrol *enrol, struct tls *tls); /* for connections from now on */
void enrol_set_conf(struct enrol *enrol, struct conf *conf);
void enrol_stop(struct enrol *enrol);       /* accept nobody; those in flight are finished */
bool enrol_busy(const struct enrol *enrol); /* somebody is still being served */
unsigned enrol_port(const struct enrol *enrol);
void enrol_free(struct enrol *enrol); /* drops those that are left */

#endif
