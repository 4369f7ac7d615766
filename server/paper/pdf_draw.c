/*
 * Atoms onto pages: text, rules, shapes, charts; and beside what is seen the structure that is heard: headings, paragraphs, lists,
 * tables with their heads, links, in reading order.
 *
 * What cairo 1.16 can say of structure is said: element, nesting, links. It knows no language of a document, no alternative text
 * of a figure and no scope of a table's head; pdf_finish.c adds those to the file. Running feet and heads that are
 * repeated stand in no element, so that nobody hears them on every page. The HTML form is the twin for who wants more.
 *
 * A table or list that goes on over the page is one element still.
 */
#include "paper/chart_draw.h"
#include "paper/paint.h"
#include "paper/pdf_flow.h"

#include <cairo-pdf.h>
#include <stdio.h>
#include <string.h>

enum { LINK_BYTES = 2200 };

static const double rule = 0.4, rule_strong = 0.8, rule_title = 1.4, foot_gap = 6, notice_bar = 2.2;

static void draw_rule(struct pdf *pdf, double y, double length, double width, enum colour colour) {
  pdf_colour(pdf->cairo, colour);
  cairo_set_line_width(pdf->cairo, width);
  cairo_move_to(pdf->cairo, pdf->left, y);
  cairo_line_to(pdf->cairo, pdf->left + length, y);
  cairo_stroke(pdf->cairo);
}

/* ---------------------------------------------------------------- rows */

/* In a quoted attribute of cairo's: a quote and a backslash are escaped, and the link drawn without an area when it is too long. */
static bool link_attributes(char out[LINK_BYTES], const char *url) {
  int at = snprintf(out, LINK_BYTES, "uri='");
  for (const char *p = url; *p && at < LINK_BYTES - 4; p++) {
    if (*p == '\'' || *p == '\\')
      out[at++] = '\\';
    out[at++] = *p;
  }
  if (at >= LINK_BYTES - 4)
    return false;
  memcpy(out + at, "'", 2);
  return true;
}

static void draw_cell(struct pdf *pdf, const struct pdf_cell *cell, const struct pdf_atom *atom, size_t i, double y, bool tagged) {
  char link[LINK_BYTES];
  const bool linked = tagged && cell->url && link_attributes(link, cell->url);
  const double x = pdf->left + cell->x, indent = pdf_cell_indent(cell);
  const double size = pdf_style_size(cell->runs[0].style);
  if (cell->state && atom->from == 0)
    paint_shape(pdf->cairo, cell->state, x + size * 0.36, y + size * 0.66, size * 0.8, CHART_LIGHT);
  if (cell->bullet && atom->from == 0) {
    const struct pdf_run bullet = {PDF_BODY, cell->bullet};
    pdf_type_set(pdf->layout, &bullet, 1, 0, false);
    pdf_type_draw(pdf->cairo, pdf->layout, x + 2, y, 0, 0);
  }
  if (tagged && cell->opens)
    cairo_tag_begin(pdf->cairo, "LI", NULL);
  if (tagged && cell->tag)
    cairo_tag_begin(pdf->cairo, cell->tag, NULL);
  if (linked)
    cairo_tag_begin(pdf->cairo, CAIRO_TAG_LINK, link);
  PangoLayout *layout = pdf_cell_set(pdf, cell, atom, i);
  pdf_type_draw(pdf->cairo, layout, x + indent, y, atom->from, atom->lines);
  if (linked)
    cairo_tag_end(pdf->cairo, CAIRO_TAG_LINK);
  if (tagged && cell->tag)
    cairo_tag_end(pdf->cairo, cell->tag);
  if (tagged && cell->closes)
    cairo_tag_end(pdf->cairo, "LI");
}

