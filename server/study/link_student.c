/*
 * One student of linking: the scores' joint covariance, its inverse, and what follows from it. link_em.c has the model; here is the
 * part of each round that is done for one student after the other.
 *
 * A student's matrix is small (LINK_LOOKS), so that it is inverted as a whole: the diagonal of the inverse gives each score's
 * distance from what the others say for nothing, and the posterior variance of anything linear is two products.
 *
 * A wild score: a_k / sqrt((S^-1)_kk) with a = S^-1 (y - mean) is exactly the distance of score k from what the student's
 * other scores say, in sd. Beyond WILD_SD its error variance is raised until it would lie there.
 *
 * Rejected: a Kalman filter (linear in the number of results, but leaves out one score at a time only with a second pass, and
 * lasting offsets on a maker's material widen its state with every maker).
 */
#include "study/link_work.h"

#include <math.h>
#include <string.h>

#define WILD_SD 2.5

/* ---------------------------------------------------------------- small matrices */

void link_matrix_factor(double *matrix, size_t n, size_t stride) {
  for (size_t j = 0; j < n; j++) {
    double *row = matrix + j * stride;
    for (size_t k = 0; k < j; k++) {
      double sum = row[k];
      for (size_t i = 0; i < k; i++)
        sum -= row[i] * matrix[k * stride + i];
      row[k] = sum / matrix[k * stride + k];
    }
    double pivot = row[j];
    for (size_t i = 0; i < j; i++)
      pivot -= row[i] * row[i];
    row[j] = sqrt(fmax(pivot, LINK_TINY));
  }
}

void link_matrix_solve(const double *factor, size_t n, size_t stride, double *x) {
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < i; k++)
      x[i] -= factor[i * stride + k] * x[k];
    x[i] /= factor[i * stride + i];
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; k++)
      x[i] -= factor[k * stride + i] * x[k];
    x[i] /= factor[i * stride + i];
  }
}

/* The inverse of L L': first the transpose of that of L into the upper triangle, then its product with itself into the lower one.
 */
static void invert(const double *factor, double *ret, size_t n) {
  for (size_t k = 0; k < n; k++) {
    double *row = ret + k * LINK_LOOKS;
    row[k] = 1 / factor[k * LINK_LOOKS + k];
    for (size_t i = k + 1; i < n; i++) {
      double sum = 0;
      for (size_t j = k; j < i; j++)
        sum -= factor[i * LINK_LOOKS + j] * row[j];
      row[i] = sum / factor[i * LINK_LOOKS + i];
    }
  }
  for (size_t j = 0; j < n; j++)
    for (size_t k = 0; k <= j; k++) {
      double sum = 0;
      for (size_t i = j; i < n; i++)
        sum += ret[j * LINK_LOOKS + i] * ret[k * LINK_LOOKS + i];
      ret[j * LINK_LOOKS + k] = sum;
    }
  for (size_t j = 0; j < n; j++)
    for (size_t k = 0; k < j; k++)
      ret[k * LINK_LOOKS + j] = ret[j * LINK_LOOKS + k];
}

/* ---------------------------------------------------------------- one student */

static double expected_growth(const struct link_model *model, const struct link_look *look) {
  double sum = 0;
  for (int c = 0; c < LINK_GROWTHS; c++)
    sum += model->growth[c] * look->growth[c];
  return sum;
}

/* What one unit of the first level makes of x by the time of a look. */
static double level_share(const struct link_model *model, const struct link_look *look) {
  double share = 1;
  for (int c = 0; c < LINK_GROWTHS; c++)
    share += model->growth_by_level[c] * look->growth[c];
  return share;
}

static double x_covariance(const struct link_model *model, const struct link_look *a, const struct link_look *b) {
  double sum = level_share(model, a) * level_share(model, b) + model->wander_var * fmin(a->weeks, b->weeks);
  for (int c = 0; c < LINK_GROWTHS; c++)
    sum += model->growth_var[c] * a->growth[c] * b->growth[c];
  uint16_t maker = model->lines[a->instrument].maker;
  return maker != LINK_NO_MAKER && maker == model->lines[b->instrument].maker ? sum + model->maker_var : sum;
}

