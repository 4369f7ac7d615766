/*
 * What was computed, on its way to api.record_evaluations: two arrays, filled side by side.
 *
 * The reasons and the numbers behind a flag are kept as the sentences and figures that were shown, in JSON the database
 * stores without looking into: an assessment must stay readable as it was given, whatever the words of a later release.
 * A student has as many reasons as results; the heaviest stand alone, the rest are folded into one, so that the points still
 * add up to the probability and a row stays small. What weighs nothing (two thirds of the results of a long preparation, because
 * newer ones say it better) never stands alone.
 */
#include "base/err.h"
#include "base/json.h"
#include "db/state.h"
#include "db/types.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
  REASONS_ALONE = 24, /* more than anybody reads; what follows weighs next to nothing */
  TEXT_BYTES = 512,   /* of one sentence */
  JSON_BYTES = 64 * 1024,
  CENTI = 100,
};

struct record {
  struct args assessments, flags; /* each one array, flags appended at the end */
  struct buf json;                /* of the piece being written */
  size_t n;
};

struct record *record_new(size_t cap) {
  struct record *record = calloc(1, sizeof *record);
  if (!record)
    return NULL;
  args_init(&record->assessments, cap);
  args_init(&record->flags, cap);
  buf_init(&record->json, JSON_BYTES);
  args_rows_begin(&record->assessments, DB_TYPE_EVALUATION);
  args_rows_begin(&record->flags, DB_TYPE_FLAG);
  return record;
}

void record_free(struct record *record) {
  if (!record)
    return;
  args_done(&record->assessments);
  args_done(&record->flags);
  buf_done(&record->json);
  free(record);
}

size_t record_count(const struct record *record) {
  return record->n;
}

/* ---------------------------------------------------------------- JSON */

static void put_uuid(struct buf *json, const struct risk_input *input, uint32_t result) {
  char id[UUID_TEXT];
  uuid_format(id, input->results[result].id);
  json_put_string(json, id);
}

static void put_reason(struct buf *json, const char *code, double points, const char *text) {
  if (json->len > 1)
    buf_put_u8(json, ',');
  buf_put_text(json, "{\"code\":");
  json_put_string(json, code);
  buf_put_text(json, ",\"points\":");
  json_put_number(json, points);
  buf_put_text(json, ",\"text\":");
  json_put_string(json, text);
}

/* They are in order of weight. */
static uint32_t reasons_alone(const struct risk_assessment *assessment) {
  uint32_t n = assessment->reasons_n, weighing = n;
  while (weighing > 0 && assessment->reasons[weighing - 1].points == 0)
    weighing--;
  return weighing > REASONS_ALONE + 1 ? REASONS_ALONE : weighing;
}

static void put_reasons(struct buf *json, const struct risk_assessment *assessment, const struct risk_input *input) {
  char code[TEXT_BYTES], text[TEXT_BYTES];
  uint32_t alone = reasons_alone(assessment), more = 0;
  double rest = 0;
  buf_put_u8(json, '[');
  for (uint32_t i = 0; i < alone; i++) {
    const struct risk_reason *reason = &assessment->reasons[i];
    risk_reason_code(code, sizeof code, reason, input);
    risk_reason_text(text, sizeof text, reason, input);
    put_reason(json, code, reason->points, text);
    if (reason->kind == RISK_REASON_RESULT) {
      buf_put_text(json, ",\"result_id\":");
      put_uuid(json, input, reason->result);
    }
    buf_put_u8(json, '}');
  }
  for (uint32_t i = alone; i < assessment->reasons_n; i++) {
    rest += assessment->reasons[i].points;
    more += assessment->reasons[i].kind == RISK_REASON_RESULT;
  }
  if (more > 0) {
    snprintf(text, sizeof text,
             more == 1 ? "%u more result, with less weight than those named"
                       : "%u more results, each with less weight than those named",
             more);
    put_reason(json, "more", rest, text);
    buf_put_u8(json, '}');
  }
  buf_put_u8(json, ']');
}

static void put_detail(struct buf *json, const struct risk_flag *flag, const struct risk_input *input) {
  const size_t numbers_n = sizeof flag->numbers / sizeof flag->numbers[0];
  buf_put_text(json, "{\"numbers\":[");
  for (size_t i = 0; i < numbers_n; i++) {
    if (i > 0)
      buf_put_u8(json, ',');
    json_put_number(json, flag->numbers[i]);
  }
  buf_put_text(json, "],\"evidence\":[");
  for (uint16_t i = 0; i < flag->evidence_n; i++) {
    if (i > 0)
      buf_put_u8(json, ',');
    put_uuid(json, input, flag->evidence[i]);
  }
  buf_put_text(json, "]}");
}

