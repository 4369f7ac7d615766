/* A file of rows that the operator gives, into the database: the whole command but for its texts. */
#ifndef SG_CTL_IMPORT_H
#define SG_CTL_IMPORT_H

#include "ctl/ctl.h"
#include "intake/intake.h"

struct import_options {
  bool dry_run, strict, whole;
  const char *past_brake;
};

#define IMPORT_OPTIONS                                                                                                             \
  CLI_FLAG("dry-run", struct import_options, dry_run, "say what would change, and change nothing"),                                \
      CLI_FLAG("strict", struct import_options, strict, "take nothing unless every row is good"),                                  \
      CLI_TEXT("past-brake", "REASON", struct import_options, past_brake,                                                          \
               "why it is right that so many students change; the import keeps it")

/* Reads the file, tells the person of every finding, sends the good rows piece by piece and has them applied, all in one
 * transaction that is undone again for a dry run, and prints what the database says. Gives the exit code. */
int import_run(struct ctl *ctl, const char *file, const struct intake_table *table, const struct import_options *options) MUSTCHECK;

#endif
