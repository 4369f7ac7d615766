/*
 * Scores: one student's readiness over time, how probabilities are spread, and whether they mean what they say.
 *
 * Readiness shows everything that a committee asks of a line: where passing is, how sure the estimate was each day (the band), when
 * the exam is, and when somebody spoke with the student. Between two results lies a straight line, because nothing is known there.
 * The reliability picture is drawn with the same unit on both axes, or its diagonal would mean nothing.
 */
#include "paper/chart_kind.h"

#include "paper/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { Y_TICKS = 5, SHARE_TICKS = 5, DAY_TICKS = 5 };

static const double left = 44, right = 18, top = 28, below = 40, thick = 2, hair = 1, dot = 4, full_turn = 6.283185307179586;
static const struct paint_font label_font = {12, 1, COLOUR_ACCENT, PAINT_LEFT};

static void draw_dot(struct paint *paint, enum colour colour, double x, double y, double radius) {
  cairo_new_path(paint->cairo);
  cairo_arc(paint->cairo, x, y, radius, 0, full_turn);
  paint_colour(paint, COLOUR_SURFACE);
  cairo_set_line_width(paint->cairo, thick);
  cairo_stroke_preserve(paint->cairo);
  paint_colour(paint, colour);
  cairo_fill(paint->cairo);
}

static struct chart_area plot_of(const struct chart_area *area, double below_plot) {
  return (struct chart_area){area->x + left, area->y + top, area->width - left - right, area->height - top - below_plot};
}

/* ---------------------------------------------------------------- readiness */

struct range {
  double low, high;
};

static void widen(struct range *range, double v) {
  if (isfinite(v)) {
    range->low = fmin(range->low, v);
    range->high = fmax(range->high, v);
  }
}

static struct range values_of(const struct chart *chart) {
  struct range range = {INFINITY, -INFINITY};
  for (size_t i = 0; i < chart->points_n; i++) {
    widen(&range, chart->points[i].y);
    widen(&range, chart->points[i].low);
    widen(&range, chart->points[i].high);
  }
  widen(&range, chart->pass_line);
  if (chart->y_high > chart->y_low) {
    widen(&range, chart->y_low);
    widen(&range, chart->y_high);
  }
  return isfinite(range.low) ? range : (struct range){0, 1};
}

static struct range days_of(const struct chart *chart) {
  static const double around = 3; /* days, so that nothing stands on the frame */
  struct range range = {INFINITY, -INFINITY};
  for (size_t i = 0; i < chart->points_n; i++)
    widen(&range, chart->points[i].x);
  for (size_t i = 0; i < chart->marks_n; i++)
    widen(&range, chart->marks[i].day);
  if (chart->exam_day != CHART_NO_DAY && chart->exam_day != 0)
    widen(&range, chart->exam_day);
  return isfinite(range.low) ? (struct range){range.low - around, range.high + around} : (struct range){0, 1};
}

/* Something that was taken; else an estimate, one of many. */
static bool is_named(const struct chart_point *point) {
  return point->label && *point->label;
}

static bool has_estimates(const struct chart *chart) {
  return chart->points_n > 0 && !is_named(&chart->points[0]);
}

static bool has_interval(const struct chart_point *point) {
  return isfinite(point->x) && isfinite(point->low) && isfinite(point->high);
}

