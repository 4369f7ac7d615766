/* The two clocks. CLOCK_MONOTONIC stops while the machine sleeps, which is what deadlines want: a laptop lid closed for the
 * night is not a peer that was silent for the night. */
#include "base/clock.h"

#include "base/check.h"

#include <time.h>

static int64_t read_ms(clockid_t which) {
  struct timespec now;
  CHECK(clock_gettime(which, &now) == 0);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_wall_ms(void) {
  return read_ms(CLOCK_REALTIME);
}

int64_t clock_mono_ms(void) {
  return read_ms(CLOCK_MONOTONIC);
}
