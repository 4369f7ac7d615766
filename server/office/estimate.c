/*
 * What the engine says of one student on the spot: readiness over time, what each result says of it, P by date, weak areas, the
 * first advisable day. For the charts of the student's page and for "what if the exam were on that day?" (?exam_day=2027-03-01).
 *
 *   student_estimate_handle ── api.student_input ──> estimate_came ──> api_show: the trail, then the answer
 *                                   ^                     │ its parameter set was never seen here
 *                                   └── sets_came <───────┘ api.parameters, once
 *
 * It is computed anew each time rather than stored: it takes a hundred microseconds, and four hundred numbers a student and
 * night would be the largest table of all. The state in force (with its hysteresis) is the stored assessment's; this answer
 * has none, so that the two cannot disagree on a page.
 */
#include "office/api.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/when.h"
#include "db/model.h"
#include "proto/catalogue.h"
#include "proto/uuid7.h"
#include "risk/params.h"

#include <math.h>
#include <string.h>

enum {
  HISTORY_POINTS = 120,        /* a chart has no room for more; weekly for two years */
  HISTORY_EVERY_DAYS = 7,      /* at least; the last day is always there */
  LOOKS_SHOWN = 500,           /* the newest; more marks than that nobody tells apart */
  ESTIMATE_BYTES = 192 * 1024, /* 121 days and 120 points of 60 bytes, 64 areas of 220, the looks of 210 */
  ARGS_SMALL = 64,
  CURVE_RESULTS = 400, /* a hundred and twenty assessments of so many take some ten milliseconds */
};

/* Room that the engine works in, of the call's arena. */
struct lent {
  void *scratch;
  struct risk_look *looks;
  struct risk_reason *reasons;
};

static const int64_t day_ms = 24 * 60 * 60 * INT64_C(1000);

/* ---------------------------------------------------------------- as JSON */

static void put_day(struct buf *out, const char *name, int32_t day) {
  char text[11];
  if (day == RISK_NO_DAY) {
    buf_printf(out, "\"%s\":null", name);
    return;
  }
  result_format_day(text, day);
  buf_printf(out, "\"%s\":\"%s\"", name, text);
}

static void put_number(struct buf *out, const char *name, double v) {
  buf_printf(out, ",\"%s\":", name);
  json_put_number(out, v);
}

/* P by date as the estimate would be were the exam planned for that day: so that a day asked for with ?exam_day= lies on the
 * curve, and moving the plan brings what was promised. risk_curve() keeps the plan's dedicated period and prior, and says of a
 * day four weeks off up to ten points less; it serves where there are so many results that the loop would be waited for. */
static int curve_of(const struct risk_params *params, const struct risk_input *input, const struct lent *lent,
                    double ret[RISK_CURVE_DAYS]) {
  const int32_t middle = input->exam_day == RISK_NO_DAY ? input->as_of_day : input->exam_day;
  if (input->n > CURVE_RESULTS)
    return risk_curve(params, input, lent->scratch, ret);
  for (int i = 0; i < RISK_CURVE_DAYS; i++) {
    struct risk_input moved = *input;
    struct risk_assessment assessment;
    moved.exam_day = middle - RISK_CURVE_DAYS / 2 + i;
    ret[i] = NAN;
    if (moved.exam_day < input->as_of_day)
      continue;
    if (risk_assess(params, &moved, lent->scratch, lent->reasons, &assessment) != RISK_OK)
      return RISK_E_INPUT;
    ret[i] = assessment.p;
  }
  return RISK_OK;
}

static void put_curve(struct buf *out, const struct risk_params *params, const struct risk_input *input, const struct lent *lent) {
  double curve[RISK_CURVE_DAYS];
  const int32_t middle = input->exam_day == RISK_NO_DAY ? input->as_of_day : input->exam_day;
  bool first = true;
  if (curve_of(params, input, lent, curve) != RISK_OK)
    return;
  buf_printf(out, ",\"curve\":[");
  for (int i = 0; i < RISK_CURVE_DAYS; i++) {
    if (isnan(curve[i]))
      continue;
    buf_printf(out, first ? "{" : ",{");
    put_day(out, "day", middle - RISK_CURVE_DAYS / 2 + i);
    put_number(out, "p", curve[i]);
    buf_printf(out, "}");
    first = false;
  }
  buf_printf(out, "],");
  put_day(out, "earliest_day", risk_earliest_day(params, input, curve));
}

