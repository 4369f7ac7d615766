/*
 * A file that somebody brings: POST /imports, the CSV itself as the body, or a OneRoster export as a zip.
 *
 *   import_file_handle ── api.import_begin ──> import_let_in ──lane──> import_read ── api.import_add ──> 201: the preview
 *
 * Asked first is whether this person may, so that nobody else's megabytes are read at all. Reading is done on the lane: 20 000
 * rows take a fifth of a second, in which the loop would stand still. The database gets the rows as one document, keeps what
 * they would change as a preview, and changes nothing; what happens next is api.import_apply, a plain route.
 *
 * What is wrong with a row is told by line and column and never by what stands there: the list of errors is shown, kept and
 * sent around, and a cell may be about anybody.
 *
 * Rejected: multipart/form-data, for which the gate would need a second parser of what strangers send; the file inside JSON,
 * which doubles it and is read twice.
 */
#include "office/api.h"

#include "base/digest.h"
#include "base/err.h"
#include "base/json.h"
#include "intake/oneroster.h"

#include <inttypes.h>
#include <string.h>

struct import {
  struct call *call;
  const struct intake_table *table;
  const char *csv; /* the request's body */
  size_t len;
  struct buf findings; /* [{"line", "field", "reason", "remedy", "warning"}] */
  struct buf body;     /* of the document */
  unsigned findings_n;
  int err;
  bool done;
};

/* ---------------------------------------------------------------- findings */

static void finding_put(struct import *import, const struct csv_finding *finding, const char *reason, const char *remedy) {
  buf_printf(&import->findings, "%s{\"line\":%" PRIu64 ",\"field\":", import->findings_n > 0 ? "," : "", finding->line);
  json_put_string(&import->findings, finding->column ? finding->column : "");
  buf_printf(&import->findings, ",\"reason\":");
  json_put_string(&import->findings, reason);
  buf_printf(&import->findings, ",\"remedy\":");
  json_put_string(&import->findings, remedy);
  buf_printf(&import->findings, ",\"warning\":%s}", finding->warning ? "true" : "false");
  import->findings_n++;
}

static void finding_take(void *arg, const struct csv_finding *finding, const char *remedy) {
  struct import *import = arg;
  if (import->findings_n < OFFICE_FINDINGS)
    finding_put(import, finding, finding->reason, remedy);
  else if (import->findings_n == OFFICE_FINDINGS)
    finding_put(import, finding, "and what follows is not listed", "Correct what is listed and bring the file again.");
}

/* ---------------------------------------------------------------- on the lane */

static void body_put_all(struct import *import, const struct intake *intake) {
  const struct intake_counts *counts = intake_counted(intake);
  uint8_t digest[DIGEST_BYTES];
  char hex[DIGEST_TEXT];
  digest_sha256(digest, import->csv, import->len);
  digest_hex(hex, digest, sizeof digest);
  buf_printf(&import->body, "\"body\":{\"read\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"sha256\":\"%s\",\"header\":", counts->read,
             counts->refused, hex);
  intake_put_header(intake, &import->body);
  buf_printf(&import->body, ",\"ignored\":");
  intake_put_ignored(intake, &import->body);
  buf_printf(&import->body, ",\"findings\":");
  buf_put(&import->body, import->findings.data, import->findings.len);
  buf_printf(&import->body, ",\"columns\":");
  intake_put_columns(intake, &import->body);
  buf_printf(&import->body, ",\"rows\":");
  json_put_string(&import->body, intake_rows(intake));
  buf_printf(&import->body, "}}");
  buf_put_u8(&import->body, '\0');
}

