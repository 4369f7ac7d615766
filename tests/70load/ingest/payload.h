/* Uploads ready to be sent: made once, as protobuf or as JSON, and given fresh ids each time they go out. */
#ifndef SG_LOAD_PAYLOAD_H
#define SG_LOAD_PAYLOAD_H

#include "proto/attr.h"
#include "proto/result.h"

#include <stddef.h>
#include <stdint.h>

enum { PAYLOAD_ROWS_MAX = LIMIT_RESULTS, PAYLOADS = 64 };
enum payload_form { PAYLOAD_PROTOBUF, PAYLOAD_JSON };

struct payload {
  uint8_t *bytes; /* protobuf: an Upload; JSON: an object with "results" */
  size_t len, rows_n;
  size_t id_at[PAYLOAD_ROWS_MAX];
  int32_t score_centi[PAYLOAD_ROWS_MAX];
  enum payload_form form;
};

/* The kind-th of PAYLOADS: what somebody practised in the 130 days before now, on two instruments, with ten sub-scores each.
 * 0, or -1 when out of memory. */
int payload_make(struct payload *ret, enum payload_form form, unsigned kind, size_t rows_n, int64_t now_ms) MUSTCHECK;
void payload_done(struct payload *payload);

/* Writes the ids into `bytes`, a copy of payload->bytes. */
void payload_put_ids(const struct payload *payload, uint8_t *bytes, const uint8_t (*ids)[UUID_BYTES]);

#endif
