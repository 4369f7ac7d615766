/*
 * The rules. The table at the end is their documentation: code, version, severity, what acting on it is for, who acts, how,
 * by when, how long it stands, and the sentence; the function beside each row decides and fills in the numbers.
 *
 * Rules about trends are tests on the posterior of the trend (trend.c), not differences of two scores: two scores of an
 * unchanged student differ by more than five points one time in three.
 *
 * A rule's version goes up whenever the same data could give another answer; thresholds are not part of it, they belong to
 * the version of the parameters.
 */
#include "risk/model.h"

#include <string.h>

typedef bool rule_fn(const struct findings *findings, struct risk_flag *flag);

struct rule {
  struct risk_rule told;
  rule_fn *holds; /* fills in numbers, evidence, and a severity other than the usual one */
};

/* ---------------------------------------------------------------- helpers */

static void rest_on(struct risk_flag *flag, const struct findings *findings, size_t row) {
  if (row != SIZE_MAX && flag->evidence_n < sizeof flag->evidence / sizeof flag->evidence[0])
    flag->evidence[flag->evidence_n++] = (uint16_t)findings->evidence->rows[row].result;
}

static void rest_on_checks(struct risk_flag *flag, const struct findings *findings) {
  for (size_t k = 0; k < findings->evidence->n; k++)
    if (findings->evidence->rows[k].check)
      rest_on(flag, findings, k);
}

/* -1 where no exam is ahead. */
static double days_left(const struct findings *findings) {
  return findings->assessment->days_to_exam >= 0 ? findings->assessment->days_to_exam : -1;
}

static bool exam_within(const struct findings *findings, double days) {
  double left = days_left(findings);
  return left >= 0 && left <= days;
}

static void tell_trend(const struct findings *findings, struct risk_flag *flag, double probability) {
  flag->numbers[0] = findings->trend.slope;
  flag->numbers[1] = probability;
  flag->numbers[2] = findings->trend.checks;
  flag->numbers[3] = findings->trend.span_days;
  rest_on_checks(flag, findings);
}

static bool falls(const struct findings *findings) {
  const struct trend *trend = &findings->trend;
  return trend->sd > 0 && trend->slope < 0 && trend_below(findings, 0) > findings->params->decline_probability;
}

/* ---------------------------------------------------------------- rules */

/* numbers: P, lower end, upper end, days to the exam (-1 where none is ahead) */
static bool low_probability(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_assessment *assessment = findings->assessment;
  if (assessment->state != RISK_AT_RISK)
    return false;
  flag->numbers[0] = assessment->p;
  flag->numbers[1] = assessment->p_low;
  flag->numbers[2] = assessment->p_high;
  flag->numbers[3] = days_left(findings);
  if (exam_within(findings, findings->params->exam_soon_days))
    flag->severity = RISK_URGENT;
  for (size_t k = 0; k < findings->evidence->n; k++)
    rest_on(flag, findings, k);
  return true;
}

static bool borderline(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_assessment *assessment = findings->assessment;
  if (assessment->state != RISK_BORDERLINE)
    return false;
  flag->numbers[0] = assessment->p;
  flag->numbers[1] = assessment->p_low;
  flag->numbers[2] = assessment->p_high;
  flag->numbers[3] = days_left(findings);
  for (size_t k = 0; k < findings->evidence->n; k++)
    rest_on(flag, findings, k);
  return true;
}

/* numbers: days since the last readiness check (-1 where there was none), days to the exam */
static bool no_recent_check(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_params *params = findings->params;
  double age = findings_check_age(findings);
  if (!exam_within(findings, params->check_window_days) || (age >= 0 && age <= params->check_fresh_days))
    return false;
  flag->numbers[0] = age;
  flag->numbers[1] = days_left(findings);
  if (exam_within(findings, params->check_fresh_days))
    flag->severity = RISK_WARNING;
  rest_on(flag, findings, findings->newest_check);
  return true;
}

/* numbers: days since enrolment */
static bool never_synced(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_input *input = findings->input;
  if (input->last_sync_ms != 0 || input->enrolled_ms == 0)
    return false;
  flag->numbers[0] = ((double)input->as_of_ms - (double)input->enrolled_ms) / MS_PER_DAY;
  return flag->numbers[0] > findings->params->never_synced_days;
}

/* numbers: days to the exam, P */
static bool exam_soon_not_ready(const struct findings *findings, struct risk_flag *flag) {
  if (!exam_within(findings, findings->params->exam_soon_days) || findings->assessment->state == RISK_ON_TRACK)
    return false;
  flag->numbers[0] = days_left(findings);
  flag->numbers[1] = findings->assessment->p;
  rest_on_checks(flag, findings);
  return true;
}

/* numbers: EPC a week, probability that it stands still, checks, days they span */
static bool plateau(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_params *params = findings->params;
  const struct trend *trend = &findings->trend;
  if (trend->sd <= 0 || trend->checks < params->plateau_checks || trend->span_days < params->plateau_span_days ||
      findings->assessment->p >= params->ceiling)
    return false;
  if (falls(findings))
    return false; /* told by its own rule */
  tell_trend(findings, flag, trend_below(findings, params->plateau_slope_epc));
  return flag->numbers[1] > params->plateau_probability;
}

