/* A class in parts is the class: the same students, results, sub-scores, attempts and findings as read in one piece. */
#include "study/past_parts.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { STUDENTS = 40, STRANGERS = 7, EACH = 9 };

static char directory[256];
static const char *const names[] = {"results.csv", "students.csv", "exams.csv", "subscores.csv"};

/* Every student's text apart, because students without an attempt may come in another part. */
struct told {
  struct buf student[STUDENTS + STRANGERS], findings;
  char order[STUDENTS * 8]; /* ids of those with an attempt, as they came */
  size_t parts;
};

static void put(const char *name, struct buf *text) {
  char path[512], why[FILE_REASON];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  assert_int_equal(buf_finish(text), 0);
  assert_int_equal(file_write(path, text->data, text->len, 0600, false, why), 0);
  buf_done(text);
}

static void id_put(struct buf *out, int student, int k) {
  buf_printf(out, "0190a5a0-0000-7000-8000-%06x%06x", student, k);
}

/* Ids that are taken twice, by the same student and by another; a revision; sub-scores of nobody; an attempt twice. */
static void oddities_put(struct buf *results, struct buf *subs, struct buf *exams) {
  buf_printf(results, "s01,");
  id_put(results, 30, 2);
  buf_printf(results, ",cbssa,,2026-03-01,55,0\ns05,");
  id_put(results, 5, 1);
  buf_printf(results, ",cbssa,form 1,2026-03-01,77,3\ns06,");
  id_put(results, 6, 1);
  buf_printf(results, ",cbssa,form 1,2026-03-01,77,1\ns07,,cbssa,,2026-03-01,101,0\n");
  buf_printf(subs, "0190a5a0-0000-7000-8000-ffffffffffff,system,development,6,4\nnothing,system,development,6,4\n");
  id_put(subs, 3, 1);
  buf_printf(subs, ",system,development,6,5\n");
  buf_printf(exams, "s09,1,2026-05-01,fail\n");
}

static int set_up(void **state) {
  const char *tmp = getenv("TMPDIR");
  struct buf results, students, exams, subs;
  (void)state;
  snprintf(directory, sizeof directory, "%s/parts_test.XXXXXX", tmp ? tmp : "/tmp");
  if (!mkdtemp(directory))
    return -1;
  struct buf *const all[] = {&results, &students, &exams, &subs};
  for (size_t i = 0; i < 4; i++)
    buf_init(all[i], 1 << 20);
  buf_printf(&results, "student_id,result_id,instrument,form,taken_at,score,revision\n");
  buf_printf(&students, "student_id,track,dedicated_start\n");
  buf_printf(&exams, "student_id,attempt,taken_on,outcome\n");
  buf_printf(&subs, "result_id,axis,area,items,correct\n");
  for (int k = 0; k < EACH; k++)
    for (int s = STUDENTS + STRANGERS; s-- > 0;) { /* in no order of students */
      buf_printf(&results, "%s%02d,", s < STUDENTS ? "s" : "x", s);
      id_put(&results, s, k);
      buf_printf(&results, ",%s,form %d,2026-0%d-%02dT10:00:00Z,%d,1\n", k % 3 ? "cbssa" : "qbank_uworld", k, 1 + (k * 5 + s) % 3,
                 1 + (s * 7 + k) % 28, 50 + (s + 3 * k) % 30);
      id_put(&subs, s, k);
      buf_printf(&subs, ",system,development,6,%d\n", k % 6);
    }
  for (int s = STUDENTS; s-- > 0;) {
    buf_printf(&students, "s%02d,%s,2026-02-%02d\n", s, s % 2 ? "us_do" : "non_us", 1 + s % 28);
    if (s % 5)
      buf_printf(&exams, "s%02d,1,2026-04-01,%s\ns%02d,2,2026-06-01,pass\n", s, s % 3 ? "pass" : "fail", s);
  }
  oddities_put(&results, &subs, &exams);
  for (size_t i = 0; i < 4; i++)
    put(names[i], all[i]);
  return 0;
}

static int tear_down(void **state) {
  char path[512];
  (void)state;
  for (size_t i = 0; i < 4; i++)
    if (past_file(path, sizeof path, directory, names[i]))
      assert_int_equal(unlink(path), 0);
  return rmdir(directory);
}

static void note(void *arg, const char *file, const struct csv_finding *finding) {
  struct told *told = arg;
  buf_printf(&told->findings, "%s:%d %s %s %s\n", strrchr(file, '/') + 1, (int)finding->line, finding->column, finding->value,
             finding->reason);
}

static void result_tell(struct buf *out, const struct past *past, const struct past_result *packed) {
  struct result result;
  past_result_fill(past, packed, &result);
  buf_printf(out, "  %02x%02x %s \"%s\" %lld %d rev %u:", result.id[12], result.id[15], result.instrument, result.form,
             (long long)result.taken_at_ms, result.score_centi, (unsigned)result.revision);
  for (size_t i = 0; i < result.subs; i++)
    buf_printf(out, " %d %d/%d", result.sub_area[i], result.sub_correct[i], result.sub_items[i]);
  buf_printf(out, "\n");
}

