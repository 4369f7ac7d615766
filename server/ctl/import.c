/*
 * Files of rows that the operator gives.
 *
 *   file ──pieces──> csv_reader ──row──> cells checked by their fields ──good──> rows (JSON) ──one call──> database
 *                                                                  └──bad───> finding: file:line: column: "value": reason
 *
 * All cells of a row are checked before it is refused, so that the person mends a line once. The good rows of a file with
 * bad ones are taken (unless --strict), because a registrar's export always has a few, and the command's exit code says
 * that there were some. A row that stands in the file twice is refused the second time: which of the two was meant is not
 * ours to guess.
 *
 * A dry run is the real call in a transaction that is rolled back: it cannot differ from what the import then does.
 */
#include "ctl/import.h"

#include "base/err.h"
#include "base/file.h"
#include "proto/result.h"
#include "proto/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
  FINDINGS_SHOWN = CTL_FINDINGS_SHOWN,
  KEY_BYTES = 160,
  ROWS_BYTES = 256 * 1024 * 1024 - 1024 /* the most that a value of type jsonb may have */
};

struct import {
  json_t *rows;     /* [{field: value}]: an empty cell is null, a column the file does not have is not there */
  json_t *findings; /* [{file, line, column, value, reason, warning}] */
  uint64_t read, refused, warnings;
};

struct reading {
  struct ctl *ctl;
  const char *file;
  const struct import_table *table;
  struct import *import;
  struct csv_reader *csv;
  struct progress progress;
  json_t *seen; /* key of a row -> its line */
  uint64_t bytes, shown;
  bool row_refused;
};

/* ---------------------------------------------------------------- findings */

static void finding_print(struct reading *reading, const struct csv_finding *finding) {
  if (reading->shown++ >= FINDINGS_SHOWN)
    return;
  progress_end(&reading->progress);
  ctl_finding(reading->ctl, reading->file, finding);
}

static void finding_take(void *arg, const struct csv_finding *finding) {
  struct reading *reading = arg;
  if (finding->warning)
    reading->import->warnings++;
  else
    reading->row_refused = true;
  finding_print(reading, finding);
  json_array_append_new(reading->import->findings, ctl_finding_json(reading->file, finding));
}

/* What the reader finds refuses a row of its own. */
static void finding_of_reader(void *arg, const struct csv_finding *finding) {
  struct reading *reading = arg;
  finding_take(arg, finding);
  if (!finding->warning) {
    reading->import->read++;
    reading->import->refused++;
  }
}

static void cell_refuse(struct reading *reading, uint64_t line, const char *column, const char *value, const char *reason) {
  struct csv_finding finding;
  csv_finding_make(&finding, line, column, value, "%s", reason);
  finding_take(reading, &finding);
}

/* ---------------------------------------------------------------- one cell */

static bool email_ok(const char *text) {
  const char *at = strchr(text, '@');
  return at && at != text && at[1] != '\0' && !strchr(at + 1, '@') && !strpbrk(text, " \t,;<>\"") && strchr(at + 1, '.') != at + 1;
}

static json_t *cell_number(const struct import_field *field, const char *text, char reason[CSV_REASON]) {
  char *end;
  errno = 0;
  long v = strtol(text, &end, 10);
  if (end != text && *end == '\0' && errno == 0 && v >= field->low && v <= field->high)
    return json_integer(v);
  snprintf(reason, CSV_REASON, "is not a whole number from %ld to %ld", field->low, field->high);
  return NULL;
}

static json_t *cell_word(const struct import_field *field, const char *text, char reason[CSV_REASON]) {
  size_t len = strlen(text);
  for (const char *at = field->words; *at;) {
    size_t word = strcspn(at, " ");
    if (word == len && strncasecmp(at, text, len) == 0)
      return json_stringn(at, word);
    at += word + strspn(at + word, " ");
  }
  snprintf(reason, CSV_REASON, "is none of: %s", field->words);
  return NULL;
}

static json_t *cell_text_value(const struct import_field *field, const char *text, char reason[CSV_REASON]) {
  size_t len = strlen(text), characters = 0;
  for (const char *c = text; *c; c++)
    characters += ((unsigned char)*c & 0xc0) != 0x80;
  if (!utf8_plain(text, len))
    snprintf(reason, CSV_REASON, "has a character that does not print");
  else if (characters > (size_t)field->high)
    snprintf(reason, CSV_REASON, "has %zu characters, more than %ld", characters, field->high);
  else if (field->kind == IMPORT_EMAIL && !email_ok(text))
    snprintf(reason, CSV_REASON, "is not an e-mail address");
  else
    return json_stringn(text, len);
  return NULL;
}

