/*
 * From a past class to the numbers link_em.c works with, and back to a catalogue.
 *
 *   link_scale.c   which results count, and how their scores become comparable
 *   link_prior.c   what is expected of each instrument before any score is seen
 *   link_look.c    what a student's results say, merged to a few looks
 *   link_em.c      lines, growth and errors, by penalised likelihood; link_student.c one student's part of it
 *
 * An instrument that no chain of shared students joins with the reference cannot be put on its scale by these results, and
 * stays as the catalogue has it, or without a line.
 */
#include "study/link_build.h"

#include "base/err.h"
#include "risk/params.h"
#include "study/fit_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- the model */

static int take_entries(struct linking *linking) {
  const struct past *past = linking->options->past;
  for (size_t i = 0; i < past->instruments_n; i++) {
    enum scale scale = SCALE_OWN;
    for (size_t k = 0; k < past->results_n; k++)
      if (past->results[k].instrument == i) {
        scale = (enum scale)past->results[k].scale;
        break;
      }
    int err = link_table_take(linking->table, past->instruments[i], scale, &linking->entry_of[i]);
    if (err)
      return err;
  }
  return E_OK;
}

static int model_begin(struct linking *linking) {
  struct link_model *model = &linking->model;
  struct link_reading *readings = linking->readings;
  size_t n = linking->table->n, reference = link_scale_root(readings, linking->reference);
  bool any_known = false;
  model->lines = calloc(n, sizeof *model->lines);
  model->groups = calloc(n + 1, sizeof *model->groups);
  if (!model->lines || !model->groups)
    return E_NOMEM;
  for (size_t i = 0; i < n; i++) {
    const struct link_entry *entry = &linking->table->entries[i];
    readings[i].known = isfinite(entry->offset) && isfinite(entry->slope) && isfinite(entry->error_sd);
    any_known = any_known || (readings[i].known && readings[i].seen && link_scale_root(readings, i) == reference);
  }
  link_prior_begin(model);
  for (size_t i = 0; i < n; i++)
    if (readings[i].seen && link_scale_root(readings, i) == reference) {
      link_scale_read(linking, i, any_known);
      link_prior_line(linking, i);
    }
  return E_OK;
}

/* ---------------------------------------------------------------- back to a catalogue */

/* A line in raw points by x: score = level + slope x. */
struct raw {
  double level, slope;
};

static struct raw raw_line(const struct linking *linking, size_t at) {
  const struct link_reading *reading = &linking->readings[at];
  const struct link_line *line = &linking->model.lines[reading->at];
  return (struct raw){reading->centre + reading->unit * line->level, reading->unit * line->slope};
}

static void answer_learned(struct linking *linking, size_t at, const struct raw *reference) {
  struct link_entry *entry = &linking->table->entries[at];
  struct link_answer *answer = &linking->report->answers[at];
  const struct link_reading *reading = &linking->readings[at];
  const struct link_line *line = &linking->model.lines[reading->at];
  struct raw own = raw_line(linking, at);
  double x = -reference->level / reference->slope; /* where the reference would show 0 */
  *answer = (struct link_answer){.state = LINK_LEARNED,
                                 .results = line->results,
                                 .students = line->students,
                                 .data_share = fmax(1 - line->slope_prior_share, 0)};
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

static double parameter(const struct linking *linking, const char *name) {
  return fit_text_number(linking->params, linking->params_len, name);
}

static void read_params(struct linking *linking) {
  linking->params = risk_params_builtin(RISK_PARAMS_DEFAULT, &linking->params_len);
  linking->dedicated_days = parameter(linking, "dedicated_default_days");
  linking->item_proportion = parameter(linking, "item_proportion");
  linking->items_assumed = parameter(linking, "items_assumed");
  linking->untimed_epc = parameter(linking, "untimed_offset_epc");
  linking->untimed_sd = parameter(linking, "untimed_sd_epc");
  linking->tutor_epc = parameter(linking, "tutor_offset_epc");
  linking->tutor_sd = parameter(linking, "tutor_sd_epc");
  fit_text_word(linking->params, linking->params_len, "reference_makers", linking->reference_makers,
                sizeof linking->reference_makers);
}

static int prepare(struct linking *linking, char reason[LINK_REASON]) {
  const struct past *past = linking->options->past;
  linking->entry_of = calloc(past->instruments_n + 1, sizeof *linking->entry_of);
  linking->spare = calloc(past->results_n + 1, sizeof *linking->spare);
  linking->counted = calloc(past->results_n + 1, sizeof *linking->counted);
  linking->model.looks = calloc(past->results_n + 1, sizeof *linking->model.looks);
  if (!linking->entry_of || !linking->spare || !linking->counted || !linking->model.looks)
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
  link_scale_mark(linking);
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
      link_look_take(linking, s);
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
  free(linking->counted);
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
