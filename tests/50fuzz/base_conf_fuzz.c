/* Any bytes as a configuration file: findings or a whole struct, never both, never neither. */
#include "base/conf.h"

#include "tests/50fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void count(void *arg, const struct conf_finding *finding) {
  HOLDS(finding->reason[0] && strlen(finding->key) < sizeof finding->key);
  ++*(size_t *)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char path[64];
  size_t findings = 0;
  int fd = memfd_create("conf", MFD_CLOEXEC);
  HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size);
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  struct conf *conf = conf_load(path, count, &findings);
  HOLDS((conf != NULL) == (findings == 0));
  if (conf)
    HOLDS(conf->school_code && conf->enrol_key && conf->client_ca && conf->certificate_days > 0);
  conf_unref(conf);
  close(fd);
  return 0;
}
