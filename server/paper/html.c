/*
 * A sheet as HTML: the body of a mail, and a page that needs nothing else.
 *
 * Semantic and plain. What a heading, a list, a table is, it is called; nothing is laid out with tables, nothing is fetched, there
 * is no script, and with the stylesheet gone the document still reads from top to bottom. Every text sits in an element with
 * dir=auto or in <bdi>, so that a name from the right does not turn the line around; every text is escaped where it is written.
 *
 * Gmail folds away what is beyond 102 kB. With options->most_bytes lists and tables are cut to fewer and fewer until the page is
 * short enough, each cut saying how many there are more: an even cut keeps the order of sections and the gravest of each. Pictures
 * are made once and looked up each time. Charts of a mail are drawn light alone (twice the attachments for the few programs that
 * choose is too much); a page of its own brings both.
 */
#include "paper/paper.h"

#include "base/digest.h"
#include "base/err.h"
#include "paper/chart_draw.h"
#include "paper/html_style.h"
#include "paper/sheet_block.h"
#include "paper/words.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* Lengths of lists that are tried one after the other until the page fits, each a fifth less than the one before. */
static const size_t lengths[] = {SIZE_MAX, 200, 160, 125, 100, 80, 64, 50, 40, 32, 25, 20, 16, 13, 10, 8, 6, 5, 4, 3, 2, 1, 0};

static const double picture_scale = 2; /* of the size shown: sharp on today's screens */
enum { CID_DIGITS = 24, COLUMNS_OF_A_TELEPHONE = 3 };

struct picture {
  struct paper_image light;
  struct paper_bytes dark; /* PAPER_INLINE */
};

struct page {
  struct buf out;
  const struct sheet *sheet;
  enum paper_images images;
  struct picture *pictures; /* in the order of the charts */
  size_t pictures_n;
  size_t next;         /* picture */
  size_t most;         /* items of a list, rows of a table */
  const char *heading; /* the last one */
};

/* ---------------------------------------------------------------- text */

static void put(struct page *page, const char *html) {
  buf_put(&page->out, html, strlen(html));
}

static const char *escape_of(char c) {
  switch (c) {
  case '&': return "&amp;";
  case '<': return "&lt;";
  case '>': return "&gt;";
  case '"': return "&quot;";
  case '\'': return "&#39;";
  default: return NULL;
  }
}

static void put_escaped(struct page *page, const char *text, const char *line_end) {
  for (; *text; text++) {
    const char *escape = *text == '\n' ? line_end : escape_of(*text);
    if (escape)
      put(page, escape);
    else
      buf_put_u8(&page->out, (uint8_t)*text);
  }
}

static void put_text(struct page *page, const char *text) {
  put_escaped(page, text, "<br>\n");
}

static void put_attribute(struct page *page, const char *text) {
  put_escaped(page, text, " ");
}

/* <tag class="…" dir="auto">text</tag>; no class for "". */
static void put_element(struct page *page, const char *tag, const char *class_name, const char *text) {
  buf_printf(&page->out, "<%s", tag);
  if (*class_name)
    buf_printf(&page->out, " class=\"%s\"", class_name);
  put(page, " dir=\"auto\">");
  put_text(page, text);
  buf_printf(&page->out, "</%s>\n", tag);
}

/* Shape and word in the state's colour. */
static void put_state(struct page *page, enum sheet_state state) {
  buf_printf(&page->out, "<span class=\"state %s\"><span aria-hidden=\"true\">%s</span>\u00a0%s</span>", html_style_tone(state),
             sheet_state_shape(state), sheet_state_word(state));
}

static void put_beyond(struct page *page, const struct sheet_block *block, size_t shown) {
  char words[WORDS];
  size_t more = sheet_beyond(block, shown);
  if (more == 0)
    return;
  words_number(words, (int64_t)more);
  buf_printf(&page->out, "<p class=\"more\">and %s more</p>\n", words);
}

/* ---------------------------------------------------------------- lists */

