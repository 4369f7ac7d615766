/*
 * Past nights, a page of students at a time: each student is read once and walked through all the nights (study/walk.h), and what
 * comes of a page is added in one call. Reading everybody anew for every night would be the same code as tonight's evaluation, and
 * fifty times the reading.
 *
 * Only estimates: no flag is opened or closed by a night that is over, nobody's estimate in force is touched.
 */
#include "db/history.h"

#include "base/err.h"
#include "base/when.h"
#include "db/pasts.h"
#include "db/types.h"

#include <stdio.h>
#include <stdlib.h>

enum {
  PAGE = 64,
  PAGE_BYTES = 256 * 1024 * 1024,   /* PAGE students with RISK_MAX_RESULTS each; only then so large */
  RECORD_BYTES = 256 * 1024 * 1024, /* PAGE students through HISTORY_NIGHTS nights take 13 MiB */
  ARGS_SMALL_BYTES = 1024,
};

struct history {
  struct dbsync *db;
  const struct history_options *options;
  struct history_counts *counts;
  char *reason;
  struct model *model;
  struct arena arena; /* of the page */
  struct walk_desk desk;
  struct walk_moment *moments;
  struct args rows; /* of the page */
  const struct student_past *past;
};

static int history_fail(struct history *history, int err) {
  const char *said = dbsync_reason(history->db);
  snprintf(history->reason, HISTORY_REASON, "%s", said && *said ? said : err_text(err));
  return err;
}

static bool is_report(const struct history *history) {
  return history->options->role == ROLE_REPORT;
}

static int call(struct history *history, enum stmt report, enum stmt operator_, struct args *args, PGresult **ret) {
  int err = dbsync_call(history->db, is_report(history) ? report : operator_, args, ret);
  return err ? history_fail(history, err) : E_OK;
}

/* ---------------------------------------------------------------- one student */

static int estimate_add(void *arg, size_t moment, const struct walk_plan *plan, const struct risk_input *input,
                        const struct risk_assessment *a) {
  struct history *history = arg;
  struct args *rows = &history->rows;
  (void)plan;
  args_row(rows, db_type_row(DB_TYPE_ESTIMATE)->fields_n);
  args_day(rows, history->moments[moment].day);
  args_i64(rows, history->past->student_id);
  args_i32(rows, history->past->parameters_id);
  args_i16(rows, (int16_t)a->state);
  args_i16(rows, (int16_t)a->pending_state_runs);
  args_f64(rows, a->p);
  args_f64(rows, a->p_low);
  args_f64(rows, a->p_high);
  args_f64(rows, a->readiness_mean);
  args_f64(rows, a->readiness_sd);
  args_f64(rows, a->exam_mean);
  args_f64(rows, a->exam_sd);
  args_day(rows, input->exam_day);
  args_i32(rows, (int32_t)a->results_used);
  args_time(rows, a->last_check_ms ? a->last_check_ms : INT64_MIN);
  history->counts->estimates++;
  return rows->buf.err;
}

static void student_skip(struct history *history, const char *reason) {
  history->counts->skipped++;
  if (history->options->skipped)
    history->options->skipped(history->options->arg, history->past->external_id, reason);
}

/* Nothing is added of a student with more results than can be assessed: the engine says so at the first night. */
static int student_walk(struct history *history, const struct student_past *past) {
  const struct model_set *set = model_set(history->model, past->parameters_id);
  history->past = past;
  if (!set || !set->params) {
    student_skip(history, set ? "the school's parameter set cannot be used" : "the school has no parameter set in force");
    return E_OK;
  }
  int err =
      walk_student(set->params, &past->who, history->moments, history->options->nights_n, &history->desk, estimate_add, history);
  if (err != E_LIMIT)
    return err;
  student_skip(history, "more results than an estimate is made of");
  return E_OK;
}

/* ---------------------------------------------------------------- one page */

static int page_read(struct history *history, int64_t after, PGresult **ret) {
  struct args args;
  args_init(&args, ARGS_SMALL_BYTES);
  args_text(&args, history->options->school_code);
  args_day(&args, history->options->nights[0]);
  args_day(&args, history->options->missing_only ? history->options->nights[0] : INT32_MIN);
  args_i64(&args, after);
  args_i32(&args, PAGE);
  return call(history, STMT_REPORT_PASTS, STMT_OPERATOR_PASTS, &args, ret);
}

