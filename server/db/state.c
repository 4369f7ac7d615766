/*
 * Between the rows of api.student_state and the engine's input.
 *
 * The columns stand in an enum in the order of sql/README.md; the results come as one array of composites in one of them, because a
 * student and their history must be of one moment, and one row is. What is decoded here was checked before it was stored; all the
 * same every length and number is looked at again, and what does not fit is E_DATABASE for this student alone: a row that came in
 * by another way must not bring down who reads it.
 */
#include "db/state.h"

#include "base/err.h"
#include "db/composite.h"
#include "db/types.h"

#include <stdio.h>
#include <string.h>

enum {
  COL_SCHOOL,
  COL_STUDENT,
  COL_VERSION,
  COL_PARAMETERS,
  COL_EXTERNAL,
  COL_ZONE,
  COL_TRACK,
  COL_ATTEMPT,
  COL_FAILURES,
  COL_EXAM,
  COL_DEDICATED,
  COL_PERMIT_FROM,
  COL_PERMIT_TO,
  COL_DEADLINE,
  COL_ENROLLED,
  COL_ENROLLED_AT,
  COL_LAST_SYNC,
  COL_PREVIOUS_STATE,
  COL_PENDING_RUNS,
  COL_RESULTS,
  COL_LAST_FAILED,
  COL_SITTINGS,
  COL_DATE_MOVES,
  COL_STUDY,
};

enum { SUBSCORE_BYTES = 5 };

/* A reported week, packed by core.study_fold(). */
enum {
  WEEK_FROM = 0,
  WEEK_SAID = 2,
  WEEK_QUESTIONS = 4,
  WEEK_MINUTES = 6,
  WEEK_GOAL = 8,
  WEEK_REVIEWED = 10,
  WEEK_CONFIDENCE = 11
};
enum { WEEK_BYTES = 12, PERCENT_MOST = 100 };

/* ---------------------------------------------------------------- results */

static void field_subs(struct composite *row, struct result *ret) {
  size_t len;
  const uint8_t *at = composite_bytes(row, TYPE_BYTEA, &len);
  if (len % SUBSCORE_BYTES != 0 || len / SUBSCORE_BYTES > LIMIT_SUBSCORES) {
    row->bad = true;
    return;
  }
  ret->subs = (uint8_t)(len / SUBSCORE_BYTES);
  for (size_t i = 0; at && i < ret->subs; i++, at += SUBSCORE_BYTES) {
    ret->sub_area[i] = at[0];
    ret->sub_items[i] = (uint16_t)(at[1] << 8 | at[2]);
    ret->sub_correct[i] = (uint16_t)(at[3] << 8 | at[4]);
  }
}

static void result_read(struct composite *row, struct result *ret) {
  size_t len;
  const uint8_t *id = composite_bytes(row, TYPE_UUID, &len);
  if (!id || len != UUID_BYTES) {
    row->bad = true;
    return;
  }
  memcpy(ret->id, id, UUID_BYTES);
  ret->revision = (uint32_t)composite_int(row, TYPE_INT4, 4, 0, INT32_MAX, 0);
  ret->retracted = composite_bool(row);
  composite_text(row, ret->instrument, sizeof ret->instrument);
  composite_text(row, ret->form, sizeof ret->form);
  ret->taken_at_ms = composite_time_ms(row, 0);
  ret->scale = (enum scale)composite_int(row, TYPE_INT2, 2, SCALE_NONE, SCALE_OWN, SCALE_NONE);
  ret->score_centi = (int32_t)composite_int(row, TYPE_INT4, 4, INT32_MIN, INT32_MAX, 0);
  ret->mode = (enum mode)composite_int(row, TYPE_INT2, 2, MODE_NONE, MODE_TUTOR, MODE_NONE);
  ret->repeat = composite_bool(row);
  ret->items = (int32_t)composite_int(row, TYPE_INT2, 2, 0, INT16_MAX, RESULT_UNKNOWN);
  ret->correct = (int32_t)composite_int(row, TYPE_INT2, 2, 0, INT16_MAX, RESULT_UNKNOWN);
  ret->omitted = (int32_t)composite_int(row, TYPE_INT2, 2, 0, INT16_MAX, RESULT_UNKNOWN);
  ret->seconds = (int32_t)composite_int(row, TYPE_INT4, 4, 0, INT32_MAX, RESULT_UNKNOWN);
  ret->seconds_allowed = (int32_t)composite_int(row, TYPE_INT4, 4, 0, INT32_MAX, RESULT_UNKNOWN);
  ret->printed_p_pass_bp = (int32_t)composite_int(row, TYPE_INT2, 2, 0, INT16_MAX, RESULT_UNKNOWN);
  field_subs(row, ret);
}

int state_decode_results(const PGresult *res, int row, int col, struct arena *arena, const struct result **ret, size_t *ret_n) {
  size_t n;
  struct composite array = composite_open(res, row, col, &n);
  struct result *results = arena_zalloc(arena, n, sizeof *results);
  if (!results)
    return E_NOMEM;
  for (size_t i = 0; i < n; i++) {
    struct composite one = composite_row(&array, db_type_row(DB_TYPE_RESULT)->fields_n);
    result_read(&one, &results[i]);
    array.bad |= one.bad;
  }
  if (array.bad)
    return E_DATABASE;
  *ret = results;
  *ret_n = n;
  return E_OK;
}

/* ---------------------------------------------------------------- weeks */

static uint16_t week_number(const uint8_t *at) {
  return (uint16_t)(at[0] << 8 | at[1]);
}