static void put_figures(struct page *page, const struct sheet_block *block) {
  put(page, "<dl class=\"figures\">\n");
  for (size_t i = 0; i < block->parts_n; i++) {
    const struct sheet_part *part = &block->parts[i];
    buf_printf(&page->out, "<div class=\"figure %s\"><dt dir=\"auto\">", html_style_tone(part->state));
    if (part->state)
      buf_printf(&page->out, "<span aria-hidden=\"true\">%s</span> ", sheet_state_shape(part->state));
    put_text(page, part->label);
    put(page, "</dt>");
    put_element(page, "dd", "value", part->text);
    if (*part->note)
      put_element(page, "dd", "note", part->note);
    put(page, "</div>\n");
  }
  put(page, "</dl>\n");
}

static void put_facts(struct page *page, const struct sheet_block *block) {
  put(page, "<dl class=\"facts\">\n");
  for (size_t i = 0; i < block->parts_n; i++) {
    put_element(page, "dt", "", block->parts[i].label);
    put_element(page, "dd", "", block->parts[i].text);
  }
  put(page, "</dl>\n");
}

static void put_item(struct page *page, const struct sheet_part *part) {
  put(page, "<li>");
  if (part->state) {
    put_state(page, part->state);
    put(page, " ");
  }
  if (sheet_part_is_led(part)) {
    put(page, "<b><bdi>");
    put_text(page, part->label);
    put(page, "</bdi></b> ");
  }
  put(page, "<span dir=\"auto\">");
  put_text(page, part->text);
  put(page, "</span></li>\n");
}

static void put_items(struct page *page, const struct sheet_block *block) {
  size_t shown = block->parts_n < page->most ? block->parts_n : page->most;
  if (shown > 0)
    put(page, "<ul>\n");
  for (size_t i = 0; i < shown; i++)
    put_item(page, &block->parts[i]);
  if (shown > 0)
    put(page, "</ul>\n");
  put_beyond(page, block, shown);
}

/* ---------------------------------------------------------------- tables */

/* Figures have no direction to find out; words may come from the right. */
static const char *column_attributes(const struct sheet_column *column) {
  return column->right ? " class=\"n\"" : " dir=\"auto\"";
}

static void put_table_head(struct page *page, const struct sheet_block *block) {
  put(page, "<thead><tr>");
  for (size_t i = 0; i < block->columns_n; i++) {
    buf_printf(&page->out, "<th scope=\"col\"%s>", column_attributes(&block->columns[i]));
    put_text(page, block->columns[i].title);
    put(page, "</th>");
  }
  put(page, "</tr></thead>\n");
}

static void put_table_cell(struct page *page, const struct sheet_column *column, const struct sheet_part *cell) {
  const char *tag = column->head ? "th" : "td";
  buf_printf(&page->out, "<%s%s%s>", tag, column->head ? " scope=\"row\"" : "", column_attributes(column));
  if (cell->state)
    put_state(page, cell->state);
  else
    put_text(page, cell->text);
  buf_printf(&page->out, "</%s>", tag);
}

/* What a telephone cannot show at once scrolls by itself, also from the keyboard, and then has a name. */
static void put_scroll(struct page *page, const struct sheet_block *block) {
  if (block->columns_n <= COLUMNS_OF_A_TELEPHONE) {
    put(page, "<div class=\"scroll\">");
    return;
  }
  put(page, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
  put_attribute(page, *block->text ? block->text : page->heading);
  put(page, "\">");
}

static void put_rows(struct page *page, const struct sheet_block *block, size_t shown) {
  put_scroll(page, block);
  put(page, "<table>\n");
  if (*block->text)
    put_element(page, "caption", "", block->text);
  put_table_head(page, block);
  put(page, "<tbody>\n");
  for (size_t row = 0; row < shown; row++) {
    put(page, "<tr>");
    for (size_t column = 0; column < block->columns_n; column++)
      put_table_cell(page, &block->columns[column], sheet_cell_at(block, row, column));
    put(page, "</tr>\n");
  }
  put(page, "</tbody></table></div>\n");
}

/* A table without a row that is shown: what it is called, and what it says of being empty. */
static void put_no_rows(struct page *page, const struct sheet_block *block) {
  if (*block->text)
    put_element(page, "p", "small", block->text);
  if (*block->empty && sheet_rows(block) == 0)
    put_element(page, "p", "", block->empty);
}

static void put_table(struct page *page, const struct sheet_block *block) {
  size_t rows = sheet_rows(block), shown = rows < page->most || block->of_chart ? rows : page->most;
  if (block->of_chart)
    put(page, "<details><summary>The numbers</summary>\n");
  if (shown > 0)
    put_rows(page, block, shown);
  else
    put_no_rows(page, block);
  if (block->of_chart)
    put(page, "</details>\n");
  put_beyond(page, block, shown);
}

/* ---------------------------------------------------------------- pictures */

static void put_data_uri(struct page *page, const struct paper_bytes *png) {
  size_t room = (png->len + 2) / 3 * 4 + 1;
  char *text = malloc(room);
  if (!text) {
    page->out.err = page->out.err ? page->out.err : E_NOMEM;
    return;
  }
  int len = EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)png->data, (int)png->len);
  put(page, "data:image/png;base64,");
  buf_put(&page->out, text, (size_t)len);
  free(text);
}

