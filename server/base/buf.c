/*
 * Ten puts, one check: a writer that remembers its first failure.
 *
 * Grows by doubling, never past its cap. Once something failed nothing more is written, so `len` and `data` are what was
 * whole before; the caller looks at buf_finish() once, where it would otherwise have tested every line.
 */
#include "base/buf.h"

#include "base/check.h"
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 256 };

void buf_init(struct buf *buf, size_t cap) {
  *buf = (struct buf){.cap = cap};
}

void buf_done(struct buf *buf) {
  free(buf->data);
  *buf = (struct buf){.cap = buf->cap};
}

void buf_clear(struct buf *buf) {
  buf->len = 0;
  buf->err = E_OK;
}

/* Makes room for `len` more bytes and gives the place to write them; NULL after any failure. */
static uint8_t *reserve(struct buf *buf, size_t len) {
  if (buf->err)
    return NULL;
  if (len > buf->cap - buf->len) {
    buf->err = E_LIMIT;
    return NULL;
  }
  if (!buf->data || len > buf->room - buf->len) {
    size_t room = buf->room ? buf->room : FIRST_BYTES;
    while (room < buf->len + len)
      room *= 2;
    if (room > buf->cap)
      room = buf->cap;
    uint8_t *data = realloc(buf->data, room);
    if (!data) {
      buf->err = E_NOMEM;
      return NULL;
    }
    buf->data = data;
    buf->room = room;
  }
  return buf->data + buf->len;
}

void buf_put(struct buf *buf, const void *bytes, size_t len) {
  if (len == 0)
    return;
  uint8_t *to = reserve(buf, len);
  if (!to)
    return;
  memcpy(to, bytes, len);
  buf->len += len;
}

static void store(uint8_t *to, uint64_t v, size_t bytes) {
  for (size_t i = 0; i < bytes; i++)
    to[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
}

static void put_big_endian(struct buf *buf, uint64_t v, size_t bytes) {
  uint8_t *to = reserve(buf, bytes);
  if (!to)
    return;
  store(to, v, bytes);
  buf->len += bytes;
}

void buf_put_text(struct buf *buf, const char *text) {
  buf_put(buf, text, strlen(text));
}

void buf_put_u8(struct buf *buf, uint8_t v) {
  put_big_endian(buf, v, 1);
}

void buf_put_i16(struct buf *buf, int16_t v) {
  put_big_endian(buf, (uint16_t)v, 2);
}

void buf_put_i32(struct buf *buf, int32_t v) {
  put_big_endian(buf, (uint32_t)v, 4);
}

void buf_put_i64(struct buf *buf, int64_t v) {
  put_big_endian(buf, (uint64_t)v, 8);
}

void buf_put_f64(struct buf *buf, double v) {
  uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  put_big_endian(buf, bits, 8);
}

void buf_printf(struct buf *buf, const char *fmt, ...) {
  va_list list, again;
  va_start(list, fmt);
  va_copy(again, list);
  int len = vsnprintf(NULL, 0, fmt, list);
  CHECK(len >= 0);
  /* vsnprintf wants room for a NUL that does not count: it is reserved with the text and then given back. */
  uint8_t *to = reserve(buf, (size_t)len + 1);
  if (to) {
    vsnprintf((char *)to, (size_t)len + 1, fmt, again);
    buf->len += (size_t)len;
  }
  va_end(again);
  va_end(list);
}

void buf_patch_i32(struct buf *buf, size_t at, int32_t v) {
  if (buf->err)
    return;
  CHECK(at <= buf->len && buf->len - at >= 4);
  store(buf->data + at, (uint32_t)v, 4);
}

int buf_finish(const struct buf *buf) {
  return buf->err;
}
