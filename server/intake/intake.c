/*
 * Files of rows that people bring.
 *
 *   bytes ──> csv_reader ──row──> cells checked by their fields ──good──> text ──a piece at a time──> database
 *                                                          └──bad───> finding: line, column, reason, remedy
 *
 * All cells of a row are checked before it is refused, so that the person mends a line once. Whether the good rows of a file
 * with bad ones are taken is for the caller to say. Rows that stand in the file twice are found in the database
 * (core.import_repeated): here it would take every key of the file in memory.
 *
 * Rejected: rows as JSON, which PostgreSQL takes four times as long to take apart. A row is written to the end of the text, and
 * cut off again when one of its cells is bad.
 */
#include "intake/intake.h"

#include "base/err.h"
#include "base/json.h"
#include "proto/result.h"
#include "proto/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEADER_BYTES = 64 /* of a column's name as the file has it */ };

struct intake {
  const struct intake_table *table;
  struct intake_handler handler;
  struct csv_reader *csv;
  struct csv_column columns[CSV_MAX_COLUMNS];
  char header[CSV_MAX_COLUMNS][HEADER_BYTES]; /* by field; "" where the file has none */
  char ignored[CSV_MAX_COLUMNS][HEADER_BYTES];
  size_t ignored_n, rows_most;
  struct buf rows;
  struct intake_counts counts;
  const char *file; /* of several; or NULL */
  bool row_refused;
  int err;
};

/* ---------------------------------------------------------------- findings */

static void finding_take(struct intake *intake, const struct csv_finding *finding, const char *remedy) {
  if (finding->warning)
    intake->counts.warnings++;
  else
    intake->row_refused = true;
  if (!intake->file) {
    intake->handler.finding(intake->handler.arg, finding, remedy);
    return;
  }
  char place[HEADER_BYTES * 2];
  struct csv_finding named = *finding;
  snprintf(place, sizeof place, "%s%s%s", intake->file, finding->column ? ": " : "", finding->column ? finding->column : "");
  named.column = place;
  intake->handler.finding(intake->handler.arg, &named, remedy);
}

/* What the reader of CSV says has its remedy behind a semicolon. A finding of its refuses a row of its own. */
static void finding_of_reader(void *arg, const struct csv_finding *finding) {
  struct intake *intake = arg;
  struct csv_finding said = *finding;
  char *cut = strstr(said.reason, "; ");
  if (cut)
    *cut = '\0';
  intake_tell(intake, &said, cut ? cut + strlen("; ") : "");
}

static void PRINTF_LIKE(6, 7)
    refuse(struct intake *intake, uint64_t line, const char *field, const char *value, const char *remedy, const char *fmt, ...) {
  struct csv_finding finding;
  char reason[CSV_REASON];
  va_list args;
  va_start(args, fmt);
  vsnprintf(reason, sizeof reason, fmt, args);
  va_end(args);
  csv_finding_make(&finding, line, field, value, "%s", reason);
  finding_take(intake, &finding, remedy);
}

/* What to do about a cell that is not what its field may hold. */
static const char *remedy_of(const struct intake_field *field) {
  switch (field->kind) {
  case INTAKE_DAY: return "Write the day as 2027-01-31; a spreadsheet keeps it so in a column formatted as text.";
  case INTAKE_WORD: return "Write one of the words that are allowed.";
  case INTAKE_NUMBER: return "Write a whole number without separators.";
  case INTAKE_CENTI: return "Write a number with a point and two decimals at most.";
  case INTAKE_EMAIL: return "Write one address, like name@school.example, or leave it empty.";
  case INTAKE_TEXT: break;
  }
  return "Correct the cell and bring the file again.";
}

/* ---------------------------------------------------------------- one cell */

static bool email_ok(const char *text) {
  const char *at = strchr(text, '@');
  return at && at != text && at[1] != '\0' && !strchr(at + 1, '@') && !strpbrk(text, " \t,;<>\"") && strchr(at + 1, '.') != at + 1;
}

static bool put_number(struct buf *out, const struct intake_field *field, const char *text, char reason[CSV_REASON]) {
  char *end;
  errno = 0;
  long v = strtol(text, &end, 10);
  if (end == text || *end != '\0' || errno != 0 || v < field->low || v > field->high) {
    snprintf(reason, CSV_REASON, "is not a whole number from %ld to %ld", field->low, field->high);
    return false;
  }
  buf_printf(out, "%ld", v);
  return true;
}

static bool put_centi(struct buf *out, const struct intake_field *field, const char *text, char reason[CSV_REASON]) {
  int32_t v;
  if (result_parse_centi(text, &v) < 0 || v < field->low * 100 || v > field->high * 100) {
    snprintf(reason, CSV_REASON, "is not a number from %ld to %ld", field->low, field->high);
    return false;
  }
  buf_printf(out, "%" PRId32, v);
  return true;
}

