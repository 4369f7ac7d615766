/*
 * Acts: what was recorded together, and taking the last of them back.
 *
 * Two fates for a row that is undone. One that no connection ever had in hand (above sent_until, which a sync moves before it
 * sends anything) is deleted: nobody else knows of it. One that the school has, or may have because a receipt was lost, cannot
 * be unsaid: it gets a further revision with the content it had before, or a retraction where there was none, and the school
 * keeps both. A row that the school refused is deleted as well, since it has nothing there; one in conflict is left, because the
 * school holds something else under that name and a retraction would hit that.
 *
 * A journal of undo steps beside the table was rejected: revisions are the history already, and a second one could disagree.
 */
#include "client/error.h"
#include "client/outbox_db.h"

#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------- acts */

int outbox_act_begin(struct outbox *outbox, enum sg_act_kind kind, const char *what, int64_t now_ms, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox, "insert into act (kind, what, made_ms) values (?1, ?2, ?3)", &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_text(stmt, 1, sg_act_name(kind), -1, SQLITE_STATIC);
  sqlite3_bind_text(stmt, 2, what, -1, SQLITE_STATIC);
  sqlite3_bind_int64(stmt, 3, now_ms);
  status = outbox_finish(outbox, stmt, ret_error);
  if (status == SG_OK) {
    outbox->act = sqlite3_last_insert_rowid(outbox->db);
    outbox->act_rows = 0;
  }
  return status;
}

int outbox_act_end(struct outbox *outbox, struct sg_error *ret_error) {
  int64_t act = outbox->act;
  outbox->act = 0;
  if (act == 0 || outbox->act_rows > 0)
    return SG_OK;
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox, "delete from act where seq = ?1 and not exists (select 1 from memory m where m.act = ?1)",
                              &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_int64(stmt, 1, act);
  return outbox_finish(outbox, stmt, ret_error);
}

/* ---------------------------------------------------------------- what files have taught */

int outbox_memory_get(struct outbox *outbox, const char *name, char *ret, size_t cap, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox,
                              "select body from memory m left join act a on a.seq = m.act"
                              " where m.name = ?1 and a.undone_ms is null order by m.seq desc limit 1",
                              &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
  int step = sqlite3_step(stmt);
  if (step == SQLITE_ROW)
    column_text(ret, cap, stmt, 0);
  else if (step == SQLITE_DONE)
    ret[0] = '\0';
  else
    status = outbox_failed(outbox, ret_error);
  sqlite3_finalize(stmt);
  return status;
}

int outbox_memory_set(struct outbox *outbox, const char *name, const char *body, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox, "insert into memory (name, body, act) values (?1, ?2, ?3)", &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
  sqlite3_bind_text(stmt, 2, body, -1, SQLITE_STATIC);
  if (outbox->act != 0)
    sqlite3_bind_int64(stmt, 3, outbox->act);
  return outbox_finish(outbox, stmt, ret_error);
}

/* ---------------------------------------------------------------- finding one result */

/* The first row of a select of RESULT_COLUMNS, state. */
static int find_one(struct outbox *outbox, sqlite3_stmt *stmt, struct sg_row *ret, bool *ret_found, struct sg_error *ret_error) {
  int status = SG_OK, step = sqlite3_step(stmt);
  if (step == SQLITE_ROW) {
    memset(ret, 0, sizeof *ret);
    if (!outbox_result_read(&ret->result, stmt))
      status = error_set(ret_error, SG_LOCAL, "This result was changed on disk after it was recorded. Enter it again.");
    ret->state = (enum sg_row_state)sqlite3_column_int(stmt, RESULT_COLUMNS_N);
    ret->number = (uint32_t)sqlite3_column_int64(stmt, RESULT_COLUMNS_N + 1);
    ret->current = true;
  } else if (step != SQLITE_DONE) {
    status = outbox_failed(outbox, ret_error);
  }
  sqlite3_finalize(stmt);
  if (status == SG_OK)
    *ret_found = step == SQLITE_ROW;
  return status;
}

