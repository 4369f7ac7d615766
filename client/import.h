/*
 * Inside of import: a file in pieces, and the sub-scores that are to go with its results.
 */
#ifndef SG_CLIENT_IMPORT_H
#define SG_CLIENT_IMPORT_H

#include "client/stepguard.h"
#include "proto/subscore.h"

/* Reads to the end, or until `take` is not 0 (*ret_bad); the end is taken as 0 bytes. SG_OK also where the content was bad. */
int import_pump(ptrdiff_t (*read)(void *arg, void *bytes, size_t cap), void *arg,
                int (*take)(void *reader, const void *bytes, size_t len), void *reader, int *ret_bad,
                struct sg_error *ret_error) MUSTCHECK;

struct subs {            /* all zero: none */
  struct subscore *rows; /* in order of the result's id */
  bool *used;
  size_t n, room;
};

/* Reads subscores.csv. SG_DATA when anything in it cannot be taken, which is said through subs_finding. subs_free in any case. */
int subs_read(struct subs *ret, const struct sg_import *import, struct sg_error *ret_error) MUSTCHECK;
void subs_attach(struct subs *subs, struct result *result); /* those of this result, if any */
/* Says each result that had sub-scores and was not there; gives how many. */
uint64_t subs_left(const struct subs *subs, const struct sg_import *import);
void subs_free(struct subs *subs);

#endif
