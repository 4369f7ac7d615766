/*
 * A past class of any size, in parts: each a struct past of some students with everything of theirs. In memory at a time are one
 * part, of about PAST_PART_BYTES of CSV, and of the other students the id and the attempts.
 */
#ifndef SG_STUDY_PAST_PARTS_H
#define SG_STUDY_PAST_PARTS_H

#include "study/past.h"

enum { PAST_PART_BYTES = 16 * 1024 * 1024, PAST_PARTS_MOST = 1024 };

struct past_totals { /* as far as the visits went; students and attempts from the beginning */
  size_t students, results, attempts;
  uint64_t refused;
};

struct past_parts_options {
  struct past_options past;
  uint64_t part_bytes; /* 0: PAST_PART_BYTES */
  /* One part after the other, in order of its students' ids, and gone when it returns; not 0 stops. Students without an attempt may
   * come in any part, after whom they stand in order of ids only within it. */
  int (*visit)(void *arg, const struct past *part, const struct past_totals *totals);
  void *arg;
};

/* Results are put aside in a file without a name in $TMPDIR where they are more than a few. As past_read(), or what visit() gives;
 * E_SYSTEM also where that file cannot be written. Without attempts nothing is visited, and the results are not read. */
int past_parts(const struct past_parts_options *options, struct past_totals *ret, char reason[PAST_REASON]) MUSTCHECK;

#endif
