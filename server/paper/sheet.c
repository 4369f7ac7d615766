/*
 * A document before it has a form.
 *
 * One list of blocks was chosen over a tree: a brief, a packet and a report are read from top to bottom, and a renderer that never
 * nests cannot get lost. It was also chosen over writing HTML and converting: HTML has no page, and a PDF made of it would want a
 * browser on the server.
 *
 * All memory is one arena; lists in it double, so at most half of it is left behind. Text is cleaned where it comes in, so that no
 * renderer has to think of broken UTF-8, of a name that turns the rest of the line around, or of a control character in a PDF.
 */
#include "paper/sheet.h"

#include "base/err.h"
#include "paper/chart.h"
#include "paper/sheet_block.h"
#include "proto/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_PIECES = 8 };

/* ---------------------------------------------------------------- states */

/* As on the pages (web/src/ui/words.ts): the same word and the same shape. */
static const struct {
  const char *name, *word, *shape;
} states[] = {
    [SHEET_STATE_NONE] = {"", "", ""},
    [SHEET_AT_RISK] = {"at_risk", "at risk", "\u25b2"},
    [SHEET_BORDERLINE] = {"borderline", "borderline", "\u25c6"},
    [SHEET_ON_TRACK] = {"on_track", "on track", "\u25cf"},
    [SHEET_CANNOT_SAY] = {"cannot_say", "cannot say", "\u25ac"},
};

enum sheet_state sheet_state_named(const char *name) {
  for (enum sheet_state state = SHEET_AT_RISK; state <= SHEET_CANNOT_SAY; state++)
    if (strcmp(states[state].name, name) == 0)
      return state;
  return SHEET_STATE_NONE;
}

const char *sheet_state_name(enum sheet_state state) {
  return states[state].name;
}

const char *sheet_state_word(enum sheet_state state) {
  return states[state].word;
}

const char *sheet_state_shape(enum sheet_state state) {
  return states[state].shape;
}

/* ---------------------------------------------------------------- memory */

struct sheet *sheet_new(void) {
  struct sheet *sheet = calloc(1, sizeof *sheet);
  if (!sheet)
    return NULL;
  arena_init(&sheet->arena, SHEET_CAP_BYTES);
  sheet->title = sheet->subtitle = sheet->author = sheet->foot = "";
  sheet->lang = "en";
  return sheet;
}

void sheet_free(struct sheet *sheet) {
  if (!sheet)
    return;
  arena_done(&sheet->arena);
  free(sheet);
}

int sheet_failed(const struct sheet *sheet) {
  return sheet->err;
}

/* Over the cap is the document's fault, everything else the machine's. */
static void *take(struct sheet *sheet, size_t n, size_t size) {
  void *piece = sheet->err ? NULL : arena_zalloc(&sheet->arena, n ? n : 1, size);
  if (!piece && !sheet->err)
    sheet->err = n > (SHEET_CAP_BYTES - sheet->arena.used) / size ? E_LIMIT : E_NOMEM;
  return piece;
}

/* A list that can take one more: itself, or a copy of twice the room. */
static void *grown(struct sheet *sheet, void *list, size_t n, size_t *room, size_t size) {
  if (n < *room || sheet->err)
    return sheet->err ? NULL : list;
  size_t wanted = *room ? 2 * *room : FIRST_PIECES;
  void *copy = take(sheet, wanted, size);
  if (!copy)
    return NULL;
  if (n > 0)
    memcpy(copy, list, n * size);
  *room = wanted;
  return copy;
}

/* ---------------------------------------------------------------- text */

static const char replacement[] = "\ufffd", ellipsis[] = "\u2026", no_break[] = "\u00a0";

/* A number that stands for no character, now or ever: HTML and XML refuse it. */
static bool is_noncharacter(uint32_t point) {
  return (point & 0xfffe) == 0xfffe || (point >= 0xfdd0 && point <= 0xfdef);
}

/* What takes the place of the `len` bytes of one character; "" where it is dropped. */
static const char *instead(const char *at, size_t len, uint32_t point) {
  if (len == 0 || is_noncharacter(point))
    return replacement;
  if (point == '\t')
    return " ";
  return point == '\n' || utf8_plain(at, len) ? NULL : "";
}

