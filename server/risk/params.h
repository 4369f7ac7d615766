/*
 * Model parameters: every number the engine uses, from a versioned text (ini: `name = value ; [grade] source`), and the
 * instrument catalogue (instruments.csv). server/risk/params/ has the shipped sets: default-2.ini and strict-2.ini. Whenever a
 * number in one of them changes, its version does.
 *
 * Parsed from memory, so that the same code serves a file, a row of ops.parameter_set, and a test.
 */
#ifndef SG_RISK_PARAMS_H
#define SG_RISK_PARAMS_H

#include "risk/risk.h"

struct risk_params_fault {
  unsigned line;
  char key[64];
  char reason[160];
};

/* Allocates. `instruments`, or NULL, is the text of a school's own instruments.csv; the built-in catalogue stands behind it
 * for every code that it does not name. NULL and *ret_fault when a name is unknown, missing, twice,
 * or out of its range (each name's unit and range are in the table of params.c). */
struct risk_params *risk_params_parse(const char *text, size_t len, const char *instruments, size_t instruments_len,
                                      struct risk_params_fault *ret_fault) MUSTCHECK;
/* Versions of the shipped sets: what a school starts with, and the stricter reading of the cut. */
#define RISK_PARAMS_DEFAULT "default-2"
#define RISK_PARAMS_STRICT  "strict-2"

/* Slopes and offsets of instruments.csv outside these are a slip: they would carry a score out of double precision's useful range.
 * A scale from 0 to 1 on readiness from 0 to 5000 has a slope of 2e-4. */
#define RISK_SLOPE_LEAST 1e-6
#define RISK_LINE_MOST   1e6

/* Text of a shipped set; NULL for any other name. */
const char *risk_params_builtin(const char *name, size_t *ret_len);
void risk_params_free(struct risk_params *params);
const char *risk_params_version(const struct risk_params *params);
/* For result_check(): whether the catalogue has the code. `params` is a struct risk_params *. */
bool risk_params_knows(void *params, const char *instrument);

/* score = offset + slope * readiness, in points of the instrument's own scale. */
struct risk_line {
  double offset, slope;
};
/* false: there is no such instrument, or nobody has linked it. */
bool risk_params_line(const struct risk_params *params, const char *instrument, struct risk_line *ret);

/* One result alone: the readiness it speaks of, and its error, both in EPC, before anything other results could add. */
struct risk_reading {
  double epc, sd_epc;
  bool check; /* a readiness check, taken with the clock running and not declared a repeat */
};
/* false: its instrument or scale cannot be read. */
bool risk_params_read(const struct risk_params *params, const struct result *result, struct risk_reading *ret);

/* What a chart draws beside the estimate: readiness at which P is one half, EPC, and the school's two bounds of P. */
struct risk_lines {
  double cut_epc, floor, ceiling;
};
struct risk_lines risk_params_lines(const struct risk_params *params);

/* logistic(intercept + slope * logit p), rising in p for a slope above 0; intercept 0 and slope 1 give p, bit for bit. */
double risk_recalibrated(double p, double intercept, double slope);

/* The curve that schools use today: P(pass) after one CBSSA of this week when nothing else is known. */
double risk_params_curve(const struct risk_params *params, double epc);

#endif
