/* Any text as the rule of a zone: what parses has offsets that are bounded, and stretches that go forward. */
#include "base/err.h"
#include "base/zone_rule.h"

#include "tests/50fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  enum { TEXT = 128, FAR = 168 * 3600, STEPS = 20 };
  char text[TEXT];
  struct zone_rule rule;
  int64_t at_s = 0, until_s;
  if (size >= sizeof text)
    return 0;
  memcpy(text, data, size);
  text[size] = '\0';
  if (zone_rule_parse(text, &rule) != E_OK)
    return 0;
  for (int i = 0; i < STEPS && at_s != INT64_MAX; i++, at_s = until_s) {
    int32_t offset_s = zone_rule_offset_s(&rule, at_s, &until_s);
    HOLDS(offset_s >= -FAR && offset_s <= FAR && until_s > at_s);
  }
  return 0;
}
