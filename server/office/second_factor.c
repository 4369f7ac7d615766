/*
 * One's own second factor.
 *
 *   POST /me/totp            totp_set_up_handle ── api.session_show ──> a secret, sealed ── api.totp_begin ──> 200, shown once
 *   POST /me/totp/confirm    totp_confirm_handle ── api.session_show ── api.totp_pending ──> is the code right?
 *                               ── api.totp_confirm ── api.recovery_codes_set ──> 200, shown once, new cookie
 *   POST /me/recovery-codes  recovery_codes_handle ── api.recovery_codes_set ──> 200, shown once
 *
 * What is shown once exists nowhere else: of codes the database has hashes, and the secret sealed under a key that it has not
 * got. A secret counts only after a code made with it has come back, so that nobody is locked out by a picture not scanned.
 */
#include "office/proof.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/onetime.h"
#include "office/api.h"
#include "office/totp.h"

#include <openssl/crypto.h>
#include <string.h>

enum { SEALED_BYTES = TOTP_SECRET_BYTES + SEAL_EXTRA_BYTES, URI_BYTES = 2048, SECOND_MS = 1000 };

/* What handlers here keep between their questions. */
struct shown {
  char base32[TOTP_BASE32_TEXT];
  const char *uri;
};

struct factor {
  int64_t staff_id;
  const char *sealed;
  int64_t step;
  char codes[OFFICE_RECOVERY_CODES][ONETIME_TEXT];
};

/* ---------------------------------------------------------------- setting one up */

/* The new secret as the app wants it in *shown, and {"secret"} sealed as the database keeps it; NULL when that failed. */
static json_t *secret_make(struct call *call, const json_t *person, struct shown *shown) {
  uint8_t secret[TOTP_SECRET_BYTES], sealed[SEALED_BYTES];
  char hex[2 * SEALED_BYTES + 1];
  struct buf uri;
  const char *name = proof_seal_name(call, json_integer_value(json_object_get(person, "staff_id")));
  if (!name || totp_secret_make(secret) < 0)
    return NULL;
  const int err = seal_close(&call->office->seal, name, secret, sizeof secret, sealed);
  totp_secret_print(secret, shown->base32);
  OPENSSL_cleanse(secret, sizeof secret);
  digest_hex(hex, sealed, sizeof sealed);
  buf_init(&uri, URI_BYTES);
  totp_uri(&uri, api_text(json_object_get(person, "school"), "name"), api_text(person, "email"), shown->base32);
  buf_put_u8(&uri, '\0');
  shown->uri = buf_finish(&uri) == E_OK ? arena_strdup(&call->arena, (const char *)uri.data) : NULL;
  buf_done(&uri);
  return err == E_OK && shown->uri ? json_pack("{s:s}", "secret", hex) : NULL;
}

static void totp_kept(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  json_t *said = api_said(call, err, res);
  if (!said)
    return;
  json_decref(said);
  const struct shown *shown = call->work;
  call_reply_json(call, 200, json_pack("{s:s,s:s}", "secret", shown->base32, "otpauth", shown->uri));
}

static void totp_known(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  json_t *person = api_said(call, err, res);
  if (!person)
    return;
  call->work = arena_zalloc(&call->arena, 1, sizeof(struct shown));
  call_ask(call, STMT_OFFICE(totp_begin), call->work ? call_document_of(call, secret_make(call, person, call->work)) : NULL,
           totp_kept);
  json_decref(person);
}

void totp_set_up_handle(struct call *call) {
  if (call_body_knows(call, ""))
    call_ask(call, STMT_OFFICE(session_show), "{}", totp_known);
}

/* ---------------------------------------------------------------- recovery codes */

/* {"code_hashes"} of fresh codes; NULL when that failed. */
static json_t *codes_make(struct factor *factor) {
  json_t *hashes = json_array();
  for (size_t i = 0; i < OFFICE_RECOVERY_CODES && hashes; i++) {
    char hash[TOKEN_HASH_HEX];
    if (onetime_make(factor->codes[i]) < 0) {
      json_decref(hashes);
      return NULL;
    }
    token_hash_hex(factor->codes[i], hash);
    json_array_append_new(hashes, json_string(hash));
  }
  return hashes ? json_pack("{s:o}", "code_hashes", hashes) : NULL;
}

