/*
 * Memory runs out at every single place of what the client does without a network: nothing crashes or leaks (the sanitizer
 * looks), a failure is said to be one, what was recorded before is still there, and a file is recorded whole or not at all.
 */
#include "client/stepguard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/00unit/sweep.h"

static char dir[64];

struct text {
  const char *rest;
};

static ptrdiff_t text_read(void *arg, void *bytes, size_t cap) {
  struct text *text = arg;
  size_t n = strlen(text->rest) < cap ? strlen(text->rest) : cap;
  memcpy(bytes, text->rest, n);
  text->rest += n;
  return (ptrdiff_t)n;
}

static bool row_count(void *arg, const struct sg_row *row) {
  assert_string_equal(row->reason, "");
  ++*(unsigned *)arg;
  return true;
}

static bool plan_count(void *arg, const struct sg_plan *plan) {
  assert_int_equal(plan->attempt, 1);
  ++*(unsigned *)arg;
  return true;
}

/* A failure has a sentence, and with this little else going on it is about memory. */
static bool failed_well(const struct sg_error *error) {
  assert_int_equal(error->status, SG_NOMEM);
  assert_non_null(strstr(error->text, "memory"));
  return false;
}

/* One file of each kind, so that memory runs out in every reader. */
static const char *const files[] = {
    "instrument,taken_at,score\ncbssa,2026-03-01,68\ncbssa,2026-03-02,69\n",
    "Exam Take,Question Id,Content Description,Correct / Incorrect\n"
    "Comp Basic Sci SELF | Form 25 | 9/20/2023 | 10:29PM,A,Cardio: x,Correct\n"
    "Comp Basic Sci SELF | Form 26 | 9/21/2023 | 10:29PM,B,CNS: x,Incorrect\n",
    "Cardiovascular System\t34/151\t24 (71%)\t10 (29%)\t0 (0%)\nPathology\t34/300\t24 (71%)\t10 (29%)\t0 (0%)\n",
    "day;what;n\n3/14/2026;NBME 30;62,5\n3/15/2026;NBME 31;63\n",
};
static const unsigned rows_of[] = {2, 2, 1, 2};
static size_t file_now;

static bool answer(void *arg, const struct sg_question *question, char ret[SG_ANSWER_CAP]) {
  static const char *const columns[][2] = {{"instrument", "what"}, {"taken_at", "day"}, {"score", "n"}};
  (void)arg;
  snprintf(ret, SG_ANSWER_CAP, "60");
  for (size_t i = 0; question->kind == SG_ASK_COLUMN && i < sizeof columns / sizeof columns[0]; i++)
    if (strcmp(columns[i][0], question->subject) == 0)
      snprintf(ret, SG_ANSWER_CAP, "%s", columns[i][1]);
  return true;
}

static bool change_and_undo(struct sg_client *client) {
  struct sg_error error;
  struct sg_row row;
  struct sg_undo_report report;
  bool changed;
  const struct sg_change score = {"score", "61"};
  if (sg_edit(client, 1, &score, 1, &row, &changed, &error) != SG_OK)
    return failed_well(&error);
  if (changed && sg_undo(client, &report, &error) != SG_OK)
    return failed_well(&error);
  return true;
}

static bool work(struct sg_client *client, unsigned *ret_rows) {
  struct sg_error error;
  struct sg_import_totals totals;
  struct sg_about about;
  static struct sg_standing standing;
  bool known;
  unsigned plans = 0;
  struct text text = {files[file_now]};
  struct sg_import import = {.read = text_read, .ask = answer, .arg = &text, .taken_on = "2026-03-01"};
  if (sg_import(client, &import, &totals, &error) != SG_OK)
    return failed_well(&error);
  assert_true(totals.added + totals.identical == rows_of[file_now] || (file_now == 2 && totals.warnings > 0)); /* nothing new */
  assert_int_equal(totals.refused, 0);
  if (sg_list(client, SG_LIST_ALL, row_count, ret_rows, &error) != SG_OK)
    return failed_well(&error);
  if (!change_and_undo(client))
    return false;
  struct sg_plan plan = {.action = SG_PLAN_CANCEL,
                         .attempt = 1,
                         .exam_day = SG_NO_DAY,
                         .permit_from = SG_NO_DAY,
                         .permit_to = SG_NO_DAY,
                         .dedicated_start = SG_NO_DAY};
  if (sg_plan_change(client, &plan, &error) != SG_OK || sg_plan_list(client, plan_count, &plans, &error) != SG_OK)
    return failed_well(&error);
  assert_true(plans > 0);
  if (sg_standing(client, &standing, &known, &error) != SG_OK || sg_about(client, &about, &error) != SG_OK)
    return failed_well(&error);
  assert_false(known);
  return true;
}

static bool client_job(void) {
  struct sg_error error;
  struct sg_client *client;
  unsigned rows = 0;
  if (sg_open(&client, &(struct sg_options){.dir = dir}, &error) != SG_OK)
    return failed_well(&error);
  bool good = work(client, &rows);
  sg_close(client);
  assert_true(rows == 0 || rows == rows_of[file_now] || rows == rows_of[file_now] + 1); /* one more: an edit that was not undone */
  return good;
}

static void client_survives(void **state) {
  (void)state;
  static const char *const zones[] = {NULL, "Europe/Zurich", NULL, NULL};
  for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
    file_now = i;
    snprintf(dir, sizeof dir, "/tmp/sg-sweep-XXXXXX");
    assert_non_null(mkdtemp(dir));
    if (zones[i] != NULL)
      setenv("TZ", zones[i], 1);
    sweep(client_job);
    if (zones[i] != NULL)
      assert_string_equal(getenv("TZ"), zones[i]);
    static const char *const names[] = {"outbox.db", "lock"};
    for (size_t j = 0; j < sizeof names / sizeof names[0]; j++) {
      char path[96];
      snprintf(path, sizeof path, "%s/%s", dir, names[j]);
      assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(dir), 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(client_survives)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
