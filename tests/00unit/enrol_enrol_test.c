/*
 * The enrolment port against a real client, with a database and a CA that answer as each test wants, and note what they
 * were asked in which order. Both stand in for the real ones at the link: this file defines pool_call() and
 * ca_client_sign(), and so the libraries' own are not taken.
 */
#include "base/clock.h"
#include "base/err.h"
#include "enrol/enrol.h"
#include "pki/csr_checks.h"
#include "proto/fault.h"
#include "proto/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "tls_peer.h"

#include <endian.h>
#include <openssl/sha.h>

#include <cmocka.h>

enum { GUARD_MS = 15000, SECRET = 16 };

static const uint8_t secret[SECRET] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const uint8_t serial_of_row[16] = {0x55, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static struct {
  struct identity ca, server;
  struct scratch scratch;
  struct tls *tls;
  EVP_PKEY *device_key;
  uint8_t *csr;
  size_t csr_len;
  struct conf conf;
} pki;

/* What the stand-ins are to do, and what they saw. */
static struct backend {
  int spend_refused, sign_refused, record_refused; /* result of the call itself */
  int spend_err, sign_err, record_err;             /* result told to the callback */
  int16_t verdict;
  bool not_recorded;
  bool hold; /* do not answer until release() */
  char order[32];
  uint8_t code_hash[32], key_hash[32], serial[16];
  char device_name[128];
  int32_t days;
  struct ca_request asked;
  struct held {
    pool_done done;
    ca_client_done signed_fn;
    void *arg;
    char kind;
  } held;
  struct loop_task task;
} backend;

static struct world {
  struct loop *loop;
  struct loop_timer *guard;
  struct enrol *enrol;
  bool late;
} world;

static void note(char c) {
  const size_t len = strlen(backend.order);
  if (len < sizeof backend.order - 1)
    backend.order[len] = c;
}

/* ---- the database ---- */

enum { T_BOOL = 16, T_BYTEA = 17, T_INT8 = 20, T_INT2 = 21, T_INT4 = 23, T_TEXT = 25, T_TIME = 1184 }; /* pg_type.oid */

static PGresult *row_of(const Oid *types, int columns) {
  PGresAttDesc attributes[16] = {0};
  PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
  for (int i = 0; i < columns; i++) {
    attributes[i].name = (char *)(uintptr_t) "c";
    attributes[i].format = 1;
    attributes[i].typid = types[i];
  }
  assert_int_equal(PQsetResultAttrs(res, columns, attributes), 1);
  return res;
}

static void put(PGresult *res, int column, const void *bytes, size_t len) {
  assert_int_equal(PQsetvalue(res, 0, column, (char *)(uintptr_t)bytes, (int)len), 1);
}

static void put_i64(PGresult *res, int column, int64_t v) {
  const uint64_t wire = htobe64((uint64_t)v);
  put(res, column, &wire, sizeof wire);
}

static int64_t pg_time(int64_t unix_ms) {
  return (unix_ms - INT64_C(946684800000)) * 1000;
}

static PGresult *spent_row(void) {
  const uint16_t verdict = htobe16((uint16_t)backend.verdict);
  const uint32_t school = htobe32(4);
  static const Oid types[] = {T_INT2, T_INT4, T_TEXT, T_TEXT, T_INT8, T_INT8, T_BYTEA, T_TIME, T_TIME};
  PGresult *res = row_of(types, 9);
  put(res, 0, &verdict, sizeof verdict);
  if (backend.verdict != 0)
    return res; /* the rest is null */
  put(res, 1, &school, sizeof school);
  put(res, 2, "demo", 4);
  put(res, 3, "Demo School", 11);
  put_i64(res, 4, 17);
  put_i64(res, 5, 3);
  put(res, 6, serial_of_row, sizeof serial_of_row);
  put_i64(res, 7, pg_time(1700000000000));
  put_i64(res, 8, pg_time(1707776000000));
  return res;
}

static PGresult *issued_row(void) {
  const uint8_t yes = !backend.not_recorded;
  static const Oid types[] = {T_BOOL};
  PGresult *res = row_of(types, 1);
  put(res, 0, &yes, 1);
  return res;
}

static void answer_held(void *arg) {
  const struct held held = backend.held;
  (void)arg;
  backend.held.kind = 0;
  static const uint8_t der[] = {0x30, 0x03, 0x01, 0x01, 0xff};
  int err = 0;
  PGresult *res = NULL;
  switch (held.kind) {
  case 's': res = (err = backend.spend_err) ? NULL : spent_row(); break;
  case 'r': res = (err = backend.record_err) ? NULL : issued_row(); break;
  case 'c':
    err = backend.sign_err;
    held.signed_fn(held.arg, err, err ? NULL : der, err ? 0 : sizeof der);
    return;
  default: return;
  }
  held.done(held.arg, err, res);
  PQclear(res);
}

static void hold(struct held held) {
  assert_int_equal(backend.held.kind, 0);
  backend.held = held;
  if (!backend.hold)
    loop_task_post(world.loop, LOOP_RESUME, &backend.task);
}

int pool_call(struct pool *pool, enum stmt stmt, struct args *args, pool_done done, void *arg) {
  (void)pool;
  const struct args_value *v = args->value;
  const uint8_t *data = args->buf.data;
  const bool spend = stmt == STMT_SPEND_CODE;
  note(spend ? 's' : 'r');
  if (spend) {
    assert_int_equal(args->n, 5);
    assert_true(v[0].len == 32 && v[1].len == 32 && v[2].len == 16 && v[3].len < 128 && v[4].len == 4);
    memcpy(backend.code_hash, data + v[0].at, 32);
    memcpy(backend.key_hash, data + v[1].at, 32);
    memcpy(backend.serial, data + v[2].at, 16);
    snprintf(backend.device_name, sizeof backend.device_name, "%.*s", (int)v[3].len, (const char *)data + v[3].at);
    memcpy(&backend.days, data + v[4].at, 4);
    backend.days = (int32_t)be32toh((uint32_t)backend.days);
  } else {
    assert_int_equal(stmt, STMT_ENROL_ISSUED);
    assert_int_equal(args->n, 3);
    assert_true(v[1].len == 16 && memcmp(data + v[1].at, serial_of_row, 16) == 0);
  }
  args_done(args);
  const int refused = spend ? backend.spend_refused : backend.record_refused;
  if (refused == 0)
    hold((struct held){.done = done, .arg = arg, .kind = spend ? 's' : 'r'});
  return refused;
}

int ca_client_sign(struct ca_client *client, const struct ca_request *request, ca_client_done done, void *arg) {
  (void)client;
  note('c');
  backend.asked = *request;
  if (backend.sign_refused == 0)
    hold((struct held){.signed_fn = done, .arg = arg, .kind = 'c'});
  return backend.sign_refused;
}

/* ---- the client: one conversation in a thread ---- */

static struct visit {
  pthread_t thread;
  int fd, done_fd[2];
  uint8_t out[LIMIT_FRAME_UNKNOWN_BYTES + 64];
  size_t out_len;
  bool leave_at_once, shaken, polite;
  Stepguard__V1__ServerMessage *answer;
  volatile bool done;
} visit;

static void *visit_main(void *arg) {
  static uint8_t got[65536];
  size_t len = 0;
  (void)arg;
  struct peer peer = peer_new(visit.fd, &(struct peer_options){.alpn = PEER_ALPN});
  visit.shaken = peer_shake(&peer) && peer_write(&peer, visit.out, visit.out_len);
  if (visit.shaken && !visit.leave_at_once && peer_read_frame(&peer, got, sizeof got, &len)) {
    visit.answer = stepguard__v1__server_message__unpack(NULL, len, got);
    visit.polite = peer_read_end(&peer) == 0;
  }
  peer_free(&peer);
  visit.done = true;
  return NULL;
}

static void on_guard(void *arg) {
  (void)arg;
  world.late = true;
  loop_stop(world.loop);
}

static void on_tick(void *arg) {
  (void)arg;
  loop_stop(world.loop);
}

#define TURN_UNTIL(condition)                                                                                                      \
  do {                                                                                                                             \
    struct loop_timer *ticker = loop_timer_new(world.loop, on_tick, NULL);                                                         \
    while (!(condition) && !world.late) {                                                                                          \
      loop_timer_set(ticker, 2);                                                                                                   \
      assert_int_equal(loop_run(world.loop), 0);                                                                                   \
    }                                                                                                                              \
    loop_timer_free(ticker);                                                                                                       \
    assert_false(world.late);                                                                                                      \
  } while (0)

static Stepguard__V1__Enrol enrol_message(void) {
  Stepguard__V1__Enrol e = STEPGUARD__V1__ENROL__INIT;
  e.code_secret = (ProtobufCBinaryData){.data = (uint8_t *)(uintptr_t)secret, .len = sizeof secret};
  e.csr_der = (ProtobufCBinaryData){.data = pki.csr, .len = pki.csr_len};
  e.device_name = (char *)(uintptr_t) "Anna's laptop";
  e.client = (char *)(uintptr_t) "stepguard 0.1.0";
  return e;
}

static size_t pack_enrol(Stepguard__V1__Enrol *e, uint32_t id, uint8_t *out) {
  Stepguard__V1__ClientMessage m = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  m.request_id = id;
  m.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_ENROL;
  m.enrol = e;
  return peer_pack(&m.base, out);
}

static void visit_begin(void) {
  visit.fd = peer_connect(enrol_port(world.enrol));
  assert_true(visit.fd >= 0);
  visit.done = visit.polite = false;
  visit.answer = NULL;
  assert_int_equal(pthread_create(&visit.thread, NULL, visit_main, NULL), 0);
}

static void visit_end(void) {
  TURN_UNTIL(visit.done);
  pthread_join(visit.thread, NULL);
}

static void visit_forget(void) {
  if (visit.answer)
    stepguard__v1__server_message__free_unpacked(visit.answer, NULL);
  visit.answer = NULL;
}

/* Sends one Enrol and waits for what comes back. */
static void enrol_once(Stepguard__V1__Enrol e, uint32_t id) {
  visit.out_len = pack_enrol(&e, id, visit.out);
  visit_begin();
  visit_end();
}

static void assert_fault(enum fault fault) {
  if (!visit.answer)
    fail_msg("no answer");
  assert_int_equal(visit.answer->body_case, STEPGUARD__V1__SERVER_MESSAGE__BODY_FAULT);
  const Stepguard__V1__Fault *f = visit.answer->fault;
  assert_int_equal(f->code, fault);
  assert_int_equal(f->retry, fault_info((int)fault)->retry);
  assert_true((f->retry_after_ms > 0) == (f->retry == STEPGUARD__V1__RETRY__RETRY_LATER));
  assert_true(f->closing);
  assert_true(strlen(f->text) > 10);
  assert_true(visit.polite);
}

static int setup(void **state) {
  (void)state;
  char reason[300] = "";
  memset(&backend, 0, sizeof backend);
  backend.task = (struct loop_task){.fn = answer_held};
  memset(&visit, 0, sizeof visit);
  memset(&world, 0, sizeof world);
  pki.conf.enrol_tries_per_minute = 30;
  pki.conf.hello_deadline_s = 10;
  world.loop = loop_new();
  world.guard = loop_timer_new(world.loop, on_guard, NULL);
  loop_timer_set(world.guard, GUARD_MS);
  const struct enrol_options options = {.conf = &pki.conf, .tls = pki.tls, .student_port = 7443};
  if (enrol_open(world.loop, &options, &world.enrol, reason, sizeof reason) == 0)
    return 0;
  fprintf(stderr, "%s\n", reason);
  return -1;
}

static int teardown(void **state) {
  (void)state;
  visit_forget();
  enrol_free(world.enrol);
  loop_timer_free(world.guard);
  loop_free(world.loop);
  return 0;
}

/* ---- tests ---- */

static void a_code_becomes_a_certificate(void **state) {
  (void)state;
  uint8_t hash[32], *ca_der = NULL;
  struct csr_facts facts;
  const char *refusal;
  enrol_once(enrol_message(), 9);
  assert_non_null(visit.answer);
  assert_int_equal(visit.answer->request_id, 9);
  assert_int_equal(visit.answer->body_case, STEPGUARD__V1__SERVER_MESSAGE__BODY_CERTIFICATE);
  assert_true(visit.polite);
  const Stepguard__V1__Certificate *c = visit.answer->certificate;
  assert_int_equal(c->certificate_der.len, 5);
  const int ca_len = i2d_X509(pki.ca.cert, &ca_der);
  assert_int_equal(c->ca_der.len, ca_len);
  assert_memory_equal(c->ca_der.data, ca_der, c->ca_der.len);
  OPENSSL_free(ca_der);
  assert_true(c->not_after_ms == 1707776000000);
  assert_string_equal(c->school_name, "Demo School");
  assert_int_equal(c->student_port, 7443);

  assert_string_equal(backend.order, "scr"); /* spent, then signed, then recorded */
  SHA256(secret, sizeof secret, hash);
  assert_memory_equal(backend.code_hash, hash, sizeof hash);
  assert_int_equal(csr_check(pki.csr, pki.csr_len, &facts, &refusal), 0);
  assert_memory_equal(backend.key_hash, facts.key_hash, sizeof facts.key_hash);
  assert_true(backend.serial[0] >= 0x40 && backend.serial[0] <= 0x7f);
  assert_string_equal(backend.device_name, "Anna's laptop");
  assert_int_equal(backend.days, 90);
  /* What is signed is what the database said, and the key of the request. */
  assert_string_equal(backend.asked.school_code, "demo");
  assert_true(backend.asked.student_id == 17 && backend.asked.device_id == 3);
  assert_memory_equal(backend.asked.serial, serial_of_row, sizeof serial_of_row);
  assert_true(backend.asked.not_before_ms == 1700000000000 && backend.asked.not_after_ms == 1707776000000);
  assert_int_equal(backend.asked.spki_len, facts.spki_len);
  assert_memory_equal(backend.asked.spki, facts.spki, facts.spki_len);
  TURN_UNTIL(!enrol_busy(world.enrol));
}

static void what_the_database_refuses_is_never_signed(void **state) {
  (void)state;
  static const enum fault verdicts[] = {FAULT_CODE_UNKNOWN, FAULT_CODE_SPENT, FAULT_CODE_EXPIRED,
                                        FAULT_NOT_ACTIVE,   FAULT_REVOKED,    FAULT_CSR_REFUSED};
  for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
    memset(backend.order, 0, sizeof backend.order);
    backend.verdict = (int16_t)verdicts[i];
    enrol_once(enrol_message(), 1);
    assert_fault(verdicts[i]);
    assert_string_equal(backend.order, "s");
    visit_forget();
  }
}

