/*
 * What the estimate is held against: simpler ways to a probability of passing, from the same results known by the same day.
 *
 *   last score   the newest readiness check read through the published curve, as schools do it today
 *   projection   the newest readiness check carried to the exam day by the projection published for one school
 *   regression   a regularised logistic regression trained on other students of the same class
 */
#ifndef SG_STUDY_RIVAL_H
#define SG_STUDY_RIVAL_H

#include "risk/params.h"

/* What the regression sees, EPC and days: last check, mean of the last three, best, last less first, days since the last,
 * mean of the last blocks, number of checks. */
enum { RIVAL_FEATURES = 7 };
#define RIVAL_RIDGE 1.0

/* How to read scores: by the shipped parameters, whose catalogue is the school's. */
struct rival_scale {
  const struct risk_params *params;
  double cut_epc, cut_three_digit, three_digit_per_epc;
};

void rival_scale_read(const struct risk_params *params, struct rival_scale *ret);

struct rival {
  double last_p, projected_p; /* NaN where there was no readiness check */
};

/* From the input of an estimate; `exam_ms` is noon of the exam's day. */
void rival_look(const struct rival_scale *scale, const struct risk_input *input, int64_t exam_ms, struct rival *ret);
void rival_features(const struct rival_scale *scale, const struct risk_input *input, float ret[RIVAL_FEATURES]);

#endif
