/* The office port from inside: what its requests share. */
#ifndef SG_OFFICE_PORT_H
#define SG_OFFICE_PORT_H

#include "base/rate.h"
#include "base/seal.h"
#include "db/model.h"
#include "db/pool.h"
#include "loop/http.h"
#include "loop/lane.h"
#include "office/limits.h"
#include "office/office.h"

#include <sys/queue.h>

struct jobs;
struct sweep;
struct live;
struct oidc;

struct office {
  struct loop *loop;
  struct conf *conf;
  struct http *http;
  struct pool *read_pool;  /* nothing can be written there */
  struct pool *write_pool; /* and this one listens */
  struct lane *lane;
  struct lane *paper_lane;        /* one thread that sets pages */
  uint64_t papers[OFFICE_PAPERS]; /* for whom (call_number), or 0 */
  struct model *model;            /* parameter sets and zones, for what is computed on the spot */
  struct live *live;
  struct oidc *oidc;
  struct sweep *sweep;
  struct jobs *jobs;
  struct seal seal;
  struct rate callers;   /* by session or token */
  struct rate strangers; /* by network: requests without a session */
  struct rate guesses;   /* by network: sessions and tokens that are none */
  struct rate proven;    /* by session or token: those that were good lately, whom others' guesses do not hold up */
};

#endif