#define FIND_ONE                                                                                                                   \
  "select " RESULT_COLUMNS ", state, (select min(f.seq) from result f where f.result_id = r.result_id) from result r where "

int outbox_latest(struct outbox *outbox, const uint8_t id[UUID_BYTES], struct sg_row *ret, bool *ret_found,
                  struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox, FIND_ONE "result_id = ?1 order by revision desc limit 1", &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_blob(stmt, 1, id, UUID_BYTES, SQLITE_STATIC);
  return find_one(outbox, stmt, ret, ret_found, ret_error);
}

int outbox_numbered(struct outbox *outbox, uint32_t number, struct sg_row *ret, bool *ret_found, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status =
      outbox_prepare(outbox, FIND_ONE "result_id = (select result_id from result where seq = ?1) order by revision desc limit 1",
                     &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_int64(stmt, 1, number);
  return find_one(outbox, stmt, ret, ret_found, ret_error);
}

int outbox_find_form(struct outbox *outbox, const char *instrument, const char *form, int64_t from_ms, int64_t until_ms,
                     struct sg_row *ret, bool *ret_found, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox,
                              FIND_ONE "instrument = ?1 and form = ?2 and taken_at_ms >= ?3 and taken_at_ms < ?4 and retracted = 0"
                                       " and not exists (select 1 from result l where l.result_id = r.result_id"
                                       " and l.revision > r.revision) order by taken_at_ms, seq limit 1",
                              &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_text(stmt, 1, instrument, -1, SQLITE_STATIC);
  sqlite3_bind_text(stmt, 2, form, -1, SQLITE_STATIC);
  sqlite3_bind_int64(stmt, 3, from_ms);
  sqlite3_bind_int64(stmt, 4, until_ms);
  return find_one(outbox, stmt, ret, ret_found, ret_error);
}

/* ---------------------------------------------------------------- taking back */

int outbox_sending(struct outbox *outbox, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox,
                              "insert into setting select 'sent_until', max(seq) from result having max(seq) is not null"
                              " on conflict (name) do update set value = excluded.value where value <> excluded.value",
                              &stmt, ret_error);
  return status == SG_OK ? outbox_finish(outbox, stmt, ret_error) : status;
}

static int act_last(struct outbox *outbox, struct sg_undo_report *ret, int64_t *ret_act, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox,
                              "select seq, kind, what, made_ms from act where undone_ms is null and kind <> 'undo'"
                              " order by seq desc limit 1",
                              &stmt, ret_error);
  if (status != SG_OK)
    return status;
  int step = sqlite3_step(stmt);
  if (step == SQLITE_ROW) {
    *ret_act = sqlite3_column_int64(stmt, 0);
    column_text(ret->kind, sizeof ret->kind, stmt, 1);
    column_text(ret->what, sizeof ret->what, stmt, 2);
    ret->made_ms = sqlite3_column_int64(stmt, 3);
  } else if (step == SQLITE_DONE) {
    status = error_set(ret_error, SG_DATA, "There is nothing to undo: no result was recorded on this device that still stands.");
  } else {
    status = outbox_failed(outbox, ret_error);
  }
  sqlite3_finalize(stmt);
  return status;
}

/* One number from a statement about a row of the act; `none` where it is null. */
static int row_number(struct outbox *outbox, const char *sql, int64_t seq, int64_t none, int64_t *ret, struct sg_error *ret_error) {
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox, sql, &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_int64(stmt, 1, seq);
  int step = sqlite3_step(stmt);
  if (step == SQLITE_ROW)
    *ret = sqlite3_column_type(stmt, 0) == SQLITE_NULL ? none : sqlite3_column_int64(stmt, 0);
  else if (step == SQLITE_DONE)
    *ret = none;
  else
    status = outbox_failed(outbox, ret_error);
  sqlite3_finalize(stmt);
  return status;
}

