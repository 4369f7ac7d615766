/*
 * Files of rows that the operator gives: read by server/intake as the office reads them, sent in one call, which previews and
 * applies what the office does in two steps.
 *
 * The good rows of a file with bad ones are taken (unless --strict), because a registrar's export always has a few, and the
 * command's exit code says that there were some. A dry run is the real call in a transaction that is rolled back: it cannot
 * differ from what the import then does; that is why it goes past the brake too, and says by how much.
 */
#include "ctl/import.h"

#include "base/err.h"
#include "base/file.h"

#include <inttypes.h>
#include <string.h>

enum {
  FINDINGS_SHOWN = CTL_FINDINGS_SHOWN,
  ROWS_BYTES = 256 * 1024 * 1024 - 1024 /* the most that a value of type jsonb may have */
};

struct import {
  struct ctl *ctl;
  const char *file;
  struct intake *intake;
  struct progress progress;
  json_t *findings; /* [{file, line, column, value, reason, warning}] */
  uint64_t bytes, shown;
};

/* ---------------------------------------------------------------- the file */

static void finding_take(void *arg, const struct csv_finding *finding, const char *remedy) {
  struct import *import = arg;
  (void)remedy; /* on a terminal the reason says enough */
  json_array_append_new(import->findings, ctl_finding_json(import->file, finding));
  if (import->shown++ >= FINDINGS_SHOWN)
    return;
  progress_end(&import->progress);
  ctl_finding(import->ctl, import->file, finding);
}

static int piece_take(void *arg, const void *bytes, size_t len) {
  struct import *import = arg;
  import->bytes += len;
  progress_at(&import->progress, import->bytes);
  return intake_feed(import->intake, bytes, len);
}

/* EXIT_DONE also when rows were refused; EXIT_PROBLEMS when the file as a whole cannot be used. */
static int import_read(struct import *import, const struct intake_table *table) {
  char reason[FILE_REASON] = "";
  struct ctl *ctl = import->ctl;
  const struct intake_handler handler = {finding_take, import};
  import->findings = json_array();
  import->intake = intake_new(table, INTAKE_ALL, ROWS_BYTES, &handler);
  if (!import->findings || !import->intake)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM));
  progress_start(&import->progress, "bytes", file_size(import->file));
  int err = file_stream(import->file, piece_take, import, reason);
  if (!err)
    err = intake_finish(import->intake);
  progress_end(&import->progress);
  if (err == E_SYSTEM)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", reason);
  if (err && err != E_INVALID)
    return ctl_fail(ctl, EXIT_REFUSED, "%s: %s", import->file, err_text(err));
  if (import->shown > FINDINGS_SHOWN)
    ctl_fail(ctl, EXIT_PROBLEMS, "%s: %" PRIu64 " more findings are not shown; --json has all", import->file,
             import->shown - FINDINGS_SHOWN);
  return err ? EXIT_PROBLEMS : EXIT_DONE;
}

/* ---------------------------------------------------------------- the database */

static int rows_send(const struct import *import, const struct import_options *options, enum stmt stmt, json_t **ret) {
  struct args args;
  const char *name = strrchr(import->file, '/');
  const char *past_brake = options->past_brake ? options->past_brake : options->dry_run ? "a dry run" : NULL;
  args_init(&args, ROWS_BYTES);
  args_text(&args, import->ctl->conf->school_code);
  args_text(&args, name ? name + 1 : import->file);
  args_text(&args, intake_rows(import->intake));
  if (past_brake)
    args_text(&args, past_brake);
  else
    args_null(&args);
  return ctl_call_json(import->ctl, stmt, &args, ret);
}

static int rows_apply(const struct import *import, const struct import_options *options, enum stmt stmt, json_t **ret) {
  struct ctl *ctl = import->ctl;
  int code = ctl_database(ctl);
  if (code)
    return code;
  if (dbsync_begin(ctl->db) < 0)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", dbsync_reason(ctl->db));
  code = rows_send(import, options, stmt, ret);
  if (code || options->dry_run) {
    (void)dbsync_rollback(ctl->db);
    return code;
  }
  int err = dbsync_commit(ctl->db);
  return err ? ctl_fail(ctl, cli_exit_of(err), "%s", dbsync_reason(ctl->db)) : EXIT_DONE;
}

/* ---------------------------------------------------------------- what came of it */

static void counts_say(struct ctl *ctl, const struct intake_counts *read, const json_t *counts, bool dry_run, const char *title) {
  const char *key;
  json_t *value;
  ctl_say(ctl, "%s: %" PRIu64 " rows read, %" PRIu64 " good, %" PRIu64 " refused%s", title, read->read, read->good, read->refused,
          dry_run ? " (dry run: nothing was changed)" : "");
  json_object_foreach((json_t *)counts, key, value) {
    if (json_is_integer(value) && strcmp(key, "import_id") != 0)
      ctl_say(ctl, "  %-12s %lld", key, (long long)json_integer_value(value));
    else if (json_is_array(value))
      for (size_t i = 0; i < json_array_size(value); i++)
        ctl_say(ctl, "  %s: %s", key,
                json_string_value(json_array_get(value, i)) ? json_string_value(json_array_get(value, i)) : "?");
  }
  if (!dry_run && ctl_has(counts, "import_id"))
    ctl_say(ctl, "  import number %lld", (long long)ctl_integer(counts, "import_id"));
}

static int import_print(const struct import *import, const struct import_options *options, bool left, json_t *counts) {
  const struct intake_counts *read = intake_counted(import->intake);
  if (!import->ctl->global.json)
    return EXIT_DONE;
  return ctl_print_json(import->ctl, json_pack("{s:s,s:b,s:b,s:I,s:I,s:I,s:O?,s:O}", "file", import->file, "dry_run",
                                               options->dry_run, "applied", !left && !options->dry_run, "read",
                                               (json_int_t)read->read, "good", (json_int_t)read->good, "refused",
                                               (json_int_t)read->refused, "counts", counts, "findings", import->findings));
}

static int import_apply(struct import *import, const struct import_options *options, enum stmt stmt, const char *title) {
  const struct intake_counts *read = intake_counted(import->intake);
  json_t *counts = NULL;
  int code = EXIT_DONE;
  bool left = options->strict && read->refused > 0;
  if (left)
    ctl_fail(import->ctl, EXIT_PROBLEMS, "%s: %" PRIu64 " rows are not good, so nothing was taken (--strict)", import->file,
             read->refused);
  else
    code = rows_apply(import, options, stmt, &counts);
  if (!code) {
    if (!left)
      counts_say(import->ctl, read, counts, options->dry_run, title);
    bool problems = read->refused > 0 || json_array_size(json_object_get(counts, "unknown_students")) > 0 ||
                    json_array_size(json_object_get(counts, "left_out")) > 0;
    int printed = import_print(import, options, left, counts);
    code = printed ? printed : problems ? EXIT_PROBLEMS : EXIT_DONE;
  }
  json_decref(counts);
  return code;
}

int import_run(struct ctl *ctl, const char *file, const struct intake_table *table, const struct import_options *options,
               enum stmt stmt) {
  struct import import = {.ctl = ctl, .file = file};
  int code = ctl_conf(ctl);
  if (code)
    return code;
  code = import_read(&import, table);
  if (!code)
    code = import_apply(&import, options, stmt, table->kind);
  intake_free(import.intake);
  json_decref(import.findings);
  return code;
}
