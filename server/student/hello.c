/*
 * Hello: who is this, and may they? The certificate says who; the database says whether the device still stands and the
 * student is on the roster. Nothing in the message itself is believed: it has no field for school, student or device.
 *
 * Judged by the database and not by a revocation list beside the CA: the row is there in any case, is right the moment an
 * operator changes it, and a list would be one more thing that can be old.
 *
 * After a restart everybody says Hello at once. They wait here and are asked after in small groups, one group at a time and
 * after the uploads of the turn: sent as they come they kept both connections busy without a gap, uploads found none that was
 * free for seconds, and whoever came when the queue of a connection was full was told to come back.
 */
#include "student/hello.h"

#include "base/clock.h"
#include "base/err.h"
#include "proto/limits.h"
#include "proto/wire.h"
#include "student/dispatch.h"
#include "student/session.h"

#include <inttypes.h>

enum { HELLO_VERDICT, HELLO_SCHOOL_ID, HELLO_SCHOOL_NAME, HELLO_ZONE, HELLO_NOT_AFTER, HELLO_ID_SALT }; /* columns of api.hello */

/* A certificate is to be renewed in the last third of its life. */
static bool renewal_due(const struct cert_identity *who, int64_t now_ms) {
  return now_ms > who->not_after_ms - (who->not_after_ms - who->not_before_ms) / 3;
}

static void hello_welcome(struct request *request, const PGresult *res) {
  struct session *session = request->session;
  int64_t now_ms = clock_wall_ms();
  Stepguard__V1__Limits limits = STEPGUARD__V1__LIMITS__INIT;
  Stepguard__V1__Welcome welcome = STEPGUARD__V1__WELCOME__INIT;
  limits.max_frame_bytes = LIMIT_FRAME_BYTES;
  limits.max_results = LIMIT_RESULTS;
  limits.window = LIMIT_WINDOW;
  limits.idle_s = (uint32_t)request->port->conf->idle_s;
  welcome.protocol = PROTO_VERSION;
  welcome.server_time_ms = now_ms;
  welcome.limits = &limits;
  welcome.school_name = (char *)(uintptr_t)cell_text(res, 0, HELLO_SCHOOL_NAME);
  welcome.zone = (char *)(uintptr_t)cell_text(res, 0, HELLO_ZONE);
  welcome.certificate_not_after_ms = session->who.not_after_ms;
  welcome.renew_now = renewal_due(&session->who, now_ms);
  welcome.id_salt.data = (uint8_t *)(uintptr_t)cell_bytes(res, 0, HELLO_ID_SALT, &welcome.id_salt.len);
  session->school_id = cell_i32(res, 0, HELLO_SCHOOL_ID);
  session_move(session, SESSION_READY);
  log_event(LOG_INFO, &session->log, "welcome", "school=%" PRId32 " renew=%d", session->school_id, welcome.renew_now);
  request_answer(request, STEPGUARD__V1__SERVER_MESSAGE__BODY_WELCOME, &welcome);
}

static void hello_checked(void *arg, int err, const PGresult *res) {
  struct request *request = arg;
  struct session *session = request->session;
  request->port->hellos_asked--;
  if (session == NULL || session->state != SESSION_CHECKING) { /* it left, or the server is stopping */
    request_fault(request, FAULT_SHUTTING_DOWN, NULL, NULL);
    return;
  }
  if (err < 0) {
    session_move(session, SESSION_GREETING); /* it may say Hello again on this connection */
    request_error(request, err);
  } else if (cell_i16(res, 0, HELLO_VERDICT) != FAULT_NONE) {
    request_fault(request, (enum fault)cell_i16(res, 0, HELLO_VERDICT), NULL, NULL);
  } else {
    hello_welcome(request, res);
  }
}

/* False: it has been answered already. */
static bool hello_send(struct request *request) {
  struct session *session = request->session;
  const struct cert_identity *who = &request->who;
  if (session == NULL || session->state != SESSION_CHECKING) {
    request_fault(request, FAULT_SHUTTING_DOWN, NULL, NULL);
    return false;
  }
  struct args args;
  args_init(&args, LIMIT_FRAME_UNKNOWN_BYTES);
  args_text(&args, who->school_code);
  args_i64(&args, who->student_id);
  args_i64(&args, who->device_id);
  args_bytes(&args, who->serial, who->serial_len);
  int err = pool_call(request->port->pool, STMT_HELLO, &args, hello_checked, request);
  if (err < 0) {
    session_move(session, SESSION_GREETING);
    request_error(request, err);
  }
  return err == E_OK;
}

void hello_ask(void *arg) {
  struct student *port = arg;
  struct request *request;
  if (port->hellos_asked > 0)
    return;
  while (port->hellos_asked < PORT_HELLOS_ASKED && (request = TAILQ_FIRST(&port->hellos)) != NULL) {
    TAILQ_REMOVE(&port->hellos, request, in_batch);
    port->hellos_asked += hello_send(request);
  }
}

void hello_give_up(struct student *port) {
  struct request *request;
  while ((request = TAILQ_FIRST(&port->hellos)) != NULL) {
    TAILQ_REMOVE(&port->hellos, request, in_batch);
    request_error(request, E_CLOSED);
  }
}

void hello_received(struct request *request, const Stepguard__V1__ClientMessage *message) {
  const Stepguard__V1__Hello *hello = message->hello;
  struct session *session = request->session;
  if (hello->protocol < PROTO_VERSION) {
    request_fault(request, FAULT_UNSUPPORTED_VERSION, "protocol", NULL);
    return;
  }
  if (!wire_text_ok(hello->client, LIMIT_CLIENT_CHARS)) {
    request_fault(request, FAULT_INVALID_FIELD, "client", "The client's name is too long or has control characters in it.");
    return;
  }
  log_event(LOG_INFO, &session->log, "hello", "client=%s ahead_ms=%" PRId64, log_value(hello->client),
            hello->client_time_ms - clock_wall_ms());
  session_move(session, SESSION_CHECKING);
  TAILQ_INSERT_TAIL(&request->port->hellos, request, in_batch);
}
