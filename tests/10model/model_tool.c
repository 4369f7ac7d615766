/*
 * The risk engine behind a pipe, so that tests can be written in Python: one case a line on standard input, as JSON, and one
 * answer a line on standard output, every number with 17 digits.
 *
 *   {"params": "default-2", "set": {"cut_epc": "61"}, "instruments": "<text of instruments.csv>",
 *    "input": {"as_of_ms": 0, "as_of_day": 0, "exam_day": 40, ...}, "results": [{"id": "<32 hex>", "instrument": "cbssa",
 *    "taken_at_ms": 0, "score_centi": 6500, ...}], "weeks": [{"from_day": 0, "said_day": 6, "questions": 120, ...}],
 *    "curve": true}
 *
 * Everything but params and input.as_of_ms may be left out. `model_tool speed STUDENTS RESULTS` measures instead.
 */
#include "risk/params.h"
#include "risk/risk.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE_FLAGS = JSON_REAL_PRECISION(17) | JSON_COMPACT };

static void *must(void *memory) {
  if (memory == NULL) {
    fputs("model_tool: out of memory\n", stderr);
    exit(EXIT_FAILURE);
  }
  return memory;
}

/* ---------------------------------------------------------------- case in */

static int64_t whole(const json_t *object, const char *key, int64_t otherwise) {
  const json_t *value = json_object_get(object, key);
  return json_is_integer(value) ? json_integer_value(value) : json_is_boolean(value) ? json_is_true(value) : otherwise;
}

static const char *text(const json_t *object, const char *key, const char *otherwise) {
  const json_t *value = json_object_get(object, key);
  return json_is_string(value) ? json_string_value(value) : otherwise;
}

/* The text of a shipped set with some values replaced: the lines of these names are left out and written at the end. */
static struct risk_params *make_params(const json_t *request, struct risk_params_fault *ret_fault) {
  size_t len, out_len = 0;
  const char *base = risk_params_builtin(text(request, "params", RISK_PARAMS_DEFAULT), &len), *key;
  json_t *set = json_object_get(request, "set"), *value;
  const char *own = text(request, "text", NULL);
  if (own != NULL)
    return risk_params_parse(own, strlen(own), NULL, 0, ret_fault);
  if (base == NULL)
    return NULL;
  size_t cap = len + 1;
  json_object_foreach(set, key, value) cap += strlen(key) + strlen(json_string_value(value)) + 4;
  char *out = must(malloc(cap));
  for (const char *at = base; *at != '\0';) {
    size_t line = strcspn(at, "\n") + 1, name = strcspn(at, " =\n");
    bool replaced = false;
    json_object_foreach(set, key, value) replaced |= strlen(key) == name && strncmp(key, at, name) == 0;
    if (!replaced) {
      memcpy(out + out_len, at, line);
      out_len += line;
    }
    at += line;
  }
  json_object_foreach(set, key, value) out_len +=
      (size_t)snprintf(out + out_len, cap - out_len, "%s = %s\n", key, json_string_value(value));
  const char *instruments = text(request, "instruments", NULL);
  struct risk_params *params =
      risk_params_parse(out, out_len, instruments, instruments != NULL ? strlen(instruments) : 0, ret_fault);
  free(out);
  return params;
}

static void read_id(uint8_t id[UUID_BYTES], const char *hex) {
  for (size_t i = 0; i < UUID_BYTES && hex[2 * i] != '\0' && hex[2 * i + 1] != '\0'; i++) {
    const char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
    id[i] = (uint8_t)strtoul(digits, NULL, 16);
  }
}

static struct result read_result(const json_t *row) {
  struct result ret = {
      .revision = (uint32_t)whole(row, "revision", 0),
      .retracted = whole(row, "retracted", 0) != 0,
      .taken_at_ms = whole(row, "taken_at_ms", 0),
      .scale = (enum scale)whole(row, "scale", SCALE_NONE),
      .score_centi = (int32_t)whole(row, "score_centi", 0),
      .mode = (enum mode)whole(row, "mode", MODE_NONE),
      .repeat = whole(row, "repeat", 0) != 0,
      .items = (int32_t)whole(row, "items", RESULT_UNKNOWN),
      .correct = (int32_t)whole(row, "correct", RESULT_UNKNOWN),
      .omitted = (int32_t)whole(row, "omitted", RESULT_UNKNOWN),
      .seconds = (int32_t)whole(row, "seconds", RESULT_UNKNOWN),
      .seconds_allowed = (int32_t)whole(row, "seconds_allowed", RESULT_UNKNOWN),
      .printed_p_pass_bp = (int32_t)whole(row, "printed_p_pass_bp", RESULT_UNKNOWN),
  };
  read_id(ret.id, text(row, "id", ""));
  snprintf(ret.instrument, sizeof ret.instrument, "%s", text(row, "instrument", ""));
  snprintf(ret.form, sizeof ret.form, "%s", text(row, "form", ""));
  const json_t *subs = json_object_get(row, "subs"); /* [[area, items, correct], ...] */
  for (size_t i = 0; i < json_array_size(subs) && i < LIMIT_SUBSCORES; i++) {
    const json_t *sub = json_array_get(subs, i);
    ret.sub_area[i] = (uint8_t)json_integer_value(json_array_get(sub, 0));
    ret.sub_items[i] = (uint16_t)json_integer_value(json_array_get(sub, 1));
    ret.sub_correct[i] = (uint16_t)json_integer_value(json_array_get(sub, 2));
    ret.subs++;
  }
  return ret;
}

