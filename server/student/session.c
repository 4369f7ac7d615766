/*
 * One student's connection.
 *
 *                        session_up            hello_received           hello_checked
 *   HANDSHAKE ───────────────────> GREETING ──────────────> CHECKING ──────────────────> READY
 *       │                             ^   database away         │                          │ session_drain
 *       │                             └─────────────────────────┤                          v
 *       │                                                       │                      DRAINING
 *       │            session_refuse, session_close              v                          │
 *       └─────────────────────────────────────────────────> CLOSING <──────────────────────┘ last answer sent
 *                                                                │
 *        from every state: peer gone, session_drop ───────────> DEAD ── session_bury ──> freed
 *
 * HANDSHAKE  nothing is known; the listener's deadline runs.
 * GREETING   the certificate is verified and read; only Hello is allowed, frames are small, the hello deadline runs.
 * CHECKING   Hello is with the database; nothing is read.
 * READY      requests up to the window. Deadline: idle time, or the frame deadline once half a frame is there.
 * DRAINING   the server stops: nothing is read, requests under way are answered.
 * CLOSING    the last message is on its way; nothing is read; conn ends it within seconds.
 * DEAD       unhooked from everything, freed at the end of the turn. Requests under way go on without it.
 *
 * session_event() is the only way in from the loop, session_move() the only place that changes the state.
 */
#include "student/session.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "proto/limits.h"
#include "proto/wire.h"
#include "student/dispatch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TO(state) (1u << SESSION_##state)

static const unsigned allowed_moves[SESSION_STATES] = {
    [SESSION_HANDSHAKE] = TO(GREETING) | TO(CLOSING) | TO(DEAD),
    [SESSION_GREETING] = TO(CHECKING) | TO(CLOSING) | TO(DEAD),
    [SESSION_CHECKING] = TO(READY) | TO(GREETING) | TO(DRAINING) | TO(CLOSING) | TO(DEAD),
    [SESSION_READY] = TO(DRAINING) | TO(CLOSING) | TO(DEAD),
    [SESSION_DRAINING] = TO(CLOSING) | TO(DEAD),
    [SESSION_CLOSING] = TO(DEAD),
    [SESSION_DEAD] = 0,
};

static bool session_may_read(const struct session *session) {
  return session->state == SESSION_GREETING || session->state == SESSION_READY;
}

/* What may be asked next depends on an answer, or nothing may: the bytes stay in the socket, and the client's TCP waits. */
static bool session_holds(enum session_state state) {
  return state == SESSION_CHECKING || state == SESSION_DRAINING;
}

void session_move(struct session *session, enum session_state to) {
  const enum session_state from = session->state;
  CHECK(allowed_moves[from] & (1u << to));
  session->state = to;
  if (!session_holds(from) && session_holds(to))
    conn_pause(session->conn);
  else if (session_holds(from) && session_may_read(session))
    conn_resume(session->conn);
}

/* ---- deadlines ---- */

static void session_arm(struct session *session) {
  const struct conf *conf = session->port->conf;
  if (session->frame_begun)
    return; /* its deadline was set at the first byte and must not move with the later ones */
  int seconds = session->state == SESSION_READY ? conf->idle_s : conf->hello_deadline_s;
  conn_deadline(session->conn, (int64_t)seconds * 1000);
}

static void session_frame_pending(struct session *session) {
  if (!session->frame_begun && conn_unread(session->conn) > 0) {
    session->frame_begun = true;
    conn_deadline(session->conn, (int64_t)session->port->conf->frame_deadline_s * 1000);
  }
}

static void session_timeout(struct session *session) {
  if (!session->frame_begun && (session->in_flight > 0 || session->paused)) {
    session_arm(session); /* it is we who are slow; what we wait for has a deadline of its own */
    return;
  }
  log_event(LOG_INFO, &session->log, "session_timeout", "state=%d frame_begun=%d", session->state, session->frame_begun);
  session_drop(session);
}

/* ---- reading ---- */

static size_t session_frame_cap(const struct session *session) {
  return session->state == SESSION_READY ? LIMIT_FRAME_BYTES : LIMIT_FRAME_UNKNOWN_BYTES;
}

static void session_pause(struct session *session) {
  session->paused = true;
  TAILQ_INSERT_TAIL(&session->port->paused, session, pause_link);
  conn_pause(session->conn);
}

static void session_unpause(struct session *session) {
  if (!session->paused)
    return;
  session->paused = false;
  TAILQ_REMOVE(&session->port->paused, session, pause_link);
}

void session_resume(struct session *session) {
  session_unpause(session);
  conn_resume(session->conn);
}

static void session_read(struct session *session) {
  while (session_may_read(session)) {
    if (port_is_full(session->port)) {
      session_pause(session);
      return;
    }
    const uint8_t *message;
    size_t len;
    switch (conn_frame(session->conn, session_frame_cap(session), &message, &len)) {
    case FRAME_MORE: session_frame_pending(session); return;
    case FRAME_TOO_LARGE: session_refuse(session, 0, FAULT_TOO_LARGE, NULL, NULL); return;
    case FRAME_MALFORMED: session_refuse(session, 0, FAULT_MALFORMED, NULL, NULL); return;
    case FRAME_WHOLE:
      session->frame_begun = false; /* the timer may still be that of the frame: session_timeout() sees who is waited for */
      dispatch_frame(session, message, len);
      break;
    }
  }
}

/* ---- beginning and end ---- */

