/*
 * The front of every request, in the order in which a request is looked at:
 *
 *   route ── who ── how often ── from which page ── query ── body ── its handler
 *
 * What costs nothing is refused first, so that a flood of nonsense does not reach the database. What a refusal says depends
 * on the request alone, never on what a record holds. Whether somebody may do something is not decided here at all: that is
 * core.staff_enter()'s, inside the very transaction that shows or changes something.
 *
 * Where a request comes from is asked three times over (ASVS 5.0, 3.5): SameSite=Strict keeps the cookie at home, Sec-Fetch-Site
 * and Origin are looked at here, and the session's own token (X-CSRF-Token) is compared in the database. A program with a
 * bearer token has no cookie that somebody else's page could use, and needs none of it.
 */
#include "office/front.h"

#include "base/clock.h"
#include "base/err.h"
#include "office/api.h"
#include "office/body.h"
#include "office/call.h"
#include "proto/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SECOND_MS = 1000 };

/* Each of these is true when the request may go on, and has answered it otherwise. */

static bool route_find(struct call *call, const char *path) {
  char allow[ROUTE_ALLOW_CHARS];
  char *cut = arena_strdup(&call->arena, path);
  if (!cut) {
    call_problem(call, &(struct problem){.status = 503, .code = "busy", .detail = "No memory for the request."});
    return false;
  }
  switch (route_match(http_method(call->req), cut, &call->route, &call->params, allow)) {
  case ROUTE_FOUND: return true;
  case ROUTE_NO_METHOD:
    (void)!call_header(call, "Allow", allow); /* without memory, without it */
    call_problem(call, &(struct problem){.status = 405, .code = "method", .detail = "This path has other methods."});
    return false;
  case ROUTE_NO_PATH: break;
  }
  call_problem(call, &(struct problem){.status = 404, .code = "not_found", .detail = "There is nothing at this path."});
  return false;
}

/* A program's token in Authorization, else the browser's cookie. */
static bool caller_read(struct call *call) {
  static const char bearer[] = "Bearer ";
  struct caller *caller = &call->caller;
  const char *authorization = http_header(call->req, "authorization"), *cookie = http_header(call->req, "cookie");
  const char *csrf = http_header(call->req, "x-csrf-token"), *agent = http_header(call->req, "user-agent");
  size_t len = agent ? strlen(agent) : 0;
  while (len > OFFICE_AGENT_BYTES || (len > 0 && !utf8_valid(agent, len)))
    len--;
  caller->agent = arena_printf(&call->arena, "%.*s", (int)len, agent ? agent : "");
  if (!caller->agent) {
    call_failed_memory(call);
    return false;
  }
  if (authorization && strncasecmp(authorization, bearer, sizeof bearer - 1) == 0) {
    caller->known = caller->service = true;
    token_hash(authorization + sizeof bearer - 1, caller->token_hash);
  } else if (!authorization && cookie && token_cookie(cookie, CALL_SESSION_COOKIE, caller->session, sizeof caller->session)) {
    caller->known = token_is_session(caller->session);
    token_hash(caller->session, caller->token_hash);
    if (csrf) {
      caller->has_csrf = true;
      token_hash(csrf, caller->csrf_hash);
    }
  }
  if (!caller->known)
    caller->session[0] = '\0';
  if (caller->known || call->route->flags & ROUTE_OPEN)
    return true;
  call_problem(call,
               &(struct problem){.status = 401, .code = "not_signed_in", .detail = "Nobody is signed in.", .remedy = "Sign in."});
  return false;
}

static bool rate_admits(struct call *call) {
  struct office *office = call->office;
  const struct conf *conf = office->conf;
  const bool stranger = !call->caller.known || call->route->flags & ROUTE_OPEN;
  const uint64_t network = rate_network(http_peer(call->req));
  const int64_t now_ms = clock_mono_ms();
  struct rate *rate = stranger ? &office->strangers : &office->callers;
  const uint64_t who = stranger ? network : call_number(call);
  const int per_minute = stranger ? conf->office_strangers_per_minute : conf->office_requests_per_minute;
  int64_t wait_ms = rate_wait_ms(rate, who, per_minute, now_ms);
  if (!stranger && wait_ms == 0 && !call_is_proven(call))
    wait_ms = rate_wait_ms(&office->guesses, network, OFFICE_GUESSES_PER_MINUTE, now_ms);
  if (wait_ms == 0) {
    rate_count(rate, who, per_minute, now_ms);
    return true;
  }
  call_problem(call, &(struct problem){.status = 429,
                                       .code = "too_many_requests",
                                       .detail = "Too many requests in a short time.",
                                       .retry_after_s = (int)((wait_ms + SECOND_MS - 1) / SECOND_MS)});
  return false;
}

