/* results.csv: what a row becomes, what is said of a bad one, and that an id made of content is made of nothing else. */
#include "proto/result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define NOW_MS INT64_C(1780000000000) /* 2026-05-28 */

enum { KEPT = 8 };

struct read {
  size_t rows, findings;
  struct results_csv_row row[KEPT];
  struct csv_finding finding[KEPT];
};

static void on_row(void *arg, uint64_t line, const struct results_csv_row *row) {
  struct read *read = arg;
  (void)line;
  if (read->rows < KEPT)
    read->row[read->rows] = *row;
  read->rows++;
}

static void on_finding(void *arg, const struct csv_finding *finding) {
  struct read *read = arg;
  if (read->findings < KEPT)
    read->finding[read->findings] = *finding;
  read->findings++;
}

static int read_with(struct read *ret, const char *file, const struct results_csv_options *options) {
  memset(ret, 0, sizeof(*ret));
  struct results_csv *reader = results_csv_new(options, &(struct results_csv_handler){on_row, on_finding, ret});
  assert_non_null(reader);
  int fed = results_csv_feed(reader, file, strlen(file));
  int finished = results_csv_finish(reader);
  results_csv_free(reader);
  return fed == 0 ? finished : fed;
}

static int read_file(struct read *ret, const char *file) {
  return read_with(ret, file, &(struct results_csv_options){.now_ms = NOW_MS, .zone_offset_s = -5 * 3600});
}

static const struct result *only_row(struct read *read, const char *file) {
  assert_int_equal(read_file(read, file), 0);
  if (read->findings > 0)
    fail_msg("%s: %s", read->finding[0].column ? read->finding[0].column : "-", read->finding[0].reason);
  assert_int_equal(read->rows, 1);
  return &read->row[0].result;
}

