/*
 * How often somebody may do something: so many a minute each. A bounded table: it never grows, and the coldest entry of a set
 * of four makes room. Whoever it is that is counted is a number: an address's network, a device.
 */
#ifndef SG_BASE_RATE_H
#define SG_BASE_RATE_H

#include "proto/attr.h"

#include <stddef.h>
#include <stdint.h>

enum { RATE_SETS = 1024, RATE_WAYS = 4 };

struct rate {
  uint64_t seed; /* of the hash, so that nobody can aim at a set */
  struct rate_entry {
    uint64_t who;    /* 0: free */
    int64_t debt_ms; /* the bucket is empty again at this instant of the monotonic clock */
  } entry[RATE_SETS][RATE_WAYS];
};

int rate_init(struct rate *rate) MUSTCHECK;

/* IPv6 addresses count by their first 64 bits, which is what one subscriber has. Never 0. */
uint64_t rate_network(const char *address);

/* Milliseconds until this one may go on, 0 for now. */
int64_t rate_wait_ms(const struct rate *rate, uint64_t who, int per_minute, int64_t now_ms);
void rate_count(struct rate *rate, uint64_t who, int per_minute, int64_t now_ms);

#endif
