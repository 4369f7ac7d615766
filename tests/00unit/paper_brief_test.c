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

enum { ROUNDS = 400, PICTURES_EVERY = 40, CHANGES_MOST = 6, LONG = 40 * 1000 };

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

static uint32_t seed;

static uint32_t any(uint32_t below) { /* xorshift: the same breaks each time */
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed % below;
}

static json_t *long_string(void) {
  static const char *const pieces[] = {"a", "\u6749", "<b>&amp;", "\u202e", "\n", "\"", ",", "=", "\U0001f393"};
  static char text[LONG + 8];
  size_t len = 0, piece = any(sizeof pieces / sizeof *pieces);
  while (len < LONG) {
    size_t n = strlen(pieces[piece]);
    memcpy(text + len, pieces[piece], n);
    len += n;
  }
  return json_stringn(text, len);
}

static json_t *any_value(void) {
  switch (any(16)) {
  case 0: return json_null();
  case 1: return json_true();
  case 2: return json_integer(-1);
  case 3: return json_integer(INT64_MAX);
  case 4: return json_integer(INT64_MIN);
  case 5: return json_real(1e308);
  case 6: return json_real(-0.5);
  case 7: return json_string("");
  case 8: return json_string("9999-12-31");
  case 9: return json_string("0000-01-01T00:00:00Z");
  case 10: return json_stringn_nocheck("\xff\xc3(\xed\xa0\x80", 6);
  case 11: return json_stringn("a\0b", 3);
  case 12: return json_array();
  case 13: return json_object();
  case 14: return long_string();
  default: return json_string("\u05d0\u202e\a=1+1\r\n,\"\u2028");
  }
}

static void break_object(json_t *object, int depth);

static void break_value(json_t *value, int depth) {
  if (json_is_object(value))
    break_object(value, depth);
  else if (json_is_array(value) && json_array_size(value) > 0 && any(3) == 0)
    json_array_set_new(value, any((uint32_t)json_array_size(value)), any_value());
  else if (json_is_array(value) && json_array_size(value) > 0)
    break_value(json_array_get(value, any((uint32_t)json_array_size(value))), depth + 1);
  else if (json_is_array(value))
    json_array_append_new(value, any_value());
}

/* One member of it, or something inside that, is gone or something else. */
static void break_object(json_t *object, int depth) {
  uint32_t at = any((uint32_t)json_object_size(object) + 1), i = 0;
  const char *key;
  json_t *value;
  json_object_foreach(object, key, value) if (i++ == at) {
    if (depth < 4 && (json_is_object(value) || json_is_array(value)) && any(4) > 0)
      break_value(value, depth + 1);
    else if (any(4) == 0)
      json_object_del(object, key);
    else
      json_object_set_new(object, key, any_value());
    return;
  }
}

static void a_broken_document_is_rendered_or_refused(void **state) {
  (void)state;
  for (uint32_t round = 1; round <= ROUNDS; round++) {
    json_t *document = good_document();
    seed = round * 2654435761u;
    for (uint32_t changes = 1 + any(CHANGES_MOST); changes > 0; changes--)
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
