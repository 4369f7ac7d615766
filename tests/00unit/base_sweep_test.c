/*
 * Memory runs out at every single place: the n-th allocation fails, and in a second round all after it as well. Nothing may
 * crash, leak (the sanitizer looks) or give a wrong answer; the whole job succeeds once n is past its last allocation.
 *
 * The linker puts these wrappers before the allocator (tests/CMakeLists.txt does so for *_sweep_test.c), so that only calls
 * from our own code are counted, not those of the C library or of cmocka.
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

enum { PLACES_MAX = 2000 };

static long countdown = -1; /* allocations until the one that fails; < 0: none will */
static bool for_good;
static bool failed;

static bool fails_now(void) {
  if (countdown < 0)
    return false;
  if (countdown > 0) {
    countdown--;
    return false;
  }
  if (!for_good)
    countdown = -1;
  failed = true;
  return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *piece, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *piece, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

void *__wrap_malloc(size_t size) {
  return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size) {
  return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *piece, size_t size) {
  return fails_now() ? NULL : __real_realloc(piece, size);
}

char *__wrap_strdup(const char *s) {
  return fails_now() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n) {
  return fails_now() ? NULL : __real_strndup(s, n);
}

/* A job says whether it succeeded, and that it failed cleanly otherwise. */
static void sweep(bool (*job)(void)) {
  for (int round = 0; round < 2; round++) {
    int place = 0;
    do {
      assert_true(place < PLACES_MAX);
      countdown = place++;
      for_good = round == 1;
      failed = false;
      bool good = job();
      countdown = -1;
      assert_int_equal(good, !failed);
    } while (failed);
    assert_true(place > 1); /* else nothing was tried */
  }
}

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
