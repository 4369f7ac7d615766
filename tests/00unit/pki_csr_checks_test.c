/*
 * Certificate requests, honest and hostile. Each hostile one is refused with a sentence of its own, except those that only
 * ask for names: names are read by nobody, and pki_issuer_test.c shows that none gets into a certificate.
 */
#include "base/err.h"
#include "pki/csr_checks.h"
#include "proto/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "tls_peer.h"

#include <openssl/rsa.h>
#include <openssl/sha.h>

#include <cmocka.h>

struct request {
  uint8_t *der;
  size_t len;
};

static struct request request_make(EVP_PKEY *key, const EVP_MD *digest, const char *cn, int nid, const char *extension) {
  struct request r = {0};
  X509_REQ *req = X509_REQ_new();
  X509_REQ_set_version(req, X509_REQ_VERSION_1);
  X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(req), "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
  X509_REQ_set_pubkey(req, key);
  if (extension) {
    STACK_OF(X509_EXTENSION) *wishes = sk_X509_EXTENSION_new_null();
    sk_X509_EXTENSION_push(wishes, X509V3_EXT_conf_nid(NULL, NULL, nid, extension));
    X509_REQ_add_extensions(req, wishes);
    sk_X509_EXTENSION_pop_free(wishes, X509_EXTENSION_free);
  }
  assert_true(X509_REQ_sign(req, key, digest) > 0);
  const int len = i2d_X509_REQ(req, &r.der);
  assert_true(len > 0);
  r.len = (size_t)len;
  X509_REQ_free(req);
  return r;
}

static const char *refusal_of(const uint8_t *der, size_t len) {
  struct csr_facts facts;
  const char *refusal = NULL;
  const int err = csr_check(der, len, &facts, &refusal);
  assert_true((err == 0) == (refusal == NULL));
  assert_true(err == 0 || err == E_INVALID);
  return refusal;
}

static void assert_refused(const uint8_t *der, size_t len, const char *because) {
  const char *refusal = refusal_of(der, len);
  if (!refusal || !strstr(refusal, because))
    fail_msg("\"%s\" instead of \"...%s...\"", refusal ? refusal : "accepted", because);
}

static void request_refused(EVP_PKEY *key, const EVP_MD *digest, const char *because) {
  struct request r = request_make(key, digest, "x", 0, NULL);
  assert_refused(r.der, r.len, because);
  OPENSSL_free(r.der);
  EVP_PKEY_free(key);
}

static void request_taken(EVP_PKEY *key, const EVP_MD *digest) {
  struct csr_facts facts;
  const char *refusal = NULL;
  uint8_t *spki = NULL, hash[32];
  struct request r = request_make(key, digest, "whoever", 0, NULL);
  if (csr_check(r.der, r.len, &facts, &refusal) < 0)
    fail_msg("%s", refusal);
  const int len = i2d_PUBKEY(key, &spki);
  assert_int_equal(facts.spki_len, len);
  assert_memory_equal(facts.spki, spki, facts.spki_len);
  SHA256(spki, facts.spki_len, hash);
  assert_memory_equal(facts.key_hash, hash, sizeof hash);
  OPENSSL_free(spki);
  OPENSSL_free(r.der);
  EVP_PKEY_free(key);
}

static void the_policy_takes_four_kinds_of_key(void **state) {
  (void)state;
  request_taken(EVP_EC_gen("P-256"), EVP_sha256());
  request_taken(EVP_EC_gen("P-256"), EVP_sha512());
  request_taken(EVP_EC_gen("P-384"), EVP_sha384());
  request_taken(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL);
  request_taken(EVP_RSA_gen(3072), EVP_sha256());
}

static void weak_and_odd_keys_are_refused(void **state) {
  (void)state;
  request_refused(EVP_RSA_gen(2048), EVP_sha256(), "wrong length");
  request_refused(EVP_EC_gen("secp256k1"), EVP_sha256(), "curve");
  request_refused(EVP_EC_gen("P-224"), EVP_sha256(), "curve");
  request_refused(EVP_EC_gen("P-521"), EVP_sha256(), "curve");
  request_refused(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), NULL, "kind");
}

static void an_rsa_key_with_a_silly_exponent_is_refused(void **state) {
  (void)state;
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
  BIGNUM *three = BN_new();
  BN_set_word(three, 3);
  assert_true(EVP_PKEY_keygen_init(ctx) > 0 && EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 3072) > 0 &&
              EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, three) > 0);
  assert_true(EVP_PKEY_generate(ctx, &key) > 0);
  BN_free(three);
  EVP_PKEY_CTX_free(ctx);
  request_refused(key, EVP_sha256(), "weak");
}

static void an_old_digest_is_refused(void **state) {
  (void)state;
  request_refused(EVP_EC_gen("P-256"), EVP_sha1(), "SHA-256 or better");
  request_refused(EVP_RSA_gen(3072), EVP_md5(), "SHA-256 or better");
}

