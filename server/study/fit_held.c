/*
 * What a fit is worth on students it has not seen.
 *
 * The students are parted, and each part is predicted by a fit on the others. The fit is used where that predicts better than the
 * start, and by more than chance would have it one time in twenty: the sum of everything it was found by, outcomes and later
 * checks, because a dozen failures alone decide by luck. The outcomes by themselves must not be worse by more than one standard
 * error. Small classes that grow as the start expects are left alone by this; those that differ, of 150 even, are not.
 *
 * The same predictions give the recalibration, so it corrects what a fit leaves over and not what a fit already knows. Whether it
 * is used is asked once more on students left out: each part is bent by what the other parts say.
 */
#include "study/fit_work.h"

#include "base/err.h"
#include "study/fit_recal.h"
#include "study/fit_text.h"

#include <math.h>
#include <stdlib.h>

#define CAPACITY    0.1   /* for metrics.recall, which is not used here */
#define SURELY      1.645 /* standard errors: one time in twenty by chance */
#define RECAL_LEAST 1.0   /* nats: what two numbers gain on the students they were found on where there is nothing to be found */

struct held_out {
  struct fit *fit;
  struct fit_look *before, *after; /* of each case, before recalibration */
  struct fit_held *held;           /* of the cases that are outcomes, in their order */
  double *p;
  uint8_t *passed;
  size_t n;
};

/* Which part a student belongs to: by the order of students, so that nothing depends on chance. */
static size_t fold_of(const struct fit *fit, size_t i) {
  return fit->cases.cases[i].student * UINT32_C(2654435761) / 65536 % fit->options->folds;
}

static int predict_folds(struct held_out *held, const struct fit_point *start) {
  struct fit *fit = held->fit;
  int err = fit_look_at(fit, &(struct fit_point){0}, held->before);
  for (size_t fold = 0; !err && fold < fit->options->folds; fold++) {
    struct fit_point point = *start;
    unsigned rounds;
    for (size_t i = 0; i < fit->cases.n; i++)
      fit->in[i] = fold_of(fit, i) != fold;
    err = fit_search(fit, &point, &rounds, NULL);
    for (size_t i = 0; !err && i < fit->cases.n; i++)
      if (!fit->in[i])
        held->after[i] = fit->base[i];
  }
  return err;
}

/* ---------------------------------------------------------------- decisions */

/* The cases of one student stand together. */
static bool fit_helps(const struct held_out *held) {
  const struct fit_cases *cases = &held->fit->cases;
  struct gain {
    double sum, squares;
  } all = {0, 0}, outcomes = {0, 0};
  for (size_t i = 0; i < cases->n;) {
    double both = 0, outcome = 0;
    uint32_t who = cases->cases[i].student;
    for (; i < cases->n && cases->cases[i].student == who; i++) {
      double gain = fit_case_loss(&cases->cases[i], held->before[i]).loss - fit_case_loss(&cases->cases[i], held->after[i]).loss;
      both += gain;
      outcome += cases->cases[i].kind == FIT_OUTCOME ? gain : 0;
    }
    all = (struct gain){all.sum + both, all.squares + both * both};
    outcomes = (struct gain){outcomes.sum + outcome, outcomes.squares + outcome * outcome};
  }
  return all.sum > SURELY * sqrt(all.squares) && outcomes.sum > -sqrt(outcomes.squares);
}

/* What the start says, which may be recalibrated already. */
static struct fit_recal start_recal(const struct fit *fit, size_t kind) {
  static const char *const intercepts[FIT_KINDS] = {"recalibration_intercept_first", "recalibration_intercept_repeat"};
  static const char *const slopes[FIT_KINDS] = {"recalibration_slope_first", "recalibration_slope_repeat"};
  struct fit_recal ret = {fit_text_number(fit->options->text, fit->options->text_len, intercepts[kind]),
                          fit_text_number(fit->options->text, fit->options->text_len, slopes[kind])};
  return isnan(ret.intercept) || isnan(ret.slope) ? (struct fit_recal){0, 1} : ret;
}

static double prior_sd(const struct fit *fit, const char *name) {
  double sd = fit_text_number(fit->options->text, fit->options->text_len, name);
  size_t len;
  const char *shipped = risk_params_builtin(RISK_PARAMS_DEFAULT, &len);
  return isnan(sd) ? fit_text_number(shipped, len, name) : sd;
}

