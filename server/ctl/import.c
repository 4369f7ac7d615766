/*
 * Files of rows that the operator gives: read by server/intake as the office reads them, sent a megabyte at a time in one
 * transaction, previewed and applied by one call behind them, which does what the office does in two steps.
 *
 *   file ── intake ──rows──> api.import_feed, as often as it takes ──> api.import_file ──> commit, or rollback for a dry run
 *
 * Memory is that of one piece, whatever the file. The good rows of a file with bad ones are taken (unless --strict), because a
 * registrar's export always has a few, and the command's exit code says that there were some. A dry run is the real call in a
 * transaction that is rolled back: it cannot differ from what the import then does; that is why it goes past the brake too, and
 * says by how much.
 *
 * Rejected: the file as one document, which PostgreSQL ends at 256 MB and both sides hold several times over.
 */
#include "ctl/import.h"

#include "base/err.h"
#include "base/file.h"
#include "intake/oneroster.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
  FINDINGS_SHOWN = CTL_FINDINGS_SHOWN,
  FINDINGS_KEPT = 10 * 1000, /* for --json; of a file with more nobody mends them by hand */
  FINDINGS_STORED = 1000,    /* with the import, for the office's page */
  ROWS_SHOWN = 20,           /* of what changes; a page of a terminal */
  ROWS_JSON = 1000,
  PIECE_BYTES = 8 * 1024 * 1024, /* a piece is INTAKE_PIECE_BYTES and one row more; with room for the call around it */
  MORE_BYTES = 1024 * 1024,
  ARCHIVE_BYTES = 1024 * 1024 * 1024 /* of an export, unpacked: as a file may be long */
};

struct import {
  struct ctl *ctl;
  const char *file;
  const struct intake_table *table;
  const struct import_options *options;
  struct intake *intake;
  struct progress progress;
  json_t *findings; /* [{file, line, column, value, reason, remedy, warning}] */
  uint64_t bytes, shown;
  bool archive; /* a OneRoster export, and not one file */
  bool begun;   /* the transaction */
  int code;     /* why sending ended, told already */
};

/* ---------------------------------------------------------------- findings */

static void finding_tell(struct import *import, const struct csv_finding *finding, const char *remedy) {
  if (import->shown < FINDINGS_KEPT)
    json_array_append_new(import->findings, ctl_finding_json(import->file, finding, remedy));
  if (import->shown++ >= FINDINGS_SHOWN)
    return;
  progress_end(&import->progress);
  ctl_finding(import->ctl, import->file, finding, remedy);
}

static void finding_take(void *arg, const struct csv_finding *finding, const char *remedy) {
  finding_tell(arg, finding, remedy);
}

/* What the database found: it tells no cell. */
static void findings_of_database(struct import *import, const json_t *said) {
  size_t i;
  json_t *one;
  json_array_foreach(json_object_get(said, "findings"), i, one) {
    struct csv_finding finding = {.line = (uint64_t)ctl_integer(one, "line"), .column = ctl_text(one, "field")};
    snprintf(finding.reason, sizeof finding.reason, "%s", ctl_text(one, "reason"));
    finding_tell(import, &finding, ctl_text(one, "remedy"));
  }
}

static void findings_end(struct import *import) {
  if (import->shown > FINDINGS_SHOWN)
    ctl_fail(import->ctl, EXIT_PROBLEMS, "%s: %" PRIu64 " more findings are not shown; --json has %s", import->file,
             import->shown - FINDINGS_SHOWN, import->shown > FINDINGS_KEPT ? "more" : "all");
}

/* ---------------------------------------------------------------- rows, on their way */

static int import_begin(struct import *import) {
  struct ctl *ctl = import->ctl;
  int code = import->begun ? EXIT_DONE : ctl_database(ctl);
  if (code || import->begun)
    return code;
  if (dbsync_begin(ctl->db) < 0)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", dbsync_reason(ctl->db));
  import->begun = true;
  return EXIT_DONE;
}

