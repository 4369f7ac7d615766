/*
 * The outbox in SQLite.
 *
 * Durability was measured, not assumed: WAL with synchronous=NORMAL lost acknowledged rows in nine of ten simulated power
 * cuts; with FULL, and with the rollback journal and FULL or EXTRA, none. We take the rollback journal with EXTRA:
 *   - at rest there is one file, so moving or copying the directory cannot part the database from its log;
 *   - it needs no shared memory, so a home directory on a network works;
 *   - WAL has a corruption bug around its reset up to SQLite 3.51.2, which Debian 12 still ships;
 *   - EXTRA also syncs the directory after the journal is gone. With FULL a power cut right after a commit may bring the
 *     journal back and undo the commit, and by then the student has been told that the row is safe.
 * WAL would be faster with many small commits; here a whole import and a whole receipt are one commit each.
 *
 * Statements are prepared when used and finalized right after: there are a few dozen a second at most, and the code has no
 * life-cycle of its own for them. Those that run once a row are kept (outbox_result.c).
 */
#include "client/error.h"
#include "client/outbox_db.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const unsigned char sg_outbox_schema[], sg_outbox_schema_2[], sg_outbox_schema_3[];

enum { SCHEMA_VERSION = 3 };

/* ---------------------------------------------------------------- failing */

/* SQLite calls a page that the disk did not give damaged, too. What is on the disk may be well. */
static int outbox_damaged(struct outbox *outbox, struct sg_error *ret_error) {
  int number = sqlite3_errcode(outbox->db) == SQLITE_IOERR ? EIO : 0, last = 0;
  if (sqlite3_file_control(outbox->db, "main", SQLITE_FCNTL_LAST_ERRNO, &last) == SQLITE_OK && last != 0)
    number = last;
  if (number != 0)
    return error_set(
        ret_error, SG_LOCAL,
        "Cannot read %s: %s. Run this again; if it stays so the disk is failing: copy the directory to another one, and "
        "name it in STEPGUARD_HOME.",
        outbox->path, strerror(number));
  return error_set(ret_error, SG_LOCAL,
                   "%s is damaged. Move it away, run `stepguard enrol --replace` with a new code, and import your files again: "
                   "what the school has already is recognised.",
                   outbox->path);
}

/* One sentence for whatever SQLite says. Its own words are for programmers; the student needs to know what to do. */
int outbox_failed(struct outbox *outbox, struct sg_error *ret_error) {
  int number = sqlite3_system_errno(outbox->db);
  switch (sqlite3_errcode(outbox->db)) {
  case SQLITE_FULL: return error_system(ret_error, ENOSPC, "Cannot write %s", outbox->path);
  case SQLITE_NOMEM: return error_system(ret_error, ENOMEM, "Cannot use %s", outbox->path);
  case SQLITE_IOERR:
    switch (sqlite3_extended_errcode(outbox->db)) {
    case SQLITE_IOERR_READ:
    case SQLITE_IOERR_CORRUPTFS: return outbox_damaged(outbox, ret_error);
    case SQLITE_IOERR_NOMEM: return error_system(ret_error, ENOMEM, "Cannot use %s", outbox->path);
    default: break;
    }
    /* Rolling back has overwritten errno by now, so this cannot tell a quota from a bad sector. */
    return error_set(ret_error, SG_LOCAL,
                     "Cannot write %s: the disk is full, over its limit, or failing. What was recorded before is safe; make room "
                     "and run it again.",
                     outbox->path);
  case SQLITE_READONLY: return error_system(ret_error, EROFS, "Cannot write %s", outbox->path);
  case SQLITE_CANTOPEN: return error_system(ret_error, number != 0 ? number : EACCES, "Cannot open %s", outbox->path);
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return error_set(ret_error, SG_LOCKED, "Another program has %s open. Close it and run this again.", outbox->path);
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB: return outbox_damaged(outbox, ret_error);
  default: return error_set(ret_error, SG_LOCAL, "%s cannot be used: %s.", outbox->path, sqlite3_errmsg(outbox->db));
  }
}

