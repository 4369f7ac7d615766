/* What the database keeps and must not be able to read: secrets of second factors, under a key that only the daemon has. */
#ifndef SG_OFFICE_SEAL_H
#define SG_OFFICE_SEAL_H

#include "proto/attr.h"

#include <stddef.h>
#include <stdint.h>

enum { SEAL_KEY_BYTES = 32, SEAL_EXTRA_BYTES = 1 + 12 + 16 /* version, nonce, tag */, SEAL_REASON = 400 };

struct seal {
  uint8_t key[SEAL_KEY_BYTES];
};

/* Reads a key of 64 hexadecimal digits from a file that nobody else may read. 0; E_CONFIG with a sentence. */
int seal_load(struct seal *seal, const char *path, char reason[SEAL_REASON]) MUSTCHECK;
void seal_forget(struct seal *seal);

/* `what` is bound to the bytes ("totp/demo/17"): what was sealed for one account does not open for another. `ret` has room for
 * len + SEAL_EXTRA_BYTES. E_TLS. */
int seal_close(const struct seal *seal, const char *what, const uint8_t *bytes, size_t len, uint8_t *ret) MUSTCHECK;
/* `ret` has room for len - SEAL_EXTRA_BYTES. E_INVALID for what was not sealed so. */
int seal_open(const struct seal *seal, const char *what, const uint8_t *bytes, size_t len, uint8_t *ret) MUSTCHECK;

#endif
