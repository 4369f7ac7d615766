/*
 * CSV from people. libcsv takes a row apart; this file decides what a row is, which column is which, and what to say when
 * either goes wrong.
 *
 * A row is collected line by line until its quotation marks are even in number, and only then given to libcsv, in strict
 * mode. That is what makes one forgotten quotation mark harmless: the row that has it swallows lines up to the next mark,
 * libcsv finds the text wrong, the finding names the line where the row began, and reading goes on with the *second* line
 * of what was swallowed. Fed as a stream, libcsv in its forgiving mode would take the rest of the file for one cell and
 * say nothing. Reading again costs at most twice: a line with an odd mark ends the search that began at the one before.
 *
 *   raw:  |consumed|....current row....|not looked at yet|free|
 *                  head                look              len      all <= CSV_ROW_CAP
 *
 * Memory is three fixed buffers, whatever the file: the raw row, its cells, and one cell inside libcsv.
 */
#include "proto/csv.h"

#include "proto/utf8.h"

#include <csv.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { NO_COLUMN = -1, CELLS_CAP = CSV_ROW_CAP + CSV_MAX_COLUMNS /* every byte of a row, and a NUL for each cell */ };

struct csv_reader {
  const struct csv_column *columns;
  size_t columns_n;
  struct csv_handler handler;
  struct csv_parser parser;
  char separator;

  char *raw; /* CSV_ROW_CAP bytes */
  size_t head, look, len;
  bool quote_open; /* an odd number of quotation marks between head and look */
  bool skipping;   /* inside a line longer than the cap; nothing is kept until it ends */
  uint64_t line;   /* of raw[head] */
  bool begun, failed;

  size_t header_n;               /* 0 until the header is read */
  int8_t map[CSV_MAX_COLUMNS];   /* column of the file -> index into columns, or NO_COLUMN */
  bool present[CSV_MAX_COLUMNS]; /* by index into columns */

  /* The row in libcsv's hands. */
  size_t cell_n;
  size_t cells_len;
  char *cell[CSV_MAX_COLUMNS];
  char *cells;      /* CELLS_CAP bytes */
  bool overhanging; /* more cells than the header has, and not all empty */
  bool row_bad;
  struct csv_finding bad; /* the first thing wrong with a cell of it */
};

/* ---------------------------------------------------------------- findings */

/* Copies what can be shown of `value`: valid characters that print, shortened to fit. */
static void value_shorten(char ret[CSV_VALUE], const char *value, size_t len) {
  static const char more[] = "...";
  size_t out = 0;
  for (size_t at = 0; at < len;) {
    uint32_t c = 0;
    size_t n = utf8_next(value + at, len - at, &c);
    bool shown = n > 0 && utf8_plain(value + at, n);
    size_t width = shown ? n : 1;
    if (out + width + sizeof(more) > CSV_VALUE) {
      memcpy(ret + out, more, sizeof(more));
      return;
    }
    if (shown)
      memcpy(ret + out, value + at, n);
    else
      ret[out] = '?';
    out += width;
    at += n > 0 ? n : 1;
  }
  ret[out] = '\0';
}

static void PRINTF_LIKE(6, 0) finding_fill(struct csv_finding *ret, uint64_t line, const char *column, const char *value,
                                           size_t len, const char *fmt, va_list args) {
  *ret = (struct csv_finding){.line = line, .column = column};
  value_shorten(ret->value, value, len);
  utf8_format(ret->reason, sizeof(ret->reason), fmt, args);
}

void csv_finding_make(struct csv_finding *ret, uint64_t line, const char *column, const char *value, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  finding_fill(ret, line, column, value ? value : "", value ? strlen(value) : 0, fmt, args);
  va_end(args);
}

static void PRINTF_LIKE(4, 5) row_report(struct csv_reader *reader, const char *value, size_t len, const char *fmt, ...) {
  struct csv_finding finding;
  va_list args;
  va_start(args, fmt);
  finding_fill(&finding, reader->line, NULL, value, len, fmt, args);
  va_end(args);
  reader->handler.finding(reader->handler.arg, &finding);
}

/* ---------------------------------------------------------------- header */

/* "Student ID" and "student-id" are student_id. */
static bool name_is(const char *written, const char *name, size_t len) {
  for (size_t i = 0; i < len; i++) {
    char c = written[i];
    if (c >= 'A' && c <= 'Z')
      c = (char)(c - 'A' + 'a');
    else if (c == ' ' || c == '-')
      c = '_';
    if (c != name[i])
      return false;
  }
  return written[len] == '\0';
}

static bool alias_has(const char *aliases, const char *written) {
  for (const char *at = aliases; at && *at;) {
    size_t word = strcspn(at, " ");
    if (name_is(written, at, word))
      return true;
    at += word + strspn(at + word, " ");
  }
  return false;
}

