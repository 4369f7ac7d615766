/*
 * Memory runs out at every single place between a student's question and its answer: each is answered once, whole or by a
 * fault, nothing leaks, and the port's count of what is in the house goes back to nothing. The database and the session
 * stand in at the link: this file defines pool_call() and what requests call of a session.
 */
#include "base/err.h"
#include "proto/limits.h"
#include "proto/study.h"
#include "student/dispatch.h"
#include "student/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/00unit/sweep.h"

enum {
  COLUMNS = 10,
  BOOL = 16,
  INT2 = 21,
  TEXT = 25,
  DATE = 1082,
  INT8 = 20,
  INT4 = 23,
  WHEN = 1184,
  UUID = 2950
}; /* types by their numbers in pg_type */

static struct student port;
static struct session session;
static PGresult *rows;
static struct asked {
  pool_done done;
  void *arg;
  enum stmt stmt;
  int err;
} asked;
static struct answered {
  unsigned times;
  enum fault fault;
  size_t entries;
  bool more;
  Stepguard__V1__ServerMessage__BodyCase body;
} answered;

int pool_call(struct pool *pool, enum stmt stmt, struct args *args, pool_done done, void *arg) {
  (void)pool;
  int err = args_finish(args, (const uint32_t[DB_TYPES]){0});
  args_done(args);
  if (err == E_OK)
    asked = (struct asked){.done = done, .arg = arg, .stmt = stmt, .err = asked.err};
  return err;
}

/* What was answered with another list: each entry is read, so that one that points nowhere shows. */
static void list_look(const Stepguard__V1__ServerMessage *message) {
  if (message->body_case == STEPGUARD__V1__SERVER_MESSAGE__BODY_MESSAGES) {
    answered.entries = message->messages->n_messages;
    answered.more = message->messages->more;
    for (size_t i = 0; i < answered.entries; i++) {
      assert_string_equal(message->messages->messages[i]->writer, "Hazel Rowan");
      assert_string_equal(message->messages->messages[i]->text, "Hazel Rowan");
    }
  } else if (message->body_case == STEPGUARD__V1__SERVER_MESSAGE__BODY_DEVICES) {
    answered.entries = message->devices->n_devices;
    answered.more = message->devices->more;
    for (size_t i = 0; i < answered.entries; i++) {
      assert_string_equal(message->devices->devices[i]->name, "Hazel Rowan");
      assert_int_equal(message->devices->devices[i]->last_seen_given_case, 0);
    }
  } else {
    assert_int_equal(message->body_case, STEPGUARD__V1__SERVER_MESSAGE__BODY_STUDY);
    answered.entries = message->study->n_entries;
    for (size_t i = 0; i < answered.entries; i++)
      assert_int_equal(message->study->entries[i]->check_in->study_minutes, 0x01020304);
  }
}

bool session_may_upload(struct session *of) {
  assert_ptr_equal(of, &session);
  return true;
}

void session_send(struct session *to, const Stepguard__V1__ServerMessage *message) {
  assert_ptr_equal(to, &session);
  answered.times++;
  answered.body = message->body_case;
  if (message->body_case != STEPGUARD__V1__SERVER_MESSAGE__BODY_DISCLOSURES) {
    list_look(message);
    return;
  }
  const Stepguard__V1__Disclosures *ledger = message->disclosures;
  answered.entries = ledger->n_entries;
  answered.more = ledger->more;
  for (size_t i = 0; i < ledger->n_entries; i++) {
    assert_string_equal(ledger->entries[i]->recipient, "Residency board");
    assert_string_equal(ledger->entries[i]->onward, "");
    assert_int_equal(ledger->entries[i]->on_day, 10957 + 20000);
    assert_true(ledger->entries[i]->refused);
  }
}

void session_refuse(struct session *to, uint32_t request_id, enum fault fault, const char *field, const char *text) {
  (void)request_id, (void)field, (void)text;
  assert_ptr_equal(to, &session);
  answered.times++;
  answered.fault = fault;
}

void session_request_done(struct session *of) {
  of->in_flight--;
}

/* The rows as PostgreSQL sends them: binary, most significant byte first. */
static PGresult *ledger(int n, int16_t verdict) {
  static char name[] = "column", board[] = "Residency board", yes[] = {1}, day[] = {0, 0, 0x4e, 0x20} /* 20,000 after 2000-01-01 */;
  char code[] = {0, (char)verdict};
  PGresAttDesc columns[COLUMNS];
  static const Oid types[COLUMNS] = {INT2, DATE, BOOL, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT};
  for (size_t i = 0; i < COLUMNS; i++)
    columns[i] = (PGresAttDesc){.name = name, .format = 1, .typid = types[i], .typlen = -1, .atttypmod = -1};
  PGresult *made = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
  assert_int_equal(PQsetResultAttrs(made, COLUMNS, columns), 1);
  for (int row = 0; row < n; row++) {
    assert_int_equal(PQsetvalue(made, row, 0, code, sizeof code), 1);
    assert_int_equal(PQsetvalue(made, row, 1, verdict ? NULL : day, verdict ? -1 : (int)sizeof day), 1);
    assert_int_equal(PQsetvalue(made, row, 2, verdict ? NULL : yes, verdict ? -1 : (int)sizeof yes), 1);
    for (int column = 3; column + 1 < COLUMNS; column++)
      assert_int_equal(PQsetvalue(made, row, column, board, sizeof board - 1), 1);
    assert_int_equal(PQsetvalue(made, row, COLUMNS - 1, NULL, -1), 1);
  }
  return made;
}

