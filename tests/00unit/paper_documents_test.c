/* Packet, class and bundle of any document: a good one says what is in it, a broken one is rendered or refused, in every form. */
#include "base/err.h"
#include "paper/build.h"
#include "paper/paper.h"
#include "proto/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/00unit/broken_json.h"

enum { ROUNDS = 150, PRINTED_EVERY = 25, CHANGES_MOST = 6 };

#define HEAD                                                                                                                       \
  "'school': 'Wollemi', 'zone': 'America/New_York', 'as_of': '2027-01-15T08:00:00Z', 'day': '2027-01-15', 'notice': 'N. (99.33)',"

static const char packet[] =
    "{" HEAD
    "'redacted': false, 'student': {'student_id': '1001', 'given_name': 'Viridian', 'family_name': 'Hackberry', 'class_year': 2028,"
    "'track': 'us_md', 'adviser_email': 'ida@school.example'}, 'plan': {'attempt': 2, 'exam_day': '2027-02-01', 'taken': false},"
    "'attempts': [{'attempt': 1, 'taken_on': '2026-06-01', 'outcome': 'fail'}, {'attempt': 2, 'planned_on': '2027-02-01'}],"
    "'calendar': {'last_safe_on': '2027-01-20', 'attempts_used': 1, 'attempts_left': 3, 'breaks': ['Too late.'], 'permit_to': "
    "'2027-03-01'},"
    "'lines': {'pass_line': 62, 'floor': 0.85, 'ceiling': 0.95}, 'course': [{'night': '2027-01-13', 'mean': 58, 'sd': 3, 'state': "
    "'at_risk'},"
    "{'night': '2027-01-14', 'mean': 59, 'sd': 2.8, 'state': 'at_risk'}], 'assessment': {'state': 'at_risk', 'as_of': "
    "'2027-01-15T08:00:00Z',"
    "'p': 0.41, 'p_low': 0.22, 'p_high': 0.63, 'readiness_mean': 59.4, 'readiness_sd': 2.6, 'exam_mean': 61, 'exam_sd': 3.4,"
    "'results_used': 9, 'exam_day': '2027-02-01', 'parameters': 'v1', 'today': {'p': 0.24, 'p_low': 0.05, 'p_high': 0.5},"
    "'reasons': [{'code': 'base_rate', 'points': 0.77, 'text': 'B.'}, {'code': 'result:cbssa', 'points': -0.362, 'text': 'R.'},"
    "{'code': 'growth', 'points': 0.002, 'text': 'G.'}]}, 'results': [{'on': '2027-01-10', 'instrument': 'cbssa', 'form': '31', "
    "'scale': 'epc',"
    "'score': 58, 'mode': 'timed', 'repeat': true, 'omitted': 3, 'corrected': true, 'source': 'student'}, {'on': '2027-01-02',"
    "'instrument': 'qbank_uworld', 'score': 60, 'scale': 'percent'}], 'areas': [{'name': 'Pathology', 'items': 40, 'correct': 20,"
    "'difference': -5.2, 'weak': true}], 'clearance': {'state': 'conditional', 'worse': true, 'policy': {'title': 'P', 'version': "
    "3},"
    "'proposal': {'proposal': 'does_not_meet', 'due_on': '2027-01-20', 'findings': [{'path': '/require/all/0/checks', 'truth': "
    "false,"
    "'found': {'fitting': 3, 'reaching': 1}}, {'path': '/require/all/1/not/p_pass', 'truth': true, 'found': {'p': 0.41, 'p_low': "
    "0.2}}]},"
    "'require': {'all': [{'checks': {'at_least': 2, 'of': [{'instrument': 'cbssa', 'scale': 'epc', 'min_score': 66}], 'timed': "
    "true,"
    "'within_days': 30}}, {'not': {'p_pass': {'at_least': 0.3}}}, {'any': [{'state': {'in': ['on_track']}}, {'exam': {'planned': "
    "true}},"
    "{'attempt': {'most': 2}}, {'last_check': {'of': [{'instrument': 'cbse', 'scale': 'epc'}], 'within_days_of_exam': 28}}]}]},"
    "'decisions': [{'state': 'conditional', 'attempt': 2, 'decided_at': '2027-01-05T08:00:00Z', 'policy_version': 3, "
    "'valid_until': "
    "'2027-02-01', 'staff': {'name': 'Saffron Alder'}, 'role': 'dean', 'reason': 'Because.', 'conditions': 'A check.'}]},"
    "'case': {'state': 'in_progress', 'state_since': '2027-01-01', 'owner': 'Ida Larch', 'reasons': ['Low.'], 'contacts_n': 1, "
    "'contacts':"
    "[{'on': '2027-01-04', 'channel': 'in_person', 'outcome': 'met', 'by': 'Ida Larch'}], 'plan': [{'kind': 'study_plan', 'state': "
    "'agreed',"
    "'from': '2027-01-05', 'until': null}]}}";

