/*
 * From blocks to atoms, and from atoms to pages.
 *
 * A paragraph may go on over the page, but leaves and takes at least two lines; a heading, a caption and the head of a table never
 * stand last; the last row of a table never stands alone, and a short table stays whole. All of that is one bit an atom ("on one
 * page with the next"), and a group bound by it goes to the next page as a whole. What is higher than a page is divided all the
 * same.
 *
 * Facts stand two beside each other where both are short: half the height, and still one reading order. The tables that repeat a
 * chart in numbers come last, under a heading of their own: whoever wants to check finds them, whoever reads is not stopped.
 *
 * Rejected: a layout engine with boxes in boxes. Nothing here stands in anything else, so a list of rows is enough.
 */
#include "paper/pdf_flow.h"

#include "base/err.h"
#include "paper/chart_draw.h"

#include <stdlib.h>

enum {
  WHOLE_LINES = 3,     /* a paragraph of so many is not divided */
  ROW_LINES_MOST = 12, /* a row of a table or list with more is */
  ROW_LINES_SLICE = 4,
  WHOLE_ROWS = 6, /* a table of so many is not divided */
};

static const double tallest_row = 0.4; /* of a page */
const double pdf_row_padding = 1.9, pdf_fact_padding = 1.1;

/* Air above, by kind of block: first of its kind, and following its like. */
static const struct {
  double first, next;
} air[] = {
    [SHEET_HEADING] = {10, 10}, [SHEET_TEXT] = {4, 4},    [SHEET_SMALL] = {3, 3}, [SHEET_NOTICE] = {8, 6},
    [SHEET_LINK] = {4, 4},      [SHEET_FIGURES] = {9, 8}, [SHEET_FACTS] = {4, 0}, [SHEET_ITEMS] = {4, 1.5},
    [SHEET_TABLE] = {6, 0},     [SHEET_CHART] = {8, 8},   [SHEET_DATA] = {0, 0},  [SHEET_BREAK] = {0, 0},
};

static const struct sheet_block *block_of(const struct pdf *pdf, const struct pdf_atom *atom) {
  return &pdf->sheet->blocks[atom->block];
}

/* ---------------------------------------------------------------- atoms */

/* How many lines the longest cell has; the height of the tallest goes to *ret_height. */
static int atom_measure(struct pdf *pdf, const struct pdf_atom *atom, double *ret_height) {
  struct pdf_cell cells[PDF_CELLS];
  char scratch[PDF_SCRATCH];
  const size_t n = pdf_flow_cells(pdf, atom, cells, scratch);
  int lines = 0;
  *ret_height = 0;
  for (size_t i = 0; i < n; i++) {
    PangoLayout *layout = pdf_cell_set(pdf, &cells[i], atom, i);
    const int own = pdf_type_lines(layout);
    const double height = pdf_type_height(layout, atom->from, atom->lines);
    lines = own > lines ? own : lines;
    *ret_height = height > *ret_height ? height : *ret_height;
  }
  return lines;
}

static void atom_add(struct pdf *pdf, const struct pdf_atom *atom) {
  if (pdf->err)
    return;
  if (pdf->atoms_n == pdf->atoms_room) {
    const size_t room = pdf->atoms_room ? 2 * pdf->atoms_room : 256;
    struct pdf_atom *more = room <= PDF_ATOMS ? realloc(pdf->atoms, room * sizeof *more) : NULL;
    if (!more) {
      pdf->err = room <= PDF_ATOMS ? E_NOMEM : E_LIMIT;
      return;
    }
    pdf->atoms = more;
    pdf->atoms_room = room;
  }
  pdf->atoms[pdf->atoms_n++] = *atom;
}

static double padding(const struct pdf *pdf, const struct pdf_atom *atom) {
  if (atom->kind == PDF_ATOM_TABLE_HEAD)
    return 2 * pdf_row_padding;
  if (atom->kind != PDF_ATOM_ROW)
    return 0;
  switch (block_of(pdf, atom)->kind) {
  case SHEET_TABLE: return 2 * pdf_row_padding;
  case SHEET_FACTS: return 2 * pdf_fact_padding;
  default: return 0;
  }
}