static bool put_word(struct buf *out, const struct intake_field *field, const char *text, char reason[CSV_REASON]) {
  const size_t len = strlen(text);
  for (const char *at = field->words; *at;) {
    const size_t word = strcspn(at, " ");
    if (word == len && strncasecmp(at, text, len) == 0) {
      buf_put(out, at, word);
      return true;
    }
    at += word + strspn(at + word, " ");
  }
  snprintf(reason, CSV_REASON, "is none of: %s", field->words);
  return false;
}

static bool put_text(struct buf *out, const struct intake_field *field, const char *text, char reason[CSV_REASON]) {
  size_t characters = 0;
  for (const char *c = text; *c; c++)
    characters += ((unsigned char)*c & 0xc0) != 0x80;
  if (!utf8_plain(text, strlen(text)))
    snprintf(reason, CSV_REASON, "has a character that does not print");
  else if (characters > (size_t)field->high)
    snprintf(reason, CSV_REASON, "has %zu characters, more than %ld", characters, field->high);
  else if (field->kind == INTAKE_EMAIL && !email_ok(text))
    snprintf(reason, CSV_REASON, "is not an e-mail address");
  else {
    buf_put(out, text, strlen(text));
    return true;
  }
  return false;
}

static bool put_day(struct buf *out, const char *text, char reason[CSV_REASON]) {
  int32_t day;
  if (result_parse_day(text, &day) < 0) {
    snprintf(reason, CSV_REASON, "is not a day written YYYY-MM-DD");
    return false;
  }
  buf_put(out, text, strlen(text));
  return true;
}

/* The value as the database takes it, nothing for an empty cell. False, with a reason, for one that cannot be taken. */
static bool put_value(struct buf *out, const struct intake_field *field, const char *text, char reason[CSV_REASON]) {
  if (*text == '\0' && field->cell_required) {
    snprintf(reason, CSV_REASON, "is empty; every row needs it");
    return false;
  }
  if (*text == '\0')
    return true;
  switch (field->kind) {
  case INTAKE_TEXT:
  case INTAKE_EMAIL: return put_text(out, field, text, reason);
  case INTAKE_NUMBER: return put_number(out, field, text, reason);
  case INTAKE_CENTI: return put_centi(out, field, text, reason);
  case INTAKE_WORD: return put_word(out, field, text, reason);
  case INTAKE_DAY: return put_day(out, text, reason);
  }
  return false;
}

/* ---------------------------------------------------------------- one row */

static void row_check(struct intake *intake, uint64_t line, const char *const *fields) {
  const char *cells[CSV_MAX_COLUMNS];
  char reason[CSV_REASON];
  for (size_t i = 0; i < intake->table->fields_n; i++)
    cells[i] = fields[i] ? fields[i] : "";
  const char *field = intake->table->check(cells, reason);
  if (!field)
    return;
  size_t at = 0;
  while (strcmp(intake->table->fields[at].name, field) != 0)
    at++;
  refuse(intake, line, field, cells[at], "Correct the row and bring the file again.", "%s", reason);
}

static void row_put(struct intake *intake, uint64_t line, const char *const *fields) {
  const struct intake_table *table = intake->table;
  char reason[CSV_REASON];
  buf_printf(&intake->rows, "%" PRIu64, line);
  for (size_t i = 0; i < table->fields_n; i++) {
    if (!fields[i])
      continue;
    buf_put_u8(&intake->rows, '\t');
    if (!put_value(&intake->rows, &table->fields[i], fields[i], reason))
      refuse(intake, line, table->fields[i].name, fields[i], remedy_of(&table->fields[i]), "%s", reason);
  }
  buf_put_u8(&intake->rows, '\n');
}

/* Gives what has come together; an error that somebody else had is the first that counts. */
static void rows_give(struct intake *intake) {
  if (!intake->handler.rows || intake->rows.len == 0 || intake->err)
    return;
  buf_put_u8(&intake->rows, '\0');
  intake->err = buf_finish(&intake->rows);
  if (!intake->err)
    intake->err = intake->handler.rows(intake->handler.arg, (const char *)intake->rows.data, intake->rows.len - 1);
  buf_clear(&intake->rows);
}

static bool row_fits(struct intake *intake, uint64_t line) {
  if (intake->rows_most == INTAKE_ALL || intake->counts.read < intake->rows_most)
    return true;
  if (!intake->err)
    refuse(intake, line, NULL, "", "Bring it in parts.", "the file has more than %zu rows", intake->rows_most);
  intake->err = E_INVALID;
  return false;
}

static void row_take(void *arg, uint64_t line, const char *const *fields) {
  struct intake *intake = arg;
  const size_t begun = intake->rows.len;
  if (intake->err || !row_fits(intake, line))
    return;
  intake->row_refused = false;
  intake->counts.read++;
  row_put(intake, line, fields);
  if (!intake->row_refused && intake->table->check)
    row_check(intake, line, fields);
  if (intake->row_refused) {
    intake->rows.len = begun;
    intake->counts.refused++;
  } else
    intake->counts.good++;
  if (intake->rows.len >= INTAKE_PIECE_BYTES)
    rows_give(intake);
}

/* ---------------------------------------------------------------- the file */

