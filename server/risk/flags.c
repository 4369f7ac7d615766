/*
 * The rules. The table at the end is their documentation: code, version, severity, what acting on it is for, who acts, how,
 * by when, how long it stands, and the sentence; the function beside each row decides and fills in the numbers.
 *
 * Rules about trends are tests on the posterior of the trend (trend.c), not differences of two scores: two scores of an
 * unchanged student differ by more than five points one time in three.
 *
 * A rule's version goes up whenever the same data could give another answer; thresholds are not part of it, they belong to
 * the version of the parameters.
 *
 * Rules about how somebody studies rest on what that person says, and stand in weeks.c.
 */
#include "risk/model.h"

#include <math.h>
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

double findings_days_left(const struct findings *findings) {
  return findings->assessment->days_to_exam >= 0 ? findings->assessment->days_to_exam : -1;
}

static bool exam_within(const struct findings *findings, double days) {
  double left = findings_days_left(findings);
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
  flag->numbers[3] = findings_days_left(findings);
  if (exam_within(findings, findings->params->exam_soon_days))
    flag->severity = RISK_URGENT;
  for (size_t k = 0; k < findings->evidence->n; k++)
    rest_on(flag, findings, k);
  return true;
}

/* numbers: P; of what keeps it from "on track" the one that applies, the others -1: the lower end of the interval, or what the
 * last readiness check says by itself (neither: one score stands out, or the change waits for a second look); days to the exam */