static int class_tell(void *arg, const struct past *past, const struct past_totals *totals) {
  struct told *told = arg;
  (void)totals;
  told->parts++;
  for (size_t s = 0; s < past->students_n; s++) {
    const struct past_student *student = &past->students[s];
    const char *id = past_student_id(past, s);
    struct buf *out = &told->student[strtol(id + 1, NULL, 10)];
    assert_int_equal(out->len, 0); /* nobody comes twice */
    buf_printf(out, "%s %d %d %d\n", id, student->track, student->dedicated_day, student->listed);
    for (size_t i = 0; i < student->results_n; i++)
      result_tell(out, past, &past->results[student->results_at + i]);
    for (size_t i = 0; i < student->attempts_n; i++)
      buf_printf(out, "  attempt %d %d\n", past->attempts[student->attempts_at + i].number,
                 past->attempts[student->attempts_at + i].outcome);
    if (student->attempts_n > 0)
      snprintf(told->order + strlen(told->order), sizeof told->order - strlen(told->order), "%s ", id);
  }
  return E_OK;
}

static void told_begin(struct told *told) {
  memset(told, 0, sizeof *told);
  for (size_t i = 0; i < STUDENTS + STRANGERS; i++)
    buf_init(&told->student[i], 1 << 16);
  buf_init(&told->findings, 1 << 16);
}

static void told_done(struct told *told) {
  for (size_t i = 0; i < STUDENTS + STRANGERS; i++)
    buf_done(&told->student[i]);
  buf_done(&told->findings);
}

static void same(const struct buf *one, const struct buf *other) {
  assert_int_equal(one->len, other->len);
  assert_memory_equal(one->data, other->data, one->len);
}

static size_t lines_in(const struct buf *text) {
  size_t n = 0;
  for (size_t i = 0; i < text->len; i++)
    n += text->data[i] == '\n';
  return n;
}

/* Every line of one among those of the other: the findings of parts stand in another order. */
static void same_lines(const struct buf *one, const struct buf *other) {
  assert_int_equal(lines_in(one), lines_in(other));
  for (size_t at = 0; at < one->len;) {
    size_t len = (size_t)((const uint8_t *)memchr(one->data + at, '\n', one->len - at) - (one->data + at)) + 1;
    assert_non_null(memmem(other->data, other->len, one->data + at, len));
    at += len;
  }
}

static void parts_make_the_class(void **state) {
  static const uint64_t part_bytes[] = {1 << 20, 20000, 3000, 500};
  struct told whole, parts;
  struct past *past;
  struct past_totals totals;
  char reason[PAST_REASON];
  (void)state;
  told_begin(&whole);
  const struct past_options options = {.directory = directory, .finding = note, .arg = &whole};
  assert_int_equal(past_read(&options, &past, reason), 0);
  class_tell(&whole, past, NULL);
  assert_int_equal(lines_in(&whole.findings), 7);
  for (size_t i = 0; i < sizeof part_bytes / sizeof *part_bytes; i++) {
    told_begin(&parts);
    const struct past_parts_options given = {.past = {.directory = directory, .finding = note, .arg = &parts},
                                             .part_bytes = part_bytes[i],
                                             .visit = class_tell,
                                             .arg = &parts};
    assert_int_equal(past_parts(&given, &totals, reason), 0);
    assert_true(i == 0 ? parts.parts == 1 : parts.parts > i);
    assert_int_equal(totals.students, past->students_n);
    assert_int_equal(totals.results, past->results_n);
    assert_int_equal(totals.attempts, past->attempts_n);
    assert_int_equal(totals.refused, past->refused);
    assert_string_equal(parts.order, whole.order);
    for (size_t s = 0; s < STUDENTS + STRANGERS; s++)
      same(&whole.student[s], &parts.student[s]);
    same_lines(&whole.findings, &parts.findings);
    told_done(&parts);
  }
  told_done(&whole);
  past_free(past);
}

static int visit_stop(void *arg, const struct past *past, const struct past_totals *totals) {
  (void)past;
  (void)totals;
  ++*(int *)arg;
  return E_LIMIT;
}

static void a_visit_can_stop_it(void **state) {
  int visits = 0;
  struct past_totals totals;
  char reason[PAST_REASON];
  (void)state;
  const struct past_parts_options given = {
      .past = {.directory = directory}, .part_bytes = 3000, .visit = visit_stop, .arg = &visits};
  assert_int_equal(past_parts(&given, &totals, reason), E_LIMIT);
  assert_int_equal(visits, 1);
}

static void a_place_that_cannot_be_written_is_said(void **state) {
  int visits = 0;
  struct past_totals totals;
  char reason[PAST_REASON], *before = getenv("TMPDIR") ? strdup(getenv("TMPDIR")) : NULL;
  (void)state;
  setenv("TMPDIR", "/nonexistent", 1);
  const struct past_parts_options given = {.past = {.directory = directory}, .visit = visit_stop, .arg = &visits};
  assert_int_equal(past_parts(&given, &totals, reason), E_SYSTEM);
  assert_non_null(strstr(reason, "TMPDIR: No such file"));
  assert_int_equal(visits, 0);
  if (before)
    setenv("TMPDIR", before, 1);
  else
    unsetenv("TMPDIR");
  free(before);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(parts_make_the_class, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_visit_can_stop_it, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_place_that_cannot_be_written_is_said, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