/* The ground of a notice; the rule under a row or a head. */
static double draw_row_dress(struct pdf *pdf, const struct pdf_atom *atom, double y) {
  const struct sheet_block *block = pdf->sheet->n > 0 ? &pdf->sheet->blocks[atom->block] : NULL;
  const double end = y + atom->height;
  if (atom->kind == PDF_ATOM_TITLE || atom->kind == PDF_ATOM_NUMBERS || !block)
    return 0;
  if (block->kind == SHEET_NOTICE) {
    const double above = atom->from == 0 ? 3 : 0, below = atom->closes ? 3 : 0;
    pdf_colour(pdf->cairo, COLOUR_SUNK);
    cairo_rectangle(pdf->cairo, pdf->left, y - above, pdf->measure, atom->height + above + below);
    cairo_fill(pdf->cairo);
    pdf_colour(pdf->cairo, COLOUR_ACCENT);
    cairo_rectangle(pdf->cairo, pdf->left, y - above, notice_bar, atom->height + above + below);
    cairo_fill(pdf->cairo);
    return 0;
  }
  if (atom->kind == PDF_ATOM_TABLE_HEAD) {
    draw_rule(pdf, end, pdf->columns[atom->block]->all, rule_strong, COLOUR_INK);
    return pdf_row_padding;
  }
  if (block->kind == SHEET_TABLE && atom->kind == PDF_ATOM_ROW) {
    if (atom->closes)
      draw_rule(pdf, end, pdf->columns[atom->block]->all, rule, COLOUR_LINE);
    return atom->from == 0 ? pdf_row_padding : 0;
  }
  return block->kind == SHEET_FACTS && atom->from == 0 ? pdf_fact_padding : 0;
}

static void draw_row(struct pdf *pdf, const struct pdf_atom *atom, double y, bool tagged) {
  struct pdf_cell cells[PDF_CELLS];
  char scratch[PDF_SCRATCH];
  const size_t n = pdf_flow_cells(pdf, atom, cells, scratch);
  const double inset = draw_row_dress(pdf, atom, y);
  const bool row = n > 0 && cells[0].tag && cells[0].tag[0] == 'T';
  if (tagged && row)
    cairo_tag_begin(pdf->cairo, "TR", NULL);
  for (size_t i = 0; i < n; i++)
    draw_cell(pdf, &cells[i], atom, i, y + inset, tagged);
  if (tagged && row)
    cairo_tag_end(pdf->cairo, "TR");
}

static void draw_chart(struct pdf *pdf, const struct pdf_atom *atom, double y) {
  const double scale = pdf_chart_scale(pdf);
  const struct chart bare = pdf_chart_bare(pdf->sheet->blocks[atom->block].chart);
  cairo_tag_begin(pdf->cairo, "Figure", NULL);
  cairo_save(pdf->cairo);
  cairo_rectangle(pdf->cairo, pdf->left, y, pdf->measure, atom->height);
  cairo_clip(pdf->cairo);
  cairo_translate(pdf->cairo, pdf->left - CHART_EDGE * scale, y - CHART_EDGE * scale);
  cairo_scale(pdf->cairo, scale, scale);
  const int err = chart_draw(pdf->cairo, &bare, CHART_LIGHT);
  cairo_restore(pdf->cairo);
  cairo_tag_end(pdf->cairo, "Figure");
  pdf->err = pdf->err ? pdf->err : err;
}

/* ---------------------------------------------------------------- pages */

/* "Draft of a page · as of" on the left, "2 of 7" on the right. */
static void draw_foot(struct pdf *pdf, uint32_t page) {
  char number[32];
  const double y = pdf->top + pdf->room + foot_gap * 2;
  struct pdf_run run = {PDF_FOOT, pdf->sheet->foot};
  draw_rule(pdf, y - foot_gap, pdf->measure, rule, COLOUR_LINE);
  pdf_type_set(pdf->layout, &run, 1, pdf->measure - 60, false);
  pdf_type_draw(pdf->cairo, pdf->layout, pdf->left, y, 0, 0);
  snprintf(number, sizeof number, "%u of %u", (unsigned)page + 1, (unsigned)pdf->pages);
  run.text = number;
  pdf_type_set(pdf->layout, &run, 1, 60, true);
  pdf_type_draw(pdf->cairo, pdf->layout, pdf->left + pdf->measure - 60, y, 0, 0);
}

static const char *container_of(const struct pdf *pdf, const struct pdf_atom *atom) {
  if (atom->kind == PDF_ATOM_TABLE_HEAD || atom->kind == PDF_ATOM_ROW) {
    switch (pdf->sheet->blocks[atom->block].kind) {
    case SHEET_TABLE: return "Table";
    case SHEET_FACTS:
    case SHEET_ITEMS: return "L";
    default: return NULL;
    }
  }
  return NULL;
}