/* From the first result to today, in steps that fill the chart and no more. */
static void put_history(struct buf *out, const struct risk_params *params, const struct risk_input *input, void *scratch) {
  int32_t days[HISTORY_POINTS], from = input->as_of_day;
  struct risk_point points[HISTORY_POINTS];
  size_t n = 0;
  for (size_t i = 0; i < input->n; i++) {
    const int32_t day = (int32_t)(input->results[i].taken_at_ms / day_ms);
    from = day < from ? day : from;
  }
  int32_t every = (input->as_of_day - from) / (HISTORY_POINTS - 1) + 1;
  every = every < HISTORY_EVERY_DAYS ? HISTORY_EVERY_DAYS : every;
  for (int32_t day = from; day < input->as_of_day; day += every)
    days[n++] = day;
  days[n++] = input->as_of_day;
  buf_printf(out, ",\"history\":[");
  if (risk_history(params, input, scratch, days, n, points) == RISK_OK) {
    for (size_t i = 0; i < n; i++) {
      buf_printf(out, i > 0 ? ",{" : "{");
      put_day(out, "day", days[i]);
      put_number(out, "mean", points[i].mean);
      put_number(out, "sd", points[i].sd);
      buf_printf(out, "}");
    }
  }
  buf_printf(out, "]");
}

static void put_areas(struct buf *out, const struct risk_params *params, const struct risk_input *input, void *scratch) {
  struct risk_area areas[RISK_MAX_AREAS];
  size_t n = 0;
  if (risk_areas(params, input, scratch, areas, &n) != RISK_OK)
    n = 0;
  buf_printf(out, ",\"areas\":[");
  for (size_t i = 0; i < n; i++) {
    const struct area *area = catalogue_area_number(areas[i].area);
    buf_printf(out, "%s{\"axis\":\"%s\",\"area\":\"%s\",\"name\":", i > 0 ? "," : "", area->axis, area->code);
    json_put_string(out, area->name);
    buf_printf(out, ",\"forms\":%u,\"items\":%u,\"correct\":%u", areas[i].forms, areas[i].items, areas[i].correct);
    put_number(out, "difference", areas[i].difference);
    put_number(out, "difference_sd", areas[i].difference_sd);
    put_number(out, "p_weak", areas[i].p_weak);
    buf_printf(out, ",\"weak\":%s,\"missed_again\":%s}", areas[i].weak ? "true" : "false",
               areas[i].missed_again ? "true" : "false");
  }
  buf_printf(out, "]");
}

/* What each result says by itself, on one scale: the marks of the chart. */
static void put_looks(struct buf *out, const struct risk_params *params, const struct risk_input *input, const struct lent *lent) {
  const struct risk_look *looks = lent->looks;
  size_t n = 0;
  if (risk_looks(params, input, lent->scratch, lent->looks, &n) != RISK_OK)
    n = 0;
  buf_printf(out, ",\"looks\":[");
  for (size_t i = 0; i < n && i < LOOKS_SHOWN; i++) {
    char id[UUID_TEXT];
    uuid_format(id, input->results[looks[i].result].id);
    buf_printf(out, "%s{\"result_id\":\"%s\"", i > 0 ? "," : "", id);
    put_number(out, "epc", looks[i].epc);
    put_number(out, "epc_sd", looks[i].sd_epc);
    put_number(out, "epc_used", looks[i].used_epc);
    buf_printf(out, ",\"check\":%s,\"repeated\":%s}", looks[i].check ? "true" : "false", looks[i].repeated ? "true" : "false");
  }
  buf_printf(out, "]");
}

static void put_lines(struct buf *out, const struct risk_params *params) {
  const struct risk_lines lines = risk_params_lines(params);
  put_number(out, "pass_line", lines.cut_epc);
  put_number(out, "floor", lines.floor);
  put_number(out, "ceiling", lines.ceiling);
}

