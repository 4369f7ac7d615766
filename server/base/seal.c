/*
 * AES-256-GCM with a random nonce of 96 bits; the name of what is sealed goes in as associated data.
 *
 *   number of the key 1 | nonce 12 | ciphertext | tag 16
 *
 * A few thousand secrets are sealed under one key in its life; random nonces are good for 2^32 (NIST SP 800-38D, 8.3). The number
 * says under which key, and with it by which cipher: should there be another one, its keys have numbers of their own. Rejected:
 * pgcrypto (the key would travel in statements, and so into the server's log), sealing with the TLS key (it is changed every
 * year), trying every key (it could not be said what still hangs on the old one).
 */
#include "base/seal.h"

#include "base/check.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/file.h"
#include "base/hex.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NONCE = 12, TAG = 16, HEX = 2 * SEAL_KEY_BYTES };

/* ---------------------------------------------------------------- the keys */

/* "2 0011...": false for what is no such line, and where the numbers do not rise. */
static bool line_read(struct seal *seal, const char *line, size_t len) {
  size_t bytes, at = 0;
  unsigned number = 0;
  while (at < len && line[at] >= '0' && line[at] <= '9' && number <= SEAL_NUMBER_MOST)
    number = number * 10 + (unsigned)(line[at++] - '0');
  if (len == HEX && seal->n == 0) { /* the first key of an installation stands alone */
    number = 1;
    at = 0;
  } else if (at == 0 || at >= len || line[at++] != ' ') {
    return false;
  }
  const bool rises = number > 0 && number <= SEAL_NUMBER_MOST && (seal->n == 0 || number > seal_newest(seal));
  if (!rises || seal->n == SEAL_KEYS || len - at != HEX)
    return false;
  struct seal_key *key = &seal->keys[seal->n];
  key->number = (uint8_t)number;
  if (hex_read(line + at, HEX, key->key, SEAL_KEY_BYTES, &bytes) < 0)
    return false;
  seal->n++;
  return true;
}

static bool keys_read(struct seal *seal, const char *text) {
  for (const char *line = text; *line;) {
    const size_t len = strcspn(line, "\n");
    if (!line_read(seal, line, len))
      return false;
    line += len + (line[len] == '\n');
  }
  return seal->n > 0;
}

int seal_load(struct seal *seal, const char *path, char reason[SEAL_REASON]) {
  struct seal loaded = {0};
  char *text = NULL;
  size_t len = 0;
  if (file_read_secret(path, SEAL_FILE_BYTES, &text, &len, reason) < 0)
    return E_CONFIG;
  const bool whole = keys_read(&loaded, text);
  OPENSSL_cleanse(text, len);
  free(text);
  if (whole)
    *seal = loaded;
  else
    snprintf(reason, SEAL_REASON, "%.250s does not hold keys of %d hexadecimal digits; stepguardctl init makes one", path, HEX);
  seal_forget(&loaded);
  return whole ? E_OK : E_CONFIG;
}

void seal_print(const struct seal *seal, char ret[SEAL_FILE_BYTES]) {
  size_t used = 0;
  ret[0] = '\0';
  for (size_t i = 0; i < seal->n; i++) {
    char hex[HEX + 1];
    digest_hex(hex, seal->keys[i].key, SEAL_KEY_BYTES);
    used += (size_t)snprintf(ret + used, SEAL_FILE_BYTES - used, "%u %s\n", seal->keys[i].number, hex);
    OPENSSL_cleanse(hex, sizeof hex);
  }
}

void seal_forget(struct seal *seal) {
  OPENSSL_cleanse(seal, sizeof *seal);
}

int seal_add(struct seal *seal) {
  const unsigned number = seal->n > 0 ? seal_newest(seal) + 1u : 1;
  if (seal->n == SEAL_KEYS || number > SEAL_NUMBER_MOST)
    return E_LIMIT;
  struct seal_key *key = &seal->keys[seal->n];
  if (RAND_bytes(key->key, SEAL_KEY_BYTES) != 1)
    return E_TLS;
  key->number = (uint8_t)number;
  seal->n++;
  return E_OK;
}

static const struct seal_key *key_find(const struct seal *seal, uint8_t number) {
  for (size_t i = 0; i < seal->n; i++)
    if (seal->keys[i].number == number)
      return &seal->keys[i];
  return NULL;
}

bool seal_has(const struct seal *seal, uint8_t number) {
  return key_find(seal, number);
}

void seal_remove(struct seal *seal, uint8_t number) {
  size_t kept = 0;
  for (size_t i = 0; i < seal->n; i++)
    if (seal->keys[i].number != number)
      seal->keys[kept++] = seal->keys[i];
  OPENSSL_cleanse(&seal->keys[kept], (SEAL_KEYS - kept) * sizeof seal->keys[0]);
  seal->n = kept;
}

uint8_t seal_newest(const struct seal *seal) {
  CHECK(seal->n > 0);
  return seal->keys[seal->n - 1].number;
}

/* ---------------------------------------------------------------- sealing */

int seal_close(const struct seal *seal, const char *what, const uint8_t *bytes, size_t len, uint8_t *ret) {
  EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
  uint8_t *nonce = ret + 1, *text = nonce + NONCE, *tag = text + len;
  int n = 0;
  const struct seal_key *key = key_find(seal, seal_newest(seal));
  ret[0] = key->number;
  const bool done = ctx && RAND_bytes(nonce, NONCE) == 1 &&
                    EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->key, nonce) == 1 &&
                    EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)what, (int)strlen(what)) == 1 &&
                    EVP_EncryptUpdate(ctx, text, &n, bytes, (int)len) == 1 && EVP_EncryptFinal_ex(ctx, tag, &n) == 1 &&
                    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG, tag) == 1;
  EVP_CIPHER_CTX_free(ctx);
  return done ? E_OK : E_TLS;
}

int seal_open(const struct seal *seal, const char *what, const uint8_t *bytes, size_t len, uint8_t *ret) {
  const struct seal_key *key = len < SEAL_EXTRA_BYTES ? NULL : key_find(seal, bytes[0]);
  if (!key)
    return E_INVALID;
  const uint8_t *nonce = bytes + 1, *text = nonce + NONCE;
  const size_t text_len = len - SEAL_EXTRA_BYTES;
  uint8_t tag[TAG], end[TAG];
  int n = 0;
  EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
  memcpy(tag, text + text_len, TAG);
  const bool done = ctx && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->key, nonce) == 1 &&
                    EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)what, (int)strlen(what)) == 1 &&
                    EVP_DecryptUpdate(ctx, ret, &n, text, (int)text_len) == 1 &&
                    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 && EVP_DecryptFinal_ex(ctx, end, &n) == 1;
  EVP_CIPHER_CTX_free(ctx);
  if (!done)
    OPENSSL_cleanse(ret, text_len); /* it was written before its tag was looked at */
  return done ? E_OK : E_INVALID;
}
