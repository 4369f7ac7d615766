/*
 * HTTP/1.1 with keep-alive and JSON: what the peers in tests/70load/peers speak. POST /results with the rows; the answer is
 * {"status": [1, …]}, a number for each row as in UploadReceipt. It is read by hand: the peers always send Content-Length, and
 * what a library for JSON would do here is find digits between brackets.
 */
#include "speech.h"

#include <event2/buffer.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HTTP_HEAD_MAX = 8 * 1024 };

static size_t https_upload(uint8_t *out, const struct payload *payload, const uint8_t (*ids)[UUID_BYTES], int64_t student,
                           uint32_t request_id) {
  (void)request_id; /* answers come in order */
  const int head = snprintf((char *)out, SPEECH_HEAD_BYTES,
                            "POST /results HTTP/1.1\r\nHost: localhost\r\nX-Student: %" PRId64
                            "\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                            student, payload->len);
  memcpy(out + head, payload->bytes, payload->len);
  payload_put_ids(payload, out + head, ids);
  return (size_t)head + payload->len;
}

/* The value of Content-Length in a head, which ends with a NUL; -1 where there is none. */
static long https_length(const char *head) {
  static const char name[] = "content-length:";
  for (const char *line = head; (line = strchr(line, '\n'));)
    if (strncasecmp(++line, name, sizeof name - 1) == 0)
      return strtol(line + sizeof name - 1, NULL, 10);
  return -1;
}

static void https_read(const char *body, struct speech_answer *ret) {
  const char *at = strchr(body, '[');
  ret->kind = at ? SPEECH_RECEIPT : SPEECH_BROKEN;
  while (at && *at && *at != ']' && ret->rows_n < PAYLOAD_ROWS_MAX) {
    at += strcspn(at, "0123456789]");
    if (*at >= '0' && *at <= '9')
      ret->status[ret->rows_n++] = (uint8_t)strtoul(at, (char **)(uintptr_t)&at, 10);
  }
}

static void https_answer(struct evbuffer *in, struct speech_answer *ret) {
  static char text[SPEECH_ANSWER_BYTES + 1];
  *ret = (struct speech_answer){.kind = SPEECH_BROKEN};
  const struct evbuffer_ptr end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
  if (end.pos < 0 || end.pos > HTTP_HEAD_MAX) {
    ret->kind = end.pos < 0 && evbuffer_get_length(in) <= HTTP_HEAD_MAX ? SPEECH_MORE : SPEECH_BROKEN;
    return;
  }
  const size_t head = (size_t)end.pos + 4;
  evbuffer_copyout(in, text, head);
  text[head] = '\0';
  const long length = https_length(text);
  if (length < 0 || length > SPEECH_ANSWER_BYTES)
    return;
  if (evbuffer_get_length(in) < head + (size_t)length) {
    ret->kind = SPEECH_MORE;
    return;
  }
  const bool fine = strncmp(text, "HTTP/1.1 200", 12) == 0;
  evbuffer_drain(in, head);
  evbuffer_remove(in, text, (size_t)length);
  text[length] = '\0';
  if (fine)
    https_read(text, ret);
  else {
    ret->kind = SPEECH_REFUSED;
    snprintf(ret->text, sizeof ret->text, "%s", text);
  }
}

const struct speech speech_https = {.form = PAYLOAD_JSON, .alpn = "http/1.1", .upload = https_upload, .answer = https_answer};
