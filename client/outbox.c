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
 * Each row carries a digest of its content. SQLite notices a torn page, not a flipped bit inside a cell, and a score that
 * changed on disk must not travel as if the student had entered it.
 *
 * Statements are prepared when used and finalized right after: there are a few dozen a second at most, and the code has no
 * life-cycle of its own for them. The two that run per row of an import are kept.
 */
#include "client/outbox.h"

#include "client/error.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const unsigned char sg_outbox_schema[];

enum { DIGEST_BYTES = 16, SUB_BYTES = 5, SUBS_CAP = SUB_BYTES * LIMIT_SUBSCORES, SCHEMA_VERSION = 1 };

struct outbox {
  sqlite3 *db;
  sqlite3_stmt *record, *find;
  char path[HOME_PATH + 16];
};

/* ---------------------------------------------------------------- failing */

/* One sentence for whatever SQLite says. Its own words are for programmers; the student needs to know what to do. */
static int outbox_failed(struct outbox *outbox, struct sg_error *ret_error) {
  int number = sqlite3_system_errno(outbox->db);
  switch (sqlite3_errcode(outbox->db)) {
  case SQLITE_FULL: return error_system(ret_error, ENOSPC, "Cannot write %s", outbox->path);
  case SQLITE_NOMEM: return error_system(ret_error, ENOMEM, "Cannot use %s", outbox->path);
  case SQLITE_IOERR:
    /* Rolling back has overwritten errno by now, so this cannot tell a quota from a bad sector. */
    if (sqlite3_extended_errcode(outbox->db) != SQLITE_IOERR_READ)
      return error_set(ret_error, SG_LOCAL,
                       "Cannot write %s: the disk is full, over its limit, or failing. What was recorded before is safe; make room "
                       "and run it again.",
                       outbox->path);
    return error_system(ret_error, number != 0 ? number : EIO, "Cannot use %s", outbox->path);
  case SQLITE_READONLY: return error_system(ret_error, EROFS, "Cannot write %s", outbox->path);
  case SQLITE_CANTOPEN: return error_system(ret_error, number != 0 ? number : EACCES, "Cannot open %s", outbox->path);
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return error_set(ret_error, SG_LOCKED, "Another program has %s open. Close it and run this again.", outbox->path);
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return error_set(ret_error, SG_LOCAL,
                     "%s is damaged. Move it away, run `stepguard enrol --replace` with a new code, and import your files again: "
                     "what the school has already is recognised.",
                     outbox->path);
  default: return error_set(ret_error, SG_LOCAL, "%s cannot be used: %s.", outbox->path, sqlite3_errmsg(outbox->db));
  }
}

static int outbox_run(struct outbox *outbox, const char *sql, struct sg_error *ret_error) {
  if (sqlite3_exec(outbox->db, sql, NULL, NULL, NULL) != SQLITE_OK)
    return outbox_failed(outbox, ret_error);
  return SG_OK;
}

static int outbox_prepare(struct outbox *outbox, const char *sql, sqlite3_stmt **ret, struct sg_error *ret_error) {
  if (sqlite3_prepare_v2(outbox->db, sql, -1, ret, NULL) != SQLITE_OK)
    return outbox_failed(outbox, ret_error);
  return SG_OK;
}

/* Runs a statement that gives no rows, and lets go of it. */
static int outbox_finish(struct outbox *outbox, sqlite3_stmt *stmt, struct sg_error *ret_error) {
  int status = sqlite3_step(stmt) == SQLITE_DONE ? SG_OK : outbox_failed(outbox, ret_error);
  sqlite3_finalize(stmt);
  return status;
}

/* ---------------------------------------------------------------- opening */

/* What a file has to go through from version n to n + 1. */
static const char *const migrations[SCHEMA_VERSION] = {(const char *)sg_outbox_schema};

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
    status = error_set(ret_error, SG_LOCAL,
                       "%s is damaged. Move it away, run `stepguard enrol --replace` with a new code, and import your files "
                       "again: what the school has already is recognised.",
                       outbox->path);
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

static const char record_sql[] =
    "insert into result (result_id, revision, retracted, instrument, form, taken_at_ms, scale, score_centi, mode, repeat, items,"
    " correct, omitted, seconds, seconds_allowed, printed_p_pass_bp, subs, digest, recorded_ms)"
    " values (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19)"
    " on conflict (result_id, revision) do nothing";
static const char find_sql[] = "select digest from result where result_id = ?1 and revision = ?2";

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
    status = outbox_prepare(outbox, record_sql, &outbox->record, ret_error);
  if (status == SG_OK)
    status = outbox_prepare(outbox, find_sql, &outbox->find, ret_error);
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

/* ---------------------------------------------------------------- one row and its digest */

