/*
 * The report of a class: how it stands, how readiness and probabilities are spread, whose exam is near, what became of those who
 * came up, where the class is weak, and how earlier classes stood at the same time before their exams.
 *
 * Figures alone. A figure that is hidden because it is of few people is said to be hidden, never left out: a table with a hole
 * tells the reader that there is something, one without a row would say that there is nothing.
 */
#include "paper/build.h"

#include "base/err.h"
#include "paper/chart.h"
#include "paper/document.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BINS_MOST = 120, WEEKS_MOST = 60, CLASSES_MOST = 8, LINE = 480, WEEKS_EVERY = 4 };

static const char hidden[] = "hidden";

static const struct {
  enum sheet_state state;
  const char *name;
} states[SHEET_STATES] = {
    {SHEET_AT_RISK, "at_risk"}, {SHEET_BORDERLINE, "borderline"}, {SHEET_ON_TRACK, "on_track"}, {SHEET_CANNOT_SAY, "cannot_say"}};

/* ---------------------------------------------------------------- pieces */

/* The n of an entry of [{key: name, "n"}]; -1 where it is hidden or not there. */
static int64_t named(const json_t *list, const char *key, const char *name) {
  const json_t *entry;
  size_t i;
  json_array_foreach(list, i, entry) {
    if (strcmp(doc_text(entry, key), name) == 0 && doc_has(entry, "n"))
      return doc_count(entry, "n");
  }
  return -1;
}

static void said(char ret[WORDS], const json_t *object, const char *key) {
  if (doc_has(object, key))
    words_number(ret, doc_count(object, key));
  else
    snprintf(ret, WORDS, "%s", hidden);
}

static void put_count(struct sheet *sheet, const json_t *object, const char *key) {
  char text[WORDS];
  said(text, object, key);
  sheet_cell(sheet, "%s", text);
}

static bool counts_of(const json_t *list, const char *key, int64_t counts[SHEET_STATES]) {
  bool whole = json_array_size(list) > 0;
  for (size_t i = 0; i < SHEET_STATES; i++) {
    const int64_t n = named(list, key, states[i].name);
    whole &= n >= 0;
    counts[i] = n >= 0 ? n : 0;
  }
  return whole;
}

static void spread_words(char ret[LINE], const json_t *spread, double scale, const char *unit) {
  if (doc_has(spread, "median"))
    snprintf(ret, LINE, "Half of them are between %.0f%s and %.0f%s, the middle one at %.0f%s.", scale * doc_real(spread, "q1"),
             unit, scale * doc_real(spread, "q3"), unit, scale * doc_real(spread, "median"), unit);
  else
    snprintf(ret, LINE, "The spread is hidden: it is of too few.");
}

/* ---------------------------------------------------------------- how it stands */

static void put_figures(struct sheet *sheet, const json_t *cohort) {
  static const struct {
    const char *name, *label;
  } stages[] = {{"to_sit", "still to sit"}, {"waiting", "wait for a result"}, {"passed", "passed"}};
  for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
    char value[WORDS];
    const int64_t n = named(doc_list(cohort, "students"), "name", stages[i].name);
    if (n >= 0)
      words_number(value, n);
    else
      snprintf(value, sizeof value, "%s", hidden);
    sheet_figure(sheet, SHEET_STATE_NONE, stages[i].label, value, "");
  }
}

