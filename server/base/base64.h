/* base64url without padding (RFC 4648, section 5): tokens, cookies, and everything of JOSE. */
#ifndef SG_BASE_BASE64_H
#define SG_BASE_BASE64_H

#include "proto/attr.h"

#include <stddef.h>
#include <stdint.h>

#define BASE64URL_CHARS(bytes) (((bytes)*4 + 2) / 3) /* without the NUL */

extern const char base64url_alphabet[]; /* 64 characters */

void base64url_print(char *ret, const void *bytes, size_t len); /* BASE64URL_CHARS(len) characters and a NUL */

/* 0; E_INVALID for anything but the one spelling that base64url_print() gives; E_LIMIT when `cap` is less than its bytes. */
int base64url_read(const char *text, size_t len, uint8_t *ret, size_t cap, size_t *ret_len) MUSTCHECK;

#endif
