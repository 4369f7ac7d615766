/*
 * Weak areas, from sub-scores that rest on 4 to 28 items each: one form alone has a standard error of 9 to 24 points, so nothing
 * is read off one form.
 *
 * What is estimated is how far an area lies from the student's whole score: on each form the area's percentage against that of
 * all areas of its axis (systems and disciplines count the same items twice and are never added), with the binomial error of
 * its items, summed over the forms of the last months and shrunk towards no difference, as a normal distribution over areas asks
 * for. Added to readiness now it gives the probability that the area lies below the cut. An area is called weak by that
 * probability and never by a raw percentage; how many items it rests on goes with it everywhere.
 */
#include "risk/model.h"

#include "proto/catalogue.h"

#include <math.h>
#include <string.h>

#define PERCENT 100.0

enum { AREA_NUMBERS = UINT8_MAX + 1, AXES = 4 };

struct tally {
  double weight, weighted; /* of differences, by precision */
  uint32_t items, correct;
  uint16_t forms;
  uint16_t below; /* in a row, newest form first, below the cut */
  bool broken;    /* a newer form had it above */
};

struct whole {
  uint32_t items, correct;
};

static unsigned axis_of(unsigned number) {
  static const char *const names[AXES - 1] = {"system", "discipline", "competency"};
  const struct area *area = catalogue_area_number(number);
  for (unsigned i = 0; area != NULL && i < AXES - 1; i++)
    if (strcmp(area->axis, names[i]) == 0)
      return i;
  return AXES - 1; /* of no axis that we know: compared with its like */
}

static void add_form(const struct risk_params *params, const struct result *result, struct tally tallies[AREA_NUMBERS]) {
  struct whole wholes[AXES] = {{0, 0}};
  unsigned axes[LIMIT_SUBSCORES];
  for (unsigned i = 0; i < result->subs && i < LIMIT_SUBSCORES; i++) {
    axes[i] = axis_of(result->sub_area[i]);
    wholes[axes[i]].items += result->sub_items[i];
    wholes[axes[i]].correct += result->sub_correct[i];
  }
  for (unsigned i = 0; i < result->subs && i < LIMIT_SUBSCORES; i++) {
    struct tally *tally = &tallies[result->sub_area[i]];
    const struct whole *whole = &wholes[axes[i]];
    if (result->sub_items[i] == 0)
      continue;
    double items = result->sub_items[i], percent = PERCENT * result->sub_correct[i] / items;
    double p = params->item_proportion, precision = items / (PERCENT * PERCENT * p * (1 - p));
    tally->weight += precision;
    tally->weighted += precision * (percent - PERCENT * whole->correct / whole->items);
    tally->items += result->sub_items[i];
    tally->correct += result->sub_correct[i];
    tally->forms++;
    tally->broken |= percent >= params->cut_epc;
    tally->below = (uint16_t)(tally->below + !tally->broken);
  }
}

size_t areas_estimate(const struct risk_params *params, const struct risk_input *input, const struct evidence *evidence,
                      double now_days, struct spread readiness, struct risk_area ret[RISK_MAX_AREAS]) {
  struct tally tallies[AREA_NUMBERS];
  bool any = false;
  for (size_t k = 0; k < evidence->n && now_days - evidence->rows[k].days <= params->area_window_days; k++) {
    const struct result *result = &input->results[evidence->rows[k].result];
    if (result->subs == 0 || evidence->rows[k].repeated)
      continue;
    if (!any)
      memset(tallies, 0, sizeof tallies);
    any = true;
    add_form(params, result, tallies);
  }
  size_t n = 0;
  for (unsigned number = 0; any && number < AREA_NUMBERS && n < RISK_MAX_AREAS; number++) {
    const struct tally *tally = &tallies[number];
    if (tally->forms == 0)
      continue;
    double variance = 1 / (tally->weight + 1 / (params->area_sd_epc * params->area_sd_epc));
    struct risk_area *area = &ret[n++];
    *area = (struct risk_area){.area = (uint8_t)number, .forms = tally->forms, .items = tally->items, .correct = tally->correct};
    area->difference = tally->weighted * variance;
    area->difference_sd = sqrt(variance);
    area->p_weak = normal_cdf((params->cut_epc - readiness.mean - area->difference) / sqrt(readiness.variance + variance));
    area->weak = area->p_weak > params->area_probability;
    area->missed_again = area->weak && tally->below >= params->area_misses;
  }
  return n;
}
