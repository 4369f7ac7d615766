/*
 * One student as the database hands them to the risk engine: the columns that api.student_states returns, decoded into a
 * struct risk_input, and what comes back for api.record_evaluations. The one place where SQL rows and risk.h meet; upload,
 * janitor, nightly report and stepguardctl all come through here.
 */
#ifndef SG_DB_STATE_H
#define SG_DB_STATE_H

#include "base/arena.h"
#include "db/args.h"
#include "db/cells.h"
#include "risk/risk.h"

struct student_state {
  int32_t school_id;
  int64_t student_id;
  int64_t version;       /* for compare-and-swap */
  int32_t parameters_id; /* of the school's active set */
  char external_id[65];
  char zone[65];           /* IANA */
  struct risk_input input; /* results in the arena; as_of_ms and as_of_day are left to the caller */
};

/* Decodes row `row`, whose columns from `col` on are those of api.student_state (see sql/README.md). */
int state_decode(const PGresult *res, int row, int col, struct arena *arena, struct student_state *ret) MUSTCHECK;

/* Whose row it is, without decoding the rest. */
int64_t state_student(const PGresult *res, int row);

/* A cell of api.result_row[]; in the arena. */
int state_decode_results(const PGresult *res, int row, int col, struct arena *arena, const struct result **ret,
                         size_t *ret_n) MUSTCHECK;

/* A cell of reported weeks as core.study_fold() packs them; in the arena, NULL and 0 for none. E_NOMEM, E_DATABASE. */
int state_decode_weeks(const PGresult *res, int row, int col, struct arena *arena, const struct risk_week **ret,
                       size_t *ret_n) MUSTCHECK;

/* The two parameters of api.record_evaluations: begin, one call per student, end. `flags` are added to a second array of
 * rows: keep both open by calling record_begin once, then record_add per student, then record_end. */
struct record; /* opaque */
struct record *record_new(size_t cap) MUSTCHECK;
int record_add(struct record *record, const struct student_state *state, const struct risk_assessment *assessment) MUSTCHECK;
size_t record_count(const struct record *record);
struct args *record_finish(struct record *record) MUSTCHECK; /* borrowed until record_free */
void record_free(struct record *record);

#endif
