/*
 * Cases for fitting, and the engine as their likelihood.
 *
 * Outcomes alone say little about growth: a class of 150 has a dozen failures. What says much is how a later check came out beside
 * what the engine expected of readiness on that day from results taken weeks before. So each attempt gives its outcome seen from
 * four horizons, which together weigh as one student, and up to three expectations of its last check. The engine is asked for the
 * second by handing it the older results only, as of the later day.
 *
 * A check's error has heavy tails (Student's t), and P is kept off 0 and 1: no single student may decide a school's parameters.
 */
#include "study/fit_cases.h"

#include "base/err.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define TAIL 5.0 /* degrees of freedom of a check's error */
#define TAIL_SHARE                                                                                                                 \
  0.7337993907 /* of the variance: scale at which errors that are normal after all fit best at their own variance */
#define LEAST_P       0.003
#define PRINTED_SD    0.04 /* a report rounds to per cent, and its curve is not quite the model's */
#define PRINTED_WORTH 10.0 /* all pairs together count as so many: a printed P is the report's opinion, not an outcome */
#define BASIS_POINTS  10000.0

enum {
  HORIZONS = 4,
  BLOCK_CASES = 64,
  THREADS_MOST = 64,
  CHECK_BEFORE_DAYS = 21, /* the last check lies in these days before the exam */
  CHECK_AFTER_DAYS = 5,   /* and so many after the moment it is looked at from */
};

static const int32_t horizons[HORIZONS] = {42, 28, 14, 7};

/* ---------------------------------------------------------------- collecting */

static void case_add(struct fit_cases *cases, const struct fit_case *of) {
  cases->cases[cases->n++] = *of;
  cases->checks += of->kind == FIT_CHECK;
  cases->printed += of->kind == FIT_PRINTED;
}

/* Index of the last readiness check before the exam, SIZE_MAX for none. */
static size_t last_check(const struct past *past, size_t student, int32_t exam_day, const struct risk_params *params,
                         struct result *results, struct risk_reading *ret) {
  const struct past_student *who = &past->students[student];
  int64_t exam_ms = past_noon_ms(past, exam_day), least_ms = past_noon_ms(past, exam_day - CHECK_BEFORE_DAYS);
  for (size_t i = who->results_n; i-- > 0 && results[i].taken_at_ms >= least_ms;)
    if (results[i].taken_at_ms < exam_ms && !results[i].retracted && results[i].scale == SCALE_EPC &&
        risk_params_read(params, &results[i], ret) && ret->check)
      return i;
  return SIZE_MAX;
}

static void attempt_cases(struct fit_cases *cases, const struct past *past, size_t student, size_t attempt,
                          const struct risk_params *params, struct result *results, struct result *spare) {
  const struct past_attempt *of = &past->attempts[past->students[student].attempts_at + attempt];
  int32_t exam_day = past_exam_day(of);
  struct risk_reading reading;
  size_t check = last_check(past, student, exam_day, params, results, &reading);
  size_t first = cases->n;
  cases->attempts++;
  cases->failed += of->outcome == PAST_FAIL;
  for (int h = 0; h < HORIZONS; h++) {
    struct fit_case made = {
        .kind = FIT_OUTCOME, .student = (uint32_t)student, .weight = 1.0 / HORIZONS, .seen = of->outcome == PAST_PASS};
    past_input(past, student, attempt, exam_day - horizons[h], spare, &made.input);
    made.input.results = results;
    case_add(cases, &made);
    if (check == SIZE_MAX || made.input.n == 0 || check < made.input.n ||
        results[check].taken_at_ms < past_noon_ms(past, exam_day - horizons[h] + CHECK_AFTER_DAYS))
      continue;
    made.kind = FIT_CHECK;
    made.seen = reading.epc;
    made.sd = reading.sd_epc;
    made.input.as_of_day += (int32_t)((results[check].taken_at_ms - made.input.as_of_ms) / 86400000);
    made.input.as_of_ms = results[check].taken_at_ms;
    case_add(cases, &made);
  }
  size_t looked = 0;
  for (size_t i = first; i < cases->n; i++)
    looked += cases->cases[i].kind == FIT_CHECK;
  for (size_t i = first; i < cases->n; i++)
    if (cases->cases[i].kind == FIT_CHECK)
      cases->cases[i].weight = 1.0 / (double)looked;
}

