/*
 * Ridge logistic regression by Newton's method (iteratively reweighted least squares): what an analyst at a school would build, and
 * so the rival that an estimate must beat on the same students.
 *
 * Features are standardised over the rows it is trained on, so that one ridge fits all of them. With seven features a step is an
 * eight by eight system; the penalised likelihood has one maximum, and from zero ten steps are near enough to 1e-9. Where the
 * outcomes can be told apart perfectly it is the ridge that keeps the weights finite, and where there is only one outcome,
 * nothing can be learned but that.
 */
#include "study/logit.h"

#include <math.h>
#include <string.h>

#define SETTLED      1e-10
#define LEAST_SD     1e-9
#define FREE_RIDGE   1e-9 /* of the intercept: none, but for a matrix that can be solved */
#define FARTHEST_ODD 30.0 /* log odds past which exp() says no more */

enum { STEPS = 60, SIZE = LOGIT_MOST + 1 };

static void standardise(const double *x, size_t n, struct logit *logit) {
  for (size_t k = 0; k < logit->features; k++) {
    double mean = 0, square = 0;
    for (size_t i = 0; i < n; i++)
      mean += x[i * logit->features + k] / (double)n;
    for (size_t i = 0; i < n; i++)
      square += (x[i * logit->features + k] - mean) * (x[i * logit->features + k] - mean) / (double)n;
    logit->mean[k] = mean;
    logit->sd[k] = sqrt(square) + LEAST_SD;
  }
}

static void row_of(const struct logit *logit, const double *x, double ret[SIZE]) {
  ret[0] = 1;
  for (size_t k = 0; k < logit->features; k++)
    ret[k + 1] = (x[k] - logit->mean[k]) / logit->sd[k];
}

static double probability(const struct logit *logit, const double row[SIZE]) {
  double sum = 0;
  for (size_t k = 0; k <= logit->features; k++)
    sum += logit->weight[k] * row[k];
  return 1 / (1 + exp(-fmin(fmax(sum, -FARTHEST_ODD), FARTHEST_ODD)));
}

/* Solves matrix x = rhs in place; the matrix is symmetric and positive. */
static void solve(double matrix[SIZE][SIZE], double rhs[SIZE], size_t n) {
  for (size_t k = 0; k < n; k++)
    for (size_t i = k + 1; i < n; i++) {
      double factor = matrix[i][k] / matrix[k][k];
      for (size_t j = k; j < n; j++)
        matrix[i][j] -= factor * matrix[k][j];
      rhs[i] -= factor * rhs[k];
    }
  for (size_t i = n; i-- > 0;) {
    for (size_t j = i + 1; j < n; j++)
      rhs[i] -= matrix[i][j] * rhs[j];
    rhs[i] /= matrix[i][i];
  }
}

/* How far the largest weight moved. */
static double step(const double *x, const uint8_t *y, size_t n, double ridge, struct logit *logit) {
  size_t size = logit->features + 1;
  double matrix[SIZE][SIZE] = {{0}}, rhs[SIZE] = {0}, row[SIZE], most = 0;
  for (size_t i = 0; i < n; i++) {
    row_of(logit, x + i * logit->features, row);
    double p = probability(logit, row);
    for (size_t k = 0; k < size; k++) {
      rhs[k] += row[k] * (y[i] - p);
      for (size_t j = 0; j < size; j++)
        matrix[k][j] += row[k] * row[j] * p * (1 - p);
    }
  }
  for (size_t k = 0; k < size; k++) {
    double penalty = k == 0 ? FREE_RIDGE : ridge;
    matrix[k][k] += penalty;
    rhs[k] -= penalty * logit->weight[k];
  }
  solve(matrix, rhs, size);
  for (size_t k = 0; k < size; k++) {
    logit->weight[k] += rhs[k];
    most = fmax(most, fabs(rhs[k]));
  }
  return most;
}

void logit_train(const double *x, const uint8_t *y, size_t n, size_t features, double ridge, struct logit *ret) {
  size_t ones = 0;
  *ret = (struct logit){.features = features};
  standardise(x, n, ret);
  for (size_t i = 0; i < n; i++)
    ones += y[i];
  if (ones == 0 || ones == n) {
    ret->weight[0] = log(((double)ones + 1) / ((double)(n - ones) + 1));
    return;
  }
  for (int i = 0; i < STEPS && step(x, y, n, ridge, ret) > SETTLED; i++)
    continue;
}

double logit_probability(const struct logit *logit, const double *x) {
  double row[SIZE];
  row_of(logit, x, row);
  return probability(logit, row);
}
