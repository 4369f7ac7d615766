/* What backtest, fit and link share: a directory of a past class, read and checked, and the parameters to read it with. */
#ifndef SG_CTL_STUDY_H
#define SG_CTL_STUDY_H

#include "ctl/ctl.h"

#include "risk/params.h"
#include "study/past_parts.h"

struct study_options {
  const char *data;        /* directory */
  const char *fit;         /* parameter file, or NULL: the shipped one */
  const char *instruments; /* catalogue, or NULL: that of the directory where it has one */
  const char *zone;        /* of the school, or NULL: UTC */
};

struct study {
  struct ctl *ctl;
  char *body, *catalogue; /* texts of the parameters; catalogue NULL where only the built-in one is used */
  size_t body_len, catalogue_len;
  struct risk_params *params;
  struct risk_params *published; /* the shipped set with the same catalogue */
  struct zone *zone;
  struct past *past; /* NULL unless the class was read as a whole */
  uint64_t refused;  /* rows left out */
  json_t *findings;
  struct progress progress;
  uint64_t shown;
};

/* EXIT_DONE, or has said why not. study_close() in either case. */
int study_open(struct ctl *ctl, const struct study_options *options, struct study *ret) MUSTCHECK;
/* The same without the class, and then the class in parts; `visit` as for past_parts(), and says why it stops. */
int study_prepare(struct ctl *ctl, const struct study_options *options, struct study *ret) MUSTCHECK;
int study_parts(struct study *study, const struct study_options *options,
                int (*visit)(void *arg, const struct past *part, const struct past_totals *totals), void *arg,
                struct past_totals *ret) MUSTCHECK;
void study_close(struct study *study);

/* Tells of a bar that a calculation in study/ moves: `arg` is a struct study. */
void study_begin(struct study *study, const char *what);
void study_at(void *arg, uint64_t done, uint64_t total);
void study_end(struct study *study);

/* EXIT_PROBLEMS where rows were left out, after saying how many; else EXIT_DONE. */
int study_verdict(struct study *study);

#endif
