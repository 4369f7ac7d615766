/*
 * One assessment from beginning to end, and the curve of P(pass) by date.
 *
 * P = Phi((m - c) / S) with S^2 = variance on the planned day + s_exam^2, recalibrated. The interval shows what P could be if
 * readiness on the planned day were known: its ends are P at the ends of readiness's own interval.
 *
 * Contributions are exact because the mean is a sum: m = mu + sum of weight * (z - mu) + sum of weight * expected growth.
 * On the probit scale each term is a share; the surer S adds its own; the whole distance from the base rate to P, both
 * recalibrated alike, is then handed out in proportion. So they add up to P by construction, and a share's sign says which way it
 * pulls. Shapley values were rejected: the same sum for far more work, and nobody can redo them by hand.
 */
#include "risk/model.h"
#include "risk/sort.h"

#include <math.h>
#include <string.h>

/* Closer than this on the probit scale the slope of the curve stands in for the ratio of two rounding errors. */
#define SAME_PROBIT 1e-7
#define INDEX_MAX   UINT16_MAX /* evidence of flags is counted in 16 bits */

struct work {
  struct course course;
  struct evidence evidence;
  struct filter filter;
  struct posterior all, constrained;
  const struct posterior *posterior;
  struct risk_area areas[RISK_MAX_AREAS];
  double *points;
  uint32_t *index;
};

/* ---------------------------------------------------------------- lent memory */

static size_t aligned(size_t bytes) {
  size_t to = _Alignof(max_align_t);
  return (bytes + to - 1) / to * to;
}

static size_t rows_capped(size_t n) {
  return n < RISK_MAX_RESULTS ? n : RISK_MAX_RESULTS;
}

size_t risk_scratch_bytes(size_t n) {
  size_t shares = n + RISK_REASONS_EXTRA;
  return aligned(sizeof(struct work)) + aligned(n * sizeof(struct row)) + aligned(shares * sizeof(double)) +
         aligned(shares * sizeof(uint32_t)) + aligned(evidence_table_size(n) * sizeof(uint32_t)) +
         aligned(rows_capped(n) * MODEL_STATE * sizeof(double));
}

static void *lend(char **at, size_t bytes) {
  void *lent = *at;
  *at += aligned(bytes);
  return lent;
}

/* ---------------------------------------------------------------- estimate */

static int prepare(const struct risk_params *params, const struct risk_input *input, void *scratch, struct work **ret) {
  if (input->n > INDEX_MAX)
    return RISK_E_INPUT;
  char *at = scratch;
  struct work *work = lend(&at, sizeof *work);
  struct row *rows = lend(&at, input->n * sizeof *rows);
  work->points = lend(&at, (input->n + RISK_REASONS_EXTRA) * sizeof *work->points);
  work->index = lend(&at, (input->n + RISK_REASONS_EXTRA) * sizeof *work->index);
  uint32_t *table = lend(&at, evidence_table_size(input->n) * sizeof *table);
  double *gains = lend(&at, rows_capped(input->n) * MODEL_STATE * sizeof *gains);

  course_set(&work->course, params, input);
  evidence_collect(&work->evidence, params, input, &work->course, rows, work->index, table);
  robust_bound(params, &work->course, &work->evidence, gains);
  work->filter = (struct filter){params, &work->course, &work->evidence, gains};
  filter_run(&work->filter, &work->all);
  work->posterior = filter_weigh(&work->filter, &work->all, &work->constrained);
  *ret = work;
  return RISK_OK;
}

static double pass_above(const struct risk_params *params, const struct course *course, double mean, double sd) {
  return risk_recalibrated(normal_cdf((mean - params->cut_epc) / sd), course->intercept, course->slope);
}

static double probability(const struct risk_params *params, const struct course *course, struct spread spread) {
  return pass_above(params, course, spread.mean, sqrt(spread.variance + params->exam_sd_epc * params->exam_sd_epc));
}

static void estimate(const struct risk_params *params, const struct work *work, struct risk_assessment *ret) {
  const struct course *course = &work->course;
  struct spread now = posterior_now(&work->filter, work->posterior),
                exam = posterior_exam(&work->filter, work->posterior, course->target_days);
  double sd = sqrt(exam.variance);
  struct growth week = course_rate(params, course);
  ret->readiness_mean = now.mean;
  ret->readiness_sd = sqrt(now.variance);
  ret->exam_mean = exam.mean;
  ret->exam_sd = sd;
  ret->growth_per_week =
      week.expected + week.own[0] * work->all.mean[AT_GROWTH_BEFORE] + week.own[1] * work->all.mean[AT_GROWTH_DEDICATED];
  ret->p = probability(params, course, exam);
  /* P is the mean of what it could be, and far from one half a long tail can pull a mean past a quantile. An estimate outside
   * its own interval helps nobody: the interval is widened to hold it. */
  ret->p_low = fmin(ret->p, pass_above(params, course, exam.mean - params->interval_z * sd, params->exam_sd_epc));
  ret->p_high = fmax(ret->p, pass_above(params, course, exam.mean + params->interval_z * sd, params->exam_sd_epc));
  ret->base_rate = risk_recalibrated(course->base_rate, course->intercept, course->slope);
}

