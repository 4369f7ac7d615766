/*
 * An identity provider's keys and tokens, without one: signatures of RFC 7515's own examples and of tokens signed here, and what
 * the claims must say.
 */
#include "base/base64.h"
#include "base/err.h"
#include "office/oidc_token.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ISSUER "https://id.example.edu"
#define CLIENT "stepguard"
#define NONCE  "n-0S6_WzA2Mj"

enum { NOW_S = 1800000000, TEXT = 8192 };

/* ---------------------------------------------------------------- keys and tokens, made here */

static EVP_PKEY *rsa, *small_rsa, *ec;

static void number_put(char *text, const EVP_PKEY *key, const char *name, size_t width) {
  BIGNUM *number = NULL;
  uint8_t bytes[1024];
  assert_int_equal(EVP_PKEY_get_bn_param(key, name, &number), 1);
  const int len = width > 0 ? BN_bn2binpad(number, bytes, (int)width) : BN_bn2bin(number, bytes);
  base64url_print(text, bytes, (size_t)len);
  BN_free(number);
}

/* `more`: further members, each with a comma before it. */
static void jwk_put(char *text, EVP_PKEY *key, const char *more) {
  char a[TEXT / 4], b[TEXT / 4];
  if (EVP_PKEY_is_a(key, "RSA")) {
    number_put(a, key, OSSL_PKEY_PARAM_RSA_N, 0);
    number_put(b, key, OSSL_PKEY_PARAM_RSA_E, 0);
    snprintf(text, TEXT, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"%s}", a, b, more);
  } else {
    number_put(a, key, OSSL_PKEY_PARAM_EC_PUB_X, 32);
    number_put(b, key, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
    snprintf(text, TEXT, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"%s}", a, b, more);
  }
}

static int keys_of(struct oidc_keys *keys, const char *first, const char *second) {
  char text[3 * TEXT];
  snprintf(text, sizeof text, "{\"keys\":[%s%s%s]}", first, *second ? "," : "", second);
  return oidc_keys_read(text, strlen(text), keys);
}

static size_t es256_raw(const uint8_t *der, size_t len, uint8_t ret[64]) {
  ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)len);
  BN_bn2binpad(ECDSA_SIG_get0_r(pair), ret, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair), ret + 32, 32);
  ECDSA_SIG_free(pair);
  return 64;
}

static size_t sign(EVP_PKEY *key, bool pss, const char *text, uint8_t ret[1024]) {
  uint8_t bytes[1024];
  size_t len = sizeof bytes;
  EVP_PKEY_CTX *how;
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();
  assert_int_equal(EVP_DigestSignInit(ctx, &how, EVP_sha256(), NULL, key), 1);
  if (pss) {
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST), 1);
  }
  assert_int_equal(EVP_DigestSign(ctx, bytes, &len, (const uint8_t *)text, strlen(text)), 1);
  EVP_MD_CTX_free(ctx);
  if (EVP_PKEY_is_a(key, "EC"))
    return es256_raw(bytes, len, ret);
  memcpy(ret, bytes, len);
  return len;
}

/* The token with this head and these claims, signed or not. */
static void token_put(char *token, const char *head, const char *claims, EVP_PKEY *key, bool pss) {
  uint8_t signature[1024];
  size_t used;
  base64url_print(token, head, strlen(head));
  used = strlen(token);
  token[used++] = '.';
  base64url_print(token + used, claims, strlen(claims));
  used += strlen(token + used);
  token[used] = '\0';
  const size_t len = key ? sign(key, pss, token, signature) : 0;
  token[used++] = '.';
  base64url_print(token + used, signature, len);
}

static int setup(void **state) {
  (void)state;
  rsa = EVP_RSA_gen(2048);
  small_rsa = EVP_RSA_gen(1024);
  ec = EVP_EC_gen("P-256");
  return rsa && small_rsa && ec ? 0 : -1;
}

