/*
 * Parameter sets by their number in ops.parameter_set, and zones by name. Both are few (one set or two a school) and never
 * change once made: a new fit is a new row with a new number. So lists that only grow are enough, and nobody ever sees a
 * set half replaced.
 */
#include "db/model.h"

#include "base/err.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETS_MAX = 1024, ZONES_MAX = 64 }; /* a thousand schools with a fit of their own; all zones that schools have */
enum { PARAMETERS_ID, PARAMETERS_VERSION, PARAMETERS_BODY, PARAMETERS_INSTRUMENTS }; /* columns of api.parameters */

struct model_zone {
  char *name;
  struct zone *zone;
};

struct model {
  struct model_set *sets[SETS_MAX];
  size_t sets_n;
  struct model_zone zones[ZONES_MAX];
  size_t zones_n;
};

struct model *model_new(void) {
  return calloc(1, sizeof(struct model));
}

void model_free(struct model *model) {
  if (model == NULL)
    return;
  for (size_t i = 0; i < model->sets_n; i++) {
    risk_params_free(model->sets[i]->params);
    free(model->sets[i]);
  }
  for (size_t i = 0; i < model->zones_n; i++) {
    zone_free(model->zones[i].zone);
    free(model->zones[i].name);
  }
  free(model);
}

/* ---- sets ---- */

size_t model_sets(const struct model *model) {
  return model->sets_n;
}

const struct model_set *model_set_at(const struct model *model, size_t i) {
  return model->sets[i];
}

const struct model_set *model_set(const struct model *model, int32_t id) {
  for (size_t i = 0; i < model->sets_n; i++) {
    if (model->sets[i]->id == id)
      return model->sets[i];
  }
  return NULL;
}

static int model_add(struct model *model, const PGresult *res, int row) {
  const char *body = cell_text(res, row, PARAMETERS_BODY);
  const char *instruments = cell_null(res, row, PARAMETERS_INSTRUMENTS) ? "" : cell_text(res, row, PARAMETERS_INSTRUMENTS);
  if (model->sets_n == SETS_MAX)
    return E_LIMIT;
  struct model_set *set = calloc(1, sizeof *set);
  if (set == NULL)
    return E_NOMEM;
  set->id = cell_i32(res, row, PARAMETERS_ID);
  set->params = risk_params_parse(body, strlen(body), *instruments == '\0' ? NULL : instruments, strlen(instruments), &set->fault);
  model->sets[model->sets_n++] = set;
  return E_OK;
}

int model_take_sets(struct model *model, const PGresult *res) {
  int err = E_OK;
  for (int row = 0; row < cell_rows(res) && err == E_OK; row++) {
    if (model_set(model, cell_i32(res, row, PARAMETERS_ID)) == NULL)
      err = model_add(model, res, row);
  }
  return err;
}

bool model_knows_instrument(void *arg, const char *code) {
  const struct model *model = arg;
  if (model->sets_n == 0)
    return catalogue_instrument(code) != NULL;
  for (size_t i = 0; i < model->sets_n; i++) {
    if (model->sets[i]->params != NULL && risk_params_knows(model->sets[i]->params, code))
      return true;
  }
  return false;
}

/* ---- zones ---- */

static const struct zone *model_zone(struct model *model, const char *name) {
  for (size_t i = 0; i < model->zones_n; i++) {
    if (strcmp(model->zones[i].name, name) == 0)
      return model->zones[i].zone;
  }
  struct model_zone entry = {.name = model->zones_n == ZONES_MAX ? NULL : strdup(name)};
  entry.zone = entry.name == NULL ? NULL : zone_load(name);
  if (entry.zone == NULL) {
    free(entry.name);
    return NULL;
  }
  model->zones[model->zones_n++] = entry;
  return entry.zone;
}

/* ---- one student ---- */

static int assess(const struct risk_params *params, const struct risk_input *input, struct arena *arena,
                  struct risk_assessment **ret, char reason[MODEL_REASON]) {
  struct risk_assessment *assessment = arena_zalloc(arena, 1, sizeof *assessment);
  struct risk_reason *reasons = arena_zalloc(arena, input->n + RISK_REASONS_EXTRA, sizeof *reasons);
  void *scratch = arena_alloc(arena, risk_scratch_bytes(input->n));
  if (assessment == NULL || reasons == NULL || scratch == NULL) {
    snprintf(reason, MODEL_REASON, "%s", err_text(E_NOMEM));
    return E_NOMEM;
  }
  if (risk_assess(params, input, scratch, reasons, assessment) != RISK_OK) {
    snprintf(reason, MODEL_REASON, "%zu results are more than an estimate is made of (%d)", input->n, RISK_MAX_RESULTS);
    return E_DATA;
  }
  *ret = assessment;
  return E_OK;
}

int model_assess(struct model *model, struct student_state *state, int64_t as_of_ms, struct arena *arena,
                 struct risk_assessment **ret, char reason[MODEL_REASON]) {
  const struct model_set *set = model_set(model, state->parameters_id);
  const struct zone *zone = model_zone(model, state->zone);
  if (set == NULL) {
    snprintf(reason, MODEL_REASON, "the school's parameter set %" PRId32 " is not there", state->parameters_id);
    return E_AWAY;
  }
  if (set->params == NULL) {
    snprintf(reason, MODEL_REASON, "the school's parameter set %" PRId32 " cannot be used: line %u, %s: %s", set->id,
             set->fault.line, set->fault.key, set->fault.reason);
    return E_DATA;
  }
  if (zone == NULL) {
    snprintf(reason, MODEL_REASON, "there is no time zone \"%s\" on this machine", state->zone);
    return E_DATA;
  }
  state->input.as_of_ms = as_of_ms;
  state->input.as_of_day = zone_day(zone, as_of_ms);
  state->input.zone_offset_s = zone_offset_s(zone, as_of_ms);
  return assess(set->params, &state->input, arena, ret, reason);
}