/* ---------------------------------------------------------------- contributions */

/* Slope of P over the probit scale, at the base rate. */
static double slope_at_base(const struct course *course, double base_probit, double base_rate) {
  double density = exp(-0.5 * base_probit * base_probit) / sqrt(2 * M_PI);
  return density * course->slope * (base_rate * (1 - base_rate) / (course->base_rate * (1 - course->base_rate)));
}

static bool heavier(const void *arg, uint32_t a, uint32_t b) {
  const double *points = arg;
  if (fabs(points[a]) != fabs(points[b]))
    return fabs(points[a]) > fabs(points[b]);
  return a < b;
}

static void contribute(const struct risk_params *params, struct work *work, struct risk_assessment *ret) {
  const struct course *course = &work->course;
  const struct evidence *evidence = &work->evidence;
  size_t n = evidence->n, prior = n, growth = n + 1;
  double *points = work->points, exam_variance = params->exam_sd_epc * params->exam_sd_epc;
  double surer = sqrt(ret->exam_sd * ret->exam_sd + exam_variance), unsure = sqrt(course->prior_variance + exam_variance);
  double above = course->prior_mean - params->cut_epc, base_probit = above / unsure;
  points[prior] = above / surer - base_probit;
  points[growth] = 0;
  double distance = points[prior];
  for (size_t k = 0; k < n; k++) {
    const struct row *row = &evidence->rows[k];
    points[k] = row->weight * (row->z_used - course->prior_mean) / surer;
    points[growth] += row->weight * row->growth.expected / surer;
    distance += points[k];
  }
  distance += points[growth];
  double share =
      fabs(distance) > SAME_PROBIT ? (ret->p - ret->base_rate) / distance : slope_at_base(course, base_probit, ret->base_rate);
  size_t shares = n > 0 ? n + 2 : 0, heavy = 0, light = shares;
  for (uint32_t i = (uint32_t)shares; i-- > 0;) { /* those without points come last, in order: most results, where there are many */
    points[i] *= share;
    work->index[points[i] != 0 ? heavy++ : --light] = i;
  }
  index_sort(work->index, heavy, heavier, points);
  ret->reasons[0] = (struct risk_reason){.kind = RISK_REASON_BASE_RATE, .points = ret->base_rate};
  for (size_t i = 0; i < shares; i++) {
    uint32_t at = work->index[i];
    struct risk_reason *reason = &ret->reasons[i + 1];
    *reason = (struct risk_reason){.kind = at == prior    ? RISK_REASON_PRIOR
                                           : at == growth ? RISK_REASON_GROWTH
                                                          : RISK_REASON_RESULT,
                                   .points = points[at]};
    if (at < n)
      reason->result = evidence->rows[at].result;
  }
  ret->reasons_n = (uint32_t)(shares + 1);
}

/* ---------------------------------------------------------------- judgement */

static void judge(const struct risk_params *params, const struct risk_input *input, struct work *work,
                  struct risk_assessment *ret) {
  const struct evidence *evidence = &work->evidence;
  struct spread now = {ret->readiness_mean, ret->readiness_sd * ret->readiness_sd};
  struct findings findings = {.params = params,
                              .input = input,
                              .course = &work->course,
                              .evidence = evidence,
                              .assessment = ret,
                              .strain = work->all.strain,
                              .areas = work->areas,
                              .areas_n = areas_estimate(params, input, evidence, work->course.now_days, now, work->areas),
                              .newest_check = SIZE_MAX};
  ret->areas = work->areas;
  ret->areas_n = (uint16_t)findings.areas_n;
  for (size_t k = 0; k < evidence->n && findings.newest_check == SIZE_MAX; k++)
    if (evidence->rows[k].check)
      findings.newest_check = k;
  if (findings.newest_check != SIZE_MAX) {
    ret->last_check_ms = input->results[evidence->rows[findings.newest_check].result].taken_at_ms;
    trend_measure(&findings);
  }
  state_decide(&findings, ret);
  flags_raise(&findings, ret);
}

/* A result that does not say how many items it had counts as the instrument's usual number; 0 where that is not known either. */
uint32_t effort_items(const struct risk_params *params, const struct risk_input *input, double after_ms, double until_ms) {
  uint32_t items = 0;
  for (size_t i = 0; i < input->n; i++) {
    const struct result *result = &input->results[i];
    if (result->retracted || (double)result->taken_at_ms <= after_ms || (double)result->taken_at_ms > until_ms)
      continue;
    const struct known_instrument *known = result->items > 0 ? NULL : params_instrument(params, result->instrument);
    items += result->items > 0 ? (uint32_t)result->items : known != NULL ? known->items : 0;
  }
  return items;
}

