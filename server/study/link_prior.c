/*
 * What is expected of instruments and students before any score is seen, and how much that is worth.
 *
 * An instrument of the catalogue is expected on its line, as far as the grade of the line's source deserves. One that nobody
 * knows is expected to be like the others of its maker, in units of its column's spread; how much they resemble each other is
 * moved by the data. Few results leave an instrument there, many do as they say.
 *
 * The numbers below are assumptions of this model, grade A; those in EPC are the engine's defaults (risk/params/default-1.ini) over
 * a spread of students of STUDENTS_SD_EPC.
 */
#include "study/link_build.h"

#include <math.h>
#include <string.h>

/* What is expected of students, in units of their sd at the first result; moved by the data. */
#define GROWTH_MEAN_SD  0.3
#define GROWTH_SD       0.05
#define GROWTH_FINAL_SD 0.15
#define WANDER_SD_WEEK  0.12 /* 1.05 EPC */
#define MAKER_SD        0.25
#define STUDENTS_SD_EPC 8.5
/* A scale of its own, in units of the column's spread. */
#define OWN_SLOPE     0.8
#define OWN_SLOPE_SD  0.3
#define OWN_ERROR_SD  0.6
#define OWN_MEMBER_SD 0.25 /* slopes of one maker's instruments about their mean, relative */
/* A scale with a line, but an instrument nobody has linked; EPC. */
#define WIDE_LEVEL_SD 6.0
#define WIDE_ERROR_SD 6.0

/* How far a line of the catalogue may be off, by the grade of its source: EPC at the cut, and share of the slope. */
static const struct trust {
  char grade;
  double level_sd, slope_sd, error_worth;
} trusts[] = {
    {'P', 0.7, 0.03, 12},
    {'S', 1.0, 0.05, 10},
    {'C', 2.0, 0.10, 6},
    {'W', 3.0, 0.15, 4},
};

static const struct trust *trust_of(const char *grade) {
  size_t n = sizeof trusts / sizeof *trusts;
  for (size_t i = 0; i < n; i++)
    if (grade[0] == trusts[i].grade)
      return &trusts[i];
  return &trusts[n - 1];
}

/* ---------------------------------------------------------------- groups and lines */

static bool listed(const char *list, const char *word) {
  size_t len = strlen(word);
  for (const char *at = list; *at; at += strcspn(at, " ")) {
    at += strspn(at, " ");
    if (strcspn(at, " ") == len && memcmp(at, word, len) == 0)
      return true;
  }
  return false;
}

/* A student has no lasting offset on the material that readiness is measured with. */
static bool is_reference_maker(const struct linking *linking, const char *maker) {
  const struct link_entry *reference = &linking->table->entries[linking->reference];
  return !*maker || strcmp(maker, reference->maker) == 0 || listed(linking->reference_makers, maker);
}

static uint16_t maker_of(const struct linking *linking, size_t at) {
  const struct link_entry *entries = linking->table->entries;
  if (is_reference_maker(linking, entries[at].maker))
    return LINK_NO_MAKER;
  for (size_t i = 0; i < at; i++)
    if (strcmp(entries[i].maker, entries[at].maker) == 0)
      return (uint16_t)i;
  return (uint16_t)at;
}

/* Group 0 has the lines in EPC; each maker has one for scales of their own. */
static uint16_t group_of(struct linking *linking, size_t at) {
  struct link_model *model = &linking->model;
  const struct link_entry *entries = linking->table->entries;
  if (linking->readings[at].line)
    return 0;
  for (size_t g = 1; g < model->groups_n; g++)
    if (strcmp(entries[linking->group_makers[g]].maker, entries[at].maker) == 0)
      return (uint16_t)g;
  linking->group_makers[model->groups_n] = (uint16_t)at;
  model->groups[model->groups_n] = (struct link_group){.level = 0,
                                                       .level_sd = OWN_SLOPE,
                                                       .slope = OWN_SLOPE,
                                                       .slope_sd = OWN_SLOPE_SD,
                                                       .error_sd = OWN_ERROR_SD,
                                                       .member_level_var = 1,
                                                       .member_slope_var = OWN_MEMBER_SD * OWN_MEMBER_SD,
                                                       .learned = true};
  return (uint16_t)model->groups_n++;
}

void link_prior_line(struct linking *linking, size_t at) {
  struct link_model *model = &linking->model;
  const struct link_entry *entry = &linking->table->entries[at];
  struct link_reading *reading = &linking->readings[at];
  struct link_line *line = &model->lines[model->lines_n];
  reading->at = (uint16_t)model->lines_n++;
  *line = (struct link_line){.group = group_of(linking, at), .maker = maker_of(linking, at)};
  const struct link_group *group = &model->groups[line->group];
  if (reading->line) {
    const struct trust *trust = trust_of(entry->grade);
    line->level_var = reading->known ? trust->level_sd * trust->level_sd : WIDE_LEVEL_SD * WIDE_LEVEL_SD;
    line->slope_var = reading->known ? trust->slope_sd * trust->slope_sd : OWN_SLOPE_SD * OWN_SLOPE_SD;
    line->error_prior_sd = reading->known && entry->error_sd > 0 ? entry->error_sd / entry->slope : WIDE_ERROR_SD;
    line->error_prior_n = reading->known ? trust->error_worth : 2;
  }
  line->slope = group->slope;
  line->level = group->level;
  double error_sd = reading->line ? line->error_prior_sd : group->error_sd;
  line->error_var = error_sd * error_sd;
}

void link_prior_begin(struct link_model *model) {
  model->groups[model->groups_n++] =
      (struct link_group){.level_sd = INFINITY, .slope = STUDENTS_SD_EPC, .slope_sd = INFINITY, .error_sd = WIDE_ERROR_SD};
  model->growth_sd = GROWTH_MEAN_SD;
  model->growth_var[LINK_EVENLY] = model->growth_var[LINK_SOON] = GROWTH_SD * GROWTH_SD;
  model->growth_var[LINK_FINALLY] = GROWTH_FINAL_SD * GROWTH_FINAL_SD;
  model->wander_var = WANDER_SD_WEEK * WANDER_SD_WEEK;
  model->maker_var = MAKER_SD * MAKER_SD;
}
