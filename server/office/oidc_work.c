/*
 * The provider's side of a sign-in, one blocking step after the other:
 *
 *   its document and keys, where they are not fresh ── the code for tokens ── the ID token looked at, with newer keys where it
 *   names one that is not known ── the address from userinfo, where the ID token has none
 *
 * Keys are fetched again for an unknown name no more often than every OIDC_REFETCH_S, by whichever thread comes first: tokens
 * come from the provider, but who can make it issue odd ones must not be able to make us ask it without end.
 *
 * Userinfo is asked because the code flow of many providers puts the address there and not into the ID token (Core, 5.4). Its
 * answer counts only when it is about the same subject (5.3.2). Of an error of the provider the log gets the code, and never
 * the description: that may quote what we sent.
 */
#include "office/oidc_work.h"

#include "base/clock.h"
#include "base/err.h"
#include "office/query.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HTTP_OK = 200, HTTP_TOO_MANY = 429, HTTP_SERVER = 500, SECOND_MS = 1000 };

/* ---------------------------------------------------------------- the provider */

struct oidc_provider *oidc_provider_ref(struct oidc_provider *provider) {
  provider->refs++;
  return provider;
}

void oidc_provider_unref(struct oidc_provider *provider) {
  if (!provider || --provider->refs > 0)
    return;
  oidc_keys_done(&provider->keys);
  free(provider);
}

static const struct oidc_provider *current(const struct oidc_job *job) {
  return job->fresh ? job->fresh : job->provider;
}

/* ---------------------------------------------------------------- asking */

struct answer {
  long status;
  struct buf body;
};

static void answer_done(struct answer *answer) {
  if (answer->body.data)
    OPENSSL_cleanse(answer->body.data, answer->body.len);
  buf_done(&answer->body);
}

static enum oidc_outcome note(struct oidc_job *job, enum oidc_outcome outcome, const char *fmt, ...) PRINTF_LIKE(3, 4);

static enum oidc_outcome note(struct oidc_job *job, enum oidc_outcome outcome, const char *fmt, ...) {
  va_list list;
  va_start(list, fmt);
  vsnprintf(job->note, sizeof job->note, fmt, list);
  va_end(list);
  return outcome;
}

static enum oidc_outcome flawed(struct oidc_job *job, enum oidc_outcome outcome, enum oidc_flaw flaw, const char *what) {
  job->flaw = flaw;
  return note(job, flaw == OIDC_FLAW_MEMORY ? OIDC_BUSY : outcome, "%s", what);
}

/* `what` names the request for the log. */
static enum oidc_outcome ask(struct oidc_job *job, struct oidc_fetcher *fetcher, const struct oidc_ask *request, const char *what,
                             struct answer *ret) {
  char why[OIDC_WHY];
  buf_init(&ret->body, OIDC_ANSWER_BYTES);
  const int err = oidc_fetch(fetcher, request, &ret->status, &ret->body, why);
  if (err)
    return note(job, err == E_AWAY ? OIDC_AWAY : err == E_NOMEM ? OIDC_BUSY : OIDC_UNUSABLE, "%s: %s", what, why);
  if (ret->status >= HTTP_SERVER || ret->status == HTTP_TOO_MANY)
    return note(job, OIDC_AWAY, "%s: status %ld", what, ret->status);
  return OIDC_DONE;
}

/* For what is either there or not. */
static enum oidc_outcome ask_document(struct oidc_job *job, struct oidc_fetcher *fetcher, const struct oidc_ask *request,
                                      const char *what, struct answer *ret) {
  const enum oidc_outcome outcome = ask(job, fetcher, request, what, ret);
  if (outcome == OIDC_DONE && ret->status != HTTP_OK)
    return note(job, OIDC_UNUSABLE, "%s: status %ld", what, ret->status);
  return outcome;
}

/* ---------------------------------------------------------------- document and keys */

static enum oidc_outcome keys_fetch(struct oidc_job *job, struct oidc_fetcher *fetcher, struct oidc_provider *provider) {
  struct answer answer;
  enum oidc_outcome outcome = ask_document(job, fetcher, &(struct oidc_ask){.url = provider->discovery.jwks}, "keys", &answer);
  if (outcome == OIDC_DONE && oidc_keys_read((const char *)answer.body.data, answer.body.len, &provider->keys) < 0)
    outcome = flawed(job, OIDC_UNUSABLE, OIDC_FLAW_FORM, "keys");
  answer_done(&answer);
  return outcome;
}

