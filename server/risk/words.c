/*
 * Every sentence of the engine, in English, for the office and the student alike. The sentences of flags stand in the table
 * of flags.c as patterns; here is what fills them in.
 *
 * A pattern has the numbers of its flag in braces, by place, with a letter for how to say them:
 *   {0p} probability as percent   {0d} days   {0e} "in 5 days"   {0n} a count   {0k} the area
 *   {0s} points with sign   {0a} points without sign
 *   {0?...} the text only if number 0 is not negative   {0!...} only if it is
 * printf patterns were rejected: their arguments cannot be left out or reordered by the one who words the sentence.
 */
#include "risk/model.h"

#include "proto/catalogue.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Gathers text into a buffer that may be too small; counts on, as snprintf does. */
struct text {
  char *out;
  size_t cap, len;
};

static void put(struct text *text, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void put(struct text *text, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  size_t room = text->len < text->cap ? text->cap - text->len : 0;
  int len = vsnprintf(room > 0 ? text->out + text->len : NULL, room, fmt, args);
  va_end(args);
  text->len += len > 0 ? (size_t)len : 0;
}

static void put_percent(struct text *text, double p) {
  if (p > 0.99 && p < 1)
    put(text, "over 99 %%");
  else if (p > 0 && p < 0.01)
    put(text, "under 1 %%");
  else
    put(text, "%.0f %%", 100 * p);
}

static void put_until(struct text *text, double days) {
  if (days < 1)
    put(text, "today");
  else if (days < 2)
    put(text, "tomorrow");
  else
    put(text, "in %.0f days", floor(days));
}

static const char *area_name(double number) {
  const struct area *area = catalogue_area_number((unsigned)number);
  return area != NULL ? area->name : "An area of its own";
}

static void put_number(struct text *text, double number, char how) {
  switch (how) {
  case 'p': put_percent(text, number); break;
  case 'e': put_until(text, number); break;
  case 'd': put(text, "%.0f day%s", floor(number), floor(number) == 1 ? "" : "s"); break;
  case 'n': put(text, "%.0f", number); break;
  case 's': put(text, "%+.1f", number); break;
  case 'k': put(text, "%s", area_name(number)); break;
  default: put(text, "%.1f", fabs(number)); break;
  }
}

/* Copies the pattern up to its end or to the brace that closes it, and gives where it stopped. */
static const char *fill(struct text *text, const char *pattern, const double numbers[4], bool said) {
  while (*pattern != '\0' && *pattern != '}') {
    if (*pattern != '{') {
      if (said)
        put(text, "%c", *pattern);
      pattern++;
      continue;
    }
    double number = numbers[(pattern[1] - '0') & 3];
    char how = pattern[2];
    pattern += 3;
    if (how == '?' || how == '!')
      pattern = fill(text, pattern, numbers, said && (number >= 0) == (how == '?'));
    else if (said)
      put_number(text, number, how);
    pattern += *pattern == '}';
  }
  return pattern;
}

size_t risk_flag_text(char *out, size_t cap, const struct risk_flag *flag, const struct risk_input *input) {
  (void)input;
  struct text text = {out, cap, 0};
  const struct risk_rule *rule = risk_rule(flag->code);
  if (cap > 0)
    out[0] = '\0';
  if (rule != NULL)
    (void)fill(&text, rule->sentence, flag->numbers, true);
  return text.len;
}

/* ---------------------------------------------------------------- reasons */

static const char *instrument_name(const char *code) {
  const struct instrument *instrument = catalogue_instrument(code);
  return instrument != NULL ? instrument->name : code;
}

static void put_result(struct text *text, const struct result *result, const struct risk_input *input) {
  static const char *const units[] = {[SCALE_EPC] = " EPC", [SCALE_PERCENT] = " %"};
  char day[11];
  int64_t local_s = result->taken_at_ms / 1000 + input->zone_offset_s;
  result_format_day(day, (int32_t)(local_s / 86400 - (local_s % 86400 < 0)));
  put(text, "%s", instrument_name(result->instrument));
  if (result->form[0] != '\0')
    put(text, strncasecmp(result->form, "form", 4) == 0 ? ", %s," : ", form %s,", result->form);
  put(text, " on %s: %.10g", day, result->score_centi / 100.0);
  if ((size_t)result->scale < sizeof units / sizeof units[0] && units[result->scale] != NULL)
    put(text, "%s", units[result->scale]);
  if (result->repeat)
    put(text, ", form seen before");
}

size_t risk_reason_text(char *out, size_t cap, const struct risk_reason *reason, const struct risk_input *input) {
  static const char *const groups[RISK_TRACKS] = {"US MD students", "US DO students", "students of schools outside the US"};
  struct text text = {out, cap, 0};
  bool first = input->attempt <= 1 && input->failures == 0;
  if (cap > 0)
    out[0] = '\0';
  switch (reason->kind) {
  case RISK_REASON_BASE_RATE:
    put(&text, "Pass rate of %s, %s", groups[(unsigned)input->track < RISK_TRACKS ? input->track : RISK_TRACK_US_MD],
        first ? "first attempt" : "repeated attempt");
    break;
  case RISK_REASON_PRIOR: put(&text, "Less doubt than with no results at all"); break;
  case RISK_REASON_GROWTH: put(&text, "Growth to be expected between the results and the exam"); break;
  case RISK_REASON_RESULT: put_result(&text, &input->results[reason->result], input); break;
  }
  return text.len;
}

size_t risk_reason_code(char *out, size_t cap, const struct risk_reason *reason, const struct risk_input *input) {
  static const char *const codes[] = {[RISK_REASON_BASE_RATE] = "base_rate",
                                      [RISK_REASON_PRIOR] = "prior",
                                      [RISK_REASON_GROWTH] = "growth",
                                      [RISK_REASON_RESULT] = "result:"};
  struct text text = {out, cap, 0};
  put(&text, "%s%s", codes[reason->kind], reason->kind == RISK_REASON_RESULT ? input->results[reason->result].instrument : "");
  return text.len;
}

const char *risk_state_name(enum risk_state state) {
  static const char *const names[] = {"none", "at_risk", "borderline", "on_track", "cannot_say"};
  return (size_t)state < sizeof names / sizeof names[0] ? names[state] : names[0];
}
