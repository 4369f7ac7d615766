/* Refusals as documents: application/problem+json (RFC 9457). */
#ifndef SG_OFFICE_PROBLEM_H
#define SG_OFFICE_PROBLEM_H

#include "base/buf.h"

struct problem {
  int status;
  const char *code;   /* for programs: "no_right" */
  const char *detail; /* a sentence for a person */
  const char *remedy; /* what to do; NULL or "" for none, and so for the next two */
  const char *field;  /* of the request */
  const char *more;   /* a JSON object whose members are added */
  int retry_after_s;  /* 0: not said */
};

extern const char problem_media[]; /* "application/problem+json" */

/* {"type", "title", "status", "code", "detail", "remedy"?, "field"?, "request_id", ...more}, and a line end. */
void problem_put(struct buf *out, const struct problem *problem, const char *request_id);

#endif
