/*
 * The normal distribution, and the logistic one for recalibration. The C library has the error function to full precision but not
 * its inverse; the inverse is needed a few times when parameters are read, so it is found by bisection on the function itself: no
 * table of coefficients to get wrong, and exactly consistent with normal_cdf().
 */
#include "risk/model.h"

#include <math.h>

/* Beyond this the distribution function is 0 or 1 in double precision. */
#define FARTHEST_Z 38.0

double normal_cdf(double z) {
  return 0.5 * erfc(-z * M_SQRT1_2);
}

double normal_quantile(double p) {
  double low = -FARTHEST_Z, high = FARTHEST_Z;
  for (;;) {
    double middle = 0.5 * (low + high);
    if (middle <= low || middle >= high) /* neighbours in double precision */
      return middle;
    if (normal_cdf(middle) < p)
      low = middle;
    else
      high = middle;
  }
}

double risk_recalibrated(double p, double intercept, double slope) {
  if (intercept == 0 && slope == 1)
    return p;
  return 1 / (1 + exp(-intercept - slope * log(p / (1 - p)))); /* at 0 and 1 the logarithm is infinite and the result 0 or 1 */
}
