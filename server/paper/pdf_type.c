/*
 * Type: one table of styles, and text set in them.
 *
 * One family for everything, Noto Sans, because names come in any script and its siblings cover nearly all of them at one weight;
 * fontconfig chooses the sibling. Hierarchy is by size, weight and air. Figures are of one width (tnum), so that columns of numbers
 * align by themselves.
 *
 * Lines are drawn one by one and not as a layout, because a paragraph or a row of a table may go on over the page. The base
 * direction is left to right whatever the text: the document is English, and a cell with an Arabic name stays in its column. The
 * name inside runs as it should, that is Unicode's algorithm.
 *
 * Rejected: a second family for headings (one more font in each file, and no clearer), justified text (rivers in narrow columns).
 */
#include "paper/pdf_type.h"

#include "base/check.h"
#include "paper/paint.h"

#include <string.h>

static const struct {
  double size;
  bool bold;
  enum colour colour;
} styles[PDF_STYLES] = {
    [PDF_TITLE] = {19, true, COLOUR_INK},          [PDF_SUBTITLE] = {10, false, COLOUR_INK_2},
    [PDF_HEADING_2] = {12, true, COLOUR_INK},      [PDF_HEADING_3] = {10, true, COLOUR_INK},
    [PDF_HEADING_4] = {9, true, COLOUR_INK_2},     [PDF_BODY] = {9, false, COLOUR_INK},
    [PDF_BODY_STRONG] = {9, true, COLOUR_INK},     [PDF_SMALL] = {7.75, false, COLOUR_INK_2},
    [PDF_LINK] = {9, false, COLOUR_ACCENT_INK},    [PDF_LABEL] = {8.5, false, COLOUR_INK_2},
    [PDF_VALUE] = {8.5, false, COLOUR_INK},        [PDF_CELL] = {8.25, false, COLOUR_INK},
    [PDF_CELL_STRONG] = {8.25, true, COLOUR_INK},  [PDF_COLUMN] = {7.75, true, COLOUR_INK_2},
    [PDF_CAPTION] = {8.5, true, COLOUR_INK},       [PDF_FIGURE] = {17, true, COLOUR_INK},
    [PDF_FIGURE_LABEL] = {8, false, COLOUR_INK_2}, [PDF_FOOT] = {7, false, COLOUR_INK_2},
};

static const double leading = 1.12; /* of the font's own, which is generous: Noto leaves room for stacked marks */

void pdf_colour(cairo_t *cairo, enum colour colour) {
  const uint32_t rgb = colour_rgb(colour, CHART_LIGHT);
  cairo_set_source_rgb(cairo, (rgb >> 16) / 255.0, (rgb >> 8 & 0xff) / 255.0, (rgb & 0xff) / 255.0);
}

double pdf_style_size(enum pdf_style style) {
  return styles[style].size;
}

PangoLayout *pdf_type_layout(cairo_t *cairo) {
  cairo_font_options_t *options = cairo_font_options_create();
  PangoLayout *layout = pango_cairo_create_layout(cairo);
  PangoContext *context = pango_layout_get_context(layout);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options(context, options);
  pango_cairo_context_set_resolution(context, 72);
  pango_context_set_round_glyph_positions(context, FALSE);
  pango_context_set_base_dir(context, PANGO_DIRECTION_LTR);
  pango_context_set_language(context, pango_language_from_string("en"));
  pango_layout_set_auto_dir(layout, FALSE);
  pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
  cairo_font_options_destroy(options);
  return layout;
}

static void attribute(PangoAttrList *list, PangoAttribute *one, size_t from, size_t to) {
  one->start_index = (guint)from;
  one->end_index = (guint)to;
  pango_attr_list_insert(list, one);
}

static void attributes(PangoAttrList *list, enum pdf_style style, size_t from, size_t to) {
  const uint32_t rgb = colour_rgb(styles[style].colour, CHART_LIGHT);
  attribute(list, pango_attr_size_new((int)(styles[style].size * PANGO_SCALE)), from, to);
  attribute(list, pango_attr_weight_new(styles[style].bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL), from, to);
  attribute(
      list,
      pango_attr_foreground_new((guint16)((rgb >> 16) * 257), (guint16)((rgb >> 8 & 0xff) * 257), (guint16)((rgb & 0xff) * 257)),
      from, to);
}