/* ---------------------------------------------------------------- outside */

int risk_assess(const struct risk_params *params, const struct risk_input *input, void *scratch, struct risk_reason *reasons,
                struct risk_assessment *ret) {
  struct work *work;
  if (prepare(params, input, scratch, &work) != RISK_OK)
    return RISK_E_INPUT;
  *ret = (struct risk_assessment){.reasons = reasons, .days_to_exam = RISK_NO_DAY};
  memcpy(ret->parameters, params->version, sizeof ret->parameters);
  estimate(params, work, ret);
  contribute(params, work, ret);
  ret->results_used = (uint32_t)work->evidence.n;
  ret->results_after = work->evidence.after;
  ret->results_retracted = work->evidence.retracted;
  ret->effort_items = effort_items(params, input, (double)input->as_of_ms - RISK_EFFORT_DAYS * MS_PER_DAY, (double)input->as_of_ms);
  if (input->exam_day != RISK_NO_DAY)
    ret->days_to_exam = (int32_t)fmin(fmax((double)input->exam_day - (double)input->as_of_day, -INT32_MAX), INT32_MAX);
  judge(params, input, work, ret);
  return RISK_OK;
}

int risk_curve(const struct risk_params *params, const struct risk_input *input, void *scratch, double ret[RISK_CURVE_DAYS]) {
  struct work *work;
  if (prepare(params, input, scratch, &work) != RISK_OK)
    return RISK_E_INPUT;
  double middle = input->exam_day != RISK_NO_DAY ? (double)input->exam_day - (double)input->as_of_day : 0;
  for (int i = 0; i < RISK_CURVE_DAYS; i++) {
    double day = work->course.now_days + middle + i - RISK_CURVE_DAYS / 2;
    ret[i] =
        day < work->course.now_days ? NAN : probability(params, &work->course, posterior_exam(&work->filter, work->posterior, day));
  }
  return RISK_OK;
}

int risk_history(const struct risk_params *params, const struct risk_input *input, void *scratch, const int32_t *days, size_t n,
                 struct risk_point *ret) {
  struct work *work;
  if (prepare(params, input, scratch, &work) != RISK_OK)
    return RISK_E_INPUT;
  for (size_t k = 0; k < work->evidence.n; k++)
    work->evidence.rows[k].in = true; /* looking back, early results speak for their own days */
  for (size_t i = 0; i < n; i++) {
    double ago = fmax((double)input->as_of_day - (double)days[i], 0);
    struct spread then = filter_smooth(&work->filter, work->course.now_days - ago);
    ret[i] = (struct risk_point){then.mean, sqrt(then.variance)};
  }
  return RISK_OK;
}

int risk_looks(const struct risk_params *params, const struct risk_input *input, void *scratch, struct risk_look *ret,
               size_t *ret_n) {
  struct work *work;
  if (prepare(params, input, scratch, &work) != RISK_OK)
    return RISK_E_INPUT;
  for (size_t k = 0; k < work->evidence.n; k++) {
    const struct row *row = &work->evidence.rows[k];
    ret[k] = (struct risk_look){.result = row->result,
                                .epc = row->z,
                                .sd_epc = sqrt(row->variance),
                                .used_epc = row->z_used,
                                .check = row->check,
                                .repeated = row->repeated};
  }
  *ret_n = work->evidence.n;
  return RISK_OK;
}

int32_t risk_earliest_day(const struct risk_params *params, const struct risk_input *input, const double curve[RISK_CURVE_DAYS]) {
  double first = (input->exam_day != RISK_NO_DAY ? (double)input->exam_day : (double)input->as_of_day) - RISK_CURVE_DAYS / 2;
  for (int i = 0; i < RISK_CURVE_DAYS; i++) {
    double day = first + i;
    bool allowed = (input->permit_from_day == RISK_NO_DAY || day >= input->permit_from_day) &&
                   (input->permit_to_day == RISK_NO_DAY || day <= input->permit_to_day) &&
                   (input->deadline_day == RISK_NO_DAY || day <= input->deadline_day);
    if (allowed && curve[i] >= params->ceiling) /* false for the days that are past: NaN */
      return (int32_t)day;
  }
  return RISK_NO_DAY;
}

int risk_areas(const struct risk_params *params, const struct risk_input *input, void *scratch,
               struct risk_area ret[RISK_MAX_AREAS], size_t *ret_n) {
  struct work *work;
  if (prepare(params, input, scratch, &work) != RISK_OK)
    return RISK_E_INPUT;
  struct spread now = posterior_now(&work->filter, work->posterior);
  *ret_n = areas_estimate(params, input, &work->evidence, work->course.now_days, now, ret);
  return RISK_OK;
}
