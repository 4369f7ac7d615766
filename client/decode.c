/*
 * What a student's spreadsheet saved, as UTF-8.
 *
 * UTF-16 is known by its mark, or where it has none by every second byte of the beginning being NUL, as it is for any header in
 * Latin letters. What is otherwise no UTF-8 is read byte by byte as Windows-1252 (which has all of Latin-1 that anybody types):
 * valid characters stay as they are, so a file pasted together from two sources keeps both. The line of the first such byte is
 * told, because the guess is one. Deciding for the file as a whole was rejected: one stray byte would spoil every accent in it.
 *
 * A NUL stays: the reader of rows says where it stands.
 */
#include "client/decode.h"

#include "proto/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 3 /* of UTF-8 for one unit of UTF-16, or for one byte of Windows-1252 */, PROBE_BYTES = 64 };

/* Windows-1252 from 0x80 to 0x9f; elsewhere it is Latin-1, whose numbers are Unicode's. 0: not assigned. */
static const uint16_t cp1252[32] = {0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
                                    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
                                    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

static const uint32_t replacement = 0xfffd;

static char *put(char *out, uint32_t c) {
  if (c < 0x80) {
    *out++ = (char)c;
  } else if (c < 0x800) {
    *out++ = (char)(0xc0 | c >> 6);
    *out++ = (char)(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    *out++ = (char)(0xe0 | c >> 12);
    *out++ = (char)(0x80 | (c >> 6 & 0x3f));
    *out++ = (char)(0x80 | (c & 0x3f));
  } else {
    *out++ = (char)(0xf0 | c >> 18);
    *out++ = (char)(0x80 | (c >> 12 & 0x3f));
    *out++ = (char)(0x80 | (c >> 6 & 0x3f));
    *out++ = (char)(0x80 | (c & 0x3f));
  }
  return out;
}

enum kind { BYTES, LITTLE, BIG };

static enum kind kind_of(const uint8_t *bytes, size_t len) {
  size_t zeros[2] = {0, 0}, probe = len < PROBE_BYTES ? len & ~(size_t)1 : PROBE_BYTES;
  if (len >= 2 && bytes[0] == 0xff && bytes[1] == 0xfe)
    return LITTLE;
  if (len >= 2 && bytes[0] == 0xfe && bytes[1] == 0xff)
    return BIG;
  for (size_t i = 0; i < probe; i++)
    zeros[i % 2] += bytes[i] == 0;
  /* Three in four, so that a few letters from elsewhere in a header do not hide it. */
  if (probe >= 8 && zeros[1] * 8 > probe * 3 && zeros[0] == 0)
    return LITTLE;
  return probe >= 8 && zeros[0] * 8 > probe * 3 && zeros[1] == 0 ? BIG : BYTES;
}

static uint32_t unit_at(const uint8_t *bytes, enum kind kind) {
  return kind == LITTLE ? (uint32_t)(bytes[0] | bytes[1] << 8) : (uint32_t)(bytes[0] << 8 | bytes[1]);
}

static char *from_utf16(const uint8_t *bytes, size_t len, enum kind kind, char *out) {
  for (size_t at = 0; at + 1 < len; at += 2) {
    uint32_t c = unit_at(bytes + at, kind);
    uint32_t low = c >= 0xd800 && c < 0xdc00 && at + 3 < len ? unit_at(bytes + at + 2, kind) : 0;
    if (at == 0 && c == 0xfeff)
      continue;
    if (low >= 0xdc00 && low < 0xe000) {
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
      at += 2;
    } else if (c >= 0xd800 && c < 0xe000) {
      c = replacement;
    }
    out = put(out, c);
  }
  return out;
}

static char *from_bytes(const uint8_t *bytes, size_t len, char *out, uint64_t *odd_line) {
  uint64_t line = 1;
  size_t at = len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  while (at < len) {
    uint32_t c;
    size_t n = utf8_next((const char *)bytes + at, len - at, &c);
    uint8_t byte = bytes[at];
    if (n > 0) {
      memcpy(out, bytes + at, n);
      out += n;
    } else if (byte == 0) {
      *out++ = '\0';
    } else {
      *odd_line = *odd_line == 0 ? line : *odd_line;
      uint32_t mapped = byte >= 0xa0 ? byte : cp1252[byte - 0x80];
      out = put(out, mapped != 0 ? mapped : replacement);
    }
    line += byte == '\n' || (byte == '\r' && (at + 1 == len || bytes[at + 1] != '\n'));
    at += n > 0 ? n : 1;
  }
  return out;
}

int decode_text(const uint8_t *bytes, size_t len, struct decoded *ret) {
  struct decoded decoded = {.utf16 = false};
  enum kind kind = kind_of(bytes, len);
  decoded.text = malloc(len * MOST_BYTES + 1);
  if (decoded.text == NULL)
    return -1;
  decoded.utf16 = kind != BYTES;
  char *end = kind == BYTES ? from_bytes(bytes, len, decoded.text, &decoded.odd_line) : from_utf16(bytes, len, kind, decoded.text);
  *end = '\0';
  decoded.len = (size_t)(end - decoded.text);
  *ret = decoded;
  return 0;
}
