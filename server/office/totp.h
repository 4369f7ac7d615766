/* Time-based one-time passwords (RFC 6238): SHA-1, six digits, steps of 30 s, which is what every authenticator app does. */
#ifndef SG_OFFICE_TOTP_H
#define SG_OFFICE_TOTP_H

#include "base/buf.h"
#include "proto/attr.h"

#include <stdbool.h>
#include <stdint.h>

enum { TOTP_SECRET_BYTES = 20 /* RFC 4226, section 4: 160 bits are recommended */, TOTP_DIGITS = 6, TOTP_BASE32_TEXT = 33 };

int totp_secret_make(uint8_t ret[TOTP_SECRET_BYTES]) MUSTCHECK; /* E_TLS */
void totp_secret_print(const uint8_t secret[TOTP_SECRET_BYTES], char ret[TOTP_BASE32_TEXT]);
/* "otpauth://totp/School:name?secret=…&issuer=School", for a QR code. */
void totp_uri(struct buf *out, const char *issuer, const char *account, const char *base32);

bool totp_is_code(const char *text); /* six digits */
/* The step in which the code is right, from one before to one after now and later than `last_step`; false where there is none. */
bool totp_check(const uint8_t secret[TOTP_SECRET_BYTES], const char *code, int64_t unix_s, int64_t last_step, int64_t *ret_step);

#endif