static void put_states(struct sheet *sheet, const json_t *cohort) {
  const json_t *list = doc_list(cohort, "states");
  struct chart_point point = {.label = ""};
  char message[LINE];
  sheet_heading(sheet, 2, "How the class stands");
  if (counts_of(list, "state", point.counts)) {
    snprintf(message, sizeof message,
             "Of those still to sit %" PRId64 " are at risk, %" PRId64 " borderline, %" PRId64 " on track; of %" PRId64
             " nothing can be said.",
             point.counts[0], point.counts[1], point.counts[2], point.counts[3]);
    sheet_chart(sheet, &(struct chart){.kind = CHART_STATES,
                                       .title = "",
                                       .message = message,
                                       .told = true,
                                       .points = &point,
                                       .points_n = 1,
                                       .pass_line = NAN,
                                       .exam_day = CHART_NO_DAY});
    return;
  }
  for (size_t i = 0; i < SHEET_STATES; i++) {
    const int64_t n = named(list, "state", states[i].name);
    if (n >= 0)
      sheet_state_item(sheet, states[i].state, sheet_state_word(states[i].state), "%" PRId64, n);
    else
      sheet_state_item(sheet, states[i].state, sheet_state_word(states[i].state), "%s", hidden);
  }
}

static void put_histogram(struct sheet *sheet, const json_t *spread, const char *title, const char *x, double line,
                          const char *message) {
  struct chart_point points[BINS_MOST];
  const json_t *bin;
  size_t i, n = 0, shut = 0, tall = 0; /* bars that are hidden, and those that would be seen */
  json_array_foreach(doc_list(spread, "bins"), i, bin) {
    if (n == BINS_MOST)
      break;
    shut += !doc_has(bin, "n");
    tall += doc_count(bin, "n") > 0;
    points[n++] = (struct chart_point){
        .label = "", .x = NAN, .y = doc_real(bin, "n"), .low = doc_real(bin, "from"), .high = doc_real(bin, "to")};
  }
  if (tall == 0) {
    sheet_text(sheet, "%s: %s", title, message);
    return;
  }
  sheet_chart(sheet, &(struct chart){.kind = CHART_HISTOGRAM,
                                     .title = title,
                                     .message = message,
                                     .x = x,
                                     .points = points,
                                     .points_n = n,
                                     .pass_line = line,
                                     .exam_day = CHART_NO_DAY});
  if (shut > 0)
    sheet_small(sheet, "Bars of few people are hidden, %zu of %zu.", shut, n);
}

static void put_spreads(struct sheet *sheet, const json_t *cohort) {
  char message[LINE];
  sheet_heading(sheet, 2, "Readiness and P(pass)");
  spread_words(message, doc_object(cohort, "readiness"), 1, " EPC");
  put_histogram(sheet, doc_object(cohort, "readiness"), "Readiness of those still to sit", "EPC", doc_real(cohort, "pass_line"),
                message);
  spread_words(message, doc_object(cohort, "p"), 100, " %");
  put_histogram(sheet, doc_object(cohort, "p"), "P(pass) on the planned day", "P(pass)", NAN, message);
}

/* ---------------------------------------------------------------- exams, and what was done */

static void put_exam_table(struct sheet *sheet, const json_t *items) {
  static const struct sheet_column columns[] = {{.title = "Week", .head = 1}, {.title = "Exams", .right = 1}};
  const json_t *week;
  size_t i;
  sheet_table(sheet, "", columns, sizeof columns / sizeof *columns, "No exam is planned.");
  json_array_foreach(items, i, week) {
    char from[WORDS], to[WORDS];
    words_day_short(from, doc_day(week, "from"));
    words_day_short(to, doc_day(week, "to"));
    sheet_cell(sheet, "%s to %s", from, to);
    put_count(sheet, week, "n");
  }
}

static void put_exams(struct sheet *sheet, const json_t *exams) {
  struct chart_point points[WEEKS_MOST];
  char labels[WEEKS_MOST][WORDS], message[LINE], total[WORDS];
  const json_t *week, *items = doc_list(exams, "items");
  size_t i, n = 0;
  bool whole = true;
  sheet_heading(sheet, 2, "Exams in the next 90 days");
  json_array_foreach(items, i, week) {
    if (n == WEEKS_MOST)
      break;
    points[n] = (struct chart_point){.label = labels[n]};
    words_day_short(labels[n], doc_day(week, "from"));
    whole &= counts_of(doc_list(week, "states"), "state", points[n].counts);
    n++;
  }
  said(total, exams, "n");
  if (whole && n > 0) {
    snprintf(message, sizeof message, "%s exams are planned, by week and state.", total);
    sheet_chart(sheet, &(struct chart){.kind = CHART_WEEKS,
                                       .title = "",
                                       .message = message,
                                       .points = points,
                                       .points_n = n,
                                       .pass_line = NAN,
                                       .exam_day = CHART_NO_DAY});
    return;
  }
  sheet_text(sheet, "Planned: %s.", total);
  put_exam_table(sheet, items);
}

