/*
 * Importing a file into the outbox.
 *
 *   bytes -> text (decode.c) -> table (sheet.c) -> a table in the form of results.csv -> rows, checked -> the outbox
 *                                                  import_nbme, _uworld, _map, _tidy     proto/result.h
 *
 * The last reading and the checks are proto/result.h's, the same that the server applies, whatever the file was; so every format
 * has the same errors and the same ids. All that came through is recorded in one transaction: a file is either recorded or not,
 * whenever the power goes. Rows that are refused do not stop the good ones. A row without an id gets one made from its content,
 * so a file imported twice adds nothing.
 *
 * That makes the zone a matter of identity: a date alone means noon at the school, and noon is part of the content. So the
 * offset is decided once for a device, by the first import, and kept: the school's standard time (its smaller offset of
 * January and July), or UTC before the school is known. A fixed offset can be an hour off in summer, which no day and no
 * model notices; an id that depends on the season would double every row.
 *
 * A file is held in memory as a whole: what it is, and how it writes its days, shows in rows further down. Sub-scores come with
 * the format or in a file of their own (import_subs.c), and each result is recorded once and whole. Whenever a person had to be
 * asked, all of it is worked out once more (import_ask.c).
 */
#include "client/import.h"
#include "client/decode.h"
#include "client/error.h"
#include "client/talk.h"
#include "proto/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---------------------------------------------------------------- noon at the school */

/* Seconds east of Greenwich at one moment in the zone TZ names now. tm_gmtoff would say, but is not in POSIX. */
static int32_t offset_at(time_t when) {
  struct tm utc, local;
  if (gmtime_r(&when, &utc) == NULL || localtime_r(&when, &local) == NULL)
    return 0;
  int days = local.tm_yday - utc.tm_yday;
  if (local.tm_year != utc.tm_year)
    days = local.tm_year > utc.tm_year ? 1 : -1;
  return ((days * 24 + local.tm_hour - utc.tm_hour) * 60 + local.tm_min - utc.tm_min) * 60;
}

/* 0, or -1 when memory ran out: then TZ is as it was, and nothing was decided. */
static int standard_offset(const char *zone, int32_t *ret) {
  static const time_t january = 1736899200, july = 1752537600; /* 2025-01-15 and 2025-07-15, 00:00 UTC */
  const char *set = getenv("TZ");
  char *before = set != NULL ? strdup(set) : NULL;
  if ((set != NULL && before == NULL) || setenv("TZ", zone[0] != '\0' ? zone : "UTC0", 1) != 0) {
    free(before);
    return -1;
  }
  tzset();
  int32_t winter = offset_at(january), summer = offset_at(july);
  if (before != NULL)
    (void)setenv("TZ", before, 1);
  else
    (void)unsetenv("TZ");
  tzset();
  free(before);
  *ret = winter < summer ? winter : summer;
  return 0;
}

static int import_zone_offset(struct sg_client *client, bool keep, int32_t *ret, struct sg_error *ret_error) {
  char text[OUTBOX_VALUE_CAP];
  int status = outbox_get(client->outbox, SETTING_ZONE_OFFSET, text, sizeof text, ret_error);
  if (status != SG_OK)
    return status;
  if (text[0] != '\0') {
    *ret = (int32_t)strtol(text, NULL, 10);
    return SG_OK;
  }
  status = outbox_get(client->outbox, SETTING_ZONE, text, sizeof text, ret_error);
  if (status != SG_OK)
    return status;
  int32_t offset_s;
  if (standard_offset(text, &offset_s) != 0)
    return error_system(ret_error, ENOMEM, "Cannot read the file");
  if (keep)
    status = outbox_set_ms(client->outbox, SETTING_ZONE_OFFSET, offset_s, ret_error);
  if (status == SG_OK)
    *ret = offset_s;
  return status;
}

/* ---------------------------------------------------------------- findings, questions */

enum { FINDINGS_FIRST = 32 };

void import_finding(void *arg, const struct csv_finding *finding) {
  struct import *import = arg;
  import->totals.refused += !finding->warning; /* counted again, by rows, when they are told */
  if (import->findings_n == import->findings_room) {
    size_t room = import->findings_room > 0 ? import->findings_room * 2 : FINDINGS_FIRST;
    struct csv_finding *more = realloc(import->findings, room * sizeof *more);
    if (more == NULL) {
      import->draft.failed = true;
      return;
    }
    import->findings = more;
    import->findings_room = room;
  }
  import->findings[import->findings_n++] = *finding;
}