static int teardown(void **state) {
  (void)state;
  EVP_PKEY_free(rsa);
  EVP_PKEY_free(small_rsa);
  EVP_PKEY_free(ec);
  return 0;
}

/* ---------------------------------------------------------------- keys */

static void keys_are_read_for_what_they_may_do(void **state) {
  static const struct {
    int key; /* 0 RSA, 1 EC, 2 too small */
    const char *more;
    unsigned algs; /* 0: there is no key in the set */
  } rows[] = {
      {0, "", 1u << OIDC_RS256 | 1u << OIDC_PS256},
      {0, ",\"alg\":\"RS256\"", 1u << OIDC_RS256},
      {0, ",\"alg\":\"PS256\",\"use\":\"sig\"", 1u << OIDC_PS256},
      {0, ",\"alg\":\"RS512\"", 0},
      {0, ",\"alg\":\"HS256\"", 0},
      {0, ",\"alg\":\"ES256\"", 0},
      {0, ",\"use\":\"enc\"", 0},
      {1, "", 1u << OIDC_ES256},
      {1, ",\"alg\":\"ES256\"", 1u << OIDC_ES256},
      {1, ",\"alg\":\"RS256\"", 0},
      {2, "", 0},
  };
  EVP_PKEY *keys_here[] = {rsa, ec, small_rsa};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char jwk[TEXT];
    struct oidc_keys keys;
    jwk_put(jwk, keys_here[rows[i].key], rows[i].more);
    assert_int_equal(keys_of(&keys, jwk, ""), rows[i].algs ? 0 : E_INVALID);
    if (rows[i].algs == 0)
      continue;
    assert_int_equal(keys.item[0].algs, rows[i].algs);
    oidc_keys_done(&keys);
  }
}

static void what_is_no_set_of_keys_is_refused(void **state) {
  static const char *const texts[] = {
      "", "null", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[]}", "{\"keys\":[null,1,\"x\",[]]}",
      "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
      "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}]}",
      /* not on the curve */
      "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\",\"y\":"
      "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}]}",
      "{\"keys\":[],\"keys\":[]}"};
  struct oidc_keys keys;
  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    assert_int_equal(oidc_keys_read(texts[i], strlen(texts[i]), &keys), E_INVALID);
}

static void no_more_keys_than_somebody_needs(void **state) {
  char jwk[TEXT], *text = malloc(40 * TEXT);
  struct oidc_keys keys;
  size_t used;
  (void)state;
  jwk_put(jwk, ec, "");
  for (int n = OIDC_KEYS_MOST; n <= OIDC_KEYS_MOST + 1; n++) {
    used = (size_t)snprintf(text, 40 * TEXT, "{\"keys\":[%s", jwk);
    for (int i = 1; i < n; i++)
      used += (size_t)snprintf(text + used, 40 * TEXT - used, ",%s", jwk);
    snprintf(text + used, 40 * TEXT - used, "]}");
    assert_int_equal(oidc_keys_read(text, strlen(text), &keys), n > OIDC_KEYS_MOST ? E_LIMIT : 0);
    if (n == OIDC_KEYS_MOST)
      oidc_keys_done(&keys);
  }
  free(text);
}

static void a_key_is_found_by_its_name_and_never_guessed(void **state) {
  char first[TEXT], second[TEXT];
  struct oidc_keys keys;
  (void)state;
  jwk_put(first, rsa, ",\"kid\":\"a\"");
  jwk_put(second, ec, ",\"kid\":\"a\"");
  assert_int_equal(keys_of(&keys, first, second), 0);
  assert_ptr_equal(oidc_keys_find(&keys, "a", OIDC_RS256), &keys.item[0]);
  assert_ptr_equal(oidc_keys_find(&keys, "a", OIDC_ES256), &keys.item[1]); /* same name, another kind (RFC 7517, 4.5) */
  assert_ptr_equal(oidc_keys_find(&keys, NULL, OIDC_ES256), &keys.item[1]);
  assert_null(oidc_keys_find(&keys, "b", OIDC_RS256));
  assert_null(oidc_keys_find(&keys, "", OIDC_RS256));
  oidc_keys_done(&keys);
  jwk_put(second, rsa, ",\"kid\":\"b\"");
  assert_int_equal(keys_of(&keys, first, second), 0);
  assert_null(oidc_keys_find(&keys, NULL, OIDC_RS256));
  oidc_keys_done(&keys);
}

