/*
 * The instrument catalogue as the engine uses it: from the text of a school's instruments.csv,
 * and from the built-in tables for the codes that it does not name.
 *
 * A catalogue says score = offset + slope * readiness + error, in the units of the instrument's own scale. Here the error
 * becomes a variance in EPC once, so that nothing is divided per result but the score itself. What a catalogue leaves
 * empty is unknown: then the line of the scale stands in, with the wide error of an unlinked instrument; an instrument on a
 * scale of its own that nobody has linked cannot be used at all, and its results are left out of the estimate.
 *
 * Codes are found through a small open hash, because every result of every student asks.
 */
#include "risk/model.h"

#include "proto/catalogue.h"
#include "proto/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FAR_READINESS 200.0

static uint32_t hash_of(const char *code) { /* FNV-1a */
  uint32_t hash = 2166136261u;
  for (; *code != '\0'; code++)
    hash = (hash ^ (unsigned char)*code) * 16777619u;
  return hash ^ hash >> 15;
}

const struct known_instrument *params_instrument(const struct risk_params *params, const char *code) {
  for (uint32_t at = hash_of(code);; at++) {
    uint8_t slot = params->hash[at % MODEL_HASH];
    if (slot == 0)
      return NULL;
    if (strcmp(params->instruments[slot - 1].code, code) == 0)
      return &params->instruments[slot - 1];
  }
}

static int refuse(struct risk_params_fault *ret_fault, unsigned line, const char *key, const char *reason) {
  ret_fault->line = line;
  snprintf(ret_fault->key, sizeof ret_fault->key, "%s", key);
  snprintf(ret_fault->reason, sizeof ret_fault->reason, "%s", reason);
  return -1;
}

/* MODEL_NO_MAKER where the scale is the reference (no lasting offset), or when there is no room for one more maker: then
 * the offset is taken as part of the error, which forgets that it lasts but keeps its size. */
static uint8_t maker_index(struct risk_params *params, const char *maker, double *ret_variance) {
  *ret_variance = 0;
  if (params_list_has(params->reference_makers, maker))
    return MODEL_NO_MAKER;
  for (uint8_t i = 0; i < params->makers_n; i++)
    if (strcasecmp(params->makers[i], maker) == 0)
      return i;
  if (params->makers_n == RISK_MAX_MAKERS || strlen(maker) >= sizeof params->makers[0]) {
    *ret_variance = params->maker_offset_sd_epc * params->maker_offset_sd_epc;
    return MODEL_NO_MAKER;
  }
  memcpy(params->makers[params->makers_n], maker, strlen(maker) + 1);
  return (uint8_t)params->makers_n++;
}

/* Offset, slope and variance in EPC, or what stands in for the unknown ones. */
static int set_line(const struct risk_params *params, const struct instrument *from, struct known_instrument *ret) {
  const struct scale_line *scale = &params->scales[from->scale];
  bool linked = isfinite(from->offset) && isfinite(from->slope) && isfinite(from->error_sd);
  ret->usable = linked || scale->per_epc > 0;
  if (!ret->usable)
    return 0;
  ret->slope = isfinite(from->slope) ? from->slope : scale->per_epc;
  if (!(ret->slope >= RISK_SLOPE_LEAST && ret->slope <= RISK_LINE_MOST))
    return -1;
  ret->offset = isfinite(from->offset) ? from->offset : scale->at_cut - ret->slope * params->cut_epc;
  if (!(fabs(ret->offset) <= RISK_LINE_MOST))
    return -1;
  double sd = isfinite(from->error_sd) ? from->error_sd / ret->slope : params->unlinked_sd_epc;
  if (!(sd >= 0 && sd <= RISK_LINE_MOST))
    return -1;
  if (!linked)
    sd = hypot(sd, params->unlinked_sd_epc);
  ret->variance = fmax(sd * sd, params->least_error_sd_epc * params->least_error_sd_epc);
  ret->familiarity = isfinite(from->familiarity) ? from->familiarity / ret->slope : params->familiarity_epc;
  return ret->familiarity >= 0 && ret->familiarity <= FAR_READINESS ? 0 : -1;
}

static int add(struct risk_params *params, const struct instrument *from, unsigned line, struct risk_params_fault *ret_fault) {
  if (params->instruments_n == RISK_MAX_INSTRUMENTS)
    return refuse(ret_fault, line, from->code, "is one instrument too many (128 at most)");
  size_t len = strlen(from->code);
  if (len == 0 || len > LIMIT_INSTRUMENT_CHARS)
    return refuse(ret_fault, line, from->code, "must have a code of 1 to 32 characters");
  if (params_instrument(params, from->code) != NULL)
    return refuse(ret_fault, line, from->code, "is there twice");
  struct known_instrument *known = &params->instruments[params->instruments_n];
  double offset_variance = 0;
  uint8_t maker = maker_index(params, from->maker, &offset_variance);
  *known = (struct known_instrument){.scale = from->scale, .maker = maker, .items = from->items};
  memcpy(known->code, from->code, len + 1);
  known->check = params_list_has(params->readiness_checks, from->code);
  if (set_line(params, from, known) != 0)
    return refuse(ret_fault, line, from->code, "has an offset, slope, error_sd or familiarity that cannot be");
  known->variance += offset_variance;
  uint32_t at = hash_of(from->code);
  while (params->hash[at % MODEL_HASH] != 0)
    at++;
  params->hash[at % MODEL_HASH] = (uint8_t)(++params->instruments_n);
  return 0;
}

