/*
 * A file as people save it to UTF-8: byte-order marks, UTF-16 as spreadsheets write it, and bytes that are no UTF-8.
 */
#ifndef SG_CLIENT_DECODE_H
#define SG_CLIENT_DECODE_H

#include "proto/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct decoded {
  char *text; /* heap; a NUL behind it that `len` does not count */
  size_t len;
  bool utf16;
  uint64_t odd_line; /* the first line with bytes that were read as Windows-1252; 0: none */
};

/* 0, or -1 when memory ran out. */
int decode_text(const uint8_t *bytes, size_t len, struct decoded *ret) MUSTCHECK;

#endif
