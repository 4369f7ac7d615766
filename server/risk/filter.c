/*
 * The posterior of one student, by a Kalman filter that runs backwards in time.
 *
 * The prior speaks of the planned day, so the filter starts there and walks from the newest result to the oldest. Its state
 * (struct posterior; README.md, "State"): wandering W since now, level L = readiness when growth has ended less what it
 * wanders until then, the two deviations from the group's growth, one lasting offset for each maker. Everything but W is
 * constant, and each row looks at   z = L - W - expected growth - own growth + offset(maker) + error.
 * After the oldest row the filter's own mean and covariance are those of today and of the planned day; no smoother is needed.
 *
 * A free posterior would give some results a negative weight (an early high score speaks for slow growth), and then a higher
 * score could lower P(pass). So the weights are those of the best linear estimate among the ones without a negative weight:
 * a small quadratic programme, solved by block pivoting on which rows are in, where each step is one more run of the filter over
 * those rows alone. Whether one of the others belongs in as well needs no filter: sums over the weights say it.
 * Merely dropping what turns negative is not enough: more noise in one result could then narrow the interval.
 */
#include "risk/model.h"

#include <math.h>
#include <string.h>

/* Weights are shares of 1: smaller than this is rounding. */
#define LEAST_WEIGHT 1e-12
/* Block pivoting: how often the number of wrong rows may fail to fall before they are exchanged one at a time, which always
 * ends; and when to stop all the same and only drop rows, which leaves an estimate that is safe and a little less sharp. */
enum { PIVOT_PATIENCE = 3, PIVOT_RUNS = 64 };

static double square(double x) {
  return x * x;
}

/* ---------------------------------------------------------------- forwards: mean and covariance */

/*
 * The loops run over `width` components, a constant where they are inlined: NARROW holds whoever uses up to two makers besides
 * NBME, MIDDLE up to four, and unrolled loops over eight are twice as fast as loops over five. What lies beyond size is zero.
 */
enum { NARROW = 6, MIDDLE = 8 };

/* EPC squared a day. */
static double wandering(const struct filter *filter) {
  return square(filter->params->wander_sd_epc) / DAYS_PER_WEEK;
}

/* Of a component, before any row was looked at; they are independent then. */
static double prior_variance(const struct filter *filter, unsigned component) {
  const struct course *course = filter->course;
  switch (component) {
  case AT_WANDER: return 0;
  case AT_LEVEL: return course->prior_variance + wandering(filter) * (course->target_days - course->now_days);
  case AT_GROWTH_BEFORE:
  case AT_GROWTH_DEDICATED: return square(course->rate[component - AT_GROWTH_BEFORE].sd);
  default: return square(filter->params->maker_offset_sd_epc);
  }
}

/* `more`: components that the caller will add. */
static void begin(const struct filter *filter, unsigned more, struct posterior *ret) {
  ret->size = AT_MAKER + filter->evidence->makers;
  ret->width = ret->size + more <= NARROW ? NARROW : ret->size + more <= MIDDLE ? MIDDLE : MODEL_STATE;
  ret->strain = 0;
  memset(ret->mean, 0, sizeof ret->mean);
  for (unsigned i = 0; i < ret->width; i++)
    memset(ret->cov[i], 0, ret->width * sizeof ret->cov[i][0]);
  ret->mean[AT_LEVEL] = filter->course->prior_mean;
  for (unsigned i = 0; i < ret->size; i++)
    ret->cov[i][i] = prior_variance(filter, i);
}

/* ret = cov * h for the row's sparse h; gives h' * cov * h. */
static inline double look(const struct posterior *restrict posterior, const struct row *restrict row, double *restrict ret,
                          unsigned width) {
  const double(*cov)[MODEL_STATE] = posterior->cov;
  const double before = row->growth.own[0], dedicated = row->growth.own[1];
  for (unsigned i = 0; i < width; i++)
    ret[i] = cov[AT_LEVEL][i] - cov[AT_WANDER][i] - before * cov[AT_GROWTH_BEFORE][i] - dedicated * cov[AT_GROWTH_DEDICATED][i];
  if (row->slot != 0)
    for (unsigned i = 0; i < width; i++)
      ret[i] += cov[row->slot][i];
  double sum = ret[AT_LEVEL] - ret[AT_WANDER] - before * ret[AT_GROWTH_BEFORE] - dedicated * ret[AT_GROWTH_DEDICATED];
  return row->slot != 0 ? sum + ret[row->slot] : sum;
}

