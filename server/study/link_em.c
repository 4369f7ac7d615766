/*
 * Penalised maximum likelihood for the lines of instruments, by conditional EM.
 *
 * Of one student the scores y are jointly normal: y = A + B (F g + u) + e, where A and B hold level and slope of each score's
 * instrument, F g is what students grow on average, u has covariance
 *
 *   K(j,k) = a_j a_k + sum_c v_c f_cj f_ck + q min(t_j, t_k) + m [same maker],  a_j = 1 + sum_c r_c f_cj
 *
 * and e the instruments' own errors. With S = B K B + R, R the errors' variances, everything follows from S^-1, which is a
 * matrix of one student's results and small. Two kinds of round alternate, and neither can lower the penalised likelihood:
 *
 *   levels   average growth and all levels together with their groups' means, by generalised least squares: the means of y are
 *            linear in them, so that this is one exact step. EM alone creeps where a later instrument could as well be an easy one.
 *   slopes   x given y is normal with known mean and variance. Level and slope of one instrument are then a regression on x
 *            whose sums carry that variance, the errors and the variances of growth, wandering and makers are averages.
 *
 * A wild score: a_k / sqrt((S^-1)_kk) with a = S^-1 (y - mean) is exactly the distance of score k from what the student's
 * other scores say, in sd. Beyond WILD_SD its error variance is raised until it would lie there.
 *
 * Rejected: pairwise equating by z-scores (needs whole columns, takes who took it for how hard it is, no errors); a general
 * optimiser (three numbers for each of fifty instruments, slower than closed forms and one more library).
 */
#include "study/link_em.h"

#include "base/err.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WILD_SD     2.5
#define LEAST_SLOPE 0.05 /* of the group's: an instrument that does not follow readiness at all still has a line */
#define LEAST_ERROR 0.05 /* of the group's typical error */
#define SETTLED     1e-4
#define TINY        1e-10
/* How many observations what is expected of a variance is worth. */
#define GROUP_WORTH  3.0
#define GROWTH_WORTH 20.0

enum { ROUNDS = 1200, ROUNDS_LEAST = 20, LINES_MOST = 1024 };

struct sums {
  double n, x, xx, y, xy, error, error_n;
};

struct normal { /* normal equations: growth, levels, means of groups */
  size_t n;
  double *matrix, *rhs;
};

struct work {
  struct link_model *model;
  struct normal normal;
  struct sums *sums; /* one for each line */
  double growth[LINK_GROWTHS], growth_n[LINK_GROWTHS], leaning[LINK_GROWTHS], level_square[LINK_GROWTHS], wander, wander_n, maker,
      maker_n;
  double covariance[LINK_LOOKS][LINK_LOOKS], inverse[LINK_LOOKS][LINK_LOOKS];
  double noise[LINK_LOOKS], residual[LINK_LOOKS], alpha[LINK_LOOKS];
};

/* ---------------------------------------------------------------- small matrices */

/* In place: the lower triangle becomes L with L L' = matrix. A pivot that rounding took is put at a hair. */
static void cholesky(double *matrix, size_t n, size_t stride) {
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
    row[j] = sqrt(fmax(pivot, TINY));
  }
}

