/*
 * The brief of any document: the forms of a good one are held against golden files in tests/35paper; here the document is broken in
 * every way that JSON allows, and what comes out is always whole, or nothing.
 */
#include "paper/build.h"
#include "paper/paper.h"

#include "base/err.h"
#include "base/term.h"
#include "proto/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/00unit/broken_json.h"

enum { ROUNDS = 400, PICTURES_EVERY = 40, CHANGES_MOST = 6 };

static const char good[] =
    "{'school': 'Wollemi', 'school_code': 'W', 'zone': 'America/New_York', 'night': '2027-01-15', 'as_of': '2027-01-15T08:00:00Z',"
    "'parameters': 'v1', 'previous_night': '2027-01-14', 'students': 3, 'assessed': 3, 'waiting': 1, 'capacity': 12,"
    "'counts': {'at_risk': 1, 'borderline': 1, 'on_track': 1, 'cannot_say': 0}, 'before': {'at_risk': 0, 'borderline': 2, "
    "'on_track': 1},"
    "'trend': [{'night': '2027-01-14', 'at_risk': 0, 'borderline': 2, 'on_track': 1}, {'night': '2027-01-15', 'at_risk': 1}],"
    "'exams_by_week': [{'from': '2027-01-15', 'to': '2027-01-21', 'at_risk': 1}, {'from': '2027-01-22'}],"
    "'lists': [{'code': 'new', 'title': 'New', 'means': 'M.', 'known': 'night', 'n': 2, 'lines': [{'student_id': '1001', 'text': "
    "'T.',"
    "'state': 'at_risk', 'p': 0.5, 'exam_day': '2027-02-01', 'days_to_exam': 17, 'severity': 'urgent'}]},"
    "{'code': 'silent', 'title': 'Gone silent', 'means': 'S.', 'known': 'written', 'n': 0, 'lines': []}],"
    "'imports': [{'text': 'I.'}], 'feeds': [{'text': 'F.', 'ok': false}], 'did_not_run': [{'text': 'D.', 'student_id': '1001'}],"
    "'evaluated': {'students': 3, 'assessed': 3, 'results': 9, 'flags': 1}, 'told': {'brief': 1}, 'notice': 'N.',"
    "'names': {'1001': 'Viridian Hackberry'}, 'own': false}";

static json_t *good_document(void) {
  char text[sizeof good];
  for (size_t i = 0; i < sizeof good; i++)
    text[i] = good[i] == '\'' ? '"' : good[i];
  json_t *document = json_loads(text, 0, NULL);
  assert_non_null(document);
  return document;
}

/* ---------------------------------------------------------------- what must hold of every form */

static void assert_csv_is_rectangular(const struct paper_bytes *csv) {
  size_t columns = 0, cells = 1;
  bool quoted = false;
  for (const char *at = csv->data; *at; at++) {
    quoted ^= *at == '"';
    cells += *at == ',' && !quoted;
    if (*at != '\n' || quoted)
      continue;
    assert_true(at > csv->data && at[-1] == '\r');
    columns = columns ? columns : cells;
    assert_int_equal(cells, columns);
    cells = 1;
  }
  assert_false(quoted);
}

static void assert_text_is_narrow(const struct paper_bytes *text) {
  for (char *line = text->data, *end; *line; line = end + 1) {
    end = strchr(line, '\n');
    assert_non_null(end);
    *end = '\0';
    if (!strstr(line, "http"))
      assert_in_range(term_columns(line), 0, 80);
  }
}

static void assert_html_is_whole(const struct paper_bytes *html) {
  static const char end[] = "</html>\n";
  assert_true(html->len >= sizeof end && strcmp(html->data + html->len - (sizeof end - 1), end) == 0);
  assert_null(strstr(html->data, "<script"));
}