static int rows_send(struct import *import, const char *text) {
  struct args args;
  struct buf columns;
  PGresult *res = NULL;
  int code = import_begin(import);
  if (code)
    return code;
  buf_init(&columns, MORE_BYTES);
  intake_put_columns(import->intake, &columns);
  buf_put_u8(&columns, '\0');
  args_init(&args, PIECE_BYTES);
  args_text(&args, import->ctl->conf->school_code);
  args_text(&args, buf_finish(&columns) ? "[]" : (const char *)columns.data);
  args_text(&args, text);
  code = ctl_call(import->ctl, STMT_IMPORT_FEED, &args, &res);
  PQclear(res);
  buf_done(&columns);
  return code;
}

static int rows_take(void *arg, const char *text, size_t len) {
  struct import *import = arg;
  (void)len;
  import->code = rows_send(import, text);
  return import->code ? E_DATABASE : E_OK;
}

/* A OneRoster export; whether it says only what changed. */
static int archive_take(struct import *import, char reason[FILE_REASON]) {
  struct archive *archive = NULL;
  bool delta = false;
  int err = archive_open_path(import->file, ARCHIVE_BYTES, &archive, reason);
  if (!err)
    err = oneroster_read(import->intake, archive, &delta);
  archive_close(archive);
  if (!err && delta && import->options->whole)
    import->code = ctl_fail(import->ctl, EXIT_USAGE, "%s says what changed and not who there is; leave --whole out", import->file);
  return import->code ? E_INVALID : err;
}

static int piece_take(void *arg, const void *bytes, size_t len) {
  struct import *import = arg;
  import->bytes += len;
  progress_at(&import->progress, import->bytes);
  return intake_feed(import->intake, bytes, len);
}

/* EXIT_DONE also when rows were refused; EXIT_PROBLEMS when the file as a whole cannot be used. */
static int import_read(struct import *import) {
  char reason[FILE_REASON] = "";
  struct ctl *ctl = import->ctl;
  const struct intake_handler handler = {finding_take, rows_take, import};
  import->findings = json_array();
  import->archive = import->table == &intake_roster && archive_is_path(import->file);
  import->intake = intake_new(import->archive ? &intake_oneroster : import->table, INTAKE_ALL, PIECE_BYTES / 2, &handler);
  if (!import->findings || !import->intake)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM));
  progress_start(&import->progress, "bytes", file_size(import->file));
  import->progress.term.terminal &= !ctl->global.json;
  int err = import->archive ? archive_take(import, reason) : file_stream(import->file, piece_take, import, reason);
  if (!err)
    err = intake_finish(import->intake);
  progress_end(&import->progress);
  if (import->code)
    return import->code;
  if (err == E_SYSTEM || (err == E_INVALID && *reason))
    return ctl_fail(ctl, EXIT_REFUSED, "%s", reason);
  if (err && err != E_INVALID)
    return ctl_fail(ctl, EXIT_REFUSED, "%s: %s", import->file, err_text(err));
  if (err)
    findings_end(import);
  return err ? EXIT_PROBLEMS : EXIT_DONE;
}

/* ---------------------------------------------------------------- the database */

/* The findings of a file are kept with the import without the cells. */
static json_t *findings_stored(const struct import *import) {
  json_t *ret = json_array(), *one;
  size_t i;
  json_array_foreach(import->findings, i, one) {
    if (i >= FINDINGS_STORED)
      break;
    json_array_append_new(ret, json_pack("{s:O,s:s,s:O,s:O,s:O}", "line", json_object_get(one, "line"), "field",
                                         ctl_text(one, "column"), "reason", json_object_get(one, "reason"), "remedy",
                                         json_object_get(one, "remedy"), "warning", json_object_get(one, "warning")));
  }
  return ret;
}