/* numbers: EPC a week, probability that readiness fell, checks, days they span */
static bool decline(const struct findings *findings, struct risk_flag *flag) {
  if (!falls(findings))
    return false;
  tell_trend(findings, flag, trend_below(findings, 0));
  return true;
}

/* numbers: repeated forms in the window, days since the newest */
static bool repeated_form(const struct findings *findings, struct risk_flag *flag) {
  const struct evidence *evidence = findings->evidence;
  for (size_t k = 0; k < evidence->n; k++) {
    double age = findings->course->now_days - evidence->rows[k].days;
    if (age > findings->params->repeat_window_days)
      break;
    if (!evidence->rows[k].repeated)
      continue;
    if (flag->numbers[0] == 0)
      flag->numbers[1] = age;
    flag->numbers[0]++;
    rest_on(flag, findings, k);
  }
  return flag->numbers[0] > 0;
}

/* ---------------------------------------------------------------- the table */

/* clang-format off */
static const struct rule table[] = {
  {{.code = "exam_soon_not_ready", .version = 1, .severity = RISK_URGENT,
    .objective = "No one sits by default: a person decides with the student whether to keep the date.",
    .owner = "dean", .action = "Meet the student before the last day to move the exam.", .due_days = 1, .expires_days = 14,
    .sentence = "The exam is in {0d} and readiness is not shown (P(pass) {1p})."}, exam_soon_not_ready},
  {{.code = "low_probability", .version = 1, .severity = RISK_WARNING,
    .objective = "Raise readiness or move the date while there is time.",
    .owner = "adviser", .action = "Contact, agree on a study plan, consider another date.", .due_days = 3, .expires_days = 28,
    .sentence = "P(pass) is {0p} (80 % interval {1p} to {2p}){3? with the exam in {3d}}."}, low_probability},
  {{.code = "decline", .version = 1, .severity = RISK_WARNING,
    .objective = "Find out what happened before more is lost.",
    .owner = "adviser", .action = "Ask the student; look at health, sleep, load and method.", .due_days = 3, .expires_days = 28,
    .sentence = "Readiness fell by {0a} points a week over {3d} (probability {1p}, {2n} readiness checks)."}, decline},
  {{.code = "plateau", .version = 1, .severity = RISK_WATCH,
    .objective = "Change the method while there is time to profit.",
    .owner = "adviser", .action = "Review the method of study with a learning specialist.", .due_days = 7, .expires_days = 28,
    .sentence = "Readiness stands still: {0s} points a week over {3d} (probability {1p}, {2n} readiness checks)."}, plateau},
  {{.code = "no_recent_check", .version = 1, .severity = RISK_WATCH,
    .objective = "Fresh evidence, so that the estimate means something.",
    .owner = "adviser", .action = "Ask for a timed self-assessment on a new form.", .due_days = 7, .expires_days = 28,
    .sentence = "{0?The last readiness check is {0d} old}{0!There is no readiness check}, the exam is in {1d}."}, no_recent_check},
  {{.code = "never_synced", .version = 1, .severity = RISK_WATCH,
    .objective = "Nobody is invisible because the software was not set up.",
    .owner = "operator", .action = "Help the student to enrol or sync; reissue the code if need be.", .due_days = 7, .expires_days = 60,
    .sentence = "Nothing was ever synced, {0d} after enrolment was offered."}, never_synced},
  {{.code = "borderline", .version = 1, .severity = RISK_WATCH,
    .objective = "Settle the doubt with one more check.",
    .owner = "adviser", .action = "Watch; plan the next readiness check.", .due_days = 14, .expires_days = 28,
    .sentence = "P(pass) is {0p}, but the interval reaches down to {1p}{3?; the exam is in {3d}}."}, borderline},
  {{.code = "repeated_form", .version = 1, .severity = RISK_INFO,
    .objective = "Do not take a remembered form for readiness.",
    .owner = "adviser", .action = "Ask for a form the student has not seen.", .due_days = 14, .expires_days = 42,
    .sentence = "Recent results from a form seen before: {0n}, the newest {1d} old. They count for less."}, repeated_form},
};
/* clang-format on */

#define RULES (sizeof(table) / sizeof(table[0]))
_Static_assert(RULES <= RISK_MAX_FLAGS, "every rule has room to be raised");

void flags_raise(const struct findings *findings, struct risk_assessment *assessment) {
  for (size_t i = 0; i < RULES; i++) {
    struct risk_flag flag = {.code = table[i].told.code, .version = table[i].told.version, .severity = table[i].told.severity};
    if (table[i].holds(findings, &flag))
      assessment->flags[assessment->flags_n++] = flag;
  }
}

const struct risk_rule *risk_rule_at(size_t i) {
  return i < RULES ? &table[i].told : NULL;
}

const struct risk_rule *risk_rule(const char *code) {
  for (size_t i = 0; i < RULES; i++)
    if (strcmp(table[i].told.code, code) == 0)
      return &table[i].told;
  return NULL;
}
