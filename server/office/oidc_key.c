/*
 * JWK Sets and signatures, on OpenSSL's EVP alone.
 *
 * Three algorithms are three rows of a table, a key is two numbers: what is left for a JOSE library to do is less than the
 * checks that have to stand before it. cjose and libjwt were looked at and left: both choose the algorithm by the token's
 * head, read the head a second time with rules of their own, take more algorithms, encryption and symmetric keys, and the
 * releases in Debian 12 are years old. Here the algorithm comes from our table, must fit the key's kind and what the key
 * says of itself, and only then is a signature computed.
 *
 * Keys are read when they are fetched, not when they are used: points are on their curve, moduli have 2048 bits or more.
 */
#include "office/oidc_key.h"

#include "base/base64.h"
#include "base/err.h"

#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <string.h>

enum {
  RSA_MIN_BITS = 2048, /* NIST SP 800-131A: not below this since 2014 */
  RSA_MAX_BITS = 8192, /* a verification costs 1 ms here; what is longer is meant to cost */
  RSA_E_BYTES = 8,     /* 65537 has three */
  P256_BYTES = 32,
  ES256_BYTES = 2 * P256_BYTES,
  POINT_UNCOMPRESSED = 4,
};

static const struct {
  const char *name, *kty;
} algs[OIDC_ALGS] = {
    [OIDC_RS256] = {"RS256", "RSA"},
    [OIDC_PS256] = {"PS256", "RSA"},
    [OIDC_ES256] = {"ES256", "EC"},
};

bool oidc_alg_find(const char *name, enum oidc_alg *ret) {
  for (int i = 0; i < OIDC_ALGS; i++)
    if (strcmp(algs[i].name, name) == 0) {
      *ret = (enum oidc_alg)i;
      return true;
    }
  return false;
}

/* ---------------------------------------------------------------- reading */

static const char *text_of(const json_t *jwk, const char *name) {
  const char *text = json_string_value(json_object_get(jwk, name));
  return text ? text : "";
}

/* The member's bytes; false where it is not there, no base64url, or longer than `cap`. */
static bool bytes_of(const json_t *jwk, const char *name, uint8_t *ret, size_t cap, size_t *ret_len) {
  const char *text = text_of(jwk, name);
  return base64url_read(text, strlen(text), ret, cap, ret_len) == E_OK && *ret_len > 0;
}

static EVP_PKEY *key_make(const char *kind, OSSL_PARAM_BLD *members) {
  EVP_PKEY *key = NULL;
  OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(members);
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
  if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) != 1 || EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
    key = NULL;
  EVP_PKEY_CTX_free(ctx);
  OSSL_PARAM_free(params);
  return key;
}

