/*
 * AES-256-GCM with a random nonce of 96 bits; the name of what is sealed goes in as associated data.
 *
 *   version 1 | nonce 12 | ciphertext | tag 16
 *
 * A few thousand secrets are sealed under one key in its life; random nonces are good for 2^32 (NIST SP 800-38D, 8.3). The
 * version byte is for the day when a second key or cipher stands beside the first. Rejected: pgcrypto (the key would travel
 * in statements, and so into the server's log), sealing with the TLS key (it is changed every year).
 */
#include "office/seal.h"

#include "base/err.h"
#include "base/file.h"
#include "base/hex.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, NONCE = 12, TAG = 16, HEX = 2 * SEAL_KEY_BYTES, FILE_MOST = 256 };

static int key_read(const char *text, size_t len, uint8_t key[SEAL_KEY_BYTES]) {
  size_t bytes;
  if (len > HEX && text[len - 1] == '\n')
    len--;
  return len == HEX ? hex_read(text, len, key, SEAL_KEY_BYTES, &bytes) : E_INVALID;
}

int seal_load(struct seal *seal, const char *path, char reason[SEAL_REASON]) {
  char *text = NULL;
  size_t len = 0;
  if (file_read_secret(path, FILE_MOST, &text, &len, reason) < 0)
    return E_CONFIG;
  const int err = key_read(text, len, seal->key);
  OPENSSL_cleanse(text, len);
  free(text);
  if (err) {
    snprintf(reason, SEAL_REASON, "%.250s is not a key of %d hexadecimal digits; stepguardctl init makes one", path, HEX);
    return E_CONFIG;
  }
  return E_OK;
}

void seal_forget(struct seal *seal) {
  OPENSSL_cleanse(seal->key, sizeof seal->key);
}

int seal_close(const struct seal *seal, const char *what, const uint8_t *bytes, size_t len, uint8_t *ret) {
  EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
  uint8_t *nonce = ret + 1, *text = nonce + NONCE, *tag = text + len;
  int n = 0;
  ret[0] = VERSION;
  const bool done = ctx && RAND_bytes(nonce, NONCE) == 1 &&
                    EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, seal->key, nonce) == 1 &&
                    EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)what, (int)strlen(what)) == 1 &&
                    EVP_EncryptUpdate(ctx, text, &n, bytes, (int)len) == 1 && EVP_EncryptFinal_ex(ctx, tag, &n) == 1 &&
                    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG, tag) == 1;
  EVP_CIPHER_CTX_free(ctx);
  return done ? E_OK : E_TLS;
}

int seal_open(const struct seal *seal, const char *what, const uint8_t *bytes, size_t len, uint8_t *ret) {
  if (len < SEAL_EXTRA_BYTES || bytes[0] != VERSION)
    return E_INVALID;
  const uint8_t *nonce = bytes + 1, *text = nonce + NONCE;
  const size_t text_len = len - SEAL_EXTRA_BYTES;
  uint8_t tag[TAG], end[TAG];
  int n = 0;
  EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
  memcpy(tag, text + text_len, TAG);
  const bool done = ctx && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, seal->key, nonce) == 1 &&
                    EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)what, (int)strlen(what)) == 1 &&
                    EVP_DecryptUpdate(ctx, ret, &n, text, (int)text_len) == 1 &&
                    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 && EVP_DecryptFinal_ex(ctx, end, &n) == 1;
  EVP_CIPHER_CTX_free(ctx);
  if (!done)
    OPENSSL_cleanse(ret, text_len); /* it was written before its tag was looked at */
  return done ? E_OK : E_INVALID;
}
