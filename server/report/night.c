/*
 * One night of one school.
 *
 * As-of: 03:00 on the school's clock on the day that is named (base/when.h says how days with a jump of the clock are
 * taken). It depends on day and zone only, so the night means the same on every host and in every later year. Results taken
 * after it are not looked at, whenever the run happens.
 *
 * Once: the row in the database (one a school and night) decides, not a file or a lock on this host. Two runs at the same
 * time do the same work side by side: every recording is a compare-and-swap, and whoever finishes second takes the document
 * of the first. A run that was killed is gone on with by the next, which leaves alone who is done (sql/api/student_facts.sql).
 *
 * Kept: what the night says of each student stays (core.estimate_night), as of the night, also where somebody synced before the run
 * came to them and the estimate in force is a later one.
 *
 * Same bytes: the document is kept with the run, and files are made from the document alone (files.c): no host, no clock, no number
 * that the database made.
 */
#include "report/night.h"

#include "base/err.h"
#include "base/when.h"
#include "db/history.h"
#include "db/sync.h"
#include "proto/result.h"
#include "report/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  SKIPPED_KEPT = 5000, /* as many as the document can name (setting brief_lines_most) */
  DOCUMENT_BYTES = 64 * 1024 * 1024,
  ARGS_SMALL_BYTES = 1024,
};

struct run {
  const struct night_options *options;
  struct night *night;
  char *reason;
  struct dbsync *db;
  int64_t as_of_ms, run_id;
  char day[11];
  int32_t parameters_id;
  json_t *skipped;  /* [{student_id, reason}] */
  json_t *document; /* sql/core/brief_document.sql */
  struct night_files files;
};

static int run_fail(struct run *run, int err) {
  const char *said = run->db ? dbsync_reason(run->db) : NULL;
  snprintf(run->reason, NIGHT_REASON, "%s", said && *said ? said : err_text(err));
  return err;
}

/* ---------------------------------------------------------------- begin */

static int run_begin(struct run *run) {
  char host[65] = "", version[RISK_VERSION_CHARS], reason[EVALUATE_REASON] = "";
  struct args args;
  PGresult *res = NULL;
  const struct evaluate_options evaluate = {.role = ROLE_REPORT, .school_code = run->options->conf->school_code};
  int err = evaluate_parameters(run->db, &evaluate, &run->parameters_id, version, reason);
  if (err) {
    snprintf(run->reason, NIGHT_REASON, "%s", reason);
    return err;
  }
  gethostname(host, sizeof host - 1);
  args_init(&args, ARGS_SMALL_BYTES);
  args_text(&args, run->options->conf->school_code);
  args_day(&args, run->options->day);
  args_time(&args, run->as_of_ms);
  if (run->parameters_id)
    args_i32(&args, run->parameters_id);
  else
    args_null(&args);
  args_text(&args, host);
  err = dbsync_call(run->db, STMT_RUN_BEGIN, &args, &res);
  if (err)
    return run_fail(run, err);
  const char *verdict = cell_text(res, 0, 1);
  run->run_id = cell_i64(res, 0, 0);
  run->night->verdict = strcmp(verdict, "done") == 0 ? "done" : strcmp(verdict, "resumed") == 0 ? "resumed" : "new";
  PQclear(res);
  return 0;
}

/* ---------------------------------------------------------------- evaluate */

static void student_skipped(void *arg, const char *external_id, const char *reason) {
  struct run *run = arg;
  if (json_array_size(run->skipped) < SKIPPED_KEPT)
    json_array_append_new(run->skipped, json_pack("{s:s,s:s}", "student_id", external_id, "reason", reason));
  if (run->options->skipped)
    run->options->skipped(run->options->arg, external_id, reason);
}

static void students_done(void *arg, uint64_t students) {
  struct run *run = arg;
  if (run->options->progress)
    run->options->progress(run->options->arg, students);
}

static int run_evaluate(struct run *run) {
  struct evaluate_counts counts;
  char reason[EVALUATE_REASON] = "";
  const struct evaluate_options options = {.role = ROLE_REPORT,
                                           .school_code = run->options->conf->school_code,
                                           .as_of_ms = run->as_of_ms,
                                           .database_url = run->options->conf->database_url,
                                           .keep = true,
                                           .night = run->options->day,
                                           .skipped = student_skipped,
                                           .progress = students_done,
                                           .arg = run};
  int err = evaluate_school(run->db, &options, &counts, reason);
  if (err)
    snprintf(run->reason, NIGHT_REASON, "%s", reason);
  return err;
}

