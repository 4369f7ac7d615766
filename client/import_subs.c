/*
 * subscores.csv beside an import. All of it is held while results.csv goes by, because its rows are in no order that anybody
 * promised; a year of forms is a thousand rows of 32 bytes.
 *
 * A fault anywhere in it stops the import. A result recorded without one of its areas could not be told later from one that
 * never had it, and correcting the file would then read as other content under the same id. Rows whose result is not in the
 * other file are only said: a school's export has more forms than a student chooses to record.
 */
#include "client/import.h"

#include "client/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { READ_BYTES = 64 * 1024, ROWS_FIRST = 256, ROWS_MOST = 200000 /* a form a day for 20 years, with 27 areas each */ };

int import_pump(ptrdiff_t (*read)(void *arg, void *bytes, size_t cap), void *arg,
                int (*take)(void *reader, const void *bytes, size_t len), void *reader, int *ret_bad, struct sg_error *ret_error) {
  char *bytes = malloc(READ_BYTES);
  if (bytes == NULL)
    return error_system(ret_error, ENOMEM, "Cannot read the file");
  int bad = 0, status = SG_OK;
  for (ptrdiff_t n = 1; n > 0 && bad == 0 && status == SG_OK;) {
    n = read(arg, bytes, READ_BYTES);
    if (n < 0)
      status = error_system(ret_error, errno, "Cannot read the file");
    else
      bad = take(reader, bytes, (size_t)n);
  }
  free(bytes);
  *ret_bad = bad;
  return status;
}

struct reading {
  struct subs *subs;
  const struct sg_import *import;
  struct csv_reader *reader;
  uint64_t refused;
  int full; /* errno of what stopped it: ENOMEM, EFBIG */
};

static void reading_finding(void *arg, const struct csv_finding *finding) {
  struct reading *reading = arg;
  reading->refused += !finding->warning;
  if (reading->import->subs_finding != NULL)
    reading->import->subs_finding(reading->import->arg, finding);
}

static void reading_row(void *arg, uint64_t line, const char *const *fields) {
  struct reading *reading = arg;
  struct subs *subs = reading->subs;
  struct csv_finding finding;
  if (reading->full != 0)
    return;
  if (subs->n == subs->room) {
    size_t room = subs->room > 0 ? subs->room * 2 : ROWS_FIRST;
    struct subscore *rows = subs->n < ROWS_MOST ? realloc(subs->rows, room * sizeof *rows) : NULL;
    if (rows == NULL) {
      reading->full = subs->n < ROWS_MOST ? ENOMEM : EFBIG;
      return;
    }
    subs->rows = rows;
    subs->room = room;
  }
  if (subscore_read(line, fields, &subs->rows[subs->n], &finding) == 0)
    subs->n++;
  else
    reading_finding(reading, &finding);
}

static int reading_take(void *arg, const void *bytes, size_t len) {
  struct reading *reading = arg;
  return len > 0 ? csv_feed(reading->reader, bytes, len) : csv_finish(reading->reader);
}

static int row_order(const void *a, const void *b) {
  const struct subscore *x = a, *y = b;
  int by_id = memcmp(x->id, y->id, UUID_BYTES);
  return by_id != 0 ? by_id : x->line < y->line ? -1 : x->line > y->line;
}

/* Areas that come twice, and more than a result can have. */
static void reading_check(struct reading *reading) {
  const struct subs *subs = reading->subs;
  bool seen[UINT8_MAX + 1];
  size_t of_result = 0;
  for (size_t i = 0; i < subs->n; i++) {
    const struct subscore *row = &subs->rows[i];
    struct csv_finding finding;
    if (i == 0 || memcmp(row->id, row[-1].id, UUID_BYTES) != 0) {
      memset(seen, 0, sizeof seen);
      of_result = 0;
    }
    const char *code = catalogue_area_number(row->area)->code;
    if (seen[row->area]) {
      csv_finding_make(&finding, row->line, "area", code, "this result has the area in an earlier line already");
      reading_finding(reading, &finding);
    } else if (++of_result > LIMIT_SUBSCORES) {
      csv_finding_make(&finding, row->line, "area", code, "the result has more than %d areas; leave some out", LIMIT_SUBSCORES);
      reading_finding(reading, &finding);
    }
    seen[row->area] = true;
  }
}

int subs_read(struct subs *ret, const struct sg_import *import, struct sg_error *ret_error) {
  struct reading reading = {.subs = ret, .import = import};
  reading.reader = csv_reader_new(subscore_columns, SUBSCORE_COLUMNS,
                                  &(struct csv_handler){.row = reading_row, .finding = reading_finding, .arg = &reading});
  if (reading.reader == NULL)
    return error_system(ret_error, ENOMEM, "Cannot read the sub-scores");
  int bad = 0, status = import_pump(import->subs_read, import->arg, reading_take, &reading, &bad, ret_error);
  csv_reader_free(reading.reader);
  if (status != SG_OK)
    return status;
  if (ret->n > 0)
    qsort(ret->rows, ret->n, sizeof *ret->rows, row_order);
  reading_check(&reading);
  if (reading.full != 0 || (bad != 0 && reading.refused == 0)) /* the reader explains everything but this */
    return error_system(ret_error, reading.full != 0 ? reading.full : ENOMEM, "Cannot read the sub-scores");
  if (bad != 0 || reading.refused > 0)
    return error_set(ret_error, SG_DATA,
                     "The sub-scores cannot be taken as they are: nothing was recorded. The columns they need are result_id, "
                     "axis, area, items and correct.");
  ret->used = calloc(ret->n + 1, sizeof *ret->used);
  return ret->used != NULL ? SG_OK : error_system(ret_error, ENOMEM, "Cannot read the sub-scores");
}

void subs_attach(struct subs *subs, struct result *result) {
  size_t low = 0, high = subs->n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (memcmp(subs->rows[middle].id, result->id, UUID_BYTES) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < subs->n && memcmp(subs->rows[low].id, result->id, UUID_BYTES) == 0; low++) {
    const struct subscore *row = &subs->rows[low];
    result->sub_area[result->subs] = row->area;
    result->sub_items[result->subs] = row->items;
    result->sub_correct[result->subs] = row->correct;
    result->subs++;
    subs->used[low] = true;
  }
}

uint64_t subs_left(const struct subs *subs, const struct sg_import *import) {
  uint64_t left = 0;
  for (size_t i = 0; i < subs->n; i++) {
    const struct subscore *row = &subs->rows[i];
    if (subs->used[i] || (i > 0 && memcmp(row->id, row[-1].id, UUID_BYTES) == 0))
      continue;
    struct csv_finding finding;
    char id[UUID_TEXT];
    uuid_format(id, row->id);
    csv_finding_make(&finding, row->line, "result_id", id, "no row of the results that could be taken has this id");
    finding.warning = true;
    left++;
    if (import->subs_finding != NULL)
      import->subs_finding(import->arg, &finding);
  }
  return left;
}

void subs_free(struct subs *subs) {
  free(subs->rows);
  free(subs->used);
  *subs = (struct subs){NULL, NULL, 0, 0};
}
