/*
 * Frames: a base-128 varint length, then that many bytes. The framing of protobuf's delimited streams.
 *
 * A frame is looked for in bytes that the caller holds; nothing is copied and nothing allocated. The length prefix is read
 * strictly: at most FRAME_PREFIX_MAX bytes, shortest form only, so that one length has one spelling.
 */
#ifndef SG_PROTO_FRAME_H
#define SG_PROTO_FRAME_H

#include "proto/attr.h"

#include <stddef.h>
#include <stdint.h>

enum { FRAME_PREFIX_MAX = 4 }; /* four groups of seven bits: 268 435 455 bytes, far above every cap in limits.h */

enum frame_verdict {
  FRAME_WHOLE = 0, /* *ret is set */
  FRAME_MORE = 1,  /* well so far: ret->need says how many bytes must be there in all (a lower bound) */
  FRAME_TOO_LARGE = -1,
  FRAME_MALFORMED = -2, /* prefix too long, not in shortest form, or length 0 */
};

struct frame {
  size_t prefix; /* bytes of the length prefix */
  size_t length; /* bytes of the message */
  size_t need;   /* prefix + length when known, else bytes held + 1 */
};

/* Looks at `len` bytes of `data` for one frame of at most `cap` message bytes. The cap is checked as soon as the prefix is
 * whole, before any of the message has arrived. */
enum frame_verdict frame_next(const uint8_t *data, size_t len, size_t cap, struct frame *ret) MUSTCHECK;

/* Writes the prefix for a message of `length` bytes (1 .. 2^28-1) to `out`, which has room for FRAME_PREFIX_MAX bytes.
 * Gives the number of bytes written. */
size_t frame_prefix(uint8_t out[FRAME_PREFIX_MAX], size_t length);

#endif