static size_t subs_pack(uint8_t out[SUBS_CAP], const struct result *result) {
  uint8_t *at = out;
  for (size_t i = 0; i < result->subs; i++) {
    *at++ = result->sub_area[i];
    *at++ = (uint8_t)(result->sub_items[i] >> 8);
    *at++ = (uint8_t)result->sub_items[i];
    *at++ = (uint8_t)(result->sub_correct[i] >> 8);
    *at++ = (uint8_t)result->sub_correct[i];
  }
  return (size_t)(at - out);
}

static bool subs_unpack(struct result *ret, const uint8_t *bytes, size_t len) {
  if (len % SUB_BYTES != 0 || len > SUBS_CAP)
    return false;
  ret->subs = (uint8_t)(len / SUB_BYTES);
  for (size_t i = 0; i < ret->subs; i++, bytes += SUB_BYTES) {
    ret->sub_area[i] = bytes[0];
    ret->sub_items[i] = (uint16_t)(bytes[1] << 8 | bytes[2]);
    ret->sub_correct[i] = (uint16_t)(bytes[3] << 8 | bytes[4]);
  }
  return true;
}

/* Over a text in which every field is set off from the next, so that no two rows have the same. */
static void result_digest(uint8_t ret[DIGEST_BYTES], const struct result *result) {
  uint8_t text[512 + SUBS_CAP], digest[EVP_MAX_MD_SIZE];
  char id[UUID_TEXT];
  uuid_format(id, result->id);
  int n = snprintf((char *)text, 512,
                   "%s|%" PRIu32 "|%d|%s|%s|%" PRId64 "|%d|%" PRId32 "|%d|%d|%" PRId32 "|%" PRId32 "|%" PRId32 "|%" PRId32
                   "|%" PRId32 "|%" PRId32 "|",
                   id, result->revision, result->retracted, result->instrument, result->form, result->taken_at_ms,
                   (int)result->scale, result->score_centi, (int)result->mode, result->repeat, result->items, result->correct,
                   result->omitted, result->seconds, result->seconds_allowed, result->printed_p_pass_bp);
  size_t len = (size_t)n + subs_pack(text + n, result);
  /* SHA-256 of a buffer fails only when OpenSSL is broken or memory is out; zeroes then match no stored digest. */
  memset(digest, 0, sizeof digest);
  (void)EVP_Digest(text, len, digest, NULL, EVP_sha256(), NULL);
  memcpy(ret, digest, DIGEST_BYTES);
}

static void bind_optional(sqlite3_stmt *stmt, int at, int32_t value, int32_t none) {
  if (value == none)
    sqlite3_bind_null(stmt, at);
  else
    sqlite3_bind_int(stmt, at, value);
}

static int32_t column_optional(sqlite3_stmt *stmt, int at, int32_t none) {
  return sqlite3_column_type(stmt, at) == SQLITE_NULL ? none : sqlite3_column_int(stmt, at);
}

static void column_text(char *out, size_t cap, sqlite3_stmt *stmt, int at) {
  const char *text = (const char *)sqlite3_column_text(stmt, at);
  snprintf(out, cap, "%s", text != NULL ? text : "");
}

static void result_bind(sqlite3_stmt *stmt, const struct result *result, const uint8_t *subs, size_t subs_len,
                        const uint8_t digest[DIGEST_BYTES]) {
  sqlite3_bind_blob(stmt, 1, result->id, UUID_BYTES, SQLITE_STATIC);
  sqlite3_bind_int64(stmt, 2, result->revision);
  sqlite3_bind_int(stmt, 3, result->retracted);
  sqlite3_bind_text(stmt, 4, result->instrument, -1, SQLITE_STATIC);
  sqlite3_bind_text(stmt, 5, result->form, -1, SQLITE_STATIC);
  sqlite3_bind_int64(stmt, 6, result->taken_at_ms);
  sqlite3_bind_int(stmt, 7, (int)result->scale);
  sqlite3_bind_int(stmt, 8, result->score_centi);
  sqlite3_bind_int(stmt, 9, (int)result->mode);
  sqlite3_bind_int(stmt, 10, result->repeat);
  bind_optional(stmt, 11, result->items, RESULT_UNKNOWN);
  bind_optional(stmt, 12, result->correct, RESULT_UNKNOWN);
  bind_optional(stmt, 13, result->omitted, RESULT_UNKNOWN);
  bind_optional(stmt, 14, result->seconds, RESULT_UNKNOWN);
  bind_optional(stmt, 15, result->seconds_allowed, RESULT_UNKNOWN);
  bind_optional(stmt, 16, result->printed_p_pass_bp, RESULT_UNKNOWN);
  sqlite3_bind_blob(stmt, 17, subs, (int)subs_len, SQLITE_STATIC);
  sqlite3_bind_blob(stmt, 18, digest, DIGEST_BYTES, SQLITE_STATIC);
}

