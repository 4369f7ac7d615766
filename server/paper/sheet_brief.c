/*
 * The nightly brief, read from top to bottom: where the class stands and what changed since the night before, who needs a person, a
 * section for each list that has somebody in it, the course of the nights and of the coming exams, what came in, what did not run,
 * and what all this rests on. A list without anybody is named in one line: ten empty sections would hide the eleventh.
 *
 * Without students, for a mail (sheet_brief_counts), it is the same document less its lists: two builders would drift apart.
 *
 * Sentences come with the document and are not made here. They were made by who knows the records, are kept with the night, and
 * must read alike in ten years; here is only how they are laid out. Of a reader's own students (`own`) there are no figures of the
 * school, so none are shown.
 */
#include "paper/build.h"

#include "base/err.h"
#include "paper/chart.h"
#include "paper/doc.h"
#include "paper/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE = 600, EXAM_DAYS = 30 };

/* ---------------------------------------------------------------- reading */

struct brief {
  const json_t *document;
  struct sheet *sheet;
  const char *url; /* of a mail without students: where the rest is; NULL for none */
  bool counts_only;
};

static int64_t state_count(const json_t *counts, enum sheet_state state) {
  return doc_count(counts, sheet_state_name(state));
}

static struct chart_point state_point(const json_t *counts, const char *label, double x) {
  struct chart_point point = {.label = label, .x = x, .y = NAN, .low = NAN, .high = NAN};
  for (enum sheet_state state = SHEET_AT_RISK; state <= SHEET_CANNOT_SAY; state++)
    point.counts[state - SHEET_AT_RISK] = state_count(counts, state);
  return point;
}

static int64_t point_total(const struct chart_point *point) {
  int64_t total = 0;
  for (size_t i = 0; i < SHEET_STATES; i++)
    total += point->counts[i];
  return total;
}

/* "12 students", "1 student". */
static const char *students(char ret[WORDS], int64_t n) {
  words_count(ret, n, "student", "students");
  return ret;
}

/* ---------------------------------------------------------------- title and figures */

static void put_title(const struct brief *brief) {
  char title[SENTENCE], night[WORDS], as_of[WORDS], foot[SENTENCE];
  const char *school = doc_text(brief->document, "school");
  int64_t as_of_ms = doc_moment_ms(brief->document, "as_of");
  words_day(night, doc_day(brief->document, "night"));
  words_moment(as_of, as_of_ms, doc_text(brief->document, "zone"));
  if (doc_has(brief->document, "night"))
    snprintf(title, sizeof title, "Brief for the night of %s", night);
  else
    snprintf(title, sizeof title, "Nightly brief");
  snprintf(foot, sizeof foot, "%.*s%s%s, as of %s", SENTENCE / 3, school, *school ? ", " : "", title, as_of);
  sheet_title(brief->sheet, title, school);
  sheet_meta(brief->sheet, school, as_of_ms, "en");
  sheet_foot(brief->sheet, foot);
}

/* How many there are in each state, and the change since the night before. */
static void put_figures(const struct brief *brief) {
  const json_t *counts = doc_object(brief->document, "counts"), *before = doc_object(brief->document, "before");
  for (enum sheet_state state = SHEET_AT_RISK; state <= SHEET_CANNOT_SAY; state++) {
    char value[WORDS], change[WORDS] = "";
    words_number(value, state_count(counts, state));
    if (before)
      words_change(change, state_count(before, state), state_count(counts, state));
    sheet_figure(brief->sheet, state, sheet_state_word(state), value, change);
  }
}

static void put_bar(const struct brief *brief) {
  const json_t *counts = doc_object(brief->document, "counts"), *before = doc_object(brief->document, "before");
  char message[SENTENCE], change[WORDS] = "", all[WORDS], risky[WORDS];
  struct chart_point point = state_point(counts, "", NAN);
  int64_t total = point_total(&point), at_risk = state_count(counts, SHEET_AT_RISK);
  if (total == 0)
    return;
  words_number(risky, at_risk);
  if (at_risk == 0)
    snprintf(risky, sizeof risky, "None");
  words_count(all, total, "student with an estimate is", "students with an estimate are");
  if (before)
    words_change(change, state_count(before, SHEET_AT_RISK), at_risk);
  snprintf(message, sizeof message, "%s of %s at risk%s%s%s.", risky, all, before ? ", " : "", change,
           before && state_count(before, SHEET_AT_RISK) != at_risk ? " than the night before" : "");
  struct chart chart = {
      .kind = CHART_STATES, .title = "Students by state", .message = message, .told = true, .points = &point, .points_n = 1};
  sheet_chart(brief->sheet, &chart);
}