static void solve(const double *factor, size_t n, size_t stride, double *x) {
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

/* ---------------------------------------------------------------- one student */

static double growth_weeks(const struct link_look *look, int phase) {
  return phase == 0 ? look->weeks : look->final_weeks;
}

static double expected_growth(const struct link_model *model, const struct link_look *look) {
  double sum = 0;
  for (int c = 0; c < LINK_GROWTHS; c++)
    sum += model->growth[c] * growth_weeks(look, c);
  return sum;
}

/* What one unit of the first level makes of x by the time of a look. */
static double level_share(const struct link_model *model, const struct link_look *look) {
  double share = 1;
  for (int c = 0; c < LINK_GROWTHS; c++)
    share += model->growth_by_level[c] * growth_weeks(look, c);
  return share;
}

static double x_covariance(const struct link_model *model, const struct link_look *a, const struct link_look *b) {
  double sum = level_share(model, a) * level_share(model, b) + model->wander_var * fmin(a->weeks, b->weeks);
  for (int c = 0; c < LINK_GROWTHS; c++)
    sum += model->growth_var[c] * growth_weeks(a, c) * growth_weeks(b, c);
  uint16_t maker = model->lines[a->instrument].maker;
  return maker != LINK_NO_MAKER && maker == model->lines[b->instrument].maker ? sum + model->maker_var : sum;
}

static double single_variance(const struct link_model *model, const struct link_look *look) {
  return model->lines[look->instrument].error_var + look->item_variance;
}

/* Fills noise, residual, inverse and alpha for n looks. */
static void student_invert(struct work *work, const struct link_look *looks, size_t n) {
  const struct link_model *model = work->model;
  for (size_t j = 0; j < n; j++) {
    const struct link_line *line = &model->lines[looks[j].instrument];
    work->noise[j] = single_variance(model, &looks[j]) / looks[j].n;
    work->residual[j] = looks[j].score - line->level - line->slope * expected_growth(model, &looks[j]);
    for (size_t k = 0; k <= j; k++)
      work->covariance[j][k] = line->slope * model->lines[looks[k].instrument].slope * x_covariance(model, &looks[j], &looks[k]);
    work->covariance[j][j] += work->noise[j] / looks[j].weight;
  }
  cholesky(&work->covariance[0][0], n, LINK_LOOKS);
  for (size_t j = 0; j < n; j++) {
    memset(work->inverse[j], 0, n * sizeof(double));
    work->inverse[j][j] = 1;
    solve(&work->covariance[0][0], n, LINK_LOOKS, work->inverse[j]);
  }
  for (size_t j = 0; j < n; j++) {
    work->alpha[j] = 0;
    for (size_t k = 0; k < n; k++)
      work->alpha[j] += work->inverse[j][k] * work->residual[k];
  }
}

/* Distance from what the others say, with the error as it would be without a weight. The root half-way to the last keeps two scores
 * that contradict each other from taking turns. */
static void student_weigh(struct work *work, struct link_look *looks, size_t n) {
  for (size_t j = 0; j < n; j++) {
    double left_out = work->alpha[j] / work->inverse[j][j];
    double variance = 1 / work->inverse[j][j] + work->noise[j] * (1 - 1 / looks[j].weight);
    double bound = WILD_SD * WILD_SD * fmax(variance, TINY), square = left_out * left_out, weight = 1;
    if (square > bound) /* so that the raised variance puts it at the bound */
      weight = work->noise[j] / (work->noise[j] + square / (WILD_SD * WILD_SD) - variance);
    looks[j].weight = sqrt(looks[j].weight * fmax(weight, TINY));
  }
}

/* Mean and variance of a normal quantity whose covariance with y is `variance` times `by`. */
static void linear(const struct work *work, size_t n, double variance, const double *by, double *ret_mean, double *ret_variance) {
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

static void student_regress(struct work *work, const struct link_look *looks, size_t n) {
  const struct link_model *model = work->model;
  for (size_t j = 0; j < n; j++) {
    const struct link_look *look = &looks[j];
    const struct link_line *line = &model->lines[look->instrument];
    struct sums *sums = &work->sums[look->instrument];
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
static double with_level(const struct work *work, size_t n, double variance, const double *by, const double *level) {
  double cross = 0, mean = 0, level_mean = 0;
  for (size_t j = 0; j < n; j++) {
    for (size_t k = 0; k < n; k++)
      cross += by[j] * work->inverse[j][k] * level[k];
    mean += by[j] * work->alpha[j];
    level_mean += level[j] * work->alpha[j];
  }
  return variance * (mean * level_mean - cross);
}

static void student_variances(struct work *work, const struct link_look *looks, size_t n) {
  const struct link_model *model = work->model;
  double by[LINK_LOOKS], level[LINK_LOOKS], mean, variance;
  for (size_t j = 0; j < n; j++)
    level[j] = model->lines[looks[j].instrument].slope * level_share(model, &looks[j]);
  linear(work, n, 1, level, &mean, &variance);
  double level_square = mean * mean + variance;
  for (int c = 0; c < LINK_GROWTHS; c++) {
    if (growth_weeks(&looks[n - 1], c) <= 0)
      continue;
    for (size_t j = 0; j < n; j++)
      by[j] = model->lines[looks[j].instrument].slope * growth_weeks(&looks[j], c);
    linear(work, n, model->growth_var[c], by, &mean, &variance);
    work->growth[c] += mean * mean + variance;
    work->growth_n[c]++;
    work->leaning[c] += with_level(work, n, model->growth_var[c], by, level);
    work->level_square[c] += level_square;
  }
  for (size_t step = 1; step < n; step++) {
    double weeks = looks[step].weeks - looks[step - 1].weeks;
    if (weeks <= 0)
      continue;
    for (size_t j = 0; j < n; j++)
      by[j] = j < step ? 0 : model->lines[looks[j].instrument].slope;
    linear(work, n, model->wander_var * weeks, by, &mean, &variance);
    work->wander += (mean * mean + variance) / weeks;
    work->wander_n++;
  }
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

/* Adds X' S^-1 X and X' S^-1 y, X having a column for growth in each phase and one for each level. */
static void student_normal(struct work *work, const struct link_look *looks, size_t n) {
  struct normal *normal = &work->normal;
  const struct link_model *model = work->model;
  double column[LINK_GROWTHS][LINK_LOOKS];
  for (int c = 0; c < LINK_GROWTHS; c++)
    for (size_t j = 0; j < n; j++)
      column[c][j] = model->lines[looks[j].instrument].slope * growth_weeks(&looks[j], c);
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

/* ---------------------------------------------------------------- rounds */

static void each_student(struct work *work, void (*visit)(struct work *work, struct link_look *looks, size_t n)) {
  struct link_model *model = work->model;
  for (size_t from = 0, to; from < model->looks_n; from = to) {
    for (to = from + 1; to < model->looks_n && model->looks[to].student == model->looks[from].student;)
      to++;
    student_invert(work, &model->looks[from], to - from);
    visit(work, &model->looks[from], to - from);
  }
}

static double level_precision(const struct link_model *model, const struct link_line *line) {
  return 1 / fmax(line->level_var > 0 ? line->level_var : model->groups[line->group].member_level_var, TINY);
}

static double slope_precision(const struct link_model *model, const struct link_line *line) {
  const struct link_group *group = &model->groups[line->group];
  double relative = line->slope_var > 0 ? line->slope_var : group->member_slope_var;
  return 1 / fmax(relative * group->mean_slope * group->mean_slope, TINY);
}

static void visit_levels(struct work *work, struct link_look *looks, size_t n) {
  student_weigh(work, looks, n);
  student_normal(work, looks, n);
}

static void round_levels(struct work *work) {
  struct link_model *model = work->model;
  struct normal *normal = &work->normal;
  size_t size = normal->n, groups = LINK_GROWTHS + model->lines_n;
  memset(normal->matrix, 0, size * size * sizeof(double));
  memset(normal->rhs, 0, size * sizeof(double));
  each_student(work, visit_levels);
  for (size_t c = 0; c < LINK_GROWTHS; c++)
    normal->matrix[c * size + c] += 1 / (model->growth_sd * model->growth_sd);
  for (size_t i = 0; i < model->lines_n; i++) {
    double precision = level_precision(model, &model->lines[i]);
    size_t own = LINK_GROWTHS + i, group = groups + model->lines[i].group;
    normal->matrix[own * size + own] += precision;
    normal->matrix[group * size + group] += precision;
    normal->matrix[group * size + own] -= precision;
  }
  for (size_t g = 0; g < model->groups_n; g++) {
    double precision = fmax(1 / (model->groups[g].level_sd * model->groups[g].level_sd), TINY);
    normal->matrix[(groups + g) * size + groups + g] += precision;
    normal->rhs[groups + g] += precision * model->groups[g].level;
  }
  cholesky(normal->matrix, size, size);
  solve(normal->matrix, size, size, normal->rhs);
  memcpy(model->growth, normal->rhs, sizeof model->growth);
  for (size_t i = 0; i < model->lines_n; i++)
    model->lines[i].level = normal->rhs[LINK_GROWTHS + i];
  for (size_t g = 0; g < model->groups_n; g++)
    model->groups[g].mean_level = normal->rhs[groups + g];
}

static void visit_slopes(struct work *work, struct link_look *looks, size_t n) {
  student_regress(work, looks, n);
  student_variances(work, looks, n);
}

/* The group's mean slope with every member's own slope and level eliminated. */
static void group_slope(struct work *work, size_t g) {
  struct link_model *model = work->model;
  struct link_group *group = &model->groups[g];
  double precision = fmax(1 / (group->slope_sd * group->slope_sd), TINY);
  double weight = precision, sum = precision * group->slope;
  for (size_t i = 0; i < model->lines_n; i++) {
    const struct link_line *line = &model->lines[i];
    const struct sums *s = &work->sums[i];
    if (line->group != g)
      continue;
    double level = level_precision(model, line), slope = slope_precision(model, line);
    double xx = fmax(s->xx - s->x * s->x / (s->n + level), 0);
    double xy = s->xy - s->x * (s->y + level * group->mean_level) / (s->n + level);
    weight += slope * xx / (slope + xx);
    sum += slope * xy / (slope + xx);
  }
  group->mean_slope = fmax(sum / weight, LEAST_SLOPE * group->slope);
}

static void line_regress(struct work *work, size_t i) {
  struct link_model *model = work->model;
  struct link_line *line = &model->lines[i];
  const struct link_group *group = &model->groups[line->group];
  const struct sums *s = &work->sums[i];
  double level = level_precision(model, line), slope = slope_precision(model, line);
  double n = s->n + level, xx = s->xx + slope, y = s->y + level * group->mean_level, xy = s->xy + slope * group->mean_slope;
  line->slope = fmax((xy - s->x * y / n) / (xx - s->x * s->x / n), LEAST_SLOPE * group->mean_slope);
  line->level = (y - s->x * line->slope) / n;
  double prior_sd = line->error_prior_n > 0 ? line->error_prior_sd : group->error_sd;
  double worth = line->error_prior_n > 0 ? line->error_prior_n : GROUP_WORTH;
  line->error_var = (s->error + worth * prior_sd * prior_sd) / (s->error_n + worth);
  line->error_var = fmax(line->error_var, LEAST_ERROR * LEAST_ERROR * group->error_sd * group->error_sd);
}

/* How far members lie from each other, and how large their errors are; what was expected counts as GROUP_WORTH members. */
static void group_spread(struct work *work, size_t g, const struct link_group *expected) {
  struct link_model *model = work->model;
  struct link_group *group = &model->groups[g];
  double level = GROUP_WORTH * expected->member_level_var, slope = GROUP_WORTH * expected->member_slope_var;
  double error = GROUP_WORTH * expected->error_sd * expected->error_sd, n = GROUP_WORTH;
  if (!group->learned)
    return;
  for (size_t i = 0; i < model->lines_n; i++) {
    const struct link_line *line = &model->lines[i];
    if (line->group != g)
      continue;
    const struct sums *s = &work->sums[i];
    double away = line->level - group->mean_level, relative = line->slope / group->mean_slope - 1;
    level += away * away + 1 / (s->n + level_precision(model, line));
    slope += relative * relative + 1 / (s->xx + slope_precision(model, line)) / (group->mean_slope * group->mean_slope);
    error += line->error_var;
    n++;
  }
  group->member_level_var = level / n;
  group->member_slope_var = slope / n;
  group->error_sd = sqrt(error / n);
}

static void round_slopes(struct work *work, const struct link_model *expected) {
  struct link_model *model = work->model;
  memset(work->sums, 0, model->lines_n * sizeof *work->sums);
  memset(work->growth, 0, sizeof work->growth);
  memset(work->growth_n, 0, sizeof work->growth_n);
  memset(work->leaning, 0, sizeof work->leaning);
  memset(work->level_square, 0, sizeof work->level_square);
  work->wander = work->wander_n = work->maker = work->maker_n = 0;
  each_student(work, visit_slopes);
  for (size_t g = 0; g < model->groups_n; g++)
    group_slope(work, g);
  for (size_t i = 0; i < model->lines_n; i++)
    line_regress(work, i);
  for (size_t g = 0; g < model->groups_n; g++)
    group_spread(work, g, &expected->groups[g]);
  for (int c = 0; c < LINK_GROWTHS; c++) {
    double by = (work->leaning[c] + model->growth_by_level[c] * work->level_square[c]) / (work->level_square[c] + GROWTH_WORTH);
    double change = by - model->growth_by_level[c];
    work->growth[c] += change * (change * work->level_square[c] - 2 * work->leaning[c]);
    model->growth_by_level[c] = by;
    model->growth_var[c] = (work->growth[c] + GROWTH_WORTH * expected->growth_var[c]) / (work->growth_n[c] + GROWTH_WORTH);
  }
  model->wander_var = (work->wander + GROWTH_WORTH * expected->wander_var) / (work->wander_n + GROWTH_WORTH);
  model->maker_var = (work->maker + GROWTH_WORTH * expected->maker_var) / (work->maker_n + GROWTH_WORTH);
}

/* ---------------------------------------------------------------- how sure */

/* A regression on what each student's other scores say: its precision is that of a score no one has seen. */
static void visit_information(struct work *work, struct link_look *looks, size_t n) {
  const struct link_model *model = work->model;
  for (size_t j = 0; j < n; j++) {
    const struct link_line *line = &model->lines[looks[j].instrument];
    struct sums *sums = &work->sums[looks[j].instrument];
    double precision = work->inverse[j][j], x = (looks[j].score - work->alpha[j] / precision - line->level) / line->slope;
    sums->n += precision;
    sums->x += precision * x;
    sums->xx += precision * x * x;
    model->lines[looks[j].instrument].results += looks[j].n;
    size_t same = 0;
    while (looks[same].instrument != looks[j].instrument)
      same++;
    model->lines[looks[j].instrument].students += same == j;
  }
}

static void information(struct work *work) {
  struct link_model *model = work->model;
  memset(work->sums, 0, model->lines_n * sizeof *work->sums);
  for (size_t i = 0; i < model->lines_n; i++)
    model->lines[i].results = model->lines[i].students = 0;
  each_student(work, visit_information);
  for (size_t i = 0; i < model->lines_n; i++) {
    struct link_line *line = &model->lines[i];
    const struct sums *s = &work->sums[i];
    double level = level_precision(model, line), slope = slope_precision(model, line);
    double n = s->n + level, xx = s->xx + slope, determinant = n * xx - s->x * s->x;
    line->level_cov = xx / determinant;
    line->slope_cov = n / determinant;
    line->cross_cov = -s->x / determinant;
    line->level_information = s->n / n;
    line->slope_prior_share = slope * line->slope_cov;
  }
}

/* ---------------------------------------------------------------- outside */

static double moved(const struct link_model *model, double *before) {
  double most = 0;
  for (size_t i = 0; i < model->lines_n; i++) {
    const struct link_line *line = &model->lines[i];
    double now[] = {line->level, line->slope}, scale = model->groups[line->group].mean_slope;
    for (size_t k = 0; k < 2; k++) {
      most = fmax(most, fabs(now[k] - before[2 * i + k]) / scale);
      before[2 * i + k] = now[k];
    }
  }
  return most;
}

int link_em(struct link_model *model, int (*on_round)(void *arg, unsigned round, unsigned most), void *arg) {
  size_t size = LINK_GROWTHS + model->lines_n + model->groups_n;
  struct work *work = calloc(1, sizeof *work);
  struct sums *sums = calloc(model->lines_n + 1, sizeof *sums);
  struct link_group *groups = calloc(model->groups_n + 1, sizeof *groups);
  double *matrix = calloc(size * size, sizeof *matrix), *rhs = calloc(size, sizeof *rhs),
         *before = calloc(2 * model->lines_n + 1, sizeof *before);
  struct link_model expected = *model;
  int err = E_NOMEM;
  if (!work || !sums || !groups || !matrix || !rhs || !before)
    goto fail;
  if (model->groups_n)
    memcpy(groups, model->groups, model->groups_n * sizeof *groups);
  expected.groups = groups;
  *work = (struct work){.model = model, .normal = {size, matrix, rhs}, .sums = sums};
  for (size_t g = 0; g < model->groups_n; g++)
    model->groups[g].mean_level = model->groups[g].level, model->groups[g].mean_slope = model->groups[g].slope;
  err = E_OK;
  for (model->rounds = 0; model->rounds < ROUNDS && !err; model->rounds++) {
    round_levels(work);
    round_slopes(work, &expected);
    model->moved = moved(model, before);
    err = on_round ? on_round(arg, model->rounds, ROUNDS) : E_OK;
    if (model->moved < SETTLED && model->rounds >= ROUNDS_LEAST)
      break;
  }
  if (!err)
    information(work);
fail:
  free(before);
  free(rhs);
  free(matrix);
  free(groups);
  free(sums);
  free(work);
  return err;
}
