/*
 * What leaves as a file: a night's report, the report of a class, an accreditation bundle, a student's packet for a committee, each
 * in any of the forms of `forms`.
 *
 *   paper_run ── api.<...>_paper ──> paper_came ──lane──> paper_make ──> paper_made ── api.looked ──> the answer
 *
 * The database gives one document, says no to whoever may take no file (the right "export", a fresh proof), and whose records are
 * in it; those are on the trail before a byte leaves. Pages are set on a lane of their own with one thread: a bundle of a hundred
 * pages takes a second, in which nobody's password would be looked at on the other, and Pango's caches are a thread's. One
 * paper at a time for a session, a few at once for all: who wants two waits for the first.
 *
 * The same document gives the same bytes, so a file can be compared with the one that was handed out, and If-None-Match works.
 *
 * Rejected: keeping files (a second copy of records to guard and to delete); making them in the browser (other fonts, other bytes,
 * no page numbers, and nothing for programs).
 */
#include "office/api.h"

#include "base/err.h"
#include "paper/build.h"
#include "paper/paper.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 160, ABOUT = 2 };

/* ---------------------------------------------------------------- what there is */

enum form { FORM_CSV, FORM_HTML, FORM_JSON, FORM_PDF, FORM_TEXT, FORMS };

static const struct {
  const char *name; /* in the address, and at the end of the file's name */
  const char *media;
} forms[FORMS] = {
    [FORM_CSV] = {"csv", "text/csv; charset=utf-8"},    [FORM_HTML] = {"html", "text/html; charset=utf-8"},
    [FORM_JSON] = {"json", "application/json"},         [FORM_PDF] = {"pdf", "application/pdf"},
    [FORM_TEXT] = {"txt", "text/plain; charset=utf-8"},
};

struct kind {
  const char *name;         /* of the file */
  const char *about[ABOUT]; /* the parameters that tell one from another; they follow in the name */
  bool dated;               /* and so does the day it is of: another day it says something else */
  enum stmt stmt;
  int (*build)(const json_t *document, struct sheet **ret);
};

/* One of them from its question to its answer; the lane's while it is there. */
struct paper {
  struct call *call;
  const struct kind *kind;
  enum form form;
  char *text; /* the document as it came, heap */
  size_t text_len;
  struct api_seen seen; /* heap */
  struct paper_bytes made;
  char day[sizeof "2027-01-31"];
  int err;
  bool done;
};

/* ---------------------------------------------------------------- one at a time */

static uint64_t *place_of(struct office *office, uint64_t who) {
  for (size_t i = 0; i < OFFICE_PAPERS; i++)
    if (office->papers[i] == who)
      return &office->papers[i];
  return NULL;
}

static void paper_free(void *work) {
  struct paper *paper = work;
  *place_of(paper->call->office, call_number(paper->call)) = 0;
  paper_bytes_done(&paper->made);
  api_seen_done(&paper->seen);
  if (paper->text)
    explicit_bzero(paper->text, paper->text_len);
  free(paper->text);
}

/* True when it may be made; otherwise the call has been answered. From here on its end gives the place back. */
static bool place_take(struct call *call, struct paper *paper) {
  const uint64_t who = call_number(call);
  const bool second = place_of(call->office, who);
  uint64_t *place = second ? NULL : place_of(call->office, 0);
  if (place) {
    *place = who;
    call->work = paper;
    call->work_done = paper_free;
    return true;
  }
  call_problem(call, &(struct problem){.status = second ? 429 : 503,
                                       .code = second ? "one_at_a_time" : "busy",
                                       .detail = second ? "Another file of yours is being made."
                                                        : "Too many files are being made at this moment.",
                                       .remedy = "Ask again in a moment.",
                                       .retry_after_s = OFFICE_RETRY_S});
  return false;
}

/* ---------------------------------------------------------------- on the lane */

static int paper_render(const struct paper *paper, const json_t *document, struct paper_bytes *ret) {
  static const struct paper_html whole = {.images = PAPER_INLINE};
  struct sheet *sheet = NULL;
  if (paper->form == FORM_JSON)
    return paper_json(document, ret);
  int err = paper->kind->build(document, &sheet);
  if (!err)
    err = paper->form == FORM_PDF    ? paper_pdf(sheet, ret)
          : paper->form == FORM_HTML ? paper_html(sheet, &whole, ret, NULL)
          : paper->form == FORM_CSV  ? paper_csv(sheet, ret)
                                     : paper_text(sheet, ret);
  sheet_free(sheet);
  return err;
}

