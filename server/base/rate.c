/*
 * A leaky bucket for each who.
 *
 * What is counted adds 60 s / per_minute to the bucket's debt, and time pays it off. More than a minute of debt means that
 * per_minute came faster than they are forgiven. One number per entry, no sweeping, nothing to expire: a bucket whose debt
 * lies in the past is as good as free.
 *
 * Whoever has a million addresses or devices can push others' entries out of the table, and gains a clean bucket: the limit
 * saves work and log lines. It is not what keeps codes from being guessed; their 128 random bits are.
 */
#include "base/rate.h"

#include "base/err.h"

#include <arpa/inet.h>
#include <openssl/rand.h>
#include <string.h>

enum { RATE_WINDOW_MS = 60 * 1000 };

int rate_init(struct rate *rate) {
  memset(rate, 0, sizeof *rate);
  return RAND_bytes((unsigned char *)&rate->seed, sizeof rate->seed) == 1 ? 0 : E_TLS;
}

/* What is no address shares one entry: a Unix socket has one kind of peer. */
uint64_t rate_network(const char *address) {
  uint8_t binary[sizeof(struct in6_addr)] = {0};
  uint64_t network = 0;
  if (inet_pton(AF_INET, address, binary) == 1)
    memcpy(&network, binary, 4);
  else if (inet_pton(AF_INET6, address, binary) == 1)
    memcpy(&network, binary, sizeof network);
  return network ? network : 1;
}

static size_t rate_set(const struct rate *rate, uint64_t who) {
  uint64_t x = who ^ rate->seed; /* the finisher of splitmix64 */
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (x ^ (x >> 31)) % RATE_SETS;
}

int64_t rate_wait_ms(const struct rate *rate, uint64_t who, int per_minute, int64_t now_ms) {
  const struct rate_entry *set = rate->entry[rate_set(rate, who)];
  const int64_t price_ms = RATE_WINDOW_MS / per_minute;
  for (int i = 0; i < RATE_WAYS; i++)
    if (set[i].who == who) {
      const int64_t over_ms = set[i].debt_ms - now_ms + price_ms - RATE_WINDOW_MS;
      return over_ms > 0 ? over_ms : 0;
    }
  return 0;
}

void rate_count(struct rate *rate, uint64_t who, int per_minute, int64_t now_ms) {
  struct rate_entry *set = rate->entry[rate_set(rate, who)], *entry = &set[0];
  for (int i = 0; i < RATE_WAYS && entry->who != who; i++)
    if (set[i].who == who || set[i].debt_ms < entry->debt_ms)
      entry = &set[i];
  if (entry->who != who || entry->debt_ms < now_ms)
    *entry = (struct rate_entry){.who = who, .debt_ms = now_ms};
  entry->debt_ms += RATE_WINDOW_MS / per_minute;
}