static int outbox_run(struct outbox *outbox, const char *sql, struct sg_error *ret_error) {
  if (sqlite3_exec(outbox->db, sql, NULL, NULL, NULL) != SQLITE_OK)
    return outbox_failed(outbox, ret_error);
  return SG_OK;
}

int outbox_prepare(struct outbox *outbox, const char *sql, sqlite3_stmt **ret, struct sg_error *ret_error) {
  if (sqlite3_prepare_v2(outbox->db, sql, -1, ret, NULL) != SQLITE_OK)
    return outbox_failed(outbox, ret_error);
  return SG_OK;
}

int outbox_finish(struct outbox *outbox, sqlite3_stmt *stmt, struct sg_error *ret_error) {
  int status = sqlite3_step(stmt) == SQLITE_DONE ? SG_OK : outbox_failed(outbox, ret_error);
  sqlite3_finalize(stmt);
  return status;
}

void bind_optional(sqlite3_stmt *stmt, int at, int32_t value, int32_t none) {
  if (value == none)
    sqlite3_bind_null(stmt, at);
  else
    sqlite3_bind_int(stmt, at, value);
}

int32_t column_optional(sqlite3_stmt *stmt, int at, int32_t none) {
  return sqlite3_column_type(stmt, at) == SQLITE_NULL ? none : sqlite3_column_int(stmt, at);
}

void column_text(char *out, size_t cap, sqlite3_stmt *stmt, int at) {
  const char *text = (const char *)sqlite3_column_text(stmt, at);
  snprintf(out, cap, "%s", text != NULL ? text : "");
}

/* ---------------------------------------------------------------- opening */

/* What a file has to go through from version n to n + 1. */
static const char *const migrations[SCHEMA_VERSION] = {(const char *)sg_outbox_schema, (const char *)sg_outbox_schema_2,
                                                       (const char *)sg_outbox_schema_3};

static int outbox_number(struct outbox *outbox, const char *sql, int64_t *ret, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox, sql, &stmt, ret_error);
  if (status != SG_OK)
    return status;
  int step = sqlite3_step(stmt);
  if (step == SQLITE_ROW)
    *ret = sqlite3_column_int64(stmt, 0);
  else
    status = outbox_failed(outbox, ret_error);
  sqlite3_finalize(stmt);
  return status;
}

static int outbox_check(struct outbox *outbox, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox, "pragma quick_check(1)", &stmt, ret_error);
  if (status != SG_OK)
    return status;
  int step = sqlite3_step(stmt);
  const char *word = step == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
  if (word == NULL)
    status = outbox_failed(outbox, ret_error);
  else if (strcmp(word, "ok") != 0)
    status = outbox_damaged(outbox, ret_error);
  sqlite3_finalize(stmt);
  return status;
}

static int outbox_migrate(struct outbox *outbox, struct sg_error *ret_error) {
  int64_t version = 0;
  int status = outbox_number(outbox, "pragma user_version", &version, ret_error);
  if (status != SG_OK)
    return status;
  if (version > SCHEMA_VERSION || version < 0)
    return error_set(ret_error, SG_LOCAL, "%s was written by a newer stepguard. Update this one.", outbox->path);
  for (; version < SCHEMA_VERSION; version++) {
    char number[64];
    snprintf(number, sizeof number, "pragma user_version = %" PRId64, version + 1);
    status = outbox_begin(outbox, ret_error);
    if (status == SG_OK)
      status = outbox_run(outbox, migrations[version], ret_error);
    if (status == SG_OK)
      status = outbox_run(outbox, number, ret_error);
    if (status == SG_OK)
      status = outbox_commit(outbox, ret_error);
    if (status != SG_OK) {
      outbox_rollback(outbox);
      return status;
    }
  }
  return SG_OK;
}