static void name_copy(char to[HEADER_BYTES], const char *written) {
  size_t len = strlen(written);
  len = len < HEADER_BYTES ? len : HEADER_BYTES - 1;
  while (len > 0 && !utf8_valid(written, len)) /* not in the middle of a character */
    len--;
  memcpy(to, written, len);
  to[len] = '\0';
}

static void column_take(void *arg, const char *written, int column) {
  if (column >= 0)
    intake_header(arg, (size_t)column, written);
  else
    intake_ignored(arg, written);
}

struct intake *intake_new(const struct intake_table *table, size_t rows_most, size_t rows_bytes,
                          const struct intake_handler *handler) {
  struct intake *intake = calloc(1, sizeof *intake);
  if (!intake)
    return NULL;
  intake->table = table;
  intake->handler = *handler;
  intake->rows_most = rows_most;
  buf_init(&intake->rows, rows_bytes);
  for (size_t i = 0; i < table->fields_n; i++)
    intake->columns[i] = (struct csv_column){table->fields[i].name, table->fields[i].aliases, table->fields[i].column_required};
  intake->csv =
      csv_reader_new(intake->columns, table->fields_n,
                     &(struct csv_handler){.row = row_take, .finding = finding_of_reader, .column = column_take, .arg = intake});
  if (intake->csv)
    return intake;
  intake_free(intake);
  return NULL;
}

static int standing(struct intake *intake, int fed) {
  if (!intake->err && fed < 0)
    intake->err = E_INVALID;
  if (!intake->err)
    intake->err = buf_finish(&intake->rows);
  return intake->err;
}

int intake_feed(struct intake *intake, const void *bytes, size_t len) {
  return standing(intake, intake->err ? -1 : csv_feed(intake->csv, bytes, len));
}

int intake_finish(struct intake *intake) {
  const int fed = intake->err ? -1 : intake->file ? 0 : csv_finish(intake->csv);
  rows_give(intake);
  buf_put_u8(&intake->rows, '\0');
  return standing(intake, fed);
}

void intake_free(struct intake *intake) {
  if (!intake)
    return;
  csv_reader_free(intake->csv);
  buf_done(&intake->rows);
  free(intake);
}

/* ---------------------------------------------------------------- rows of another reader */

void intake_header(struct intake *intake, size_t field, const char *written) {
  name_copy(intake->header[field], written);
}

void intake_ignored(struct intake *intake, const char *written) {
  if (intake->ignored_n < CSV_MAX_COLUMNS)
    name_copy(intake->ignored[intake->ignored_n++], written);
}

int intake_row(struct intake *intake, uint64_t line, const char *const *fields) {
  row_take(intake, line, fields);
  return standing(intake, intake->err ? -1 : 0);
}

void intake_tell(struct intake *intake, const struct csv_finding *finding, const char *remedy) {
  finding_take(intake, finding, remedy);
  intake->counts.read += !finding->warning;
  intake->counts.refused += !finding->warning;
}

void intake_file(struct intake *intake, const char *name) {
  intake->file = name;
}

const struct intake_counts *intake_counted(const struct intake *intake) {
  return &intake->counts;
}

const char *intake_rows(const struct intake *intake) {
  return (const char *)intake->rows.data;
}

/* ---------------------------------------------------------------- what was taken for what */

static void put_words(struct buf *out, const char *words) {
  const char *comma = "";
  buf_put_u8(out, '[');
  for (const char *at = words ? words : ""; *at;) {
    const size_t word = strcspn(at, " ");
    buf_printf(out, "%s\"%.*s\"", comma, (int)word, at);
    comma = ",";
    at += word + strspn(at + word, " ");
  }
  buf_put_u8(out, ']');
}

void intake_put_columns(const struct intake *intake, struct buf *out) {
  const char *comma = "";
  buf_put_u8(out, '[');
  for (size_t i = 0; i < intake->table->fields_n; i++) {
    if (!intake->header[i][0])
      continue;
    buf_printf(out, "%s\"%s\"", comma, intake->table->fields[i].name);
    comma = ",";
  }
  buf_put_u8(out, ']');
}

void intake_put_header(const struct intake *intake, struct buf *out) {
  buf_put_u8(out, '[');
  for (size_t i = 0; i < intake->table->fields_n; i++) {
    const struct intake_field *field = &intake->table->fields[i];
    buf_printf(out, "%s{\"field\":\"%s\",\"header\":", i > 0 ? "," : "", field->name);
    if (intake->header[i][0])
      json_put_string(out, intake->header[i]);
    else
      buf_printf(out, "null");
    buf_printf(out, ",\"required\":%s,\"aliases\":", field->column_required ? "true" : "false");
    put_words(out, field->aliases);
    buf_put_u8(out, '}');
  }
  buf_put_u8(out, ']');
}

void intake_put_ignored(const struct intake *intake, struct buf *out) {
  buf_put_u8(out, '[');
  for (size_t i = 0; i < intake->ignored_n; i++) {
    buf_printf(out, "%s", i > 0 ? "," : "");
    json_put_string(out, intake->ignored[i]);
  }
  buf_put_u8(out, ']');
}
