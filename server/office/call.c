/*
 * What every request does alike once it is on its way: asking the database as who it is from, and answering.
 *
 * All answers leave through call_end(), the one place that adds what depends on the session: a fresh cookie, its CSRF token, the
 * cookie taken away. A refusal is one form of document whoever refuses; what went wrong inside is never said outside, only the
 * request's id, under which the log has it.
 *
 * Rejected: an object for answers that is filled here and sent there; one function that answers and frees cannot be called
 * twice without the sanitizer seeing it.
 */
#include "office/call.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "db/answer.h"
#include "office/api.h"
#include "office/body.h"
#include "office/etag.h"
#include "office/page.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADERS = 11, COOKIE_TEXT = 160, RETRY_TEXT = 12, SLOWED_A_MINUTE = 20 /* lines about who has to wait */ };

/* ---------------------------------------------------------------- who was good lately */

enum { PROVEN_PER_MINUTE = 1, SECOND_MS = 1000 };

static uint64_t hash_number(const uint8_t hash[DIGEST_BYTES]) {
  uint64_t number;
  memcpy(&number, hash, sizeof number);
  return number | 1;
}

uint64_t call_number(const struct call *call) {
  return hash_number(call->caller.token_hash);
}

/* A bucket that is full until then; not filled again before. */
static void prove(struct rate *proven, uint64_t who) {
  const int64_t until_ms = clock_mono_ms() + (int64_t)OFFICE_PROVEN_S * SECOND_MS;
  if (rate_wait_ms(proven, who, PROVEN_PER_MINUTE, until_ms) == 0)
    rate_count(proven, who, PROVEN_PER_MINUTE, until_ms);
}

void call_prove(struct call *call) {
  if (call->caller.known && !(call->route->flags & ROUTE_OPEN))
    prove(&call->office->proven, call_number(call));
}

bool call_is_proven(const struct call *call) {
  return rate_wait_ms(&call->office->proven, call_number(call), PROVEN_PER_MINUTE, clock_mono_ms()) > 0;
}

bool call_cookie_known(struct office *office, const char *cookies, bool *ret_proven) {
  char session[TOKEN_TEXT];
  uint8_t hash[DIGEST_BYTES];
  if (!token_cookie(cookies, CALL_SESSION_COOKIE, session, sizeof session) || !token_is_session(session))
    return false;
  token_hash(session, hash);
  OPENSSL_cleanse(session, sizeof session);
  *ret_proven = rate_wait_ms(&office->proven, hash_number(hash), PROVEN_PER_MINUTE, clock_mono_ms()) > 0;
  return true;
}

static void prove_fresh(struct call *call) {
  uint8_t hash[DIGEST_BYTES];
  token_hash(call->fresh, hash);
  prove(&call->office->proven, hash_number(hash));
}

/* ---------------------------------------------------------------- the end */

static void call_free(struct call *call) {
  if (call->work_done)
    call->work_done(call->work);
  json_decref(call->json);
  free(call->answer.body);
  arena_done(&call->arena);
  OPENSSL_cleanse(call, sizeof *call); /* tokens */
  free(call);
}

struct headers {
  struct http_header item[HEADERS];
  size_t n;
};

static void header_add(struct headers *headers, const char *name, const char *value) {
  headers->item[headers->n++] = (struct http_header){name, value};
}

bool call_header(struct call *call, const char *name, const char *value) {
  const char *copy = arena_strdup(&call->arena, value);
  if (copy && call->extra_n < sizeof call->extra / sizeof *call->extra)
    call->extra[call->extra_n++] = (struct http_header){name, copy};
  return copy;
}