static void put_funnel(struct sheet *sheet, const json_t *funnel) {
  static const struct sheet_column columns[] = {{.title = "Stage", .head = 1},
                                                {.title = "What it means", .wraps = 1},
                                                {.title = "Reached", .right = 1},
                                                {.title = "All before it, too", .right = 1},
                                                {.title = "Days, median", .right = 1}};
  char since[WORDS], until[WORDS];
  const json_t *stage;
  size_t i;
  words_day(since, doc_day(funnel, "since"));
  words_day(until, doc_day(funnel, "until"));
  sheet_heading(sheet, 2, "From being flagged to passing");
  sheet_text(sheet, "Those who came up from %s to %s. A stage that was not reached may still be.", since, until);
  sheet_table(sheet, "", columns, sizeof columns / sizeof *columns, "Nobody came up.");
  json_array_foreach(doc_list(funnel, "stages"), i, stage) {
    sheet_cell(sheet, "%s", doc_text(stage, "word"));
    sheet_cell(sheet, "%s", doc_text(stage, "definition"));
    put_count(sheet, stage, "n");
    put_count(sheet, stage, "through");
    if (doc_has(stage, "median_days"))
      sheet_cell(sheet, "%.0f", doc_real(stage, "median_days"));
    else
      sheet_cell(sheet, " ");
  }
}

/* ---------------------------------------------------------------- areas, and classes */

static const char *area_name(const json_t *areas, const json_t *cell) {
  const json_t *area;
  size_t i;
  json_array_foreach(doc_list(areas, "areas"), i, area) {
    if (strcmp(doc_text(area, "area"), doc_text(cell, "area")) == 0 && strcmp(doc_text(area, "axis"), doc_text(cell, "axis")) == 0)
      return doc_text(area, "name");
  }
  return doc_text(cell, "area");
}

static void put_areas(struct sheet *sheet, const json_t *areas) {
  static const struct sheet_column columns[] = {{.title = "Area", .head = 1},      {.title = "Students", .right = 1},
                                                {.title = "Items", .right = 1},    {.title = "Right", .right = 1},
                                                {.title = "Estimate", .right = 1}, {.title = "Weak", .right = 1}};
  const json_t *cell;
  size_t i;
  sheet_heading(sheet, 2, "Areas");
  sheet_small(
      sheet,
      "Of the items of the last %.0f days, repeats left out. Estimate in EPC, each student's shrunk by the few items it rests "
      "on; the pass line is %.0f. Areas of fewer than %" PRId64 " items or of few students are hidden.",
      doc_real(areas, "window_days"), doc_real(areas, "pass_line"), doc_count(areas, "least_items"));
  sheet_table(sheet, "", columns, sizeof columns / sizeof *columns, "No sub-scores yet.");
  json_array_foreach(doc_list(areas, "cells"), i, cell) {
    if (!doc_true(cell, "all"))
      continue;
    sheet_cell(sheet, "%s", area_name(areas, cell));
    put_count(sheet, cell, "n");
    put_count(sheet, cell, "items");
    if (doc_has(cell, "percent")) {
      sheet_cell(sheet, "%.0f %%", doc_real(cell, "percent"));
      sheet_cell(sheet, "%.1f", doc_real(cell, "estimate"));
    } else {
      sheet_cell(sheet, "%s", hidden);
      sheet_cell(sheet, "%s", hidden);
    }
    put_count(sheet, cell, "weak");
  }
}