static json_t *put_json(const struct intake *intake, void (*put)(const struct intake *intake, struct buf *out)) {
  struct buf buf;
  buf_init(&buf, MORE_BYTES);
  put(intake, &buf);
  json_t *ret = buf_finish(&buf) ? NULL : json_loadb((const char *)buf.data, buf.len, 0, NULL);
  buf_done(&buf);
  return ret ? ret : json_array();
}

static char *import_more(const struct import *import) {
  const struct intake_counts *read = intake_counted(import->intake);
  json_t *more = json_pack("{s:s,s:s,s:I,s:I,s:o,s:o,s:o}", "mode", import->options->strict ? "strict" : "lenient", "absent",
                           import->options->whole ? "inactive" : "keep", "read", (json_int_t)read->read, "refused",
                           (json_int_t)read->refused, "header", put_json(import->intake, intake_put_header), "ignored",
                           put_json(import->intake, intake_put_ignored), "findings", findings_stored(import));
  char *ret = json_dumps(more, JSON_COMPACT);
  json_decref(more);
  return ret;
}

static int file_call(const struct import *import, json_t **ret) {
  struct args args;
  const struct import_options *options = import->options;
  const char *name = strrchr(import->file, '/');
  const char *past_brake = options->past_brake ? options->past_brake : options->dry_run ? "a dry run" : NULL;
  char *more = import_more(import);
  if (!more)
    return ctl_fail(import->ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM));
  args_init(&args, PIECE_BYTES);
  args_text(&args, import->ctl->conf->school_code);
  args_text(&args, import->table->kind);
  args_text(&args, name ? name + 1 : import->file);
  args_text(&args, more);
  if (past_brake)
    args_text(&args, past_brake);
  else
    args_null(&args);
  args_i32(&args, import->ctl->global.json ? ROWS_JSON : ROWS_SHOWN);
  free(more);
  return ctl_call_json(import->ctl, STMT_IMPORT_FILE, &args, ret);
}

static int import_apply(struct import *import, json_t **ret) {
  struct ctl *ctl = import->ctl;
  int code = import_begin(import);
  if (!code)
    code = file_call(import, ret);
  if (code || import->options->dry_run)
    return code;
  import->begun = false;
  int err = dbsync_commit(ctl->db);
  return err ? ctl_fail(ctl, cli_exit_of(err), "%s", dbsync_reason(ctl->db)) : EXIT_DONE;
}

/* ---------------------------------------------------------------- what came of it */

/* Which column was taken for what, where the two are not the same word. */
static void mapping_say(const struct import *import) {
  json_t *header = put_json(import->intake, intake_put_header), *ignored = put_json(import->intake, intake_put_ignored), *one;
  size_t i;
  json_array_foreach(header, i, one) {
    if (ctl_has(one, "header") && strcmp(ctl_text(one, "header"), ctl_text(one, "field")) != 0)
      ctl_say(import->ctl, "  column \"%s\" is read as %s", ctl_text(one, "header"), ctl_text(one, "field"));
  }
  json_array_foreach(ignored, i, one) ctl_say(import->ctl, "  column \"%s\" is left out", json_string_value(one));
  json_decref(header);
  json_decref(ignored);
}

static void rows_say(struct ctl *ctl, const json_t *said) {
  size_t i;
  json_t *row;
  json_array_foreach(json_object_get(said, "rows"), i, row) {
    const char *about = ctl_text(row, "about"), *comma = *about ? ", " : "";
    if (ctl_has(row, "line"))
      ctl_say(ctl, "  line %lld: %s%s%s %s: %s", (long long)ctl_integer(row, "line"), ctl_text(row, "student_id"), comma, about,
              ctl_text(row, "change"), ctl_text(row, "summary"));
    else
      ctl_say(ctl, "  not in the file: %s %s: %s", ctl_text(row, "student_id"), ctl_text(row, "change"), ctl_text(row, "summary"));
  }
  if (json_array_size(json_object_get(said, "rows")) == ROWS_SHOWN)
    ctl_say(ctl, "  and so on; --json has a thousand, the office's page all");
}