/* ---------------------------------------------------------------- signatures */

/* RFC 7515, appendices A.2 and A.3: keys, payload and signatures that somebody else computed. */
static void the_examples_of_the_rfc_are_good(void **state) {
  static const char payload[] = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  static const char rs256_keys[] = "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_"
                                   "wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-"
                                   "yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-"
                                   "bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV"
                                   "MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_"
                                   "h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"}]}";
  static const char es256_keys[] =
      "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_"
      "tue659LNpXW6pCyStikYjKIWI5a0\"}]}";
  static const struct {
    const char *keys, *head, *signature;
  } rows[] = {
      {rs256_keys, "eyJhbGciOiJSUzI1NiJ9",
       "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
       "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_"
       "eSN9383LcOLn6_dO--xi12jzDwusC-"
       "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_"
       "IoypGlUPQGe77Rw"},
      {es256_keys, "eyJhbGciOiJFUzI1NiJ9",
       "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct oidc_keys keys;
    char token[TEXT];
    json_t *claims = NULL;
    assert_int_equal(oidc_keys_read(rows[i].keys, strlen(rows[i].keys), &keys), 0);
    snprintf(token, sizeof token, "%s.%s.%s", rows[i].head, payload, rows[i].signature);
    assert_int_equal(oidc_token_open(token, &keys, &claims), OIDC_FLAW_NONE);
    assert_string_equal(json_string_value(json_object_get(claims, "iss")), "joe");
    json_decref(claims);
    token[strlen(token) - 4] ^= 1;
    assert_int_equal(oidc_token_open(token, &keys, &claims), OIDC_FLAW_SIGNATURE);
    oidc_keys_done(&keys);
  }
}

