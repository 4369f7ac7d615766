/*
 * JSON, written.
 *
 * The escapes are those RFC 8259 demands (quote, backslash, below U+0020) and two it does not: U+2028 and U+2029, which end a
 * line in JavaScript, so that our JSON may also stand in a page. Numbers take the fewest digits that read back as the same
 * double: 0.1 stays 0.1, and nothing is lost between us, the database and a browser. Rejected: jansson for this, which builds
 * a tree of small allocations to print it once and free it.
 */
#include "base/json.h"

#include "proto/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_SHORT = 15, DIGITS_EXACT = 17, LINE_SEPARATOR = 0x2028, PARAGRAPH_SEPARATOR = 0x2029 };

static const char replacement[] = "\xef\xbf\xbd";

static const char *short_escape(uint32_t point) {
  switch (point) {
  case '"': return "\\\"";
  case '\\': return "\\\\";
  case '\b': return "\\b";
  case '\f': return "\\f";
  case '\n': return "\\n";
  case '\r': return "\\r";
  case '\t': return "\\t";
  default: return NULL;
  }
}

void json_put_string(struct buf *buf, const char *s) {
  buf_put_u8(buf, '"');
  for (size_t left = strlen(s), n; left > 0; s += n, left -= n) {
    uint32_t point;
    n = utf8_next(s, left, &point);
    const char *escape = n > 0 ? short_escape(point) : NULL;
    if (n == 0) {
      buf_put(buf, replacement, sizeof replacement - 1);
      n = 1;
    } else if (escape) {
      buf_put(buf, escape, strlen(escape));
    } else if (point < ' ' || point == LINE_SEPARATOR || point == PARAGRAPH_SEPARATOR) {
      buf_printf(buf, "\\u%04x", point);
    } else {
      buf_put(buf, s, n);
    }
  }
  buf_put_u8(buf, '"');
}

void json_put_number(struct buf *buf, double v) {
  char text[32];
  if (!isfinite(v)) {
    buf_put(buf, "null", 4);
    return;
  }
  for (int digits = DIGITS_SHORT; digits <= DIGITS_EXACT; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, v);
    if (strtod(text, NULL) == v)
      break;
  }
  buf_put(buf, text, strlen(text));
}