static void one_key_has_one_spelling(void **state) {
  (void)state;
  EVP_PKEY *compressed = EVP_EC_gen("P-256");
  assert_int_equal(EVP_PKEY_set_utf8_string_param(compressed, "point-format", "compressed"), 1);
  request_refused(compressed, EVP_sha256(), "unusual");
  EVP_PKEY *spelled_out = EVP_EC_gen("P-256"); /* the curve as six numbers instead of its name */
  assert_int_equal(EVP_PKEY_set_utf8_string_param(spelled_out, "encoding", "explicit"), 1);
  request_refused(spelled_out, EVP_sha256(), "unusual");
}

static void a_stolen_key_is_not_proved(void **state) {
  (void)state;
  EVP_PKEY *victim = EVP_EC_gen("P-256"), *mine = EVP_EC_gen("P-256");
  uint8_t *der = NULL;
  X509_REQ *req = X509_REQ_new();
  X509_REQ_set_version(req, X509_REQ_VERSION_1);
  X509_REQ_set_pubkey(req, victim);
  assert_true(X509_REQ_sign(req, mine, EVP_sha256()) > 0);
  const int len = i2d_X509_REQ(req, &der);
  assert_refused(der, (size_t)len, "not signed by the key");
  OPENSSL_free(der);
  X509_REQ_free(req);
  EVP_PKEY_free(victim);
  EVP_PKEY_free(mine);
}

static void asking_to_be_a_ca_is_refused(void **state) {
  (void)state;
  EVP_PKEY *key = EVP_EC_gen("P-256");
  struct request r = request_make(key, EVP_sha256(), "x", NID_basic_constraints, "critical,CA:TRUE");
  assert_refused(r.der, r.len, "sign other certificates");
  OPENSSL_free(r.der);
  r = request_make(key, EVP_sha256(), "x", NID_basic_constraints, "CA:FALSE");
  assert_null(refusal_of(r.der, r.len));
  OPENSSL_free(r.der);
  EVP_PKEY_free(key);
}

static void names_and_usages_asked_for_do_no_harm(void **state) {
  (void)state;
  EVP_PKEY *key = EVP_EC_gen("P-256");
  struct request r = request_make(key, EVP_sha256(), "dean", NID_subject_alt_name, "URI:stepguard://demo/students/1/devices/1");
  assert_null(refusal_of(r.der, r.len));
  OPENSSL_free(r.der);
  r = request_make(key, EVP_sha256(), "server", NID_ext_key_usage, "serverAuth,codeSigning");
  assert_null(refusal_of(r.der, r.len));
  OPENSSL_free(r.der);
  EVP_PKEY_free(key);
}

static void what_is_no_request_is_refused(void **state) {
  (void)state;
  EVP_PKEY *key = EVP_EC_gen("P-256");
  struct request r = request_make(key, EVP_sha256(), "x", 0, NULL);
  static uint8_t large[LIMIT_CSR_BYTES + 1];
  uint8_t *longer = malloc(r.len + 1);
  memcpy(longer, r.der, r.len);
  longer[r.len] = 0;
  assert_refused(longer, r.len + 1, "nothing after it"); /* bytes behind it */
  free(longer);
  assert_refused(r.der, 0, "empty");
  memcpy(large, r.der, r.len);
  assert_refused(large, sizeof large, "larger");
  assert_refused(r.der, r.len - 1, "not a certificate request");
  assert_refused((const uint8_t *)"-----BEGIN CERTIFICATE REQUEST-----", 35, "not a certificate request");
  struct identity cert = identity_ca("x");
  uint8_t *der = NULL;
  const int len = i2d_X509(cert.cert, &der);
  assert_refused(der, (size_t)len, ""); /* a certificate */
  OPENSSL_free(der);
  identity_free(&cert);
  OPENSSL_free(r.der);
  EVP_PKEY_free(key);
}

/* Every single changed byte: no crash, and never taken, for the signature covers all that matters. */
static void a_changed_byte_is_noticed(void **state) {
  (void)state;
  EVP_PKEY *key = EVP_EC_gen("P-256");
  struct request r = request_make(key, EVP_sha256(), "x", 0, NULL);
  for (size_t i = 0; i < r.len; i++)
    for (int bit = 0; bit < 8; bit += 3) {
      r.der[i] = (uint8_t)(r.der[i] ^ (1 << bit));
      assert_non_null(refusal_of(r.der, r.len));
      r.der[i] = (uint8_t)(r.der[i] ^ (1 << bit));
    }
  for (size_t len = 0; len < r.len; len++)
    assert_non_null(refusal_of(r.der, len));
  assert_null(refusal_of(r.der, r.len));
  OPENSSL_free(r.der);
  EVP_PKEY_free(key);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_policy_takes_four_kinds_of_key),
      cmocka_unit_test(weak_and_odd_keys_are_refused),
      cmocka_unit_test(an_rsa_key_with_a_silly_exponent_is_refused),
      cmocka_unit_test(an_old_digest_is_refused),
      cmocka_unit_test(one_key_has_one_spelling),
      cmocka_unit_test(a_stolen_key_is_not_proved),
      cmocka_unit_test(asking_to_be_a_ca_is_refused),
      cmocka_unit_test(names_and_usages_asked_for_do_no_harm),
      cmocka_unit_test(what_is_no_request_is_refused),
      cmocka_unit_test(a_changed_byte_is_noticed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
