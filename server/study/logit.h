/* A regularised logistic regression, small enough to be trained on a class: p = 1 / (1 + exp(-(b + sum w_k z_k))), z standardised.
 */
#ifndef SG_STUDY_LOGIT_H
#define SG_STUDY_LOGIT_H

#include "proto/attr.h"

#include <stddef.h>
#include <stdint.h>

enum { LOGIT_MOST = 15 }; /* features */

struct logit {
  size_t features;
  double mean[LOGIT_MOST], sd[LOGIT_MOST]; /* of the rows it was trained on */
  double weight[LOGIT_MOST + 1];           /* intercept first */
};

/* Rows of `features` numbers one behind the other, y 0 or 1. `ridge` is the weight of half the squared sum of w; the intercept is
 * free. Rows of one outcome only give that share, drawn in by one row of each. Needs n > 0 and no memory. */
void logit_train(const double *x, const uint8_t *y, size_t n, size_t features, double ridge, struct logit *ret);
double logit_probability(const struct logit *logit, const double *x);

#endif
