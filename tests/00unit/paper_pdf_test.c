/* Pages: the same bytes twice, nothing beyond a page, what belongs together on one, structure and bookmarks, any length. */
#include "paper/pdf.h"

#include "base/err.h"
#include "paper/document.h"
#include "paper/pdf_flow.h"
#include "proto/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cairo-pdf.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct sheet_column columns[] = {
    {.title = "Taken", .head = 1}, {.title = "What it was", .wraps = 1}, {.title = "Score", .right = 1}, {.title = "State"}};
enum { COLUMNS = sizeof columns / sizeof *columns, LONG = 12000, SECOND_MS = 1000 };

/* ---------------------------------------------------------------- sheets to print */

static char *words(size_t bytes) {
  static const char word[] = "lorem ipsum dolor ";
  char *text = malloc(bytes + 1);
  assert_non_null(text);
  for (size_t i = 0; i < bytes; i++)
    text[i] = word[i % (sizeof word - 1)];
  text[bytes] = '\0';
  return text;
}

static struct sheet *sheet_of(size_t rows, size_t cell_bytes) {
  struct sheet *sheet = sheet_new();
  char *text = words(cell_bytes);
  assert_non_null(sheet);
  sheet_title(sheet, "Viridian Hackberry", "a packet");
  sheet_meta(sheet, "North", 1796180400 * (int64_t)SECOND_MS, "en");
  sheet_foot(sheet, "North · a packet\nnot to be passed on");
  sheet_figure(sheet, SHEET_AT_RISK, "readiness", "at risk", "as of today");
  sheet_figure(sheet, SHEET_STATE_NONE, "P(pass)", "41 %", "22 % to 63 %");
  sheet_heading(sheet, 2, "Facts");
  sheet_fact(sheet, "short", "one");
  sheet_fact(sheet, "short too", "two");
  sheet_fact(sheet, "long", "%s", text);
  sheet_heading(sheet, 2, "Table");
  sheet_small(sheet, "what it is about");
  sheet_table(sheet, "Results", columns, COLUMNS, "none yet");
  for (size_t i = 0; i < rows; i++) {
    sheet_cell(sheet, "%zu", i);
    sheet_cell(sheet, "%s", i % 5 == 3 ? text : "short");
    sheet_cell(sheet, "%zu.0", 50 + i % 30);
    sheet_state_cell(sheet, (enum sheet_state)(1 + i % SHEET_STATES));
  }
  sheet_whole(sheet, rows + 2);
  sheet_heading(sheet, 3, "Lists");
  sheet_item(sheet, "1001", "%s", text);
  sheet_state_item(sheet, SHEET_ON_TRACK, "1002", "fine");
  sheet_text(sheet, "%s", text);
  sheet_link(sheet, "https://office.example/a'b", "a page");
  sheet_notice(sheet, "%s", text);
  free(text);
  return sheet;
}

static struct paper_bytes printed(const struct sheet *sheet, enum pdf_size size) {
  struct paper_bytes bytes = {0};
  assert_int_equal(paper_pdf_sized(sheet, size, &bytes), 0);
  assert_true(bytes.len > 1000 && memcmp(bytes.data, "%PDF-1.5", 8) == 0);
  return bytes;
}

static size_t occurrences(const struct paper_bytes *bytes, const char *needle) {
  size_t n = 0;
  const char *at = bytes->data, *end = bytes->data + bytes->len;
  while ((at = memmem(at, (size_t)(end - at), needle, strlen(needle)))) {
    n++;
    at += strlen(needle);
  }
  return n;
}

/* ---------------------------------------------------------------- the file */

static void the_same_bytes_twice(void **state) {
  (void)state;
  struct sheet *sheet = sheet_of(40, 300), *again = sheet_of(40, 300);
  struct paper_bytes one = printed(sheet, PDF_LETTER), two = printed(again, PDF_LETTER), bare;
  assert_int_equal(one.len, two.len);
  assert_memory_equal(one.data, two.data, one.len);
  assert_int_equal(paper_pdf(sheet, &bare), 0);
  assert_int_equal(bare.len, one.len);
  paper_bytes_done(&one);
  paper_bytes_done(&two);
  paper_bytes_done(&bare);
  sheet_free(sheet);
  sheet_free(again);
}

