/* The regression beside the estimate: against weights that numpy found by another road, gradient descent to 1e-15. */
#include "study/logit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { ROWS = 24, FEATURES = 3 };

static void rows_make(double x[ROWS * FEATURES], uint8_t y[ROWS]) {
  for (int i = 0; i < ROWS; i++) {
    x[i * FEATURES] = ((i * 7) % 11) / 2.0;
    x[i * FEATURES + 1] = ((i * 5) % 13) - 6.0;
    x[i * FEATURES + 2] = (i % 3) * 10.0;
    y[i] = (i * i * 3 + i) % 7 < 3;
  }
}

static void weights_are_numpy_s(void **state) {
  (void)state;
  static const double weights[] = {0.40507873, 0.82736959, -0.51032775, 0.18983589}, p[] = {0.43184974, 0.74844615, 0.40789935};
  double x[ROWS * FEATURES];
  uint8_t y[ROWS];
  struct logit logit;
  rows_make(x, y);
  logit_train(x, y, ROWS, FEATURES, 1.0, &logit);
  for (size_t k = 0; k <= FEATURES; k++)
    assert_true(fabs(logit.weight[k] - weights[k]) < 1e-8);
  for (size_t i = 0; i < 3; i++)
    assert_true(fabs(logit_probability(&logit, x + i * FEATURES) - p[i]) < 1e-8);
}

static void one_outcome_gives_its_share_drawn_in(void **state) {
  (void)state;
  double x[ROWS * FEATURES];
  uint8_t y[ROWS] = {0};
  struct logit logit;
  rows_make(x, y);
  for (int i = 0; i < ROWS; i++)
    y[i] = 1;
  logit_train(x, y, ROWS, FEATURES, 1.0, &logit);
  assert_true(fabs(logit_probability(&logit, x) - 25.0 / 26.0) < 1e-12);
}

/* A feature that never varies, and one that tells the outcomes apart without fail. */
static void what_cannot_be_weighed_stays_finite(void **state) {
  (void)state;
  double x[ROWS * 2];
  uint8_t y[ROWS];
  struct logit logit;
  for (int i = 0; i < ROWS; i++) {
    x[2 * i] = 60;
    x[2 * i + 1] = i;
    y[i] = i >= ROWS / 2;
  }
  logit_train(x, y, ROWS, 2, 1.0, &logit);
  assert_true(fabs(logit.weight[1]) < 1e-6 && logit.weight[2] > 1 && logit.weight[2] < 100);
  assert_true(logit_probability(&logit, (double[]){61, 1e9}) > 0.999999);
  assert_true(logit_probability(&logit, (double[]){60, -1e300}) < 1e-6);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(weights_are_numpy_s),
      cmocka_unit_test(one_outcome_gives_its_share_drawn_in),
      cmocka_unit_test(what_cannot_be_weighed_stays_finite),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
