/*
 * Files of rows that the operator gives: read, checked cell by cell against a table of fields, turned into JSON rows for one
 * call of the database. Roster and plans differ in their tables only.
 */
#ifndef SG_CTL_IMPORT_H
#define SG_CTL_IMPORT_H

#include "ctl/ctl.h"

#include "proto/csv.h"

enum import_kind {
  IMPORT_TEXT,   /* low..high characters */
  IMPORT_EMAIL,  /* one @ with something on both sides, no blanks */
  IMPORT_NUMBER, /* low..high */
  IMPORT_DAY,    /* YYYY-MM-DD */
  IMPORT_WORD,   /* one of `words`, in any case */
};

struct import_field {
  const char *name, *aliases; /* as in csv_column */
  enum import_kind kind;
  bool column_required; /* the file must have it */
  bool cell_required;   /* and each row must fill it */
  long low, high;
  const char *words; /* separated by spaces */
};

struct import_table {
  const struct import_field *fields; /* the first `key_n` of them name a row, which may stand in the file once */
  size_t fields_n, key_n;
  /* What one cell alone cannot show. NULL, or the column at fault and a sentence. May be NULL itself. */
  const char *(*check)(const json_t *row, char reason[CSV_REASON]);
};

struct import_options {
  bool dry_run, strict;
};

#define IMPORT_OPTIONS                                                                                                             \
  CLI_FLAG("dry-run", struct import_options, dry_run, "say what would change, and change nothing"),                                \
      CLI_FLAG("strict", struct import_options, strict, "take nothing unless every row is good")

/* The whole command. Reads the file, tells the person of every finding, sends the good rows to `stmt` (school, source, rows)
 * in one transaction, undone again for a dry run, and prints the database's counts under `title`. Gives the exit code. */
int import_run(struct ctl *ctl, const char *file, const struct import_table *table, const struct import_options *options,
               enum stmt stmt, const char *title) MUSTCHECK;

#endif
