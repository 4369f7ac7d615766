/*
 * From a student's results to looks: what link_em.c sees of a student.
 *
 * Neighbouring results on one instrument are merged: forty blocks of a bank are a few looks at readiness with many errors each,
 * and the matrices stay small. A student with a thousand results has LINK_LOOKS looks, each over a longer time.
 */
#include "study/link_build.h"

#include <math.h>

#define MS_PER_WEEK   (7 * 86400000.0)
#define DAYS_PER_WEEK 7.0
#define PERCENT       100.0
#define MERGE_WEEKS   0.5  /* about half the time between two forms */
#define SOON_WEEKS    4.0  /* of what comes soon, two thirds within these */
#define WEEKS_MOST    52.0 /* growth over more than a year says nothing about growth a week */

/* ---------------------------------------------------------------- looks */

/* Day on which the last weeks begin, from the student's last attempt; INFINITY where there is none. */
static double final_begins_ms(const struct linking *linking, const struct past_student *student) {
  const struct past *past = linking->options->past;
  if (student->attempts_n == 0)
    return INFINITY;
  int32_t day = past_exam_day(&past->attempts[student->attempts_at + student->attempts_n - 1]);
  return day == RISK_NO_DAY ? INFINITY : (double)past_noon_ms(past, day) - linking->dedicated_days / DAYS_PER_WEEK * MS_PER_WEEK;
}

static void look_at(const struct linking *linking, const struct past_result *result, struct link_look *ret) {
  const struct link_reading *reading = link_reading_of(linking, result);
  const struct link_entry *entry = &linking->table->entries[linking->entry_of[result->instrument]];
  ret->instrument = reading->at;
  ret->n = 1;
  ret->weight = 1;
  ret->score = (link_raw_score(result) - reading->centre) / reading->unit;
  if (entry->scale == SCALE_PERCENT) {
    double items = result->items > 0 ? result->items : entry->items > 0 ? entry->items : linking->items_assumed;
    double sd = PERCENT / reading->unit;
    ret->item_variance = sd * sd * linking->item_proportion * (1 - linking->item_proportion) / items;
  }
  if (reading->line && result->mode == MODE_UNTIMED) {
    ret->score -= linking->untimed_epc;
    ret->item_variance += linking->untimed_sd * linking->untimed_sd;
  } else if (reading->line && result->mode == MODE_TUTOR) {
    ret->score -= linking->tutor_epc;
    ret->item_variance += linking->tutor_sd * linking->tutor_sd;
  }
}

/* Into the newest look at the same instrument, where that is not long ago. */
static bool merged(struct link_look *looks, size_t from, size_t n, const struct link_look *look, double weeks) {
  for (size_t j = n; j-- > from && look->weeks - looks[j].weeks < weeks;) {
    struct link_look *into = &looks[j];
    if (into->instrument != look->instrument)
      continue;
    double away = look->score - into->score, total = into->n + look->n;
    if (total > UINT16_MAX)
      return false;
    into->within += look->within + away * away * into->n * look->n / total;
    into->score += away * look->n / total;
    into->item_variance += (look->item_variance - into->item_variance) * look->n / total;
    into->n = (uint16_t)total;
    return true;
  }
  return false;
}

void link_look_take(struct linking *linking, size_t s) {
  const struct past *past = linking->options->past;
  const struct past_student *student = &past->students[s];
  struct link_model *model = &linking->model;
  size_t from = model->looks_n;
  double begins = 0, final_begins = final_begins_ms(linking, student);
  for (size_t k = student->results_at; k < (size_t)student->results_at + student->results_n; k++) {
    const struct past_result *result = &past->results[k];
    if (!linking->counted[k] || link_reading_of(linking, result)->at == UINT16_MAX)
      continue;
    double taken = (double)result->taken_at_ms;
    if (model->looks_n == from)
      begins = taken;
    struct link_look look = {.student = (uint32_t)s};
    look_at(linking, result, &look);
    look.weeks = fmin((taken - begins) / MS_PER_WEEK, WEEKS_MOST);
    look.growth[LINK_EVENLY] = look.weeks;
    look.growth[LINK_FINALLY] = fmin(fmax(taken - fmax(final_begins, begins), 0) / MS_PER_WEEK, WEEKS_MOST);
    look.growth[LINK_SOON] = SOON_WEEKS * (1 - exp(-look.weeks / SOON_WEEKS));
    if (!merged(model->looks, from, model->looks_n, &look, MERGE_WEEKS))
      model->looks[model->looks_n++] = look;
    linking->report->results++;
  }
  /* Too many for one matrix: merge over ever longer times, and then whatever is left of the oldest goes. */
  for (double weeks = 2 * MERGE_WEEKS; model->looks_n - from > LINK_LOOKS && weeks <= 4 * WEEKS_MOST; weeks *= 2) {
    size_t n = from;
    for (size_t k = from; k < model->looks_n; k++)
      if (!merged(model->looks, from, n, &model->looks[k], weeks))
        model->looks[n++] = model->looks[k];
    model->looks_n = n;
  }
  if (model->looks_n - from > LINK_LOOKS)
    model->looks_n = from + LINK_LOOKS;
  linking->report->students += model->looks_n > from;
}