static void put_source(struct page *page, const struct picture *picture) {
  if (page->images == PAPER_ATTACHED)
    buf_printf(&page->out, "cid:%s", picture->light.cid);
  else
    put_data_uri(page, &picture->light.png);
}

static void put_chart(struct page *page, const struct sheet_block *block) {
  const struct picture *picture = &page->pictures[page->next++];
  put(page, "<p class=\"chart\"><picture>");
  if (page->images == PAPER_INLINE) {
    put(page, "<source media=\"(prefers-color-scheme: dark)\" srcset=\"");
    put_data_uri(page, &picture->dark);
    put(page, "\">");
  }
  put(page, "<img src=\"");
  put_source(page, picture);
  buf_printf(&page->out, "\" width=\"%d\" alt=\"", CHART_WIDTH); /* the height follows: it is the fonts' */
  put_attribute(page, block->chart->title);
  put(page, *block->chart->title ? ": " : "");
  put_attribute(page, block->chart->message);
  put(page, "\"></picture></p>\n");
}

/* The picture's name: a digest of what it shows, so that the page is the same on machines with other fonts. */
static int name_make(const struct chart *chart, char ret[PAPER_CID]) {
  struct buf shown;
  uint8_t digest[DIGEST_BYTES];
  char hex[DIGEST_TEXT];
  buf_init(&shown, PAPER_CAP_BYTES);
  buf_printf(&shown, "%d\n%s\n%s\n", (int)chart->kind, chart->title, chart->message);
  for (size_t i = 0; i < chart->points_n; i++) {
    const struct chart_point *point = &chart->points[i];
    buf_printf(&shown, "%s %a %a %a %a", point->label, point->x, point->y, point->low, point->high);
    for (size_t state = 0; state < SHEET_STATES; state++)
      buf_put_i64(&shown, point->counts[state]);
  }
  int err = buf_finish(&shown);
  if (!err) {
    digest_sha256(digest, shown.data, shown.len);
    digest_hex(hex, digest, sizeof digest);
    snprintf(ret, PAPER_CID, "%.*s@chart", CID_DIGITS, hex);
  }
  buf_done(&shown);
  return err;
}

static int picture_make(const struct chart *chart, enum paper_images images, struct picture *ret) {
  int err = paper_png(chart, CHART_LIGHT, picture_scale, &ret->light.png);
  if (!err && images == PAPER_INLINE)
    err = paper_png(chart, CHART_DARK, picture_scale, &ret->dark);
  return err ? err : name_make(chart, ret->light.cid);
}

static int pictures_make(struct page *page) {
  size_t charts = 0;
  for (size_t i = 0; i < page->sheet->n; i++)
    charts += page->sheet->blocks[i].kind == SHEET_CHART;
  if (page->images == PAPER_ATTACHED && charts > PAPER_IMAGES)
    return E_LIMIT;
  page->pictures = calloc(charts ? charts : 1, sizeof *page->pictures);
  if (!page->pictures)
    return E_NOMEM;
  for (size_t i = 0; i < page->sheet->n; i++) {
    const struct sheet_block *block = &page->sheet->blocks[i];
    int err = block->kind == SHEET_CHART ? picture_make(block->chart, page->images, &page->pictures[page->pictures_n++]) : 0;
    if (err)
      return err;
  }
  return 0;
}