static void printed_cases(struct fit_cases *cases, const struct past *past, size_t student, const struct risk_params *params,
                          const struct result *results) {
  struct risk_reading reading;
  for (size_t i = 0; i < past->students[student].results_n; i++) {
    if (results[i].printed_p_pass_bp == RESULT_UNKNOWN || results[i].retracted || results[i].scale != SCALE_EPC ||
        !risk_params_read(params, &results[i], &reading) || !reading.check)
      continue;
    double printed = results[i].printed_p_pass_bp / BASIS_POINTS;
    const struct fit_case made = {.kind = FIT_PRINTED,
                                  .student = (uint32_t)student,
                                  .weight = 1,
                                  .seen = printed,
                                  .sd = PRINTED_SD,
                                  .input = {.results = &results[i], .n = 1}};
    case_add(cases, &made);
  }
}

static bool has_outcome(const struct past *past, size_t student, size_t attempt) {
  const struct past_attempt *of = &past->attempts[past->students[student].attempts_at + attempt];
  return of->outcome != PAST_NONE && past_exam_day(of) != RISK_NO_DAY;
}

static bool has_any_outcome(const struct past *past, size_t student) {
  for (size_t a = 0; a < past->students[student].attempts_n; a++)
    if (has_outcome(past, student, a))
      return true;
  return false;
}

static void student_cases(struct fit_cases *cases, const struct past *past, size_t student, const struct risk_params *params,
                          struct result *spare) {
  const struct past_student *who = &past->students[student];
  struct result *results = &cases->pool[cases->pool_n];
  for (size_t i = 0; i < who->results_n; i++)
    past_result_fill(past, &past->results[who->results_at + i], &results[i]);
  cases->pool_n += who->results_n;
  cases->students++;
  for (size_t a = 0; a < who->attempts_n; a++)
    if (has_outcome(past, student, a))
      attempt_cases(cases, past, student, a, params, results, spare);
  printed_cases(cases, past, student, params, results);
}

int fit_cases_collect(const struct past *past, const uint32_t *students, size_t n, const struct risk_params *params,
                      struct fit_cases *ret) {
  struct fit_cases cases = {.results_most = past->results_most};
  size_t with = 0, results = 0, attempts = 0;
  uint32_t *chosen = malloc((n + 1) * sizeof *chosen);
  struct result *spare = malloc((past->results_most + 1) * sizeof *spare);
  if (!chosen || !spare)
    goto fail;
  for (size_t i = 0; i < n; i++) {
    uint32_t student = students ? students[i] : (uint32_t)i;
    if (has_any_outcome(past, student))
      chosen[with++] = student;
  }
  size_t take = with < FIT_STUDENTS ? with : FIT_STUDENTS;
  for (size_t i = 0; i < take; i++) {
    chosen[i] = chosen[i * with / (take ? take : 1)];
    results += past->students[chosen[i]].results_n;
    attempts += past->students[chosen[i]].attempts_n;
  }
  cases.room = 2 * HORIZONS * attempts + results;
  cases.cases = calloc(cases.room + 1, sizeof *cases.cases);
  cases.pool = calloc(results + 1, sizeof *cases.pool);
  if (!cases.cases || !cases.pool)
    goto fail;
  for (size_t i = 0; i < take; i++)
    student_cases(&cases, past, chosen[i], params, spare);
  for (size_t i = 0; i < cases.n; i++)
    if (cases.cases[i].kind == FIT_PRINTED)
      cases.cases[i].weight = fmin(1, PRINTED_WORTH / (double)cases.printed);
  free(chosen);
  free(spare);
  *ret = cases;
  return E_OK;
fail:
  free(chosen);
  free(spare);
  fit_cases_done(&cases);
  return E_NOMEM;
}

