/*
 * What each kind of file holds: the tables are the formats. Which columns there are, under which other names they may come,
 * what a cell may say: the same rows make the checks, the messages, and what a person is shown of a file's header.
 *
 *   roster           students.csv: who is on the roster
 *   plans            exams.csv: what the office knows of plans, attempts and outcomes; a row is about one attempt
 *   official_scores  what a maker reported to the school: one form on one day of one student
 *   advisers         who advises whom, and until when
 *
 * What one cell alone cannot show (a result before the exam, a score that its scale does not have) is checked over the row; what
 * only the database knows (the student, earlier attempts) is found there.
 */
#include "intake/oneroster.h"

#include "proto/limits.h"
#include "proto/result.h"

#include <stdio.h>
#include <string.h>

#define FIELDS_OF(rows) .fields = (rows), .fields_n = sizeof(rows) / sizeof *(rows)

#define STUDENT_ID                                                                                                                 \
  {                                                                                                                                \
    .name = "student_id", .aliases = "id student_number sis_id sourcedid external_id", .kind = INTAKE_TEXT,                        \
    .column_required = true, .cell_required = true, .high = 64                                                                     \
  }

/* ---------------------------------------------------------------- roster */

static const struct intake_field roster_fields[] = {
    STUDENT_ID,
    {.name = "given_name", .aliases = "first_name firstname givenname given", .kind = INTAKE_TEXT, .high = 100},
    {.name = "family_name", .aliases = "last_name lastname surname familyname family", .kind = INTAKE_TEXT, .high = 100},
    {.name = "email", .aliases = "e_mail mail email_address", .kind = INTAKE_EMAIL, .high = 254},
    {.name = "class_year", .aliases = "class graduation_year grad_year", .kind = INTAKE_NUMBER, .low = 1950, .high = 2200},
    {.name = "track", .aliases = "program programme", .kind = INTAKE_WORD, .words = "us_md us_do non_us"},
    {.name = "adviser_email", .aliases = "advisor_email adviser advisor", .kind = INTAKE_EMAIL, .high = 254},
    {.name = "dedicated_start", .aliases = "dedicated dedicated_from", .kind = INTAKE_DAY},
    {.name = "status", .aliases = "enrollment_status enrolment_status", .kind = INTAKE_WORD, .words = "active leave inactive"},
};

const struct intake_table intake_roster = {.kind = "roster", FIELDS_OF(roster_fields)};

/* The same from OneRoster, with what its demographics.csv says: core.demographics_store (sql) puts that where nobody sees it. */
static const struct intake_field oneroster_fields[] = {
    [ONEROSTER_ID] = STUDENT_ID,
    [ONEROSTER_GIVEN] = {.name = "given_name", .kind = INTAKE_TEXT, .high = 100},
    [ONEROSTER_FAMILY] = {.name = "family_name", .kind = INTAKE_TEXT, .high = 100},
    [ONEROSTER_EMAIL] = {.name = "email", .kind = INTAKE_EMAIL, .high = 254},
    [ONEROSTER_CLASS] = {.name = "class_year", .kind = INTAKE_NUMBER, .low = 1950, .high = 2200},
    [ONEROSTER_ADVISER] = {.name = "adviser_email", .kind = INTAKE_EMAIL, .high = 254},
    [ONEROSTER_STATUS] = {.name = "status", .kind = INTAKE_WORD, .words = "active leave inactive"},
    [ONEROSTER_SEX] = {.name = "sex", .kind = INTAKE_WORD, .words = "male female other unspecified"},
    [ONEROSTER_RACES] = {.name = "races", .kind = INTAKE_TEXT, .high = 200},
    [ONEROSTER_HISPANIC] = {.name = "hispanic", .kind = INTAKE_WORD, .words = "true false"},
};

const struct intake_table intake_oneroster = {.kind = "roster", FIELDS_OF(oneroster_fields)};

/* ---------------------------------------------------------------- plans */

enum { PLAN_ID, PLAN_ATTEMPT, PLANNED_ON, PERMIT_FROM, PERMIT_TO, TAKEN_ON, OUTCOME, OUTCOME_KNOWN_ON };

static const struct intake_field plans_fields[] = {
    [PLAN_ID] = STUDENT_ID,
    [PLAN_ATTEMPT] =
        {.name = "attempt", .kind = INTAKE_NUMBER, .column_required = true, .cell_required = true, .low = 1, .high = LIMIT_ATTEMPT},
    [PLANNED_ON] = {.name = "planned_on", .aliases = "exam_date planned planned_date", .kind = INTAKE_DAY},
    [PERMIT_FROM] = {.name = "permit_from", .aliases = "eligibility_from eligibility_start", .kind = INTAKE_DAY},
    [PERMIT_TO] = {.name = "permit_to", .aliases = "eligibility_to eligibility_end", .kind = INTAKE_DAY},
    [TAKEN_ON] = {.name = "taken_on", .aliases = "taken taken_date", .kind = INTAKE_DAY},
    [OUTCOME] = {.name = "outcome", .aliases = "result", .kind = INTAKE_WORD, .words = "pass fail"},
    [OUTCOME_KNOWN_ON] = {.name = "outcome_known_on", .aliases = "result_date reported_on", .kind = INTAKE_DAY},
};

/* Days are written so that the order of the text is the order of time. */
static bool is_before(const char *day, const char *other) {
  return *day && *other && strcmp(day, other) < 0;
}