/* Adds an atom as it is, or in slices of `slice` lines where it has more than `whole` of them. */
static void atom_text(struct pdf *pdf, struct pdf_atom atom, int whole, int slice) {
  double height;
  const int lines = atom_measure(pdf, &atom, &height);
  const bool keep = atom.keep;
  atom.closes = true;
  if (lines <= whole && (height < tallest_row * pdf->room || lines <= 1)) {
    atom.height = height + padding(pdf, &atom);
    atom_add(pdf, &atom);
    return;
  }
  for (int from = 0; from < lines; from += slice) {
    const int left = lines - from - slice;
    atom.from = (uint16_t)from;
    atom.lines = (uint16_t)slice;
    atom_measure(pdf, &atom, &height);
    atom.height = height + padding(pdf, &atom) / 2 * ((from == 0) + (left <= 0));
    atom.closes = left <= 0;
    atom.keep = left <= 0 ? keep : from == 0 || left <= slice;
    atom_add(pdf, &atom);
    atom.before = 0;
  }
}

/* Words between a heading and what it is the heading of. */
static bool leads_on(const struct pdf *pdf, const struct sheet_block *block) {
  const struct sheet_block *first = pdf->sheet->blocks, *end = first + pdf->sheet->n;
  return block > first && block[-1].kind == SHEET_HEADING && block + 1 < end &&
         (block[1].kind == SHEET_TABLE || block[1].kind == SHEET_CHART) && !block[1].of_chart;
}

static void flow_paragraph(struct pdf *pdf, struct pdf_atom atom, const struct sheet_block *block) {
  if (block->kind == SHEET_HEADING) {
    atom.keep = true;
    atom.before = block->level <= 2 ? 10 : block->level == 3 ? 8 : 6;
    atom_text(pdf, atom, ROW_LINES_MOST, 1);
    return;
  }
  atom.keep = leads_on(pdf, block);
  atom_text(pdf, atom, WHOLE_LINES, 1);
}

static void flow_more(struct pdf *pdf, struct pdf_atom atom, const struct sheet_block *block, size_t shown) {
  if (sheet_beyond(block, shown) == 0)
    return;
  atom.kind = PDF_ATOM_MORE;
  atom.before = air[SHEET_SMALL].next;
  atom_text(pdf, atom, WHOLE_LINES, 1);
}

static bool fact_is_short(struct pdf *pdf, const struct sheet_block *block, size_t part, double room) {
  const struct pdf_run run = {PDF_VALUE, block->parts[part].text};
  pdf_type_set(pdf->layout, &run, 1, 0, false);
  return pdf_type_lines(pdf->layout) == 1 && pdf_type_width(pdf->layout) <= room;
}

static void flow_facts(struct pdf *pdf, struct pdf_atom atom, const struct sheet_block *block) {
  const struct pdf_columns *columns = pdf->columns[atom.block] = pdf_table_facts(pdf, block);
  if (!columns) {
    pdf->err = E_NOMEM;
    return;
  }
  for (size_t i = 0; i < block->parts_n; i += atom.parts) {
    atom.part = (uint32_t)i;
    atom.parts = i + 1 < block->parts_n && fact_is_short(pdf, block, i, columns->width[1]) &&
                         fact_is_short(pdf, block, i + 1, columns->width[3])
                     ? 2
                     : 1;
    atom_text(pdf, atom, ROW_LINES_MOST, ROW_LINES_SLICE);
    atom.before = air[SHEET_FACTS].next;
  }
}