int outbox_open(struct outbox **ret, const struct home *home, struct sg_error *ret_error) {
  struct outbox *outbox = calloc(1, sizeof *outbox);
  if (outbox == NULL)
    return error_system(ret_error, ENOMEM, "Cannot open the outbox");
  snprintf(outbox->path, sizeof outbox->path, "%s/outbox.db", home->dir);
  /* The file is ours and private before SQLite sees it; its journal gets the same mode. */
  int status = home_claim(home, "outbox.db", ret_error);
  if (status == SG_OK && sqlite3_open_v2(outbox->path, &outbox->db,
                                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
    status = outbox->db != NULL ? outbox_failed(outbox, ret_error) : error_system(ret_error, ENOMEM, "Cannot open the outbox");
  if (status == SG_OK)
    status = outbox_run(outbox,
                        "pragma trusted_schema = off; pragma cell_size_check = on; pragma foreign_keys = on;"
                        "pragma journal_mode = delete; pragma synchronous = extra; pragma temp_store = memory;",
                        ret_error);
  if (status == SG_OK)
    status = outbox_check(outbox, ret_error);
  if (status == SG_OK)
    status = outbox_migrate(outbox, ret_error);
  if (status == SG_OK)
    status = outbox_result_open(outbox, ret_error);
  if (status != SG_OK) {
    outbox_close(outbox);
    return status;
  }
  *ret = outbox;
  return SG_OK;
}

void outbox_close(struct outbox *outbox) {
  if (outbox == NULL)
    return;
  sqlite3_finalize(outbox->record);
  sqlite3_finalize(outbox->find);
  sqlite3_finalize(outbox->settle);
  sqlite3_close(outbox->db);
  free(outbox);
}

int outbox_begin(struct outbox *outbox, struct sg_error *ret_error) {
  return outbox_run(outbox, "begin immediate", ret_error);
}

int outbox_commit(struct outbox *outbox, struct sg_error *ret_error) {
  return outbox_run(outbox, "commit", ret_error);
}

void outbox_rollback(struct outbox *outbox) {
  outbox->act = 0;
  /* A full disk has rolled back already; then this says "no transaction", which is what we want. */
  if (sqlite3_get_autocommit(outbox->db) == 0)
    (void)sqlite3_exec(outbox->db, "rollback", NULL, NULL, NULL);
}

/* ---------------------------------------------------------------- settings */

int outbox_get(struct outbox *outbox, const char *name, char *ret, size_t cap, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox, "select value from setting where name = ?1", &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
  int step = sqlite3_step(stmt);
  if (step == SQLITE_ROW || step == SQLITE_DONE)
    snprintf(ret, cap, "%s", step == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : "");
  else
    status = outbox_failed(outbox, ret_error);
  sqlite3_finalize(stmt);
  return status;
}

int outbox_get_ms(struct outbox *outbox, const char *name, int64_t *ret, struct sg_error *ret_error) {
  char text[OUTBOX_VALUE_CAP];
  int status = outbox_get(outbox, name, text, sizeof text, ret_error);
  if (status == SG_OK)
    *ret = strtoll(text, NULL, 10);
  return status;
}

int outbox_set(struct outbox *outbox, const char *name, const char *value, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox, "insert into setting values (?1, ?2) on conflict (name) do update set value = excluded.value",
                              &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
  sqlite3_bind_text(stmt, 2, value, -1, SQLITE_STATIC);
  return outbox_finish(outbox, stmt, ret_error);
}

int outbox_set_ms(struct outbox *outbox, const char *name, int64_t value, struct sg_error *ret_error) {
  char text[32];
  snprintf(text, sizeof text, "%" PRId64, value);
  return outbox_set(outbox, name, text, ret_error);
}

/* ---------------------------------------------------------------- counts */

int outbox_counts(struct outbox *outbox, struct sg_counts *ret, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox,
                              "select count(*) filter (where state = 0), count(*) filter (where state = 1),"
                              " count(*) filter (where state = 2), count(*) filter (where state = 3),"
                              " (select count(*) from plan_change where state = 0),"
                              " (select count(*) from plan_change where state > 1), (select count(*) from study where state = 0),"
                              " (select count(*) from study where state > 1) from result",
                              &stmt, ret_error);
  if (status != SG_OK)
    return status;
  if (sqlite3_step(stmt) == SQLITE_ROW)
    *ret = (struct sg_counts){.queued = (uint32_t)sqlite3_column_int64(stmt, 0),
                              .acknowledged = (uint32_t)sqlite3_column_int64(stmt, 1),
                              .rejected = (uint32_t)sqlite3_column_int64(stmt, 2),
                              .conflict = (uint32_t)sqlite3_column_int64(stmt, 3),
                              .plans_queued = (uint32_t)sqlite3_column_int64(stmt, 4),
                              .plans_rejected = (uint32_t)sqlite3_column_int64(stmt, 5),
                              .study_queued = (uint32_t)sqlite3_column_int64(stmt, 6),
                              .study_rejected = (uint32_t)sqlite3_column_int64(stmt, 7)};
  else
    status = outbox_failed(outbox, ret_error);
  sqlite3_finalize(stmt);
  return status;
}

/* ---------------------------------------------------------------- exam plan */

int outbox_plan_record(struct outbox *outbox, const struct sg_plan *plan, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox,
                              "insert into plan_change (change_id, action, attempt, exam_day, permit_from_day, permit_to_day,"
                              " dedicated_start_day, outcome, made_at_ms) values (?1,?2,?3,?4,?5,?6,?7,?8,?9)",
                              &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_blob(stmt, 1, plan->id, UUID_BYTES, SQLITE_STATIC);
  sqlite3_bind_int(stmt, 2, (int)plan->action);
  sqlite3_bind_int64(stmt, 3, plan->attempt);
  bind_optional(stmt, 4, plan->exam_day, SG_NO_DAY);
  bind_optional(stmt, 5, plan->permit_from, SG_NO_DAY);
  bind_optional(stmt, 6, plan->permit_to, SG_NO_DAY);
  bind_optional(stmt, 7, plan->dedicated_start, SG_NO_DAY);
  sqlite3_bind_int(stmt, 8, (int)plan->outcome);
  sqlite3_bind_int64(stmt, 9, plan->made_at_ms);
  return outbox_finish(outbox, stmt, ret_error);
}

int outbox_plan_list(struct outbox *outbox, bool queued_only, bool (*each)(void *arg, const struct sg_plan *plan), void *arg,
                     struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox,
                              "select change_id, action, attempt, exam_day, permit_from_day, permit_to_day, dedicated_start_day,"
                              " outcome, made_at_ms, state, field, reason from plan_change where state = 0 or not ?1 order by seq",
                              &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_int(stmt, 1, queued_only);
  int step = SQLITE_DONE;
  bool more = true;
  while (more && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
    struct sg_plan plan = {.action = (enum sg_plan_action)sqlite3_column_int(stmt, 1),
                           .attempt = (uint32_t)sqlite3_column_int64(stmt, 2),
                           .exam_day = column_optional(stmt, 3, SG_NO_DAY),
                           .permit_from = column_optional(stmt, 4, SG_NO_DAY),
                           .permit_to = column_optional(stmt, 5, SG_NO_DAY),
                           .dedicated_start = column_optional(stmt, 6, SG_NO_DAY),
                           .outcome = (enum sg_outcome)sqlite3_column_int(stmt, 7),
                           .made_at_ms = sqlite3_column_int64(stmt, 8),
                           .state = (enum sg_row_state)sqlite3_column_int(stmt, 9)};
    if (sqlite3_column_bytes(stmt, 0) != UUID_BYTES) /* the table has a check on it, but the file lay on somebody's disk */
      continue;
    memcpy(plan.id, sqlite3_column_blob(stmt, 0), UUID_BYTES);
    column_text(plan.field, sizeof plan.field, stmt, 10);
    column_text(plan.reason, sizeof plan.reason, stmt, 11);
    more = each(arg, &plan);
  }
  if (more && step != SQLITE_DONE)
    status = outbox_failed(outbox, ret_error);
  sqlite3_finalize(stmt);
  return status;
}

int outbox_plan_settle(struct outbox *outbox, const uint8_t id[UUID_BYTES], enum sg_row_state state, const char *field,
                       const char *reason, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(
      outbox, "update plan_change set state = ?2, field = ?3, reason = ?4 where change_id = ?1 and state = 0", &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_blob(stmt, 1, id, UUID_BYTES, SQLITE_STATIC);
  sqlite3_bind_int(stmt, 2, (int)state);
  sqlite3_bind_text(stmt, 3, field, -1, SQLITE_STATIC);
  sqlite3_bind_text(stmt, 4, reason, -1, SQLITE_STATIC);
  return outbox_finish(outbox, stmt, ret_error);
}

/* ---------------------------------------------------------------- standing */

static int standing_write(struct outbox *outbox, const char *sql, const void *body, size_t len, int64_t received_ms,
                          struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox, sql, &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_blob(stmt, 1, body, (int)len, SQLITE_STATIC);
  sqlite3_bind_int64(stmt, 2, received_ms);
  return outbox_finish(outbox, stmt, ret_error);
}

int outbox_standing_set(struct outbox *outbox, const void *body, size_t len, int64_t received_ms, struct sg_error *ret_error) {
  bool own = sqlite3_get_autocommit(outbox->db) != 0;
  int status = own ? outbox_begin(outbox, ret_error) : SG_OK;
  if (status == SG_OK)
    status = standing_write(outbox,
                            "insert into standing values (1, ?1, ?2) on conflict (only) do update set body = excluded.body,"
                            " received_ms = excluded.received_ms",
                            body, len, received_ms, ret_error);
  if (status == SG_OK)
    status = standing_write(outbox,
                            "insert into standing_past values (?2 / 86400000, ?1, ?2) on conflict (day) do update set"
                            " body = excluded.body, received_ms = excluded.received_ms",
                            body, len, received_ms, ret_error);
  if (status == SG_OK && own)
    status = outbox_commit(outbox, ret_error);
  if (own)
    outbox_rollback(outbox);
  return status;
}

int outbox_standing_past(struct outbox *outbox, void (*each)(void *arg, const uint8_t *body, size_t len, int64_t received_ms),
                         void *arg, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status =
      outbox_prepare(outbox, "select body, received_ms from (select * from standing_past order by day desc limit ?1) order by day",
                     &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_int(stmt, 1, OUTBOX_STANDINGS);
  int step;
  while ((step = sqlite3_step(stmt)) == SQLITE_ROW)
    if (sqlite3_column_bytes(stmt, 0) <= OUTBOX_STANDING_CAP)
      each(arg, sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0), sqlite3_column_int64(stmt, 1));
  if (step != SQLITE_DONE)
    status = outbox_failed(outbox, ret_error);
  sqlite3_finalize(stmt);
  return status;
}

int outbox_standing_get(struct outbox *outbox, uint8_t *body, size_t *ret_len, int64_t *ret_received_ms,
                        struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox, "select body, received_ms from standing", &stmt, ret_error);
  if (status != SG_OK)
    return status;
  int step = sqlite3_step(stmt);
  if (step != SQLITE_ROW && step != SQLITE_DONE) {
    status = outbox_failed(outbox, ret_error);
  } else {
    size_t len = step == SQLITE_ROW ? (size_t)sqlite3_column_bytes(stmt, 0) : 0;
    *ret_len = len <= OUTBOX_STANDING_CAP ? len : 0;
    *ret_received_ms = step == SQLITE_ROW ? sqlite3_column_int64(stmt, 1) : 0;
    if (*ret_len > 0)
      memcpy(body, sqlite3_column_blob(stmt, 0), *ret_len);
  }
  sqlite3_finalize(stmt);
  return status;
}