static struct risk_week read_week(const json_t *week) {
  return (struct risk_week){
      .from_day = (int32_t)whole(week, "from_day", 0),
      .said_day = (int32_t)whole(week, "said_day", whole(week, "from_day", 0)),
      .questions = (uint16_t)whole(week, "questions", 0),
      .study_minutes = (uint16_t)whole(week, "study_minutes", 0),
      .goal_questions = (uint16_t)whole(week, "goal_questions", 0),
      .reviewed_percent = (int8_t)whole(week, "reviewed_percent", RISK_NOT_SAID),
      .confidence_percent = (int8_t)whole(week, "confidence_percent", RISK_NOT_SAID),
  };
}

static struct risk_input read_input(const json_t *from, const struct result *results, size_t n, const struct risk_week *weeks,
                                    size_t weeks_n) {
  struct risk_input ret = {
      .results = results,
      .n = n,
      .weeks = weeks,
      .weeks_n = weeks_n,
      .as_of_ms = whole(from, "as_of_ms", 0),
      .as_of_day = (int32_t)whole(from, "as_of_day", 0),
      .exam_day = (int32_t)whole(from, "exam_day", RISK_NO_DAY),
      .dedicated_day = (int32_t)whole(from, "dedicated_day", RISK_NO_DAY),
      .permit_from_day = (int32_t)whole(from, "permit_from_day", RISK_NO_DAY),
      .permit_to_day = (int32_t)whole(from, "permit_to_day", RISK_NO_DAY),
      .deadline_day = (int32_t)whole(from, "deadline_day", RISK_NO_DAY),
      .track = (enum risk_track)whole(from, "track", RISK_TRACK_US_MD),
      .attempt = (uint16_t)whole(from, "attempt", 1),
      .failures = (uint16_t)whole(from, "failures", 0),
      .last_failed_day = (int32_t)whole(from, "last_failed_day", RISK_NO_DAY),
      .date_moves = (uint16_t)whole(from, "date_moves", 0),
      .enrolled = whole(from, "enrolled", 1) != 0,
      .enrolled_ms = whole(from, "enrolled_ms", 0),
      .last_sync_ms = whole(from, "last_sync_ms", whole(from, "as_of_ms", 0)),
      .previous_state = (enum risk_state)whole(from, "previous_state", RISK_STATE_NONE),
      .pending_state_runs = (uint16_t)whole(from, "pending_state_runs", 0),
      .zone_offset_s = (int32_t)whole(from, "zone_offset_s", 0),
  };
  const json_t *sittings = json_object_get(from, "sittings");
  for (size_t i = 0; i < json_array_size(sittings) && i < RISK_MAX_SITTINGS; i++)
    ret.sittings[ret.sittings_n++] = (int32_t)json_integer_value(json_array_get(sittings, i));
  return ret;
}

/* ---------------------------------------------------------------- answer out */

static json_t *tell_reasons(const struct risk_assessment *assessment, const struct risk_input *input) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < assessment->reasons_n; i++) {
    const struct risk_reason *reason = &assessment->reasons[i];
    char code[64], sentence[256];
    risk_reason_code(code, sizeof code, reason, input);
    risk_reason_text(sentence, sizeof sentence, reason, input);
    json_array_append_new(list, json_pack("{s:s,s:f,s:s,s:i}", "code", code, "points", reason->points, "text", sentence, "result",
                                          reason->kind == RISK_REASON_RESULT ? (int)reason->result : -1));
  }
  return list;
}

