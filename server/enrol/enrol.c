/*
 * The enrolment port: from a one-time code to a certificate, read from top to bottom.
 *
 *                enrol_up     enrol_received       enrol_code_spent      enrol_signed          enrol_recorded
 *   GREETING ─────────> READING ─────────> SPENDING ─────────> SIGNING ─────────> RECORDING ─────────> ANSWERED ──> DEAD
 *       │                  │                   │                  │                   │                   ▲
 *       └──────────────────┴───────────────────┴──────────────────┴───enrol_refuse()──┴───────────────────┘
 *
 *   SPENDING, SIGNING, RECORDING   one answer is outstanding: database, CA, database
 *   ANSWERED                       certificate or fault is on its way; then the connection closes
 *   DEAD                           nobody is there any more and nothing is outstanding; freed at the end of the turn
 *   The peer may leave at any time. What it has set going is finished all the same, and nobody is told: the code is spent by
 *   then, and the same device asking again with the same code and key gets the same certificate.
 *
 * The order is the promise. The code is spent before anything else happens, by a compare-and-swap in the database; with it
 * the certificate's row, in state "issuing", is committed before anything is signed; so no certificate exists that could not
 * be revoked, and no code makes two devices. What is signed is what the database answered: of the client's request only the
 * key is used.
 *
 * One message per connection, 64 KiB at most, unpacked into an arena with a budget, within the time for a greeting: this is
 * the only port where somebody unknown may speak.
 */
#include "enrol/enrol.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/rate.h"
#include "loop/pem.h"
#include "pki/csr_checks.h"
#include "proto/code.h"
#include "proto/limits.h"
#include "proto/wire.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  ENROL_CONNECTIONS = 512, /* a year's class at once, and as many strangers */
  ENROL_OUTPUT_BYTES = 64 * 1024,
  ENROL_ARGS_BYTES = 16 * 1024,
};

enum enrol_state { ENROL_GREETING, ENROL_READING, ENROL_SPENDING, ENROL_SIGNING, ENROL_RECORDING, ENROL_ANSWERED, ENROL_DEAD };

struct attempt {
  struct enrol *enrol; /* NULL: the port was freed while an answer was outstanding */
  struct conn *conn;   /* NULL: the peer has left */
  enum enrol_state state;
  uint32_t request_id;
  struct arena arena; /* of the message */
  struct csr_facts facts;
  struct ca_request ca;
  int32_t school_id;
  char *school_name;
  uint8_t *der;
  size_t der_len;
  struct log_context log;
  struct loop_task bury;
  TAILQ_ENTRY(attempt) link;
};

struct enrol {
  struct loop *loop;
  struct conf *conf;
  struct pool *pool;
  struct ca_client *ca_client;
  struct listener *listener;
  uint8_t *ca_der; /* given to clients beside their certificate */
  size_t ca_der_len;
  unsigned student_port;
  bool stopping;
  struct rate rate;
  TAILQ_HEAD(, attempt) attempts;
};

/* Columns of api.spend_code. */
enum {
  SPENT_VERDICT,
  SPENT_SCHOOL_ID,
  SPENT_SCHOOL_CODE,
  SPENT_SCHOOL_NAME,
  SPENT_STUDENT_ID,
  SPENT_DEVICE_ID,
  SPENT_SERIAL,
  SPENT_NOT_BEFORE,
  SPENT_NOT_AFTER,
};

/* ---- an attempt's life ---- */

#define FROM(state) (1u << (state))

static const unsigned enrol_from[] = {
    [ENROL_READING] = FROM(ENROL_GREETING),
    [ENROL_SPENDING] = FROM(ENROL_READING),
    [ENROL_SIGNING] = FROM(ENROL_SPENDING),
    [ENROL_RECORDING] = FROM(ENROL_SIGNING),
    [ENROL_ANSWERED] = FROM(ENROL_READING) | FROM(ENROL_SPENDING) | FROM(ENROL_SIGNING) | FROM(ENROL_RECORDING),
    [ENROL_DEAD] = FROM(ENROL_GREETING) | FROM(ENROL_READING) | FROM(ENROL_ANSWERED),
};

static void enrol_move(struct attempt *a, enum enrol_state state) {
  CHECK(enrol_from[state] & FROM(a->state));
  a->state = state;
}

static bool enrol_is_waiting(const struct attempt *a) {
  return a->state == ENROL_SPENDING || a->state == ENROL_SIGNING || a->state == ENROL_RECORDING;
}

