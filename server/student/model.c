/*
 * Parameter sets by their number in ops.parameter_set, and zones by name. Both are few (one set or two a school) and never
 * change once made: a new fit is a new row with a new number. So a list that only grows is enough, and a reader never sees
 * a set half replaced.
 */
#include "student/model.h"

#include "base/err.h"
#include "base/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum { PARAMETERS_ID, PARAMETERS_VERSION, PARAMETERS_BODY, PARAMETERS_INSTRUMENTS }; /* columns of api.parameters */
enum { ARGS_SMALL = 64 };

struct params_entry {
  SLIST_ENTRY(params_entry) link;
  int32_t id;
  struct risk_params *params;
};

struct zone_entry {
  SLIST_ENTRY(zone_entry) link;
  char *name;
  struct zone *zone;
};

struct model {
  struct pool *pool;
  SLIST_HEAD(, params_entry) params;
  SLIST_HEAD(, zone_entry) zones;
  bool asking;
};

struct model *model_new(struct pool *pool) {
  struct model *model = calloc(1, sizeof *model);
  if (model == NULL)
    return NULL;
  model->pool = pool;
  SLIST_INIT(&model->params);
  SLIST_INIT(&model->zones);
  return model;
}

void model_free(struct model *model) {
  if (model == NULL)
    return;
  while (!SLIST_EMPTY(&model->params)) {
    struct params_entry *entry = SLIST_FIRST(&model->params);
    SLIST_REMOVE_HEAD(&model->params, link);
    risk_params_free(entry->params);
    free(entry);
  }
  while (!SLIST_EMPTY(&model->zones)) {
    struct zone_entry *entry = SLIST_FIRST(&model->zones);
    SLIST_REMOVE_HEAD(&model->zones, link);
    zone_free(entry->zone);
    free(entry->name);
    free(entry);
  }
  free(model);
}

static struct params_entry *model_find(const struct model *model, int32_t id) {
  struct params_entry *entry;
  SLIST_FOREACH(entry, &model->params, link) {
    if (entry->id == id)
      return entry;
  }
  return NULL;
}

static void model_add(struct model *model, const PGresult *res, int row) {
  int32_t id = cell_i32(res, row, PARAMETERS_ID);
  if (model_find(model, id) != NULL)
    return;
  const char *body = cell_text(res, row, PARAMETERS_BODY);
  const char *instruments = cell_null(res, row, PARAMETERS_INSTRUMENTS) ? NULL : cell_text(res, row, PARAMETERS_INSTRUMENTS);
  struct risk_params_fault fault;
  struct params_entry *entry = calloc(1, sizeof *entry);
  if (entry == NULL)
    return;
  entry->id = id;
  entry->params = risk_params_parse(body, strlen(body), instruments, instruments == NULL ? 0 : strlen(instruments), &fault);
  if (entry->params == NULL) {
    log_event(LOG_ERROR, NULL, "parameters_unusable", "id=%" PRId32 " line=%u key=%s reason=%s", id, fault.line, log_value(fault.key),
              log_value(fault.reason));
    free(entry);
    return;
  }
  SLIST_INSERT_HEAD(&model->params, entry, link);
  log_event(LOG_INFO, NULL, "parameters_loaded", "id=%" PRId32 " version=%s", id, log_value(risk_params_version(entry->params)));
}

static void model_refreshed(void *arg, int err, const PGresult *res) {
  struct model *model = arg;
  model->asking = false;
  if (err < 0) {
    log_event(LOG_WARN, NULL, "parameters_not_loaded", "err=%s", err_name(err));
    return;
  }
  for (int row = 0; row < cell_rows(res); row++)
    model_add(model, res, row);
}

void model_refresh(struct model *model) {
  struct args args;
  if (model->asking)
    return;
  args_init(&args, ARGS_SMALL);
  model->asking = pool_call(model->pool, STMT_PARAMETERS, &args, model_refreshed, model) == E_OK;
}

const struct risk_params *model_params(struct model *model, int32_t parameters_id) {
  const struct params_entry *entry = model_find(model, parameters_id);
  if (entry != NULL)
    return entry->params;
  model_refresh(model);
  return NULL;
}

const struct zone *model_zone(struct model *model, const char *name) {
  struct zone_entry *entry;
  SLIST_FOREACH(entry, &model->zones, link) {
    if (strcmp(entry->name, name) == 0)
      return entry->zone;
  }
  entry = calloc(1, sizeof *entry);
  if (entry == NULL)
    return NULL;
  entry->name = strdup(name);
  entry->zone = entry->name == NULL ? NULL : zone_load(name);
  if (entry->zone == NULL) {
    free(entry->name);
    free(entry);
    return NULL;
  }
  SLIST_INSERT_HEAD(&model->zones, entry, link);
  return entry->zone;
}

bool model_knows_instrument(void *arg, const char *code) {
  struct model *model = arg;
  struct params_entry *entry;
  if (SLIST_EMPTY(&model->params))
    return catalogue_instrument(code) != NULL;
  SLIST_FOREACH(entry, &model->params, link) {
    if (risk_params_knows(entry->params, code))
      return true;
  }
  return false;
}
