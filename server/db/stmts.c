/*
 * The statements. Each calls one function of schema api, whose file in sql/api says what it does, who may, and what it locks;
 * what stands here is only how it is spoken to: casts that fix the parameter types (they are prepared without any), the
 * columns in the order the callers' enums name, JSON as text because its binary form has a version byte of its own.
 *
 * The same function appears once per role that calls it, so that a connection prepares its own role's and no others.
 */
#include "db/stmts.h"

#include "base/check.h"

/* The columns of api.student_state, flat; state_decode() reads them by place. */
#define STATE(column) "(r." column ").*"
#define STATE_ROWS    "select r.* from "
/* Those of api.student_past; pasts_decode() reads them by place. */
#define PAST_ROWS "select p.* from "

/* What everybody's evaluation reads. evidence.c reads the columns of the last by place. */
#define NUMBERS_SQL  "select n from api.student_numbers($1::text, $2::int8, $3::int4) n"
#define FACTS_SQL    STATE_ROWS "api.student_facts($1::text, $2::int8[], $3::timestamptz) r"
#define EVIDENCE_SQL "select student_id, packed, instruments, forms from api.student_evidence($1::text, $2::int8[])"

/* Who asks, as api.caller: what http and cookie said, judged inside the function. */
#define CALLER "row($1::text, $2::bytea, $3::bool, $4::bytea, $5::text, $6::text, $7::text)::api.caller"
#define OFFICE_ROW(function, only_reads)                                                                                           \
  [STMT_OFFICE(function)] = {STMT_OFFICE(function),                                                                                \
                             ROLE_OFFICE,                                                                                          \
                             only_reads,                                                                                           \
                             "office_" #function,                                                                                  \
                             "select status, media, body, students, ground from api." #function "(" CALLER ", $8::text::jsonb)",   \
                             8},
#define OFFICE_ROW_READ(function)  OFFICE_ROW(function, true)
#define OFFICE_ROW_WRITE(function) OFFICE_ROW(function, false)
#define OFFICE_ROW_HANDLER(function)