static void put_standing(const struct brief *brief) {
  char all[WORDS], assessed[WORDS], since[WORDS];
  const json_t *document = brief->document;
  if (!doc_has(document, "counts")) {
    sheet_text(brief->sheet, "Your own students. What is about the whole school is left out.");
    return;
  }
  students(all, doc_count(document, "students"));
  words_number(assessed, doc_count(document, "assessed"));
  words_day(since, doc_day(document, "previous_night"));
  sheet_heading(brief->sheet, 2, "Where the class stands");
  if (doc_has(document, "previous_night"))
    sheet_small(brief->sheet, "%s, %s with an estimate. Changes are counted since the night of %s.", all, assessed, since);
  else
    sheet_small(brief->sheet, "%s, %s with an estimate. There was no brief before, so nothing is counted as a change.", all,
                assessed);
  put_figures(brief);
  put_bar(brief);
}

/* ---------------------------------------------------------------- who needs a person */

/* The titles of lists in which nobody stands, in one line; gives how many lists have somebody. */
static size_t empty_lists(const struct brief *brief, char ret_titles[SENTENCE]) {
  size_t i, used = 0, filled = 0;
  const json_t *list;
  ret_titles[0] = '\0';
  json_array_foreach(doc_list(brief->document, "lists"), i, list) {
    const char *title = doc_text(list, "title");
    if (doc_count(list, "n") > 0)
      filled++;
    else if (*title && used < SENTENCE)
      used += (size_t)snprintf(ret_titles + used, SENTENCE - used, "%s%s", used ? ", " : "", title);
  }
  return filled;
}

static void put_overview_rows(const struct brief *brief) {
  size_t i;
  const json_t *list;
  json_array_foreach(doc_list(brief->document, "lists"), i, list) {
    char n[WORDS];
    if (doc_count(list, "n") == 0)
      continue;
    words_number(n, doc_count(list, "n"));
    sheet_cell(brief->sheet, "%s", n);
    sheet_cell(brief->sheet, "%s", doc_text(list, "title"));
    if (brief->counts_only)
      sheet_cell(brief->sheet, "%s", doc_text(list, "means"));
  }
}

static void put_waiting(const struct brief *brief) {
  char waiting[WORDS], capacity[WORDS];
  int64_t n = doc_count(brief->document, "waiting");
  words_count(waiting, n, "student waits in the queue", "students wait in the queue");
  words_number(capacity, doc_count(brief->document, "capacity"));
  if (!doc_has(brief->document, "waiting"))
    return;
  if (n > 0 && doc_count(brief->document, "capacity") > 0)
    sheet_text(brief->sheet, "%s; the office can see %s a week.", waiting, capacity);
  else
    sheet_text(brief->sheet, "%s.", n > 0 ? waiting : "Nobody waits in the queue");
}

/* The sections have what a list means; without them it stands here. */
static void put_overview(const struct brief *brief) {
  enum { OVERVIEW_COLUMNS = 3 };
  static const struct sheet_column columns[OVERVIEW_COLUMNS] = {
      {.title = "students", .right = 1}, {.title = "list", .head = 1}, {.title = "who stands in it", .wraps = 1}};
  char titles[SENTENCE];
  size_t filled = empty_lists(brief, titles);
  sheet_heading(brief->sheet, 2, "Who needs a person");
  put_waiting(brief);
  if (filled > 0) {
    sheet_table(brief->sheet, "", columns, brief->counts_only ? OVERVIEW_COLUMNS : OVERVIEW_COLUMNS - 1, "");
    put_overview_rows(brief);
  }
  if (*titles)
    sheet_small(brief->sheet, "Nobody in: %s.", titles);
  if (brief->url)
    sheet_link(brief->sheet, brief->url, "Open the brief in Stepguard");
}

/* ---------------------------------------------------------------- lists */

static void put_line(const struct brief *brief, const json_t *line) {
  char who[DOC_WHO];
  doc_who(who, brief->document, doc_text(line, "student_id"));
  sheet_state_item(brief->sheet, doc_state(line, "state"), who, "%s", doc_text(line, "text"));
}