void fit_cases_done(struct fit_cases *cases) {
  free(cases->cases);
  free(cases->pool);
  *cases = (struct fit_cases){0};
}

/* ---------------------------------------------------------------- looking */

struct run {
  const struct fit_cases *cases;
  const struct risk_params *params;
  struct fit_look *ret;
  atomic_size_t next;
  atomic_int err;
};

static struct fit_look look_at(const struct fit_case *of, const struct risk_params *params, void *scratch,
                               struct risk_reason *reasons, struct risk_assessment *assessment) {
  struct risk_reading reading;
  if (of->kind == FIT_PRINTED) {
    double epc = risk_params_read(params, of->input.results, &reading) ? reading.epc : 0;
    return (struct fit_look){risk_params_curve(params, epc), of->sd * of->sd};
  }
  if (risk_assess(params, &of->input, scratch, reasons, assessment) != RISK_OK)
    return (struct fit_look){assessment->base_rate, 1}; /* more results than can be assessed: says the same for all parameters */
  if (of->kind == FIT_OUTCOME)
    return (struct fit_look){assessment->p, 0};
  double sd = assessment->readiness_sd;
  return (struct fit_look){assessment->readiness_mean, sd * sd + of->sd * of->sd};
}

static void *work(void *arg) {
  struct run *run = arg;
  size_t n = run->cases->n;
  void *scratch = malloc(risk_scratch_bytes(run->cases->results_most));
  struct risk_reason *reasons = malloc((run->cases->results_most + RISK_REASONS_EXTRA) * sizeof *reasons);
  struct risk_assessment *assessment = calloc(1, sizeof *assessment);
  if (!scratch || !reasons || !assessment)
    atomic_store(&run->err, E_NOMEM);
  while (!atomic_load(&run->err)) {
    size_t from = atomic_fetch_add(&run->next, BLOCK_CASES);
    if (from >= n)
      break;
    for (size_t i = from; i < n && i < from + BLOCK_CASES; i++)
      run->ret[i] = look_at(&run->cases->cases[i], run->params, scratch, reasons, assessment);
  }
  free(scratch);
  free(reasons);
  free(assessment);
  return NULL;
}

int fit_cases_look(const struct fit_cases *cases, const struct risk_params *params, size_t threads, struct fit_look *ret) {
  struct run run = {.cases = cases, .params = params, .ret = ret};
  pthread_t others[THREADS_MOST];
  size_t started = 0;
  long cores = threads ? (long)threads : sysconf(_SC_NPROCESSORS_ONLN);
  while (started + 1 < THREADS_MOST && (long)started + 1 < cores && pthread_create(&others[started], NULL, work, &run) == 0)
    started++;
  work(&run);
  while (started > 0)
    pthread_join(others[--started], NULL);
  return atomic_load(&run.err);
}

/* ---------------------------------------------------------------- loss */

struct fit_loss fit_case_loss(const struct fit_case *of, struct fit_look look) {
  if (of->kind == FIT_OUTCOME) {
    double p = fmin(fmax(look.mean, LEAST_P), 1 - LEAST_P);
    return (struct fit_loss){.loss = -of->weight * log(of->seen > 0 ? p : 1 - p),
                             .by_mean = of->weight * (p - of->seen) / (p * (1 - p)),
                             .mean_curve = of->weight / (p * (1 - p))};
  }
  double scale = TAIL_SHARE * look.variance, away = of->seen - look.mean;
  double square = away * away / scale, count = (TAIL + 1) / (TAIL + square);
  return (struct fit_loss){.loss = of->weight * (0.5 * log(scale) + 0.5 * (TAIL + 1) * log1p(square / TAIL)),
                           .by_mean = -of->weight * count * away / scale,
                           .by_variance = of->weight * 0.5 * (1 - count * square) / look.variance,
                           .mean_curve = of->weight * (TAIL + 1) / (TAIL + 3) / scale,
                           .variance_curve = of->weight * 0.5 * TAIL / (TAIL + 3) / (look.variance * look.variance)};
}