static const char *cleaned(struct sheet *sheet, const char *text) {
  char out[SHEET_TEXT_BYTES + 1];
  size_t at = 0;
  for (size_t left = strlen(text), n; left > 0; text += n, left -= n) {
    uint32_t point = 0;
    size_t len = utf8_next(text, left, &point);
    const char *other = instead(text, len, point);
    n = len ? len : 1;
    size_t put = other ? strlen(other) : n;
    if (at + put > sizeof out - sizeof ellipsis) {
      memcpy(out + at, ellipsis, sizeof ellipsis - 1);
      at += sizeof ellipsis - 1;
      break;
    }
    memcpy(out + at, other ? other : text, put);
    at += put;
  }
  out[at++] = '\0';
  char *copy = take(sheet, at, 1);
  if (!copy)
    return "";
  memcpy(copy, out, at);
  return copy;
}

/* Prose: a figure and its per cent sign stay on one line. Cells are left as they are, for a spreadsheet may get them. */
static const char *prose(struct sheet *sheet, const char *text) {
  char out[2 * SHEET_TEXT_BYTES];
  size_t at = 0, len = strlen(text);
  for (size_t i = 0; i < len && at < sizeof out - sizeof no_break; i++) {
    bool glued = text[i] == ' ' && i > 0 && text[i - 1] >= '0' && text[i - 1] <= '9' && text[i + 1] == '%';
    size_t put = glued ? sizeof no_break - 1 : 1;
    memcpy(out + at, glued ? no_break : text + i, put);
    at += put;
  }
  out[at] = '\0';
  return cleaned(sheet, out);
}

PRINTF_LIKE(2, 0) static const char *formatted(struct sheet *sheet, const char *fmt, va_list args) {
  char text[SHEET_TEXT_BYTES + 4]; /* a character beyond the limit, so that what is too long is known to be */
  vsnprintf(text, sizeof text, fmt, args);
  return prose(sheet, text);
}

static const char *kept(struct sheet *sheet, const char *text) {
  return text && *text ? cleaned(sheet, text) : "";
}

/* ---------------------------------------------------------------- of the whole */

void sheet_title(struct sheet *sheet, const char *title, const char *subtitle) {
  sheet->title = kept(sheet, title);
  sheet->subtitle = kept(sheet, subtitle);
}

void sheet_meta(struct sheet *sheet, const char *author, int64_t as_of_ms, const char *lang) {
  sheet->author = kept(sheet, author);
  sheet->as_of_ms = as_of_ms;
  sheet->lang = kept(sheet, lang);
}

void sheet_foot(struct sheet *sheet, const char *words) {
  sheet->foot = kept(sheet, words);
}

/* ---------------------------------------------------------------- blocks */

static struct sheet_block *add(struct sheet *sheet, enum sheet_kind kind, const char *text) {
  struct sheet_block *blocks = grown(sheet, sheet->blocks, sheet->n, &sheet->room, sizeof *blocks);
  if (!blocks)
    return NULL;
  sheet->blocks = blocks;
  blocks[sheet->n] = (struct sheet_block){.kind = kind, .text = text, .url = "", .empty = ""};
  return &blocks[sheet->n++];
}

/* The last block where it is of that kind, a new one where it is not. */
static struct sheet_block *continued(struct sheet *sheet, enum sheet_kind kind) {
  bool same = !sheet->err && sheet->n > 0 && sheet->blocks[sheet->n - 1].kind == kind;
  return same ? &sheet->blocks[sheet->n - 1] : add(sheet, kind, "");
}

static void add_part(struct sheet *sheet, struct sheet_block *block, struct sheet_part part) {
  struct sheet_part *parts = block ? grown(sheet, block->parts, block->parts_n, &block->parts_room, sizeof *parts) : NULL;
  if (!parts)
    return;
  block->parts = parts;
  parts[block->parts_n++] = part;
}

/* fmt and what follows it, as the text of the function that says so. */
#define FORMATTED(sheet, fmt, ret)                                                                                                 \
  do {                                                                                                                             \
    va_list args_;                                                                                                                 \
    va_start(args_, fmt);                                                                                                          \
    (ret) = formatted(sheet, fmt, args_);                                                                                          \
    va_end(args_);                                                                                                                 \
  } while (0)

