/* A backtest as one HTML page that needs nothing else: no script, no request, light and dark, on paper too. */
#ifndef SG_STUDY_REPORT_H
#define SG_STUDY_REPORT_H

#include "study/score.h"

struct report_facts {
  const char *data, *parameters; /* name of the directory; version */
  size_t students, results, attempts;
  double capacity;
};

/* `out` is begun and ended by the caller. 0 or E_NOMEM. */
int report_put(struct buf *out, const struct report_facts *facts, const struct score *scores, size_t n) MUSTCHECK;

#endif