static int page_walk(struct history *history, const PGresult *res, int64_t *after) {
  for (int row = 0; row < cell_rows(res); row++) {
    struct student_past past;
    int err = pasts_decode(res, row, 0, &history->arena, &past);
    if (!err)
      err = student_walk(history, &past);
    if (err) {
      snprintf(history->reason, HISTORY_REASON, "row %d of a page of students: %s", row + 1, err_text(err));
      return err;
    }
    *after = past.student_id;
  }
  return E_OK;
}

static int page_send(struct history *history) {
  PGresult *res = NULL;
  int err = call(history, STMT_REPORT_ESTIMATES_ADD, STMT_OPERATOR_ESTIMATES_ADD, &history->rows, &res);
  if (err)
    return err;
  history->counts->added += (uint64_t)cell_i64(res, 0, 0);
  PQclear(res);
  return E_OK;
}

static int page_add(struct history *history, int64_t *after, bool *ret_more) {
  PGresult *res = NULL;
  arena_reset(&history->arena);
  args_init(&history->rows, RECORD_BYTES);
  args_text(&history->rows, history->options->school_code);
  args_rows_begin(&history->rows, DB_TYPE_ESTIMATE);
  int err = page_read(history, *after, &res);
  if (!err) {
    *ret_more = cell_rows(res) == PAGE;
    history->counts->students += (uint64_t)cell_rows(res);
    err = page_walk(history, res, after);
  }
  PQclear(res);
  args_rows_end(&history->rows);
  if (!err && history->counts->students > 0)
    return page_send(history);
  args_done(&history->rows);
  return err;
}

/* ---------------------------------------------------------------- all */

static int sets_load(struct history *history) {
  struct args args;
  PGresult *res = NULL;
  args_init(&args, ARGS_SMALL_BYTES);
  int err = call(history, STMT_REPORT_PARAMETERS, STMT_OPERATOR_PARAMETERS, &args, &res);
  if (err)
    return err;
  err = model_take_sets(history->model, res);
  PQclear(res);
  return err;
}

static void moments_set(struct history *history) {
  const struct history_options *options = history->options;
  for (size_t i = 0; i < options->nights_n; i++) {
    int64_t as_of_ms = when_night_ms(options->zone, options->nights[i]);
    history->moments[i] = (struct walk_moment){as_of_ms, options->nights[i], zone_offset_s(options->zone, as_of_ms)};
  }
}

int history_add(struct dbsync *db, const struct history_options *options, struct history_counts *counts,
                char reason[HISTORY_REASON]) {
  struct history history = {.db = db, .options = options, .counts = counts, .reason = reason, .model = model_new()};
  int64_t after = 0;
  bool more = options->nights_n > 0;
  *counts = (struct history_counts){0};
  reason[0] = '\0';
  arena_init(&history.arena, PAGE_BYTES);
  history.moments = calloc(options->nights_n + 1, sizeof *history.moments);
  int err = !history.model || !history.moments ? E_NOMEM : options->nights_n > HISTORY_NIGHTS ? E_LIMIT : sets_load(&history);
  if (!err)
    moments_set(&history);
  while (!err && more) {
    err = page_add(&history, &after, &more);
    if (!err && options->progress)
      options->progress(options->arg, counts->students);
  }
  if (err && reason[0] == '\0')
    snprintf(reason, HISTORY_REASON, "%s", err_text(err));
  walk_desk_done(&history.desk);
  arena_done(&history.arena);
  model_free(history.model);
  free(history.moments);
  return err;
}

int history_keep(struct dbsync *db, const struct history_options *options, int32_t night, const char *source,
                 char reason[HISTORY_REASON]) {
  struct history history = {.db = db, .options = options, .reason = reason};
  struct args args;
  PGresult *res = NULL;
  args_init(&args, ARGS_SMALL_BYTES);
  args_text(&args, options->school_code);
  args_day(&args, night);
  args_time(&args, when_night_ms(options->zone, night));
  args_text(&args, source);
  int err = call(&history, STMT_REPORT_NIGHT_KEEP, STMT_OPERATOR_NIGHT_KEEP, &args, &res);
  PQclear(res);
  return err;
}
