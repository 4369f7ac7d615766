/*
 * Which nights are to be done: one that is named, or all that were missed since the last that was finished, in order.
 */
#ifndef SG_REPORT_NIGHTS_H
#define SG_REPORT_NIGHTS_H

#include "report/night.h"

enum {
  NIGHTS_MOST =
      31, /* a month: who was away for longer wants the newest first; stepguardctl history keeps the estimates of the others */
  NIGHTS_NO_DAY = INT32_MIN,
};

struct nights {
  int32_t days[NIGHTS_MOST]; /* the oldest first; at least one */
  size_t n;
  int32_t passed_from, passed_to; /* missed as well and left, as there are more than NIGHTS_MOST; NIGHTS_NO_DAY */
};

/* Asks the database what is due up to `last`. A first run ever gets `last` alone. */
int nights_due(const struct conf *conf, int32_t last, struct nights *ret, char reason[NIGHT_REASON]) MUSTCHECK;

#endif
