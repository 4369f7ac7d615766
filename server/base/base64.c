/*
 * base64url, one spelling for each sequence of bytes.
 *
 * Padding, blanks, the other alphabet and stray low bits are refused: what is signed or hashed is the text, and two texts for
 * the same bytes are how one reader is shown something other than the next. OpenSSL's decoder has the other alphabet and
 * skips blanks; glib's and curl's are not linked here.
 */
#include "base/base64.h"

#include "base/err.h"

const char base64url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

enum { CHAR_BITS = 6, BYTE_BITS = 8, CHAR_MASK = 63, BYTE_MASK = 255 };

void base64url_print(char *ret, const void *bytes, size_t len) {
  const uint8_t *at = bytes;
  unsigned bits = 0;
  uint32_t held = 0;
  for (size_t i = 0; i < len; i++) {
    held = held << BYTE_BITS | at[i];
    for (bits += BYTE_BITS; bits >= CHAR_BITS; bits -= CHAR_BITS)
      *ret++ = base64url_alphabet[held >> (bits - CHAR_BITS) & CHAR_MASK];
  }
  if (bits > 0)
    *ret++ = base64url_alphabet[held << (CHAR_BITS - bits) & CHAR_MASK];
  *ret = '\0';
}

static int value_of(char c) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '-' ? 62 : c == '_' ? 63 : -1;
}

int base64url_read(const char *text, size_t len, uint8_t *ret, size_t cap, size_t *ret_len) {
  unsigned bits = 0;
  uint32_t held = 0;
  size_t n = 0;
  if (len % 4 == 1)
    return E_INVALID;
  for (size_t i = 0; i < len; i++) {
    const int value = value_of(text[i]);
    if (value < 0)
      return E_INVALID;
    held = held << CHAR_BITS | (uint32_t)value;
    bits += CHAR_BITS;
    if (bits < BYTE_BITS)
      continue;
    if (n == cap)
      return E_LIMIT;
    bits -= BYTE_BITS;
    ret[n++] = (uint8_t)(held >> bits & BYTE_MASK);
  }
  if ((held & ((1u << bits) - 1)) != 0)
    return E_INVALID;
  *ret_len = n;
  return E_OK;
}