static double predict(const struct posterior *posterior, const struct row *row) {
  const double *mean = posterior->mean;
  double z = mean[AT_LEVEL] - mean[AT_WANDER] - row->growth.expected - row->growth.own[0] * mean[AT_GROWTH_BEFORE] -
             row->growth.own[1] * mean[AT_GROWTH_DEDICATED];
  return row->slot != 0 ? z + mean[row->slot] : z;
}

static inline void update(struct posterior *restrict posterior, const double *restrict covariance, const double *restrict gain,
                          double surprise, unsigned width) {
  for (unsigned i = 0; i < width; i++)
    posterior->mean[i] += gain[i] * surprise;
  for (unsigned i = 0; i < posterior->size; i++)
    for (unsigned j = 0; j < width; j++)
      posterior->cov[i][j] -= gain[i] * covariance[j];
}

/* Takes the rows from `from` to before `to` that are in; *day is that of the row before and becomes that of the last. */
static inline void run(const struct filter *filter, struct posterior *ret, unsigned width, size_t from, size_t to, double *day) {
  const struct evidence *evidence = filter->evidence;
  const double wander = wandering(filter);
  double covariance[MODEL_STATE];
  for (size_t k = from; k < to; k++) {
    const struct row *row = &evidence->rows[k];
    double *gain = filter->gains + k * MODEL_STATE;
    if (!row->in)
      continue;
    /* The whole line: look() reads numbers in pairs, and a processor waits for a pair of which one alone was just written. */
    for (unsigned i = 0; i < width; i++)
      ret->cov[AT_WANDER][i] += i == AT_WANDER ? wander * (*day - row->days) : 0;
    *day = row->days;
    double precision = 1 / (look(ret, row, covariance, width) + row->variance);
    for (unsigned i = 0; i < width; i++)
      gain[i] = covariance[i] * precision;
    double surprise = row->z_used - predict(ret, row), unbounded = surprise + row->z - row->z_used;
    ret->strain += unbounded * unbounded * precision;
    update(ret, covariance, gain, surprise, width);
  }
}

static void run_rows(const struct filter *filter, struct posterior *ret, size_t from, size_t to, double *day) {
  if (ret->width == NARROW)
    run(filter, ret, NARROW, from, to, day);
  else if (ret->width == MIDDLE)
    run(filter, ret, MIDDLE, from, to, day);
  else
    run(filter, ret, MODEL_STATE, from, to, day);
}

void filter_run(const struct filter *filter, struct posterior *ret) {
  double day = filter->course->now_days;
  begin(filter, 0, ret);
  run_rows(filter, ret, 0, filter->evidence->n, &day);
}

/* ---------------------------------------------------------------- backwards: weights */

/* Share of the level's surprise that reaches an exam on a day, and the variance that is added on the way: between now and
 * the planned day the level wanders towards the prior of that day, behind it it wanders on. */
static double carry(const struct filter *filter, double exam_days, double *ret_variance) {
  const struct course *course = filter->course;
  double per_day = wandering(filter), level = prior_variance(filter, AT_LEVEL);
  double ahead = fmax(course->target_days - exam_days, 0), behind = fmax(exam_days - course->target_days, 0);
  double shared = course->prior_variance + per_day * ahead;
  double share = shared / level;
  *ret_variance = shared * (1 - share) + per_day * behind;
  return share;
}

/*
 * Derivatives of the planned day's mean by the z_used of each row that is in. `by` becomes what the components, as the prior has
 * them, contribute to what is still wrong with that mean; for the wandering, which grows from row to row, the sum of all weights.
 */
