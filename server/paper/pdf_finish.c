/*
 * What a PDF must say to be read aloud, and cairo 1.16 cannot: the language, that the window shows the title, what a figure shows,
 * and whether a head is that of a column or of a row (PDF techniques 1, 6, 16 and 18 of WCAG 2).
 *
 * It goes behind the file as an incremental update, which is what the format has for it: new versions of some objects, a table of
 * where they are, a pointer to the table before. Elements of the structure have numbers in the order in which they were drawn, so
 * the first figure of the file is the first chart of the sheet.
 *
 * A file that is not as cairo 1.16 writes it is left as it is, whole and valid; a test would tell.
 */
#include "paper/pdf_flow.h"

#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  TAIL_BYTES = 512, /* in which the trailer is */
  ENTRY_BYTES = 20, /* of the table of objects */
  OFFSET_DIGITS = 10,
  OBJECT_BYTES = 4096, /* of a catalogue or an element */
  HEAD_BYTES = 32,
};

struct file {
  const char *data;
  size_t len, table, entries; /* where the table begins, and its first entry */
  size_t objects, root, info;
};

/* An object that has a new version. */
struct changed {
  size_t number, at;
};

struct finish {
  const struct pdf *pdf;
  struct buf *out;
  struct file file;
  struct changed *changed;
  size_t changed_n;
  size_t atom_head, head; /* of which atom the next head of a table is, after so many of its */
  size_t atom_figure;     /* from which on the next figure is looked for */
};

/* ---------------------------------------------------------------- reading what cairo wrote */

/* The decimal number behind `words`, which stand between from and the end; false where they do not. */
static bool number_after(const struct file *file, size_t from, const char *words, size_t *ret) {
  const char *end = file->data + file->len, *at = memmem(file->data + from, file->len - from, words, strlen(words));
  size_t value = 0;
  if (!at)
    return false;
  at += strlen(words);
  if (at == end || *at < '0' || *at > '9')
    return false;
  for (; at < end && *at >= '0' && *at <= '9' && value < SIZE_MAX / 16; at++)
    value = value * 10 + (size_t)(*at - '0');
  *ret = value;
  return true;
}

static bool file_read(struct file *file) {
  const size_t tail = file->len > TAIL_BYTES ? file->len - TAIL_BYTES : 0;
  if (!number_after(file, tail, "startxref\n", &file->table) || !number_after(file, tail, "/Size ", &file->objects) ||
      !number_after(file, tail, "/Root ", &file->root) || !number_after(file, tail, "/Info ", &file->info))
    return false;
  const char *first =
      file->table < file->len ? memmem(file->data + file->table, file->len - file->table, "\n0000000000 ", 12) : NULL;
  file->entries = first ? (size_t)(first - file->data) + 1 : 0;
  return first && file->root < file->objects && file->objects <= (file->len - file->entries) / ENTRY_BYTES;
}

/* The object's text between "N 0 obj\n" and its last ">>"; NULL where it is a stream or longer than what is changed here. */
static const char *object_text(const struct file *file, size_t number, size_t *ret_len) {
  char head[HEAD_BYTES];
  size_t at = 0;
  for (int i = 0; i < OFFSET_DIGITS; i++) {
    const char digit = file->data[file->entries + number * ENTRY_BYTES + (size_t)i];
    if (digit < '0' || digit > '9')
      return NULL;
    at = at * 10 + (size_t)(digit - '0');
  }
  const size_t head_len = (size_t)snprintf(head, sizeof head, "%zu 0 obj\n", number);
  if (at >= file->table || file->table - at <= head_len || memcmp(file->data + at, head, head_len) != 0)
    return NULL;
  const char *text = file->data + at + head_len;
  const size_t room = file->table - at - head_len;
  const char *end = memmem(text, room < OBJECT_BYTES ? room : OBJECT_BYTES, "\nendobj", 7);
  while (end && end > text + 2 && memcmp(end - 2, ">>", 2) != 0)
    end--;
  if (!end || end <= text + 2)
    return NULL;
  *ret_len = (size_t)(end - 2 - text);
  return text;
}

/* ---------------------------------------------------------------- what is said of each */

/* As UTF-16, in hexadecimal digits: no character has to be escaped. The mark of the order of bytes is the caller's. */
static void put_text(struct buf *out, const char *utf8) {
  glong n = 0;
  gunichar2 *utf16 = g_utf8_to_utf16(utf8, -1, NULL, &n, NULL);
  for (glong i = 0; i < n; i++)
    buf_printf(out, "%04X", utf16[i]);
  g_free(utf16);
}

