/*
 * Everybody of a school, a page at a time.
 *
 *   page of states ──each: decode, assess, add──> one api.record_assessments ──refused ones──> read again, once each ──┐
 *        ^                                                                                                             │
 *        └───────────────────────────────── next page, after the last id ──────────────────────────────────────────────┘
 *
 * Recording is a compare-and-swap on the student's version: whoever synced between our reading and our writing is newer
 * than our assessment, is not overwritten, and is read and assessed again. After TRIES they are left: every sync is assessed
 * by the daemon, so a student who keeps winning that race is being looked after.
 *
 * Memory is that of one page, whatever the school's size: the arena is emptied after each student, the record after each
 * page. One transaction over all was rejected: it would hold back every sync of the school for as long as the run takes,
 * and a run that dies half-way would have done nothing; pages that are recorded stay recorded, and the next run does them
 * again with the same result.
 */
#include "db/evaluate.h"

#include "base/err.h"
#include "risk/params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  PAGE = 128,
  TRIES = 5,
  STUDENT_BYTES = 16 * 1024 * 1024, /* RISK_MAX_RESULTS with sub-scores, reasons, scratch */
  RECORD_BYTES = 256 * 1024 * 1024, /* PAGE students with RISK_MAX_RESULTS reasons each; only then so large */
  ARGS_SMALL_BYTES = 1024,
};

enum { RECORDED_SCHOOL, RECORDED_STUDENT, RECORDED_YES }; /* columns of api.record_assessments */

struct evaluate {
  struct dbsync *db;
  const struct evaluate_options *options;
  struct evaluate_counts *counts;
  char *reason;
  struct model *model;
  struct arena arena;
  /* what record_add() took for each student of the page, so that it is counted only when it was recorded */
  struct pending {
    int64_t student_id;
    enum risk_state state;
    uint16_t flags;
  } pending[PAGE];
  size_t pending_n;
};

static bool is_report(const struct evaluate *evaluate) {
  return evaluate->options->role == ROLE_REPORT;
}

static int evaluate_fail(struct evaluate *evaluate, int err) {
  const char *said = dbsync_reason(evaluate->db);
  snprintf(evaluate->reason, EVALUATE_REASON, "%s", said && *said ? said : err_text(err));
  return err;
}

/* ---------------------------------------------------------------- what is needed beside the student */

static int sets_load(struct evaluate *evaluate) {
  struct args args;
  PGresult *res = NULL;
  args_init(&args, ARGS_SMALL_BYTES);
  int err = dbsync_call(evaluate->db, is_report(evaluate) ? STMT_REPORT_PARAMETERS : STMT_OPERATOR_PARAMETERS, &args, &res);
  if (err)
    return evaluate_fail(evaluate, err);
  err = evaluate->model ? model_take_sets(evaluate->model, res) : E_NOMEM;
  PQclear(res);
  return err;
}

static void evaluate_begin(struct evaluate *evaluate, struct dbsync *db, const struct evaluate_options *options,
                           struct evaluate_counts *counts, char *reason) {
  *evaluate = (struct evaluate){.db = db, .options = options, .counts = counts, .reason = reason, .model = model_new()};
  arena_init(&evaluate->arena, STUDENT_BYTES);
}

static void evaluate_end(struct evaluate *evaluate) {
  model_free(evaluate->model);
  arena_done(&evaluate->arena);
}

/* ---------------------------------------------------------------- one student */

/* E_NOMEM is the only failure; a student who cannot be assessed is skipped, and *ret is NULL. */
static int student_assess(struct evaluate *evaluate, struct student_state *state, struct risk_assessment **ret) {
  char reason[MODEL_REASON];
  *ret = NULL;
  int err = model_assess(evaluate->model, state, evaluate->options->as_of_ms, &evaluate->arena, ret, reason);
  if (!err || err == E_NOMEM)
    return err;
  evaluate->counts->skipped++;
  if (evaluate->options->skipped)
    evaluate->options->skipped(evaluate->options->arg, state->external_id, reason);
  return 0;
}

/* Row `row` of a page: decoded, assessed, added to the record. */
static int student_add(struct evaluate *evaluate, const PGresult *res, int row, struct record *record, int64_t *ret_student) {
  struct student_state state;
  struct risk_assessment *assessment;
  arena_reset(&evaluate->arena);
  int err = state_decode(res, row, 0, &evaluate->arena, &state);
  if (!err)
    err = student_assess(evaluate, &state, &assessment);
  if (!err && assessment)
    err = record_add(record, &state, assessment);
  if (err) {
    snprintf(evaluate->reason, EVALUATE_REASON, "row %d of a page of students: %s", row + 1, err_text(err));
    return err;
  }
  if (assessment)
    evaluate->pending[evaluate->pending_n++] = (struct pending){state.student_id, assessment->state, assessment->flags_n};
  evaluate->counts->results += state.input.n;
  *ret_student = state.student_id;
  return 0;
}

/* ---------------------------------------------------------------- one page */

static int page_read(struct evaluate *evaluate, int64_t after, int max, PGresult **ret) {
  struct args args;
  args_init(&args, ARGS_SMALL_BYTES);
  args_text(&args, evaluate->options->school_code);
  args_i64(&args, after);
  args_i32(&args, max);
  int err = dbsync_call(evaluate->db, is_report(evaluate) ? STMT_REPORT_STATES : STMT_OPERATOR_STATES, &args, ret);
  return err ? evaluate_fail(evaluate, err) : 0;
}

