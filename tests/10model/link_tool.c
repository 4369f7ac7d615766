/*
 * link_em() behind a pipe, for test_link_reference.py: one JSON object in, one out.
 *
 *   {"groups": [[level, level_sd, slope, slope_sd, error_sd, member_level_var, member_slope_var], ...],
 *    "lines": [[group, maker or -1], ...], "looks": [[student, instrument, weeks, [growth, ...], score], ...],
 *    "growth_sd": .., "growth_var": [..], "wander_var": .., "maker_var": ..}
 */
#include "study/link_em.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

static double at(const json_t *row, size_t i) {
  return json_number_value(json_array_get(row, i));
}

static void read_model(const json_t *in, struct link_model *model) {
  size_t i;
  json_t *row;
  json_array_foreach(json_object_get(in, "groups"), i, row) model->groups[i] = (struct link_group){.level = at(row, 0),
                                                                                                   .level_sd = at(row, 1),
                                                                                                   .slope = at(row, 2),
                                                                                                   .slope_sd = at(row, 3),
                                                                                                   .error_sd = at(row, 4),
                                                                                                   .member_level_var = at(row, 5),
                                                                                                   .member_slope_var = at(row, 6),
                                                                                                   .learned = true};
  json_array_foreach(json_object_get(in, "lines"), i, row) {
    const struct link_group *group = &model->groups[(size_t)at(row, 0)];
    model->lines[i] = (struct link_line){.group = (uint16_t)at(row, 0),
                                         .maker = at(row, 1) < 0 ? LINK_NO_MAKER : (uint16_t)at(row, 1),
                                         .level = group->level,
                                         .slope = group->slope,
                                         .error_var = group->error_sd * group->error_sd};
  }
  json_array_foreach(json_object_get(in, "looks"), i, row) {
    model->looks[i] = (struct link_look){.student = (uint32_t)at(row, 0),
                                         .instrument = (uint16_t)at(row, 1),
                                         .n = 1,
                                         .weeks = at(row, 2),
                                         .score = at(row, 4),
                                         .weight = 1};
    for (size_t c = 0; c < LINK_GROWTHS; c++)
      model->looks[i].growth[c] = at(json_array_get(row, 3), c);
  }
  model->growth_sd = json_number_value(json_object_get(in, "growth_sd"));
  model->wander_var = json_number_value(json_object_get(in, "wander_var"));
  model->maker_var = json_number_value(json_object_get(in, "maker_var"));
  for (size_t c = 0; c < LINK_GROWTHS; c++)
    model->growth_var[c] = at(json_object_get(in, "growth_var"), c);
}

static json_t *answer(const struct link_model *model) {
  json_t *lines = json_array(), *groups = json_array(), *growth = json_array(), *weights = json_array();
  for (size_t i = 0; i < model->lines_n; i++) {
    const struct link_line *line = &model->lines[i];
    json_array_append_new(lines, json_pack("[f,f,f]", line->level, line->slope, line->error_var));
  }
  for (size_t g = 0; g < model->groups_n; g++) {
    const struct link_group *group = &model->groups[g];
    json_array_append_new(groups, json_pack("[f,f,f,f,f]", group->mean_level, group->mean_slope, group->member_level_var,
                                            group->member_slope_var, group->error_sd));
  }
  for (size_t c = 0; c < LINK_GROWTHS; c++)
    json_array_append_new(growth, json_pack("[f,f,f]", model->growth[c], model->growth_var[c], model->growth_by_level[c]));
  for (size_t i = 0; i < model->looks_n; i++)
    json_array_append_new(weights, json_real(model->looks[i].weight));
  return json_pack("{s:o,s:o,s:o,s:o,s:f,s:f,s:i}", "lines", lines, "groups", groups, "growth", growth, "weights", weights,
                   "wander_var", model->wander_var, "maker_var", model->maker_var, "rounds", (int)model->rounds);
}

int main(void) {
  json_error_t fault;
  json_t *in = json_loadf(stdin, 0, &fault);
  if (!in)
    return 1;
  struct link_model model = {.looks_n = json_array_size(json_object_get(in, "looks")),
                             .lines_n = json_array_size(json_object_get(in, "lines")),
                             .groups_n = json_array_size(json_object_get(in, "groups"))};
  model.looks = calloc(model.looks_n, sizeof *model.looks);
  model.lines = calloc(model.lines_n, sizeof *model.lines);
  model.groups = calloc(model.groups_n, sizeof *model.groups);
  if (!model.looks || !model.lines || !model.groups)
    return 1;
  read_model(in, &model);
  int err = link_em(&model, NULL, NULL);
  if (!err) {
    json_t *out = answer(&model);
    err = json_dumpf(out, stdout, 0);
    json_decref(out);
  }
  json_decref(in);
  free(model.looks);
  free(model.lines);
  free(model.groups);
  return err ? 1 : 0;
}