static void session_up(struct session *session) {
  X509 *certificate = conn_peer_certificate(session->conn);
  session_move(session, SESSION_GREETING);
  if (certificate == NULL || names_read(certificate, &session->who) < 0) {
    session_refuse(session, 0, FAULT_UNKNOWN_CERTIFICATE, NULL, NULL);
    return;
  }
  snprintf(session->log.text, sizeof session->log.text, "sid=%08" PRIx32 " stu=%s/%" PRId64 " dev=%" PRId64 " ip=%s",
           session->port->last_session, session->who.school_code, session->who.student_id, session->who.device_id,
           conn_peer_address(session->conn));
  if (session->port->stopping)
    session_refuse(session, 0, FAULT_SHUTTING_DOWN, NULL, NULL);
  else
    session_arm(session);
}

static void session_end(struct session *session) {
  struct student *port = session->port;
  struct request *request;
  session_move(session, SESSION_DEAD);
  session_unpause(session);
  while ((request = TAILQ_FIRST(&session->requests)) != NULL) {
    TAILQ_REMOVE(&session->requests, request, of_session);
    request->session = NULL;
  }
  session->conn = NULL;
  TAILQ_REMOVE(&port->sessions, session, link);
  TAILQ_INSERT_TAIL(&port->dead, session, link);
  log_event(LOG_DEBUG, &session->log, "session_ended", "in_flight=%u", session->in_flight);
}

void session_drop(struct session *session) {
  if (session->state == SESSION_DEAD)
    return;
  conn_drop(session->conn);
  session_end(session);
}

static void session_event(void *arg, struct conn *conn, enum conn_event event) {
  struct session *session = arg;
  CHECK(session->conn == conn);
  switch (event) {
  case CONN_UP: session_up(session); break;
  case CONN_READ: session_read(session); break;
  case CONN_DRAINED: break;
  case CONN_TIMEOUT: session_timeout(session); break;
  case CONN_GONE: session_end(session); break;
  }
}

void session_accepted(void *arg, struct conn *conn) {
  struct student *port = arg;
  struct session *session = calloc(1, sizeof *session);
  if (session == NULL) {
    conn_drop(conn);
    return;
  }
  session->port = port;
  session->conn = conn;
  session->state = SESSION_HANDSHAKE;
  TAILQ_INIT(&session->requests);
  snprintf(session->log.text, sizeof session->log.text, "sid=%08" PRIx32 " ip=%s", ++port->last_session, conn_peer_address(conn));
  TAILQ_INSERT_TAIL(&port->sessions, session, link);
  conn_owner(conn, session_event, session);
}

void session_bury(struct student *port) {
  struct session *session;
  while ((session = TAILQ_FIRST(&port->dead)) != NULL) {
    TAILQ_REMOVE(&port->dead, session, link);
    free(session);
  }
}

/* ---- writing ---- */

void session_send(struct session *session, const Stepguard__V1__ServerMessage *message) {
  if (session->state == SESSION_DEAD || session->state == SESSION_CLOSING)
    return;
  int err = conn_send(session->conn, &message->base);
  if (err < 0 && err != E_CLOSED) { /* closed: the client has left, GONE follows */
    log_event(LOG_WARN, &session->log, "send_failed", "err=%s unsent=%zu", err_name(err), conn_unsent(session->conn));
    session_drop(session);
  }
}

void session_close(struct session *session) {
  if (session->state == SESSION_DEAD || session->state == SESSION_CLOSING)
    return;
  session_move(session, SESSION_CLOSING);
  session_unpause(session);
  conn_close(session->conn);
}

void session_refuse(struct session *session, uint32_t request_id, enum fault fault, const char *field, const char *text) {
  Stepguard__V1__Fault body;
  Stepguard__V1__ServerMessage message = STEPGUARD__V1__SERVER_MESSAGE__INIT;
  wire_fault_write(fault, field, text, &body);
  message.request_id = request_id;
  message.body_case = STEPGUARD__V1__SERVER_MESSAGE__BODY_FAULT;
  message.fault = &body;
  log_event(LOG_INFO, &session->log, "refused", "req=%" PRIu32 " fault=%s field=%s", request_id, fault_info((int)fault)->name,
            log_value(field == NULL ? "" : field));
  session_send(session, &message);
  if (fault_info((int)fault)->closes)
    session_close(session);
}

void session_drain(struct session *session) {
  if (session->state == SESSION_HANDSHAKE) /* session_up() tells it; before, nobody could read why the line was cut */
    return;
  if (session->state == SESSION_GREETING || session->in_flight == 0)
    session_refuse(session, 0, FAULT_SHUTTING_DOWN, NULL, NULL);
  else if (session->state == SESSION_READY || session->state == SESSION_CHECKING)
    session_move(session, SESSION_DRAINING);
}

/* A request has been answered or given up: there is room in the window again. */
void session_request_done(struct session *session) {
  session->in_flight--;
  if (session->state == SESSION_DRAINING && session->in_flight == 0)
    session_refuse(session, 0, FAULT_SHUTTING_DOWN, NULL, NULL);
  else if (session->state == SESSION_READY)
    session_arm(session);
}

/* By device and not by connection: who opens more of them gets no more. */
bool session_may_upload(struct session *session) {
  uint64_t who = (uint64_t)session->school_id << 40 ^ (uint64_t)session->who.device_id;
  int per_minute = session->port->conf->uploads_per_minute;
  int64_t now_ms = clock_mono_ms();
  if (rate_wait_ms(&session->port->uploads_rate, who, per_minute, now_ms) > 0)
    return false;
  rate_count(&session->port->uploads_rate, who, per_minute, now_ms);
  return true;
}