static void counts_say(const struct import *import, const json_t *said) {
  const struct intake_counts *read = intake_counted(import->intake);
  const json_t *counts = json_object_get(said, "counts");
  struct ctl *ctl = import->ctl;
  const bool dry_run = import->options->dry_run;
  const char *key;
  json_t *value;
  size_t i;
  ctl_say(ctl, "%s: %" PRIu64 " rows read, %" PRIu64 " good, %" PRId64 " refused%s", import->table->kind, read->read,
          read->read - (uint64_t)ctl_integer(said, "refused"), ctl_integer(said, "refused"),
          dry_run ? " (dry run: nothing was changed)" : "");
  mapping_say(import);
  json_object_foreach((json_t *)counts, key, value) {
    if (json_is_integer(value) && strcmp(key, "import_id") != 0)
      ctl_say(ctl, "  %-12s %lld", key, (long long)json_integer_value(value));
    else if (json_is_array(value))
      for (i = 0; i < json_array_size(value); i++)
        ctl_say(ctl, "  %s: %s", key,
                json_string_value(json_array_get(value, i)) ? json_string_value(json_array_get(value, i)) : "?");
  }
  if (dry_run)
    rows_say(ctl, said);
  json_array_foreach(json_object_get(said, "stops"), i, value)
      ctl_say(ctl, "  the brake: %s %s", ctl_text(value, "sentence"), ctl_text(value, "remedy"));
  if (!dry_run && ctl_has(counts, "import_id"))
    ctl_say(ctl, "  import number %lld", (long long)ctl_integer(counts, "import_id"));
}

static int import_print(const struct import *import, json_t *said) {
  const struct intake_counts *read = intake_counted(import->intake);
  json_t *answer;
  if (!import->ctl->global.json)
    return EXIT_DONE;
  answer =
      json_pack("{s:s,s:b,s:b,s:I,s:I,s:I,s:O?,s:O,s:o,s:o,s:O?,s:O?}", "file", import->file, "dry_run", import->options->dry_run,
                "applied", said && !import->options->dry_run, "read", (json_int_t)read->read, "good", (json_int_t)read->good,
                "refused", (json_int_t)read->refused, "counts", json_object_get(said, "counts"), "findings", import->findings,
                "header", put_json(import->intake, intake_put_header), "ignored", put_json(import->intake, intake_put_ignored),
                "rows", json_object_get(said, "rows"), "stops", json_object_get(said, "stops"));
  return ctl_print_json(import->ctl, answer);
}

static int import_tell(struct import *import, json_t *said) {
  const uint64_t refused = intake_counted(import->intake)->refused;
  findings_of_database(import, said);
  findings_end(import);
  if (said)
    counts_say(import, said);
  int printed = import_print(import, said);
  return printed ? printed : refused > 0 || ctl_integer(said, "refused") > 0 ? EXIT_PROBLEMS : EXIT_DONE;
}

static int import_do(struct import *import) {
  json_t *said = NULL;
  int code = import_read(import);
  if (code)
    return code;
  const uint64_t refused = intake_counted(import->intake)->refused;
  if (import->options->strict && refused > 0) {
    ctl_fail(import->ctl, EXIT_PROBLEMS, "%s: %" PRIu64 " rows are not good, so nothing was taken (--strict)", import->file,
             refused);
    return import_tell(import, NULL);
  }
  code = import_apply(import, &said);
  if (!code)
    code = import_tell(import, said);
  json_decref(said);
  return code;
}

int import_run(struct ctl *ctl, const char *file, const struct intake_table *table, const struct import_options *options) {
  struct import import = {.ctl = ctl, .file = file, .table = table, .options = options};
  int code = ctl_conf(ctl);
  if (code)
    return code;
  code = import_do(&import);
  if (import.begun)
    (void)dbsync_rollback(ctl->db);
  intake_free(import.intake);
  json_decref(import.findings);
  return code;
}
