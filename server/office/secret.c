/*
 * Functions that want the hash of a secret: an invitation's code, a program's token.
 *
 *   secret_run ── a secret is made, its hash joins the body ── api.<name> ──> secret_kept: the answer, with the secret in it
 *
 * The secret is shown in that one answer and exists nowhere else.
 */
#include "office/call.h"

#include "base/err.h"
#include "base/onetime.h"
#include "office/api.h"

#include <stdio.h>

struct secret {
  const char *name; /* "code", "token" */
  char text[sizeof "sgt_" + TOKEN_TEXT];
};

static void secret_kept(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  const struct secret *secret = call->work;
  json_t *said = api_said(call, err, res);
  if (!said)
    return;
  json_object_set_new(said, secret->name, json_string(secret->text));
  call_reply_json(call, cell_i16(res, 0, REPLY_STATUS), said);
}

/* {path and query parameters, "body": {..., "<member>": hash of the secret}}. */
static const char *secret_document(struct call *call, const char *member, const struct secret *secret) {
  char hash[TOKEN_HASH_HEX];
  token_hash_hex(secret->text, hash);
  json_t *body = call->json ? json_incref(call->json) : json_object();
  if (!body || json_object_set_new(body, member, json_string(hash)) < 0) {
    json_decref(body);
    return NULL;
  }
  return call_document_with(call, body);
}

static void secret_run(struct call *call, enum stmt stmt, const char *name, const char *member) {
  struct secret *secret = arena_zalloc(&call->arena, 1, sizeof *secret);
  char token[TOKEN_TEXT], code[ONETIME_TEXT];
  if (json_object_get(call->json, member)) {
    api_refuse_field(call, member, "unknown_field", "A member of the body is not known here.");
    return;
  }
  if (!secret || token_make(token) < 0 || onetime_make(code) < 0) {
    call_failed(call, E_TLS, NULL);
    return;
  }
  secret->name = name;
  if (*name == 't')
    snprintf(secret->text, sizeof secret->text, "sgt_%s", token);
  else
    snprintf(secret->text, sizeof secret->text, "%s", code);
  call->work = secret;
  call_ask(call, stmt, secret_document(call, member, secret), secret_kept);
}

void staff_add_handle(struct call *call) {
  secret_run(call, STMT_OFFICE(staff_add), "code", "code_hash");
}

void staff_invite_handle(struct call *call) {
  secret_run(call, STMT_OFFICE(staff_invite), "code", "code_hash");
}

void token_add_handle(struct call *call) {
  secret_run(call, STMT_OFFICE(token_add), "token", "token_hash");
}
