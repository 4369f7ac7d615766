/*
 * SVG by hand: four axis lines, five ticks a side, polylines and marks. A charting library would be a thousand times the code and
 * come with scripts; a page that lies on a dean's desk for years must show the same picture with nothing but a browser.
 *
 * A series is told apart by colour, by dashes and by the shape of its marks, never by colour alone. Every chart has its message
 * as text for those who do not see it, and the page has its numbers in a table beside it.
 */
#include "study/chart.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 320, HEIGHT = 270, LEFT = 58, RIGHT = 308, TOP = 30, BOTTOM = 222, TICKS = 4, MARK = 4 };

void html_put(struct buf *out, const char *text) {
  for (; *text; text++) {
    const char *safe = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : *text == '"' ? "&quot;" : NULL;
    if (safe)
      buf_put(out, safe, strlen(safe));
    else
      buf_put(out, text, 1);
  }
}

static double at_x(double x) {
  return LEFT + x * (RIGHT - LEFT);
}

static double at_y(double y) {
  return BOTTOM - y * (BOTTOM - TOP);
}

static void text_put(struct buf *out, double x, double y, const char *anchor, const char *extra, const char *text) {
  buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>", x, y, anchor, extra);
  html_put(out, text);
  buf_printf(out, "</text>");
}

static void axes_put(struct buf *out, const struct chart *chart) {
  char turned[64], label[16];
  for (int i = 0; i <= TICKS; i++) {
    double v = (double)i / TICKS;
    buf_printf(out, "<path class=\"grid\" d=\"M%.1f %dV%dM%d %.1fH%d\"/>", at_x(v), TOP, BOTTOM, LEFT, at_y(v), RIGHT);
    snprintf(label, sizeof label, "%.2g", v);
    text_put(out, at_x(v), BOTTOM + 16, "middle", "", label);
    text_put(out, LEFT - 6, at_y(v) + 4, "end", "", label);
  }
  if (chart->diagonal)
    buf_printf(out, "<path class=\"ideal\" d=\"M%.1f %.1fL%.1f %.1f\"/>", at_x(0), at_y(0), at_x(1), at_y(1));
  text_put(out, (LEFT + RIGHT) / 2.0, HEIGHT - 12, "middle", "", chart->x);
  snprintf(turned, sizeof turned, " transform=\"rotate(-90 13 %.1f)\"", (TOP + BOTTOM) / 2.0);
  text_put(out, 13, (TOP + BOTTOM) / 2.0, "middle", turned, chart->y);
  text_put(out, (LEFT + RIGHT) / 2.0, 18, "middle", " class=\"title\"", chart->title);
}

static void mark_put(struct buf *out, const struct chart_series *series, const struct chart_point *point) {
  double x = at_x(point->x), y = at_y(point->y);
  if (isfinite(point->low) && isfinite(point->high))
    buf_printf(out, "<path class=\"whisker %s\" d=\"M%.1f %.1fV%.1f\"/>", series->class_name, x, at_y(point->low),
               at_y(point->high));
  if (strcmp(series->class_name, "estimate") == 0)
    buf_printf(out, "<circle class=\"mark %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%d\"/>", series->class_name, x, y, MARK);
  else
    buf_printf(out, "<rect class=\"mark %s\" x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\"/>", series->class_name, x - MARK,
               y - MARK, 2 * MARK, 2 * MARK);
}

static void series_put(struct buf *out, const struct chart_series *series) {
  bool begun = false;
  buf_printf(out, "<path class=\"line %s\" d=\"", series->class_name);
  for (size_t i = 0; i < series->n; i++) {
    const struct chart_point *point = &series->points[i];
    if (!isfinite(point->x) || !isfinite(point->y))
      continue;
    buf_printf(out, "%c%.1f %.1f", begun ? 'L' : 'M', at_x(point->x), at_y(point->y));
    begun = true;
  }
  buf_printf(out, "\"/>");
  for (size_t i = 0; series->marks && i < series->n; i++)
    if (isfinite(series->points[i].x) && isfinite(series->points[i].y))
      mark_put(out, series, &series->points[i]);
}

void chart_put(struct buf *out, const struct chart *chart) {
  buf_printf(out, "<svg role=\"img\" viewBox=\"0 0 %d %d\" aria-label=\"", WIDTH, HEIGHT);
  html_put(out, chart->title);
  buf_printf(out, ": ");
  html_put(out, chart->says);
  buf_printf(out, "\">");
  axes_put(out, chart);
  for (size_t i = chart->series_n; i-- > 0;) /* the first on top */
    series_put(out, &chart->series[i]);
  buf_printf(out, "</svg>\n");
}
