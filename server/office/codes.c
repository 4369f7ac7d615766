/*
 * One-time codes with which students enrol a device: POST /codes.
 *
 *   codes_handle ── api.codes_begin ──> codes_chosen: a code each is made ── api.codes_add (hashes) ──> codes_kept: shown once
 *
 * The codes are in that one answer and nowhere else; the database keeps their hashes. It chooses the students, so that a whole
 * class needs no list of it; both calls want a fresh proof. What became of a request whose answer was lost need not be known:
 * new codes end the ones before.
 */
#include "office/api.h"

#include "base/err.h"
#include "base/json.h"
#include "pki/codes.h"
#include "pki/make.h"

#include <string.h>

enum { CODES_BYTES = 1024 * 1024 /* of hashes, or of the answer: 2 000 codes of 400 */ };

struct issue {
  struct codes codes;
  char expires_on[11];
  json_t *unknown;
};

static void issue_free(void *work) {
  struct issue *issue = work;
  codes_done(&issue->codes);
  json_decref(issue->unknown);
}

static void put_code(struct buf *out, const struct codes_row *row, const char *comma) {
  buf_printf(out, "%s{\"student_id\":", comma);
  json_put_string(out, row->student_id);
  buf_printf(out, ",\"given_name\":");
  json_put_string(out, api_text(row->student, "given_name"));
  buf_printf(out, ",\"family_name\":");
  json_put_string(out, api_text(row->student, "family_name"));
  buf_printf(out, ",\"code\":\"%s\"}", row->text);
}

static void put_answer(struct buf *out, const struct issue *issue, size_t issued) {
  const char *comma = "";
  buf_printf(out, "{\"issued\":%zu,\"expires_on\":\"%s\",\"items\":[", issued, issue->expires_on);
  for (size_t i = 0; i < issue->codes.n; i++) {
    if (!issue->codes.rows[i].student)
      continue;
    put_code(out, &issue->codes.rows[i], comma);
    comma = ",";
  }
  buf_printf(out, "],\"unknown\":[");
  for (size_t i = 0; i < json_array_size(issue->unknown); i++) {
    buf_printf(out, "%s", i > 0 ? "," : "");
    json_put_string(out, json_string_value(json_array_get(issue->unknown, i)));
  }
  buf_printf(out, "]}");
}

static void codes_show(struct call *call, size_t issued) {
  const struct issue *issue = call->work;
  const bool csv = strcmp(call_text(call, "format"), "csv") == 0;
  struct buf out;
  buf_init(&out, CODES_BYTES);
  if (csv)
    codes_put_csv(&issue->codes, issue->expires_on, &out);
  else
    put_answer(&out, issue, issued);
  if (buf_finish(&out) == E_OK)
    call_reply(call, 201, csv ? "text/csv; charset=utf-8" : "application/json", out.data, out.len);
  else
    call_failed_memory(call);
  if (out.data)
    explicit_bzero(out.data, out.len);
  buf_done(&out);
}

static void codes_kept(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  struct issue *issue = call->work;
  json_t *said = api_said(call, err, res);
  if (!said)
    return;
  codes_confirm(&issue->codes, said);
  codes_show(call, (size_t)json_integer_value(json_object_get(said, "issued")));
  json_decref(said);
}

static void codes_send(struct call *call) {
  const struct issue *issue = call->work;
  struct buf document;
  buf_init(&document, CODES_BYTES);
  buf_put_u8(&document, '{');
  call_put_params(call, &document);
  buf_printf(&document, "%s\"body\":{\"expires_on\":\"%s\",\"rows\":", call->params.n > 0 ? "," : "", issue->expires_on);
  codes_put_hashes(&issue->codes, &document);
  buf_put(&document, "}}", sizeof "}}");
  if (buf_finish(&document) == E_OK)
    call_ask(call, STMT_OFFICE(codes_add), (const char *)document.data, codes_kept);
  else
    call_failed_memory(call);
  buf_done(&document);
}

/* A code for each of those chosen. */
static int codes_make(struct call *call, struct issue *issue, const json_t *chosen) {
  uint8_t fingerprint[DIGEST_BYTES];
  char reason[256];
  size_t i;
  json_t *id;
  int err = pki_fingerprint(call->office->conf->ca_certificate, fingerprint, reason, sizeof reason);
  if (err) {
    log_event(LOG_ERROR, &call->log, "no_codes", "reason=%s", log_value(reason));
    return E_TLS;
  }
  memcpy(issue->codes.fingerprint, fingerprint, sizeof issue->codes.fingerprint);
  json_array_foreach(chosen, i, id) {
    if ((err = codes_add(&issue->codes, json_string_value(id))) < 0)
      return err;
  }
  return E_OK;
}

static void codes_chosen(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  json_t *said = api_said(call, err, res);
  if (!said)
    return;
  struct issue *issue = arena_zalloc(&call->arena, 1, sizeof *issue);
  call->work = issue;
  call->work_done = issue ? issue_free : NULL;
  const int made = issue ? codes_make(call, issue, json_object_get(said, "students")) : E_NOMEM;
  if (issue) {
    snprintf(issue->expires_on, sizeof issue->expires_on, "%s", api_text(said, "expires_on"));
    issue->unknown = json_incref(json_object_get(said, "unknown"));
  }
  if (made < 0)
    call_failed(call, made == E_NOMEM ? E_BUSY : made, NULL);
  else
    codes_send(call); /* with nobody to make one for, too: that it was asked belongs on the trail */
  json_decref(said);
}

void codes_handle(struct call *call) {
  call_ask(call, STMT_OFFICE(codes_begin), call_document(call), codes_chosen);
}