/* A row of the other answers, column by column: a letter says what it is. */
static PGresult *list(const char *letters, int n) {
  static char name[] = "column", who[] = "Hazel Rowan", state[] = "revoked", yes[] = {1}, zero[] = {0, 0},
              kind[] = {0, STUDY_CHECK_IN}, number[] = {1, 2, 3, 4}, large[8] = {0, 0, 0, 1}, id[UUID_BYTES] = {1};
  const struct {
    char letter;
    Oid type;
    char *value;
    int len;
  } kinds[] = {{'0', INT2, zero, 2},   {'k', INT2, kind, 2},   {'y', BOOL, yes, 1},   {'t', TEXT, who, 11},  {'s', TEXT, state, 7},
               {'i', INT4, number, 4}, {'d', DATE, number, 4}, {'l', INT8, large, 8}, {'w', WHEN, large, 8}, {'u', UUID, id, 16},
               {'n', WHEN, NULL, -1},  {'-', INT4, NULL, -1},  {'m', INT2, NULL, -1}};
  PGresAttDesc columns[COLUMNS + 1];
  size_t picked[COLUMNS + 1], width = strlen(letters);
  assert_in_range(width, 1, COLUMNS + 1);
  for (size_t c = 0; c < width; c++) {
    for (picked[c] = 0; kinds[picked[c]].letter != letters[c]; picked[c]++)
      assert_in_range(picked[c], 0, sizeof kinds / sizeof kinds[0] - 2);
    columns[c] = (PGresAttDesc){.name = name, .format = 1, .typid = kinds[picked[c]].type, .typlen = -1, .atttypmod = -1};
  }
  PGresult *made = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
  assert_int_equal(PQsetResultAttrs(made, (int)width, columns), 1);
  for (int row = 0; row < n; row++)
    for (size_t c = 0; c < width; c++)
      assert_int_equal(PQsetvalue(made, row, (int)c, kinds[picked[c]].value, kinds[picked[c]].len), 1);
  return made;
}

static void (*handler)(struct request *request, const Stepguard__V1__ClientMessage *message) = disclosures_asked;
static enum stmt expected = STMT_DISCLOSURES_OF;

/* True where it was answered with a ledger, or another list. */
static bool ask(void) {
  Stepguard__V1__ClientMessage message = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  TAILQ_INIT(&session.requests);
  session.port = &port;
  asked.done = NULL;
  answered = (struct answered){0};
  struct request *request = request_new(&session, 2, sizeof *request);
  if (request == NULL)
    return false;
  handler(request, &message);
  if (asked.done != NULL) {
    assert_int_equal(asked.stmt, expected);
    asked.done(asked.arg, asked.err, asked.err ? NULL : rows);
  }
  assert_int_equal(answered.times, 1);
  assert_int_equal(port.requests + port.request_bytes + session.in_flight, 0);
  assert_true(TAILQ_EMPTY(&session.requests));
  return answered.fault == FAULT_NONE;
}

static bool ask_in_vain(void) {
  bool good = ask();
  if (!good && answered.times > 0)
    assert_int_equal(answered.fault, FAULT_INTERNAL);
  return good;
}

static void a_ledger_survives(void **state) {
  (void)state;
  static const int sizes[] = {0, 1, LIMIT_DISCLOSURES, LIMIT_DISCLOSURES + 1};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    rows = ledger(sizes[i], FAULT_NONE);
    sweep(ask_in_vain);
    assert_int_equal(answered.entries, sizes[i] > LIMIT_DISCLOSURES ? LIMIT_DISCLOSURES : sizes[i]);
    assert_int_equal(answered.more, sizes[i] > LIMIT_DISCLOSURES);
    PQclear(rows);
  }
}

static void other_lists_survive(void **state) {
  (void)state;
  static const struct {
    void (*handler)(struct request *request, const Stepguard__V1__ClientMessage *message);
    enum stmt stmt;
    const char *letters;
    int cap;
  } lists[] = {{messages_asked, STMT_MESSAGES_OF, "0lwwtt", LIMIT_MESSAGES},
               {devices_asked, STMT_DEVICES_OF, "0yltyswnnw", LIMIT_DEVICES},
               {study_asked, STMT_STUDY_OF, "0ukwdii-mm", 0}};
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
    for (int n = lists[i].stmt == STMT_DEVICES_OF; n <= lists[i].cap + 3; n += lists[i].cap + 1) {
      handler = lists[i].handler;
      expected = lists[i].stmt;
      rows = list(lists[i].letters, n);
      sweep(ask_in_vain);
      bool more = lists[i].cap > 0 && n > lists[i].cap;
      assert_int_equal(answered.entries, more ? lists[i].cap : n);
      assert_int_equal(answered.more, more);
      PQclear(rows);
    }
  handler = disclosures_asked;
  expected = STMT_DISCLOSURES_OF;
}

static void a_refusal_is_passed_on(void **state) {
  (void)state;
  rows = ledger(1, FAULT_REVOKED);
  assert_false(ask());
  assert_int_equal(answered.fault, FAULT_REVOKED);
  PQclear(rows);
  static const int errs[] = {E_AWAY, E_UNKNOWN, E_DATABASE};
  for (size_t i = 0; i < sizeof errs / sizeof errs[0]; i++) {
    asked.err = errs[i];
    assert_false(ask());
    assert_int_equal(answered.fault, err_fault(errs[i]));
  }
  asked.err = E_OK;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_ledger_survives), cmocka_unit_test(other_lists_survive),
                                     cmocka_unit_test(a_refusal_is_passed_on)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