static void put_list(const struct brief *brief, const json_t *list) {
  size_t i;
  const json_t *line;
  char n[WORDS];
  if (doc_count(list, "n") == 0)
    return;
  words_number(n, doc_count(list, "n"));
  sheet_heading(brief->sheet, 2, "%s (%s)", doc_text(list, "title"), n);
  sheet_small(brief->sheet, "%s%s", doc_text(list, "means"),
              strcmp(doc_text(list, "known"), "written") == 0 ? " As it stood when this was written." : "");
  json_array_foreach(doc_list(list, "lines"), i, line) {
    put_line(brief, line);
  }
  if (i > 0)
    sheet_whole(brief->sheet, (size_t)doc_count(list, "n"));
}

static void put_lists(const struct brief *brief) {
  size_t i;
  const json_t *list;
  json_array_foreach(doc_list(brief->document, "lists"), i, list) {
    put_list(brief, list);
  }
}

/* ---------------------------------------------------------------- charts */

/* Points of a list of counts, labelled by the day under `key`; gives how many. */
static size_t points_of(const json_t *list, const char *key, struct chart_point points[CHART_POINTS],
                        char labels[CHART_POINTS][WORDS]) {
  size_t i, n = 0;
  const json_t *row;
  json_array_foreach(list, i, row) {
    int32_t day = doc_day(row, key);
    if (n == CHART_POINTS || day == CHART_NO_DAY)
      continue;
    words_day_short(labels[n], day);
    points[n] = state_point(row, labels[n], day);
    n++;
  }
  return n;
}

/* "In 14 nights: at risk from 9 to 12, borderline from 22 to 24, on track from 133 to 131." */
static void put_course(char ret[SENTENCE], const struct chart_point *first, const struct chart_point *last, size_t n) {
  char nights[WORDS];
  words_count(nights, (int64_t)n, "night", "nights");
  size_t used = (size_t)snprintf(ret, SENTENCE, "In %s:", nights);
  for (enum sheet_state state = SHEET_AT_RISK; state <= SHEET_ON_TRACK; state++) {
    char from[WORDS], to[WORDS];
    words_number(from, first->counts[state - SHEET_AT_RISK]);
    words_number(to, last->counts[state - SHEET_AT_RISK]);
    used += (size_t)snprintf(ret + used, SENTENCE - used, " %s from %s to %s%s", sheet_state_word(state), from, to,
                             state == SHEET_ON_TRACK ? "." : ",");
  }
}

static void put_trend(const struct brief *brief) {
  struct chart_point points[CHART_POINTS];
  char labels[CHART_POINTS][WORDS], message[SENTENCE];
  size_t n = points_of(doc_list(brief->document, "trend"), "night", points, labels);
  if (n < 2 || point_total(&points[0]) + point_total(&points[n - 1]) == 0)
    return;
  put_course(message, &points[0], &points[n - 1], n);
  struct chart chart = {.kind = CHART_TREND, .title = "Night by night", .message = message, .points = points, .points_n = n};
  sheet_chart(brief->sheet, &chart);
}

static void put_weeks(const struct brief *brief) {
  struct chart_point points[CHART_POINTS];
  char labels[CHART_POINTS][WORDS], message[SENTENCE], sit[WORDS], risky[WORDS];
  size_t n = points_of(doc_list(brief->document, "exams_by_week"), "from", points, labels);
  int64_t exams = 0, at_risk = 0;
  for (size_t i = 0; i < n; i++) {
    exams += point_total(&points[i]);
    at_risk += points[i].counts[0];
  }
  if (n == 0)
    return;
  if (exams == 0) {
    sheet_text(brief->sheet, "Nobody has an exam in the next %d days.", EXAM_DAYS);
    return;
  }
  words_count(sit, exams, "student sits", "students sit");
  words_number(risky, at_risk);
  snprintf(message, sizeof message, "%s within %d days; at risk: %s.", sit, EXAM_DAYS, risky);
  struct chart chart = {.kind = CHART_WEEKS, .title = "Exams by week", .message = message, .points = points, .points_n = n};
  sheet_chart(brief->sheet, &chart);
}

static void put_charts(const struct brief *brief) {
  if (json_array_size(doc_list(brief->document, "trend")) + json_array_size(doc_list(brief->document, "exams_by_week")) == 0)
    return;
  sheet_heading(brief->sheet, 2, "The course of things");
  put_trend(brief);
  put_weeks(brief);
}

