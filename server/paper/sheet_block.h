/* What a sheet consists of, for those who render it. Texts are never NULL, valid UTF-8 and without control characters but '\n'. */
#ifndef SG_PAPER_SHEET_BLOCK_H
#define SG_PAPER_SHEET_BLOCK_H

#include "base/arena.h"
#include "paper/chart.h"
#include "paper/sheet.h"

#include <stdbool.h>

enum sheet_kind {
  SHEET_HEADING, /* text, level */
  SHEET_TEXT,    /* text */
  SHEET_SMALL,   /* text */
  SHEET_NOTICE,  /* text */
  SHEET_LINK,    /* text; url, or "" where it was none that may be followed */
  SHEET_FIGURES, /* parts: state, label, text, note */
  SHEET_FACTS,   /* parts: label, text */
  SHEET_ITEMS,   /* parts: state, label ("" for none), text; whole */
  SHEET_TABLE,   /* text is its caption; columns; parts, row by row: state, text; empty; whole, in rows */
  SHEET_DATA,    /* as SHEET_TABLE, for CSV alone: every other form passes over it */
  SHEET_CHART,   /* chart; text is its message. With chart->told unset a table `of_chart` follows */
  SHEET_BREAK,
};

struct sheet_part {
  enum sheet_state state;
  const char *label, *text, *note;
};

struct sheet_block {
  enum sheet_kind kind;
  int level;
  bool of_chart; /* a table that repeats the chart before it in numbers */
  const char *text, *url, *empty;
  const struct chart *chart;
  const struct sheet_column *columns;
  size_t columns_n;
  struct sheet_part *parts;
  size_t parts_n, parts_room;
  size_t whole; /* how many items or rows there would be; at least those that are there */
};

struct sheet {
  struct arena arena;
  int err;
  const char *title, *subtitle, *author, *lang, *foot;
  int64_t as_of_ms;
  struct sheet_block *blocks;
  size_t n, room;
};

/* Rows of a table; a row begun and not filled counts, and its last cells are missing: sheet_cell_at() gives an empty one. */
size_t sheet_rows(const struct sheet_block *table);
const struct sheet_part *sheet_cell_at(const struct sheet_block *table, size_t row, size_t column);

/* An item has a label of its own, beyond the word of its state, which stands there anyway. */
bool sheet_part_is_led(const struct sheet_part *part);

/* Items or rows that are not there: what stands after "and" and before "more". */
size_t sheet_beyond(const struct sheet_block *block, size_t shown);

#endif