static void what_the_file_says_of_itself(void **state) {
  (void)state;
  struct sheet *sheet = sheet_of(40, 300);
  struct paper_bytes letter = printed(sheet, PDF_LETTER), a4 = printed(sheet, PDF_A4);
  assert_int_equal(occurrences(&letter, "/Title (Viridian Hackberry)"), 1);
  assert_int_equal(occurrences(&letter, "/Author (North)"), 1);
  assert_int_equal(occurrences(&letter, "/CreationDate (20261202030000Z)"), 1);
  assert_int_equal(occurrences(&letter, "/Marked true"), 2);   /* the catalogue has a second version */
  assert_int_equal(occurrences(&letter, "/Title (Lists)"), 1); /* a bookmark */
  assert_true(occurrences(&letter, "/S /TH") >= COLUMNS && occurrences(&letter, "/S /Table") == 1);
  assert_true(occurrences(&letter, "[ 0 0 612 792 ]") > 0 && occurrences(&a4, "[ 0 0 595") > 0);
  assert_int_equal(occurrences(&letter, "office.example/a"), 1);
  paper_bytes_done(&letter);
  paper_bytes_done(&a4);
  sheet_free(sheet);
}

/* As UTF-16 in the file; here of ASCII. */
static size_t said(const struct paper_bytes *bytes, const char *text) {
  char hex[4 * 64 + 1] = "";
  for (size_t i = 0; text[i] && i < 64; i++)
    snprintf(hex + 4 * i, 5, "%04X", (unsigned)text[i]);
  return occurrences(bytes, hex);
}

static void what_cairo_cannot_say_is_said_behind_it(void **state) {
  (void)state;
  const struct chart_point point = {.label = "", .counts = {1, 2, 3, 4}};
  struct chart chart = {
      .kind = CHART_STATES, .title = "One", .message = "first message", .told = true, .points = &point, .points_n = 1};
  struct sheet *sheet = sheet_of(40, 300);
  sheet_chart(sheet, &chart);
  chart.message = "second message";
  sheet_chart(sheet, &chart);
  sheet_meta(sheet, "North", 0, "de-AT");
  struct paper_bytes bytes = printed(sheet, PDF_LETTER);
  assert_int_equal(occurrences(&bytes, "/Lang (de-AT)"), 1);
  assert_int_equal(occurrences(&bytes, "/DisplayDocTitle true"), 1);
  assert_int_equal(occurrences(&bytes, "/Alt <FEFF"), 2);
  assert_int_equal(said(&bytes, "One. first message"), 1);
  assert_int_equal(said(&bytes, "One. second message"), 1);
  assert_int_equal(occurrences(&bytes, "/Scope /Column"), COLUMNS);
  assert_int_equal(occurrences(&bytes, "/Scope /Row"), 40);
  assert_int_equal(occurrences(&bytes, "%%EOF"), 2);
  paper_bytes_done(&bytes);
  sheet_meta(sheet, "North", 0, "no) language");
  bytes = printed(sheet, PDF_LETTER);
  assert_int_equal(occurrences(&bytes, "/Lang (en)"), 1);
  paper_bytes_done(&bytes);
  sheet_free(sheet);
}

static void a_sheet_of_nothing_is_a_page(void **state) {
  (void)state;
  struct sheet *sheet = sheet_new();
  struct paper_bytes bytes = printed(sheet, PDF_LETTER);
  assert_int_equal(occurrences(&bytes, "/Type /Page %"), 1);
  paper_bytes_done(&bytes);
  sheet_free(sheet);
}

static void a_failure_is_kept(void **state) {
  (void)state;
  struct sheet *sheet = sheet_new();
  struct paper_bytes bytes;
  char *text = words(SHEET_TEXT_BYTES - 1);
  for (size_t i = 0; i <= SHEET_CAP_BYTES / SHEET_TEXT_BYTES; i++)
    sheet_text(sheet, "%s", text);
  assert_int_equal(sheet_failed(sheet), E_LIMIT);
  assert_int_equal(paper_pdf(sheet, &bytes), E_LIMIT);
  free(text);
  sheet_free(sheet);
}

/* ---------------------------------------------------------------- the pages */

struct laid {
  struct pdf pdf;
  cairo_surface_t *surface;
};

static cairo_status_t nowhere(void *arg, const unsigned char *data, unsigned int length) {
  (void)arg, (void)data, (void)length;
  return CAIRO_STATUS_SUCCESS;
}

