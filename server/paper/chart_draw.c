/*
 * What all charts have: a ground, a title, the message in words, and under them the picture itself.
 *
 * The message is part of the picture, so who looks and who listens is told the same; the text of the image is title and message.
 * No colour says anything alone: a state always has its shape beside it.
 *
 * Rejected: a plotting library (none in C draws what a committee would take for typeset, and all bring a canvas of their own);
 * SVG in mail, which no common program shows.
 */
#include "paper/chart_draw.h"

#include "base/err.h"
#include "paper/chart_kind.h"

#include <math.h>

static const struct {
  chart_kind_draw *draw;
  int height;
} kinds[CHART_KINDS] = {
    [CHART_STATES] = {chart_draw_states, 76},        [CHART_TREND] = {chart_draw_trend, 128},
    [CHART_WEEKS] = {chart_draw_weeks, 208},         [CHART_READINESS] = {chart_draw_readiness, 256},
    [CHART_HISTOGRAM] = {chart_draw_histogram, 206}, [CHART_RELIABILITY] = {chart_draw_reliability, 260},
};

enum { MESSAGE_LINES = 2 };

static const double edge = CHART_EDGE, below_head = 12; /* around everything; between the words and the picture */
static const struct paint_font title_font = {15, 1, COLOUR_INK, PAINT_LEFT}, message_font = {13, 0, COLOUR_INK_2, PAINT_LEFT};

/* Title and message; gives their height. */
static double head(struct paint *paint, const struct chart *chart, int draw) {
  double width = CHART_WIDTH - 2 * edge;
  double title = paint_paragraph(paint, &title_font, edge, edge, width, 1, chart->title ? chart->title : "", draw);
  double message =
      paint_paragraph(paint, &message_font, edge, edge + title, width, MESSAGE_LINES, chart->message ? chart->message : "", draw);
  return title + message > 0 ? title + message + below_head : 0;
}

static int picture_height(const struct chart *chart) {
  return chart->height > 0 ? chart->height : kinds[chart->kind].height;
}

static int height_of(struct paint *paint, const struct chart *chart) {
  return (int)ceil(edge + head(paint, chart, 0) + picture_height(chart) + edge);
}

int chart_height(const struct chart *chart) {
  struct paint paint;
  cairo_surface_t *surface = cairo_recording_surface_create(CAIRO_CONTENT_COLOR, NULL);
  cairo_t *cairo = cairo_create(surface);
  paint_init(&paint, cairo, CHART_LIGHT);
  int height = height_of(&paint, chart);
  paint_done(&paint);
  cairo_destroy(cairo);
  cairo_surface_destroy(surface);
  return height;
}

int chart_draw(cairo_t *cairo, const struct chart *chart, enum chart_theme theme) {
  struct paint paint;
  cairo_save(cairo);
  paint_init(&paint, cairo, theme);
  paint_colour(&paint, COLOUR_SURFACE);
  cairo_rectangle(cairo, 0, 0, CHART_WIDTH, chart_height(chart));
  cairo_fill(cairo);
  double top = edge + head(&paint, chart, 1);
  cairo_translate(cairo, edge, top);
  cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
  kinds[chart->kind].draw(&paint, chart, &(struct chart_area){0, 0, CHART_WIDTH - 2 * edge, picture_height(chart)});
  paint_done(&paint);
  cairo_restore(cairo);
  return cairo_status(cairo) == CAIRO_STATUS_SUCCESS ? 0 : E_NOMEM;
}
