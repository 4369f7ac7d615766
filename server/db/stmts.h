/*
 * Every statement the programs send, in one table (stmts.c): name, the role that may, the SQL, the number of parameters,
 * whether it only reads. C never puts SQL together. Statements are prepared on a connection as it comes up, those of its role
 * only; those of the office come from a list of their own (db/office_routes.def) and all have one shape.
 */
#ifndef SG_DB_STMTS_H
#define SG_DB_STMTS_H

#include <libpq-fe.h>
#include <stdbool.h>

enum db_role { ROLE_STUDENT, ROLE_ENROL, ROLE_REPORT, ROLE_OPERATOR, ROLE_OFFICE, ROLES };

/* clang-format off */
/* From the kind of a row of office_routes.def to what is made of it. */
#define STMT_OFFICE(name) STMT_OFFICE_##name
#define STMT_ENUM_READ(name) STMT_OFFICE(name),
#define STMT_ENUM_WRITE(name) STMT_OFFICE(name),
#define STMT_ENUM_HANDLER(name)

enum stmt {
  /* student port */
  STMT_HELLO, STMT_INGEST, STMT_STUDENT_STATE, STMT_RECORD, STMT_CHANGE_PLAN, STMT_CLAIM_STALE, STMT_PARAMETERS, STMT_RENEW_BEGIN, STMT_REVOKED_SINCE,
  STMT_CERTIFICATE_ISSUED, STMT_DISCLOSURES_OF, STMT_STUDY_ADD, STMT_STUDY_OF, STMT_MESSAGES_OF, STMT_DEVICES_OF,
  /* enrolment port */
  STMT_SPEND_CODE, STMT_ENROL_ISSUED,
  /* nightly report */
  STMT_NIGHTS_DUE, STMT_RUN_BEGIN, STMT_REPORT_NUMBERS, STMT_REPORT_FACTS, STMT_REPORT_EVIDENCE, STMT_REPORT_RECORD, STMT_BRIEF, STMT_RUN_FINISH, STMT_REPORT_PARAMETERS,
  STMT_PAPER_PACKET, STMT_PAPER_CLASS, STMT_PAPER_ACCREDITATION,
  STMT_REPORT_PASTS, STMT_ESTIMATES_KEEP, STMT_REPORT_ESTIMATES_ADD, STMT_REPORT_NIGHT_KEEP, STMT_REPORT_CASES_SWEEP, STMT_CLEARANCE_SWEEP,
  STMT_MESSAGES_CLAIM, STMT_MESSAGE_DONE, STMT_MESSAGE_TEST,
  /* operator */
  STMT_IMPORT_FEED, STMT_IMPORT_FILE, STMT_IMPORTS_OF, STMT_IMPORT_TAKE_BACK,
  STMT_SCHOOL_ENSURE, STMT_CODES_ISSUE, STMT_QUEUE, STMT_STUDENT_SHOW, STMT_PARAMETERS_ADD,
  STMT_REVOKE, STMT_OPERATOR_STATES, STMT_OPERATOR_NUMBERS, STMT_OPERATOR_FACTS, STMT_OPERATOR_EVIDENCE, STMT_OPERATOR_RECORD, STMT_OPERATOR_PARAMETERS, STMT_PARAMETERS_OF,
  STMT_STAFF_FIRST, STMT_STAFF_ACCOUNTS, STMT_DOCTOR, STMT_SEALED, STMT_SEALED_CHANGE, STMT_TRAIL_EXPORT,
  STMT_OPERATOR_PASTS, STMT_NIGHTS_KEPT, STMT_OPERATOR_ESTIMATES_ADD, STMT_OPERATOR_NIGHT_KEEP,
  /* office port */
#define ROUTE(method, path, name, kind, flags) STMT_ENUM_##kind(name)
#define CALL(name, kind) STMT_ENUM_##kind(name)
#include "db/office_routes.def"
#undef ROUTE
#undef CALL
  STMT_LOOKED, STMT_CASES_SWEEP, STMT_STUDENT_INPUT, STMT_OFFICE_PARAMETERS, STMT_JOB_CLAIM, STMT_JOB_STUDENTS, STMT_JOB_ADVANCE, STMT_JOB_FINISH,
  STMTS
};
/* clang-format on */

struct stmt_row {
  enum stmt stmt;
  enum db_role role;
  bool reads;       /* office: prepared where nothing can be written (pool_options.read_only), and there alone */
  const char *name; /* of the prepared statement */
  const char *sql;
  int params;
};

const struct stmt_row *stmt_row(enum stmt stmt);
const char *db_role_name(enum db_role role); /* "sg_student" */

#endif
