/*
 * The outbox by itself: what is recorded stays, what comes twice is recognised, what rots is noticed, and a row leaves the
 * queue by a settlement and by nothing else. Each test has a state directory of its own.
 */
#include "client/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOW_MS = 1000 };

struct state {
  char dir[64], db[96];
  struct home home;
  struct outbox *outbox;
  struct sg_error error;
};

static void open_both(struct state *state) {
  assert_int_equal(home_open(&state->home, state->dir, 0, &state->error), SG_OK);
  assert_int_equal(outbox_open(&state->outbox, &state->home, &state->error), SG_OK);
}

static void close_both(struct state *state) {
  outbox_close(state->outbox);
  state->outbox = NULL;
  home_close(&state->home);
}

static int set_up(void **arg) {
  static struct state state;
  memset(&state, 0, sizeof state);
  snprintf(state.dir, sizeof state.dir, "/tmp/sg-outbox-XXXXXX");
  assert_non_null(mkdtemp(state.dir));
  snprintf(state.db, sizeof state.db, "%s/outbox.db", state.dir);
  open_both(&state);
  *arg = &state;
  return 0;
}

static int tear_down(void **arg) {
  struct state *state = *arg;
  char path[128];
  close_both(state);
  static const char *const names[] = {"outbox.db", "outbox.db-journal", "lock"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", state->dir, names[i]);
    (void)unlink(path);
  }
  return rmdir(state->dir);
}

/* The n-th result: all fields set, and different from its neighbours. */
static struct result result_n(unsigned n) {
  struct result result = {.revision = n % 2,
                          .instrument = "cbssa",
                          .taken_at_ms = 1700000000000 + n,
                          .scale = SCALE_EPC,
                          .score_centi = 6000 + (int32_t)n,
                          .mode = MODE_TIMED,
                          .repeat = true,
                          .items = 200,
                          .correct = 120,
                          .omitted = RESULT_UNKNOWN,
                          .seconds = 3600,
                          .seconds_allowed = RESULT_UNKNOWN,
                          .printed_p_pass_bp = 9300,
                          .subs = 2,
                          .sub_area = {3, 250},
                          .sub_items = {40, 65535},
                          .sub_correct = {30, 256}};
  snprintf(result.form, sizeof result.form, "form %u \xc3\xa9", n);
  uint8_t random[10] = {(uint8_t)(n >> 8), (uint8_t)n};
  uuid7_make(result.id, result.taken_at_ms, random);
  return result;
}

static enum sg_added record(struct state *state, const struct result *result) {
  enum sg_added added;
  assert_int_equal(outbox_record(state->outbox, result, NOW_MS, &added, &state->error), SG_OK);
  return added;
}

static size_t queued(struct state *state, struct outbox_row *rows, size_t cap) {
  size_t n;
  assert_int_equal(outbox_queued(state->outbox, NULL, rows, cap, &n, &state->error), SG_OK);
  return n;
}

static void a_row_comes_back_as_it_went_in(void **arg) {
  struct state *state = *arg;
  struct outbox_row row;
  struct result in = result_n(7);
  assert_int_equal(record(state, &in), SG_ADDED);
  close_both(state);
  open_both(state);
  assert_int_equal(queued(state, &row, 1), 1);
  assert_false(row.damaged);
  assert_memory_equal(row.result.id, in.id, UUID_BYTES);
  assert_string_equal(row.result.form, in.form);
  assert_int_equal(row.result.taken_at_ms, in.taken_at_ms);
  assert_int_equal(row.result.omitted, RESULT_UNKNOWN);
  assert_int_equal(row.result.printed_p_pass_bp, 9300);
  assert_int_equal(row.result.subs, 2);
  assert_int_equal(row.result.sub_area[1], 250);
  assert_int_equal(row.result.sub_items[1], 65535);
  assert_int_equal(row.result.sub_correct[1], 256);
}

static void what_comes_twice_is_recognised(void **arg) {
  struct state *state = *arg;
  struct outbox_row rows[3];
  struct result result = result_n(1);
  assert_int_equal(record(state, &result), SG_ADDED);
  assert_int_equal(record(state, &result), SG_IDENTICAL);
  result.sub_correct[0]--;
  assert_int_equal(record(state, &result), SG_DIFFERENT);
  result.revision++;
  assert_int_equal(record(state, &result), SG_ADDED);
  assert_int_equal(queued(state, rows, 3), 2);
}