static bool borderline(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_params *params = findings->params;
  const struct risk_assessment *assessment = findings->assessment;
  if (assessment->state != RISK_BORDERLINE)
    return false;
  bool wide = assessment->p_low < params->ceiling;
  bool weak = !wide && findings->newest_check != SIZE_MAX && check_alone(findings) < params->floor;
  flag->numbers[0] = assessment->p;
  flag->numbers[1] = wide ? assessment->p_low : -1;
  flag->numbers[2] = weak ? check_alone(findings) : -1;
  flag->numbers[3] = findings_days_left(findings);
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
  flag->numbers[1] = findings_days_left(findings);
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

/* numbers: days to the exam, P (-1 where nothing can be said) */
static bool exam_soon_not_ready(const struct findings *findings, struct risk_flag *flag) {
  if (!exam_within(findings, findings->params->exam_soon_days) || findings->assessment->state == RISK_ON_TRACK)
    return false;
  flag->numbers[0] = findings_days_left(findings);
  flag->numbers[1] = findings->assessment->state == RISK_CANNOT_SAY ? -1 : findings->assessment->p;
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

/* numbers: strain a result, its bound, results, points by which the newest check stands out (-1 where it does not) */
static bool unstable(const struct findings *findings, struct risk_flag *flag) {
  const struct evidence *evidence = findings->evidence;
  if (evidence->n < 2)
    return false;
  /* Wilson and Hilferty: a chi-square over its degrees of freedom is nearly the cube of a normal. */
  double n = (double)evidence->n, spread = 2 / (9 * n);
  flag->numbers[0] = findings->strain / n;
  flag->numbers[1] = pow(1 - spread + findings->params->unstable_z * sqrt(spread), 3);
  flag->numbers[2] = n;
  flag->numbers[3] = -1;
  if (check_stands_out(findings)) {
    const struct row *row = &evidence->rows[findings->newest_check];
    flag->numbers[3] = row->z - row->z_used;
    rest_on(flag, findings, findings->newest_check);
    return true;
  }
  rest_on_checks(flag, findings);
  return n >= findings->params->unstable_results && flag->numbers[0] > flag->numbers[1];
}

/* numbers: repeated checks in the fresh days, days since the last clean one (-1 where there was none) */
static bool inflated(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_params *params = findings->params;
  const struct evidence *evidence = findings->evidence;
  double age = findings_check_age(findings);
  if (age >= 0 && age <= params->check_fresh_days)
    return false;
  flag->numbers[1] = age;
  for (size_t k = 0; k < evidence->n && findings->course->now_days - evidence->rows[k].days <= params->check_fresh_days; k++)
    if (evidence->rows[k].repeated && evidence->rows[k].known->check) {
      flag->numbers[0]++;
      rest_on(flag, findings, k);
    }
  return flag->numbers[0] > 0;
}

struct timing {
  double items, omitted; /* with the clock running */
  double paced, seconds; /* without tutor mode, where reading the answers is counted */
};

/* Sums over the trend window; each of the two flags gets the rows that speak for it. */
static struct timing timing_of(const struct findings *findings, struct risk_flag *skips, struct risk_flag *slow) {
  struct timing ret = {0};
  for (size_t k = 0; k < findings->evidence->n; k++) {
    const struct row *row = &findings->evidence->rows[k];
    const struct result *result = &findings->input->results[row->result];
    if (findings->course->now_days - row->days > findings->params->trend_window_days)
      break;
    if (result->mode == MODE_TUTOR || result->items <= 0)
      continue;
    if (result->seconds > 0) {
      ret.paced += result->items;
      ret.seconds += result->seconds;
      rest_on(slow, findings, k);
    }
    if (result->mode == MODE_UNTIMED || result->omitted < 0)
      continue;
    ret.items += result->items;
    ret.omitted += result->omitted;
    if (result->omitted > 0)
      rest_on(skips, findings, k);
  }
  return ret;
}

/* numbers: share of items left out, probability that it (or the time) is above the limit, items, seconds an item (-1 where items
 * were left out) */
static bool timing_problem(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_params *params = findings->params;
  struct risk_flag skips = *flag, slow = *flag;
  struct timing timing = timing_of(findings, &skips, &slow);
  double limit = params->timing_omitted_share, share = timing.omitted / fmax(timing.items, 1);
  double pace = timing.seconds / fmax(timing.paced, 1);
  double skips_p = normal_cdf((share - limit) / sqrt(limit * (1 - limit) / fmax(timing.items, 1)));
  double slow_p = normal_cdf((pace - params->timing_seconds) / params->timing_seconds_sd * sqrt(timing.paced));
  bool skipped = timing.items >= params->timing_items && skips_p > params->timing_probability;
  *flag = skipped ? skips : slow;
  flag->numbers[0] = share;
  flag->numbers[1] = skipped ? skips_p : slow_p;
  flag->numbers[2] = skipped ? timing.items : timing.paced;
  flag->numbers[3] = skipped ? -1 : pace;
  return skipped || (timing.paced >= params->timing_items && slow_p > params->timing_probability);
}

/* numbers: days to the exam, days of the window */
static bool no_timed_check(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_params *params = findings->params;
  bool untimed = false;
  if (!exam_within(findings, params->exam_soon_days))
    return false;
  for (size_t k = 0; k < findings->evidence->n; k++) {
    const struct row *row = &findings->evidence->rows[k];
    enum mode mode = findings->input->results[row->result].mode;
    if (findings->course->now_days - row->days > params->timed_window_days)
      break;
    if (!row->known->check)
      continue;
    if (mode != MODE_UNTIMED && mode != MODE_TUTOR)
      return false;
    untimed = true;
    rest_on(flag, findings, k);
  }
  flag->numbers[0] = findings_days_left(findings);
  flag->numbers[1] = params->timed_window_days;
  return untimed; /* no check at all has its own rule */
}

static bool known_day(int32_t day) {
  return day != 0 && day != RISK_NO_DAY;
}

/* A plan made for the attempt that failed is none for the next. */
static bool planned_since(int32_t day, int32_t failed_day) {
  return day != RISK_NO_DAY && (!known_day(failed_day) || day > failed_day);
}

/* numbers: earlier failures, days since the last (-1 where nobody can tell) */
static bool failure_without_plan(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_input *input = findings->input;
  flag->numbers[0] = input->failures;
  flag->numbers[1] = known_day(input->last_failed_day) ? fmax((double)input->as_of_day - input->last_failed_day, 0) : -1;
  return input->failures > 0 && !planned_since(input->exam_day, input->last_failed_day) &&
         !planned_since(input->dedicated_day, input->last_failed_day);
}

/* numbers: days by which the planned day comes too soon, earlier attempts, days between the last of them and the planned day */
static bool retake_too_soon(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_params *params = findings->params;
  const struct risk_input *input = findings->input;
  size_t n = input->sittings_n < RISK_MAX_SITTINGS ? input->sittings_n : RISK_MAX_SITTINGS, free = (size_t)params->retake_free;
  if (findings->assessment->days_to_exam < 0 || n == 0 || n < free)
    return false;
  double allowed = fmax(input->sittings[free - 1] + params->retake_year_days, input->sittings[0] + params->retake_pause_days);
  flag->numbers[0] = allowed - input->exam_day;
  flag->numbers[1] = (double)n;
  flag->numbers[2] = (double)input->exam_day - input->sittings[0];
  return flag->numbers[0] > 0;
}

/* numbers: moves of the date, days since the last readiness check (-1 where there was none), days to the exam (-1 for none) */
static bool avoidance(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_params *params = findings->params;
  double age = findings_check_age(findings);
  int32_t left = findings->assessment->days_to_exam;
  flag->numbers[0] = findings->input->date_moves;
  flag->numbers[1] = age;
  flag->numbers[2] = findings_days_left(findings);
  rest_on(flag, findings, findings->newest_check);
  return flag->numbers[0] >= params->avoidance_moves && (left == RISK_NO_DAY || left >= 0) &&
         (age < 0 || age > params->check_fresh_days);
}

/* numbers: days by which the exam lies before the permit (-1 where not), after it (-1 where not) */
static bool plan_outside_permit(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_input *input = findings->input;
  flag->numbers[0] = flag->numbers[1] = -1;
  if (findings->assessment->days_to_exam < 0)
    return false; /* none planned, or over */
  if (input->permit_from_day != RISK_NO_DAY && input->exam_day < input->permit_from_day)
    flag->numbers[0] = (double)input->permit_from_day - input->exam_day;
  if (input->permit_to_day != RISK_NO_DAY && input->exam_day > input->permit_to_day)
    flag->numbers[1] = (double)input->exam_day - input->permit_to_day;
  return flag->numbers[0] > 0 || flag->numbers[1] > 0;
}

/* numbers: days after the deadline */
static bool plan_after_deadline(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_input *input = findings->input;
  if (findings->assessment->days_to_exam < 0 || input->deadline_day == RISK_NO_DAY)
    return false;
  flag->numbers[0] = (double)input->exam_day - input->deadline_day;
  return flag->numbers[0] > 0;
}

/* numbers: attempt, limit */
static bool attempt_over_limit(const struct findings *findings, struct risk_flag *flag) {
  flag->numbers[0] = findings->input->attempt;
  flag->numbers[1] = findings->params->attempt_limit;
  return flag->numbers[0] > flag->numbers[1];
}

/* numbers: days since the planned day */
static bool plan_passed(const struct findings *findings, struct risk_flag *flag) {
  int32_t left = findings->assessment->days_to_exam;
  flag->numbers[0] = -(double)left;
  return left != RISK_NO_DAY && left < 0;
}

/* numbers: days since the last contact, days to the exam */
static bool gone_silent(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_input *input = findings->input;
  if (input->last_sync_ms == 0 || !input->enrolled || !exam_within(findings, findings->params->check_window_days))
    return false;
  flag->numbers[0] = ((double)input->as_of_ms - (double)input->last_sync_ms) / MS_PER_DAY;
  flag->numbers[1] = findings_days_left(findings);
  return flag->numbers[0] > findings->params->silent_days;
}

/* numbers: P */
static bool recovered(const struct findings *findings, struct risk_flag *flag) {
  flag->numbers[0] = findings->assessment->p;
  return findings->input->previous_state == RISK_AT_RISK && findings->assessment->state == RISK_ON_TRACK;
}

/* numbers: area missed most surely, probability that it is below the cut, items it rests on, areas like it */
static bool repetitive_misses(const struct findings *findings, struct risk_flag *flag) {
  const struct risk_area *worst = NULL;
  for (size_t i = 0; i < findings->areas_n; i++) {
    const struct risk_area *area = &findings->areas[i];
    if (!area->missed_again)
      continue;
    flag->numbers[3]++;
    if (worst == NULL || area->p_weak > worst->p_weak)
      worst = area;
  }
  if (worst == NULL)
    return false;
  flag->numbers[0] = worst->area;
  flag->numbers[1] = worst->p_weak;
  flag->numbers[2] = worst->items;
  rest_on_checks(flag, findings);
  return true;
}

/* ---------------------------------------------------------------- the table */

/* clang-format off */
static const struct rule table[] = {
  {{.code = "exam_soon_not_ready", .version = 2, .severity = RISK_URGENT,
    .objective = "No one sits by default: a person decides with the student whether to keep the date.",
    .owner = "dean", .action = "Meet the student before the last day to move the exam.", .due_days = 1, .expires_days = 14,
    .sentence = "The exam is {0e} and readiness is not shown{1? (P(pass) {1p})}{1!: the evidence is too thin or too old}."}, exam_soon_not_ready},
  {{.code = "low_probability", .version = 1, .severity = RISK_WARNING,
    .objective = "Raise readiness or move the date while there is time.",
    .owner = "adviser", .action = "Contact, agree on a study plan, consider another date.", .due_days = 3, .expires_days = 28,
    .sentence = "P(pass) is {0p} (80 % interval {1p} to {2p}){3? with the exam {3e}}."}, low_probability},
  {{.code = "attempt_limit", .version = 1, .severity = RISK_URGENT,
    .objective = "No attempt that the rules do not allow.",
    .owner = "dean", .action = "Check the attempts on record; talk to the student before anything is booked.", .due_days = 1, .expires_days = 365,
    .sentence = "This would be attempt {0n}; {1n} are allowed."}, attempt_over_limit},
  {{.code = "retake_too_soon", .version = 1, .severity = RISK_URGENT,
    .objective = "No attempt that the rules do not allow.",
    .owner = "dean", .action = "Check the days of the attempts on record; agree on a lawful date.", .due_days = 1, .expires_days = 365,
    .sentence = "The planned day comes {0d} before the rules allow it: {1n} attempts were taken, the last {2d} before it."}, retake_too_soon},
  {{.code = "plan_outside_permit", .version = 1, .severity = RISK_WARNING,
    .objective = "A planned day on which the exam can be taken.",
    .owner = "adviser", .action = "Ask for a date inside the eligibility period, or for its extension.", .due_days = 3, .expires_days = 60,
    .sentence = "The planned day lies {0?{0d} before}{1?{1d} after} the eligibility period."}, plan_outside_permit},
  {{.code = "plan_after_deadline", .version = 1, .severity = RISK_WARNING,
    .objective = "No one loses a place because a date was not looked at.",
    .owner = "dean", .action = "Agree on an earlier date or on an extension.", .due_days = 3, .expires_days = 60,
    .sentence = "The planned day is {0d} after the school's deadline."}, plan_after_deadline},
  {{.code = "failure_without_plan", .version = 2, .severity = RISK_WARNING,
    .objective = "After a failure there is a plan, not a wait.",
    .owner = "adviser", .action = "Review the failed attempt; set study plan, checks and the earliest date.", .due_days = 7, .expires_days = 180,
    .sentence = "Failed before ({0n}{1?, last {1d} ago}), and neither an exam nor a dedicated period is planned since."}, failure_without_plan},
  {{.code = "decline", .version = 1, .severity = RISK_WARNING,
    .objective = "Find out what happened before more is lost.",
    .owner = "adviser", .action = "Ask the student; look at health, sleep, load and method.", .due_days = 3, .expires_days = 28,
    .sentence = "Readiness fell by {0a} points a week over {3d} (probability {1p}, {2n} readiness checks)."}, decline},
  {{.code = "plateau", .version = 1, .severity = RISK_WATCH,
    .objective = "Change the method while there is time to profit.",
    .owner = "adviser", .action = "Review the method of study with a learning specialist.", .due_days = 7, .expires_days = 28,
    .sentence = "Readiness stands still: {0s} points a week over {3d} (probability {1p}, {2n} readiness checks)."}, plateau},
  {{.code = "unstable", .version = 1, .severity = RISK_WATCH,
    .objective = "Do not decide on one lucky or unlucky score.",
    .owner = "adviser", .action = "Ask for another check under exam conditions.", .due_days = 7, .expires_days = 28,
    .sentence = "{3?The newest check lies {3a} points above what the other results allow}{3!{2n} results jump {0a} times as much as their errors explain (bound {1a})}."}, unstable},
  {{.code = "repetitive_misses", .version = 1, .severity = RISK_WATCH,
    .objective = "Work where it pays.",
    .owner = "adviser", .action = "Plan the weak areas; look at the kind of mistakes.", .due_days = 7, .expires_days = 56,
    .sentence = "{0k}: below the cut on form after form, with probability {1p} ({2n} items); areas like it: {3n}."}, repetitive_misses},
  {{.code = "inflated", .version = 1, .severity = RISK_WATCH,
    .objective = "Readiness shown on new material.",
    .owner = "adviser", .action = "Ask for a form the student has not seen.", .due_days = 7, .expires_days = 28,
    .sentence = "All recent checks are forms seen before ({0n}){1?; the last new one is {1d} old}."}, inflated},
  {{.code = "timing_problem", .version = 2, .severity = RISK_WATCH,
    .objective = "No points lost to the clock.",
    .owner = "adviser", .action = "Practise timed blocks; ask about accommodations.", .due_days = 7, .expires_days = 42,
    .sentence = "{3?{2n} items took {3n} seconds each}{3!Of {2n} timed items {0p} were left out}."}, timing_problem},
  {{.code = "no_timed_check", .version = 1, .severity = RISK_WATCH,
    .objective = "One full rehearsal before the day.",
    .owner = "adviser", .action = "Ask for a timed, full-length check.", .due_days = 3, .expires_days = 14,
    .sentence = "No check with the clock running in the last {1d}; the exam is {0e}."}, no_timed_check},
  {{.code = "avoidance", .version = 1, .severity = RISK_WATCH,
    .objective = "Find out what stands behind a date that keeps moving.",
    .owner = "adviser", .action = "Talk about what makes the date move; agree on one readiness check before the next.", .due_days = 7, .expires_days = 42,
    .sentence = "The date was moved {0n} times, and {1?the last readiness check is {1d} old}{1!there is no readiness check}{2?; the exam is {2e}}."}, avoidance},
  {{.code = "goals_missed", .version = 1, .severity = RISK_WATCH,
    .objective = "A plan that can be kept.",
    .owner = "adviser", .action = "Ask what stands in the way; set goals that fit the weeks that are left.", .due_days = 7, .expires_days = 28,
    .sentence = "In {0n} of the last {1n} weeks reported, fewer questions than planned: {2n} a week, the goal being {3n}."}, weeks_goals_missed},
  {{.code = "cramming", .version = 1, .severity = RISK_WATCH,
    .objective = "Work spread over the weeks, and sleep before the exam.",
    .owner = "adviser", .action = "Plan the days that are left; ask whether the date is the right one.", .due_days = 3, .expires_days = 14,
    .sentence = "{0n} hours of study in the last week reported, {1n} a week in the {2n} weeks before; the exam is {3e}."}, weeks_cramming},
  {{.code = "misses_unreviewed", .version = 1, .severity = RISK_WATCH,
    .objective = "Learn from what went wrong, not only from more questions.",
    .owner = "adviser", .action = "Plan time for going over misses; fewer new questions if need be.", .due_days = 7, .expires_days = 28,
    .sentence = "Of what was missed in the last {1n} weeks reported {0p} was gone over again, at {2n} questions a week{3?; the exam is {3e}}."}, weeks_misses_unreviewed},
  {{.code = "over_confidence", .version = 1, .severity = RISK_WATCH,
    .objective = "A decision on the evidence, not on the feeling.",
    .owner = "adviser", .action = "Go through the results and the interval together; agree on the next check.", .due_days = 7, .expires_days = 28,
    .sentence = "Stated confidence is {0p}, the estimate {1p}: that the chance lies well below what was said has probability {2p}; the exam is {3e}."}, weeks_over_confidence},
  {{.code = "panic", .version = 1, .severity = RISK_WATCH,
    .objective = "Nobody gives up, or moves a date, against the evidence.",
    .owner = "adviser", .action = "Show what the results say; ask about sleep, worry and support.", .due_days = 3, .expires_days = 28,
    .sentence = "Stated confidence is {0p}, the estimate {1p}: that the chance lies far above what was said has probability {2p}; the exam is {3e}."}, weeks_panic},
  {{.code = "gone_silent", .version = 1, .severity = RISK_WATCH,
    .objective = "Silence is noticed.",
    .owner = "adviser", .action = "Contact the student.", .due_days = 7, .expires_days = 28,
    .sentence = "No contact for {0d}, the exam is {1e}."}, gone_silent},
  {{.code = "plan_passed", .version = 1, .severity = RISK_INFO,
    .objective = "The plan on record is the real one.",
    .owner = "operator", .action = "Ask whether the exam was taken or moved; results take up to eight weeks.", .due_days = 14, .expires_days = 84,
    .sentence = "The planned day was {0d} ago and no outcome is recorded."}, plan_passed},
  {{.code = "recovered", .version = 1, .severity = RISK_INFO,
    .objective = "Say it when something went well.",
    .owner = "adviser", .action = "Tell the student.", .due_days = 7, .expires_days = 14,
    .sentence = "Was at risk and is on track: P(pass) {0p}."}, recovered},
  {{.code = "no_recent_check", .version = 1, .severity = RISK_WATCH,
    .objective = "Fresh evidence, so that the estimate means something.",
    .owner = "adviser", .action = "Ask for a timed self-assessment on a new form.", .due_days = 7, .expires_days = 28,
    .sentence = "{0?The last readiness check is {0d} old}{0!There is no readiness check}, the exam is {1e}."}, no_recent_check},
  {{.code = "never_synced", .version = 1, .severity = RISK_WATCH,
    .objective = "Nobody is invisible because the software was not set up.",
    .owner = "operator", .action = "Help the student to enrol or sync; reissue the code if need be.", .due_days = 7, .expires_days = 60,
    .sentence = "Nothing was ever synced, {0d} after enrolment was offered."}, never_synced},
  {{.code = "borderline", .version = 2, .severity = RISK_WATCH,
    .objective = "Settle the doubt with one more check.",
    .owner = "adviser", .action = "Watch; plan the next readiness check.", .due_days = 14, .expires_days = 28,
    .sentence = "P(pass) is {0p}, but {1?the interval reaches down to {1p}}{1!{2?the last readiness check by itself gives {2p}}"
                "{2!another check has to confirm it}}{3?; the exam is {3e}}."}, borderline},
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
