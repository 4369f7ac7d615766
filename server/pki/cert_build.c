/*
 * A certificate from a plan: version 3, positive serial, SHA-256 (or the key's own digest for Ed25519), extensions in the
 * order of the plan.
 *
 * Every field is set by us. OpenSSL's way of making a certificate from a request (X509_to_X509_REQ and back, or a section of
 * a configuration file with copy_extensions) was not taken: there the safe result is a matter of what one forgets to copy,
 * here it is a matter of what one writes down.
 */
#include "pki/cert_build.h"

#include <openssl/bn.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

static bool cert_set_name(X509 *cert, const struct cert_plan *plan) {
  X509_NAME *name = X509_get_subject_name(cert);
  return (!plan->organization || X509_NAME_add_entry_by_NID(name, NID_organizationName, MBSTRING_UTF8,
                                                            (const unsigned char *)plan->organization, -1, -1, 0)) &&
         X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, (const unsigned char *)plan->common_name, -1, -1, 0) &&
         X509_set_issuer_name(cert, plan->ca ? X509_get_subject_name(plan->ca) : name);
}

static bool cert_set_serial(X509 *cert, const uint8_t serial[NAMES_NEW_SERIAL_BYTES]) {
  BIGNUM *number = BN_bin2bn(serial, NAMES_NEW_SERIAL_BYTES, NULL);
  const bool fine = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
  BN_free(number);
  return fine;
}

static bool cert_set_times(X509 *cert, const struct cert_plan *plan) {
  return ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)(plan->not_before_ms / 1000)) &&
         ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)(plan->not_after_ms / 1000));
}

static bool cert_add_extensions(X509 *cert, const struct cert_plan *plan) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, plan->ca ? plan->ca : cert, cert, NULL, NULL, 0);
  X509V3_set_ctx_nodb(&context);
  for (size_t i = 0; i < plan->extensions_n; i++) {
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, plan->extensions[i].nid, plan->extensions[i].value);
    const bool fine = extension && X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
    if (!fine)
      return false;
  }
  return true;
}

X509 *cert_build(const struct cert_plan *plan) {
  const EVP_MD *digest = EVP_PKEY_get_base_id(plan->ca_key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
  X509 *cert = X509_new();
  if (cert && X509_set_version(cert, X509_VERSION_3) && cert_set_serial(cert, plan->serial) && cert_set_name(cert, plan) &&
      cert_set_times(cert, plan) && X509_set_pubkey(cert, plan->key) && cert_add_extensions(cert, plan) &&
      X509_sign(cert, plan->ca_key, digest) > 0)
    return cert;
  X509_free(cert);
  return NULL;
}