static const char class[] =
    "{" HEAD
    "'class_year': 2028, 'small_cell': 10, 'cohort': {'students': [{'name': 'to_sit', 'n': 40}, {'name': 'passed', 'n': null}],"
    "'states': [{'state': 'at_risk', 'n': 12}, {'state': 'on_track', 'n': 28}], 'pass_line': 62, 'readiness': {'n': 40, 'q1': 60, "
    "'median': 65,"
    "'q3': 70, 'bins': [{'from': 58, 'to': 60, 'n': 20}, {'from': 60, 'to': 62, 'n': null}]}, 'p': {'bins': []}}, 'exams': {'n': "
    "30, 'items':"
    "[{'from': '2027-01-18', 'to': '2027-01-24', 'n': 12, 'states': [{'state': 'at_risk', 'n': 3}]}, {'from': '2027-01-25', 'n': "
    "null}]},"
    "'funnel': {'since': '2026-07-01', 'until': '2027-01-15', 'stages': [{'word': 'met', 'definition': 'M.', 'n': 12, 'through': "
    "null,"
    "'median_days': 3.5}]}, 'areas': {'window_days': 120, 'pass_line': 62, 'least_items': 25, 'areas': [{'axis': 'system', 'area': "
    "'a', 'name':"
    "'Area'}], 'cells': [{'all': true, 'axis': 'system', 'area': 'a', 'n': 30, 'items': 900, 'percent': 61, 'estimate': 60.5, "
    "'weak': 12},"
    "{'all': true, 'axis': 'system', 'area': 'b', 'n': null}, {'all': false}]}, 'classes': {'classes': [{'class_year': 2027, 'n': "
    "50,"
    "'first_attempts': {'n': 48, 'share': 0.9, 'low': 0.8, 'high': 0.96}, 'weeks': [{'week': -8, 'median': 60, 'n': 40}, {'week': "
    "0}]},"
    "{'class_year': null, 'n': null, 'first_attempts': {'hidden': true}}]}}";

static const char bundle[] =
    "{" HEAD
    "'from': '2026-07-01', 'to': '2027-06-30', 'small_cell': 10, 'students': {'n': 90, 'classes': [{'class_year': 2028, 'n': 90},"
    "{'class_year': null, 'n': null}]}, 'reach': [{'term': 'Enrolled', 'said': 'exact', 'n': 90, 'k': 80, 'share': 0.89, 'low': "
    "0.8, 'high': "
    "0.94}, {'term': 'Sent a result', 'said': 'all_but_few', 'n': 90, 'bound': 81}, {'term': 'Came up', 'said': 'few', 'n': 90, "
    "'bound': 9}],"
    "'followed': [{'term': 'Met', 'said': 'too_few'}], 'contact': {'q1': 1, 'median': 2, 'q3': 4, 'bands': [{'name': 'later', 'n': "
    "null}]},"
    "'outcomes': [{'state': 'at_risk', 'said': 'hidden', 'n': 20}, {'state': 'none', 'said': 'exact', 'n': 0, 'k': 0}, {'state': "
    "'all', 'said':"
    "'exact', 'n': 90, 'k': 90, 'share': 1, 'low': 0.96, 'high': 1}], 'decisions': [{'name': 'not_cleared', 'n': 12}], "
    "'resolutions': [],"
    "'definitions': [{'term': 'Met', 'words': 'A meeting.'}]}";

