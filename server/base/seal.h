/*
 * What the database keeps and must not be able to read: secrets of second factors, under keys that only the daemon has.
 *
 * There may be several keys, each with a number. What is sealed from now on is sealed under the highest; what was sealed under
 * another says so in its first byte and still opens. So a key is changed by adding one, sealing anew what there is, and taking the
 * old one away (`stepguardctl seal`).
 */
#ifndef SG_BASE_SEAL_H
#define SG_BASE_SEAL_H

#include "proto/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  SEAL_KEY_BYTES = 32,
  SEAL_EXTRA_BYTES = 1 + 12 + 16, /* number of the key, nonce, tag */
  SEAL_REASON = 400,
  SEAL_KEYS = 8,
  SEAL_FILE_BYTES = SEAL_KEYS * 80,
  SEAL_NUMBER_MOST = 255,
};

struct seal {
  size_t n;
  struct seal_key {
    uint8_t number; /* 1 to 255, rising */
    uint8_t key[SEAL_KEY_BYTES];
  } keys[SEAL_KEYS];
};

/* Reads a file that nobody else may read: a line "number key" for each, the key in 64 hexadecimal digits; or one key alone, which
 * has the number 1. 0; E_CONFIG with a sentence, and *seal is what it was. */
int seal_load(struct seal *seal, const char *path, char reason[SEAL_REASON]) MUSTCHECK;
/* The keys as such a file, with its NUL. */
void seal_print(const struct seal *seal, char ret[SEAL_FILE_BYTES]);
void seal_forget(struct seal *seal);

/* Adds a fresh one with the next number. E_LIMIT where there is no room or no number left, E_TLS. */
int seal_add(struct seal *seal) MUSTCHECK;
bool seal_has(const struct seal *seal, uint8_t number);
void seal_remove(struct seal *seal, uint8_t number);
uint8_t seal_newest(const struct seal *seal);

/* What the secret of a second factor is bound to: school, account. */
#define SEAL_FACTOR_NAME "totp/%s/%lld"
/* What a webhook's secret (its raw bytes) is bound to: school, core.webhook.secret_for. */
#define SEAL_WEBHOOK_NAME "webhook/%s/%s"

/* `what` is bound to the bytes ("totp/demo/17"): what was sealed for one account does not open for another. `ret` has room for
 * len + SEAL_EXTRA_BYTES. E_TLS. */
int seal_close(const struct seal *seal, const char *what, const uint8_t *bytes, size_t len, uint8_t *ret) MUSTCHECK;
/* `ret` has room for len - SEAL_EXTRA_BYTES. E_INVALID for what was not sealed so. */
int seal_open(const struct seal *seal, const char *what, const uint8_t *bytes, size_t len, uint8_t *ret) MUSTCHECK;

#endif
