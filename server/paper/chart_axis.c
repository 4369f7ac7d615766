/*
 * Axes.
 *
 * Steps are 1, 2 or 5 times a power of ten, because those are the ones people count in; the ends are moved outwards to whole steps,
 * so that no mark stands on the frame. The title of an upright axis is written level above it: turned text is read by nobody.
 */
#include "paper/chart_axis.h"

#include "paper/words.h"

#include <math.h>
#include <stdio.h>

enum { TICKS_MOST = 64, FURTHEST = 1000 * 1000 * 1000 };

static const double figure_gap = 8, figure_drop = 4, below_figures = 16, below_title = 33, above_title = 14, hair = 1;

const struct paint_font chart_font_axis = {12, 0, COLOUR_INK_2, PAINT_MIDDLE};
const struct paint_font chart_font_strong = {13, 1, COLOUR_INK, PAINT_LEFT};

static double round_step(double wanted) {
  static const double steps[] = {1, 2, 5, 10};
  double power = pow(10, floor(log10(wanted)));
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    if (steps[i] * power >= wanted * (1 - 1e-9))
      return steps[i] * power;
  return 10 * power;
}

struct chart_axis chart_axis_round(double low, double high, int ticks, int whole) {
  low = fmax(-FURTHEST, fmin(low, FURTHEST)); /* beyond, steps would be lost in rounding */
  high = fmax(-FURTHEST, fmin(high, FURTHEST));
  if (!(high > low))
    high = low + 1;
  double step = round_step((high - low) / ticks);
  step = whole && step < 1 ? 1 : step;
  low = floor(low / step + 1e-9) * step;
  high = ceil(high / step - 1e-9) * step;
  return (struct chart_axis){.low = low, .high = fmax(high, low + step), .step = step};
}

double chart_axis_at(const struct chart_axis *axis, double value) {
  double share = (value - axis->low) / (axis->high - axis->low);
  share = !(share > 0) ? 0 : share > 1 ? 1 : share; /* what is no number stands at the beginning */
  return axis->from + share * (axis->to - axis->from);
}

static void figure_put(char ret[WORDS], double value, int percent) {
  if (percent)
    snprintf(ret, WORDS, "%.0f\u00a0%%", 100 * value);
  else if (value == floor(value) && fabs(value) < INT32_MAX)
    words_number(ret, (int64_t)value);
  else
    snprintf(ret, WORDS, "%.6g", value);
}

static int ticks_of(const struct chart_axis *axis) {
  double n = floor((axis->high - axis->low) / axis->step + 1e-6);
  return n < TICKS_MOST ? (int)n : TICKS_MOST;
}

void chart_axis_draw_left(struct paint *paint, const struct chart_axis *axis, const struct chart_area *area, int percent) {
  struct paint_font font = chart_font_axis;
  char text[WORDS];
  font.anchor = PAINT_RIGHT;
  for (int i = 0; i <= ticks_of(axis); i++) {
    double value = axis->low + i * axis->step, y = chart_axis_at(axis, value);
    figure_put(text, value, percent);
    paint_line(paint, i == 0 ? COLOUR_CONTROL_LINE : COLOUR_LINE, hair, area->x, y, area->x + area->width, y);
    paint_text(paint, &font, area->x - figure_gap, y + figure_drop, 0, text);
  }
}

void chart_axis_draw_below(struct paint *paint, const struct chart_axis *axis, const struct chart_area *area, int percent) {
  char text[WORDS];
  for (int i = 0; i <= ticks_of(axis); i++) {
    double value = axis->low + i * axis->step;
    figure_put(text, value, percent);
    paint_text(paint, &chart_font_axis, chart_axis_at(axis, value), area->y + area->height + below_figures, 0, text);
  }
}

void chart_axis_draw_titles(struct paint *paint, const struct chart_area *area, const char *x, const char *y) {
  struct paint_font font = chart_font_axis;
  if (x && *x)
    paint_text(paint, &font, area->x + area->width / 2, area->y + area->height + below_title, area->width, x);
  font.anchor = PAINT_LEFT;
  if (y && *y)
    paint_text(paint, &font, 0, area->y - above_title, area->width, y);
}
