/*
 * Memory runs out at every single place while a class is read, scored and put on a page. Nothing may crash, leak (the sanitizer
 * looks) or pass for a whole answer.
 */
#include "study/past_parts.h"
#include "study/report.h"
#include "study/rival_train.h"

#include "base/err.h"
#include "base/file.h"

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

static char directory[] = "/tmp/sg-study-sweep-XXXXXX";
static const char *const names[] = {"results.csv", "exams.csv", "students.csv", "subscores.csv"};
static struct risk_params *params;

static const int32_t horizons[] = {7, 28};

static int class_score(const struct past *past, struct buf *page) {
  struct rival_scale scale;
  rival_scale_read(params, &scale);
  float features[8][RIVAL_FEATURES];
  const uint8_t fold[4] = {0, 1, 0, 1};
  const struct risk_params *const list[] = {params, params};
  const struct backtest_options options = {
      .horizons = horizons, .horizons_n = 2, .params = list, .fold = fold, .scale = &scale, .features = features, .threads = 1};
  const struct report_facts facts = {.data = "class", .parameters = RISK_PARAMS_DEFAULT, .capacity = 0.1};
  struct prediction predictions[8];
  struct score scores[2];
  size_t n = 0;
  assert_int_equal(past->attempts_n, 4);
  int err = backtest_run(past, &options, predictions);
  if (!err)
    err = rival_train(past, &options, 2, predictions);
  while (!err && n < 2) {
    score_begin(&scores[n], horizons[n], true);
    err = score_add(&scores[n], past, &options, predictions, n);
    if (!err)
      err = score_finish(&scores[n], 0.1);
    n++;
  }
  if (!err) {
    backtest_write(page, past, &options, predictions, NULL);
    err = report_put(page, &facts, scores, n);
  }
  for (size_t i = 0; i < n; i++)
    score_done(&scores[i]);
  return err;
}

static bool class_job(void) {
  const struct past_options options = {.directory = directory, .known = risk_params_knows, .known_arg = params};
  char reason[PAST_REASON];
  struct past *past = NULL;
  struct buf page;
  int err = past_read(&options, &past, reason);
  if (err) {
    assert_true(err == E_NOMEM && reason[0] != '\0');
    assert_null(past);
    return false;
  }
  buf_init(&page, 1 << 20);
  err = class_score(past, &page);
  assert_true(err == E_OK || err == E_NOMEM);
  buf_done(&page);
  past_free(past);
  return err == E_OK;
}

static int part_score(void *arg, const struct past *part, const struct past_totals *totals) {
  assert_true(totals->attempts == 4 && part->attempts_n < 4);
  *(size_t *)arg += part->subs_n;
  return E_OK;
}

static bool parts_job(void) {
  char reason[PAST_REASON];
  size_t subs = 0;
  struct past_totals totals;
  const struct past_parts_options options = {.past = {.directory = directory, .known = risk_params_knows, .known_arg = params},
                                             .part_bytes = 9000,
                                             .visit = part_score,
                                             .arg = &subs};
  int err = past_parts(&options, &totals, reason);
  assert_true(err == E_OK || (err == E_NOMEM && reason[0] != '\0'));
  assert_true(err || subs == 140);
  return err == E_OK;
}

static void put(const char *name, const struct buf *text) {
  char path[64], reason[FILE_REASON];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  assert_int_equal(buf_finish(text), 0);
  assert_int_equal(file_write(path, text->data, text->len, 0600, false, reason), 0);
}

static int set_up(void **state) {
  (void)state;
  struct buf files[4];
  struct risk_params_fault fault;
  size_t len;
  const char *text = risk_params_builtin(RISK_PARAMS_DEFAULT, &len);
  params = risk_params_parse(text, len, NULL, 0, &fault);
  if (!params || !mkdtemp(directory))
    return -1;
  for (size_t i = 0; i < 4; i++)
    buf_init(&files[i], 1 << 20);
  buf_printf(&files[0], "student_id,result_id,instrument,form,taken_at,score\n");
  buf_printf(&files[1], "student_id,attempt,taken_on,outcome\n");
  buf_printf(&files[2], "student_id,dedicated_start\n");
  buf_printf(&files[3], "result_id,axis,area,items,correct\n");
  for (int i = 0; i < 140; i++) { /* enough that every array and table grows; students in turn, so that results are moved */
    int student = i % 4;
    buf_printf(&files[0], "s%d,0190a5a0-0000-7000-8000-%012x,cbssa,form %d,2026-0%d-%02dT10:00:00Z,%d\n", student, i, i, 1 + i % 3,
               1 + i % 28, 55 + i % 20);
    buf_printf(&files[3], "0190a5a0-0000-7000-8000-%012x,system,development,6,4\n", i);
  }
  for (int i = 0; i < 4; i++) {
    buf_printf(&files[1], "s%d,1,2026-04-01,%s\n", i, i % 2 ? "pass" : "fail");
    buf_printf(&files[2], "s%d,2026-02-15\n", i);
  }
  for (size_t i = 0; i < 4; i++) {
    put(names[i], &files[i]);
    buf_done(&files[i]);
  }
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  char path[64];
  for (size_t i = 0; i < 4; i++)
    if (past_file(path, sizeof path, directory, names[i]) && unlink(path) != 0)
      return -1;
  risk_params_free(params);
  return rmdir(directory);
}

static void class_survives(void **state) {
  (void)state;
  sweep(class_job);
}

static void parts_survive(void **state) {
  (void)state;
  sweep(parts_job);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(class_survives), cmocka_unit_test(parts_survive)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
