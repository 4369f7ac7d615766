/*
 * Penalised maximum likelihood for the lines of instruments, by conditional EM.
 *
 * Of one student the scores y are jointly normal: y = A + B (F g + u) + e, where A and B hold level and slope of each score's
 * instrument, F g is what students grow on average, u has covariance
 *
 *   K(j,k) = a_j a_k + sum_c v_c f_cj f_ck + q min(t_j, t_k) + m [same maker],  a_j = 1 + sum_c r_c f_cj
 *
 * and e the instruments' own errors. With S = B K B + R, R the errors' variances, everything follows from S^-1
 * (link_student.c). Two kinds of round alternate:
 *
 *   levels   average growth and all levels together with their groups' means, by generalised least squares: the means of y are
 *            linear in them, so that this is one exact step. EM alone creeps where a later instrument could as well be an easy one.
 *   slopes   x given y is normal with known mean and variance. Level and slope of one instrument are then a regression on x
 *            whose sums carry that variance, the errors and the variances of growth, wandering and makers are averages.
 *
 * What holds an instrument in place before its own scores do: its slope is near the mean of its group, and at the time when its
 * results were taken it shows students of the average (of that time, not of the first result: else every late instrument pulls
 * the students' growth to nothing, and is called easy instead).
 *
 * An instrument that is only taken late tells slope times spread of the students by then, never the two apart. So what is expected
 * of growth's variance and of its leaning on the level decides its slope, until instruments taken early and late speak; an
 * expectation that counts as more than a few students makes all late instruments 5 % flat or steep.
 *
 * Rejected: pairwise equating by z-scores (needs whole columns, takes who took it for how hard it is, no errors); a general
 * optimiser (three numbers for each of fifty instruments, slower than closed forms and one more library).
 */
#include "study/link_work.h"

#include "base/err.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_SLOPE 0.05 /* of the group's: an instrument that does not follow readiness at all still has a line */
#define LEAST_ERROR 0.05 /* of the group's typical error */
#define SETTLED     2e-5
/* How many observations what is expected of a variance is worth. */
#define GROUP_WORTH  3.0
#define GROWTH_WORTH 3.0
#define LEANING_SD   0.04 /* of one sd more at the first result, a week: over ten weeks, up to a third less or more */
/* EM's steps of variances creep where looks say little. Less than twice as far, they end at the same place sooner. */
#define FARTHER 1.8

enum { ROUNDS = 1200, ROUNDS_LEAST = 20, PERCENT = 100 };

/* ---------------------------------------------------------------- rounds */

static void each_student(struct link_work *work, void (*visit)(struct link_work *work, struct link_look *looks, size_t n)) {
  struct link_model *model = work->model;
  for (size_t from = 0, to; from < model->looks_n; from = to) {
    for (to = from + 1; to < model->looks_n && model->looks[to].student == model->looks[from].student;)
      to++;
    link_student_invert(work, &model->looks[from], to - from);
    visit(work, &model->looks[from], to - from);
  }
}

static double level_precision(const struct link_model *model, const struct link_line *line) {
  return 1 / fmax(line->level_var > 0 ? line->level_var : model->groups[line->group].member_level_var, LINK_TINY);
}

static double slope_precision(const struct link_model *model, const struct link_line *line) {
  double relative = line->slope_var > 0 ? line->slope_var : model->groups[line->group].member_slope_var;
  double mean = model->groups[line->group].mean_slope;
  return 1 / fmax(relative * mean * mean, LINK_TINY);
}

/* The prior of a level is a score that was seen: at the x of who took it on average, the instrument shows its group's level. */
static double taken_x(const struct link_model *model, const struct link_line *line) {
  double sum = 0;
  for (int c = 0; c < LINK_GROWTHS; c++)
    sum += model->growth[c] * line->taken[c];
  return sum;
}

static void prior_add(const struct link_model *model, const struct link_line *line, struct link_sums *sums) {
  double precision = level_precision(model, line), x = taken_x(model, line), y = model->groups[line->group].mean_level;
  sums->n += precision;
  sums->x += precision * x;
  sums->xx += precision * x * x;
  sums->y += precision * y;
  sums->xy += precision * x * y;
}

/* Of growth, how much there had been on average when the results of each instrument were taken. Only for scales of their own: those
 * are measured from the median of their column, the others from a line. */
static void lines_taken(struct link_model *model, double *results) {
  for (size_t j = 0; j < model->looks_n; j++) {
    const struct link_look *look = &model->looks[j];
    struct link_line *line = &model->lines[look->instrument];
    results[look->instrument] += look->n;
    for (int c = 0; c < LINK_GROWTHS && model->groups[line->group].learned; c++)
      line->taken[c] += look->n * (look->growth[c] - line->taken[c]) / results[look->instrument];
  }
}

