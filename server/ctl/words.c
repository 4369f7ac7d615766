/*
 * How an estimate is said. A score never stands without its interval, a day never without how far it is. The sentences of
 * flags and reasons come from the engine (risk/words.c) by way of the database and are only laid out here.
 *
 * Every reader of a field takes a document without it: the database may be a version older or newer than this program.
 */
#include "ctl/words.h"

#include "base/when.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double POINTS_SHOWN = 0.0005; /* half of the last digit shown */

void words_chance(char ret[WORDS_TEXT], const json_t *estimate) {
  if (!ctl_has(estimate, "p")) {
    snprintf(ret, WORDS_TEXT, "not assessed");
    return;
  }
  snprintf(ret, WORDS_TEXT, "%.0f %% (%.0f to %.0f)", 100 * ctl_number(estimate, "p"), 100 * ctl_number(estimate, "p_low"),
           100 * ctl_number(estimate, "p_high"));
}

void words_exam(char ret[WORDS_TEXT], const json_t *row, const char *day, const char *days) {
  char far[WHEN_TEXT] = "";
  if (!ctl_has(row, day)) {
    snprintf(ret, WORDS_TEXT, "none planned");
    return;
  }
  if (days && ctl_has(row, days))
    when_days(far, ctl_integer(row, days));
  snprintf(ret, WORDS_TEXT, "%s%s%s", ctl_text(row, day), *far ? ", " : "", far);
}

void words_name(char ret[WORDS_LINE], const json_t *student) {
  const char *given = ctl_text(student, "given_name"), *family = ctl_text(student, "family_name");
  snprintf(ret, WORDS_LINE, "%s%s%s%s(%s)", given, *given ? " " : "", family, *family ? " " : "", ctl_text(student, "student_id"));
}

enum term_style words_severity(const char *severity) {
  if (strcmp(severity, "urgent") == 0)
    return STYLE_RED;
  return strcmp(severity, "warning") == 0 ? STYLE_YELLOW : STYLE_PLAIN;
}

bool words_reason(char ret[WORDS_LINE], const json_t *reason) {
  double points = ctl_number(reason, "points");
  const char *text = ctl_text(reason, "text");
  if (*text == '\0' || fabs(points) < POINTS_SHOWN)
    return false;
  snprintf(ret, WORDS_LINE, "%+5.1f  %s", 100 * points, text);
  return true;
}
