/*
 * A student's row on its way in and an assessment on its way out.
 *
 * The row is made with the builder of args.c, whose bytes db_args_test.c holds against PostgreSQL's; then every one of them
 * is spoilt in turn, and the answer must be a clean error or a state that is still within its bounds.
 */
#include "base/err.h"
#include "db/state.h"
#include "db/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
  CAP = 1 << 20,
  COLUMNS = 24,
  RESULTS = 3,
  RESULT_FIELDS = 17,
  COL_TRACK = 6,
  COL_RESULTS = 19,
  COL_STUDY = 23,
  WEEK_BYTES = 12
};

static const uint32_t ids[DB_TYPES] = {1, 2, 3, 4};

static const uint32_t column_types[COLUMNS] = {TYPE_INT4, TYPE_INT8,     TYPE_INT8, TYPE_INT4,        TYPE_TEXT,        TYPE_TEXT,
                                               TYPE_INT2, TYPE_INT2,     TYPE_INT2, TYPE_DATE,        TYPE_DATE,        TYPE_DATE,
                                               TYPE_DATE, TYPE_DATE,     TYPE_BOOL, TYPE_TIMESTAMPTZ, TYPE_TIMESTAMPTZ, TYPE_INT2,
                                               TYPE_INT2, 0 /* array */, TYPE_DATE, 0 /* array */,    TYPE_INT2,        TYPE_BYTEA};

static void put_result(struct args *args, int i) {
  uint8_t id[16] = {1, 2, 3, 4, 5, 6, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, (uint8_t)i};
  static const uint8_t subs[] = {3, 1, 0, 0, 200, 7, 0, 50, 0, 49};
  args_row(args, RESULT_FIELDS);
  args_uuid(args, id);
  args_i32(args, i);
  args_bool(args, i == 2);
  args_text(args, "cbssa");
  args_text(args, i ? "26" : "");
  args_time(args, INT64_C(1700000000123) + i);
  args_i16(args, SCALE_EPC);
  args_i32(args, -6412);
  args_i16(args, MODE_TIMED);
  args_bool(args, false);
  if (i == 0) {
    for (int field = 10; field < RESULT_FIELDS; field++)
      args_null(args);
    return;
  }
  args_i16(args, 200);
  args_i16(args, 128);
  args_i16(args, 0);
  args_i32(args, 18000);
  args_i32(args, 18001);
  args_i16(args, 9412);
  args_bytes(args, subs, sizeof subs);
}

/* Two days, as array_send() writes them: dimensions, NULLs, type, how many, lower bound; then length and days since 2000. */
static const uint8_t sittings[] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0,   4, 58, 0, 0, 0, 2, 0, 0,
                                   0, 1, 0, 0, 0, 4, 0, 0, 0, 100, 0, 0,  0, 4, 0, 0, 0, 10};

/* Two weeks, as core.study_fold() packs them; of the older neither review nor confidence was said, and there was no goal. */
static const uint8_t study[] = {38, 54, 38, 60, 0, 120, 5, 220, 0, 200, 0, 85, 38, 47, 38, 53, 1, 4, 0, 0, 0, 0, 255, 255};

/* The columns as parameters: what args writes is what a result brings. */
static void put_student(struct args *args) {
  args_init(args, CAP);
  args_i32(args, 17);
  args_i64(args, 1042);
  args_i64(args, 5);
  args_i32(args, 3);
  args_text(args, "s-1042");
  args_text(args, "America/Chicago");
  args_i16(args, RISK_TRACK_US_DO);
  args_i16(args, 2);
  args_i16(args, 1);
  args_day(args, 20700);
  args_day(args, INT32_MIN);
  args_day(args, 20600);
  args_day(args, 20800);
  args_day(args, INT32_MIN);
  args_bool(args, true);
  args_time(args, INT64_C(1690000000000));
  args_time(args, INT64_MIN);
  args_i16(args, RISK_BORDERLINE);
  args_i16(args, 1);
  args_rows_begin(args, DB_TYPE_RESULT);
  for (int i = 0; i < RESULTS; i++)
    put_result(args, i);
  args_rows_end(args);
  args_day(args, 20500);
  args_binary(args, sittings, sizeof sittings);
  args_i16(args, 3);
  args_bytes(args, study, sizeof study);
  assert_int_equal(args_finish(args, ids), E_OK);
}

