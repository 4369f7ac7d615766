/*
 * Which results are used, and how scores become comparable: (raw - centre) / unit.
 *
 * Where the catalogue or the scale has a line, a score is read through it and the unit is EPC: then every such instrument is
 * expected near level 0 and slope 1 of the group, as far as the grade of the catalogue's source deserves (link_prior.c). A score on
 * a scale of its own is measured from the median of the column in units of its spread: so an affine change of the scale changes
 * nothing, and instruments of one maker, which are about equally reliable, can lend each other slope and error.
 *
 * Left out: retracted results, a form the student has had before (familiarity is no property of the instrument), scores
 * on another scale than the instrument's.
 */
#include "study/link_build.h"

#include "study/fit_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL_EPC  60.0 /* where the catalogue's lines are compared: near the cut */
#define NORMAL_MAD 1.4826

/* ---------------------------------------------------------------- which results */

static bool is_first_sitting(const struct past *past, const struct past_student *student, size_t at) {
  const struct past_result *result = &past->results[at];
  if (result->marks & PAST_REPEAT)
    return false;
  if (!*past_form(past, result))
    return true;
  for (size_t k = student->results_at; k < at; k++)
    if (past->results[k].instrument == result->instrument && past->results[k].form == result->form &&
        !(past->results[k].marks & PAST_RETRACTED))
      return false;
  return true;
}

static bool is_used(const struct linking *linking, const struct past_student *student, size_t at) {
  const struct past *past = linking->options->past;
  const struct past_result *result = &past->results[at];
  enum scale own = linking->table->entries[linking->entry_of[result->instrument]].scale;
  bool same_scale = result->scale == own || result->scale == SCALE_NONE || result->scale == SCALE_OWN || own == SCALE_OWN;
  return !(result->marks & PAST_RETRACTED) && same_scale && is_first_sitting(past, student, at);
}

/* ---------------------------------------------------------------- entries and their scales */

size_t link_scale_root(struct link_reading *readings, size_t at) {
  while (readings[at].linked_to != at)
    at = readings[at].linked_to = readings[readings[at].linked_to].linked_to;
  return at;
}

void link_scale_mark(struct linking *linking) {
  const struct past *past = linking->options->past;
  for (size_t s = 0; s < past->students_n; s++) {
    const struct past_student *student = &past->students[s];
    size_t first = SIZE_MAX;
    for (size_t k = student->results_at; k < (size_t)student->results_at + student->results_n; k++) {
      linking->counted[k] = is_used(linking, student, k);
      if (!linking->counted[k]) {
        linking->report->left_out++;
        continue;
      }
      size_t entry = linking->entry_of[past->results[k].instrument];
      linking->readings[entry].seen = true;
      if (first == SIZE_MAX)
        first = entry;
      linking->readings[link_scale_root(linking->readings, entry)].linked_to = (uint32_t)link_scale_root(linking->readings, first);
    }
  }
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, size_t n) {
  qsort(values, n, sizeof *values, by_value);
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Median and spread of a column, for a scale of its own. */
static void read_column(struct linking *linking, size_t entry) {
  const struct past *past = linking->options->past;
  struct link_reading *reading = &linking->readings[entry];
  double *values = linking->spare, mean = 0, square = 0;
  size_t n = 0;
  for (size_t k = 0; k < past->results_n; k++)
    if (linking->counted[k] && linking->entry_of[past->results[k].instrument] == entry)
      values[n++] = link_raw_score(&past->results[k]);
  reading->centre = median(values, n);
  for (size_t i = 0; i < n; i++)
    mean += values[i] / (double)n;
  for (size_t i = 0; i < n; i++) {
    square += (values[i] - mean) * (values[i] - mean) / (double)n;
    values[i] = fabs(values[i] - reading->centre);
  }
  reading->unit = NORMAL_MAD * median(values, n);
  if (reading->unit <= 0) /* more than half of them alike */
    reading->unit = square > 0 ? sqrt(square) : 1;
}

void link_scale_read(struct linking *linking, size_t at, bool any_known) {
  static const char *const words[] = {
      [SCALE_THREE_DIGIT] = "three_digit", [SCALE_NBME800] = "nbme800", [SCALE_CBSE_OLD] = "cbse_old"};
  const struct link_entry *entry = &linking->table->entries[at];
  struct link_reading *reading = &linking->readings[at];
  if (reading->known) {
    reading->centre = entry->offset + entry->slope * LEVEL_EPC;
    reading->unit = entry->slope;
    reading->line = true;
  } else if (any_known && (entry->scale == SCALE_EPC || entry->scale == SCALE_PERCENT)) {
    reading->centre = LEVEL_EPC;
    reading->unit = 1;
    reading->line = true;
  } else if (any_known && entry->scale != SCALE_OWN && entry->scale != SCALE_NONE) {
    char name[LINK_WORD];
    snprintf(name, sizeof name, "%s_at_cut", words[entry->scale]);
    reading->centre = fit_text_number(linking->params, linking->params_len, name);
    snprintf(name, sizeof name, "%s_per_epc", words[entry->scale]);
    reading->unit = fit_text_number(linking->params, linking->params_len, name);
    reading->line = true;
  } else {
    read_column(linking, at);
  }
}
