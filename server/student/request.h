/*
 * One request of a client, from the frame to the answer. It has its own arena, holds everything its handlers make, and may
 * outlive its session: then the work is finished and nobody is answered.
 */
#ifndef SG_STUDENT_REQUEST_H
#define SG_STUDENT_REQUEST_H

#include "base/arena.h"
#include "pki/names.h"
#include "proto/fault.h"
#include "stepguard.pb-c.h"
#include "student/port.h"

struct request {
  TAILQ_ENTRY(request) of_session;
  TAILQ_ENTRY(request) in_batch;
  struct student *port;
  struct session *session;  /* NULL once it has gone */
  struct cert_identity who; /* of the session: the work goes on without it */
  int32_t school_id;        /* 0 before Welcome */
  uint32_t id;
  size_t bytes; /* counted in port->request_bytes */
  struct arena arena;
  void *work; /* the handler's own, in the arena */
};

/* Takes its place in the session. NULL when out of memory. */
struct request *request_new(struct session *session, uint32_t id, size_t bytes) MUSTCHECK;

/* Each of these answers, if somebody still listens, and ends the request. `body` becomes the member of ServerMessage that
 * `body_case` names. `field` and `text` may be NULL: then the text is the one of the fault table. */
void request_answer(struct request *request, Stepguard__V1__ServerMessage__BodyCase body_case, void *body);
void request_fault(struct request *request, enum fault fault, const char *field, const char *text);
void request_error(struct request *request, int err); /* E_... as err_fault() translates it */

/* A text for an answer, borrowed until the answer is packed: protobuf-c knows no const, and packing does not write. */
char *request_text(const char *text);

/* Who asks, as parameters or fields of a statement: school, student, device, serial. */
void request_put_who(const struct request *request, struct args *args);

#endif