static void a_row_with_everything(void **state) {
  (void)state;
  struct read read;
  const struct result *r = only_row(
      &read,
      "student_id,result_id,instrument,form,taken_at,scale,score,items,correct,omitted,seconds,seconds_allowed,mode,repeat,"
      "printed_p_pass,retracted,revision\n"
      "S-17,017f22e2-79b0-7cc3-98c4-dc0c0c07398f,CBSSA,31,2026-05-01T09:30:00-05:00,EPC,64.5,200,130,3,17000,18000,Timed,yes,"
      "83%,1,2\n");
  assert_string_equal(read.row[0].student_id, "S-17");
  assert_true(read.row[0].has_id);
  char id[UUID_TEXT];
  uuid_format(id, r->id);
  assert_string_equal(id, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  assert_string_equal(r->instrument, "cbssa");
  assert_string_equal(r->form, "31");
  assert_int_equal(r->taken_at_ms, INT64_C(1777645800000));
  assert_int_equal(r->scale, SCALE_EPC);
  assert_int_equal(r->score_centi, 6450);
  assert_int_equal(r->items, 200);
  assert_int_equal(r->correct, 130);
  assert_int_equal(r->omitted, 3);
  assert_int_equal(r->seconds, 17000);
  assert_int_equal(r->seconds_allowed, 18000);
  assert_int_equal(r->mode, MODE_TIMED);
  assert_true(r->repeat);
  assert_int_equal(r->printed_p_pass_bp, 8300);
  assert_true(r->retracted);
  assert_int_equal(r->revision, 2);
}

static void a_row_with_the_least(void **state) {
  (void)state;
  struct read read;
  const struct result *r = only_row(&read, "instrument,taken_at,score\nuwsa2,2026-05-01,231\n");
  assert_false(read.row[0].has_id);
  assert_true(uuid_is_time_ordered(r->id));
  assert_int_equal(r->id[6] >> 4, 8);
  assert_int_equal(uuid_unix_ms(r->id), r->taken_at_ms);
  assert_int_equal(r->taken_at_ms, INT64_C(1777654800000)); /* noon at five hours west */
  assert_int_equal(r->scale, SCALE_THREE_DIGIT);
  assert_int_equal(r->items, RESULT_UNKNOWN);
  assert_int_equal(r->printed_p_pass_bp, RESULT_UNKNOWN);
  assert_int_equal(r->mode, MODE_NONE);
  assert_int_equal(r->subs, 0);
}

static void a_score_from_items(void **state) {
  (void)state;
  struct read read;
  const struct result *r = only_row(&read, "instrument,date,items,correct\nqbank_uworld,2026-05-01,40,27\n");
  assert_int_equal(r->scale, SCALE_PERCENT);
  assert_int_equal(r->score_centi, 6750);
  r = only_row(&read, "instrument,date,items,correct\ncbssa,2026-05-01,3,2\n"); /* raw, not EPC */
  assert_int_equal(r->scale, SCALE_PERCENT);
  assert_int_equal(r->score_centi, 6667);
}

static void p_pass_of(const char *text, int expected) {
  char file[200];
  struct read read;
  snprintf(file, sizeof(file), "instrument,taken_at,score,printed_p_pass\ncbssa,2026-05-01,65,%s\n", text);
  if (expected >= 0) {
    assert_int_equal(only_row(&read, file)->printed_p_pass_bp, expected);
    return;
  }
  assert_int_equal(read_file(&read, file), 0);
  assert_int_equal(read.rows, 0);
  assert_string_equal(read.finding[0].column, "printed_p_pass");
}

static void printed_probabilities(void **state) {
  (void)state;
  p_pass_of("97", 9700);
  p_pass_of("97%", 9700);
  p_pass_of("97 %", 9700);
  p_pass_of("97.25", 9725);
  p_pass_of("0.97", 9700);
  p_pass_of("0.975", 9750);
  p_pass_of("0.9987", 9987);
  p_pass_of(".999", 9990);
  p_pass_of("0.99999", 9999);
  p_pass_of("1.0", 10000);
  p_pass_of("100", 10000);
  p_pass_of("1%", 100);
  p_pass_of("0", 0);
  p_pass_of("1", -1);
  p_pass_of("101", -1);
  p_pass_of("-3", -1);
  p_pass_of("%", -1);
  p_pass_of("likely", -1);
  p_pass_of(">99", -1);
}

static void id_of(uint8_t ret[UUID_BYTES], const char *file) {
  struct read read;
  memcpy(ret, only_row(&read, file)->id, UUID_BYTES);
}

static void ids_follow_the_content(void **state) {
  (void)state;
  static const char *const same[] = {
      "instrument,taken_at,score\ncbssa,2026-05-01,62\n",
      "taken_at,score,instrument\r\n2026-05-01,62.00,CBSSA\r\n",
      "Date,Total Score,Exam,colour\n\"2026-05-01\",\"62.0\",cbssa,\n",
      "instrument,taken_at,score,scale,revision,retracted,repeat\ncbssa,2026-05-01T12:00:00-05:00,62,epc,1,1,0\n",
  };
  uint8_t first[UUID_BYTES], id[UUID_BYTES];
  struct read read;
  id_of(first, same[0]);
  for (size_t i = 1; i < sizeof(same) / sizeof(same[0]); i++) {
    assert_int_equal(read_file(&read, same[i]), 0);
    assert_int_equal(read.rows, 1);
    assert_memory_equal(read.row[0].result.id, first, UUID_BYTES);
  }
  static const char *const other[] = {
      "instrument,taken_at,score\ncbse,2026-05-01,62\n",
      "instrument,taken_at,score\ncbssa,2026-05-02,62\n",
      "instrument,taken_at,score\ncbssa,2026-05-01,62.01\n",
      "instrument,taken_at,score,form\ncbssa,2026-05-01,62,31\n",
      "instrument,taken_at,score,scale\ncbssa,2026-05-01,62,percent\n",
      "instrument,taken_at,score,student_id\ncbssa,2026-05-01,62,S-1\n",
      "instrument,taken_at,score,repeat\ncbssa,2026-05-01,62,1\n",
      "instrument,taken_at,score,mode\ncbssa,2026-05-01,62,timed\n",
      "instrument,taken_at,score,items\ncbssa,2026-05-01,62,200\n",
      "instrument,taken_at,score,seconds\ncbssa,2026-05-01,62,9\n",
      "instrument,taken_at,score,seconds_allowed\ncbssa,2026-05-01,62,9\n",
      "instrument,taken_at,score,printed_p_pass\ncbssa,2026-05-01,62,70\n",
  };
  for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
    id_of(id, other[i]);
    assert_memory_not_equal(id, first, UUID_BYTES);
  }
  /* Ids once given are stored at schools: the recipe cannot change. */
  char text[UUID_TEXT];
  uuid_format(text, first);
  assert_string_equal(text, "019de47b-9e80-833a-a137-3835010c4d0c");
}

static void texts_do_not_run_together(void **state) {
  (void)state;
  uint8_t a[UUID_BYTES], b[UUID_BYTES];
  id_of(a, "student_id,instrument,form,taken_at,score\nab,cbssa,c,2026-05-01,62\n");
  id_of(b, "student_id,instrument,form,taken_at,score\na,cbssa,bc,2026-05-01,62\n");
  assert_memory_not_equal(a, b, UUID_BYTES);
}