static void put_estimate(struct buf *out, const struct risk_params *params, const struct student_state *state,
                         const struct risk_assessment *a, int32_t planned_day, const struct lent *lent) {
  char as_of[WHEN_TEXT];
  when_utc(as_of, state->input.as_of_ms);
  buf_printf(out, "{\"as_of\":\"%s\",\"parameters\":", as_of);
  json_put_string(out, a->parameters);
  buf_printf(out, ",");
  put_day(out, "planned_day", planned_day);
  buf_printf(out, ",");
  put_day(out, "exam_day", state->input.exam_day);
  put_number(out, "p", a->p);
  put_number(out, "p_low", a->p_low);
  put_number(out, "p_high", a->p_high);
  put_number(out, "base_rate", a->base_rate);
  put_number(out, "readiness_mean", a->readiness_mean);
  put_number(out, "readiness_sd", a->readiness_sd);
  put_number(out, "exam_mean", a->exam_mean);
  put_number(out, "exam_sd", a->exam_sd);
  put_number(out, "growth_per_week", a->growth_per_week);
  buf_printf(out, ",\"results_used\":%u", a->results_used);
  put_lines(out, params);
  put_curve(out, params, &state->input, lent);
  put_looks(out, params, &state->input, lent);
  put_history(out, params, &state->input, lent->scratch);
  put_areas(out, params, &state->input, lent->scratch);
  buf_printf(out, "}");
}

/* ---------------------------------------------------------------- the chain */

static void estimate_ask(struct call *call);

static void sets_came(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  if (err == E_OK)
    err = model_take_sets(call->office->model, res);
  if (err)
    call_failed(call, err, res);
  else
    estimate_ask(call);
}

static void sets_ask(struct call *call) {
  struct args args;
  args_init(&args, ARGS_SMALL);
  const int err = pool_call(call->office->write_pool, STMT_OFFICE_PARAMETERS, &args, sets_came, call);
  if (err)
    call_failed(call, err, NULL);
}

/* ?exam_day= has been checked by api.student_input, which gives it back. */
static int32_t exam_day_of(const PGresult *res, int32_t planned) {
  json_t *said = call_reply_read(res);
  const char *day = json_string_value(json_object_get(said, "exam_day"));
  int32_t ret = planned;
  if (day && result_parse_day(day, &ret) < 0)
    ret = planned;
  json_decref(said);
  return ret;
}

static int lend(struct call *call, size_t n, struct lent *ret) {
  ret->scratch = arena_alloc(&call->arena, risk_scratch_bytes(n));
  ret->looks = arena_alloc(&call->arena, (n + 1) * sizeof *ret->looks);
  ret->reasons = arena_alloc(&call->arena, (n + RISK_REASONS_EXTRA) * sizeof *ret->reasons);
  return ret->scratch && ret->looks && ret->reasons ? E_OK : E_NOMEM;
}

static void estimate_show(struct call *call, struct student_state *state, int32_t planned, const PGresult *res) {
  struct risk_assessment *assessment;
  struct buf out;
  char reason[MODEL_REASON];
  const int err = model_assess(call->office->model, state, clock_wall_ms(), &call->arena, &assessment, reason);
  struct lent lent = {0};
  if (err || lend(call, state->input.n, &lent) < 0) {
    log_event(LOG_WARN, &call->log, "estimate_failed", "reason=%s", err ? log_value(reason) : err_text(E_NOMEM));
    call_failed(call, err ? E_DATABASE : E_BUSY, NULL);
    return;
  }
  buf_init(&out, ESTIMATE_BYTES);
  put_estimate(&out, model_set(call->office->model, state->parameters_id)->params, state, assessment, planned, &lent);
  if (buf_finish(&out) < 0)
    call_failed_memory(call);
  else {
    const struct api_seen seen = api_seen_in(res);
    api_show(call, 200, "application/json", (const char *)out.data, out.len, &seen);
  }
  buf_done(&out);
}

static void estimate_came(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  struct student_state state;
  if (err == E_OK && !call_is_reply(res))
    err = E_DATABASE;
  if (err == E_OK)
    err = state_decode(res, 0, REPLY_GROUND + 1, &call->arena, &state);
  if (err) {
    api_failed(call, err, res);
    return;
  }
  if (!model_set(call->office->model, state.parameters_id) && !call->asked_sets) {
    call->asked_sets = true;
    sets_ask(call);
    return;
  }
  const int32_t planned = state.input.exam_day;
  state.input.exam_day = exam_day_of(res, planned);
  estimate_show(call, &state, planned, res);
}

static void estimate_ask(struct call *call) {
  call_ask(call, STMT_STUDENT_INPUT, call_document(call), estimate_came);
}

void student_estimate_handle(struct call *call) {
  estimate_ask(call);
}
