/*
 * The fault table as data. Codes come from other programs, newer ones included, so a code without a row is no error here:
 * it reads as INTERNAL, whose advice (keep the data, try again later) is right for whatever it turns out to mean.
 */
#include "proto/fault.h"

#include <stddef.h>

/* The code is the index: codes are small and dense, and a hole shows as a row without a name. */
static const struct fault_info faults[] = {
#define X(code, name, lower, retry, closes, text) [code] = {FAULT_##name, lower, FAULT_RETRY_##retry, closes, text},
    FAULT_TABLE(X)
#undef X
};

const struct fault_info *fault_info(int code) {
  if (code < 0 || (size_t)code >= sizeof(faults) / sizeof(faults[0]) || !faults[code].name)
    return &faults[FAULT_INTERNAL];
  return &faults[code];
}
