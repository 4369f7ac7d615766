/* Axes: a range of values on a range of places, with ticks at round numbers. Private to the chart files. */
#ifndef SG_PAPER_CHART_AXIS_H
#define SG_PAPER_CHART_AXIS_H

#include "paper/chart.h"
#include "paper/paint.h"

/* A rectangle that something is drawn into. */
struct chart_area {
  double x, y, width, height;
};

struct chart_axis {
  double low, high, step; /* of values; high > low, step > 0 */
  double from, to;        /* the places of low and high */
};

/* At most about `ticks` steps of 1, 2 or 5 times a power of ten, which cover low to high; whole numbers where `whole`. */
struct chart_axis chart_axis_round(double low, double high, int ticks, int whole);
double chart_axis_at(const struct chart_axis *axis, double value);

extern const struct paint_font chart_font_axis, chart_font_strong; /* figures and words at the axes; what stands out among them */

/* Horizontal lines and their figures left of the area: whole numbers, or per cent. */
void chart_axis_draw_left(struct paint *paint, const struct chart_axis *axis, const struct chart_area *area, int percent);
/* Figures under the area. */
void chart_axis_draw_below(struct paint *paint, const struct chart_axis *axis, const struct chart_area *area, int percent);
/* Titles of both axes: x under its figures, y above the area's left edge. */
void chart_axis_draw_titles(struct paint *paint, const struct chart_area *area, const char *x, const char *y);

#endif
