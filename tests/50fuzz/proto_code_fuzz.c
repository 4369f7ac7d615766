/* Any text as an enrolment code; what is taken for one is written back and read again as the same. Ids come along. */
#include "proto/code.h"
#include "proto/uuid7.h"

#include "tests/50fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);
  HOLDS(text);
  memcpy(text, data, size);
  text[size] = '\0';

  struct code code, again;
  size_t at = 0;
  enum code_verdict verdict = code_parse(&code, &at, text);
  HOLDS(verdict != CODE_BAD_LETTER || at < size);
  if (verdict == CODE_OK) {
    char out[CODE_TEXT];
    code_format(out, &code);
    HOLDS(strlen(out) == CODE_TEXT - 1);
    HOLDS(code_parse(&again, &at, out) == CODE_OK && memcmp(&code, &again, sizeof(code)) == 0);
  }

  uint8_t id[UUID_BYTES], id_again[UUID_BYTES];
  if (uuid_parse(id, text) == 0) {
    char out[UUID_TEXT];
    uuid_format(out, id);
    HOLDS(uuid_parse(id_again, out) == 0 && memcmp(id, id_again, UUID_BYTES) == 0);
  }
  free(text);
  return 0;
}
