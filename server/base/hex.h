/* Hexadecimal digits, read. (Written: digest_hex() of base/digest.h.) */
#ifndef SG_BASE_HEX_H
#define SG_BASE_HEX_H

#include "proto/attr.h"

#include <stddef.h>
#include <stdint.h>

int hex_digit(char c); /* 0 to 15 in either case, -1 for what is none */

/* The whole text, which must be pairs of digits and nothing else, into at most `cap` bytes. E_INVALID, E_LIMIT. */
int hex_read(const char *text, size_t text_len, uint8_t *ret, size_t cap, size_t *ret_len) MUSTCHECK;

#endif
