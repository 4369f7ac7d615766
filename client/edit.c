/*
 * Changing and withdrawing a result: a further revision, which counts from then on, while the ones before it stay, here and at the
 * school.
 *
 * An edit is written out as the row of results.csv that it would be, with the changed cells in it, and read like one. So a value
 * typed here is understood and refused exactly as in a file, and there is no second list of fields with a second set of checks.
 * Sub-scores have no cell in that row and go along as they are.
 */
#include "client/error.h"
#include "client/import.h"
#include "client/talk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct edit {
  struct import import; /* for what mends a sheet */
  struct result result;
  bool read, refused;
  struct csv_finding finding;
};

static int edit_record(struct sg_client *client, struct result *result, enum sg_act_kind kind, struct sg_error *ret_error) {
  struct outbox *outbox = client->outbox;
  char what[160];
  enum sg_added added;
  int64_t now_ms = talk_now_ms();
  snprintf(what, sizeof what, "%s%s%s", result->instrument, result->form[0] != '\0' ? " " : "", result->form);
  int status = outbox_begin(outbox, ret_error);
  if (status == SG_OK)
    status = outbox_act_begin(outbox, kind, what, now_ms, ret_error);
  if (status == SG_OK)
    status = outbox_record(outbox, result, now_ms, &added, ret_error);
  if (status == SG_OK)
    status = outbox_act_end(outbox, ret_error);
  if (status == SG_OK)
    status = outbox_commit(outbox, ret_error);
  outbox_rollback(outbox); /* after a commit there is nothing to undo, and this does nothing */
  return status;
}

/* ---------------------------------------------------------------- a result as a row */

static const char *count_text(struct sheet *sheet, int32_t count) {
  return count != RESULT_UNKNOWN ? sheet_format(sheet, "%" PRId32, count) : "";
}

static const char *time_text(struct sheet *sheet, int64_t ms) {
  char day[11];
  int64_t seconds = ms / 1000, of_day = (seconds % 86400 + 86400) % 86400;
  result_format_day(day, (int32_t)((seconds - of_day) / 86400));
  return sheet_format(sheet, "%sT%02d:%02d:%02d.%03dZ", day, (int)(of_day / 3600), (int)(of_day / 60 % 60), (int)(of_day % 60),
                      (int)(ms % 1000));
}

static const char *centi_text(struct sheet *sheet, int32_t centi, const char *after) {
  int32_t size = centi < 0 ? -centi : centi;
  return sheet_format(sheet, "%s%" PRId32 ".%02" PRId32 "%s", centi < 0 ? "-" : "", size / 100, size % 100, after);
}

struct cell {
  const char *name, *text;
};

static void row_write(struct sheet *sheet, const struct result *r) {
  static const char *const modes[] = {"", "timed", "untimed", "tutor"};
  char id[UUID_TEXT];
  const struct scale_info *scale = catalogue_scale(r->scale);
  uuid_format(id, r->id);
  const struct cell cells[] = {
      {"result_id", sheet_text(sheet, id, strlen(id))},
      {"revision", sheet_format(sheet, "%" PRIu32, r->revision + 1)},
      {"instrument", r->instrument},
      {"form", r->form},
      {"taken_at", time_text(sheet, r->taken_at_ms)},
      {"scale", scale != NULL ? scale->name : ""},
      {"score", centi_text(sheet, r->score_centi, "")},
      {"items", count_text(sheet, r->items)},
      {"correct", count_text(sheet, r->correct)},
      {"omitted", count_text(sheet, r->omitted)},
      {"seconds", count_text(sheet, r->seconds)},
      {"seconds_allowed", count_text(sheet, r->seconds_allowed)},
      {"mode", modes[r->mode <= MODE_TUTOR ? r->mode : MODE_NONE]},
      {"repeat", r->repeat ? "1" : "0"},
      {"printed_p_pass", r->printed_p_pass_bp != RESULT_UNKNOWN ? centi_text(sheet, r->printed_p_pass_bp, "%") : ""},
  };
  for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
    (void)sheet_column_add(sheet, cells[i].name);
  struct sheet_row *row = sheet_row_add(sheet, 2);
  for (size_t i = 0; row != NULL && i < sizeof cells / sizeof cells[0]; i++)
    row->cell[i] = cells[i].text;
}

static void row_taken(void *arg, uint64_t line, const struct results_csv_row *row) {
  struct edit *edit = arg;
  (void)line;
  edit->result = row->result;
  edit->read = true;
}

static void row_finding(void *arg, const struct csv_finding *finding) {
  struct edit *edit = arg;
  if (finding->warning || edit->refused)
    return;
  edit->finding = *finding;
  edit->refused = true;
}

static int row_feed(void *reader, const void *bytes, size_t len) {
  return results_csv_feed(reader, bytes, len);
}

