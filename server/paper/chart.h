/*
 * A chart as data: one shape for all kinds. chart_draw.h paints it; this header gives its numbers as a table. What the members of a
 * point mean:
 *
 *   kind             label            x              y             low, high       counts
 *   CHART_STATES     (one point)                                                   students by state
 *   CHART_TREND      night            day            .             .               students by state; all 0: a gap
 *   CHART_WEEKS      "Jan 4"          .              .             .               exams by state
 *   CHART_READINESS  what was taken   day            score         interval        .
 *                    (none: an estimate, of which there may be one a day: line and band, and no dot; if the first is one, a
 *                    score without interval is a dot beside the line)
 *   CHART_HISTOGRAM  .                .              how many      edges of the bin .
 *   CHART_RELIABILITY .               P said, 0..1   share passed  its interval    counts[0]: n
 *
 * Days are days since 1970-01-01. A y, low or high that is not finite is not drawn, and says "none" in the table.
 */
#ifndef SG_PAPER_CHART_H
#define SG_PAPER_CHART_H

#include "paper/sheet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum chart_kind { CHART_STATES, CHART_TREND, CHART_WEEKS, CHART_READINESS, CHART_HISTOGRAM, CHART_RELIABILITY, CHART_KINDS };

enum {
  CHART_POINTS = 400, /* more than points on a line of 600: nobody could tell two apart */
  CHART_NO_DAY = INT32_MIN,
};

struct chart_point {
  const char *label; /* NULL as "" */
  double x, y, low, high;
  int64_t counts[SHEET_STATES]; /* at risk, borderline, on track, cannot say */
};

/* Something that happened on a day and is no score: a contact, a meeting. */
struct chart_mark {
  int32_t day;
  const char *label;
};

struct chart {
  enum chart_kind kind;
  const char *title;   /* above it */
  const char *message; /* what it shows, in one sentence: the text of the picture for who does not see it */
  const char *x, *y;   /* titles of the axes, with units; NULL for the kind's own */
  bool told;           /* its numbers already stand in the sheet: no table is added */
  const struct chart_point *points;
  size_t points_n; /* at most CHART_POINTS; what is beyond is not drawn */
  /* CHART_READINESS; NaN, CHART_NO_DAY or 0 for none. CHART_HISTOGRAM uses pass_line too. */
  double pass_line, y_low, y_high; /* the axis covers at least y_low to y_high */
  int32_t exam_day;
  const struct chart_mark *marks; /* contacts */
  size_t marks_n;
  int height; /* of the picture without its words, at CHART_WIDTH; 0 for the kind's own */
};

enum chart_theme { CHART_LIGHT, CHART_DARK };

/* Of CHART_HISTOGRAM: its edges are shares, said as per cent. */
bool chart_is_share(const struct chart *chart);

/* The numbers behind it, as a table. */
size_t chart_columns(const struct chart *chart);
const struct sheet_column *chart_column(const struct chart *chart, size_t column);
enum { CHART_CELL = 64 };
void chart_cell(char ret[CHART_CELL], const struct chart *chart, size_t row, size_t column);

#endif
