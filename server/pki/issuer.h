/*
 * The school's CA key, and the one thing it is used for while the system runs: client certificates for devices. Loaded by
 * stepguard-ca and by no other long-running process.
 */
#ifndef SG_PKI_ISSUER_H
#define SG_PKI_ISSUER_H

#include "pki/ca_wire.h"

struct issuer;

struct issuer_options {
  const char *certificate, *key; /* PEM files; the key is refused when others may read it */
  const char *school_code;       /* the only school it signs for */
  int days_max;                  /* the longest life of a certificate */
};

/* 0, or E_CONFIG / E_TLS with a sentence that names the file. */
int issuer_load(const struct issuer_options *options, struct issuer **ret, char *reason, size_t reason_cap) MUSTCHECK;
void issuer_free(struct issuer *issuer);

/* 0 and the certificate in DER (free with OPENSSL_free); or E_INVALID, E_TLS and a constant sentence for the log. */
int issuer_sign(const struct issuer *issuer, const struct ca_request *request, int64_t now_ms, uint8_t **ret_der, size_t *ret_len,
                const char **ret_refusal) MUSTCHECK;

#endif
