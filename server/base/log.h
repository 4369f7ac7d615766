/*
 * Log: one line = one event, logfmt, to stderr (the service manager keeps it). Personal data never: ids only.
 *
 *   ts=2026-03-02T21:14:07.123Z level=info event=upload_stored sid=8f21 stu=17/1042 req=3 rows=20 new=18
 *
 * The context of an object (session, job) is formatted once, when it becomes known, and given to every line about it.
 * Values are quoted and escaped where they need it, so that no input can break a line or colour a terminal.
 */
#ifndef SG_BASE_LOG_H
#define SG_BASE_LOG_H

#include "proto/attr.h"

enum log_level { LOG_ERROR = 0, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log_context {
  char text[160]; /* "sid=8f21 stu=17/1042 ip=192.0.2.7", no leading or trailing space */
};

void log_set(const char *program, enum log_level level, int fd);
int log_level_parse(const char *name, enum log_level *ret) MUSTCHECK;

/* `event` is one lower_case word. `fmt` gives the key=value pairs; use log_value() for anything that came from outside. */
void log_event(enum log_level level, const struct log_context *context, const char *event, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* Quotes and escapes into a ring of static buffers; good until the fifth call after. At most 120 bytes, then an ellipsis. */
const char *log_value(const char *s);

/* At most `burst` lines a minute through one gate; the count of those left out is said on the next line that passes. */
struct log_gate {
  long minute;
  unsigned passed, dropped;
};
void log_event_gated(struct log_gate *gate, unsigned burst, enum log_level level, const struct log_context *context,
                     const char *event, const char *fmt, ...) PRINTF_LIKE(6, 7);

#endif
