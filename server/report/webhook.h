/*
 * Telling another program of the school's what happened: a POST over https, signed as Standard Webhooks 1.0 say, so that receivers
 * need nothing of ours to check it.
 *
 *   webhook-id: <the message's id, the same on every attempt>
 *   webhook-timestamp: <seconds, of this attempt>
 *   webhook-signature: v1,<base64 of HMAC-SHA256 over "id.timestamp.body">
 */
#ifndef SG_REPORT_WEBHOOK_H
#define SG_REPORT_WEBHOOK_H

#include "proto/attr.h"

#include <stddef.h>
#include <stdint.h>

enum {
  WEBHOOK_SIGNATURE = 3 + 44 + 1, /* "v1," and the base64 of 32 bytes */
  WEBHOOK_SECRET_MOST = 64,       /* bytes; Standard Webhooks: 24 to 64 */
  WEBHOOK_REPLY = 301,
};

struct webhook {
  const char *url, *id, *body;
  const uint8_t *secret;
  size_t secret_len;
  int64_t now_ms;
  const char *ca_file; /* "": what this machine trusts */
};

/* E_NOMEM, E_LIMIT, E_TLS. */
int webhook_sign(const struct webhook *hook, char ret[WEBHOOK_SIGNATURE]) MUSTCHECK;

enum webhook_verdict { WEBHOOK_TAKEN, WEBHOOK_LATER, WEBHOOK_GONE /* 410: it says that it will never want it */ };

/* `reply`: the status ("HTTP 503") or why there was none. Of the receiver's words nothing is kept: whoever chooses the address must
 * not learn what some server inside the school's network says. */
enum webhook_verdict webhook_send(const struct webhook *hook, char reply[WEBHOOK_REPLY]);

#endif
