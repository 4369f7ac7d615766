/*
 * What the estimate would have said: every attempt of a past class at every horizon, each from what was known then.
 *
 * Predictions stand by attempt (order of past->attempts) and, inside one, by horizon: ret[attempt * horizons_n + horizon].
 */
#ifndef SG_STUDY_BACKTEST_H
#define SG_STUDY_BACKTEST_H

#include "base/buf.h"
#include "risk/params.h"
#include "study/past.h"
#include "study/rival.h"

enum { BACKTEST_HORIZONS = 16, BACKTEST_HORIZON_DAYS = 3650, BACKTEST_THREADS = 64 };

struct prediction {
  double readiness_mean, readiness_sd, exam_mean, exam_sd; /* EPC */
  double p, p_low, p_high;
  struct rival rival;
  double trained_p; /* of the regression; NaN where none was trained */
  double check_z;   /* last check of the exam's week, taken later: its distance from exam_mean in sds of both; NaN for none */
  uint64_t flags;   /* bit i: risk_rule_at(i) */
  uint32_t n_results;
  uint8_t state;
};

struct backtest_options {
  const int32_t *horizons; /* days before the exam, 0 or more */
  size_t horizons_n;
  /* Parameters of a student: params[fold[student]]; fold NULL: params[0] for all. */
  const struct risk_params *const *params;
  const uint8_t *fold;
  const struct rival_scale *scale;                            /* how the simpler ways read scores */
  float (*features)[RIVAL_FEATURES];                          /* as many as predictions, filled in; NULL: not wanted */
  size_t threads;                                             /* 0: one for each core */
  void (*progress)(void *arg, uint64_t done, uint64_t total); /* students; called by the calling thread only */
  void *arg;
};

/* `ret` has room for past->attempts_n * horizons_n. E_NOMEM, E_LIMIT (a student with more results than can be assessed). */
int backtest_run(const struct past *past, const struct backtest_options *options, struct prediction *ret) MUSTCHECK;

/* predictions.csv: its head, and the rows of a class or of a part of one. With `scale`, means and sds are given on that
 * instrument's own scale. */
void backtest_write_head(struct buf *out);
void backtest_write(struct buf *out, const struct past *past, const struct backtest_options *options,
                    const struct prediction *predictions, const struct risk_line *scale);

#endif