static void enrol_bury(void *arg) {
  struct attempt *a = arg;
  if (a->enrol)
    TAILQ_REMOVE(&a->enrol->attempts, a, link);
  arena_done(&a->arena);
  free(a);
}

/* Buried once nobody is there and no answer is outstanding; whichever of the two comes last calls. */
static void enrol_end(struct attempt *a) {
  if (a->conn || enrol_is_waiting(a) || a->state == ENROL_DEAD)
    return;
  enrol_move(a, ENROL_DEAD);
  if (a->enrol)
    loop_task_post(a->enrol->loop, LOOP_BURY, &a->bury);
  else
    enrol_bury(a);
}

/* ---- answering ---- */

static void enrol_answer(struct attempt *a, Stepguard__V1__ServerMessage *answer) {
  enrol_move(a, ENROL_ANSWERED);
  answer->request_id = a->request_id;
  if (a->conn) {
    const int err = conn_send(a->conn, &answer->base);
    if (err < 0)
      log_event(err == E_CLOSED ? LOG_DEBUG : LOG_WARN, &a->log, "answer_not_sent", "err=%s", err_name(err));
    conn_close(a->conn);
  }
  enrol_end(a);
}

static void enrol_answer_fault(struct attempt *a, enum fault fault, const char *field, const char *text, int64_t wait_ms) {
  Stepguard__V1__ServerMessage answer = STEPGUARD__V1__SERVER_MESSAGE__INIT;
  Stepguard__V1__Fault message;
  wire_fault_write(fault, field, text, &message);
  if (wait_ms > 0)
    message.retry_after_ms = (uint32_t)wait_ms;
  message.closing = true; /* one message per connection, whatever came of it */
  answer.body_case = STEPGUARD__V1__SERVER_MESSAGE__BODY_FAULT;
  answer.fault = &message;
  enrol_answer(a, &answer);
}

/* The client's doing: it counts against its address. */
static void enrol_refuse(struct attempt *a, enum fault fault, const char *field, const char *text) {
  static struct log_gate gate;
  log_event_gated(&gate, 60, LOG_INFO, &a->log, "enrol_refused", "fault=%s field=%s", fault_info((int)fault)->name,
                  field ? field : "");
  if (a->conn && a->enrol)
    rate_count(&a->enrol->rate, rate_network(conn_peer_address(a->conn)), a->enrol->conf->enrol_tries_per_minute, clock_mono_ms());
  enrol_answer_fault(a, fault, field, text, 0);
}

/* Ours: the database, the CA, memory. */
static void enrol_fail(struct attempt *a, int err, const char *text) {
  static struct log_gate gate;
  log_event_gated(&gate, 30, LOG_WARN, &a->log, "enrol_failed", "state=%d err=%s", a->state, err_name(err));
  enrol_answer_fault(a, err_fault(err), NULL, text, 0);
}

static void enrol_fail_at_ca(struct attempt *a, int err) {
  enrol_fail(
      a, err,
      "The school's certificate authority cannot sign at the moment. Try again with the same code; it is kept for this device.");
}

/* ---- the chain: received, spent, signed, recorded ---- */

static void enrol_code_spent(void *arg, int err, const PGresult *res);
static void enrol_signed(void *arg, int err, const uint8_t *der, size_t len);
static void enrol_recorded(void *arg, int err, const PGresult *res);

static void enrol_spend(struct attempt *a, const Stepguard__V1__Enrol *request) {
  uint8_t code_hash[SHA256_DIGEST_LENGTH], serial[NAMES_NEW_SERIAL_BYTES];
  struct args args;
  if (names_serial_make(serial) < 0) {
    enrol_fail(a, E_TLS, NULL);
    return;
  }
  SHA256(request->code_secret.data, request->code_secret.len, code_hash); /* the secret itself is stored nowhere */
  args_init(&args, ENROL_ARGS_BYTES);
  args_bytes(&args, code_hash, sizeof code_hash);
  args_bytes(&args, a->facts.key_hash, sizeof a->facts.key_hash);
  args_bytes(&args, serial, sizeof serial);
  args_text(&args, request->device_name);
  args_i32(&args, a->enrol->conf->certificate_days);
  const int err = pool_call(a->enrol->pool, STMT_SPEND_CODE, &args, enrol_code_spent, a);
  if (err < 0)
    enrol_fail(a, err, NULL);
  else
    enrol_move(a, ENROL_SPENDING);
}

