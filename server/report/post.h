/*
 * Sending what waits: messages that the database has put into the post (sql/migrations/0020_post.sql), one after the other, until
 * nothing is due any more. Any number of these may run at once, on any number of hosts: each message is one sender's at a time.
 *
 *   post_send ──> claim ──> write (sheet, forms, mail or body) ──> hand over ──> done ──┐
 *                   ^─────────────────────────────────────────────────────────────────┘   until nothing is due, or all is down
 */
#ifndef SG_REPORT_POST_H
#define SG_REPORT_POST_H

#include "base/conf.h"
#include "proto/attr.h"

#include <stdbool.h>
#include <stdint.h>

enum { POST_REASON = 480 };

struct post_counts {
  uint64_t sent, later, failed;
  bool mail_down; /* the mail server took nothing more: what waits, waits on */
};

/* How one message went: state is sent, waiting, failed, or lost (another sender's by now); reply the server's words. */
typedef void post_told(void *arg, const char *kind, const char *state, const char *reply);

struct post_options {
  const struct conf *conf;
  post_told *told; /* may be NULL */
  void *arg;
};

/* Once in a process, before the first of the others, and after the last. E_SYSTEM. */
int post_prepare(void) MUSTCHECK;
void post_end(void);

/* 0, also when a mail server is away: ret says so. Else a sentence in reason: the database is away (E_AWAY), the configuration is
 * of no use (E_CONFIG; webhooks were sent all the same). */
int post_send(const struct post_options *options, struct post_counts *ret, char reason[POST_REASON]) MUSTCHECK;

/* Sends a mail to this address at once, whether mail is on or not, and to nobody else. ret->sent is 1 where it was taken. */
int post_test(const struct post_options *options, const char *address, struct post_counts *ret, char reason[POST_REASON]) MUSTCHECK;

#endif
