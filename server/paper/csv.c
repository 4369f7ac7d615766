/*
 * A sheet's tables for a spreadsheet: RFC 4180, a head line, line ends CRLF, UTF-8.
 *
 * A file is one rectangle, a sheet may have many tables. One table is the file as it is. Several become one: a first column says
 * which table a row is from, and the columns are those of all tables in the order in which they first appear. Rejected: tables
 * under each other with blank lines between, which every program but a spreadsheet stumbles over; and a ZIP of files, which mail
 * filters do.
 *
 * Where the builder gave rows for this purpose (sheet_data), those are the file, and tables made for the eye are left out. Of
 * those, each line says at its end what document it is from and what stands at the foot of every page of that, because lines are
 * sorted, filtered and copied in parts: whom it is about, as of when, and that it may not be passed on.
 */
#include "paper/paper.h"

#include "base/err.h"
#include "paper/sheet_block.h"
#include "proto/csv.h"
#include "proto/utf8.h"

#include <stdarg.h>
#include <string.h>

enum { COLUMNS = 256 }; /* of all tables together: what a spreadsheet shows without being asked twice */

struct file {
  struct buf out;
  const struct sheet *sheet;
  enum sheet_kind kind; /* of the blocks that are written */
  size_t tables;
  const char *titles[COLUMNS];
  size_t n;
  const char *heading; /* the last before the table that is written: its name where it has no caption */
  bool begun;          /* the line has a cell already */
};

static bool is_wanted(const struct file *file, const struct sheet_block *block) {
  return block->kind == file->kind && !block->of_chart;
}

/* ---------------------------------------------------------------- cells */

/* -3.5 is a number and no formula; csv_quote() could not know. */
static bool is_number(const char *text) {
  text += *text == '-';
  size_t digits = strspn(text, "0123456789");
  const char *rest = text + digits;
  if (*rest == '.')
    rest += 1 + strspn(rest + 1, "0123456789");
  return digits > 0 && *rest == '\0';
}

static void put_cell(struct file *file, const char *text) {
  static const size_t most = 2 * SHEET_TEXT_BYTES + 4; /* every byte a quotation mark, two around it, an apostrophe, and the NUL */
  char quoted[2 * SHEET_TEXT_BYTES + 4];
  if (file->begun)
    buf_put_u8(&file->out, ',');
  file->begun = true;
  if (is_number(text))
    buf_put(&file->out, text, strlen(text));
  else
    buf_put(&file->out, quoted, csv_quote(quoted, most, text));
}

static bool is_footed(const struct file *file) {
  return file->kind == SHEET_TABLE && *file->sheet->foot;
}

/* One line of what may have several. */
PRINTF_LIKE(2, 3) static void put_line(struct file *file, const char *fmt, ...) {
  char text[SHEET_TEXT_BYTES];
  va_list args;
  va_start(args, fmt);
  utf8_format(text, sizeof text, fmt, args);
  va_end(args);
  for (char *at = text; (at = strchr(at, '\n'));)
    *at = ' ';
  put_cell(file, text);
}

static void put_foot(struct file *file) {
  const struct sheet *sheet = file->sheet;
  put_line(file, "%s%s%s", sheet->title, *sheet->title && *sheet->subtitle ? " \u00b7 " : "", sheet->subtitle);
  put_line(file, "%s", sheet->foot);
}

static void end_line(struct file *file) {
  buf_put(&file->out, "\r\n", 2);
  file->begun = false;
}

/* ---------------------------------------------------------------- columns */

static size_t column_of(const struct file *file, const char *title) {
  for (size_t i = 0; i < file->n; i++)
    if (strcmp(file->titles[i], title) == 0)
      return i;
  return file->n;
}

/* 0, or E_LIMIT. */
static int gather(struct file *file) {
  for (size_t i = 0; i < file->sheet->n; i++) {
    const struct sheet_block *block = &file->sheet->blocks[i];
    if (!is_wanted(file, block))
      continue;
    file->tables++;
    for (size_t c = 0; c < block->columns_n; c++) {
      if (column_of(file, block->columns[c].title) < file->n)
        continue;
      if (file->n == COLUMNS)
        return E_LIMIT;
      file->titles[file->n++] = block->columns[c].title;
    }
  }
  return 0;
}

/* ---------------------------------------------------------------- lines */

static void put_head(struct file *file) {
  if (file->tables > 1)
    put_cell(file, "table");
  for (size_t i = 0; i < file->n; i++)
    put_cell(file, file->titles[i]);
  if (is_footed(file)) {
    put_cell(file, "document");
    put_cell(file, "notice");
  }
  end_line(file);
}

static void put_row(struct file *file, const struct sheet_block *block, size_t row, const size_t from[COLUMNS]) {
  if (file->tables > 1)
    put_cell(file, *block->text ? block->text : file->heading);
  for (size_t i = 0; i < file->n; i++)
    put_cell(file, sheet_cell_at(block, row, from[i])->text);
  if (is_footed(file))
    put_foot(file);
  end_line(file);
}

static void put_table(struct file *file, const struct sheet_block *block) {
  size_t from[COLUMNS]; /* by column of the file, the column of the table; beyond its last for none */
  for (size_t i = 0; i < file->n; i++)
    from[i] = block->columns_n;
  for (size_t c = 0; c < block->columns_n; c++)
    from[column_of(file, block->columns[c].title)] = c;
  for (size_t row = 0; row < sheet_rows(block); row++)
    put_row(file, block, row, from);
}

static enum sheet_kind kind_of(const struct sheet *sheet) {
  for (size_t i = 0; i < sheet->n; i++)
    if (sheet->blocks[i].kind == SHEET_DATA)
      return SHEET_DATA;
  return SHEET_TABLE;
}

int paper_csv(const struct sheet *sheet, struct paper_bytes *ret) {
  struct file file = {.sheet = sheet, .kind = kind_of(sheet), .heading = ""};
  buf_init(&file.out, PAPER_CAP_BYTES);
  int err = gather(&file);
  if (err)
    return err;
  if (file.n > 0)
    put_head(&file);
  for (size_t i = 0; i < sheet->n; i++) {
    const struct sheet_block *block = &sheet->blocks[i];
    file.heading = block->kind == SHEET_HEADING ? block->text : file.heading;
    if (is_wanted(&file, block))
      put_table(&file, block);
  }
  return paper_bytes_take(&file.out, ret);
}
