/*
 * Between the rows of api.student_state and the engine's input.
 *
 * The columns stand in an enum in the order of sql/README.md; the results come as one array of composites in the last of
 * them, because a student and their history must be of one moment, and one row is. What is decoded here was checked before it
 * was stored; all the same every length and number is looked at again, and what does not fit is E_DATABASE for this student
 * alone: a row that came in by another way must not bring down who reads it.
 */
#include "db/state.h"

#include "base/err.h"
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
};

enum { SUBSCORE_BYTES = 5, MICROSECONDS = 1000 };

/* ---------------------------------------------------------------- bytes of a composite */

/* Reads from the front; the first thing that does not fit makes it bad, and everything after reads as zero. */
struct reader {
  const uint8_t *at;
  size_t left;
  bool bad;
};

static const uint8_t *take_bytes(struct reader *reader, size_t n) {
  if (reader->bad || n > reader->left) {
    reader->bad = true;
    return NULL;
  }
  const uint8_t *at = reader->at;
  reader->at += n;
  reader->left -= n;
  return at;
}

static int64_t take_int(struct reader *reader, size_t n) {
  const uint8_t *at = take_bytes(reader, n);
  uint64_t v = at && at[0] >= 0x80 ? UINT64_MAX : 0; /* the sign, spread */
  for (size_t i = 0; at && i < n; i++)
    v = v << 8 | at[i];
  return (int64_t)v;
}

/* The next field of a row: its bytes and length, or NULL where it is NULL. */
static const uint8_t *take_field(struct reader *reader, uint32_t type, size_t *ret_len) {
  uint32_t is = (uint32_t)take_int(reader, 4);
  int64_t len = take_int(reader, 4);
  *ret_len = 0;
  if (is != type)
    reader->bad = true;
  if (len < 0 || reader->bad)
    return NULL;
  *ret_len = (size_t)len;
  return take_bytes(reader, (size_t)len);
}

static int64_t field_int(struct reader *reader, uint32_t type, size_t bytes, int64_t low, int64_t high, int64_t if_null) {
  size_t len;
  const uint8_t *at = take_field(reader, type, &len);
  if (!at)
    return if_null;
  struct reader one = {at, len, len != bytes};
  int64_t v = take_int(&one, bytes);
  if (one.bad || v < low || v > high)
    reader->bad = true;
  return v;
}

static void field_text(struct reader *reader, char *out, size_t cap) {
  size_t len;
  const uint8_t *at = take_field(reader, TYPE_TEXT, &len);
  out[0] = '\0';
  if (!at)
    return;
  if (len >= cap || memchr(at, 0, len)) {
    reader->bad = true;
    return;
  }
  memcpy(out, at, len);
  out[len] = '\0';
}

static void field_subs(struct reader *reader, struct result *ret) {
  size_t len;
  const uint8_t *at = take_field(reader, TYPE_BYTEA, &len);
  if (len % SUBSCORE_BYTES != 0 || len / SUBSCORE_BYTES > LIMIT_SUBSCORES) {
    reader->bad = true;
    return;
  }
  ret->subs = (uint8_t)(len / SUBSCORE_BYTES);
  for (size_t i = 0; at && i < ret->subs; i++, at += SUBSCORE_BYTES) {
    ret->sub_area[i] = at[0];
    ret->sub_items[i] = (uint16_t)(at[1] << 8 | at[2]);
    ret->sub_correct[i] = (uint16_t)(at[3] << 8 | at[4]);
  }
}

/* ---------------------------------------------------------------- results */