static void page_count(struct evaluate *evaluate, int64_t student_id) {
  for (size_t i = 0; i < evaluate->pending_n; i++)
    if (evaluate->pending[i].student_id == student_id) {
      evaluate->counts->recorded++;
      evaluate->counts->by_state[evaluate->pending[i].state]++;
      evaluate->counts->flags += evaluate->pending[i].flags;
      return;
    }
}

/* Sends the record; the students whose version had moved on come back in `again`. */
static int page_record(struct evaluate *evaluate, struct record *record, int64_t again[PAGE], size_t *ret_again) {
  PGresult *res = NULL;
  *ret_again = 0;
  if (record_count(record) == 0)
    return 0;
  int err = dbsync_call(evaluate->db, is_report(evaluate) ? STMT_REPORT_RECORD : STMT_OPERATOR_RECORD, record_finish(record), &res);
  if (err)
    return evaluate_fail(evaluate, err);
  for (int row = 0; row < cell_rows(res); row++) {
    int64_t student_id = cell_i64(res, row, RECORDED_STUDENT);
    if (cell_bool(res, row, RECORDED_YES))
      page_count(evaluate, student_id);
    else if (*ret_again < PAGE)
      again[(*ret_again)++] = student_id;
  }
  PQclear(res);
  return 0;
}

/* Up to `max` students after `*after`, which moves on to the last of them. */
static int page_evaluate(struct evaluate *evaluate, int64_t *after, int max, int *ret_rows, int64_t again[PAGE],
                         size_t *ret_again) {
  PGresult *res = NULL;
  struct record *record = record_new(RECORD_BYTES);
  int err = record ? page_read(evaluate, *after, max, &res) : E_NOMEM;
  if (err)
    goto fail;
  *ret_rows = cell_rows(res);
  evaluate->pending_n = 0;
  for (int row = 0; row < *ret_rows && !err; row++)
    err = student_add(evaluate, res, row, record, after);
  if (!err)
    err = page_record(evaluate, record, again, ret_again);
fail:
  PQclear(res);
  record_free(record);
  return err;
}

/* One student whose version had moved on. Nobody waits for a lock here: the next try reads what is there by then. */
static int student_again(struct evaluate *evaluate, int64_t student_id) {
  for (int try = 1; try < TRIES; try++) {
    int64_t after = student_id - 1, ignored[PAGE];
    size_t again = 0;
    int rows = 0;
    uint64_t results = evaluate->counts->results;
    evaluate->counts->retried++;
    int err = page_evaluate(evaluate, &after, 1, &rows, ignored, &again);
    evaluate->counts->results = results; /* counted when the page was read */
    if (err || rows == 0 || again == 0)
      return err;
  }
  return 0;
}

int evaluate_school(struct dbsync *db, const struct evaluate_options *options, struct evaluate_counts *counts,
                    char reason[EVALUATE_REASON]) {
  struct evaluate *evaluate = malloc(sizeof *evaluate);
  int64_t after = 0, again[PAGE];
  int rows = PAGE;
  *counts = (struct evaluate_counts){0};
  reason[0] = '\0';
  if (!evaluate)
    return E_NOMEM;
  evaluate_begin(evaluate, db, options, counts, reason);
  int err = sets_load(evaluate);
  while (!err && rows == PAGE) {
    size_t again_n = 0;
    err = page_evaluate(evaluate, &after, PAGE, &rows, again, &again_n);
    for (size_t i = 0; i < again_n && !err; i++)
      err = student_again(evaluate, again[i]);
    if (!err)
      counts->students += (uint64_t)rows;
    if (!err && options->progress)
      options->progress(options->arg, counts->students);
  }
  if (err && reason[0] == '\0')
    snprintf(reason, EVALUATE_REASON, "%s", err_text(err));
  evaluate_end(evaluate);
  free(evaluate);
  return err;
}

/* ---------------------------------------------------------------- the set in force */

/* Every student of a school has the same set, so the first says which. A school without students has none to be judged by. */
static int set_of_first(struct evaluate *evaluate, const struct model_set **ret) {
  PGresult *res = NULL;
  struct student_state state;
  int err = page_read(evaluate, 0, 1, &res);
  if (err)
    return err;
  if (cell_rows(res) > 0)
    err = state_decode(res, 0, 0, &evaluate->arena, &state);
  if (!err)
    *ret = cell_rows(res) > 0                 ? model_set(evaluate->model, state.parameters_id)
           : model_sets(evaluate->model) == 1 ? model_set_at(evaluate->model, 0)
                                              : NULL;
  PQclear(res);
  return err ? evaluate_fail(evaluate, err) : 0;
}

int evaluate_parameters(struct dbsync *db, const struct evaluate_options *options, int32_t *ret_id,
                        char ret_version[RISK_VERSION_CHARS], char reason[EVALUATE_REASON]) {
  struct evaluate *evaluate = malloc(sizeof *evaluate);
  const struct model_set *set = NULL;
  struct evaluate_counts counts;
  if (!evaluate)
    return E_NOMEM;
  evaluate_begin(evaluate, db, options, &counts, reason);
  int err = sets_load(evaluate);
  if (!err)
    err = set_of_first(evaluate, &set);
  if (!err && (!set || !set->params)) {
    snprintf(reason, EVALUATE_REASON, "%s%s",
             set ? "the school's parameter set cannot be used: " : "the school has no parameter set in force",
             set ? set->fault.reason : "; `stepguardctl params add` gives it one");
    err = E_DATA;
  }
  if (!err) {
    *ret_id = set->id;
    snprintf(ret_version, RISK_VERSION_CHARS, "%s", risk_params_version(set->params));
  }
  evaluate_end(evaluate);
  free(evaluate);
  return err;
}