bool csv_column_is(const struct csv_column *column, const char *written) {
  return name_is(written, column->name, strlen(column->name)) || alias_has(column->aliases, written);
}

static int column_find(const struct csv_reader *reader, const char *name, bool by_alias) {
  for (size_t i = 0; i < reader->columns_n; i++) {
    const struct csv_column *column = &reader->columns[i];
    if (by_alias ? alias_has(column->aliases, name) : name_is(name, column->name, strlen(column->name)))
      return (int)i;
  }
  return NO_COLUMN;
}

/* Own names first, so that a file with both `taken_at` and `date` is read as its author meant it. */
static int header_map(struct csv_reader *reader) {
  for (int pass = 0; pass < 2; pass++) {
    for (size_t i = 0; i < reader->header_n; i++) {
      if (reader->map[i] != NO_COLUMN)
        continue;
      int column = column_find(reader, reader->cell[i], pass == 1);
      if (column == NO_COLUMN || (pass == 1 && reader->present[column]))
        continue;
      if (reader->present[column]) {
        row_report(reader, reader->cell[i], strlen(reader->cell[i]), "the header has this column twice; remove one of the two");
        return -1;
      }
      reader->map[i] = (int8_t)column;
      reader->present[column] = true;
    }
  }
  return 0;
}

/* What a header without the right columns most often is. */
static const char *header_guess(const struct csv_reader *reader) {
  if (reader->header_n != 1)
    return "add it, or compare its spelling with the format's description";
  if (strchr(reader->cell[0], ';'))
    return "the columns seem to be separated by semicolons; save the file with commas";
  if (strchr(reader->cell[0], '\t'))
    return "the columns seem to be separated by tabs; save the file with commas";
  return "the first line of the file must name the columns, separated by commas";
}

static int header_take(struct csv_reader *reader) {
  if (reader->row_bad) {
    reader->handler.finding(reader->handler.arg, &reader->bad);
    return -1;
  }
  if (reader->cell_n > CSV_MAX_COLUMNS) {
    row_report(reader, "", 0, "the header has %zu columns and at most %d can be read; remove those not needed", reader->cell_n,
               CSV_MAX_COLUMNS);
    return -1;
  }
  reader->header_n = reader->cell_n;
  memset(reader->map, NO_COLUMN, sizeof reader->map);
  if (header_map(reader) != 0)
    return -1;
  for (size_t i = 0; i < reader->columns_n; i++) {
    if (reader->columns[i].required && !reader->present[i]) {
      struct csv_finding finding;
      csv_finding_make(&finding, reader->line, reader->columns[i].name, "", "the header has no such column; %s",
                       header_guess(reader));
      reader->handler.finding(reader->handler.arg, &finding);
      return -1;
    }
  }
  for (size_t i = 0; i < reader->header_n; i++) {
    if (reader->handler.column && reader->cell[i][0])
      reader->handler.column(reader->handler.arg, reader->cell[i], reader->map[i]);
    if (reader->map[i] == NO_COLUMN && reader->cell[i][0]) {
      struct csv_finding finding;
      csv_finding_make(&finding, reader->line, NULL, reader->cell[i], "this column is not known here and is left out");
      finding.warning = true;
      reader->handler.finding(reader->handler.arg, &finding);
    }
  }
  return 0;
}

/* ---------------------------------------------------------------- a row */

static void PRINTF_LIKE(4, 5) cell_report(struct csv_reader *reader, const char *text, size_t len, const char *fmt, ...) {
  if (reader->row_bad)
    return;
  bool named = reader->header_n > 0 && reader->cell_n < reader->header_n;
  va_list args;
  va_start(args, fmt);
  finding_fill(&reader->bad, reader->line, named ? reader->columns[reader->map[reader->cell_n]].name : NULL, text, len, fmt, args);
  va_end(args);
  reader->row_bad = true;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* libcsv's callback for a cell. Cells of columns nobody asked for are not even checked. */
static void cell_take(void *data, size_t len, void *arg) {
  struct csv_reader *reader = arg;
  const char *text = data;
  while (len > 0 && is_blank(text[0]))
    text++, len--;
  while (len > 0 && is_blank(text[len - 1]))
    len--;

  if (reader->header_n > 0 && reader->cell_n >= reader->header_n) {
    reader->overhanging |= len > 0;
  } else if (reader->cell_n < CSV_MAX_COLUMNS && (reader->header_n == 0 || reader->map[reader->cell_n] != NO_COLUMN)) {
    if (len > CSV_FIELD_CAP)
      cell_report(reader, text, len, "the cell has %zu bytes, more than the %d that can be read", len, CSV_FIELD_CAP);
    else if (memchr(text, '\0', len))
      cell_report(reader, text, len, "the cell has a NUL in it; the file may be damaged, export it again");
    else if (!utf8_valid(text, len))
      cell_report(reader, text, len, "the text is not UTF-8; save the file as \"CSV UTF-8\"");
    if (len > 0)
      memcpy(reader->cells + reader->cells_len, text, len);
    reader->cells[reader->cells_len + len] = '\0';
    reader->cell[reader->cell_n] = reader->cells + reader->cells_len;
    reader->cells_len += len + 1;
  }
  reader->cell_n++;
}

static void row_ended(int terminator, void *arg) {
  (void)terminator;
  (void)arg;
}

/* Hands one row to libcsv. False when it is not CSV; `failed` is set when memory ran out. */
static bool row_split(struct csv_reader *reader, const char *row, size_t len) {
  reader->cell_n = 0;
  reader->cells_len = 0;
  reader->overhanging = false;
  reader->row_bad = false;
  if (csv_parse(&reader->parser, row, len, cell_take, row_ended, reader) == len &&
      csv_fini(&reader->parser, cell_take, row_ended, reader) == 0)
    return true;
  reader->failed |= csv_error(&reader->parser) != CSV_EPARSE;
  csv_free(&reader->parser);
  csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI);
  csv_set_delim(&reader->parser, (unsigned char)reader->separator);
  return false;
}

