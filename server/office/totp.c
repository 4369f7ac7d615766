/*
 * TOTP by liboath's HOTP; what is ours is which steps count.
 *
 * One step of drift each way (RFC 6238, 5.2): phones are off by seconds and people take a few to type. All three are
 * computed and compared in constant time whatever matches. A step that was used, and those before it, do not count again:
 * the highest is kept with the account and moved there by compare-and-swap, so that a code seen over a shoulder is spent.
 */
#include "office/totp.h"

#include "base/err.h"
#include "office/query.h"

#include <liboath/oath.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

enum { STEP_S = 30, DRIFT_STEPS = 1 };

int totp_secret_make(uint8_t ret[TOTP_SECRET_BYTES]) {
  return RAND_bytes(ret, TOTP_SECRET_BYTES) == 1 ? E_OK : E_TLS;
}

/* RFC 4648; 160 bits are 32 characters without padding. liboath has one too, which allocates. */
void totp_secret_print(const uint8_t secret[TOTP_SECRET_BYTES], char ret[TOTP_BASE32_TEXT]) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  uint32_t held = 0;
  unsigned bits = 0;
  size_t n = 0;
  for (size_t i = 0; i < TOTP_SECRET_BYTES; i++) {
    held = held << 8 | secret[i];
    for (bits += 8; bits >= 5; bits -= 5)
      ret[n++] = alphabet[held >> (bits - 5) & 31];
  }
  ret[n] = '\0';
}

void totp_uri(struct buf *out, const char *issuer, const char *account, const char *base32) {
  buf_printf(out, "otpauth://totp/");
  query_escape(out, issuer);
  buf_printf(out, ":");
  query_escape(out, account);
  buf_printf(out, "?secret=%s&issuer=", base32);
  query_escape(out, issuer);
}

bool totp_is_code(const char *text) {
  return strlen(text) == TOTP_DIGITS && text[strspn(text, "0123456789")] == '\0';
}

bool totp_check(const uint8_t secret[TOTP_SECRET_BYTES], const char *code, int64_t unix_s, int64_t last_step, int64_t *ret_step) {
  bool found = false;
  if (!totp_is_code(code))
    return false;
  for (int64_t step = unix_s / STEP_S - DRIFT_STEPS; step <= unix_s / STEP_S + DRIFT_STEPS; step++) {
    char right[TOTP_DIGITS + 1];
    if (oath_hotp_generate((const char *)secret, TOTP_SECRET_BYTES, (uint64_t)step, TOTP_DIGITS, false,
                           OATH_HOTP_DYNAMIC_TRUNCATION, right) != OATH_OK)
      return false;
    if (CRYPTO_memcmp(right, code, TOTP_DIGITS) == 0 && step > last_step && !found) {
      found = true;
      *ret_step = step;
    }
    OPENSSL_cleanse(right, sizeof right);
  }
  return found;
}