void pdf_type_set(PangoLayout *layout, const struct pdf_run *runs, size_t runs_n, double width, bool right) {
  PangoAttrList *list = pango_attr_list_new();
  GString *text = g_string_new(NULL);
  attribute(list, pango_attr_family_new(paint_family), 0, PANGO_ATTR_INDEX_TO_TEXT_END);
  attribute(list, pango_attr_font_features_new("tnum=1, lnum=1"), 0, PANGO_ATTR_INDEX_TO_TEXT_END);
  for (size_t i = 0; i < runs_n; i++) {
    const size_t from = text->len;
    g_string_append(text, runs[i].text);
    attributes(list, runs[i].style, from, text->len);
  }
  if (text->len == 0)
    attributes(list, runs_n > 0 ? runs[0].style : PDF_BODY, 0, PANGO_ATTR_INDEX_TO_TEXT_END);
  pango_layout_set_width(layout, width > 0 ? (int)(width * PANGO_SCALE) : -1);
  pango_layout_set_alignment(layout, right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
  pango_layout_set_text(layout, text->str, (int)text->len);
  pango_layout_set_attributes(layout, list);
  g_string_free(text, TRUE);
  pango_attr_list_unref(list);
}

int pdf_type_lines(PangoLayout *layout) {
  return pango_layout_get_line_count(layout);
}

double pdf_type_width(PangoLayout *layout) {
  PangoRectangle logical;
  pango_layout_get_extents(layout, NULL, &logical);
  return logical.width / (double)PANGO_SCALE;
}

/* What cannot be broken without cutting a word: the width at which Pango would rather break everywhere. */
double pdf_type_widest_word(PangoLayout *layout, const struct pdf_run *runs, size_t runs_n) {
  pango_layout_set_wrap(layout, PANGO_WRAP_WORD);
  pdf_type_set(layout, runs, runs_n, 1, false);
  const double width = pdf_type_width(layout);
  pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
  return width;
}

/* ---------------------------------------------------------------- lines */

/* What a line takes of the page: less than its font would, whose room is for stacked marks that few lines have. */
static PangoLayoutLine *line_at(PangoLayout *layout, int line, PangoRectangle *ret_logical) {
  PangoLayoutLine *at = pango_layout_get_line_readonly(layout, line);
  CHECK(at != NULL);
  pango_layout_line_get_extents(at, NULL, ret_logical);
  return at;
}

static double line_height(const PangoRectangle *logical) {
  return logical->height / (double)PANGO_SCALE / leading;
}

static int last_line(PangoLayout *layout, int from, int n) {
  const int lines = pdf_type_lines(layout);
  return n == 0 || from + n > lines ? lines : from + n;
}

double pdf_type_height(PangoLayout *layout, int from, int n) {
  const int end = last_line(layout, from, n);
  double height = 0;
  for (int line = from; line < end; line++) {
    PangoRectangle logical;
    line_at(layout, line, &logical);
    height += line_height(&logical);
  }
  return height;
}

void pdf_type_draw(cairo_t *cairo, PangoLayout *layout, double x, double y, int from, int n) {
  const int end = last_line(layout, from, n), width = pango_layout_get_width(layout);
  const bool right = width > 0 && pango_layout_get_alignment(layout) == PANGO_ALIGN_RIGHT;
  for (int line = from; line < end; line++) {
    PangoRectangle logical;
    PangoLayoutLine *at = line_at(layout, line, &logical);
    const double full = logical.height / (double)PANGO_SCALE, height = line_height(&logical);
    const double indent = right ? (width - logical.width) / (double)PANGO_SCALE : 0;
    cairo_move_to(cairo, x + indent, y - logical.y / (double)PANGO_SCALE - (full - height) / 2);
    pango_cairo_show_layout_line(cairo, at);
    y += height;
  }
}
