/* A past class from files: what is taken, what is a finding and where, and what was known of a student on a day. */
#include "study/past.h"

#include "base/err.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[256], seen[4096], reason[PAST_REASON];

#define ID(n) "0190a5a0-0000-7000-8000-00000000000" #n

static int set_up(void **state) {
  (void)state;
  const char *tmp = getenv("TMPDIR");
  snprintf(directory, sizeof directory, "%s/past_test.XXXXXX", tmp ? tmp : "/tmp");
  seen[0] = '\0';
  return mkdtemp(directory) ? 0 : -1;
}

static int tear_down(void **state) {
  static const char *const names[] = {"results.csv", "students.csv", "exams.csv", "subscores.csv"};
  char path[512];
  (void)state;
  for (size_t i = 0; i < 4; i++)
    if (past_file(path, sizeof path, directory, names[i]))
      assert_int_equal(unlink(path), 0);
  return rmdir(directory);
}

static void put(const char *name, const char *text) {
  char path[512], why[FILE_REASON];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  assert_int_equal(file_write(path, text, strlen(text), 0600, false, why), 0);
}

/* "exams.csv:3 attempt" and so on, a line each. */
static void note(void *arg, const char *file, const struct csv_finding *finding) {
  size_t len = strlen(seen);
  (void)arg;
  assert_true(finding->reason[0] != '\0');
  if (!finding->warning)
    snprintf(seen + len, sizeof seen - len, "%s:%d %s\n", strrchr(file, '/') + 1, (int)finding->line,
             finding->column ? finding->column : "-");
}

static int read_class(struct past **ret) {
  const struct past_options options = {.directory = directory, .finding = note};
  return past_read(&options, ret, reason);
}

static int32_t day_of(const char *text) {
  int32_t day = 0;
  assert_int_equal(result_parse_day(text, &day), 0);
  return day;
}

static void a_class_is_put_in_order(void **state) {
  (void)state;
  struct past *past = NULL;
  put("results.csv", "student_id,result_id,instrument,form,taken_at,score\n"
                     "b," ID(1) ",cbssa,31,2026-03-05T10:00:00Z,65\n"
                                "a," ID(2) ",cbssa,31,2026-03-09T10:00:00Z,66\n"
                                           "b," ID(3) ",uwsa1,,2026-03-01,210\n"
                                                      "a," ID(4) ",cbssa,30,2026-02-09T10:00:00Z,61.5\n");
  put("students.csv", "student_id,track,dedicated_start,given_name\nc,us_do,2026-02-01,X\na,non_us,,Y\n");
  put("subscores.csv", "result_id,axis,area,items,correct\n" ID(2) ",system,development,6,4\n" ID(1) ",system,development,5,5\n" ID(
                           2) ",system,blood_immune,20,11\n");
  assert_int_equal(read_class(&past), 0);
  assert_string_equal(seen, "");
  assert_int_equal(past->students_n, 3);
  assert_int_equal(past->results_n, 4);
  assert_int_equal(past->results_most, 2);
  assert_string_equal(past_student_id(past, 0), "a");
  assert_string_equal(past_student_id(past, 2), "c");
  assert_int_equal(past->students[0].track, RISK_TRACK_NON_US);
  assert_int_equal(past->students[1].track, RISK_TRACK_US_MD);
  assert_int_equal(past->students[2].dedicated_day, day_of("2026-02-01"));
  const struct past_result *first = &past->results[past->students[0].results_at];
  struct result full;
  assert_int_equal(first->score_centi, 6150);
  assert_string_equal(past_form(past, first), "30");
  past_result_fill(past, &first[1], &full);
  assert_string_equal(full.instrument, "cbssa");
  assert_string_equal(full.form, "31");
  assert_int_equal(full.subs, 2);
  assert_int_equal(full.sub_items[1], 20);
  assert_int_equal(full.sub_correct[1], 11);
  assert_int_equal(full.items, RESULT_UNKNOWN);
  past_free(past);
}

