/*
 * The checks of one result. Three doors apply them (the client before it stores a row, the server before it accepts one,
 * stepguardctl before it computes with one), so that a student hears of a slip while the report is still in hand, and
 * nothing that passed at home is refused at the school.
 *
 * Each sentence says what is wrong and what to do. The first fault ends it: the second is often a consequence of the first,
 * which is also why counts come before a score that may have been made of them. What needs to know the student (enrolled
 * when? which forms before?) is not here.
 */
#include "proto/result.h"

#include "proto/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

int result_refuse(struct result_fault *ret_fault, const char *field, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  ret_fault->field = field;
  utf8_format(ret_fault->reason, sizeof(ret_fault->reason), fmt, args);
  va_end(args);
  return -1;
}

static bool builtin_knows(void *arg, const char *code) {
  (void)arg;
  return catalogue_instrument(code) != NULL;
}

static bool is_code(const char *code) {
  size_t len = strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_");
  return len > 0 && code[len] == '\0';
}

static int identity_check(const struct result *result, struct result_fault *ret_fault) {
  if (!uuid_is_time_ordered(result->id))
    return result_refuse(ret_fault, "result_id", "the id is not a UUID of version 7 or 8; leave it out and one is made");
  if (result->revision > LIMIT_REVISION)
    return result_refuse(ret_fault, "revision", "revision %" PRIu32 " is above %d; count revisions from 0", result->revision,
                         LIMIT_REVISION);
  return 0;
}

static int instrument_check(const struct result *result, bool (*known)(void *arg, const char *code), void *arg,
                            struct result_fault *ret_fault) {
  if (result->instrument[0] == '\0')
    return result_refuse(ret_fault, "instrument", "the instrument is missing; name it by its code, such as cbssa");
  if (!is_code(result->instrument))
    return result_refuse(ret_fault, "instrument", "an instrument code has lower-case letters, digits and _ only, such as cbssa");
  if (!known(arg, result->instrument))
    return result_refuse(ret_fault, "instrument", "no instrument has the code \"%s\"; compare it with the list of instruments",
                         result->instrument);
  if (!utf8_plain(result->form, strlen(result->form)))
    return result_refuse(ret_fault, "form", "the form's name has characters that cannot be shown; write it in plain text");
  return 0;
}

static int time_check(const struct result *result, int64_t now_ms, struct result_fault *ret_fault) {
  if (result->taken_at_ms < LIMIT_OLDEST_MS)
    return result_refuse(ret_fault, "taken_at", "the result is dated before 2000; correct the date");
  if (result->taken_at_ms > now_ms + LIMIT_CLOCK_AHEAD_S * INT64_C(1000))
    return result_refuse(ret_fault, "taken_at",
                         "the result is dated in the future; correct the date, or the clock of this computer");
  return 0;
}

static int score_check(const struct result *result, struct result_fault *ret_fault) {
  const struct scale_info *scale = catalogue_scale(result->scale);
  if (!scale)
    return result_refuse(ret_fault, "scale", "the scale is missing; say which one the score is on, such as epc or percent");
  if (result->score_centi < scale->low_centi || result->score_centi > scale->high_centi)
    return result_refuse(ret_fault, "score",
                         "%.2f is outside the scale %s, which goes from %d to %d; correct the score or the scale",
                         result->score_centi / 100.0, scale->name, scale->low_centi / 100, scale->high_centi / 100);
  if (result->mode < MODE_NONE || result->mode > MODE_TUTOR)
    return result_refuse(ret_fault, "mode", "the mode is not one of timed, untimed, tutor");
  return 0;
}

/* A number that may be absent. */
static int count_check(const char *field, int32_t value, int32_t low, int32_t high, struct result_fault *ret_fault) {
  if (value == RESULT_UNKNOWN || (value >= low && value <= high))
    return 0;
  return result_refuse(ret_fault, field, "%" PRId32 " is not between %" PRId32 " and %" PRId32 "; correct it or leave it empty",
                       value, low, high);
}

static int counts_check(const struct result *r, struct result_fault *ret_fault) {
  if (count_check("items", r->items, 1, LIMIT_ITEMS, ret_fault) || count_check("correct", r->correct, 0, LIMIT_ITEMS, ret_fault) ||
      count_check("omitted", r->omitted, 0, LIMIT_ITEMS, ret_fault) ||
      count_check("seconds", r->seconds, 0, LIMIT_SECONDS, ret_fault) ||
      count_check("seconds_allowed", r->seconds_allowed, 0, LIMIT_SECONDS, ret_fault) ||
      count_check("printed_p_pass", r->printed_p_pass_bp, 0, 10000, ret_fault))
    return -1;
  if (r->items == RESULT_UNKNOWN && (r->correct != RESULT_UNKNOWN || r->omitted != RESULT_UNKNOWN))
    return result_refuse(ret_fault, "items", "correct or omitted items are given without the number of items; add it");
  if (r->items == RESULT_UNKNOWN)
    return 0;
  if (r->correct > r->items)
    return result_refuse(ret_fault, "correct", "%" PRId32 " correct of %" PRId32 " items cannot be; correct one of the two",
                         r->correct, r->items);
  int32_t correct = r->correct == RESULT_UNKNOWN ? 0 : r->correct;
  if (r->omitted != RESULT_UNKNOWN && correct + r->omitted > r->items)
    return result_refuse(ret_fault, "omitted",
                         "%" PRId32 " correct and %" PRId32 " omitted are more than the %" PRId32 " items; correct one of them",
                         correct, r->omitted, r->items);
  return 0;
}

static int subs_check(const struct result *r, struct result_fault *ret_fault) {
  if (r->subs > LIMIT_SUBSCORES)
    return result_refuse(ret_fault, "sub_area", "%d sub-scores are more than the %d a result can have; leave some out", r->subs,
                         LIMIT_SUBSCORES);
  bool seen[UINT8_MAX + 1] = {false};
  for (size_t i = 0; i < r->subs; i++) {
    unsigned area = r->sub_area[i];
    if (!catalogue_area_number(area))
      return result_refuse(ret_fault, "sub_area", "no area has the number %u; update the client, or see the list of areas", area);
    if (seen[area])
      return result_refuse(ret_fault, "sub_area", "area %u is there twice; add the two up", area);
    seen[area] = true;
    if (r->sub_items[i] < 1 || r->sub_items[i] > LIMIT_ITEMS)
      return result_refuse(ret_fault, "sub_items", "%u items in area %u is not between 1 and %d; leave the area out if it had none",
                           (unsigned)r->sub_items[i], area, LIMIT_ITEMS);
    if (r->sub_correct[i] > r->sub_items[i])
      return result_refuse(ret_fault, "sub_correct", "%u correct of %u items in area %u cannot be; correct one of the two",
                           (unsigned)r->sub_correct[i], (unsigned)r->sub_items[i], area);
  }
  return 0;
}

int result_check(const struct result *result, int64_t now_ms, bool (*known)(void *arg, const char *code), void *arg,
                 struct result_fault *ret_fault) {
  if (identity_check(result, ret_fault) || instrument_check(result, known ? known : builtin_knows, arg, ret_fault) ||
      time_check(result, now_ms, ret_fault) || counts_check(result, ret_fault) || score_check(result, ret_fault) ||
      subs_check(result, ret_fault))
    return -1;
  return 0;
}
