/*
 * Students by state: one night as a bar, nights as four small pictures, exams as a column a week.
 *
 * Nights are four pictures side by side, each with a scale of its own: in one picture the hundred who are on track would press the
 * eight who are not into a line. Columns and bars begin with who is at risk, where the eye begins; that part stands on the ground
 * line, so its change is seen. A night without a brief is a gap and not a line across it.
 */
#include "paper/chart_kind.h"

#include "paper/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct paint_font figure_font = {12, 1, COLOUR_SURFACE, PAINT_MIDDLE}, word_font = {13, 1, COLOUR_INK, PAINT_LEFT},
                               small_font = {12, 0, COLOUR_INK_2, PAINT_LEFT}, big_font = {23, 1, COLOUR_INK, PAINT_LEFT};
static const double shape_size = 12, shape_gap = 6, hair = 1;

static enum sheet_state state_at(size_t i) {
  return (enum sheet_state)(SHEET_AT_RISK + i);
}

static int64_t total_of(const struct chart_point *point) {
  int64_t total = 0;
  for (size_t i = 0; i < SHEET_STATES; i++)
    total += point->counts[i];
  return total;
}

/* "▲ at risk", its baseline at y. */
static void draw_word(struct paint *paint, enum sheet_state state, double x, double y) {
  paint_shape(paint->cairo, state, x + shape_size / 2, y - shape_size / 3, shape_size, paint->theme);
  paint_text(paint, &word_font, x + shape_size + shape_gap, y, 0, sheet_state_word(state));
}

static void draw_nothing(struct paint *paint, const struct chart_area *area, const char *words) {
  struct paint_font font = small_font;
  font.anchor = PAINT_MIDDLE;
  paint_box(paint, COLOUR_SUNK, area->x, area->y, area->width, area->height, 4);
  paint_text(paint, &font, area->x + area->width / 2, area->y + area->height / 2 + 4, area->width, words);
}

/* A part of a bar or column with its shape and figure in it where they fit. */
static void draw_part(struct paint *paint, enum sheet_state state, int64_t n, const struct chart_area *at) {
  static const double least_height = 15, between = 4, drop = 4.3;
  char text[WORDS];
  words_number(text, n);
  double words = paint_text_width(paint, &figure_font, text);
  paint_box(paint, colour_of_state(state), at->x, at->y, at->width, at->height, 2);
  if (at->height < least_height || at->width < words + between)
    return;
  double shape = at->width >= words + shape_size + 3 * between ? shape_size - 2 : 0;
  double middle = at->x + at->width / 2, half = (shape > 0 ? shape + between : 0) / 2;
  if (shape > 0)
    paint_shape_in(paint->cairo, state, middle - words / 2 - between / 2, at->y + at->height / 2, shape, COLOUR_SURFACE,
                   paint->theme);
  paint_text(paint, &figure_font, middle + half, at->y + at->height / 2 + drop, 0, text);
}

/* ---------------------------------------------------------------- one night */

void chart_draw_states(struct paint *paint, const struct chart *chart, const struct chart_area *area) {
  static const double bar = 34, gap = 2, least = 4, word_drop = 22, figure_drop = 39;
  int64_t total = chart->points_n > 0 ? total_of(&chart->points[0]) : 0;
  if (total <= 0) {
    draw_nothing(paint, &(struct chart_area){area->x, area->y, area->width, bar}, "no students");
    return;
  }
  double x = area->x, room = area->width - (SHEET_STATES - 1) * (gap + least);
  for (size_t i = 0; i < SHEET_STATES; i++) {
    char text[2 * WORDS], number[WORDS], share[WORDS];
    int64_t n = chart->points[0].counts[i];
    double column = area->x + (double)i * area->width / SHEET_STATES, width = least + room * (double)n / (double)total;
    if (n > 0) {
      draw_part(paint, state_at(i), n, &(struct chart_area){x, area->y, width, bar});
      x += width + gap;
    }
    words_number(number, n);
    words_percent(share, (double)n / (double)total);
    snprintf(text, sizeof text, "%s of students", share);
    draw_word(paint, state_at(i), column, area->y + bar + word_drop);
    paint_text(paint, &small_font, column + shape_size + shape_gap, area->y + bar + figure_drop, 0, n > 0 ? text : "nobody");
  }
}