/* The value, null for an empty cell; NULL with a reason. */
static json_t *cell_value(const struct import_field *field, const char *text, char reason[CSV_REASON]) {
  int32_t day;
  if (*text == '\0') {
    if (!field->cell_required)
      return json_null();
    snprintf(reason, CSV_REASON, "is empty; every row needs it");
    return NULL;
  }
  switch (field->kind) {
  case IMPORT_TEXT:
  case IMPORT_EMAIL: return cell_text_value(field, text, reason);
  case IMPORT_NUMBER: return cell_number(field, text, reason);
  case IMPORT_WORD: return cell_word(field, text, reason);
  case IMPORT_DAY:
    if (result_parse_day(text, &day) == 0)
      return json_string(text);
    snprintf(reason, CSV_REASON, "is not a day written YYYY-MM-DD");
    return NULL;
  }
  return NULL;
}

/* ---------------------------------------------------------------- one row */

static void row_key(const struct reading *reading, const char *const *fields, char key[KEY_BYTES]) {
  size_t used = 0;
  key[0] = '\0';
  for (size_t i = 0; i < reading->table->key_n && used < KEY_BYTES; i++)
    used += (size_t)snprintf(key + used, KEY_BYTES - used, "%s%s", i ? " / " : "", fields[i] ? fields[i] : "");
}

static void row_unique(struct reading *reading, uint64_t line, const char *const *fields) {
  char key[KEY_BYTES], reason[CSV_REASON];
  row_key(reading, fields, key);
  const json_t *first = json_object_get(reading->seen, key);
  if (!first) {
    json_object_set_new(reading->seen, key, json_integer((json_int_t)line));
    return;
  }
  snprintf(reason, sizeof reason, "stands in line %" PRIu64 " already; only one of the two can be meant",
           (uint64_t)json_integer_value(first));
  cell_refuse(reading, line, reading->table->fields[0].name, key, reason);
}

static void row_take(void *arg, uint64_t line, const char *const *fields) {
  struct reading *reading = arg;
  const struct import_table *table = reading->table;
  char reason[CSV_REASON];
  json_t *row = json_object();
  reading->row_refused = false;
  reading->import->read++;
  for (size_t i = 0; i < table->fields_n; i++) {
    if (!fields[i])
      continue;
    json_t *value = cell_value(&table->fields[i], fields[i], reason);
    if (value)
      json_object_set_new(row, table->fields[i].name, value);
    else
      cell_refuse(reading, line, table->fields[i].name, fields[i], reason);
  }
  if (!reading->row_refused)
    row_unique(reading, line, fields);
  const char *column = !reading->row_refused && table->check ? table->check(row, reason) : NULL;
  if (column)
    cell_refuse(reading, line, column, ctl_text(row, column), reason);
  if (reading->row_refused)
    reading->import->refused++;
  else
    json_array_append(reading->import->rows, row);
  json_decref(row);
}

/* ---------------------------------------------------------------- the file */

static int piece_take(void *arg, const void *bytes, size_t len) {
  struct reading *reading = arg;
  reading->bytes += len;
  progress_at(&reading->progress, reading->bytes);
  return csv_feed(reading->csv, bytes, len) < 0 ? E_INVALID : 0;
}

static int reading_run(struct reading *reading) {
  char reason[FILE_REASON] = "";
  struct csv_column columns[CSV_MAX_COLUMNS];
  const struct import_table *table = reading->table;
  const struct csv_handler handler = {.row = row_take, .finding = finding_of_reader, .arg = reading};
  for (size_t i = 0; i < table->fields_n; i++)
    columns[i] = (struct csv_column){table->fields[i].name, table->fields[i].aliases, table->fields[i].column_required};
  reading->csv = csv_reader_new(columns, table->fields_n, &handler);
  if (!reading->csv)
    return ctl_fail(reading->ctl, EXIT_REFUSED, "out of memory");
  progress_start(&reading->progress, "bytes", file_size(reading->file));
  int err = file_stream(reading->file, piece_take, reading, reason);
  if (!err && csv_finish(reading->csv) < 0)
    err = E_INVALID;
  progress_end(&reading->progress);
  csv_reader_free(reading->csv);
  if (err == E_SYSTEM)
    return ctl_fail(reading->ctl, EXIT_REFUSED, "%s", reason);
  if (reading->shown > FINDINGS_SHOWN)
    ctl_fail(reading->ctl, EXIT_PROBLEMS, "%s: %" PRIu64 " more findings are not shown; --json has all", reading->file,
             reading->shown - FINDINGS_SHOWN);
  return err ? EXIT_PROBLEMS : EXIT_DONE;
}