static void weigh(const struct filter *filter, unsigned size, double by[MODEL_STATE]) {
  struct evidence *evidence = filter->evidence;
  double unused, level = carry(filter, filter->course->target_days, &unused), wandered = 0, before = 0, dedicated = 0;
  for (size_t k = evidence->n; k-- > 0;) {
    struct row *row = &evidence->rows[k];
    const double *gain = filter->gains + k * MODEL_STATE;
    if (!row->in)
      continue;
    double weight = level * gain[AT_LEVEL] + wandered * gain[AT_WANDER] + before * gain[AT_GROWTH_BEFORE] +
                    dedicated * gain[AT_GROWTH_DEDICATED];
    for (unsigned i = AT_MAKER; i < size; i++)
      weight += by[i] * gain[i];
    row->weight = weight;
    level -= weight;
    wandered += weight;
    before += weight * row->growth.own[0];
    dedicated += weight * row->growth.own[1];
    if (row->slot != 0)
      by[row->slot] -= weight;
  }
  by[AT_LEVEL] = level;
  by[AT_WANDER] = wandered;
  by[AT_GROWTH_BEFORE] = before;
  by[AT_GROWTH_DEDICATED] = dedicated;
}

/*
 * A row that is out would help, and with a positive weight, just when what is still wrong with the planned day's mean goes along
 * with it. Its weight becomes that covariance, over the variance of the level: it has the sign of the weight it would get.
 */
static void invite(const struct filter *filter, unsigned size, double by[MODEL_STATE]) {
  struct evidence *evidence = filter->evidence;
  const double wander = wandering(filter) / prior_variance(filter, AT_LEVEL);
  double day = filter->course->now_days, older = by[AT_WANDER], wandered = 0;
  for (unsigned i = AT_LEVEL; i < size; i++)
    by[i] *= prior_variance(filter, i) / prior_variance(filter, AT_LEVEL);
  for (size_t k = 0; k < evidence->n; k++) {
    struct row *row = &evidence->rows[k];
    wandered += older * wander * (day - row->days);
    day = row->days;
    if (row->in)
      older -= row->weight;
    else
      row->weight = by[AT_LEVEL] - row->growth.own[0] * by[AT_GROWTH_BEFORE] - row->growth.own[1] * by[AT_GROWTH_DEDICATED] -
                    wandered + (row->slot != 0 ? by[row->slot] : 0);
  }
}

static bool wrong(const struct row *row) {
  return row->in ? row->weight < -LEAST_WEIGHT : row->weight > LEAST_WEIGHT;
}

/* Exchanges rows between in and out and gives how many were wrong. */
static size_t pivot(struct evidence *evidence, size_t run, size_t *best, unsigned *patience) {
  size_t wrongs = 0, last = 0;
  for (size_t k = 0; k < evidence->n; k++)
    if (wrong(&evidence->rows[k])) {
      wrongs++;
      last = k;
    }
  if (wrongs == 0)
    return 0;
  bool all = wrongs < *best || *patience > 0;
  if (wrongs < *best)
    *patience = PIVOT_PATIENCE;
  else if (*patience > 0)
    --*patience;
  *best = wrongs < *best ? wrongs : *best;
  size_t exchanged = 0;
  for (size_t k = all ? 0 : last; k < evidence->n; k++) {
    struct row *row = &evidence->rows[k];
    if (!wrong(row) || (run >= PIVOT_RUNS && !row->in))
      continue;
    row->in = !row->in;
    exchanged++;
  }
  return exchanged;
}

const struct posterior *filter_weigh(const struct filter *filter, const struct posterior *all, struct posterior *spare) {
  struct evidence *evidence = filter->evidence;
  const struct posterior *posterior = all;
  unsigned patience = PIVOT_PATIENCE;
  size_t best = SIZE_MAX;
  for (size_t run = 0;; run++) {
    double by[MODEL_STATE] = {0};
    weigh(filter, all->size, by);
    invite(filter, all->size, by);
    if (pivot(evidence, run, &best, &patience) == 0)
      break;
    filter_run(filter, spare);
    posterior = spare;
  }
  for (size_t k = 0; k < evidence->n; k++)
    evidence->rows[k].weight = evidence->rows[k].in ? fmax(evidence->rows[k].weight, 0) : 0;
  return posterior;
}

