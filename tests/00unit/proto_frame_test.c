/*
 * Frames. The prefix is small enough to be tested whole: every one- and two-byte form, and the longer ones at their edges.
 */
#include "proto/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

enum { CAP = FRAME_PREFIX_MAX + 200000 };

static const size_t lengths[] = {1, 2, 126, 127, 128, 129, 255, 256, 16383, 16384, 16385, 65536, 100000};

static void prefixes_round_trip(void **state) {
  (void)state;
  for (size_t length = 1; length < (1 << 22); length += length < 70000 ? 1 : 997) {
    uint8_t out[FRAME_PREFIX_MAX];
    size_t n = frame_prefix(out, length);
    struct frame frame;
    assert_in_range(n, 1, FRAME_PREFIX_MAX);
    assert_int_equal(frame_next(out, n, SIZE_MAX, &frame), FRAME_MORE);
    assert_int_equal(frame.length, length);
    assert_int_equal(frame.prefix, n);
    assert_int_equal(frame.need, n + length);
  }
}

static void the_longest_length_has_four_bytes(void **state) {
  (void)state;
  const size_t longest = (1u << 28) - 1;
  uint8_t out[FRAME_PREFIX_MAX];
  struct frame frame;
  assert_int_equal(frame_prefix(out, longest), 4);
  assert_memory_equal(out, "\xff\xff\xff\x7f", 4);
  assert_int_equal(frame_next(out, 4, longest, &frame), FRAME_MORE);
  assert_int_equal(frame.length, longest);
  assert_int_equal(frame_next(out, 4, longest - 1, &frame), FRAME_TOO_LARGE);
}

static void every_short_form_and_no_other(void **state) {
  (void)state;
  for (unsigned first = 0; first < 256; first++) {
    for (unsigned second = 0; second < 256; second++) {
      const uint8_t data[2] = {(uint8_t)first, (uint8_t)second};
      struct frame frame;
      enum frame_verdict verdict = frame_next(data, 2, SIZE_MAX, &frame);
      if (first == 0) {
        assert_int_equal(verdict, FRAME_MALFORMED); /* length 0 */
      } else if (first < 0x80) {
        assert_int_equal(verdict, first == 1 ? FRAME_WHOLE : FRAME_MORE);
        assert_int_equal(frame.length, first);
      } else if (second == 0) {
        assert_int_equal(verdict, FRAME_MALFORMED); /* a last group that adds nothing */
      } else if (second < 0x80) {
        assert_int_equal(verdict, FRAME_MORE);
        assert_int_equal(frame.length, (first & 0x7f) | second << 7);
      } else {
        assert_int_equal(verdict, FRAME_MORE);
        assert_int_equal(frame.need, 3);
      }
    }
  }
}

static void a_prefix_of_five_bytes_is_refused_at_the_fourth(void **state) {
  (void)state;
  struct frame frame;
  assert_int_equal(frame_next((const uint8_t *)"\x80\x80\x80", 3, SIZE_MAX, &frame), FRAME_MORE);
  assert_int_equal(frame_next((const uint8_t *)"\x80\x80\x80\x80", 4, SIZE_MAX, &frame), FRAME_MALFORMED);
  assert_int_equal(frame_next((const uint8_t *)"\xff\xff\xff\xff\x0f", 5, SIZE_MAX, &frame), FRAME_MALFORMED);
  assert_int_equal(frame_next((const uint8_t *)"\x81\x80\x80\x00", 4, SIZE_MAX, &frame), FRAME_MALFORMED);
}

static void nothing_asks_for_one_byte(void **state) {
  (void)state;
  struct frame frame;
  assert_int_equal(frame_next(NULL, 0, 1, &frame), FRAME_MORE);
  assert_int_equal(frame.need, 1);
}

static void every_split_of_a_frame(void **state) {
  (void)state;
  static uint8_t data[CAP];
  for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
    size_t prefix = frame_prefix(data, lengths[i]), whole = prefix + lengths[i];
    for (size_t have = 0; have < whole; have++) {
      struct frame frame;
      assert_int_equal(frame_next(data, have, lengths[i], &frame), FRAME_MORE);
      assert_true(frame.need > have && frame.need <= whole);
      if (have >= prefix)
        assert_int_equal(frame.need, whole);
    }
    struct frame frame;
    assert_int_equal(frame_next(data, whole, lengths[i], &frame), FRAME_WHOLE);
    assert_int_equal(frame.need, whole);
    assert_int_equal(frame_next(data, whole + 1, lengths[i], &frame), FRAME_WHOLE); /* the next one has begun */
    assert_int_equal(frame.need, whole);
  }
}

static void the_cap_is_known_before_the_message_is_there(void **state) {
  (void)state;
  struct frame frame = {.need = 77};
  uint8_t out[FRAME_PREFIX_MAX];
  for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
    size_t n = frame_prefix(out, lengths[i]);
    assert_int_equal(frame_next(out, n, lengths[i] - 1, &frame), FRAME_TOO_LARGE);
    assert_int_equal(frame.need, 77); /* written on success only */
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(prefixes_round_trip),
      cmocka_unit_test(the_longest_length_has_four_bytes),
      cmocka_unit_test(every_short_form_and_no_other),
      cmocka_unit_test(a_prefix_of_five_bytes_is_refused_at_the_fourth),
      cmocka_unit_test(nothing_asks_for_one_byte),
      cmocka_unit_test(every_split_of_a_frame),
      cmocka_unit_test(the_cap_is_known_before_the_message_is_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
