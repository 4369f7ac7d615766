/*
 * Tables of text. Every foreign file becomes one, is worked on as one, and goes as CSV through the reader of results.csv, so that
 * there is one place that knows what a result is and one way in which an id is made.
 *
 * The header is read first by itself, with a reader that wants no columns and is told all of them; those names are then the
 * columns of a second reader for the whole file. Cells are copied into blocks that are freed together: a file of NBME has
 * twelve thousand of them.
 */
#include "client/sheet.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64 * 1024, ROWS_FIRST = 64 };

struct sheet_block {
  struct sheet_block *next;
  size_t used, size;
  _Alignas(max_align_t) char bytes[];
};

void sheet_init(struct sheet *sheet) {
  *sheet = (struct sheet){.head_line = 1, .separator = ','};
}

void sheet_free(struct sheet *sheet) {
  while (sheet->blocks != NULL) {
    struct sheet_block *block = sheet->blocks;
    sheet->blocks = block->next;
    free(block);
  }
  free(sheet->rows);
  sheet_init(sheet);
}

/* ---------------------------------------------------------------- memory */

void *sheet_alloc(struct sheet *sheet, size_t len) {
  size_t want = (len + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
  struct sheet_block *block = sheet->blocks;
  if (block == NULL || block->size - block->used < want) {
    size_t size = want > BLOCK_BYTES ? want : BLOCK_BYTES;
    block = malloc(sizeof *block + size);
    if (block == NULL) {
      sheet->failed = true;
      return NULL;
    }
    *block = (struct sheet_block){.next = sheet->blocks, .size = size};
    sheet->blocks = block;
  }
  void *out = block->bytes + block->used;
  block->used += want;
  memset(out, 0, want);
  return out;
}

const char *sheet_text(struct sheet *sheet, const char *text, size_t len) {
  char *copy = len > 0 ? sheet_alloc(sheet, len + 1) : NULL;
  if (copy == NULL)
    return "";
  memcpy(copy, text, len);
  return copy;
}

const char *sheet_format(struct sheet *sheet, const char *fmt, ...) {
  char text[256];
  va_list args;
  va_start(args, fmt);
  int n = vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  return sheet_text(sheet, text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* ---------------------------------------------------------------- columns and rows */

int sheet_column(const struct sheet *sheet, const char *name) {
  const struct csv_column column = {.name = name};
  for (size_t i = 0; i < sheet->columns; i++)
    if (csv_column_is(&column, sheet->name[i]))
      return (int)i;
  return -1;
}

int sheet_column_add(struct sheet *sheet, const char *name) {
  if (sheet->columns == CSV_MAX_COLUMNS)
    return -1;
  sheet->name[sheet->columns] = sheet_text(sheet, name, strlen(name));
  return (int)sheet->columns++;
}

struct sheet_row *sheet_row_add(struct sheet *sheet, uint64_t line) {
  if (sheet->n == SHEET_ROWS_MAX) {
    sheet->full = true;
    return NULL;
  }
  if (sheet->n == sheet->room) {
    size_t room = sheet->room > 0 ? sheet->room * 2 : ROWS_FIRST;
    struct sheet_row *rows = realloc(sheet->rows, room * sizeof *rows);
    if (rows == NULL) {
      sheet->failed = true;
      return NULL;
    }
    sheet->rows = rows;
    sheet->room = room;
  }
  const char **cell = sheet_alloc(sheet, (sheet->columns + 1) * sizeof *cell);
  if (cell == NULL)
    return NULL;
  for (size_t i = 0; i < sheet->columns; i++)
    cell[i] = "";
  sheet->rows[sheet->n] = (struct sheet_row){.line = line, .cell = cell};
  return &sheet->rows[sheet->n++];
}

void sheet_compact(struct sheet *sheet) {
  size_t kept = 0;
  for (size_t i = 0; i < sheet->n; i++)
    if (!sheet->rows[i].dropped)
      sheet->rows[kept++] = sheet->rows[i];
  sheet->n = kept;
}

/* ---------------------------------------------------------------- reading */

static void head_column(void *arg, const char *written, int column) {
  (void)column;
  (void)sheet_column_add(arg, written);
}

static void head_row(void *arg, uint64_t line, const char *const *fields) {
  (void)arg;
  (void)line;
  (void)fields;
}

static void head_finding(void *arg, const struct csv_finding *finding) {
  (void)arg;
  (void)finding; /* the second reader says it again */
}

/* The beginning of a file is enough, as no row is longer. */
static void head_read(struct sheet *sheet, const char *text, size_t len) {
  struct csv_reader *reader =
      csv_reader_new(NULL, 0, &(struct csv_handler){.row = head_row, .finding = head_finding, .column = head_column, .arg = sheet});
  if (reader == NULL) {
    sheet->failed = true;
    return;
  }
  csv_separator_set(reader, sheet->separator);
  bool whole = len <= CSV_ROW_CAP;
  int bad = csv_feed(reader, text, whole ? len : CSV_ROW_CAP);
  if (whole && bad == 0)
    bad = csv_finish(reader);
  (void)bad;
  csv_reader_free(reader);
}

struct reading {
  struct sheet *sheet;
  void (*finding)(void *arg, const struct csv_finding *finding);
  void *arg;
};

static void body_row(void *arg, uint64_t line, const char *const *fields) {
  struct sheet *sheet = ((struct reading *)arg)->sheet;
  struct sheet_row *row = sheet->failed || sheet->full ? NULL : sheet_row_add(sheet, line);
  for (size_t i = 0; row != NULL && i < sheet->columns; i++)
    row->cell[i] = fields[i] != NULL ? sheet_text(sheet, fields[i], strlen(fields[i])) : "";
}

static void body_finding(void *arg, const struct csv_finding *finding) {
  const struct reading *reading = arg;
  reading->finding(reading->arg, finding);
}

/* A header's name as csv.h wants the name of a column: lower case, with _ for blanks and dashes. */
static const char *plain_name(struct sheet *sheet, const char *written) {
  size_t len = strlen(written);
  char *name = sheet_alloc(sheet, len + 1);
  if (name == NULL)
    return "";
  for (size_t i = 0; i < len; i++)
    name[i] = (char)(written[i] >= 'A' && written[i] <= 'Z'   ? written[i] - 'A' + 'a'
                     : written[i] == ' ' || written[i] == '-' ? '_'
                                                              : written[i]);
  return name;
}

int sheet_read(struct sheet *sheet, const char *text, size_t len, void (*finding)(void *arg, const struct csv_finding *finding),
               void *arg) {
  struct csv_column columns[CSV_MAX_COLUMNS];
  struct reading reading = {.sheet = sheet, .finding = finding, .arg = arg};
  sheet->separator = csv_separator_guess(text, len);
  head_read(sheet, text, len);
  for (size_t i = 0; i < sheet->columns; i++)
    columns[i] = (struct csv_column){.name = plain_name(sheet, sheet->name[i])};
  if (sheet->failed)
    return -1;
  struct csv_reader *reader =
      csv_reader_new(columns, sheet->columns, &(struct csv_handler){.row = body_row, .finding = body_finding, .arg = &reading});
  if (reader == NULL) {
    sheet->failed = true;
    return -1;
  }
  csv_separator_set(reader, sheet->separator);
  int bad = csv_feed(reader, text, len);
  if (bad == 0)
    bad = csv_finish(reader);
  csv_reader_free(reader);
  return bad != 0 || sheet->failed || sheet->full ? -1 : 0;
}

/* ---------------------------------------------------------------- writing */

struct writing {
  char *bytes;
  size_t len, size;
  bool failed;
};

static void write_byte(struct writing *writing, char c) {
  if (writing->len == writing->size && !writing->failed) {
    size_t size = writing->size > 0 ? writing->size * 2 : 4096;
    char *bytes = realloc(writing->bytes, size);
    writing->failed = bytes == NULL;
    writing->bytes = bytes != NULL ? bytes : writing->bytes;
    writing->size = bytes != NULL ? size : writing->size;
  }
  if (!writing->failed)
    writing->bytes[writing->len++] = c;
}

static void write_cell(struct writing *writing, const char *text, char after) {
  write_byte(writing, '"');
  for (; *text != '\0'; text++) {
    if (*text == '"')
      write_byte(writing, '"');
    write_byte(writing, *text == '\n' || *text == '\r' ? ' ' : *text);
  }
  write_byte(writing, '"');
  write_byte(writing, after);
}

static int write_line(struct writing *writing, const char *const *cell, size_t n,
                      int (*take)(void *arg, const void *bytes, size_t len), void *arg) {
  writing->len = 0;
  for (size_t i = 0; i < n; i++)
    write_cell(writing, cell[i], i + 1 < n ? ',' : '\n');
  return writing->failed ? -1 : take(arg, writing->bytes, writing->len);
}

int sheet_write(const struct sheet *sheet, int (*take)(void *arg, const void *bytes, size_t len), void *arg) {
  struct writing writing = {.bytes = NULL};
  int bad = write_line(&writing, sheet->name, sheet->columns, take, arg);
  for (size_t i = 0; bad == 0 && i < sheet->n; i++)
    bad = write_line(&writing, sheet->rows[i].cell, sheet->columns, take, arg);
  free(writing.bytes);
  return bad;
}
