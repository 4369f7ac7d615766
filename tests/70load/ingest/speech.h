/*
 * What is said over a line, in two languages: the student port's frames, and HTTPS with JSON as a school's own server would
 * speak it. Both give the same answer: what became of each row.
 */
#ifndef SG_LOAD_SPEECH_H
#define SG_LOAD_SPEECH_H

#include "payload.h"

#include <stdbool.h>

struct evbuffer;

enum { SPEECH_STORED = 1, SPEECH_IDENTICAL = 2 }; /* numbers of RowStatus in stepguard.proto */

enum speech_kind {
  SPEECH_MORE,    /* the answer has not come as a whole */
  SPEECH_WELCOME, /* uploads may follow */
  SPEECH_RECEIPT,
  SPEECH_REFUSED, /* a fault, or another status than 200 */
  SPEECH_BROKEN,  /* nothing that can be understood */
};

struct speech_answer {
  enum speech_kind kind;
  uint32_t request_id; /* of frames; 0 in HTTP */
  size_t rows_n;
  uint8_t status[PAYLOAD_ROWS_MAX];
  char text[120]; /* SPEECH_REFUSED: what it said */
};

struct speech {
  enum payload_form form;
  const char *alpn;
  bool greets; /* the client begins with a Hello */
  /* Both give the bytes in `out`, which has SPEECH_HEAD_BYTES more than the payload. */
  size_t (*hello)(uint8_t *out);
  size_t (*upload)(uint8_t *out, const struct payload *payload, const uint8_t (*ids)[UUID_BYTES], int64_t student,
                   uint32_t request_id);
  /* Takes one answer from the buffer. */
  void (*answer)(struct evbuffer *in, struct speech_answer *ret);
};

enum { SPEECH_HEAD_BYTES = 512, SPEECH_ANSWER_BYTES = 1 << 20 };

extern const struct speech speech_frames, speech_https;

#endif