static double single_variance(const struct link_model *model, const struct link_look *look) {
  return model->lines[look->instrument].error_var + look->item_variance;
}

void link_student_invert(struct link_work *work, const struct link_look *looks, size_t n) {
  const struct link_model *model = work->model;
  for (size_t j = 0; j < n; j++) {
    const struct link_line *line = &model->lines[looks[j].instrument];
    work->noise[j] = single_variance(model, &looks[j]) / looks[j].n;
    work->residual[j] = looks[j].score - line->level - line->slope * expected_growth(model, &looks[j]);
    for (size_t k = 0; k <= j; k++)
      work->covariance[j][k] = line->slope * model->lines[looks[k].instrument].slope * x_covariance(model, &looks[j], &looks[k]);
    work->covariance[j][j] += work->noise[j] / looks[j].weight;
  }
  link_matrix_factor(&work->covariance[0][0], n, LINK_LOOKS);
  invert(&work->covariance[0][0], &work->inverse[0][0], n);
  for (size_t j = 0; j < n; j++) {
    work->alpha[j] = 0;
    for (size_t k = 0; k < n; k++)
      work->alpha[j] += work->inverse[j][k] * work->residual[k];
  }
}

/* Distance from what the others say, with the error as it would be without a weight. The root half-way to the last keeps two scores
 * that contradict each other from taking turns. */
void link_student_weigh(struct link_work *work, struct link_look *looks, size_t n) {
  for (size_t j = 0; j < n; j++) {
    double left_out = work->alpha[j] / work->inverse[j][j];
    double variance = 1 / work->inverse[j][j] + work->noise[j] * (1 - 1 / looks[j].weight);
    double bound = WILD_SD * WILD_SD * fmax(variance, LINK_TINY), square = left_out * left_out, weight = 1;
    if (square > bound) /* so that the raised variance puts it at the bound */
      weight = work->noise[j] / (work->noise[j] + square / (WILD_SD * WILD_SD) - variance);
    looks[j].weight = sqrt(looks[j].weight * fmax(weight, LINK_TINY));
  }
}

/* Mean and variance of a normal quantity whose covariance with y is `variance` times `by`. */
static void linear(const struct link_work *work, size_t n, double variance, const double *by, double *ret_mean,
                   double *ret_variance) {
  double mean = 0, square = 0;
  for (size_t j = 0; j < n; j++) {
    double sum = 0;
    for (size_t k = 0; k < n; k++)
      sum += work->inverse[j][k] * by[k];
    square += by[j] * sum;
    mean += by[j] * work->alpha[j];
  }
  *ret_mean = variance * mean;
  *ret_variance = variance - variance * variance * square;
}

void link_student_regress(struct link_work *work, const struct link_look *looks, size_t n) {
  const struct link_model *model = work->model;
  for (size_t j = 0; j < n; j++) {
    const struct link_look *look = &looks[j];
    const struct link_line *line = &model->lines[look->instrument];
    struct link_sums *sums = &work->sums[look->instrument];
    double noise = work->noise[j] / look->weight, single = single_variance(model, look);
    double error = noise * work->alpha[j], error_variance = noise - noise * noise * work->inverse[j][j];
    double x = (look->score - line->level - error) / line->slope, x_variance = error_variance / (line->slope * line->slope);
    double precision = 1 / noise, own = line->error_var / single;
    sums->n += precision;
    sums->x += precision * x;
    sums->xx += precision * (x * x + x_variance);
    sums->y += precision * look->score;
    sums->xy += precision * x * look->score;
    /* What of the error is the instrument's own, the rest being counted items. */
    sums->error += own * own * (look->weight * look->n * (error * error + error_variance) + look->within) +
                   look->n * own * look->item_variance;
    sums->error_n += look->n;
  }
}

/* Posterior covariance, and product of means, of the level with a quantity of variance `variance` that acts on y as `by`. */
static double with_level(const struct link_work *work, size_t n, double variance, const double *by, const double *level) {
  double cross = 0, mean = 0, level_mean = 0;
  for (size_t j = 0; j < n; j++) {
    for (size_t k = 0; k < n; k++)
      cross += by[j] * work->inverse[j][k] * level[k];
    mean += by[j] * work->alpha[j];
    level_mean += level[j] * work->alpha[j];
  }
  return variance * (mean * level_mean - cross);
}

