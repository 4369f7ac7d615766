/* The brief against a page written by hand, and against documents that lack things: a newer or older database. */
#include "report/brief.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static const char document_text[] =
    "{\"school\": \"School of the tests\", \"school_code\": \"demo\", \"zone\": \"America/New_York\", \"night\": \"2026-03-02\","
    " \"as_of\": \"2026-03-02T08:00:00+00:00\", \"parameters\": \"default-2\", \"previous_night\": \"2026-03-01\", \"students\": 4,"
    " \"waiting\": 2, \"counts\": {\"at_risk\": 1, \"borderline\": 1, \"on_track\": 1, \"cannot_say\": 1},"
    " \"lists\": [{\"code\": \"new\", \"title\": \"New\", \"n\": 2, \"lines\": [{\"student_id\": \"17\", \"severity\": \"warning\","
    "              \"text\": \"P(pass) is 34 % (80 % interval 20 % to 51 %) with the exam in 12 days.\"}]},"
    "             {\"code\": \"silent\", \"title\": \"Gone silent\", \"n\": 0, \"lines\": []}],"
    " \"imports\": [], \"feeds\": [{\"text\": \"Devices: Students' devices are in contact.\", \"ok\": true}],"
    " \"did_not_run\": [{\"student_id\": \"4\", \"text\": \"5000 results are more than an estimate is made of (4096)\"}],"
    " \"evaluated\": {\"assessed\": 3, \"results\": 41}}";

static const char page[] = "Brief for the night of 2026-03-02\n"
                           "  School of the tests (demo), as of 2026-03-02 03:00 (America/New_York)\n"
                           "  Changes are counted since 2026-03-01. Parameters: default-2.\n"
                           "\n"
                           "Where the class stands\n"
                           "  ▲ at risk          1\n"
                           "  ◆ borderline       1\n"
                           "  ● on track         1\n"
                           "  ○ cannot say       1\n"
                           "  4 students, 3 estimated from 41 results; 2 need a person.\n"
                           "\n"
                           "New (2)\n"
                           "  17         P(pass) is 34 % (80 % interval 20 % to 51 %) with the exam in 12\n"
                           "             days.\n"
                           "  and 1 more\n"
                           "\n"
                           "Gone silent (0)\n"
                           "  none\n"
                           "\n"
                           "Imports\n"
                           "  none\n"
                           "\n"
                           "Feeds\n"
                           "  Devices: Students' devices are in contact.\n"
                           "\n"
                           "What did not run\n"
                           "  student 4: 5000 results are more than an estimate is made of (4096)\n";

static json_t *document(void) {
  json_error_t fault;
  json_t *ret = json_loads(document_text, 0, &fault);
  assert_non_null(ret);
  return ret;
}

static void the_page(void **state) {
  (void)state;
  struct zone *zone = zone_load("America/New_York");
  struct brief_bytes bytes;
  json_t *of = document();
  assert_int_equal(brief_text(of, zone, &bytes), 0);
  assert_string_equal(bytes.data, page);
  assert_int_equal(bytes.len, strlen(page));
  free(bytes.data);
  json_decref(of);
  zone_free(zone);
}

static void whoever_asks_gets_the_same_page(void **state) {
  (void)state;
  struct zone *zone = zone_load("America/New_York");
  struct brief_bytes bytes;
  json_t *of = document();
  setenv("COLUMNS", "200", 1);
  setenv("LC_ALL", "C", 1);
  setenv("TZ", "Asia/Tokyo", 1);
  assert_int_equal(brief_text(of, zone, &bytes), 0);
  assert_string_equal(bytes.data, page);
  free(bytes.data);
  json_decref(of);
  zone_free(zone);
}

/* Each thing left out in turn, at the top and one below: a page all the same. */
static void nothing_is_taken_for_granted(void **state) {
  (void)state;
  struct zone *zone = zone_load("UTC");
  json_t *whole = document();
  const char *key;
  json_t *value;
  json_object_foreach(whole, key, value) {
    struct brief_bytes bytes;
    json_t *less = json_deep_copy(whole);
    json_object_set_new(less, key, json_null());
    assert_int_equal(brief_text(less, zone, &bytes), 0);
    free(bytes.data);
    if (json_is_array(value)) {
      json_object_set_new(less, key, json_pack("[n,{},i,s]", 3, "x"));
      assert_int_equal(brief_text(less, zone, &bytes), 0);
      free(bytes.data);
    }
    json_decref(less);
  }
  json_decref(whole);
  zone_free(zone);
}

static void json_comes_out_as_it_went_in(void **state) {
  (void)state;
  struct brief_bytes first, second;
  json_error_t fault;
  json_t *of = json_pack("{s:f,s:f,s:i,s:f}", "b", 1.0 / 3, "a", 1.0, "c", 1, "d", 1e-9);
  assert_int_equal(brief_json(of, &first), 0);
  json_t *again = json_loads(first.data, 0, &fault);
  assert_int_equal(brief_json(again, &second), 0);
  assert_string_equal(first.data, second.data);
  assert_string_equal(first.data, "{\n  \"a\": 1.0,\n  \"b\": 0.333333,\n  \"c\": 1,\n  \"d\": 1e-9\n}\n");
  free(first.data);
  free(second.data);
  json_decref(of);
  json_decref(again);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_page),
      cmocka_unit_test(whoever_asks_gets_the_same_page),
      cmocka_unit_test(nothing_is_taken_for_granted),
      cmocka_unit_test(json_comes_out_as_it_went_in),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
