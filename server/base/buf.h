/*
 * A growing byte buffer with a cap and a memory for failure: ten puts, one check at the end.
 *
 * Invariants: len <= cap; after the first failure (cap passed, no memory) `err` is set, nothing more is written, and
 * buf_finish() tells. Integers are written big-endian, as PostgreSQL's binary formats and our own wires want them.
 */
#ifndef SG_BASE_BUF_H
#define SG_BASE_BUF_H

#include "proto/attr.h"

#include <stddef.h>
#include <stdint.h>

struct buf {
  uint8_t *data;
  size_t len, room, cap;
  int err;
};

void buf_init(struct buf *buf, size_t cap);
void buf_done(struct buf *buf);
void buf_clear(struct buf *buf); /* keeps the memory, forgets the failure */

void buf_put(struct buf *buf, const void *bytes, size_t len);
void buf_put_text(struct buf *buf, const char *text); /* without its NUL */
void buf_put_u8(struct buf *buf, uint8_t v);
void buf_put_i16(struct buf *buf, int16_t v);
void buf_put_i32(struct buf *buf, int32_t v);
void buf_put_i64(struct buf *buf, int64_t v);
void buf_put_f64(struct buf *buf, double v);
void buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_patch_i32(struct buf *buf, size_t at, int32_t v); /* overwrites what stands there */

int buf_finish(const struct buf *buf) MUSTCHECK; /* 0 or the first failure */

#endif