static void row_give(struct csv_reader *reader) {
  if (reader->row_bad) {
    reader->handler.finding(reader->handler.arg, &reader->bad);
    return;
  }
  if (reader->overhanging) {
    row_report(reader, "", 0, "the row has %zu cells and the header %zu; put text that contains a comma in quotation marks",
               reader->cell_n, reader->header_n);
    return;
  }
  const char *fields[CSV_MAX_COLUMNS];
  bool empty = true;
  for (size_t i = 0; i < reader->columns_n; i++)
    fields[i] = reader->present[i] ? "" : NULL;
  for (size_t i = 0; i < reader->header_n && i < reader->cell_n; i++) {
    if (reader->map[i] == NO_COLUMN)
      continue;
    fields[reader->map[i]] = reader->cell[i];
    empty = empty && reader->cell[i][0] == '\0';
  }
  if (!empty)
    reader->handler.row(reader->handler.arg, reader->line, fields);
}

/* The bytes of the first line, without its end. */
static size_t line_text(const char *row, size_t len) {
  size_t n = 0;
  while (n < len && row[n] != '\r' && row[n] != '\n')
    n++;
  return n;
}

/* One whole row. False when it was not CSV, and the lines after its first should be looked at again. */
static bool row_take(struct csv_reader *reader, const char *row, size_t len) {
  static const char bom[] = "\xef\xbb\xbf";
  if (!reader->begun) {
    reader->begun = true;
    if (len >= 2 && (memcmp(row, "\xff\xfe", 2) == 0 || memcmp(row, "\xfe\xff", 2) == 0)) {
      row_report(reader, "", 0, "the file is UTF-16; save it as \"CSV UTF-8\"");
      reader->failed = true;
      return true;
    }
    if (len >= sizeof(bom) - 1 && memcmp(row, bom, sizeof(bom) - 1) == 0) {
      row += sizeof(bom) - 1;
      len -= sizeof(bom) - 1;
    }
  }
  if (!row_split(reader, row, len)) {
    if (!reader->failed)
      row_report(reader, row, line_text(row, len),
                 "a quotation mark is not closed or stands inside a cell; put the cell in quotation marks and write a mark inside "
                 "it twice");
    reader->failed |= reader->header_n == 0;
    return false;
  }
  if (reader->cell_n == 0)
    return true; /* an empty line */
  if (reader->header_n > 0)
    row_give(reader);
  else if (header_take(reader) != 0)
    reader->failed = true;
  return true;
}

/* ---------------------------------------------------------------- lines to rows */

/* Where the line at `from` ends, its line end included; 0 where it does not end before `to`. CRLF is one end. */
static size_t line_end(const char *raw, size_t from, size_t to) {
  for (size_t i = from; i < to; i++) {
    if (raw[i] == '\r' && i + 1 < to && raw[i + 1] == '\n')
      return i + 2;
    if (raw[i] == '\n' || raw[i] == '\r')
      return i + 1;
  }
  return 0;
}

static void raw_drop(struct csv_reader *reader, size_t to) {
  for (size_t end; (end = line_end(reader->raw, reader->head, to)) > 0; reader->head = end)
    reader->line++;
  reader->head = to;
  reader->look = to;
  reader->quote_open = false;
}

/* Moves `look` to the end of the row. True when it was found. */
static bool row_find(struct csv_reader *reader, bool finishing) {
  while (reader->look < reader->len) {
    char c = reader->raw[reader->look];
    bool last = reader->look + 1 == reader->len;
    if (c == '\r' && last && !finishing)
      return false; /* a line feed may belong to it */
    reader->look++;
    if (c == '"')
      reader->quote_open = !reader->quote_open;
    if (c == '\r' && !last && reader->raw[reader->look] == '\n')
      reader->look++;
    if ((c == '\r' || c == '\n') && !reader->quote_open)
      return true;
  }
  return finishing && reader->look > reader->head && !reader->quote_open;
}

