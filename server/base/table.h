/*
 * A plain-text table: columns as wide as their widest cell, and when that is more than the terminal has, the columns that
 * may wrap give way. A row may have notes: paragraphs under it, over the whole width.
 *
 * A builder with a sticky failure, printed once: the width of a column is known only when the last row is there.
 */
#ifndef SG_BASE_TABLE_H
#define SG_BASE_TABLE_H

#include "base/term.h"

struct table_column {
  const char *title;
  bool right; /* numbers */
  bool wraps;
};

enum { TABLE_COLUMNS = 16 };

struct table; /* opaque, heap */

struct table *table_new(const struct table_column *columns, size_t n) MUSTCHECK; /* NULL when out of memory */
void table_free(struct table *table);

/* Cells go in from left to right; a full row begins the next. NULL is an empty cell. */
void table_cell(struct table *table, enum term_style style, const char *text);
void table_cellf(struct table *table, enum term_style style, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Under the row just filled: `lead` ("- ") and a sentence. */
void table_note(struct table *table, enum term_style style, const char *lead, const char *text);

/* 0, or E_NOMEM when a cell was lost. */
int table_print(const struct table *table, struct term *term) MUSTCHECK;

#endif