static json_t *tell_flags(const struct risk_assessment *assessment, const struct risk_input *input) {
  json_t *list = json_array();
  for (unsigned i = 0; i < assessment->flags_n; i++) {
    const struct risk_flag *flag = &assessment->flags[i];
    char sentence[256];
    risk_flag_text(sentence, sizeof sentence, flag, input);
    json_t *evidence = json_array();
    for (unsigned e = 0; e < flag->evidence_n; e++)
      json_array_append_new(evidence, json_integer(flag->evidence[e]));
    json_array_append_new(list, json_pack("{s:s,s:i,s:i,s:[f,f,f,f],s:s,s:o}", "code", flag->code, "version", flag->version,
                                          "severity", flag->severity, "numbers", flag->numbers[0], flag->numbers[1],
                                          flag->numbers[2], flag->numbers[3], "text", sentence, "evidence", evidence));
  }
  return list;
}

static json_t *tell(const struct risk_assessment *assessment, const struct risk_input *input) {
  return json_pack("{s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:s,s:i,s:i,s:i,s:i,s:I,s:I,s:s,s:o,s:o}", "readiness_mean",
                   assessment->readiness_mean, "readiness_sd", assessment->readiness_sd, "exam_mean", assessment->exam_mean,
                   "exam_sd", assessment->exam_sd, "growth_per_week", assessment->growth_per_week, "p", assessment->p, "p_low",
                   assessment->p_low, "p_high", assessment->p_high, "base_rate", assessment->base_rate, "state",
                   risk_state_name(assessment->state), "pending_state_runs", assessment->pending_state_runs, "results_used",
                   (int)assessment->results_used, "results_after", (int)assessment->results_after, "results_retracted",
                   (int)assessment->results_retracted, "days_to_exam", (json_int_t)assessment->days_to_exam, "last_check_ms",
                   (json_int_t)assessment->last_check_ms, "parameters", assessment->parameters, "reasons",
                   tell_reasons(assessment, input), "flags", tell_flags(assessment, input));
}

static json_t *tell_areas(const struct risk_params *params, const struct risk_input *input, void *scratch) {
  struct risk_area areas[RISK_MAX_AREAS];
  size_t n = 0;
  json_t *list = json_array();
  if (risk_areas(params, input, scratch, areas, &n) != RISK_OK)
    return list;
  for (size_t i = 0; i < n; i++)
    json_array_append_new(list, json_pack("{s:i,s:i,s:i,s:i,s:f,s:f,s:f,s:b,s:b}", "area", areas[i].area, "forms", areas[i].forms,
                                          "items", (int)areas[i].items, "correct", (int)areas[i].correct, "difference",
                                          areas[i].difference, "difference_sd", areas[i].difference_sd, "p_weak", areas[i].p_weak,
                                          "weak", areas[i].weak, "missed_again", areas[i].missed_again));
  return list;
}

static json_t *tell_history(const struct risk_params *params, const struct risk_input *input, void *scratch, const json_t *days) {
  json_t *list = json_array();
  for (size_t i = 0; i < json_array_size(days); i++) {
    struct risk_point point;
    int32_t day = (int32_t)json_integer_value(json_array_get(days, i));
    if (risk_history(params, input, scratch, &day, 1, &point) == RISK_OK)
      json_array_append_new(list, json_pack("[f,f]", point.mean, point.sd));
  }
  return list;
}

static json_t *answer(const json_t *request) {
  struct risk_params_fault fault = {0};
  struct risk_params *params = make_params(request, &fault);
  if (params == NULL)
    return json_pack("{s:{s:i,s:s,s:s}}", "fault", "line", (int)fault.line, "key", fault.key, "reason", fault.reason);
  const json_t *rows = json_object_get(request, "results");
  size_t n = json_array_size(rows);
  struct result *results = must(calloc(n + 1, sizeof *results));
  for (size_t i = 0; i < n; i++)
    results[i] = read_result(json_array_get(rows, i));
  const json_t *told = json_object_get(request, "weeks");
  size_t weeks_n = json_array_size(told);
  struct risk_week *weeks = must(calloc(weeks_n + 1, sizeof *weeks));
  for (size_t i = 0; i < weeks_n; i++)
    weeks[i] = read_week(json_array_get(told, i));
  struct risk_input input = read_input(json_object_get(request, "input"), results, n, weeks, weeks_n);
  void *scratch = must(malloc(risk_scratch_bytes(n)));
  struct risk_reason *reasons = must(calloc(n + 3, sizeof *reasons));
  struct risk_assessment assessment;
  json_t *ret = NULL;
  if (risk_assess(params, &input, scratch, reasons, &assessment) == RISK_OK)
    ret = tell(&assessment, &input);
  if (ret != NULL && whole(request, "areas", 0))
    json_object_set_new(ret, "areas", tell_areas(params, &input, scratch));
  if (ret != NULL && json_object_get(request, "history") != NULL)
    json_object_set_new(ret, "history", tell_history(params, &input, scratch, json_object_get(request, "history")));
  double curve[RISK_CURVE_DAYS];
  if (ret != NULL && whole(request, "curve", 0) && risk_curve(params, &input, scratch, curve) == RISK_OK) {
    json_t *list = json_array();
    for (size_t i = 0; i < RISK_CURVE_DAYS; i++)
      json_array_append_new(list, curve[i] == curve[i] ? json_real(curve[i]) : json_null());
    json_object_set_new(ret, "curve", list);
    json_object_set_new(ret, "earliest_day", json_integer(risk_earliest_day(params, &input, curve)));
  }
  free(reasons);
  free(scratch);
  free(weeks);
  free(results);
  risk_params_free(params);
  return ret != NULL ? ret : json_pack("{s:s}", "error", "not finite, or too many results");
}

