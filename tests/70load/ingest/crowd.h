/*
 * Many clients in one process: lets them in, gives uploads to whoever has none in flight, keeps what was acknowledged. When
 * uploads are due is the caller's to say (ingest_load.c).
 */
#ifndef SG_LOAD_CROWD_H
#define SG_LOAD_CROWD_H

#include "devices.h"
#include "hist.h"
#include "loop/loop.h"
#include "speech.h"

#include <stdio.h>

struct crowd;

struct crowd_options {
  struct loop *loop;
  const struct speech *speech;
  struct devices *devices;
  unsigned port;
  int64_t first_id; /* student and device; the others follow */
  size_t sessions_n, rows_n;
  size_t knocking_most;     /* at once; sessions_n: a storm */
  long duplicates_permille; /* of uploads: the one before once more */
  FILE *acked; /* rows acknowledged, as binary COPY of (result_id uuid, student_id int8, score_centi int4); may be NULL */
  void (*let_in)(void *arg); /* everybody is */
  void (*ended)(void *arg);  /* an upload has: with a receipt, a refusal, or its connection */
  void *arg;
};

struct crowd_counts {
  int64_t knocked_us; /* the first of them */
  size_t up, uploads, refused, lost,
      again; /* sessions let in; receipts; refusals; connections lost since; tries to connect beyond the first */
  uint64_t stored, identical, other; /* rows */
  struct hist let_in, latency;       /* from the first knock; from the intended start */
  char refusal[120];                 /* the last */
};

struct crowd *crowd_new(const struct crowd_options *options) MUSTCHECK; /* NULL: out of memory */
void crowd_free(struct crowd *crowd);
void crowd_connect(struct crowd *crowd);

/* False when nobody is free. Latency counts from `intended_us`, which may have passed. */
bool crowd_upload(struct crowd *crowd, int64_t intended_us) MUSTCHECK;
const struct crowd_counts *crowd_counts(const struct crowd *crowd);
/* Closes the file of what was acknowledged properly. 0, or -1 when it could not be written. */
int crowd_finish(struct crowd *crowd) MUSTCHECK;

int64_t crowd_now_us(void); /* monotonic */

#endif