static void bad_rows_are_findings_and_the_rest_goes_on(void **state) {
  (void)state;
  struct past *past = NULL;
  put("results.csv",
      "student_id,result_id,instrument,taken_at,score\n"
      "a," ID(1) ",cbssa,2026-03-05,165\n"
                 "," ID(2) ",cbssa,2026-03-05,65\n"
                           "a," ID(3) ",nothing,2026-03-05,65\n"
                                      "a," ID(4) ",cbssa,soon,65\n"
                                                 "a," ID(5) ",cbssa,2026-03-05,65\n"
                                                            "b," ID(5) ",cbssa,2026-03-05,65\n"
                                                                       "a," ID(
                                                                           5) ",cbssa,2026-03-05,66\n"
                                                                              "a," ID(
                                                                                  5) ",cbssa,2026-03-05,65\n"); /* the same again
                                                                                                                   adds nothing */
  put("students.csv", "student_id,track\na,martian\nb,us_md\nb,us_md\n");
  put("exams.csv", "student_id,attempt,planned_on,taken_on,outcome,outcome_known_on\n"
                   "a,0,2026-04-01,,,\n"
                   "a,1,2026-04-31,,,\n"
                   "a,1,2026-04-01,,maybe,\n"
                   "a,1,,,pass,\n"
                   "a,1,,2026-04-01,pass,2026-03-01\n"
                   "a,1,2026-04-01,,,\n"
                   "a,1,2026-05-01,,,\n");
  put("subscores.csv", "result_id,axis,area,items,correct\n" ID(9) ",system,development,6,4\n" ID(5) ",system,nowhere,6,4\n" ID(
                           5) ",system,development,6,7\n" ID(5) ",system,development,6,5\n" ID(5) ",system,development,6,5\n");
  assert_int_equal(read_class(&past), 0);
  assert_string_equal(seen, "results.csv:2 score\nresults.csv:3 student_id\nresults.csv:4 instrument\nresults.csv:5 taken_at\n"
                            "results.csv:7 result_id\nresults.csv:8 result_id\n"
                            "students.csv:2 track\nstudents.csv:4 student_id\n"
                            "exams.csv:2 attempt\nexams.csv:3 planned_on\nexams.csv:4 outcome\nexams.csv:5 planned_on\n"
                            "exams.csv:6 outcome_known_on\nexams.csv:8 attempt\n"
                            "subscores.csv:2 result_id\nsubscores.csv:3 area\nsubscores.csv:4 correct\nsubscores.csv:6 area\n");
  assert_int_equal(past->refused, 18);
  assert_int_equal(past->results_n, 1);
  assert_int_equal(past->attempts_n, 1);
  assert_int_equal(past->subs_n, 1);
  past_free(past);
}

static void the_highest_revision_counts(void **state) {
  (void)state;
  struct past *past = NULL;
  put("results.csv", "student_id,result_id,instrument,taken_at,score,retracted,revision\n"
                     "a," ID(1) ",cbssa,2026-03-05,65,0,2\n"
                                "a," ID(1) ",cbssa,2026-03-05,60,0,1\n"
                                           "a," ID(2) ",cbssa,2026-03-06,70,0,1\n"
                                                      "a," ID(2) ",cbssa,2026-03-06,70,1,2\n");
  assert_int_equal(read_class(&past), 0);
  assert_int_equal(past->results_n, 2);
  assert_int_equal(past->results[0].score_centi, 6500);
  assert_int_equal(past->results[1].marks, PAST_RETRACTED);
  past_free(past);
}

static void files_that_cannot_be_used_say_so(void **state) {
  (void)state;
  struct past *past = NULL;
  assert_int_equal(read_class(&past), E_SYSTEM);
  assert_non_null(strstr(reason, "results.csv"));
  put("results.csv", "student,score\na,65\n");
  assert_int_equal(read_class(&past), E_INVALID);
  assert_string_equal(seen, "results.csv:1 instrument\n");
  put("results.csv", "student_id,instrument,taken_at,score\n");
  assert_int_equal(read_class(&past), 0);
  assert_int_equal(past->students_n + past->results_n + past->attempts_n, 0);
  past_free(past);
}

