/*
 * From a past class to the numbers link_em.c works with, and back to a catalogue.
 *
 * Scores become comparable in one of two ways. Where the catalogue or the scale has a line, a score is read through it and the
 * unit is EPC: then every such instrument is expected near level 0 and slope 1 of the group, as far as the grade of the
 * catalogue's source deserves. A score on a scale of its own is measured from the median of the column in units of its spread:
 * so an affine change of the scale changes nothing, and instruments of one maker, which are about equally reliable, can lend each
 * other slope and error.
 *
 * Left out: retracted results, a form the student has had before (familiarity is no property of the instrument), scores
 * on another scale than the instrument's. Neighbouring results on one instrument are merged: forty blocks of a bank are a few looks
 * at readiness with many errors each, and the matrices stay small.
 */
#include "study/link.h"

#include "base/err.h"
#include "risk/params.h"
#include "study/fit_text.h"
#include "study/link_em.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS_PER_WEEK   (7 * 86400000.0)
#define DAYS_PER_WEEK 7.0
#define CENTI         100.0
#define PERCENT       100.0
#define MERGE_WEEKS   0.5  /* about half the time between two forms */
#define WEEKS_MOST    52.0 /* growth over more than a year says nothing about growth a week */
#define LEVEL_EPC     60.0 /* where the catalogue's lines are compared: near the cut */
#define NORMAL_MAD    1.4826
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

static const char params_set[] = "default-1";

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

/* How scores of one entry become comparable: (raw - centre) / unit. */
struct reading {
  double centre, unit;
  bool line, known; /* a line of the catalogue or the scale; of the catalogue */
  bool seen;
  uint32_t linked_to; /* union-find over shared students */
  uint16_t at;        /* index into lines, UINT16_MAX for none */
};

struct linking {
  const struct link_options *options;
  struct link_report *report;
  struct link_table *table;
  struct reading *readings;
  size_t *entry_of; /* of an instrument of the past */
  struct link_model model;
  uint16_t group_makers[LINK_ENTRIES]; /* first entry that has the maker of each group of scales of their own */
  double *spare;
  double item_proportion, items_assumed, untimed_epc, untimed_sd, tutor_epc, tutor_sd;
  char reference_makers[LINK_SOURCE];
  size_t reference;
};

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

static bool counts(const struct linking *linking, const struct past_student *student, size_t at) {
  const struct past *past = linking->options->past;
  const struct past_result *result = &past->results[at];
  enum scale own = linking->table->entries[linking->entry_of[result->instrument]].scale;
  bool same_scale = result->scale == own || result->scale == SCALE_NONE || result->scale == SCALE_OWN || own == SCALE_OWN;
  return !(result->marks & PAST_RETRACTED) && same_scale && is_first_sitting(past, student, at);
}

static struct reading *reading_of(const struct linking *linking, const struct past_result *result) {
  return &linking->readings[linking->entry_of[result->instrument]];
}

static double raw_score(const struct past_result *result) {
  return (double)result->score_centi / CENTI;
}

/* ---------------------------------------------------------------- entries and their scales */

static int take_entries(struct linking *linking) {
  const struct past *past = linking->options->past;
  for (size_t i = 0; i < past->instruments_n; i++) {
    enum scale scale = SCALE_OWN;
    for (size_t k = 0; k < past->results_n; k++)
      if (past->results[k].instrument == i) {
        scale = (enum scale)past->results[k].scale;
        break;
      }
    linking->entry_of[i] = link_table_take(linking->table, past->instruments[i], scale);
    if (linking->entry_of[i] == SIZE_MAX)
      return E_LIMIT;
  }
  return E_OK;
}

static size_t root(struct reading *readings, size_t at) {
  while (readings[at].linked_to != at)
    at = readings[at].linked_to = readings[readings[at].linked_to].linked_to;
  return at;
}

