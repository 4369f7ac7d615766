/* A brush: cairo and Pango with the few strokes that charts are made of. Units are those of the context, y downwards. */
#ifndef SG_PAPER_PAINT_H
#define SG_PAPER_PAINT_H

#include "paper/colour.h"

#include <cairo.h>
#include <pango/pangocairo.h>
#include <stddef.h>

/* Of everything: one family for Latin, and its siblings for scripts where fontconfig would rather take another's. */
extern const char paint_family[];

struct paint {
  cairo_t *cairo;
  PangoLayout *layout;
  enum chart_theme theme;
};

/* Nothing here fails: cairo remembers, and cairo_status() tells at the end. */
void paint_init(struct paint *paint, cairo_t *cairo, enum chart_theme theme);
void paint_done(struct paint *paint);
void paint_finish(cairo_surface_t *surface); /* cairo_surface_finish(), less what cairo leaks in it */

void paint_colour(struct paint *paint, enum colour colour); /* for what is drawn next */
void paint_colour_faint(struct paint *paint, enum colour colour, double opacity);

enum paint_anchor { PAINT_LEFT, PAINT_MIDDLE, PAINT_RIGHT };
struct paint_font {
  double size;
  int bold;
  enum colour colour;
  enum paint_anchor anchor; /* what stands at x */
};
/* One line, its baseline at y; shortened with an ellipsis where it is wider than `most` (0: as wide as it is). */
void paint_text(struct paint *paint, const struct paint_font *font, double x, double y, double most, const char *text);
/* The same on a patch of ground, so that no line runs through it. */
void paint_text_clear(struct paint *paint, const struct paint_font *font, double x, double y, const char *text);
double paint_text_width(struct paint *paint, const struct paint_font *font, const char *text);
/* Words over up to `lines` lines, the first one's top at y. Gives the height; draws nothing where `draw` is 0. */
double paint_paragraph(struct paint *paint, const struct paint_font *font, double x, double y, double width, int lines,
                       const char *text, int draw);

void paint_line(struct paint *paint, enum colour colour, double width, double x1, double y1, double x2, double y2);
void paint_line_dashed(struct paint *paint, enum colour colour, double width, double x1, double y1, double x2, double y2);
void paint_box(struct paint *paint, enum colour colour, double x, double y, double width, double height, double round);

/* A state's shape in its colour, `size` wide and high around its middle; for PDF pages as well. */
void paint_shape(cairo_t *cairo, enum sheet_state state, double x, double y, double size, enum chart_theme theme);
/* The same in another colour: that of the ground, on a part of a bar. */
void paint_shape_in(cairo_t *cairo, enum sheet_state state, double x, double y, double size, enum colour colour,
                    enum chart_theme theme);

#endif
