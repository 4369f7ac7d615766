/*
 * OneRoster exports.
 *
 *   manifest.csv      which version; which files are there, whole or as changes
 *   roles.csv         1.2: who is a student, who is an agent that may counsel
 *   demographics.csv  sex, race, ethnicity
 *   users.csv         once to see what can be used (does every student have an identifier? are grades years? who has which
 *                     address?), and once more for the rows
 *
 * users.csv is read twice because a choice made at the first row would be wrong at the thousandth: a student's id is `identifier`
 * where every student has one, else `sourcedId`, for all of them. Which of the two it was stands in the mapping that a person is
 * shown. A half of the class under one kind of id and half under the other would make students twice.
 *
 * Headers drift (an s too many, another case, userSourcedId for sourcedId): columns have aliases and are compared in any case.
 *
 * Rejected: taking OneRoster's grades (01 to 12, PS) for years by counting from a session: a medical school's classes are years of
 * graduation, and who writes something else keeps class_year as it is. Agents who are parents, guardians or relatives: not
 * advisers.
 */
#include "intake/oneroster.h"

#include "base/err.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ROLE_STUDENT = 1, ROLE_COUNSELS = 2, VERSION_BYTES = 16, RACES = 6, SEX_SHIFT = 8, HISPANIC_SHIFT = 12, YEAR_DIGITS = 4 };

struct oneroster {
  struct intake *intake;
  struct archive *archive;
  char version[VERSION_BYTES];
  bool delta, has_roles, has_demographics, looking;
  struct csv_finding held;               /* the last one while looking */
  json_t *roles, *emails, *demographics; /* by sourcedId: bits; address of who may counsel; packed */
  uint64_t students, identified, grades, years, users;
  struct csv_reader *csv; /* of the file under way */
  int err;
};

/* ---------------------------------------------------------------- one file of it */

static void tell(struct oneroster * or, uint64_t line, const char *column, bool warning, const char *reason, const char *remedy) {
  struct csv_finding finding;
  csv_finding_make(&finding, line, column, "", "%s", reason);
  finding.warning = warning;
  intake_tell(or->intake, &finding, remedy);
}

static void finding_take(void *arg, const struct csv_finding *finding) {
  struct oneroster * or = arg;
  struct csv_finding said = *finding;
  char *cut = strstr(said.reason, "; ");
  if (finding->warning) /* a column that is not known here: OneRoster has thirty that a roster does not want */
    return;
  if (cut)
    *cut = '\0';
  if (or->looking) { /* it is told when the rows are read; of a header that cannot be used there is no second time */
    or->held = said;
    return;
  }
  intake_tell(or->intake, &said, cut ? cut + strlen("; ") : "Correct the row and bring the file again.");
}

static int piece_take(void *arg, const void *bytes, size_t len) {
  struct oneroster * or = arg;
  const int fed = csv_feed(or->csv, bytes, len);
  return or->err ? or->err : fed < 0 ? E_INVALID : E_OK;
}

static int file_read(struct oneroster * or, const char *name, const struct csv_column *columns, size_t n,
                     void (*row)(void *arg, uint64_t line, const char *const *fields)) {
  char reason[ARCHIVE_REASON] = "";
  intake_file(or->intake, name);
  or->csv = csv_reader_new(columns, n, &(struct csv_handler){.row = row, .finding = finding_take, .arg = or });
  if (! or->csv)
    return E_NOMEM;
  int err = archive_read(or->archive, name, piece_take, or, reason);
  if (!err && csv_finish(or->csv) < 0)
    err = E_INVALID;
  if (!err)
    err = or->err;
  csv_reader_free(or->csv);
  or->csv = NULL;
  if (*reason)
    tell(or, 1, NULL, false, reason, "Export it again.");
  return err == E_SYSTEM ? E_INVALID : err;
}

#define COLUMNS_OF(columns) (columns), sizeof(columns) / sizeof *(columns)

/* ---------------------------------------------------------------- manifest.csv */

enum { PROPERTY, VALUE };

static const struct csv_column manifest_columns[] = {
    [PROPERTY] = {"propertyname", "property_name property name", true},
    [VALUE] = {"value", "propertyvalue property_value", true},
};

static void manifest_row(void *arg, uint64_t line, const char *const *fields) {
  struct oneroster * or = arg;
  (void)line;
  if (strcasecmp(fields[PROPERTY], "oneroster.version") == 0)
    snprintf(or->version, sizeof or->version, "%s", fields[VALUE]);
  else if (strcasecmp(fields[PROPERTY], "file.users") == 0)
    or->delta = strcasecmp(fields[VALUE], "delta") == 0;
}

