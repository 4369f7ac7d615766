/*
 * Secrets that are only ever compared: sessions, their CSRF tokens, service tokens. The text
 * goes to whoever may have it, its SHA-256 to the database. (Codes that people copy by hand: base/onetime.h.)
 */
#ifndef SG_OFFICE_TOKEN_H
#define SG_OFFICE_TOKEN_H

#include "base/base64.h"
#include "base/digest.h"
#include "proto/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  TOKEN_BYTES = 32,                              /* from the system's generator */
  TOKEN_TEXT = BASE64URL_CHARS(TOKEN_BYTES) + 1, /* base64url without padding, NUL */
  TOKEN_HASH_HEX = 2 * DIGEST_BYTES + 1,
};

int token_make(char ret[TOKEN_TEXT]) MUSTCHECK; /* E_TLS when there is no randomness */
/* The CSRF token of a session: HMAC-SHA256 of a fixed text under its token, so that it can be told again and stored nowhere. */
void token_csrf(const char *session, char ret[TOKEN_TEXT]);
void token_hash(const char *text, uint8_t ret[DIGEST_BYTES]);
void token_hash_hex(const char *text, char ret[TOKEN_HASH_HEX]);

/* The value of that cookie in a Cookie header, copied; false where there is none, or it is longer than `cap` - 1, or it is
 * there twice: two mean that somebody has set one from elsewhere. */
bool token_cookie(const char *header, const char *name, char *ret, size_t cap);
bool token_is_session(const char *text); /* by its form */

#endif
