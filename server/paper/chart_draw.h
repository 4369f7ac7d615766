/*
 * Charts, drawn by cairo: one hand for the picture in a mail and for the page of a PDF. What is drawn depends on the chart, the
 * theme and the fonts of the machine alone.
 */
#ifndef SG_PAPER_CHART_DRAW_H
#define SG_PAPER_CHART_DRAW_H

#include "paper/chart.h"

#include <cairo.h>

enum {
  CHART_WIDTH = 600, /* in points or CSS pixels: what a mail of 640 leaves */
  CHART_EDGE = 14,   /* of it left empty on each side */
};
int chart_height(const struct chart *chart); /* at that width */

/* Into the box from the origin to CHART_WIDTH x chart_height(), its ground too; the caller moves and scales. 0 or E_NOMEM. */
int chart_draw(cairo_t *cairo, const struct chart *chart, enum chart_theme theme) MUSTCHECK;

#endif
