/*
 * The student port's language. An upload's envelope is written by hand around the packed payload (two fields), because packing
 * 20 rows anew for each would be the dearest thing the generator does; answers are unpacked by the same library as anywhere,
 * into one arena that is used again for each.
 */
#include "speech.h"

#include "base/arena.h"
#include "base/clock.h"
#include "proto/frame.h"
#include "proto/wire.h"

#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>

enum { TAG_REQUEST_ID = 1 << 3, TAG_UPLOAD = 3 << 3 | 2, VARINT_BITS = 7, VARINT_MORE = 0x80 };

static uint8_t *put_varint(uint8_t *at, uint64_t value) {
  for (; value >= VARINT_MORE; value >>= VARINT_BITS)
    *at++ = (uint8_t)(value | VARINT_MORE);
  *at++ = (uint8_t)value;
  return at;
}

static size_t frames_hello(uint8_t *out) {
  Stepguard__V1__ClientMessage message = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  Stepguard__V1__Hello hello = STEPGUARD__V1__HELLO__INIT;
  char name[] = "ingest_load 1";
  hello.protocol = PROTO_VERSION;
  hello.client = name;
  hello.client_time_ms = clock_wall_ms();
  message.request_id = 1;
  message.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_HELLO;
  message.hello = &hello;
  const size_t prefix = frame_prefix(out, protobuf_c_message_get_packed_size(&message.base));
  return prefix + protobuf_c_message_pack(&message.base, out + prefix);
}

static size_t frames_upload(uint8_t *out, const struct payload *payload, const uint8_t (*ids)[UUID_BYTES], int64_t student,
                            uint32_t request_id) {
  uint8_t head[SPEECH_HEAD_BYTES], *at = head;
  (void)student; /* the certificate says who */
  *at++ = TAG_REQUEST_ID;
  at = put_varint(at, request_id);
  *at++ = TAG_UPLOAD;
  at = put_varint(at, payload->len);
  const size_t head_len = (size_t)(at - head), prefix = frame_prefix(out, head_len + payload->len);
  memcpy(out + prefix, head, head_len);
  memcpy(out + prefix + head_len, payload->bytes, payload->len);
  payload_put_ids(payload, out + prefix + head_len, ids);
  return prefix + head_len + payload->len;
}

static void frames_read(const Stepguard__V1__ServerMessage *message, struct speech_answer *ret) {
  ret->request_id = message->request_id;
  switch (message->body_case) {
  case STEPGUARD__V1__SERVER_MESSAGE__BODY_WELCOME: ret->kind = SPEECH_WELCOME; break;
  case STEPGUARD__V1__SERVER_MESSAGE__BODY_UPLOAD_RECEIPT:
    ret->kind = message->upload_receipt->n_status <= PAYLOAD_ROWS_MAX ? SPEECH_RECEIPT : SPEECH_BROKEN;
    ret->rows_n = ret->kind == SPEECH_RECEIPT ? message->upload_receipt->n_status : 0;
    for (size_t i = 0; i < ret->rows_n; i++)
      ret->status[i] = (uint8_t)message->upload_receipt->status[i];
    break;
  case STEPGUARD__V1__SERVER_MESSAGE__BODY_FAULT:
    ret->kind = SPEECH_REFUSED;
    snprintf(ret->text, sizeof ret->text, "%s", message->fault->text);
    break;
  default: ret->kind = SPEECH_BROKEN; break;
  }
}

static void frames_answer(struct evbuffer *in, struct speech_answer *ret) {
  static struct arena arena; /* of the process, which has one thread */
  struct frame frame;
  uint8_t head[FRAME_PREFIX_MAX];
  *ret = (struct speech_answer){.kind = SPEECH_BROKEN};
  const ev_ssize_t held = evbuffer_copyout(in, head, sizeof head);
  const enum frame_verdict verdict = frame_next(head, held > 0 ? (size_t)held : 0, SPEECH_ANSWER_BYTES, &frame);
  if (verdict < 0)
    return;
  if (verdict == FRAME_MORE && (held < FRAME_PREFIX_MAX || frame.need > evbuffer_get_length(in))) {
    ret->kind = SPEECH_MORE;
    return;
  }
  const uint8_t *bytes = evbuffer_pullup(in, (ev_ssize_t)frame.need);
  if (arena.cap == 0)
    arena_init(&arena, 2 * SPEECH_ANSWER_BYTES);
  Stepguard__V1__ServerMessage *message =
      bytes ? stepguard__v1__server_message__unpack(&arena.allocator, frame.length, bytes + frame.prefix) : NULL;
  if (message)
    frames_read(message, ret);
  arena_reset(&arena);
  evbuffer_drain(in, frame.need);
}

const struct speech speech_frames = {.form = PAYLOAD_PROTOBUF,
                                     .alpn = "stepguard/1",
                                     .greets = true,
                                     .hello = frames_hello,
                                     .upload = frames_upload,
                                     .answer = frames_answer};
