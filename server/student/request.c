/*
 * Requests: born in dispatch, kept by the session, ended by their answer. Counting happens here and nowhere else, so that
 * what the port believes to be in the house is always what is.
 *
 * Each has a place of its own on the heap, and everything its handlers make in an arena. That they are no part of the
 * session is the point: a client that leaves while its rows are on their way must take nothing with it that is still in use.
 */
#include "student/request.h"

#include "base/err.h"
#include "proto/limits.h"
#include "student/session.h"

#include <inttypes.h>
#include <stdlib.h>

struct request *request_new(struct session *session, uint32_t id, size_t bytes) {
  struct request *request = calloc(1, sizeof *request);
  if (request == NULL)
    return NULL;
  request->port = session->port;
  request->session = session;
  request->who = session->who;
  request->school_id = session->school_id;
  request->id = id;
  request->bytes = bytes;
  arena_init(&request->arena, LIMIT_UNPACKED_BYTES);
  TAILQ_INSERT_TAIL(&session->requests, request, of_session);
  session->in_flight++;
  request->port->requests++;
  request->port->request_bytes += bytes;
  return request;
}

static void request_end(struct request *request) {
  struct session *session = request->session;
  request->port->requests--;
  request->port->request_bytes -= request->bytes;
  if (session != NULL) {
    TAILQ_REMOVE(&session->requests, request, of_session);
    session_request_done(session);
  }
  arena_done(&request->arena);
  free(request);
}

void request_answer(struct request *request, Stepguard__V1__ServerMessage__BodyCase body_case, void *body) {
  if (request->session != NULL) {
    Stepguard__V1__ServerMessage message = STEPGUARD__V1__SERVER_MESSAGE__INIT;
    message.request_id = request->id;
    message.body_case = body_case;
    message.welcome = body; /* members of one union: all are pointers */
    session_send(request->session, &message);
  }
  request_end(request);
}

void request_fault(struct request *request, enum fault fault, const char *field, const char *text) {
  if (request->session != NULL)
    session_refuse(request->session, request->id, fault, field, text);
  request_end(request);
}

void request_error(struct request *request, int err) {
  request_fault(request, err_fault(err), NULL, NULL);
}

char *request_text(const char *text) {
  return (char *)(uintptr_t)text;
}

void request_put_who(const struct request *request, struct args *args) {
  args_i32(args, request->school_id);
  args_i64(args, request->who.student_id);
  args_i64(args, request->who.device_id);
  args_bytes(args, request->who.serial, request->who.serial_len);
}