static void outline(cairo_surface_t *surface, int parents[SHEET_LEVEL_LAST + 1], int level, const char *words,
                    const struct pdf *pdf, const struct pdf_atom *atom) {
  char place[96];
  int parent = CAIRO_PDF_OUTLINE_ROOT;
  snprintf(place, sizeof place, "page=%u pos=[%d %d]", (unsigned)atom->page + 1, (int)pdf->left, (int)(pdf->top + atom->y));
  for (int above = level - 1; above >= SHEET_LEVEL_FIRST && parent == CAIRO_PDF_OUTLINE_ROOT; above--)
    parent = parents[above] ? parents[above] : CAIRO_PDF_OUTLINE_ROOT;
  parents[level] = cairo_pdf_surface_add_outline(surface, parent, words, place, CAIRO_PDF_OUTLINE_FLAG_OPEN);
  for (int below = level + 1; below <= SHEET_LEVEL_LAST; below++)
    parents[below] = 0;
}

static void atom_outline(const struct pdf *pdf, cairo_surface_t *surface, const struct pdf_atom *atom,
                         int parents[SHEET_LEVEL_LAST + 1]) {
  if (atom->kind == PDF_ATOM_NUMBERS) {
    outline(surface, parents, SHEET_LEVEL_FIRST, "The charts in numbers", pdf, atom);
  } else if (atom->kind == PDF_ATOM_ROW && atom->from == 0) {
    const struct sheet_block *block = &pdf->sheet->blocks[atom->block];
    if (block->kind == SHEET_HEADING && *block->text)
      outline(surface, parents, block->level, block->text, pdf, atom);
  }
}

static void draw_atom(struct pdf *pdf, const struct pdf_atom *atom) {
  const double y = pdf->top + atom->y;
  if (atom->kind == PDF_ATOM_CHART)
    draw_chart(pdf, atom, y);
  else if (atom->kind != PDF_ATOM_BREAK)
    draw_row(pdf, atom, y, true);
  if (atom->kind == PDF_ATOM_TITLE && atom->closes)
    draw_rule(pdf, y + atom->height + 5, pdf->measure, rule_title, COLOUR_INK);
}

/* The head of the table that goes on at the top of this page, if one does; heard once already, and not again. */
static void draw_head_again(struct pdf *pdf, size_t at) {
  const struct pdf_atom *atom = &pdf->atoms[at];
  if (atom->kind != PDF_ATOM_ROW || pdf->sheet->blocks[atom->block].kind != SHEET_TABLE)
    return;
  while (at > 0 && pdf->atoms[at].kind == PDF_ATOM_ROW)
    at--;
  if (pdf->atoms[at].kind == PDF_ATOM_TABLE_HEAD)
    draw_row(pdf, &pdf->atoms[at], pdf->top, false);
}

void pdf_draw(struct pdf *pdf, cairo_surface_t *surface) {
  int parents[SHEET_LEVEL_LAST + 1] = {0};
  const char *open = NULL;
  uint32_t page = 0, open_block = UINT32_MAX;
  cairo_tag_begin(pdf->cairo, "Document", NULL);
  for (size_t i = 0; i < pdf->atoms_n; i++) {
    const struct pdf_atom *atom = &pdf->atoms[i];
    const char *container = container_of(pdf, atom);
    if (open && (!container || atom->block != open_block)) {
      cairo_tag_end(pdf->cairo, open);
      open = NULL;
    }
    if (atom->page != page) {
      draw_foot(pdf, page);
      cairo_show_page(pdf->cairo);
      page = atom->page;
      draw_head_again(pdf, i);
    }
    if (container && !open) {
      cairo_tag_begin(pdf->cairo, container, NULL);
      open = container;
      open_block = atom->block;
    }
    atom_outline(pdf, surface, atom, parents);
    draw_atom(pdf, atom);
  }
  if (open)
    cairo_tag_end(pdf->cairo, open);
  draw_foot(pdf, page);
  cairo_show_page(pdf->cairo);
  cairo_tag_end(pdf->cairo, "Document");
}