/* 255 is "not said", and so is what no percentage can be. */
static int8_t week_percent(uint8_t percent) {
  return percent <= PERCENT_MOST ? (int8_t)percent : RISK_NOT_SAID;
}

int state_decode_weeks(const PGresult *res, int row, int col, struct arena *arena, const struct risk_week **ret, size_t *ret_n) {
  size_t len = 0;
  const uint8_t *at = cell_null(res, row, col) ? NULL : cell_bytes(res, row, col, &len);
  size_t n = len / WEEK_BYTES;
  if (len % WEEK_BYTES != 0)
    return E_DATABASE;
  struct risk_week *weeks = n > 0 ? arena_zalloc(arena, n, sizeof *weeks) : NULL;
  if (n > 0 && !weeks)
    return E_NOMEM;
  for (size_t i = 0; i < n; i++, at += WEEK_BYTES)
    weeks[i] = (struct risk_week){.from_day = TYPE_EPOCH_DAY + week_number(at + WEEK_FROM),
                                  .said_day = TYPE_EPOCH_DAY + week_number(at + WEEK_SAID),
                                  .questions = week_number(at + WEEK_QUESTIONS),
                                  .study_minutes = week_number(at + WEEK_MINUTES),
                                  .goal_questions = week_number(at + WEEK_GOAL),
                                  .reviewed_percent = week_percent(at[WEEK_REVIEWED]),
                                  .confidence_percent = week_percent(at[WEEK_CONFIDENCE])};
  *ret = weeks;
  *ret_n = n;
  return E_OK;
}

/* ---------------------------------------------------------------- the student */

/* Newest first; the oldest of more than the engine looks at are left out. */
static int sittings_decode(const PGresult *res, int row, int col, struct risk_input *ret) {
  size_t n;
  struct composite days = composite_open(res, row, col, &n);
  ret->sittings_n = (uint16_t)(n < RISK_MAX_SITTINGS ? n : RISK_MAX_SITTINGS);
  for (size_t i = 0; i < ret->sittings_n; i++)
    ret->sittings[i] = composite_element_day(&days);
  return days.bad ? E_DATABASE : E_OK;
}

static int text_copy(char *out, size_t cap, const char *text) {
  return snprintf(out, cap, "%s", text) < (int)cap ? E_OK : E_DATABASE;
}

static int64_t time_or_never(const PGresult *res, int row, int col) {
  return cell_null(res, row, col) ? 0 : cell_time_ms(res, row, col);
}

int64_t state_student(const PGresult *res, int row) {
  return cell_i64(res, row, COL_STUDENT);
}

int state_decode(const PGresult *res, int row, int col, struct arena *arena, struct student_state *ret) {
  struct student_state state = {0};
  struct risk_input *input = &state.input;
  state.school_id = cell_i32(res, row, col + COL_SCHOOL);
  state.student_id = cell_i64(res, row, col + COL_STUDENT);
  state.version = cell_i64(res, row, col + COL_VERSION);
  state.parameters_id = cell_null(res, row, col + COL_PARAMETERS) ? 0 : cell_i32(res, row, col + COL_PARAMETERS);
  if (text_copy(state.external_id, sizeof state.external_id, cell_text(res, row, col + COL_EXTERNAL)) != E_OK ||
      text_copy(state.zone, sizeof state.zone, cell_text(res, row, col + COL_ZONE)) != E_OK)
    return E_DATABASE;

  int16_t track = cell_i16(res, row, col + COL_TRACK), attempt = cell_i16(res, row, col + COL_ATTEMPT);
  int16_t failures = cell_i16(res, row, col + COL_FAILURES), pending = cell_i16(res, row, col + COL_PENDING_RUNS);
  int16_t previous = cell_i16(res, row, col + COL_PREVIOUS_STATE);
  if (track < 0 || track >= RISK_TRACKS || attempt < 0 || failures < 0 || pending < 0 || previous < 0 || previous > RISK_CANNOT_SAY)
    return E_DATABASE;
  input->track = (enum risk_track)track;
  input->attempt = (uint16_t)attempt;
  input->failures = (uint16_t)failures;
  input->previous_state = (enum risk_state)previous;
  input->pending_state_runs = (uint16_t)pending;
  input->exam_day = cell_day(res, row, col + COL_EXAM); /* INT32_MIN for NULL is RISK_NO_DAY */
  input->dedicated_day = cell_day(res, row, col + COL_DEDICATED);
  input->permit_from_day = cell_day(res, row, col + COL_PERMIT_FROM);
  input->permit_to_day = cell_day(res, row, col + COL_PERMIT_TO);
  input->deadline_day = cell_day(res, row, col + COL_DEADLINE);
  input->enrolled = cell_bool(res, row, col + COL_ENROLLED);
  input->enrolled_ms = time_or_never(res, row, col + COL_ENROLLED_AT);
  input->last_sync_ms = time_or_never(res, row, col + COL_LAST_SYNC);

  input->last_failed_day = cell_day(res, row, col + COL_LAST_FAILED);
  int16_t moves = cell_null(res, row, col + COL_DATE_MOVES) ? 0 : cell_i16(res, row, col + COL_DATE_MOVES);
  input->date_moves = moves < 0 ? 0 : (uint16_t)moves;

  int err = sittings_decode(res, row, col + COL_SITTINGS, input);
  if (!err)
    err = state_decode_weeks(res, row, col + COL_STUDY, arena, &input->weeks, &input->weeks_n);
  if (!err)
    err = state_decode_results(res, row, col + COL_RESULTS, arena, &input->results, &input->n);
  if (err)
    return err;
  *ret = state;
  return E_OK;
}