static void each_algorithm_of_ours_and_no_other(void **state) {
  static const struct {
    const char *head;
    int key; /* 0 RSA, 1 RSA by PSS, 2 EC, 3: not signed */
    enum oidc_flaw flaw;
  } rows[] = {
      {"{\"alg\":\"RS256\",\"kid\":\"r\"}", 0, OIDC_FLAW_NONE},
      {"{\"alg\":\"PS256\",\"kid\":\"r\"}", 1, OIDC_FLAW_NONE},
      {"{\"alg\":\"ES256\",\"kid\":\"e\"}", 2, OIDC_FLAW_NONE},
      {"{\"alg\":\"RS256\"}", 0, OIDC_FLAW_NONE},
      {"{\"alg\":\"RS256\",\"typ\":\"jwt\",\"kid\":\"r\"}", 0, OIDC_FLAW_NONE},
      {"{\"alg\":\"RS256\",\"kid\":\"r\"}", 1, OIDC_FLAW_SIGNATURE},
      {"{\"alg\":\"PS256\",\"kid\":\"r\"}", 0, OIDC_FLAW_SIGNATURE},
      {"{\"alg\":\"RS256\",\"kid\":\"e\"}", 2, OIDC_FLAW_KEY},
      {"{\"alg\":\"ES256\",\"kid\":\"r\"}", 0, OIDC_FLAW_KEY},
      {"{\"alg\":\"ES256\",\"kid\":\"e\"}", 0, OIDC_FLAW_SIGNATURE},
      {"{\"alg\":\"RS256\",\"kid\":\"x\"}", 0, OIDC_FLAW_KEY},
      {"{\"alg\":\"RS256\",\"kid\":7}", 0, OIDC_FLAW_FORM},
      {"{\"alg\":\"RS256\",\"kid\":\"r\"}", 3, OIDC_FLAW_SIGNATURE},
      {"{\"alg\":\"none\"}", 3, OIDC_FLAW_ALG},
      {"{\"alg\":\"None\"}", 3, OIDC_FLAW_ALG},
      {"{\"alg\":\"\"}", 3, OIDC_FLAW_ALG},
      {"{\"alg\":\"rs256\",\"kid\":\"r\"}", 0, OIDC_FLAW_ALG},
      {"{\"alg\":\"HS256\",\"kid\":\"r\"}", 0, OIDC_FLAW_ALG},
      {"{\"alg\":\"RS512\",\"kid\":\"r\"}", 0, OIDC_FLAW_ALG},
      {"{\"alg\":[\"RS256\"],\"kid\":\"r\"}", 0, OIDC_FLAW_ALG},
      {"{\"kid\":\"r\"}", 0, OIDC_FLAW_ALG},
      {"{\"alg\":\"RS256\",\"kid\":\"r\",\"crit\":[\"b64\"],\"b64\":false}", 0, OIDC_FLAW_CRIT},
      {"{\"alg\":\"RS256\",\"kid\":\"r\",\"crit\":[]}", 0, OIDC_FLAW_CRIT},
      {"{\"alg\":\"RS256\",\"kid\":\"r\",\"typ\":\"at+jwt\"}", 0, OIDC_FLAW_TYP},
      {"{\"alg\":\"RS256\",\"kid\":\"r\",\"typ\":\"logout+jwt\"}", 0, OIDC_FLAW_TYP},
      {"{\"alg\":\"RS256\",\"kid\":\"r\",\"typ\":null}", 0, OIDC_FLAW_TYP},
      {"{\"alg\":\"none\",\"alg\":\"RS256\",\"kid\":\"r\"}", 0, OIDC_FLAW_FORM},
      {"[\"RS256\"]", 0, OIDC_FLAW_FORM},
      {"", 0, OIDC_FLAW_FORM},
  };
  char first[TEXT], second[TEXT], token[TEXT];
  EVP_PKEY *signers[] = {rsa, rsa, ec, NULL};
  struct oidc_keys keys;
  (void)state;
  jwk_put(first, rsa, ",\"kid\":\"r\"");
  jwk_put(second, ec, ",\"kid\":\"e\"");
  assert_int_equal(keys_of(&keys, first, second), 0);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    json_t *claims = NULL;
    token_put(token, rows[i].head, "{\"sub\":\"1\"}", signers[rows[i].key], rows[i].key == 1);
    assert_int_equal(oidc_token_open(token, &keys, &claims), rows[i].flaw);
    assert_true((claims != NULL) == (rows[i].flaw == OIDC_FLAW_NONE));
    json_decref(claims);
  }
  oidc_keys_done(&keys);
}

/* The oldest trick on this kind of token: the public key as the secret of an HMAC. */
static void a_public_key_is_not_a_secret(void **state) {
  static const char head[] = "{\"alg\":\"HS256\",\"kid\":\"r\"}", claims_text[] = "{\"sub\":\"1\"}";
  char jwk[TEXT], token[TEXT];
  uint8_t *spki = NULL, mac[EVP_MAX_MD_SIZE];
  unsigned mac_len = 0;
  struct oidc_keys keys;
  json_t *claims = NULL;
  (void)state;
  jwk_put(jwk, rsa, ",\"kid\":\"r\"");
  assert_int_equal(keys_of(&keys, jwk, ""), 0);
  token_put(token, head, claims_text, NULL, false);
  token[strlen(token) - 1] = '\0';
  const int len = i2d_PUBKEY(rsa, &spki);
  assert_non_null(HMAC(EVP_sha256(), spki, len, (const uint8_t *)token, strlen(token), mac, &mac_len));
  const size_t used = strlen(token);
  token[used] = '.';
  base64url_print(token + used + 1, mac, mac_len);
  assert_int_equal(oidc_token_open(token, &keys, &claims), OIDC_FLAW_ALG);
  OPENSSL_free(spki);
  oidc_keys_done(&keys);
}

