/* One student's connection. See session.c for its states. */
#ifndef SG_STUDENT_SESSION_H
#define SG_STUDENT_SESSION_H

#include "base/log.h"
#include "pki/names.h"
#include "student/request.h"

enum session_state {
  SESSION_HANDSHAKE,
  SESSION_GREETING,
  SESSION_CHECKING,
  SESSION_READY,
  SESSION_DRAINING,
  SESSION_CLOSING,
  SESSION_DEAD,
  SESSION_STATES
};

struct session {
  TAILQ_ENTRY(session) link;       /* in port->sessions or port->dead */
  TAILQ_ENTRY(session) pause_link; /* in port->paused while `paused` */
  struct student *port;
  struct conn *conn;
  enum session_state state;
  struct cert_identity who;
  int32_t school_id;
  struct request_list requests;
  unsigned in_flight;
  uint32_t last_request_id;
  bool paused;      /* reading is stopped until the port has room */
  bool frame_begun; /* half a frame has arrived, and its deadline runs */
  struct log_context log;
};

void session_accepted(void *port, struct conn *conn); /* the listener's callback */
void session_move(struct session *session, enum session_state to);
void session_request_done(struct session *session);
void session_send(struct session *session, const Stepguard__V1__ServerMessage *message);
void session_refuse(struct session *session, uint32_t request_id, enum fault fault, const char *field, const char *text);
void session_close(struct session *session);      /* politely */
void session_drop(struct session *session);       /* at once */
void session_drain(struct session *session);      /* answers what was asked, then says that the server restarts */
void session_resume(struct session *session);     /* the port has room again */
bool session_may_upload(struct session *session); /* counts the upload against its device */
void session_bury(struct student *port);

#endif