static void lay(struct laid *laid, const struct sheet *sheet) {
  *laid = (struct laid){.pdf = {.sheet = sheet, .measure = 516, .room = 690}};
  laid->surface = cairo_pdf_surface_create_for_stream(nowhere, NULL, 612, 792);
  laid->pdf.cairo = cairo_create(laid->surface);
  laid->pdf.layout = pdf_type_layout(laid->pdf.cairo);
  assert_int_equal(pdf_flow_make(&laid->pdf), 0);
  pdf_flow_page(&laid->pdf);
}

static void lay_done(struct laid *laid) {
  g_object_unref(laid->pdf.layout);
  cairo_destroy(laid->pdf.cairo);
  cairo_surface_destroy(laid->surface);
  pdf_flow_done(&laid->pdf);
}

static double head_height(const struct pdf *pdf, size_t i) {
  const struct pdf_atom *atom = &pdf->atoms[i];
  while (i > 0 && pdf->atoms[i].block == atom->block && pdf->atoms[i].kind == PDF_ATOM_ROW)
    i--;
  return pdf->atoms[i].kind == PDF_ATOM_TABLE_HEAD ? pdf->atoms[i].height : 0;
}

/* Atoms follow each other down the page, none over its end, and a page begins at the top, or under the head that is repeated. */
static void check_pages(const struct pdf *pdf) {
  double end = 0;
  for (size_t i = 0; i < pdf->atoms_n; i++) {
    const struct pdf_atom *atom = &pdf->atoms[i], *last = i > 0 ? atom - 1 : NULL;
    if (atom->kind == PDF_ATOM_BREAK)
      continue;
    const bool fresh = last && atom->page != last->page;
    assert_true(atom->page < pdf->pages && (!last || atom->page == last->page || atom->page == last->page + 1));
    if (fresh)
      assert_true(fabs(atom->y - (atom->kind == PDF_ATOM_ROW ? head_height(pdf, i) : 0)) < 0.01);
    else
      assert_true(atom->y >= end - 0.01);
    end = atom->y + atom->height;
    assert_true(atom->height > 0 && end <= pdf->room + 0.01);
  }
}

static void nothing_goes_over_the_page(void **state) {
  (void)state;
  static const size_t rows[] = {0, 1, 2, 31, 32, 33, 200}, bytes[] = {0, 300, LONG};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (size_t k = 0; k < sizeof bytes / sizeof *bytes; k++) {
      struct sheet *sheet = sheet_of(rows[i] > 10 && bytes[k] > 300 ? 10 : rows[i], bytes[k]);
      struct laid laid;
      lay(&laid, sheet);
      check_pages(&laid.pdf);
      lay_done(&laid);
      sheet_free(sheet);
    }
}

/* The first thing of a page is preceded by nothing that wanted to stay with it, unless that is longer than a page. */
static void what_belongs_together_stays_together(void **state) {
  (void)state;
  for (size_t above = 0; above < 60; above++) {
    struct sheet *sheet = sheet_new();
    struct laid laid;
    for (size_t i = 0; i < above; i++)
      sheet_text(sheet, "line");
    sheet_heading(sheet, 2, "Heading");
    sheet_table(sheet, "Caption", columns, COLUMNS, "");
    for (size_t i = 0; i < 9 * COLUMNS; i++)
      sheet_cell(sheet, "cell");
    sheet_heading(sheet, 2, "Another");
    sheet_text(sheet, "%s", "one\ntwo\nthree\nfour\nfive");
    lay(&laid, sheet);
    for (size_t i = 1; i < laid.pdf.atoms_n; i++)
      if (laid.pdf.atoms[i].page != laid.pdf.atoms[i - 1].page)
        assert_false(laid.pdf.atoms[i - 1].keep);
    check_pages(&laid.pdf);
    lay_done(&laid);
    sheet_free(sheet);
  }
}

static void a_break_begins_a_page_and_two_are_one(void **state) {
  (void)state;
  struct sheet *sheet = sheet_new();
  struct laid laid;
  sheet_page_break(sheet);
  sheet_text(sheet, "first");
  sheet_page_break(sheet);
  sheet_page_break(sheet);
  sheet_text(sheet, "second");
  sheet_page_break(sheet);
  lay(&laid, sheet);
  assert_int_equal(laid.pdf.pages, 2);
  lay_done(&laid);
  sheet_free(sheet);
}

