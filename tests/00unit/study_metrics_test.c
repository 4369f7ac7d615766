/* Figures of a small table of probabilities, against values computed from the definitions by another program (pairs counted
 * one by one for the AUC, gradient ascent for the calibration), and what happens where a figure cannot be had. */
#include "study/metrics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ROWS = 20 };

static const double p[ROWS] = {.05, .12, .2, .2, .35, .4, .45, .5, .5, .58, .62, .7, .7, .7, .81, .86, .9, .93, .97, .99};
static const uint8_t passed[ROWS] = {0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1};

static void near(double is, double ought, double within) {
  if (!(fabs(is - ought) <= within))
    fail_msg("%.12g, not %.12g", is, ought);
}

static void figures_are_those_of_the_definitions(void **state) {
  (void)state;
  struct metrics m;
  assert_int_equal(metrics_measure(p, passed, ROWS, 0.25, &m), 0);
  assert_int_equal(m.n, ROWS);
  assert_int_equal(m.failed, 9);
  near(m.auc, 0.7575757575757576, 1e-12);
  near(m.brier, 0.202215, 1e-12);
  near(m.log_loss, 0.5969610525186847, 1e-12);
  near(m.slope, 0.6468509691919829, 1e-6);
  near(m.intercept, -0.06267070612862208, 1e-6);
  near(m.recall, 4.0 / 9, 1e-12);
  near(m.ece, 0.1485, 1e-12);
}

static void ties_count_by_their_share(void **state) {
  (void)state;
  struct metrics m;
  /* The third and fourth row cannot be told apart and one of them failed: three places give it half a place. */
  assert_int_equal(metrics_measure(p, passed, ROWS, 0.15, &m), 0);
  near(m.recall, 2.5 / 9, 1e-12);
}

static void order_of_rows_changes_nothing(void **state) {
  (void)state;
  double turned[ROWS];
  uint8_t outcome[ROWS];
  struct metrics one, other;
  for (size_t i = 0; i < ROWS; i++) {
    turned[i] = p[(7 * i + 3) % ROWS];
    outcome[i] = passed[(7 * i + 3) % ROWS];
  }
  assert_int_equal(metrics_measure(p, passed, ROWS, 0.1, &one), 0);
  assert_int_equal(metrics_measure(turned, outcome, ROWS, 0.1, &other), 0);
  near(one.auc, other.auc, 0);
  near(one.recall, other.recall, 0);
  near(one.brier, other.brier, 1e-15);
  near(one.log_loss, other.log_loss, 1e-15);
  near(one.slope, other.slope, 1e-8);
  near(one.ece, other.ece, 1e-15);
}

static void a_constant_knows_nothing(void **state) {
  (void)state;
  double same[ROWS];
  struct metrics m;
  for (size_t i = 0; i < ROWS; i++)
    same[i] = 11.0 / ROWS;
  assert_int_equal(metrics_measure(same, passed, ROWS, 0.1, &m), 0);
  near(m.auc, 0.5, 1e-12);
  near(m.recall, 0.1, 1e-12);
  near(m.ece, 0, 1e-12);
  assert_true(isnan(m.slope) && isnan(m.intercept));
}

static void what_cannot_be_had_is_no_number(void **state) {
  (void)state;
  static const uint8_t all[3] = {1, 1, 1};
  static const double some[3] = {0.2, 0, 1};
  struct metrics m;
  assert_int_equal(metrics_measure(some, all, 3, 0.1, &m), 0);
  assert_true(isnan(m.auc) && isnan(m.slope) && isnan(m.recall));
  near(m.log_loss, (-log(0.2) - log(1e-6) - log(1 - 1e-6)) / 3, 1e-9); /* certainties count as one in a million */
  assert_int_equal(metrics_measure(some, all, 0, 0.1, &m), 0);
  assert_true(m.n == 0 && isnan(m.brier) && isnan(m.ece));
}

/* Newton's method alone runs away on rows like these. */
static void rows_parted_without_a_miss_stay_finite(void **state) {
  (void)state;
  enum { N = 40 };
  double q[N];
  uint8_t outcome[N];
  struct metrics m;
  for (size_t i = 0; i < N; i++) {
    q[i] = i < N / 2 ? 1e-9 : 0.9999;
    outcome[i] = i >= N / 2;
  }
  assert_int_equal(metrics_measure(q, outcome, N, 0.5, &m), 0);
  near(m.auc, 1, 0);
  near(m.recall, 1, 0);
  assert_true(isfinite(m.slope) && isfinite(m.intercept) && m.slope > 1);
}

static void bins_keep_ties_together(void **state) {
  (void)state;
  struct metrics_bin bins[METRICS_BINS];
  size_t n = 0, rows = 0;
  assert_int_equal(metrics_bins(p, passed, ROWS, bins, &n), 0);
  assert_true(n > 1 && n <= METRICS_BINS);
  for (size_t i = 0; i < n; i++) {
    rows += bins[i].n;
    assert_true(bins[i].low <= bins[i].share && bins[i].share <= bins[i].high);
    assert_true(i == 0 || bins[i - 1].p < bins[i].p);
  }
  assert_int_equal(rows, ROWS);
  assert_int_equal(bins[1].n, 2); /* the two of .2 */
  near(bins[1].share, 0.5, 1e-12);
  near(bins[1].low, 0.09453120573423074, 1e-9);
  near(bins[1].high, 0.9054687942657693, 1e-9);
}

static void alerts_go_from_nobody_to_everybody(void **state) {
  (void)state;
  struct metrics_alert alerts[11];
  metrics_alerts(p, passed, ROWS, 10, alerts);
  near(alerts[0].alerted, 0, 0);
  near(alerts[10].alerted, 1, 0);
  near(alerts[10].caught, 1, 0);
  near(alerts[5].threshold, 0.5, 1e-15);
  near(alerts[5].alerted, 7.0 / ROWS, 1e-15);
  near(alerts[5].caught, 5.0 / 9, 1e-15);
  near(alerts[5].false_alerted, 2.0 / 11, 1e-15);
}

static void the_area_under_the_roc_is_the_auc(void **state) {
  (void)state;
  struct metrics_alert points[ROWS + 1];
  size_t n = 0;
  double area = 0;
  assert_int_equal(metrics_roc(p, passed, ROWS, ROWS, points, &n), 0);
  assert_int_equal(n, 17); /* 16 different p and the point where nobody is alerted */
  for (size_t i = 1; i < n; i++)
    area += (points[i].false_alerted - points[i - 1].false_alerted) * (points[i].caught + points[i - 1].caught) / 2;
  near(area, 0.7575757575757576, 1e-12);
  assert_int_equal(metrics_roc(p, passed, ROWS, 4, points, &n), 0);
  assert_true(n <= 5);
  near(points[0].caught, 0, 0);
  near(points[n - 1].caught, 1, 1e-15);
  near(points[n - 1].false_alerted, 1, 1e-15);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(figures_are_those_of_the_definitions),
      cmocka_unit_test(ties_count_by_their_share),
      cmocka_unit_test(order_of_rows_changes_nothing),
      cmocka_unit_test(a_constant_knows_nothing),
      cmocka_unit_test(what_cannot_be_had_is_no_number),
      cmocka_unit_test(rows_parted_without_a_miss_stay_finite),
      cmocka_unit_test(bins_keep_ties_together),
      cmocka_unit_test(alerts_go_from_nobody_to_everybody),
      cmocka_unit_test(the_area_under_the_roc_is_the_auc),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
