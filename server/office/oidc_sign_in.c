/*
 * Signing in by the school's identity provider, and proving anew who one is there.
 *
 *   GET /oidc            oidc_show: what the button says
 *   GET /oidc/start      oidc_start ── lane, where the provider is not known yet ──> 302 to the provider, the flow in a cookie
 *   GET /oidc/callback   oidc_callback ── lane: code, ID token ──> oidc_redeemed ── api.oidc_sign_in ──> oidc_signed_in: the
 *                        session's cookie, and a page that goes on to "/" (page.c says why it is not a redirect)
 *
 * A GET that changes something wants a reason: these are where browsers are sent by the provider, and what a token of the page
 * is elsewhere, the flow's state is here. It is compared before anything else is looked at, an error that came back included;
 * and a flow is good for one way back, after which its cookie is taken away. A code is good for one use: the provider sees to
 * that. One issuer is set up, so there is none to mix it up with; where the provider names itself in its answer (RFC 9207) that
 * is held against the settings all the same.
 *
 * step_up=1: whoever is signed in is asked again, and the flow carries the session's token, since its Strict cookie will not
 * come back with them. The session gets a new token then, as with a password.
 */
#include "office/oidc.h"

#include "base/clock.h"
#include "base/err.h"
#include "office/api.h"
#include "office/page.h"

#include <openssl/crypto.h>
#include <string.h>

#define FLOW_COOKIE "__Host-oidc"

enum { SECOND_MS = 1000, ERROR_CHARS = 40, COOKIE_CHARS = OIDC_FLOW_TEXT + 128, URL_CHARS = 4 * 1024 };

struct sign_in {
  struct oidc_task task;
  struct oidc_flow flow;
  char fresh[TOKEN_TEXT]; /* the session's new token */
};

static int64_t now_s(void) {
  return clock_wall_ms() / SECOND_MS;
}

static void refuse(struct call *call, enum oidc_outcome outcome) {
  const struct problem problem = oidc_problem(outcome);
  call_problem(call, &problem);
}

/* What came back is no code of ours. Errors of OAuth are words of small letters; anything else is somebody's text. */
static void refuse_return(struct call *call, enum oidc_outcome outcome, const char *error) {
  const char *said = error ? "another" : "none";
  if (error && strlen(error) < ERROR_CHARS && error[strspn(error, "abcdefghijklmnopqrstuvwxyz_")] == '\0')
    said = error;
  log_event(LOG_INFO, &call->log, "oidc_returned", "outcome=%s error=%s", oidc_problem(outcome).code, said);
  refuse(call, outcome);
}

/* NULL: the call has been answered. */
static struct sign_in *sign_in_new(struct call *call, void (*done)(void *arg)) {
  struct sign_in *sign_in = arena_zalloc(&call->arena, 1, sizeof *sign_in);
  if (!sign_in) {
    call_failed_memory(call);
    return NULL;
  }
  sign_in->task = (struct oidc_task){.job = {.flow = &sign_in->flow}, .log = &call->log, .done = done, .arg = call};
  call->work = sign_in;
  return sign_in;
}

static void run(struct call *call, struct sign_in *sign_in) {
  const int err = oidc_run(call->office->oidc, &sign_in->task);
  if (err)
    refuse(call, err == E_INVALID ? OIDC_OFF : OIDC_BUSY);
}

void oidc_show_handle(struct call *call) {
  const struct oidc_client *client = oidc_client(call->office->oidc);
  call_reply_json(call, 200, json_pack("{s:s?}", "label", client ? client->conf->oidc_label : NULL));
}

/* ---------------------------------------------------------------- to the provider */

