/*
 * One decoder, and the questions asked of it.
 *
 * Written out rather than as the well-known automaton: this runs over names and form numbers, not over books, and a reader
 * should be able to hold it against the table in RFC 3629 row by row. The C library's mbrtowc was rejected: what it takes
 * depends on the locale of the process, and what the client takes must be what the server takes.
 */
#include "proto/utf8.h"

#include <stdio.h>

size_t utf8_next(const char *text, size_t len, uint32_t *ret) {
  /* By length: what the first byte must be under its mask, and the smallest character that needs so many bytes. */
  static const struct {
    uint8_t mask, lead;
    uint32_t least;
  } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
  if (len == 0)
    return 0;
  const uint8_t *bytes = (const uint8_t *)text;
  for (size_t n = 1; n <= sizeof(forms) / sizeof(forms[0]); n++) {
    if ((bytes[0] & forms[n - 1].mask) != forms[n - 1].lead)
      continue;
    if (len < n)
      return 0;
    uint32_t c = bytes[0] & (uint8_t)~forms[n - 1].mask;
    for (size_t i = 1; i < n; i++) {
      if ((bytes[i] & 0xc0) != 0x80)
        return 0;
      c = c << 6 | (bytes[i] & 0x3f);
    }
    if (c < forms[n - 1].least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
      return 0;
    *ret = c;
    return n;
  }
  return 0;
}

static bool is_plain(uint32_t c) {
  if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
    return false; /* C0, DEL, C1 */
  if (c == 0x2028 || c == 0x2029)
    return false; /* line and paragraph separator */
  if (c == 0x061c || c == 0x200e || c == 0x200f)
    return false; /* direction marks */
  if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
    return false;     /* direction embeddings, overrides, isolates */
  return c != 0xfeff; /* byte-order mark, invisible */
}

static bool all(const char *text, size_t len, bool (*good)(uint32_t c)) {
  for (size_t at = 0; at < len;) {
    uint32_t c = 0;
    size_t n = utf8_next(text + at, len - at, &c);
    if (n == 0 || !good(c))
      return false;
    at += n;
  }
  return true;
}

static bool is_not_nul(uint32_t c) {
  return c != 0;
}

bool utf8_valid(const char *text, size_t len) {
  return all(text, len, is_not_nul);
}

bool utf8_plain(const char *text, size_t len) {
  return all(text, len, is_plain);
}

void utf8_format(char *out, size_t cap, const char *fmt, va_list args) {
  int n = vsnprintf(out, cap, fmt, args);
  if (n < 0 || (size_t)n < cap || cap == 0)
    return;
  size_t lead = cap - 1; /* of the last character, which may have lost its end */
  while (lead > 0 && ((uint8_t)out[--lead] & 0xc0) == 0x80)
    ;
  uint32_t c = 0;
  if (lead < cap - 1 && utf8_next(out + lead, cap - 1 - lead, &c) == 0)
    out[lead] = '\0';
}