static PGresult *result_of(const struct args *args) {
  PGresAttDesc attributes[COLUMNS];
  const char *values[ARGS_MAX];
  int lengths[ARGS_MAX];
  memset(attributes, 0, sizeof attributes);
  for (int i = 0; i < COLUMNS; i++) {
    attributes[i].name = (char *)(uintptr_t) "c";
    attributes[i].format = 1;
    attributes[i].typid = column_types[i];
  }
  PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
  assert_non_null(res);
  assert_int_equal(PQsetResultAttrs(res, COLUMNS, attributes), 1);
  args_vectors(args, values, lengths);
  for (int i = 0; i < COLUMNS; i++)
    assert_int_equal(PQsetvalue(res, 0, i, (char *)(uintptr_t)values[i], values[i] ? lengths[i] : -1), 1);
  return res;
}

static void a_student_is_read(void **state) {
  (void)state;
  struct args args;
  struct arena arena;
  struct student_state student;
  put_student(&args);
  PGresult *res = result_of(&args);
  arena_init(&arena, CAP);
  assert_int_equal(state_decode(res, 0, 0, &arena, &student), E_OK);
  assert_int_equal(student.school_id, 17);
  assert_int_equal(student.student_id, 1042);
  assert_int_equal(student.version, 5);
  assert_int_equal(student.parameters_id, 3);
  assert_string_equal(student.external_id, "s-1042");
  assert_string_equal(student.zone, "America/Chicago");
  const struct risk_input *input = &student.input;
  assert_int_equal(input->track, RISK_TRACK_US_DO);
  assert_int_equal(input->attempt, 2);
  assert_int_equal(input->failures, 1);
  assert_int_equal(input->exam_day, 20700);
  assert_int_equal(input->dedicated_day, RISK_NO_DAY);
  assert_int_equal(input->permit_from_day, 20600);
  assert_int_equal(input->permit_to_day, 20800);
  assert_int_equal(input->deadline_day, RISK_NO_DAY);
  assert_true(input->enrolled);
  assert_true(input->enrolled_ms == INT64_C(1690000000000));
  assert_true(input->last_sync_ms == 0);
  assert_int_equal(input->previous_state, RISK_BORDERLINE);
  assert_int_equal(input->pending_state_runs, 1);
  assert_int_equal(input->last_failed_day, 20500);
  assert_int_equal(input->sittings_n, 2);
  assert_int_equal(input->sittings[0], TYPE_EPOCH_DAY + 100);
  assert_int_equal(input->sittings[1], TYPE_EPOCH_DAY + 10);
  assert_int_equal(input->date_moves, 3);
  assert_int_equal(input->weeks_n, 2);
  assert_int_equal(input->weeks[0].from_day, TYPE_EPOCH_DAY + 38 * 256 + 54);
  assert_int_equal(input->weeks[0].said_day, input->weeks[0].from_day + 6);
  assert_int_equal(input->weeks[0].questions, 120);
  assert_int_equal(input->weeks[0].study_minutes, 1500);
  assert_int_equal(input->weeks[0].goal_questions, 200);
  assert_int_equal(input->weeks[0].reviewed_percent, 0);
  assert_int_equal(input->weeks[0].confidence_percent, 85);
  assert_int_equal(input->weeks[1].questions, 260);
  assert_int_equal(input->weeks[1].goal_questions, 0);
  assert_int_equal(input->weeks[1].reviewed_percent, RISK_NOT_SAID);
  assert_int_equal(input->weeks[1].confidence_percent, RISK_NOT_SAID);
  assert_int_equal(input->n, RESULTS);
  const struct result *bare = &input->results[0], *full = &input->results[2];
  assert_string_equal(bare->instrument, "cbssa");
  assert_string_equal(bare->form, "");
  assert_int_equal(bare->items, RESULT_UNKNOWN);
  assert_int_equal(bare->printed_p_pass_bp, RESULT_UNKNOWN);
  assert_int_equal(bare->subs, 0);
  assert_int_equal(full->id[15], 2);
  assert_int_equal(full->revision, 2);
  assert_true(full->retracted);
  assert_string_equal(full->form, "26");
  assert_true(full->taken_at_ms == INT64_C(1700000000125));
  assert_int_equal(full->score_centi, -6412);
  assert_int_equal(full->items, 200);
  assert_int_equal(full->seconds_allowed, 18001);
  assert_int_equal(full->printed_p_pass_bp, 9412);
  assert_int_equal(full->subs, 2);
  assert_int_equal(full->sub_area[0], 3);
  assert_int_equal(full->sub_items[0], 256);
  assert_int_equal(full->sub_correct[0], 200);
  assert_int_equal(full->sub_correct[1], 49);
  PQclear(res);
  arena_done(&arena);
  args_done(&args);
}

