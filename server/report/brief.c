/*
 * The brief as text: what changed, who is near the exam, whom nothing is known of, and what did not run. Students stand in
 * it by the school's own id; names are left to the pages that a person must sign in for.
 *
 * Width and shapes are fixed here and do not follow the terminal of whoever started the run: the file is the same for all.
 */
#include "report/brief.h"

#include "base/err.h"
#include "base/table.h"
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
  int err;
};

/* ---------------------------------------------------------------- reading the document */

static const char *text_of(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

static int64_t count_of(const json_t *object, const char *key) {
  return json_integer_value(json_object_get(object, key));
}

static size_t list_length(const struct page *page, const char *key) {
  return json_array_size(json_object_get(page->document, key));
}

/* ---------------------------------------------------------------- pieces */

static void heading(struct page *page, const char *title, size_t n) {
  fprintf(page->term.out, "\n%s (%zu)\n", title, n);
}

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

static void flag_lines(struct page *page, const char *title, const char *key) {
  size_t i;
  json_t *flag;
  heading(page, title, list_length(page, key));
  json_array_foreach(json_object_get(page->document, key), i, flag) {
    char lead[LINE];
    snprintf(lead, sizeof lead, "  %-8s %-10s ", text_of(flag, "severity"), text_of(flag, "student_id"));
    term_wrap(&page->term, 0, lead, STYLE_PLAIN, text_of(flag, "text"));
  }
  if (i == 0)
    none(page);
}

/* A list of ids, as many on a line as fit. */
static void id_lines(struct page *page, const char *title, const char *key) {
  size_t i, used = 0;
  json_t *id;
  heading(page, title, list_length(page, key));
  json_array_foreach(json_object_get(page->document, key), i, id) {
    const char *text = json_string_value(id) ? json_string_value(id) : "?";
    size_t columns = term_columns(text);
    if (used > 0 && used + 2 + columns > WIDTH) {
      fputc('\n', page->term.out);
      used = 0;
    }
    fputs("  ", page->term.out);
    term_puts(&page->term, STYLE_PLAIN, text);
    used += 2 + columns;
  }
  if (i == 0)
    none(page);
  else
    fputc('\n', page->term.out);
}

/* What puts a student of the queue before others whose failure is likelier to be prevented. */
static void ahead_cell(struct table *table, const json_t *row) {
  if (json_is_true(json_object_get(row, "hard_deadline")))
    table_cellf(table, STYLE_PLAIN, "last safe %s", text_of(row, "last_safe_on"));
  else
    table_cell(table, STYLE_PLAIN, text_of(row, "step"));
}

/* Students with an exam ahead: rank or day first, then who and how they stand. */
static void student_table(struct page *page, const char *title, const char *key, bool ranked) {
  const struct table_column columns[] = {{.title = ranked ? "rank" : "exam day", .right = ranked},
                                         {.title = "exam"},
                                         {.title = "student"},
                                         {.title = "state"},
                                         {.title = "P(pass)", .right = true},
                                         {.title = "ahead for"}};
  struct table *table = table_new(columns, sizeof columns / sizeof *columns - !ranked);
  size_t i;
  json_t *row;
  heading(page, title, list_length(page, key));
  if (!table)
    page->err = E_NOMEM;
  if (!table || list_length(page, key) == 0) {
    none(page);
    table_free(table);
    return;
  }
  json_array_foreach(json_object_get(page->document, key), i, row) {
    const struct term_state *words = term_state(text_of(row, "state"));
    char days[WHEN_TEXT] = "none planned";
    if (json_is_integer(json_object_get(row, "days_to_exam")))
      when_days(days, count_of(row, "days_to_exam"));
    if (ranked)
      table_cellf(table, STYLE_PLAIN, "%" PRId64, count_of(row, "rank"));
    else
      table_cell(table, STYLE_PLAIN, text_of(row, "exam_day"));
    table_cell(table, STYLE_PLAIN, days);
    table_cell(table, STYLE_PLAIN, text_of(row, "student_id"));
    table_cellf(table, STYLE_PLAIN, "%s %s", words->shape, words->word);
    if (json_is_number(json_object_get(row, "p")))
      table_cellf(table, STYLE_PLAIN, "%.0f %%", 100 * json_number_value(json_object_get(row, "p")));
    else
      table_cell(table, STYLE_PLAIN, "");
    if (ranked)
      ahead_cell(table, row);
  }
  int err = table_print(table, &page->term);
  page->err = err ? err : page->err;
  table_free(table);
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

static void page_not_run(struct page *page) {
  const json_t *skipped = json_object_get(json_object_get(page->document, "evaluated"), "skipped");
  size_t i;
  json_t *row;
  fputs("\nWhat did not run\n", page->term.out);
  json_array_foreach(skipped, i, row) {
    line(page, "student %s: %s", text_of(row, "student_id"), text_of(row, "reason"));
  }
  if (list_length(page, "not_assessed") > 0)
    line(page, "Without an estimate as of this night, and listed above: %zu.", list_length(page, "not_assessed"));
  else if (i == 0)
    line(page, "Everything ran.");
  int64_t newer = count_of(json_object_get(page->document, "evaluated"), "newer_kept");
  if (newer > 0)
    line(page, "Estimated again since, and shown as they stood when this was made: %" PRId64 ".", newer);
}

int brief_text(const json_t *document, const struct zone *zone, struct brief_bytes *ret) {
  struct brief_bytes bytes = {0};
  struct page page = {.document = document, .zone = zone};
  FILE *out = open_memstream(&bytes.data, &bytes.len);
  if (!out)
    return E_NOMEM;
  page.term = (struct term){.out = out, .width = WIDTH};
  page_head(&page);
  student_table(&page, "First in the queue", "queue", true);
  flag_lines(&page, "New flags", "new_flags");
  flag_lines(&page, "Flags that closed", "closed_flags");
  student_table(&page, "Exams in the next 30 days", "exams_30_days", false);
  id_lines(&page, "Invited, and never heard of", "never_synced");
  id_lines(&page, "Silent for 14 days", "silent");
  id_lines(&page, "Sent something that is not looked at yet", "stale");
  id_lines(&page, "Without an estimate as of this night", "not_assessed");
  page_not_run(&page);
  bool failed = ferror(out) != 0;
  if (fclose(out) != 0 || failed || page.err) {
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
