/*
 * Tokens.
 *
 * 256 random bits need no slow hash: SHA-256 of the text is what the database keeps, so a stolen dump opens nothing, and a
 * look-up by hash gives no timing to measure.
 *
 * The CSRF token is derived from the session's, so the browser keeps nothing more and a page that was loaded anew asks for
 * it again (GET /session). Whoever could compute it has the session already.
 */
#include "office/token.h"

#include "base/base64.h"
#include "base/err.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

int token_make(char ret[TOKEN_TEXT]) {
  uint8_t bytes[TOKEN_BYTES];
  if (RAND_bytes(bytes, sizeof bytes) != 1)
    return E_TLS;
  base64url_print(ret, bytes, sizeof bytes);
  OPENSSL_cleanse(bytes, sizeof bytes);
  return E_OK;
}

void token_csrf(const char *session, char ret[TOKEN_TEXT]) {
  static const unsigned char what[] = "stepguard csrf 1";
  uint8_t digest[EVP_MAX_MD_SIZE] = {0};
  (void)HMAC(EVP_sha256(), session, (int)strlen(session), what, sizeof what - 1, digest, NULL);
  base64url_print(ret, digest, TOKEN_BYTES);
}

void token_hash(const char *text, uint8_t ret[DIGEST_BYTES]) {
  digest_sha256(ret, text, strlen(text));
}

void token_hash_hex(const char *text, char ret[TOKEN_HASH_HEX]) {
  uint8_t hash[DIGEST_BYTES];
  token_hash(text, hash);
  digest_hex(ret, hash, sizeof hash);
}

/* ---- cookies ---- */

bool token_cookie(const char *header, const char *name, char *ret, size_t cap) {
  const size_t name_len = strlen(name);
  bool found = false;
  for (const char *at = header; *at; at += strspn(at, "; ")) {
    const size_t len = strcspn(at, ";");
    if (len > name_len && strncmp(at, name, name_len) == 0 && at[name_len] == '=') {
      const size_t value_len = len - name_len - 1;
      if (found || value_len >= cap)
        return false;
      memcpy(ret, at + name_len + 1, value_len);
      ret[value_len] = '\0';
      found = true;
    }
    at += len;
  }
  return found;
}

bool token_is_session(const char *text) {
  return strlen(text) == TOKEN_TEXT - 1 && text[strspn(text, base64url_alphabet)] == '\0';
}
