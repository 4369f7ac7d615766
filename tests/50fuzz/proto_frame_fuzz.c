/* Any bytes as a stream of frames: what a part of them says is never taken back by the rest, and a prefix writes back. */
#include "proto/frame.h"

#include "tests/50fuzz/fuzz.h"

#include <string.h>

enum { CAP = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  for (size_t at = 0; at < size;) {
    struct frame whole;
    enum frame_verdict verdict = frame_next(data + at, size - at, CAP, &whole);
    for (size_t len = 0; len < size - at && len <= FRAME_PREFIX_MAX + 1; len++) {
      struct frame part;
      enum frame_verdict early = frame_next(data + at, len, CAP, &part);
      HOLDS(early == verdict || early == FRAME_MORE);
      HOLDS(early != FRAME_MORE || part.need > len);
      HOLDS(early != FRAME_MORE || verdict != FRAME_WHOLE || part.need <= whole.need);
    }
    if (verdict != FRAME_WHOLE)
      break;
    uint8_t prefix[FRAME_PREFIX_MAX];
    HOLDS(whole.length >= 1 && whole.length <= CAP && whole.need == whole.prefix + whole.length && whole.need <= size - at);
    HOLDS(frame_prefix(prefix, whole.length) == whole.prefix && memcmp(prefix, data + at, whole.prefix) == 0);
    at += whole.need;
  }
  return 0;
}
