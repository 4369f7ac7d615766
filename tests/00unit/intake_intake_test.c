/* Files of rows: what is taken, what is refused and where, and that what stands in a cell is in no reason. */
#include "intake/intake.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TEXT = 4096, ROWS_BYTES = 64 * 1024 };

struct told {
  char text[TEXT];
  size_t len;
};

static void on_finding(void *arg, const struct csv_finding *finding, const char *remedy) {
  struct told *told = arg;
  assert_true(finding->warning || remedy || strchr(finding->reason, ';')); /* each says what to do */
  if (!finding->warning)
    told->len += (size_t)snprintf(told->text + told->len, sizeof told->text - told->len, "%" PRIu64 " %s\n", finding->line,
                                  finding->column ? finding->column : "-");
}

static const struct {
  const char *kind, *file, *rows, *findings;
} cases[] = {
    {"roster", "Student ID,Last-Name\n1,Pine\n2,\n",
     "[{\"line\":2,\"student_id\":\"1\",\"family_name\":\"Pine\"},{\"line\":3,\"student_id\":\"2\",\"family_name\":null}]", ""},
    {"roster", "id,class_year\n1,2028\n1,2029\n2,x\n3,2030\n",
     "[{\"line\":2,\"student_id\":\"1\",\"class_year\":2028},{\"line\":5,\"student_id\":\"3\",\"class_year\":2030}]",
     "3 student_id\n4 class_year\n"},
    {"roster", "id,track,status\n1,US_MD,Gone\n", "[]", "2 status\n"},
    {"roster", "id,email\n,a@b.c\n1,a@b@c\n2,a@b.c\n", "[{\"line\":4,\"student_id\":\"2\",\"email\":\"a@b.c\"}]",
     "2 student_id\n3 email\n"},
    {"plans", "id,attempt,planned_on,permit_from,permit_to\n1,1,2027-01-01,2027-02-01,2027-01-01\n2,0,2027-01-01,,\n3,1,,,\n", "[]",
     "2 permit_to\n3 attempt\n4 planned_on\n"},
    {"plans", "id,attempt,taken_on,outcome,outcome_known_on\n1,1,,pass,\n2,1,2026-02-01,pass,2026-01-01\n", "[]",
     "2 outcome\n3 outcome_known_on\n"},
    {"official_scores",
     "id,exam,date,score,scale\n1,CBSE,2026-01-01,68.5,\n2,cbse,2026-01-01,168,epc\n3,cbse,2026-01-01,600,NBME800\n4,school_exam,"
     "2026-01-01,100.01,\n",
     "[{\"line\":2,\"student_id\":\"1\",\"instrument\":\"cbse\",\"taken_on\":\"2026-01-01\",\"score\":6850,\"scale\":null},"
     "{\"line\":4,\"student_id\":\"3\",\"instrument\":\"cbse\",\"taken_on\":\"2026-01-01\",\"score\":60000,\"scale\":\"nbme800\"}]",
     "3 score\n5 score\n"},
};

static void rows_and_findings(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct told told = {.len = 0};
    struct intake *intake =
        intake_new(intake_table_named(cases[i].kind), INTAKE_ALL, ROWS_BYTES, &(struct intake_handler){on_finding, &told});
    assert_non_null(intake);
    for (const char *at = cases[i].file; *at; at++) /* in the smallest pieces there are */
      assert_int_equal(intake_feed(intake, at, 1), 0);
    assert_int_equal(intake_finish(intake), 0);
    assert_string_equal(intake_rows(intake), cases[i].rows);
    assert_string_equal(told.text, cases[i].findings);
    const struct intake_counts *counts = intake_counted(intake);
    assert_int_equal(counts->read, counts->good + counts->refused);
    intake_free(intake);
  }
}

static void what_was_taken_for_what(void **state) {
  (void)state;
  struct told told = {.len = 0};
  struct buf out;
  const char file[] = "Student ID,\"Shoe \"\"size\"\"\",Given\n1,44,Teal\n";
  struct intake *intake = intake_new(&intake_roster, INTAKE_ALL, ROWS_BYTES, &(struct intake_handler){on_finding, &told});
  assert_int_equal(intake_feed(intake, file, strlen(file)), 0);
  assert_int_equal(intake_finish(intake), 0);
  buf_init(&out, ROWS_BYTES);
  intake_put_header(intake, &out);
  intake_put_ignored(intake, &out);
  buf_put_u8(&out, '\0');
  assert_non_null(strstr((const char *)out.data, "{\"field\":\"student_id\",\"header\":\"Student ID\",\"required\":true,"));
  assert_non_null(strstr((const char *)out.data, "{\"field\":\"given_name\",\"header\":\"Given\",\"required\":false,"));
  assert_non_null(strstr((const char *)out.data, "{\"field\":\"email\",\"header\":null,"));
  assert_non_null(strstr((const char *)out.data, "[\"Shoe \\\"size\\\"\"]"));
  assert_int_equal(intake_counted(intake)->warnings, 1);
  buf_done(&out);
  intake_free(intake);
}

static void too_many_rows_and_too_many_bytes(void **state) {
  (void)state;
  const char file[] = "id\n1\n2\n3\n";
  struct told told = {.len = 0};
  struct intake *intake = intake_new(&intake_roster, 2, ROWS_BYTES, &(struct intake_handler){on_finding, &told});
  assert_int_equal(intake_feed(intake, file, strlen(file)), E_INVALID);
  assert_int_equal(intake_finish(intake), E_INVALID);
  assert_string_equal(told.text, "4 -\n");
  intake_free(intake);
  intake = intake_new(&intake_roster, INTAKE_ALL, 40, &(struct intake_handler){on_finding, &told});
  assert_int_equal(intake_feed(intake, file, strlen(file)), E_LIMIT);
  assert_int_equal(intake_finish(intake), E_LIMIT);
  intake_free(intake);
  assert_null(intake_table_named("people"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_and_findings),
      cmocka_unit_test(what_was_taken_for_what),
      cmocka_unit_test(too_many_rows_and_too_many_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
