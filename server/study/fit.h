/*
 * Fitting: growth, noise, the cut and the rest that a parameter file says about a class, from past classes with outcomes.
 *
 * The result is the text of a parameter file: the one it started from with some values and their sources replaced, and at its head
 * what it was fitted on and what it is worth on students it has not seen.
 */
#ifndef SG_STUDY_FIT_H
#define SG_STUDY_FIT_H

#include "base/buf.h"
#include "study/metrics.h"
#include "study/past.h"

enum { FIT_REASON = 300, FIT_VALUES = 16, FIT_FOLDS = 5, FIT_FOLDS_MOST = 20 };

struct fit_options {
  const struct past *past;
  const uint32_t *students; /* indices to learn from; NULL: all */
  size_t students_n;
  const char *text; /* of the parameters to start from */
  size_t text_len;
  const char *instruments; /* instruments.csv that stands before the built-in catalogue, or NULL */
  size_t instruments_len;
  const char *from;    /* name of the data, for the head of the file; NULL: nothing is said */
  const char *version; /* of the new set; NULL: made from the day and the content */
  size_t folds; /* of the held-out check, 0 for none, at most FIT_FOLDS_MOST; without it nothing keeps a fit that does not help from
                   being used */
  size_t threads;                                             /* 0: one for each core */
  void (*progress)(void *arg, uint64_t done, uint64_t total); /* may be NULL */
  void *arg;
};

struct fit_value { /* one quantity that was fitted; for three tracks the first stands */
  const char *name;
  double before, after, se; /* in units of the parameter; se of the posterior, on that scale */
};

/* How P of students that nothing was learned from has to be bent: logistic(intercept + slope * logit P). */
struct fit_recalibration {
  size_t attempts, failed;                                     /* none: nothing is known, and the two below are 0 and 1 */
  double intercept, slope;                                     /* drawn to 0 and 1 by the two sds of the parameter file */
  double intercept_low, intercept_high, slope_low, slope_high; /* 80 % of the posterior */
  bool used; /* false: students held out once more gain nothing by it, and it is not written */
};

enum { FIT_FIRST = 0, FIT_REPEAT, FIT_KINDS };

struct fit_report {
  size_t students, attempts, failed, checks, printed;
  unsigned rounds;
  bool used; /* false: held out it did not help, and the values stayed what they were */
  /* Held out, over horizons 42, 28, 14 and 7; n is 0 without folds. after: fitted. recalibrated: of `after` or, where the fit is
   * not used, `before`; each student by what the others said. */
  struct metrics before, after, recalibrated;
  struct fit_recalibration recalibration[FIT_KINDS]; /* of first attempts, of repeats */
  struct fit_value values[FIT_VALUES];
  size_t values_n;
  char version[RISK_VERSION_CHARS];
};

/* E_INVALID and a sentence where the text is no parameter file, nobody has an outcome or the folds are too many; E_NOMEM.
 * `ret_text` is begun by the caller (buf_init) and ended by the caller, also after an error. */
int fit_parameters(const struct fit_options *options, struct buf *ret_text, struct fit_report *ret,
                   char reason[FIT_REASON]) MUSTCHECK;

#endif
