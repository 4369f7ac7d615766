/*
 * Making one certificate from a plan. For pki/issuer.c (devices, in stepguard-ca) and pki/make.c (CA and server, in
 * stepguardctl); what may stand in a certificate is decided there, in tables.
 */
#ifndef SG_PKI_CERT_BUILD_H
#define SG_PKI_CERT_BUILD_H

#include "pki/names.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

/* `value` in OpenSSL's own notation ("critical,CA:FALSE"). Text from outside may stand in it only after its letters have
 * been checked: a comma would begin another value. */
struct cert_extension {
  int nid;
  const char *value;
};

struct cert_plan {
  const char *organization, *common_name; /* organization may be NULL */
  uint8_t serial[NAMES_NEW_SERIAL_BYTES];
  int64_t not_before_ms, not_after_ms; /* cut to whole seconds */
  EVP_PKEY *key;                       /* the subject's, public half */
  X509 *ca;                            /* NULL: signs itself */
  EVP_PKEY *ca_key;
  const struct cert_extension *extensions;
  size_t extensions_n;
};

X509 *cert_build(const struct cert_plan *plan) MUSTCHECK; /* NULL: see OpenSSL's queue of errors */

#endif
