/*
 * The student port as a whole: opening, reloading, stopping, and the end-of-turn work that its sessions share.
 *
 * Back-pressure has one rule, here: when the house holds more requests (or more bytes of them) than PORT_*_HIGH, sessions
 * stop reading, oldest waiter first to go on again below the low mark. A client that floods fills its own window and then
 * waits for its own answers; it cannot take more than LIMIT_WINDOW places.
 */
#include "student/student.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "student/assess.h"
#include "student/hello.h"
#include "student/janitor.h"
#include "student/port.h"
#include "student/session.h"
#include "student/upload.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  OUTPUT_CAP_BYTES = 4 * 1024 * 1024, /* a full window of receipts for uploads of LIMIT_RESULTS rows is 1 MiB */
  OUTPUT_LOW_BYTES = 256 * 1024,
  ARGS_SMALL = 64,
};

/* ---- back-pressure and end of turn ---- */

bool port_is_full(const struct student *student) {
  return student->requests >= PORT_REQUESTS_HIGH || student->request_bytes >= PORT_BYTES_HIGH;
}

static void port_resume(void *arg) {
  struct student *student = arg;
  struct session *session;
  while ((session = TAILQ_FIRST(&student->paused)) != NULL && student->requests < PORT_REQUESTS_LOW &&
         student->request_bytes < PORT_BYTES_HIGH)
    session_resume(session);
}

static void port_bury(void *arg) {
  session_bury(arg);
}

/* ---- what the database says ---- */

void student_database(struct student *student, bool ready) {
  log_event(LOG_INFO, NULL, ready ? "database_ready" : "database_away", "port=student");
  if (ready)
    assess_refresh(student);
}

/* A device was signed off: its connections end now. */
static void student_revoked(struct student *student, int32_t school_id, int64_t device_id) {
  struct session *session, *next;
  for (session = TAILQ_FIRST(&student->sessions); session != NULL; session = next) {
    next = TAILQ_NEXT(session, link);
    if (session->state == SESSION_READY && session->school_id == school_id && session->who.device_id == device_id)
      session_refuse(session, 0, FAULT_REVOKED, NULL, NULL);
  }
}

static void student_caught_up(void *arg, int err, const PGresult *res) {
  struct student *student = arg;
  if (err < 0)
    log_event(LOG_WARN, NULL, "revocations_not_read", "err=%s", err_name(err)); /* uploads are judged one by one all the same */
  for (int row = 0; err == E_OK && row < cell_rows(res); row++)
    student_revoked(student, cell_i32(res, row, 0), cell_i64(res, row, 1));
}

/* The ear was deaf for a while: reads what it may have missed. */
static void student_catch_up(struct student *student) {
  const int64_t deaf_since_ms = student->listening_ms;
  struct args args;
  student->listening_ms = clock_wall_ms();
  if (TAILQ_EMPTY(&student->sessions)) /* nobody whom it could concern */
    return;
  args_init(&args, ARGS_SMALL);
  args_time(&args, deaf_since_ms);
  if (pool_call(student->pool, STMT_REVOKED_SINCE, &args, student_caught_up, student) < 0)
    log_event(LOG_WARN, NULL, "revocations_not_read", "err=%s", err_name(E_AWAY));
}

/* "17/1042": school and device. */
static bool parse_revocation(const char *payload, int32_t *ret_school_id, int64_t *ret_device_id) {
  char *slash, *end;
  long long school_id = strtoll(payload, &slash, 10);
  if (*slash != '/' || school_id < 1 || school_id > INT32_MAX)
    return false;
  *ret_device_id = strtoll(slash + 1, &end, 10);
  *ret_school_id = (int32_t)school_id;
  return end > slash + 1 && *end == '\0';
}

void student_heard(struct student *student, const char *channel, const char *payload) {
  int32_t school_id;
  int64_t device_id;
  if (channel == NULL)
    student_catch_up(student);
  else if (strcmp(channel, "sg_parameters") == 0)
    assess_refresh(student);
  else if (parse_revocation(payload, &school_id, &device_id))
    student_revoked(student, school_id, device_id);
}

/* ---- stopping ---- */

static void student_grace_over(void *arg) {
  struct student *student = arg;
  struct session *session;
  log_event(LOG_WARN, NULL, "grace_over", "port=student requests=%zu", student->requests);
  while ((session = TAILQ_FIRST(&student->sessions)) != NULL)
    session_drop(session);
}