static void database_and_ca_may_fail_at_each_step(void **state) {
  (void)state;
  static const struct {
    int spend_refused, spend_err, sign_refused, sign_err, record_refused, record_err;
    bool not_recorded;
    enum fault fault;
    const char *order;
  } rows[] = {
      {.spend_refused = E_AWAY, .fault = FAULT_UNAVAILABLE, .order = "s"},
      {.spend_err = E_UNKNOWN, .fault = FAULT_UNKNOWN_OUTCOME, .order = "s"},
      {.spend_err = E_FULL, .fault = FAULT_STORAGE_FULL, .order = "s"},
      {.spend_err = E_DATABASE, .fault = FAULT_INTERNAL, .order = "s"},
      {.sign_refused = E_AWAY, .fault = FAULT_UNAVAILABLE, .order = "sc"},
      {.sign_refused = E_BUSY, .fault = FAULT_BUSY, .order = "sc"},
      {.sign_err = E_AWAY, .fault = FAULT_UNAVAILABLE, .order = "sc"},
      {.sign_err = E_TLS, .fault = FAULT_INTERNAL, .order = "sc"},
      {.record_refused = E_AWAY, .fault = FAULT_UNAVAILABLE, .order = "scr"},
      {.record_err = E_UNKNOWN, .fault = FAULT_UNKNOWN_OUTCOME, .order = "scr"},
      {.not_recorded = true, .fault = FAULT_INTERNAL, .order = "scr"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    memset(backend.order, 0, sizeof backend.order);
    backend.spend_refused = rows[i].spend_refused;
    backend.spend_err = rows[i].spend_err;
    backend.sign_refused = rows[i].sign_refused;
    backend.sign_err = rows[i].sign_err;
    backend.record_refused = rows[i].record_refused;
    backend.record_err = rows[i].record_err;
    backend.not_recorded = rows[i].not_recorded;
    enrol_once(enrol_message(), 1);
    assert_fault(rows[i].fault);
    assert_string_equal(backend.order, rows[i].order);
    visit_forget();
  }
}

static void wrong_messages_are_refused_by_field(void **state) {
  (void)state;
  Stepguard__V1__Enrol e = enrol_message();
  e.code_secret.len = 15;
  enrol_once(e, 1);
  assert_fault(FAULT_INVALID_FIELD);
  assert_string_equal(visit.answer->fault->field, "code_secret");
  visit_forget();

  e = enrol_message(), e.device_name = (char *)(uintptr_t) "two\nlines";
  enrol_once(e, 1);
  assert_fault(FAULT_INVALID_FIELD);
  assert_string_equal(visit.answer->fault->field, "device_name");
  visit_forget();

  e = enrol_message(),
  e.client = (char *)(uintptr_t) "a name of a program that is so long that it cannot be a name of a program any more, can it";
  enrol_once(e, 1);
  assert_fault(FAULT_INVALID_FIELD);
  assert_string_equal(visit.answer->fault->field, "client");
  visit_forget();

  e = enrol_message(), e.csr_der.len -= 1;
  enrol_once(e, 1);
  assert_fault(FAULT_CSR_REFUSED);
  assert_string_equal(visit.answer->fault->field, "csr_der");
  visit_forget();

  enrol_once(enrol_message(), 0);
  assert_fault(FAULT_OUT_OF_ORDER);
  visit_forget();

  Stepguard__V1__ClientMessage m = STEPGUARD__V1__CLIENT_MESSAGE__INIT;
  Stepguard__V1__Hello hello = STEPGUARD__V1__HELLO__INIT;
  hello.client = (char *)(uintptr_t) "";
  m.request_id = 1;
  m.body_case = STEPGUARD__V1__CLIENT_MESSAGE__BODY_HELLO;
  m.hello = &hello;
  visit.out_len = peer_pack(&m.base, visit.out);
  visit_begin();
  visit_end();
  assert_fault(FAULT_OUT_OF_ORDER);
  visit_forget();
  assert_string_equal(backend.order, ""); /* nobody else was bothered with any of it */
}

static void wrong_bytes_are_refused(void **state) {
  (void)state;
  static const uint8_t rubbish[] = {0x05, 0xff, 0xff, 0xff, 0xff, 0xff};
  memcpy(visit.out, rubbish, visit.out_len = sizeof rubbish);
  visit_begin();
  visit_end();
  assert_fault(FAULT_MALFORMED);
  visit_forget();
  visit.out_len = frame_prefix(visit.out, LIMIT_FRAME_UNKNOWN_BYTES + 1);
  visit_begin();
  visit_end();
  assert_fault(FAULT_TOO_LARGE);
  assert_string_equal(backend.order, "");
}

static void one_message_is_all(void **state) {
  (void)state;
  Stepguard__V1__Enrol e = enrol_message();
  visit.out_len = pack_enrol(&e, 1, visit.out);
  visit.out_len += pack_enrol(&e, 2, visit.out + visit.out_len);
  visit_begin();
  visit_end();
  assert_non_null(visit.answer);
  assert_int_equal(visit.answer->request_id, 1);
  assert_int_equal(visit.answer->body_case, STEPGUARD__V1__SERVER_MESSAGE__BODY_CERTIFICATE);
  assert_string_equal(backend.order, "scr");
}

static void who_guesses_has_to_wait_and_who_succeeds_has_not(void **state) {
  (void)state;
  pki.conf.enrol_tries_per_minute = 3;
  for (int i = 0; i < 8; i++) {
    enrol_once(enrol_message(), 1);
    assert_non_null(visit.answer);
    assert_int_equal(visit.answer->body_case, STEPGUARD__V1__SERVER_MESSAGE__BODY_CERTIFICATE);
    visit_forget();
  }
  backend.verdict = FAULT_CODE_UNKNOWN;
  for (int i = 0; i < 3; i++) {
    enrol_once(enrol_message(), 1);
    assert_fault(FAULT_CODE_UNKNOWN);
    visit_forget();
  }
  memset(backend.order, 0, sizeof backend.order);
  enrol_once(enrol_message(), 1);
  assert_fault(FAULT_RATE_LIMITED);
  assert_true(visit.answer->fault->retry_after_ms <= 20000);
  assert_string_equal(backend.order, "");
}

static void a_client_that_leaves_changes_nothing(void **state) {
  (void)state;
  Stepguard__V1__Enrol e = enrol_message();
  backend.hold = true;
  visit.leave_at_once = true;
  visit.out_len = pack_enrol(&e, 1, visit.out);
  visit_begin();
  visit_end();
  TURN_UNTIL(backend.held.kind == 's');
  struct loop_timer *pause = loop_timer_new(world.loop, on_tick, NULL);
  loop_timer_set(pause, 50); /* the end of the connection has come through by now */
  assert_int_equal(loop_run(world.loop), 0);
  loop_timer_free(pause);
  assert_true(enrol_busy(world.enrol));
  backend.hold = false;
  answer_held(NULL);
  TURN_UNTIL(!enrol_busy(world.enrol));
  assert_string_equal(backend.order, "scr");
}

static void stopping_finishes_what_was_begun(void **state) {
  (void)state;
  Stepguard__V1__Enrol e = enrol_message();
  backend.hold = true;
  visit.out_len = pack_enrol(&e, 1, visit.out);
  visit_begin();
  TURN_UNTIL(backend.held.kind == 's');
  const unsigned old_port = enrol_port(world.enrol);
  enrol_stop(world.enrol);
  assert_int_equal(peer_connect(old_port), -1);
  assert_true(enrol_busy(world.enrol));
  backend.hold = false;
  answer_held(NULL);
  visit_end();
  assert_non_null(visit.answer);
  assert_int_equal(visit.answer->body_case, STEPGUARD__V1__SERVER_MESSAGE__BODY_CERTIFICATE);
  TURN_UNTIL(!enrol_busy(world.enrol));
}

static void stopping_sends_away_who_has_not_begun(void **state) {
  (void)state;
  visit.out_len = 0;
  visit_begin();
  const uint64_t up = conn_counts()->up;
  TURN_UNTIL(conn_counts()->up > up);
  enrol_stop(world.enrol);
  visit_end();
  assert_non_null(visit.answer);
  assert_int_equal(visit.answer->fault->code, FAULT_SHUTTING_DOWN);
  TURN_UNTIL(!enrol_busy(world.enrol));
}

static void the_port_may_go_while_answers_are_outstanding(void **state) {
  (void)state;
  static const char *const kinds = "scr";
  for (int i = 0; i < 3; i++) {
    Stepguard__V1__Enrol e = enrol_message();
    visit.out_len = pack_enrol(&e, 1, visit.out);
    visit_begin();
    backend.hold = true;
    for (int step = 0;; step++) {
      TURN_UNTIL(backend.held.kind == kinds[step]);
      if (step == i)
        break;
      answer_held(NULL);
    }
    enrol_free(world.enrol);
    world.enrol = NULL;
    TURN_UNTIL(visit.done);
    pthread_join(visit.thread, NULL);
    assert_null(visit.answer);
    answer_held(NULL); /* finds nobody; the sanitizers are the judge */
    loop_timer_free(world.guard);
    loop_free(world.loop);
    assert_int_equal(setup(NULL), 0);
  }
}

static void silence_ends_at_the_deadline(void **state) {
  (void)state;
  pki.conf.hello_deadline_s = 1;
  const int64_t begin = clock_mono_ms();
  visit.out_len = 0;
  visit_begin();
  visit_end();
  assert_null(visit.answer);
  assert_true(clock_mono_ms() - begin >= 950);
  TURN_UNTIL(!enrol_busy(world.enrol));
}

static void make_csr(void) {
  X509_REQ *req = X509_REQ_new();
  pki.device_key = EVP_EC_gen("P-256");
  X509_REQ_set_version(req, X509_REQ_VERSION_1);
  X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(req), "CN", MBSTRING_UTF8, (const unsigned char *)"the dean", -1, -1, 0);
  X509_REQ_set_pubkey(req, pki.device_key);
  assert_true(X509_REQ_sign(req, pki.device_key, EVP_sha256()) > 0);
  pki.csr_len = (size_t)i2d_X509_REQ(req, &pki.csr);
  X509_REQ_free(req);
}

