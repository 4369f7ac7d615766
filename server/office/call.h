/*
 * One request under /api/v1, from its first look to its answer: who asks, with which parameters, and how the database is
 * asked on their behalf.
 *
 *   front_take() ──> api_run(), or a route's own handle() ──> call_ask() ... ──> exactly one call_reply() or call_problem()
 *
 * A call lives until its answer, which frees it. Nobody answers while a question of its own is outstanding.
 */
#ifndef SG_OFFICE_CALL_H
#define SG_OFFICE_CALL_H

#include "base/arena.h"
#include "base/log.h"
#include "office/port.h"
#include "office/problem.h"
#include "office/query.h"
#include "office/route.h"
#include "office/token.h"

#include <jansson.h>
#include <stdbool.h>

#define CALL_SESSION_COOKIE "__Host-sid"

struct caller {
  bool known;   /* a token came with the request; whether it is one, the database says */
  bool service; /* a program's */
  bool has_csrf;
  uint8_t token_hash[DIGEST_BYTES], csrf_hash[DIGEST_BYTES];
  const char *agent;        /* of User-Agent, cut */
  char session[TOKEN_TEXT]; /* the cookie; "" where there is none */
};

struct call {
  struct office *office;
  struct http_request *req;
  const struct route *route;
  struct params params;
  const char *body; /* as it came, NULL where none did; it is an object */
  json_t *json;     /* the same, read */
  struct caller caller;
  struct arena arena; /* ends with the call */
  int64_t begun_ms;
  void *work;                    /* a handler's own, in the arena */
  void (*work_done)(void *work); /* frees what that has elsewhere, when the call ends; NULL: nothing */
  struct http_header extra[2];   /* of the answer, see call_header() */
  size_t extra_n;
  bool asked_sets;        /* estimate.c: for the parameters, once */
  char fresh[TOKEN_TEXT]; /* not empty: the session's new token, which the answer hands out */
  struct call_answer {    /* waits for the trail, see api.c */
    int status;
    const char *media;
    char *body; /* heap */
    size_t len;
  } answer;
  struct log_context log;
};

/* ---- asking ---- */

void call_put_params(const struct call *call, struct buf *out); /* "name":"value",... without braces */
/* {"path and query parameters": "...", "body": {...}} in the call's arena; NULL when out of memory. */
const char *call_document(struct call *call) MUSTCHECK;
/* {"body": taken} in the same way, for functions that are asked on the daemon's own account. NULL where `taken` is NULL. */
const char *call_document_of(struct call *call, json_t *taken) MUSTCHECK;
/* The request's parameters, and that for its body. */
const char *call_document_with(struct call *call, json_t *taken) MUSTCHECK;
/* Calls api.<...>(caller, document). When that cannot even be sent, the call is answered and `done` never called. */
void call_ask(struct call *call, enum stmt stmt, const char *document, pool_done done);
/* The same as somebody who has `fresh` for a token: the session that is being made. */
void call_ask_fresh(struct call *call, enum stmt stmt, const char *document, pool_done done);
void call_put_caller(const struct call *call, struct args *args);
/* The database knew the caller; and whether it did lately. */
uint64_t call_number(const struct call *call); /* of the caller's token */
void call_prove(struct call *call);
/* Whether these cookies hold what could be a session of ours; and whether it was one lately. */
bool call_cookie_known(struct office *office, const char *cookies, bool *ret_proven) MUSTCHECK;
bool call_is_proven(const struct call *call);

/* Columns of api.reply. */
enum { REPLY_STATUS, REPLY_MEDIA, REPLY_BODY, REPLY_STUDENTS, REPLY_GROUND };
bool call_is_reply(const PGresult *res); /* one row, and its first three columns are there */
/* What a function answered that the daemon asked on its own account: an object, NULL when out of memory or it is none. */
json_t *call_reply_read(const PGresult *res) MUSTCHECK;

/* A header for the answer, whichever it will be; two at most. False when out of memory. */
bool call_header(struct call *call, const char *name, const char *value) MUSTCHECK;

/* ---- answering: each ends the call ---- */

void call_reply(struct call *call, int status, const char *media, const void *body, size_t len);
void call_reply_json(struct call *call, int status, json_t *taken);
/* The answer of a function as it is; a problem gets its request's id. */
void call_pass(struct call *call, const PGresult *res);
void call_problem(struct call *call, const struct problem *problem);
/* An answer without an end: http_stream_begin() with what every stream of ours has; afterwards http_stream_send(call->req),
 * and call_stream_end() once. When it fails the call is still to be answered by call_stream_end(). */
int call_stream_begin(struct call *call) MUSTCHECK;
void call_stream_end(struct call *call);
/* What went wrong in the database, or before it got there; refusals of functions too. `res` may be NULL. */
void call_failed(struct call *call, int err, const PGresult *res);
void call_failed_memory(struct call *call);
/* What an error means to who asked. Texts live as long as `res`. */
struct problem call_problem_of(const struct call *call, int err, const PGresult *res);

/* ---- the body, for handlers ---- */

/* True when each of its members is in `names` (separated by spaces) and a text; otherwise the call has been answered. */
bool call_body_knows(struct call *call, const char *names) MUSTCHECK;
/* A text of the body, "" where it is not there or no text. */
const char *call_text(const struct call *call, const char *name);

#endif
