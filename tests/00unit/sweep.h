/*
 * Lets every allocation fail once, for *_sweep_test.c; to be included after cmocka.h.
 *
 * The linker puts these wrappers before the allocator (tests/CMakeLists.txt does so for *_sweep_test.c), so that only calls
 * from our own code are counted, not those of the C library, of SQLite, of OpenSSL or of cmocka.
 */
#ifndef SG_TESTS_SWEEP_H
#define SG_TESTS_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

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

#endif