static void the_queue_is_walked_in_pieces(void **arg) {
  struct state *state = *arg;
  enum { ROWS = 25, PIECE = 4 };
  for (unsigned i = 0; i < ROWS; i++) {
    struct result result = result_n((i * 7) % ROWS); /* in no order */
    assert_int_equal(record(state, &result), SG_ADDED);
  }
  struct outbox_row rows[PIECE], after;
  size_t n, seen = 0;
  const struct outbox_row *last = NULL;
  do {
    assert_int_equal(outbox_queued(state->outbox, last, rows, PIECE, &n, &state->error), SG_OK);
    for (size_t i = 0; i < n; i++)
      assert_int_equal(rows[i].result.taken_at_ms, 1700000000000 + (int64_t)seen++);
    if (n > 0)
      after = rows[n - 1];
    last = &after;
  } while (n > 0);
  assert_int_equal(seen, ROWS);
}

static void a_settled_row_leaves_the_queue_and_stays_settled(void **arg) {
  struct state *state = *arg;
  struct outbox_row rows[4];
  struct sg_counts counts;
  for (unsigned i = 0; i < 4; i++) {
    struct result result = result_n(i);
    record(state, &result);
  }
  assert_int_equal(queued(state, rows, 4), 4);
  const enum sg_row_state words[] = {SG_ACKNOWLEDGED, SG_REJECTED, SG_CONFLICT};
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(outbox_settle(state->outbox, rows[i].seq, words[i], 5, "form", "why", &state->error), SG_OK);
  /* A second word for the same row changes nothing: the first receipt counted. */
  assert_int_equal(outbox_settle(state->outbox, rows[0].seq, SG_REJECTED, 6, "x", "y", &state->error), SG_OK);
  assert_int_equal(outbox_counts(state->outbox, &counts, &state->error), SG_OK);
  assert_int_equal(counts.queued, 1);
  assert_int_equal(counts.acknowledged, 1);
  assert_int_equal(counts.rejected, 1);
  assert_int_equal(counts.conflict, 1);
  struct result again = result_n(0);
  assert_int_equal(record(state, &again), SG_IDENTICAL);
  assert_int_equal(queued(state, rows, 4), 1);
}

static void what_is_not_committed_is_not_there(void **arg) {
  struct state *state = *arg;
  struct outbox_row row;
  struct result result = result_n(3);
  assert_int_equal(outbox_begin(state->outbox, &state->error), SG_OK);
  record(state, &result);
  outbox_rollback(state->outbox);
  assert_int_equal(queued(state, &row, 1), 0);
  assert_int_equal(outbox_begin(state->outbox, &state->error), SG_OK);
  record(state, &result);
  close_both(state); /* as a crash would */
  open_both(state);
  assert_int_equal(queued(state, &row, 1), 0);
}

