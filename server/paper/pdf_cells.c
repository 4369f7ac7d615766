/*
 * What stands in an atom: its text as cells beside each other, each with its place, its style and what it is to who listens. One
 * function for measuring and for drawing, so that the two cannot differ; cells are made anew for each, as they are pointers into
 * the sheet and a few numbers.
 *
 * Rejected: keeping the layouts between the two. A list of a hundred thousand lines would hold as many of them, a kilobyte each.
 */
#include "paper/pdf_flow.h"

#include <stdio.h>

static const double item_indent = 11, notice_indent = 10, shape_width = 1.15; /* em */

static const struct sheet_block *block_of(const struct pdf *pdf, const struct pdf_atom *atom) {
  return &pdf->sheet->blocks[atom->block];
}

double pdf_cell_indent(const struct pdf_cell *cell) {
  if (cell->bullet)
    return item_indent;
  return cell->state ? shape_width * pdf_style_size(cell->runs[0].style) : 0;
}

PangoLayout *pdf_cell_set(struct pdf *pdf, const struct pdf_cell *cell, const struct pdf_atom *atom, size_t i) {
  const double width = cell->width - pdf_cell_indent(cell);
  const char *first = cell->runs[0].text, *last = cell->runs[cell->runs_n - 1].text;
  struct pdf_held *held = &pdf->held[i];
  if (atom->lines == 0) {
    pdf_type_set(pdf->layout, cell->runs, cell->runs_n, width, cell->right);
    return pdf->layout;
  }
  if (!held->layout)
    held->layout = pdf_type_layout(pdf->cairo);
  if (held->first != first || held->last != last || held->width < width || held->width > width)
    pdf_type_set(held->layout, cell->runs, cell->runs_n, width, cell->right);
  held->first = first;
  held->last = last;
  held->width = width;
  return held->layout;
}

static enum pdf_style heading_style(int level) {
  return level <= 2 ? PDF_HEADING_2 : level == 3 ? PDF_HEADING_3 : PDF_HEADING_4;
}

static size_t text_cells(const struct pdf *pdf, const struct sheet_block *block, struct pdf_cell *cell) {
  *cell = (struct pdf_cell){.width = pdf->measure, .runs = {{PDF_BODY, block->text}}, .runs_n = 1, .tag = "P"};
  switch (block->kind) {
  case SHEET_HEADING:
    cell->runs[0].style = heading_style(block->level);
    cell->tag = block->level <= 2 ? "H2" : block->level == 3 ? "H3" : "H4";
    break;
  case SHEET_SMALL: cell->runs[0].style = PDF_SMALL; break;
  case SHEET_NOTICE:
    cell->x = notice_indent;
    cell->width -= 2 * notice_indent;
    break;
  case SHEET_LINK:
    cell->runs[0].style = *block->url ? PDF_LINK : PDF_BODY;
    cell->url = *block->url ? block->url : NULL;
    break;
  default: break;
  }
  return 1;
}

static size_t figure_cells(const struct pdf *pdf, const struct sheet_block *block, const struct pdf_atom *atom,
                           struct pdf_cell *cells) {
  const struct pdf_columns *columns = pdf->columns[atom->block];
  for (size_t i = 0; i < atom->parts; i++) {
    const struct sheet_part *part = &block->parts[atom->part + i];
    cells[i] = (struct pdf_cell){.x = columns->x[i],
                                 .width = columns->width[i],
                                 .state = part->state,
                                 .runs = {{PDF_FIGURE, part->text},
                                          {PDF_FIGURE, "\n"},
                                          {PDF_FIGURE_LABEL, part->label},
                                          {PDF_FIGURE_LABEL, *part->note ? "\n" : ""},
                                          {PDF_FIGURE_LABEL, part->note}},
                                 .runs_n = 5,
                                 .tag = "P"};
  }
  return atom->parts;
}

static size_t fact_cells(const struct pdf *pdf, const struct sheet_block *block, const struct pdf_atom *atom,
                         struct pdf_cell *cells) {
  const struct pdf_columns *columns = pdf->columns[atom->block];
  for (size_t i = 0; i < atom->parts; i++) {
    const struct sheet_part *part = &block->parts[atom->part + i];
    const double width = atom->parts == 1 ? pdf->measure - columns->x[1] : columns->width[2 * i + 1];
    cells[2 * i] = (struct pdf_cell){.x = columns->x[2 * i],
                                     .width = columns->width[2 * i],
                                     .runs = {{PDF_LABEL, part->label}},
                                     .runs_n = 1,
                                     .tag = "Lbl",
                                     .opens = true};
    cells[2 * i + 1] = (struct pdf_cell){
        .x = columns->x[2 * i + 1], .width = width, .runs = {{PDF_VALUE, part->text}}, .runs_n = 1, .tag = "LBody", .closes = true};
  }
  return 2 * atom->parts;
}