/* The row as it was before: a further revision with the content of the one below it, or a retraction. */
static int row_restore(struct outbox *outbox, int64_t seq, int64_t now_ms, struct sg_undo_report *report,
                       struct sg_error *ret_error) {
  struct sg_row before, latest;
  bool had = false, found = false;
  sqlite3_stmt *stmt;
  int status = outbox_prepare(outbox,
                              FIND_ONE "(result_id, revision) = (select b.result_id, max(b.revision) from result a join result b"
                                       " on b.result_id = a.result_id and b.revision < a.revision where a.seq = ?1"
                                       " group by b.result_id)",
                              &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_int64(stmt, 1, seq);
  status = find_one(outbox, stmt, &before, &had, ret_error);
  if (status == SG_OK)
    status = outbox_numbered(outbox, (uint32_t)seq, &latest, &found, ret_error);
  if (status != SG_OK || !found)
    return status;
  struct result result = had ? before.result : latest.result;
  result.revision = latest.result.revision + 1;
  if (!had)
    result.retracted = true;
  enum sg_added added;
  status = outbox_record(outbox, &result, now_ms, &added, ret_error);
  if (status == SG_OK)
    *(had ? &report->restored : &report->retracted) += 1;
  return status;
}

static int row_undo(struct outbox *outbox, int64_t seq, int64_t now_ms, struct sg_undo_report *report, struct sg_error *ret_error) {
  static const char unknown_sql[] =
      "select r.state = 2 or (r.state = 0 and r.seq > (select coalesce(max(cast(value as integer)), 0) from setting"
      " where name = 'sent_until') and not exists (select 1 from result l where l.result_id = r.result_id"
      " and l.revision > r.revision)) from result r where r.seq = ?1";
  int64_t state = 0, unknown = 0;
  int status = row_number(outbox, "select state from result where seq = ?1", seq, SG_CONFLICT, &state, ret_error);
  if (status == SG_OK)
    status = row_number(outbox, unknown_sql, seq, 0, &unknown, ret_error);
  if (status != SG_OK)
    return status;
  if (state == SG_CONFLICT) {
    report->left++;
    return SG_OK;
  }
  if (!unknown)
    return row_restore(outbox, seq, now_ms, report, ret_error);
  sqlite3_stmt *stmt;
  status = outbox_prepare(outbox, "delete from result where seq = ?1", &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_int64(stmt, 1, seq);
  report->removed++;
  return outbox_finish(outbox, stmt, ret_error);
}

int outbox_undo(struct outbox *outbox, int64_t now_ms, struct sg_undo_report *ret, struct sg_error *ret_error) {
  struct sg_undo_report report = {.removed = 0};
  int64_t act = 0, seq = INT64_MAX;
  int status = act_last(outbox, &report, &act, ret_error);
  if (status == SG_OK)
    status = outbox_act_begin(outbox, SG_ACT_UNDO, report.what, now_ms, ret_error);
  /* From the newest row down, so that of two revisions in one act the later goes first. */
  while (status == SG_OK) {
    sqlite3_stmt *stmt;
    status = outbox_prepare(outbox, "select max(seq) from result where act = ?1 and seq < ?2", &stmt, ret_error);
    if (status != SG_OK)
      break;
    sqlite3_bind_int64(stmt, 1, act);
    sqlite3_bind_int64(stmt, 2, seq);
    int step = sqlite3_step(stmt);
    bool more = step == SQLITE_ROW && sqlite3_column_type(stmt, 0) != SQLITE_NULL;
    seq = more ? sqlite3_column_int64(stmt, 0) : seq;
    if (step != SQLITE_ROW)
      status = outbox_failed(outbox, ret_error);
    sqlite3_finalize(stmt);
    if (!more)
      break;
    status = row_undo(outbox, seq, now_ms, &report, ret_error);
  }
  sqlite3_stmt *stmt;
  if (status == SG_OK)
    status = outbox_act_end(outbox, ret_error);
  if (status == SG_OK)
    status = outbox_prepare(outbox, "update act set undone_ms = ?2 where seq = ?1", &stmt, ret_error);
  if (status != SG_OK)
    return status;
  sqlite3_bind_int64(stmt, 1, act);
  sqlite3_bind_int64(stmt, 2, now_ms);
  status = outbox_finish(outbox, stmt, ret_error);
  if (status == SG_OK)
    *ret = report;
  return status;
}
