/*
 * The state a person sees. Four words, decided in this order:
 *
 *   cannot say   nothing to go by, or readiness on the planned day wider than thin_sd, unless even the upper end of the
 *                interval is below the floor
 *   at risk      P below the floor; or the exam is near and the last check's likely range lies wholly below the cut
 *   cannot say   the last readiness check is too old for the days that are left
 *   on track     the lower end of the interval clears the ceiling, the last check by itself is within the floor
 *                (projection alone clears nobody), and it does not stand out above all others (neither does luck)
 *   borderline   everything else
 *
 * Hysteresis: a state is left at once when P is past the threshold by the margin, or when what changed is the evidence and
 * not the estimate; otherwise when hysteresis_runs assessments in a row ask for the same change. So a P that trembles at
 * .85 does not open and close a case every night.
 */
#include "risk/model.h"

#include <math.h>

double findings_check_age(const struct findings *findings) {
  if (findings->newest_check == SIZE_MAX)
    return -1;
  return findings->course->now_days - findings->evidence->rows[findings->newest_check].days;
}

static bool check_is_fresh(const struct findings *findings) {
  const struct risk_params *params = findings->params;
  int32_t left = findings->assessment->days_to_exam;
  double age = findings_check_age(findings);
  bool near = left != RISK_NO_DAY && left >= 0 && left <= params->check_window_days;
  return age >= 0 && age <= (near ? params->check_fresh_days : params->check_far_days);
}

double check_alone(const struct findings *findings) {
  const struct risk_params *params = findings->params;
  const struct row *row = &findings->evidence->rows[findings->newest_check];
  return normal_cdf((row->z - params->cut_epc) / sqrt(row->variance + params->exam_sd_epc * params->exam_sd_epc));
}

/* Another check has to confirm it. */
bool check_stands_out(const struct findings *findings) {
  if (findings->newest_check == SIZE_MAX)
    return false;
  const struct row *row = &findings->evidence->rows[findings->newest_check];
  return row->z - row->z_used > findings->params->stands_out_epc;
}

static bool fails_outright(const struct findings *findings) {
  const struct risk_params *params = findings->params;
  int32_t left = findings->assessment->days_to_exam;
  if (findings->newest_check == SIZE_MAX || left == RISK_NO_DAY || left < 0 || left > params->exam_soon_days)
    return false;
  const struct row *row = &findings->evidence->rows[findings->newest_check];
  return row->z + sqrt(row->variance) < params->cut_epc;
}

static enum risk_state asked_for(const struct findings *findings) {
  const struct risk_params *params = findings->params;
  const struct risk_assessment *assessment = findings->assessment;
  bool thin = findings->evidence->n == 0 || assessment->exam_sd > params->thin_sd_epc;
  if (fails_outright(findings))
    return RISK_AT_RISK;
  if (thin && (findings->evidence->n == 0 || assessment->p_high >= params->floor))
    return RISK_CANNOT_SAY;
  if (assessment->p < params->floor)
    return RISK_AT_RISK;
  if (!check_is_fresh(findings))
    return RISK_CANNOT_SAY;
  if (assessment->p_low >= params->ceiling && check_alone(findings) >= params->floor && !check_stands_out(findings))
    return RISK_ON_TRACK;
  return RISK_BORDERLINE;
}

/* Whether a change is plain enough to need no second assessment. */
static bool is_plain(const struct findings *findings, enum risk_state from, enum risk_state to) {
  const struct risk_params *params = findings->params;
  const struct risk_assessment *assessment = findings->assessment;
  if (from == RISK_STATE_NONE || from == RISK_CANNOT_SAY || to == RISK_CANNOT_SAY || fails_outright(findings))
    return true;
  if (to == RISK_AT_RISK)
    return assessment->p < params->floor - params->hysteresis_margin;
  if (from == RISK_AT_RISK)
    return assessment->p >= params->ceiling;
  if (from == RISK_ON_TRACK)
    return assessment->p_low < params->floor;
  return assessment->p_low >= params->ceiling + params->hysteresis_margin;
}

void state_decide(const struct findings *findings, struct risk_assessment *assessment) {
  enum risk_state from = findings->input->previous_state, to = asked_for(findings);
  assessment->state = to;
  assessment->pending_state_runs = 0;
  if (from == to || is_plain(findings, from, to))
    return;
  unsigned runs = findings->input->pending_state_runs + 1u;
  if (runs >= findings->params->hysteresis_runs)
    return;
  assessment->state = from;
  assessment->pending_state_runs = (uint16_t)runs;
}
