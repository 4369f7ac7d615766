/* Fitting inside folds: each student is scored with parameters that were learned from the others. */
#ifndef SG_STUDY_KFOLD_H
#define SG_STUDY_KFOLD_H

#include "risk/params.h"
#include "study/fit.h"

enum { KFOLD_MOST = 20 };

struct kfold {
  size_t folds, used;                     /* used: folds in which the fit helped and its values were taken */
  uint8_t *fold;                          /* of each student of the past class */
  struct risk_params *params[KFOLD_MOST]; /* of each fold, learned without its students */
};

/* `fit` as for fit_parameters(), whose students and students_n are not looked at. 0, or as fit_parameters() and *ret empty;
 * kfold_done() in either case. */
int kfold_fit(const struct fit_options *fit, size_t folds, struct kfold *ret, char reason[FIT_REASON]) MUSTCHECK;
void kfold_done(struct kfold *kfold);

#endif