/* A bad value, its column, and the start of what is said. */
static void bad_cells(void **state) {
  (void)state;
  static const struct {
    const char *header, *row, *column, *value;
  } cases[] = {
      {"instrument,taken_at,score", ",2026-05-01,62", "instrument", ""},
      {"instrument,taken_at,score", "nbme31,2026-05-01,62", "instrument", "nbme31"},
      {"instrument,taken_at,score", "nbme 31,2026-05-01,62", "instrument", "nbme 31"},
      {"instrument,taken_at,score", "cbssa,,62", "taken_at", ""},
      {"instrument,taken_at,score", "cbssa,05/01/2026,62", "taken_at", "05/01/2026"},
      {"instrument,taken_at,score", "cbssa,2027-05-01,62", "taken_at", "2027-05-01"},
      {"instrument,taken_at,score", "cbssa,1999-05-01,62", "taken_at", "1999-05-01"},
      {"instrument,taken_at,score", "cbssa,2026-05-01,", "score", ""},
      {"instrument,taken_at,score", "cbssa,2026-05-01,sixty", "score", "sixty"},
      {"instrument,taken_at,score", "cbssa,2026-05-01,231", "score", "231"},
      {"instrument,taken_at,score", "uwsa1,2026-05-01,0", "score", "0"},
      {"instrument,taken_at", "cbssa,2026-05-01", "score", ""},
      {"instrument,taken_at,items,correct,scale", "cbssa,2026-05-01,40,30,epc", "score", ""},
      {"instrument,taken_at,items,correct", "cbssa,2026-05-01,40,41", "correct", "41"},
      {"instrument,taken_at,items,correct", "cbssa,2026-05-01,0,0", "items", "0"},
      {"instrument,taken_at,score,items,correct", "cbssa,2026-05-01,62,40,41", "correct", "41"},
      {"instrument,taken_at,score,items", "cbssa,2026-05-01,62,4O", "items", "4O"},
      {"instrument,taken_at,score,items", "cbssa,2026-05-01,62,-4", "items", "-4"},
      {"instrument,taken_at,score,scale", "cbssa,2026-05-01,62,points", "scale", "points"},
      {"instrument,taken_at,score,mode", "cbssa,2026-05-01,62,fast", "mode", "fast"},
      {"instrument,taken_at,score,mode", "cbssa,2026-05-01,62,a mode with a very long name", "mode",
       "a mode with a very long name"},
      {"instrument,taken_at,score,repeat", "cbssa,2026-05-01,62,perhaps", "repeat", "perhaps"},
      {"instrument,taken_at,score,retracted", "cbssa,2026-05-01,62,2", "retracted", "2"},
      {"instrument,taken_at,score,revision", "cbssa,2026-05-01,62,20000", "revision", "20000"},
      {"instrument,taken_at,score,result_id", "cbssa,2026-05-01,62,17", "result_id", "17"},
      {"instrument,taken_at,score,result_id", "cbssa,2026-05-01,62,017f22e2-79b0-4cc3-98c4-dc0c0c07398f", "result_id",
       "017f22e2-79b0-4cc3-98c4-dc0c0c07398f"},
      {"instrument,taken_at,score,form", "cbssa,2026-05-01,62,\"31\n\"\"x\"", "form", "31?\"x"},
      {"instrument,taken_at,score,form", "cbssa,2026-05-01,62,a form with a name of thirty-three", "form",
       "a form with a name of thirty-three"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    char file[400];
    struct read read;
    snprintf(file, sizeof(file), "%s\n%s\n", cases[i].header, cases[i].row);
    assert_int_equal(read_file(&read, file), 0);
    if (read.rows != 0 || read.findings != 1 || strcmp(read.finding[0].column, cases[i].column) != 0)
      fail_msg("%s: %zu rows, %s: %s", cases[i].row, read.rows, read.finding[0].column, read.finding[0].reason);
    assert_string_equal(read.finding[0].value, cases[i].value);
    assert_int_equal(read.finding[0].line, 2);
    assert_false(read.finding[0].warning);
  }
}

static void students_where_they_must_be_named(void **state) {
  (void)state;
  struct read read;
  const struct results_csv_options options = {.now_ms = NOW_MS, .student_required = true};
  assert_int_equal(
      read_with(&read, "student_id,instrument,taken_at,score\nS-1,cbssa,2026-05-01,62\n,cbssa,2026-05-01,62\n", &options), 0);
  assert_int_equal(read.rows, 1);
  assert_string_equal(read.finding[0].column, "student_id");
  assert_int_equal(read_with(&read, "instrument,taken_at,score\ncbssa,2026-05-01,62\n", &options), 0);
  assert_int_equal(read.rows, 0);
  assert_string_equal(read.finding[0].column, "student_id");
}

static bool knows_house(void *arg, const char *code) {
  (void)arg;
  return strcmp(code, "house") == 0;
}

static void instruments_of_a_school_and_their_own_scale(void **state) {
  (void)state;
  struct read read;
  const struct results_csv_options options = {.now_ms = NOW_MS, .known = knows_house};
  assert_int_equal(
      read_with(&read,
                "instrument,taken_at,score,scale\nHouse,2026-05-01,1234.5,points\nhouse,2026-05-02,-7,\ncbssa,2026-05-01,62,\n",
                &options),
      0);
  assert_int_equal(read.rows, 2);
  assert_int_equal(read.row[0].result.scale, SCALE_OWN);
  assert_int_equal(read.row[0].result.score_centi, 123450);
  assert_int_equal(read.row[1].result.scale, SCALE_OWN);
  assert_int_equal(read.findings, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_row_with_everything),
      cmocka_unit_test(a_row_with_the_least),
      cmocka_unit_test(a_score_from_items),
      cmocka_unit_test(printed_probabilities),
      cmocka_unit_test(ids_follow_the_content),
      cmocka_unit_test(texts_do_not_run_together),
      cmocka_unit_test(bad_cells),
      cmocka_unit_test(students_where_they_must_be_named),
      cmocka_unit_test(instruments_of_a_school_and_their_own_scale),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
