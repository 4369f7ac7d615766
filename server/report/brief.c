/*
 * The brief as text: what changed, who is near the exam, whom nothing is known of, and what did not run. Students stand in
 * it by the school's own id; names are left to the pages that a person must sign in for.
 *
 * Width and shapes are fixed here and do not follow the terminal of whoever started the run: the file is the same for all.
 */
#include "report/brief.h"

#include "base/err.h"
#include "base/term.h"
#include "base/when.h"
#include "proto/result.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 80, REAL_DIGITS = 6, LINE = 400 };

static const char *const state_names[] = {"at_risk", "borderline", "on_track", "cannot_say"};
enum { STATES = sizeof state_names / sizeof *state_names };

struct page {
  struct term term;
  const json_t *document;
  const struct zone *zone;
};

/* ---------------------------------------------------------------- reading the document */

static const char *text_of(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

static int64_t count_of(const json_t *object, const char *key) {
  return json_integer_value(json_object_get(object, key));
}

/* ---------------------------------------------------------------- pieces */

static void none(struct page *page) {
  fputs("  none\n", page->term.out);
}

PRINTF_LIKE(2, 3) static void line(struct page *page, const char *fmt, ...) {
  char text[LINE];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  term_wrap(&page->term, 0, "  ", STYLE_PLAIN, text);
}

static void state_line(struct page *page, const char *name, int64_t n) {
  const struct term_state *words = term_state(name);
  fprintf(page->term.out, "  %s %-11s %6" PRId64 "\n", words->shape, words->word, n);
}

/* A list of the document: whom it concerns, and why. */
static void list_lines(struct page *page, const json_t *list) {
  size_t i;
  json_t *row;
  fprintf(page->term.out, "\n%s (%" PRId64 ")\n", text_of(list, "title"), count_of(list, "n"));
  json_array_foreach(json_object_get(list, "lines"), i, row) {
    char lead[LINE];
    snprintf(lead, sizeof lead, "  %-10s ", text_of(row, "student_id"));
    term_wrap(&page->term, 0, lead, STYLE_PLAIN, text_of(row, "text"));
  }
  if (i == 0)
    none(page);
  else if ((int64_t)i < count_of(list, "n"))
    line(page, "and %" PRId64 " more", count_of(list, "n") - (int64_t)i);
}

/* What has a sentence, and a student or none. */
static void sentence_lines(struct page *page, const char *title, const char *key, const char *words_when_empty) {
  size_t i;
  json_t *row;
  fprintf(page->term.out, "\n%s\n", title);
  json_array_foreach(json_object_get(page->document, key), i, row) {
    const char *student = text_of(row, "student_id");
    line(page, "%s%s%s%s", *student ? "student " : "", student, *student ? ": " : "", text_of(row, "text"));
  }
  if (i == 0)
    line(page, "%s", words_when_empty);
}

/* ---------------------------------------------------------------- the page */

static void page_head(struct page *page) {
  const json_t *document = page->document, *evaluated = json_object_get(document, "evaluated");
  const char *before = text_of(document, "previous_night");
  char as_of[WHEN_TEXT] = "";
  int64_t ms;
  if (result_parse_time(text_of(document, "as_of"), 0, &ms) == 0)
    when_local(as_of, page->zone, ms);
  fprintf(page->term.out, "Brief for the night of %s\n", text_of(document, "night"));
  line(page, "%s (%s), as of %s (%s)", text_of(document, "school"), text_of(document, "school_code"), as_of,
       text_of(document, "zone"));
  line(page, "Changes are counted since %s. Parameters: %s.", *before ? before : "the beginning, as there was no brief before",
       *text_of(document, "parameters") ? text_of(document, "parameters") : "none");
  fprintf(page->term.out, "\nWhere the class stands\n");
  for (size_t i = 0; i < STATES; i++)
    state_line(page, state_names[i], count_of(json_object_get(document, "counts"), state_names[i]));
  line(page, "%" PRId64 " students, %" PRId64 " estimated from %" PRId64 " results; %" PRId64 " need a person.",
       count_of(document, "students"), count_of(evaluated, "assessed"), count_of(evaluated, "results"),
       count_of(document, "waiting"));
}

int brief_text(const json_t *document, const struct zone *zone, struct brief_bytes *ret) {
  struct brief_bytes bytes = {0};
  struct page page = {.document = document, .zone = zone};
  size_t i;
  json_t *list;
  FILE *out = open_memstream(&bytes.data, &bytes.len);
  if (!out)
    return E_NOMEM;
  page.term = (struct term){.out = out, .width = WIDTH};
  page_head(&page);
  json_array_foreach(json_object_get(document, "lists"), i, list) {
    list_lines(&page, list);
  }
  sentence_lines(&page, "Imports", "imports", "none");
  sentence_lines(&page, "Feeds", "feeds", "none");
  sentence_lines(&page, "What did not run", "did_not_run", "Everything ran.");
  bool failed = ferror(out) != 0;
  if (fclose(out) != 0 || failed) {
    free(bytes.data);
    return E_NOMEM;
  }
  *ret = bytes;
  return 0;
}

int brief_json(const json_t *document, struct brief_bytes *ret) {
  char *text = json_dumps(document, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_REAL_PRECISION(REAL_DIGITS));
  struct brief_bytes bytes = {0};
  int len = text ? asprintf(&bytes.data, "%s\n", text) : -1;
  free(text);
  if (len < 0)
    return E_NOMEM;
  bytes.len = (size_t)len;
  *ret = bytes;
  return 0;
}