/* Columns of a result as every select here has them: the order of result_bind(), from 1; column 0 is seq. */
#define RESULT_COLUMNS                                                                                                             \
  "seq, result_id, revision, retracted, instrument, form, taken_at_ms, scale, score_centi, mode, repeat, items, correct, "         \
  "omitted, seconds, seconds_allowed, printed_p_pass_bp, subs, digest"

/* False where the row is not what was recorded. */
static bool result_read(struct result *ret, sqlite3_stmt *stmt) {
  memset(ret, 0, sizeof *ret);
  bool sound = sqlite3_column_bytes(stmt, 1) == UUID_BYTES && sqlite3_column_bytes(stmt, 4) <= LIMIT_INSTRUMENT_CHARS &&
               sqlite3_column_bytes(stmt, 5) <= LIMIT_FORM_CHARS;
  if (sqlite3_column_bytes(stmt, 1) == UUID_BYTES)
    memcpy(ret->id, sqlite3_column_blob(stmt, 1), UUID_BYTES);
  ret->revision = (uint32_t)sqlite3_column_int64(stmt, 2);
  ret->retracted = sqlite3_column_int(stmt, 3) != 0;
  column_text(ret->instrument, sizeof ret->instrument, stmt, 4);
  column_text(ret->form, sizeof ret->form, stmt, 5);
  ret->taken_at_ms = sqlite3_column_int64(stmt, 6);
  ret->scale = (enum scale)sqlite3_column_int(stmt, 7);
  ret->score_centi = sqlite3_column_int(stmt, 8);
  ret->mode = (enum mode)sqlite3_column_int(stmt, 9);
  ret->repeat = sqlite3_column_int(stmt, 10) != 0;
  ret->items = column_optional(stmt, 11, RESULT_UNKNOWN);
  ret->correct = column_optional(stmt, 12, RESULT_UNKNOWN);
  ret->omitted = column_optional(stmt, 13, RESULT_UNKNOWN);
  ret->seconds = column_optional(stmt, 14, RESULT_UNKNOWN);
  ret->seconds_allowed = column_optional(stmt, 15, RESULT_UNKNOWN);
  ret->printed_p_pass_bp = column_optional(stmt, 16, RESULT_UNKNOWN);
  sound = subs_unpack(ret, sqlite3_column_blob(stmt, 17), (size_t)sqlite3_column_bytes(stmt, 17)) && sound;
  uint8_t digest[DIGEST_BYTES];
  result_digest(digest, ret);
  return sound && sqlite3_column_bytes(stmt, 18) == DIGEST_BYTES &&
         memcmp(digest, sqlite3_column_blob(stmt, 18), DIGEST_BYTES) == 0;
}

/* ---------------------------------------------------------------- results */

static int outbox_compare(struct outbox *outbox, const struct result *result, const uint8_t digest[DIGEST_BYTES],
                          enum sg_added *ret, struct sg_error *ret_error) {
  sqlite3_stmt *stmt = outbox->find;
  sqlite3_bind_blob(stmt, 1, result->id, UUID_BYTES, SQLITE_STATIC);
  sqlite3_bind_int64(stmt, 2, result->revision);
  int status = SG_OK;
  if (sqlite3_step(stmt) == SQLITE_ROW) {
    bool same = sqlite3_column_bytes(stmt, 0) == DIGEST_BYTES && memcmp(sqlite3_column_blob(stmt, 0), digest, DIGEST_BYTES) == 0;
    *ret = same ? SG_IDENTICAL : SG_DIFFERENT;
  } else {
    status = outbox_failed(outbox, ret_error);
  }
  sqlite3_reset(stmt);
  return status;
}

int outbox_record(struct outbox *outbox, const struct result *result, int64_t now_ms, enum sg_added *ret,
                  struct sg_error *ret_error) {
  uint8_t subs[SUBS_CAP], digest[DIGEST_BYTES];
  size_t subs_len = subs_pack(subs, result);
  result_digest(digest, result);
  result_bind(outbox->record, result, subs, subs_len, digest);
  sqlite3_bind_int64(outbox->record, 19, now_ms);
  int status = sqlite3_step(outbox->record) == SQLITE_DONE ? SG_OK : outbox_failed(outbox, ret_error);
  bool inserted = status == SG_OK && sqlite3_changes(outbox->db) == 1;
  sqlite3_reset(outbox->record);
  if (status == SG_OK && !inserted)
    return outbox_compare(outbox, result, digest, ret, ret_error);
  if (status == SG_OK)
    *ret = SG_ADDED;
  return status;
}

