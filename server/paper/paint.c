/*
 * A brush.
 *
 * Text goes through Pango even where it is a figure on an axis: names of instruments and schools come in any script, and one way to
 * set type is enough. Hinting is off and positions are not rounded, so that a picture at twice the size is the same picture, and a
 * layout in a PDF breaks where it does in a PNG.
 *
 * Shapes are those of the pages (web/src/ui/mark.tsx), drawn in the same box of 16 by 16.
 */
#include "paper/paint.h"

#include <string.h>

const char paint_family[] = "Noto Sans, Noto Sans Arabic, Noto Sans Hebrew, Noto Sans Math, Noto Sans CJK SC, Noto Sans Symbols2";
static const double shape_box = 16, pixels_an_inch = 72, channel = 255;

/* ---------------------------------------------------------------- what is not our leak

 * LeakSanitizer asks every program for these by name, and offers the last two where it is linked in. Fontconfig keeps what it read
 * in a form in which its pointers are not found, 288 bytes a process; cairo 1.16 forgets an array for each CFF font (Chinese,
 * Japanese, Korean) of which it writes a part into a PDF. */

const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

const char *__lsan_default_suppressions(void) {
  return "leak:libfontconfig\n";
}

const char *__lsan_default_options(void) {
  return "print_suppressions=0";
}

void paint_finish(cairo_surface_t *surface) {
  if (__lsan_disable)
    __lsan_disable();
  cairo_surface_finish(surface);
  if (__lsan_enable)
    __lsan_enable();
}

/* ---------------------------------------------------------------- begin, end */

static PangoLayout *layout_new(cairo_t *cairo) {
  cairo_font_options_t *options = cairo_font_options_create();
  PangoLayout *layout = pango_cairo_create_layout(cairo);
  PangoContext *context = pango_layout_get_context(layout);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options(context, options);
  pango_cairo_context_set_resolution(context, pixels_an_inch);
  pango_context_set_round_glyph_positions(context, FALSE);
  pango_context_set_language(context, pango_language_from_string("en")); /* and not that of whoever starts the program */
  pango_layout_set_single_paragraph_mode(layout, TRUE);
  cairo_font_options_destroy(options);
  return layout;
}

void paint_init(struct paint *paint, cairo_t *cairo, enum chart_theme theme) {
  *paint = (struct paint){.cairo = cairo, .layout = layout_new(cairo), .theme = theme};
}

void paint_done(struct paint *paint) {
  g_object_unref(paint->layout);
}

/* ---------------------------------------------------------------- colour */

static void source_set(cairo_t *cairo, enum colour colour, enum chart_theme theme, double opacity) {
  uint32_t rgb = colour_rgb(colour, theme);
  cairo_set_source_rgba(cairo, (rgb >> 16 & 0xff) / channel, (rgb >> 8 & 0xff) / channel, (rgb & 0xff) / channel, opacity);
}

void paint_colour(struct paint *paint, enum colour colour) {
  source_set(paint->cairo, colour, paint->theme, 1);
}

void paint_colour_faint(struct paint *paint, enum colour colour, double opacity) {
  source_set(paint->cairo, colour, paint->theme, opacity);
}

/* ---------------------------------------------------------------- text */

static void layout_set(struct paint *paint, const struct paint_font *font, const char *text) {
  PangoFontDescription *description = pango_font_description_new();
  PangoAttrList *attributes = pango_attr_list_new();
  pango_font_description_set_family_static(description, paint_family);
  pango_font_description_set_absolute_size(description, font->size * PANGO_SCALE);
  pango_font_description_set_weight(description, font->bold ? PANGO_WEIGHT_SEMIBOLD : PANGO_WEIGHT_NORMAL);
  pango_attr_list_insert(attributes, pango_attr_font_features_new("tnum=1"));
  pango_layout_set_font_description(paint->layout, description);
  pango_layout_set_attributes(paint->layout, attributes);
  pango_layout_set_text(paint->layout, text, -1);
  pango_layout_set_width(paint->layout, -1);
  pango_layout_set_height(paint->layout, -1);
  pango_layout_set_ellipsize(paint->layout, PANGO_ELLIPSIZE_NONE);
  pango_attr_list_unref(attributes);
  pango_font_description_free(description);
}

static void layout_size(struct paint *paint, double *ret_width, double *ret_height) {
  int width, height;
  pango_layout_get_size(paint->layout, &width, &height);
  *ret_width = width / (double)PANGO_SCALE;
  *ret_height = height / (double)PANGO_SCALE;
}

double paint_text_width(struct paint *paint, const struct paint_font *font, const char *text) {
  double width, height;
  layout_set(paint, font, text);
  layout_size(paint, &width, &height);
  return width;
}

void paint_text(struct paint *paint, const struct paint_font *font, double x, double y, double most, const char *text) {
  double width, height;
  layout_set(paint, font, text);
  layout_size(paint, &width, &height);
  if (most > 0 && width > most) {
    pango_layout_set_width(paint->layout, (int)(most * PANGO_SCALE));
    pango_layout_set_ellipsize(paint->layout, PANGO_ELLIPSIZE_END);
    layout_size(paint, &width, &height);
  }
  double left = font->anchor == PAINT_LEFT ? x : font->anchor == PAINT_MIDDLE ? x - width / 2 : x - width;
  PangoLayoutLine *line = pango_layout_get_line_readonly(paint->layout, 0);
  cairo_move_to(paint->cairo, left, y);
  paint_colour(paint, font->colour);
  pango_cairo_show_layout_line(paint->cairo, line);
}

