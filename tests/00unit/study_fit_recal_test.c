/* Recalibration from held-out predictions: what is found, what is shrunk, and what must never break. */
#include "study/fit_recal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MOST = 8000, HORIZONS = 4 };

static const struct fit_recal_prior prior = {0.4, 0.15};
static struct fit_held held[MOST];

static double next(uint32_t *state) { /* xorshift */
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return (*state + 0.5) / 4294967296.0;
}

/* Students whose chance is logistic(intercept + slope * logit p), each seen four times alike. */
static size_t make(size_t students, double intercept, double slope, uint8_t kind) {
  uint32_t random = 7;
  size_t n = 0;
  for (size_t i = 0; i < students; i++) {
    double p = next(&random), chance = 1 / (1 + exp(-intercept - slope * log(p / (1 - p))));
    uint8_t passed = next(&random) < chance;
    for (int h = 0; h < HORIZONS; h++)
      held[n++] = (struct fit_held){.p = p, .weight = 1.0 / HORIZONS, .passed = passed, .fold = (uint8_t)(i % 5), .kind = kind};
  }
  return n;
}

static void many_students_find_what_there_is(void **state) {
  (void)state;
  struct fit_recalibration got;
  size_t n = make(2000, -0.8, 0.7, FIT_REPEAT);
  fit_recal_find(held, n, FIT_REPEAT, SIZE_MAX, &prior, &got);
  assert_int_equal(got.attempts, 2000);
  assert_true(got.failed > 1000 && got.failed < 1500);
  assert_true(fabs(got.intercept + 0.8) < 0.15 && fabs(got.slope - 0.7) < 0.1);
  assert_true(got.intercept_low < got.intercept && got.intercept < got.intercept_high);
  assert_true(got.slope_low < got.slope && got.slope < got.slope_high && got.slope_high < 1);
  /* what the horizons repeat is no news: the interval is that of 2,000 and not of 8,000 */
  assert_true(got.slope_high - got.slope_low > 0.06);
}

/* Twelve who all failed, where half was expected to pass: by themselves they would say minus infinity. */
static void few_students_move_little(void **state) {
  (void)state;
  struct fit_recalibration got;
  size_t n = make(12, 0, 1, FIT_FIRST);
  for (size_t i = 0; i < n; i++) {
    held[i].p = 0.5;
    held[i].passed = 0;
  }
  fit_recal_find(held, n, FIT_FIRST, SIZE_MAX, &prior, &got);
  assert_true(got.intercept < -0.3 && got.intercept > -0.8 && got.slope == 1);
}

static void nobody_is_neutral(void **state) {
  (void)state;
  struct fit_recalibration got;
  fit_recal_find(held, make(50, 0, 1, FIT_FIRST), FIT_REPEAT, SIZE_MAX, &prior, &got);
  assert_int_equal(got.attempts, 0);
  assert_true(got.intercept == 0 && got.slope == 1 && got.slope_low < 1 && got.slope_high > 1);
}

static void a_fold_is_left_out(void **state) {
  (void)state;
  struct fit_recalibration all, others;
  size_t n = make(100, 0, 1, FIT_FIRST);
  fit_recal_find(held, n, FIT_FIRST, SIZE_MAX, &prior, &all);
  fit_recal_find(held, n, FIT_FIRST, 3, &prior, &others);
  assert_int_equal(all.attempts, 100);
  assert_int_equal(others.attempts, 80);
  assert_true(others.slope != all.slope);
}

/* All pass, all fail, all that is told apart, all that is told the wrong way round, certain and wrong. */
static void nothing_breaks_it(void **state) {
  (void)state;
  for (int how = 0; how < 5; how++) {
    struct fit_recalibration got;
    size_t n = make(200, 0, 1, FIT_FIRST);
    for (size_t i = 0; i < n; i++) {
      bool above = held[i].p > 0.5;
      held[i].passed = how == 0 || (how == 2 && above) || (how == 3 && !above) || (how == 4 && !above);
      if (how == 4)
        held[i].p = above;
    }
    fit_recal_find(held, n, FIT_FIRST, SIZE_MAX, &prior, &got);
    assert_true(isfinite(got.intercept) && isfinite(got.slope) && got.slope >= 0.2 && got.slope <= 5);
    assert_true(got.intercept >= -3 && got.intercept <= 3 && isfinite(got.slope_low) && isfinite(got.slope_high));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(many_students_find_what_there_is),
      cmocka_unit_test(few_students_move_little),
      cmocka_unit_test(nobody_is_neutral),
      cmocka_unit_test(a_fold_is_left_out),
      cmocka_unit_test(nothing_breaks_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
