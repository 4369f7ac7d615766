/*
 * A sheet as plain text: what a mail has beside its HTML, what a terminal shows, what can be compared with diff.
 *
 * Eighty columns, whoever asks and wherever: width and shapes are fixed here and follow no terminal, so the file is the same for
 * all. A chart is its message; its numbers follow as a table. Base/term and base/table do the wrapping, which counts columns and
 * not bytes, so that names of any script stand under each other.
 */
#include "paper/paper.h"

#include "base/err.h"
#include "base/table.h"
#include "base/term.h"
#include "paper/sheet_block.h"
#include "paper/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 80, LEAD = 512, LABEL_MOST = 30 };

static const char margin[] = "  ", bar[] = "  | ";

struct page {
  struct term term;
  int err;
};

/* ---------------------------------------------------------------- pieces */

static void blank(struct page *page) {
  fputc('\n', page->term.out);
}

/* Each line of `text` as a paragraph of its own; the first begins with `lead`, the others with `next`. */
static void put_lines(struct page *page, const char *lead, const char *next, const char *text) {
  for (;;) {
    size_t len = strcspn(text, "\n");
    char *line = strndup(text, len);
    if (!line) {
      page->err = E_NOMEM;
      return;
    }
    term_wrap(&page->term, 0, lead, STYLE_PLAIN, line);
    free(line);
    if (text[len] == '\0')
      return;
    text += len + 1;
    lead = next;
  }
}

static void underline(struct page *page, const char *text, char with) {
  size_t columns = term_columns(text);
  for (size_t i = 0; i < (columns < WIDTH ? columns : WIDTH); i++)
    fputc(with, page->term.out);
  blank(page);
}

static void put_beyond(struct page *page, const struct sheet_block *block, size_t shown) {
  char words[WORDS];
  size_t more = sheet_beyond(block, shown);
  if (more == 0)
    return;
  words_number(words, (int64_t)more);
  fprintf(page->term.out, "%s... and %s more\n", margin, words);
}

/* ---------------------------------------------------------------- blocks */

static void put_heading(struct page *page, const struct sheet_block *block) {
  blank(page);
  put_lines(page, "", "", block->text);
  if (block->level == SHEET_LEVEL_FIRST)
    underline(page, block->text, '-');
}

static size_t widest_label(const struct sheet_block *block, size_t most) {
  size_t widest = 0;
  for (size_t i = 0; i < block->parts_n; i++) {
    size_t columns = term_columns(block->parts[i].label);
    widest = columns > widest && columns <= most ? columns : widest;
  }
  return widest;
}

/* The label, filled up so that what follows stands under each other. */
static void label_lead(char ret[LEAD], const char *before, const char *label, size_t columns) {
  size_t has = term_columns(label);
  snprintf(ret, LEAD, "%s%.*s%*s  ", before, LEAD / 2, label, (int)(has < columns ? columns - has : 0), "");
}

static void put_figures(struct page *page, const struct sheet_block *block) {
  char lead[LEAD], text[LEAD];
  size_t labels = widest_label(block, LABEL_MOST), values = 0;
  for (size_t i = 0; i < block->parts_n; i++) {
    size_t columns = term_columns(block->parts[i].text);
    values = columns > values ? columns : values;
  }
  for (size_t i = 0; i < block->parts_n; i++) {
    const struct sheet_part *part = &block->parts[i];
    char before[16];
    snprintf(before, sizeof before, "%s%s ", margin, part->state ? sheet_state_shape(part->state) : " ");
    label_lead(lead, before, part->label, labels);
    size_t columns = term_columns(part->text);
    snprintf(text, sizeof text, "%*s%.*s%s%.*s", (int)(values - columns), "", LEAD / 3, part->text, *part->note ? "  " : "",
             LEAD / 3, part->note);
    put_lines(page, lead, margin, text);
  }
}

static void put_facts(struct page *page, const struct sheet_block *block) {
  char lead[LEAD];
  size_t labels = widest_label(block, LABEL_MOST);
  for (size_t i = 0; i < block->parts_n; i++) {
    label_lead(lead, margin, block->parts[i].label, labels);
    put_lines(page, lead, "      ", block->parts[i].text);
  }
}

