/*
 * The bodies of mails. A mail says that there is something to see, how much, and where; students stand in it only where the school
 * has let names out of the house, and then in its list of items or in the brief itself.
 *
 * The same words for one thing and for many, in one table: what a dean reads on a telephone between two meetings is a sentence, a
 * number and a link. A brief is made by who makes briefs (sheet_brief.c), with names as it lies in the office, without as figures.
 *
 * Rejected: a template language (a text of the school's own is the students' reminder alone, and that has two words to put in).
 */
#include "paper/letter.h"

#include "base/err.h"
#include "paper/build.h"
#include "paper/chart.h"
#include "paper/doc.h"
#include "paper/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char office_name[] = "Open Stepguard";

struct words {
  const struct letter_kind kind;
  const char *subject;
  const char *one, *many; /* what it says of one thing, and of "%" PRId64 */
  const char *why;        /* why this came, and to whom */
};

static const struct words all_words[] = {
    {{"brief", "brief", false, true}, "Brief for the night of %s", "", "", ""},
    {{"digest", "digest", false, true}, "Your students, night of %s", "", "", ""},
    {{"urgent", NULL, true, false},
     "Urgent: an exam is near",
     "A student of yours sits Step 1 within days and is not on track.",
     "%s students of yours sit Step 1 within days and are not on track.",
     "Sent at once, once for each planned exam day, to whoever keeps the case."},
    {{"escalation", NULL, true, false},
     "Escalated: nobody acted in time",
     "Nobody has acted on a case in the time that your school allows.",
     "Nobody has acted on %s cases in the time that your school allows.",
     "Sent once for each case to whoever your school named for this, or to its deans."},
    {{"reminder", "reminders", false, true},
     "Reminder: your cases",
     "One of your cases waits: its follow-up is due, or nobody acted in time.",
     "%s of your cases wait: a follow-up is due, or nobody acted in time.",
     "Sent once for each follow-up and each time that ran out."},
    {{"student_reminder", NULL, false, false}, "", "", "", ""},
    {{"test", NULL, false, false},
     "Test of the mail from Stepguard",
     "This mail was asked for at the server. It came through: address, sign-in and certificates are right.",
     "",
     "Nothing else follows from it."},
};
enum { KINDS = sizeof all_words / sizeof *all_words };

static const struct words *words_of(const struct letter_kind *kind) {
  return (const struct words *)(const void *)kind; /* the first member */
}

const struct letter_kind *letter_kind(const char *name) {
  for (size_t i = 0; i < KINDS; i++)
    if (strcmp(all_words[i].kind.name, name) == 0)
      return &all_words[i].kind;
  return NULL;
}

/* Subjects are shown by programs that take a space that does not break for a sign of spam. */
static void spaces_break(char *text) {
  static const char nbsp[] = "\u00a0";
  for (char *at = strstr(text, nbsp); at; at = strstr(at, nbsp)) {
    *at = ' ';
    memmove(at + 1, at + strlen(nbsp), strlen(at + strlen(nbsp)) + 1);
  }
}

void letter_subject(const struct letter_kind *kind, const json_t *document, char ret[LETTER_SUBJECT]) {
  const struct words *words = words_of(kind);
  char day[WORDS];
  const char *hole = strstr(words->subject, "%s");
  words_day(day, doc_day(document, "night"));
  spaces_break(day);
  if (*words->subject == '\0')
    snprintf(ret, LETTER_SUBJECT, "%s", doc_text(document, "subject"));
  else if (hole)
    snprintf(ret, LETTER_SUBJECT, "%.*s%s%s", (int)(hole - words->subject), words->subject, day, hole + strlen("%s"));
  else
    snprintf(ret, LETTER_SUBJECT, "%s", words->subject);
}

/* ---------------------------------------------------------------- pieces */

static void link_put(struct sheet *sheet, const char *office_url, const char *path, const char *words) {
  char url[LETTER_URL];
  if (*office_url && snprintf(url, sizeof url, "%s%s", office_url, path) < (int)sizeof url)
    sheet_link(sheet, url, words);
}

static void items_put(struct sheet *sheet, const json_t *document) {
  size_t i;
  const json_t *item;
  json_array_foreach(doc_list(document, "items"), i, item) {
    if (*doc_text(item, "who"))
      sheet_item(sheet, doc_text(item, "who"), "%s", doc_text(item, "text"));
  }
}

static void choices_put(struct sheet *sheet, const struct letter_kind *kind, const char *office_url) {
  if (kind->choice && *office_url)
    sheet_small(sheet, "Which mails you get is yours to choose: %s/account", office_url);
}

static void frame_put(struct sheet *sheet, const json_t *document, const char *title) {
  sheet_title(sheet, title, doc_text(document, "school"));
  sheet_meta(sheet, doc_text(document, "school"), doc_moment_ms(document, "made_at"), "en");
}

/* ---------------------------------------------------------------- things */