/* ---------------------------------------------------------------- what came in, what did not run */

static void put_sentences(const struct brief *brief, const char *key, const char *none) {
  size_t i;
  const json_t *row;
  json_array_foreach(doc_list(brief->document, key), i, row) {
    char who[DOC_WHO] = "";
    if (*doc_text(row, "student_id"))
      doc_who(who, brief->document, doc_text(row, "student_id"));
    sheet_item(brief->sheet, who, "%s", doc_text(row, "text"));
  }
  if (i == 0)
    sheet_text(brief->sheet, "%s", none);
}

static size_t feeds_failing(const struct brief *brief) {
  size_t i, n = (size_t)doc_count(brief->document, "feeds_failing");
  const json_t *row;
  json_array_foreach(doc_list(brief->document, "feeds"), i, row) {
    n += json_is_false(json_object_get(row, "ok"));
  }
  return n;
}

static void put_feeds(const struct brief *brief) {
  size_t i;
  const json_t *row;
  json_array_foreach(doc_list(brief->document, "feeds"), i, row) {
    sheet_item(brief->sheet, json_is_false(json_object_get(row, "ok")) ? "Look at this" : "", "%s", doc_text(row, "text"));
  }
  if (i == 0)
    sheet_text(brief->sheet, "Nothing is known of any feed.");
}

static void put_arrivals(const struct brief *brief) {
  if (doc_has(brief->document, "imports") && json_array_size(doc_list(brief->document, "imports")) > 0) {
    sheet_heading(brief->sheet, 2, "Imports");
    put_sentences(brief, "imports", "");
  } else if (!doc_true(brief->document, "own")) {
    sheet_heading(brief->sheet, 2, "Imports");
    sheet_text(brief->sheet, "No file came in since the night before.");
  }
  sheet_heading(brief->sheet, 2, "Feeds");
  put_feeds(brief);
  sheet_heading(brief->sheet, 2, "What did not run");
  put_sentences(brief, "did_not_run", "Everything ran.");
}

/* The same for a mail: numbers, because a sentence may name somebody. */
static void put_arrivals_counted(const struct brief *brief) {
  char missed[WORDS], feeds[WORDS];
  size_t not_run = json_array_size(doc_list(brief->document, "did_not_run"));
  words_number(missed, not_run > 0 ? (int64_t)not_run : doc_count(brief->document, "did_not_run"));
  words_number(feeds, (int64_t)feeds_failing(brief));
  sheet_heading(brief->sheet, 2, "What to look at");
  sheet_fact(brief->sheet, "Feeds that need a look", "%s", feeds);
  sheet_fact(brief->sheet, "What did not run", "%s", missed);
}

/* ---------------------------------------------------------------- what it rests on */

static void put_told(const struct brief *brief) {
  const json_t *told = doc_object(brief->document, "told");
  if (!told)
    return;
  char briefs[WORDS], digests[WORDS], webhooks[WORDS];
  words_count(briefs, doc_count(told, "brief"), "brief", "briefs");
  words_count(digests, doc_count(told, "digest"), "digest", "digests");
  words_count(webhooks, doc_count(told, "webhook"), "webhook", "webhooks");
  sheet_fact(brief->sheet, "Told", "%s, %s, %s", briefs, digests, webhooks);
}

static void put_ground(const struct brief *brief) {
  const json_t *document = brief->document, *evaluated = doc_object(document, "evaluated");
  char as_of[WORDS], all[WORDS], results[WORDS], flags[WORDS], since[WORDS];
  words_moment(as_of, doc_moment_ms(document, "as_of"), doc_text(document, "zone"));
  words_day(since, doc_day(document, "previous_night"));
  sheet_heading(brief->sheet, 2, "What this rests on");
  sheet_fact(brief->sheet, "As of", "%s", as_of);
  sheet_fact(brief->sheet, "Changes since", "%s", doc_has(document, "previous_night") ? since : "no night before");
  if (doc_has(document, "parameters"))
    sheet_fact(brief->sheet, "Parameters", "%s", doc_text(document, "parameters"));
  if (evaluated) {
    students(all, doc_count(evaluated, "assessed"));
    words_count(results, doc_count(evaluated, "results"), "result", "results");
    words_count(flags, doc_count(evaluated, "flags"), "flag", "flags");
    sheet_fact(brief->sheet, "Evaluated", "%s from %s; %s open", all, results, flags);
  }
  put_told(brief);
  if (*doc_text(document, "notice"))
    sheet_notice(brief->sheet, "%s", doc_text(document, "notice"));
}