/* ---------------------------------------------------------------- keep */

/* Takes what was recorded as of the night and not kept along with it; *ret_missing students have a later estimate in force. */
static int keep_recorded(struct run *run, int64_t *ret_missing) {
  struct args args;
  PGresult *res = NULL;
  args_init(&args, ARGS_SMALL_BYTES);
  args_text(&args, run->options->conf->school_code);
  args_day(&args, run->options->day);
  args_time(&args, run->as_of_ms);
  int err = dbsync_call(run->db, STMT_ESTIMATES_KEEP, &args, &res);
  if (err)
    return run_fail(run, err);
  *ret_missing = cell_i64(res, 0, 0);
  PQclear(res);
  return 0;
}

static int run_keep(struct run *run) {
  char reason[HISTORY_REASON] = "";
  struct history_counts counts;
  int64_t missing = 0;
  const struct history_options options = {.role = ROLE_REPORT,
                                          .school_code = run->options->conf->school_code,
                                          .zone = run->options->zone,
                                          .nights = &run->options->day,
                                          .nights_n = 1,
                                          .missing_only = true};
  int err = keep_recorded(run, &missing);
  if (err)
    return err;
  if (missing > 0)
    err = history_add(run->db, &options, &counts, reason);
  if (!err)
    err = history_keep(run->db, &options, run->options->day, "run", reason);
  if (err)
    snprintf(run->reason, NIGHT_REASON, "%s", reason);
  return err;
}

/* ---------------------------------------------------------------- what the night does to cases and clearance */

static int sweep(struct run *run, enum stmt stmt) {
  struct args args;
  PGresult *res = NULL;
  args_init(&args, ARGS_SMALL_BYTES);
  args_text(&args, run->options->conf->school_code);
  int err = dbsync_call(run->db, stmt, &args, &res);
  PQclear(res);
  return err ? run_fail(run, err) : 0;
}

/* Judged as of now, also by a run that makes good a night long past: a case ran out of time or it did not. So once for all nights
 * that are made good together. */
static int run_sweep(struct run *run) {
  if (!run->options->newest)
    return 0;
  int err = sweep(run, STMT_CLEARANCE_SWEEP);
  return err ? err : sweep(run, STMT_REPORT_CASES_SWEEP);
}

/* ---------------------------------------------------------------- compose, recall */

/* What api.brief says: the state of things for a run under way, the document that was kept for one that is done. */
static int document_fetch(struct run *run) {
  struct args args;
  PGresult *res = NULL;
  json_error_t fault;
  args_init(&args, ARGS_SMALL_BYTES);
  args_text(&args, run->options->conf->school_code);
  args_i64(&args, run->run_id);
  int err = dbsync_call(run->db, STMT_BRIEF, &args, &res);
  if (err)
    return run_fail(run, err);
  json_decref(run->document);
  run->document = cell_rows(res) > 0 ? json_loads(cell_text(res, 0, 0), 0, &fault) : NULL;
  PQclear(res);
  if (json_is_object(run->document))
    return 0;
  snprintf(run->reason, NIGHT_REASON, "the database's brief of this night cannot be read");
  return E_DATABASE;
}

/* All files from the document, and the manifest from both. */
static int run_render(struct run *run, json_t **ret_manifest) {
  files_done(&run->files);
  int err = files_render(run->document, &run->files, ret_manifest);
  return err ? run_fail(run, err) : 0;
}

/* Why a student has no estimate, as far as this process saw it, in place of the bare fact. */
static void document_explain(struct run *run) {
  size_t i, k;
  json_t *line, *skipped;
  json_array_foreach(json_object_get(run->document, "did_not_run"), i, line) {
    const char *student = json_string_value(json_object_get(line, "student_id"));
    json_array_foreach(run->skipped, k, skipped) {
      const char *external_id = json_string_value(json_object_get(skipped, "student_id"));
      if (student && external_id && strcmp(student, external_id) == 0)
        json_object_set(line, "text", json_object_get(skipped, "reason"));
    }
  }
}