static bool flow_cookie(struct call *call, const char *value, int age_s) {
  const char *cookie =
      arena_printf(&call->arena, FLOW_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=%d", value, age_s);
  return cookie && call_header(call, "Set-Cookie", cookie);
}

static void leave(struct call *call, const struct oidc_discovery *discovery) {
  const struct oidc *oidc = call->office->oidc;
  const struct sign_in *sign_in = call->work;
  char sealed[OIDC_FLOW_TEXT];
  struct buf url;
  buf_init(&url, URL_CHARS);
  oidc_flow_put_url(&url, &sign_in->flow, oidc_client(oidc), discovery);
  buf_put_u8(&url, '\0');
  if (buf_finish(&url) < 0 || oidc_flow_seal(oidc_seal(oidc), &sign_in->flow, sealed) < 0 ||
      !flow_cookie(call, sealed, OIDC_FLOW_S) || !call_header(call, "Location", (const char *)url.data))
    call_failed_memory(call);
  else
    call_reply(call, 302, page_media, "", 0);
  buf_done(&url);
}

/* The provider has said of itself what there is to know, or has not. */
static void start_known(void *arg) {
  struct call *call = arg;
  const struct sign_in *sign_in = call->work;
  const struct oidc_discovery *discovery = oidc_known(call->office->oidc);
  if (sign_in->task.job.outcome != OIDC_DONE)
    refuse(call, sign_in->task.job.outcome);
  else if (!discovery) /* other settings came meanwhile */
    refuse(call, OIDC_BUSY);
  else
    leave(call, discovery);
}

void oidc_start_handle(struct call *call) {
  const char *step_up = params_get(&call->params, "step_up"), *host = http_header(call->req, "host");
  const bool anew = step_up && strcmp(step_up, "1") == 0;
  if (!oidc_client(call->office->oidc)) {
    refuse(call, OIDC_OFF);
    return;
  }
  if (anew && !call->caller.session[0]) {
    call_problem(call,
                 &(struct problem){.status = 401, .code = "not_signed_in", .detail = "Nobody is signed in.", .remedy = "Sign in."});
    return;
  }
  struct sign_in *sign_in = sign_in_new(call, start_known);
  if (!sign_in)
    return;
  const int err = oidc_flow_begin(host ? host : "", anew ? call->caller.session : "", now_s(), &sign_in->flow);
  if (!anew)
    memcpy(sign_in->flow.over, call->caller.session, sizeof sign_in->flow.over);
  const struct oidc_discovery *discovery = oidc_known(call->office->oidc);
  if (err)
    call_failed(call, err, NULL);
  else if (discovery)
    leave(call, discovery);
  else
    run(call, sign_in);
}

/* ---------------------------------------------------------------- and back */

static void oidc_signed_in(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  const struct sign_in *sign_in = call->work;
  if (err || !call_is_reply(res)) {
    call_failed(call, err ? err : E_DATABASE, res);
    return;
  }
  if (cell_i16(res, 0, REPLY_STATUS) >= 400) {
    call_pass(call, res);
    return;
  }
  struct buf page;
  buf_init(&page, URL_CHARS);
  page_put_onward(&page);
  memcpy(call->fresh, sign_in->fresh, sizeof call->fresh);
  if (buf_finish(&page) == E_OK)
    call_reply(call, 200, page_media, page.data, page.len);
  else
    call_failed_memory(call);
  buf_done(&page);
}

/* What the provider proved, for the database to decide upon. */
static json_t *person_members(const struct oidc_job *job, const char *fresh) {
  const struct oidc_person *person = &job->person;
  char token[TOKEN_HASH_HEX], csrf_text[TOKEN_TEXT], csrf[TOKEN_HASH_HEX];
  json_t *members = json_pack("{s:s,s:s,s:b}", "issuer", job->client->conf->oidc_issuer, "subject", person->subject, "step_up",
                              job->flow->session[0] != '\0');
  if (members && person->email[0])
    json_object_set_new(members, "email", json_string(person->email));
  if (members && person->acr[0])
    json_object_set_new(members, "acr", json_string(person->acr));
  if (members && person->amr[0])
    json_object_set_new(members, "amr", json_string(person->amr));
  if (members && person->auth_time_s > 0)
    json_object_set_new(members, "auth_time", json_integer(person->auth_time_s));
  if (members && job->flow->over[0]) {
    token_hash_hex(job->flow->over, token);
    json_object_set_new(members, "over_hash", json_string(token));
  }
  if (members && job->flow->session[0]) {
    token_csrf(fresh, csrf_text);
    token_hash_hex(fresh, token);
    token_hash_hex(csrf_text, csrf);
    json_object_set_new(members, "token_hash", json_string(token));
    json_object_set_new(members, "csrf_hash", json_string(csrf));
  }
  return members;
}

static void oidc_redeemed(void *arg) {
  struct call *call = arg;
  struct sign_in *sign_in = call->work;
  const struct oidc_job *job = &sign_in->task.job;
  if (job->outcome != OIDC_DONE) {
    refuse(call, job->outcome);
    return;
  }
  if (token_make(sign_in->fresh) < 0) {
    call_failed(call, E_TLS, NULL);
    return;
  }
  /* Whoever proves anew asks as the session they have; whoever signs in, as the one they are about to get. */
  memcpy(call->fresh, job->flow->session[0] ? job->flow->session : sign_in->fresh, sizeof call->fresh);
  call_ask_fresh(call, STMT_OFFICE(oidc_sign_in), call_document_of(call, person_members(job, sign_in->fresh)), oidc_signed_in);
}

/* The flow that left, in the browser that left; and it does not come back a second time. */
static bool flow_takes(struct call *call, struct oidc_flow *ret) {
  const char *cookie = http_header(call->req, "cookie"), *state = params_get(&call->params, "state");
  char sealed[OIDC_FLOW_TEXT];
  return cookie && state && token_cookie(cookie, FLOW_COOKIE, sealed, sizeof sealed) &&
         oidc_flow_open(oidc_seal(call->office->oidc), sealed, now_s(), ret) && strlen(state) == strlen(ret->state) &&
         CRYPTO_memcmp(state, ret->state, strlen(state)) == 0;
}

/* Whether the answer came from the provider that is set up, where it says from whom it came. */
static bool issuer_fits(const struct call *call) {
  const char *issuer = params_get(&call->params, "iss");
  const struct oidc_discovery *discovery = oidc_known(call->office->oidc);
  if (issuer)
    return strcmp(issuer, oidc_client(call->office->oidc)->conf->oidc_issuer) == 0;
  return !discovery || !discovery->names_itself;
}

void oidc_callback_handle(struct call *call) {
  const char *code = params_get(&call->params, "code"), *error = params_get(&call->params, "error");
  if (!oidc_client(call->office->oidc)) {
    refuse(call, OIDC_OFF);
    return;
  }
  struct sign_in *sign_in = sign_in_new(call, oidc_redeemed);
  if (!sign_in)
    return;
  if (!flow_takes(call, &sign_in->flow)) {
    refuse_return(call, OIDC_STRANGE, NULL);
    return;
  }
  if (!flow_cookie(call, "", 0)) {
    call_failed_memory(call);
    return;
  }
  sign_in->task.job.code = code;
  if (error && strcmp(error, "access_denied") == 0)
    refuse_return(call, OIDC_CANCELLED, error);
  else if (error || !code || !*code || strlen(code) > OIDC_CODE_BYTES || !issuer_fits(call))
    refuse_return(call, OIDC_REFUSED, error);
  else
    run(call, sign_in);
}