/* The JSON as a field of the current row, and the buffer empty for the next. */
static void put_json(struct args *args, struct buf *json) {
  int err = buf_finish(json);
  if (err && !args->buf.err)
    args->buf.err = err;
  buf_put_u8(json, '\0');
  args_text(args, buf_finish(json) ? "" : (const char *)json->data);
  buf_clear(json);
}

/* ---------------------------------------------------------------- rows */

/* Side by side, in order of the area's number; then the numbers of those that are weak. */
static void put_areas(struct args *args, const struct risk_assessment *assessment) {
  int32_t numbers[RISK_MAX_AREAS], items[RISK_MAX_AREAS], correct[RISK_MAX_AREAS], differences[RISK_MAX_AREAS],
      weak[RISK_MAX_AREAS];
  size_t n = assessment->areas_n, weak_n = 0;
  for (size_t i = 0; i < n; i++) {
    const struct risk_area *area = &assessment->areas[i];
    numbers[i] = area->area;
    items[i] = (int32_t)area->items;
    correct[i] = (int32_t)area->correct;
    differences[i] = (int32_t)lround(area->difference * CENTI);
    if (area->weak)
      weak[weak_n++] = area->area;
  }
  args_i32_list(args, numbers, n);
  args_i32_list(args, items, n);
  args_i32_list(args, correct, n);
  args_i32_list(args, differences, n);
  args_i32_list(args, weak, weak_n);
}

static void add_assessment(struct record *record, const struct student_state *state, const struct risk_assessment *assessment) {
  struct args *args = &record->assessments;
  args_row(args, db_type_row(DB_TYPE_EVALUATION)->fields_n);
  args_i32(args, state->school_id);
  args_i64(args, state->student_id);
  args_i64(args, state->version);
  args_i32(args, state->parameters_id);
  args_time(args, state->input.as_of_ms);
  args_i16(args, (int16_t)assessment->state);
  args_i16(args, (int16_t)assessment->pending_state_runs);
  args_f64(args, assessment->readiness_mean);
  args_f64(args, assessment->readiness_sd);
  args_f64(args, assessment->exam_mean);
  args_f64(args, assessment->exam_sd);
  args_f64(args, assessment->p);
  args_f64(args, assessment->p_low);
  args_f64(args, assessment->p_high);
  args_f64(args, assessment->base_rate);
  args_f64(args, assessment->growth_per_week);
  args_i32(args, (int32_t)assessment->results_used);
  args_day(args, state->input.exam_day);
  args_time(args, assessment->last_check_ms ? assessment->last_check_ms : INT64_MIN);
  put_reasons(&record->json, assessment, &state->input);
  put_json(args, &record->json);
  args_i32(args, (int32_t)assessment->effort_items);
  put_areas(args, assessment);
}

static void add_flag(struct record *record, const struct student_state *state, const struct risk_flag *flag) {
  struct args *args = &record->flags;
  char text[TEXT_BYTES];
  risk_flag_text(text, sizeof text, flag, &state->input);
  args_row(args, db_type_row(DB_TYPE_FLAG)->fields_n);
  args_i32(args, state->school_id);
  args_i64(args, state->student_id);
  args_text(args, flag->code);
  args_i16(args, (int16_t)flag->version);
  args_i16(args, (int16_t)flag->severity);
  args_text(args, text);
  put_detail(&record->json, flag, &state->input);
  put_json(args, &record->json);
}

int record_add(struct record *record, const struct student_state *state, const struct risk_assessment *assessment) {
  add_assessment(record, state, assessment);
  for (uint16_t i = 0; i < assessment->flags_n; i++)
    add_flag(record, state, &assessment->flags[i]);
  int err = buf_finish(&record->assessments.buf);
  if (!err)
    err = buf_finish(&record->flags.buf);
  if (!err)
    record->n++;
  return err;
}

struct args *record_finish(struct record *record) {
  args_rows_end(&record->assessments);
  args_rows_end(&record->flags);
  args_append(&record->assessments, &record->flags);
  return &record->assessments;
}