static int manifest_read(struct oneroster * or) {
  if (!archive_has(or->archive, "manifest.csv")) {
    intake_file(or->intake, "manifest.csv");
    tell(or, 1, NULL, true, "is missing: it is taken for a whole export", "");
    return E_OK;
  }
  int err = file_read(or, "manifest.csv", COLUMNS_OF(manifest_columns), manifest_row);
  if (err || !* or->version || strncmp(or->version, "1.1", 3) == 0 || strncmp(or->version, "1.2", 3) == 0)
    return err;
  tell(or, 1, "oneroster.version", false, "is neither 1.1 nor 1.2", "Export it in one of these versions.");
  return E_INVALID;
}

/* ---------------------------------------------------------------- roles */

/* Which kinds of person OneRoster names may be an adviser; the others are relatives. */
static int role_bits(const char *role) {
  static const char *const counsels[] = {"administrator",
                                         "aide",
                                         "advisor",
                                         "adviser",
                                         "counselor",
                                         "counsellor",
                                         "faculty",
                                         "principal",
                                         "proctor",
                                         "teacher",
                                         "districtAdministrator",
                                         "siteAdministrator",
                                         "systemAdministrator"};
  if (strcasecmp(role, "student") == 0)
    return ROLE_STUDENT;
  for (size_t i = 0; i < sizeof counsels / sizeof *counsels; i++)
    if (strcasecmp(role, counsels[i]) == 0)
      return ROLE_COUNSELS;
  return 0;
}

static bool is_gone(const char *status) {
  return status && strcasecmp(status, "tobedeleted") == 0;
}

static const char *text(const char *const *fields, size_t i) {
  return fields[i] ? fields[i] : "";
}

static void put(struct oneroster * or, json_t *map, const char *key, json_t *taken) {
  if (json_object_size(map) < ONEROSTER_USERS_MOST || json_object_get(map, key)) {
    or->err = json_object_set_new(map, key, taken) < 0 ? E_NOMEM : or->err;
    return;
  }
  json_decref(taken);
  tell(or, 1, NULL, false, "has more users than can be read", "Bring the school's own export.");
  or->err = E_INVALID;
}

enum { ROLE_USER, ROLE_ROLE, ROLE_STATUS };

static const struct csv_column role_columns[] = {
    [ROLE_USER] = {"usersourcedid", "user_sourcedid user_sourced_id usersourcedids", true},
    [ROLE_ROLE] = {"role", "roles", true},
    [ROLE_STATUS] = {"status", NULL, false},
};

static void role_row(void *arg, uint64_t line, const char *const *fields) {
  struct oneroster * or = arg;
  (void)line;
  if (or->err || is_gone(fields[ROLE_STATUS]))
    return;
  const json_int_t before = json_integer_value(json_object_get(or->roles, fields[ROLE_USER]));
  put(or, or->roles, fields[ROLE_USER], json_integer(before | role_bits(fields[ROLE_ROLE])));
}

/* ---------------------------------------------------------------- demographics */

enum { DEMO_ID, DEMO_SEX, DEMO_RACE, DEMO_HISPANIC = DEMO_RACE + RACES, DEMO_COLUMNS };

static const struct csv_column demo_columns[] = {
    [DEMO_ID] = {"sourcedid", "usersourcedid user_sourcedid user_sourced_id", true},
    [DEMO_SEX] = {"sex", "gender", false},
    [DEMO_RACE] = {"americanindianoralaskanative", "americanindianoralaskannative american_indian_or_alaska_native", false},
    {"asian", NULL, false},
    {"blackorafricanamerican", "black_or_african_american", false},
    {"nativehawaiianorotherpacificislander",
     "nativeamericanorotherpacificislander native_hawaiian_or_other_pacific_islander nativehawaiianorpacificislander", false},
    {"white", NULL, false},
    {"demographicracetwoormoreraces", "twoormoreraces demographic_race_two_or_more_races", false},
    [DEMO_HISPANIC] = {"hispanicorlatinoethnicity", "hispanicorlatino hispanic_or_latino_ethnicity", false},
};

static const char *const races[RACES] = {"american_indian_or_alaska_native",          "asian", "black_or_african_american",
                                         "native_hawaiian_or_other_pacific_islander", "white", "two_or_more_races"};
static const char *const sexes[] = {"", "male", "female", "other", "unspecified"};

static bool is_true(const char *said) {
  return strcasecmp(said, "true") == 0 || strcmp(said, "1") == 0 || strcasecmp(said, "yes") == 0;
}