static int group_setup(void **state) {
  (void)state;
  char reason[300] = "";
  signal(SIGPIPE, SIG_IGN);
  pki.ca = identity_ca("school ca");
  pki.server = identity_server(&pki.ca);
  make_csr();
  scratch_init(&pki.scratch);
  const struct tls_options tls = {.certificate = scratch_certificate(&pki.scratch, "server.pem", pki.server.cert, pki.ca.cert),
                                  .key = scratch_key(&pki.scratch, "server.key", pki.server.key),
                                  .alpn = "stepguard/1"};
  pki.conf = (struct conf){.refs = 1,
                           .enrol_listen = (char *)(uintptr_t) "127.0.0.1:0",
                           .ca_certificate = (char *)(uintptr_t)scratch_certificate(&pki.scratch, "ca.pem", pki.ca.cert, NULL),
                           .certificate_days = 90,
                           .handshake_deadline_s = 5,
                           .max_handshakes_s = 1000};
  if (tls_new(&tls, &pki.tls, reason, sizeof reason) == 0)
    return 0;
  fprintf(stderr, "%s\n", reason);
  return -1;
}

static int group_teardown(void **state) {
  (void)state;
  tls_unref(pki.tls);
  scratch_done(&pki.scratch);
  identity_free(&pki.ca);
  identity_free(&pki.server);
  EVP_PKEY_free(pki.device_key);
  OPENSSL_free(pki.csr);
  return 0;
}

int main(void) {
#define ENROL_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
      ENROL_TEST(a_code_becomes_a_certificate),
      ENROL_TEST(what_the_database_refuses_is_never_signed),
      ENROL_TEST(database_and_ca_may_fail_at_each_step),
      ENROL_TEST(wrong_messages_are_refused_by_field),
      ENROL_TEST(wrong_bytes_are_refused),
      ENROL_TEST(one_message_is_all),
      ENROL_TEST(who_guesses_has_to_wait_and_who_succeeds_has_not),
      ENROL_TEST(a_client_that_leaves_changes_nothing),
      ENROL_TEST(stopping_finishes_what_was_begun),
      ENROL_TEST(stopping_sends_away_who_has_not_begun),
      ENROL_TEST(the_port_may_go_while_answers_are_outstanding),
      ENROL_TEST(silence_ends_at_the_deadline),
  };
  return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