/* For what changes something and could come from somebody else's page. */
static bool page_is_ours(struct call *call) {
  static const char scheme[] = "https://";
  const enum http_method method = http_method(call->req);
  const char *site = http_header(call->req, "sec-fetch-site"), *origin = http_header(call->req, "origin");
  const char *host = http_header(call->req, "host");
  if (method == HTTP_GET || method == HTTP_HEAD || call->caller.service)
    return true;
  const bool site_ok = !site || strcmp(site, "same-origin") == 0;
  const bool origin_ok =
      !origin || (strncmp(origin, scheme, sizeof scheme - 1) == 0 && host && strcasecmp(origin + sizeof scheme - 1, host) == 0);
  if (site_ok && origin_ok)
    return true;
  log_event(LOG_WARN, &call->log, "cross_site", "route=%s", call->route->path);
  call_problem(call,
               &(struct problem){.status = 403, .code = "cross_site", .detail = "The request came from another site's page."});
  return false;
}

/* A function refuses the names it does not know; what changes something by a handler of ours knows none. */
static bool query_is_known(struct call *call, size_t of_path) {
  if (call->route->kind != ROUTE_HANDLER || call->route->method == HTTP_GET || call->route->flags & ROUTE_FILE ||
      call->params.n == of_path)
    return true;
  call_problem(call, &(struct problem){.status = 422,
                                       .code = "unknown_field",
                                       .detail = "A parameter of the query is not known here.",
                                       .field = call->params.item[of_path].name,
                                       .remedy = "See /api/v1/openapi.json."});
  return false;
}

static bool query_read(struct call *call) {
  const size_t of_path = call->params.n;
  const char *field, *why;
  char *query = arena_strdup(&call->arena, http_query(call->req));
  if (!query) {
    call_failed_memory(call);
    return false;
  }
  if (query_parse(query, &call->params, &field, &why) == E_OK)
    return query_is_known(call, of_path);
  call_problem(call, &(struct problem){.status = 400, .code = "invalid", .detail = why, .field = field});
  return false;
}

/* Idempotency-Key: what is sent twice under one key is done once; see sql/core/once_claim.sql. */
static bool once_read(struct call *call) {
  static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const char *key = call->route->method == HTTP_GET ? NULL : http_header(call->req, "idempotency-key");
  if (!key)
    return true;
  const size_t len = strspn(key, chars);
  if (len > 0 && len <= OFFICE_ONCE_BYTES && key[len] == '\0' && params_add(&call->params, "once", key) == E_OK)
    return true;
  call_problem(call, &(struct problem){.status = 400,
                                       .code = "invalid",
                                       .detail = "An Idempotency-Key is 1 to 64 letters, digits, - and _.",
                                       .field = "Idempotency-Key"});
  return false;
}

static bool media_is(const char *content_type, const char *wanted) {
  const size_t len = strlen(wanted);
  return content_type && strncasecmp(content_type, wanted, len) == 0 &&
         (content_type[len] == '\0' || strchr("; \t", content_type[len]));
}

static bool body_read(struct call *call) {
  size_t len;
  const char *why, *body = http_body(call->req, &len);
  const bool file = call->route->flags & ROUTE_FILE;
  if (len == 0)
    return true;
  const char *media = http_header(call->req, "content-type");
  if (!media_is(media, file ? "text/csv" : "application/json") && !(file && media_is(media, "application/zip"))) {
    call_problem(call,
                 &(struct problem){.status = 415,
                                   .code = "media_type",
                                   .detail = file ? "The body must be a CSV file, or a zip of them." : "The body must be JSON.",
                                   .remedy = file ? "Send it with Content-Type: text/csv or application/zip."
                                                  : "Send it with Content-Type: application/json."});
    return false;
  }
  if (file)
    return true;
  const int err = body_parse(body, len, &call->json, &why);
  if (err == E_OK) {
    call->body = body;
    return true;
  }
  if (err == E_NOMEM)
    call_failed_memory(call);
  else
    call_problem(call, &(struct problem){.status = 400, .code = "invalid", .detail = why, .field = "body"});
  return false;
}

/* Only a browser brings files; one whose session we have not seen lately may be anybody's, and gets little room for them. */
bool front_admits_file(struct office *office, const struct gate_head *head, const char *path, unsigned files) {
  const char *cookie = gate_header(head, "cookie");
  bool proven = false;
  return route_takes_file(head->method, path) && cookie && call_cookie_known(office, cookie, &proven) &&
         files < (unsigned)(proven ? OFFICE_FILES : OFFICE_FILES_UNPROVEN);
}

void front_take(struct office *office, struct http_request *req, const char *path) {
  static const struct http_header retry = {"Retry-After", "2"};
  struct call *call = calloc(1, sizeof *call);
  if (!call) {
    http_reply(req, 503, &retry, 1, "", 0);
    return;
  }
  call->office = office;
  call->req = req;
  call->begun_ms = clock_mono_ms();
  arena_init(&call->arena, OFFICE_CALL_BYTES);
  snprintf(call->log.text, sizeof call->log.text, "req=%s ip=%s", http_id(req), http_peer(req));
  if (!route_find(call, path) || !caller_read(call) || !rate_admits(call) || !page_is_ours(call) || !query_read(call) ||
      !once_read(call) || !body_read(call))
    return;
  if (call->route->kind == ROUTE_HANDLER)
    call->route->handle(call);
  else
    api_run(call);
}
