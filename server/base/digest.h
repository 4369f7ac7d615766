/* SHA-256, for manifests, versions of texts, and codes that are stored hashed. */
#ifndef SG_BASE_DIGEST_H
#define SG_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_BYTES = 32, DIGEST_TEXT = 2 * DIGEST_BYTES + 1 };

void digest_sha256(uint8_t ret[DIGEST_BYTES], const void *bytes, size_t len);
void digest_hex(char *ret, const uint8_t *bytes, size_t len); /* 2 * len characters and a NUL */

#endif
