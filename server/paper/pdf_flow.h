/*
 * A sheet on its way to pages: atoms, the pieces that no page break divides, in reading order. Units are points, y counts down from
 * the top of the page's text.
 *
 *   pdf_flow_make ──> atoms with heights ──> pdf_flow_page ──> atoms with pages ──> pdf_draw (drawn page by page)
 *
 * An atom keeps no text and no layout: cells of a row are made anew from the sheet when it is measured and when it is drawn, so
 * that a list of a hundred thousand lines costs a few bytes each.
 */
#ifndef SG_PAPER_PDF_FLOW_H
#define SG_PAPER_PDF_FLOW_H

#include "base/buf.h"
#include "paper/pdf_type.h"
#include "paper/sheet_block.h"

#include <stdint.h>

enum pdf_atom_kind {
  PDF_ATOM_TITLE,      /* of the sheet, with its subtitle and a rule */
  PDF_ATOM_NUMBERS,    /* the heading over the tables that repeat charts */
  PDF_ATOM_ROW,        /* text of a block: a slice of a paragraph, a row of a list or table */
  PDF_ATOM_TABLE_HEAD, /* again on each page on which the table goes on */
  PDF_ATOM_CAPTION,
  PDF_ATOM_EMPTY, /* the words of a table without rows */
  PDF_ATOM_MORE,  /* how many there are beyond those shown */
  PDF_ATOM_CHART_TITLE,
  PDF_ATOM_MESSAGE, /* what the chart says: as text above it, and not in the picture */
  PDF_ATOM_CHART,
  PDF_ATOM_BREAK,
};

struct pdf_atom {
  enum pdf_atom_kind kind;
  uint32_t block;
  uint32_t part, parts;  /* from which of the block's parts, and how many stand side by side */
  uint16_t from, lines;  /* the lines of them that are in it; lines 0: all */
  double height, before; /* without and with the air above it, which falls away at the top of a page */
  bool keep;             /* on one page with the next */
  bool closes;           /* the last one of a row of a table: the rule below it */
  uint32_t page;         /* from 0 */
  double y;              /* of its top, under the air */
};

/* A text in a row, and what it is to a reader who hears the page. */
struct pdf_cell {
  double x, width; /* from the left edge of the text */
  struct pdf_run runs[PDF_RUNS];
  size_t runs_n;
  bool right;
  enum sheet_state state; /* its shape is drawn before the text */
  const char *bullet;     /* drawn before it and not read */
  const char *tag;        /* of the structure; NULL for none */
  bool opens, closes;     /* an LI around this and the next */
  const char *url;
};

enum {
  PDF_CELLS = SHEET_COLUMNS,
  PDF_FIGURES = 5,             /* beside each other */
  PDF_ATOMS = 4 * 1024 * 1024, /* a table of the largest sheet has a million rows */
};

/* Above and below the text of a row of a table; of a fact. */
extern const double pdf_row_padding, pdf_fact_padding;

struct pdf_columns {
  double x[SHEET_COLUMNS], width[SHEET_COLUMNS];
  double all; /* of a table: as long as its rules are */
};

/* A text that is in slices: whose it is, and how wide. */
struct pdf_held {
  PangoLayout *layout;      /* made when it is first needed */
  const char *first, *last; /* of the runs */
  double width;
};

struct pdf {
  const struct sheet *sheet;
  cairo_t *cairo;
  PangoLayout *layout;
  struct pdf_held held[PDF_CELLS]; /* by cell of a row */
  double width, height;            /* of the paper */
  double left, top, measure, room; /* of the text: where it begins, how wide it is, how high a page */
  double foot;                     /* height of the words at the foot */
  struct pdf_columns **columns;    /* by block; NULL for what needs none */
  struct pdf_atom *atoms;
  size_t atoms_n, atoms_room;
  uint32_t pages;
  int err;
};

/* Fills in columns and atoms. 0, E_NOMEM or E_LIMIT. */
int pdf_flow_make(struct pdf *pdf) MUSTCHECK;
void pdf_flow_page(struct pdf *pdf);
void pdf_flow_done(struct pdf *pdf);

/* pdf_cells.c: the cells of an atom that has text; their runs point into the sheet, or into `scratch`. */
enum { PDF_SCRATCH = 96 };
size_t pdf_flow_cells(struct pdf *pdf, const struct pdf_atom *atom, struct pdf_cell cells[PDF_CELLS], char scratch[PDF_SCRATCH]);
/* The text of the atom's cell `i`, set; of an atom that is a slice it stays, so that a text of a hundred slices is not broken into
 * lines a hundred times. */
PangoLayout *pdf_cell_set(struct pdf *pdf, const struct pdf_cell *cell, const struct pdf_atom *atom, size_t i);
double pdf_cell_indent(const struct pdf_cell *cell); /* what shape or bullet take */

/* A chart without its words, and how much of a point each of its units is: its edges stand in the margins. */
struct chart pdf_chart_bare(const struct chart *chart);
double pdf_chart_scale(const struct pdf *pdf);

/* pdf_table.c: how wide each column is. NULL when out of memory. */
struct pdf_columns *pdf_table_columns(struct pdf *pdf, const struct sheet_block *table) MUSTCHECK;
/* Labels and values of facts, in two halves beside each other: x[0], x[1] of the first, x[2], x[3] of the second. */
struct pdf_columns *pdf_table_facts(struct pdf *pdf, const struct sheet_block *facts) MUSTCHECK;
/* Of headline figures: as wide as their values, and what is over to each alike. */
struct pdf_columns *pdf_table_figures(struct pdf *pdf, const struct sheet_block *figures) MUSTCHECK;

/* pdf_draw.c: everything onto the pages. */
void pdf_draw(struct pdf *pdf, cairo_surface_t *surface);

/* pdf_finish.c: what cairo cannot say, behind the file that it wrote. 0, E_NOMEM or E_LIMIT. */
int pdf_finish(const struct pdf *pdf, struct buf *out) MUSTCHECK;

#endif
