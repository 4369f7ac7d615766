/*
 * One's own password.
 *
 *   POST /invitation    invitation_handle ── api.invitation_begin ──> rules, lane ── api.invitation_use ──> 200
 *   POST /me/password   password_change_handle ── api.session_show ──> rules, lane ── api.password_set ──> 200, new cookie
 *
 * Who may do that, and how fresh their proof must be, is the functions' business. What is asked of a password is password.c's,
 * for only here is it known; name and address are read first because it must not contain them.
 */
#include "office/proof.h"

#include "base/err.h"
#include "base/onetime.h"
#include "office/api.h"

#include <string.h>

/* False: the call has been answered. */
static bool password_is_good(struct call *call, const json_t *person) {
  const char *objection = password_objection(call_text(call, "password"), (size_t)call->office->conf->office_password_chars,
                                             api_text(person, "name"), api_text(person, "email"));
  if (objection)
    api_refuse_field(call, "password", "weak_password", objection);
  return !objection;
}

static void invitation_hashed(struct call *call, const char *hash) {
  char code[ONETIME_TEXT], code_hash[TOKEN_HASH_HEX];
  (void)onetime_read(call_text(call, "code"), code); /* it was one when we began */
  token_hash_hex(code, code_hash);
  call_ask(call, STMT_OFFICE(invitation_use),
           call_document_of(call, json_pack("{s:s,s:s}", "code_hash", code_hash, "password_hash", hash)), api_passed);
}

static void invitation_begun(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  json_t *person = api_said(call, err, res);
  if (person && password_is_good(call, person))
    proof_hash(call, call_text(call, "password"), invitation_hashed);
  json_decref(person);
}

void invitation_handle(struct call *call) {
  char code[ONETIME_TEXT], code_hash[TOKEN_HASH_HEX];
  if (!call_body_knows(call, "code password"))
    return;
  if (!onetime_read(call_text(call, "code"), code)) {
    api_refuse_field(call, "code", "invalid", "This is no code of ours: those have 24 letters and digits.");
    return;
  }
  token_hash_hex(code, code_hash);
  call_ask(call, STMT_OFFICE(invitation_begin), call_document_of(call, json_pack("{s:s}", "code_hash", code_hash)),
           invitation_begun);
}

static void password_hashed(struct call *call, const char *hash) {
  json_t *members = json_pack("{s:s}", "password_hash", hash);
  const int err = members ? proof_add_token(call, members) : E_NOMEM;
  if (err) {
    json_decref(members);
    call_failed(call, err, NULL);
    return;
  }
  call_ask(call, STMT_OFFICE(password_set), call_document_of(call, members), api_passed);
}

static void password_known(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  json_t *person = api_said(call, err, res);
  if (person && password_is_good(call, person))
    proof_hash(call, call_text(call, "password"), password_hashed);
  json_decref(person);
}

void password_change_handle(struct call *call) {
  if (call_body_knows(call, "password"))
    call_ask(call, STMT_OFFICE(session_show), "{}", password_known);
}