static bool say_document(struct finish *finish) {
  const char *lang = finish->pdf->sheet->lang;
  const size_t plain = strspn(lang, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
  buf_printf(finish->out, "   /Lang (%s)\n   /ViewerPreferences << /DisplayDocTitle true >>\n",
             *lang && !lang[plain] ? lang : "en");
  return true;
}

static bool say_figure(struct finish *finish) {
  const struct pdf *pdf = finish->pdf;
  while (finish->atom_figure < pdf->atoms_n && pdf->atoms[finish->atom_figure].kind != PDF_ATOM_CHART)
    finish->atom_figure++;
  if (finish->atom_figure == pdf->atoms_n)
    return false;
  const struct sheet_block *block = &pdf->sheet->blocks[pdf->atoms[finish->atom_figure++].block];
  const char *title = block->chart->title ? block->chart->title : "";
  buf_printf(finish->out, "   /Alt <FEFF");
  put_text(finish->out, title);
  put_text(finish->out, *title && *block->text ? ". " : "");
  put_text(finish->out, block->text);
  buf_printf(finish->out, ">\n");
  return true;
}

/* How many heads an atom has, and of what. */
static size_t heads_of(const struct pdf *pdf, const struct pdf_atom *atom) {
  const struct sheet_block *block =
      atom->kind == PDF_ATOM_TABLE_HEAD || atom->kind == PDF_ATOM_ROW ? &pdf->sheet->blocks[atom->block] : NULL;
  size_t n = 0;
  if (!block || block->kind != SHEET_TABLE)
    return 0;
  for (size_t i = 0; i < block->columns_n; i++)
    n += atom->kind == PDF_ATOM_TABLE_HEAD || block->columns[i].head;
  return n;
}

static bool say_head(struct finish *finish) {
  const struct pdf *pdf = finish->pdf;
  while (finish->atom_head < pdf->atoms_n && finish->head == heads_of(pdf, &pdf->atoms[finish->atom_head])) {
    finish->atom_head++;
    finish->head = 0;
  }
  if (finish->atom_head == pdf->atoms_n)
    return false;
  finish->head++;
  buf_printf(finish->out, "   /A << /O /Table /Scope /%s >>\n",
             pdf->atoms[finish->atom_head].kind == PDF_ATOM_TABLE_HEAD ? "Column" : "Row");
  return true;
}

static const struct {
  const char *begins;
  bool (*say)(struct finish *finish); /* false: there is one more than was drawn */
} kinds[] = {{"<< /Type /Catalog\n", say_document},
             {"<< /Type /StructElem\n   /S /Figure\n", say_figure},
             {"<< /Type /StructElem\n   /S /TH\n", say_head}};

/* ---------------------------------------------------------------- the update */

static bool object_change(struct finish *finish, size_t number) {
  size_t len;
  const char *text = object_text(&finish->file, number, &len);
  for (size_t i = 0; text && i < sizeof kinds / sizeof *kinds; i++) {
    const size_t begins = strlen(kinds[i].begins);
    if (len < begins || memcmp(text, kinds[i].begins, begins) != 0)
      continue;
    finish->changed[finish->changed_n++] = (struct changed){number, finish->out->len};
    buf_printf(finish->out, "%zu 0 obj\n", number);
    buf_put(finish->out, text, len);
    if (!kinds[i].say(finish))
      return false;
    buf_printf(finish->out, ">>\nendobj\n");
  }
  return true;
}

static void table_put(struct finish *finish) {
  const size_t at = finish->out->len;
  buf_printf(finish->out, "xref\n");
  for (size_t i = 0; i < finish->changed_n; i++)
    buf_printf(finish->out, "%zu 1\n%010zu 00000 n \n", finish->changed[i].number, finish->changed[i].at);
  buf_printf(finish->out, "trailer\n<< /Size %zu\n   /Root %zu 0 R\n   /Info %zu 0 R\n   /Prev %zu\n>>\nstartxref\n%zu\n%%%%EOF\n",
             finish->file.objects, finish->file.root, finish->file.info, finish->file.table, at);
}

/* The objects are read from a copy, as the buffer they stand in grows. */
static int update(struct finish *finish) {
  const size_t before = finish->out->len;
  bool right = true;
  for (size_t number = 1; right && number < finish->file.objects; number++)
    right = object_change(finish, number);
  if (!right || finish->changed_n == 0)
    finish->out->len = before;
  else
    table_put(finish);
  return buf_finish(finish->out);
}

int pdf_finish(const struct pdf *pdf, struct buf *out) {
  struct finish finish = {.pdf = pdf, .out = out, .file = {.len = out->len}};
  char *copy = malloc(out->len + 1);
  if (!copy)
    return E_NOMEM;
  memcpy(copy, out->data, out->len);
  finish.file.data = copy;
  int err = 0;
  if (file_read(&finish.file)) {
    finish.changed = calloc(finish.file.objects, sizeof *finish.changed);
    err = finish.changed ? update(&finish) : E_NOMEM;
  }
  free(finish.changed);
  free(copy);
  return err;
}
