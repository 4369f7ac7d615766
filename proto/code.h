/*
 * One-time enrolment codes, as people read and type them.
 *
 *   30 bytes = 16 secret + 12 of the SHA-256 of the school CA's certificate (DER) + 2 check (CRC-16/XMODEM of the 28 before)
 *   written in Crockford's base 32 (no I, L, O, U) as twelve groups of four: 7K3D-...-9QXA
 *
 * The fingerprint lets the client authenticate the server before the first byte is sent: it accepts only a chain whose CA
 * certificate hashes to it (96 bits: a second pre-image costs 2^96). The check turns a typing slip into a message that
 * says so, before any network. Reading is forgiving: either case, with or without dashes and spaces, O as 0, I and L as 1.
 */
#ifndef SG_PROTO_CODE_H
#define SG_PROTO_CODE_H

#include "proto/attr.h"

#include <stddef.h>
#include <stdint.h>

enum { CODE_SECRET_BYTES = 16, CODE_FINGERPRINT_BYTES = 12, CODE_TEXT = 60 /* 48 letters, 11 dashes, NUL */ };

struct code {
  uint8_t secret[CODE_SECRET_BYTES];
  uint8_t ca_fingerprint[CODE_FINGERPRINT_BYTES];
};

enum code_verdict {
  CODE_OK = 0,
  CODE_BAD_LETTER = -1, /* *ret_at is the offending position in the text */
  CODE_BAD_LENGTH = -2, /* *ret_at is the number of letters found, of 48 */
  CODE_BAD_CHECK = -3,  /* right letters, but one of them is wrong or two are swapped */
};

void code_format(char ret[CODE_TEXT], const struct code *code);
enum code_verdict code_parse(struct code *ret, size_t *ret_at, const char *text) MUSTCHECK;

#endif