static EVP_PKEY *rsa_read(const json_t *jwk) {
  uint8_t n[RSA_MAX_BITS / 8], e[RSA_E_BYTES];
  size_t n_len, e_len;
  EVP_PKEY *key = NULL;
  if (!bytes_of(jwk, "n", n, sizeof n, &n_len) || !bytes_of(jwk, "e", e, sizeof e, &e_len))
    return NULL;
  OSSL_PARAM_BLD *members = OSSL_PARAM_BLD_new();
  BIGNUM *modulus = BN_bin2bn(n, (int)n_len, NULL), *exponent = BN_bin2bn(e, (int)e_len, NULL);
  const bool fits = modulus && exponent && BN_num_bits(modulus) >= RSA_MIN_BITS && BN_is_odd(modulus) && BN_is_odd(exponent) &&
                    !BN_is_one(exponent);
  if (fits && members && OSSL_PARAM_BLD_push_BN(members, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
      OSSL_PARAM_BLD_push_BN(members, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
    key = key_make("RSA", members);
  OSSL_PARAM_BLD_free(members);
  BN_free(modulus);
  BN_free(exponent);
  return key;
}

static EVP_PKEY *ec_read(const json_t *jwk) {
  uint8_t point[1 + 2 * P256_BYTES] = {POINT_UNCOMPRESSED};
  size_t x_len, y_len;
  EVP_PKEY *key = NULL;
  if (strcmp(text_of(jwk, "crv"), "P-256") != 0 || !bytes_of(jwk, "x", point + 1, P256_BYTES, &x_len) ||
      !bytes_of(jwk, "y", point + 1 + P256_BYTES, P256_BYTES, &y_len) || x_len != P256_BYTES || y_len != P256_BYTES)
    return NULL;
  OSSL_PARAM_BLD *members = OSSL_PARAM_BLD_new();
  if (members && OSSL_PARAM_BLD_push_utf8_string(members, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(members, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) == 1)
    key = key_make("EC", members);
  OSSL_PARAM_BLD_free(members);
  return key;
}

/* What the key may be used with, by its kind and by what it says of itself. */
static unsigned algs_of(const json_t *jwk) {
  const char *kty = text_of(jwk, "kty"), *use = text_of(jwk, "use"), *alg = text_of(jwk, "alg");
  unsigned found = 0;
  if (*use && strcmp(use, "sig") != 0)
    return 0;
  for (int i = 0; i < OIDC_ALGS; i++)
    if (strcmp(algs[i].kty, kty) == 0 && (!*alg || strcmp(algs[i].name, alg) == 0))
      found |= 1u << i;
  return found;
}

static int key_add(struct oidc_keys *keys, const json_t *jwk) {
  struct oidc_key key = {.algs = algs_of(jwk)};
  const char *kid = text_of(jwk, "kid");
  if (key.algs == 0 || strlen(kid) >= sizeof key.kid)
    return E_OK;
  key.key = strcmp(text_of(jwk, "kty"), "RSA") == 0 ? rsa_read(jwk) : ec_read(jwk);
  if (!key.key)
    return E_OK;
  if (keys->n == OIDC_KEYS_MOST) {
    EVP_PKEY_free(key.key);
    return E_LIMIT;
  }
  memcpy(key.kid, kid, strlen(kid) + 1);
  keys->item[keys->n++] = key;
  return E_OK;
}

int oidc_keys_read(const char *text, size_t len, struct oidc_keys *ret) {
  struct oidc_keys keys = {.n = 0};
  json_t *set = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL), *jwk;
  size_t i;
  int err = E_OK;
  json_array_foreach(json_object_get(set, "keys"), i, jwk) {
    if (err == E_OK)
      err = key_add(&keys, jwk);
  }
  json_decref(set);
  if (err == E_OK && keys.n == 0)
    err = E_INVALID;
  if (err)
    oidc_keys_done(&keys);
  else
    *ret = keys;
  return err;
}

void oidc_keys_done(struct oidc_keys *keys) {
  for (size_t i = 0; i < keys->n; i++)
    EVP_PKEY_free(keys->item[i].key);
  keys->n = 0;
}

const struct oidc_key *oidc_keys_find(const struct oidc_keys *keys, const char *kid, enum oidc_alg alg) {
  const struct oidc_key *found = NULL;
  for (size_t i = 0; i < keys->n; i++) {
    const struct oidc_key *key = &keys->item[i];
    if (!(key->algs & 1u << alg) || (kid && strcmp(key->kid, kid) != 0))
      continue;
    if (found)
      return NULL;
    found = key;
  }
  return found;
}

/* ---------------------------------------------------------------- signatures */

/* JWS has r and s side by side, OpenSSL wants them in DER. Gives its length, 0 for none. */
static size_t es256_der(const uint8_t signature[ES256_BYTES], uint8_t **ret) {
  ECDSA_SIG *pair = ECDSA_SIG_new();
  BIGNUM *r = BN_bin2bn(signature, P256_BYTES, NULL), *s = BN_bin2bn(signature + P256_BYTES, P256_BYTES, NULL);
  int len = 0;
  *ret = NULL;
  if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
    r = s = NULL; /* the pair's now */
    len = i2d_ECDSA_SIG(pair, ret);
  }
  BN_free(r);
  BN_free(s);
  ECDSA_SIG_free(pair);
  return len > 0 ? (size_t)len : 0;
}

bool oidc_key_signed(const struct oidc_key *key, enum oidc_alg alg, const void *text, size_t text_len, const uint8_t *signature,
                     size_t signature_len) {
  EVP_PKEY_CTX *how;
  uint8_t *der = NULL;
  if (!(key->algs & 1u << alg))
    return false;
  if (alg == OIDC_ES256) {
    if (signature_len != ES256_BYTES)
      return false;
    signature_len = es256_der(signature, &der);
    signature = der;
  }
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();
  bool good = ctx && signature_len > 0 && EVP_DigestVerifyInit(ctx, &how, EVP_sha256(), NULL, key->key) == 1;
  if (good && alg == OIDC_PS256)
    good = EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1;
  good = good && EVP_DigestVerify(ctx, signature, signature_len, text, text_len) == 1;
  EVP_MD_CTX_free(ctx);
  OPENSSL_free(der);
  return good;
}