/* The document as it will be kept: through the text of brief.json, so that what is read back later is what was rendered. */
static int document_settle(struct run *run) {
  struct paper_bytes text = {0};
  json_error_t fault;
  document_explain(run);
  int err = paper_json(run->document, &text);
  json_t *settled = err ? NULL : json_loads(text.data, 0, &fault);
  paper_bytes_done(&text);
  if (!settled)
    return run_fail(run, E_NOMEM);
  json_decref(run->document);
  run->document = settled;
  return 0;
}

/* ---------------------------------------------------------------- finish */

/* Closes the run with manifest and document. *ret_first: nobody else had. */
static int run_finish(struct run *run, json_t *manifest, bool *ret_first) {
  struct args args;
  PGresult *res = NULL;
  json_object_set(manifest, "brief", run->document);
  char *text = json_dumps(manifest, JSON_COMPACT | JSON_REAL_PRECISION(17));
  if (!text)
    return run_fail(run, E_NOMEM);
  args_init(&args, DOCUMENT_BYTES);
  args_i64(&args, run->run_id);
  args_text(&args, text);
  free(text);
  int err = dbsync_call(run->db, STMT_RUN_FINISH, &args, &res);
  if (err)
    return run_fail(run, err);
  *ret_first = cell_bool(res, 0, 0);
  PQclear(res);
  return 0;
}

static int run_do(struct run *run) {
  json_t *manifest = NULL;
  bool first = false;
  int err = run_evaluate(run);
  if (!err)
    err = run_keep(run);
  if (!err)
    err = run_sweep(run);
  if (!err)
    err = document_fetch(run);
  if (!err)
    err = document_settle(run);
  if (!err)
    err = run_render(run, &manifest);
  if (!err)
    err = run_finish(run, manifest, &first);
  json_decref(manifest);
  manifest = NULL;
  if (!err && !first) {
    err = document_fetch(run);
    if (!err)
      err = run_render(run, &manifest);
  }
  json_decref(manifest);
  return err;
}

static int run_recall(struct run *run) {
  json_t *manifest = NULL;
  int err = document_fetch(run);
  if (!err)
    err = run_render(run, &manifest);
  json_decref(manifest);
  return err;
}

static int run_write(struct run *run) {
  char reason[FILE_REASON] = "";
  int err = files_write(&run->files, run->night->directory, reason);
  if (err)
    snprintf(run->reason, NIGHT_REASON, "%s", reason);
  run->night->written = !err;
  return err;
}

/* ---------------------------------------------------------------- the chain */

static void night_count(struct run *run) {
  const json_t *evaluated = json_object_get(run->document, "evaluated");
  run->night->students = (uint64_t)json_integer_value(json_object_get(run->document, "students"));
  run->night->waiting = (uint64_t)json_integer_value(json_object_get(run->document, "waiting"));
  run->night->assessed = (uint64_t)json_integer_value(json_object_get(evaluated, "assessed"));
  run->night->skipped = (uint64_t)json_integer_value(json_object_get(evaluated, "not_assessed"));
}

static int night_chain(struct run *run) {
  int err = dbsync_open(run->options->conf->database_url, ROLE_REPORT, &run->db, run->reason, NIGHT_REASON);
  if (err)
    return err;
  err = run_begin(run);
  if (err)
    return err;
  bool done = strcmp(run->night->verdict, "done") == 0;
  err = done ? run_recall(run) : run_do(run);
  if (err)
    return err;
  night_count(run);
  return done && !run->options->force && files_there(&run->files, run->night->directory) ? 0 : run_write(run);
}

int night_run(const struct night_options *options, struct night *ret, char reason[NIGHT_REASON]) {
  struct run run = {.options = options, .night = ret, .reason = reason, .skipped = json_array()};
  *ret = (struct night){.verdict = "new"};
  reason[0] = '\0';
  result_format_day(run.day, options->day);
  run.as_of_ms = when_night_ms(options->zone, options->day);
  int err = run.skipped ? 0 : E_NOMEM;
  if (snprintf(ret->directory, sizeof ret->directory, "%s/%s", options->directory, run.day) >= (int)sizeof ret->directory)
    err = E_INVALID;
  if (err)
    snprintf(reason, NIGHT_REASON, "%s", err == E_INVALID ? "the name of the directory is too long" : err_text(err));
  else
    err = night_chain(&run);
  files_done(&run.files);
  json_decref(run.document);
  json_decref(run.skipped);
  dbsync_close(run.db);
  return err;
}
