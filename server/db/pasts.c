/*
 * Between the rows of api.student_past and the walk (study/walk.h): columns in the order of sql/README.md.
 *
 * Plans, ends and results come as arrays of composites in the student's row, because a past put together from several reads could
 * be of several moments. Rejected: plans and outcomes as JSON, which would take longer to parse than a student takes to be walked
 * through a year.
 */
#include "db/pasts.h"

#include "base/err.h"
#include "db/composite.h"
#include "db/state.h"
#include "db/types.h"

#include <stdio.h>
#include <string.h>

enum {
  COL_SCHOOL,
  COL_STUDENT,
  COL_EXTERNAL,
  COL_ZONE,
  COL_CLASS_YEAR,
  COL_TRACK,
  COL_PARAMETERS,
  COL_PREVIOUS_STATE,
  COL_PENDING_RUNS,
  COL_PLANS,
  COL_ATTEMPTS,
  COL_RESULTS,
  COL_STUDY,
};

enum { OUTCOME_PASS = 1, OUTCOME_FAIL };

static int plans_decode(const PGresult *res, int row, int col, struct arena *arena, struct walk_student *who) {
  size_t n;
  struct composite array = composite_open(res, row, col, &n);
  struct walk_plan *plans = arena_zalloc(arena, n, sizeof *plans);
  if (!plans)
    return E_NOMEM;
  for (size_t i = 0; i < n; i++) {
    struct composite one = composite_row(&array, db_type_row(DB_TYPE_PLAN_STEP)->fields_n);
    struct walk_plan *plan = &plans[i];
    plan->from_ms = composite_time_ms(&one, INT64_MIN);
    plan->attempt = (uint16_t)composite_int(&one, TYPE_INT2, 2, 0, INT16_MAX, 1);
    plan->failures = (uint16_t)composite_int(&one, TYPE_INT2, 2, 0, INT16_MAX, 0);
    plan->exam_day = composite_day(&one);
    plan->dedicated_day = composite_day(&one);
    plan->permit_from_day = composite_day(&one);
    plan->permit_to_day = composite_day(&one);
    plan->deadline_day = composite_day(&one);
    plan->taken_day = composite_day(&one);
    plan->passed = composite_bool(&one);
    plan->date_moves = (uint16_t)composite_int(&one, TYPE_INT2, 2, 0, INT16_MAX, 0);
    array.bad |= one.bad;
  }
  if (array.bad || n == 0)
    return E_DATABASE;
  who->plans = plans;
  who->plans_n = n;
  return E_OK;
}

static int ends_decode(const PGresult *res, int row, int col, struct arena *arena, struct walk_student *who) {
  size_t n;
  struct composite array = composite_open(res, row, col, &n);
  struct walk_end *ends = arena_zalloc(arena, n, sizeof *ends);
  if (!ends)
    return E_NOMEM;
  for (size_t i = 0; i < n; i++) {
    struct composite one = composite_row(&array, db_type_row(DB_TYPE_ATTEMPT)->fields_n);
    ends[i].attempt = (uint16_t)composite_int(&one, TYPE_INT2, 2, 0, INT16_MAX, 0);
    ends[i].taken_day = composite_day(&one);
    ends[i].passed = composite_int(&one, TYPE_INT2, 2, OUTCOME_PASS, OUTCOME_FAIL, OUTCOME_FAIL) == OUTCOME_PASS;
    composite_day(&one); /* known_on: the plans have turned it into steps */
    array.bad |= one.bad;
  }
  if (array.bad)
    return E_DATABASE;
  who->ends = ends;
  who->ends_n = n;
  return E_OK;
}

static int text_copy(char *out, size_t cap, const char *text) {
  return snprintf(out, cap, "%s", text) < (int)cap ? E_OK : E_DATABASE;
}

int pasts_decode(const PGresult *res, int row, int col, struct arena *arena, struct student_past *ret) {
  struct student_past past = {.school_id = cell_i32(res, row, col + COL_SCHOOL),
                              .student_id = cell_i64(res, row, col + COL_STUDENT),
                              .parameters_id = cell_i32(res, row, col + COL_PARAMETERS)};
  int16_t track = cell_i16(res, row, col + COL_TRACK), previous = cell_i16(res, row, col + COL_PREVIOUS_STATE);
  int16_t pending = cell_i16(res, row, col + COL_PENDING_RUNS);
  int err = text_copy(past.external_id, sizeof past.external_id, cell_text(res, row, col + COL_EXTERNAL));
  if (!err)
    err = text_copy(past.zone, sizeof past.zone, cell_text(res, row, col + COL_ZONE));
  if (!err && (track < 0 || track >= RISK_TRACKS || previous < 0 || previous > RISK_CANNOT_SAY || pending < 0))
    err = E_DATABASE;
  past.who.track = (enum risk_track)track;
  past.who.previous_state = (enum risk_state)previous;
  past.who.pending_state_runs = (uint16_t)pending;
  past.who.class_year = cell_null(res, row, col + COL_CLASS_YEAR) ? 0 : cell_i16(res, row, col + COL_CLASS_YEAR);
  if (!err)
    err = plans_decode(res, row, col + COL_PLANS, arena, &past.who);
  if (!err)
    err = ends_decode(res, row, col + COL_ATTEMPTS, arena, &past.who);
  if (!err)
    err = state_decode_results(res, row, col + COL_RESULTS, arena, &past.who.results, &past.who.n);
  if (!err)
    err = state_decode_weeks(res, row, col + COL_STUDY, arena, &past.who.weeks, &past.who.weeks_n);
  if (!err)
    *ret = past;
  return err;
}
