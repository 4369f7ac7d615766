/*
 * The framing. A session asks "is there a whole message in what has arrived?" after every read, so the answer must cost
 * nothing when there is not: the prefix is at most four bytes and is simply read again, there is no parser state to keep,
 * to reset, or to get wrong when a frame arrives in pieces.
 *
 * Protobuf's own readers take a length in any spelling (80 01 00 is also 128) and up to ten bytes of it. We do not: one
 * length has one spelling, so that bytes seen on the wire can be compared, and a peer that spells it otherwise is not one
 * of the libraries we know. Length 0 would be an envelope without a request id and without a body, which nobody can mean.
 */
#include "proto/frame.h"

enum { GROUP_BITS = 7, GROUP_MASK = 0x7f, GROUP_MORE = 0x80 };

/* Gives the bytes of the prefix, 0 when it is not complete yet, or -1 when it can no longer become one. */
static int prefix_read(const uint8_t *data, size_t len, size_t *ret_length) {
  size_t length = 0;
  for (int i = 0; i < FRAME_PREFIX_MAX; i++) {
    if ((size_t)i == len)
      return 0;
    length |= (size_t)(data[i] & GROUP_MASK) << (GROUP_BITS * i);
    if (data[i] & GROUP_MORE)
      continue;
    if (data[i] == 0)
      return -1; /* length 0, or a last group that adds nothing */
    *ret_length = length;
    return i + 1;
  }
  return -1;
}

enum frame_verdict frame_next(const uint8_t *data, size_t len, size_t cap, struct frame *ret) {
  size_t length = 0;
  int prefix = prefix_read(data, len, &length);
  if (prefix < 0)
    return FRAME_MALFORMED;
  if (prefix == 0) {
    *ret = (struct frame){.need = len + 1};
    return FRAME_MORE;
  }
  if (length > cap)
    return FRAME_TOO_LARGE;
  *ret = (struct frame){.prefix = (size_t)prefix, .length = length, .need = (size_t)prefix + length};
  return len < ret->need ? FRAME_MORE : FRAME_WHOLE;
}

size_t frame_prefix(uint8_t out[FRAME_PREFIX_MAX], size_t length) {
  size_t n = 0;
  while (length > GROUP_MASK && n < FRAME_PREFIX_MAX - 1) {
    out[n++] = (uint8_t)((length & GROUP_MASK) | GROUP_MORE);
    length >>= GROUP_BITS;
  }
  out[n++] = (uint8_t)(length & GROUP_MASK);
  return n;
}