static int finding_order(const void *a, const void *b) {
  const struct csv_finding *x = a, *y = b;
  if (x->line != y->line)
    return x->line < y->line ? -1 : 1;
  return x->warning != y->warning ? x->warning - y->warning : strcmp(x->reason, y->reason);
}

/* Several findings about one row refuse one row. */
static void findings_tell(struct import *import) {
  uint64_t refused_line = 0;
  import->totals.refused = import->totals.warnings = 0;
  if (import->findings_n > 0)
    qsort(import->findings, import->findings_n, sizeof *import->findings, finding_order);
  for (size_t i = 0; i < import->findings_n; i++) {
    const struct csv_finding *finding = &import->findings[i];
    import->totals.warnings += finding->warning;
    import->totals.refused += !finding->warning && finding->line != refused_line;
    refused_line = finding->warning ? refused_line : finding->line;
    if (import->options->finding != NULL)
      import->options->finding(import->options->arg, finding);
  }
  free(import->findings);
  import->findings = NULL;
}

static void PRINTF_LIKE(6, 0) finding_say(struct import *import, uint64_t line, const char *column, const char *value, bool warning,
                                          const char *fmt, va_list args) {
  struct csv_finding finding;
  char reason[CSV_REASON];
  utf8_format(reason, sizeof reason, fmt, args);
  csv_finding_make(&finding, line, column, value, "%s", reason);
  finding.warning = warning;
  import_finding(import, &finding);
}

void import_refuse(struct import *import, uint64_t line, const char *column, const char *value, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  finding_say(import, line, column, value, false, fmt, args);
  va_end(args);
}

void import_warn(struct import *import, uint64_t line, const char *column, const char *value, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  finding_say(import, line, column, value, true, fmt, args);
  va_end(args);
}

/* ---------------------------------------------------------------- the bytes */

struct bytes {
  uint8_t *at;
  size_t len, size;
  bool too_many;
};

static int bytes_take(void *arg, const void *more, size_t len) {
  struct bytes *bytes = arg;
  if (len > SHEET_BYTES_MAX - bytes->len) {
    bytes->too_many = true;
    return -1;
  }
  if (bytes->len + len > bytes->size || bytes->at == NULL) {
    size_t size = (bytes->len + len) * 2 + 1;
    uint8_t *grown = realloc(bytes->at, size);
    if (grown == NULL)
      return -1;
    bytes->at = grown;
    bytes->size = size;
  }
  if (len > 0)
    memcpy(bytes->at + bytes->len, more, len);
  bytes->len += len;
  return 0;
}

static int text_read(struct import *import, struct decoded *ret, struct sg_error *ret_error) {
  struct bytes bytes = {.at = NULL};
  int bad = 0, status = import_pump(import->options->read, import->options->arg, bytes_take, &bytes, &bad, ret_error);
  if (status == SG_OK && bytes.too_many)
    status = error_set(ret_error, SG_DATA, "The file is larger than %d MiB, which no list of results is. Is it the right one?",
                       SHEET_BYTES_MAX / 1024 / 1024);
  else if (status == SG_OK && (bad != 0 || decode_text(bytes.at, bytes.len, ret) != 0))
    status = error_system(ret_error, ENOMEM, "Cannot read the file");
  free(bytes.at);
  return status;
}

/* ---------------------------------------------------------------- the table */

static int sheet_wrong(const struct sheet *sheet, struct sg_error *ret_error) {
  if (sheet->failed)
    return error_system(ret_error, ENOMEM, "Cannot read the file");
  if (sheet->full)
    return error_set(ret_error, SG_DATA, "The file has more than %d rows, which no list of results has. Is it the right one?",
                     SHEET_ROWS_MAX);
  return error_set(
      ret_error, SG_DATA,
      "The file cannot be read as results: nothing was recorded. The columns it needs are instrument, taken_at and score (or "
      "items and correct).");
}