/* The row has no end: the file or the buffer ended before it did. */
static void row_abandon(struct csv_reader *reader, bool finishing) {
  const char *row = reader->raw + reader->head;
  size_t end = line_end(reader->raw, reader->head, reader->len);
  size_t shown = line_text(row, reader->len - reader->head);
  reader->failed |= reader->header_n == 0;
  if (reader->quote_open)
    row_report(reader, row, shown,
               "a quotation mark is opened and not closed again; close it, or write a mark inside a cell twice");
  else
    row_report(reader, row, shown, "the line has more than %d bytes, which is more than can be read", CSV_ROW_CAP);
  raw_drop(reader, end > 0 ? end : reader->len);
  reader->skipping = end == 0 && !finishing;
}

static void rows_take(struct csv_reader *reader, bool finishing) {
  while (!reader->failed) {
    if (row_find(reader, finishing)) {
      size_t end = reader->look;
      if (!row_take(reader, reader->raw + reader->head, end - reader->head)) {
        size_t first = line_end(reader->raw, reader->head, end);
        end = first > 0 ? first : end;
      }
      raw_drop(reader, end);
    } else if (reader->len - reader->head == CSV_ROW_CAP || (finishing && reader->head < reader->len)) {
      row_abandon(reader, finishing);
    } else {
      return;
    }
  }
}

/* ---------------------------------------------------------------- the reader */

struct csv_reader *csv_reader_new(const struct csv_column *columns, size_t n, const struct csv_handler *handler) {
  struct csv_reader *reader = n <= CSV_MAX_COLUMNS ? calloc(1, sizeof(*reader)) : NULL;
  if (!reader)
    return NULL;
  reader->columns = columns;
  reader->columns_n = n;
  reader->handler = *handler;
  reader->line = 1;
  reader->raw = malloc(CSV_ROW_CAP);
  reader->cells = malloc(CELLS_CAP);
  csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI);
  reader->separator = ',';
  if (!reader->raw || !reader->cells) {
    csv_reader_free(reader);
    return NULL;
  }
  return reader;
}

void csv_separator_set(struct csv_reader *reader, char separator) {
  reader->separator = separator;
  csv_set_delim(&reader->parser, (unsigned char)separator);
}

char csv_separator_guess(const char *text, size_t len) {
  static const char candidates[] = ",;\t|";
  size_t counts[sizeof candidates - 1] = {0}, best = 0;
  bool quoted = false, any = false;
  for (size_t i = 0; i < len; i++) {
    quoted ^= text[i] == '"';
    const char *at = quoted || text[i] == '\0' ? NULL : strchr(candidates, text[i]);
    if (at)
      counts[at - candidates]++;
    any |= at != NULL;
    if (any && !quoted && (text[i] == '\n' || text[i] == '\r'))
      break;
  }
  for (size_t i = 1; i < sizeof candidates - 1; i++)
    best = counts[i] > counts[best] ? i : best;
  return candidates[best];
}

/* While skipping: the bytes up to the line end, which itself stays, so that it is counted like any other. */
static size_t skip(struct csv_reader *reader, const char *bytes, size_t len) {
  for (size_t i = 0; i < len; i++) {
    if (bytes[i] == '\n' || bytes[i] == '\r') {
      reader->skipping = false;
      return i;
    }
  }
  return len;
}

int csv_feed(struct csv_reader *reader, const void *bytes, size_t len) {
  const char *next = bytes;
  while (len > 0 && !reader->failed) {
    if (reader->skipping) {
      size_t n = skip(reader, next, len);
      next += n;
      len -= n;
      continue;
    }
    memmove(reader->raw, reader->raw + reader->head, reader->len - reader->head);
    reader->look -= reader->head;
    reader->len -= reader->head;
    reader->head = 0;
    size_t room = CSV_ROW_CAP - reader->len;
    size_t n = len < room ? len : room;
    memcpy(reader->raw + reader->len, next, n);
    reader->len += n;
    next += n;
    len -= n;
    rows_take(reader, false);
  }
  return reader->failed ? -1 : 0;
}

int csv_finish(struct csv_reader *reader) {
  rows_take(reader, true);
  if (!reader->failed && reader->header_n == 0) {
    row_report(reader, "", 0, "the file is empty; its first line must name the columns");
    reader->failed = true;
  }
  return reader->failed ? -1 : 0;
}

void csv_reader_free(struct csv_reader *reader) {
  if (!reader)
    return;
  csv_free(&reader->parser);
  free(reader->raw);
  free(reader->cells);
  free(reader);
}
