/*
 * The engine alone, one core: every attempt of a class at 7, 14, 28 and 42 days, and every student with all results, each called as
 * backtest calls it. One line of JSON: how many calls, and their seconds of processor time.
 *
 * Filling in an input is no call of the engine. It is measured by itself and taken off, because a clock around each call of a few
 * microseconds would measure the clock.
 */
#include "risk/params.h"
#include "study/past.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const int32_t horizons[] = {7, 14, 28, 42};

struct desk {
  const struct past *past;
  const struct risk_params *params;
  struct result *results;
  struct risk_reason *reasons;
  void *scratch;
  struct risk_assessment assessment;
};

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Seconds for all students so many days before each attempt; *ret_calls is added to. Without `assess`, inputs are only filled in.
 */
static double pass(struct desk *desk, int32_t days, bool assess, size_t *ret_calls) {
  const struct past *past = desk->past;
  double begun = seconds_now();
  for (size_t s = 0; s < past->students_n; s++)
    for (size_t a = 0; a < past->students[s].attempts_n; a++) {
      struct risk_input input;
      int32_t exam = past_exam_day(&past->attempts[past->students[s].attempts_at + a]);
      past_input(past, s, a, exam - days, desk->results, &input);
      if (assess && risk_assess(desk->params, &input, desk->scratch, desk->reasons, &desk->assessment) == RISK_OK)
        ++*ret_calls;
    }
  return seconds_now() - begun;
}

static double calls(struct desk *desk, int32_t days, size_t *ret_calls) {
  double with = pass(desk, days, true, ret_calls);
  return with - pass(desk, days, false, ret_calls);
}

int main(int argc, char **argv) {
  struct risk_params_fault fault;
  struct past *past;
  char reason[PAST_REASON];
  size_t len, all = 0, full = 0;
  const char *text = risk_params_builtin(RISK_PARAMS_DEFAULT, &len);
  struct risk_params *params = risk_params_parse(text, len, NULL, 0, &fault);
  const struct past_options options = {.directory = argc > 1 ? argv[1] : ".", .known = risk_params_knows, .known_arg = params};
  if (!params || past_read(&options, &past, reason) != 0)
    return EXIT_FAILURE;
  struct desk desk = {.past = past,
                      .params = params,
                      .results = malloc((past->results_most + 1) * sizeof *desk.results),
                      .reasons = malloc((past->results_most + RISK_REASONS_EXTRA) * sizeof *desk.reasons),
                      .scratch = malloc(risk_scratch_bytes(past->results_most))};
  if (!desk.results || !desk.reasons || !desk.scratch)
    return EXIT_FAILURE;
  double seconds = 0;
  for (size_t h = 0; h < sizeof horizons / sizeof *horizons; h++)
    seconds += calls(&desk, horizons[h], &all);
  double full_seconds = calls(&desk, 0, &full);
  printf("{\"calls\": %zu, \"seconds\": %.6f, \"full\": %zu, \"full_seconds\": %.6f, \"results_most\": %zu}\n", all, seconds, full,
         full_seconds, past->results_most);
  free(desk.results);
  free(desk.reasons);
  free(desk.scratch);
  past_free(past);
  risk_params_free(params);
  return EXIT_SUCCESS;
}
