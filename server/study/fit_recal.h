/* Recalibration: an intercept and a slope on the logit of P, learned from predictions of students that were held out. */
#ifndef SG_STUDY_FIT_RECAL_H
#define SG_STUDY_FIT_RECAL_H

#include "study/fit.h"

struct fit_held { /* one prediction: a student at one horizon */
  double p;
  double weight; /* horizons of one attempt together count once */
  uint8_t passed, fold;
  uint8_t kind; /* FIT_FIRST or FIT_REPEAT */
};

struct fit_recal_prior {
  double intercept_sd, slope_sd;
};

/* The most probable of one kind; without the predictions of one fold (SIZE_MAX: of all). Neutral where there are none. Sets all of
 * *ret but `used`. */
void fit_recal_find(const struct fit_held *held, size_t n, size_t kind, size_t without, const struct fit_recal_prior *prior,
                    struct fit_recalibration *ret);

/* Mean loss of a prediction, in nats; p is kept off 0 and 1 by one in a million. */
double fit_recal_loss(double p, bool passed);

#endif