/* ---------------------------------------------------------------- rows for a spreadsheet */

enum row_column {
  ROW_LIST,
  ROW_STUDENT,
  ROW_NAME,
  ROW_STATE,
  ROW_P,
  ROW_EXAM_DAY,
  ROW_DAYS,
  ROW_SEVERITY,
  ROW_SENTENCE,
  ROW_NOTICE,
  ROW_COLUMNS
};

static const struct sheet_column row_columns[ROW_COLUMNS] = {
    [ROW_LIST] = {.title = "list"},
    [ROW_STUDENT] = {.title = "student"},
    [ROW_NAME] = {.title = "name"},
    [ROW_STATE] = {.title = "state"},
    [ROW_P] = {.title = "p"},
    [ROW_EXAM_DAY] = {.title = "exam_day"},
    [ROW_DAYS] = {.title = "days_to_exam"},
    [ROW_SEVERITY] = {.title = "severity"},
    [ROW_SENTENCE] = {.title = "sentence"},
    [ROW_NOTICE] = {.title = "notice"},
};

static void put_number(const struct brief *brief, const json_t *line, const char *key, int digits) {
  double value = doc_real(line, key);
  if (isfinite(value))
    sheet_cell(brief->sheet, "%.*f", digits, value);
  else
    sheet_cell(brief->sheet, "%s", "");
}

static void put_row(const struct brief *brief, const char *list, const json_t *line) {
  enum { P_DIGITS = 4 };
  const char *student = doc_text(line, "student_id");
  sheet_cell(brief->sheet, "%s", list);
  sheet_cell(brief->sheet, "%s", student);
  sheet_cell(brief->sheet, "%s", doc_text(doc_object(brief->document, "names"), student));
  sheet_cell(brief->sheet, "%s", sheet_state_name(doc_state(line, "state")));
  put_number(brief, line, "p", P_DIGITS);
  sheet_cell(brief->sheet, "%s", doc_text(line, "exam_day"));
  put_number(brief, line, "days_to_exam", 0);
  sheet_cell(brief->sheet, "%s", doc_text(line, "severity"));
  sheet_cell(brief->sheet, "%s", doc_text(line, "text"));
  sheet_cell(brief->sheet, "%s", doc_text(brief->document, "notice"));
}

static void put_rows(const struct brief *brief) {
  static const char *const others[] = {"imports", "feeds", "did_not_run"};
  size_t i, j;
  const json_t *list, *line;
  sheet_data(brief->sheet, "Brief", row_columns, ROW_COLUMNS);
  json_array_foreach(doc_list(brief->document, "lists"), i, list) {
    json_array_foreach(doc_list(list, "lines"), j, line) {
      put_row(brief, doc_text(list, "code"), line);
    }
  }
  for (i = 0; i < sizeof others / sizeof *others; i++)
    json_array_foreach(doc_list(brief->document, others[i]), j, line) {
      put_row(brief, others[i], line);
    }
}

/* ---------------------------------------------------------------- the whole */

static void put_brief(const struct brief *brief) {
  put_title(brief);
  put_standing(brief);
  put_overview(brief);
  if (!brief->counts_only)
    put_lists(brief);
  put_charts(brief);
  if (brief->counts_only)
    put_arrivals_counted(brief);
  else
    put_arrivals(brief);
  put_ground(brief);
  if (!brief->counts_only)
    put_rows(brief);
}

static int build(struct brief brief, struct sheet **ret) {
  if (!json_is_object(brief.document))
    return E_DATA;
  brief.sheet = sheet_new();
  if (!brief.sheet)
    return E_NOMEM;
  put_brief(&brief);
  int err = sheet_failed(brief.sheet);
  if (err) {
    sheet_free(brief.sheet);
    return err;
  }
  *ret = brief.sheet;
  return 0;
}

int sheet_brief(const json_t *document, struct sheet **ret) {
  return build((struct brief){.document = document}, ret);
}

int sheet_brief_counts(const json_t *document, const char *url, struct sheet **ret) {
  return build((struct brief){.document = document, .url = url, .counts_only = true}, ret);
}
