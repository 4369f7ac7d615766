/*
 * A new webhook: POST /webhooks.
 *
 *   webhook_add_handle ── a secret is made, sealed ── api.webhook_add ──> webhook_kept: 201, with the secret in it
 *
 * The secret is shown in that one answer, in the writing of Standard Webhooks ("whsec_" and base64), for whoever checks the
 * signatures. The database keeps it sealed under a key that it has not got, and bound to a name that is made with it: it has no
 * number before it is kept.
 */
#include "office/api.h"

#include "base/err.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>

#define SECRET_PREFIX "whsec_"

enum {
  SECRET_BYTES = 32, /* Standard Webhooks: 24 to 64 */
  SECRET_TEXT = sizeof SECRET_PREFIX + (SECRET_BYTES + 2) / 3 * 4,
  SEALED_BYTES = SECRET_BYTES + SEAL_EXTRA_BYTES,
  FOR_BYTES = 16,
  NAME_BYTES = 160,
};

static void text_forget(void *work) {
  OPENSSL_cleanse(work, SECRET_TEXT);
}

/* Puts the secret's text into call->work, and "secret" (sealed) and "secret_for" into `body`. */
static int secret_add(struct call *call, json_t *body) {
  uint8_t secret[SECRET_BYTES], sealed[SEALED_BYTES], random[FOR_BYTES];
  char sealed_hex[2 * SEALED_BYTES + 1], secret_for[2 * FOR_BYTES + 1], name[NAME_BYTES];
  char *text = call->work;
  if (RAND_bytes(secret, sizeof secret) != 1 || RAND_bytes(random, sizeof random) != 1)
    return E_TLS;
  digest_hex(secret_for, random, sizeof random);
  snprintf(name, sizeof name, SEAL_WEBHOOK_NAME, call->office->conf->school_code, secret_for);
  const int err = seal_close(&call->office->seal, name, secret, sizeof secret, sealed);
  const int at = snprintf(text, SECRET_TEXT, "%s", SECRET_PREFIX);
  EVP_EncodeBlock((unsigned char *)text + at, secret, sizeof secret);
  OPENSSL_cleanse(secret, sizeof secret);
  if (err)
    return err;
  digest_hex(sealed_hex, sealed, sizeof sealed);
  return json_object_set_new(body, "secret", json_string(sealed_hex)) == 0 &&
                 json_object_set_new(body, "secret_for", json_string(secret_for)) == 0
             ? E_OK
             : E_NOMEM;
}

static void webhook_kept(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  json_t *said = api_said(call, err, res);
  if (!said)
    return;
  json_object_set_new(said, "secret", json_string(call->work));
  call_reply_json(call, cell_i16(res, 0, REPLY_STATUS), said);
}

void webhook_add_handle(struct call *call) {
  if (json_object_get(call->json, "secret") || json_object_get(call->json, "secret_for")) {
    api_refuse_field(call, json_object_get(call->json, "secret") ? "secret" : "secret_for", "unknown_field",
                     "A member of the body is not known here.");
    return;
  }
  json_t *body = call->json ? json_copy(call->json) : json_object();
  call->work = arena_zalloc(&call->arena, 1, SECRET_TEXT);
  call->work_done = call->work ? text_forget : NULL;
  const int err = body && call->work ? secret_add(call, body) : E_NOMEM;
  if (err) {
    json_decref(body);
    call_failed(call, err == E_NOMEM ? E_BUSY : err, NULL);
    return;
  }
  call_ask(call, STMT_OFFICE(webhook_add), call_document_with(call, body), webhook_kept);
}