/* ---------------------------------------------------------------- speed */

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static uint32_t next_random(uint32_t *state) { /* xorshift */
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

/* A student's half year: mostly question bank blocks, a check every fifth result, scores that rise. */
static void make_student(struct result *results, size_t n, int64_t as_of_ms, uint32_t *random) {
  static const char *const checks[] = {"cbssa", "uwsa1", "free120", "uwsa2"};
  for (size_t i = 0; i < n; i++) {
    struct result *result = &results[i];
    *result = (struct result){.items = 40, .correct = RESULT_UNKNOWN, .taken_at_ms = as_of_ms - (int64_t)(n - i) * 4 * 86400000};
    for (size_t b = 0; b < UUID_BYTES; b++)
      result->id[b] = (uint8_t)next_random(random);
    bool check = i % 5 == 4, three_digit = check && i / 5 % 2 == 1;
    snprintf(result->instrument, sizeof result->instrument, "%s",
             check   ? checks[i / 5 % 4]
             : i % 2 ? "qbank_uworld"
                     : "qbank_amboss");
    snprintf(result->form, sizeof result->form, "form %zu", i);
    double readiness = 50 + 20.0 * (double)i / (double)n + (double)(next_random(random) % 1000) / 100 - 5;
    result->score_centi = (int32_t)(100 * (three_digit ? 70 + 2.1 * readiness : check ? readiness : readiness - 8));
  }
}

static int speed(size_t students, size_t n) {
  enum { MADE = 64 };
  struct risk_params_fault fault;
  size_t len;
  const char *params_text = risk_params_builtin(RISK_PARAMS_DEFAULT, &len);
  struct risk_params *params = risk_params_parse(params_text, len, NULL, 0, &fault);
  if (params == NULL)
    return EXIT_FAILURE;
  const int64_t day = 20000, as_of_ms = day * 86400000;
  uint32_t random = 1;
  struct result *results = must(calloc(MADE * n, sizeof *results));
  for (size_t i = 0; i < MADE; i++)
    make_student(results + i * n, n, as_of_ms, &random);
  void *scratch = must(malloc(risk_scratch_bytes(n)));
  struct risk_reason *reasons = must(calloc(n + 3, sizeof *reasons));
  double sum = 0, begin = seconds_now();
  for (size_t i = 0; i < students; i++) {
    struct risk_assessment assessment;
    struct risk_input input = {.results = results + i % MADE * n,
                               .n = n,
                               .as_of_ms = as_of_ms,
                               .as_of_day = (int32_t)day,
                               .exam_day = (int32_t)day + 28,
                               .dedicated_day = RISK_NO_DAY,
                               .permit_from_day = RISK_NO_DAY,
                               .permit_to_day = RISK_NO_DAY,
                               .deadline_day = RISK_NO_DAY,
                               .attempt = 1,
                               .last_sync_ms = as_of_ms};
    if (risk_assess(params, &input, scratch, reasons, &assessment) != RISK_OK)
      return EXIT_FAILURE;
    sum += assessment.p;
  }
  double seconds = seconds_now() - begin;
  printf("%zu students of %zu results: %.0f a second, %.2f us each (mean P %.3f)\n", students, n, (double)students / seconds,
         1e6 * seconds / (double)students, sum / (double)students);
  free(reasons);
  free(scratch);
  free(results);
  risk_params_free(params);
  return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "speed") == 0)
    return speed(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
  char *line = NULL;
  size_t cap = 0;
  while (getline(&line, &cap, stdin) > 0) {
    json_error_t error;
    json_t *request = json_loads(line, 0, &error);
    json_t *reply = request != NULL ? answer(request) : json_pack("{s:s}", "error", error.text);
    if (reply == NULL)
      reply = json_pack("{s:s}", "error", "a number is not finite");
    json_dumpf(reply, stdout, LINE_FLAGS);
    putchar('\n');
    fflush(stdout);
    json_decref(reply);
    json_decref(request);
  }
  free(line);
  return EXIT_SUCCESS;
}
