/*
 * Any bytes as a file of rows, of each kind that can be brought. The first byte says which. What is given does not depend on where
 * the pieces end, and is what the database takes apart without looking again: lines of as many cells as there are columns.
 */
#include "intake/intake.h"

#include "base/err.h"
#include "tests/50fuzz/fuzz.h"

#include <string.h>

enum { ROWS_BYTES = 16 * 1024 * 1024 };

static void on_finding(void *arg, const struct csv_finding *finding, const char *remedy) {
  (void)arg;
  HOLDS(finding->reason[0] && remedy && (finding->warning || *remedy));
}

static struct intake *intake_of(const struct intake_table *table, const uint8_t *data, size_t size, size_t piece, int *ret_err) {
  struct intake *intake = intake_new(table, INTAKE_ALL, ROWS_BYTES, &(struct intake_handler){on_finding, NULL, NULL});
  int err = 0;
  HOLDS(intake);
  for (size_t at = 0; !err && at < size; at += piece)
    err = intake_feed(intake, data + at, size - at < piece ? size - at : piece);
  const int finished = intake_finish(intake);
  HOLDS(!err || finished == err);
  *ret_err = finished;
  return intake;
}

static size_t columns_of(const struct intake *intake) {
  struct buf buf;
  size_t n = 0;
  buf_init(&buf, ROWS_BYTES);
  intake_put_columns(intake, &buf);
  HOLDS(buf_finish(&buf) == 0);
  for (size_t i = 0; i < buf.len; i++)
    n += buf.data[i] == '"';
  buf_done(&buf);
  return n / 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const struct intake_table *const tables[] = {&intake_roster, &intake_plans, &intake_official_scores, &intake_advisers};
  int err, other;
  if (size == 0)
    return 0;
  const struct intake_table *table = tables[data[0] % (sizeof tables / sizeof *tables)];
  struct intake *whole = intake_of(table, data + 1, size - 1, size, &err);
  struct intake *pieces = intake_of(table, data + 1, size - 1, 7, &other);
  HOLDS(err == other);
  const struct intake_counts *counts = intake_counted(whole);
  if (!err) {
    const char *rows = intake_rows(whole);
    uint64_t lines = 0;
    size_t cells = 0;
    const size_t columns = columns_of(whole);
    HOLDS(strcmp(rows, intake_rows(pieces)) == 0 && counts->read == counts->good + counts->refused);
    for (const char *at = rows; *at; at++) {
      cells += *at == '\t';
      if (*at != '\n')
        continue;
      HOLDS(cells == columns);
      cells = 0;
      lines++;
    }
    HOLDS(lines == counts->good);
  }
  intake_free(whole);
  intake_free(pieces);
  return 0;
}