static void draw_band(struct paint *paint, const struct chart *chart, const struct chart_axis *x, const struct chart_axis *y) {
  static const double opacity = .16, cap = 3;
  cairo_t *cairo = paint->cairo;
  cairo_new_path(cairo);
  for (size_t i = 0; i < chart->points_n; i++)
    if (has_interval(&chart->points[i]))
      cairo_line_to(cairo, chart_axis_at(x, chart->points[i].x), chart_axis_at(y, chart->points[i].high));
  for (size_t i = chart->points_n; i-- > 0;)
    if (has_interval(&chart->points[i]))
      cairo_line_to(cairo, chart_axis_at(x, chart->points[i].x), chart_axis_at(y, chart->points[i].low));
  cairo_close_path(cairo);
  paint_colour_faint(paint, COLOUR_ACCENT, opacity);
  cairo_fill(cairo);
  for (size_t i = 0; i < chart->points_n; i++) /* whiskers too: a band through one point has no area */
    if (has_interval(&chart->points[i]) && is_named(&chart->points[i])) {
      double at = chart_axis_at(x, chart->points[i].x), low = chart_axis_at(y, chart->points[i].low),
             high = chart_axis_at(y, chart->points[i].high);
      paint_line(paint, COLOUR_CONTROL_LINE, hair, at, low, at, high);
      paint_line(paint, COLOUR_CONTROL_LINE, hair, at - cap, low, at + cap, low);
      paint_line(paint, COLOUR_CONTROL_LINE, hair, at - cap, high, at + cap, high);
    }
}

/* Among estimates a score is a dot beside the line; what is expected has its interval, and ends the line. */
static bool is_beside(const struct chart *chart, const struct chart_point *point) {
  return has_estimates(chart) && is_named(point) && !has_interval(point);
}

static bool has_scores_beside(const struct chart *chart) {
  for (size_t i = 0; i < chart->points_n; i++)
    if (is_beside(chart, &chart->points[i]))
      return true;
  return false;
}

static void draw_scores(struct paint *paint, const struct chart *chart, const struct chart_axis *x, const struct chart_axis *y) {
  const struct chart_point *before = NULL;
  for (size_t i = 0; i < chart->points_n; i++) {
    const struct chart_point *point = &chart->points[i];
    if (!isfinite(point->x) || !isfinite(point->y) || is_beside(chart, point))
      continue;
    if (before) /* from an estimate to what is expected: dashed */
      (is_named(point) && !is_named(before) ? paint_line_dashed : paint_line)(
          paint, COLOUR_ACCENT, thick, chart_axis_at(x, before->x), chart_axis_at(y, before->y), chart_axis_at(x, point->x),
          chart_axis_at(y, point->y));
    before = point;
  }
  for (size_t i = 0; i < chart->points_n; i++)
    if (isfinite(chart->points[i].x) && isfinite(chart->points[i].y) && is_named(&chart->points[i]))
      draw_dot(paint, COLOUR_ACCENT, chart_axis_at(x, chart->points[i].x), chart_axis_at(y, chart->points[i].y), dot);
}

static void draw_pass_line(struct paint *paint, const struct chart *chart, const struct chart_axis *y,
                           const struct chart_area *plot) {
  static const double above = 5;
  struct paint_font font = label_font;
  char text[48];
  if (!isfinite(chart->pass_line) || chart->pass_line <= 0)
    return;
  double at = chart_axis_at(y, chart->pass_line);
  font.colour = COLOUR_TRACK;
  snprintf(text, sizeof text, "passing: %g", chart->pass_line);
  paint_line_dashed(paint, COLOUR_TRACK, thick, plot->x, at, plot->x + plot->width, at);
  paint_text_clear(paint, &font, plot->x + above, at - above - 1, text);
}

static void draw_exam(struct paint *paint, const struct chart *chart, const struct chart_axis *x, const struct chart_area *plot) {
  static const double above = 7;
  struct paint_font font = chart_font_strong;
  char text[WORDS + 8], day[WORDS];
  if (chart->exam_day == CHART_NO_DAY || chart->exam_day == 0)
    return;
  double at = chart_axis_at(x, chart->exam_day);
  words_day_short(day, chart->exam_day);
  snprintf(text, sizeof text, "exam, %s", day);
  font.anchor = at > plot->x + plot->width / 2 ? PAINT_RIGHT : PAINT_LEFT;
  paint_line(paint, COLOUR_INK, thick, at, plot->y - above, at, plot->y + plot->height);
  paint_text(paint, &font, at + (font.anchor == PAINT_RIGHT ? -above : above), plot->y - above + 3, 0, text);
}

