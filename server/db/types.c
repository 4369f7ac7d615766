/*
 * The composite types of schema api, field by field, as the migrations define them.
 *
 * A composite in binary carries the type of each of its fields, also of those that are NULL, so the builder must know them;
 * and knowing them it can stop a put of the wrong type where it is made. A connection compares this table with the catalogue
 * of the database before it is used (setup.c).
 */
#include "db/types.h"

#include "base/check.h"

/* clang-format off */
static const struct db_type_row rows[DB_TYPES] = {
  [DB_TYPE_UPLOAD] = {"upload_row", 5, {
    TYPE_INT4 /* school_id */, TYPE_INT8 /* student_id */, TYPE_INT8 /* device_id */, TYPE_BYTEA /* serial */, TYPE_INT4 /* rows */}},
  [DB_TYPE_RESULT] = {"result_row", 17, {
    TYPE_UUID /* result_id */, TYPE_INT4 /* revision */, TYPE_BOOL /* retracted */, TYPE_TEXT /* instrument */, TYPE_TEXT /* form */,
    TYPE_TIMESTAMPTZ /* taken_at */, TYPE_INT2 /* scale */, TYPE_INT4 /* score_centi */, TYPE_INT2 /* mode */, TYPE_BOOL /* repeat */,
    TYPE_INT2 /* items */, TYPE_INT2 /* correct */, TYPE_INT2 /* omitted */, TYPE_INT4 /* seconds */, TYPE_INT4 /* seconds_allowed */,
    TYPE_INT2 /* printed_p_pass_bp */, TYPE_BYTEA /* subs */}},
  [DB_TYPE_EVALUATION] = {"evaluation_row", 26, {
    TYPE_INT4 /* school_id */, TYPE_INT8 /* student_id */, TYPE_INT8 /* version */, TYPE_INT4 /* parameters_id */,
    TYPE_TIMESTAMPTZ /* as_of */, TYPE_INT2 /* state */, TYPE_INT2 /* pending_runs */, TYPE_FLOAT8 /* readiness_mean */,
    TYPE_FLOAT8 /* readiness_sd */, TYPE_FLOAT8 /* exam_mean */, TYPE_FLOAT8 /* exam_sd */, TYPE_FLOAT8 /* p */,
    TYPE_FLOAT8 /* p_low */, TYPE_FLOAT8 /* p_high */, TYPE_FLOAT8 /* base_rate */, TYPE_FLOAT8 /* growth_per_week */,
    TYPE_INT4 /* results_used */, TYPE_DATE /* exam_day */, TYPE_TIMESTAMPTZ /* last_check_at */, TYPE_TEXT /* reasons */,
    TYPE_INT4 /* effort_items */, TYPE_INT4_ARRAY /* area_numbers */, TYPE_INT4_ARRAY /* area_items */,
    TYPE_INT4_ARRAY /* area_correct */, TYPE_INT4_ARRAY /* area_difference_centi */, TYPE_INT4_ARRAY /* weak_areas */}},
  [DB_TYPE_FLAG] = {"flag_row", 7, {
    TYPE_INT4 /* school_id */, TYPE_INT8 /* student_id */, TYPE_TEXT /* code */, TYPE_INT2 /* version */, TYPE_INT2 /* severity */,
    TYPE_TEXT /* text */, TYPE_TEXT /* detail */}},
  [DB_TYPE_PLAN_STEP] = {"plan_step", 11, {
    TYPE_TIMESTAMPTZ /* known_from */, TYPE_INT2 /* attempt */, TYPE_INT2 /* failures */, TYPE_DATE /* exam_day */,
    TYPE_DATE /* dedicated_day */, TYPE_DATE /* permit_from */, TYPE_DATE /* permit_to */, TYPE_DATE /* deadline */,
    TYPE_DATE /* taken_on */, TYPE_BOOL /* passed */, TYPE_INT2 /* date_moves */}},
  [DB_TYPE_ATTEMPT] = {"attempt_row", 4, {
    TYPE_INT2 /* attempt */, TYPE_DATE /* taken_on */, TYPE_INT2 /* outcome */, TYPE_DATE /* known_on */}},
  [DB_TYPE_ESTIMATE] = {"estimate_row", 15, {
    TYPE_DATE /* night */, TYPE_INT8 /* student_id */, TYPE_INT4 /* parameters_id */, TYPE_INT2 /* state */,
    TYPE_INT2 /* pending_runs */, TYPE_FLOAT8 /* p */, TYPE_FLOAT8 /* p_low */, TYPE_FLOAT8 /* p_high */,
    TYPE_FLOAT8 /* readiness_mean */, TYPE_FLOAT8 /* readiness_sd */, TYPE_FLOAT8 /* exam_mean */, TYPE_FLOAT8 /* exam_sd */,
    TYPE_DATE /* exam_day */, TYPE_INT4 /* results_used */, TYPE_TIMESTAMPTZ /* last_check_at */}},
};
/* clang-format on */

const struct db_type_row *db_type_row(enum db_type type) {
  CHECK((unsigned)type < DB_TYPES);
  return &rows[type];
}
