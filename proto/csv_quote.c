/*
 * One cell of an export. Whoever opens it opens it in a spreadsheet, and spreadsheets take a cell that begins with = + - @ (also
 * in their full-width forms), TAB, CR or LF for a formula, also when it stood in quotation marks; a name typed by a student must
 * not run in the dean's office. The database's core.csv_cell() knows the same signs. The apostrophe is what spreadsheets themselves
 * write for "this is text". Refusing such values at the door was rejected: a form may well be called "-5".
 */
#include "proto/csv.h"

#include <string.h>

static bool is_space(char c) {
  return c == ' ' || c == '\t';
}

/* Bytes of the first of `signs` that `cell` begins with; 0 for none. */
static size_t begins_with(const char *cell, const char *const *signs, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (strncmp(cell, signs[i], strlen(signs[i])) == 0)
      return strlen(signs[i]);
  return 0;
}

/* A spreadsheet takes these for the start of a formula, also behind blanks that nobody sees. */
static bool is_formula(const char *cell) {
  static const char *const blanks[] = {" ", "\u00a0", "\u200b", "\ufeff"};
  static const char *const signs[] = {"=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"};
  for (size_t n; (n = begins_with(cell, blanks, sizeof blanks / sizeof *blanks)) > 0;)
    cell += n;
  return begins_with(cell, signs, sizeof signs / sizeof *signs) > 0;
}

static void put(char *out, size_t cap, size_t *at, char c) {
  if (*at + 1 < cap)
    out[*at] = c;
  (*at)++;
}

size_t csv_quote(char *out, size_t cap, const char *cell) {
  size_t len = strlen(cell), at = 0;
  bool quoted = strpbrk(cell, ",\"\r\n") || (len > 0 && (is_space(cell[0]) || is_space(cell[len - 1])));
  if (quoted)
    put(out, cap, &at, '"');
  if (is_formula(cell))
    put(out, cap, &at, '\'');
  for (const char *c = cell; *c; c++) {
    if (*c == '"')
      put(out, cap, &at, '"');
    put(out, cap, &at, *c);
  }
  if (quoted)
    put(out, cap, &at, '"');
  if (cap > 0)
    out[at < cap ? at : cap - 1] = '\0';
  return at;
}
