/*
 * Any bytes as text, and any text as a day: what comes out of the first is UTF-8 (a NUL apart) and three times as long at most;
 * what comes out of the second is what proto/result.h reads, and reading it again changes nothing.
 */
#include "client/dates.h"
#include "client/decode.h"
#include "client/names.h"
#include "proto/result.h"
#include "proto/utf8.h"

#include "tests/50fuzz/fuzz.h"

#include <string.h>

static void days(const char *text) {
  for (int order = DATES_UNCLEAR; order <= DATES_DMY; order++) {
    char iso[DATES_TEXT], again[DATES_TEXT];
    int64_t ms;
    enum dates_kind kind = dates_read(text, (enum dates_order)order, -6 * 3600, iso);
    if (kind == DATES_NONE || (kind == DATES_AMBIGUOUS && order == DATES_UNCLEAR))
      continue;
    HOLDS(result_parse_time(iso, 0, &ms) == 0);
    HOLDS(dates_read(iso, DATES_UNCLEAR, 0, again) == DATES_ISO && strcmp(iso, again) == 0);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct decoded decoded;
  char code[LIMIT_INSTRUMENT_CHARS + 1], form[LIMIT_FORM_CHARS + 1];
  uint8_t topic, system;
  size_t name;
  HOLDS(decode_text(data, size, &decoded) == 0);
  HOLDS(decoded.len <= 3 * size && decoded.text[decoded.len] == '\0');
  for (size_t at = 0; at < decoded.len;) {
    uint32_t c;
    size_t n = utf8_next(decoded.text + at, decoded.len - at, &c);
    HOLDS(n > 0 || decoded.text[at] == '\0');
    at += n > 0 ? n : 1;
  }
  days(decoded.text);
  if (names_exam(decoded.text, code, form))
    HOLDS(catalogue_instrument(code) != NULL && strlen(form) <= LIMIT_FORM_CHARS);
  if (names_nbme_topic(decoded.text, decoded.len, &topic, &system))
    HOLDS(catalogue_area_number(topic) != NULL);
  if (names_uworld_row(decoded.text, decoded.len, &name) != NULL)
    HOLDS(name > 0 && name <= decoded.len);
  free(decoded.text);
  return 0;
}
