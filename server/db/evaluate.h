/*
 * Every student of a school, evaluated as of one moment and recorded: what the nightly report and `stepguardctl assess-all`
 * have in common. Time itself changes an estimate (exams come nearer, evidence ages), so this is done for all, not only for
 * those of whom something new is known.
 */
#ifndef SG_DB_EVALUATE_H
#define SG_DB_EVALUATE_H

#include "db/model.h"
#include "db/sync.h"

enum {
  EVALUATE_STATES = RISK_CANNOT_SAY + 1,
  EVALUATE_REASON = MODEL_REASON,
  EVALUATE_WORKERS = 4, /* more than that, and the database is what is waited for */
};

struct evaluate_options {
  enum db_role role; /* ROLE_REPORT or ROLE_OPERATOR */
  const char *school_code;
  int64_t as_of_ms;
  const char *database_url; /* for connections beside the one given: one for each processor; NULL: that one alone */
  bool keep;                /* ROLE_REPORT: what is recorded is also kept as what `night` said (core.estimate_night) */
  int32_t night;
  /* Told of every student who could not be assessed, with a sentence, in order of the roster. The others go on. May be NULL.
   * Neither function is called twice at a time, but not always from the same thread. */
  void (*skipped)(void *arg, const char *external_id, const char *reason);
  void (*progress)(void *arg, uint64_t students); /* after each page; may be NULL */
  void *arg;
};

struct evaluate_counts {
  uint64_t students, results;         /* in: students, results of those who were read */
  uint64_t done;                      /* of the students: assessed as of this moment before, from the same data; left as they are */
  uint64_t assessed;                  /* out, of these: */
  uint64_t by_state[EVALUATE_STATES]; /* by enum risk_state */
  uint64_t flags;                     /* raised by the assessments */
  uint64_t recorded, newer;           /* newer: a later assessment was there already, and stays */
  uint64_t retried;                   /* something new came in between; assessed again */
  uint64_t skipped;                   /* could not be assessed */
};

/* The school's parameter set in force; 0 and "" where it has no students yet. E_DATA and a sentence when there is none or
 * its text cannot be used. */
int evaluate_parameters(struct dbsync *db, const struct evaluate_options *options, int32_t *ret_id,
                        char ret_version[RISK_VERSION_CHARS], char reason[EVALUATE_REASON]) MUSTCHECK;

/* Running it again for the same moment gives the same assessments. The counts are written on failure too: how far it came. */
int evaluate_school(struct dbsync *db, const struct evaluate_options *options, struct evaluate_counts *counts,
                    char reason[EVALUATE_REASON]) MUSTCHECK;

#endif