static void flow_parts(struct pdf *pdf, struct pdf_atom atom, const struct sheet_block *block) {
  const size_t beside = block->kind == SHEET_FIGURES ? PDF_FIGURES : 1;
  if (block->kind == SHEET_FIGURES) {
    pdf->columns[atom.block] = pdf_table_figures(pdf, block);
    if (!pdf->columns[atom.block]) {
      pdf->err = E_NOMEM;
      return;
    }
  }
  for (size_t i = 0; i < block->parts_n; i += beside) {
    atom.part = (uint32_t)i;
    atom.parts = (uint32_t)(block->parts_n - i < beside ? block->parts_n - i : beside);
    atom_text(pdf, atom, ROW_LINES_MOST, ROW_LINES_SLICE);
    atom.before = air[block->kind].next;
  }
  if (block->kind == SHEET_ITEMS)
    flow_more(pdf, atom, block, block->parts_n);
}

static void flow_table(struct pdf *pdf, struct pdf_atom atom, const struct sheet_block *block) {
  const size_t rows = sheet_rows(block);
  atom.keep = true;
  if (*block->text) {
    atom.kind = PDF_ATOM_CAPTION;
    atom_text(pdf, atom, ROW_LINES_MOST, 1);
    atom.before = 1.5;
  }
  if (rows == 0) {
    atom.kind = PDF_ATOM_EMPTY;
    atom.keep = false;
    atom_text(pdf, atom, WHOLE_LINES, 1);
    return;
  }
  pdf->columns[atom.block] = pdf_table_columns(pdf, block);
  if (!pdf->columns[atom.block]) {
    pdf->err = E_NOMEM;
    return;
  }
  atom.kind = PDF_ATOM_TABLE_HEAD;
  atom_text(pdf, atom, ROW_LINES_MOST, ROW_LINES_SLICE);
  atom.kind = PDF_ATOM_ROW;
  atom.before = 0;
  for (size_t row = 0; row < rows && !pdf->err; row++) {
    atom.part = (uint32_t)row;
    atom.keep = row + 1 < rows && (rows <= WHOLE_ROWS || row == 0 || row + 2 == rows);
    atom_text(pdf, atom, ROW_LINES_MOST, ROW_LINES_SLICE);
  }
  flow_more(pdf, atom, block, rows);
}

struct chart pdf_chart_bare(const struct chart *chart) {
  struct chart bare = *chart;
  bare.title = bare.message = NULL;
  return bare;
}

double pdf_chart_scale(const struct pdf *pdf) {
  return pdf->measure / (CHART_WIDTH - 2 * CHART_EDGE);
}

static void flow_chart(struct pdf *pdf, struct pdf_atom atom, const struct sheet_block *block) {
  const struct chart bare = pdf_chart_bare(block->chart);
  atom.keep = true;
  if (block->chart->title && *block->chart->title) {
    atom.kind = PDF_ATOM_CHART_TITLE;
    atom_text(pdf, atom, ROW_LINES_MOST, 1);
    atom.before = 1;
  }
  if (*block->text) {
    atom.kind = PDF_ATOM_MESSAGE;
    atom_text(pdf, atom, ROW_LINES_MOST, 1);
    atom.before = 2;
  }
  atom.kind = PDF_ATOM_CHART;
  atom.keep = false;
  atom.height = (chart_height(&bare) - 2 * CHART_EDGE) * pdf_chart_scale(pdf);
  atom_add(pdf, &atom);
}

static void flow_block(struct pdf *pdf, size_t i) {
  const struct sheet_block *block = &pdf->sheet->blocks[i], *last = i > 0 ? block - 1 : NULL;
  struct pdf_atom atom = {.kind = PDF_ATOM_ROW, .block = (uint32_t)i, .parts = 1};
  atom.before = last && last->kind == block->kind ? air[block->kind].next : air[block->kind].first;
  switch (block->kind) {
  case SHEET_FIGURES:
  case SHEET_ITEMS: flow_parts(pdf, atom, block); break;
  case SHEET_FACTS: flow_facts(pdf, atom, block); break;
  case SHEET_TABLE:
    atom.before = air[SHEET_TABLE].first;
    flow_table(pdf, atom, block);
    break;
  case SHEET_CHART: flow_chart(pdf, atom, block); break;
  case SHEET_BREAK:
    atom.kind = PDF_ATOM_BREAK;
    atom_add(pdf, &atom);
    break;
  case SHEET_DATA: break;
  default: flow_paragraph(pdf, atom, block);
  }
}

