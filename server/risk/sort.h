/*
 * Sorts indices by a total order. Shell's method: in place, without recursion and without allocation (qsort may allocate), quick
 * for the forty results of a student and still good for four thousand. Results mostly come in order of time, one way or the other:
 * what stands in order is only looked through. Inline, so that the comparison is inlined too: half of the time of a sort this small
 * would be calls.
 */
#ifndef SG_RISK_SORT_H
#define SG_RISK_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__attribute__((always_inline)) static inline void
index_sort(uint32_t *index, size_t n, bool (*before)(const void *arg, uint32_t a, uint32_t b), const void *arg) {
  static const size_t gaps[] = {3905, 1750, 701, 301, 132, 57, 23, 10, 4, 1}; /* Ciura's, each about 2.25 times the next */
  size_t ordered = 1;
  if (n > 1 && before(arg, index[n - 1], index[0]))
    for (size_t i = 0; i < n / 2; i++) {
      uint32_t moving = index[i];
      index[i] = index[n - 1 - i];
      index[n - 1 - i] = moving;
    }
  while (ordered < n && !before(arg, index[ordered], index[ordered - 1]))
    ordered++;
  if (ordered >= n)
    return;
  for (size_t g = 0; g < sizeof gaps / sizeof gaps[0]; g++)
    for (size_t i = gaps[g]; i < n; i++) {
      uint32_t moving = index[i];
      size_t at = i;
      for (; at >= gaps[g] && before(arg, moving, index[at - gaps[g]]); at -= gaps[g])
        index[at] = index[at - gaps[g]];
      index[at] = moving;
    }
}

#endif
