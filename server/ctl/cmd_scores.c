/*
 * scores import: what a maker of exams reported to the school itself (NBME's school report of a CBSE, exams of the school's own).
 * What the file may hold is intake/tables.c. Such a result counts as no student's entry does: it has no device behind it, and no
 * student can correct it.
 */
#include "ctl/import.h"

static const struct cli_option scores_options[] = {IMPORT_OPTIONS};

static int scores_run(struct ctl *ctl, const void *options, const struct cli_words *words) {
  return import_run(ctl, words->word[0], &intake_official_scores, options);
}

const struct ctl_command ctl_scores_import = {
    .name = "scores import",
    .words = "FILE",
    .words_least = 1,
    .words_most = 1,
    .summary = "take official scores: CBSE as reported to the school, school exams",
    .text =
        "Columns: student_id, instrument (cbse cbssa school_exam), taken_on (YYYY-MM-DD) and score (all needed), form, scale (epc "
        "percent three_digit nbme800 cbse_old; the instrument's own where it is empty). One form on one day of one student is one "
        "result: the same file twice adds nothing, another score corrects the first.\n\n"
        "Rows of students who are not on the roster, and days to come, are named and left out. Faults are named as for roster "
        "import; import undo takes a file back.",
    .examples = "stepguardctl scores import cbse-2026-11.csv --dry-run\nstepguardctl scores import cbse-2026-11.csv",
    .options = scores_options,
    .options_n = sizeof scores_options / sizeof *scores_options,
    .run = scores_run,
};
