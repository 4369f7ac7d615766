/*
 * The simpler ways, each as its authors or its users apply it.
 *
 * The projection of Bigach and others closes the gap to the top of the three-digit scale by a constant share a day. It was made
 * from one school's scores on scales that are gone; it is read through the three-digit scale of the parameter file, and its
 * own published error decides how sure it is.
 *
 * The regression gets what an analyst would take: seven numbers of the scores so far. Somebody without a check, or without a block,
 * is taken to stand at the cut.
 */
#include "study/rival.h"

#include "study/fit_text.h"

#include <math.h>

#define DAY_MS 86400000.0

/* Bigach et al., Med Sci Educ 2021, PMC8368818 [P]: predicted = 292 - (292 - CBSSA) x 0.987527^days; 43 students, 141 checks,
 * standard deviation of the difference 10.2. Validated on 37 students, 122 checks. */
static const struct {
  double top, daily, error_sd; /* three-digit points; share of the gap that is left after a day */
} published = {292, 0.987527, 10.2};

enum { MEAN_OF_CHECKS = 3, MEAN_OF_BLOCKS = 15, DAYS_MOST = 60 };

void rival_scale_read(const struct risk_params *params, struct rival_scale *ret) {
  size_t len;
  const char *text = risk_params_builtin(RISK_PARAMS_DEFAULT, &len);
  *ret = (struct rival_scale){.params = params,
                              .cut_epc = fit_text_number(text, len, "cut_epc"),
                              .cut_three_digit = fit_text_number(text, len, "three_digit_at_cut"),
                              .three_digit_per_epc = fit_text_number(text, len, "three_digit_per_epc")};
}

void rival_look(const struct rival_scale *scale, const struct risk_input *input, int64_t exam_ms, struct rival *ret) {
  struct risk_reading reading;
  *ret = (struct rival){.last_p = NAN, .projected_p = NAN};
  for (size_t i = input->n; i-- > 0;) {
    const struct result *result = &input->results[i];
    if (result->retracted || !risk_params_read(scale->params, result, &reading) || !reading.check)
      continue;
    double score = scale->cut_three_digit + scale->three_digit_per_epc * (reading.epc - scale->cut_epc);
    double left = pow(published.daily, (double)(exam_ms - result->taken_at_ms) / DAY_MS);
    double projected = published.top - (published.top - score) * left;
    ret->last_p = risk_params_curve(scale->params, reading.epc);
    ret->projected_p = erfc((scale->cut_three_digit - projected) / published.error_sd * M_SQRT1_2) / 2;
    return;
  }
}

void rival_features(const struct rival_scale *scale, const struct risk_input *input, float ret[RIVAL_FEATURES]) {
  struct risk_reading reading;
  double last = scale->cut_epc, first = scale->cut_epc, best = -INFINITY, days = DAYS_MOST, recent = 0, blocks = 0;
  size_t checks = 0, blocks_n = 0;
  for (size_t i = input->n; i-- > 0;) {
    const struct result *result = &input->results[i];
    if (result->retracted || !risk_params_read(scale->params, result, &reading))
      continue;
    if (!reading.check) {
      blocks += blocks_n < MEAN_OF_BLOCKS ? reading.epc : 0;
      blocks_n += blocks_n < MEAN_OF_BLOCKS;
      continue;
    }
    if (checks == 0) {
      last = reading.epc;
      days = fmin((double)(input->as_of_ms - result->taken_at_ms) / DAY_MS, DAYS_MOST);
    }
    recent += checks < MEAN_OF_CHECKS ? reading.epc : 0;
    first = reading.epc;
    best = fmax(best, reading.epc);
    checks++;
  }
  ret[0] = (float)last;
  ret[1] = (float)(checks > 0 ? recent / fmin((double)checks, MEAN_OF_CHECKS) : last);
  ret[2] = (float)(checks > 0 ? best : last);
  ret[3] = (float)(last - first);
  ret[4] = (float)days;
  ret[5] = (float)(blocks_n > 0 ? blocks / (double)blocks_n : scale->cut_epc);
  ret[6] = (float)checks;
}
