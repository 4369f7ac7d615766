/*
 * 120 random bits in 24 characters of Crockford's alphabet (no I, L, O, U), in groups of four.
 *
 * At the rate the port allows half of them would do; the rest is for whoever has a stolen dump: from 112 bits on a fast hash is
 * enough to keep them by (ASVS 5.0, 6.5.2). The codes by which students enrol (proto/code.h) are longer, for they carry the
 * fingerprint of the school's CA as well.
 */
#include "base/onetime.h"

#include "base/err.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <string.h>

static const char crockford[] = "0123456789abcdefghjkmnpqrstvwxyz";

int onetime_make(char ret[ONETIME_TEXT]) {
  uint8_t bytes[ONETIME_CHARS];
  size_t n = 0;
  if (RAND_bytes(bytes, sizeof bytes) != 1)
    return E_TLS;
  for (size_t i = 0; i < ONETIME_CHARS; i++) {
    if (i > 0 && i % ONETIME_GROUP == 0)
      ret[n++] = '-';
    ret[n++] = crockford[bytes[i] & 31];
  }
  ret[n] = '\0';
  OPENSSL_cleanse(bytes, sizeof bytes);
  return E_OK;
}

bool onetime_read(const char *typed, char ret[ONETIME_TEXT]) {
  size_t chars = 0, n = 0;
  for (; *typed; typed++) {
    char c = (char)tolower((unsigned char)*typed);
    if (c == ' ' || c == '-')
      continue;
    c = c == 'o' ? '0' : c == 'i' || c == 'l' ? '1' : c;
    if (chars == ONETIME_CHARS || !strchr(crockford, c))
      return false;
    if (chars > 0 && chars % ONETIME_GROUP == 0)
      ret[n++] = '-';
    ret[n++] = c;
    chars++;
  }
  ret[n] = '\0';
  return chars == ONETIME_CHARS;
}