static void result_read(struct reader *reader, struct result *ret) {
  size_t len;
  if (take_int(reader, 4) != db_type_row(DB_TYPE_RESULT)->fields_n)
    reader->bad = true;
  const uint8_t *id = take_field(reader, TYPE_UUID, &len);
  if (!id || len != UUID_BYTES) {
    reader->bad = true;
    return;
  }
  memcpy(ret->id, id, UUID_BYTES);
  ret->revision = (uint32_t)field_int(reader, TYPE_INT4, 4, 0, INT32_MAX, 0);
  ret->retracted = field_int(reader, TYPE_BOOL, 1, 0, 1, 0) != 0;
  field_text(reader, ret->instrument, sizeof ret->instrument);
  field_text(reader, ret->form, sizeof ret->form);
  int64_t taken = field_int(reader, TYPE_TIMESTAMPTZ, 8, INT64_MIN, INT64_MAX, 0);
  ret->taken_at_ms = taken / MICROSECONDS - (taken % MICROSECONDS < 0) + TYPE_EPOCH_MS;
  ret->scale = (enum scale)field_int(reader, TYPE_INT2, 2, SCALE_NONE, SCALE_OWN, SCALE_NONE);
  ret->score_centi = (int32_t)field_int(reader, TYPE_INT4, 4, INT32_MIN, INT32_MAX, 0);
  ret->mode = (enum mode)field_int(reader, TYPE_INT2, 2, MODE_NONE, MODE_TUTOR, MODE_NONE);
  ret->repeat = field_int(reader, TYPE_BOOL, 1, 0, 1, 0) != 0;
  ret->items = (int32_t)field_int(reader, TYPE_INT2, 2, 0, INT16_MAX, RESULT_UNKNOWN);
  ret->correct = (int32_t)field_int(reader, TYPE_INT2, 2, 0, INT16_MAX, RESULT_UNKNOWN);
  ret->omitted = (int32_t)field_int(reader, TYPE_INT2, 2, 0, INT16_MAX, RESULT_UNKNOWN);
  ret->seconds = (int32_t)field_int(reader, TYPE_INT4, 4, 0, INT32_MAX, RESULT_UNKNOWN);
  ret->seconds_allowed = (int32_t)field_int(reader, TYPE_INT4, 4, 0, INT32_MAX, RESULT_UNKNOWN);
  ret->printed_p_pass_bp = (int32_t)field_int(reader, TYPE_INT2, 2, 0, INT16_MAX, RESULT_UNKNOWN);
  field_subs(reader, ret);
}

static int results_read(struct reader *reader, struct arena *arena, struct risk_input *input) {
  int64_t dimensions = take_int(reader, 4);
  take_int(reader, 4); /* whether there are NULLs: a NULL row shows by its length */
  take_int(reader, 4); /* the type's id, which differs from database to database */
  if (reader->bad || dimensions == 0)
    return reader->bad ? E_DATABASE : E_OK;
  int64_t n = take_int(reader, 4);
  take_int(reader, 4); /* lower bound */
  if (dimensions != 1 || reader->bad || n < 0 || (size_t)n > reader->left)
    return E_DATABASE;
  struct result *results = arena_zalloc(arena, (size_t)n, sizeof *results);
  if (!results)
    return E_NOMEM;
  for (int64_t i = 0; i < n; i++) {
    int64_t len = take_int(reader, 4);
    const uint8_t *at = len >= 0 ? take_bytes(reader, (size_t)len) : NULL;
    struct reader row = {at, (size_t)len, at == NULL};
    result_read(&row, &results[i]);
    if (row.bad)
      return E_DATABASE;
  }
  input->results = results;
  input->n = (size_t)n;
  return E_OK;
}

/* ---------------------------------------------------------------- the student */

static int text_copy(char *out, size_t cap, const char *text) {
  return snprintf(out, cap, "%s", text) < (int)cap ? E_OK : E_DATABASE;
}

static int64_t time_or_never(const PGresult *res, int row, int col) {
  return cell_null(res, row, col) ? 0 : cell_time_ms(res, row, col);
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

  if (!cell_null(res, row, col + COL_RESULTS)) {
    struct reader reader = {(const uint8_t *)PQgetvalue(res, row, col + COL_RESULTS),
                            (size_t)PQgetlength(res, row, col + COL_RESULTS), false};
    int err = results_read(&reader, arena, input);
    if (err)
      return err;
  }
  *ret = state;
  return E_OK;
}
