/*
 * The gate: which bytes are a request head, and which are refused. Pure functions over bytes, no events and no memory.
 *
 * A small strict subset of RFC 9112, chosen so that no two readers of the same bytes can disagree about where a request ends
 * or whom it is for (security.md, facts 4 and 5). Whatever is not in it is refused with a fixed answer, and the connection
 * ends, for nobody can say where the next request would begin.
 */
#ifndef SG_LOOP_GATE_H
#define SG_LOOP_GATE_H

#include "proto/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_METHODS };
const char *http_method_name(enum http_method method);

/* clang-format off */
#define GATE_TABLE(X) \
  X(CONTROL,        400, "a control character in the head") \
  X(BARE_CR,        400, "a carriage return without its line feed") \
  X(BARE_LF,        400, "a line feed without its carriage return") \
  X(REQUEST_LINE,   400, "not METHOD SP TARGET SP VERSION") \
  X(METHOD,         501, "a method that is not served here") \
  X(TARGET,         400, "a target that is not a plain path") \
  X(TARGET_LONG,    414, "a target that is too long") \
  X(VERSION,        505, "another version than HTTP/1.1") \
  X(PATH,           400, "a path with empty, dot or badly encoded segments") \
  X(FOLDED,         400, "a header line that begins with a space") \
  X(FIELD_NAME,     400, "a header name that is empty or no token") \
  X(FIELD_VALUE,    400, "a header value that is not UTF-8") \
  X(FIELD_TWICE,    400, "a header that may come only once") \
  X(FIELDS_MANY,    431, "too many headers") \
  X(HEAD_LONG,      431, "a head that is too long") \
  X(HOST_MISSING,   400, "no Host") \
  X(HOST_FOREIGN,   421, "a Host that is not served here") \
  X(LENGTH,         400, "a Content-Length that is not one plain number") \
  X(ENCODING,       501, "Transfer-Encoding in a request") \
  X(BODY_UNWANTED,  400, "a body with a method that has none") \
  X(BODY_LONG,      413, "a body that is too long") \
  X(FILES_MANY,     503, "too many files at once") \
  X(EXPECT,         417, "an expectation other than 100-continue") \
  X(HEAD_SLOW,      408, "a head that did not come in time") \
  X(BODY_SLOW,      408, "a body that did not come in time") \
  X(NO_MEMORY,      503, "no memory for the request")
/* clang-format on */

enum gate_refusal {
#define X(name, status, text) GATE_##name,
  GATE_TABLE(X)
#undef X
      GATE_REFUSALS
};

const char *gate_name(enum gate_refusal why); /* "BARE_CR": for the log and the metrics */
int gate_status(enum gate_refusal why);
const char *gate_text(enum gate_refusal why);

/* Where the reading of a head stands. {0} is its beginning; each byte is looked at once however slowly they come. */
struct gate_scan {
  size_t at;      /* bytes of the head looked at */
  bool cr;        /* the last one was a carriage return */
  bool line_done; /* the request line is over */
  size_t line;    /* bytes of the line that has begun */
};

enum { GATE_MORE = 0, GATE_WHOLE = 1, GATE_REFUSED = -1 };

/* `bytes` is all that came since the head began, those seen before included. GATE_WHOLE: it is scan->at bytes long. */
int gate_scan(struct gate_scan *scan, const char *bytes, size_t len, size_t head_cap, enum gate_refusal *ret_why) MUSTCHECK;

enum { GATE_FIELDS = 64 }; /* a browser sends 20 to 25, a proxy adds 5 to 10 */

struct gate_field {
  char *name, *value;
};

struct gate_head {
  enum http_method method;
  char *path, *query;
  struct gate_field field[GATE_FIELDS];
  unsigned fields;
  size_t body_len;
  bool close;     /* the peer wants the connection closed after the answer */
  bool continues; /* the peer waits for 100 Continue before it sends the body */
};

/* Reads a head that gate_scan() found whole, in place: `bytes` are cut into the strings of *ret, which live as long. 0, or
 * GATE_REFUSED. `hosts` as in struct http_options. */
int gate_read(char *bytes, size_t len, const char *hosts, size_t body_cap, struct gate_head *ret,
              enum gate_refusal *ret_why) MUSTCHECK;

const char *gate_header(const struct gate_head *head, const char *name); /* the first of that name in any case, or NULL */
bool gate_hosts_valid(const char *hosts);                                /* a list that gate_read() can use, not empty */
bool gate_is_token(const char *text);
bool gate_is_value(const char *text); /* UTF-8 without control characters: may stand in a header of ours */

#endif