static void enrol_received(struct attempt *a, const Stepguard__V1__ClientMessage *message) {
  const char *refusal = NULL;
  const Stepguard__V1__Enrol *request = message->enrol;
  a->request_id = message->request_id;
  if (message->request_id == 0)
    enrol_refuse(a, FAULT_OUT_OF_ORDER, "request_id", "Request ids must start at 1.");
  else if (message->body_case != STEPGUARD__V1__CLIENT_MESSAGE__BODY_ENROL)
    enrol_refuse(a, FAULT_OUT_OF_ORDER, "body", "This port takes one Enrol and nothing else.");
  else if (request->code_secret.len != CODE_SECRET_BYTES)
    enrol_refuse(a, FAULT_INVALID_FIELD, "code_secret", "The code is not complete.");
  else if (!wire_text_ok(request->device_name, LIMIT_DEVICE_NAME_CHARS))
    enrol_refuse(a, FAULT_INVALID_FIELD, "device_name", "The name of the device is too long, or has control characters in it.");
  else if (!wire_text_ok(request->client, LIMIT_CLIENT_CHARS))
    enrol_refuse(a, FAULT_INVALID_FIELD, "client", "The client's name is too long, or has control characters in it.");
  else if (csr_check(request->csr_der.data, request->csr_der.len, &a->facts, &refusal) < 0)
    enrol_refuse(a, FAULT_CSR_REFUSED, "csr_der", refusal);
  else
    enrol_spend(a, request);
}

/* What is to be signed, as the database answered. */
static int enrol_take_row(struct attempt *a, const PGresult *res) {
  size_t serial_len;
  const uint8_t *serial = cell_bytes(res, 0, SPENT_SERIAL, &serial_len);
  const char *school_code = cell_text(res, 0, SPENT_SCHOOL_CODE);
  CHECK(serial_len == sizeof a->ca.serial && names_school_ok(school_code)); /* checked by the table and at `init` */
  memcpy(a->ca.serial, serial, sizeof a->ca.serial);
  snprintf(a->ca.school_code, sizeof a->ca.school_code, "%s", school_code);
  a->ca.student_id = cell_i64(res, 0, SPENT_STUDENT_ID);
  a->ca.device_id = cell_i64(res, 0, SPENT_DEVICE_ID);
  a->ca.not_before_ms = cell_time_ms(res, 0, SPENT_NOT_BEFORE);
  a->ca.not_after_ms = cell_time_ms(res, 0, SPENT_NOT_AFTER);
  memcpy(a->ca.spki, a->facts.spki, a->facts.spki_len);
  a->ca.spki_len = a->facts.spki_len;
  a->school_id = cell_i32(res, 0, SPENT_SCHOOL_ID);
  a->school_name = arena_strdup(&a->arena, cell_text(res, 0, SPENT_SCHOOL_NAME));
  return a->school_name ? 0 : E_NOMEM;
}

static void enrol_code_spent(void *arg, int err, const PGresult *res) {
  struct attempt *a = arg;
  const enum fault verdict = err < 0 ? FAULT_NONE : (enum fault)cell_i16(res, 0, SPENT_VERDICT);
  if (verdict != FAULT_NONE) {
    enrol_refuse(a, verdict, NULL,
                 verdict == FAULT_CSR_REFUSED ? "This key belongs to another device already. Make a new one." : NULL);
    return;
  }
  if (err < 0 || (err = enrol_take_row(a, res)) < 0) {
    enrol_fail(a, err, NULL);
    return;
  }
  err = a->enrol ? ca_client_sign(a->enrol->ca_client, &a->ca, enrol_signed, a) : E_CLOSED;
  if (err < 0)
    enrol_fail_at_ca(a, err);
  else
    enrol_move(a, ENROL_SIGNING);
}

static void enrol_signed(void *arg, int err, const uint8_t *der, size_t len) {
  struct attempt *a = arg;
  struct args args;
  if (err < 0 || !a->enrol) {
    enrol_fail_at_ca(a, err < 0 ? err : E_CLOSED);
    return;
  }
  if (!(a->der = arena_alloc(&a->arena, len))) {
    enrol_fail(a, E_NOMEM, NULL);
    return;
  }
  memcpy(a->der, der, len);
  a->der_len = len;
  args_init(&args, ENROL_ARGS_BYTES);
  args_i32(&args, a->school_id);
  args_bytes(&args, a->ca.serial, sizeof a->ca.serial);
  args_bytes(&args, der, len);
  if ((err = pool_call(a->enrol->pool, STMT_ENROL_ISSUED, &args, enrol_recorded, a)) < 0)
    enrol_fail(a, err, NULL);
  else
    enrol_move(a, ENROL_RECORDING);
}

