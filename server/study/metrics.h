/*
 * How good probabilities were, measured against what happened. Pure arithmetic over two arrays: p[i], the probability that was
 * given for passing, and passed[i]. A figure that the rows cannot give (one outcome only, one probability only) is NaN.
 */
#ifndef SG_STUDY_METRICS_H
#define SG_STUDY_METRICS_H

#include "proto/attr.h"

#include <stddef.h>
#include <stdint.h>

enum { METRICS_BINS = 10 };

struct metrics {
  size_t n, failed;
  double auc;   /* that one who passed had the higher p than one who failed; ties count half */
  double brier; /* mean of (p - passed)^2 */
  double log_loss;
  double slope, intercept; /* of a logistic regression of the outcome on logit p: 1 and 0 when calibrated */
  double ece;              /* mean distance between p and the share who passed, over bins of equal size */
  double recall;           /* share of those who failed among the `capacity` with the least p; ties by their share */
};

/* One bin: rows next to each other in order of p; equal p are never parted. */
struct metrics_bin {
  size_t n, passed;
  double p, share;  /* mean p; share who passed */
  double low, high; /* 95 % interval of the share (Wilson) */
};

/* At a threshold: who has less p. */
struct metrics_alert {
  double threshold, alerted, caught, false_alerted; /* shares: of all, of those who failed, of those who passed */
};

/* `capacity`: share of all rows that can be looked after, 0 to 1. 0 or E_NOMEM. */
int metrics_measure(const double *p, const uint8_t *passed, size_t n, double capacity, struct metrics *ret) MUSTCHECK;
/* 95 % interval of a share (Wilson); NaN of nobody. */
void metrics_wilson(size_t count, size_t of, double *ret_low, double *ret_high);
/* Gives how many bins there are in *ret_n, at most METRICS_BINS. */
int metrics_bins(const double *p, const uint8_t *passed, size_t n, struct metrics_bin ret[METRICS_BINS], size_t *ret_n) MUSTCHECK;
/* `steps` + 1 thresholds from 0 to 1. */
void metrics_alerts(const double *p, const uint8_t *passed, size_t n, size_t steps, struct metrics_alert *ret);
/* The ROC curve: points (false_alerted, caught) from nobody to everybody, at most `steps` + 1, at about even volumes; with as
 * many steps as rows it is exact. `ret` has room for steps + 1. 0 or E_NOMEM. */
int metrics_roc(const double *p, const uint8_t *passed, size_t n, size_t steps, struct metrics_alert *ret, size_t *ret_n) MUSTCHECK;

#endif
