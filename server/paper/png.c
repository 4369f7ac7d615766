/*
 * A chart as a picture, for mail and for a page of HTML.
 *
 * Twice the size it is shown at is sharp on today's screens. Deterministic on one machine: cairo writes no time into a PNG, hinting
 * is off, and nothing depends on the process or its locale. Rejected: a palette instead of full colour (half the bytes, and a
 * second encoder to own), JPEG (edges of type blur), SVG (no mail program of the office kind shows it).
 */
#include "paper/paper.h"

#include "base/err.h"
#include "paper/chart_draw.h"

#include <math.h>

enum { PIXELS_MOST = 8192 };

static cairo_status_t keep(void *arg, const unsigned char *bytes, unsigned int len) {
  struct buf *out = arg;
  buf_put(out, bytes, len);
  return buf_finish(out) ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static int draw(cairo_surface_t *surface, const struct chart *chart, enum chart_theme theme, double scale) {
  cairo_t *cairo = cairo_create(surface);
  cairo_scale(cairo, scale, scale);
  int err = chart_draw(cairo, chart, theme);
  cairo_destroy(cairo);
  return err;
}

int paper_png(const struct chart *chart, enum chart_theme theme, double scale, struct paper_bytes *ret) {
  struct buf out;
  double width = ceil(CHART_WIDTH * scale), height = ceil(chart_height(chart) * scale);
  if (!(width >= 1) || !(height >= 1) || width > PIXELS_MOST || height > PIXELS_MOST)
    return E_LIMIT;
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width, (int)height);
  buf_init(&out, PAPER_CAP_BYTES);
  int err = draw(surface, chart, theme, scale);
  if (!err && cairo_surface_write_to_png_stream(surface, keep, &out) != CAIRO_STATUS_SUCCESS)
    err = buf_finish(&out) ? buf_finish(&out) : E_NOMEM;
  cairo_surface_destroy(surface);
  if (err) {
    buf_done(&out);
    return err;
  }
  return paper_bytes_take(&out, ret);
}
