/* Without tables: what is read here are keys and hashes of a few dozen digits, and a query's escapes. */
#include "base/hex.h"

#include "base/err.h"

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int hex_read(const char *text, size_t text_len, uint8_t *ret, size_t cap, size_t *ret_len) {
  if (text_len % 2 != 0)
    return E_INVALID;
  if (text_len / 2 > cap)
    return E_LIMIT;
  for (size_t i = 0; i < text_len / 2; i++) {
    const int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0)
      return E_INVALID;
    ret[i] = (uint8_t)(high * 16 + low);
  }
  *ret_len = text_len / 2;
  return E_OK;
}
