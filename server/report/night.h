/*
 * One night of one school: evaluated once whoever starts it, written wherever it is asked for.
 *
 * Chain (night.c, from top to bottom):
 *
 *   night_run ──> begin ──new, resumed──> evaluate ──> keep ──> compose ──> finish (the document goes to the database) ──> write
 *                   └──done────────────────────> recall (the document comes from there) ───────────────────────────────────┘
 */
#ifndef SG_REPORT_NIGHT_H
#define SG_REPORT_NIGHT_H

#include "base/conf.h"
#include "db/evaluate.h"

#include <stdbool.h>
#include <stdint.h>

enum { NIGHT_REASON = 480, NIGHT_PATH = 1024 };

struct night_options {
  const struct conf *conf;
  const struct zone *zone;
  int32_t day;           /* of whose night this is; it must be over */
  bool newest;           /* of those that are done in a row: what time does to cases is judged once, with it */
  const char *directory; /* the files go to a folder of the day in it */
  bool force;            /* write the files again though they are there */
  void (*skipped)(void *arg, const char *external_id, const char *reason); /* may be NULL */
  void (*progress)(void *arg, uint64_t students);                          /* may be NULL */
  void *arg;
};

struct night {
  const char *verdict;        /* static: "new", "resumed", "done" */
  bool written;               /* false: all was there */
  char directory[NIGHT_PATH]; /* of the files */
  uint64_t students, assessed, skipped, waiting;
};

/* 0, or E_AWAY and the like with a sentence in reason; what was recorded stays, and the same call goes on from there. */
int night_run(const struct night_options *options, struct night *ret, char reason[NIGHT_REASON]) MUSTCHECK;

#endif