static void demo_row(void *arg, uint64_t line, const char *const *fields) {
  struct oneroster * or = arg;
  json_int_t packed = 0;
  (void)line;
  if (or->err)
    return;
  for (int i = 0; i < RACES; i++)
    packed |= (json_int_t)is_true(text(fields, (size_t)(DEMO_RACE + i))) << i;
  for (int i = 1; i < (int)(sizeof sexes / sizeof *sexes); i++)
    if (strcasecmp(text(fields, DEMO_SEX), sexes[i]) == 0)
      packed |= (json_int_t)i << SEX_SHIFT;
  if (*text(fields, DEMO_HISPANIC))
    packed |= (json_int_t)(is_true(fields[DEMO_HISPANIC]) ? 2 : 1) << HISPANIC_SHIFT;
  put(or, or->demographics, fields[DEMO_ID], json_integer(packed));
}

/* ---------------------------------------------------------------- users */

enum { USER_ID, USER_STATUS, USER_ROLE, USER_GIVEN, USER_FAMILY, USER_IDENTIFIER, USER_EMAIL, USER_AGENTS, USER_GRADES };

static const struct csv_column user_columns[] = {
    [USER_ID] = {"sourcedid", "usersourcedid user_sourcedid user_sourced_id sourced_id", true},
    [USER_STATUS] = {"status", NULL, false},
    [USER_ROLE] = {"role", "roles", false},
    [USER_GIVEN] = {"givenname", "given_name firstname first_name", false},
    [USER_FAMILY] = {"familyname", "family_name lastname last_name", false},
    [USER_IDENTIFIER] = {"identifier", "identifiers sisid sis_id", false},
    [USER_EMAIL] = {"email", "e_mail mail emailaddress", false},
    [USER_AGENTS] = {"agentsourcedids", "agents agentsourcedid agent_sourced_ids agentids", false},
    [USER_GRADES] = {"grades", "grade gradelevel grade_level", false},
};

static int user_bits(const struct oneroster * or, const char *const *fields) {
  if (or->has_roles)
    return (int)json_integer_value(json_object_get(or->roles, fields[USER_ID]));
  return role_bits(text(fields, USER_ROLE));
}

static bool is_year(const char *said) {
  return strlen(said) == YEAR_DIGITS && strspn(said, "0123456789") == YEAR_DIGITS && (*said == '1' || *said == '2');
}

/* First time: what there is. */
static void user_look(void *arg, uint64_t line, const char *const *fields) {
  struct oneroster * or = arg;
  (void)line;
  if (or->err)
    return;
  or->users++;
  const int bits = user_bits(or, fields);
  if (bits & ROLE_STUDENT) {
    or->students++;
    or->identified += *text(fields, USER_IDENTIFIER) != '\0';
    or->grades += *text(fields, USER_GRADES) != '\0';
    or->years += is_year(text(fields, USER_GRADES));
  }
  if ((bits & ROLE_COUNSELS) && *text(fields, USER_EMAIL) && !is_gone(fields[USER_STATUS]))
    put(or, or->emails, fields[USER_ID], json_string(fields[USER_EMAIL]));
}

/* The first of the agents ("a12,a13") who may counsel. */
static const char *agent_email(const struct oneroster * or, const char *agents) {
  char id[ARCHIVE_NAME * 4];
  for (const char *at = agents; *at;) {
    const size_t len = strcspn(at, ",; ");
    if (len > 0 && len < sizeof id) {
      memcpy(id, at, len);
      id[len] = '\0';
      const char *email = json_string_value(json_object_get(or->emails, id));
      if (email)
        return email;
    }
    at += len + strspn(at + len, ",; ");
  }
  return "";
}

static void races_put(char *out, size_t cap, json_int_t packed) {
  size_t used = 0;
  out[0] = '\0';
  for (int i = 0; i < RACES; i++)
    if (packed >> i & 1)
      used += (size_t)snprintf(out + used, cap - used, "%s%s", used ? " " : "", races[i]);
}

