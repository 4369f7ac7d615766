/* What the files of a fit share: fit_search.c finds values, fit_held.c holds them against students they have not seen, fit.c
 * writes. */
#ifndef SG_STUDY_FIT_WORK_H
#define SG_STUDY_FIT_WORK_H

#include "base/buf.h"
#include "study/fit.h"
#include "study/fit_cases.h"

enum { FIT_TRACKS = 3, FIT_VALUE_CHARS = 32, FIT_NAME_CHARS = 64, FIT_TEXT_BYTES = 1024 * 1024 };

struct fit_point {
  double at[FIT_VALUES]; /* distance from the start, on each quantity's scale */
};

struct fit_recal { /* one for first attempts, one for repeats */
  double intercept, slope;
};

struct fit {
  const struct fit_options *options;
  struct fit_cases cases;
  bool *in; /* of each case: learned from */
  struct fit_look *base, *moved[FIT_VALUES];
  struct risk_params_fault fault;
  uint64_t done, total;
};

/* 0 or E_NOMEM; fit_work_end() in either case. */
int fit_work_begin(struct fit *fit) MUSTCHECK;
void fit_work_end(struct fit *fit);

/* ---------------------------------------------------------------- fit_search.c */

extern const size_t fit_quantities_n;
const char *fit_quantity_name(size_t q);
/* A value of the parameter file (of one of three tracks, where it differs by track), moved on the quantity's scale. */
double fit_value_at(const struct fit *fit, size_t q, size_t track, double moved);
/* How much the value moves for one unit on the quantity's scale. */
double fit_value_per(size_t q, double value);

/* The start with the values of a point. `recal`: both, or NULL for what the start has; `source`: the comment behind each value that
 * differs; version and source may be NULL. */
void fit_text_at(const struct fit *fit, const struct fit_point *point, const struct fit_recal *recal, const char *version,
                 const char *source, struct buf *out);
/* What the engine says at every case with the values of a point, before recalibration. E_INVALID and fit->fault, E_NOMEM. */
int fit_look_at(struct fit *fit, const struct fit_point *point, struct fit_look *ret) MUSTCHECK;
/* From *point to the optimum over the cases that are in; their looks there are in fit->base. `ret_sd`, or NULL: of the posterior.
 */
int fit_search(struct fit *fit, struct fit_point *point, unsigned *ret_rounds, double ret_sd[FIT_VALUES]) MUSTCHECK;

/* ---------------------------------------------------------------- fit_held.c */

/* Parts the students, decides whether the point is used and whether P is recalibrated, and fills in the held-out figures and the
 * recalibration of the report. `ret_recal`: both, to be written. */
int fit_hold_out(struct fit *fit, const struct fit_point *start, struct fit_report *report,
                 struct fit_recal ret_recal[2]) MUSTCHECK;

#endif
