/*
 * A parameter file is read by people as much as by the engine: sources, grades, headings. So a fitted set is the text it
 * started from with some values and their sources replaced, and a diff of the two shows what was fitted and nothing else.
 *
 * Written line by line; what a line of a parameter file is, is said in risk/params.c, which has the last word: every text made
 * here goes through that parser before it is used.
 */
#include "study/fit_text.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_CHARS = 64, COMMENT_COLUMN = 38 };

/* Bytes of the line's name, whose first is *ret_from; 0 where it has none. *ret_value is what follows the equals sign. */
static size_t name_of(const char *line, size_t len, const char **ret_from, const char **ret_value) {
  const char *comment = memchr(line, ';', len);
  size_t end = comment ? (size_t)(comment - line) : len;
  const char *equals = memchr(line, '=', end);
  if (!equals)
    return 0;
  const char *from = line + strspn(line, " \t");
  const char *to = equals;
  while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
    to--;
  *ret_from = from;
  *ret_value = equals + 1;
  return (size_t)(to - from);
}

static bool is_named(const char *from, size_t chars, const char *name) {
  return strlen(name) == chars && memcmp(from, name, chars) == 0;
}

static size_t line_length(const char *at, const char *end) {
  const char *newline = memchr(at, '\n', (size_t)(end - at));
  return newline ? (size_t)(newline - at) : (size_t)(end - at);
}

void fit_text_word(const char *text, size_t len, const char *name, char *out, size_t cap) {
  *out = '\0';
  for (const char *at = text, *end = text + len; at < end;) {
    size_t line = line_length(at, end);
    const char *from, *value;
    size_t chars = name_of(at, line, &from, &value);
    if (chars && is_named(from, chars, name)) {
      const char *comment = memchr(at, ';', line), *to = comment ? comment : at + line;
      while (value < to && (*value == ' ' || *value == '\t'))
        value++;
      while (to > value && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r'))
        to--;
      snprintf(out, cap, "%.*s", (int)(to - value), value);
      return;
    }
    at += line + (at + line < end);
  }
}

double fit_text_number(const char *text, size_t len, const char *name) {
  char number[NUMBER_CHARS], *end;
  fit_text_word(text, len, name, number, sizeof number);
  double value = strtod(number, &end);
  return end == number ? NAN : value;
}

static void put_change(struct buf *buf, const struct fit_change *change, const char *comment, size_t comment_len) {
  size_t begins = buf->len;
  buf_printf(buf, "%s = %s", change->name, change->value);
  do
    buf_put_u8(buf, ' ');
  while (buf->len - begins < COMMENT_COLUMN && !buf->err);
  if (change->source)
    buf_printf(buf, "; %s", change->source);
  else if (comment)
    buf_put(buf, comment, comment_len);
  buf_put_u8(buf, '\n');
}

void fit_text_change(struct buf *buf, const char *text, size_t len, const struct fit_change *changes, size_t n) {
  for (const char *at = text, *end = text + len; at < end;) {
    size_t line = line_length(at, end);
    const char *from, *value;
    const struct fit_change *change = NULL;
    size_t chars = name_of(at, line, &from, &value);
    for (size_t i = 0; chars && i < n; i++)
      if (is_named(from, chars, changes[i].name))
        change = &changes[i];
    if (change) {
      const char *comment = memchr(at, ';', line);
      put_change(buf, change, comment, comment ? (size_t)(at + line - comment) : 0);
    } else {
      buf_put(buf, at, line);
      buf_put_u8(buf, '\n');
    }
    at += line + (at + line < end);
  }
  char word[2];
  for (size_t i = 0; i < n; i++) {
    fit_text_word(text, len, changes[i].name, word, sizeof word);
    if (word[0] == '\0')
      put_change(buf, &changes[i], NULL, 0);
  }
}
