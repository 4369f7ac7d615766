/*
 * Any bytes as a CSV file. The first byte says in what pieces the rest is fed; whatever the pieces, rows and findings must be
 * those of feeding it whole. And a cell that was read is written as an export and read back.
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
  struct csv_reader *reader = csv_reader_new(columns, COLUMNS, &(struct csv_handler){on_row, on_finding, &seen});
  HOLDS(reader);
  int fed = 0;
  for (size_t at = 0; at < size && fed == 0; at += step)
    fed = csv_feed(reader, data + at, step < size - at ? step : size - at);
  *ret_result = csv_finish(reader);
  HOLDS(fed == 0 || *ret_result == -1);
  csv_reader_free(reader);
  return seen.hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  int whole = 0, pieces = 0;
  uint64_t hash = read_in(data + 1, size - 1, size, &whole);
  HOLDS(read_in(data + 1, size - 1, (size_t)data[0] % 61 + 1, &pieces) == hash);
  HOLDS(whole == pieces);
  return 0;
}
