/*
 * What is to be said of an installation beside its configuration: files that the configuration names, the certificate that browsers
 * see, the age of what is linked. By the daemon once at its start, and by `stepguardctl check-config`.
 */
#ifndef SG_PKI_CHECKS_H
#define SG_PKI_CHECKS_H

#include "base/conf.h"

enum { CHECKS_REASON = 400 };

struct checks_finding {
  bool fault;      /* something does not work; else it works, and is not as it should be */
  const char *key; /* "office.certificate", or a package's name */
  char reason[CHECKS_REASON];
};

void checks_run(const struct conf *conf, void (*said)(void *arg, const struct checks_finding *finding), void *arg);

#endif