/* A small flag on the ground line for each time that somebody was in contact. */
static void draw_contacts(struct paint *paint, const struct chart *chart, const struct chart_axis *x,
                          const struct chart_area *plot) {
  static const double staff = 15, flag = 7;
  double ground = plot->y + plot->height;
  for (size_t i = 0; i < chart->marks_n; i++) {
    double at = chart_axis_at(x, chart->marks[i].day);
    paint_line(paint, COLOUR_BORDERLINE, thick - hair / 2, at, ground, at, ground - staff);
    paint_box(paint, COLOUR_BORDERLINE, at, ground - staff, flag, flag, 0);
  }
}

static void draw_day_labels(struct paint *paint, const struct chart_axis *x, const struct chart_area *plot) {
  static const double drop = 17;
  for (int i = 0; i <= DAY_TICKS; i++) {
    char text[WORDS];
    double day = round(x->low + i * (x->high - x->low) / DAY_TICKS);
    struct paint_font font = chart_font_axis;
    font.anchor = i == DAY_TICKS ? PAINT_RIGHT : PAINT_MIDDLE;
    words_day_short(text, fabs(day) < INT32_MAX ? (int32_t)day : CHART_NO_DAY);
    paint_text(paint, &font, chart_axis_at(x, day), plot->y + plot->height + drop, 0, text);
  }
}

static double draw_key(struct paint *paint, double x, double y, const char *words) {
  static const double before = 6, after = 20;
  struct paint_font font = chart_font_axis;
  font.anchor = PAINT_LEFT;
  paint_text(paint, &font, x + before, y, 0, words);
  return x + before + paint_text_width(paint, &font, words) + after;
}

static void draw_readiness_legend(struct paint *paint, const struct chart *chart, double x, double y) {
  static const double line = 22, up = 4, box = 10;
  paint_line(paint, COLOUR_ACCENT, thick, x, y - up, x + line, y - up);
  if (!has_estimates(chart))
    draw_dot(paint, COLOUR_ACCENT, x + line / 2, y - up, dot);
  x = draw_key(paint, x + line, y, has_estimates(chart) ? "estimate" : "score");
  paint_colour_faint(paint, COLOUR_ACCENT, .25);
  cairo_rectangle(paint->cairo, x, y - box + 1, line, box);
  cairo_fill(paint->cairo);
  x = draw_key(paint, x + line, y, "its interval");
  if (has_scores_beside(chart)) {
    draw_dot(paint, COLOUR_ACCENT, x + dot, y - up, dot);
    x = draw_key(paint, x + 2 * dot, y, "score");
  }
  if (chart->marks_n == 0)
    return;
  paint_line(paint, COLOUR_BORDERLINE, thick - hair / 2, x, y + 1, x, y - box - 1);
  paint_box(paint, COLOUR_BORDERLINE, x, y - box - 1, dot + 3, dot + 3, 0);
  draw_key(paint, x + box, y, "contact");
}

void chart_draw_readiness(struct paint *paint, const struct chart *chart, const struct chart_area *area) {
  struct chart_area plot = plot_of(area, below);
  struct range values = values_of(chart), days = days_of(chart);
  struct chart_axis y = chart_axis_round(values.low, values.high, Y_TICKS, 0);
  struct chart_axis x = {.low = days.low, .high = days.high, .step = 1, .from = plot.x, .to = plot.x + plot.width};
  y.from = plot.y + plot.height;
  y.to = plot.y;
  chart_axis_draw_left(paint, &y, &plot, 0);
  chart_axis_draw_titles(paint, &plot, NULL, chart->y ? chart->y : "score");
  draw_day_labels(paint, &x, &plot);
  draw_pass_line(paint, chart, &y, &plot);
  draw_band(paint, chart, &x, &y);
  draw_contacts(paint, chart, &x, &plot);
  draw_exam(paint, chart, &x, &plot);
  draw_scores(paint, chart, &x, &y);
  draw_readiness_legend(paint, chart, plot.x, area->y + area->height - 4);
}

/* ---------------------------------------------------------------- histogram */