/* The input for an attempt of student 0, so many days before its exam. */
static struct risk_input input_at(const struct past *past, size_t attempt, int32_t before, struct result *results) {
  struct risk_input input;
  past_input(past, 0, attempt, past_exam_day(&past->attempts[attempt]) - before, results, &input);
  return input;
}

static void only_what_was_known_then(void **state) {
  (void)state;
  struct past *past = NULL;
  struct result results[4];
  put("results.csv", "student_id,instrument,taken_at,score\n"
                     "a,cbssa,2026-03-24T11:59:59Z,61\n"
                     "a,cbssa,2026-03-25,62\n" /* noon: not before noon */
                     "a,cbssa,2026-06-01,63\n");
  put("students.csv", "student_id,dedicated_start\na,2026-05-20\n");
  put("exams.csv", "student_id,attempt,planned_on,taken_on,outcome,outcome_known_on\n"
                   "a,1,2026-03-30,2026-04-01,fail,2026-04-22\n"
                   "a,2,2026-06-30,,,\n"
                   "a,3,2026-07-20,,,\n");
  assert_int_equal(read_class(&past), 0);
  struct risk_input input = input_at(past, 0, 7, results);
  assert_int_equal(input.n, 1);
  assert_int_equal(input.exam_day, day_of("2026-04-01")); /* taken, not planned */
  assert_int_equal(input.as_of_day, day_of("2026-03-25"));
  assert_int_equal(input.attempt, 1);
  assert_int_equal(input.dedicated_day, RISK_NO_DAY);
  input = input_at(past, 1, 69, results); /* 2026-04-22, the day of the outcome: not before it */
  assert_int_equal(input.failures, 0);
  assert_int_equal(input.attempt, 1);
  assert_int_equal(input.sittings_n, 0);
  assert_int_equal(input.last_failed_day, RISK_NO_DAY);
  input = input_at(past, 1, 68, results);
  assert_int_equal(input.failures, 1);
  assert_int_equal(input.attempt, 2);
  assert_int_equal(input.sittings_n, 1);
  assert_int_equal(input.sittings[0], day_of("2026-04-01"));
  assert_int_equal(input.last_failed_day, day_of("2026-04-01"));
  assert_int_equal(input.n, 2);
  assert_int_equal(input.dedicated_day, day_of("2026-05-20"));
  input = input_at(past, 2, 7, results); /* nobody knows how the second ended, and the dedicated period was for that one */
  assert_int_equal(input.attempt, 2);
  assert_int_equal(input.failures, 1);
  assert_int_equal(input.dedicated_day, RISK_NO_DAY);
  assert_int_equal(input.n, 3);
  past_free(past);
}

/* Noon in summer and in winter, whatever the season in which somebody looks. */
static void a_date_alone_is_noon_of_its_own_season(void **state) {
  (void)state;
  struct past *past = NULL;
  struct zone *zone = zone_load("America/Chicago");
  const struct past_options options = {.directory = directory, .finding = note, .zone = zone};
  assert_non_null(zone);
  put("results.csv", "student_id,instrument,taken_at,score\na,cbssa,2026-01-15,61\na,cbssa,2026-07-15,62\n");
  assert_int_equal(past_read(&options, &past, reason), 0);
  assert_int_equal(past->results[0].taken_at_ms, INT64_C(1768500000000)); /* 18:00 UTC */
  assert_int_equal(past->results[1].taken_at_ms, INT64_C(1784134800000)); /* 17:00 UTC */
  assert_int_equal(past_noon_ms(past, day_of("2026-07-15")), past->results[1].taken_at_ms);
  past_free(past);
  zone_free(zone);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_class_is_put_in_order, set_up, tear_down),
      cmocka_unit_test_setup_teardown(bad_rows_are_findings_and_the_rest_goes_on, set_up, tear_down),
      cmocka_unit_test_setup_teardown(the_highest_revision_counts, set_up, tear_down),
      cmocka_unit_test_setup_teardown(files_that_cannot_be_used_say_so, set_up, tear_down),
      cmocka_unit_test_setup_teardown(only_what_was_known_then, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_date_alone_is_noon_of_its_own_season, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
