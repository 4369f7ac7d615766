/*
 * Reading a document without trusting it.
 *
 * The documents are our own, but they are kept for years, and what renders them may be newer or older than what made them. So each
 * member is asked for by name and type and may be absent; a missing list is an empty one, a missing number is none. Rejected: a
 * schema check first, which would turn a brief with one odd member into no brief.
 */
#include "paper/doc.h"

#include "paper/chart.h"
#include "proto/result.h"

#include <math.h>
#include <stdio.h>

const char *doc_text(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

int64_t doc_count(const json_t *object, const char *key) {
  double value = doc_real(object, key);
  return value >= (double)DOC_COUNT_MOST ? DOC_COUNT_MOST : value > 0 ? (int64_t)value : 0;
}

double doc_real(const json_t *object, const char *key) {
  const json_t *value = json_object_get(object, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

bool doc_true(const json_t *object, const char *key) {
  return json_is_true(json_object_get(object, key));
}

bool doc_has(const json_t *object, const char *key) {
  const json_t *value = json_object_get(object, key);
  return value && !json_is_null(value);
}

const json_t *doc_object(const json_t *object, const char *key) {
  const json_t *value = json_object_get(object, key);
  return json_is_object(value) ? value : NULL;
}

const json_t *doc_list(const json_t *object, const char *key) {
  const json_t *value = json_object_get(object, key);
  return json_is_array(value) ? value : NULL;
}

enum sheet_state doc_state(const json_t *object, const char *key) {
  return sheet_state_named(doc_text(object, key));
}

int64_t doc_moment_ms(const json_t *object, const char *key) {
  int64_t ms;
  return result_parse_time(doc_text(object, key), 0, &ms) == 0 ? ms : 0;
}

int32_t doc_day(const json_t *object, const char *key) {
  int32_t day;
  return result_parse_day(doc_text(object, key), &day) == 0 ? day : CHART_NO_DAY;
}

void doc_who(char ret[DOC_WHO], const json_t *document, const char *student_id) {
  const char *name = doc_text(doc_object(document, "names"), student_id);
  if (*name)
    snprintf(ret, DOC_WHO, "%.*s (%.*s)", DOC_WHO / 2 - 4, name, DOC_WHO / 2 - 4, student_id);
  else
    snprintf(ret, DOC_WHO, "%s", student_id);
}
