/*
 * What fuzz targets share. libFuzzer finds crashes by itself; a target is worth more when it also states what must hold,
 * and HOLDS makes a broken statement a crash.
 */
#ifndef SG_TESTS_FUZZ_H
#define SG_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                                                           \
  do {                                                                                                                             \
    if (!(condition))                                                                                                              \
      abort();                                                                                                                     \
  } while (0)

#endif
