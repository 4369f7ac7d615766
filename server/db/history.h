/*
 * Estimates of nights that are over (core.estimate_night): the few students of a night whom its run came too late for, and the
 * nights of a school that starts with old results. What counts as known then is said in sql/core/pasts_of.sql.
 */
#ifndef SG_DB_HISTORY_H
#define SG_DB_HISTORY_H

#include "db/model.h"
#include "db/sync.h"

enum { HISTORY_REASON = MODEL_REASON, HISTORY_NIGHTS = 1100 /* three years of nights in one call */ };

struct history_options {
  enum db_role role; /* ROLE_REPORT or ROLE_OPERATOR */
  const char *school_code;
  const struct zone *zone; /* of the school */
  const int32_t *nights;   /* days, in order, none of them kept yet; at most HISTORY_NIGHTS */
  size_t nights_n;
  bool missing_only;                                                       /* only those of whom the first night has no estimate */
  void (*skipped)(void *arg, const char *external_id, const char *reason); /* could not be estimated; may be NULL */
  void (*progress)(void *arg, uint64_t students);                          /* after each page; may be NULL */
  void *arg;
};

struct history_counts {
  uint64_t students, estimates, added, skipped;
};

/* Adds the estimates; the nights are not said to be whole by it (api.night_keep). Again after an interruption adds what is missing.
 */
int history_add(struct dbsync *db, const struct history_options *options, struct history_counts *counts,
                char reason[HISTORY_REASON]) MUSTCHECK;

/* A night of which every estimate there is has been added. */
int history_keep(struct dbsync *db, const struct history_options *options, int32_t night, const char *source,
                 char reason[HISTORY_REASON]) MUSTCHECK;

#endif
