/*
 * Any bytes as a CSV file. The first byte says in what pieces the rest is fed; whatever the pieces, rows and findings must be
 * those of feeding it whole. And the same bytes as the cell of an export: written and read back they are what they were, but
 * for spaces at the ends and the apostrophe in front of what looks like a formula.
 */
#include "proto/csv.h"
#include "proto/utf8.h"

#include "tests/50fuzz/fuzz.h"

#include <string.h>

static const struct csv_column columns[] = {{"code", "kind type", true}, {"taken_at", "date", false}, {"score", NULL, false}};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

/* Everything that was called back, boiled down to one number. */
struct seen {
  uint64_t hash;
  uint64_t line; /* of the last row or finding about one; they never go back */
};

static void seen_add(struct seen *seen, const char *text, size_t len) {
  for (size_t i = 0; i < len; i++)
    seen->hash = (seen->hash ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
}

static void on_row(void *arg, uint64_t line, const char *const *fields) {
  struct seen *seen = arg;
  HOLDS(line > seen->line);
  seen->line = line;
  seen_add(seen, (const char *)&line, sizeof(line));
  for (int i = 0; i < COLUMNS; i++) {
    const char *text = fields[i] ? fields[i] : "-";
    HOLDS(utf8_valid(text, strlen(text)) && strlen(text) <= CSV_FIELD_CAP);
    seen_add(seen, text, strlen(text) + 1);
  }
}

static void on_finding(void *arg, const struct csv_finding *finding) {
  struct seen *seen = arg;
  HOLDS(finding->line >= seen->line || finding->line == 1);
  seen->line = finding->line;
  HOLDS(utf8_plain(finding->value, strlen(finding->value)));
  HOLDS(utf8_plain(finding->reason, strlen(finding->reason)) && finding->reason[0]);
  seen_add(seen, (const char *)&finding->line, sizeof(finding->line));
  seen_add(seen, finding->reason, strlen(finding->reason) + 1);
  seen_add(seen, finding->value, strlen(finding->value) + 1);
}

static uint64_t read_in(const uint8_t *data, size_t size, size_t step, int *ret_result) {
  struct seen seen = {.hash = 0};
  struct csv_reader *reader =
      csv_reader_new(columns, COLUMNS, &(struct csv_handler){.row = on_row, .finding = on_finding, .arg = &seen});
  HOLDS(reader);
  int fed = 0;
  for (size_t at = 0; at < size && fed == 0; at += step)
    fed = csv_feed(reader, data + at, step < size - at ? step : size - at);
  *ret_result = csv_finish(reader);
  HOLDS(fed == 0 || *ret_result == -1);
  csv_reader_free(reader);
  return seen.hash;
}

/* ---- an export ---- */

static void on_cell(void *arg, uint64_t line, const char *const *fields) {
  const char *cell = arg;
  size_t len = strlen(cell);
  (void)line;
  while (len > 0 && strchr(" \t\r\n", cell[len - 1]))
    len--;
  size_t blank = strspn(cell, " \t\r\n");
  const char *got = fields[0];
  bool same = strlen(got) == len - blank && memcmp(got, cell + blank, len - blank) == 0;
  bool marked = got[0] == '\'' && strlen(got) == 1 + len && memcmp(got + 1, cell, len) == 0;
  HOLDS(same || marked);
  HOLDS(!strchr("=+-@", fields[0][0]));
}

static void no_finding(void *arg, const struct csv_finding *finding) {
  (void)arg;
  (void)finding;
  abort();
}

static void export_and_import(const uint8_t *data, size_t size) {
  enum { CELL = 500 };
  char cell[CELL + 1] = "", out[8 + 2 * CELL];
  memcpy(cell, data, size < CELL ? size : CELL);
  if (!utf8_valid(cell, strlen(cell)) || cell[strspn(cell, " \t\r\n")] == '\0')
    return;
  memcpy(out, "code\n", 5);
  HOLDS(csv_quote(out + 5, sizeof(out) - 5, cell) < sizeof(out) - 5);
  struct csv_reader *reader =
      csv_reader_new(columns, COLUMNS, &(struct csv_handler){.row = on_cell, .finding = no_finding, .arg = cell});
  HOLDS(reader && csv_feed(reader, out, strlen(out)) == 0 && csv_finish(reader) == 0);
  csv_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  int whole = 0, pieces = 0;
  uint64_t hash = read_in(data + 1, size - 1, size, &whole);
  HOLDS(read_in(data + 1, size - 1, (size_t)data[0] % 61 + 1, &pieces) == hash);
  HOLDS(whole == pieces);
  export_and_import(data + 1, size - 1);
  return 0;
}