/* ---------------------------------------------------------------- nights */

static void spark_range(const struct chart *chart, size_t state, double *ret_low, double *ret_high) {
  static const double least_span = 4, share_of_high = .1;
  double low = INFINITY, high = 0;
  for (size_t i = 0; i < chart->points_n; i++) {
    double n = (double)chart->points[i].counts[state];
    if (total_of(&chart->points[i]) > 0) {
      low = fmin(low, n);
      high = fmax(high, n);
    }
  }
  low = isfinite(low) ? low : 0;
  double span = fmax(least_span, share_of_high * high), missing = fmax(0, span - (high - low));
  *ret_low = fmax(0, floor(low - missing / 2));
  *ret_high = ceil(fmax(high, *ret_low + span));
}

/* A line through neighbouring nights, a dot at each; nothing across a night that is not there. */
static void draw_spark(struct paint *paint, const struct chart *chart, size_t state, const struct chart_axis *x,
                       const struct chart_axis *y) {
  static const double dot = 2, last_dot = 9, thick = 2, full_turn = 6.283185307179586;
  double before = NAN;
  cairo_t *cairo = paint->cairo;
  for (size_t i = 0; i < chart->points_n; i++) {
    const struct chart_point *point = &chart->points[i];
    if (total_of(point) <= 0 || !isfinite(point->x))
      continue;
    double at_x = chart_axis_at(x, point->x), at_y = chart_axis_at(y, (double)point->counts[state]);
    if (point->x - before == 1)
      paint_line(paint, colour_of_state(state_at(state)), thick, chart_axis_at(x, before),
                 chart_axis_at(y, (double)chart->points[i - 1].counts[state]), at_x, at_y);
    if (i + 1 == chart->points_n) {
      paint_shape(cairo, state_at(state), at_x, at_y, last_dot, paint->theme);
    } else {
      paint_colour(paint, colour_of_state(state_at(state)));
      cairo_new_path(cairo);
      cairo_arc(cairo, at_x, at_y, dot, 0, full_turn);
      cairo_fill(cairo);
    }
    before = point->x;
  }
}

static void draw_spark_range(struct paint *paint, const struct chart_axis *y, double left, double right) {
  struct paint_font font = small_font;
  const double ends[] = {y->low, y->high};
  font.anchor = PAINT_RIGHT;
  for (size_t i = 0; i < 2; i++) {
    char text[WORDS];
    words_number(text, (int64_t)ends[i]);
    double at = chart_axis_at(y, ends[i]);
    paint_line(paint, i == 0 ? COLOUR_CONTROL_LINE : COLOUR_LINE, hair, left, at, right, at);
    paint_text(paint, &font, left - 5, at + 4, 0, text);
  }
}

/* What the figures beside a small picture need: all of them as much as the longest. */
static double figures_width(struct paint *paint, double high) {
  static const double gap = 8, least = 26;
  char text[WORDS];
  words_number(text, (int64_t)high);
  return fmax(least, paint_text_width(paint, &small_font, text) + gap);
}

