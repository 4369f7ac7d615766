/*
 * What a certificate request (PKCS #10) must be before anything is signed. Only the key is taken from it: names and
 * extensions it asks for are read by nobody, because the subject is chosen by the server.
 */
#ifndef SG_PKI_CSR_CHECKS_H
#define SG_PKI_CSR_CHECKS_H

#include "proto/attr.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

enum { CSR_SPKI_BYTES = 640, CSR_KEY_HASH_BYTES = 32 }; /* an RSA-4096 SubjectPublicKeyInfo has 550 */

struct csr_facts {
  uint8_t spki[CSR_SPKI_BYTES]; /* SubjectPublicKeyInfo, DER, the one way to write this key */
  size_t spki_len;
  uint8_t key_hash[CSR_KEY_HASH_BYTES]; /* SHA-256 of it: by this a key used twice is recognised */
};

/* 0 and the facts; or E_INVALID and in *ret_refusal a sentence for the person at the client (a constant). */
int csr_check(const uint8_t *der, size_t len, struct csr_facts *ret, const char **ret_refusal) MUSTCHECK;

/* The key policy alone, on a SubjectPublicKeyInfo: used again by the CA, which trusts nobody's word for it. NULL: fine. */
const char *csr_key_refusal(const uint8_t *spki, size_t len) MUSTCHECK;

#endif