void student_stop(struct student *student) {
  struct session *session, *next;
  student->stopping = true;
  listener_close(student->listener);
  loop_timer_set(student->grace, (int64_t)student->conf->stop_grace_s * 1000);
  for (session = TAILQ_FIRST(&student->sessions); session != NULL; session = next) {
    next = TAILQ_NEXT(session, link);
    session_drain(session);
  }
}

bool student_busy(const struct student *student) {
  return !TAILQ_EMPTY(&student->sessions);
}

/* ---- opening ---- */

static int student_parts(struct student *student) {
  if (rate_init(&student->uploads_rate) < 0)
    return E_TLS;
  student->model = model_new();
  student->janitor = janitor_new(student);
  student->grace = loop_timer_new(student->loop, student_grace_over, student);
  if (student->model == NULL || student->janitor == NULL || student->grace == NULL)
    return E_NOMEM;
  if (loop_after_turn(student->loop, LOOP_BATCH, upload_store, student) < 0 ||
      loop_after_turn(student->loop, LOOP_BATCH, hello_ask, student) < 0 ||
      loop_after_turn(student->loop, LOOP_RESUME, port_resume, student) < 0 ||
      loop_after_turn(student->loop, LOOP_BURY, port_bury, student) < 0)
    return E_NOMEM;
  return E_OK;
}

static int student_listen(struct student *student, const struct student_options *options, char *reason, size_t cap) {
  const struct listener_options listen = {
      .name = "student",
      .address = student->conf->student_listen,
      .reuse_port = options->reuse_port,
      .max_connections = student->conf->max_connections,
      .handshakes_s = student->conf->max_handshakes_s,
      .handshake_deadline_s = student->conf->handshake_deadline_s,
      .output_cap = OUTPUT_CAP_BYTES,
      .output_low = OUTPUT_LOW_BYTES,
      .accepted = session_accepted,
      .arg = student,
  };
  return listener_open(student->loop, &listen, options->tls, &student->listener, reason, cap);
}

int student_open(const struct student_options *options, struct student **ret, char *reason, size_t cap) {
  struct student *student = calloc(1, sizeof *student);
  int err = E_NOMEM;
  if (student == NULL)
    return E_NOMEM;
  student->loop = options->loop;
  student->conf = conf_ref(options->conf);
  student->pool = options->pool;
  student->ca = options->ca;
  student->listening_ms = clock_wall_ms();
  TAILQ_INIT(&student->sessions);
  TAILQ_INIT(&student->paused);
  TAILQ_INIT(&student->dead);
  TAILQ_INIT(&student->uploads);
  TAILQ_INIT(&student->hellos);
  snprintf(reason, cap, "%s", err_text(err));
  err = student_parts(student);
  if (err < 0)
    goto fail;
  err = student_listen(student, options, reason, cap);
  if (err < 0)
    goto fail;
  *ret = student;
  return E_OK;
fail:
  student_free(student);
  return err;
}

/* The pool must be freed before: it still owes answers to requests that live here. */
void student_free(struct student *student) {
  struct session *session;
  if (student == NULL)
    return;
  loop_after_turn_cancel(student->loop, LOOP_BATCH, upload_store, student);
  loop_after_turn_cancel(student->loop, LOOP_BATCH, hello_ask, student);
  loop_after_turn_cancel(student->loop, LOOP_RESUME, port_resume, student);
  loop_after_turn_cancel(student->loop, LOOP_BURY, port_bury, student);
  upload_give_up(student);
  hello_give_up(student);
  while ((session = TAILQ_FIRST(&student->sessions)) != NULL)
    session_drop(session);
  session_bury(student);
  listener_free(student->listener);
  janitor_free(student->janitor);
  model_free(student->model);
  loop_timer_free(student->grace);
  conf_unref(student->conf);
  free(student);
}

unsigned student_port(const struct student *student) {
  return listener_port(student->listener);
}

unsigned student_public_port(const struct student *student) {
  return student->conf->student_public_port != 0 ? (unsigned)student->conf->student_public_port : student_port(student);
}

void student_reload(struct student *student, struct conf *conf, struct tls *tls) {
  conf_ref(conf);
  conf_unref(student->conf);
  student->conf = conf;
  if (tls != NULL)
    listener_set_tls(student->listener, tls);
  listener_set_limits(student->listener, conf->max_connections, conf->max_handshakes_s, conf->handshake_deadline_s);
}
