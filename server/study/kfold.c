/*
 * K-fold fitting. A fold is every Kth student in order of their ids: the same students whatever the order of the files, every
 * attempt of one student in the same fold, and classes numbered by year spread over all of them. Drawing the folds at random would
 * make two runs differ; taking whole classes as folds answers another question, for which a directory a class and --fit do.
 *
 * Inside a fold the fit is the whole of it, with its own held-out check and recalibration: what is measured here is what a school
 * would have got that had only the other students, and not what the fit could have done with hindsight.
 */
#include "study/kfold.h"

#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_BYTES = 4 * 1024 * 1024 };

static int fold_params(const struct fit_options *fit, struct kfold *kfold, size_t fold, uint32_t *others, char reason[FIT_REASON]) {
  struct fit_options options = *fit;
  struct fit_report report = {0};
  struct risk_params_fault fault;
  struct buf text;
  options.students = others;
  options.students_n = 0;
  for (uint32_t i = 0; i < fit->past->students_n; i++)
    if (kfold->fold[i] != fold)
      others[options.students_n++] = i;
  buf_init(&text, TEXT_BYTES);
  int err = fit_parameters(&options, &text, &report, reason);
  if (!err) {
    kfold->params[fold] = risk_params_parse((const char *)text.data, text.len, fit->instruments, fit->instruments_len, &fault);
    if (!kfold->params[fold]) {
      snprintf(reason, FIT_REASON, "line %u of what was fitted: %s: %s", fault.line, fault.key, fault.reason);
      err = E_INVALID;
    }
  }
  kfold->used += report.used;
  buf_done(&text);
  return err;
}

int kfold_fit(const struct fit_options *fit, size_t folds, struct kfold *ret, char reason[FIT_REASON]) {
  size_t n = fit->past->students_n;
  uint32_t *others = malloc((n + 1) * sizeof *others);
  *ret = (struct kfold){.folds = folds, .fold = malloc(n + 1)};
  int err = others && ret->fold ? 0 : E_NOMEM;
  for (size_t i = 0; !err && i < n; i++)
    ret->fold[i] = (uint8_t)(i % folds);
  for (size_t fold = 0; !err && fold < folds; fold++)
    err = fold_params(fit, ret, fold, others, reason);
  free(others);
  if (err)
    kfold_done(ret);
  return err;
}

void kfold_done(struct kfold *kfold) {
  for (size_t i = 0; i < kfold->folds; i++)
    risk_params_free(kfold->params[i]);
  free(kfold->fold);
  *kfold = (struct kfold){.folds = 0};
}
