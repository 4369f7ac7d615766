/*
 * Type on paper: the styles there are, and text set in them by Pango. Units are points (1/72 inch).
 */
#ifndef SG_PAPER_PDF_TYPE_H
#define SG_PAPER_PDF_TYPE_H

#include "paper/colour.h"

#include <cairo.h>
#include <pango/pangocairo.h>
#include <stdbool.h>
#include <stddef.h>

enum pdf_style {
  PDF_TITLE,
  PDF_SUBTITLE,
  PDF_HEADING_2,
  PDF_HEADING_3,
  PDF_HEADING_4,
  PDF_BODY,
  PDF_BODY_STRONG,
  PDF_SMALL,
  PDF_LINK,
  PDF_LABEL,
  PDF_VALUE,
  PDF_CELL,
  PDF_CELL_STRONG,
  PDF_COLUMN,
  PDF_CAPTION,
  PDF_FIGURE,
  PDF_FIGURE_LABEL,
  PDF_FOOT,
  PDF_STYLES,
};

void pdf_colour(cairo_t *cairo, enum colour colour); /* for what is drawn next */

double pdf_style_size(enum pdf_style style);

/* A piece of text in one style; several pieces make one layout. */
struct pdf_run {
  enum pdf_style style;
  const char *text;
};

enum { PDF_RUNS = 5 };

/* The layout holds one text at a time; whoever sets the next loses the last. `width` in points; 0 for as wide as it likes. */
void pdf_type_set(PangoLayout *layout, const struct pdf_run *runs, size_t runs_n, double width, bool right);

/* A layout for this context, hinting off, so that what is measured is what is printed. */
PangoLayout *pdf_type_layout(cairo_t *cairo);

int pdf_type_lines(PangoLayout *layout);
double pdf_type_width(PangoLayout *layout); /* of the widest line */
double pdf_type_widest_word(PangoLayout *layout, const struct pdf_run *runs, size_t runs_n);
/* Height of the lines [from, from + n), n 0 for all that follow. */
double pdf_type_height(PangoLayout *layout, int from, int n);
/* Draws them with the first one's top at y. The colours are the styles'. */
void pdf_type_draw(cairo_t *cairo, PangoLayout *layout, double x, double y, int from, int n);

#endif
