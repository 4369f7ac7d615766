/*
 * The state of a sign-in between two requests, kept by the browser.
 *
 * The cookie binds what comes back to the browser that left: a code that somebody else obtained comes without a cookie of the
 * same state, and without the verifier that the provider wants to see. It is sealed because its nonce and verifier are ours
 * to know, and because a flow carries the token of the session that the browser has, to be proved anew or signed in over: the
 * session's cookie is SameSite=Strict and does not come along when the provider's page sends the browser back.
 *
 * Sealed is the struct as it lies in memory: both ends are this program. Its size and the name under which it is sealed are
 * its version; a cookie of another one does not open, and the person begins anew. Rejected: a table of the database (a row
 * for everybody who knocks, to be swept), and memory (workers do not share it).
 */
#include "office/oidc_flow.h"

#include "base/digest.h"
#include "base/err.h"
#include "office/oidc_fetch.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(struct oidc_flow) == sizeof(int64_t) + 5 * TOKEN_TEXT + OIDC_HOST_BYTES, "no byte that nobody set is sealed");
_Static_assert((int)SEAL_KEY_BYTES == (int)DIGEST_BYTES, "a digest is a key");

static const char sealed_as[] = "oidc/flow/1";
static const char callback_path[] = "/api/v1/oidc/callback";

void oidc_flow_key(const struct seal *office, struct seal *ret) {
  uint8_t digest[EVP_MAX_MD_SIZE] = {0};
  *ret = (struct seal){.n = office->n};
  for (size_t i = 0; i < office->n; i++) {
    const struct seal_key *from = &office->keys[i];
    (void)HMAC(EVP_sha256(), from->key, sizeof from->key, (const uint8_t *)sealed_as, sizeof sealed_as - 1, digest, NULL);
    ret->keys[i].number = from->number;
    memcpy(ret->keys[i].key, digest, sizeof ret->keys[i].key);
  }
  OPENSSL_cleanse(digest, sizeof digest);
}

int oidc_flow_begin(const char *host, const char *session, int64_t now_s, struct oidc_flow *ret) {
  struct oidc_flow flow = {.begun_s = now_s};
  if (strlen(host) >= sizeof flow.host || strlen(session) >= sizeof flow.session)
    return E_LIMIT;
  memcpy(flow.host, host, strlen(host));
  memcpy(flow.session, session, strlen(session));
  if (token_make(flow.state) < 0 || token_make(flow.nonce) < 0 || token_make(flow.verifier) < 0)
    return E_TLS;
  *ret = flow;
  return E_OK;
}

int oidc_flow_seal(const struct seal *key, const struct oidc_flow *flow, char ret[OIDC_FLOW_TEXT]) {
  uint8_t sealed[sizeof *flow + SEAL_EXTRA_BYTES];
  const int err = seal_close(key, sealed_as, (const uint8_t *)flow, sizeof *flow, sealed);
  if (err == E_OK)
    base64url_print(ret, sealed, sizeof sealed);
  return err;
}

bool oidc_flow_open(const struct seal *key, const char *text, int64_t now_s, struct oidc_flow *ret) {
  uint8_t sealed[sizeof *ret + SEAL_EXTRA_BYTES];
  size_t len = 0;
  struct oidc_flow flow;
  if (base64url_read(text, strlen(text), sealed, sizeof sealed, &len) < 0 || len != sizeof sealed ||
      seal_open(key, sealed_as, sealed, len, (uint8_t *)&flow) < 0 || flow.begun_s > now_s || flow.begun_s + OIDC_FLOW_S < now_s)
    return false;
  *ret = flow;
  OPENSSL_cleanse(&flow, sizeof flow);
  return true;
}

void oidc_flow_put_return(struct buf *form, const struct oidc_flow *flow) {
  char url[sizeof "https://" + OIDC_HOST_BYTES + sizeof callback_path];
  snprintf(url, sizeof url, "https://%s%s", flow->host, callback_path);
  oidc_form_put(form, "redirect_uri", url);
}

void oidc_flow_put_url(struct buf *out, const struct oidc_flow *flow, const struct oidc_client *client,
                       const struct oidc_discovery *discovery) {
  uint8_t digest[DIGEST_BYTES];
  char challenge[BASE64URL_CHARS(DIGEST_BYTES) + 1];
  struct buf form;
  digest_sha256(digest, flow->verifier, strlen(flow->verifier));
  base64url_print(challenge, digest, sizeof digest);
  buf_init(&form, out->cap);
  oidc_form_put(&form, "response_type", "code");
  oidc_form_put(&form, "response_mode", "query");
  oidc_form_put(&form, "client_id", client->conf->oidc_client_id);
  oidc_flow_put_return(&form, flow);
  oidc_form_put(&form, "scope", client->conf->oidc_scopes);
  oidc_form_put(&form, "state", flow->state);
  oidc_form_put(&form, "nonce", flow->nonce);
  oidc_form_put(&form, "code_challenge", challenge);
  oidc_form_put(&form, "code_challenge_method", "S256");
  if (flow->session[0]) { /* asks the person again, whoever the provider thinks is there */
    oidc_form_put(&form, "prompt", "login");
    oidc_form_put(&form, "max_age", "0");
  }
  const int err = buf_finish(&form);
  if (err)
    out->err = err;
  buf_printf(out, "%s%c%.*s", discovery->authorization, strchr(discovery->authorization, '?') ? '&' : '?', (int)form.len,
             err ? "" : (const char *)form.data);
  buf_done(&form);
}
