/*
 * The document itself as a file: sorted keys, one form of numbers, a line end at the end, so that two of them can be compared with
 * diff. Six digits are more than any probability or score here has, and fewer than differ between machines.
 */
#include "paper/paper.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

enum { REAL_DIGITS = 6, INDENT = 2 };

int paper_json(const json_t *document, struct paper_bytes *ret) {
  struct buf buf;
  char *text = json_dumps(document, JSON_INDENT(INDENT) | JSON_SORT_KEYS | JSON_REAL_PRECISION(REAL_DIGITS) | JSON_ENCODE_ANY);
  if (!text)
    return E_NOMEM;
  buf_init(&buf, PAPER_CAP_BYTES);
  buf_put(&buf, text, strlen(text));
  buf_put_u8(&buf, '\n');
  free(text);
  return paper_bytes_take(&buf, ret);
}
