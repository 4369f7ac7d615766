/* The student port from inside: what its sessions share. */
#ifndef SG_STUDENT_PORT_H
#define SG_STUDENT_PORT_H

#include "base/rate.h"
#include "db/model.h"
#include "student/student.h"

#include <sys/queue.h>

struct request;
struct session;
TAILQ_HEAD(session_list, session);
TAILQ_HEAD(request_list, request);

enum {
  /* Requests in the house before readers are paused: enough to fill two batches for each of two database connections. */
  PORT_REQUESTS_HIGH = 1024,
  PORT_REQUESTS_LOW = 768,
  /* Rows sent to the database in one call. Insert rate is flat from 1 000 rows on; more only makes answers later. */
  PORT_BATCH_ROWS = 2000,
  PORT_BATCH_UPLOADS = 256,
  /* Certificates that the database is asked about at once. Each is a commit; uploads wait for at most so many of them. */
  PORT_HELLOS_ASKED = 16,
};
/* Memory of requests in the house before readers are paused: a quarter of what the unit file grants the process. */
#define PORT_BYTES_HIGH ((size_t)128 << 20)

struct student {
  struct loop *loop;
  struct conf *conf;
  struct pool *pool;
  struct ca_client *ca;
  struct listener *listener;
  struct model *model;
  bool asking_sets;     /* api.parameters is under way */
  int64_t listening_ms; /* since when revocations are heard without a gap */
  struct janitor *janitor;
  struct loop_timer *grace;
  struct session_list sessions; /* every session that is not dead */
  struct session_list paused;   /* of those, the ones waiting for room; oldest first */
  struct session_list dead;     /* to be freed at the end of the turn */
  struct request_list uploads;  /* accepted, waiting for the batch */
  struct request_list hellos;   /* waiting to be asked after */
  size_t hellos_asked;          /* with the database */
  struct rate uploads_rate;     /* by device */
  size_t requests;              /* in the house: received and not yet finished */
  size_t request_bytes;
  uint32_t last_session;
  bool stopping;
};

bool port_is_full(const struct student *student);

#endif