static void a_token_has_three_parts_in_one_spelling(void **state) {
  char jwk[TEXT], token[TEXT], bent[TEXT + 8];
  struct oidc_keys keys;
  json_t *claims = NULL;
  (void)state;
  jwk_put(jwk, ec, "");
  assert_int_equal(keys_of(&keys, jwk, ""), 0);
  token_put(token, "{\"alg\":\"ES256\"}", "{\"sub\":\"1\"}", ec, false);
  static const char *const texts[] = {"", ".", "..", "...", "a.b.c", "e30.e30", "e30.e30.", "e30.e30.AA.AA"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    assert_int_not_equal(oidc_token_open(texts[i], &keys, &claims), OIDC_FLAW_NONE);
  snprintf(bent, sizeof bent, "%s=", token);
  assert_int_equal(oidc_token_open(bent, &keys, &claims), OIDC_FLAW_SIGNATURE);
  snprintf(bent, sizeof bent, " %s", token);
  assert_int_equal(oidc_token_open(bent, &keys, &claims), OIDC_FLAW_FORM);
  snprintf(bent, sizeof bent, "%s.", token);
  assert_int_equal(oidc_token_open(bent, &keys, &claims), OIDC_FLAW_FORM);
  for (size_t i = 0; i < strlen(token); i++) { /* whatever is changed, something does not fit any more */
    memcpy(bent, token, strlen(token) + 1);
    bent[i] = bent[i] == 'A' ? 'B' : 'A';
    assert_int_not_equal(oidc_token_open(bent, &keys, &claims), OIDC_FLAW_NONE);
  }
  token_put(token, "{\"alg\":\"ES256\"}", "[1]", ec, false);
  assert_int_equal(oidc_token_open(token, &keys, &claims), OIDC_FLAW_FORM);
  token_put(token, "{\"alg\":\"ES256\"}", "{\"sub\":\"1\",\"sub\":\"2\"}", ec, false);
  assert_int_equal(oidc_token_open(token, &keys, &claims), OIDC_FLAW_FORM);
  oidc_keys_done(&keys);
}

/* ---------------------------------------------------------------- claims */

static const struct oidc_wanted usual = {.issuer = ISSUER, .client_id = CLIENT, .nonce = NONCE, .now_s = NOW_S};

static enum oidc_flaw claims_said(const struct oidc_wanted *wanted, const char *change, struct oidc_person *ret) {
  json_t *claims = json_pack("{s:s,s:s,s:s,s:I,s:I,s:s}", "iss", ISSUER, "sub", "u-17", "aud", CLIENT, "exp",
                             (json_int_t)NOW_S + 300, "iat", (json_int_t)NOW_S, "nonce", NONCE);
  json_t *changes = json_loads(change, JSON_DECODE_ANY, NULL), *value;
  const char *name;
  assert_non_null(changes);
  json_object_foreach(changes, name, value) {
    if (json_is_null(value))
      json_object_del(claims, name);
    else
      json_object_set(claims, name, value);
  }
  const enum oidc_flaw flaw = oidc_token_check(claims, wanted, ret);
  json_decref(changes);
  json_decref(claims);
  return flaw;
}

static void the_claims_answer_what_was_asked(void **state) {
  static const struct {
    const char *change; /* NOW_S is 1800000000 */
    enum oidc_flaw flaw;
  } rows[] = {
      {"{}", OIDC_FLAW_NONE},
      {"{\"iss\":\"https://id.example.edu/\"}", OIDC_FLAW_ISS},
      {"{\"iss\":\"https://evil.example\"}", OIDC_FLAW_ISS},
      {"{\"iss\":null}", OIDC_FLAW_ISS},
      {"{\"iss\":[\"https://id.example.edu\"]}", OIDC_FLAW_ISS},
      {"{\"sub\":null}", OIDC_FLAW_SUB},
      {"{\"sub\":\"\"}", OIDC_FLAW_SUB},
      {"{\"sub\":17}", OIDC_FLAW_SUB},
      {"{\"sub\":\"a\\nb\"}", OIDC_FLAW_SUB},
      {"{\"aud\":\"another\"}", OIDC_FLAW_AUD},
      {"{\"aud\":null}", OIDC_FLAW_AUD},
      {"{\"aud\":[]}", OIDC_FLAW_AUD},
      {"{\"aud\":{\"stepguard\":1}}", OIDC_FLAW_AUD},
      {"{\"aud\":[\"stepguard\"]}", OIDC_FLAW_NONE},
      {"{\"aud\":[\"stepguard\",\"another\"]}", OIDC_FLAW_AZP},
      {"{\"aud\":[\"stepguard\",\"another\"],\"azp\":\"stepguard\"}", OIDC_FLAW_NONE},
      {"{\"aud\":[\"stepguard\",\"another\"],\"azp\":\"another\"}", OIDC_FLAW_AZP},
      {"{\"azp\":\"another\"}", OIDC_FLAW_AZP},
      {"{\"azp\":7}", OIDC_FLAW_AZP},
      {"{\"exp\":null}", OIDC_FLAW_EXP},
      {"{\"exp\":\"1800000300\"}", OIDC_FLAW_EXP},
      {"{\"exp\":-1}", OIDC_FLAW_EXP},
      {"{\"exp\":1e300}", OIDC_FLAW_EXP},
      {"{\"exp\":1799999941}", OIDC_FLAW_NONE}, /* a minute of skew */
      {"{\"exp\":1799999940}", OIDC_FLAW_EXP},
      {"{\"exp\":1800000300.5}", OIDC_FLAW_NONE},
      {"{\"iat\":null}", OIDC_FLAW_IAT},
      {"{\"iat\":1800000060}", OIDC_FLAW_NONE},
      {"{\"iat\":1800000061}", OIDC_FLAW_IAT},
      {"{\"iat\":1799999340}", OIDC_FLAW_NONE}, /* as long as a flow lasts, and the skew */
      {"{\"iat\":1799999339}", OIDC_FLAW_IAT},
      {"{\"nbf\":1800000060}", OIDC_FLAW_NONE},
      {"{\"nbf\":1800000061}", OIDC_FLAW_NBF},
      {"{\"nbf\":\"now\"}", OIDC_FLAW_NBF},
      {"{\"nonce\":null}", OIDC_FLAW_NONCE},
      {"{\"nonce\":\"\"}", OIDC_FLAW_NONCE},
      {"{\"nonce\":\"n-0S6_WzA2MJ\"}", OIDC_FLAW_NONCE},
      {"{\"at_hash\":\"77QmUPtjPfzWtF2AnpK9RQ\"}", OIDC_FLAW_AT_HASH}, /* of a token that did not come */
      {"{\"auth_time\":5}", OIDC_FLAW_NONE},
  };
  struct oidc_person person;
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_int_equal(claims_said(&usual, rows[i].change, &person), rows[i].flaw);
  assert_string_equal(person.subject, "u-17");
}

/* Core, A.3: the access token and its hash. */
static void the_access_token_is_the_one_that_came_along(void **state) {
  struct oidc_wanted wanted = usual;
  struct oidc_person person;
  (void)state;
  wanted.access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
  assert_int_equal(claims_said(&wanted, "{\"at_hash\":\"77QmUPtjPfzWtF2AnpK9RQ\"}", &person), OIDC_FLAW_NONE);
  assert_int_equal(claims_said(&wanted, "{\"at_hash\":\"77QmUPtjPfzWtF2AnpK9RA\"}", &person), OIDC_FLAW_AT_HASH);
  assert_int_equal(claims_said(&wanted, "{\"at_hash\":7}", &person), OIDC_FLAW_AT_HASH);
  assert_int_equal(claims_said(&wanted, "{}", &person), OIDC_FLAW_NONE);
}

static void who_is_asked_anew_was_asked_after_we_asked(void **state) {
  struct oidc_wanted wanted = usual;
  struct oidc_person person;
  (void)state;
  wanted.asked_anew_s = NOW_S - 30;
  assert_int_equal(claims_said(&wanted, "{}", &person), OIDC_FLAW_AUTH_TIME);
  assert_int_equal(claims_said(&wanted, "{\"auth_time\":\"1800000000\"}", &person), OIDC_FLAW_AUTH_TIME);
  assert_int_equal(claims_said(&wanted, "{\"auth_time\":1799999909}", &person), OIDC_FLAW_AUTH_TIME);
  assert_int_equal(claims_said(&wanted, "{\"auth_time\":1799999910}", &person), OIDC_FLAW_NONE);
  assert_int_equal(claims_said(&wanted, "{\"auth_time\":1800000061}", &person), OIDC_FLAW_AUTH_TIME);
  assert_int_equal(person.auth_time_s, 1799999910);
}

static void an_address_counts_when_it_is_verified(void **state) {
  static const struct {
    const char *change, *email;
  } rows[] = {
      {"{\"email\":\"dean@example.edu\",\"email_verified\":true}", "dean@example.edu"},
      {"{\"email\":\"dean@example.edu\"}", ""},
      {"{\"email\":\"dean@example.edu\",\"email_verified\":false}", ""},
      {"{\"email\":\"dean@example.edu\",\"email_verified\":\"true\"}", ""},
      {"{\"email\":\"dean@example.edu\",\"email_verified\":1}", ""},
      {"{\"email\":[\"dean@example.edu\"],\"email_verified\":true}", ""},
      {"{\"email\":\"de\\u0007an@example.edu\",\"email_verified\":true}", ""},
      {"{\"email\":\"dean at example.edu\",\"email_verified\":true}", ""},
      {"{\"email\":\"a b@example.edu\",\"email_verified\":true}", ""},
      {"{\"email\":\"a@b@example.edu\",\"email_verified\":true}", ""},
  };
  struct oidc_person person;
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(claims_said(&usual, rows[i].change, &person), OIDC_FLAW_NONE);
    assert_string_equal(person.email, rows[i].email);
  }
}