void params_instruments_builtin(struct risk_params *params) {
  struct risk_params_fault unused;
  for (size_t i = 0; i < catalogue_instruments_n; i++)
    if (params_instrument(params, catalogue_instruments[i].code) == NULL)
      (void)add(params, &catalogue_instruments[i], 0, &unused); /* fails only where a school's own file fills the table */
}

bool risk_params_line(const struct risk_params *params, const char *instrument, struct risk_line *ret) {
  const struct known_instrument *known = params_instrument(params, instrument);
  if (known == NULL || !known->usable)
    return false;
  *ret = (struct risk_line){.offset = known->offset, .slope = known->slope};
  return true;
}

double risk_params_curve(const struct risk_params *params, double epc) {
  double error_sd = catalogue_instrument("cbssa")->error_sd; /* the published one, whatever a school has learned */
  return normal_cdf((epc - params->cut_epc) / hypot(error_sd, params->exam_sd_epc));
}

/* ---------------------------------------------------------------- instruments.csv */

enum { CODE, MAKER, SCALE, ITEMS, OFFSET, SLOPE, ERROR_SD, FAMILIARITY, COLUMNS };

static const struct csv_column columns[COLUMNS] = {
    [CODE] = {"code", "instrument", true},  [MAKER] = {"maker", NULL, true},
    [SCALE] = {"scale", NULL, true},        [ITEMS] = {"items", NULL, false},
    [OFFSET] = {"offset", NULL, false},     [SLOPE] = {"slope", NULL, false},
    [ERROR_SD] = {"error_sd", "sd", false}, [FAMILIARITY] = {"familiarity", NULL, false},
};

struct load {
  struct risk_params *params;
  struct risk_params_fault *ret_fault;
  int result;
};

/* An empty or absent cell is unknown: NaN. */
static int number(const char *cell, double *ret) {
  *ret = NAN;
  if (cell == NULL || cell[0] == '\0')
    return 0;
  char *end = NULL;
  double value = strtod(cell, &end);
  if (*end != '\0' || !isfinite(value))
    return -1;
  *ret = value;
  return 0;
}

static void load_row(void *arg, uint64_t line, const char *const *fields) {
  struct load *load = arg;
  if (load->result != 0)
    return; /* the first fault is the one told */
  const struct scale_info *scale = catalogue_scale_named(fields[SCALE]);
  double items = NAN;
  struct instrument from = {.code = fields[CODE], .maker = fields[MAKER], .scale = scale != NULL ? scale->scale : SCALE_OWN};
  if (number(fields[ITEMS], &items) != 0 || number(fields[OFFSET], &from.offset) != 0 || number(fields[SLOPE], &from.slope) != 0 ||
      number(fields[ERROR_SD], &from.error_sd) != 0 || number(fields[FAMILIARITY], &from.familiarity) != 0 ||
      (!isnan(items) && !(items >= 0 && items <= LIMIT_ITEMS))) {
    load->result = refuse(load->ret_fault, (unsigned)line, fields[CODE], "has a cell that is not a number in range");
    return;
  }
  from.items = isnan(items) ? 0 : (uint16_t)items;
  load->result = add(load->params, &from, (unsigned)line, load->ret_fault);
}

static void load_finding(void *arg, const struct csv_finding *finding) {
  struct load *load = arg;
  if (load->result != 0 || finding->warning)
    return;
  load->result = refuse(load->ret_fault, (unsigned)finding->line, finding->column != NULL ? finding->column : "", finding->reason);
}

int params_instruments_load(struct risk_params *params, const char *text, size_t len, struct risk_params_fault *ret_fault) {
  struct load load = {.params = params, .ret_fault = ret_fault};
  const struct csv_handler handler = {.row = load_row, .finding = load_finding, .arg = &load};
  struct csv_reader *reader = csv_reader_new(columns, COLUMNS, &handler);
  if (reader == NULL)
    return refuse(ret_fault, 0, "", "out of memory");
  if ((csv_feed(reader, text, len) != 0 || csv_finish(reader) != 0) && load.result == 0)
    load.result = refuse(ret_fault, 0, "", "the instrument file cannot be read");
  csv_reader_free(reader);
  if (load.result == 0 && params->instruments_n == 0)
    load.result = refuse(ret_fault, 0, "", "the instrument file has no instrument");
  return load.result;
}
