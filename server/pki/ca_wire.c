/*
 * The codec of the signing socket. Both ends are ours and on one machine, yet the CA reads as if the daemon had been taken
 * over: every length is checked against its cap, and what is left over at the end of a message makes it not ours.
 *
 * Hand-made rather than protobuf: the reader in the process that holds the key should be short enough to be read whole.
 */
#include "pki/ca_wire.h"

#include "base/err.h"

#include <endian.h>
#include <string.h>

enum { CA_WIRE_PREFIX = 4, CA_REQUEST = 'Q' };

/* ---- writing ---- */

static size_t ca_wire_begin(struct buf *out, uint8_t kind, uint64_t id) {
  const size_t at = out->len;
  buf_put_i32(out, 0);
  buf_put_u8(out, kind);
  buf_put_i64(out, (int64_t)id);
  return at;
}

static void ca_wire_end(struct buf *out, size_t at) {
  if (buf_finish(out) == 0)
    buf_patch_i32(out, at, (int32_t)(out->len - at - CA_WIRE_PREFIX));
}

void ca_wire_put_request(struct buf *out, uint64_t id, const struct ca_request *request) {
  const size_t at = ca_wire_begin(out, CA_REQUEST, id), school_len = strlen(request->school_code);
  buf_put_i64(out, request->student_id);
  buf_put_i64(out, request->device_id);
  buf_put_i64(out, request->not_before_ms);
  buf_put_i64(out, request->not_after_ms);
  buf_put(out, request->serial, sizeof request->serial);
  buf_put_u8(out, (uint8_t)school_len);
  buf_put(out, request->school_code, school_len);
  buf_put_i16(out, (int16_t)request->spki_len);
  buf_put(out, request->spki, request->spki_len);
  ca_wire_end(out, at);
}

void ca_wire_put_answer(struct buf *out, enum ca_answer_kind kind, uint64_t id, const void *body, size_t len) {
  const size_t at = ca_wire_begin(out, (uint8_t)kind, id);
  buf_put(out, body, len);
  ca_wire_end(out, at);
}

/* ---- reading: a cursor that remembers its first failure ---- */

struct cursor {
  const uint8_t *at, *end;
  bool failed;
};

static const uint8_t *ca_wire_take(struct cursor *c, size_t len) {
  static const uint8_t nothing[64]; /* so that a failed cursor can be read on; longer takes check for NULL */
  const uint8_t *at = c->at;
  if (c->failed || (size_t)(c->end - c->at) < len) {
    c->failed = true;
    return len <= sizeof nothing ? nothing : NULL;
  }
  c->at += len;
  return at;
}

static uint64_t ca_wire_take_u64(struct cursor *c) {
  uint64_t v;
  memcpy(&v, ca_wire_take(c, sizeof v), sizeof v);
  return be64toh(v);
}

static size_t ca_wire_take_u16(struct cursor *c) {
  uint16_t v;
  memcpy(&v, ca_wire_take(c, sizeof v), sizeof v);
  return be16toh(v);
}

static void ca_wire_take_bytes(struct cursor *c, void *ret, size_t room, size_t len) {
  const uint8_t *bytes = len <= room ? ca_wire_take(c, len) : NULL;
  c->failed |= bytes == NULL;
  if (!c->failed)
    memcpy(ret, bytes, len);
}

/* Cuts one message out of the bytes; *ret_used stays 0 while it is not whole. */
static int ca_wire_cut(const uint8_t *data, size_t len, size_t cap, size_t *ret_used, struct cursor *ret) {
  uint32_t message_len;
  *ret_used = 0;
  if (len < CA_WIRE_PREFIX)
    return 0;
  memcpy(&message_len, data, sizeof message_len);
  message_len = be32toh(message_len);
  if (message_len == 0 || message_len > cap)
    return E_INVALID;
  if (len - CA_WIRE_PREFIX < message_len)
    return 0;
  *ret = (struct cursor){.at = data + CA_WIRE_PREFIX, .end = data + CA_WIRE_PREFIX + message_len};
  *ret_used = CA_WIRE_PREFIX + message_len;
  return 0;
}

int ca_wire_get_request(const uint8_t *data, size_t len, size_t *ret_used, uint64_t *ret_id, struct ca_request *ret) {
  struct cursor c;
  struct ca_request request = {0};
  size_t used;
  const int err = ca_wire_cut(data, len, CA_WIRE_REQUEST_BYTES, &used, &c);
  if (err < 0 || used == 0) {
    *ret_used = 0;
    return err;
  }
  c.failed |= *ca_wire_take(&c, 1) != CA_REQUEST;
  const uint64_t id = ca_wire_take_u64(&c);
  request.student_id = (int64_t)ca_wire_take_u64(&c);
  request.device_id = (int64_t)ca_wire_take_u64(&c);
  request.not_before_ms = (int64_t)ca_wire_take_u64(&c);
  request.not_after_ms = (int64_t)ca_wire_take_u64(&c);
  ca_wire_take_bytes(&c, request.serial, sizeof request.serial, sizeof request.serial);
  const size_t school_len = *ca_wire_take(&c, 1);
  ca_wire_take_bytes(&c, request.school_code, sizeof request.school_code - 1, school_len);
  c.failed |= strlen(request.school_code) != school_len; /* a NUL in it: the rest would be seen by nobody */
  request.spki_len = ca_wire_take_u16(&c);
  ca_wire_take_bytes(&c, request.spki, sizeof request.spki, request.spki_len);
  if (c.failed || c.at != c.end)
    return E_INVALID;
  *ret_used = used;
  *ret_id = id;
  *ret = request;
  return 0;
}

int ca_wire_get_answer(const uint8_t *data, size_t len, size_t *ret_used, struct ca_answer *ret) {
  struct cursor c;
  size_t used;
  const int err = ca_wire_cut(data, len, CA_WIRE_ANSWER_BYTES, &used, &c);
  if (err < 0 || used == 0) {
    *ret_used = 0;
    return err;
  }
  const int kind = *ca_wire_take(&c, 1);
  const uint64_t id = ca_wire_take_u64(&c);
  if (c.failed || (kind != CA_SIGNED && kind != CA_REFUSED) || c.at == c.end)
    return E_INVALID;
  *ret_used = used;
  *ret = (struct ca_answer){.kind = (enum ca_answer_kind)kind, .id = id, .body = c.at, .len = (size_t)(c.end - c.at)};
  return 0;
}
