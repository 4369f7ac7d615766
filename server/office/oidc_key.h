/*
 * The provider's public keys (JWK Set, RFC 7517) and what they are for: telling whether a signature is one of theirs.
 */
#ifndef SG_OFFICE_OIDC_KEY_H
#define SG_OFFICE_OIDC_KEY_H

#include "office/limits.h"
#include "proto/attr.h"

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What we take (RFC 7518, 3.1). Everything else, "none" and the symmetric ones above all, is not in the table. */
enum oidc_alg { OIDC_RS256, OIDC_PS256, OIDC_ES256, OIDC_ALGS };

struct oidc_keys {
  size_t n;
  struct oidc_key {
    char kid[OIDC_KID_BYTES]; /* "": it has none */
    unsigned algs;            /* 1 << enum oidc_alg, of those it may be used with */
    EVP_PKEY *key;
  } item[OIDC_KEYS_MOST];
};

bool oidc_alg_find(const char *name, enum oidc_alg *ret) MUSTCHECK; /* "RS256"; false for what is not allowed */

/* Keys of other kinds and uses are passed over. 0 with at least one key; E_INVALID for what is no set or has no key for us,
 * E_LIMIT for more than OIDC_KEYS_MOST, E_NOMEM. */
int oidc_keys_read(const char *text, size_t len, struct oidc_keys *ret) MUSTCHECK;
void oidc_keys_done(struct oidc_keys *keys);

/* The one key that has this name and may be used so. `kid` NULL: the only one that may be used so; NULL when there are
 * several, since trying them all would let the sender choose. */
const struct oidc_key *oidc_keys_find(const struct oidc_keys *keys, const char *kid, enum oidc_alg alg);

bool oidc_key_signed(const struct oidc_key *key, enum oidc_alg alg, const void *text, size_t text_len, const uint8_t *signature,
                     size_t signature_len);

#endif