static void columns_stay_in_the_measure(void **state) {
  (void)state;
  const struct sheet_column many[] = {{.title = "Antidisestablishmentarianism", .right = 1},
                                      {.title = "b"},
                                      {.title = "c", .wraps = 1},
                                      {.title = "d"},
                                      {.title = "e"},
                                      {.title = "f", .head = 1},
                                      {.title = "g"},
                                      {.title = "h"},
                                      {.title = "i"},
                                      {.title = "j"},
                                      {.title = "k"},
                                      {.title = "l", .wraps = 1}};
  for (size_t n = 1; n <= SHEET_COLUMNS; n++)
    for (size_t bytes = 0; bytes < 400; bytes += 199) {
      struct sheet *sheet = sheet_new();
      struct laid laid;
      char *text = words(bytes);
      sheet_table(sheet, "", many, n, "");
      for (size_t i = 0; i < n; i++)
        sheet_cell(sheet, "%s", i % 3 == 1 ? text : "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch");
      lay(&laid, sheet);
      const struct pdf_columns *columns_laid = laid.pdf.columns[0];
      for (size_t i = 0; i < n; i++) {
        assert_true(columns_laid->width[i] > 0 && columns_laid->x[i] + columns_laid->width[i] <= laid.pdf.measure + 0.01);
        assert_true(i == 0 || columns_laid->x[i] > columns_laid->x[i - 1] + columns_laid->width[i - 1]);
      }
      lay_done(&laid);
      free(text);
      sheet_free(sheet);
    }
}

/* ---------------------------------------------------------------- words that documents share */

static void parts_add_up_as_printed(void **state) {
  (void)state;
  double parts[] = {77.04, -18.66, -17.35, 9.35, -14.75, 5.57};
  const size_t n = sizeof parts / sizeof *parts;
  double all = 0, printed_all = 0;
  for (size_t i = 0; i < n; i++)
    all += parts[i];
  document_round(parts, n, 1);
  for (size_t i = 0; i < n; i++) {
    assert_true(fabs(parts[i] * 10 - round(parts[i] * 10)) < 1e-6);
    printed_all += parts[i];
  }
  assert_true(fabs(printed_all - round(all * 10) / 10) < 1e-6);
  document_round(parts, 0, 1);
}

static void codes_are_said_as_on_the_pages(void **state) {
  (void)state;
  char text[WORDS];
  document_plain(text, "in_person");
  assert_string_equal(text, "in person");
  document_instrument(text, "cbssa", "31");
  assert_string_equal(text, "CBSSA 31");
  document_instrument(text, "free120", "Free 120");
  assert_string_equal(text, "Free 120");
  document_instrument(text, "our_own_exam", "");
  assert_string_equal(text, "our own exam");
  document_score(text, 47.46, "percent");
  assert_string_equal(text, "47.5 %");
  document_score(text, NAN, "epc");
  assert_string_equal(text, "none");
  document_points(text, -11.04, 1);
  assert_string_equal(text, "−11.0");
  document_shares(text, 0, 1);
  assert_string_equal(text, "0\u00a0% to 100\u00a0%");
  char clipped[DOCUMENT_CLIPPED], many[2 * DOCUMENT_CLIPPED];
  document_clip(clipped, "short");
  assert_string_equal(clipped, "short");
  for (size_t shift = 0; shift < 3; shift++) { /* three bytes a character */
    for (size_t i = 0; i < sizeof many - 1; i++)
      many[i] = i < shift ? 'a' : "\u6749"[(i - shift) % 3];
    many[sizeof many - 1 - (sizeof many - 1 - shift) % 3] = '\0';
    document_clip(clipped, many);
    assert_true(utf8_valid(clipped, strlen(clipped)) && strstr(clipped, "… (the rest is in the ledger)"));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_bytes_twice),
      cmocka_unit_test(what_the_file_says_of_itself),
      cmocka_unit_test(what_cairo_cannot_say_is_said_behind_it),
      cmocka_unit_test(a_sheet_of_nothing_is_a_page),
      cmocka_unit_test(a_failure_is_kept),
      cmocka_unit_test(nothing_goes_over_the_page),
      cmocka_unit_test(what_belongs_together_stays_together),
      cmocka_unit_test(a_break_begins_a_page_and_two_are_one),
      cmocka_unit_test(columns_stay_in_the_measure),
      cmocka_unit_test(parts_add_up_as_printed),
      cmocka_unit_test(codes_are_said_as_on_the_pages),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