static void call_end(struct call *call, int status, struct headers *headers, const void *body, size_t len) {
  char cookie[COOKIE_TEXT], csrf[TOKEN_TEXT];
  const char *session = call->fresh[0] ? call->fresh : call->caller.session;
  const unsigned flags = call->route ? call->route->flags : 0;
  const bool done = status < 300 || status == 304;
  const bool ends = done && flags & ROUTE_ENDS_SESSION, fresh = done && call->fresh[0];
  if (ends || fresh) {
    snprintf(cookie, sizeof cookie, CALL_SESSION_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict%s", ends ? "" : call->fresh,
             ends ? "; Max-Age=0" : "");
    header_add(headers, "Set-Cookie", cookie);
  }
  if (fresh)
    prove_fresh(call);
  if (ends)
    header_add(headers, "Clear-Site-Data", "\"cache\", \"storage\"");
  if (fresh || (done && session[0] && flags & ROUTE_GIVES_CSRF)) {
    token_csrf(session, csrf);
    header_add(headers, "X-CSRF-Token", csrf);
  }
  for (size_t i = 0; i < call->extra_n; i++)
    header_add(headers, call->extra[i].name, call->extra[i].value);
  log_event(LOG_DEBUG, &call->log, "http", "method=%s route=%s status=%d bytes=%zu took_ms=%lld",
            http_method_name(http_method(call->req)), call->route ? call->route->path : "-", status, len,
            (long long)(clock_mono_ms() - call->begun_ms));
  http_reply(call->req, status, headers->item, headers->n, body, len);
  call_free(call);
}

void call_reply(struct call *call, int status, const char *media, const void *body, size_t len) {
  struct headers headers = {.n = 0};
  char etag[ETAG_TEXT];
  header_add(&headers, "Content-Type", media);
  if (call->route && call->route->method == HTTP_GET && !(call->route->flags & ROUTE_OPEN) && (status == 200 || status == 304)) {
    etag_make(body, len, etag);
    header_add(&headers, "ETag", etag);
  }
  if (strncmp(media, "text/csv", strlen("text/csv")) == 0 && call->extra_n == 0)
    header_add(&headers, "Content-Disposition", "attachment; filename=\"stepguard.csv\"");
  call_end(call, status, &headers, body, len);
}

void call_reply_json(struct call *call, int status, json_t *taken) {
  struct buf text;
  buf_init(&text, OFFICE_ARGS_BYTES);
  body_put(&text, taken);
  json_decref(taken);
  if (buf_finish(&text) == E_OK)
    call_reply(call, status, "application/json", text.data, text.len);
  else
    call_failed_memory(call);
  buf_done(&text);
}

/* A refusal that had to be kept, and so was answered instead of raised (core.reply_problem). */
static void problem_pass(struct call *call, int status, const char *body) {
  json_t *said = json_loads(body, 0, NULL);
  const struct problem problem = {.status = status,
                                  .code = api_text(said, "code"),
                                  .detail = api_text(said, "detail"),
                                  .remedy = api_text(said, "remedy"),
                                  .field = api_text(said, "field"),
                                  .more = body};
  call_problem(call, &problem);
  json_decref(said);
}

void call_pass(struct call *call, const PGresult *res) {
  const char *media = cell_text(res, 0, REPLY_MEDIA), *body = cell_text(res, 0, REPLY_BODY);
  const int status = cell_i16(res, 0, REPLY_STATUS);
  if (strcmp(media, problem_media) == 0)
    problem_pass(call, status, body);
  else
    call_reply(call, status, media, body, strlen(body));
}

bool call_is_reply(const PGresult *res) {
  return cell_rows(res) == 1 && !cell_null(res, 0, REPLY_STATUS) && !cell_null(res, 0, REPLY_MEDIA) &&
         !cell_null(res, 0, REPLY_BODY);
}

json_t *call_reply_read(const PGresult *res) {
  return json_loads(cell_text(res, 0, REPLY_BODY), 0, NULL);
}

void call_problem(struct call *call, const struct problem *problem) {
  struct headers headers = {.n = 0};
  struct buf text;
  char retry[RETRY_TEXT];
  buf_init(&text, OFFICE_ARGS_BYTES);
  static struct log_gate gate;
  if (problem->status == 429)
    log_event_gated(&gate, SLOWED_A_MINUTE, LOG_INFO, &call->log, "slowed", "route=%s code=%s retry_after_s=%d",
                    call->route ? call->route->path : "-", problem->code, problem->retry_after_s);
  const bool page = call->route && call->route->flags & ROUTE_PAGE && page_wanted(http_header(call->req, "accept"));
  if (page)
    page_put_problem(&text, problem, http_id(call->req));
  else
    problem_put(&text, problem, http_id(call->req));
  header_add(&headers, "Content-Type", page ? page_media : problem_media);
  if (problem->status == 401)
    header_add(&headers, "WWW-Authenticate", "Bearer");
  if (problem->retry_after_s > 0) {
    snprintf(retry, sizeof retry, "%d", problem->retry_after_s);
    header_add(&headers, "Retry-After", retry);
  }
  const bool whole = buf_finish(&text) == E_OK; /* without memory the status alone has to do */
  call_end(call, problem->status, &headers, whole ? text.data : (const uint8_t *)"", whole ? text.len : 0);
  buf_done(&text);
}

