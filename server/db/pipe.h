/* One connection in pipeline mode. Private to pool.c, which chooses among several. The states are described in pipe.c. */
#ifndef SG_DB_PIPE_H
#define SG_DB_PIPE_H

#include "db/pool.h"

enum pipe_state { PIPE_DOWN, PIPE_CONNECTING, PIPE_CHECKING, PIPE_READY, PIPE_BROKEN };

struct pipe;

struct pipe_owner {
  void (*moved)(void *arg, struct pipe *pipe, enum pipe_state to);
  void (*heard)(void *arg, struct pipe *pipe, const char *channel, const char *payload);
  void *arg;
};

/* Connects at once and for ever again. `options` must outlive it. */
struct pipe *pipe_new(struct loop *loop, const struct pool_options *options, int index, const struct pipe_owner *owner) MUSTCHECK;
void pipe_free(struct pipe *pipe); /* what is outstanding hears E_UNKNOWN; not from inside a callback */

enum pipe_state pipe_state(const struct pipe *pipe);
size_t pipe_depth(const struct pipe *pipe);

/* As pool_call(), on a pipe that is PIPE_READY. Takes the args. */
int pipe_call(struct pipe *pipe, const struct stmt_row *stmt, struct args *args, pool_done done, void *arg) MUSTCHECK;
void pipe_flush(struct pipe *pipe); /* at the end of the turn */
void pipe_trace(struct pipe *pipe, FILE *out);

#endif
