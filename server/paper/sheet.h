/*
 * A document before it has a form: blocks in reading order. A builder (sheet_brief.c and its neighbours) puts them in, reading
 * from top to bottom as the document will; a renderer (text, html, pdf, csv) walks them and knows nothing of students.
 *
 * A builder with a memory for failure: the puts return nothing, sheet_failed() tells once. Every text is copied, cleaned (what is
 * not UTF-8 becomes U+FFFD; control characters and marks that turn the direction of writing are dropped; line ends stay) and
 * shortened at SHEET_TEXT_BYTES. The whole is capped, so a document of any size is refused rather than swallowed.
 *
 * What follows itself belongs together: facts make one definition list, items one list, figures one row, cells the table begun
 * last.
 */
#ifndef SG_PAPER_SHEET_H
#define SG_PAPER_SHEET_H

#include "proto/attr.h"

#include <stddef.h>
#include <stdint.h>

struct chart;
struct sheet; /* opaque here; renderers include paper/sheet_block.h */

enum {
  SHEET_TEXT_BYTES = 16 * 1024,       /* of one text: a long note of a case; twice what the office takes for one */
  SHEET_CAP_BYTES = 64 * 1024 * 1024, /* of a document: a table of 100,000 students with eight cells each has 50 MiB */
  SHEET_COLUMNS = 12,                 /* of a table: what a sheet of paper is wide enough for */
  SHEET_LEVEL_FIRST = 2,              /* of headings: the title is level 1 */
  SHEET_LEVEL_LAST = 4,
};

/* A state of readiness: shape + word + colour wherever it is shown. */
enum sheet_state { SHEET_STATE_NONE = 0, SHEET_AT_RISK, SHEET_BORDERLINE, SHEET_ON_TRACK, SHEET_CANNOT_SAY };
enum { SHEET_STATES = 4 };

enum sheet_state sheet_state_named(const char *name);  /* "at_risk" and so on; SHEET_STATE_NONE for every other */
const char *sheet_state_name(enum sheet_state state);  /* "at_risk"; "" for none, as the next two */
const char *sheet_state_word(enum sheet_state state);  /* "at risk" */
const char *sheet_state_shape(enum sheet_state state); /* the shape as a character */

struct sheet *sheet_new(void) MUSTCHECK; /* NULL when out of memory */
void sheet_free(struct sheet *sheet);
int sheet_failed(const struct sheet *sheet) MUSTCHECK; /* 0, E_NOMEM or E_LIMIT */

/* ---- of the whole; each once. `subtitle`, `foot`: NULL or "" for none */
void sheet_title(struct sheet *sheet, const char *title, const char *subtitle);
void sheet_meta(struct sheet *sheet, const char *author, int64_t as_of_ms, const char *lang); /* the school; BCP 47 */
void sheet_foot(struct sheet *sheet, const char *words); /* of each page: school, document, as-of */

/* ---- blocks */
void sheet_heading(struct sheet *sheet, int level, const char *fmt, ...) PRINTF_LIKE(3, 4);
void sheet_text(struct sheet *sheet, const char *fmt, ...) PRINTF_LIKE(2, 3);   /* a paragraph; line ends are kept */
void sheet_small(struct sheet *sheet, const char *fmt, ...) PRINTF_LIKE(2, 3);  /* what explains: quieter than a paragraph */
void sheet_notice(struct sheet *sheet, const char *fmt, ...) PRINTF_LIKE(2, 3); /* set apart: redisclosure, what did not run */
void sheet_link(struct sheet *sheet, const char *url, const char *words);       /* http and https only; else its words alone */

/* Headline figures, each large with its label, a note under it, and a state's shape and colour (or SHEET_STATE_NONE). */
void sheet_figure(struct sheet *sheet, enum sheet_state state, const char *label, const char *value, const char *note);

void sheet_fact(struct sheet *sheet, const char *label, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* `lead`: id or name, "" for none. */
void sheet_item(struct sheet *sheet, const char *lead, const char *fmt, ...) PRINTF_LIKE(3, 4);
void sheet_state_item(struct sheet *sheet, enum sheet_state state, const char *lead, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* There would be `n` items (or rows) in the list (or table) just made; a renderer says how many it does not show. */
void sheet_whole(struct sheet *sheet, size_t n);

struct sheet_column {
  const char *title;
  int right; /* figures, under each other by their ends */
  int head;  /* says what its row is about: at most one a table */
  int wraps; /* takes the room that the others leave */
};

/* Copies the columns. Cells go in from left to right; a full row begins the next. A table without a row is its caption and
 * `words_when_empty`. */
void sheet_table(struct sheet *sheet, const char *caption, const struct sheet_column *columns, size_t n,
                 const char *words_when_empty);
void sheet_cell(struct sheet *sheet, const char *fmt, ...) PRINTF_LIKE(2, 3);
void sheet_state_cell(struct sheet *sheet, enum sheet_state state); /* shape + word + colour; NONE: an empty cell */

/* Rows for a spreadsheet, in CSV and nowhere else; where a sheet has such a table, its CSV is that alone. Filled with sheet_cell().
 */
void sheet_data(struct sheet *sheet, const char *caption, const struct sheet_column *columns, size_t n);

/* A picture, and under it its numbers as a table (unless chart->told). Copies. */
void sheet_chart(struct sheet *sheet, const struct chart *chart);

void sheet_page_break(struct sheet *sheet); /* on paper; elsewhere nothing */

#endif