static void how_it_was_proved_is_handed_on(void **state) {
  struct oidc_person person;
  (void)state;
  assert_int_equal(
      claims_said(&usual, "{\"acr\":\"urn:mfa\",\"amr\":[\"pwd\",7,\"otp\",\"x\\n\"],\"auth_time\":1799990000}", &person), 0);
  assert_string_equal(person.acr, "urn:mfa");
  assert_string_equal(person.amr, "pwd otp");
  assert_int_equal(person.auth_time_s, 1799990000);
  assert_int_equal(claims_said(&usual,
                               "{\"amr\":[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
                               "\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\",\"c\"]}",
                               &person),
                   0);
  assert_string_equal(person.amr, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa c");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_are_read_for_what_they_may_do),
      cmocka_unit_test(what_is_no_set_of_keys_is_refused),
      cmocka_unit_test(no_more_keys_than_somebody_needs),
      cmocka_unit_test(a_key_is_found_by_its_name_and_never_guessed),
      cmocka_unit_test(the_examples_of_the_rfc_are_good),
      cmocka_unit_test(each_algorithm_of_ours_and_no_other),
      cmocka_unit_test(a_public_key_is_not_a_secret),
      cmocka_unit_test(a_token_has_three_parts_in_one_spelling),
      cmocka_unit_test(the_claims_answer_what_was_asked),
      cmocka_unit_test(the_access_token_is_the_one_that_came_along),
      cmocka_unit_test(who_is_asked_anew_was_asked_after_we_asked),
      cmocka_unit_test(an_address_counts_when_it_is_verified),
      cmocka_unit_test(how_it_was_proved_is_handed_on),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
