/*
 * Tokens.
 *
 * 256 random bits need no slow hash: SHA-256 of the text is what the database keeps, so a stolen dump opens nothing, and a
 * look-up by hash gives no timing to measure. Codes that people copy have 100 bits in 20 characters of Crockford's alphabet
 * (no I, L, O, U), which is enough by 40 bits against whoever may try for a year at the rate the port allows.
 *
 * The CSRF token is derived from the session's, so the browser keeps nothing more and a page that was loaded anew asks for
 * it again (GET /session). Whoever could compute it has the session already.
 */
#include "office/token.h"

#include "base/err.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char crockford[] = "0123456789abcdefghjkmnpqrstvwxyz";

enum { CODE_CHARS = 20, CODE_GROUP = 5 };

static void token_print(const uint8_t bytes[TOKEN_BYTES], char ret[TOKEN_TEXT]) {
  unsigned bits = 0;
  uint32_t held = 0;
  size_t n = 0;
  for (size_t i = 0; i < TOKEN_BYTES; i++) {
    held = held << 8 | bytes[i];
    for (bits += 8; bits >= 6; bits -= 6)
      ret[n++] = base64url[held >> (bits - 6) & 63];
  }
  if (bits > 0)
    ret[n++] = base64url[held << (6 - bits) & 63];
  ret[n] = '\0';
}

int token_make(char ret[TOKEN_TEXT]) {
  uint8_t bytes[TOKEN_BYTES];
  if (RAND_bytes(bytes, sizeof bytes) != 1)
    return E_TLS;
  token_print(bytes, ret);
  OPENSSL_cleanse(bytes, sizeof bytes);
  return E_OK;
}

void token_csrf(const char *session, char ret[TOKEN_TEXT]) {
  static const unsigned char what[] = "stepguard csrf 1";
  uint8_t digest[EVP_MAX_MD_SIZE] = {0};
  (void)HMAC(EVP_sha256(), session, (int)strlen(session), what, sizeof what - 1, digest, NULL);
  token_print(digest, ret);
}

void token_hash(const char *text, uint8_t ret[DIGEST_BYTES]) {
  digest_sha256(ret, text, strlen(text));
}

void token_hash_hex(const char *text, char ret[TOKEN_HASH_HEX]) {
  uint8_t hash[DIGEST_BYTES];
  token_hash(text, hash);
  digest_hex(ret, hash, sizeof hash);
}

/* ---- codes for people ---- */

int token_code_make(char ret[TOKEN_CODE_TEXT]) {
  uint8_t bytes[CODE_CHARS];
  size_t n = 0;
  if (RAND_bytes(bytes, sizeof bytes) != 1)
    return E_TLS;
  for (size_t i = 0; i < CODE_CHARS; i++) {
    if (i > 0 && i % CODE_GROUP == 0)
      ret[n++] = '-';
    ret[n++] = crockford[bytes[i] & 31];
  }
  ret[n] = '\0';
  OPENSSL_cleanse(bytes, sizeof bytes);
  return E_OK;
}

bool token_code_read(const char *typed, char ret[TOKEN_CODE_TEXT]) {
  size_t chars = 0, n = 0;
  for (; *typed; typed++) {
    char c = (char)tolower((unsigned char)*typed);
    if (c == ' ' || c == '-')
      continue;
    c = c == 'o' ? '0' : c == 'i' || c == 'l' ? '1' : c;
    if (chars == CODE_CHARS || !strchr(crockford, c))
      return false;
    if (chars > 0 && chars % CODE_GROUP == 0)
      ret[n++] = '-';
    ret[n++] = c;
    chars++;
  }
  ret[n] = '\0';
  return chars == CODE_CHARS;
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
  return strlen(text) == TOKEN_TEXT - 1 && text[strspn(text, base64url)] == '\0';
}