void sheet_heading(struct sheet *sheet, int level, const char *fmt, ...) {
  const char *text;
  FORMATTED(sheet, fmt, text);
  struct sheet_block *block = add(sheet, SHEET_HEADING, text);
  if (block)
    block->level = level < SHEET_LEVEL_FIRST ? SHEET_LEVEL_FIRST : level > SHEET_LEVEL_LAST ? SHEET_LEVEL_LAST : level;
}

void sheet_text(struct sheet *sheet, const char *fmt, ...) {
  const char *text;
  FORMATTED(sheet, fmt, text);
  add(sheet, SHEET_TEXT, text);
}

void sheet_small(struct sheet *sheet, const char *fmt, ...) {
  const char *text;
  FORMATTED(sheet, fmt, text);
  add(sheet, SHEET_SMALL, text);
}

void sheet_notice(struct sheet *sheet, const char *fmt, ...) {
  const char *text;
  FORMATTED(sheet, fmt, text);
  add(sheet, SHEET_NOTICE, text);
}

void sheet_link(struct sheet *sheet, const char *url, const char *words) {
  bool followed = url && (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0);
  const char *kept_url = followed ? kept(sheet, url) : "";
  struct sheet_block *block = add(sheet, SHEET_LINK, kept(sheet, words));
  if (block)
    block->url = kept_url;
}

void sheet_figure(struct sheet *sheet, enum sheet_state state, const char *label, const char *value, const char *note) {
  struct sheet_part part = {state, kept(sheet, label), kept(sheet, value), kept(sheet, note)};
  add_part(sheet, continued(sheet, SHEET_FIGURES), part);
}

void sheet_fact(struct sheet *sheet, const char *label, const char *fmt, ...) {
  const char *text;
  FORMATTED(sheet, fmt, text);
  add_part(sheet, continued(sheet, SHEET_FACTS), (struct sheet_part){.label = kept(sheet, label), .text = text, .note = ""});
}

static void item(struct sheet *sheet, enum sheet_state state, const char *lead, const char *text) {
  add_part(sheet, continued(sheet, SHEET_ITEMS), (struct sheet_part){state, kept(sheet, lead), text, ""});
}

void sheet_item(struct sheet *sheet, const char *lead, const char *fmt, ...) {
  const char *text;
  FORMATTED(sheet, fmt, text);
  item(sheet, SHEET_STATE_NONE, lead, text);
}

void sheet_state_item(struct sheet *sheet, enum sheet_state state, const char *lead, const char *fmt, ...) {
  const char *text;
  FORMATTED(sheet, fmt, text);
  item(sheet, state, lead, text);
}

void sheet_whole(struct sheet *sheet, size_t n) {
  if (!sheet->err && sheet->n > 0)
    sheet->blocks[sheet->n - 1].whole = n;
}

static void table(struct sheet *sheet, enum sheet_kind kind, const char *caption, const struct sheet_column *columns, size_t n,
                  const char *words_when_empty) {
  size_t taken = n < SHEET_COLUMNS ? n : SHEET_COLUMNS;
  struct sheet_column *copy = take(sheet, taken, sizeof *copy);
  const char *text = kept(sheet, caption), *empty = kept(sheet, words_when_empty);
  for (size_t i = 0; copy && i < taken; i++) {
    copy[i] = columns[i];
    copy[i].title = kept(sheet, columns[i].title);
  }
  struct sheet_block *block = add(sheet, kind, text);
  if (!block)
    return;
  block->columns = copy;
  block->columns_n = taken;
  block->empty = empty;
}

void sheet_table(struct sheet *sheet, const char *caption, const struct sheet_column *columns, size_t n,
                 const char *words_when_empty) {
  table(sheet, SHEET_TABLE, caption, columns, n, words_when_empty);
}

void sheet_data(struct sheet *sheet, const char *caption, const struct sheet_column *columns, size_t n) {
  table(sheet, SHEET_DATA, caption, columns, n, "");
}

static void cell(struct sheet *sheet, enum sheet_state state, const char *text) {
  struct sheet_block *last = !sheet->err && sheet->n > 0 ? &sheet->blocks[sheet->n - 1] : NULL;
  if (last && (last->kind == SHEET_TABLE || last->kind == SHEET_DATA))
    add_part(sheet, last, (struct sheet_part){state, "", text, ""});
}