int outbox_queued(struct outbox *outbox, const struct outbox_row *after, struct outbox_row *rows, size_t cap, size_t *ret_n,
                  struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox,
                              "select " RESULT_COLUMNS " from result where state = 0 and (result_id, revision) > (?1, ?2)"
                              " order by result_id, revision limit ?3",
                              &stmt, ret_error);
  if (status != SG_OK)
    return status;
  static const uint8_t none[UUID_BYTES];
  sqlite3_bind_blob(stmt, 1, after != NULL ? after->result.id : none, UUID_BYTES, SQLITE_STATIC);
  sqlite3_bind_int64(stmt, 2, after != NULL ? (int64_t)after->result.revision : -1);
  sqlite3_bind_int64(stmt, 3, (int64_t)cap);
  size_t n = 0;
  int step = SQLITE_DONE;
  while (n < cap && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
    rows[n].seq = sqlite3_column_int64(stmt, 0);
    rows[n].damaged = !result_read(&rows[n].result, stmt);
    n++;
  }
  if (n < cap && step != SQLITE_DONE)
    status = outbox_failed(outbox, ret_error);
  sqlite3_finalize(stmt);
  if (status == SG_OK)
    *ret_n = n;
  return status;
}

int outbox_settle(struct outbox *outbox, int64_t seq, enum sg_row_state state, int64_t now_ms, const char *field,
                  const char *reason, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status =
      outbox_prepare(outbox, "update result set state = ?2, settled_ms = ?3, field = ?4, reason = ?5 where seq = ?1 and state = 0",
                     &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_int64(stmt, 1, seq);
  sqlite3_bind_int(stmt, 2, (int)state);
  sqlite3_bind_int64(stmt, 3, now_ms);
  sqlite3_bind_text(stmt, 4, field, -1, SQLITE_STATIC);
  sqlite3_bind_text(stmt, 5, reason, -1, SQLITE_STATIC);
  return outbox_finish(outbox, stmt, ret_error);
}

int outbox_list(struct outbox *outbox, enum sg_filter filter, bool (*each)(void *arg, const struct sg_row *row), void *arg,
                struct sg_error *ret_error) {
  static const char *const selects[] = {
#define SELECT(where)                                                                                                              \
  "select " RESULT_COLUMNS ", state, recorded_ms, settled_ms, field, reason from result " where " order by taken_at_ms, seq"
      [SG_LIST_ALL] = SELECT(""),
      [SG_LIST_QUEUED] = SELECT("where state = 0"),
      [SG_LIST_REFUSED] = SELECT("where state in (2, 3)"),
#undef SELECT
  };
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox, selects[filter], &stmt, ret_error);
  if (status != SG_OK)
    return status;
  int step;
  bool more = true;
  while (more && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
    struct sg_row row = {0};
    bool sound = result_read(&row.result, stmt);
    row.state = (enum sg_row_state)sqlite3_column_int(stmt, 19);
    row.recorded_ms = sqlite3_column_int64(stmt, 20);
    row.settled_ms = sqlite3_column_int64(stmt, 21);
    column_text(row.field, sizeof row.field, stmt, 22);
    column_text(row.reason, sizeof row.reason, stmt, 23);
    if (!sound)
      snprintf(row.reason, sizeof row.reason, "This row was changed on disk after it was recorded. Enter it again.");
    more = each(arg, &row);
  }
  if (more && step != SQLITE_DONE)
    status = outbox_failed(outbox, ret_error);
  sqlite3_finalize(stmt);
  return status;
}

int outbox_counts(struct outbox *outbox, struct sg_counts *ret, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox,
                              "select count(*) filter (where state = 0), count(*) filter (where state = 1),"
                              " count(*) filter (where state = 2), count(*) filter (where state = 3),"
                              " (select count(*) from plan_change where state = 0),"
                              " (select count(*) from plan_change where state > 1) from result",
                              &stmt, ret_error);
  if (status != SG_OK)
    return status;
  if (sqlite3_step(stmt) == SQLITE_ROW)
    *ret = (struct sg_counts){.queued = (uint32_t)sqlite3_column_int64(stmt, 0),
                              .acknowledged = (uint32_t)sqlite3_column_int64(stmt, 1),
                              .rejected = (uint32_t)sqlite3_column_int64(stmt, 2),
                              .conflict = (uint32_t)sqlite3_column_int64(stmt, 3),
                              .plans_queued = (uint32_t)sqlite3_column_int64(stmt, 4),
                              .plans_rejected = (uint32_t)sqlite3_column_int64(stmt, 5)};
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

int outbox_standing_set(struct outbox *outbox, const void *body, size_t len, int64_t received_ms, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox,
                              "insert into standing values (1, ?1, ?2) on conflict (only) do update set body = excluded.body,"
                              " received_ms = excluded.received_ms",
                              &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_blob(stmt, 1, body, (int)len, SQLITE_STATIC);
  sqlite3_bind_int64(stmt, 2, received_ms);
  return outbox_finish(outbox, stmt, ret_error);
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
