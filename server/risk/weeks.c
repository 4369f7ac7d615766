/*
 * Rules about how somebody studies: weekly goals and check-ins, which are that person's own words.
 *
 * Nothing of it is part of the estimate, or whoever says much of themselves would look safer than whoever says little. And where
 * nothing was said nothing is raised: a week without a check-in is a gap, not a week without work, and who keeps no diary is at no
 * greater risk for that.
 *
 * Questions of a week are what the student counts or what the results of that week hold, whichever is more: some sync every block
 * and round in the check-in. Whoever is on track is left alone with goals and review: it works as it is.
 *
 * Confidence is held against the posterior, not against P: P is one number, and the same P can be doubtful or sure. Were readiness
 * on the planned day known, the chance would be Phi((theta - c) / s_exam), recalibrated; it rises with theta, so the probability
 * that it lies below what was said is that of theta below one bound. A raw difference of two percentages was rejected: it calls
 * people over-confident for results nobody has seen yet.
 *
 * Hysteresis is in the counting: three weeks of four, two statements in a row. One week more or less changes nothing by itself.
 */
#include "risk/model.h"

#include <math.h>

enum { WEEK_DAYS = 7, MINUTES_AN_HOUR = 60, SECOND_MS = 1000 };

/* normal_quantile() wants to stay off the ends; beyond these a chance is certain for any purpose here. */
#define LEAST_CHANCE 1e-12

static bool was_said(const struct findings *findings, const struct risk_week *week) {
  return week->said_day <= findings->input->as_of_day;
}

/* Told of as a whole: over, and said. */
static bool is_whole(const struct findings *findings, const struct risk_week *week) {
  return was_said(findings, week) && (double)week->from_day + WEEK_DAYS <= findings->input->as_of_day;
}

/* Whole, and not of another time. */
static bool is_recent(const struct findings *findings, const struct risk_week *week) {
  return is_whole(findings, week) &&
         (double)findings->input->as_of_day - week->from_day - WEEK_DAYS <= findings->params->study_window_days - WEEK_DAYS;
}

static double questions_done(const struct findings *findings, const struct risk_week *week) {
  double from_ms = week->from_day * MS_PER_DAY - (double)findings->input->zone_offset_s * SECOND_MS;
  double until_ms = fmin(from_ms + WEEK_DAYS * MS_PER_DAY, (double)findings->input->as_of_ms);
  return fmax(week->questions, effort_items(findings->params, findings->input, from_ms, until_ms));
}

static bool exam_is_over(const struct findings *findings) {
  return findings->assessment->days_to_exam != RISK_NO_DAY && findings->assessment->days_to_exam < 0;
}

/* numbers: weeks missed, weeks looked at, questions a week in them, goal a week */
bool weeks_goals_missed(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_params *params = findings->params;
  const struct risk_input *input = findings->input;
  if (findings->assessment->state == RISK_ON_TRACK || exam_is_over(findings))
    return false;
  for (size_t i = 0; i < input->weeks_n && flag->numbers[1] < params->goals_weeks; i++) {
    const struct risk_week *week = &input->weeks[i];
    if (!is_recent(findings, week) || week->goal_questions == 0)
      continue;
    double done = questions_done(findings, week);
    flag->numbers[0] += done < params->goals_share * week->goal_questions;
    flag->numbers[1]++;
    flag->numbers[2] += done;
    flag->numbers[3] += week->goal_questions;
  }
  if (flag->numbers[0] < params->goals_missed_weeks)
    return false;
  flag->numbers[2] /= flag->numbers[1];
  flag->numbers[3] /= flag->numbers[1];
  return true;
}