/* What readiness wandered between two looks acts on all later ones: the sums over these grow by one row for each look backwards. */
static void student_wander(struct link_work *work, const struct link_look *looks, size_t n) {
  const struct link_model *model = work->model;
  double square = 0, mean = 0;
  for (size_t step = n; step-- > 1;) {
    double slope = model->lines[looks[step].instrument].slope, row = slope * work->inverse[step][step] / 2;
    for (size_t k = step + 1; k < n; k++)
      row += model->lines[looks[k].instrument].slope * work->inverse[step][k];
    square += 2 * slope * row;
    mean += slope * work->alpha[step];
    double weeks = looks[step].weeks - looks[step - 1].weeks, variance = model->wander_var * weeks;
    if (weeks <= 0)
      continue;
    work->wander += variance * (variance * mean * mean + 1 - variance * square) / weeks;
    work->wander_n++;
  }
}

void link_student_variances(struct link_work *work, const struct link_look *looks, size_t n) {
  const struct link_model *model = work->model;
  double by[LINK_LOOKS], level[LINK_LOOKS], mean, variance;
  for (size_t j = 0; j < n; j++)
    level[j] = model->lines[looks[j].instrument].slope * level_share(model, &looks[j]);
  linear(work, n, 1, level, &mean, &variance);
  double level_square = mean * mean + variance;
  for (int c = 0; c < LINK_GROWTHS; c++) {
    if (looks[n - 1].growth[c] <= 0)
      continue;
    for (size_t j = 0; j < n; j++)
      by[j] = model->lines[looks[j].instrument].slope * looks[j].growth[c];
    linear(work, n, model->growth_var[c], by, &mean, &variance);
    work->growth[c] += mean * mean + variance;
    work->growth_n[c]++;
    work->leaning[c] += with_level(work, n, model->growth_var[c], by, level);
    work->level_square[c] += level_square;
  }
  student_wander(work, looks, n);
  for (size_t first = 0; first < n; first++) {
    uint16_t maker = model->lines[looks[first].instrument].maker;
    bool seen = maker == LINK_NO_MAKER;
    for (size_t j = 0; j < n; j++) {
      bool same = model->lines[looks[j].instrument].maker == maker;
      seen = seen || (same && j < first);
      by[j] = same ? model->lines[looks[j].instrument].slope : 0;
    }
    if (seen)
      continue;
    linear(work, n, model->maker_var, by, &mean, &variance);
    work->maker += mean * mean + variance;
    work->maker_n++;
  }
}

void link_student_normal(struct link_work *work, const struct link_look *looks, size_t n) {
  struct link_normal *normal = &work->normal;
  const struct link_model *model = work->model;
  double column[LINK_GROWTHS][LINK_LOOKS];
  for (int c = 0; c < LINK_GROWTHS; c++)
    for (size_t j = 0; j < n; j++)
      column[c][j] = model->lines[looks[j].instrument].slope * looks[j].growth[c];
  for (size_t j = 0; j < n; j++) {
    size_t row = LINK_GROWTHS + looks[j].instrument;
    double growth[LINK_GROWTHS] = {0}, y = 0;
    for (size_t k = 0; k < n; k++) {
      double precision = work->inverse[j][k];
      size_t at = LINK_GROWTHS + looks[k].instrument;
      if (at <= row)
        normal->matrix[row * normal->n + at] += precision;
      for (int c = 0; c < LINK_GROWTHS; c++)
        growth[c] += precision * column[c][k];
      y += precision * looks[k].score;
    }
    normal->rhs[row] += y;
    for (int c = 0; c < LINK_GROWTHS; c++) {
      normal->matrix[row * normal->n + (size_t)c] += growth[c];
      normal->rhs[c] += column[c][j] * y;
      for (int d = 0; d <= c; d++)
        normal->matrix[(size_t)c * normal->n + (size_t)d] += column[d][j] * growth[c];
    }
  }
}