static void find_shared(struct linking *linking) {
  const struct past *past = linking->options->past;
  for (size_t s = 0; s < past->students_n; s++) {
    const struct past_student *student = &past->students[s];
    size_t first = SIZE_MAX;
    for (size_t k = student->results_at; k < (size_t)student->results_at + student->results_n; k++) {
      if (!counts(linking, student, k)) {
        linking->report->left_out++;
        continue;
      }
      size_t entry = linking->entry_of[past->results[k].instrument];
      linking->readings[entry].seen = true;
      if (first == SIZE_MAX)
        first = entry;
      linking->readings[root(linking->readings, entry)].linked_to = (uint32_t)root(linking->readings, first);
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
  struct reading *reading = &linking->readings[entry];
  double *values = linking->spare, mean = 0, square = 0;
  size_t n = 0;
  for (size_t s = 0; s < past->students_n; s++)
    for (size_t k = past->students[s].results_at; k < (size_t)past->students[s].results_at + past->students[s].results_n; k++)
      if (linking->entry_of[past->results[k].instrument] == entry && counts(linking, &past->students[s], k))
        values[n++] = raw_score(&past->results[k]);
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

static void read_entry(struct linking *linking, size_t at, bool any_known) {
  static const char *const words[] = {
      [SCALE_THREE_DIGIT] = "three_digit", [SCALE_NBME800] = "nbme800", [SCALE_CBSE_OLD] = "cbse_old"};
  const struct link_entry *entry = &linking->table->entries[at];
  struct reading *reading = &linking->readings[at];
  if (reading->known) {
    reading->centre = entry->offset + entry->slope * LEVEL_EPC;
    reading->unit = entry->slope;
    reading->line = true;
  } else if (any_known && (entry->scale == SCALE_EPC || entry->scale == SCALE_PERCENT)) {
    reading->centre = LEVEL_EPC;
    reading->unit = 1;
    reading->line = true;
  } else if (any_known && entry->scale != SCALE_OWN && entry->scale != SCALE_NONE) {
    size_t len;
    const char *text = risk_params_builtin(params_set, &len);
    char name[LINK_WORD];
    snprintf(name, sizeof name, "%s_at_cut", words[entry->scale]);
    reading->centre = fit_text_number(text, len, name);
    snprintf(name, sizeof name, "%s_per_epc", words[entry->scale]);
    reading->unit = fit_text_number(text, len, name);
    reading->line = true;
  } else {
    read_column(linking, at);
  }
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

static void line_begin(struct linking *linking, size_t at) {
  struct link_model *model = &linking->model;
  const struct link_entry *entry = &linking->table->entries[at];
  struct reading *reading = &linking->readings[at];
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

static int model_begin(struct linking *linking) {
  struct link_model *model = &linking->model;
  struct reading *readings = linking->readings;
  size_t n = linking->table->n, reference = root(readings, linking->reference);
  bool any_known = false;
  model->lines = calloc(n, sizeof *model->lines);
  model->groups = calloc(n + 1, sizeof *model->groups);
  if (!model->lines || !model->groups)
    return E_NOMEM;
  for (size_t i = 0; i < n; i++) {
    const struct link_entry *entry = &linking->table->entries[i];
    readings[i].known = isfinite(entry->offset) && isfinite(entry->slope) && isfinite(entry->error_sd);
    any_known = any_known || (readings[i].known && readings[i].seen && root(readings, i) == reference);
  }
  model->groups[model->groups_n++] =
      (struct link_group){.level_sd = INFINITY, .slope = STUDENTS_SD_EPC, .slope_sd = INFINITY, .error_sd = WIDE_ERROR_SD};
  for (size_t i = 0; i < n; i++)
    if (readings[i].seen && root(readings, i) == reference) {
      read_entry(linking, i, any_known);
      line_begin(linking, i);
    }
  model->growth_sd = GROWTH_MEAN_SD;
  model->growth_var[0] = GROWTH_SD * GROWTH_SD;
  model->growth_var[1] = GROWTH_FINAL_SD * GROWTH_FINAL_SD;
  model->wander_var = WANDER_SD_WEEK * WANDER_SD_WEEK;
  model->maker_var = MAKER_SD * MAKER_SD;
  return E_OK;
}

/* ---------------------------------------------------------------- looks */

/* Day on which the last weeks begin, from the student's last attempt; INFINITY where there is none. */
static double final_begins_ms(const struct linking *linking, const struct past_student *student) {
  const struct past *past = linking->options->past;
  size_t len;
  const char *text = risk_params_builtin(params_set, &len);
  if (student->attempts_n == 0)
    return INFINITY;
  int32_t day = past_exam_day(&past->attempts[student->attempts_at + student->attempts_n - 1]);
  double days = fit_text_number(text, len, "dedicated_default_days");
  return day == RISK_NO_DAY ? INFINITY : (double)past_noon_ms(past, day) - days / DAYS_PER_WEEK * MS_PER_WEEK;
}

static void look_at(const struct linking *linking, const struct past_result *result, struct link_look *ret) {
  const struct reading *reading = reading_of(linking, result);
  const struct link_entry *entry = &linking->table->entries[linking->entry_of[result->instrument]];
  ret->instrument = reading->at;
  ret->n = 1;
  ret->weight = 1;
  ret->score = (raw_score(result) - reading->centre) / reading->unit;
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

static void student_looks(struct linking *linking, size_t s) {
  const struct past *past = linking->options->past;
  const struct past_student *student = &past->students[s];
  struct link_model *model = &linking->model;
  size_t from = model->looks_n;
  double begins = 0, final_begins = final_begins_ms(linking, student);
  for (size_t k = student->results_at; k < (size_t)student->results_at + student->results_n; k++) {
    const struct past_result *result = &past->results[k];
    if (!counts(linking, student, k) || reading_of(linking, result)->at == UINT16_MAX)
      continue;
    double taken = (double)result->taken_at_ms;
    if (model->looks_n == from)
      begins = taken;
    struct link_look look = {.student = (uint32_t)s};
    look_at(linking, result, &look);
    look.weeks = fmin((taken - begins) / MS_PER_WEEK, WEEKS_MOST);
    look.final_weeks = fmin(fmax(taken - fmax(final_begins, begins), 0) / MS_PER_WEEK, WEEKS_MOST);
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

/* ---------------------------------------------------------------- back to a catalogue */

/* A line in raw points by x: score = level + slope x. */
struct raw {
  double level, slope;
};

static struct raw raw_line(const struct linking *linking, size_t at) {
  const struct reading *reading = &linking->readings[at];
  const struct link_line *line = &linking->model.lines[reading->at];
  return (struct raw){reading->centre + reading->unit * line->level, reading->unit * line->slope};
}

static void answer_learned(struct linking *linking, size_t at, const struct raw *reference) {
  struct link_entry *entry = &linking->table->entries[at];
  struct link_answer *answer = &linking->report->answers[at];
  const struct reading *reading = &linking->readings[at];
  const struct link_line *line = &linking->model.lines[reading->at];
  struct raw own = raw_line(linking, at);
  double x = -reference->level / reference->slope; /* where the reference would show 0 */
  *answer = (struct link_answer){
      .state = LINK_LEARNED, .results = line->results, .students = line->students, .data_share = 1 - line->slope_prior_share};
  entry->slope = at == linking->reference ? 1 : own.slope / reference->slope;
  entry->offset = at == linking->reference ? 0 : own.level - entry->slope * reference->level;
  entry->error_sd = reading->unit * sqrt(line->error_var);
  if (at != linking->reference) {
    double variance = line->level_cov + 2 * x * line->cross_cov + x * x * line->slope_cov;
    answer->slope_se = reading->unit * sqrt(line->slope_cov) / reference->slope;
    answer->offset_se = reading->unit * sqrt(fmax(variance, 0));
  }
  snprintf(entry->source, sizeof entry->source, "linked from %.200s, %zu students, %zu results", linking->options->from,
           line->students, line->results);
  snprintf(entry->grade, sizeof entry->grade, "C");
}

/* Nobody took this and what leads to the reference: its own line, carried to the reference's scale by the reference's own. */
static void answer_rest(struct linking *linking, size_t at, const struct link_entry *reference) {
  struct link_entry *entry = &linking->table->entries[at];
  struct link_answer *answer = &linking->report->answers[at];
  bool known = linking->readings[at].known && linking->readings[linking->reference].known;
  answer->state = !linking->readings[at].seen ? LINK_ABSENT : known ? LINK_CATALOGUE : LINK_UNLINKED;
  if (known) {
    entry->slope /= reference->slope;
    entry->offset -= entry->slope * reference->offset;
  } else {
    entry->offset = entry->slope = entry->error_sd = NAN;
  }
}

static void answer_all(struct linking *linking) {
  const struct link_entry before = linking->table->entries[linking->reference];
  struct raw reference = raw_line(linking, linking->reference);
  for (size_t i = 0; i < linking->table->n; i++)
    if (linking->readings[i].at != UINT16_MAX)
      answer_learned(linking, i, &reference);
    else
      answer_rest(linking, i, &before);
  const struct link_model *model = &linking->model;
  linking->report->growth_per_week = reference.slope * model->growth[0];
  linking->report->rounds = model->rounds;
  linking->report->settled = model->rounds < UINT16_MAX && model->moved < 1e-3;
}

/* ---------------------------------------------------------------- outside */

static void read_params(struct linking *linking) {
  size_t len;
  const char *text = risk_params_builtin(params_set, &len);
  linking->item_proportion = fit_text_number(text, len, "item_proportion");
  linking->items_assumed = fit_text_number(text, len, "items_assumed");
  linking->untimed_epc = fit_text_number(text, len, "untimed_offset_epc");
  linking->untimed_sd = fit_text_number(text, len, "untimed_sd_epc");
  linking->tutor_epc = fit_text_number(text, len, "tutor_offset_epc");
  linking->tutor_sd = fit_text_number(text, len, "tutor_sd_epc");
  fit_text_word(text, len, "reference_makers", linking->reference_makers, sizeof linking->reference_makers);
}

static int prepare(struct linking *linking, char reason[LINK_REASON]) {
  const struct past *past = linking->options->past;
  linking->entry_of = calloc(past->instruments_n + 1, sizeof *linking->entry_of);
  linking->spare = calloc(past->results_n + 1, sizeof *linking->spare);
  linking->model.looks = calloc(past->results_n + 1, sizeof *linking->model.looks);
  if (!linking->entry_of || !linking->spare || !linking->model.looks)
    return E_NOMEM;
  int err = take_entries(linking);
  if (err)
    return err;
  linking->readings = calloc(linking->table->n + 1, sizeof *linking->readings);
  linking->report->answers = calloc(linking->table->n + 1, sizeof *linking->report->answers);
  linking->report->n = linking->table->n;
  if (!linking->readings || !linking->report->answers)
    return E_NOMEM;
  linking->reference = SIZE_MAX;
  for (size_t i = 0; i < linking->table->n; i++) {
    linking->readings[i].linked_to = (uint32_t)i;
    linking->readings[i].at = UINT16_MAX;
    if (strcmp(linking->table->entries[i].code, linking->options->reference) == 0)
      linking->reference = i;
  }
  find_shared(linking);
  if (linking->reference == SIZE_MAX || !linking->readings[linking->reference].seen) {
    snprintf(reason, LINK_REASON, "no result in %.80s is of the reference %.40s", linking->options->from,
             linking->options->reference);
    return E_INVALID;
  }
  return model_begin(linking);
}

int link_run(const struct link_options *options, struct link_report *ret, char reason[LINK_REASON]) {
  struct link_report report = {0};
  struct linking *linking = calloc(1, sizeof *linking);
  int err = E_NOMEM;
  reason[0] = '\0';
  if (!linking)
    return err;
  *linking = (struct linking){.options = options, .report = &report, .table = options->table};
  read_params(linking);
  err = prepare(linking, reason);
  if (!err) {
    for (size_t s = 0; s < options->past->students_n; s++)
      student_looks(linking, s);
    err = link_em(&linking->model, options->on_round, options->arg);
  }
  if (!err) {
    answer_all(linking);
    *ret = report;
  } else {
    link_report_done(&report);
  }
  free(linking->entry_of);
  free(linking->readings);
  free(linking->spare);
  free(linking->model.looks);
  free(linking->model.lines);
  free(linking->model.groups);
  free(linking);
  return err;
}

void link_report_done(struct link_report *report) {
  free(report->answers);
  *report = (struct link_report){0};
}
