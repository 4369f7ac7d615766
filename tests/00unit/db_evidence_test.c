/*
 * Packed results on their way in. The bytes are laid out here by hand, as sql/api/student_evidence.sql says (tests/20sql holds that
 * to the same words); then each of them is spoilt in turn, and the answer must be a clean error or results within their bounds.
 */
#include "base/buf.h"
#include "base/err.h"
#include "db/evidence.h"
#include "db/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CAP = 1 << 20, COLUMNS = 4, STUDENT = 1042 };

struct given {
  struct buf results;
  char instruments[500], forms[500];
};

static void given_begin(struct given *given) {
  buf_init(&given->results, CAP);
  given->instruments[0] = given->forms[0] = '\0';
}

/* Behind those that are there, if any are. */
static void put_name(char names[500], bool more, const char *name) {
  size_t len = strlen(names);
  snprintf(names + len, 500 - len, "%s%s", more ? "\n" : "", name);
}

static void put(struct given *given, uint8_t id, int32_t revision, uint8_t marks, int subs, const char *instrument,
                const char *form) {
  struct buf *to = &given->results;
  const bool more = to->len > 0;
  const int64_t items = subs > 0 ? 200 : -1, correct = subs > 0 ? 128 : -1, seconds = subs > 0 ? 18000 : -1;
  const int64_t omitted = subs > 0 ? 3 : -1, below = INT64_C(1) << 16, two_below = INT64_C(1) << 32;
  buf_put(to, "\1\2\3\4\5\6\x70\0\x80\0\0\0\0\0\0", 15);
  buf_put_u8(to, id);
  buf_put_i64(to, (INT64_C(1700000000123) - TYPE_EPOCH_MS) * 1000 + 999);
  buf_put_i64(to, items * two_below * below + correct * two_below - 6412);
  buf_put_i64(to, seconds * two_below + omitted * below + subs * 256 + (revision ? 128 : 0) + marks);
  if (revision)
    buf_put_i32(to, revision);
  for (int i = 0; i < subs; i++)
    buf_put(to, "\3\1\0\0\xc8", 5);
  assert_int_equal(buf_finish(to), E_OK);
  put_name(given->instruments, more, instrument);
  put_name(given->forms, more, form);
}

static PGresult *result_of(const uint8_t *bytes, size_t len, const char *instruments, const char *forms) {
  static const uint8_t student[8] = {0, 0, 0, 0, 0, 0, STUDENT >> 8, STUDENT & 0xff};
  static const Oid types[COLUMNS] = {TYPE_INT8, TYPE_BYTEA, TYPE_TEXT, TYPE_TEXT};
  PGresAttDesc attributes[COLUMNS];
  memset(attributes, 0, sizeof attributes);
  for (int i = 0; i < COLUMNS; i++) {
    attributes[i].name = (char *)(uintptr_t) "c";
    attributes[i].format = 1;
    attributes[i].typid = types[i];
  }
  PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
  assert_non_null(res);
  assert_int_equal(PQsetResultAttrs(res, COLUMNS, attributes), 1);
  assert_int_equal(PQsetvalue(res, 0, 0, (char *)(uintptr_t)student, sizeof student), 1);
  assert_int_equal(PQsetvalue(res, 0, 1, (char *)(uintptr_t)bytes, (int)len), 1);
  assert_int_equal(PQsetvalue(res, 0, 2, (char *)(uintptr_t)instruments, (int)strlen(instruments)), 1);
  assert_int_equal(PQsetvalue(res, 0, 3, (char *)(uintptr_t)forms, (int)strlen(forms)), 1);
  return res;
}

static int decode_named(const struct given *given, size_t len, const char *instruments, const char *forms, struct arena *arena,
                        const struct result **ret, size_t *n) {
  PGresult *res = result_of(given->results.data, len, instruments, forms);
  assert_true(evidence_student(res, 0) == STUDENT);
  int err = evidence_decode(res, 0, arena, ret, n);
  PQclear(res);
  return err;
}

static int decode(const struct given *given, struct arena *arena, const struct result **ret, size_t *n) {
  return decode_named(given, given->results.len, given->instruments, given->forms, arena, ret, n);
}