void sheet_cell(struct sheet *sheet, const char *fmt, ...) {
  char text[SHEET_TEXT_BYTES + 4];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  cell(sheet, SHEET_STATE_NONE, cleaned(sheet, text));
}

void sheet_state_cell(struct sheet *sheet, enum sheet_state state) {
  cell(sheet, state, sheet_state_word(state));
}

void sheet_page_break(struct sheet *sheet) {
  add(sheet, SHEET_BREAK, "");
}

/* ---------------------------------------------------------------- charts */

static const struct chart_point *points_kept(struct sheet *sheet, const struct chart *chart, size_t n) {
  struct chart_point *copy = take(sheet, n, sizeof *copy);
  for (size_t i = 0; copy && i < n; i++) {
    copy[i] = chart->points[i];
    copy[i].label = kept(sheet, chart->points[i].label);
  }
  return copy;
}

static const struct chart_mark *marks_kept(struct sheet *sheet, const struct chart *chart, size_t n) {
  struct chart_mark *copy = take(sheet, n, sizeof *copy);
  for (size_t i = 0; copy && i < n; i++)
    copy[i] = (struct chart_mark){chart->marks[i].day, kept(sheet, chart->marks[i].label)};
  return copy;
}

static const struct chart *chart_kept(struct sheet *sheet, const struct chart *chart) {
  struct chart *copy = take(sheet, 1, sizeof *copy);
  if (!copy)
    return NULL;
  *copy = *chart;
  copy->points_n = chart->points_n < CHART_POINTS ? chart->points_n : CHART_POINTS;
  copy->marks_n = chart->marks_n < CHART_POINTS ? chart->marks_n : CHART_POINTS;
  copy->title = kept(sheet, chart->title);
  copy->message = kept(sheet, chart->message);
  copy->x = chart->x ? kept(sheet, chart->x) : NULL;
  copy->y = chart->y ? kept(sheet, chart->y) : NULL;
  copy->points = points_kept(sheet, chart, copy->points_n);
  copy->marks = marks_kept(sheet, chart, copy->marks_n);
  return copy;
}

/* The numbers behind the picture just added. */
static void chart_table(struct sheet *sheet, const struct chart *chart) {
  struct sheet_column columns[SHEET_COLUMNS];
  size_t n = chart_columns(chart);
  for (size_t i = 0; i < n; i++)
    columns[i] = *chart_column(chart, i);
  sheet_table(sheet, chart->title, columns, n, "");
  if (sheet->err)
    return;
  sheet->blocks[sheet->n - 1].of_chart = true;
  for (size_t row = 0; row < chart->points_n; row++)
    for (size_t column = 0; column < n; column++) {
      char text[CHART_CELL];
      chart_cell(text, chart, row, column);
      sheet_cell(sheet, "%s", text);
    }
}

void sheet_chart(struct sheet *sheet, const struct chart *chart) {
  const struct chart *copy = chart_kept(sheet, chart);
  struct sheet_block *block = copy ? add(sheet, SHEET_CHART, copy->message) : NULL;
  if (!block)
    return;
  block->chart = copy;
  if (!copy->told)
    chart_table(sheet, copy);
}

/* ---------------------------------------------------------------- for those who render */

size_t sheet_rows(const struct sheet_block *table) {
  return table->columns_n ? (table->parts_n + table->columns_n - 1) / table->columns_n : 0;
}

const struct sheet_part *sheet_cell_at(const struct sheet_block *table, size_t row, size_t column) {
  static const struct sheet_part none = {SHEET_STATE_NONE, "", "", ""};
  size_t at = row * table->columns_n + column;
  return column < table->columns_n && at < table->parts_n ? &table->parts[at] : &none;
}

bool sheet_part_is_led(const struct sheet_part *part) {
  return *part->label && strcmp(part->label, sheet_state_word(part->state)) != 0;
}

size_t sheet_beyond(const struct sheet_block *block, size_t shown) {
  size_t there = block->columns_n > 0 ? sheet_rows(block) : block->parts_n;
  size_t whole = block->whole > there ? block->whole : there;
  return whole > shown ? whole - shown : 0;
}
