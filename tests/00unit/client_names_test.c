/* What makers call things, and how days are written: tables of cases, each a form that was met in a file. */
#include "client/dates.h"
#include "client/decode.h"
#include "client/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void exams(void **arg) {
  (void)arg;
  static const struct {
    const char *written, *code, *form; /* code NULL: not known */
  } cases[] = {
      {"NBME 26", "cbssa", "26"},
      {"nbme form 31", "cbssa", "31"},
      {"Comp Basic Sci SELF Form 25", "cbssa", "25"},
      {"Comp Basic Sci Form 1", "cbse", "1"},
      {"Comprehensive Basic Science Self-Assessment", "cbssa", ""},
      {"CBSE", "cbse", ""},
      {"UWSA1", "uwsa1", ""},
      {"UWSA 2", "uwsa2", ""},
      {"UWorld Self Assessment 3", "uwsa3", ""},
      {"UWSA", NULL, NULL},
      {"UWorld self-assessment", NULL, NULL},
      {"UWSA12", NULL, NULL},
      {"Free120", "free120", ""},
      {"Free 120 (old)", "free120_old", ""},
      {"UWorld Block 12", "qbank_uworld", "12"},
      {"UWorld", "qbank_uworld", ""},
      {"UWorldly", NULL, NULL},
      {"AMBOSS", NULL, NULL}, /* the bank or the self-assessment: nobody can say */
      {"AMBOSS qbank", "qbank_amboss", ""},
      {"Comp Clin Sci SELF Form 1", NULL, NULL},
      {"", NULL, NULL},
      {"NBME aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char code[LIMIT_INSTRUMENT_CHARS + 1], form[LIMIT_FORM_CHARS + 1];
    bool known = names_exam(cases[i].written, code, form);
    if (known != (cases[i].code != NULL))
      fail_msg("\"%s\" is %s", cases[i].written, known ? code : "not known");
    if (!known)
      continue;
    assert_string_equal(code, cases[i].code);
    assert_string_equal(form, cases[i].form);
    assert_non_null(catalogue_instrument(code));
  }
}

/* The numbers in names.c are those of the catalogue. */
static void topics_and_rows_lead_to_areas(void **arg) {
  (void)arg;
  static const struct {
    const char *written, *axis, *code;
  } rows[] = {
      {"Cardiovascular System", "system", "cardiovascular"},
      {"Gastrointestinal and Nutrition", "system", "gastrointestinal"},
      {"RENAL, URINARY SYSTEMS & ELECTROLYTES", "system", "respiratory_renal"},
      {"Social Sciences (Ethics/Legal/Professional)", "system", "social_sciences"},
      {"Miscellaneous (Multisystem)", "system", "multisystem"},
      {"Pathology", "discipline", "pathology"},
      {"Pathophysiology", "discipline", "pathology"},
      {"Genetics", "discipline", "genetics"},
      {"Histology", "discipline", "histology"},
  };
  size_t len;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const struct names_uworld *row = names_uworld_row(rows[i].written, strlen(rows[i].written), &len);
    assert_non_null(row);
    assert_int_equal(len, strlen(rows[i].written) - (rows[i].written[strlen(rows[i].written) - 1] == ')'));
    assert_int_equal(row->area, catalogue_area(rows[i].axis, rows[i].code)->number);
    assert_int_equal(row->subject, strcmp(rows[i].axis, "discipline") == 0);
  }
  assert_int_equal(names_uworld_row("General Principles 1/2", 22, &len)->area, 0);
  assert_null(names_uworld_row("Pathologysts", 12, &len));
  assert_null(names_uworld_row("", 0, &len));
  static const struct {
    const char *topic, *system; /* NULL: of none */
  } topics[] = {{"Cardio: congenital disorders", "cardiovascular"},
                {"Renal/Urin: x", "respiratory_renal"},
                {"F Repro", "reproductive_endocrine"},
                {"GenPrin: fungal structure", NULL}};
  uint8_t topic, system;
  for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
    assert_true(names_nbme_topic(topics[i].topic, strcspn(topics[i].topic, ":"), &topic, &system));
    assert_string_equal(catalogue_area_number(topic)->axis, "topic");
    assert_int_equal(system, topics[i].system != NULL ? catalogue_area("system", topics[i].system)->number : 0);
  }
  assert_false(names_nbme_topic("Cardiology: x", 10, &topic, &system));
  for (size_t i = 0; i < catalogue_areas_n; i++) { /* every topic has its place */
    const struct area *area = &catalogue_areas[i];
    if (strcmp(area->axis, "topic") == 0)
      assert_true(names_nbme_topic(area->name, strlen(area->name), &topic, &system) && topic == area->number);
  }
  assert_int_equal(names_nbme_task("Diagnosis"), catalogue_area("competency", "diagnosis")->number);
  assert_int_equal(names_nbme_task("Principles of EBM"), catalogue_area("competency", "practice_based_learning")->number);
  assert_int_equal(names_nbme_task("Something new"), 0);
}

