/*
 * How often an address may fail. A bounded table: it never grows, and the coldest entry of a set of four makes room.
 *
 * Only failures are counted, so that a lecture hall behind one address can enrol in one minute while somebody who guesses is
 * stopped after a few tries. IPv6 addresses count by their first 64 bits, which is what one subscriber has.
 */
#ifndef SG_ENROL_RATE_H
#define SG_ENROL_RATE_H

#include "proto/attr.h"

#include <stddef.h>
#include <stdint.h>

enum { RATE_SETS = 1024, RATE_WAYS = 4 };

struct rate {
  uint64_t seed; /* of the hash, so that nobody can aim at a set */
  struct rate_entry {
    uint64_t network; /* 0: free */
    int64_t debt_ms;  /* the bucket is empty again at this instant of the monotonic clock */
  } entry[RATE_SETS][RATE_WAYS];
};

int rate_init(struct rate *rate) MUSTCHECK;

/* Milliseconds until this address may try again, 0 for now, when `per_minute` failures a minute are forgiven. */
int64_t rate_wait_ms(const struct rate *rate, const char *address, int per_minute, int64_t now_ms);
void rate_count(struct rate *rate, const char *address, int per_minute, int64_t now_ms);

#endif
