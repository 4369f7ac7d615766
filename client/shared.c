/* The shared library is sg_client as a whole; a target wants a file of its own. */
#include "client/stepguard.h"

const char *sg_version(void) {
  return SG_VERSION;
}
