/*
 * Reads a parameter file. The table below is the list of every number the engine uses: name, range, and where it lives in
 * struct risk_params; unit, source and grade of the value stand beside it in the file (params/default-2.ini).
 *
 * Every name must be there exactly once. Defaults for what is missing were rejected: an assessment names the version of its
 * parameters, and a version must say the same thing for ever, also after a later release has added a number. So a name that came
 * later may be missing only from a set that is older than it, and then has the value that leaves everything as it was (LATER).
 *
 * Own reader instead of libinih: forty lines, works on memory that is not NUL-terminated, and knows the line of a fault.
 */
#include "risk/model.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

extern const unsigned char risk_params_default[], risk_params_strict[];
extern const size_t risk_params_default_len, risk_params_strict_len;

enum kind { NUMBER, WORD, LIST };

struct entry {
  const char *name;
  enum kind kind;
  double low, high; /* numbers: inclusive */
  size_t offset, size;
  bool later;     /* sets that were written before it came lack it */
  double neutral; /* and mean this */
};

#define AT(field) offsetof(struct risk_params, field), sizeof(((struct risk_params *)0)->field), false, 0
#define N(name, low, high)                                                                                                         \
  { #name, NUMBER, low, high, AT(name) }
#define LATER(name, low, high, neutral)                                                                                            \
  { #name, NUMBER, low, high, offsetof(struct risk_params, name), sizeof(double), true, neutral }
#define EACH_TRACK(name, field, low, high)                                                                                         \
  {#name "_us_md", NUMBER, low, high, AT(field(RISK_TRACK_US_MD))},                                                                \
      {#name "_us_do", NUMBER, low, high, AT(field(RISK_TRACK_US_DO))}, {                                                          \
#name "_non_us", NUMBER, low, high, AT(field(RISK_TRACK_NON_US))                                                               \
  }
#define BASE_FIRST(track)     base_rate_first[track]
#define BASE_REPEAT(track)    base_rate_repeat[track]
#define PRIOR_SD(track)       prior_sd_epc[track]
#define BEFORE_MEAN(track)    growth_before[track].mean
#define BEFORE_SD(track)      growth_before[track].sd
#define DEDICATED_MEAN(track) growth_dedicated[track].mean
#define DEDICATED_SD(track)   growth_dedicated[track].sd
#define SCALE(name, number)                                                                                                        \
  {#name "_at_cut", NUMBER, -1e6, 1e6, AT(scales[number].at_cut)},                                                                 \
      {#name "_per_epc", NUMBER, 1e-3, 1e6, AT(scales[number].per_epc)}, {                                                         \
#name "_sd_epc", NUMBER, 0, 50, AT(scales[number].sd_epc)                                                                      \
  }

/* Ranges keep every later formula finite; they are far wider than anything sensible. */
static const struct entry table[] = {
    {"version", WORD, 0, 0, AT(version)},
    N(cut_epc, 20, 90),
    N(exam_sd_epc, 0.1, 20),
    N(interval_coverage, 0.5, 0.99),
    LATER(recalibration_intercept_first, -3, 3, 0),
    LATER(recalibration_slope_first, 0.2, 5, 1),
    LATER(recalibration_intercept_repeat, -3, 3, 0),
    LATER(recalibration_slope_repeat, 0.2, 5, 1),
    LATER(recalibration_intercept_sd, 0.001, 3, 0.4),
    LATER(recalibration_slope_sd, 0.001, 1, 0.15),
    EACH_TRACK(base_rate_first, BASE_FIRST, 0.01, 0.99),
    EACH_TRACK(base_rate_repeat, BASE_REPEAT, 0.01, 0.99),
    EACH_TRACK(prior_sd, PRIOR_SD, 1, 1000),
    EACH_TRACK(growth_before_mean, BEFORE_MEAN, -5, 5),
    EACH_TRACK(growth_before_sd, BEFORE_SD, 0, 10),
    EACH_TRACK(growth_dedicated_mean, DEDICATED_MEAN, -10, 20),
    EACH_TRACK(growth_dedicated_sd, DEDICATED_SD, 0, 20),
    N(growth_before_scale_weeks, 1, 520),
    N(growth_dedicated_scale_weeks, 0.5, 520),
    N(growth_dedicated_own_weeks, 0.5, 520),
    N(growth_rest_days, 0, 60),
    N(dedicated_default_days, 0, 365),
    N(wander_sd_epc, 0, 10),
    {"reference_makers", LIST, 0, 0, AT(reference_makers)},
    N(maker_offset_sd_epc, 0, 50),
    N(familiarity_epc, 0, 50),
    N(familiarity_sd_epc, 0, 50),
    N(untimed_offset_epc, -20, 50),
    N(untimed_sd_epc, 0, 50),
    N(tutor_offset_epc, -20, 50),
    N(tutor_sd_epc, 0, 50),
    N(item_proportion, 0.05, 0.95),
    N(items_assumed, 1, 1000),
    N(least_error_sd_epc, 0.1, 50),
    N(unlinked_sd_epc, 0.1, 100),
    {"percent_sd_epc", NUMBER, 0, 50, AT(scales[SCALE_PERCENT].sd_epc)},
    SCALE(three_digit, SCALE_THREE_DIGIT),
    SCALE(nbme800, SCALE_NBME800),
    SCALE(cbse_old, SCALE_CBSE_OLD),
    N(robust_bound_sd, 1, 1000),
    N(robust_neighbours, 1, 32),
    N(floor, 0.01, 0.99),
    N(ceiling, 0.01, 0.99),
    {"readiness_checks", LIST, 0, 0, AT(readiness_checks)},
    N(check_fresh_days, 1, 365),
    N(check_window_days, 1, 730),
    N(check_far_days, 1, 730),
    N(thin_sd_epc, 1, 100),
    N(hysteresis_runs, 1, 100),
    N(hysteresis_margin, 0, 0.5),
    N(exam_soon_days, 1, 365),
    N(never_synced_days, 0, 365),
    N(plateau_slope_epc, -5, 5),
    N(plateau_probability, 0.5, 0.999),
    N(plateau_checks, 2, 100),
    N(plateau_span_days, 1, 365),
    N(trend_window_days, 1, 730),
    N(still_share, 0.001, 0.4),
    N(unsettled_share, 0.001, 0.4),
    N(unsettled_sd_epc, 0.1, 50),
    N(decline_probability, 0.5, 0.999),
    N(repeat_window_days, 1, 730),
    N(unstable_confidence, 0.5, 0.9999),
    N(unstable_results, 2, 1000),
    N(stands_out_epc, 0, 50),
    N(timing_omitted_share, 0.001, 0.5),
    N(timing_probability, 0.5, 0.999),
    N(timing_items, 1, 10000),
    LATER(timing_seconds, 1, 1e6, 1e6),
    LATER(timing_seconds_sd, 1, 1000, 45),
    LATER(avoidance_moves, 1, 65536, 65536),
    LATER(retake_free, 1, 65536, 65536),
    LATER(retake_year_days, 0, 3650, 365),
    LATER(retake_pause_days, 0, 3650, 182),
    LATER(study_window_days, 7, 365, 35),
    LATER(goals_share, 0.05, 1, 0.75),
    LATER(goals_weeks, 1, 52, 4),
    LATER(goals_missed_weeks, 1, 65536, 65536),
    LATER(cramming_days, 1, 365, 21),
    LATER(cramming_weeks, 1, 65536, 65536),
    LATER(cramming_ratio, 1, 100, 2),
    LATER(cramming_more_hours, 0, 168, 10),
    LATER(confidence_window_days, 1, 365, 28),
    LATER(confidence_said, 1, 65536, 65536),
    LATER(confidence_probability, 0.5, 0.999, 0.80),
    LATER(over_confidence_gap, 0.01, 1, 1),
    LATER(panic_gap, 0.01, 1, 1),
    LATER(review_share, 0.01, 1, 0.5),
    LATER(review_weeks, 1, 65536, 65536),
    LATER(review_questions, 1, 65536, 120),
    N(timed_window_days, 1, 730),
    N(silent_days, 1, 365),
    N(attempt_limit, 1, 10),
    N(area_sd_epc, 0.1, 50),
    N(area_window_days, 1, 730),
    N(area_probability, 0.5, 0.999),
    N(area_misses, 1, 100),
};

enum { ENTRIES = sizeof(table) / sizeof(table[0]), VALUE_CHARS = MODEL_CODES };

static int refuse(struct risk_params_fault *ret_fault, unsigned line, const char *key, const char *fmt, ...) PRINTF_LIKE(4, 5);

static int refuse(struct risk_params_fault *ret_fault, unsigned line, const char *key, const char *fmt, ...) {
  ret_fault->line = line;
  snprintf(ret_fault->key, sizeof ret_fault->key, "%s", key);
  va_list args;
  va_start(args, fmt);
  vsnprintf(ret_fault->reason, sizeof ret_fault->reason, fmt, args);
  va_end(args);
  return -1;
}

const char *risk_params_builtin(const char *name, size_t *ret_len) {
  if (strcmp(name, RISK_PARAMS_DEFAULT) == 0) {
    *ret_len = risk_params_default_len;
    return (const char *)risk_params_default;
  }
  if (strcmp(name, RISK_PARAMS_STRICT) == 0) {
    *ret_len = risk_params_strict_len;
    return (const char *)risk_params_strict;
  }
  return NULL;
}

bool params_list_has(const char *list, const char *word) {
  size_t len = strlen(word);
  for (const char *at = list; *at != '\0'; at += strcspn(at, " ")) {
    at += strspn(at, " ");
    if (strcspn(at, " ") == len && len > 0 && strncasecmp(at, word, len) == 0)
      return true;
  }
  return false;
}

/* Copies [from, to) without blanks at its ends. -1 when it does not fit or holds a control character. */
static int copy_trimmed(char *out, size_t cap, const char *from, const char *to) {
  while (from < to && (*from == ' ' || *from == '\t'))
    from++;
  while (to > from && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r'))
    to--;
  if ((size_t)(to - from) >= cap)
    return -1;
  for (const char *at = from; at < to; at++)
    if ((unsigned char)*at < ' ')
      return -1;
  memcpy(out, from, (size_t)(to - from));
  out[to - from] = '\0';
  return 0;
}

static int set_value(struct risk_params *params, const struct entry *entry, const char *value, unsigned line,
                     struct risk_params_fault *ret_fault) {
  char *field = (char *)params + entry->offset;
  if (entry->kind != NUMBER) {
    size_t len = strlen(value);
    if (len >= entry->size)
      return refuse(ret_fault, line, entry->name, "is longer than %zu characters", entry->size - 1);
    if (entry->kind == WORD && (len == 0 || strchr(value, ' ') != NULL))
      return refuse(ret_fault, line, entry->name, "must be one word");
    memcpy(field, value, len + 1);
    return 0;
  }
  char *end = NULL;
  double number = strtod(value, &end);
  if (end == value || *end != '\0' || !isfinite(number))
    return refuse(ret_fault, line, entry->name, "is not a number");
  if (number < entry->low || number > entry->high)
    return refuse(ret_fault, line, entry->name, "is outside %g to %g", entry->low, entry->high);
  memcpy(field, &number, sizeof number);
  return 0;
}

static int parse_line(struct risk_params *params, bool seen[ENTRIES], const char *from, const char *to, unsigned line,
                      struct risk_params_fault *ret_fault) {
  const char *comment = memchr(from, ';', (size_t)(to - from));
  char name[sizeof ret_fault->key], value[VALUE_CHARS];
  if (comment != NULL)
    to = comment;
  while (from < to && isspace((unsigned char)*from))
    from++;
  if (from == to)
    return 0;
  const char *equals = memchr(from, '=', (size_t)(to - from));
  if (equals == NULL || copy_trimmed(name, sizeof name, from, equals) != 0)
    return refuse(ret_fault, line, "", "is neither `name = value` nor a comment after ;");
  if (copy_trimmed(value, sizeof value, equals + 1, to) != 0)
    return refuse(ret_fault, line, name, "is too long or holds a control character");
  for (size_t i = 0; i < ENTRIES; i++) {
    if (strcmp(table[i].name, name) != 0)
      continue;
    if (seen[i])
      return refuse(ret_fault, line, name, "is there twice");
    seen[i] = true;
    return set_value(params, &table[i], value, line, ret_fault);
  }
  return refuse(ret_fault, line, name, "is not a parameter of this version");
}

static int parse_text(struct risk_params *params, const char *text, size_t len, struct risk_params_fault *ret_fault) {
  bool seen[ENTRIES] = {false};
  unsigned line = 1;
  for (size_t i = 0; i < ENTRIES; i++)
    if (table[i].later)
      memcpy((char *)params + table[i].offset, &table[i].neutral, sizeof table[i].neutral);
  for (const char *at = text, *end = text + len; at < end; line++) {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    const char *to = newline != NULL ? newline : end;
    if (parse_line(params, seen, at, to, line, ret_fault) != 0)
      return -1;
    at = to + 1;
  }
  for (size_t i = 0; i < ENTRIES; i++)
    if (!seen[i] && !table[i].later)
      return refuse(ret_fault, line, table[i].name, "is missing");
  if (params->ceiling < params->floor)
    return refuse(ret_fault, line, "ceiling", "is below floor");
  return 0;
}

/* Prior mean such that, with no result at all, P(pass) is the group's rate to the last bit that matters. */
static double prior_mean(const struct risk_params *params, double base_rate, double prior_sd) {
  return params->cut_epc + normal_quantile(base_rate) * hypot(prior_sd, params->exam_sd_epc);
}

static void derive(struct risk_params *params) {
  params->interval_z = normal_quantile(0.5 + params->interval_coverage / 2);
  params->unstable_z = normal_quantile(params->unstable_confidence);
  for (size_t track = 0; track < RISK_TRACKS; track++) {
    params->prior_mean_first[track] = prior_mean(params, params->base_rate_first[track], params->prior_sd_epc[track]);
    params->prior_mean_repeat[track] = prior_mean(params, params->base_rate_repeat[track], params->prior_sd_epc[track]);
  }
  params->scales[SCALE_EPC] = (struct scale_line){params->cut_epc, 1, 0};
  params->scales[SCALE_PERCENT].at_cut = params->cut_epc;
  params->scales[SCALE_PERCENT].per_epc = 1;
}

struct risk_params *risk_params_parse(const char *text, size_t len, const char *instruments, size_t instruments_len,
                                      struct risk_params_fault *ret_fault) {
  struct risk_params *params = calloc(1, sizeof *params);
  if (params == NULL) {
    refuse(ret_fault, 0, "", "out of memory");
    return NULL;
  }
  if (parse_text(params, text, len, ret_fault) != 0)
    goto fail;
  derive(params);
  if (instruments != NULL && params_instruments_load(params, instruments, instruments_len, ret_fault) != 0)
    goto fail;
  params_instruments_builtin(params);
  return params;
fail:
  free(params);
  return NULL;
}

void risk_params_free(struct risk_params *params) {
  free(params);
}

const char *risk_params_version(const struct risk_params *params) {
  return params->version;
}

struct risk_lines risk_params_lines(const struct risk_params *params) {
  return (struct risk_lines){.cut_epc = params->cut_epc, .floor = params->floor, .ceiling = params->ceiling};
}

bool risk_params_knows(void *params, const char *instrument) {
  return params_instrument(params, instrument) != NULL;
}
