/* The arena: budget, alignment, clean-ups, and that what was not handed out may not be touched. */
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "stepguard.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define IS_POISONED(at) __asan_address_is_poisoned(at)
#endif

enum { CAP = 64 * 1024 };

static void pieces_are_aligned_and_apart(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, CAP);
  char *before = NULL;
  for (size_t size = 0; size < 100; size++) {
    char *piece = arena_alloc(&arena, size);
    assert_non_null(piece);
    assert_int_equal((uintptr_t)piece % 16, 0);
    assert_ptr_not_equal(piece, before);
    memset(piece, 0x5a, size);
    before = piece;
  }
  arena_done(&arena);
}

static void budget_is_kept_and_failure_sticks(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, 1024);
  assert_non_null(arena_alloc(&arena, 1000));
  assert_false(arena.failed);
  assert_null(arena_alloc(&arena, 17));
  assert_true(arena.failed);
  assert_non_null(arena_alloc(&arena, 16)); /* what still fits is still given */
  assert_true(arena.failed);
  assert_true(arena.used <= arena.cap);
  arena_reset(&arena);
  assert_false(arena.failed);
  assert_non_null(arena_alloc(&arena, 1024));
  arena_done(&arena);
}

static void absurd_sizes_fail(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, SIZE_MAX);
  assert_null(arena_alloc(&arena, SIZE_MAX));
  assert_null(arena_alloc(&arena, SIZE_MAX - 15));
  assert_null(arena_zalloc(&arena, SIZE_MAX / 2, 3));
  assert_true(arena.failed);
  arena_done(&arena);
}

static void many_blocks_then_reset_keeps_one(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, 4 * 1024 * 1024);
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 3000; i++) {
      unsigned char *piece = arena_zalloc(&arena, 10, 100);
      assert_non_null(piece);
      assert_int_equal(piece[999], 0);
      memset(piece, 0xff, 1000);
    }
    arena_reset(&arena);
    assert_int_equal(arena.used, 0);
    assert_non_null(arena.blocks);
  }
  arena_done(&arena);
}

static void text_is_copied(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, CAP);
  assert_string_equal(arena_strdup(&arena, "Tealhorn"), "Tealhorn");
  assert_string_equal(arena_printf(&arena, "%s-%d", "form", 26), "form-26");
  arena_done(&arena);
}

static int order[3], order_n;

static void note(void *arg) {
  order[order_n++] = *(int *)arg;
}

static void cleanups_run_backwards(void **state) {
  (void)state;
  struct arena arena;
  static int one = 1, two = 2, three = 3;
  order_n = 0;
  arena_init(&arena, CAP);
  assert_int_equal(arena_defer(&arena, note, &one), E_OK);
  assert_int_equal(arena_defer(&arena, note, &two), E_OK);
  arena_reset(&arena);
  assert_int_equal(order_n, 2);
  assert_int_equal(order[0], 2);
  assert_int_equal(order[1], 1);
  assert_int_equal(arena_defer(&arena, note, &three), E_OK);
  arena_done(&arena);
  assert_int_equal(order[2], 3);
}

static void hostile_message_ends_at_the_budget(void **state) {
  (void)state;
  /* An Upload of nothing but empty results: two bytes each, some two hundred unpacked. */
  static uint8_t bytes[100000];
  struct arena arena;
  for (size_t i = 0; i < sizeof bytes; i += 2)
    bytes[i] = 0x0a;
  arena_init(&arena, CAP);
  assert_null(stepguard__v1__upload__unpack(&arena.allocator, sizeof bytes, bytes));
  assert_true(arena.failed);
  arena_reset(&arena);
  assert_non_null(stepguard__v1__upload__unpack(&arena.allocator, 20, bytes));
  arena_done(&arena);
}

static void what_is_not_handed_out_is_poisoned(void **state) {
  (void)state;
#ifdef IS_POISONED
  struct arena arena;
  arena_init(&arena, CAP);
  char *piece = arena_alloc(&arena, 24);
  assert_false(IS_POISONED(piece + 23));
  assert_true(IS_POISONED(piece + 24));
  char *next = arena_alloc(&arena, 8);
  assert_true(IS_POISONED(next - 1));
  arena_reset(&arena);
  assert_true(IS_POISONED(piece));
  arena_done(&arena);
#else
  skip();
#endif
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pieces_are_aligned_and_apart),
      cmocka_unit_test(budget_is_kept_and_failure_sticks),
      cmocka_unit_test(absurd_sizes_fail),
      cmocka_unit_test(many_blocks_then_reset_keeps_one),
      cmocka_unit_test(text_is_copied),
      cmocka_unit_test(cleanups_run_backwards),
      cmocka_unit_test(hostile_message_ends_at_the_budget),
      cmocka_unit_test(what_is_not_handed_out_is_poisoned),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