static void paper_make(void *arg) {
  struct paper *paper = arg;
  json_t *document = json_loadb(paper->text, paper->text_len, 0, NULL);
  if (paper->kind->dated)
    snprintf(paper->day, sizeof paper->day, "%s", api_text(document, "day"));
  paper->err = document ? paper_render(paper, document, &paper->made) : E_NOMEM;
  json_decref(document);
  paper->done = true;
}

/* ---------------------------------------------------------------- on the loop */

/* Names of parameters come from a path: what is no letter, digit, point or hyphen becomes one. */
static void name_add(char name[NAME_BYTES], const char *text) {
  size_t n = strlen(name);
  if (n + 1 < NAME_BYTES)
    name[n++] = '-';
  for (; *text && n + 1 < NAME_BYTES; text++)
    name[n++] = isalnum((unsigned char)*text) || *text == '.' ? *text : '-';
  name[n] = '\0';
}

static bool name_put(struct call *call, const struct paper *paper) {
  char name[NAME_BYTES] = "stepguard";
  name_add(name, paper->kind->name);
  for (size_t i = 0; i < ABOUT && paper->kind->about[i]; i++) {
    const char *given = params_get(&call->params, paper->kind->about[i]);
    if (given && *given)
      name_add(name, given);
  }
  if (*paper->day)
    name_add(name, paper->day);
  const char *value = arena_printf(&call->arena, "attachment; filename=\"%s.%s\"", name, forms[paper->form].name);
  return value && call_header(call, "Content-Disposition", value);
}

static void paper_made(void *arg) {
  struct paper *paper = arg;
  struct call *call = paper->call;
  if (!paper->done || paper->err == E_NOMEM || (!paper->err && !name_put(call, paper)))
    call_failed(call, E_BUSY, NULL);
  else if (paper->err)
    api_refuse_field(call, "form", "too_large", "This is too much for one file; ask for less of it.");
  else
    api_show(call, 200, forms[paper->form].media, paper->made.data, paper->made.len, &paper->seen);
}

static void paper_came(void *arg, int err, const PGresult *res) {
  struct call *call = arg;
  struct paper *paper = call->work;
  if (err || !call_is_reply(res)) {
    api_failed(call, err ? err : E_DATABASE, res);
    return;
  }
  call_prove(call);
  paper->text = strdup(cell_text(res, 0, REPLY_BODY));
  if (!paper->text || api_seen_copy(res, &paper->seen) < 0) {
    call_failed_memory(call);
    return;
  }
  paper->text_len = strlen(paper->text);
  if (lane_run(call->office->paper_lane, paper_make, paper_made, paper) < 0)
    call_failed(call, E_BUSY, NULL);
}

static void paper_run(struct call *call, const struct kind *kind) {
  const char *wanted = params_get(&call->params, "form");
  enum form form = 0;
  while (form < FORMS && strcmp(forms[form].name, wanted) != 0)
    form++;
  if (form == FORMS) {
    call_problem(call, &(struct problem){.status = 404,
                                         .code = "not_found",
                                         .detail = "There is no such form.",
                                         .remedy = "There are pdf, html, csv, json and txt.",
                                         .field = "form"});
    return;
  }
  struct paper *paper = arena_zalloc(&call->arena, 1, sizeof *paper);
  if (!paper) {
    call_failed_memory(call);
    return;
  }
  *paper = (struct paper){.call = call, .kind = kind, .form = form};
  if (place_take(call, paper))
    call_ask(call, kind->stmt, call_document(call), paper_came);
}

/* ---------------------------------------------------------------- the routes */

void packet_file_handle(struct call *call) {
  static const struct kind kind = {"packet", {"student"}, true, STMT_OFFICE(packet_paper), sheet_packet};
  paper_run(call, &kind);
}

void report_accreditation_file_handle(struct call *call) {
  static const struct kind kind = {
      "accreditation", {"from", "to"}, false, STMT_OFFICE(report_accreditation_paper), sheet_accreditation};
  paper_run(call, &kind);
}

void report_class_file_handle(struct call *call) {
  static const struct kind kind = {"class", {"class_year"}, true, STMT_OFFICE(report_class_paper), sheet_class};
  paper_run(call, &kind);
}

void report_night_file_handle(struct call *call) {
  static const struct kind kind = {"brief", {"night"}, false, STMT_OFFICE(report_night_paper), sheet_brief};
  paper_run(call, &kind);
}
