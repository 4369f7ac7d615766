/*
 * One page of students.
 *
 *   read facts, then results ──> decode, assess, add each ──> one api.record_evaluations ──all taken──> done
 *        ^                                                               │
 *        └────────── only those refused, if their version moved on ──────┘
 *
 * Facts and results are two statements, because results are packed (sql/api/student_evidence.sql). What comes in between the two
 * raises the student's version, which the facts have from before: the estimate is then refused.
 *
 * Recording is a compare-and-swap on the student's version: whoever synced between our reading and our writing is newer
 * than our assessment and is not overwritten. A student whose version is still ours was refused because a newer assessment is there
 * already (a past night does not turn back the clock): nothing to do. The others are assessed again; after TRIES they are left, for
 * every sync is assessed by the daemon, so a student who keeps winning that race is being looked after.
 *
 * Memory is that of one page: the student's arena is emptied after each, the record after each page.
 */
#include "db/page.h"

#include "base/err.h"
#include "db/evidence.h"

#include <stdio.h>
#include <stdlib.h>

enum {
  TRIES = 5,
  REPLAN_GROWTH = 8,                /* pages: after so many times as many as the last time */
  STUDENT_BYTES = 16 * 1024 * 1024, /* RISK_MAX_RESULTS with sub-scores, reasons, scratch */
  RECORD_BYTES = 256 * 1024 * 1024, /* PAGE_STUDENTS with RECORD_REASONS each take 3 MiB */
  ARGS_SMALL_BYTES = 16 * 1024,     /* PAGE_STUDENTS numbers of twelve bytes */
};

enum { RECORDED_SCHOOL, RECORDED_STUDENT, RECORDED_YES }; /* columns of api.record_evaluations */

/* What is asked for in the course of a page, and how each role asks. */
enum call { CALL_PARAMETERS, CALL_NUMBERS, CALL_FACTS, CALL_EVIDENCE, CALL_RECORD, CALLS };
static const enum stmt calls[2][CALLS] = {
    [false] = {STMT_OPERATOR_PARAMETERS, STMT_OPERATOR_NUMBERS, STMT_OPERATOR_FACTS, STMT_OPERATOR_EVIDENCE, STMT_OPERATOR_RECORD},
    [true] = {STMT_REPORT_PARAMETERS, STMT_REPORT_NUMBERS, STMT_REPORT_FACTS, STMT_REPORT_EVIDENCE, STMT_REPORT_RECORD},
};

struct member {
  int64_t student_id, version; /* as assessed */
  enum risk_state state;       /* RISK_STATE_NONE: could not be assessed */
  uint16_t flags;
  bool refused; /* by the last record */
};

struct page_desk {
  struct dbsync *db;
  const struct evaluate_options *options;
  char *reason;
  struct model *model;
  bool sets_taken;
  uint64_t pages, replan_at;
  struct arena student;
  struct evaluate_counts counts;
  struct member members[PAGE_STUDENTS]; /* in order of id */
  size_t members_n;
  struct page_skip skips[PAGE_STUDENTS];
};

/* ---------------------------------------------------------------- asking the database */

static int desk_call(struct page_desk *desk, enum call call, struct args *args, PGresult **ret) {
  int err = dbsync_call(desk->db, calls[desk->options->role == ROLE_REPORT][call], args, ret);
  const char *said = err ? dbsync_reason(desk->db) : NULL;
  if (err)
    snprintf(desk->reason, EVALUATE_REASON, "%s", said && *said ? said : err_text(err));
  return err;
}

static int sets_take(struct page_desk *desk) {
  struct args args;
  PGresult *res = NULL;
  if (desk->sets_taken)
    return E_OK;
  args_init(&args, ARGS_SMALL_BYTES);
  int err = desk_call(desk, CALL_PARAMETERS, &args, &res);
  if (!err)
    err = model_take_sets(desk->model, res);
  PQclear(res);
  desk->sets_taken = !err;
  return err;
}

/* A plan is made for tables as they are then, and kept. A school's first night finds its estimates, flags and cases empty, and what
 * is quick in an empty table (each row against each) takes a millisecond a student in a full one. */
static int replan(struct page_desk *desk) {
  if (desk->pages++ != desk->replan_at)
    return E_OK;
  desk->replan_at *= REPLAN_GROWTH;
  return dbsync_replan(desk->db);
}

/* Of those only who was not assessed as of this moment yet; INT64_MIN: of all. */
static int ask_facts(struct page_desk *desk, const int64_t *students, size_t n, int64_t not_as_of_ms, PGresult **ret) {
  struct args args;
  args_init(&args, ARGS_SMALL_BYTES);
  args_text(&args, desk->options->school_code);
  args_i64_list(&args, students, n);
  args_time(&args, not_as_of_ms);
  return desk_call(desk, CALL_FACTS, &args, ret);
}

