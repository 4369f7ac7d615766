/*
 * How wide the columns of a table are: each as wide as its widest cell where there is room; else what wraps gives way first, and
 * nothing becomes narrower than its longest word as long as that is possible. What is over goes to the column that wraps or says
 * what its row is about, so that figures stand together at the right edge, where they are compared.
 *
 * Long tables are measured by some of their rows: a cell that is wider than those wraps, and nothing is lost.
 */
#include "paper/pdf_flow.h"

#include <stdlib.h>

static const double gap = 9, figures_gap = 12, least_wrapping = 80, facts_gutter = 22, facts_gap = 8, label_share = 0.42,
                    narrow_share = 0.4; /* of the measure: a table that needs less has half of it, or the eye loses its rows */

enum { MEASURED_ROWS = 300 };

struct widths {
  double natural[SHEET_COLUMNS], least[SHEET_COLUMNS];
};

static double greater(double a, double b) {
  return a > b ? a : b;
}

static void column_measure(struct pdf *pdf, const struct pdf_cell *cell, size_t column, struct widths *ret) {
  pdf_type_set(pdf->layout, cell->runs, cell->runs_n, 0, false);
  const double indent = pdf_cell_indent(cell);
  ret->natural[column] = greater(ret->natural[column], pdf_type_width(pdf->layout) + indent);
  ret->least[column] = greater(ret->least[column], pdf_type_widest_word(pdf->layout, cell->runs, cell->runs_n) + indent);
}

static void widths_measure(struct pdf *pdf, const struct sheet_block *table, struct widths *ret) {
  const size_t rows = sheet_rows(table), step = rows / MEASURED_ROWS + 1;
  for (size_t column = 0; column < table->columns_n; column++) {
    const struct pdf_cell title = {.runs = {{PDF_COLUMN, table->columns[column].title}}, .runs_n = 1};
    column_measure(pdf, &title, column, ret);
    for (size_t row = 0; row < rows; row += step) {
      const struct sheet_part *part = sheet_cell_at(table, row, column);
      const struct pdf_cell cell = {
          .runs = {{table->columns[column].head ? PDF_CELL_STRONG : PDF_CELL, part->text}}, .runs_n = 1, .state = part->state};
      column_measure(pdf, &cell, column, ret);
    }
  }
}

/* The column that takes what is over, or gives way: what wraps, else what the row is about, else the first that is no figure. */
static bool gives_way(const struct sheet_block *table, size_t column) {
  bool wraps = false, head = false;
  size_t first = 0;
  for (size_t i = table->columns_n; i-- > 0;) {
    wraps |= table->columns[i].wraps != 0;
    head |= table->columns[i].head != 0;
    first = table->columns[i].right ? first : i;
  }
  return wraps ? table->columns[column].wraps != 0 : head ? table->columns[column].head != 0 : column == first;
}

static double sum(const double *values, size_t n) {
  double all = 0;
  for (size_t i = 0; i < n; i++)
    all += values[i];
  return all;
}

/* Everything is squeezed between its longest word and what it would like; or, where even words do not fit, below. */
static void columns_squeeze(const struct widths *widths, size_t n, double room, double *ret) {
  const double natural = sum(widths->natural, n), least = sum(widths->least, n);
  for (size_t i = 0; i < n; i++) {
    if (least >= room)
      ret[i] = widths->least[i] * room / least;
    else
      ret[i] = widths->least[i] + (widths->natural[i] - widths->least[i]) * (room - least) / greater(natural - least, 1);
  }
}

static void columns_fit(const struct sheet_block *table, const struct widths *widths, double room, double *ret) {
  double firm = 0, soft = 0, soft_least = 0;
  size_t softs = 0;
  for (size_t i = 0; i < table->columns_n; i++) {
    const bool soft_one = gives_way(table, i);
    firm += soft_one ? 0 : widths->natural[i];
    soft += soft_one ? widths->natural[i] : 0;
    soft_least += soft_one ? greater(widths->least[i], least_wrapping) : 0;
    softs += soft_one;
  }
  if (firm + soft > room && firm + soft_least > room) {
    columns_squeeze(widths, table->columns_n, room, ret);
    return;
  }
  for (size_t i = 0; i < table->columns_n; i++) {
    ret[i] = widths->natural[i];
    if (gives_way(table, i))
      ret[i] = soft > 0 ? (room - firm) * (soft > room - firm ? widths->natural[i] / soft : 1 / (double)softs) : 0;
  }
}

static bool wraps(const struct sheet_block *table) {
  for (size_t i = 0; i < table->columns_n; i++)
    if (table->columns[i].wraps)
      return true;
  return false;
}

struct pdf_columns *pdf_table_columns(struct pdf *pdf, const struct sheet_block *table) {
  struct widths widths = {0};
  struct pdf_columns *columns = calloc(1, sizeof *columns);
  if (!columns)
    return NULL;
  widths_measure(pdf, table, &widths);
  const double gaps = gap * (double)(table->columns_n - 1);
  const bool narrow = !wraps(table) && sum(widths.natural, table->columns_n) + gaps < narrow_share * pdf->measure;
  columns->all = narrow ? pdf->measure / 2 : pdf->measure;
  columns_fit(table, &widths, columns->all - gaps, columns->width);
  for (size_t i = 1; i < table->columns_n; i++)
    columns->x[i] = columns->x[i - 1] + columns->width[i - 1] + gap;
  return columns;
}

struct pdf_columns *pdf_table_facts(struct pdf *pdf, const struct sheet_block *facts) {
  const double half = (pdf->measure - facts_gutter) / 2;
  struct pdf_columns *columns = calloc(1, sizeof *columns);
  double label = 0;
  if (!columns)
    return NULL;
  for (size_t i = 0; i < facts->parts_n; i++) {
    const struct pdf_run run = {PDF_LABEL, facts->parts[i].label};
    pdf_type_set(pdf->layout, &run, 1, 0, false);
    label = greater(label, pdf_type_width(pdf->layout));
  }
  label = label < label_share * half ? label : label_share * half;
  for (size_t side = 0; side < 2; side++) {
    columns->x[2 * side] = (double)side * (half + facts_gutter);
    columns->width[2 * side] = label;
    columns->x[2 * side + 1] = columns->x[2 * side] + label + facts_gap;
    columns->width[2 * side + 1] = half - label - facts_gap;
  }
  return columns;
}

struct pdf_columns *pdf_table_figures(struct pdf *pdf, const struct sheet_block *figures) {
  const size_t beside = figures->parts_n < PDF_FIGURES ? figures->parts_n : PDF_FIGURES;
  struct pdf_columns *columns = calloc(1, sizeof *columns);
  if (!columns)
    return NULL;
  for (size_t i = 0; i < figures->parts_n; i++) {
    const struct pdf_cell cell = {.runs = {{PDF_FIGURE, figures->parts[i].text}}, .runs_n = 1, .state = figures->parts[i].state};
    pdf_type_set(pdf->layout, cell.runs, cell.runs_n, 0, false);
    columns->width[i % PDF_FIGURES] =
        greater(columns->width[i % PDF_FIGURES], pdf_type_width(pdf->layout) + pdf_cell_indent(&cell) + 1);
  }
  const double over = (pdf->measure - figures_gap * (double)(beside - 1) - sum(columns->width, beside)) / (double)beside;
  for (size_t i = 0; i < beside; i++) {
    columns->width[i] = greater(columns->width[i] + over, 1);
    columns->x[i] = i > 0 ? columns->x[i - 1] + columns->width[i - 1] + figures_gap : 0;
  }
  return columns;
}
