/*
 * Results in the outbox: recorded once, sent until the server gives its word. What of them can be taken back is in
 * outbox_act.c.
 *
 * Each row carries a digest of its content. SQLite notices a torn page, not a flipped bit inside a cell, and a score that
 * changed on disk must not travel as if the student had entered it. The same digest tells, when an id comes a second time,
 * whether it is the same result or another under its name.
 *
 * Columns and not the packed message: a row can be listed, counted and mended with any SQLite tool, and the table outlives
 * the wire format.
 */
#include "client/error.h"
#include "client/outbox_db.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum { DIGEST_BYTES = 16, SUB_BYTES = 5, SUBS_CAP = SUB_BYTES * LIMIT_SUBSCORES };

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

bool outbox_result_read(struct result *ret, sqlite3_stmt *stmt) {
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

static const char record_sql[] =
    "insert into result (result_id, revision, retracted, instrument, form, taken_at_ms, scale, score_centi, mode, repeat, items,"
    " correct, omitted, seconds, seconds_allowed, printed_p_pass_bp, subs, digest, recorded_ms, act)"
    " values (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)"
    " on conflict (result_id, revision) do nothing";
static const char find_sql[] = "select digest from result where result_id = ?1 and revision = ?2";

static const char settle_sql[] =
    "update result set state = ?2, settled_ms = ?3, field = ?4, reason = ?5 where seq = ?1 and state = 0";

int outbox_result_open(struct outbox *outbox, struct sg_error *ret_error) {
  int status = outbox_prepare(outbox, record_sql, &outbox->record, ret_error);
  if (status == SG_OK)
    status = outbox_prepare(outbox, find_sql, &outbox->find, ret_error);
  return status == SG_OK ? outbox_prepare(outbox, settle_sql, &outbox->settle, ret_error) : status;
}

/* ---------------------------------------------------------------- recording, sending, settling */

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
  if (outbox->act != 0)
    sqlite3_bind_int64(outbox->record, 20, outbox->act);
  else
    sqlite3_bind_null(outbox->record, 20);
  int status = sqlite3_step(outbox->record) == SQLITE_DONE ? SG_OK : outbox_failed(outbox, ret_error);
  bool inserted = status == SG_OK && sqlite3_changes(outbox->db) == 1;
  sqlite3_reset(outbox->record);
  if (status == SG_OK && !inserted)
    return outbox_compare(outbox, result, digest, ret, ret_error);
  if (status == SG_OK) {
    outbox->act_rows++;
    *ret = SG_ADDED;
  }
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
    rows[n].damaged = !outbox_result_read(&rows[n].result, stmt);
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
  sqlite3_stmt *stmt = outbox->settle;
  sqlite3_bind_int64(stmt, 1, seq);
  sqlite3_bind_int(stmt, 2, (int)state);
  sqlite3_bind_int64(stmt, 3, now_ms);
  sqlite3_bind_text(stmt, 4, field, -1, SQLITE_STATIC);
  sqlite3_bind_text(stmt, 5, reason, -1, SQLITE_STATIC);
  int status = sqlite3_step(stmt) == SQLITE_DONE ? SG_OK : outbox_failed(outbox, ret_error);
  sqlite3_reset(stmt);
  return status;
}

int outbox_list(struct outbox *outbox, enum sg_filter filter, bool (*each)(void *arg, const struct sg_row *row), void *arg,
                struct sg_error *ret_error) {
  static const char *const selects[] = {
#define SELECT(where)                                                                                                              \
  "select " RESULT_COLUMNS                                                                                                         \
  ", state, recorded_ms, settled_ms, field, reason, (select min(f.seq) from result f where f.result_id = r.result_id),"            \
  " not exists (select 1 from result l where l.result_id = r.result_id and l.revision > r.revision) from result r " where          \
  " order by taken_at_ms, seq"
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
    bool sound = outbox_result_read(&row.result, stmt);
    row.state = (enum sg_row_state)sqlite3_column_int(stmt, 19);
    row.recorded_ms = sqlite3_column_int64(stmt, 20);
    row.settled_ms = sqlite3_column_int64(stmt, 21);
    column_text(row.field, sizeof row.field, stmt, 22);
    column_text(row.reason, sizeof row.reason, stmt, 23);
    row.number = (uint32_t)sqlite3_column_int64(stmt, 24);
    row.current = sqlite3_column_int(stmt, 25) != 0;
    if (!sound)
      snprintf(row.reason, sizeof row.reason, "This row was changed on disk after it was recorded. Enter it again.");
    more = each(arg, &row);
  }
  if (more && step != SQLITE_DONE)
    status = outbox_failed(outbox, ret_error);
  sqlite3_finalize(stmt);
  return status;
}
