/*
 * The student port: sessions over mutual TLS, from Hello to receipt. What main.c sees of it.
 *
 * Everything else in this folder hangs on one struct student (port.h). README.md one folder up says in which order to read.
 */
#ifndef SG_STUDENT_STUDENT_H
#define SG_STUDENT_STUDENT_H

#include "base/conf.h"
#include "db/pool.h"
#include "loop/listener.h"
#include "loop/tls.h"
#include "pki/ca_client.h"

struct student;

struct student_options {
  struct loop *loop;
  struct conf *conf;
  struct tls *tls;
  struct pool *pool;    /* role student; listens to STUDENT_CHANNELS */
  struct ca_client *ca; /* NULL: certificates cannot be renewed here */
  bool reuse_port;      /* several workers share the address */
};

#define STUDENT_CHANNELS "sg_revoked sg_parameters"

/* Opens the port and begins to accept. On failure a sentence in reason. */
int student_open(const struct student_options *options, struct student **ret, char *reason, size_t cap) MUSTCHECK;
void student_free(struct student *student);

unsigned student_port(const struct student *student);        /* listened to */
unsigned student_public_port(const struct student *student); /* told to clients: another one behind a forwarder */
void student_reload(struct student *student, struct conf *conf, struct tls *tls); /* for what comes from now on */

/* What the pool says. */
void student_database(struct student *student, bool ready);
void student_heard(struct student *student, const char *channel, const char *payload);

/* Stop politely: accept nobody, answer what was asked, tell the rest to come back. Those who are still there when the grace
 * is over are dropped. */
void student_stop(struct student *student);
bool student_busy(const struct student *student); /* somebody is still connected */

#endif