static void put_items(struct page *page, const struct sheet_block *block) {
  for (size_t i = 0; i < block->parts_n; i++) {
    const struct sheet_part *part = &block->parts[i];
    char *text = NULL, lead[16], word[32] = "";
    if (part->state && sheet_part_is_led(part))
      snprintf(word, sizeof word, " (%s)", sheet_state_word(part->state));
    else if (part->state && !*part->label)
      snprintf(word, sizeof word, "%s", sheet_state_word(part->state));
    bool led = *part->label || *word;
    if (asprintf(&text, "%s%s%s%s", part->label, word, led && *part->text ? ": " : "", part->text) < 0) {
      page->err = E_NOMEM;
      return;
    }
    snprintf(lead, sizeof lead, "%s%s ", margin, part->state ? sheet_state_shape(part->state) : "-");
    put_lines(page, lead, "    ", text);
    free(text);
  }
  put_beyond(page, block, block->parts_n);
}

static void put_cells(const struct sheet_block *block, struct table *table) {
  for (size_t row = 0; row < sheet_rows(block); row++)
    for (size_t column = 0; column < block->columns_n; column++) {
      const struct sheet_part *cell = sheet_cell_at(block, row, column);
      table_cellf(table, STYLE_PLAIN, "%s%s%s", sheet_state_shape(cell->state), cell->state ? " " : "", cell->text);
    }
}

static void put_rows(struct page *page, const struct sheet_block *block) {
  struct table_column columns[SHEET_COLUMNS];
  for (size_t i = 0; i < block->columns_n; i++)
    columns[i] = (struct table_column){
        .title = block->columns[i].title, .right = block->columns[i].right != 0, .wraps = block->columns[i].wraps != 0};
  struct table *table = table_new(columns, block->columns_n);
  if (table)
    put_cells(block, table);
  int err = table ? table_print(table, &page->term) : E_NOMEM;
  page->err = err ? err : page->err;
  table_free(table);
}

static void put_table(struct page *page, const struct sheet_block *block) {
  blank(page);
  if (!block->of_chart && *block->text)
    put_lines(page, "", "", block->text);
  if (sheet_rows(block) > 0)
    put_rows(page, block);
  else if (*block->empty)
    put_lines(page, margin, margin, block->empty);
  put_beyond(page, block, sheet_rows(block));
}

static void put_chart(struct page *page, const struct sheet_block *block) {
  blank(page);
  put_lines(page, "", "", block->chart->title);
  put_lines(page, margin, margin, block->chart->message);
}

static void put_link(struct page *page, const struct sheet_block *block) {
  blank(page);
  put_lines(page, margin, margin, block->text);
  if (*block->url)
    fprintf(page->term.out, "%s%s\n", margin, block->url); /* whole: a broken address leads nowhere */
}

static void put_block(struct page *page, const struct sheet_block *block) {
  switch (block->kind) {
  case SHEET_HEADING: put_heading(page, block); break;
  case SHEET_TEXT:
    blank(page);
    put_lines(page, "", "", block->text);
    break;
  case SHEET_SMALL: put_lines(page, margin, margin, block->text); break;
  case SHEET_NOTICE:
    blank(page);
    put_lines(page, bar, bar, block->text);
    break;
  case SHEET_LINK: put_link(page, block); break;
  case SHEET_FIGURES: put_figures(page, block); break;
  case SHEET_FACTS: put_facts(page, block); break;
  case SHEET_ITEMS: put_items(page, block); break;
  case SHEET_TABLE: put_table(page, block); break;
  case SHEET_CHART: put_chart(page, block); break;
  case SHEET_DATA:
  case SHEET_BREAK: break;
  }
}

static void put_sheet(struct page *page, const struct sheet *sheet) {
  put_lines(page, "", "", sheet->title);
  underline(page, sheet->title, '=');
  if (*sheet->subtitle)
    put_lines(page, "", "", sheet->subtitle);
  for (size_t i = 0; i < sheet->n; i++)
    put_block(page, &sheet->blocks[i]);
  if (*sheet->foot) {
    fputs("\n--\n", page->term.out);
    put_lines(page, "", "", sheet->foot);
  }
}

int paper_text(const struct sheet *sheet, struct paper_bytes *ret) {
  struct paper_bytes bytes = {0};
  struct page page = {.term = {.width = WIDTH}};
  page.term.out = open_memstream(&bytes.data, &bytes.len);
  if (!page.term.out)
    return E_NOMEM;
  put_sheet(&page, sheet);
  bool failed = ferror(page.term.out) != 0;
  if (fclose(page.term.out) != 0 || failed || page.err) {
    free(bytes.data);
    return page.err ? page.err : E_NOMEM;
  }
  *ret = bytes;
  return 0;
}
