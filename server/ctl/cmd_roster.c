/*
 * roster import: students.csv, or a OneRoster export, into the school's roster. Unless --whole is said, who is missing from the
 * file is left as they are: a file that was cut short must not take students off the roster; leaving is said by `status`. What the
 * file may hold is intake/tables.c.
 */
#include "ctl/import.h"

static const struct cli_option roster_options[] = {
    IMPORT_OPTIONS,
    CLI_FLAG("whole", struct import_options, whole, "the file is the whole roster: who is not in it leaves, up to the brake"),
};

static int roster_run(struct ctl *ctl, const void *options, const struct cli_words *words) {
  return import_run(ctl, words->word[0], &intake_roster, options);
}

const struct ctl_command ctl_roster_import = {
    .name = "roster import",
    .words = "FILE",
    .words_least = 1,
    .words_most = 1,
    .summary = "take students.csv, or a OneRoster export, into the roster",
    .text =
        "Columns: student_id (needed), given_name, family_name, email, class_year, track (us_md us_do non_us), adviser_email, "
        "dedicated_start (YYYY-MM-DD), status (active leave inactive). Any order, any case; other columns are named and left "
        "out. A column that the file does not have changes nothing.\n\n"
        "A OneRoster export (1.1 or 1.2) is given as its folder or its zip: students of users.csv, by role or roles.csv; their id "
        "is "
        "identifier where all have one, else sourcedId; the first agent who is no relative is the adviser; tobedeleted is "
        "inactive; "
        "demographics go where nobody sees them.\n\n"
        "Every fault is named with file, line, column, value and reason. The good rows are taken, and exit code 1 says that "
        "others were not; --strict takes nothing then. Students who are not in the file stay as they are, unless --whole "
        "says that it is the whole roster; of a file from which more are missing than the brake allows nobody leaves, whatever is "
        "said.\n\n"
        "Where more students would change or leave than the school's brake allows (import_brake_percent), nothing is taken: look "
        "with --dry-run, then say with --past-brake why that is right.",
    .examples = "stepguardctl roster import students.csv --dry-run\n"
                "stepguardctl roster import students.csv --strict\n"
                "stepguardctl roster import oneroster.zip --whole --dry-run\n"
                "stepguardctl --json roster import students.csv",
    .options = roster_options,
    .options_n = sizeof roster_options / sizeof *roster_options,
    .run = roster_run,
};