static enum oidc_outcome document_fetch(struct oidc_job *job, struct oidc_fetcher *fetcher, struct oidc_provider *provider) {
  const struct conf *conf = job->client->conf;
  char url[OIDC_URL_BYTES];
  struct answer answer;
  if (!oidc_discovery_url(conf->oidc_issuer, url))
    return flawed(job, OIDC_UNUSABLE, OIDC_FLAW_ENDPOINT, "discovery");
  enum oidc_outcome outcome = ask_document(job, fetcher, &(struct oidc_ask){.url = url}, "discovery", &answer);
  if (outcome == OIDC_DONE) {
    const enum oidc_flaw flaw = oidc_discovery_read((const char *)answer.body.data, answer.body.len, conf->oidc_issuer,
                                                    conf->oidc_also_at, &provider->discovery);
    if (flaw)
      outcome = flawed(job, OIDC_UNUSABLE, flaw, "discovery");
  }
  answer_done(&answer);
  return outcome;
}

/* Fetches keys, and the document first where `known` has none; the result becomes the job's `fresh`. */
static enum oidc_outcome provider_fetch(struct oidc_job *job, struct oidc_fetcher *fetcher, const struct oidc_provider *known) {
  struct oidc_provider *provider = calloc(1, sizeof *provider);
  enum oidc_outcome outcome = OIDC_DONE;
  if (!provider)
    return OIDC_BUSY;
  provider->refs = 1;
  provider->fetched_ms = clock_mono_ms();
  if (known)
    provider->discovery = known->discovery;
  else
    outcome = document_fetch(job, fetcher, provider);
  if (outcome == OIDC_DONE)
    outcome = keys_fetch(job, fetcher, provider);
  if (outcome != OIDC_DONE) {
    oidc_provider_unref(provider);
    return outcome;
  }
  oidc_provider_unref(job->fresh);
  job->fresh = provider;
  return OIDC_DONE;
}

static bool refetch_admitted(struct oidc_job *job) {
  const long long now_ms = clock_mono_ms();
  long long last_ms = atomic_load(job->refetched_ms);
  return now_ms - last_ms >= (long long)OIDC_REFETCH_S * SECOND_MS &&
         atomic_compare_exchange_strong(job->refetched_ms, &last_ms, now_ms);
}

/* ---------------------------------------------------------------- the code for tokens */

static enum oidc_outcome token_refused(struct oidc_job *job, const struct answer *answer) {
  json_t *said = json_loadb((const char *)answer->body.data, answer->body.len, JSON_REJECT_DUPLICATES, NULL);
  const char *error = json_string_value(json_object_get(said, "error"));
  static const struct {
    const char *error;
    enum oidc_outcome outcome;
  } known[] = {{"invalid_grant", OIDC_CODE}, {"invalid_client", OIDC_CLIENT}, {"unauthorized_client", OIDC_CLIENT}};
  enum oidc_outcome outcome = answer->status == 401 ? OIDC_CLIENT : OIDC_UNUSABLE;
  const char *word = "another error";
  for (size_t i = 0; error && i < sizeof known / sizeof *known; i++)
    if (strcmp(known[i].error, error) == 0) {
      outcome = known[i].outcome;
      word = known[i].error;
    }
  note(job, outcome, "token: status %ld, %s", answer->status, word);
  json_decref(said);
  return outcome;
}

static void secret_put(struct buf *out, const char *text) {
  query_escape(out, text); /* RFC 6749, 2.3.1: encoded before they are joined */
  buf_put_u8(out, '\0');
}

/* The form of the request; and where the secret goes by HTTP Basic, id and secret, one NUL after each. */
static void token_form(const struct oidc_job *job, bool secret_in_body, struct buf *form, struct buf *basic) {
  oidc_form_put(form, "grant_type", "authorization_code");
  oidc_form_put(form, "code", job->code);
  oidc_form_put(form, "code_verifier", job->flow->verifier);
  oidc_flow_put_return(form, job->flow);
  if (secret_in_body) {
    oidc_form_put(form, "client_id", job->client->conf->oidc_client_id);
    oidc_form_put(form, "client_secret", job->client->secret);
  }
  buf_put_u8(form, '\0');
  secret_put(basic, job->client->conf->oidc_client_id);
  secret_put(basic, job->client->secret);
}

static enum oidc_outcome token_ask(struct oidc_job *job, struct oidc_fetcher *fetcher, json_t **ret) {
  const struct oidc_discovery *discovery = &current(job)->discovery;
  struct answer form = {.status = 0}, basic = {.status = 0}, answer = {.status = 0};
  enum oidc_outcome outcome = OIDC_BUSY;
  buf_init(&form.body, 4 * (OIDC_CODE_BYTES + OIDC_SECRET_BYTES));
  buf_init(&basic.body, 4 * (OIDC_URL_BYTES + OIDC_SECRET_BYTES));
  token_form(job, discovery->secret_in_body, &form.body, &basic.body);
  if (buf_finish(&form.body) == E_OK && buf_finish(&basic.body) == E_OK) {
    const char *user = (const char *)basic.body.data;
    struct oidc_ask request = {.url = discovery->token, .form = (const char *)form.body.data};
    if (!discovery->secret_in_body) {
      request.user = user;
      request.password = user + strlen(user) + 1;
    }
    outcome = ask(job, fetcher, &request, "token", &answer);
  }
  if (outcome == OIDC_DONE && answer.status != HTTP_OK)
    outcome = token_refused(job, &answer);
  else if (outcome == OIDC_DONE) {
    *ret = json_loadb((const char *)answer.body.data, answer.body.len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(*ret))
      outcome = flawed(job, OIDC_UNUSABLE, OIDC_FLAW_FORM, "token");
  }
  answer_done(&form);
  answer_done(&basic);
  answer_done(&answer);
  return outcome;
}