/* A class year; those without one are a class of their own. */
static void put_year(struct sheet *sheet, const json_t *class) {
  if (doc_has(class, "class_year"))
    sheet_cell(sheet, "%" PRId64, doc_count(class, "class_year"));
  else
    sheet_cell(sheet, "none");
}

static void put_passed(struct sheet *sheet, const json_t *first) {
  char share[WORDS], interval[WORDS];
  document_share(share, doc_real(first, "share"));
  document_shares(interval, doc_real(first, "low"), doc_real(first, "high"));
  put_count(sheet, first, "n");
  sheet_cell(sheet, "%s", doc_has(first, "share") ? share : doc_true(first, "hidden") ? hidden : " ");
  sheet_cell(sheet, "%s", doc_has(first, "share") ? interval : " ");
}

static void put_week(struct sheet *sheet, const json_t *class, int64_t week) {
  const json_t *entry;
  size_t i;
  json_array_foreach(doc_list(class, "weeks"), i, entry) {
    if (json_integer_value(json_object_get(entry, "week")) != week)
      continue;
    if (doc_has(entry, "median"))
      sheet_cell(sheet, "%.0f (n %" PRId64 ")", doc_real(entry, "median"), doc_count(entry, "n"));
    else
      sheet_cell(sheet, "%s", hidden);
    return;
  }
  sheet_cell(sheet, " ");
}

static void put_classes(struct sheet *sheet, const json_t *classes) {
  static const struct sheet_column columns[] = {
      {.title = "Class", .head = 1},    {.title = "Students", .right = 1},      {.title = "First attempts", .right = 1},
      {.title = "Passed", .right = 1},  {.title = "95 % interval", .right = 1}, {.title = "12 weeks before", .right = 1},
      {.title = "8 weeks", .right = 1}, {.title = "4 weeks", .right = 1},       {.title = "the week of it", .right = 1}};
  const json_t *class;
  size_t i;
  sheet_heading(sheet, 2, "Beside earlier classes");
  sheet_small(sheet, "First attempts with a known outcome, and the median of readiness (EPC) so many weeks before the first exam.");
  sheet_table(sheet, "", columns, sizeof columns / sizeof *columns, "There is no other class.");
  json_array_foreach(doc_list(classes, "classes"), i, class) {
    put_year(sheet, class);
    put_count(sheet, class, "n");
    put_passed(sheet, doc_object(class, "first_attempts"));
    for (int64_t week = -3 * WEEKS_EVERY; week <= 0; week += WEEKS_EVERY)
      put_week(sheet, class, week);
  }
}

int sheet_class(const json_t *document, struct sheet **ret) {
  char title[WORDS];
  struct sheet *sheet;
  if (!json_is_object(document))
    return E_DATA;
  sheet = sheet_new();
  if (!sheet)
    return E_NOMEM;
  snprintf(title, sizeof title, "Class of %" PRId64, doc_count(document, "class_year"));
  document_open(sheet, document, title, "Class report: where it stands, what was done, and how it compares", "Class report");
  put_figures(sheet, doc_object(document, "cohort"));
  if (doc_has(document, "small_cell"))
    sheet_small(sheet, "Figures of fewer than %" PRId64 " people are hidden, and others with them, so that none can be computed.",
                doc_count(document, "small_cell"));
  put_states(sheet, doc_object(document, "cohort"));
  put_spreads(sheet, doc_object(document, "cohort"));
  put_exams(sheet, doc_object(document, "exams"));
  put_funnel(sheet, doc_object(document, "funnel"));
  put_areas(sheet, doc_object(document, "areas"));
  put_classes(sheet, doc_object(document, "classes"));
  const int err = sheet_failed(sheet);
  if (err)
    sheet_free(sheet);
  else
    *ret = sheet;
  return err;
}
