/* Waiting between tries, so that a thousand clients do not come back to a restarted server in the same second. */
#ifndef SG_CLIENT_BACKOFF_H
#define SG_CLIENT_BACKOFF_H

#include "client/stepguard.h"

struct backoff {
  int64_t until_ms; /* monotonic; no wait ends after it */
  unsigned tries;   /* failed ones in a row */
};

void backoff_init(struct backoff *backoff, unsigned max_wait_s);
/* Call when something went well: the next failure is a first one again. */
void backoff_reset(struct backoff *backoff);
/* After a failure: sleeps and gives true when it is worth another try, else false at once. */
bool backoff_wait(struct backoff *backoff, const struct sg_error *error, void (*progress)(void *, const char *, uint64_t, uint64_t),
                  void *arg);
/* How long the next wait would be: doubling from FIRST_MS to LAST_MS, half to one and a half times of that at random, and
 * never less than the server asked for. `random` is any 32 bits. */
uint64_t backoff_delay_ms(unsigned tries, uint32_t retry_after_ms, uint32_t random);

#endif
