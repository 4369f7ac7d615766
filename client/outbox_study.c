/*
 * Goals, check-ins and messages in the outbox.
 *
 * An entry is queued where it was said here, and acknowledged from the start where the school told of it: then another device said
 * it. Which of several counts is not stored but asked (outbox_study_standing), with the order that the school uses, so that two
 * devices which know the same show the same.
 */
#include "client/error.h"
#include "client/outbox_db.h"

#include <string.h>

#define STUDY_COLUMNS                                                                                                              \
  "entry_id, kind, made_at_ms, day, minutes, questions, checks, reviewed_percent, confidence_percent, state, field, reason"

int outbox_study_record(struct outbox *outbox, const struct study_entry *entry, enum sg_row_state state,
                        struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox,
                              "insert into study (entry_id, kind, made_at_ms, day, minutes, questions, checks, reviewed_percent,"
                              " confidence_percent, state) values (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) on conflict do nothing",
                              &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_blob(stmt, 1, entry->id, UUID_BYTES, SQLITE_STATIC);
  sqlite3_bind_int(stmt, 2, (int)entry->kind);
  sqlite3_bind_int64(stmt, 3, entry->made_at_ms);
  sqlite3_bind_int(stmt, 4, entry->day);
  bind_optional(stmt, 5, entry->minutes, RESULT_UNKNOWN);
  bind_optional(stmt, 6, entry->questions, RESULT_UNKNOWN);
  bind_optional(stmt, 7, entry->checks, RESULT_UNKNOWN);
  bind_optional(stmt, 8, entry->reviewed_percent, RESULT_UNKNOWN);
  bind_optional(stmt, 9, entry->confidence_percent, RESULT_UNKNOWN);
  sqlite3_bind_int(stmt, 10, (int)state);
  return outbox_finish(outbox, stmt, ret_error);
}

/* False where the row is not one: the table has checks, but the file lay on somebody's disk. */
static bool study_read(sqlite3_stmt *stmt, struct sg_study *ret) {
  if (sqlite3_column_bytes(stmt, 0) != UUID_BYTES)
    return false;
  *ret = (struct sg_study){.entry = {.kind = (enum study_kind)sqlite3_column_int(stmt, 1),
                                     .made_at_ms = sqlite3_column_int64(stmt, 2),
                                     .day = sqlite3_column_int(stmt, 3),
                                     .minutes = column_optional(stmt, 4, RESULT_UNKNOWN),
                                     .questions = column_optional(stmt, 5, RESULT_UNKNOWN),
                                     .checks = column_optional(stmt, 6, RESULT_UNKNOWN),
                                     .reviewed_percent = column_optional(stmt, 7, RESULT_UNKNOWN),
                                     .confidence_percent = column_optional(stmt, 8, RESULT_UNKNOWN)},
                           .state = (enum sg_row_state)sqlite3_column_int(stmt, 9)};
  memcpy(ret->entry.id, sqlite3_column_blob(stmt, 0), UUID_BYTES);
  column_text(ret->field, sizeof ret->field, stmt, 10);
  column_text(ret->reason, sizeof ret->reason, stmt, 11);
  return true;
}

int outbox_study_list(struct outbox *outbox, bool queued_only, bool (*each)(void *arg, const struct sg_study *study), void *arg,
                      struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox, "select " STUDY_COLUMNS " from study where state = 0 or not ?1 order by made_at_ms, entry_id",
                              &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_int(stmt, 1, queued_only);
  int step = SQLITE_DONE;
  bool more = true;
  while (more && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
    struct sg_study study;
    if (study_read(stmt, &study))
      more = each(arg, &study);
  }
  if (more && step != SQLITE_DONE)
    status = outbox_failed(outbox, ret_error);
  sqlite3_finalize(stmt);
  return status;
}

int outbox_study_standing(struct outbox *outbox, enum study_kind kind, int32_t from_day, int32_t to_day, struct sg_study *ret,
                          bool *ret_found, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox,
                              "select " STUDY_COLUMNS " from study where kind = ?1 and day between ?2 and ?3 and state < 2"
                              " order by made_at_ms desc, entry_id desc limit 1",
                              &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_int(stmt, 1, (int)kind);
  sqlite3_bind_int(stmt, 2, from_day);
  sqlite3_bind_int(stmt, 3, to_day);
  int step = sqlite3_step(stmt);
  if (step != SQLITE_ROW && step != SQLITE_DONE)
    status = outbox_failed(outbox, ret_error);
  else
    *ret_found = step == SQLITE_ROW && study_read(stmt, ret);
  sqlite3_finalize(stmt);
  return status;
}

int outbox_study_settle(struct outbox *outbox, const uint8_t id[UUID_BYTES], enum sg_row_state state, const char *field,
                        const char *reason, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox, "update study set state = ?2, field = ?3, reason = ?4 where entry_id = ?1 and state = 0",
                              &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_blob(stmt, 1, id, UUID_BYTES, SQLITE_STATIC);
  sqlite3_bind_int(stmt, 2, (int)state);
  sqlite3_bind_text(stmt, 3, field, -1, SQLITE_STATIC);
  sqlite3_bind_text(stmt, 4, reason, -1, SQLITE_STATIC);
  return outbox_finish(outbox, stmt, ret_error);
}

/* ---------------------------------------------------------------- messages */

int outbox_messages_set(struct outbox *outbox, const void *body, size_t len, int64_t received_ms, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox,
                              "insert into messages values (1, ?1, ?2) on conflict (only) do update set body = excluded.body,"
                              " received_ms = excluded.received_ms",
                              &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_blob(stmt, 1, len > 0 ? body : "", (int)len, SQLITE_STATIC);
  sqlite3_bind_int64(stmt, 2, received_ms);
  return outbox_finish(outbox, stmt, ret_error);
}

int outbox_messages_get(struct outbox *outbox, int (*read)(void *arg, const uint8_t *body, size_t len, int64_t received_ms),
                        void *arg, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox, "select body, received_ms from messages", &stmt, ret_error);
  if (status != SG_OK)
    return status;
  int step = sqlite3_step(stmt);
  if (step == SQLITE_ROW)
    status = read(arg, sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0), sqlite3_column_int64(stmt, 1));
  else if (step != SQLITE_DONE)
    status = outbox_failed(outbox, ret_error);
  sqlite3_finalize(stmt);
  return status;
}
