/*
 * plans import: exams.csv, what the office knows of plans, attempts and outcomes.
 *
 * A row says something about one attempt of one student, so both together are its key. What one cell alone cannot show
 * (a result before the exam, a window that ends before it begins) is checked over the row; what only the database knows
 * (the student, earlier attempts) is found there and named in the answer.
 */
#include "ctl/import.h"

#include "proto/limits.h"

#include <string.h>

static const struct import_field plans_fields[] = {
    {.name = "student_id",
     .aliases = "id student_number sis_id sourcedid",
     .kind = IMPORT_TEXT,
     .column_required = true,
     .cell_required = true,
     .high = 64},
    {.name = "attempt", .kind = IMPORT_NUMBER, .column_required = true, .cell_required = true, .low = 1, .high = LIMIT_ATTEMPT},
    {.name = "planned_on", .aliases = "exam_date planned planned_date", .kind = IMPORT_DAY},
    {.name = "permit_from", .aliases = "eligibility_from eligibility_start", .kind = IMPORT_DAY},
    {.name = "permit_to", .aliases = "eligibility_to eligibility_end", .kind = IMPORT_DAY},
    {.name = "taken_on", .aliases = "taken taken_date", .kind = IMPORT_DAY},
    {.name = "outcome", .aliases = "result", .kind = IMPORT_WORD, .words = "pass fail"},
    {.name = "outcome_known_on", .aliases = "result_date reported_on", .kind = IMPORT_DAY},
};

/* Days are written so that the order of the text is the order of time. */
static bool before(const json_t *row, const char *earlier, const char *later) {
  return ctl_has(row, earlier) && ctl_has(row, later) && strcmp(ctl_text(row, later), ctl_text(row, earlier)) < 0;
}

static const char *plans_check(const json_t *row, char reason[CSV_REASON]) {
  if (before(row, "permit_from", "permit_to")) {
    snprintf(reason, CSV_REASON, "is before permit_from, %s", ctl_text(row, "permit_from"));
    return "permit_to";
  }
  if (ctl_has(row, "outcome") && !ctl_has(row, "taken_on")) {
    snprintf(reason, CSV_REASON, "is an outcome of an exam that was not taken: taken_on is empty");
    return "outcome";
  }
  if (before(row, "taken_on", "outcome_known_on")) {
    snprintf(reason, CSV_REASON, "is before the exam was taken, %s", ctl_text(row, "taken_on"));
    return "outcome_known_on";
  }
  if (!ctl_has(row, "planned_on") && !ctl_has(row, "taken_on")) {
    snprintf(reason, CSV_REASON, "is empty, and so is taken_on: the row says nothing");
    return "planned_on";
  }
  return NULL;
}

static const struct import_table plans_table = {
    .fields = plans_fields,
    .fields_n = sizeof plans_fields / sizeof *plans_fields,
    .key_n = 2,
    .check = plans_check,
};

static const struct cli_option plans_options[] = {IMPORT_OPTIONS};

static int plans_run(struct ctl *ctl, const void *options, const struct cli_words *words) {
  return import_run(ctl, words->word[0], &plans_table, options, STMT_PLANS_IMPORT, "plans");
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
