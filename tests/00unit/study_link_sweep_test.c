/* Memory runs out at every single place while instruments are linked. Nothing may crash, leak or pass for a whole answer. */
#include "study/link.h"

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

static char directory[] = "/tmp/sg-link-sweep-XXXXXX";
static struct past *past;

static bool any_code(void *arg, const char *code) {
  (void)arg;
  return *code;
}

static int set_up(void **state) {
  char path[64], reason[PAST_REASON];
  struct buf text;
  (void)state;
  buf_init(&text, 1 << 16);
  buf_printf(&text, "student_id,instrument,taken_at,scale,score\n");
  for (int s = 0; s < 12; s++)
    buf_printf(&text, "s%d,cbssa,2026-01-05,epc,%d\ns%d,uwsa1,2026-01-06,three_digit,%d\ns%d,own,2026-01-07,points,%d\n", s, 55 + s,
               s, 180 + 3 * s, s, 900 - 7 * s);
  if (!mkdtemp(directory))
    return -1;
  snprintf(path, sizeof path, "%s/results.csv", directory);
  int err = file_write(path, text.data, text.len, 0600, false, reason);
  buf_done(&text);
  const struct past_options options = {.directory = directory, .known = any_code};
  if (!err)
    err = past_read(&options, &past, reason);
  unlink(path);
  return err;
}

static int tear_down(void **state) {
  (void)state;
  past_free(past);
  return rmdir(directory);
}

static bool link_job(void) {
  static const char catalogue[] = "code,maker,scale\nown,school,points\n";
  char reason[LINK_REASON];
  struct link_table table = {0};
  struct link_report report = {0};
  struct buf written;
  buf_init(&written, 1 << 16);
  int err = link_table_read(&table, catalogue, sizeof catalogue - 1, reason);
  const struct link_options options = {.past = past, .table = &table, .reference = "cbssa", .from = "class"};
  if (!err)
    err = link_run(&options, &report, reason);
  if (!err) {
    assert_true(report.settled);
    link_table_write(&table, &written);
    err = buf_finish(&written);
  }
  assert_true(err == E_OK || err == E_NOMEM);
  buf_done(&written);
  link_report_done(&report);
  link_table_done(&table);
  return err == E_OK;
}

static void linking_survives(void **state) {
  (void)state;
  sweep(link_job);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(linking_survives)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
