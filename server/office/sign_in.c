/*
 * Signing in, and proving anew who one is.
 *
 *   POST /session          sign_in_handle ── api.sign_in_begin ──> sign_in_begun ── lane ──> sign_in_judged
 *                             ── api.sign_in_finish, with the new session's token ──> finished: 201, the cookie
 *   POST /session/step-up  step_up_handle ── api.step_up_begin ──> step_up_begun ── lane ──> step_up_judged
 *                             ── api.step_up_finish, with a new token for the session ──> finished: 200, the cookie
 *
 * The database counts a try before anything is judged, so that a hundred at once do not all get through, and takes it back for
 * who was right. A right password without a code is answered 200 {"status": "code_needed"} and makes no session; whoever hears
 * that has the password.
 */
#include "office/proof.h"

#include "base/err.h"
#include "office/api.h"

#include <string.h>

static void missing(struct call *call, const char *field) {
  api_refuse_field(call, field, "missing", "Something is missing.");
}

/* What a _begin answered, for proof_judge(). */
static void begun(struct call *call, int err, const PGresult *res, void (*judged)(struct proof *proof)) {
  json_t *known = api_said(call, err, res);
  if (known)
    proof_judge(call, known, judged);
  json_decref(known);
}

/* ---------------------------------------------------------------- signing in */

static void sign_in_judged(struct proof *proof) {
  struct call *call = proof->call;
  json_t *members = proof_members(proof);
  if (members)
    json_object_set_new(members, "email", json_string(call_text(call, "email")));
  if (proof->password_ok && proof->has_factor && *call_text(call, "code") == '\0') {
    if (members)
      json_object_set_new(members, "code_needed", json_true());
    call_ask(call, STMT_OFFICE(sign_in_finish), call_document_of(call, members), api_passed);
    return;
  }
  if (members && call->caller.session[0]) {
    char over[TOKEN_HASH_HEX];
    token_hash_hex(call->caller.session, over);
    json_object_set_new(members, "over_hash", json_string(over));
  }
  if (members && proof->fresh_hash[0])
    json_object_set_new(members, "password_hash", json_string(proof->fresh_hash));
  if (token_make(call->fresh) < 0) {
    json_decref(members);
    call_failed(call, E_TLS, NULL);
    return;
  }
  call_ask_fresh(call, STMT_OFFICE(sign_in_finish), call_document_of(call, members), api_passed);
}

static void sign_in_begun(void *arg, int err, const PGresult *res) {
  begun(arg, err, res, sign_in_judged);
}

void sign_in_handle(struct call *call) {
  if (!call_body_knows(call, "email password code"))
    return;
  if (*call_text(call, "email") == '\0')
    missing(call, "email");
  else if (*call_text(call, "password") == '\0')
    missing(call, "password");
  else
    call_ask(call, STMT_OFFICE(sign_in_begin), call_document_of(call, json_pack("{s:s}", "email", call_text(call, "email"))),
             sign_in_begun);
}

/* ---------------------------------------------------------------- proving anew */

static void step_up_judged(struct proof *proof) {
  struct call *call = proof->call;
  json_t *members = proof_members(proof);
  const bool said = members && json_object_set_new(members, "password_given", json_boolean(*call_text(call, "password"))) == 0 &&
                    json_object_set_new(members, "code_given", json_boolean(*call_text(call, "code"))) == 0;
  const int err = said ? proof_add_token(call, members) : E_NOMEM;
  if (err) {
    json_decref(members);
    call_failed(call, err, NULL);
    return;
  }
  call_ask(call, STMT_OFFICE(step_up_finish), call_document_of(call, members), api_passed);
}

static void step_up_begun(void *arg, int err, const PGresult *res) {
  begun(arg, err, res, step_up_judged);
}

void step_up_handle(struct call *call) {
  if (!call_body_knows(call, "password code"))
    return;
  if (*call_text(call, "password") == '\0' && *call_text(call, "code") == '\0')
    missing(call, "password");
  else
    call_ask(call, STMT_OFFICE(step_up_begin), "{}", step_up_begun);
}