void chart_draw_histogram(struct paint *paint, const struct chart *chart, const struct chart_area *area) {
  static const double gap = 1, figure_up = 4;
  struct range edges = {INFINITY, -INFINITY}, heights = {0, 1};
  struct chart_area plot = plot_of(area, below);
  struct paint_font font = chart_font_axis;
  for (size_t i = 0; i < chart->points_n; i++) {
    widen(&edges, chart->points[i].low);
    widen(&edges, chart->points[i].high);
    widen(&heights, chart->points[i].y);
  }
  bool percent = chart_is_share(chart);
  struct chart_axis y = chart_axis_round(0, heights.high, Y_TICKS - 1, 1),
                    x = chart_axis_round(isfinite(edges.low) ? edges.low : 0, isfinite(edges.low) ? edges.high : 1, Y_TICKS, 0);
  y.from = plot.y + plot.height;
  y.to = plot.y;
  x.from = plot.x;
  x.to = plot.x + plot.width;
  chart_axis_draw_left(paint, &y, &plot, 0);
  chart_axis_draw_below(paint, &x, &plot, percent);
  chart_axis_draw_titles(paint, &plot, chart->x, chart->y ? chart->y : "how many");
  for (size_t i = 0; i < chart->points_n; i++) {
    const struct chart_point *bin = &chart->points[i];
    char text[32];
    if (!isfinite(bin->low) || !isfinite(bin->high) || !(bin->y > 0))
      continue;
    double from = chart_axis_at(&x, bin->low) + gap, to = chart_axis_at(&x, bin->high) - gap, at = chart_axis_at(&y, bin->y);
    paint_box(paint, COLOUR_ACCENT, from, at, to - from, y.from - at, 2);
    snprintf(text, sizeof text, "%.0f", bin->y);
    if (paint_text_width(paint, &font, text) < to - from)
      paint_text_clear(paint, &font, (from + to) / 2, at - figure_up, text);
  }
  if (isfinite(chart->pass_line) && chart->pass_line > 0) {
    double at = chart_axis_at(&x, chart->pass_line);
    paint_line_dashed(paint, COLOUR_TRACK, thick, at, plot.y, at, y.from);
  }
}

/* ---------------------------------------------------------------- reliability */

void chart_draw_reliability(struct paint *paint, const struct chart *chart, const struct chart_area *area) {
  static const double beside = 9;
  struct chart_area plot = plot_of(area, below);
  struct paint_font font = chart_font_axis;
  plot.width = plot.height * 1.6 < plot.width ? plot.height * 1.6 : plot.width;
  struct chart_axis y = {0, 1, 1. / SHARE_TICKS, plot.y + plot.height, plot.y},
                    x = {0, 1, 1. / SHARE_TICKS, plot.x, plot.x + plot.width};
  chart_axis_draw_left(paint, &y, &plot, 1);
  chart_axis_draw_below(paint, &x, &plot, 1);
  chart_axis_draw_titles(paint, &plot, chart->x ? chart->x : "probability said", chart->y ? chart->y : "share who passed");
  paint_line_dashed(paint, COLOUR_CONTROL_LINE, hair, x.from, y.from, x.to, y.to);
  font.anchor = PAINT_LEFT;
  for (size_t i = 0; i < chart->points_n; i++) {
    const struct chart_point *point = &chart->points[i];
    char text[32];
    if (!isfinite(point->x) || !isfinite(point->y))
      continue;
    double at_x = chart_axis_at(&x, point->x), at_y = chart_axis_at(&y, point->y);
    if (has_interval(point))
      paint_line(paint, COLOUR_ACCENT, thick - hair / 2, at_x, chart_axis_at(&y, point->low), at_x, chart_axis_at(&y, point->high));
    draw_dot(paint, COLOUR_ACCENT, at_x, at_y, dot);
    snprintf(text, sizeof text, "n\u00a0=\u00a0%" PRId64, point->counts[0]);
    paint_text_clear(paint, &font, at_x + beside, at_y + dot, text);
  }
}