int call_stream_begin(struct call *call) {
  static const struct http_header type = {"Content-Type", "text/event-stream"};
  return http_stream_begin(call->req, 200, &type, 1);
}

void call_stream_end(struct call *call) {
  log_event(LOG_DEBUG, &call->log, "http", "method=GET route=%s stream_ms=%lld", call->route->path,
            (long long)(clock_mono_ms() - call->begun_ms));
  http_stream_end(call->req);
  call_free(call);
}

static struct problem away(const char *code, const char *detail) {
  return (struct problem){.status = 503, .code = code, .detail = detail, .retry_after_s = OFFICE_RETRY_S};
}

/* Of what core.throttle_wait() says. */
static int retry_after_s(const char *more) {
  json_t *members = *more ? json_loads(more, 0, NULL) : NULL;
  const json_int_t wait_s = json_integer_value(json_object_get(members, "retry_after_s"));
  json_decref(members);
  return wait_s > 0 && wait_s < INT32_MAX ? (int)wait_s : 0;
}

static struct problem problem_refused(const struct call *call, const PGresult *res) {
  struct answer_refusal refusal;
  answer_refusal(res, &refusal);
  if (refusal.status >= 400 && refusal.status < 500)
    return (struct problem){.status = refusal.status,
                            .retry_after_s = retry_after_s(refusal.more),
                            .code = refusal.code,
                            .detail = refusal.sentence,
                            .remedy = refusal.remedy,
                            .field = refusal.field,
                            .more = refusal.more};
  return call_problem_of(call, E_DATABASE, NULL);
}

struct problem call_problem_of(const struct call *call, int err, const PGresult *res) {
  if (err == E_REFUSED && res)
    return problem_refused(call, res);
  if (err == E_DATA)
    return (struct problem){.status = 422, .code = "invalid", .detail = "A value of the request cannot be taken as it is."};
  if (err == E_UNKNOWN && call->route->kind != ROUTE_READ)
    return away("outcome_unknown",
                "The answer of the database was lost, so it is not known whether this was done. Look first, then "
                "try again where it was not.");
  if (err == E_UNKNOWN || err == E_AWAY)
    return away("unavailable", "The database cannot be reached at the moment.");
  if (err == E_BUSY || (res && answer_is_passing(res)))
    return away("busy", "Too much is going on at the moment; nothing was changed.");
  if (err == E_FULL)
    return (struct problem){
        .status = 503, .code = "full", .detail = "The database has no room at the moment; nothing was changed."};
  log_event(LOG_ERROR, &call->log, "office_failed", "route=%s err=%s", call->route->path, err_name(err));
  return (struct problem){
      .status = 500, .code = "internal", .detail = "The server failed at this. Tell the administrator the request's id."};
}

void call_failed(struct call *call, int err, const PGresult *res) {
  const struct problem problem = call_problem_of(call, err, res);
  call_problem(call, &problem);
}

void call_failed_memory(struct call *call) {
  call_failed(call, E_BUSY, NULL);
}

/* ---------------------------------------------------------------- asking */

void call_put_params(const struct call *call, struct buf *out) {
  for (size_t i = 0; i < call->params.n; i++) {
    buf_printf(out, "%s", i > 0 ? "," : "");
    json_put_string(out, call->params.item[i].name);
    buf_put_u8(out, ':');
    json_put_string(out, call->params.item[i].value);
  }
}

const char *call_document(struct call *call) {
  struct buf text;
  buf_init(&text, OFFICE_ARGS_BYTES);
  buf_put_u8(&text, '{');
  call_put_params(call, &text);
  if (call->body)
    buf_printf(&text, "%s\"body\":%s", call->params.n > 0 ? "," : "", call->body);
  buf_put_u8(&text, '}');
  buf_put_u8(&text, '\0');
  const char *document = buf_finish(&text) == E_OK ? arena_strdup(&call->arena, (const char *)text.data) : NULL;
  buf_done(&text);
  return document;
}