static void days(void **arg) {
  (void)arg;
  static const struct {
    const char *written;
    enum dates_kind kind;
    const char *iso; /* with the month first where that is open */
  } cases[] = {
      {"2026-03-14", DATES_ISO, "2026-03-14"},
      {"2026-03-14T10:00:00Z", DATES_ISO, "2026-03-14T10:00:00Z"},
      {"2026/3/4", DATES_PLAIN, "2026-03-04"},
      {"3/14/2026", DATES_MDY_ONLY, "2026-03-14"},
      {"14/3/2026", DATES_DMY_ONLY, "2026-03-14"},
      {"3/4/26", DATES_AMBIGUOUS, "2026-03-04"},
      {"3/3/2026", DATES_PLAIN, "2026-03-03"},
      {"14.3.2026", DATES_PLAIN, "2026-03-14"},
      {"4.3.26", DATES_PLAIN, "2026-03-04"},
      {"14-Mar-26", DATES_PLAIN, "2026-03-14"},
      {"Mar 14, 2026", DATES_PLAIN, "2026-03-14"},
      {"14 march 2026", DATES_PLAIN, "2026-03-14"},
      {"Sept 5 2025", DATES_PLAIN, "2025-09-05"},
      {"46095", DATES_PLAIN, "2026-03-14"},
      {"46095.5", DATES_PLAIN, "2026-03-14T12:00:00-05:00"},
      {"46095.99999", DATES_PLAIN, "2026-03-14T23:59:00-05:00"},
      {"9/20/2023 | 10:29PM", DATES_MDY_ONLY, "2023-09-20T22:29:00-05:00"},
      {"9/20/2023 12:05 am", DATES_MDY_ONLY, "2023-09-20T00:05:00-05:00"},
      {"2026-03-14 22:29", DATES_PLAIN, "2026-03-14T22:29:00-05:00"},
      {"2026-02-30", DATES_NONE, NULL},
      {"2/30/2026", DATES_NONE, NULL},
      {"13/13/2026", DATES_NONE, NULL},
      {"3/14/226", DATES_NONE, NULL},
      {"3/14/2026 25:00", DATES_NONE, NULL},
      {"3/14/2026 13:00PM", DATES_NONE, NULL},
      {"3-14/2026", DATES_NONE, NULL},
      {"12345", DATES_NONE, NULL},
      {"99999", DATES_NONE, NULL},
      {"460955", DATES_NONE, NULL},
      {"yesterday", DATES_NONE, NULL},
      {"Ma 3 2026", DATES_NONE, NULL},
      {"", DATES_NONE, NULL},
      {"12", DATES_NONE, NULL},
      {"3/14", DATES_NONE, NULL},
      {"3/14/", DATES_NONE, NULL},
      {"Mar", DATES_NONE, NULL},
      {"////", DATES_NONE, NULL},
  };
  char iso[DATES_TEXT];
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    enum dates_kind kind = dates_read(cases[i].written, DATES_MDY, -5 * 3600, iso);
    if (kind != cases[i].kind || (cases[i].iso != NULL && strcmp(iso, cases[i].iso) != 0))
      fail_msg("\"%s\" is %d, %s", cases[i].written, (int)kind, iso);
  }
  assert_int_equal(dates_read("3/4/2026", DATES_DMY, 0, iso), DATES_AMBIGUOUS);
  assert_string_equal(iso, "2026-04-03");
  assert_int_equal(dates_read("3/4/2026", DATES_UNCLEAR, 0, iso), DATES_AMBIGUOUS);
  assert_string_equal(iso, "2026-04-03"); /* not touched */
}

static void characters(void **arg) {
  (void)arg;
  static const struct {
    const char *bytes;
    size_t len;
    const char *text;
    size_t text_len;
    uint64_t odd_line;
    bool utf16;
  } cases[] = {
#define CASE(bytes, text, odd, utf16) {bytes, sizeof(bytes) - 1, text, sizeof(text) - 1, odd, utf16}
      CASE("", "", 0, false),
      CASE("plain\n", "plain\n", 0, false),
      CASE("\xef\xbb\xbf"
           "a",
           "a", 0, false),
      CASE("\xff\xfe"
           "a\0\xe9\0",
           "a\xc3\xa9", 0, true),
      CASE("\xfe\xff\0a\0\xe9", "a\xc3\xa9", 0, true),
      CASE("s\0c\0o\0r\0e\0,\0x\0\n\0", "score,x\n", 0, true),
      CASE("\0s\0c\0o\0r\0e\0,\0x\0\n", "score,x\n", 0, true),
      CASE("\xff\xfe\x3d\xd8\x00\xde", "\xf0\x9f\x98\x80", 0, true),
      CASE("\xff\xfe\x3d\xd8", "\xef\xbf\xbd", 0, true),
      CASE("\xff\xfe"
           "a\0b",
           "a", 0, true),
      CASE("a\nb\xe9\nc", "a\nb\xc3\xa9\nc", 2, false),
      CASE("a\r\n\x93x\x94", "a\r\n\xe2\x80\x9cx\xe2\x80\x9d", 2, false),
      CASE("\x81", "\xef\xbf\xbd", 1, false),
      CASE("\xc3\xa9\xe9", "\xc3\xa9\xc3\xa9", 1, false),
      CASE("a\0b", "a\0b", 0, false),
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct decoded decoded;
    assert_int_equal(decode_text((const uint8_t *)cases[i].bytes, cases[i].len, &decoded), 0);
    if (decoded.len != cases[i].text_len || memcmp(decoded.text, cases[i].text, decoded.len) != 0)
      fail_msg("case %zu gives %zu bytes: %s", i, decoded.len, decoded.text);
    assert_int_equal(decoded.text[decoded.len], 0);
    assert_int_equal(decoded.odd_line, cases[i].odd_line);
    assert_int_equal(decoded.utf16, cases[i].utf16);
    free(decoded.text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(exams), cmocka_unit_test(topics_and_rows_lead_to_areas),
                                     cmocka_unit_test(days), cmocka_unit_test(characters)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