/* Sets the recalibration of one kind, whether it is used, and the P of its predictions after it. */
static struct fit_recal recalibrate(const struct held_out *held, size_t kind, const struct fit_recal_prior *prior,
                                    struct fit_recal otherwise, struct fit_recalibration *ret) {
  size_t folds = held->fit->options->folds;
  struct fit_recalibration others[FIT_FOLDS_MOST];
  double with = 0, without = 0;
  fit_recal_find(held->held, held->n, kind, SIZE_MAX, prior, ret);
  for (size_t fold = 0; fold < folds; fold++)
    fit_recal_find(held->held, held->n, kind, fold, prior, &others[fold]);
  for (size_t i = 0; i < held->n; i++) {
    const struct fit_held *of = &held->held[i];
    if (of->kind != kind)
      continue;
    held->p[i] = risk_recalibrated(of->p, others[of->fold].intercept, others[of->fold].slope);
    with += of->weight * fit_recal_loss(held->p[i], of->passed);
    without += of->weight * fit_recal_loss(risk_recalibrated(of->p, otherwise.intercept, otherwise.slope), of->passed);
  }
  ret->used = without - with > RECAL_LEAST;
  for (size_t i = 0; !ret->used && i < held->n; i++)
    if (held->held[i].kind == kind)
      held->p[i] = risk_recalibrated(held->held[i].p, otherwise.intercept, otherwise.slope);
  return ret->used ? (struct fit_recal){ret->intercept, ret->slope} : otherwise;
}

/* ---------------------------------------------------------------- from beginning to end */

static void take_outcomes(struct held_out *held, const struct fit_look *looks) {
  const struct fit *fit = held->fit;
  held->n = 0;
  for (size_t i = 0; i < fit->cases.n; i++) {
    const struct fit_case *of = &fit->cases.cases[i];
    if (of->kind != FIT_OUTCOME)
      continue;
    held->passed[held->n] = of->seen > 0;
    held->p[held->n] = looks[i].mean;
    held->held[held->n++] = (struct fit_held){.p = looks[i].mean,
                                              .weight = of->weight,
                                              .passed = of->seen > 0,
                                              .fold = (uint8_t)fold_of(fit, i),
                                              .kind = risk_first_attempt(&of->input) ? FIT_FIRST : FIT_REPEAT};
  }
}

static int decide(struct held_out *held, struct fit_report *report, struct fit_recal ret_recal[FIT_KINDS]) {
  struct fit *fit = held->fit;
  const struct fit_recal_prior prior = {prior_sd(fit, "recalibration_intercept_sd"), prior_sd(fit, "recalibration_slope_sd")};
  struct fit_recal started[FIT_KINDS] = {start_recal(fit, FIT_FIRST), start_recal(fit, FIT_REPEAT)};
  take_outcomes(held, held->before);
  for (size_t i = 0; i < held->n; i++)
    held->p[i] = risk_recalibrated(held->p[i], started[held->held[i].kind].intercept, started[held->held[i].kind].slope);
  int err = metrics_measure(held->p, held->passed, held->n, CAPACITY, &report->before);
  take_outcomes(held, held->after);
  if (!err)
    err = metrics_measure(held->p, held->passed, held->n, CAPACITY, &report->after);
  report->used = fit_helps(held);
  if (!report->used)
    take_outcomes(held, held->before);
  for (size_t kind = 0; kind < FIT_KINDS; kind++)
    ret_recal[kind] =
        recalibrate(held, kind, &prior, report->used ? (struct fit_recal){0, 1} : started[kind], &report->recalibration[kind]);
  return err ? err : metrics_measure(held->p, held->passed, held->n, CAPACITY, &report->recalibrated);
}

int fit_hold_out(struct fit *fit, const struct fit_point *start, struct fit_report *report, struct fit_recal ret_recal[2]) {
  size_t n = fit->cases.n + 1;
  struct held_out held = {.fit = fit,
                          .before = calloc(n, sizeof *held.before),
                          .after = calloc(n, sizeof *held.after),
                          .held = calloc(n, sizeof *held.held),
                          .p = calloc(n, sizeof *held.p),
                          .passed = calloc(n, 1)};
  int err = held.before && held.after && held.held && held.p && held.passed ? predict_folds(&held, start) : E_NOMEM;
  if (!err)
    err = decide(&held, report, ret_recal);
  free(held.before);
  free(held.after);
  free(held.held);
  free(held.p);
  free(held.passed);
  return err;
}