static int ask_evidence(struct page_desk *desk, const PGresult *facts, PGresult **ret) {
  struct args args;
  int64_t students[PAGE_STUDENTS];
  size_t n = (size_t)cell_rows(facts);
  for (size_t i = 0; i < n && i < PAGE_STUDENTS; i++)
    students[i] = state_student(facts, (int)i);
  args_init(&args, ARGS_SMALL_BYTES);
  args_text(&args, desk->options->school_code);
  args_i64_list(&args, students, n);
  return desk_call(desk, CALL_EVIDENCE, &args, ret);
}

int page_numbers(struct page_desk *desk, int64_t after, int64_t ret[PAGE_STUDENTS], size_t *ret_n) {
  struct args args;
  PGresult *res = NULL;
  args_init(&args, ARGS_SMALL_BYTES);
  args_text(&args, desk->options->school_code);
  args_i64(&args, after);
  args_i32(&args, PAGE_STUDENTS);
  int err = desk_call(desk, CALL_NUMBERS, &args, &res);
  if (err)
    return err;
  *ret_n = (size_t)cell_rows(res);
  for (int row = 0; row < cell_rows(res); row++)
    ret[row] = cell_i64(res, row, 0);
  PQclear(res);
  return E_OK;
}

/* ---------------------------------------------------------------- one student */

/* E_NOMEM is the only failure; a student who cannot be assessed is skipped, and *ret is NULL. */
static int student_assess(struct page_desk *desk, struct student_state *state, struct risk_assessment **ret) {
  struct page_skip *skip = &desk->skips[desk->counts.skipped];
  *ret = NULL;
  int err = model_assess(desk->model, state, desk->options->as_of_ms, &desk->student, ret, skip->reason);
  if (!err || err == E_NOMEM)
    return err;
  snprintf(skip->external_id, sizeof skip->external_id, "%s", state->external_id);
  desk->counts.skipped++;
  return E_OK;
}

static int student_add(struct page_desk *desk, struct student_state *state, struct record *record, struct member *ret) {
  struct risk_assessment *assessment;
  int err = student_assess(desk, state, &assessment);
  if (!err && assessment)
    err = record_add(record, state, assessment);
  if (!err)
    *ret = (struct member){.student_id = state->student_id,
                           .version = state->version,
                           .state = assessment ? assessment->state : RISK_STATE_NONE,
                           .flags = assessment ? assessment->flags_n : 0};
  return err;
}

static struct member *member_find(struct page_desk *desk, int64_t student_id) {
  size_t low = 0, high = desk->members_n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (desk->members[middle].student_id < student_id)
      low = middle + 1;
    else
      high = middle;
  }
  return low < desk->members_n && desk->members[low].student_id == student_id ? &desk->members[low] : NULL;
}

/* Read for the first time, or again after a refusal. */
static int student_take(struct page_desk *desk, struct student_state *state, bool again, struct record *record) {
  struct member *member = again ? member_find(desk, state->student_id) : &desk->members[desk->members_n++];
  if (!again) {
    desk->counts.students++;
    desk->counts.results += state->input.n;
    return student_add(desk, state, record, member);
  }
  if (!member || !member->refused)
    return E_OK;
  member->refused = false;
  if (member->version == state->version) {
    desk->counts.newer++;
    return E_OK;
  }
  desk->counts.retried++;
  return student_add(desk, state, record, member);
}

/* ---------------------------------------------------------------- one page */

/* Both are in order of number; who has no results has no row among them. */
static int page_fill(struct page_desk *desk, const PGresult *facts, const PGresult *evidence, bool again, struct record *record) {
  int next = 0;
  for (int row = 0; row < cell_rows(facts); row++) {
    struct student_state state;
    arena_reset(&desk->student);
    int err = state_decode(facts, row, 0, &desk->student, &state);
    while (!err && next < cell_rows(evidence) && evidence_student(evidence, next) < state.student_id)
      next++;
    if (!err && next < cell_rows(evidence) && evidence_student(evidence, next) == state.student_id)
      err = evidence_decode(evidence, next, &desk->student, &state.input.results, &state.input.n);
    if (!err)
      err = student_take(desk, &state, again, record);
    if (err) {
      snprintf(desk->reason, EVALUATE_REASON, "row %d of a page of students: %s", row + 1, err_text(err));
      return err;
    }
  }
  return E_OK;
}

