/*
 * A plain-text table.
 *
 * Widths: every column gets what its widest cell needs. Where that is more than the terminal has, the columns that may wrap
 * share what the others leave, in proportion to what they wanted but at least WRAP_MIN; a cell then takes several lines.
 * Without such a column the lines are longer than the terminal, which is better than figures that are cut off.
 */
#include "base/table.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 2, WRAP_MIN = 12, NOTE_INDENT = 4 };

struct cell {
  char *text;
  enum term_style style;
};

struct note {
  size_t row; /* stands under this one */
  char *lead, *text;
  enum term_style style;
};

struct table {
  struct table_column columns[TABLE_COLUMNS];
  size_t n;
  struct cell *cells;
  size_t cells_n, cells_room;
  struct note *notes;
  size_t notes_n, notes_room;
  int err;
};

struct table *table_new(const struct table_column *columns, size_t n) {
  struct table *table = n <= TABLE_COLUMNS ? calloc(1, sizeof *table) : NULL;
  if (!table)
    return NULL;
  memcpy(table->columns, columns, n * sizeof *columns);
  table->n = n;
  return table;
}

void table_free(struct table *table) {
  if (!table)
    return;
  for (size_t i = 0; i < table->cells_n; i++)
    free(table->cells[i].text);
  for (size_t i = 0; i < table->notes_n; i++) {
    free(table->notes[i].lead);
    free(table->notes[i].text);
  }
  free(table->cells);
  free(table->notes);
  free(table);
}

/* Room for one more; NULL (and the failure is remembered) when there is none. */
static void *table_grow(struct table *table, void *array, size_t *room, size_t n, size_t size) {
  if (n < *room)
    return array;
  size_t want = *room ? *room * 2 : 64;
  void *grown = reallocarray(array, want, size);
  if (grown)
    *room = want;
  else
    table->err = E_NOMEM;
  return grown;
}

void table_cell(struct table *table, enum term_style style, const char *text) {
  if (table->err)
    return;
  struct cell *cells = table_grow(table, table->cells, &table->cells_room, table->cells_n, sizeof *cells);
  if (!cells)
    return;
  table->cells = cells;
  char *copy = strdup(text ? text : "");
  if (!copy) {
    table->err = E_NOMEM;
    return;
  }
  cells[table->cells_n++] = (struct cell){copy, style};
}

void table_cellf(struct table *table, enum term_style style, const char *fmt, ...) {
  char *text = NULL;
  va_list args;
  va_start(args, fmt);
  if (vasprintf(&text, fmt, args) < 0) {
    text = NULL;
    table->err = E_NOMEM;
  }
  va_end(args);
  table_cell(table, style, text);
  free(text);
}

void table_note(struct table *table, enum term_style style, const char *lead, const char *text) {
  if (table->err || table->cells_n < table->n)
    return;
  struct note *notes = table_grow(table, table->notes, &table->notes_room, table->notes_n, sizeof *notes);
  if (!notes)
    return;
  table->notes = notes;
  struct note note = {table->cells_n / table->n - 1, strdup(lead), strdup(text), style};
  if (!note.lead || !note.text) {
    free(note.lead);
    free(note.text);
    table->err = E_NOMEM;
    return;
  }
  notes[table->notes_n++] = note;
}

static void table_widths(const struct table *table, size_t terminal, size_t widths[TABLE_COLUMNS]) {
  size_t fixed = 0, wrapping = 0;
  for (size_t c = 0; c < table->n; c++) {
    widths[c] = term_columns(table->columns[c].title);
    for (size_t i = c; i < table->cells_n; i += table->n) {
      size_t columns = term_columns(table->cells[i].text);
      widths[c] = columns > widths[c] ? columns : widths[c];
    }
    *(table->columns[c].wraps ? &wrapping : &fixed) += widths[c];
    fixed += c ? GAP : 0;
  }
  if (fixed + wrapping <= terminal || wrapping == 0)
    return;
  size_t room = terminal > fixed ? terminal - fixed : 0;
  for (size_t c = 0; c < table->n; c++)
    if (table->columns[c].wraps) {
      size_t share = room * widths[c] / wrapping;
      widths[c] = widths[c] < WRAP_MIN ? widths[c] : share < WRAP_MIN ? WRAP_MIN : share;
    }
}

/* One piece of a cell, filled up to the column's width unless nothing comes after it on the line. */
static void table_print_piece(struct term *term, const struct table_column *column, enum term_style style, const char *text,
                              size_t len, size_t width, bool last) {
  size_t columns = term_columns_of(text, len), fill = columns < width ? width - columns : 0;
  if (column->right)
    term_spaces(term, fill);
  term_put(term, style, text, len);
  if (!column->right && !last)
    term_spaces(term, fill);
  if (!last)
    term_spaces(term, GAP);
}

static void table_print_row(const struct table *table, struct term *term, const struct cell *cells,
                            const size_t widths[TABLE_COLUMNS]) {
  const char *rest[TABLE_COLUMNS];
  for (size_t c = 0; c < table->n; c++)
    rest[c] = cells[c].text;
  for (bool more = true; more;) {
    more = false;
    size_t last = 0;
    for (size_t c = 0; c < table->n; c++)
      last = *rest[c] ? c : last;
    for (size_t c = 0; c <= last; c++) {
      const char *next = rest[c];
      size_t len = term_line(rest[c], table->columns[c].wraps ? widths[c] : SIZE_MAX, &next);
      table_print_piece(term, &table->columns[c], cells[c].style, rest[c], len, widths[c], c == last);
      rest[c] = next;
      more = more || *next;
    }
    fputc('\n', term->out);
  }
}

int table_print(const struct table *table, struct term *term) {
  if (table->err)
    return table->err;
  size_t widths[TABLE_COLUMNS], note = 0;
  table_widths(table, (size_t)term->width, widths);
  struct cell titles[TABLE_COLUMNS];
  for (size_t c = 0; c < table->n; c++)
    titles[c] = (struct cell){(char *)table->columns[c].title, STYLE_BOLD};
  table_print_row(table, term, titles, widths);
  for (size_t row = 0; row < table->cells_n / table->n; row++) {
    table_print_row(table, term, table->cells + row * table->n, widths);
    for (; note < table->notes_n && table->notes[note].row == row; note++)
      term_wrap(term, NOTE_INDENT, table->notes[note].lead, table->notes[note].style, table->notes[note].text);
  }
  return 0;
}