static void codes_show(struct call *call, const struct factor *factor, size_t n) {
  json_t *codes = json_array();
  for (size_t i = 0; i < n; i++)
    json_array_append_new(codes, json_string(factor->codes[i]));
  call_reply_json(call, 200, json_pack("{s:o}", "recovery_codes", codes));
}

static void codes_kept(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  json_t *said = api_said(call, err, res);
  if (!said)
    return;
  json_decref(said);
  codes_show(call, call->work, OFFICE_RECOVERY_CODES);
}

void recovery_codes_handle(struct call *call) {
  if (!call_body_knows(call, ""))
    return;
  call->work = arena_zalloc(&call->arena, 1, sizeof(struct factor));
  call_ask(call, STMT_OFFICE(recovery_codes_set), call->work ? call_document_of(call, codes_make(call->work)) : NULL, codes_kept);
}

/* ---------------------------------------------------------------- the first code */

/* The second factor is in force and the session has its new token, so the answer leaves whatever became of the codes; a page
 * that gets none asks for them. */
static void confirm_codes_kept(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  if (err)
    log_event(LOG_WARN, &call->log, "recovery_codes_not_kept", "err=%s", err_name(err));
  codes_show(call, call->work, err || !call_is_reply(res) ? 0 : OFFICE_RECOVERY_CODES);
}

static void confirmed(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  json_t *said = api_said(call, err, res);
  if (!said)
    return;
  json_decref(said);
  const char *document = call_document_of(call, codes_make(call->work));
  if (document)
    call_ask_fresh(call, STMT_OFFICE(recovery_codes_set), document, confirm_codes_kept);
  else
    codes_show(call, call->work, 0);
}

static void confirm_checked(struct call *call) {
  const struct factor *factor = call->work;
  json_t *members = json_pack("{s:s,s:I}", "secret", factor->sealed, "step", (json_int_t)factor->step);
  const int err = members ? proof_add_token(call, members) : E_NOMEM;
  if (err) {
    json_decref(members);
    call_failed(call, err, NULL);
    return;
  }
  call_ask(call, STMT_OFFICE(totp_confirm), call_document_of(call, members), confirmed);
}

static void confirm_pending(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  struct factor *factor = call->work;
  uint8_t secret[TOTP_SECRET_BYTES];
  json_t *said = api_said(call, err, res);
  if (!said)
    return;
  factor->sealed = arena_strdup(&call->arena, api_text(said, "secret"));
  json_decref(said);
  if (!factor->sealed || !proof_open(call, factor->staff_id, factor->sealed, secret)) {
    call_failed(call, E_TLS, NULL);
    return;
  }
  const bool right = totp_check(secret, call_text(call, "code"), clock_wall_ms() / SECOND_MS, 0, &factor->step);
  OPENSSL_cleanse(secret, sizeof secret);
  if (right)
    confirm_checked(call);
  else
    api_refuse_field(call, "code", "wrong_code", "The code is not right. Is the clock of the device right?");
}

static void confirm_known(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  json_t *person = api_said(call, err, res);
  if (!person)
    return;
  struct factor *factor = call->work = arena_zalloc(&call->arena, 1, sizeof *factor);
  if (factor)
    factor->staff_id = json_integer_value(json_object_get(person, "staff_id"));
  json_decref(person);
  call_ask(call, STMT_OFFICE(totp_pending), factor ? "{}" : NULL, confirm_pending);
}

void totp_confirm_handle(struct call *call) {
  if (!call_body_knows(call, "code"))
    return;
  if (totp_is_code(call_text(call, "code")))
    call_ask(call, STMT_OFFICE(session_show), "{}", confirm_known);
  else
    api_refuse_field(call, "code", "invalid", "The code has six digits.");
}
