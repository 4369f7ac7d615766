/*
 * Everybody of a school, a page at a time.
 *
 *   read a page ──> decode, assess, add each ──> one api.record_evaluations ──all taken──> next page, after the last id
 *        ^                                                   │
 *        └── only those refused, if their version moved on ──┘
 *
 * Recording is a compare-and-swap on the student's version: whoever synced between our reading and our writing is newer
 * than our assessment and is not overwritten. The page is then read again. A student whose version is still ours was refused
 * because a newer assessment is there already (a past night does not turn back the clock): nothing to do. The others are
 * assessed again; after TRIES they are left, for every sync is assessed by the daemon, so a student who keeps winning that
 * race is being looked after.
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

enum { RECORDED_SCHOOL, RECORDED_STUDENT, RECORDED_YES }; /* columns of api.record_evaluations */

struct evaluate {
  struct dbsync *db;
  const struct evaluate_options *options;
  struct evaluate_counts *counts;
  char *reason;
  struct model *model;
  struct arena arena;
  /* The students of the page in hand, in order of id. */
  struct member {
    int64_t student_id, version; /* as assessed */
    enum risk_state state;       /* RISK_STATE_NONE: could not be assessed */
    uint16_t flags;
    bool refused; /* by the last record */
  } members[PAGE];
  size_t members_n;
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

static int student_add(struct evaluate *evaluate, struct student_state *state, struct record *record, struct member *ret) {
  struct risk_assessment *assessment;
  int err = student_assess(evaluate, state, &assessment);
  if (!err && assessment)
    err = record_add(record, state, assessment);
  if (!err)
    *ret = (struct member){.student_id = state->student_id,
                           .version = state->version,
                           .state = assessment ? assessment->state : RISK_STATE_NONE,
                           .flags = assessment ? assessment->flags_n : 0};
  return err;
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

static struct member *member_find(struct evaluate *evaluate, int64_t student_id) {
  for (size_t i = 0; i < evaluate->members_n; i++)
    if (evaluate->members[i].student_id == student_id)
      return &evaluate->members[i];
  return NULL;
}

/* A student of a page that is read for the first time. */
static int page_take(struct evaluate *evaluate, struct student_state *state, struct record *record) {
  evaluate->counts->students++;
  evaluate->counts->results += state->input.n;
  return student_add(evaluate, state, record, &evaluate->members[evaluate->members_n++]);
}

/* A student of a page that is read again. */
static int page_take_again(struct evaluate *evaluate, struct student_state *state, struct record *record) {
  struct member *member = member_find(evaluate, state->student_id);
  if (!member || !member->refused)
    return 0;
  member->refused = false;
  if (member->version == state->version) {
    evaluate->counts->newer++;
    return 0;
  }
  evaluate->counts->retried++;
  return student_add(evaluate, state, record, member);
}

static int page_fill(struct evaluate *evaluate, const PGresult *res, bool again, struct record *record) {
  for (int row = 0; row < cell_rows(res); row++) {
    struct student_state state;
    arena_reset(&evaluate->arena);
    int err = state_decode(res, row, 0, &evaluate->arena, &state);
    if (!err)
      err = again ? page_take_again(evaluate, &state, record) : page_take(evaluate, &state, record);
    if (err) {
      snprintf(evaluate->reason, EVALUATE_REASON, "row %d of a page of students: %s", row + 1, err_text(err));
      return err;
    }
  }
  return 0;
}

/* Sends the record and marks those of the page whom the database refused. */
static int page_record(struct evaluate *evaluate, struct record *record, size_t *ret_refused) {
  PGresult *res = NULL;
  *ret_refused = 0;
  if (record_count(record) == 0)
    return 0;
  int err = dbsync_call(evaluate->db, is_report(evaluate) ? STMT_REPORT_RECORD : STMT_OPERATOR_RECORD, record_finish(record), &res);
  if (err)
    return evaluate_fail(evaluate, err);
  for (int row = 0; row < cell_rows(res); row++) {
    struct member *member = member_find(evaluate, cell_i64(res, row, RECORDED_STUDENT));
    if (cell_bool(res, row, RECORDED_YES)) {
      evaluate->counts->recorded++;
    } else if (member) {
      member->refused = true;
      ++*ret_refused;
    }
  }
  PQclear(res);
  return 0;
}

/* Reads, assesses and records once: everybody of the page after `after`, or those of it who were refused the last time. */
static int page_try(struct evaluate *evaluate, int64_t after, bool again, int *ret_rows, size_t *ret_refused) {
  PGresult *res = NULL;
  struct record *record = record_new(RECORD_BYTES);
  int err = record ? page_read(evaluate, after, PAGE, &res) : E_NOMEM;
  if (!err) {
    *ret_rows = cell_rows(res);
    err = page_fill(evaluate, res, again, record);
  }
  if (!err)
    err = page_record(evaluate, record, ret_refused);
  PQclear(res);
  record_free(record);
  return err;
}

static void page_count(struct evaluate *evaluate) {
  for (size_t i = 0; i < evaluate->members_n; i++)
    if (evaluate->members[i].state != RISK_STATE_NONE) {
      evaluate->counts->assessed++;
      evaluate->counts->by_state[evaluate->members[i].state]++;
      evaluate->counts->flags += evaluate->members[i].flags;
    }
}

/* The students after `*after`, which moves on to the last of them. */
static int page_evaluate(struct evaluate *evaluate, int64_t *after, bool *ret_more) {
  size_t refused = 1;
  int rows = 0, first_rows = 0, err = 0;
  evaluate->members_n = 0;
  for (int try = 0; try < TRIES && refused > 0 && !err; try++) {
    err = page_try(evaluate, *after, try > 0, &rows, &refused);
    first_rows = try == 0 ? rows : first_rows;
  }
  if (err)
    return err;
  page_count(evaluate);
  *ret_more = first_rows == PAGE;
  *after = evaluate->members_n ? evaluate->members[evaluate->members_n - 1].student_id : *after;
  return 0;
}

int evaluate_school(struct dbsync *db, const struct evaluate_options *options, struct evaluate_counts *counts,
                    char reason[EVALUATE_REASON]) {
  struct evaluate *evaluate = malloc(sizeof *evaluate);
  int64_t after = 0;
  bool more = true;
  *counts = (struct evaluate_counts){0};
  snprintf(reason, EVALUATE_REASON, "%s", err_text(E_NOMEM));
  if (!evaluate)
    return E_NOMEM;
  reason[0] = '\0';
  evaluate_begin(evaluate, db, options, counts, reason);
  int err = sets_load(evaluate);
  while (!err && more) {
    err = page_evaluate(evaluate, &after, &more);
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

/* Every student of a school has the same set, so the first says which. */
static int set_of_first(struct evaluate *evaluate, bool *ret_students, const struct model_set **ret) {
  PGresult *res = NULL;
  struct student_state state;
  int err = page_read(evaluate, 0, 1, &res);
  if (err)
    return err;
  *ret_students = cell_rows(res) > 0;
  if (*ret_students) {
    err = state_decode(res, 0, 0, &evaluate->arena, &state);
    if (!err)
      *ret = model_set(evaluate->model, state.parameters_id);
    else
      snprintf(evaluate->reason, EVALUATE_REASON, "%s", err_text(err));
  }
  PQclear(res);
  return err;
}

int evaluate_parameters(struct dbsync *db, const struct evaluate_options *options, int32_t *ret_id,
                        char ret_version[RISK_VERSION_CHARS], char reason[EVALUATE_REASON]) {
  struct evaluate *evaluate = malloc(sizeof *evaluate);
  const struct model_set *set = NULL;
  struct evaluate_counts counts;
  bool students = false;
  snprintf(reason, EVALUATE_REASON, "%s", err_text(E_NOMEM));
  if (!evaluate)
    return E_NOMEM;
  evaluate_begin(evaluate, db, options, &counts, reason);
  int err = sets_load(evaluate);
  if (!err)
    err = set_of_first(evaluate, &students, &set);
  if (!err && students && (!set || !set->params)) {
    if (set)
      snprintf(reason, EVALUATE_REASON, "the school's parameter set %d cannot be used: line %u, %s: %s", (int)set->id,
               set->fault.line, set->fault.key, set->fault.reason);
    else
      snprintf(reason, EVALUATE_REASON, "the school has no parameter set in force; stepguardctl params add gives it one");
    err = E_DATA;
  }
  if (!err) {
    *ret_id = set ? set->id : 0;
    snprintf(ret_version, RISK_VERSION_CHARS, "%s", set ? risk_params_version(set->params) : "");
  }
  evaluate_end(evaluate);
  free(evaluate);
  return err;
}
