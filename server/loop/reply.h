/*
 * The heads of answers: status line, what every answer carries, what the caller adds. Pure, into a buffer.
 */
#ifndef SG_LOOP_REPLY_H
#define SG_LOOP_REPLY_H

#include "base/buf.h"
#include "loop/gate.h"
#include "loop/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reply {
  int status;
  const struct http_header *headers;
  size_t n;
  const char *id;
  int64_t length; /* of the body; < 0: not said, for it ends with the connection, or the status allows none */
  bool close;
};

/* Puts the head, up to and with the empty line. E_INVALID: a header that may not be, and *ret_culprit is its name;
 * E_NOMEM. */
int reply_head(struct buf *out, const struct reply *reply, int64_t wall_ms, const char **ret_culprit) MUSTCHECK;
bool reply_has_body(int status);
const char *reply_reason(int status); /* "Not Found"; never NULL */

/* A whole answer of our own making, and the connection ends: a problem document (RFC 9457), of the same form as those of the
 * office. `code` is put in lower case ("HOST_FOREIGN"). */
int reply_problem(struct buf *out, int status, const char *code, const char *detail, const char *id, bool with_body,
                  int64_t wall_ms) MUSTCHECK;

#endif