/* Second time: a student as a row. NULL: the export says nothing of it, and what is stored stays. */
static void user_row(void *arg, uint64_t line, const char *const *fields) {
  struct oneroster * or = arg;
  char said_races[CSV_REASON];
  const char *row[ONEROSTER_FIELDS] = {NULL};
  if (or->err || !(user_bits(or, fields) & ROLE_STUDENT))
    return;
  const json_int_t packed = json_integer_value(json_object_get(or->demographics, fields[USER_ID]));
  races_put(said_races, sizeof said_races, packed);
  row[ONEROSTER_ID] = or->identified == or->students ? fields[USER_IDENTIFIER] : fields[USER_ID];
  row[ONEROSTER_GIVEN] = fields[USER_GIVEN];
  row[ONEROSTER_FAMILY] = fields[USER_FAMILY];
  row[ONEROSTER_EMAIL] = fields[USER_EMAIL];
  row[ONEROSTER_CLASS] = or->years > 0 && or->years == or->grades ? fields[USER_GRADES] : NULL;
  row[ONEROSTER_ADVISER] = fields[USER_AGENTS] && json_object_size(or->emails) > 0 ? agent_email(or, fields[USER_AGENTS]) : NULL;
  row[ONEROSTER_STATUS] = is_gone(fields[USER_STATUS]) ? "inactive" : "active";
  if (or->has_demographics) {
    row[ONEROSTER_SEX] = sexes[packed >> SEX_SHIFT & 7];
    row[ONEROSTER_RACES] = said_races;
    row[ONEROSTER_HISPANIC] = ((const char *const[]){"", "false", "true", ""})[packed >> HISPANIC_SHIFT & 3];
  }
  for (size_t i = 0; i < ONEROSTER_FIELDS; i++) {
    static const char *const names[ONEROSTER_FIELDS] = {
        "sourcedId",       "givenName", "familyName", "email", "grades",
        "agentSourcedIds", "status",    "sex",        "race",  "hispanicOrLatinoEthnicity"};
    if (row[i] && or->students > 0)
      intake_header(or->intake, i, i == ONEROSTER_ID && or->identified == or->students ? "identifier" : names[i]);
  }
  or->err = intake_row(or->intake, line, row);
}

static int users_look(struct oneroster * or) {
  or->looking = true;
  int err = file_read(or, "users.csv", COLUMNS_OF(user_columns), user_look);
  or->looking = false;
  if (err && * or->held.reason)
    intake_tell(or->intake, & or->held, "Compare it with the OneRoster format and export it again.");
  if (err)
    return err;
  if (or->students == 0) {
    tell(or, 1, "role", false, or->has_roles ? "of nobody is student, by roles.csv" : "of nobody is student",
         "See whether the export has the roles; of 1.2 they stand in roles.csv.");
    return E_INVALID;
  }
  if (or->identified > 0 && or->identified < or->students)
    tell(or, 1, "identifier", true, "is empty for some students, so sourcedId is taken as the id of all", "");
  if (or->grades > 0 && or->years < or->grades)
    tell(or, 1, "grades", true, "are not all years of graduation, so class_year stays as it is", "");
  return E_OK;
}

/* ---------------------------------------------------------------- all of it */

static void ignored_say(struct oneroster * or) {
  static const char *const left_out[] = {
      "academicSessions.csv", "categories.csv", "classes.csv", "classResources.csv", "courses.csv", "courseResources.csv",
      "enrollments.csv",      "lineItems.csv",  "orgs.csv",    "resources.csv",      "results.csv", "userProfiles.csv"};
  for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
    if (archive_has(or->archive, left_out[i]))
      intake_ignored(or->intake, left_out[i]);
}

static int parts_read(struct oneroster * or) {
  int err = manifest_read(or);
  or->has_roles = archive_has(or->archive, "roles.csv");
  or->has_demographics = archive_has(or->archive, "demographics.csv");
  if (!err && !archive_has(or->archive, "users.csv")) {
    intake_file(or->intake, "users.csv");
    tell(or, 1, NULL, false, "is not in it", "A OneRoster export has users.csv; bring the folder or the zip that holds it.");
    err = E_INVALID;
  }
  if (!err && or->has_roles)
    err = file_read(or, "roles.csv", COLUMNS_OF(role_columns), role_row);
  if (!err && or->has_demographics)
    err = file_read(or, "demographics.csv", COLUMNS_OF(demo_columns), demo_row);
  if (!err)
    err = users_look(or);
  if (!err)
    err = file_read(or, "users.csv", COLUMNS_OF(user_columns), user_row);
  return err;
}

int oneroster_read(struct intake *intake, struct archive *archive, bool *ret_delta) {
  struct oneroster or = {.intake = intake, .archive = archive};
  or.roles = json_object();
  or.emails = json_object();
  or.demographics = json_object();
  int err = or.roles && or.emails && or.demographics ? parts_read(& or) : E_NOMEM;
  if (!err) {
    ignored_say(& or);
    *ret_delta = or.delta;
  }
  json_decref(or.roles);
  json_decref(or.emails);
  json_decref(or.demographics);
  return err;
}
