/*
 * plans import: exams.csv, what the office knows of plans, attempts and outcomes. What the file may hold, and what is checked
 * over a row, is intake/tables.c; what only the database knows (the student, earlier attempts) is found there and named in the
 * answer.
 */
#include "ctl/import.h"

static const struct cli_option plans_options[] = {IMPORT_OPTIONS};

static int plans_run(struct ctl *ctl, const void *options, const struct cli_words *words) {
  return import_run(ctl, words->word[0], &intake_plans, options);
}

const struct ctl_command ctl_plans_import = {
    .name = "plans import",
    .words = "FILE",
    .words_least = 1,
    .words_most = 1,
    .summary = "take exams.csv: plans, attempts, outcomes",
    .text = "Columns: student_id and attempt (needed), planned_on, permit_from, permit_to, taken_on, outcome (pass fail), "
            "outcome_known_on; days are YYYY-MM-DD. Rows of students who are not on the roster are named and left out.\n\n"
            "Faults are named as for roster import.",
    .examples = "stepguardctl plans import exams.csv --dry-run\nstepguardctl plans import exams.csv",
    .options = plans_options,
    .options_n = sizeof plans_options / sizeof *plans_options,
    .run = plans_run,
};
