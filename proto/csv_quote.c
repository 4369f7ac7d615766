/*
 * One cell of an export. Whoever opens it opens it in a spreadsheet, and spreadsheets take a cell that begins with = + - @,
 * TAB, CR or LF for a formula, also when it stood in quotation marks; a name typed by a student must not run in the dean's
 * office. The apostrophe is what spreadsheets themselves write for "this is text". Refusing such values at the door was
 * rejected: a form may well be called "-5".
 */
#include "proto/csv.h"

#include <string.h>

static bool is_space(char c) {
  return c == ' ' || c == '\t';
}

/* A spreadsheet takes these for the start of a formula, also behind spaces or a byte-order mark. */
static bool is_formula(const char *cell) {
  while (*cell == ' ' || strncmp(cell, "\xef\xbb\xbf", 3) == 0)
    cell += *cell == ' ' ? 1 : 3;
  return *cell && strchr("=+-@\t\r\n", *cell);
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
