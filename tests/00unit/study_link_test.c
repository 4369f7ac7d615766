/* Linking from a directory: lines that are known exactly, who is joined with the reference and who is not, wild scores; and its
 * matrices. */
#include "study/link.h"

#include "base/err.h"
#include "base/file.h"
#include "study/link_work.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[256];
static const char *const names[] = {"results.csv"};

static int set_up(void **state) {
  const char *tmp = getenv("TMPDIR");
  (void)state;
  snprintf(directory, sizeof directory, "%s/link_test.XXXXXX", tmp ? tmp : "/tmp");
  return mkdtemp(directory) ? 0 : -1;
}

static int tear_down(void **state) {
  char path[512];
  (void)state;
  if (past_file(path, sizeof path, directory, names[0]))
    assert_int_equal(unlink(path), 0);
  return rmdir(directory);
}

static bool any_code(void *arg, const char *code) {
  (void)arg;
  return *code != '\0';
}

/* Reads the text as results.csv and links it to `reference`. */
static int link_text(struct buf *text, const char *reference, struct link_table *ret_table, struct link_report *ret) {
  char path[512], why[FILE_REASON], reason[PAST_REASON];
  struct past *past;
  _Static_assert(PAST_REASON + 0 >= LINK_REASON + 0, "one buffer for both");
  snprintf(path, sizeof path, "%s/results.csv", directory);
  assert_int_equal(buf_finish(text), 0);
  assert_int_equal(file_write(path, text->data, text->len, 0600, false, why), 0);
  buf_done(text);
  const struct past_options options = {.directory = directory, .known = any_code};
  assert_int_equal(past_read(&options, &past, reason), 0);
  *ret_table = (struct link_table){0};
  const struct link_options linking = {.past = past, .table = ret_table, .reference = reference, .from = "class"};
  int err = link_run(&linking, ret, reason);
  past_free(past);
  return err;
}

static void text_begin(struct buf *text) {
  buf_init(text, 1 << 20);
  buf_printf(text, "student_id,instrument,taken_at,scale,score\n");
}

static size_t entry_of(const struct link_table *table, const char *code) {
  for (size_t i = 0; i < table->n; i++)
    if (strcmp(table->entries[i].code, code) == 0)
      return i;
  fail_msg("%s is not there", code);
  return 0;
}

/* 60 students on three instruments without much error: ten times the reference plus 100, and a fiftieth of it less 1. */
static void lines_put(struct buf *text, bool wild) {
  for (int s = 0; s < 60; s++) {
    double level = 40 + (s * 37) % 60 / 2.0, error = ((s * 29) % 11 - 5) / 10.0;
    buf_printf(text, "s%d,paper,2026-01-05,a,%.2f\n", s, level + error);
    buf_printf(text, "s%d,large,2026-01-06,b,%.2f\n", s, wild && s == 7 ? 10.0 : 100 + 10 * (level - error));
    buf_printf(text, "s%d,small,2026-01-07,c,%.2f\n", s, level / 50 - 1);
  }
}

static void known_lines_are_found(void **state) {
  struct buf text;
  struct link_table table;
  struct link_report report;
  (void)state;
  for (int wild = 0; wild < 2; wild++) {
    text_begin(&text);
    lines_put(&text, wild);
    assert_int_equal(link_text(&text, "paper", &table, &report), 0);
    const struct link_entry *large = &table.entries[entry_of(&table, "large")], *small = &table.entries[entry_of(&table, "small")];
    assert_true(report.settled && report.students == 60 && report.results == 180 && report.left_out == 0);
    assert_true(fabs(large->slope - 10) < 0.2 && fabs(large->offset - 100) < 10);
    assert_true(fabs(small->slope - 0.02) < 0.0004 && fabs(small->offset + 1) < 0.02);
    assert_true(table.entries[entry_of(&table, "paper")].slope == 1);
    link_report_done(&report);
    link_table_done(&table);
  }
}

static void islands_stay_as_they_were(void **state) {
  struct buf text;
  struct link_table table;
  struct link_report report;
  (void)state;
  text_begin(&text);
  lines_put(&text, false);
  for (int s = 0; s < 9; s++)
    buf_printf(&text, "t%d,island,2026-01-05,d,%d\nt%d,cbssa,2026-01-06,epc,%d\n", s, s, s, 60 + s);
  assert_int_equal(link_text(&text, "paper", &table, &report), 0);
  assert_int_equal(report.answers[entry_of(&table, "island")].state, LINK_UNLINKED);
  assert_int_equal(report.answers[entry_of(&table, "cbssa")].state, LINK_UNLINKED); /* its line is on another scale */
  assert_true(isnan(table.entries[entry_of(&table, "island")].slope));
  assert_int_equal(report.answers[entry_of(&table, "small")].state, LINK_LEARNED);
  link_report_done(&report);
  link_table_done(&table);
  text_begin(&text);
  lines_put(&text, false);
  assert_int_equal(link_text(&text, "uwsa1", &table, &report), E_INVALID);
  link_table_done(&table);
}

/* S times its inverse is one, also when two looks are all but the same. */
static void the_inverse_is_one(void **state) {
  enum { N = 12 };
  struct link_line lines[] = {{.maker = LINK_NO_MAKER, .slope = 1, .error_var = 0.3},
                              {.maker = 1, .slope = 0.7, .error_var = 1e-7}};
  struct link_model model = {.lines = lines, .lines_n = 2, .growth_var = {0.01, 0.02, 0.01}, .wander_var = 0.01, .maker_var = 0.1};
  struct link_work *work = calloc(1, sizeof *work);
  struct link_look looks[N] = {{0}};
  (void)state;
  assert_non_null(work);
  work->model = &model;
  for (size_t i = 0; i < N; i++)
    looks[i] = (struct link_look){.instrument = i % 2, .n = 1, .weeks = (double)(i / 2), .growth = {(double)(i / 2)}, .weight = 1};
  link_student_invert(work, looks, N);
  double factor[N][N];
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < N; j++)
      factor[i][j] = work->covariance[i][j];
  for (size_t k = 0; k < N; k++) {
    double column[N] = {0};
    column[k] = 1;
    link_matrix_solve(&factor[0][0], N, N, column);
    for (size_t i = 0; i < N; i++)
      assert_true(fabs(column[i] - work->inverse[i][k]) <= 1e-9 * sqrt(work->inverse[i][i] * work->inverse[k][k]));
  }
  free(work);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(known_lines_are_found, set_up, tear_down),
      cmocka_unit_test_setup_teardown(islands_stay_as_they_were, set_up, tear_down),
      cmocka_unit_test(the_inverse_is_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