static int sheet_draft(struct import *import, struct sheet *sheet, struct sg_error *ret_error) {
  if (nbme_recognise(sheet)) {
    import->totals.format = SG_FORMAT_NBME;
    return nbme_draft(import, sheet, ret_error);
  }
  if (results_recognise(sheet)) {
    import->draft = *sheet;
    sheet_init(sheet);
  } else {
    import->totals.format = SG_FORMAT_MAPPED;
    int status = mapping_draft(import, sheet, ret_error);
    if (status != SG_OK)
      return status;
  }
  tidy_sheet(import, &import->draft);
  return SG_OK;
}

static int draft_make(struct import *import, struct sheet *sheet, const struct decoded *text, struct sg_error *ret_error) {
  if (uworld_recognise(text->text, text->len)) {
    import->totals.format = SG_FORMAT_UWORLD;
    return uworld_draft(import, text->text, text->len, ret_error);
  }
  if (sheet_read(sheet, text->text, text->len, import_finding, import) != 0)
    return sheet_wrong(sheet, ret_error);
  return sheet_draft(import, sheet, ret_error);
}

/* ---------------------------------------------------------------- rows into the outbox */

/* A row of the draft by its line there; the header is line 1. */
static struct sheet_row *draft_row(const struct import *import, uint64_t line) {
  return line >= 2 && line - 2 < import->draft.n ? &import->draft.rows[line - 2] : NULL;
}

static void draft_finding(void *arg, const struct csv_finding *finding) {
  struct import *import = arg;
  const struct sheet_row *from = draft_row(import, finding->line);
  struct csv_finding of_file = *finding;
  of_file.line = from != NULL ? from->line : import->draft.head_line;
  import_finding(import, &of_file);
}

/* One more revision, where the format says that this is the same result seen again. */
static int row_record(struct import *import, const struct sheet_row *from, struct result *result, enum sg_added *ret) {
  struct outbox *outbox = import->client->outbox;
  struct sg_row latest;
  bool found = false;
  int status = outbox_record(outbox, result, import->now_ms, ret, import->error);
  if (status != SG_OK || *ret != SG_DIFFERENT || !from->revises)
    return status;
  status = outbox_latest(outbox, result->id, &latest, &found, import->error);
  if (status != SG_OK || !found)
    return status;
  result->revision = latest.result.revision + 1;
  status = outbox_record(outbox, result, import->now_ms, ret, import->error);
  import->totals.corrected += status == SG_OK && *ret == SG_ADDED;
  return status;
}

static void subs_put(const struct sheet_subs *subs, struct result *result) {
  result->subs = subs->n;
  memcpy(result->sub_area, subs->area, sizeof result->sub_area);
  memcpy(result->sub_items, subs->items, sizeof result->sub_items);
  memcpy(result->sub_correct, subs->correct, sizeof result->sub_correct);
}

static void draft_taken(void *arg, uint64_t line, const struct results_csv_row *row) {
  struct import *import = arg;
  struct result result = row->result;
  const struct sheet_row *from = draft_row(import, line);
  enum sg_added added;
  if (import->status != SG_OK || from == NULL)
    return;
  subs_attach(&import->subs, &result);
  if (from->subs != NULL)
    subs_put(from->subs, &result);
  import->status = row_record(import, from, &result, &added);
  if (import->status != SG_OK)
    return;
  if (added == SG_DIFFERENT) {
    char id[UUID_TEXT];
    uuid_format(id, result.id);
    import_refuse(import, from->line, "result_id", id,
                  "is here already with other content; give the row a higher revision to correct it");
  } else if (added == SG_IDENTICAL) {
    import->totals.identical++;
  } else {
    import->totals.added++;
  }
  if (import->options->row != NULL)
    import->options->row(import->options->arg, from->line, &result, added);
}

static int results_take(void *reader, const void *bytes, size_t len) {
  return results_csv_feed(reader, bytes, len);
}

static int draft_record(struct import *import, struct sg_error *ret_error) {
  struct results_csv_options how = {.now_ms = import->now_ms, .zone_offset_s = import->offset_s};
  struct results_csv *reader =
      results_csv_new(&how, &(struct results_csv_handler){.row = draft_taken, .finding = draft_finding, .arg = import});
  if (reader == NULL || import->draft.failed) {
    results_csv_free(reader);
    return error_system(ret_error, ENOMEM, "Cannot read the file");
  }
  int bad = sheet_write(&import->draft, results_take, reader);
  if (bad == 0)
    bad = results_csv_finish(reader);
  results_csv_free(reader);
  if (import->status != SG_OK)
    return import->status;
  if (bad != 0 && import->totals.refused == 0) /* the reader explains everything but this */
    return error_system(ret_error, ENOMEM, "Cannot read the file");
  return bad != 0 ? sheet_wrong(&import->draft, ret_error) : SG_OK;
}

