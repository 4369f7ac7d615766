/*
 * The list of checks on a certificate request.
 *
 * Each check is one small function, knows one thing, and has its own sentence for the person whose client made the request.
 * They stand in the table from cheap to dear, and each may rely on those above it. What is not in the list is not looked at:
 * the subject, alternative names and key usages that a request asks for have no effect, because the CA builds the
 * certificate from the database's answer and takes nothing from here but the key. The one wish that is refused outright is
 * to be a CA: no client of ours asks for that, so whoever does is not one.
 *
 * Key policy: P-256, P-384, Ed25519, RSA from 3072 to 4096 bits. A key must also be written in the one way DER has for it
 * (named curve, uncompressed point, no padding), because a device is recognised by the hash of these bytes: two spellings of
 * one key would be two devices.
 */
#include "pki/csr_checks.h"

#include "base/err.h"
#include "proto/limits.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

enum {
  CSR_RSA_BITS_MIN = 3072,
  CSR_RSA_BITS_MAX = 4096, /* checking a signature of 16 Kibit takes longer than a handshake */
  CSR_RSA_EXPONENT_BITS_MAX = 32,
};

struct csr {
  const uint8_t *der;
  size_t len;
  X509_REQ *req;
  uint8_t *spki; /* as it stands in the request */
  size_t spki_len;
};

/* ---- the key ---- */

struct key {
  EVP_PKEY *pkey;
  ASN1_OBJECT *algorithm;
  const unsigned char *bits;
  int bits_len;
  int param_type;
  const void *param;
  const uint8_t *spki;
  size_t spki_len;
};

static bool csr_key_is_kind_we_take(const struct key *key) {
  const int nid = OBJ_obj2nid(key->algorithm);
  return nid == NID_X9_62_id_ecPublicKey || nid == NID_ED25519 || nid == NID_rsaEncryption;
}

/* A named curve, one of two, and the whole point: a compressed one would be a second spelling of the same key. */
static bool csr_key_curve_is_fine(const struct key *key) {
  if (OBJ_obj2nid(key->algorithm) != NID_X9_62_id_ecPublicKey)
    return true;
  if (key->param_type != V_ASN1_OBJECT || key->bits_len < 1 || key->bits[0] != POINT_CONVERSION_UNCOMPRESSED)
    return false;
  const int curve = OBJ_obj2nid(key->param);
  return (curve == NID_X9_62_prime256v1 && key->bits_len == 1 + 2 * 32) || (curve == NID_secp384r1 && key->bits_len == 1 + 2 * 48);
}

static bool csr_key_can_be_read(const struct key *key) {
  return key->pkey != NULL; /* for a curve this includes: the point lies on it */
}

static bool csr_key_rsa_is_long_enough(const struct key *key) {
  const int bits = EVP_PKEY_get_bits(key->pkey);
  return EVP_PKEY_get_base_id(key->pkey) != EVP_PKEY_RSA || (bits >= CSR_RSA_BITS_MIN && bits <= CSR_RSA_BITS_MAX);
}

static bool csr_key_rsa_is_sane(const struct key *key) {
  BIGNUM *n = NULL, *e = NULL;
  bool fine = EVP_PKEY_get_base_id(key->pkey) != EVP_PKEY_RSA;
  if (!fine && EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
      EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1)
    fine = BN_is_odd(n) && BN_is_odd(e) && BN_num_bits(e) > 16 && BN_num_bits(e) <= CSR_RSA_EXPONENT_BITS_MAX;
  BN_free(n);
  BN_free(e);
  return fine;
}

static bool csr_key_has_one_spelling(const struct key *key) {
  uint8_t *again = NULL;
  const int len = i2d_PUBKEY(key->pkey, &again);
  const bool same = len > 0 && (size_t)len == key->spki_len && memcmp(again, key->spki, key->spki_len) == 0;
  OPENSSL_free(again);
  return same;
}

/* clang-format off */
static const struct key_check {
  bool (*fine)(const struct key *key);
  const char *refusal;
} key_checks[] = {
  {csr_key_is_kind_we_take,    "The key is of a kind that is not accepted here: P-256, P-384, Ed25519, or RSA of 3072 to 4096 bits."},
  {csr_key_curve_is_fine,      "The key lies on a curve that is not accepted here, or is written in an unusual way: P-256 or P-384, uncompressed."},
  {csr_key_can_be_read,        "The key in the request is not a valid key."},
  {csr_key_rsa_is_long_enough, "The RSA key has the wrong length: 3072 to 4096 bits."},
  {csr_key_rsa_is_sane,        "The RSA key is weak: its modulus or its exponent is not one that a proper key has."},
  {csr_key_has_one_spelling,   "The key is written in an unusual way."},
};
/* clang-format on */