/* Sends the record and marks those of the page whom the database refused. */
static int page_record(struct page_desk *desk, struct record *record) {
  PGresult *res = NULL;
  if (record_count(record) == 0)
    return E_OK;
  struct args *args = record_finish(record);
  if (desk->options->role == ROLE_REPORT)
    args_day(args, desk->options->keep ? desk->options->night : INT32_MIN);
  int err = desk_call(desk, CALL_RECORD, args, &res);
  if (err)
    return err;
  for (int row = 0; row < cell_rows(res); row++) {
    struct member *member = member_find(desk, cell_i64(res, row, RECORDED_STUDENT));
    if (cell_bool(res, row, RECORDED_YES))
      desk->counts.recorded++;
    else if (member)
      member->refused = true;
  }
  PQclear(res);
  return E_OK;
}

/* Of whom nothing was read again: somebody else evaluated them meanwhile, as of the same moment, or they are gone. */
static void page_settle(struct page_desk *desk) {
  for (size_t i = 0; i < desk->members_n; i++)
    if (desk->members[i].refused) {
      desk->members[i].refused = false;
      desk->counts.newer++;
    }
}

/* Reads, assesses and records these students once. */
static int page_try(struct page_desk *desk, const int64_t *students, size_t n, bool again) {
  PGresult *facts = NULL, *evidence = NULL;
  struct record *record = record_new(RECORD_BYTES);
  int err = record ? ask_facts(desk, students, n, desk->options->as_of_ms, &facts) : E_NOMEM;
  if (!err)
    err = ask_evidence(desk, facts, &evidence);
  if (!err)
    err = page_fill(desk, facts, evidence, again, record);
  page_settle(desk);
  if (!err)
    err = page_record(desk, record);
  PQclear(facts);
  PQclear(evidence);
  record_free(record);
  return err;
}

static size_t page_refused(const struct page_desk *desk, int64_t ret[PAGE_STUDENTS]) {
  size_t n = 0;
  for (size_t i = 0; i < desk->members_n; i++)
    if (desk->members[i].refused)
      ret[n++] = desk->members[i].student_id;
  return n;
}

static void page_count(struct page_desk *desk) {
  for (size_t i = 0; i < desk->members_n; i++)
    if (desk->members[i].state != RISK_STATE_NONE) {
      desk->counts.assessed++;
      desk->counts.by_state[desk->members[i].state]++;
      desk->counts.flags += desk->members[i].flags;
    }
}

int page_evaluate(struct page_desk *desk, const int64_t *students, size_t n, struct evaluate_counts *ret,
                  const struct page_skip **ret_skips) {
  int64_t refused[PAGE_STUDENTS];
  size_t left = n;
  desk->counts = (struct evaluate_counts){0};
  desk->members_n = 0;
  int err = sets_take(desk);
  if (!err)
    err = replan(desk);
  for (int try = 0; try < TRIES && left > 0 && !err; try++) {
    err = page_try(desk, try == 0 ? students : refused, left, try > 0);
    left = err ? 0 : page_refused(desk, refused);
  }
  if (err)
    return err;
  page_count(desk);
  desk->counts.done = n - desk->counts.students;
  desk->counts.students = n;
  *ret = desk->counts;
  *ret_skips = desk->skips;
  return E_OK;
}

/* ---------------------------------------------------------------- the set in force */

/* Every student of a school has the same set, so the first says which. */
int page_set_in_force(struct page_desk *desk, bool *ret_students, const struct model_set **ret) {
  int64_t students[PAGE_STUDENTS];
  size_t n;
  PGresult *res = NULL;
  struct student_state state;
  int err = sets_take(desk);
  if (!err)
    err = page_numbers(desk, 0, students, &n);
  if (!err && n > 0)
    err = ask_facts(desk, students, 1, INT64_MIN, &res);
  if (err)
    return err;
  *ret_students = cell_rows(res) > 0;
  *ret = NULL;
  if (*ret_students)
    err = state_decode(res, 0, 0, &desk->student, &state);
  if (err)
    snprintf(desk->reason, EVALUATE_REASON, "%s", err_text(err));
  else if (*ret_students)
    *ret = model_set(desk->model, state.parameters_id);
  PQclear(res);
  return err;
}

/* ---------------------------------------------------------------- life */

struct page_desk *page_desk_new(struct dbsync *db, const struct evaluate_options *options, char reason[EVALUATE_REASON]) {
  struct page_desk *desk = calloc(1, sizeof *desk);
  if (!desk)
    return NULL;
  desk->db = db;
  desk->options = options;
  desk->reason = reason;
  desk->model = model_new();
  desk->replan_at = 1;
  arena_init(&desk->student, STUDENT_BYTES);
  if (desk->model)
    return desk;
  page_desk_free(desk);
  return NULL;
}

void page_desk_free(struct page_desk *desk) {
  if (!desk)
    return;
  model_free(desk->model);
  arena_done(&desk->student);
  free(desk);
}
