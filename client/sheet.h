/*
 * A table of text in memory: what a file said, and what is made of it before it is read as results.csv. Cells are UTF-8 and
 * never NULL; they live as long as the sheet. Failures are sticky: sheet_failed() says at the end whether memory held out.
 */
#ifndef SG_CLIENT_SHEET_H
#define SG_CLIENT_SHEET_H

#include "proto/csv.h"
#include "proto/limits.h"

/* A year of forms has 5,000 questions and ten years of daily blocks 20,000 rows; beyond this a file is something else. */
enum { SHEET_BYTES_MAX = 32 * 1024 * 1024, SHEET_ROWS_MAX = 200000 };

struct sheet_subs {
  uint8_t n, area[LIMIT_SUBSCORES];
  uint16_t items[LIMIT_SUBSCORES], correct[LIMIT_SUBSCORES];
};

struct sheet_row {
  uint64_t line;           /* of the file */
  const char **cell;       /* as many as the sheet has columns */
  struct sheet_subs *subs; /* or NULL */
  bool revises;            /* where the result is here with other content, record this as its next revision */
  bool dropped;            /* left out, and it was said why */
};

struct sheet {
  size_t columns;
  const char *name[CSV_MAX_COLUMNS]; /* as the file writes it */
  uint64_t head_line;
  struct sheet_row *rows;
  size_t n, room;
  char separator; /* of the file it came from */
  bool failed, full;
  struct sheet_block *blocks;
};

void sheet_init(struct sheet *sheet);
void sheet_free(struct sheet *sheet);

/* Reads text with a header. Findings are about rows that are no rows; those are left out. 0, or -1: the header is unusable (and
 * that was said), or sheet->failed or ->full. */
int sheet_read(struct sheet *sheet, const char *text, size_t len, void (*finding)(void *arg, const struct csv_finding *finding),
               void *arg) MUSTCHECK;

/* The column of that name; -1: there is none. Names compare as in csv.h. */
int sheet_column(const struct sheet *sheet, const char *name);
/* Adds a column, empty in every row that is added later. Only before the first row. */
int sheet_column_add(struct sheet *sheet, const char *name);
/* An empty row; NULL when memory ran out or the sheet is full. Valid until the next one is added. */
struct sheet_row *sheet_row_add(struct sheet *sheet, uint64_t line);
/* A copy that lives as long as the sheet; "" when memory ran out. */
const char *sheet_text(struct sheet *sheet, const char *text, size_t len);
const char *sheet_format(struct sheet *sheet, const char *fmt, ...) PRINTF_LIKE(2, 3);
void *sheet_alloc(struct sheet *sheet, size_t len); /* zeroed; NULL when memory ran out */

/* Takes the rows that were dropped out. */
void sheet_compact(struct sheet *sheet);
/* As CSV with commas, header first, one line a row (line ends inside a cell become blanks). Stops where `take` gives not 0.
 * 0, or what `take` gave, or -1 when memory ran out. */
int sheet_write(const struct sheet *sheet, int (*take)(void *arg, const void *bytes, size_t len), void *arg) MUSTCHECK;

#endif
