/*
 * roster import: students.csv into the school's roster. Who is missing from the file is left as they are: a file that was
 * cut short must not take students off the roster; leaving is said by `status`.
 *
 * The table is the format: what a column may hold, under which other names it may come, and the same rows make the check,
 * the messages and the documentation of the command.
 */
#include "ctl/import.h"

static const struct import_field roster_fields[] = {
    {.name = "student_id",
     .aliases = "id student_number sis_id sourcedid",
     .kind = IMPORT_TEXT,
     .column_required = true,
     .cell_required = true,
     .high = 64},
    {.name = "given_name", .aliases = "first_name firstname givenname given", .kind = IMPORT_TEXT, .high = 100},
    {.name = "family_name", .aliases = "last_name lastname surname familyname family", .kind = IMPORT_TEXT, .high = 100},
    {.name = "email", .aliases = "e_mail mail email_address", .kind = IMPORT_EMAIL, .high = 254},
    {.name = "class_year", .aliases = "class graduation_year grad_year", .kind = IMPORT_NUMBER, .low = 1950, .high = 2200},
    {.name = "track", .aliases = "program programme", .kind = IMPORT_WORD, .words = "us_md us_do non_us"},
    {.name = "adviser_email", .aliases = "advisor_email adviser advisor", .kind = IMPORT_EMAIL, .high = 254},
    {.name = "dedicated_start", .aliases = "dedicated dedicated_from", .kind = IMPORT_DAY},
    {.name = "status", .aliases = "enrollment_status enrolment_status", .kind = IMPORT_WORD, .words = "active leave inactive"},
};

static const struct import_table roster_table = {
    .fields = roster_fields,
    .fields_n = sizeof roster_fields / sizeof *roster_fields,
    .key_n = 1,
};

static const struct cli_option roster_options[] = {IMPORT_OPTIONS};

static int roster_run(struct ctl *ctl, const void *options, const struct cli_words *words) {
  return import_run(ctl, words->word[0], &roster_table, options, STMT_ROSTER_IMPORT, "roster");
}

const struct ctl_command ctl_roster_import = {
    .name = "roster import",
    .words = "FILE",
    .words_least = 1,
    .words_most = 1,
    .summary = "take students.csv into the roster",
    .text = "Columns: student_id (needed), given_name, family_name, email, class_year, track (us_md us_do non_us), adviser_email, "
            "dedicated_start (YYYY-MM-DD), status (active leave inactive). Any order, any case; other columns are named and left "
            "out. A column that the file does not have changes nothing.\n\n"
            "Every fault is named with file, line, column, value and reason. The good rows are taken, and exit code 1 says that "
            "others were not; --strict takes nothing then. Students who are not in the file stay as they are.",
    .examples = "stepguardctl roster import students.csv --dry-run\n"
                "stepguardctl roster import students.csv --strict\n"
                "stepguardctl --json roster import students.csv",
    .options = roster_options,
    .options_n = sizeof roster_options / sizeof *roster_options,
    .run = roster_run,
};
