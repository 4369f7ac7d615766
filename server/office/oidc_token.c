/*
 * ID tokens.
 *
 *   head . claims . signature ──> the head's algorithm is one of ours ──> its key ──> the signature ──> only then the claims
 *
 * Nothing of the claims is read before the signature is good. A head may ask for nothing that we do not know (crit), and
 * say of itself that it is a JWT or nothing, so that an access or logout token of the same provider is not taken for one of
 * these. That a token came to us straight from the provider over TLS would excuse us from looking at its signature (Core,
 * 3.1.3.7, 6); we look all the same: it is cheap, and an ID token that passed through somebody's log is then worth nothing.
 *
 * Clocks may differ by OIDC_SKEW_S both ways. "iat" is held against our clock too, so that a token which somebody kept is
 * refused long before its end; "nonce" then says that it was made for this browser, minutes ago.
 */
#include "office/oidc_token.h"

#include "base/base64.h"
#include "base/digest.h"
#include "proto/utf8.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---------------------------------------------------------------- signed */

struct parts {
  const char *head, *claims, *signature;
  size_t head_len, claims_len, signature_len, signed_len; /* the last: of head, dot and claims, which is what is signed */
};

static bool cut(const char *token, struct parts *ret) {
  const char *first = strchr(token, '.'), *second = first ? strchr(first + 1, '.') : NULL;
  if (!second || strchr(second + 1, '.') || strlen(token) > OIDC_TOKEN_BYTES)
    return false;
  *ret = (struct parts){.head = token,
                        .claims = first + 1,
                        .signature = second + 1,
                        .head_len = (size_t)(first - token),
                        .claims_len = (size_t)(second - first - 1),
                        .signature_len = strlen(second + 1),
                        .signed_len = (size_t)(second - token)};
  return true;
}

/* The object that a part is; NULL where it is none. */
static json_t *part_read(const char *part, size_t len) {
  uint8_t *bytes = malloc(len + 1);
  size_t n = 0;
  json_t *object = NULL;
  if (bytes && base64url_read(part, len, bytes, len, &n) == 0)
    object = json_loadb((const char *)bytes, n, JSON_REJECT_DUPLICATES, NULL);
  free(bytes);
  if (json_is_object(object))
    return object;
  json_decref(object);
  return NULL;
}

static enum oidc_flaw head_check(const json_t *head, const struct oidc_keys *keys, enum oidc_alg *ret_alg,
                                 const struct oidc_key **ret_key) {
  const char *alg = json_string_value(json_object_get(head, "alg"));
  const json_t *kid = json_object_get(head, "kid"), *typ = json_object_get(head, "typ");
  if (!alg || !oidc_alg_find(alg, ret_alg))
    return OIDC_FLAW_ALG;
  if (json_object_get(head, "crit"))
    return OIDC_FLAW_CRIT;
  if (typ && (!json_is_string(typ) || strcasecmp(json_string_value(typ), "JWT") != 0))
    return OIDC_FLAW_TYP;
  if (kid && !json_is_string(kid))
    return OIDC_FLAW_FORM;
  *ret_key = oidc_keys_find(keys, kid ? json_string_value(kid) : NULL, *ret_alg);
  return *ret_key ? OIDC_FLAW_NONE : OIDC_FLAW_KEY;
}

enum oidc_flaw oidc_token_open(const char *token, const struct oidc_keys *keys, json_t **ret) {
  struct parts parts;
  uint8_t signature[OIDC_SIGNATURE_BYTES];
  size_t signature_len;
  enum oidc_alg alg;
  const struct oidc_key *key;
  if (!cut(token, &parts))
    return OIDC_FLAW_FORM;
  json_t *head = part_read(parts.head, parts.head_len);
  if (!head)
    return OIDC_FLAW_FORM;
  const enum oidc_flaw flaw = head_check(head, keys, &alg, &key);
  json_decref(head);
  if (flaw)
    return flaw;
  if (base64url_read(parts.signature, parts.signature_len, signature, sizeof signature, &signature_len) < 0 ||
      !oidc_key_signed(key, alg, token, parts.signed_len, signature, signature_len))
    return OIDC_FLAW_SIGNATURE;
  json_t *claims = part_read(parts.claims, parts.claims_len);
  if (!claims)
    return OIDC_FLAW_FORM;
  *ret = claims;
  return OIDC_FLAW_NONE;
}

/* ---------------------------------------------------------------- claims */

static const char *text_of(const json_t *claims, const char *name) {
  const char *text = json_string_value(json_object_get(claims, name));
  return text ? text : "";
}

static bool same(const char *a, const char *b) {
  const size_t len = strlen(a);
  return len == strlen(b) && CRYPTO_memcmp(a, b, len) == 0;
}

static const double year_9999_s = 253402300799.0;

/* Whole or broken seconds; false where it is not there or no time. */
static bool time_of(const json_t *claims, const char *name, int64_t *ret) {
  const json_t *value = json_object_get(claims, name);
  const double s = json_number_value(value);
  if (!json_is_number(value) || !(s > 0) || s > year_9999_s)
    return false;
  *ret = (int64_t)s;
  return true;
}