/* ---------------------------------------------------------------- what the posterior says */

struct spread posterior_linear(const struct posterior *posterior, const double coefficients[MODEL_STATE]) {
  struct spread ret = {0, 0};
  for (unsigned i = 0; i < posterior->size; i++) {
    double sum = 0;
    if (coefficients[i] == 0)
      continue;
    for (unsigned j = 0; j < posterior->size; j++)
      sum += posterior->cov[i][j] * coefficients[j];
    ret.variance += coefficients[i] * sum;
    ret.mean += coefficients[i] * posterior->mean[i];
  }
  ret.variance = fmax(ret.variance, 0); /* rounding, where everything is known */
  return ret;
}

struct spread posterior_exam(const struct filter *filter, const struct posterior *posterior, double exam_days) {
  const struct course *course = filter->course;
  double by[MODEL_STATE] = {0}, added, share = carry(filter, exam_days, &added);
  struct growth to_target = course_growth_to_target(filter->params, course, course->now_days);
  struct growth to_exam = course_growth(filter->params, course, exam_days);
  by[AT_LEVEL] = share;
  by[AT_GROWTH_BEFORE] = to_exam.own[0] - to_target.own[0];
  by[AT_GROWTH_DEDICATED] = to_exam.own[1] - to_target.own[1];
  struct spread ret = posterior_linear(posterior, by);
  ret.mean += course->prior_mean * (1 - share) + to_exam.expected - to_target.expected;
  ret.variance += added;
  return ret;
}

struct spread posterior_now(const struct filter *filter, const struct posterior *posterior) {
  double by[MODEL_STATE] = {0};
  struct growth to_target = course_growth_to_target(filter->params, filter->course, filter->course->now_days);
  by[AT_LEVEL] = 1;
  by[AT_GROWTH_BEFORE] = -to_target.own[0];
  by[AT_GROWTH_DEDICATED] = -to_target.own[1];
  struct spread ret = posterior_linear(posterior, by);
  ret.mean -= to_target.expected;
  return ret;
}

/* The wandering on that day is kept as one more component while the filter goes on to the older rows. */
struct spread filter_smooth(const struct filter *filter, double days) {
  const struct course *course = filter->course;
  const struct evidence *evidence = filter->evidence;
  struct posterior posterior;
  double by[MODEL_STATE] = {0}, day = course->now_days;
  size_t newer = 0;
  while (newer < evidence->n && evidence->rows[newer].days >= days)
    newer++;
  begin(filter, 1, &posterior);
  run_rows(filter, &posterior, 0, newer, &day);
  posterior.cov[AT_WANDER][AT_WANDER] += wandering(filter) * (day - days);
  day = days;
  unsigned mark = posterior.size++;
  memcpy(posterior.cov[mark], posterior.cov[AT_WANDER], posterior.width * sizeof posterior.cov[mark][0]);
  for (unsigned i = 0; i < posterior.size; i++)
    posterior.cov[i][mark] = posterior.cov[i][AT_WANDER];
  posterior.cov[mark][mark] = posterior.cov[AT_WANDER][AT_WANDER];
  posterior.mean[mark] = posterior.mean[AT_WANDER];
  run_rows(filter, &posterior, newer, evidence->n, &day);
  struct growth growth = course_growth_to_target(filter->params, course, days);
  by[AT_LEVEL] = 1;
  by[mark] = -1;
  by[AT_GROWTH_BEFORE] = -growth.own[0];
  by[AT_GROWTH_DEDICATED] = -growth.own[1];
  struct spread ret = posterior_linear(&posterior, by);
  ret.mean -= growth.expected;
  return ret;
}