/* ---------------------------------------------------------------- the ID token */

static enum oidc_outcome claims_open(struct oidc_job *job, struct oidc_fetcher *fetcher, const char *token, json_t **ret) {
  enum oidc_flaw flaw = oidc_token_open(token, &current(job)->keys, ret);
  if (flaw == OIDC_FLAW_KEY && refetch_admitted(job)) {
    const enum oidc_outcome outcome = provider_fetch(job, fetcher, current(job));
    if (outcome != OIDC_DONE)
      return outcome;
    flaw = oidc_token_open(token, &current(job)->keys, ret);
  }
  return flaw ? flawed(job, OIDC_TOKEN, flaw, "ID token") : OIDC_DONE;
}

static enum oidc_outcome claims_check(struct oidc_job *job, const json_t *claims, const char *access_token) {
  const struct conf *conf = job->client->conf;
  const struct oidc_wanted wanted = {.issuer = conf->oidc_issuer,
                                     .client_id = conf->oidc_client_id,
                                     .nonce = job->flow->nonce,
                                     .access_token = access_token,
                                     .now_s = clock_wall_ms() / SECOND_MS,
                                     .asked_anew_s = job->flow->session[0] ? job->flow->begun_s : 0};
  const enum oidc_flaw flaw = oidc_token_check(claims, &wanted, &job->person);
  if (flaw)
    return flawed(job, flaw == OIDC_FLAW_AUTH_TIME ? OIDC_NOT_ANEW : OIDC_TOKEN, flaw, "ID token");
  return OIDC_DONE;
}

static enum oidc_outcome address_ask(struct oidc_job *job, struct oidc_fetcher *fetcher, const char *access_token) {
  const struct oidc_ask request = {.url = current(job)->discovery.userinfo, .bearer = access_token};
  struct answer answer;
  enum oidc_outcome outcome = ask_document(job, fetcher, &request, "userinfo", &answer);
  if (outcome == OIDC_DONE) {
    json_t *said = json_loadb((const char *)answer.body.data, answer.body.len, JSON_REJECT_DUPLICATES, NULL);
    const char *subject = json_string_value(json_object_get(said, "sub"));
    if (!subject)
      outcome = flawed(job, OIDC_UNUSABLE, OIDC_FLAW_FORM, "userinfo");
    else if (strcmp(subject, job->person.subject) != 0)
      outcome = flawed(job, OIDC_TOKEN, OIDC_FLAW_SUB, "userinfo");
    else
      oidc_token_email(said, &job->person);
    json_decref(said);
  }
  answer_done(&answer);
  return outcome;
}

static enum oidc_outcome redeem(struct oidc_job *job, struct oidc_fetcher *fetcher) {
  json_t *tokens = NULL, *claims = NULL;
  enum oidc_outcome outcome = token_ask(job, fetcher, &tokens);
  if (outcome == OIDC_DONE) {
    const char *id_token = json_string_value(json_object_get(tokens, "id_token"));
    const char *access_token = json_string_value(json_object_get(tokens, "access_token"));
    outcome = id_token ? claims_open(job, fetcher, id_token, &claims) : flawed(job, OIDC_TOKEN, OIDC_FLAW_FORM, "no ID token");
    if (outcome == OIDC_DONE)
      outcome = claims_check(job, claims, access_token);
    if (outcome == OIDC_DONE && !json_object_get(claims, "email") && access_token && current(job)->discovery.userinfo[0])
      outcome = address_ask(job, fetcher, access_token);
  }
  json_decref(claims);
  json_decref(tokens);
  return outcome;
}

void oidc_work(struct oidc_job *job) {
  struct oidc_fetcher *fetcher = oidc_fetcher_new(job->client->conf->oidc_ca_file, job->deadline_ms);
  enum oidc_outcome outcome = fetcher ? OIDC_DONE : OIDC_BUSY;
  if (outcome == OIDC_DONE && !job->provider)
    outcome = provider_fetch(job, fetcher, NULL);
  if (outcome == OIDC_DONE && job->code)
    outcome = redeem(job, fetcher);
  job->outcome = outcome;
  oidc_fetcher_free(fetcher);
  ERR_clear_error(); /* this thread's, of signatures that were not good */
}