static int row_read(struct edit *edit, struct sg_error *ret_error) {
  const struct sg_import nobody = {.arg = edit};
  struct results_csv_options how = {.now_ms = talk_now_ms()};
  char offset[OUTBOX_VALUE_CAP];
  edit->import.options = &nobody;
  int status = outbox_get(edit->import.client->outbox, SETTING_ZONE_OFFSET, offset, sizeof offset, ret_error);
  if (status != SG_OK)
    return status;
  edit->import.offset_s = how.zone_offset_s = (int32_t)strtol(offset, NULL, 10);
  tidy_sheet(&edit->import, &edit->import.draft);
  for (size_t i = 0; i < edit->import.findings_n; i++)
    row_finding(edit, &edit->import.findings[i]);
  struct results_csv *reader =
      edit->import.draft.failed ? NULL : results_csv_new(&how, &(struct results_csv_handler){row_taken, row_finding, edit});
  int bad = reader == NULL ? -1 : sheet_write(&edit->import.draft, row_feed, reader);
  if (bad == 0)
    bad = results_csv_finish(reader);
  results_csv_free(reader);
  if (edit->refused) {
    const struct csv_finding *finding = &edit->finding;
    error_set(ret_error, SG_DATA, "Not changed: %s \"%s\": %s.", finding->column != NULL ? finding->column : "", finding->value,
              finding->reason);
    snprintf(ret_error->field, sizeof ret_error->field, "%s", finding->column != NULL ? finding->column : "");
    return SG_DATA;
  }
  return bad == 0 && edit->read ? SG_OK : error_system(ret_error, ENOMEM, "Cannot read the change");
}

/* ---------------------------------------------------------------- changing */

/* A new score without a scale is on the scale it was; counts without a score make a new percentage. */
static int changes_put(struct sheet *sheet, const struct sg_change *changes, size_t n, struct sg_error *ret_error) {
  bool score = false, counts = false;
  for (size_t i = 0; i < n; i++) {
    int column = sheet_column(sheet, changes[i].field);
    if (column < 0)
      return error_set(ret_error, SG_USAGE, "A result has no field \"%.40s\" that could be changed.", changes[i].field);
    sheet->rows[0].cell[column] = changes[i].value;
    score |= strcmp(changes[i].field, "score") == 0;
    counts |= strcmp(changes[i].field, "items") == 0 || strcmp(changes[i].field, "correct") == 0;
  }
  int scale = sheet_column(sheet, "scale");
  if (counts && !score && strcmp(sheet->rows[0].cell[scale], "percent") == 0)
    sheet->rows[0].cell[sheet_column(sheet, "score")] = "";
  return SG_OK;
}

static bool same(const struct result *a, const struct result *b) {
  return a->retracted == b->retracted && strcmp(a->instrument, b->instrument) == 0 && strcmp(a->form, b->form) == 0 &&
         a->taken_at_ms == b->taken_at_ms && a->scale == b->scale && a->score_centi == b->score_centi && a->mode == b->mode &&
         a->repeat == b->repeat && a->items == b->items && a->correct == b->correct && a->omitted == b->omitted &&
         a->seconds == b->seconds && a->seconds_allowed == b->seconds_allowed && a->printed_p_pass_bp == b->printed_p_pass_bp;
}

static void subs_keep(struct result *to, const struct result *from) {
  to->subs = from->subs;
  memcpy(to->sub_area, from->sub_area, sizeof to->sub_area);
  memcpy(to->sub_items, from->sub_items, sizeof to->sub_items);
  memcpy(to->sub_correct, from->sub_correct, sizeof to->sub_correct);
}

int sg_edit(struct sg_client *client, uint32_t number, const struct sg_change *changes, size_t n, struct sg_row *ret,
            bool *ret_changed, struct sg_error *ret_error) {
  struct sg_row row;
  int status = sg_find(client, number, &row, ret_error);
  if (status != SG_OK)
    return status;
  struct edit *edit = calloc(1, sizeof *edit);
  if (edit == NULL)
    return error_system(ret_error, ENOMEM, "Cannot read the change");
  edit->import.client = client;
  sheet_init(&edit->import.draft);
  row_write(&edit->import.draft, &row.result);
  if (edit->import.draft.failed)
    status = error_system(ret_error, ENOMEM, "Cannot read the change");
  if (status == SG_OK)
    status = changes_put(&edit->import.draft, changes, n, ret_error);
  if (status == SG_OK)
    status = row_read(edit, ret_error);
  bool changed = status == SG_OK && !same(&edit->result, &row.result);
  if (changed) {
    subs_keep(&edit->result, &row.result);
    status = edit_record(client, &edit->result, SG_ACT_EDIT, ret_error);
  }
  if (status == SG_OK) {
    row.result = changed ? edit->result : row.result;
    row.state = changed ? SG_QUEUED : row.state;
    *ret = row;
    *ret_changed = changed;
  }
  sheet_free(&edit->import.draft);
  free(edit->import.findings);
  free(edit);
  return status;
}

int sg_retract(struct sg_client *client, uint32_t number, struct sg_row *ret, bool *ret_changed, struct sg_error *ret_error) {
  struct sg_row row;
  int status = sg_find(client, number, &row, ret_error);
  if (status != SG_OK)
    return status;
  bool changed = !row.result.retracted;
  if (changed) {
    row.result.retracted = true;
    row.result.revision++;
    row.state = SG_QUEUED;
    status = edit_record(client, &row.result, SG_ACT_RETRACT, ret_error);
  }
  if (status == SG_OK) {
    *ret = row;
    *ret_changed = changed;
  }
  return status;
}
