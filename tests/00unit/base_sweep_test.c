/*
 * Memory runs out at every single place: the n-th allocation fails, and in a second round all after it as well. Nothing may
 * crash, leak (the sanitizer looks) or give a wrong answer; the whole job succeeds once n is past its last allocation.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/json.h"

#include <fcntl.h>
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

static bool arena_job(void) {
  struct arena arena;
  arena_init(&arena, 1 << 20);
  for (int i = 0; i < 200; i++) {
    char *text = arena_printf(&arena, "%0300d", i);
    if (text)
      assert_int_equal(strlen(text), 300);
  }
  bool good = !arena.failed;
  arena_done(&arena);
  return good;
}

static bool buf_job(void) {
  struct buf buf;
  buf_init(&buf, 1 << 20);
  for (int i = 0; i < 200; i++) {
    json_put_string(&buf, "a\nb");
    json_put_number(&buf, i / 3.0);
    buf_printf(&buf, "%0100d", i);
  }
  int err = buf_finish(&buf);
  assert_true(err == E_OK || err == E_NOMEM);
  buf_done(&buf);
  return err == E_OK;
}

static bool zone_job(void) {
  struct zone *zone = zone_load("America/New_York");
  bool good = zone != NULL;
  if (good)
    assert_int_equal(zone_offset_s(zone, 0), -5 * 3600);
  zone_free(zone);
  return good;
}

static char path[] = "/tmp/sg-sweep-XXXXXX";
static size_t findings_n;

static void count(void *arg, const struct conf_finding *finding) {
  (void)arg;
  (void)finding;
  findings_n++;
}

static bool conf_job(void) {
  findings_n = 0;
  struct conf *conf = conf_load(path, count, NULL);
  assert_int_equal(conf != NULL, findings_n == 0);
  bool good = conf != NULL;
  conf_unref(conf);
  return good;
}

static void arena_survives(void **state) {
  (void)state;
  sweep(arena_job);
}

static void buf_survives(void **state) {
  (void)state;
  sweep(buf_job);
}

static void zone_survives(void **state) {
  (void)state;
  sweep(zone_job);
}

static void conf_survives(void **state) {
  (void)state;
  static const char text[] = "[school]\ncode = demo\nname = School\nzone = America/New_York\n[student]\nkey = k.pem\n";
  int fd = mkostemp(path, O_CLOEXEC);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
  close(fd);
  sweep(conf_job);
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(arena_survives),
      cmocka_unit_test(buf_survives),
      cmocka_unit_test(zone_survives),
      cmocka_unit_test(conf_survives),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
