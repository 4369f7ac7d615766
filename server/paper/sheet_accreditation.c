/*
 * What a school shows an accreditor of its advising in a period: whom it reached, how soon, and what became of those whom the
 * estimate called at risk, borderline or on track before their exam. Each share with n and interval, each figure defined at the
 * end, nobody named, and nothing said of few (core.accreditation_document has hidden that; here it is put into words).
 */
#include "paper/build.h"

#include "base/err.h"
#include "paper/document.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LINE = 200 };

/* How a count that may not be told is said (core.paper_share). */
static void count_words(char ret[WORDS], const json_t *share) {
  const char *is = doc_text(share, "said");
  if (strcmp(is, "few") == 0)
    snprintf(ret, WORDS, "at most %" PRId64, doc_count(share, "bound"));
  else if (strcmp(is, "all_but_few") == 0)
    snprintf(ret, WORDS, "at least %" PRId64, doc_count(share, "bound"));
  else if (doc_has(share, "k"))
    words_number(ret, doc_count(share, "k"));
  else
    snprintf(ret, WORDS, "hidden");
}

static void share_words(char ret[WORDS], const json_t *share) {
  const double n = (double)doc_count(share, "n"), bound = (double)doc_count(share, "bound");
  char percent[WORDS];
  if (doc_has(share, "share"))
    document_share(percent, doc_real(share, "share"));
  else if (doc_has(share, "bound") && n > 0)
    document_share(percent,
                   strcmp(doc_text(share, "said"), "few") == 0 ? ceil(100 * bound / n) / 100 : floor(100 * bound / n) / 100);
  else
    snprintf(percent, sizeof percent, " ");
  snprintf(ret, WORDS, "%s%.60s",
           !doc_has(share, "bound")                      ? ""
           : strcmp(doc_text(share, "said"), "few") == 0 ? "at most "
                                                         : "at least ",
           percent);
}

static void put_share(struct sheet *sheet, const json_t *share) {
  char text[WORDS];
  words_number(text, doc_count(share, "n"));
  sheet_cell(sheet, "%s", doc_has(share, "n") ? text : "hidden");
  count_words(text, share);
  sheet_cell(sheet, "%s", text);
  share_words(text, share);
  sheet_cell(sheet, "%s", text);
  document_shares(text, doc_real(share, "low"), doc_real(share, "high"));
  sheet_cell(sheet, "%s", doc_has(share, "low") ? text : " ");
}

static void put_shares(struct sheet *sheet, const json_t *shares, const char *caption, const char *of, const char *counted) {
  const struct sheet_column columns[] = {{.title = "Figure", .head = 1},
                                         {.title = of, .right = 1},
                                         {.title = counted, .right = 1},
                                         {.title = "Share", .right = 1},
                                         {.title = "95 % interval", .right = 1}};
  const json_t *share;
  size_t i;
  sheet_table(sheet, caption, columns, sizeof columns / sizeof *columns, "Nobody.");
  json_array_foreach(shares, i, share) {
    sheet_cell(sheet, "%s", doc_text(share, "term"));
    put_share(sheet, share);
  }
}

static void put_cells(struct sheet *sheet, const json_t *cells, const char *caption, const char *what, const char *empty) {
  const struct sheet_column columns[] = {{.title = what, .head = 1}, {.title = "n", .right = 1}};
  const json_t *cell;
  size_t i;
  sheet_table(sheet, caption, columns, sizeof columns / sizeof *columns, empty);
  json_array_foreach(cells, i, cell) {
    char text[WORDS];
    document_plain(text, doc_text(cell, "name"));
    sheet_cell(sheet, "%s", text);
    words_number(text, doc_count(cell, "n"));
    sheet_cell(sheet, "%s", doc_has(cell, "n") ? text : "hidden");
  }
}