static void enrol_recorded(void *arg, int err, const PGresult *res) {
  struct attempt *a = arg;
  if (err == 0 && !(cell_rows(res) == 1 && cell_bool(res, 0, 0)))
    err = E_DATABASE; /* revoked between two statements: then it is not handed out */
  if (err < 0 || !a->enrol) {
    enrol_fail(a, err < 0 ? err : E_CLOSED, NULL);
    return;
  }
  Stepguard__V1__ServerMessage answer = STEPGUARD__V1__SERVER_MESSAGE__INIT;
  Stepguard__V1__Certificate certificate = STEPGUARD__V1__CERTIFICATE__INIT;
  certificate.certificate_der = (ProtobufCBinaryData){.len = a->der_len, .data = a->der};
  certificate.ca_der = (ProtobufCBinaryData){.len = a->enrol->ca_der_len, .data = a->enrol->ca_der};
  certificate.not_after_ms = a->ca.not_after_ms;
  certificate.school_name = a->school_name;
  certificate.student_port = a->enrol->student_port;
  answer.body_case = STEPGUARD__V1__SERVER_MESSAGE__BODY_CERTIFICATE;
  answer.certificate = &certificate;
  log_event(LOG_INFO, &a->log, "enrolled", "school=%" PRId32 " student=%" PRId64 " device=%" PRId64, a->school_id, a->ca.student_id,
            a->ca.device_id);
  enrol_answer(a, &answer);
}

/* ---- the connection ---- */

static void enrol_up(struct attempt *a) {
  struct enrol *enrol = a->enrol;
  const int64_t wait_ms =
      rate_wait_ms(&enrol->rate, rate_network(conn_peer_address(a->conn)), enrol->conf->enrol_tries_per_minute, clock_mono_ms());
  enrol_move(a, ENROL_READING);
  if (enrol->stopping)
    enrol_answer_fault(a, FAULT_SHUTTING_DOWN, NULL, NULL, 0);
  else if (wait_ms > 0)
    enrol_answer_fault(a, FAULT_RATE_LIMITED, NULL, NULL, wait_ms);
  else
    conn_deadline(a->conn, enrol->conf->hello_deadline_s * INT64_C(1000)); /* for the whole of its message */
}

static void enrol_frame(struct attempt *a, const uint8_t *bytes, size_t len) {
  if (wire_scan(bytes, len) < 0) {
    enrol_refuse(a, FAULT_MALFORMED, NULL, NULL);
    return;
  }
  conn_deadline(a->conn, -1); /* from here on the time is the database's and the CA's, and they have deadlines of their own */
  const Stepguard__V1__ClientMessage *message = stepguard__v1__client_message__unpack(&a->arena.allocator, len, bytes);
  if (message)
    enrol_received(a, message);
  else
    enrol_refuse(a, FAULT_MALFORMED, NULL, NULL);
}

static void enrol_read(struct attempt *a) {
  const uint8_t *bytes;
  size_t len;
  if (a->state != ENROL_READING) /* more after the one message: it goes unread */
    return;
  switch (conn_frame(a->conn, LIMIT_FRAME_UNKNOWN_BYTES, &bytes, &len)) {
  case FRAME_MORE: break;
  case FRAME_TOO_LARGE: enrol_refuse(a, FAULT_TOO_LARGE, NULL, NULL); break;
  case FRAME_MALFORMED: enrol_refuse(a, FAULT_MALFORMED, NULL, NULL); break;
  case FRAME_WHOLE: enrol_frame(a, bytes, len); break;
  }
}

static void enrol_event(void *arg, struct conn *conn, enum conn_event event) {
  struct attempt *a = arg;
  switch (event) {
  case CONN_UP: enrol_up(a); break;
  case CONN_READ: enrol_read(a); break;
  case CONN_DRAINED: break;
  case CONN_TIMEOUT:
    conn_drop(conn);
    a->conn = NULL;
    enrol_end(a);
    break;
  case CONN_GONE:
    a->conn = NULL;
    enrol_end(a);
    break;
  }
}