/* Meant for us, and handed to us: one audience among others must have been handed to one of them by name. */
static enum oidc_flaw audience_check(const json_t *claims, const char *client_id) {
  const json_t *aud = json_object_get(claims, "aud"), *azp = json_object_get(claims, "azp"), *one;
  size_t i, n = json_is_array(aud) ? json_array_size(aud) : 1;
  bool found = json_is_string(aud) && strcmp(json_string_value(aud), client_id) == 0;
  json_array_foreach(aud, i, one) {
    found = found || (json_is_string(one) && strcmp(json_string_value(one), client_id) == 0);
  }
  if (!found)
    return OIDC_FLAW_AUD;
  if (azp || n > 1)
    return strcmp(text_of(claims, "azp"), client_id) == 0 ? OIDC_FLAW_NONE : OIDC_FLAW_AZP;
  return OIDC_FLAW_NONE;
}

static enum oidc_flaw times_check(const json_t *claims, const struct oidc_wanted *wanted) {
  const int64_t now_s = wanted->now_s;
  int64_t exp, iat, nbf, auth_time;
  if (!time_of(claims, "exp", &exp) || exp + OIDC_SKEW_S <= now_s)
    return OIDC_FLAW_EXP;
  if (!time_of(claims, "iat", &iat) || iat > now_s + OIDC_SKEW_S || iat + OIDC_FLOW_S + OIDC_SKEW_S < now_s)
    return OIDC_FLAW_IAT;
  if (json_object_get(claims, "nbf") && (!time_of(claims, "nbf", &nbf) || nbf > now_s + OIDC_SKEW_S))
    return OIDC_FLAW_NBF;
  if (wanted->asked_anew_s > 0 && (!time_of(claims, "auth_time", &auth_time) || auth_time + OIDC_SKEW_S < wanted->asked_anew_s ||
                                   auth_time > now_s + OIDC_SKEW_S))
    return OIDC_FLAW_AUTH_TIME;
  return OIDC_FLAW_NONE;
}

/* The left half of the access token's hash; our three algorithms all have SHA-256. */
static enum oidc_flaw at_hash_check(const json_t *claims, const char *access_token) {
  uint8_t digest[DIGEST_BYTES];
  char text[BASE64URL_CHARS(DIGEST_BYTES / 2) + 1];
  if (!json_object_get(claims, "at_hash"))
    return OIDC_FLAW_NONE;
  if (!access_token)
    return OIDC_FLAW_AT_HASH;
  digest_sha256(digest, access_token, strlen(access_token));
  base64url_print(text, digest, sizeof digest / 2);
  return same(text_of(claims, "at_hash"), text) ? OIDC_FLAW_NONE : OIDC_FLAW_AT_HASH;
}

static bool copy_plain(char *ret, size_t cap, const char *text) {
  const size_t len = strlen(text);
  if (len == 0 || len >= cap || !utf8_plain(text, len))
    return false;
  memcpy(ret, text, len + 1);
  return true;
}

/* For the trail only, so what does not fit is left out. */
static void amr_copy(const json_t *claims, struct oidc_person *person) {
  const json_t *one;
  size_t i, used = 0;
  json_array_foreach(json_object_get(claims, "amr"), i, one) {
    char word[OIDC_ACR_BYTES];
    if (!json_is_string(one) || !copy_plain(word, sizeof word, json_string_value(one)) ||
        used + strlen(word) + 2 > sizeof person->amr)
      continue;
    used += (size_t)snprintf(person->amr + used, sizeof person->amr - used, "%s%s", used > 0 ? " " : "", word);
  }
}

void oidc_token_email(const json_t *claims, struct oidc_person *ret) {
  const char *email = text_of(claims, "email"), *at = strchr(email, '@');
  if (json_is_true(json_object_get(claims, "email_verified")) && at && !strchr(at + 1, '@') && !strchr(email, ' '))
    (void)copy_plain(ret->email, sizeof ret->email, email);
}

enum oidc_flaw oidc_token_check(const json_t *claims, const struct oidc_wanted *wanted, struct oidc_person *ret) {
  struct oidc_person person = {.subject = ""};
  enum oidc_flaw flaw;
  if (!same(text_of(claims, "iss"), wanted->issuer))
    return OIDC_FLAW_ISS;
  if (!copy_plain(person.subject, sizeof person.subject, text_of(claims, "sub")))
    return OIDC_FLAW_SUB;
  if ((flaw = audience_check(claims, wanted->client_id)) || (flaw = times_check(claims, wanted)))
    return flaw;
  if (!same(text_of(claims, "nonce"), wanted->nonce))
    return OIDC_FLAW_NONCE;
  if ((flaw = at_hash_check(claims, wanted->access_token)))
    return flaw;
  (void)time_of(claims, "auth_time", &person.auth_time_s);
  (void)copy_plain(person.acr, sizeof person.acr, text_of(claims, "acr"));
  amr_copy(claims, &person);
  oidc_token_email(claims, &person);
  *ret = person;
  return OIDC_FLAW_NONE;
}