/* numbers: hours of the newest week reported, hours a week in those before it, how many these are, days to the exam */
bool weeks_cramming(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_params *params = findings->params;
  const struct risk_input *input = findings->input;
  const struct risk_week *newest = NULL;
  double minutes = 0, before = 0;
  flag->numbers[3] = findings_days_left(findings);
  if (flag->numbers[3] < 0)
    return false;
  double dedicated = input->dedicated_day != RISK_NO_DAY ? input->dedicated_day : input->exam_day - params->dedicated_default_days;
  for (size_t i = 0; i < input->weeks_n; i++) {
    const struct risk_week *week = &input->weeks[i];
    if (!is_whole(findings, week))
      continue;
    if (newest == NULL) {
      newest = week;
    } else if (week->from_day >= dedicated) { /* before it half the hours are as they should be */
      minutes += week->study_minutes;
      before++;
    }
  }
  if (newest == NULL || newest->from_day < input->exam_day - params->cramming_days || before < params->cramming_weeks)
    return false;
  flag->numbers[0] = (double)newest->study_minutes / MINUTES_AN_HOUR;
  flag->numbers[1] = minutes / before / MINUTES_AN_HOUR;
  flag->numbers[2] = before;
  return flag->numbers[0] >= params->cramming_ratio * flag->numbers[1] &&
         flag->numbers[0] - flag->numbers[1] >= params->cramming_more_hours;
}

/* numbers: share of misses gone over, weeks it was said of, questions a week in them, days to the exam (-1 where none is ahead) */
bool weeks_misses_unreviewed(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_params *params = findings->params;
  const struct risk_input *input = findings->input;
  double questions = 0;
  if (findings->assessment->state == RISK_ON_TRACK || exam_is_over(findings))
    return false;
  for (size_t i = 0; i < input->weeks_n; i++) {
    const struct risk_week *week = &input->weeks[i];
    if (!is_recent(findings, week) || week->reviewed_percent == RISK_NOT_SAID)
      continue;
    double done = questions_done(findings, week);
    flag->numbers[0] += done * week->reviewed_percent / 100;
    flag->numbers[1] += done > 0;
    questions += done;
  }
  if (flag->numbers[1] < params->review_weeks || questions < params->review_questions)
    return false;
  flag->numbers[0] /= questions;
  flag->numbers[2] = questions / flag->numbers[1];
  flag->numbers[3] = findings_days_left(findings);
  return flag->numbers[0] < params->review_share;
}

/* Posterior probability that the chance of passing on the planned day is less than this. */
static double chance_below(const struct findings *findings, double chance) {
  const struct risk_params *params = findings->params;
  const struct risk_assessment *assessment = findings->assessment;
  const struct course *course = findings->course;
  if (chance <= 0 || chance >= 1)
    return chance <= 0 ? 0 : 1;
  double logit = (log(chance / (1 - chance)) - course->intercept) / course->slope;
  double before = fmin(fmax(1 / (1 + exp(-logit)), LEAST_CHANCE), 1 - LEAST_CHANCE);
  double bound = params->cut_epc + params->exam_sd_epc * normal_quantile(before);
  return normal_cdf((bound - assessment->exam_mean) / assessment->exam_sd);
}

/* Each of the newest statements is further than `gap` above the chance (below it where that is negative).
 * numbers: what was said last, P, the least of the probabilities that decided, days to the exam */
static bool is_far_off(const struct findings *findings, double gap, struct risk_flag *flag) {
  const struct risk_params *params = findings->params;
  const struct risk_input *input = findings->input;
  double said = 0;
  flag->numbers[1] = findings->assessment->p;
  flag->numbers[2] = 1;
  flag->numbers[3] = findings_days_left(findings);
  if (flag->numbers[3] < 0 || findings->assessment->state == RISK_CANNOT_SAY)
    return false; /* no day it could be about; nothing to hold it against */
  for (size_t i = 0; i < input->weeks_n && said < params->confidence_said; i++) {
    const struct risk_week *week = &input->weeks[i];
    if (!was_said(findings, week) || week->confidence_percent == RISK_NOT_SAID ||
        (double)input->as_of_day - week->said_day > params->confidence_window_days)
      continue;
    double confidence = week->confidence_percent / 100.0, below = chance_below(findings, confidence - gap);
    if (said == 0)
      flag->numbers[0] = confidence;
    flag->numbers[2] = fmin(flag->numbers[2], gap > 0 ? below : 1 - below);
    said++;
  }
  return said >= params->confidence_said && flag->numbers[2] > params->confidence_probability;
}

bool weeks_over_confidence(const struct findings *findings, struct risk_flag *flag) {
  return is_far_off(findings, findings->params->over_confidence_gap, flag);
}

bool weeks_panic(const struct findings *findings, struct risk_flag *flag) {
  return is_far_off(findings, -findings->params->panic_gap, flag);
}