static void put_students(struct sheet *sheet, const json_t *students) {
  static const struct sheet_column columns[] = {{.title = "Class", .head = 1}, {.title = "Students", .right = 1}};
  char text[WORDS];
  const json_t *class;
  size_t i;
  sheet_heading(sheet, 2, "Students");
  sheet_table(sheet, "", columns, sizeof columns / sizeof *columns, "Nobody is on the roster.");
  json_array_foreach(doc_list(students, "classes"), i, class) {
    if (doc_has(class, "class_year"))
      sheet_cell(sheet, "%" PRId64, doc_count(class, "class_year"));
    else
      sheet_cell(sheet, "no class year");
    words_number(text, doc_count(class, "n"));
    sheet_cell(sheet, "%s", doc_has(class, "n") ? text : "hidden");
  }
  words_number(text, doc_count(students, "n"));
  sheet_cell(sheet, "all");
  sheet_cell(sheet, "%s", doc_has(students, "n") ? text : "hidden");
}

static void put_contact(struct sheet *sheet, const json_t *contact) {
  sheet_heading(sheet, 2, "Time to first contact");
  if (doc_has(contact, "median"))
    sheet_text(sheet,
               "Half of those who were contacted were so within %.0f days, three quarters within %.0f, a quarter within %.0f.",
               doc_real(contact, "median"), doc_real(contact, "q3"), doc_real(contact, "q1"));
  else
    sheet_text(sheet, "Too few were contacted to say how long it took.");
  put_cells(sheet, doc_list(contact, "bands"), "", "Days to first contact", "");
}

static void put_outcomes(struct sheet *sheet, const json_t *outcomes) {
  static const struct sheet_column columns[] = {{.title = "Risk band before the exam", .head = 1},
                                                {.title = "Attempts", .right = 1},
                                                {.title = "Passed", .right = 1},
                                                {.title = "Share", .right = 1},
                                                {.title = "95 % interval", .right = 1}};
  const json_t *band;
  size_t i;
  sheet_heading(sheet, 2, "Outcomes by risk band");
  sheet_table(sheet, "", columns, sizeof columns / sizeof *columns, "No outcome is on record.");
  json_array_foreach(outcomes, i, band) {
    const enum sheet_state state = doc_state(band, "state");
    if (state)
      sheet_state_cell(sheet, state);
    else
      sheet_cell(sheet, "%s", strcmp(doc_text(band, "state"), "none") == 0 ? "not estimated" : "all");
    put_share(sheet, band);
  }
}

static void put_definitions(struct sheet *sheet, const json_t *definitions) {
  const json_t *one;
  size_t i;
  sheet_heading(sheet, 2, "What the figures mean");
  json_array_foreach(definitions, i, one) {
    sheet_item(sheet, doc_text(one, "term"), "%s", doc_text(one, "words"));
  }
}

int sheet_accreditation(const json_t *document, struct sheet **ret) {
  char from[WORDS], to[WORDS], subtitle[LINE];
  struct sheet *sheet;
  if (!json_is_object(document))
    return E_DATA;
  sheet = sheet_new();
  if (!sheet)
    return E_NOMEM;
  words_day(from, doc_day(document, "from"));
  words_day(to, doc_day(document, "to"));
  snprintf(subtitle, sizeof subtitle, "%s to %s, both days with. Figures alone: nobody is named.", from, to);
  document_open(sheet, document, "Advising before Step 1: reach, time and outcomes", subtitle, "Accreditation bundle");
  put_students(sheet, doc_object(document, "students"));
  sheet_heading(sheet, 2, "Reach");
  put_shares(sheet, doc_list(document, "reach"), "Of all students", "Students", "Reached");
  put_shares(sheet, doc_list(document, "followed"), "Of those who came up", "Came up", "Reached");
  put_contact(sheet, doc_object(document, "contact"));
  put_outcomes(sheet, doc_list(document, "outcomes"));
  sheet_heading(sheet, 2, "What was decided");
  put_cells(sheet, doc_list(document, "decisions"), "Decisions on clearance", "Decision", "None.");
  put_cells(sheet, doc_list(document, "resolutions"), "Cases that were closed", "How", "None.");
  put_definitions(sheet, doc_list(document, "definitions"));
  const int err = sheet_failed(sheet);
  if (err)
    sheet_free(sheet);
  else
    *ret = sheet;
  return err;
}