static void things_put(struct sheet *sheet, const struct words *words, const json_t *document, const char *office_url) {
  const int64_t n = doc_count(document, "n");
  const json_t *first = json_array_get(doc_list(document, "items"), 0);
  char path[WORDS], number[WORDS];
  const char *hole = strstr(words->many, "%s");
  words_number(number, n);
  if (n > 1 && hole)
    sheet_text(sheet, "%.*s%s%s", (int)(hole - words->many), words->many, number, hole + 2);
  else
    sheet_text(sheet, "%s", words->one);
  items_put(sheet, document);
  snprintf(path, sizeof path, "/cases/%" PRId64, doc_count(first, "case"));
  if (n == 1 && doc_has(first, "case"))
    link_put(sheet, office_url, path, "Open the case");
  else
    link_put(sheet, office_url, "/", office_name);
  sheet_small(sheet, "%s", words->why);
}

/* ---------------------------------------------------------------- digest */

static void digest_figures_put(struct sheet *sheet, const json_t *document) {
  const json_t *counts = doc_object(document, "counts");
  for (enum sheet_state state = SHEET_AT_RISK; state <= SHEET_CANNOT_SAY; state++) {
    char number[WORDS];
    words_number(number, doc_count(counts, sheet_state_name(state)));
    sheet_figure(sheet, state, sheet_state_word(state), number, "");
  }
}

static void digest_lists_put(struct sheet *sheet, const json_t *document) {
  static const struct sheet_column columns[] = {
      {.title = "List", .head = 1}, {.title = "Students", .right = 1}, {.title = "What it means", .wraps = 1}};
  size_t i, j;
  const json_t *list, *line;
  sheet_table(sheet, "What there is to see", columns, sizeof columns / sizeof *columns, "Nothing.");
  json_array_foreach(doc_list(document, "lists"), i, list) {
    char number[WORDS];
    words_number(number, doc_count(list, "n"));
    sheet_cell(sheet, "%s", doc_text(list, "title"));
    sheet_cell(sheet, "%s", number);
    sheet_cell(sheet, "%s", doc_text(list, "means"));
  }
  json_array_foreach(doc_list(document, "lists"), i, list) {
    if (json_array_size(doc_list(list, "lines")) == 0)
      continue;
    sheet_heading(sheet, SHEET_LEVEL_FIRST, "%s", doc_text(list, "title"));
    json_array_foreach(doc_list(list, "lines"), j, line) {
      char who[DOC_WHO];
      doc_who(who, document, doc_text(line, "student_id"));
      sheet_item(sheet, who, "%s", doc_text(line, "text"));
    }
    sheet_whole(sheet, (size_t)doc_count(list, "n"));
  }
}

static void digest_put(struct sheet *sheet, const json_t *document, const char *office_url) {
  char students[WORDS], since[WORDS];
  words_count(students, doc_count(document, "students"), "student", "students");
  words_day(since, doc_day(document, "previous_night"));
  sheet_text(sheet,
             doc_has(document, "previous_night") ? "You counsel %s. Changes are counted since the night of %s." : "You counsel %s.",
             students, since);
  digest_figures_put(sheet, document);
  digest_lists_put(sheet, document);
  link_put(sheet, office_url, "/", office_name);
  sheet_small(sheet, "Students you advise or counsel, and those of colleagues you cover for; nobody else's.");
}

/* ---------------------------------------------------------------- which */

static int brief_letter(const json_t *document, const char *office_url, struct sheet **ret) {
  const json_t *brief = doc_object(document, "brief");
  char url[LETTER_URL];
  const bool linked = *office_url && snprintf(url, sizeof url, "%s%s", office_url, doc_text(document, "path")) < (int)sizeof url;
  if (!doc_true(document, "names_on"))
    return sheet_brief_counts(brief, linked ? url : NULL, ret);
  int err = sheet_brief(brief, ret);
  if (!err && linked)
    sheet_link(*ret, url, "Open the brief in Stepguard");
  return err;
}

int sheet_letter(const struct letter_kind *kind, const json_t *document, const char *office_url, struct sheet **ret) {
  const struct words *words = words_of(kind);
  char subject[LETTER_SUBJECT];
  struct sheet *sheet = NULL;
  if (!json_is_object(document))
    return E_DATA;
  letter_subject(kind, document, subject);
  if (strcmp(kind->name, "brief") == 0) {
    int err = brief_letter(document, office_url, &sheet);
    if (err)
      return err;
  } else {
    sheet = sheet_new();
    if (!sheet)
      return E_NOMEM;
    frame_put(sheet, document, subject);
    if (strcmp(kind->name, "digest") == 0)
      digest_put(sheet, document, office_url);
    else if (strcmp(kind->name, "student_reminder") == 0)
      sheet_text(sheet, "%s", doc_text(document, "body"));
    else
      things_put(sheet, words, document, office_url);
  }
  if (*doc_text(document, "notice")) /* it has students in it */
    sheet_notice(sheet, "%s", doc_text(document, "notice"));
  choices_put(sheet, kind, office_url);
  int err = sheet_failed(sheet);
  if (err) {
    sheet_free(sheet);
    return err;
  }
  *ret = sheet;
  return E_OK;
}