static void too_little_memory_is_said(void **state) {
  (void)state;
  struct args args;
  struct arena arena;
  struct student_state student;
  put_student(&args);
  PGresult *res = result_of(&args);
  arena_init(&arena, 64);
  assert_int_equal(state_decode(res, 0, 0, &arena, &student), E_NOMEM);
  PQclear(res);
  arena_done(&arena);
  args_done(&args);
}

static void spoilt_bytes_are_found_out(void **state) {
  (void)state;
  static const uint8_t spoil[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
  struct args args;
  put_student(&args);
  size_t begin = args.value[COL_RESULTS].at, end = begin + (size_t)args.value[COL_RESULTS].len;
  for (size_t at = begin; at < end; at++)
    for (size_t i = 0; i < sizeof spoil; i++) {
      struct arena arena;
      struct student_state student;
      uint8_t was = args.buf.data[at];
      args.buf.data[at] = spoil[i];
      PGresult *res = result_of(&args);
      arena_init(&arena, CAP);
      int err = state_decode(res, 0, 0, &arena, &student);
      assert_true(err == E_OK || err == E_DATABASE || err == E_NOMEM);
      for (size_t r = 0; !err && r < student.input.n; r++) {
        const struct result *result = &student.input.results[r];
        assert_true(result->subs <= LIMIT_SUBSCORES && result->scale <= SCALE_OWN && result->mode <= MODE_TUTOR);
        assert_true(strlen(result->instrument) <= LIMIT_INSTRUMENT_CHARS && strlen(result->form) <= LIMIT_FORM_CHARS);
      }
      PQclear(res);
      arena_done(&arena);
      args.buf.data[at] = was;
    }
  args_done(&args);
}

static void every_cut_is_found_out(void **state) {
  (void)state;
  struct args args;
  put_student(&args);
  int32_t whole = args.value[COL_RESULTS].len;
  for (int32_t len = 0; len < whole; len++) {
    struct arena arena;
    struct student_state student;
    args.value[COL_RESULTS].len = len;
    PGresult *res = result_of(&args);
    arena_init(&arena, CAP);
    assert_int_equal(state_decode(res, 0, 0, &arena, &student), E_DATABASE);
    PQclear(res);
    arena_done(&arena);
  }
  args_done(&args);
}

static void a_week_cut_short_is_found_out(void **state) {
  (void)state;
  struct args args;
  put_student(&args);
  for (int32_t len = -1; len <= (int32_t)sizeof study; len++) { /* -1: NULL, nothing was reported */
    struct arena arena;
    struct student_state student;
    args.value[COL_STUDY].len = len < 0 ? 0 : len;
    PGresult *res = result_of(&args);
    if (len < 0)
      assert_int_equal(PQsetvalue(res, 0, COL_STUDY, NULL, -1), 1);
    arena_init(&arena, CAP);
    assert_int_equal(state_decode(res, 0, 0, &arena, &student), len > 0 && len % WEEK_BYTES ? E_DATABASE : E_OK);
    if (len <= 0)
      assert_true(student.input.weeks == NULL && student.input.weeks_n == 0);
    PQclear(res);
    arena_done(&arena);
  }
  args_done(&args);
}

static void a_track_that_is_none(void **state) {
  (void)state;
  struct args args;
  struct arena arena;
  struct student_state student;
  put_student(&args);
  args.buf.data[args.value[COL_TRACK].at + 1] = RISK_TRACKS;
  PGresult *res = result_of(&args);
  arena_init(&arena, CAP);
  assert_int_equal(state_decode(res, 0, 0, &arena, &student), E_DATABASE);
  PQclear(res);
  arena_done(&arena);
  args_done(&args);
}

/* ---- out ---- */

static bool contains(const struct args *args, const char *text) {
  return memmem(args->buf.data, args->buf.len, text, strlen(text)) != NULL;
}

static void an_assessment_is_written(void **state) {
  (void)state;
  enum { REASONS = 40 };
  struct args in;
  struct arena arena;
  struct student_state student;
  struct risk_reason reasons[REASONS] = {{.kind = RISK_REASON_BASE_RATE, .points = 0.5}};
  put_student(&in);
  PGresult *res = result_of(&in);
  arena_init(&arena, CAP);
  assert_int_equal(state_decode(res, 0, 0, &arena, &student), E_OK);
  student.input.as_of_ms = INT64_C(1700000100000);
  for (int i = 1; i < REASONS; i++)
    reasons[i] = (struct risk_reason){.kind = RISK_REASON_RESULT, .result = (uint32_t)i % RESULTS, .points = 0.25};
  struct risk_assessment assessment = {.state = RISK_AT_RISK, .p = 0.5, .reasons = reasons, .reasons_n = REASONS, .flags_n = 1};
  assessment.flags[0] = (struct risk_flag){.code = "low_probability",
                                           .version = 1,
                                           .severity = RISK_URGENT,
                                           .numbers = {0.5, 0.25},
                                           .evidence_n = 2,
                                           .evidence = {2, 0}};
  struct record *record = record_new(CAP);
  assert_non_null(record);
  assert_int_equal(record_count(record), 0);
  assert_int_equal(record_add(record, &student, &assessment), E_OK);
  assert_int_equal(record_add(record, &student, &assessment), E_OK);
  assert_int_equal(record_count(record), 2);
  struct args *args = record_finish(record);
  assert_int_equal(args->n, 2);
  assert_int_equal(args->rows[0].rows, 2);
  assert_int_equal(args->rows[1].rows, 2);
  assert_int_equal(args_finish(args, ids), E_OK);
  assert_true(contains(args, "[{\"code\":\"base_rate\",\"points\":0.5,\"text\":\""));
  assert_true(contains(args, ",\"result_id\":\"01020304-0506-7000-8000-000000000001\"}"));
  /* 24 stand alone, 16 are folded: 16 quarters. */
  assert_true(contains(args, "{\"code\":\"more\",\"points\":4,\"text\":\"16 more results"));
  assert_true(contains(args, "{\"numbers\":[0.5,0.25,0,0],\"evidence\":[\"01020304-0506-7000-8000-000000000002\","));
  record_free(record);
  PQclear(res);
  arena_done(&arena);
  args_done(&in);
}

/* What newer results say better has no points, and is only counted. */
static void what_weighs_nothing_does_not_stand_alone(void **state) {
  (void)state;
  struct args in;
  struct arena arena;
  struct student_state student;
  struct risk_reason reasons[] = {{.kind = RISK_REASON_BASE_RATE, .points = 0.5},
                                  {.kind = RISK_REASON_RESULT, .result = 1, .points = -0.25},
                                  {.kind = RISK_REASON_GROWTH, .points = 0},
                                  {.kind = RISK_REASON_RESULT, .result = 0, .points = -0.0}};
  put_student(&in);
  PGresult *res = result_of(&in);
  arena_init(&arena, CAP);
  assert_int_equal(state_decode(res, 0, 0, &arena, &student), E_OK);
  struct risk_assessment assessment = {.state = RISK_AT_RISK, .p = 0.25, .reasons = reasons, .reasons_n = 4};
  struct record *record = record_new(CAP);
  assert_int_equal(record_add(record, &student, &assessment), E_OK);
  assessment.reasons_n = 3;
  assert_int_equal(record_add(record, &student, &assessment), E_OK);
  struct args *args = record_finish(record);
  assert_int_equal(args_finish(args, ids), E_OK);
  assert_true(contains(args, "\"points\":-0.25,"));
  assert_true(contains(args, ",{\"code\":\"more\",\"points\":0,\"text\":\"1 more result, with less weight than those named\"}]"));
  assert_true(contains(args, "\"result_id\":\"01020304-0506-7000-8000-000000000001\"}]")); /* the second: no result is left over */
  record_free(record);
  PQclear(res);
  arena_done(&arena);
  args_done(&in);
}

static void a_record_without_flags(void **state) {
  (void)state;
  struct record *record = record_new(CAP);
  struct args *args = record_finish(record);
  assert_int_equal(args_finish(args, ids), E_OK);
  assert_int_equal(args->n, 2);
  record_free(record);
  record_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_student_is_read),
      cmocka_unit_test(too_little_memory_is_said),
      cmocka_unit_test(spoilt_bytes_are_found_out),
      cmocka_unit_test(every_cut_is_found_out),
      cmocka_unit_test(a_week_cut_short_is_found_out),
      cmocka_unit_test(a_track_that_is_none),
      cmocka_unit_test(an_assessment_is_written),
      cmocka_unit_test(what_weighs_nothing_does_not_stand_alone),
      cmocka_unit_test(a_record_without_flags),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