static void draw_panel(struct paint *paint, const struct chart *chart, size_t state, const struct chart_area *area) {
  static const double word_at = 11, big_at = 38, spark_top = 52, spark_bottom = 108, inset = 6, label_at = 124;
  const struct chart_point *first = &chart->points[0], *last = &chart->points[chart->points_n - 1];
  double low, high;
  char text[WORDS];
  spark_range(chart, state, &low, &high);
  double left = area->x + figures_width(paint, high), right = area->x + area->width - inset;
  struct chart_axis y = {.low = low, .high = high, .step = 1, .from = area->y + spark_bottom, .to = area->y + spark_top};
  struct chart_axis x = {
      .low = first->x, .high = last->x > first->x ? last->x : first->x + 1, .step = 1, .from = left + inset, .to = right - inset};
  draw_word(paint, state_at(state), area->x, area->y + word_at);
  words_number(text, last->counts[state]);
  paint_text(paint, &big_font, area->x, area->y + big_at, 0, text);
  draw_spark_range(paint, &y, left, right);
  draw_spark(paint, chart, state, &x, &y);
  struct paint_font font = small_font;
  double half = (right - left) / 2;
  paint_text(paint, &font, left, area->y + label_at, half, first->label ? first->label : "");
  font.anchor = PAINT_RIGHT;
  if (chart->points_n > 1)
    paint_text(paint, &font, right, area->y + label_at, half, last->label ? last->label : "");
}

void chart_draw_trend(struct paint *paint, const struct chart *chart, const struct chart_area *area) {
  static const double gap = 16;
  double width = (area->width - (SHEET_STATES - 1) * gap) / SHEET_STATES;
  if (chart->points_n == 0) {
    draw_nothing(paint, area, "no nights yet");
    return;
  }
  for (size_t i = 0; i < SHEET_STATES; i++)
    draw_panel(paint, chart, i, &(struct chart_area){area->x + (double)i * (width + gap), area->y, width, area->height});
}

/* ---------------------------------------------------------------- weeks */

static void draw_legend(struct paint *paint, double x, double y) {
  static const double between = 22;
  for (size_t i = 0; i < SHEET_STATES; i++) {
    draw_word(paint, state_at(i), x, y);
    x += shape_size + shape_gap + paint_text_width(paint, &word_font, sheet_state_word(state_at(i))) + between;
  }
}

static void draw_week(struct paint *paint, const struct chart_point *week, const struct chart_axis *y,
                      const struct chart_area *column) {
  static const double gap = 1, total_above = 6, label_below = 17;
  struct paint_font font = chart_font_strong;
  char text[WORDS];
  int64_t below = 0;
  for (size_t i = 0; i < SHEET_STATES; i++) {
    int64_t n = week->counts[i];
    double bottom = chart_axis_at(y, (double)below), top = chart_axis_at(y, (double)(below + n));
    if (n > 0)
      draw_part(paint, state_at(i), n, &(struct chart_area){column->x, top, column->width, fmax(bottom - top - gap, gap)});
    below += n;
  }
  font.anchor = PAINT_MIDDLE;
  words_number(text, below);
  paint_text_clear(paint, &font, column->x + column->width / 2, chart_axis_at(y, (double)below) - total_above, text);
  paint_text(paint, &chart_font_axis, column->x + column->width / 2, column->y + column->height + label_below, 0,
             week->label ? week->label : "");
}

void chart_draw_weeks(struct paint *paint, const struct chart *chart, const struct chart_area *area) {
  enum { TICKS = 4 };
  static const double left = 38, legend_at = 11, top = 40, below = 22, widest = 64, filled = .62;
  double most = 0;
  for (size_t i = 0; i < chart->points_n; i++)
    most = fmax(most, (double)total_of(&chart->points[i]));
  struct chart_area plot = {area->x + left, area->y + top, area->width - left, area->height - top - below};
  if (most <= 0) {
    draw_nothing(paint, area, "no exams");
    return;
  }
  struct chart_axis y = chart_axis_round(0, most, TICKS, 1);
  y.from = plot.y + plot.height;
  y.to = plot.y;
  draw_legend(paint, area->x, area->y + legend_at);
  chart_axis_draw_left(paint, &y, &plot, 0);
  double room = plot.width / (double)chart->points_n, width = fmin(widest, filled * room);
  for (size_t i = 0; i < chart->points_n; i++) {
    struct chart_area column = {plot.x + ((double)i + .5) * room - width / 2, plot.y, width, plot.height};
    draw_week(paint, &chart->points[i], &y, &column);
  }
}
