/* SHA-256 by OpenSSL. It can fail there only where the library is broken or out of memory at its start; nothing that this
 * is used for may go on then. */
#include "base/digest.h"

#include "base/check.h"

#include <openssl/evp.h>
#include <stdio.h>

void digest_sha256(uint8_t ret[DIGEST_BYTES], const void *bytes, size_t len) {
  unsigned int n = 0;
  CHECK(EVP_Digest(bytes, len, ret, &n, EVP_sha256(), NULL) == 1 && n == DIGEST_BYTES);
}

void digest_hex(char *ret, const uint8_t *bytes, size_t len) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < len; i++) {
    ret[2 * i] = digits[bytes[i] >> 4];
    ret[2 * i + 1] = digits[bytes[i] & 15];
  }
  ret[2 * len] = '\0';
}