static void check_forms(const struct sheet *sheet, bool pictures) {
  static const struct paper_html mail = {.images = PAPER_ATTACHED, .most_bytes = PAPER_MAIL_BYTES};
  struct paper_bytes bytes;
  struct paper_attached attached;
  assert_int_equal(paper_csv(sheet, &bytes), 0);
  assert_true(utf8_valid(bytes.data, bytes.len));
  assert_csv_is_rectangular(&bytes);
  paper_bytes_done(&bytes);
  assert_int_equal(paper_text(sheet, &bytes), 0);
  assert_true(utf8_valid(bytes.data, bytes.len));
  assert_text_is_narrow(&bytes);
  paper_bytes_done(&bytes);
  if (!pictures)
    return;
  int err = paper_html(sheet, &mail, &bytes, &attached);
  assert_true(err == 0 || err == E_LIMIT);
  if (err)
    return;
  assert_true(utf8_valid(bytes.data, bytes.len) && bytes.len <= PAPER_MAIL_BYTES);
  assert_html_is_whole(&bytes);
  paper_bytes_done(&bytes);
  paper_attached_done(&attached);
}

static void check(const json_t *document, bool pictures) {
  struct sheet *sheet = NULL;
  int err = sheet_brief(document, &sheet);
  assert_true(err == 0 || err == E_LIMIT || err == E_DATA);
  if (!err)
    check_forms(sheet, pictures);
  sheet_free(sheet);
  sheet = NULL;
  err = sheet_brief_counts(document, "https://office.example/", &sheet);
  assert_true(err == 0 || err == E_DATA);
  if (!err)
    check_forms(sheet, pictures);
  sheet_free(sheet);
}

/* ---------------------------------------------------------------- breaking it */

static void a_broken_document_is_rendered_or_refused(void **state) {
  (void)state;
  for (uint32_t round = 1; round <= ROUNDS; round++) {
    json_t *document = good_document();
    broken_begin(round);
    for (uint32_t changes = 1 + broken_any(CHANGES_MOST); changes > 0; changes--)
      break_object(document, 0);
    check(document, round % PICTURES_EVERY == 0);
    json_decref(document);
  }
}

static void what_is_no_object_is_refused(void **state) {
  (void)state;
  json_t *const values[] = {NULL, json_null(), json_array(), json_string("brief"), json_integer(1), json_true()};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    struct sheet *sheet = NULL;
    assert_int_equal(sheet_brief(values[i], &sheet), E_DATA);
    assert_int_equal(sheet_brief_counts(values[i], NULL, &sheet), E_DATA);
    assert_null(sheet);
    json_decref(values[i]);
  }
  json_t *empty = json_object();
  check(empty, true);
  json_decref(empty);
}

static void more_than_a_sheet_takes_is_refused(void **state) {
  (void)state;
  json_t *document = good_document(), *lines = json_array(), *text = long_string();
  for (int i = 0; i < 5000; i++)
    json_array_append_new(lines, json_pack("{s:O}", "text", text));
  json_object_set_new(document, "imports", lines);
  struct sheet *sheet = NULL;
  assert_int_equal(sheet_brief(document, &sheet), E_LIMIT);
  assert_null(sheet);
  json_decref(text);
  json_decref(document);
}

static void without_students_nobody_is_named(void **state) {
  (void)state;
  json_t *document = good_document();
  struct sheet *sheet = NULL;
  struct paper_bytes text;
  assert_int_equal(sheet_brief_counts(document, NULL, &sheet), 0);
  assert_int_equal(paper_text(sheet, &text), 0);
  assert_null(strstr(text.data, "1001"));
  assert_null(strstr(text.data, "Hackberry"));
  assert_null(strstr(text.data, "T."));
  assert_non_null(strstr(text.data, "New"));
  paper_bytes_done(&text);
  assert_int_equal(paper_csv(sheet, &text), 0);
  assert_null(strstr(text.data, "1001"));
  paper_bytes_done(&text);
  sheet_free(sheet);
  json_decref(document);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_broken_document_is_rendered_or_refused),
      cmocka_unit_test(what_is_no_object_is_refused),
      cmocka_unit_test(more_than_a_sheet_takes_is_refused),
      cmocka_unit_test(without_students_nobody_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