static void enrol_accepted(void *arg, struct conn *conn) {
  struct enrol *enrol = arg;
  struct attempt *a = calloc(1, sizeof *a);
  if (!a)
    return; /* without an owner it is closed */
  a->enrol = enrol;
  a->conn = conn;
  a->bury = (struct loop_task){.fn = enrol_bury, .arg = a};
  arena_init(&a->arena, LIMIT_UNPACKED_BYTES);
  snprintf(a->log.text, sizeof a->log.text, "ip=%s", conn_peer_address(conn));
  TAILQ_INSERT_TAIL(&enrol->attempts, a, link);
  conn_owner(conn, enrol_event, a);
}

/* ---- the port ---- */

static int enrol_load_ca(struct enrol *enrol, char *reason, size_t cap) {
  X509 *ca = pem_certificate(enrol->conf->ca_certificate, reason, cap);
  if (!ca)
    return E_CONFIG;
  const int len = i2d_X509(ca, &enrol->ca_der);
  X509_free(ca);
  enrol->ca_der_len = len > 0 ? (size_t)len : 0;
  return len > 0 ? 0 : E_NOMEM;
}

int enrol_open(struct loop *loop, const struct enrol_options *options, struct enrol **ret, char *reason, size_t reason_cap) {
  struct enrol *enrol = calloc(1, sizeof *enrol);
  if (!enrol) {
    snprintf(reason, reason_cap, "out of memory");
    return E_NOMEM;
  }
  enrol->loop = loop;
  enrol->conf = conf_ref(options->conf);
  enrol->pool = options->pool;
  enrol->ca_client = options->ca_client;
  enrol->student_port = options->student_port;
  TAILQ_INIT(&enrol->attempts);
  const struct conf *conf = options->conf;
  const struct listener_options listener = {
      .name = "enrol",
      .address = conf->enrol_listen,
      .reuse_port = options->reuse_port,
      .max_connections = ENROL_CONNECTIONS,
      .handshakes_s = conf->max_handshakes_s,
      .handshake_deadline_s = conf->handshake_deadline_s,
      .output_cap = ENROL_OUTPUT_BYTES,
      .output_low = ENROL_OUTPUT_BYTES / 4,
      .accepted = enrol_accepted,
      .arg = enrol,
  };
  int err = rate_init(&enrol->rate);
  if (err == 0)
    err = enrol_load_ca(enrol, reason, reason_cap);
  if (err == 0)
    err = listener_open(loop, &listener, options->tls, &enrol->listener, reason, reason_cap);
  if (err < 0) {
    enrol_free(enrol);
    return err;
  }
  *ret = enrol;
  return 0;
}

void enrol_set_tls(struct enrol *enrol, struct tls *tls) {
  listener_set_tls(enrol->listener, tls);
}

void enrol_set_conf(struct enrol *enrol, struct conf *conf) {
  struct conf *old = enrol->conf;
  enrol->conf = conf_ref(conf);
  conf_unref(old);
  listener_set_limits(enrol->listener, ENROL_CONNECTIONS, conf->max_handshakes_s, conf->handshake_deadline_s);
}

void enrol_stop(struct enrol *enrol) {
  struct attempt *a, *next;
  enrol->stopping = true;
  listener_close(enrol->listener);
  for (a = TAILQ_FIRST(&enrol->attempts); a; a = next) {
    next = TAILQ_NEXT(a, link);
    if (a->state == ENROL_READING) /* those in the middle of their handshake hear it from enrol_up() */
      enrol_answer_fault(a, FAULT_SHUTTING_DOWN, NULL, NULL, 0);
  }
}

bool enrol_busy(const struct enrol *enrol) {
  return !TAILQ_EMPTY(&enrol->attempts);
}

unsigned enrol_port(const struct enrol *enrol) {
  return listener_port(enrol->listener);
}

void enrol_free(struct enrol *enrol) {
  if (!enrol)
    return;
  for (struct attempt *a; (a = TAILQ_FIRST(&enrol->attempts));) {
    if (a->conn)
      conn_drop(a->conn);
    a->conn = NULL;
    if (enrol_is_waiting(a)) { /* its callback will come, and find nobody */
      TAILQ_REMOVE(&enrol->attempts, a, link);
      a->enrol = NULL;
    } else {
      loop_task_cancel(enrol->loop, LOOP_BURY, &a->bury);
      enrol_bury(a);
    }
  }
  listener_free(enrol->listener);
  OPENSSL_free(enrol->ca_der);
  conf_unref(enrol->conf);
  free(enrol);
}
