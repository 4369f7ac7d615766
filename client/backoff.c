/*
 * Exponential back-off with jitter.
 *
 * A TLS handshake with certificates costs the server about two milliseconds of processor, and there is no resumption; a
 * thousand clients that return in step after a restart would be a second outage. Hence the jitter on every wait, also on
 * one that the server asked for: it tells all of them the same number.
 *
 * What is worth another try: no connection at all, and a fault that the server itself calls temporary. A wrong certificate
 * or an answer we do not understand will be the same in ten seconds.
 */
#include "client/backoff.h"

#include <openssl/rand.h>
#include <time.h>

enum { FIRST_MS = 500, LAST_MS = 30 * 1000, DOUBLINGS_MAX = 6 /* 500 ms << 6 is past LAST_MS */ };

static int64_t clock_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void backoff_init(struct backoff *backoff, unsigned max_wait_s) {
  *backoff = (struct backoff){.until_ms = clock_ms() + (int64_t)max_wait_s * 1000};
}

void backoff_reset(struct backoff *backoff) {
  backoff->tries = 0;
}

uint64_t backoff_delay_ms(unsigned tries, uint32_t retry_after_ms, uint32_t random) {
  uint64_t delay_ms = (uint64_t)FIRST_MS << (tries < DOUBLINGS_MAX ? tries : DOUBLINGS_MAX);
  if (delay_ms > LAST_MS)
    delay_ms = LAST_MS;
  delay_ms = delay_ms / 2 + delay_ms * random / UINT32_MAX;
  uint64_t asked_ms = retry_after_ms + (uint64_t)retry_after_ms / 2 * random / UINT32_MAX;
  return delay_ms > asked_ms ? delay_ms : asked_ms;
}

bool backoff_wait(struct backoff *backoff, const struct sg_error *error, void (*progress)(void *, const char *, uint64_t, uint64_t),
                  void *arg) {
  uint32_t random = UINT32_MAX / 2;
  if (!sg_error_passes(error))
    return false;
  (void)RAND_bytes((unsigned char *)&random, sizeof random); /* without it the waits are merely all alike */
  uint64_t delay_ms = backoff_delay_ms(backoff->tries++, error->retry_after_ms, random);
  if (clock_ms() + (int64_t)delay_ms > backoff->until_ms)
    return false;
  if (progress != NULL)
    progress(arg, "waiting for the server", 0, 0);
  struct timespec left = {.tv_sec = (time_t)(delay_ms / 1000), .tv_nsec = (long)(delay_ms % 1000) * 1000000L};
  nanosleep(&left, NULL);
  return true;
}
