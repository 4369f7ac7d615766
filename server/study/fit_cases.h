/*
 * What a fit is measured on: what the engine would have said at moments of the past, each beside what came out.
 *
 * For every parameter set a case gives a mean and a variance (struct fit_look), and a loss that has to become small.
 */
#ifndef SG_STUDY_FIT_CASES_H
#define SG_STUDY_FIT_CASES_H

#include "risk/params.h"
#include "study/past.h"

enum fit_kind {
  FIT_OUTCOME, /* seen: 1 passed, 0 failed. mean: P */
  FIT_CHECK,   /* seen: EPC of a later check. mean and variance: of readiness on its day from what was known before */
  FIT_PRINTED, /* seen: the P(pass) that a report printed. mean: the model's for that EPC alone */
};

struct fit_case {
  enum fit_kind kind;
  uint32_t student;        /* of the past */
  struct risk_input input; /* results stand in fit_cases.pool */
  double weight, seen, sd; /* sd: of what is seen about the mean; 0 for an outcome */
};

struct fit_look {
  double mean, variance;
};

struct fit_cases {
  struct fit_case *cases;
  struct result *pool;
  size_t n, room, pool_n, results_most;
  size_t students, attempts, failed, checks, printed;
};

/* Of the students given, at most FIT_STUDENTS of them, evenly. `params`: how scores are read. E_NOMEM. */
enum { FIT_STUDENTS = 4000 /* more than these say no more than the model can take in */ };
int fit_cases_collect(const struct past *past, const uint32_t *students, size_t n, const struct risk_params *params,
                      struct fit_cases *ret) MUSTCHECK;
void fit_cases_done(struct fit_cases *cases);

/* Looks at every case; `ret` has room for cases->n. threads 0: one for each core. E_NOMEM. */
int fit_cases_look(const struct fit_cases *cases, const struct risk_params *params, size_t threads, struct fit_look *ret) MUSTCHECK;

/* Loss of one look, its slopes by mean and variance, and what is expected of its curvatures. */
struct fit_loss {
  double loss, by_mean, by_variance, mean_curve, variance_curve;
};
struct fit_loss fit_case_loss(const struct fit_case *of, struct fit_look look);

#endif
