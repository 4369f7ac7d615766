/*
 * A route that is one function:
 *
 *   READ    api_run ── api.<name>, read only ──> api_read ── api.looked ──> api_looked: the answer leaves
 *   WRITE   api_run ── api.<name> ──> api_passed: the answer leaves
 *
 * The JSON goes through as it is. What was read leaves only after it is on the trail who saw whose record: if that cannot be
 * written, nothing is shown. What was changed has been put on the trail by the same transaction. A refusal for want of right
 * or ground goes on the trail too; that it could not be written there does not make a refusal worse, so it leaves all the same.
 *
 * Who has the answer already (If-None-Match) is told 304 and shown nothing, so no record is noted; that the session is alive
 * is. A tag cannot be guessed by who has not seen the bytes.
 */
#include "office/api.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "office/etag.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- the answer that waits */

static int answer_keep(struct call *call, int status, const char *media, const char *body, size_t len) {
  call->answer = (struct call_answer){.status = status, .media = arena_strdup(&call->arena, media), .len = len};
  call->answer.body = malloc(len + 1);
  if (!call->answer.media || !call->answer.body)
    return E_NOMEM;
  memcpy(call->answer.body, body, len);
  return E_OK;
}

static void answer_send(struct call *call) {
  const struct call_answer answer = call->answer;
  call->answer.body = NULL;
  call_reply(call, answer.status, answer.media, answer.body, answer.len);
  free(answer.body);
}

/* ---------------------------------------------------------------- the trail */

static void api_looked(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  if (err == E_OK) {
    answer_send(call);
    return;
  }
  log_event(LOG_ERROR, &call->log, "not_on_the_trail", "route=%s status=%d err=%s", call->route->path, call->answer.status,
            err_name(err));
  if (call->answer.status >= 400)
    answer_send(call);
  else
    call_failed(call, err == E_REFUSED ? E_DATABASE : err, res);
}

/* What was asked, for the trail: path and query, and the code of a refusal. */
static const char *asked(struct call *call, const char *code) {
  struct buf text;
  buf_init(&text, OFFICE_ARGS_BYTES);
  call_put_params(call, &text);
  if (code)
    buf_printf(&text, "%s\"code\":\"%s\"", call->params.n > 0 ? "," : "", code);
  buf_put_u8(&text, '\0');
  const char *detail = buf_finish(&text) == E_OK ? arena_printf(&call->arena, "{%s}", (const char *)text.data) : NULL;
  buf_done(&text);
  return detail;
}

/* A page asked this by itself: nobody's hand was on it. Said of what reads alone; what changes something is a person's deed. */
static bool is_background(const struct call *call) {
  const char *said = http_header(call->req, "x-stepguard-background");
  return call->route->method == HTTP_GET && said && strcmp(said, "1") == 0;
}

struct api_seen api_seen_in(const PGresult *res) {
  struct api_seen seen = {.ground = cell_null(res, 0, REPLY_GROUND) ? NULL : cell_text(res, 0, REPLY_GROUND)};
  seen.students = cell_binary(res, 0, REPLY_STUDENTS, &seen.students_len);
  return seen;
}

int api_seen_copy(const PGresult *res, struct api_seen *ret) {
  const struct api_seen seen = api_seen_in(res);
  void *students = seen.students ? malloc(seen.students_len + 1) : NULL;
  char *ground = seen.ground ? strdup(seen.ground) : NULL;
  if ((seen.students && !students) || (seen.ground && !ground)) {
    free(students);
    free(ground);
    return E_NOMEM;
  }
  if (students)
    memcpy(students, seen.students, seen.students_len);
  *ret = (struct api_seen){students, seen.students_len, ground};
  return E_OK;
}

void api_seen_done(struct api_seen *seen) {
  free((void *)seen->students);
  free((void *)seen->ground);
  *seen = (struct api_seen){0};
}

