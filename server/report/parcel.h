/*
 * A message's row made into the bytes that are handed over. Pure but for the configuration: the same row gives the same bytes.
 */
#ifndef SG_REPORT_PARCEL_H
#define SG_REPORT_PARCEL_H

#include "base/buf.h"
#include "base/conf.h"
#include "proto/attr.h"

#include <jansson.h>
#include <stdint.h>

enum { PARCEL_WHY = 200 };

struct parcel {
  const struct conf *conf;
  const char *kind, *address, *header_id; /* of ops.message */
  int64_t made_at_ms;
  const json_t *document;
};

/* A mail, into `ret` (initialised). E_DATA, E_INVALID, E_LIMIT, E_NOMEM with a reason where there is one. */
int parcel_mail(const struct parcel *parcel, struct buf *ret, char why[PARCEL_WHY]) MUSTCHECK;

/* A webhook's body, heap: {"data", "timestamp", "type"}. NULL when out of memory. */
char *parcel_event(const struct parcel *parcel);

#endif
