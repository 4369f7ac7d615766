/*
 * Discovery.
 *
 * The settings name one issuer, and everything else comes from its document: so that document must not be able to send the
 * daemon, with its secret in hand, just anywhere. It talks https to the issuer's own host and port, and to those hosts that
 * somebody wrote into the settings because the provider is spread over several ("also_at"). The issuer in the document must
 * be the one that was asked, letter for letter (Discovery, 4.3; ASVS 5.0 10.5.3).
 *
 * A provider that says it can neither do the code flow, nor S256, nor any of our algorithms is refused here, with a line in
 * the log, and not at the first person who tries. What it does not say, it may do: S256 is sent in any case.
 *
 * Addresses are taken apart by libcurl, which is what follows them: there is no second reader to disagree with.
 */
#include "office/oidc_discovery.h"

#include "base/err.h"
#include "office/oidc_key.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HOST_BYTES = 262 /* a name of 253, ':', a port */ };

/* ---------------------------------------------------------------- addresses */

static bool has_part(CURLU *url, CURLUPart part) {
  char *text = NULL;
  const bool there = curl_url_get(url, part, &text, 0) == CURLUE_OK;
  curl_free(text);
  return there;
}

static CURLU *https_url(const char *text) {
  CURLU *url = curl_url();
  char *scheme = NULL;
  const bool good = url && strlen(text) < OIDC_URL_BYTES && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
                    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK && strcmp(scheme, "https") == 0 &&
                    !has_part(url, CURLUPART_USER) && !has_part(url, CURLUPART_PASSWORD) && !has_part(url, CURLUPART_FRAGMENT);
  curl_free(scheme);
  if (good)
    return url;
  curl_url_cleanup(url);
  return NULL;
}

/* "host:port", in small letters, the port always there. */
static bool host_of(const char *text, char ret[HOST_BYTES]) {
  CURLU *url = https_url(text);
  char *host = NULL, *port = NULL;
  const bool good = url && curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                    strlen(host) + 1 + strlen(port) < HOST_BYTES;
  if (good)
    snprintf(ret, HOST_BYTES, "%s:%s", host, port);
  curl_free(host);
  curl_free(port);
  curl_url_cleanup(url);
  return good;
}

bool oidc_url_allowed(const char *url, const char *issuer, const char *also_at) {
  char host[HOST_BYTES], known[HOST_BYTES], one[OIDC_URL_BYTES];
  if (!host_of(url, host))
    return false;
  if (host_of(issuer, known) && strcasecmp(host, known) == 0)
    return true;
  for (const char *at = also_at + strspn(also_at, ", "); *at; at += strspn(at, ", ")) {
    const size_t len = strcspn(at, ", ");
    snprintf(one, sizeof one, "https://%.*s", (int)len, at);
    if (host_of(one, known) && strcasecmp(host, known) == 0)
      return true;
    at += len;
  }
  return false;
}

const char *oidc_issuer_objection(const char *issuer) {
  CURLU *url = https_url(issuer);
  const bool plain = url && !has_part(url, CURLUPART_QUERY);
  curl_url_cleanup(url);
  return plain ? NULL : "is not an issuer; write it as the provider does, https://…, without anything after ? or #";
}

bool oidc_discovery_url(const char *issuer, char ret[OIDC_URL_BYTES]) {
  size_t len = strlen(issuer);
  if (len > 0 && issuer[len - 1] == '/')
    len--;
  return snprintf(ret, OIDC_URL_BYTES, "%.*s/.well-known/openid-configuration", (int)len, issuer) < OIDC_URL_BYTES;
}

/* ---------------------------------------------------------------- the document */

/* Whether a list of the document has a word. `otherwise`: where there is no such list. */
static bool lists(const json_t *document, const char *name, const char *word, bool otherwise) {
  const json_t *list = json_object_get(document, name), *one;
  size_t i;
  if (!json_is_array(list))
    return otherwise;
  json_array_foreach(list, i, one) {
    if (json_is_string(one) && strcmp(json_string_value(one), word) == 0)
      return true;
  }
  return false;
}

static bool lists_our_alg(const json_t *document) {
  const json_t *list = json_object_get(document, "id_token_signing_alg_values_supported"), *one;
  enum oidc_alg alg;
  size_t i;
  json_array_foreach(list, i, one) {
    if (json_is_string(one) && oidc_alg_find(json_string_value(one), &alg))
      return true;
  }
  return !json_is_array(list);
}

static bool endpoint_read(const json_t *document, const char *name, const char *issuer, const char *also_at,
                          char ret[OIDC_URL_BYTES]) {
  const char *url = json_string_value(json_object_get(document, name));
  if (!url || !oidc_url_allowed(url, issuer, also_at))
    return false;
  memcpy(ret, url, strlen(url) + 1); /* shorter than OIDC_URL_BYTES, or it would not be allowed */
  return true;
}

static enum oidc_flaw document_read(const json_t *document, const char *issuer, const char *also_at, struct oidc_discovery *ret) {
  const char *named = json_string_value(json_object_get(document, "issuer"));
  if (!named || strcmp(named, issuer) != 0)
    return OIDC_FLAW_ISSUER;
  if (!endpoint_read(document, "authorization_endpoint", issuer, also_at, ret->authorization) ||
      !endpoint_read(document, "token_endpoint", issuer, also_at, ret->token) ||
      !endpoint_read(document, "jwks_uri", issuer, also_at, ret->jwks) ||
      (json_object_get(document, "userinfo_endpoint") &&
       !endpoint_read(document, "userinfo_endpoint", issuer, also_at, ret->userinfo)))
    return OIDC_FLAW_ENDPOINT;
  static const char how[] = "token_endpoint_auth_methods_supported";
  const bool basic = lists(document, how, "client_secret_basic", true);
  ret->secret_in_body = !basic;
  ret->names_itself = json_is_true(json_object_get(document, "authorization_response_iss_parameter_supported"));
  if (!lists(document, "response_types_supported", "code", true) ||
      !lists(document, "code_challenge_methods_supported", "S256", true) || !lists_our_alg(document) ||
      (!basic && !lists(document, how, "client_secret_post", false)))
    return OIDC_FLAW_FEATURE;
  return OIDC_FLAW_NONE;
}

enum oidc_flaw oidc_discovery_read(const char *text, size_t len, const char *issuer, const char *also_at,
                                   struct oidc_discovery *ret) {
  struct oidc_discovery discovery = {.authorization = ""};
  json_t *document = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
  const enum oidc_flaw flaw = document ? document_read(document, issuer, also_at, &discovery) : OIDC_FLAW_FORM;
  json_decref(document);
  if (flaw == OIDC_FLAW_NONE)
    *ret = discovery;
  return flaw;
}
