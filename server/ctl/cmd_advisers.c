/*
 * advisers import: who advises whom. What the file may hold is intake/tables.c. An assignment that a person made in the office
 * stays, whatever the file says; it is shown as kept.
 */
#include "ctl/import.h"

static const struct cli_option advisers_options[] = {IMPORT_OPTIONS};

static int advisers_run(struct ctl *ctl, const void *options, const struct cli_words *words) {
  return import_run(ctl, words->word[0], &intake_advisers, options);
}

const struct ctl_command ctl_advisers_import = {
    .name = "advisers import",
    .words = "FILE",
    .words_least = 1,
    .words_most = 1,
    .summary = "take adviser assignments: who advises whom, from when until when",
    .text = "Columns: student_id and adviser_email (both needed), from, until (YYYY-MM-DD, both included). The adviser needs an "
            "account in the office; a student has one adviser by file, and another file's ends the one before.\n\n"
            "Who was made adviser by a person in the office stays, and is counted as kept. Students and advisers who are not known "
            "are named and left out. Faults are named as for roster import; import undo takes a file back.",
    .examples = "stepguardctl advisers import advisers.csv --dry-run\nstepguardctl advisers import advisers.csv",
    .options = advisers_options,
    .options_n = sizeof advisers_options / sizeof *advisers_options,
    .run = advisers_run,
};
