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
  assert_true(finding->warning || *remedy); /* each says what to do */
  if (!finding->warning)
    told->len += (size_t)snprintf(told->text + told->len, sizeof told->text - told->len, "%" PRIu64 " %s\n", finding->line,
                                  finding->column ? finding->column : "-");
}

static const struct {
  const char *kind, *file, *rows, *findings;
} cases[] = {
    {"roster", "Student ID,Last-Name\n1,Pine\n2,\n", "2\t1\tPine\n3\t2\t\n", ""},
    {"roster", "id,class_year\n1,2028\n2,x\n3,02030\n", "2\t1\t2028\n4\t3\t2030\n", "3 class_year\n"},
    {"roster", "id,track,status\n1,US_MD,Gone\n2,US_MD,Leave\n", "3\t2\tus_md\tleave\n", "2 status\n"},
    {"roster", "id,email\n,a@b.c\n1,a@b@c\n2,a@b.c\n", "4\t2\ta@b.c\n", "2 student_id\n3 email\n"},
    {"plans", "id,attempt,planned_on,permit_from,permit_to\n1,1,2027-01-01,2027-02-01,2027-01-01\n2,0,2027-01-01,,\n3,1,,,\n", "",
     "2 permit_to\n3 attempt\n4 planned_on\n"},
    {"plans", "id,attempt,taken_on,outcome,outcome_known_on\n1,1,,pass,\n2,1,2026-02-01,pass,2026-01-01\n", "",
     "2 outcome\n3 outcome_known_on\n"},
    {"official_scores",
     "id,exam,date,score,scale\n1,CBSE,2026-01-01,68.5,\n2,cbse,2026-01-01,168,epc\n3,cbse,2026-01-01,600,NBME800\n4,school_exam,"
     "2026-01-01,100.01,\n",
     "2\t1\tcbse\t2026-01-01\t6850\t\n4\t3\tcbse\t2026-01-01\t60000\tnbme800\n", "3 score\n5 score\n"},
    {"advisers",
     "Student ID,Advisor,Start Date,Until\n007,a@b.c,,2027-06-30\n2,,,\n3,a@b.c,2027-01-02,2027-01-01\n4,a@b.c,1/2/2027,\n",
     "2\t007\ta@b.c\t\t2027-06-30\n", "3 adviser_email\n4 until\n5 from\n"},
};

static void rows_and_findings(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct told told = {.len = 0};
    struct intake *intake =
        intake_new(intake_table_named(cases[i].kind), INTAKE_ALL, ROWS_BYTES, &(struct intake_handler){on_finding, NULL, &told});
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
  struct intake *intake = intake_new(&intake_roster, INTAKE_ALL, ROWS_BYTES, &(struct intake_handler){on_finding, NULL, &told});
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
  struct intake *intake = intake_new(&intake_roster, 2, ROWS_BYTES, &(struct intake_handler){on_finding, NULL, &told});
  assert_int_equal(intake_feed(intake, file, strlen(file)), E_INVALID);
  assert_int_equal(intake_finish(intake), E_INVALID);
  assert_string_equal(told.text, "4 -\n");
  intake_free(intake);
  intake = intake_new(&intake_roster, INTAKE_ALL, 10, &(struct intake_handler){on_finding, NULL, &told});
  assert_int_equal(intake_feed(intake, file, strlen(file)), E_LIMIT);
  assert_int_equal(intake_finish(intake), E_LIMIT);
  intake_free(intake);
  assert_null(intake_table_named("people"));
}

/* ---------------------------------------------------------------- piece by piece */

struct pieces {
  struct told told;
  size_t lines, longest, most; /* most: the piece that is one too many; 0 for none */
  unsigned n;
};

static int on_rows(void *arg, const char *text, size_t len) {
  struct pieces *pieces = arg;
  assert_int_equal(strlen(text), len);
  assert_int_equal(text[len - 1], '\n');
  for (size_t i = 0; i < len; i++)
    pieces->lines += text[i] == '\n';
  pieces->longest = len > pieces->longest ? len : pieces->longest;
  return ++pieces->n == pieces->most ? E_DATABASE : 0;
}

static int rows_fed(struct intake *intake, size_t rows) {
  char row[64];
  int err = intake_feed(intake, "id,family_name\n", strlen("id,family_name\n"));
  for (size_t i = 0; !err && i < rows; i++) {
    snprintf(row, sizeof row, "%zu,Hackberry of the long hedge behind the mill\n", i);
    err = intake_feed(intake, row, strlen(row));
  }
  return err;
}

static void pieces_are_whole_rows_and_no_longer_for_a_longer_file(void **state) {
  (void)state;
  enum { ROWS = 100 * 1000 };
  struct pieces pieces = {.most = 0};
  struct intake *intake =
      intake_new(&intake_roster, INTAKE_ALL, 2 * INTAKE_PIECE_BYTES, &(struct intake_handler){on_finding, on_rows, &pieces});
  assert_int_equal(rows_fed(intake, ROWS), 0);
  assert_int_equal(intake_finish(intake), 0);
  assert_int_equal(pieces.lines, ROWS);
  assert_in_range(pieces.n, 4, 10);
  assert_in_range(pieces.longest, 1, INTAKE_PIECE_BYTES + 100);
  intake_free(intake);
}

static void who_takes_the_rows_can_end_it(void **state) {
  (void)state;
  struct pieces pieces = {.most = 2};
  struct intake *intake =
      intake_new(&intake_roster, INTAKE_ALL, 2 * INTAKE_PIECE_BYTES, &(struct intake_handler){on_finding, on_rows, &pieces});
  assert_int_equal(rows_fed(intake, 100 * 1000), E_DATABASE);
  assert_int_equal(intake_finish(intake), E_DATABASE);
  assert_int_equal(pieces.n, 2);
  intake_free(intake);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_and_findings),
      cmocka_unit_test(what_was_taken_for_what),
      cmocka_unit_test(too_many_rows_and_too_many_bytes),
      cmocka_unit_test(pieces_are_whole_rows_and_no_longer_for_a_longer_file),
      cmocka_unit_test(who_takes_the_rows_can_end_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
