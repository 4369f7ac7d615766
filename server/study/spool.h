/*
 * Records put aside in bins, and read back bin by bin in the order in which they came: for what is too much to be held at once.
 * Memory is a piece of SPOOL_PIECE bytes a bin; what does not fit there is in one file without a name, in $TMPDIR, which the kernel
 * takes away when the process ends, however it ends.
 */
#ifndef SG_STUDY_SPOOL_H
#define SG_STUDY_SPOOL_H

#include "proto/attr.h"

#include <stddef.h>

enum { SPOOL_PIECE = 16 * 1024, SPOOL_RECORD = 1024 }; /* bytes; of one record at most */

struct spool;

struct spool *spool_new(size_t bins); /* NULL: out of memory */
void spool_free(struct spool *spool);

/* 0, E_NOMEM; E_SYSTEM with errno when the file cannot be made or written. */
int spool_put(struct spool *spool, size_t bin, const void *record, size_t len) MUSTCHECK;
/* `take` sees each record of the bin, aligned to 8, and may stop it by an error, which is then the result. */
int spool_each(struct spool *spool, size_t bin, int (*take)(void *arg, const void *record, size_t len), void *arg) MUSTCHECK;

#endif