static void a_result_is_read(void **state) {
  (void)state;
  struct given given;
  struct arena arena;
  const struct result *results;
  size_t n;
  arena_init(&arena, CAP);
  given_begin(&given);
  put(&given, 2, 0, SCALE_THREE_DIGIT << 4 | MODE_TUTOR << 2 | 2, 2, "uwsa2", "Form \xc3\xa9");
  put(&given, 1, 0, SCALE_NONE << 4 | MODE_NONE << 2, 0, "cbssa", "");
  assert_int_equal(decode(&given, &arena, &results, &n), E_OK);
  assert_int_equal(n, 2);
  const struct result *bare = &results[0], *full = &results[1];
  assert_int_equal(bare->id[15], 1); /* in order of id */
  assert_string_equal(bare->instrument, "cbssa");
  assert_string_equal(bare->form, "");
  assert_int_equal(bare->items, RESULT_UNKNOWN);
  assert_int_equal(bare->correct, RESULT_UNKNOWN);
  assert_int_equal(bare->omitted, RESULT_UNKNOWN);
  assert_int_equal(bare->seconds, RESULT_UNKNOWN);
  assert_int_equal(bare->subs, 0);
  assert_false(bare->repeat);
  assert_string_equal(full->instrument, "uwsa2");
  assert_string_equal(full->form, "Form \xc3\xa9");
  assert_true(full->taken_at_ms == INT64_C(1700000000123));
  assert_int_equal(full->score_centi, -6412);
  assert_int_equal(full->scale, SCALE_THREE_DIGIT);
  assert_int_equal(full->mode, MODE_TUTOR);
  assert_true(full->repeat);
  assert_int_equal(full->items, 200);
  assert_int_equal(full->correct, 128);
  assert_int_equal(full->omitted, 3);
  assert_int_equal(full->seconds, 18000);
  assert_int_equal(full->seconds_allowed, RESULT_UNKNOWN);
  assert_int_equal(full->subs, 2);
  assert_int_equal(full->sub_area[1], 3);
  assert_int_equal(full->sub_items[1], 256);
  assert_int_equal(full->sub_correct[1], 200);
  arena_done(&arena);
  buf_done(&given.results);
}

/* The highest revision counts, unless it takes the result back; in whatever order they come. */
static void the_revision_that_counts(void **state) {
  (void)state;
  struct given given;
  struct arena arena;
  const struct result *results;
  size_t n;
  arena_init(&arena, CAP);
  given_begin(&given);
  put(&given, 3, 1, 1, 0, "a", "");     /* taken back … */
  put(&given, 2, 0x100, 0, 0, "b", ""); /* counts */
  put(&given, 2, 0xff, 1, 0, "c", "");
  put(&given, 3, 0, 0, 0, "d", ""); /* … this one */
  put(&given, 1, 7, 0, 0, "e", "");
  assert_int_equal(decode(&given, &arena, &results, &n), E_OK);
  assert_int_equal(n, 2);
  assert_string_equal(results[0].instrument, "e");
  assert_string_equal(results[1].instrument, "b");
  assert_int_equal(results[1].revision, 0x100);
  arena_done(&arena);
  buf_done(&given.results);
}

static void names_and_numbers_go_together(void **state) {
  (void)state;
  static const char *const wrong[][2] = {{"", ""},           {"a\nc", ""},       {"a\nc", "b"},         {"a", "b\nd"},
                                         {"a\nc\n", "b\nd"}, {"a\nc", "b\nd\n"}, {"a\nc\ne", "b\nd\nf"}};
  struct given given;
  struct arena arena;
  const struct result *results;
  size_t n;
  char forms[LIMIT_FORM_CHARS + 20];
  arena_init(&arena, CAP);
  given_begin(&given);
  put(&given, 1, 0, 0, 1, "a", "b");
  put(&given, 2, 0, 0, 0, "c", "d");
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_int_equal(decode_named(&given, given.results.len, wrong[i][0], wrong[i][1], &arena, &results, &n), E_DATABASE);
  snprintf(forms, sizeof forms, "b\n%0*d", LIMIT_FORM_CHARS + 1, 0);
  assert_int_equal(decode_named(&given, given.results.len, "a\nc", forms, &arena, &results, &n), E_DATABASE);
  forms[strlen(forms) - 1] = '\0';
  assert_int_equal(decode_named(&given, given.results.len, "a\nc", forms, &arena, &results, &n), E_OK);
  for (size_t len = 0; len < given.results.len; len++)
    assert_int_equal(decode_named(&given, len, given.instruments, given.forms, &arena, &results, &n), E_DATABASE);
  arena_done(&arena);
  arena_init(&arena, 64);
  assert_int_equal(decode(&given, &arena, &results, &n), E_NOMEM);
  arena_done(&arena);
  buf_done(&given.results);
}

static void spoilt_bytes_are_found_out(void **state) {
  (void)state;
  static const uint8_t spoil[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
  struct given given;
  given_begin(&given);
  put(&given, 1, 0, SCALE_EPC << 4 | MODE_TIMED << 2, 3, "cbssa", "31");
  put(&given, 2, 1, SCALE_EPC << 4 | MODE_TIMED << 2, 0, "uwsa2", "");
  for (size_t at = 0; at < given.results.len; at++)
    for (size_t i = 0; i < sizeof spoil; i++) {
      struct arena arena;
      const struct result *results;
      size_t n;
      uint8_t was = given.results.data[at];
      given.results.data[at] = spoil[i];
      arena_init(&arena, CAP);
      int err = decode(&given, &arena, &results, &n);
      assert_true(err == E_OK || err == E_DATABASE);
      for (size_t r = 0; !err && r < n; r++) {
        assert_true(results[r].subs <= LIMIT_SUBSCORES && results[r].scale <= SCALE_OWN && results[r].mode <= MODE_TUTOR);
        assert_true(results[r].items >= RESULT_UNKNOWN && results[r].correct >= RESULT_UNKNOWN && !results[r].retracted);
      }
      arena_done(&arena);
      given.results.data[at] = was;
    }
  buf_done(&given.results);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_result_is_read),
      cmocka_unit_test(the_revision_that_counts),
      cmocka_unit_test(names_and_numbers_go_together),
      cmocka_unit_test(spoilt_bytes_are_found_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