/* A OneRoster zip. */
static int archive_feed(struct import *import, struct intake *intake) {
  char reason[ARCHIVE_REASON] = "";
  struct archive *archive = NULL;
  const char *absent = params_get(&import->call->params, "absent");
  bool delta = false;
  int err = archive_open_bytes(import->csv, import->len, OFFICE_ARCHIVE_BYTES, &archive, reason);
  if (!err)
    err = oneroster_read(intake, archive, &delta);
  archive_close(archive);
  if (!err && delta && absent && strcmp(absent, "inactive") == 0) {
    snprintf(reason, sizeof reason, "it says what changed and not who there is, so nobody can leave by not being in it");
    err = E_INVALID;
  }
  if (*reason) {
    struct csv_finding finding;
    csv_finding_make(&finding, 1, NULL, "", "%.*s", CSV_REASON - 1, reason);
    finding_take(import, &finding, "Bring the export as it came, without a password.");
  }
  return err;
}

static void import_read(void *arg) {
  struct import *import = arg;
  const struct intake_handler handler = {.finding = finding_take, .arg = import};
  const bool archive = import->table == &intake_roster && archive_is_zip(import->csv, import->len);
  struct intake *intake =
      intake_new(archive ? &intake_oneroster : import->table, OFFICE_FILE_ROWS, OFFICE_FILE_ARGS_BYTES, &handler);
  int err = !intake ? E_NOMEM : archive ? archive_feed(import, intake) : intake_feed(intake, import->csv, import->len);
  if (!err)
    err = intake_finish(intake);
  buf_put_u8(&import->findings, ']');
  if (!err)
    body_put_all(import, intake);
  intake_free(intake);
  import->err = err ? err : buf_finish(&import->body);
  import->done = true;
}

/* ---------------------------------------------------------------- on the loop */

static void import_free(void *work) {
  struct import *import = work;
  buf_done(&import->findings);
  buf_done(&import->body);
}

/* The file as a whole is none: nothing is kept. */
static void import_refuse(struct import *import) {
  struct call *call = import->call;
  buf_put_u8(&import->findings, '\0');
  const char *more = buf_finish(&import->findings) == E_OK
                         ? arena_printf(&call->arena, "{\"findings\":%s}", (const char *)import->findings.data)
                         : NULL;
  call_problem(call, &(struct problem){.status = 422,
                                       .code = "unusable_file",
                                       .detail = "The file cannot be read as one of this kind.",
                                       .remedy = "See what is said of its first line, or of its size.",
                                       .field = "body",
                                       .more = more});
}

static void import_was_read(void *arg) {
  struct import *import = arg;
  if (!import->done || import->err == E_NOMEM)
    call_failed(import->call, E_BUSY, NULL);
  else if (import->err)
    import_refuse(import);
  else
    call_ask(import->call, STMT_OFFICE(import_add), (const char *)import->body.data, api_passed);
}

static void import_let_in(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  struct import *import = call->work;
  json_t *said = api_said(call, err, res);
  if (!said)
    return;
  json_decref(said);
  buf_init(&import->findings, OFFICE_FILE_ARGS_BYTES);
  buf_init(&import->body, OFFICE_FILE_ARGS_BYTES);
  call->work_done = import_free;
  buf_put_u8(&import->findings, '[');
  buf_put_u8(&import->body, '{');
  call_put_params(call, &import->body);
  buf_put_u8(&import->body, ',');
  if (lane_run(call->office->lane, import_read, import_was_read, import) < 0)
    call_failed(call, E_BUSY, NULL);
}

void import_file_handle(struct call *call) {
  const char *kind = params_get(&call->params, "kind");
  struct import *import = arena_zalloc(&call->arena, 1, sizeof *import);
  if (!import) {
    call_failed_memory(call);
    return;
  }
  import->call = call;
  import->table = kind ? intake_table_named(kind) : NULL;
  import->csv = http_body(call->req, &import->len);
  call->work = import;
  if (!import->table)
    api_refuse_field(call, "kind", "invalid", "\"kind\" must be one of: roster, plans, official_scores, advisers.");
  else if (import->len == 0)
    api_refuse_field(call, "body", "missing", "There is no file: the body is empty.");
  else
    call_ask(call, STMT_OFFICE(import_begin), call_document(call), import_let_in);
}