/* EXIT_DONE also when rows were refused; EXIT_PROBLEMS when the file as a whole cannot be used. */
static int import_read(struct ctl *ctl, const char *file, const struct import_table *table, struct import *ret) {
  struct reading reading = {.ctl = ctl, .file = file, .table = table, .import = ret, .seen = json_object()};
  *ret = (struct import){.rows = json_array(), .findings = json_array()};
  int code = reading.seen && ret->rows && ret->findings ? reading_run(&reading) : ctl_fail(ctl, EXIT_REFUSED, "out of memory");
  json_decref(reading.seen);
  return code;
}

static void import_done(struct import *import) {
  json_decref(import->rows);
  json_decref(import->findings);
}

/* ---------------------------------------------------------------- the database */

static int rows_send(struct ctl *ctl, const char *file, const struct import *import, enum stmt stmt, json_t **ret) {
  struct args args;
  const char *name = strrchr(file, '/');
  char *rows = json_dumps(import->rows, JSON_COMPACT);
  if (!rows)
    return ctl_fail(ctl, EXIT_REFUSED, "out of memory");
  args_init(&args, ROWS_BYTES);
  args_text(&args, ctl->conf->school_code);
  args_text(&args, name ? name + 1 : file);
  args_text(&args, rows);
  free(rows);
  return ctl_call_json(ctl, stmt, &args, ret);
}

static int rows_apply(struct ctl *ctl, const char *file, const struct import *import, bool dry_run, enum stmt stmt, json_t **ret) {
  int code = ctl_database(ctl);
  if (code)
    return code;
  if (dbsync_begin(ctl->db) < 0)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", dbsync_reason(ctl->db));
  code = rows_send(ctl, file, import, stmt, ret);
  if (code || dry_run) {
    (void)dbsync_rollback(ctl->db);
    return code;
  }
  int err = dbsync_commit(ctl->db);
  return err ? ctl_fail(ctl, cli_exit_of(err), "%s", dbsync_reason(ctl->db)) : EXIT_DONE;
}

static void counts_say(struct ctl *ctl, const struct import *import, const json_t *counts, bool dry_run, const char *title) {
  const char *key;
  json_t *value;
  ctl_say(ctl, "%s: %" PRIu64 " rows read, %zu good, %" PRIu64 " refused%s", title, import->read, json_array_size(import->rows),
          import->refused, dry_run ? " (dry run: nothing was changed)" : "");
  json_object_foreach((json_t *)counts, key, value) {
    if (json_is_integer(value) && strcmp(key, "import_id") != 0)
      ctl_say(ctl, "  %-12s %lld", key, (long long)json_integer_value(value));
    else if (json_is_array(value))
      for (size_t i = 0; i < json_array_size(value); i++)
        ctl_say(ctl, "  %s: %s", key,
                json_string_value(json_array_get(value, i)) ? json_string_value(json_array_get(value, i)) : "?");
  }
  if (!dry_run && ctl_has(counts, "import_id"))
    ctl_say(ctl, "  import number %lld", (long long)ctl_integer(counts, "import_id"));
}

static int import_apply(struct ctl *ctl, const char *file, struct import *import, const struct import_options *options,
                        enum stmt stmt, const char *title) {
  json_t *counts = NULL;
  int code = EXIT_DONE;
  bool left = options->strict && import->refused > 0;
  if (left)
    ctl_fail(ctl, EXIT_PROBLEMS, "%s: %" PRIu64 " rows are not good, so nothing was taken (--strict)", file, import->refused);
  else
    code = rows_apply(ctl, file, import, options->dry_run, stmt, &counts);
  if (!code) {
    if (!left)
      counts_say(ctl, import, counts, options->dry_run, title);
    bool problems = import->refused > 0 || json_array_size(json_object_get(counts, "unknown_students")) > 0;
    code = problems ? EXIT_PROBLEMS : EXIT_DONE;
    int printed =
        !ctl->global.json
            ? EXIT_DONE
            : ctl_print_json(ctl, json_pack("{s:s,s:b,s:b,s:I,s:i,s:I,s:O?,s:O}", "file", file, "dry_run", options->dry_run,
                                            "applied", !left && !options->dry_run, "read", (json_int_t)import->read, "good",
                                            (int)json_array_size(import->rows), "refused", (json_int_t)import->refused, "counts",
                                            counts, "findings", import->findings));
    code = printed ? printed : code;
  }
  json_decref(counts);
  return code;
}

int import_run(struct ctl *ctl, const char *file, const struct import_table *table, const struct import_options *options,
               enum stmt stmt, const char *title) {
  struct import import;
  int code = ctl_conf(ctl);
  if (code)
    return code;
  code = import_read(ctl, file, table, &import);
  if (!code)
    code = import_apply(ctl, file, &import, options, stmt, title);
  import_done(&import);
  return code;
}