static const struct kind {
  const char *good;
  int (*build)(const json_t *document, struct sheet **ret);
  const char *says[8]; /* in this order */
} kinds[] = {
    {packet,
     sheet_packet,
     {"Viridian Hackberry", "24\u00a0%", "1\u00a0smaller reason", "CBSSA 31", "at least 2: CBSSA", "not: P(pass)", "Saffron Alder",
      "in person: met (Ida Larch)"}},
    {class,
     sheet_class,
     {"Class of 2028", "40", "hidden", "at risk: 12", "From being flagged", "Area", "2027", "80\u00a0% to 96\u00a0%"}},
    {bundle,
     sheet_accreditation,
     {"Jul\u00a01, 2026", "no class year", "at least 81", "at least 90", "at most 9", "not estimated", "100\u00a0%", "A meeting."}},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static json_t *good_document(const char *good) {
  char *text = strdup(good);
  assert_non_null(text);
  for (char *at = text; *at; at++)
    *at = *at == '\'' ? '"' : *at;
  json_t *document = json_loads(text, 0, NULL);
  assert_non_null(document);
  free(text);
  return document;
}

static void check_forms(const struct sheet *sheet, bool printed) {
  struct paper_bytes bytes;
  assert_int_equal(paper_text(sheet, &bytes), 0);
  assert_true(utf8_valid(bytes.data, bytes.len));
  paper_bytes_done(&bytes);
  assert_int_equal(paper_csv(sheet, &bytes), 0);
  assert_true(utf8_valid(bytes.data, bytes.len));
  paper_bytes_done(&bytes);
  if (!printed)
    return;
  assert_int_equal(paper_pdf(sheet, &bytes), 0);
  assert_true(bytes.len > 1000 && memcmp(bytes.data + bytes.len - 6, "%%EOF\n", 6) == 0);
  paper_bytes_done(&bytes);
}

static void a_good_document_says_what_is_in_it(void **state) {
  (void)state;
  for (size_t i = 0; i < KINDS; i++) {
    json_t *document = good_document(kinds[i].good);
    struct sheet *sheet = NULL;
    struct paper_bytes text;
    assert_int_equal(kinds[i].build(document, &sheet), 0);
    check_forms(sheet, true);
    assert_int_equal(paper_text(sheet, &text), 0);
    for (size_t k = 0; k < sizeof kinds[i].says / sizeof *kinds[i].says; k++)
      if (!strcasestr(text.data, kinds[i].says[k]))
        fail_msg("\"%s\" is not in\n%s", kinds[i].says[k], text.data);
    assert_non_null(strstr(text.data, "N. (99.33)"));
    paper_bytes_done(&text);
    sheet_free(sheet);
    json_decref(document);
  }
}

static void a_broken_document_is_rendered_or_refused(void **state) {
  (void)state;
  for (uint32_t round = 1; round <= ROUNDS; round++)
    for (size_t i = 0; i < KINDS; i++) {
      json_t *document = good_document(kinds[i].good);
      struct sheet *sheet = NULL;
      broken_begin(round);
      for (uint32_t changes = 1 + broken_any(CHANGES_MOST); changes > 0; changes--)
        break_object(document, 0);
      const int err = kinds[i].build(document, &sheet);
      assert_true(err == 0 || err == E_LIMIT || err == E_DATA);
      if (!err)
        check_forms(sheet, round % PRINTED_EVERY == 0);
      sheet_free(sheet);
      json_decref(document);
    }
}

static void what_is_no_object_is_refused_and_an_empty_one_is_not(void **state) {
  (void)state;
  json_t *list = json_array(), *empty = json_object();
  for (size_t i = 0; i < KINDS; i++) {
    struct sheet *sheet = NULL;
    assert_int_equal(kinds[i].build(NULL, &sheet), E_DATA);
    assert_int_equal(kinds[i].build(list, &sheet), E_DATA);
    assert_null(sheet);
    assert_int_equal(kinds[i].build(empty, &sheet), 0);
    check_forms(sheet, true);
    sheet_free(sheet);
  }
  json_decref(list);
  json_decref(empty);
}

static void redacted_it_has_no_case(void **state) {
  (void)state;
  json_t *document = good_document(packet);
  struct sheet *sheet = NULL;
  struct paper_bytes text;
  json_object_set_new(document, "redacted", json_true());
  assert_int_equal(sheet_packet(document, &sheet), 0);
  assert_int_equal(paper_text(sheet, &text), 0);
  assert_null(strstr(text.data, "Case and contacts"));
  assert_non_null(strstr(text.data, "Committee packet, redacted"));
  paper_bytes_done(&text);
  sheet_free(sheet);
  json_decref(document);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_good_document_says_what_is_in_it),
      cmocka_unit_test(a_broken_document_is_rendered_or_refused),
      cmocka_unit_test(what_is_no_object_is_refused_and_an_empty_one_is_not),
      cmocka_unit_test(redacted_it_has_no_case),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
