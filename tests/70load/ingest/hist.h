/*
 * Latencies, kept as HdrHistogram keeps them: exact below 1,024 µs, above that 512 steps to each doubling, so that every
 * figure read back is right to two thousandths whatever its size. Fixed memory, nothing is thrown away.
 */
#ifndef SG_LOAD_HIST_H
#define SG_LOAD_HIST_H

#include <stdint.h>

enum { HIST_EXACT_BITS = 10, HIST_DOUBLINGS = 26 /* up to 2^36 µs: 19 hours */ };
enum { HIST_STEPS = 1 << (HIST_EXACT_BITS - 1), HIST_SLOTS = 2 * HIST_STEPS + HIST_DOUBLINGS * HIST_STEPS };

struct hist {
  uint64_t n, sum_us, most_us;
  uint64_t slot[HIST_SLOTS];
};

void hist_add(struct hist *hist, int64_t us);          /* below 0 counts as 0 */
double hist_ms(const struct hist *hist, double share); /* what this share of them did not exceed; 0 where there are none */
/* {"n": …, "mean": …, "p50": …, "p90": …, "p99": …, "p999": …, "most": …}, in milliseconds, on standard output. */
void hist_print(const struct hist *hist);

#endif