static size_t item_cells(const struct pdf *pdf, const struct sheet_block *block, const struct pdf_atom *atom,
                         struct pdf_cell *cell) {
  const struct sheet_part *part = &block->parts[atom->part];
  *cell = (struct pdf_cell){.width = pdf->measure,
                            .state = part->state,
                            .bullet = part->state ? NULL : "•",
                            .runs = {{PDF_BODY_STRONG, part->label}, {PDF_BODY, *part->label ? "  " : ""}, {PDF_BODY, part->text}},
                            .runs_n = 3,
                            .tag = "LBody",
                            .opens = true,
                            .closes = true};
  return 1;
}

static size_t table_cells(const struct pdf *pdf, const struct sheet_block *block, const struct pdf_atom *atom,
                          struct pdf_cell *cells) {
  const struct pdf_columns *columns = pdf->columns[atom->block];
  for (size_t i = 0; i < block->columns_n; i++) {
    const struct sheet_column *column = &block->columns[i];
    const struct sheet_part *part = atom->kind == PDF_ATOM_TABLE_HEAD ? NULL : sheet_cell_at(block, atom->part, i);
    cells[i] = (struct pdf_cell){.x = columns->x[i],
                                 .width = columns->width[i],
                                 .runs = {{!part          ? PDF_COLUMN
                                           : column->head ? PDF_CELL_STRONG
                                                          : PDF_CELL,
                                           part ? part->text : column->title}},
                                 .runs_n = 1,
                                 .right = column->right != 0,
                                 .state = part ? part->state : SHEET_STATE_NONE,
                                 .tag = part && !column->head ? "TD" : "TH"};
  }
  return block->columns_n;
}

static size_t line_cell(const struct pdf *pdf, struct pdf_cell *cell, enum pdf_style style, const char *text, const char *tag) {
  *cell = (struct pdf_cell){.width = pdf->measure, .runs = {{style, text}}, .runs_n = 1, .tag = tag};
  return 1;
}

static size_t row_cells(struct pdf *pdf, const struct pdf_atom *atom, struct pdf_cell cells[PDF_CELLS]) {
  const struct sheet_block *block = block_of(pdf, atom);
  switch (block->kind) {
  case SHEET_FIGURES: return figure_cells(pdf, block, atom, cells);
  case SHEET_FACTS: return fact_cells(pdf, block, atom, cells);
  case SHEET_ITEMS: return item_cells(pdf, block, atom, cells);
  case SHEET_TABLE: return table_cells(pdf, block, atom, cells);
  default: return text_cells(pdf, block, cells);
  }
}

size_t pdf_flow_cells(struct pdf *pdf, const struct pdf_atom *atom, struct pdf_cell cells[PDF_CELLS], char scratch[PDF_SCRATCH]) {
  const struct sheet_block *block = pdf->sheet->n > 0 ? block_of(pdf, atom) : NULL;
  switch (atom->kind) {
  case PDF_ATOM_TITLE:
    line_cell(pdf, &cells[0], PDF_TITLE, pdf->sheet->title, "H1");
    if (!*pdf->sheet->subtitle)
      return 1;
    cells[0].runs[1] = (struct pdf_run){PDF_TITLE, "\n"};
    cells[0].runs[2] = (struct pdf_run){PDF_SUBTITLE, pdf->sheet->subtitle};
    cells[0].runs_n = 3;
    return 1;
  case PDF_ATOM_NUMBERS: return line_cell(pdf, cells, PDF_HEADING_2, "The charts in numbers", "H2");
  case PDF_ATOM_CAPTION: return line_cell(pdf, cells, PDF_CAPTION, block->text, "Caption");
  case PDF_ATOM_EMPTY: return line_cell(pdf, cells, PDF_BODY, block->empty, "P");
  case PDF_ATOM_MORE:
    snprintf(scratch, PDF_SCRATCH, "and %zu more",
             sheet_beyond(block, block->kind == SHEET_TABLE ? sheet_rows(block) : block->parts_n));
    return line_cell(pdf, cells, PDF_SMALL, scratch, "P");
  case PDF_ATOM_CHART_TITLE: return line_cell(pdf, cells, PDF_CAPTION, block->chart->title, "Caption");
  case PDF_ATOM_MESSAGE: return line_cell(pdf, cells, PDF_BODY, block->text, "P");
  case PDF_ATOM_TABLE_HEAD: return table_cells(pdf, block, atom, cells);
  case PDF_ATOM_ROW: return row_cells(pdf, atom, cells);
  case PDF_ATOM_CHART:
  case PDF_ATOM_BREAK: break;
  }
  return 0;
}
