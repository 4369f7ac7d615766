/*
 * JSON as two readers see it: jansson here and PostgreSQL's jsonb later, which gets the text as it came. What they could
 * read differently is refused: a name twice in one object (the first or the last?), a lone surrogate, U+0000, a number that
 * overflows. jansson says no to all of them when asked to. Nesting is counted before it starts, for both recurse.
 *
 * Writing goes through a buffer of ours, which remembers when it could not grow: json_dumps() of jansson 2.14 leaves out a
 * member's name when memory is short, and says nothing.
 */
#include "office/body.h"

#include "base/err.h"
#include "office/limits.h"
#include "proto/utf8.h"

#include <stdbool.h>
#include <string.h>

/* Brackets outside of strings. Says nothing about their kind; that is the parser's. */
static int depth_of(const char *text, size_t len) {
  int depth = 0, deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < len; i++) {
    const char c = text[i];
    if (quoted && c == '\\')
      i++;
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == '{' || c == '['))
      deepest = ++depth > deepest ? depth : deepest;
    else if (!quoted && (c == '}' || c == ']'))
      depth--;
  }
  return deepest;
}

int body_parse(const char *text, size_t len, json_t **ret, const char **ret_why) {
  json_error_t error;
  if (!utf8_valid(text, len)) { /* jansson passes over a NUL between two tokens, and PostgreSQL's text ends there */
    *ret_why = "The body is not text in UTF-8.";
    return E_INVALID;
  }
  if (depth_of(text, len) > OFFICE_BODY_DEPTH) {
    *ret_why = "The body is nested too deeply.";
    return E_INVALID;
  }
  json_t *body = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
  if (!body) {
    const bool memory = json_error_code(&error) == json_error_out_of_memory;
    *ret_why = memory                                                ? "No memory for the request."
               : json_error_code(&error) == json_error_duplicate_key ? "The body names something twice."
                                                                     : "The body is not JSON (RFC 8259) in UTF-8.";
    return memory ? E_NOMEM : E_INVALID;
  }
  if (!json_is_object(body)) {
    json_decref(body);
    *ret_why = "The body must be a JSON object.";
    return E_INVALID;
  }
  *ret = body;
  return E_OK;
}

static int put(const char *text, size_t len, void *arg) {
  struct buf *out = arg;
  buf_put(out, text, len);
  return out->err ? -1 : 0;
}

void body_put(struct buf *out, const json_t *value) {
  if ((!value || json_dump_callback(value, put, out, JSON_COMPACT | JSON_ENCODE_ANY) < 0) && !out->err)
    out->err = E_NOMEM;
}
