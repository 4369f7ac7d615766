/*
 * What a student says of their studying: goals for a week, and check-ins that look back on one; and the one set of checks that both
 * doors apply, as for a result (proto/result.h).
 *
 * One struct for both, because they are recorded, sent, kept and told to the other devices in the same way, and nearly share their
 * numbers.
 */
#ifndef SG_PROTO_STUDY_H
#define SG_PROTO_STUDY_H

#include "proto/result.h"

enum study_kind { STUDY_GOAL = 1, STUDY_CHECK_IN = 2 }; /* also in the client's outbox and in api.study_add */

struct study_entry {
  uint8_t id[UUID_BYTES];
  enum study_kind kind;
  int64_t made_at_ms;
  int32_t day; /* of a goal the first; of a check-in the Monday of its week */
  /* Each may be RESULT_UNKNOWN in a goal: there is none of that kind. All unknown: goals are taken back. In a check-in minutes and
   * questions are always known. */
  int32_t minutes; /* a week: of review that is meant, or of study that was done */
  int32_t questions;
  int32_t checks; /* in goals alone */
  /* 0 to 100 or RESULT_UNKNOWN; in check-ins alone. */
  int32_t reviewed_percent, confidence_percent;
};

/* 0, or -1 and *ret_fault: fields are named as in stepguard.proto, without their unit; the reason has the remedy. */
int study_check(const struct study_entry *entry, int64_t now_ms, struct result_fault *ret_fault) MUSTCHECK;

/* No goal and no check-in: everything RESULT_UNKNOWN, of that kind and day. */
struct study_entry study_entry_of(enum study_kind kind, int32_t day);

/* The Monday of the week that a day is in. */
int32_t study_monday(int32_t day);

#endif