static void visit_levels(struct link_work *work, struct link_look *looks, size_t n) {
  link_student_weigh(work, looks, n);
  link_student_normal(work, looks, n);
}

static void round_levels(struct link_work *work) {
  struct link_model *model = work->model;
  struct link_normal *normal = &work->normal;
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
    for (size_t c = 0; c < LINK_GROWTHS; c++) {
      double by = model->lines[i].slope * model->lines[i].taken[c];
      normal->matrix[own * size + c] += precision * by;
      normal->matrix[group * size + c] -= precision * by;
      for (size_t d = 0; d <= c; d++)
        normal->matrix[c * size + d] += precision * by * model->lines[i].slope * model->lines[i].taken[d];
    }
  }
  for (size_t g = 0; g < model->groups_n; g++) {
    double precision = fmax(1 / (model->groups[g].level_sd * model->groups[g].level_sd), LINK_TINY);
    normal->matrix[(groups + g) * size + groups + g] += precision;
    normal->rhs[groups + g] += precision * model->groups[g].level;
  }
  link_matrix_factor(normal->matrix, size, size);
  link_matrix_solve(normal->matrix, size, size, normal->rhs);
  memcpy(model->growth, normal->rhs, sizeof model->growth);
  for (size_t i = 0; i < model->lines_n; i++)
    model->lines[i].level = normal->rhs[LINK_GROWTHS + i];
  for (size_t g = 0; g < model->groups_n; g++)
    model->groups[g].mean_level = normal->rhs[groups + g];
}

static void visit_slopes(struct link_work *work, struct link_look *looks, size_t n) {
  link_student_regress(work, looks, n);
  link_student_variances(work, looks, n);
}

/* The group's mean slope with every member's own slope and level eliminated. */
static void group_slope(struct link_work *work, size_t g) {
  struct link_model *model = work->model;
  struct link_group *group = &model->groups[g];
  double precision = fmax(1 / (group->slope_sd * group->slope_sd), LINK_TINY);
  double weight = precision, sum = precision * group->slope;
  for (size_t i = 0; i < model->lines_n; i++) {
    const struct link_line *line = &model->lines[i];
    struct link_sums s = work->sums[i];
    if (line->group != g)
      continue;
    prior_add(model, line, &s);
    double slope = slope_precision(model, line);
    double xx = fmax(s.xx - s.x * s.x / s.n, 0), xy = s.xy - s.x * s.y / s.n;
    weight += slope * xx / (slope + xx);
    sum += slope * xy / (slope + xx);
  }
  group->mean_slope = fmax(sum / weight, LEAST_SLOPE * group->slope);
}

static void line_regress(struct link_work *work, size_t i) {
  struct link_model *model = work->model;
  struct link_line *line = &model->lines[i];
  const struct link_group *group = &model->groups[line->group];
  struct link_sums s = work->sums[i];
  double slope = slope_precision(model, line);
  prior_add(model, line, &s);
  line->slope = (s.xy - s.x * s.y / s.n + slope * group->mean_slope) / (s.xx - s.x * s.x / s.n + slope);
  line->slope = fmax(line->slope, LEAST_SLOPE * group->mean_slope);
  line->level = (s.y - s.x * line->slope) / s.n;
  double prior_sd = line->error_prior_n > 0 ? line->error_prior_sd : group->error_sd;
  double worth = line->error_prior_n > 0 ? line->error_prior_n : GROUP_WORTH;
  line->error_var = (s.error + worth * prior_sd * prior_sd) / (s.error_n + worth);
  line->error_var = fmax(line->error_var, LEAST_ERROR * LEAST_ERROR * group->error_sd * group->error_sd);
}

/* How far members lie from each other, and how large their errors are; what was expected counts as GROUP_WORTH members. */
static void group_spread(struct link_work *work, size_t g, const struct link_group *expected) {
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
    const struct link_sums *s = &work->sums[i];
    double away = line->level + line->slope * taken_x(model, line) - group->mean_level;
    double relative = line->slope / group->mean_slope - 1;
    level += away * away + 1 / (s->n + level_precision(model, line));
    slope += relative * relative + 1 / (s->xx + slope_precision(model, line)) / (group->mean_slope * group->mean_slope);
    error += line->error_var;
    n++;
  }
  group->member_level_var = level / n;
  group->member_slope_var = slope / n;
  group->error_sd = sqrt(error / n);
}