void paint_text_clear(struct paint *paint, const struct paint_font *font, double x, double y, const char *text) {
  static const double around = 2, ascent = .82, height = 1.05; /* of the size: figures and lower case, no stacked marks */
  double width = paint_text_width(paint, font, text);
  double left_of = font->anchor == PAINT_LEFT ? 0 : font->anchor == PAINT_MIDDLE ? width / 2 : width;
  paint_box(paint, COLOUR_SURFACE, x - left_of - around, y - ascent * font->size, width + 2 * around, height * font->size, around);
  paint_text(paint, font, x, y, 0, text);
}

double paint_paragraph(struct paint *paint, const struct paint_font *font, double x, double y, double width, int lines,
                       const char *text, int draw) {
  double taken, height;
  layout_set(paint, font, text);
  pango_layout_set_width(paint->layout, (int)(width * PANGO_SCALE));
  pango_layout_set_wrap(paint->layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_ellipsize(paint->layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_height(paint->layout, -lines); /* as Pango has it: lines, not units */
  layout_size(paint, &taken, &height);
  if (draw) {
    cairo_move_to(paint->cairo, x, y);
    paint_colour(paint, font->colour);
    pango_cairo_show_layout(paint->cairo, paint->layout);
  }
  return *text ? height : 0;
}

/* ---------------------------------------------------------------- lines and boxes */

void paint_line(struct paint *paint, enum colour colour, double width, double x1, double y1, double x2, double y2) {
  paint_colour(paint, colour);
  cairo_set_line_width(paint->cairo, width);
  cairo_move_to(paint->cairo, x1, y1);
  cairo_line_to(paint->cairo, x2, y2);
  cairo_stroke(paint->cairo);
}

void paint_line_dashed(struct paint *paint, enum colour colour, double width, double x1, double y1, double x2, double y2) {
  static const double dashes[] = {5, 4};
  cairo_set_dash(paint->cairo, dashes, 2, 0);
  paint_line(paint, colour, width, x1, y1, x2, y2);
  cairo_set_dash(paint->cairo, NULL, 0, 0);
}

void paint_box(struct paint *paint, enum colour colour, double x, double y, double width, double height, double round) {
  static const double quarter = 1.5707963267948966;
  double most = (width < height ? width : height) / 2, r = round < most ? round : most;
  cairo_t *cairo = paint->cairo;
  paint_colour(paint, colour);
  cairo_new_sub_path(cairo);
  cairo_arc(cairo, x + width - r, y + r, r, -quarter, 0);
  cairo_arc(cairo, x + width - r, y + height - r, r, 0, quarter);
  cairo_arc(cairo, x + r, y + height - r, r, quarter, 2 * quarter);
  cairo_arc(cairo, x + r, y + r, r, 2 * quarter, 3 * quarter);
  cairo_close_path(cairo);
  cairo_fill(cairo);
}

/* ---------------------------------------------------------------- shapes */

static void polygon(cairo_t *cairo, const double (*points)[2], size_t n) {
  for (size_t i = 0; i < n; i++)
    cairo_line_to(cairo, points[i][0], points[i][1]);
  cairo_close_path(cairo);
}

static void shape_path(cairo_t *cairo, enum sheet_state state) {
  static const double triangle[][2] = {{8, 1.5}, {15, 14}, {1, 14}}, diamond[][2] = {{8, .8}, {15.2, 8}, {8, 15.2}, {.8, 8}};
  static const double radius = 6.7, full_turn = 6.283185307179586;
  switch (state) {
  case SHEET_AT_RISK: polygon(cairo, triangle, sizeof triangle / sizeof *triangle); break;
  case SHEET_BORDERLINE: polygon(cairo, diamond, sizeof diamond / sizeof *diamond); break;
  case SHEET_ON_TRACK: cairo_arc(cairo, shape_box / 2, shape_box / 2, radius, 0, full_turn); break;
  case SHEET_CANNOT_SAY: cairo_rectangle(cairo, 1.5, 6, 13, 4); break;
  case SHEET_STATE_NONE: break;
  }
}

void paint_shape_in(cairo_t *cairo, enum sheet_state state, double x, double y, double size, enum colour colour,
                    enum chart_theme theme) {
  cairo_save(cairo);
  cairo_translate(cairo, x - size / 2, y - size / 2);
  cairo_scale(cairo, size / shape_box, size / shape_box);
  cairo_new_path(cairo);
  source_set(cairo, colour, theme, 1);
  shape_path(cairo, state);
  cairo_fill(cairo);
  cairo_restore(cairo);
}

void paint_shape(cairo_t *cairo, enum sheet_state state, double x, double y, double size, enum chart_theme theme) {
  paint_shape_in(cairo, state, x, y, size, colour_of_state(state), theme);
}
