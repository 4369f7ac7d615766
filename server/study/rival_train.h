/* The regression beside the estimate, trained in folds: each student's probability comes from the outcomes of the others. */
#ifndef SG_STUDY_RIVAL_TRAIN_H
#define SG_STUDY_RIVAL_TRAIN_H

#include "study/backtest.h"

/* Fills trained_p of every prediction; a regression a horizon and fold. options->features and options->fold must be there.
 * 0 or E_NOMEM. */
int rival_train(const struct past *past, const struct backtest_options *options, size_t folds,
                struct prediction *predictions) MUSTCHECK;

#endif
