/*
 * Whatever an identity provider, or somebody in its name, may send: the first byte says what the rest is taken for. What is
 * accepted is what it must be; what is no signature of the one key is never one.
 */
#include "base/base64.h"
#include "office/oidc_discovery.h"
#include "office/oidc_flow.h"
#include "office/oidc_token.h"

#include "tests/50fuzz/fuzz.h"

#include <string.h>
#include <strings.h>

#define ISSUER "https://id.example.edu"

/* RFC 7515, appendix A.3; its signature is among the seeds. */
static const char known[] =
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":"
    "\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";
static const char signed_text[] =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";

static void try_token(const char *text) {
  static struct oidc_keys keys;
  json_t *claims = NULL;
  if (keys.n == 0)
    HOLDS(oidc_keys_read(known, sizeof known - 1, &keys) == 0);
  const enum oidc_flaw flaw = oidc_token_open(text, &keys, &claims);
  HOLDS((flaw == OIDC_FLAW_NONE) == (claims != NULL));
  HOLDS(!claims || strncmp(text, signed_text, sizeof signed_text - 1) == 0);
  json_decref(claims);
}

static void try_claims(const char *text, size_t len) {
  static const struct oidc_wanted wanted = {.issuer = ISSUER,
                                            .client_id = "stepguard",
                                            .nonce = "n",
                                            .access_token = "a",
                                            .now_s = 1800000000,
                                            .asked_anew_s = 1799999990};
  struct oidc_person person;
  json_t *claims = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
  if (claims && oidc_token_check(claims, &wanted, &person) == OIDC_FLAW_NONE) {
    HOLDS(person.subject[0] && strcmp(json_string_value(json_object_get(claims, "sub")), person.subject) == 0);
    HOLDS(strcmp(json_string_value(json_object_get(claims, "nonce")), "n") == 0);
    HOLDS(!person.email[0] || json_is_true(json_object_get(claims, "email_verified")));
    HOLDS(person.auth_time_s > 0 && strlen(person.acr) < sizeof person.acr && strlen(person.amr) < sizeof person.amr);
  }
  json_decref(claims);
}

static void try_keys(const char *text, size_t len) {
  struct oidc_keys keys;
  if (oidc_keys_read(text, len, &keys) < 0)
    return;
  HOLDS(keys.n > 0 && keys.n <= OIDC_KEYS_MOST);
  for (size_t i = 0; i < keys.n; i++) {
    HOLDS(keys.item[i].key && keys.item[i].algs > 0 && strlen(keys.item[i].kid) < OIDC_KID_BYTES);
    for (int alg = 0; alg < OIDC_ALGS; alg++)
      HOLDS(!oidc_key_signed(&keys.item[i], (enum oidc_alg)alg, "text", 4, (const uint8_t *)text, len));
  }
  oidc_keys_done(&keys);
}

static void try_document(const char *text, size_t len) {
  struct oidc_discovery discovery;
  if (oidc_discovery_read(text, len, ISSUER, "also.example.edu:8443", &discovery) != OIDC_FLAW_NONE)
    return;
  const char *endpoints[] = {discovery.authorization, discovery.token, discovery.jwks};
  for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++)
    HOLDS(oidc_url_allowed(endpoints[i], ISSUER, "also.example.edu:8443"));
}

static void try_url(const char *text) {
  (void)oidc_issuer_objection(text);
  if (oidc_url_allowed(text, ISSUER, "also.example.edu:8443"))
    HOLDS(strncasecmp(text, "https:", strlen("https:")) == 0 && strlen(text) < OIDC_URL_BYTES);
}

static void try_flow(const char *text) {
  static const struct seal key = {.n = 1, .keys = {{.number = 1, .key = {1}}}};
  struct oidc_flow flow;
  HOLDS(!oidc_flow_open(&key, text, 1800000000, &flow));
}

static void try_base64(const char *text, size_t len) {
  uint8_t *bytes = malloc(len + 1);
  char *again = malloc(len + 1);
  size_t n = 0;
  HOLDS(bytes && again);
  if (base64url_read(text, len, bytes, len, &n) == 0) {
    base64url_print(again, bytes, n);
    HOLDS(strlen(again) == len && memcmp(again, text, len) == 0);
  }
  free(bytes);
  free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  const size_t len = size - 1;
  char *text = malloc(len + 1);
  HOLDS(text);
  memcpy(text, data + 1, len);
  text[len] = '\0';
  switch (data[0]) {
  case 't': try_token(text); break;
  case 'c': try_claims(text, len); break;
  case 'k': try_keys(text, len); break;
  case 'd': try_document(text, len); break;
  case 'u': try_url(text); break;
  case 'f': try_flow(text); break;
  default: try_base64(text, len); break;
  }
  free(text);
  return 0;
}
