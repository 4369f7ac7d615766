/*
 * Text for people: colour where the terminal has it and NO_COLOR does not forbid it, words wrapped to its width, a progress
 * bar for what takes over a second. Nothing that came from outside can move the cursor: control characters are replaced.
 *
 * Width is counted in terminal columns, not bytes: names come in any script.
 */
#ifndef SG_BASE_TERM_H
#define SG_BASE_TERM_H

#include "proto/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum term_style { STYLE_PLAIN = 0, STYLE_BOLD, STYLE_DIM, STYLE_RED, STYLE_YELLOW, STYLE_GREEN, STYLE_CYAN, STYLES };

struct term {
  FILE *out;
  bool terminal; /* somebody may be looking */
  bool colour;
  bool ascii; /* the locale has no UTF-8: shapes in plain ASCII */
  int width;  /* columns, at least TERM_WIDTH_MIN */
};

enum { TERM_WIDTH_MIN = 40, TERM_WIDTH_PLAIN = 100 /* where there is no terminal and COLUMNS is not set */ };

void term_init(struct term *term, FILE *out);

/* Columns that the text takes. What is not UTF-8 counts one column a byte. */
size_t term_columns(const char *text);
size_t term_columns_of(const char *text, size_t len); /* of its first bytes */
/* Bytes of the longest beginning that takes at most `columns`. */
size_t term_fit(const char *text, size_t columns);

/* Writes `len` bytes in a style, control characters and broken UTF-8 replaced by '?'. */
void term_put(struct term *term, enum term_style style, const char *text, size_t len);
void term_puts(struct term *term, enum term_style style, const char *text);
void term_spaces(struct term *term, size_t n);

/* The next line of `text` that fits into `columns`: gives its bytes, and in *ret_next where the one after begins; breaks
 * between words, inside one only where it alone is too long. 0 at the end. */
size_t term_line(const char *text, size_t columns, const char **ret_next);
/* A paragraph: the first line starts with `lead`, the others are indented as far. Ends the line. */
void term_wrap(struct term *term, size_t indent, const char *lead, enum term_style style, const char *text);

/* A state of readiness as people see it: shape and word, colour on top. `name` as in JSON ("at_risk"). Never NULL. */
struct term_state {
  const char *name, *shape, *shape_ascii, *word;
  enum term_style style;
};
const struct term_state *term_state(const char *name);
const char *term_state_shape(const struct term *term, const struct term_state *state);

/* A bar on stderr, only where that is a terminal, and only after a second. */
struct progress {
  struct term term;
  const char *what;     /* "students", "bytes" */
  uint64_t done, total; /* total 0: unknown, a count is shown */
  int64_t started_ms, shown_ms;
  bool shown;
};
void progress_start(struct progress *progress, const char *what, uint64_t total);
void progress_at(struct progress *progress, uint64_t done);
void progress_end(struct progress *progress); /* takes the bar away */

#endif
