/*
 * Who a certificate speaks for: the one URI in its subject alternative name,
 *
 *   stepguard://<school code>/students/<student id>/devices/<device id>
 *
 * and its serial number. There is one spelling: ids decimal without sign or leading zero, school code of a-z 0-9 and -, no
 * second name of any type beside it. The common name is for people and read by nobody.
 */
#ifndef SG_PKI_NAMES_H
#define SG_PKI_NAMES_H

#include "proto/attr.h"

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  NAMES_SCHOOL_CHARS = 32,
  NAMES_SERIAL_BYTES = 20, /* RFC 5280, 4.1.2.2 */
  NAMES_NEW_SERIAL_BYTES = 16,
  NAMES_URI_CHARS = 12 + NAMES_SCHOOL_CHARS + 10 + 19 + 9 + 19,
};

struct cert_identity {
  char school_code[NAMES_SCHOOL_CHARS + 1];
  int64_t student_id, device_id; /* > 0 */
  uint8_t serial[NAMES_SERIAL_BYTES];
  size_t serial_len; /* without leading zero bytes */
  int64_t not_before_ms, not_after_ms;
};

/* 0, or E_INVALID where the certificate names nobody in the one way above. */
int names_read(X509 *cert, struct cert_identity *ret) MUSTCHECK;

bool names_school_ok(const char *school_code);
int names_parse(const char *uri, size_t len, struct cert_identity *ret) MUSTCHECK; /* sets the school and the two ids */
void names_format(char ret[NAMES_URI_CHARS + 1], const char *school_code, int64_t student_id, int64_t device_id);

/* A fresh random serial. Its first byte is 0x40 to 0x7f: positive, and 16 bytes long in DER and database alike. */
int names_serial_make(uint8_t ret[NAMES_NEW_SERIAL_BYTES]) MUSTCHECK;

#endif
