/* What all forms share: bytes that somebody else will own. */
#include "paper/paper.h"

#include "base/err.h"

#include <stdlib.h>

void paper_bytes_done(struct paper_bytes *bytes) {
  free(bytes->data);
  *bytes = (struct paper_bytes){0};
}

int paper_bytes_take(struct buf *buf, struct paper_bytes *ret) {
  buf_put_u8(buf, '\0');
  int err = buf_finish(buf);
  if (err) {
    buf_done(buf);
    return err;
  }
  *ret = (struct paper_bytes){(char *)buf->data, buf->len - 1};
  *buf = (struct buf){.cap = buf->cap};
  return 0;
}

void paper_attached_done(struct paper_attached *attached) {
  for (size_t i = 0; i < attached->n; i++)
    paper_bytes_done(&attached->images[i].png);
  attached->n = 0;
}