/* ---------------------------------------------------------------- all of it */

static int import_pass(struct import *import, struct sheet *sheet, const struct decoded *text, struct sg_error *ret_error) {
  const struct sg_import *options = import->options;
  struct outbox *outbox = import->client->outbox;
  if (text->odd_line > 0)
    import_warn(import, text->odd_line, NULL, "",
                "from here on characters that are no UTF-8 were read as Windows-1252; look at them with "
                "--dry-run, or save the file as \"CSV UTF-8\"");
  int status = outbox_begin(outbox, ret_error);
  if (status == SG_OK)
    status = import_zone_offset(import->client, !options->dry_run, &import->offset_s, ret_error);
  if (status == SG_OK)
    status = outbox_act_begin(outbox, options->by_hand ? SG_ACT_ADD : SG_ACT_IMPORT, options->name != NULL ? options->name : "",
                              import->now_ms, ret_error);
  if (status == SG_OK)
    status = draft_make(import, sheet, text, ret_error);
  if (status != SG_NOMEM && !import->draft.failed && (import->status != SG_OK || import->again))
    status = import->status; /* of a pass that is done once more only this counts */
  else if (status == SG_OK)
    status = draft_record(import, ret_error);
  if (import->ask_error.status != SG_OK)
    *ret_error = import->ask_error;
  if (status == SG_OK && !import->again && import->map_name != NULL && !options->dry_run)
    status = outbox_memory_set(outbox, import->map_name, import->map_body, ret_error);
  if (status == SG_OK)
    status = outbox_act_end(outbox, ret_error);
  if (status == SG_OK && !import->again && !options->dry_run)
    status = outbox_commit(outbox, ret_error);
  outbox_rollback(outbox); /* after a commit there is nothing to undo, and this does nothing */
  return status;
}

/* Nothing of the pass before but the answers. */
static void import_rewind(struct import *import, struct sheet *sheet) {
  sheet_free(sheet);
  sheet_init(sheet);
  sheet_free(&import->draft);
  sheet_init(&import->draft);
  free(import->findings);
  free(import->map_name);
  free(import->map_body);
  import->findings = NULL;
  import->findings_n = import->findings_room = 0;
  import->map_name = import->map_body = NULL;
  import->totals = (struct sg_import_totals){0};
  import_answers_rewind(import);
}

static int import_all(struct import *import, struct sheet *sheet, struct sg_error *ret_error) {
  struct decoded text = {.text = NULL};
  int status = text_read(import, &text, ret_error);
  if (status == SG_OK)
    do {
      import_rewind(import, sheet);
      status = import_pass(import, sheet, &text, ret_error);
    } while (status == SG_OK && import->again);
  /* What was answered for a dry run is good for the real one. */
  if (status == SG_OK && import->map_name != NULL && import->options->dry_run)
    status = outbox_memory_set(import->client->outbox, import->map_name, import->map_body, ret_error);
  free(text.text);
  return status;
}

int sg_import(struct sg_client *client, const struct sg_import *options, struct sg_import_totals *ret, struct sg_error *ret_error) {
  struct import import = {.client = client, .options = options, .now_ms = talk_now_ms(), .error = ret_error};
  struct sheet sheet; /* the file's own table; findings point to the names of its columns */
  sheet_init(&sheet);
  sheet_init(&import.draft);
  int status = options->subs_read != NULL ? subs_read(&import.subs, options, ret_error) : SG_OK;
  if (status == SG_OK)
    status = import_all(&import, &sheet, ret_error);
  findings_tell(&import);
  if (status == SG_OK) {
    import.totals.warnings += subs_left(&import.subs, options);
    *ret = import.totals;
  }
  sheet_free(&sheet);
  sheet_free(&import.draft);
  subs_free(&import.subs);
  import_answers_free(&import);
  free(import.map_name);
  free(import.map_body);
  return status;
}
