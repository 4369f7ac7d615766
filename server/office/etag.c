/* A tag is the beginning of the answer's SHA-256: the same in every worker, and nothing has to be kept to know it again. */
#include "office/etag.h"

#include "base/digest.h"

#include <stdio.h>
#include <string.h>

void etag_make(const void *bytes, size_t len, char ret[ETAG_TEXT]) {
  uint8_t hash[DIGEST_BYTES];
  char text[DIGEST_TEXT];
  digest_sha256(hash, bytes, len);
  digest_hex(text, hash, sizeof hash);
  snprintf(ret, ETAG_TEXT, "\"%.32s\"", text);
}

bool etag_matches(const char *if_none_match, const char *etag) {
  for (const char *at = if_none_match ? if_none_match : ""; *at; at += strspn(at, ", \t")) {
    if (*at == '*')
      return true;
    if (strncmp(at, "W/", 2) == 0)
      at += 2;
    const size_t len = *at == '"' ? strcspn(at + 1, "\"") + 2 : strcspn(at, ", \t");
    if (strncmp(at, etag, len) == 0 && strlen(etag) == len)
      return true;
    at += strnlen(at, len);
  }
  return false;
}
