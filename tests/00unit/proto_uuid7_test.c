/* Identifiers: layout against an example of RFC 9562, order by time, and what is refused. */
#include "proto/uuid7.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static const uint8_t zeros[10], ones[10] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255};

/* RFC 9562, appendix A.6: 2022-02-22T19:22:22Z, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F. */
static void the_example_of_the_rfc(void **state) {
  (void)state;
  const uint8_t random[10] = {0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};
  uint8_t id[UUID_BYTES];
  char text[UUID_TEXT];
  uuid7_make(id, INT64_C(0x017F22E279B0), random);
  uuid_format(text, id);
  assert_string_equal(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  assert_int_equal(uuid_unix_ms(id), INT64_C(1645557742000));
}

static void versions_and_variants(void **state) {
  (void)state;
  uint8_t id[UUID_BYTES];
  char text[UUID_TEXT];
  uuid7_make(id, 0, ones);
  uuid_format(text, id);
  assert_string_equal(text, "00000000-0000-7fff-bfff-ffffffffffff");
  uuid8_make(id, 0, zeros);
  uuid_format(text, id);
  assert_string_equal(text, "00000000-0000-8000-8000-000000000000");
  for (unsigned version = 0; version < 16; version++) {
    for (unsigned variant = 0; variant < 16; variant++) {
      id[6] = (uint8_t)(version << 4);
      id[8] = (uint8_t)(variant << 4);
      assert_int_equal(uuid_is_time_ordered(id), (version == 7 || version == 8) && variant >= 8 && variant < 12);
    }
  }
}

static void later_is_larger(void **state) {
  (void)state;
  uint8_t before[UUID_BYTES], after[UUID_BYTES];
  for (int bit = 0; bit < 48; bit++) {
    int64_t ms = INT64_C(1) << bit;
    uuid7_make(before, ms - 1, ones);
    uuid7_make(after, ms, zeros);
    assert_true(memcmp(before, after, UUID_BYTES) < 0);
    assert_int_equal(uuid_unix_ms(after), ms);
  }
  uuid7_make(before, -5, zeros); /* a clock before 1970 must not look like the far future */
  assert_int_equal(uuid_unix_ms(before), 0);
}

static void text_both_ways(void **state) {
  (void)state;
  uint8_t id[UUID_BYTES], again[UUID_BYTES];
  char text[UUID_TEXT];
  for (unsigned i = 0; i < 256; i++) {
    for (int at = 0; at < UUID_BYTES; at++)
      id[at] = (uint8_t)(i * 7 + (unsigned)at * 13);
    uuid_format(text, id);
    assert_int_equal(uuid_parse(again, text), 0);
    assert_memory_equal(id, again, UUID_BYTES);
  }
  assert_int_equal(uuid_parse(id, "017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), 0);
  assert_int_equal(id[0], 0x01);
  assert_int_equal(id[15], 0x8f);
}

static void the_same_content_of_two_students(void **state) {
  (void)state;
  static const uint8_t digest[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, mine[UUID_SALT_BYTES] = {1}, theirs[UUID_SALT_BYTES] = {2};
  uint8_t id[UUID_BYTES], a[UUID_BYTES], b[UUID_BYTES], again[UUID_BYTES];
  uuid8_make(id, 1700000000123, digest);
  assert_int_equal(uuid8_own(a, id, mine), 0);
  assert_int_equal(uuid8_own(b, id, theirs), 0);
  assert_int_equal(uuid8_own(again, id, mine), 0);
  assert_memory_not_equal(a, b, UUID_BYTES);
  assert_memory_not_equal(a, id, UUID_BYTES);
  assert_memory_equal(a, again, UUID_BYTES);
  assert_true(uuid_is_time_ordered(a));
  assert_int_equal(uuid_unix_ms(a), 1700000000123);
  uuid7_make(id, 1700000000123, digest); /* random ids are nobody else's anyhow */
  assert_int_equal(uuid8_own(a, id, mine), 0);
  assert_memory_equal(a, id, UUID_BYTES);
}

static void what_is_no_uuid(void **state) {
  (void)state;
  static const char good[] = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
  uint8_t id[UUID_BYTES] = {42};
  for (size_t i = 0; i < sizeof(good) - 1; i++) {
    char text[sizeof(good) + 1];
    memcpy(text, good, sizeof(good));
    text[i] = good[i] == '-' ? '0' : '-';
    assert_int_equal(uuid_parse(id, text), -1);
    text[i] = 'g';
    assert_int_equal(uuid_parse(id, text), -1);
    text[i] = '\0';
    assert_int_equal(uuid_parse(id, text), -1);
  }
  assert_int_equal(uuid_parse(id, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0"), -1);
  assert_int_equal(uuid_parse(id, " 17f22e2-79b0-7cc3-98c4-dc0c0c07398f"), -1);
  assert_int_equal(uuid_parse(id, "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}"), -1);
  assert_int_equal(uuid_parse(id, ""), -1);
  assert_int_equal(id[0], 42);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_example_of_the_rfc), cmocka_unit_test(versions_and_variants),
      cmocka_unit_test(later_is_larger),        cmocka_unit_test(text_both_ways),
      cmocka_unit_test(what_is_no_uuid),        cmocka_unit_test(the_same_content_of_two_students),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