static const char *fault(size_t field, const struct intake_field *fields, char reason[CSV_REASON], const char *why) {
  snprintf(reason, CSV_REASON, "%s", why);
  return fields[field].name;
}

static const char *plans_check(const char *const *cells, char reason[CSV_REASON]) {
  if (is_before(cells[PERMIT_TO], cells[PERMIT_FROM]))
    return fault(PERMIT_TO, plans_fields, reason, "is before permit_from");
  if (*cells[OUTCOME] && !*cells[TAKEN_ON])
    return fault(OUTCOME, plans_fields, reason, "is an outcome of an exam that was not taken: taken_on is empty");
  if (is_before(cells[OUTCOME_KNOWN_ON], cells[TAKEN_ON]))
    return fault(OUTCOME_KNOWN_ON, plans_fields, reason, "is before taken_on");
  if (!*cells[PLANNED_ON] && !*cells[TAKEN_ON])
    return fault(PLANNED_ON, plans_fields, reason, "is empty, and so is taken_on: the row says nothing");
  return NULL;
}

const struct intake_table intake_plans = {.kind = "plans", FIELDS_OF(plans_fields), .check = plans_check};

/* ---------------------------------------------------------------- official scores */

enum { SCORE_ID, SCORE_INSTRUMENT, SCORE_FORM, SCORE_DAY, SCORE_SCORE, SCORE_SCALE };

static const struct intake_field scores_fields[] = {
    [SCORE_ID] = STUDENT_ID,
    [SCORE_INSTRUMENT] = {.name = "instrument",
                          .aliases = "exam test assessment",
                          .kind = INTAKE_WORD,
                          .column_required = true,
                          .cell_required = true,
                          .words = "cbse cbssa school_exam"},
    [SCORE_FORM] = {.name = "form", .aliases = "form_number test_form", .kind = INTAKE_TEXT, .high = LIMIT_FORM_CHARS},
    [SCORE_DAY] = {.name = "taken_on",
                   .aliases = "date test_date exam_date taken_at",
                   .kind = INTAKE_DAY,
                   .column_required = true,
                   .cell_required = true},
    [SCORE_SCORE] = {.name = "score",
                     .aliases = "total_score epc equated_percent_correct equated_percent_correct_score",
                     .kind = INTAKE_CENTI,
                     .column_required = true,
                     .cell_required = true,
                     .low = 0,
                     .high = 1000},
    [SCORE_SCALE] = {.name = "scale",
                     .aliases = "score_scale",
                     .kind = INTAKE_WORD,
                     .words = "epc percent three_digit nbme800 cbse_old"},
};

static void lower(char *to, size_t cap, const char *word) {
  size_t i = 0;
  for (; word[i] != '\0' && i + 1 < cap; i++)
    to[i] = word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] - 'A' + 'a') : word[i];
  to[i] = '\0';
}

/* The score has to be one of its scale; without one it is on the instrument's own. */
static const char *scores_check(const char *const *cells, char reason[CSV_REASON]) {
  char code[LIMIT_INSTRUMENT_CHARS + 1], name[LIMIT_INSTRUMENT_CHARS + 1];
  int32_t centi;
  lower(code, sizeof code, cells[SCORE_INSTRUMENT]);
  lower(name, sizeof name, cells[SCORE_SCALE]);
  const struct instrument *instrument = catalogue_instrument(code);
  const struct scale_info *scale = *name ? catalogue_scale_named(name) : catalogue_scale(instrument->scale);
  if (result_parse_centi(cells[SCORE_SCORE], &centi) == 0 && centi >= scale->low_centi && centi <= scale->high_centi)
    return NULL;
  snprintf(reason, CSV_REASON, "is outside the scale %s, which goes from %d to %d", scale->name, scale->low_centi / 100,
           scale->high_centi / 100);
  return scores_fields[SCORE_SCORE].name;
}

const struct intake_table intake_official_scores = {.kind = "official_scores", FIELDS_OF(scores_fields), .check = scores_check};

/* ---------------------------------------------------------------- advisers */

enum { ADVISED_ID, ADVISER_EMAIL, ADVISED_FROM, ADVISED_UNTIL };

static const struct intake_field advisers_fields[] = {
    [ADVISED_ID] = STUDENT_ID,
    [ADVISER_EMAIL] = {.name = "adviser_email",
                       .aliases = "advisor_email adviser advisor email",
                       .kind = INTAKE_EMAIL,
                       .column_required = true,
                       .cell_required = true,
                       .high = 254},
    [ADVISED_FROM] = {.name = "from", .aliases = "from_date start start_date begin_date", .kind = INTAKE_DAY},
    [ADVISED_UNTIL] = {.name = "until", .aliases = "until_date to end end_date", .kind = INTAKE_DAY},
};

static const char *advisers_check(const char *const *cells, char reason[CSV_REASON]) {
  return is_before(cells[ADVISED_UNTIL], cells[ADVISED_FROM]) ? fault(ADVISED_UNTIL, advisers_fields, reason, "is before from")
                                                              : NULL;
}

const struct intake_table intake_advisers = {.kind = "advisers", FIELDS_OF(advisers_fields), .check = advisers_check};

/* ---------------------------------------------------------------- all of them */

const struct intake_table *intake_table_named(const char *kind) {
  static const struct intake_table *const tables[] = {&intake_roster, &intake_plans, &intake_official_scores, &intake_advisers};
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
    if (strcmp(tables[i]->kind, kind) == 0)
      return tables[i];
  return NULL;
}
