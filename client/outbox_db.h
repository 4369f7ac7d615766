/*
 * SQLite as the parts of the outbox see it (outbox.c: the file, settings, plan, standing; outbox_result.c: the results;
 * outbox_act.c: what was recorded together, and what files have taught; outbox_study.c: goals, check-ins, messages).
 * Nobody else includes this.
 */
#ifndef SG_CLIENT_OUTBOX_DB_H
#define SG_CLIENT_OUTBOX_DB_H

#include "client/outbox.h"

#include <sqlite3.h>

struct outbox {
  sqlite3 *db;
  sqlite3_stmt *record, *find, *settle; /* kept: they run once a row */
  int64_t act;                          /* what is recorded now belongs to it; 0: to none */
  uint32_t act_rows;                    /* recorded since outbox_act_begin() */
  char path[HOME_PATH + 16];
};

/* The last failure of the connection as a sentence. */
int outbox_failed(struct outbox *outbox, struct sg_error *ret_error);
int outbox_prepare(struct outbox *outbox, const char *sql, sqlite3_stmt **ret, struct sg_error *ret_error) MUSTCHECK;
/* Runs a statement that gives no rows, and lets go of it. */
int outbox_finish(struct outbox *outbox, sqlite3_stmt *stmt, struct sg_error *ret_error) MUSTCHECK;
/* Prepares the statements that are kept. */
int outbox_result_open(struct outbox *outbox, struct sg_error *ret_error) MUSTCHECK;

/* Columns of a result as every select here has them: the order in which it is bound, from 1; column 0 is seq. */
#define RESULT_COLUMNS                                                                                                             \
  "seq, result_id, revision, retracted, instrument, form, taken_at_ms, scale, score_centi, mode, repeat, items, correct, "         \
  "omitted, seconds, seconds_allowed, printed_p_pass_bp, subs, digest"
enum { RESULT_COLUMNS_N = 19 };

/* False where the row is not what was recorded. */
bool outbox_result_read(struct result *ret, sqlite3_stmt *stmt);

/* A number that may be missing: `none` stands for null. */
void bind_optional(sqlite3_stmt *stmt, int at, int32_t value, int32_t none);
int32_t column_optional(sqlite3_stmt *stmt, int at, int32_t none);
void column_text(char *out, size_t cap, sqlite3_stmt *stmt, int at);

#endif