static void change_behind_its_back(struct state *state, const char *sql) {
  sqlite3 *db;
  close_both(state);
  assert_int_equal(sqlite3_open(state->db, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
}

static void a_row_that_rots_is_noticed(void **arg) {
  static const char *const changes[] = {"update result set score_centi = score_centi + 1",
                                        "update result set form = form || ' '",
                                        "update result set subs = x'0100'",
                                        "update result set instrument = printf('%100s', 'x')",
                                        "update result set correct = null",
                                        "update result set digest = x''"};
  struct state *state = *arg;
  struct outbox_row row;
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    struct result result = result_n(9);
    (void)record(state, &result);
    change_behind_its_back(state, changes[i]);
    open_both(state);
    assert_int_equal(queued(state, &row, 1), 1);
    assert_true(row.damaged);
    change_behind_its_back(state, "delete from result");
    open_both(state);
  }
}

extern const unsigned char sg_outbox_schema[];

/* A file as version 1 left it: its rows stay what they are, are no act, and what is new works on it. */
static void a_file_of_version_1_is_brought_forward(void **arg) {
  struct state *state = *arg;
  struct outbox_row row;
  struct sg_undo_report report;
  char old[128], sql[256];
  sqlite3 *db;
  struct result before = result_n(4), after = result_n(5);
  record(state, &before);
  close_both(state);
  snprintf(old, sizeof old, "%s.old", state->db);
  assert_int_equal(rename(state->db, old), 0);
  assert_int_equal(sqlite3_open(state->db, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, (const char *)sg_outbox_schema, NULL, NULL, NULL), SQLITE_OK);
  snprintf(sql, sizeof sql, "attach '%s' as new; alter table new.result rename to r;", old);
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(
      sqlite3_exec(db,
                   "insert into result select seq, result_id, revision, retracted, instrument, form, taken_at_ms, scale,"
                   " score_centi, mode, repeat, items, correct, omitted, seconds, seconds_allowed, printed_p_pass_bp,"
                   " subs, digest, recorded_ms, state, settled_ms, field, reason from new.r;"
                   "pragma user_version = 1",
                   NULL, NULL, NULL),
      SQLITE_OK);
  sqlite3_close(db);
  assert_int_equal(unlink(old), 0);
  assert_int_equal(chmod(state->db, 0600), 0);
  open_both(state);
  assert_int_equal(queued(state, &row, 1), 1);
  assert_false(row.damaged);
  assert_memory_equal(row.result.id, before.id, UUID_BYTES);
  assert_int_equal(outbox_begin(state->outbox, &state->error), SG_OK);
  assert_int_equal(outbox_undo(state->outbox, NOW_MS, &report, &state->error), SG_DATA);
  assert_int_equal(outbox_act_begin(state->outbox, SG_ACT_ADD, "one", NOW_MS, &state->error), SG_OK);
  assert_int_equal(record(state, &after), SG_ADDED);
  assert_int_equal(outbox_act_end(state->outbox, &state->error), SG_OK);
  assert_int_equal(outbox_undo(state->outbox, NOW_MS, &report, &state->error), SG_OK);
  assert_int_equal(outbox_commit(state->outbox, &state->error), SG_OK);
  assert_string_equal(report.what, "one");
  assert_int_equal(report.removed, 1);
  assert_int_equal(queued(state, &row, 1), 1);
}

static void what_was_handed_out_is_withdrawn_and_not_forgotten(void **arg) {
  struct state *state = *arg;
  struct outbox_row rows[4];
  struct sg_undo_report report;
  struct result result = result_n(2);
  assert_int_equal(outbox_act_begin(state->outbox, SG_ACT_ADD, "", NOW_MS, &state->error), SG_OK);
  assert_int_equal(record(state, &result), SG_ADDED);
  assert_int_equal(outbox_act_end(state->outbox, &state->error), SG_OK);
  assert_int_equal(outbox_sending(state->outbox, &state->error), SG_OK);
  assert_int_equal(outbox_undo(state->outbox, NOW_MS, &report, &state->error), SG_OK);
  assert_int_equal(report.removed, 0);
  assert_int_equal(report.retracted, 1);
  assert_int_equal(queued(state, rows, 4), 2);
  assert_true(rows[1].result.retracted);
  assert_int_equal(rows[1].result.revision, result.revision + 1);
  assert_int_equal(outbox_undo(state->outbox, NOW_MS, &report, &state->error), SG_DATA); /* an undo is not undone */
}

static void what_files_taught_goes_with_its_act(void **arg) {
  struct state *state = *arg;
  struct sg_undo_report report;
  char text[16];
  assert_int_equal(outbox_memory_get(state->outbox, "a", text, sizeof text, &state->error), SG_OK);
  assert_string_equal(text, "");
  assert_int_equal(outbox_memory_set(state->outbox, "a", "first", &state->error), SG_OK);
  assert_int_equal(outbox_act_begin(state->outbox, SG_ACT_IMPORT, "file", NOW_MS, &state->error), SG_OK);
  assert_int_equal(outbox_memory_set(state->outbox, "a", "second", &state->error), SG_OK);
  assert_int_equal(outbox_act_end(state->outbox, &state->error), SG_OK);
  assert_int_equal(outbox_memory_get(state->outbox, "a", text, sizeof text, &state->error), SG_OK);
  assert_string_equal(text, "second");
  assert_int_equal(outbox_undo(state->outbox, NOW_MS, &report, &state->error), SG_OK);
  assert_int_equal(outbox_memory_get(state->outbox, "a", text, sizeof text, &state->error), SG_OK);
  assert_string_equal(text, "first");
}

static void a_newer_file_is_left_alone(void **arg) {
  struct state *state = *arg;
  change_behind_its_back(state, "pragma user_version = 99");
  assert_int_equal(home_open(&state->home, state->dir, 0, &state->error), SG_OK);
  assert_int_equal(outbox_open(&state->outbox, &state->home, &state->error), SG_LOCAL);
  assert_non_null(strstr(state->error.text, "newer stepguard"));
  home_close(&state->home);
  change_behind_its_back(state, "pragma user_version = 3");
  open_both(state);
}

static void a_file_that_is_none_is_said_to_be_damaged(void **arg) {
  struct state *state = *arg;
  close_both(state);
  FILE *file = fopen(state->db, "w");
  assert_non_null(file);
  for (int i = 0; i < 2000; i++)
    fprintf(file, "not a database %d\n", i);
  fclose(file);
  assert_int_equal(home_open(&state->home, state->dir, 0, &state->error), SG_OK);
  assert_int_equal(outbox_open(&state->outbox, &state->home, &state->error), SG_LOCAL);
  assert_non_null(strstr(state->error.text, "damaged"));
  home_close(&state->home);
  assert_int_equal(unlink(state->db), 0);
  open_both(state);
}

static void the_lock_keeps_a_second_one_out(void **arg) {
  struct state *state = *arg;
  struct home second;
  struct sg_error error;
  char pid[32];
  assert_int_equal(home_open(&second, state->dir, 100, &error), SG_LOCKED);
  snprintf(pid, sizeof pid, "process %ld", (long)getpid());
  assert_non_null(strstr(error.text, pid));
}

static void others_do_not_get_in(void **arg) {
  struct state *state = *arg;
  struct stat about;
  close_both(state);
  assert_int_equal(chmod(state->dir, 0755), 0);
  open_both(state);
  assert_int_equal(stat(state->dir, &about), 0);
  assert_int_equal(about.st_mode & 0777, 0700);
  close_both(state);
  assert_int_equal(chmod(state->db, 0640), 0);
  assert_int_equal(home_open(&state->home, state->dir, 0, &state->error), SG_OK);
  assert_int_equal(outbox_open(&state->outbox, &state->home, &state->error), SG_LOCAL);
  home_close(&state->home);
  assert_int_equal(chmod(state->db, 0600), 0);
  open_both(state);
}

static bool count_plan(void *arg, const struct sg_plan *plan) {
  *(unsigned *)arg += plan->exam_day == 20000 && plan->permit_from == SG_NO_DAY;
  return true;
}

static void a_plan_change_waits_until_it_is_settled(void **arg) {
  struct state *state = *arg;
  struct sg_plan plan = {.id = {1},
                         .action = SG_PLAN_SET,
                         .attempt = 1,
                         .exam_day = 20000,
                         .permit_from = SG_NO_DAY,
                         .permit_to = SG_NO_DAY,
                         .dedicated_start = SG_NO_DAY};
  unsigned n = 0;
  assert_int_equal(outbox_plan_record(state->outbox, &plan, &state->error), SG_OK);
  assert_int_equal(outbox_plan_list(state->outbox, true, count_plan, &n, &state->error), SG_OK);
  assert_int_equal(n, 1);
  assert_int_equal(outbox_plan_settle(state->outbox, plan.id, SG_REJECTED, "exam_day", "no", &state->error), SG_OK);
  assert_int_equal(outbox_plan_list(state->outbox, true, count_plan, &n, &state->error), SG_OK);
  assert_int_equal(n, 1);
  assert_int_equal(outbox_plan_list(state->outbox, false, count_plan, &n, &state->error), SG_OK);
  assert_int_equal(n, 2);
}

static void settings_and_standing_are_kept(void **arg) {
  struct state *state = *arg;
  char text[8];
  uint8_t body[OUTBOX_STANDING_CAP];
  size_t len = 1;
  int64_t ms;
  assert_int_equal(outbox_get(state->outbox, "zone", text, sizeof text, &state->error), SG_OK);
  assert_string_equal(text, "");
  assert_int_equal(outbox_set(state->outbox, "zone", "a", &state->error), SG_OK);
  assert_int_equal(outbox_set(state->outbox, "zone", "much too long", &state->error), SG_OK);
  assert_int_equal(outbox_get(state->outbox, "zone", text, sizeof text, &state->error), SG_OK);
  assert_string_equal(text, "much to");
  assert_int_equal(outbox_set_ms(state->outbox, "t", -5, &state->error), SG_OK);
  assert_int_equal(outbox_get_ms(state->outbox, "t", &ms, &state->error), SG_OK);
  assert_int_equal(ms, -5);
  assert_int_equal(outbox_standing_get(state->outbox, body, &len, &ms, &state->error), SG_OK);
  assert_int_equal(len, 0);
  for (int64_t i = 1; i <= 2; i++)
    assert_int_equal(outbox_standing_set(state->outbox, "\0ab", (size_t)i + 1, i, &state->error), SG_OK);
  assert_int_equal(outbox_standing_get(state->outbox, body, &len, &ms, &state->error), SG_OK);
  assert_int_equal(len, 3);
  assert_int_equal(ms, 2);
  assert_memory_equal(body, "\0ab", 3);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(a_row_comes_back_as_it_went_in),
      TEST(what_comes_twice_is_recognised),
      TEST(the_queue_is_walked_in_pieces),
      TEST(a_settled_row_leaves_the_queue_and_stays_settled),
      TEST(what_is_not_committed_is_not_there),
      TEST(a_row_that_rots_is_noticed),
      TEST(a_file_of_version_1_is_brought_forward),
      TEST(what_was_handed_out_is_withdrawn_and_not_forgotten),
      TEST(what_files_taught_goes_with_its_act),
      TEST(a_newer_file_is_left_alone),
      TEST(a_file_that_is_none_is_said_to_be_damaged),
      TEST(the_lock_keeps_a_second_one_out),
      TEST(others_do_not_get_in),
      TEST(a_plan_change_waits_until_it_is_settled),
      TEST(settings_and_standing_are_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