static const char *document_with(struct call *call, bool params, json_t *taken) {
  struct buf text;
  buf_init(&text, OFFICE_ARGS_BYTES);
  buf_put_u8(&text, '{');
  if (params && call->params.n > 0) {
    call_put_params(call, &text);
    buf_put_u8(&text, ',');
  }
  buf_printf(&text, "\"body\":");
  body_put(&text, taken);
  buf_put(&text, "}", sizeof "}");
  const char *document = buf_finish(&text) == E_OK ? arena_strdup(&call->arena, (const char *)text.data) : NULL;
  json_decref(taken);
  buf_done(&text);
  return document;
}

const char *call_document_of(struct call *call, json_t *taken) {
  return document_with(call, false, taken);
}

const char *call_document_with(struct call *call, json_t *taken) {
  return document_with(call, true, taken);
}

static void put_hash(struct args *args, bool there, const uint8_t hash[DIGEST_BYTES]) {
  if (there)
    args_bytes(args, hash, DIGEST_BYTES);
  else
    args_null(args);
}

static void put_caller(const struct call *call, struct args *args, bool fresh) {
  const struct caller *caller = &call->caller;
  uint8_t token[DIGEST_BYTES] = {0}, csrf[DIGEST_BYTES] = {0};
  char csrf_text[TOKEN_TEXT];
  if (fresh) {
    token_hash(call->fresh, token);
    token_csrf(call->fresh, csrf_text);
    token_hash(csrf_text, csrf);
  }
  /* A route for those without a session does not look at one that happens to be there. */
  const bool known = caller->known && !(call->route->flags & ROUTE_OPEN);
  args_text(args, call->office->conf->school_code);
  put_hash(args, known || fresh, fresh ? token : caller->token_hash);
  args_bool(args, known && caller->service && !fresh);
  put_hash(args, (known && caller->has_csrf) || fresh, fresh ? csrf : caller->csrf_hash);
  args_text(args, http_peer(call->req));
  args_text(args, caller->agent);
  args_text(args, http_id(call->req));
}

void call_put_caller(const struct call *call, struct args *args) {
  put_caller(call, args, false);
}

static void ask(struct call *call, enum stmt stmt, const char *document, pool_done done, bool fresh) {
  struct args args;
  if (!document) {
    call_failed_memory(call);
    return;
  }
  args_init(&args, strlen(document) + OFFICE_ARGS_BYTES); /* whoever made the document had a cap for it */
  put_caller(call, &args, fresh);
  args_text(&args, document);
  struct office *office = call->office;
  const int err = pool_call(stmt_row(stmt)->reads ? office->read_pool : office->write_pool, stmt, &args, done, call);
  if (err)
    call_failed(call, err, NULL);
}

void call_ask(struct call *call, enum stmt stmt, const char *document, pool_done done) {
  ask(call, stmt, document, done, false);
}

void call_ask_fresh(struct call *call, enum stmt stmt, const char *document, pool_done done) {
  ask(call, stmt, document, done, true);
}

const char *call_text(const struct call *call, const char *name) {
  return api_text(call->json, name);
}

static bool is_among(const char *names, const char *name) {
  const size_t len = strlen(name);
  for (const char *at = names; *at; at += strspn(at, " ")) {
    const size_t word = strcspn(at, " ");
    if (word == len && strncmp(at, name, len) == 0)
      return true;
    at += word;
  }
  return false;
}

bool call_body_knows(struct call *call, const char *names) {
  const char *name;
  json_t *value;
  json_object_foreach(call->json, name, value) {
    const bool known = is_among(names, name);
    if (known && json_is_string(value))
      continue;
    call_problem(call, &(struct problem){.status = 422,
                                         .code = known ? "invalid" : "unknown_field",
                                         .detail = known ? "A member of the body must be a text."
                                                         : "A member of the body is not known here.",
                                         .field = name,
                                         .remedy = "See /api/v1/openapi.json."});
    return false;
  }
  return true;
}
