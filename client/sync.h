/*
 * What the parts of a sync share: one struct for all of it, on the heap, alive for one sg_sync(). sync.c has the story,
 * sync_results.c the results, sync_renew.c the certificate. disclosures.c asks for something else the same way.
 */
#ifndef SG_CLIENT_SYNC_H
#define SG_CLIENT_SYNC_H

#include "client/client.h"
#include "client/keys.h"
#include "client/talk.h"
#include "proto/wire.h"

enum {
  ISOLATED_MAX = 16, /* rows found to be poison before the server itself is in doubt */
};

/* What a part gives beside the sg_status values: connect again at once, something was learned that makes it go better. */
enum { SYNC_AGAIN = 1 };

/* One upload under way. */
struct flight {
  uint32_t id;
  size_t n;
  int64_t seqs[LIMIT_RESULTS];
};

struct sync {
  struct sg_client *client;
  int (*work)(struct sync *sync, struct sg_error *ret_error); /* what a connection is for, once it is open */
  void *arg;                                                  /* its own */
  const struct sg_sync_options *options;
  struct sg_sync_report *report;
  struct keys keys;
  struct talk talk;
  uint32_t total; /* results queued at the start, for progress */
  bool renewal_tried;

  /* Of the connection at hand. */
  struct talk_welcome welcome;
  struct flight flights[LIMIT_WINDOW];
  size_t flights_n;
  bool has_after;
  struct outbox_row after; /* the last row sent in this pass */
  bool drained;            /* no row after it */

  /* Of all connections of this sync. */
  size_t batch_cap; /* rows; below LIMIT_RESULTS while a poison row is looked for */
  bool careful;     /* one request at a time */
  unsigned isolated, internals;
  int64_t skipped[ISOLATED_MAX]; /* left queued: the server fails at them */
  size_t skipped_n;

  /* One batch being made. */
  struct outbox_row rows[LIMIT_RESULTS];
  struct wire_result wires[LIMIT_RESULTS];
  Stepguard__V1__Result *messages[LIMIT_RESULTS];
};

/* On the heap; NULL and *ret_error when out of memory. The report begins empty. */
struct sync *sync_new(struct sg_client *client, const struct sg_sync_options *options, struct sg_sync_report *report,
                      struct sg_error *ret_error) MUSTCHECK;
/* Connects and works, again and again while that is worth it (backoff.h). */
int sync_run(struct sync *sync, struct sg_error *ret_error) MUSTCHECK;

void sync_progress(const struct sync *sync, const char *what, uint64_t done, uint64_t total);
void sync_note(struct sync *sync, const char *fmt, ...) PRINTF_LIKE(2, 3);
uint32_t sync_settled(const struct sync *sync); /* results the server has given its word for, so far */
/* Keeps what the server says of the student; NULL or nonsense is left out. */
int sync_standing_keep(struct sync *sync, const Stepguard__V1__Standing *standing, struct sg_error *ret_error) MUSTCHECK;

/* Sends queued goals and check-ins, and learns those of other devices. SG_OK also where the server is too old to know them. */
int sync_study_send(struct sync *sync, struct sg_error *ret_error) MUSTCHECK;
int sync_study_learn(struct sync *sync, struct sg_error *ret_error) MUSTCHECK;
/* Brings what the office wrote; the same. */
int sync_messages(struct sync *sync, struct sg_error *ret_error) MUSTCHECK;

/* Sends all queued results over the open connection. */
int sync_results(struct sync *sync, struct sg_error *ret_error) MUSTCHECK;
/* Gets a new key and certificate if it is time. SG_OK also when that failed and the old ones will do. */
int sync_renew(struct sync *sync, struct sg_error *ret_error) MUSTCHECK;

#endif