const char *csr_key_refusal(const uint8_t *spki, size_t len) {
  const uint8_t *at = spki;
  const char *refusal = "The key in the request is not a valid key.";
  const X509_ALGOR *algorithm = NULL;
  struct key key = {.spki = spki, .spki_len = len};
  if (len == 0 || len > CSR_SPKI_BYTES)
    return "The key is larger than is accepted here.";
  X509_PUBKEY *pubkey = d2i_X509_PUBKEY(NULL, &at, (long)len);
  if (pubkey && at == spki + len &&
      X509_PUBKEY_get0_param(&key.algorithm, &key.bits, &key.bits_len, (X509_ALGOR **)&algorithm, pubkey) == 1) {
    X509_ALGOR_get0(NULL, &key.param_type, &key.param, algorithm);
    key.pkey = X509_PUBKEY_get0(pubkey);
    refusal = NULL;
    for (size_t i = 0; i < sizeof key_checks / sizeof *key_checks && !refusal; i++)
      if (!key_checks[i].fine(&key))
        refusal = key_checks[i].refusal;
  }
  X509_PUBKEY_free(pubkey);
  ERR_clear_error();
  return refusal;
}

/* ---- the request ---- */

static const char *csr_has_sane_size(struct csr *csr) {
  return csr->len > 0 && csr->len <= LIMIT_CSR_BYTES ? NULL : "The certificate request is empty, or larger than is accepted here.";
}

static const char *csr_can_be_read(struct csr *csr) {
  const uint8_t *at = csr->der;
  csr->req = d2i_X509_REQ(NULL, &at, (long)csr->len);
  return csr->req && at == csr->der + csr->len ? NULL
                                               : "This is not a certificate request (PKCS #10 in DER, and nothing after it).";
}

static const char *csr_has_version(struct csr *csr) {
  return X509_REQ_get_version(csr->req) == X509_REQ_VERSION_1 ? NULL : "The certificate request has a version that does not exist.";
}

static const char *csr_has_good_key(struct csr *csr) {
  const int len = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(csr->req), &csr->spki);
  if (len <= 0)
    return "The key in the request is not a valid key.";
  csr->spki_len = (size_t)len;
  return csr_key_refusal(csr->spki, csr->spki_len);
}

static const char *csr_is_signed_in_a_safe_way(struct csr *csr) {
  static const int taken[] = {NID_ecdsa_with_SHA256,       NID_ecdsa_with_SHA384,       NID_ecdsa_with_SHA512,      NID_ED25519,
                              NID_sha256WithRSAEncryption, NID_sha384WithRSAEncryption, NID_sha512WithRSAEncryption};
  const int nid = X509_REQ_get_signature_nid(csr->req);
  for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
    if (nid == taken[i])
      return NULL;
  return "The request is signed with a method that is not accepted here: SHA-256 or better.";
}

static const char *csr_does_not_ask_to_be_a_ca(struct csr *csr) {
  STACK_OF(X509_EXTENSION) *wishes = X509_REQ_get_extensions(csr->req);
  BASIC_CONSTRAINTS *constraints = wishes ? X509V3_get_d2i(wishes, NID_basic_constraints, NULL, NULL) : NULL;
  const bool asks = constraints && constraints->ca;
  BASIC_CONSTRAINTS_free(constraints);
  sk_X509_EXTENSION_pop_free(wishes, X509_EXTENSION_free);
  return asks ? "The request asks for the right to sign other certificates, which nobody gets here." : NULL;
}

static const char *csr_proves_its_key(struct csr *csr) {
  return X509_REQ_verify(csr->req, X509_REQ_get0_pubkey(csr->req)) == 1 ? NULL : "The request is not signed by the key it carries.";
}

static const char *(*const csr_checks[])(struct csr *csr) = {
    csr_has_sane_size,           csr_can_be_read,    csr_has_version, csr_has_good_key, csr_is_signed_in_a_safe_way,
    csr_does_not_ask_to_be_a_ca, csr_proves_its_key,
};

int csr_check(const uint8_t *der, size_t len, struct csr_facts *ret, const char **ret_refusal) {
  struct csr csr = {.der = der, .len = len};
  const char *refusal = NULL;
  ERR_clear_error();
  for (size_t i = 0; i < sizeof csr_checks / sizeof *csr_checks && !refusal; i++)
    refusal = csr_checks[i](&csr);
  if (refusal)
    *ret_refusal = refusal;
  else {
    memcpy(ret->spki, csr.spki, csr.spki_len);
    ret->spki_len = csr.spki_len;
    SHA256(csr.spki, csr.spki_len, ret->key_hash);
  }
  OPENSSL_free(csr.spki);
  X509_REQ_free(csr.req);
  ERR_clear_error();
  return refusal ? E_INVALID : 0;
}
