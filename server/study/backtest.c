/*
 * Assessing a past class.
 *
 * The engine is pure and the class does not change, so threads share both and need no lock: each takes the next block of
 * students from a counter and writes into the places of their attempts. The order of the output follows from the places and not
 * from who was first. Processes with shared memory would guard against a crash that the engine must not have anyway.
 *
 * Each horizon is assessed as if it were the first assessment: hysteresis belongs to a nightly run, and with it a prediction at
 * seven days would depend on whether one at fourteen had been asked for.
 */
#include "study/backtest.h"

#include "base/err.h"
#include "base/when.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  BLOCK_STUDENTS = 64, /* taken at once: a few milliseconds */
  EXAM_WEEK_DAYS = 7,  /* a check in the exam's week tells what readiness was at the exam */
};

struct run {
  const struct past *past;
  const struct backtest_options *options;
  struct prediction *ret;
  atomic_size_t next, done;
  atomic_int err;
};

struct desk { /* of one thread */
  struct result *results;
  struct risk_reason *reasons;
  void *scratch;
  struct risk_assessment assessment;
};

/* ---------------------------------------------------------------- one prediction */

static double check_after(const struct run *run, const struct risk_params *params, size_t student, const struct risk_input *input,
                          const struct risk_assessment *assessment) {
  const struct past_student *who = &run->past->students[student];
  int64_t exam_ms = past_noon_ms(run->past, input->exam_day), week_ms = past_noon_ms(run->past, input->exam_day - EXAM_WEEK_DAYS);
  int64_t from_ms = input->as_of_ms > week_ms ? input->as_of_ms : week_ms;
  struct result result;
  struct risk_reading reading;
  for (size_t i = who->results_n; i-- > input->n;) {
    const struct past_result *packed = &run->past->results[who->results_at + i];
    if (packed->taken_at_ms < from_ms)
      break;
    if (packed->taken_at_ms >= exam_ms || packed->marks & PAST_RETRACTED)
      continue;
    past_result_fill(run->past, packed, &result);
    if (risk_params_read(params, &result, &reading) && reading.check)
      return (reading.epc - assessment->exam_mean) / hypot(assessment->exam_sd, reading.sd_epc);
  }
  return NAN;
}

static uint64_t flag_bits(const struct risk_assessment *assessment) {
  uint64_t bits = 0;
  for (size_t i = 0; i < assessment->flags_n; i++)
    for (size_t rule = 0; rule < 64 && risk_rule_at(rule); rule++)
      if (strcmp(risk_rule_at(rule)->code, assessment->flags[i].code) == 0)
        bits |= UINT64_C(1) << rule;
  return bits;
}

static int predict(struct run *run, struct desk *desk, size_t student, size_t attempt, int32_t horizon, struct prediction *ret) {
  const struct backtest_options *options = run->options;
  const struct risk_params *params = options->params[options->fold ? options->fold[student] : 0];
  struct risk_input input;
  int32_t day = past_exam_day(&run->past->attempts[run->past->students[student].attempts_at + attempt]) - horizon;
  past_input(run->past, student, attempt, day, desk->results, &input);
  if (risk_assess(params, &input, desk->scratch, desk->reasons, &desk->assessment) != RISK_OK)
    return E_LIMIT;
  const struct risk_assessment *a = &desk->assessment;
  *ret = (struct prediction){.readiness_mean = a->readiness_mean,
                             .readiness_sd = a->readiness_sd,
                             .exam_mean = a->exam_mean,
                             .exam_sd = a->exam_sd,
                             .p = a->p,
                             .p_low = a->p_low,
                             .p_high = a->p_high,
                             .trained_p = NAN,
                             .check_z = check_after(run, params, student, &input, a),
                             .flags = flag_bits(a),
                             .n_results = a->results_used,
                             .state = (uint8_t)a->state};
  rival_look(options->scale, &input, past_noon_ms(run->past, input.exam_day), &ret->rival);
  if (options->features)
    rival_features(options->scale, &input, options->features[ret - run->ret]);
  return 0;
}

/* ---------------------------------------------------------------- threads */

static int student_predict(struct run *run, struct desk *desk, size_t student) {
  const struct past_student *who = &run->past->students[student];
  const struct backtest_options *options = run->options;
  int err = 0;
  for (size_t attempt = 0; !err && attempt < who->attempts_n; attempt++)
    for (size_t h = 0; !err && h < options->horizons_n; h++)
      err = predict(run, desk, student, attempt, options->horizons[h],
                    &run->ret[(who->attempts_at + attempt) * options->horizons_n + h]);
  return err;
}

