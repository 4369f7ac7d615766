/*
 * From a frame to its handler.
 *
 * A frame is scanned before it is unpacked: protobuf-c cuts strings at a NUL, takes any bytes for text, and turns a small
 * frame of empty sub-messages into a large heap. What passes the scan is unpacked into the request's arena, whose cap makes
 * a hostile message a clean NULL.
 */
#include "student/dispatch.h"

#include "base/clock.h"
#include "proto/limits.h"
#include "proto/wire.h"
#include "student/session.h"

#define IN(state) (1u << SESSION_##state)

struct route {
  Stepguard__V1__ClientMessage__BodyCase body;
  unsigned states; /* in which it is allowed */
  void (*received)(struct request *request, const Stepguard__V1__ClientMessage *message);
};

/* clang-format off */
static const struct route routes[] = {
  /* message                                             allowed in     handler */
  {STEPGUARD__V1__CLIENT_MESSAGE__BODY_HELLO,            IN(GREETING),  hello_received},
  {STEPGUARD__V1__CLIENT_MESSAGE__BODY_UPLOAD,           IN(READY),     upload_received},
  {STEPGUARD__V1__CLIENT_MESSAGE__BODY_STANDING,         IN(READY),     standing_asked},
  {STEPGUARD__V1__CLIENT_MESSAGE__BODY_PLAN_CHANGE,      IN(READY),     plan_received},
  {STEPGUARD__V1__CLIENT_MESSAGE__BODY_RENEW,            IN(READY),     renew_received},
  {STEPGUARD__V1__CLIENT_MESSAGE__BODY_DISCLOSURES,      IN(READY),     disclosures_asked},
  {STEPGUARD__V1__CLIENT_MESSAGE__BODY_STUDY_ENTRY,      IN(READY),     study_received},
  {STEPGUARD__V1__CLIENT_MESSAGE__BODY_STUDY,            IN(READY),     study_asked},
  {STEPGUARD__V1__CLIENT_MESSAGE__BODY_MESSAGES,         IN(READY),     messages_asked},
  {STEPGUARD__V1__CLIENT_MESSAGE__BODY_DEVICES,          IN(READY),     devices_asked},
  {STEPGUARD__V1__CLIENT_MESSAGE__BODY_DEVICE_REVOKE,    IN(READY),     device_revoke_received},
};
/* clang-format on */

static const struct route *route_of(Stepguard__V1__ClientMessage__BodyCase body) {
  for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
    if (routes[i].body == body)
      return &routes[i];
  return NULL;
}

static void dispatch_message(struct session *session, struct request *request, const Stepguard__V1__ClientMessage *message) {
  const struct route *route = route_of(message->body_case);
  if (message->request_id <= session->last_request_id) {
    request_fault(request, FAULT_OUT_OF_ORDER, "request_id", "Request ids must start at 1 and rise with every message.");
    return;
  }
  session->last_request_id = message->request_id;
  if (message->body_case == STEPGUARD__V1__CLIENT_MESSAGE__BODY__NOT_SET)
    request_fault(request, FAULT_INVALID_FIELD, "body", "This server does not know this kind of message.");
  else if (route == NULL || !(route->states & (1u << session->state)))
    request_fault(request, FAULT_OUT_OF_ORDER, "body", NULL);
  else if (session->in_flight > LIMIT_WINDOW)
    request_fault(request, FAULT_WINDOW_EXCEEDED, NULL, NULL);
  else if (clock_wall_ms() >= session->who.not_after_ms)
    request_fault(request, FAULT_UNKNOWN_CERTIFICATE, NULL,
                  "This device's certificate has expired. Ask the school for a new code.");
  else
    route->received(request, message);
}

void dispatch_frame(struct session *session, const uint8_t *bytes, size_t len) {
  if (wire_scan(bytes, len) < 0) {
    session_refuse(session, 0, FAULT_MALFORMED, NULL, NULL);
    return;
  }
  struct request *request = request_new(session, 0, sizeof *request + len);
  if (request == NULL) {
    session_refuse(session, 0, FAULT_INTERNAL, NULL, NULL);
    return;
  }
  Stepguard__V1__ClientMessage *message = stepguard__v1__client_message__unpack(&request->arena.allocator, len, bytes);
  if (message == NULL) {
    request_fault(request, FAULT_MALFORMED, NULL, NULL);
    return;
  }
  request->id = message->request_id;
  dispatch_message(session, request, message);
}
