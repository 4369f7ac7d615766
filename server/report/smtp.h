/*
 * Handing mails to the school's mail server, one after the other over one connection where the server lets it stand.
 */
#ifndef SG_REPORT_SMTP_H
#define SG_REPORT_SMTP_H

#include "proto/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SMTP_REPLY = 301, SMTP_REASON = 300 };

struct smtp_options {
  const char *url;             /* smtp:// (STARTTLS) or smtps:// */
  const char *tls;             /* "required"; "none" where the server is this machine */
  const char *user, *password; /* user "": nobody signs in */
  const char *ca_file;         /* "": what this machine trusts */
  int deadline_s;              /* of one mail, its connection included */
};

/* NULL, or why mail cannot be sent so: a sentence. */
const char *smtp_objection(const struct smtp_options *options);

struct smtp;
/* The options' strings stay the caller's, and there. E_NOMEM, E_CONFIG with a reason. */
int smtp_new(const struct smtp_options *options, struct smtp **ret, char reason[SMTP_REASON]) MUSTCHECK;
void smtp_free(struct smtp *smtp);

enum smtp_verdict {
  SMTP_SENT,    /* the server has it */
  SMTP_LATER,   /* not this one now; it may even have it */
  SMTP_REFUSED, /* not this one ever */
  SMTP_DOWN,    /* nothing now: not there, not trusted, or it does not want us */
};

struct smtp_mail {
  const char *from, *to; /* addresses that mail_address_good() let pass */
  const uint8_t *bytes;  /* mail_is_wire() */
  size_t len;
};

/* `reply`: the server's last words, or curl's where there were none; printable ASCII. */
enum smtp_verdict smtp_send(struct smtp *smtp, const struct smtp_mail *mail, char reply[SMTP_REPLY]);

/* ---- for tests */

/* How far the conversation had come. */
enum smtp_phase { SMTP_GREETING, SMTP_SENDER, SMTP_RECIPIENT, SMTP_DATA };
/* What an answer of the server (0: none) means there. */
enum smtp_verdict smtp_judge(enum smtp_phase phase, long code);

#endif
