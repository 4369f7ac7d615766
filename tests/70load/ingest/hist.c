/*
 * A log-linear histogram. Debian 12 has HdrHistogram for Java and Go and not for C, and what a load generator needs of it is
 * these lines: a value's slot is its leading ten bits and how far they were shifted.
 *
 * Keeping every latency in an array was the alternative. It costs eight bytes each and a sort at the end, and its length
 * depends on how fast the server is; this one is as long for a minute as for a night.
 */
#include "hist.h"

#include <inttypes.h>
#include <stdio.h>

#define US_PER_MS 1000.0

static unsigned hist_slot(uint64_t us) {
  if (us < 2 * HIST_STEPS)
    return (unsigned)us;
  const unsigned shift = 64u - HIST_EXACT_BITS - (unsigned)__builtin_clzll(us);
  const uint64_t slot = (uint64_t)shift * HIST_STEPS + (us >> shift);
  return slot < HIST_SLOTS ? (unsigned)slot : HIST_SLOTS - 1;
}

/* The largest value of a slot: a share that is said not to have been exceeded was not. */
static uint64_t hist_edge(unsigned slot) {
  if (slot < 2 * HIST_STEPS)
    return slot;
  const unsigned shift = slot / HIST_STEPS - 1;
  return ((uint64_t)(slot - shift * HIST_STEPS + 1) << shift) - 1;
}

void hist_add(struct hist *hist, int64_t us) {
  const uint64_t value = us < 0 ? 0 : (uint64_t)us;
  hist->n++;
  hist->sum_us += value;
  hist->most_us = value > hist->most_us ? value : hist->most_us;
  hist->slot[hist_slot(value)]++;
}

double hist_ms(const struct hist *hist, double share) {
  const uint64_t rank = (uint64_t)(share * (double)hist->n);
  uint64_t seen = 0;
  for (unsigned slot = 0; slot < HIST_SLOTS && hist->n > 0; slot++) {
    seen += hist->slot[slot];
    if (seen > rank || seen == hist->n) {
      const uint64_t edge = hist_edge(slot);
      return (double)(edge < hist->most_us ? edge : hist->most_us) / US_PER_MS;
    }
  }
  return 0;
}

void hist_print(const struct hist *hist) {
  const double mean = hist->n ? (double)hist->sum_us / (double)hist->n / US_PER_MS : 0;
  printf("{\"n\": %" PRIu64 ", \"mean\": %.3f, \"p50\": %.3f, \"p90\": %.3f, \"p99\": %.3f, \"p999\": %.3f, \"most\": %.3f}",
         hist->n, mean, hist_ms(hist, 0.5), hist_ms(hist, 0.9), hist_ms(hist, 0.99), hist_ms(hist, 0.999),
         (double)hist->most_us / US_PER_MS);
}