/* `seen`: NULL for nobody's. `code`: of a refusal, else NULL. */
static void api_look(struct call *call, const struct api_seen *seen, const char *code) {
  struct args args;
  args_init(&args, LIMIT_ARGS_BYTES);
  call_put_caller(call, &args);
  args_text(&args, call->route->name);
  args_i16(&args, (int16_t)call->answer.status);
  if (seen && seen->students)
    args_binary(&args, seen->students, seen->students_len);
  else
    args_null(&args);
  args_text(&args, seen ? seen->ground : NULL);
  args_text(&args, asked(call, code));
  args_bool(&args, is_background(call));
  const int err = pool_call(call->office->write_pool, STMT_LOOKED, &args, api_looked, call);
  if (err)
    api_looked(call, err, NULL);
}

/* ---------------------------------------------------------------- refusals */

/* Refused for want of right or ground; and a conflict, which shows the record as it is now. */
static bool is_noted(const struct call *call, int status) {
  return call->caller.known && (status == 401 || status == 403 || status == 404 || status == 409);
}

void api_failed(struct call *call, int err, const PGresult *res) {
  const struct problem problem = call_problem_of(call, err, res);
  if (problem.status == 401)
    rate_count(&call->office->guesses, rate_network(http_peer(call->req)), OFFICE_GUESSES_PER_MINUTE, clock_mono_ms());
  if (!is_noted(call, problem.status)) {
    call_problem(call, &problem);
    return;
  }
  struct buf text;
  buf_init(&text, OFFICE_ARGS_BYTES);
  problem_put(&text, &problem, http_id(call->req));
  int kept = buf_finish(&text);
  if (kept == E_OK)
    kept = answer_keep(call, problem.status, problem_media, (const char *)text.data, text.len);
  buf_done(&text);
  if (kept == E_OK)
    api_look(call, NULL, problem.code);
  else
    call_problem(call, &problem);
}

/* ---------------------------------------------------------------- the chain */

void api_passed(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  if (err || !call_is_reply(res)) {
    api_failed(call, err ? err : E_DATABASE, res);
    return;
  }
  call_prove(call);
  call_pass(call, res);
}

void api_show(struct call *call, int status, const char *media, const char *body, size_t len, const struct api_seen *seen) {
  char etag[ETAG_TEXT];
  etag_make(body, len, etag);
  const bool has_it = status == 200 && etag_matches(http_header(call->req, "if-none-match"), etag);
  if (answer_keep(call, has_it ? 304 : status, media, body, len) < 0)
    call_failed_memory(call);
  else
    api_look(call, has_it ? NULL : seen, NULL);
}

void api_read(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  if (err || !call_is_reply(res)) {
    api_failed(call, err ? err : E_DATABASE, res);
    return;
  }
  call_prove(call);
  const char *body = cell_text(res, 0, REPLY_BODY);
  const struct api_seen seen = api_seen_in(res);
  api_show(call, cell_i16(res, 0, REPLY_STATUS), cell_text(res, 0, REPLY_MEDIA), body, strlen(body), &seen);
}

void api_run(struct call *call) {
  call_ask(call, call->route->stmt, call_document(call), call->route->kind == ROUTE_READ ? api_read : api_passed);
}

/* ---------------------------------------------------------------- for handlers */

json_t *api_said(struct call *call, int err, const PGresult *res) {
  if (err || !call_is_reply(res)) {
    api_failed(call, err ? err : E_DATABASE, res);
    return NULL;
  }
  call_prove(call);
  if (cell_i16(res, 0, REPLY_STATUS) >= 300) {
    call_pass(call, res);
    return NULL;
  }
  json_t *said = call_reply_read(res);
  if (!said)
    call_failed_memory(call);
  return said;
}

void api_refuse_field(struct call *call, const char *field, const char *code, const char *detail) {
  call_problem(call, &(struct problem){.status = 422, .code = code, .detail = detail, .field = field});
}

const char *api_text(const json_t *object, const char *name) {
  const char *text = json_string_value(json_object_get(object, name));
  return text ? text : "";
}
