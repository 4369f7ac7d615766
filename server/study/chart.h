/* Small line charts as SVG inside a page: both axes from 0 to 1, colours by class name, so that the page's style decides. */
#ifndef SG_STUDY_CHART_H
#define SG_STUDY_CHART_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct chart_point {
  double x, y;
  double low, high; /* whisker; both NaN for none */
};

struct chart_series {
  const char *class_name; /* "estimate", "last": colour, dashes and shape of the marks */
  const struct chart_point *points;
  size_t n;
  bool marks; /* a shape at each point */
};

struct chart {
  const char *title; /* above it: "7 days before" */
  const char *says;  /* what it shows, in words: read out instead of the picture */
  const char *x, *y; /* axis titles */
  bool diagonal;     /* where x equals y */
  const struct chart_series *series;
  size_t series_n;
};

void chart_put(struct buf *out, const struct chart *chart);

/* Text with what HTML would take for its own replaced. */
void html_put(struct buf *out, const char *text);

#endif