static int desk_open(const struct past *past, struct desk *desk) {
  desk->results = malloc((past->results_most + 1) * sizeof *desk->results);
  desk->reasons = malloc((past->results_most + RISK_REASONS_EXTRA) * sizeof *desk->reasons);
  desk->scratch = malloc(risk_scratch_bytes(past->results_most));
  return desk->results && desk->reasons && desk->scratch ? 0 : E_NOMEM;
}

static void *work(struct run *run, bool tells) {
  struct desk desk = {0};
  size_t total = run->past->students_n;
  int err = desk_open(run->past, &desk);
  while (!err && !atomic_load(&run->err)) {
    size_t from = atomic_fetch_add(&run->next, BLOCK_STUDENTS);
    if (from >= total)
      break;
    size_t to = from + BLOCK_STUDENTS < total ? from + BLOCK_STUDENTS : total;
    for (size_t student = from; !err && student < to; student++)
      err = student_predict(run, &desk, student);
    size_t done = atomic_fetch_add(&run->done, to - from) + to - from;
    if (tells && run->options->progress)
      run->options->progress(run->options->arg, done, total);
  }
  if (err)
    atomic_store(&run->err, err);
  free(desk.results);
  free(desk.reasons);
  free(desk.scratch);
  return NULL;
}

static void *work_beside(void *arg) {
  return work(arg, false);
}

static size_t threads_wanted(const struct backtest_options *options) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  size_t wanted = options->threads ? options->threads : cores > 0 ? (size_t)cores : 1;
  return wanted < BACKTEST_THREADS ? wanted : BACKTEST_THREADS;
}

int backtest_run(const struct past *past, const struct backtest_options *options, struct prediction *ret) {
  struct run run = {.past = past, .options = options, .ret = ret};
  pthread_t beside[BACKTEST_THREADS];
  size_t begun = 0, wanted = threads_wanted(options) - 1;
  while (begun < wanted && pthread_create(&beside[begun], NULL, work_beside, &run) == 0) /* fewer are slower, no more */
    begun++;
  work(&run, true);
  while (begun > 0)
    pthread_join(beside[--begun], NULL);
  return atomic_load(&run.err);
}

/* ---------------------------------------------------------------- predictions.csv */

static void put_flags(struct buf *out, uint64_t flags) {
  const char *between = "";
  for (size_t rule = 0; rule < 64 && risk_rule_at(rule); rule++)
    if (flags >> rule & 1) {
      buf_printf(out, "%s%s", between, risk_rule_at(rule)->code);
      between = ";";
    }
}

static void put_row(struct buf *out, const struct past *past, const struct past_attempt *attempt, int32_t horizon,
                    const struct prediction *p, const struct risk_line *scale) {
  char id[2 * CSV_FIELD_CAP], when[WHEN_TEXT];
  csv_quote(id, sizeof id, past_student_id(past, attempt->student));
  when_utc(when, past_noon_ms(past, past_exam_day(attempt) - horizon));
  buf_printf(out, "%s,%u,%s,%d,%u,%.4f,%.4f,%.4f,%.4f,%.9g,%.9g,%.9g,%s,", id, attempt->number, when, horizon, p->n_results,
             scale->offset + scale->slope * p->readiness_mean, scale->slope * p->readiness_sd,
             scale->offset + scale->slope * p->exam_mean, scale->slope * p->exam_sd, p->p, p->p_low, p->p_high,
             risk_state_name((enum risk_state)p->state));
  put_flags(out, p->flags);
  buf_put(out, "\n", 1);
}

void backtest_write_head(struct buf *out) {
  buf_printf(out, "student_id,attempt,as_of,days_to_exam,n_results,readiness_mean,readiness_sd,exam_day_mean,exam_day_sd,p_pass,"
                  "p_low,p_high,state,flags\n");
}

void backtest_write(struct buf *out, const struct past *past, const struct backtest_options *options,
                    const struct prediction *predictions, const struct risk_line *scale) {
  static const struct risk_line epc = {.offset = 0, .slope = 1};
  for (size_t i = 0; i < past->attempts_n; i++)
    for (size_t h = 0; h < options->horizons_n; h++)
      put_row(out, past, &past->attempts[i], options->horizons[h], &predictions[i * options->horizons_n + h], scale ? scale : &epc);
}