int pdf_flow_make(struct pdf *pdf) {
  const struct sheet *sheet = pdf->sheet;
  bool numbers = false;
  pdf->columns = calloc(sheet->n + 1, sizeof(struct pdf_columns *));
  if (!pdf->columns)
    return E_NOMEM;
  if (*sheet->title)
    atom_text(pdf, (struct pdf_atom){.kind = PDF_ATOM_TITLE, .keep = true}, ROW_LINES_MOST, 1);
  for (size_t i = 0; i < sheet->n && !pdf->err; i++)
    if (!sheet->blocks[i].of_chart)
      flow_block(pdf, i);
    else
      numbers = true;
  if (numbers)
    atom_text(pdf, (struct pdf_atom){.kind = PDF_ATOM_NUMBERS, .before = air[SHEET_HEADING].first, .keep = true}, ROW_LINES_MOST,
              1);
  for (size_t i = 0; i < sheet->n && !pdf->err; i++)
    if (sheet->blocks[i].of_chart)
      flow_block(pdf, i);
  return pdf->err;
}

void pdf_flow_done(struct pdf *pdf) {
  for (size_t i = 0; pdf->columns && i < pdf->sheet->n; i++)
    free(pdf->columns[i]);
  for (size_t i = 0; i < PDF_CELLS; i++)
    g_clear_object(&pdf->held[i].layout);
  free(pdf->columns);
  free(pdf->atoms);
}

/* ---------------------------------------------------------------- pages */

/* The head of a table, where the atom is one of its later rows: it stands again at the top of the page. */
static const struct pdf_atom *head_of(const struct pdf *pdf, size_t at) {
  const struct pdf_atom *atom = &pdf->atoms[at];
  if (atom->kind != PDF_ATOM_ROW || block_of(pdf, atom)->kind != SHEET_TABLE)
    return NULL;
  while (at > 0 && pdf->atoms[at].kind == PDF_ATOM_ROW && pdf->atoms[at].block == atom->block)
    at--;
  return pdf->atoms[at].kind == PDF_ATOM_TABLE_HEAD ? &pdf->atoms[at] : NULL;
}

/* The height of what must stay together from here on; *ret_n atoms. */
static double group_height(const struct pdf *pdf, size_t at, size_t *ret_n) {
  double height = 0;
  *ret_n = 0;
  for (size_t i = at; i < pdf->atoms_n; i++) {
    height += (i > at ? pdf->atoms[i].before : 0) + pdf->atoms[i].height;
    ++*ret_n;
    if (!pdf->atoms[i].keep)
      break;
  }
  return height;
}

void pdf_flow_page(struct pdf *pdf) {
  double y = 0;
  size_t n = 0;
  bool fresh = true;
  pdf->pages = 1;
  for (size_t i = 0; i < pdf->atoms_n; i++) {
    struct pdf_atom *atom = &pdf->atoms[i];
    if (atom->kind == PDF_ATOM_BREAK) {
      if (!fresh && i + 1 < pdf->atoms_n) {
        pdf->pages++;
        y = 0;
        fresh = true;
      }
      atom->page = pdf->pages - 1;
      n = 0;
      continue;
    }
    double need = atom->height;
    if (n == 0)
      need = group_height(pdf, i, &n);
    need = need > pdf->room ? atom->height : need;
    if (!fresh && y + atom->before + need > pdf->room) {
      const struct pdf_atom *head = head_of(pdf, i);
      pdf->pages++;
      y = head ? head->height : 0;
      fresh = true;
    }
    y += fresh ? 0 : atom->before;
    atom->page = pdf->pages - 1;
    atom->y = y;
    y += atom->height;
    fresh = false;
    n--;
  }
}
