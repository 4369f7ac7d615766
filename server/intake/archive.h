/*
 * A handful of files that belong together: a folder, or a zip. What is strange about it is refused when it is opened, with a
 * sentence for a person: too many entries, names that lead elsewhere, symbolic links, encryption, sizes that nobody's export has.
 */
#ifndef SG_INTAKE_ARCHIVE_H
#define SG_INTAKE_ARCHIVE_H

#include "proto/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  ARCHIVE_REASON = 400,
  ARCHIVE_NAME = 64,    /* of an entry, without folders: "academicSessions.csv" */
  ARCHIVE_ENTRIES = 64, /* OneRoster has 20 files; some exporters add a note and a folder's own entry */
  /* An entry packed better than this is made to fill memory: a CSV of one and the same row packs 200 times. */
  ARCHIVE_RATIO = 500,
  ARCHIVE_RATIO_FROM_BYTES = 1024 * 1024 /* a small file of blanks is none */
};

struct archive; /* opaque, heap */

/* Whether these bytes begin as a zip does. */
bool archive_is_zip(const void *bytes, size_t len);
/* Whether a path is a folder, or a file that begins as a zip does. */
bool archive_is_path(const char *path);

/* `cap_bytes`: of all its entries together, unpacked. E_INVALID where it is refused, E_SYSTEM where it cannot be read, both with a
 * sentence; E_NOMEM. Bytes must outlive the archive. */
int archive_open_path(const char *path, uint64_t cap_bytes, struct archive **ret, char reason[ARCHIVE_REASON]) MUSTCHECK;
int archive_open_bytes(const void *bytes, size_t len, uint64_t cap_bytes, struct archive **ret,
                       char reason[ARCHIVE_REASON]) MUSTCHECK;
void archive_close(struct archive *archive);

/* Names are compared in any case, and without the folder that an exporter may put around its files. */
bool archive_has(const struct archive *archive, const char *name);
uint64_t archive_bytes(const struct archive *archive); /* of all entries, unpacked */

/* An entry in pieces; `feed` stops the reading by a negative number, which is then the result. E_INVALID and a sentence where it is
 * damaged, or longer than it said; E_SYSTEM. */
int archive_read(struct archive *archive, const char *name, int (*feed)(void *arg, const void *bytes, size_t len), void *arg,
                 char reason[ARCHIVE_REASON]) MUSTCHECK;

#endif