static void pictures_done(struct page *page) {
  for (size_t i = 0; i < page->pictures_n; i++) {
    paper_bytes_done(&page->pictures[i].light.png);
    paper_bytes_done(&page->pictures[i].dark);
  }
  free(page->pictures);
}

static void pictures_take(struct page *page, struct paper_attached *ret) {
  ret->n = page->pictures_n;
  for (size_t i = 0; i < page->pictures_n; i++) {
    ret->images[i] = page->pictures[i].light;
    page->pictures[i].light.png = (struct paper_bytes){0};
  }
}

/* ---------------------------------------------------------------- the page */

static void put_heading(struct page *page, const struct sheet_block *block) {
  const char tag[] = {'h', (char)('0' + block->level), '\0'};
  put_element(page, tag, "", block->text);
  page->heading = block->text;
}

static void put_notice(struct page *page, const struct sheet_block *block) {
  put(page, "<div class=\"notice\" role=\"note\">");
  put_element(page, "p", "", block->text);
  put(page, "</div>\n");
}

static void put_link(struct page *page, const struct sheet_block *block) {
  if (*block->url == '\0') {
    put_element(page, "p", "", block->text);
    return;
  }
  put(page, "<p><a class=\"button\" href=\"");
  put_attribute(page, block->url);
  put(page, "\" dir=\"auto\">");
  put_text(page, block->text);
  put(page, "</a></p>\n");
}

static void put_block(struct page *page, const struct sheet_block *block) {
  switch (block->kind) {
  case SHEET_HEADING: put_heading(page, block); break;
  case SHEET_TEXT: put_element(page, "p", "", block->text); break;
  case SHEET_SMALL: put_element(page, "p", "small", block->text); break;
  case SHEET_NOTICE: put_notice(page, block); break;
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

static void put_head(struct page *page) {
  put(page, "<!doctype html>\n<html lang=\"");
  put_attribute(page, page->sheet->lang);
  put(page, "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n"
            "<meta name=\"author\" content=\"");
  put_attribute(page, page->sheet->author);
  put(page, "\">\n<title>");
  put_escaped(page, page->sheet->title, " ");
  put(page, "</title>\n");
  html_style_put(&page->out);
  put(page, "</head>\n");
}

static void put_page(struct page *page) {
  put_head(page);
  put(page, "<body>\n<div class=\"page\" role=\"main\">\n");
  put_element(page, "h1", "", page->sheet->title);
  if (*page->sheet->subtitle)
    put_element(page, "p", "subtitle", page->sheet->subtitle);
  for (size_t i = 0; i < page->sheet->n; i++)
    put_block(page, &page->sheet->blocks[i]);
  if (*page->sheet->foot)
    put_element(page, "p", "foot", page->sheet->foot);
  put(page, "</div>\n</body>\n</html>\n");
}

/* As long as it may be, and as it is where nothing limits it. */
static int fit(struct page *page, size_t most_bytes) {
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    buf_clear(&page->out);
    page->most = lengths[i];
    page->next = 0;
    page->heading = page->sheet->title;
    put_page(page);
    int err = buf_finish(&page->out);
    if (err == E_NOMEM || most_bytes == 0 || (!err && page->out.len <= most_bytes))
      return err;
  }
  return E_LIMIT;
}

int paper_html(const struct sheet *sheet, const struct paper_html *options, struct paper_bytes *ret,
               struct paper_attached *ret_attached) {
  struct page page = {.sheet = sheet, .images = options->images};
  buf_init(&page.out, PAPER_CAP_BYTES);
  int err = pictures_make(&page);
  if (!err)
    err = fit(&page, options->most_bytes);
  if (!err)
    err = paper_bytes_take(&page.out, ret);
  if (!err && options->images == PAPER_ATTACHED)
    pictures_take(&page, ret_attached);
  pictures_done(&page);
  buf_done(&page.out);
  return err;
}
