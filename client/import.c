/*
 * Importing results.csv into the outbox.
 *
 * The reading and the checks are proto/result.h's, the same that the server applies; what is done here is to record what
 * came through, all of it in one transaction: a file is either recorded or not, whenever the power goes. Rows that are
 * refused do not stop the good ones. A row without an id gets one made from its content, so a file imported twice adds
 * nothing.
 *
 * That makes the zone a matter of identity: a date alone means noon at the school, and noon is part of the content. So the
 * offset is decided once for a device, by the first import, and kept: the school's standard time (its smaller offset of
 * January and July), or UTC before the school is known. A fixed offset can be an hour off in summer, which no day and no
 * model notices; an id that depends on the season would double every row.
 *
 * Sub-scores come in a file of their own (import_subs.c) and are part of what a result says. They are read before it, so that
 * each result is recorded once and whole.
 */
#include "client/import.h"
#include "client/client.h"
#include "client/error.h"
#include "client/talk.h"

#include <errno.h>
#include <inttypes.h>
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

/* ---------------------------------------------------------------- the file */

struct import {
  struct sg_client *client;
  const struct sg_import *options;
  struct sg_import_totals totals;
  struct subs subs;
  int64_t now_ms;
  uint64_t refused_line; /* the last one, so that two findings about one row count once */
  int status;            /* the first failure of the outbox; rows after it are passed over */
  struct sg_error *error;
};

static void import_finding(void *arg, const struct csv_finding *finding) {
  struct import *import = arg;
  if (finding->warning) {
    import->totals.warnings++;
  } else if (finding->line != import->refused_line) {
    import->refused_line = finding->line;
    import->totals.refused++;
  }
  if (import->options->finding != NULL)
    import->options->finding(import->options->arg, finding);
}

static void import_row(void *arg, uint64_t line, const struct results_csv_row *row) {
  struct import *import = arg;
  struct result result = row->result;
  enum sg_added added;
  if (import->status != SG_OK)
    return;
  subs_attach(&import->subs, &result);
  import->status = outbox_record(import->client->outbox, &result, import->now_ms, &added, import->error);
  if (import->status != SG_OK)
    return;
  if (added == SG_DIFFERENT) {
    struct csv_finding finding;
    char id[UUID_TEXT];
    uuid_format(id, result.id);
    csv_finding_make(&finding, line, "result_id", id,
                     "is here already with other content; give the row a higher revision to correct it");
    import_finding(import, &finding);
  } else if (added == SG_IDENTICAL) {
    import->totals.identical++;
  } else {
    import->totals.added++;
  }
  if (import->options->row != NULL)
    import->options->row(import->options->arg, line, &result, added);
}

static int results_take(void *reader, const void *bytes, size_t len) {
  return len > 0 ? results_csv_feed(reader, bytes, len) : results_csv_finish(reader);
}

static int import_read(struct import *import, struct results_csv *reader, struct sg_error *ret_error) {
  int bad = 0, status = import_pump(import->options->read, import->options->arg, results_take, reader, &bad, ret_error);
  if (status == SG_OK && import->status != SG_OK)
    status = import->status;
  if (status == SG_OK && bad != 0 && import->totals.refused == 0) /* the reader explains everything but this */
    status = error_system(ret_error, ENOMEM, "Cannot read the file");
  if (status == SG_OK && bad != 0)
    status = error_set(ret_error, SG_DATA,
                       "The file cannot be read as results: nothing was recorded. The columns it needs are instrument, "
                       "taken_at and score (or items and correct).");
  return status;
}

int sg_import(struct sg_client *client, const struct sg_import *options, struct sg_import_totals *ret, struct sg_error *ret_error) {
  struct import import = {.client = client, .options = options, .now_ms = talk_now_ms(), .error = ret_error};
  struct results_csv_options how = {.now_ms = import.now_ms};
  struct results_csv_handler handler = {.row = import_row, .finding = import_finding, .arg = &import};
  int status = options->subs_read != NULL ? subs_read(&import.subs, options, ret_error) : SG_OK;
  if (status == SG_OK)
    status = outbox_begin(client->outbox, ret_error);
  if (status != SG_OK) {
    subs_free(&import.subs);
    return status;
  }
  struct results_csv *reader = NULL;
  status = import_zone_offset(client, !options->dry_run, &how.zone_offset_s, ret_error);
  if (status == SG_OK) {
    reader = results_csv_new(&how, &handler);
    status = reader != NULL ? import_read(&import, reader, ret_error) : error_system(ret_error, ENOMEM, "Cannot read the file");
  }
  results_csv_free(reader);
  if (status == SG_OK && !options->dry_run)
    status = outbox_commit(client->outbox, ret_error);
  outbox_rollback(client->outbox); /* after a commit there is nothing to undo, and this does nothing */
  if (status == SG_OK) {
    import.totals.warnings += subs_left(&import.subs, options);
    *ret = import.totals;
  }
  subs_free(&import.subs);
  return status;
}