/* clang-format off */
static const struct stmt_row rows[STMTS] = {
#define ROW(stmt, role, name, params, sql) [stmt] = {stmt, role, false, name, sql, params}

  /* ---- student port ---- */
  ROW(STMT_HELLO, ROLE_STUDENT, "hello", 4,
      "select verdict, school_id, school_name, zone, not_after, uuid_send(id_salt) from api.hello($1::text, $2::int8, $3::int8, $4::bytea)"),
  ROW(STMT_INGEST, ROLE_STUDENT, "ingest", 2,
      "select r.upload, r.verdict, r.statuses, " STATE("state")
      " from api.ingest_results($1::api.upload_row[], $2::api.result_row[]) r"),
  ROW(STMT_STUDENT_STATE, ROLE_STUDENT, "student_state", 2,
      STATE_ROWS "api.student_states_of($1::int4, $2::int8) r"),
  ROW(STMT_RECORD, ROLE_STUDENT, "record", 2,
      "select school_id, student_id, recorded from api.record_evaluations($1::api.evaluation_row[], $2::api.flag_row[])"),
  ROW(STMT_CHANGE_PLAN, ROLE_STUDENT, "change_plan", 13,
      "select r.verdict, r.status, r.field, r.reason, " STATE("state")
      " from api.change_plan($1::int4, $2::int8, $3::int8, $4::bytea, $5::uuid, $6::int2, $7::int2, $8::date, $9::date, $10::date,"
      " $11::date, $12::int2, $13::timestamptz) r"),
  ROW(STMT_CLAIM_STALE, ROLE_STUDENT, "claim_stale", 1,
      STATE_ROWS "api.claim_stale($1::int4) r"),
  ROW(STMT_PARAMETERS, ROLE_STUDENT, "parameters", 0,
      "select parameters_id, version, body, instruments from api.parameters()"),
  ROW(STMT_RENEW_BEGIN, ROLE_STUDENT, "renew_begin", 7,
      "select verdict, school_id, school_code, school_name, student_id, device_id, serial, not_before, not_after"
      " from api.renew_begin($1::int4, $2::int8, $3::int8, $4::bytea, $5::bytea, $6::bytea, $7::int4)"),
  ROW(STMT_REVOKED_SINCE, ROLE_STUDENT, "revoked_since", 1,
      "select school_id, device_id from api.revoked_since($1::timestamptz)"),
  ROW(STMT_CERTIFICATE_ISSUED, ROLE_STUDENT, "certificate_issued", 3,
      "select api.certificate_issued($1::int4, $2::bytea, $3::bytea)"),
  ROW(STMT_DISCLOSURES_OF, ROLE_STUDENT, "disclosures_of", 5,
      "select verdict, disclosed_on, outcome = 'refused', recipient, interest, what, basis_source, basis_words, threat, onward"
      " from api.disclosures_of($1::int4, $2::int8, $3::int8, $4::bytea) limit $5::int8"),
  ROW(STMT_STUDY_ADD, ROLE_STUDENT, "study_add", 13,
      "select verdict, status from api.study_add($1::int4, $2::int8, $3::int8, $4::bytea, $5::uuid, $6::int2, $7::timestamptz,"
      " $8::date, $9::int4, $10::int4, $11::int4, $12::int2, $13::int2)"),
  ROW(STMT_STUDY_OF, ROLE_STUDENT, "study_of", 6,
      "select verdict, entry_id, kind, made_at, day, minutes, questions, checks, reviewed, confidence"
      " from api.study_of($1::int4, $2::int8, $3::int8, $4::bytea, $5::int4, $6::int4)"),
  ROW(STMT_MESSAGES_OF, ROLE_STUDENT, "messages_of", 5,
      "select verdict, message_id, written_at, changed_at, writer, body"
      " from api.messages_of($1::int4, $2::int8, $3::int8, $4::bytea) limit $5::int8"),
  ROW(STMT_DEVICES_OF, ROLE_STUDENT, "devices_of", 6,
      "select verdict, known, device_id, name, here, state, enrolled_at, last_seen_at, not_after, revoked_at"
      " from api.devices_of($1::int4, $2::int8, $3::int8, $4::bytea, $5::int8) limit $6::int8"),

  /* ---- enrolment port ---- */
  ROW(STMT_SPEND_CODE, ROLE_ENROL, "spend_code", 5,
      "select verdict, school_id, school_code, school_name, student_id, device_id, serial, not_before, not_after"
      " from api.spend_code($1::bytea, $2::bytea, $3::bytea, $4::text, $5::int4)"),
  ROW(STMT_ENROL_ISSUED, ROLE_ENROL, "enrol_issued", 3,
      "select api.certificate_issued($1::int4, $2::bytea, $3::bytea)"),

  /* ---- nightly report ---- */
  ROW(STMT_NIGHTS_DUE, ROLE_REPORT, "nights_due", 3,
      "select night, passed_from, passed_to from api.nights_due($1::text, $2::date, $3::int4)"),
  ROW(STMT_RUN_BEGIN, ROLE_REPORT, "run_begin", 5,
      "select run_id, verdict from api.run_begin($1::text, $2::date, $3::timestamptz, $4::int4, $5::text)"),
  ROW(STMT_REPORT_NUMBERS, ROLE_REPORT, "report_numbers", 3,
      NUMBERS_SQL),
  ROW(STMT_REPORT_FACTS, ROLE_REPORT, "report_facts", 3,
      FACTS_SQL),
  ROW(STMT_REPORT_EVIDENCE, ROLE_REPORT, "report_evidence", 2,
      EVIDENCE_SQL),
  ROW(STMT_REPORT_RECORD, ROLE_REPORT, "report_record", 3,
      "select school_id, student_id, recorded from api.record_evaluations($1::api.evaluation_row[], $2::api.flag_row[], $3::date)"),
  ROW(STMT_BRIEF, ROLE_REPORT, "brief", 2,
      "select api.brief($1::text, $2::int8)::text"),
  ROW(STMT_RUN_FINISH, ROLE_REPORT, "run_finish", 2,
      "select api.run_finish($1::int8, $2::text::jsonb)"),
  ROW(STMT_PAPER_PACKET, ROLE_REPORT, "paper_packet", 3,
      "select api.paper_packet($1::text, $2::text, $3::bool)"),
  ROW(STMT_PAPER_CLASS, ROLE_REPORT, "paper_class", 2,
      "select api.paper_class($1::text, $2::int2)"),
  ROW(STMT_PAPER_ACCREDITATION, ROLE_REPORT, "paper_accreditation", 3,
      "select api.paper_accreditation($1::text, $2::date, $3::date)"),
  ROW(STMT_REPORT_PARAMETERS, ROLE_REPORT, "report_parameters", 0,
      "select parameters_id, version, body, instruments from api.parameters()"),
  ROW(STMT_REPORT_PASTS, ROLE_REPORT, "report_pasts", 5,
      PAST_ROWS "api.student_pasts($1::text, $2::date, $3::date, $4::int8, $5::int4) p"),
  ROW(STMT_REPORT_ESTIMATES_ADD, ROLE_REPORT, "report_estimates_add", 2,
      "select api.estimates_add($1::text, $2::api.estimate_row[])"),
  ROW(STMT_REPORT_NIGHT_KEEP, ROLE_REPORT, "report_night_keep", 4,
      "select api.night_keep($1::text, $2::date, $3::timestamptz, $4::text)"),
  ROW(STMT_REPORT_CASES_SWEEP, ROLE_REPORT, "report_cases_sweep", 1,
      "select api.cases_sweep($1::text, null)::text"),
  ROW(STMT_CLEARANCE_SWEEP, ROLE_REPORT, "clearance_sweep", 1,
      "select api.clearance_sweep($1::text)::text"),
  ROW(STMT_MESSAGES_CLAIM, ROLE_REPORT, "messages_claim", 4,
      "select message_id, lease, kind, address, document, header_id, made_at, secret, secret_for"
      " from api.messages_claim($1::text, $2::int4, $3::text, $4::int8)"),
  ROW(STMT_MESSAGE_DONE, ROLE_REPORT, "message_done", 5,
      "select api.message_done($1::text, $2::int8, $3::int8, $4::text, $5::text)"),
  ROW(STMT_MESSAGE_TEST, ROLE_REPORT, "message_test", 2,
      "select api.message_test($1::text, $2::text)"),
  ROW(STMT_ESTIMATES_KEEP, ROLE_REPORT, "estimates_keep", 3,
      "select api.estimates_keep($1::text, $2::date, $3::timestamptz)"),

  /* ---- operator ---- */
  ROW(STMT_SCHOOL_ENSURE, ROLE_OPERATOR, "school_ensure", 3,
      "select api.school_ensure($1::text, $2::text, $3::text)"),
  ROW(STMT_IMPORT_FEED, ROLE_OPERATOR, "import_feed", 3,
      "select api.import_feed($1::text, $2::text::jsonb, $3::text)"),
  ROW(STMT_IMPORT_FILE, ROLE_OPERATOR, "import_file", 6,
      "select api.import_file($1::text, $2::text, $3::text, $4::text::jsonb, $5::text, $6::int4)::text"),
  ROW(STMT_IMPORTS_OF, ROLE_OPERATOR, "imports_of", 2,
      "select api.imports_of($1::text, $2::int4)::text"),
  ROW(STMT_IMPORT_TAKE_BACK, ROLE_OPERATOR, "import_take_back", 2,
      "select api.import_take_back($1::text, $2::int8)::text"),
  ROW(STMT_CODES_ISSUE, ROLE_OPERATOR, "codes_issue", 3,
      "select api.codes_issue($1::text, $2::text::jsonb, $3::timestamptz)::text"),
  ROW(STMT_QUEUE, ROLE_OPERATOR, "queue", 3,
      "select api.queue($1::text, $2::timestamptz, $3::int4)::text"),
  ROW(STMT_STUDENT_SHOW, ROLE_OPERATOR, "student_show", 2,
      "select api.student_show($1::text, $2::text)::text"),
  ROW(STMT_PARAMETERS_ADD, ROLE_OPERATOR, "parameters_add", 6,
      "select api.parameters_add($1::text, $2::text, $3::text, $4::text, $5::bytea, $6::bool)"),
  ROW(STMT_REVOKE, ROLE_OPERATOR, "revoke", 4,
      "select api.revoke($1::text, $2::text, $3::int8, $4::text)::text"),
  ROW(STMT_OPERATOR_STATES, ROLE_OPERATOR, "operator_states", 3,
      STATE_ROWS "api.student_states($1::text, $2::int8, $3::int4) r"),
  ROW(STMT_OPERATOR_NUMBERS, ROLE_OPERATOR, "operator_numbers", 3,
      NUMBERS_SQL),
  ROW(STMT_OPERATOR_FACTS, ROLE_OPERATOR, "operator_facts", 3,
      FACTS_SQL),
  ROW(STMT_OPERATOR_EVIDENCE, ROLE_OPERATOR, "operator_evidence", 2,
      EVIDENCE_SQL),
  ROW(STMT_OPERATOR_RECORD, ROLE_OPERATOR, "operator_record", 2,
      "select school_id, student_id, recorded from api.record_evaluations($1::api.evaluation_row[], $2::api.flag_row[])"),
  ROW(STMT_OPERATOR_PARAMETERS, ROLE_OPERATOR, "operator_parameters", 0,
      "select parameters_id, version, body, instruments from api.parameters()"),
  ROW(STMT_PARAMETERS_OF, ROLE_OPERATOR, "parameters_of", 1,
      "select api.parameters_of($1::text)::text"),
  ROW(STMT_STAFF_FIRST, ROLE_OPERATOR, "staff_first", 6,
      "select api.staff_first($1::text, $2::text, $3::text, string_to_array($4::text, ','), $5::bytea, $6::timestamptz)"),
  ROW(STMT_STAFF_ACCOUNTS, ROLE_OPERATOR, "staff_accounts", 1,
      "select api.staff_accounts($1::text)::text"),
  ROW(STMT_DOCTOR, ROLE_OPERATOR, "doctor", 1,
      "select api.doctor($1::text)::text"),
  ROW(STMT_SEALED, ROLE_OPERATOR, "sealed", 1,
      "select api.sealed($1::text)::text"),
  ROW(STMT_SEALED_CHANGE, ROLE_OPERATOR, "sealed_change", 2,
      "select api.sealed_change($1::text, $2::text::jsonb)::text"),
  ROW(STMT_TRAIL_EXPORT, ROLE_OPERATOR, "trail_export", 3,
      "select api.trail_export($1::text, $2::int8, $3::int4)::text"),
  ROW(STMT_OPERATOR_PASTS, ROLE_OPERATOR, "operator_pasts", 5,
      PAST_ROWS "api.student_pasts($1::text, $2::date, $3::date, $4::int8, $5::int4) p"),
  ROW(STMT_OPERATOR_ESTIMATES_ADD, ROLE_OPERATOR, "operator_estimates_add", 2,
      "select api.estimates_add($1::text, $2::api.estimate_row[])"),
  ROW(STMT_OPERATOR_NIGHT_KEEP, ROLE_OPERATOR, "operator_night_keep", 4,
      "select api.night_keep($1::text, $2::date, $3::timestamptz, $4::text)"),
  ROW(STMT_NIGHTS_KEPT, ROLE_OPERATOR, "nights_kept", 1,
      "select night from api.nights_kept($1::text)"),

  /* ---- office port ---- */
#define ROUTE(method, path, function, kind, flags) OFFICE_ROW_##kind(function)
#define CALL(function, kind) OFFICE_ROW_##kind(function)
#include "db/office_routes.def"
#undef ROUTE
#undef CALL
  ROW(STMT_LOOKED, ROLE_OFFICE, "looked", 13,
      "select api.looked(" CALLER ", $8::text, $9::int2, $10::int8[], $11::text, $12::text::jsonb, $13::bool)"),
  ROW(STMT_CASES_SWEEP, ROLE_OFFICE, "cases_sweep", 1,
      "select api.cases_sweep($1::text, null)::text"),
  ROW(STMT_OFFICE_PARAMETERS, ROLE_OFFICE, "office_parameters", 0,
      "select parameters_id, version, body, instruments from api.parameters()"),
  ROW(STMT_JOB_CLAIM, ROLE_OFFICE, "job_claim", 2,
      "select school_id, job_id, kind, zone, from_day, to_day, every_days, lead_days, changes, base_version, base_body, base_instruments,"
      " proposed_version, proposed_body, proposed_instruments from api.job_claim($1::text, $2::int4)"),
  ROW(STMT_JOB_ADVANCE, ROLE_OFFICE, "job_advance", 5,
      "select api.job_advance($1::int4, $2::int8, $3::text, $4::int4, $5::int4)"),
  ROW(STMT_JOB_FINISH, ROLE_OFFICE, "job_finish", 6,
      "select api.job_finish($1::int4, $2::int8, $3::text, $4::int4, $5::text::jsonb, $6::text)"),
#undef ROW
  [STMT_STUDENT_INPUT] = {STMT_STUDENT_INPUT, ROLE_OFFICE, true, "student_input",
                          "select (r.reply).status, (r.reply).media, (r.reply).body, (r.reply).students, (r.reply).ground, " STATE("state")
                          " from api.student_input(" CALLER ", $8::text::jsonb) r", 8},
  [STMT_JOB_STUDENTS] = {STMT_JOB_STUDENTS, ROLE_OFFICE, true, "job_students",
                         PAST_ROWS "api.job_students($1::int4, $2::int8, $3::int8, $4::int4) p", 4},
};

static const char *const role_names[ROLES] = {
  [ROLE_STUDENT] = "sg_student", [ROLE_ENROL] = "sg_enrol", [ROLE_REPORT] = "sg_report", [ROLE_OPERATOR] = "sg_operator",
  [ROLE_OFFICE] = "sg_office",
};
/* clang-format on */

const struct stmt_row *stmt_row(enum stmt stmt) {
  CHECK((unsigned)stmt < STMTS && rows[stmt].sql);
  return &rows[stmt];
}

const char *db_role_name(enum db_role role) {
  CHECK((unsigned)role < ROLES);
  return role_names[role];
}