/* The mean of n observations and GROWTH_WORTH expected ones, gone to from `now` as far as FARTHER says. */
static double variance_step(double now, double sum, double n, double expected) {
  double mean = (sum + GROWTH_WORTH * expected) / (n + GROWTH_WORTH);
  return now * pow(mean / now, FARTHER);
}

static void growth_variances(struct link_work *work, const struct link_model *expected) {
  struct link_model *model = work->model;
  for (int c = 0; c < LINK_GROWTHS; c++) {
    double worth = model->growth_var[c] / (LEANING_SD * LEANING_SD), before = model->growth_by_level[c];
    double change = (work->leaning[c] - worth * before) / (work->level_square[c] + worth);
    double about = work->growth[c] + change * (change * work->level_square[c] - 2 * work->leaning[c]);
    model->growth_by_level[c] = before + FARTHER * change;
    model->growth_var[c] = variance_step(model->growth_var[c], about, work->growth_n[c], expected->growth_var[c]);
  }
  model->wander_var = variance_step(model->wander_var, work->wander, work->wander_n, expected->wander_var);
  model->maker_var = variance_step(model->maker_var, work->maker, work->maker_n, expected->maker_var);
}

static void round_slopes(struct link_work *work, const struct link_model *expected) {
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
  growth_variances(work, expected);
}

/* ---------------------------------------------------------------- how sure */

/* A regression on what each student's other scores say: its precision is that of a score no one has seen. */
static void visit_information(struct link_work *work, struct link_look *looks, size_t n) {
  const struct link_model *model = work->model;
  for (size_t j = 0; j < n; j++) {
    const struct link_line *line = &model->lines[looks[j].instrument];
    struct link_sums *sums = &work->sums[looks[j].instrument];
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

static void information(struct link_work *work) {
  struct link_model *model = work->model;
  memset(work->sums, 0, model->lines_n * sizeof *work->sums);
  for (size_t i = 0; i < model->lines_n; i++)
    model->lines[i].results = model->lines[i].students = 0;
  each_student(work, visit_information);
  for (size_t i = 0; i < model->lines_n; i++) {
    struct link_line *line = &model->lines[i];
    struct link_sums s = work->sums[i];
    double slope = slope_precision(model, line), seen = s.n;
    prior_add(model, line, &s);
    double xx = s.xx + slope, determinant = s.n * xx - s.x * s.x;
    line->level_cov = xx / determinant;
    line->slope_cov = s.n / determinant;
    line->cross_cov = -s.x / determinant;
    line->level_information = seen / s.n;
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

/* How near it is to be settled, in percent: EM's steps shrink by about the same factor each. */
static unsigned settled_percent(double moved, double first) {
  double share = moved < first ? log(first / fmax(moved, SETTLED)) / log(first / SETTLED) : 0;
  return (unsigned)(PERCENT * fmin(fmax(share, 0), 1));
}

int link_em(struct link_model *model, int (*on_round)(void *arg, unsigned percent), void *arg) {
  size_t size = LINK_GROWTHS + model->lines_n + model->groups_n;
  struct link_work *work = calloc(1, sizeof *work);
  struct link_sums *sums = calloc(model->lines_n + 1, sizeof *sums);
  struct link_group *groups = calloc(model->groups_n + 1, sizeof *groups);
  double *matrix = calloc(size * size, sizeof *matrix), *rhs = calloc(size, sizeof *rhs),
         *before = calloc(2 * model->lines_n + 1, sizeof *before);
  struct link_model expected = *model;
  double first = 2 * SETTLED;
  unsigned percent = 0;
  int err = E_NOMEM;
  if (!work || !sums || !groups || !matrix || !rhs || !before)
    goto fail;
  if (model->groups_n)
    memcpy(groups, model->groups, model->groups_n * sizeof *groups);
  expected.groups = groups;
  lines_taken(model, before);
  memset(before, 0, 2 * model->lines_n * sizeof *before);
  *work = (struct link_work){.model = model, .normal = {size, matrix, rhs}, .sums = sums};
  for (size_t g = 0; g < model->groups_n; g++)
    model->groups[g].mean_level = model->groups[g].level, model->groups[g].mean_slope = model->groups[g].slope;
  err = E_OK;
  for (model->rounds = 0; model->rounds < ROUNDS && !err; model->rounds++) {
    round_levels(work);
    round_slopes(work, &expected);
    model->moved = moved(model, before);
    first = fmax(first, model->moved);
    percent = model->rounds > ROUNDS_LEAST ? (unsigned)fmax(percent, settled_percent(model->moved, first)) : 0;
    err = on_round ? on_round(arg, percent) : E_OK;
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
