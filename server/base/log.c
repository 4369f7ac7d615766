/*
 * Log lines: built on the stack, checked once more as a whole, written with one write(2).
 *
 * Escaping happens twice on purpose. log_value() makes a value readable (quotes, \n, \xNN); the last pass over the finished
 * line replaces whatever control character is still there, so that a caller who forgot log_value() can spoil a value but
 * never forge a line or move a terminal's cursor. Rejected: stdio (its buffer loses lines at abort(), and its lock has no
 * business here), syslog(3) (the service manager stamps and keeps stderr anyway), JSON lines (twice the bytes, half as
 * readable at two in the morning).
 */
#include "base/log.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "proto/utf8.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const level_names[] = {"error", "warn", "info", "debug"};

static struct {
  const char *program;
  enum log_level level;
  int fd;
} sink = {NULL, LOG_INFO, STDERR_FILENO};

void log_set(const char *program, enum log_level level, int fd) {
  sink.program = program;
  sink.level = level;
  sink.fd = fd;
}

int log_level_parse(const char *name, enum log_level *ret) {
  for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++)
    if (strcmp(name, level_names[i]) == 0) {
      *ret = (enum log_level)i;
      return E_OK;
    }
  return E_INVALID;
}

/* A line being made: what does not fit is cut, and the cut is shown. */
struct line {
  char text[LIMIT_LOG_LINE_BYTES];
  size_t len;
  bool cut;
};

static const char ellipsis[] = "\xe2\x80\xa6";

enum { LINE_TAIL = sizeof ellipsis /* the ellipsis, and the newline in place of its NUL */ };

static void line_vprintf(struct line *line, const char *fmt, va_list list) PRINTF_LIKE(2, 0);

static void line_vprintf(struct line *line, const char *fmt, va_list list) {
  size_t room = sizeof line->text - LINE_TAIL - line->len;
  int len = vsnprintf(line->text + line->len, room, fmt, list);
  if (len < 0)
    return;
  line->cut |= (size_t)len >= room;
  line->len += (size_t)len < room ? (size_t)len : room - 1;
}

static void line_printf(struct line *line, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void line_printf(struct line *line, const char *fmt, ...) {
  va_list list;
  va_start(list, fmt);
  line_vprintf(line, fmt, list);
  va_end(list);
}

static void line_start(struct line *line, enum log_level level, const struct log_context *context, const char *event) {
  int64_t now_ms = clock_wall_ms();
  time_t now_s = (time_t)(now_ms / 1000);
  struct tm utc;
  gmtime_r(&now_s, &utc);
  line_printf(line, "ts=%04d-%02d-%02dT%02d:%02d:%02d.%03dZ level=%s", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
              utc.tm_min, utc.tm_sec, (int)(now_ms % 1000), level_names[level]);
  if (sink.program)
    line_printf(line, " prog=%s", sink.program);
  line_printf(line, " event=%s", event);
  if (context && context->text[0])
    line_printf(line, " %s", context->text);
}

static void line_write(struct line *line) {
  for (size_t i = 0; i < line->len;) {
    uint32_t point;
    size_t n = utf8_next(line->text + i, line->len - i, &point);
    if (n > 0 && utf8_plain(line->text + i, n)) {
      i += n;
      continue;
    }
    line->text[i++] = '?';
  }
  if (line->cut) {
    memcpy(line->text + line->len, ellipsis, sizeof ellipsis - 1);
    line->len += sizeof ellipsis - 1;
  }
  line->text[line->len++] = '\n';
  ssize_t ignored = write(sink.fd, line->text, line->len); /* nobody is left to tell when the log itself fails */
  (void)ignored;
}

void log_event(enum log_level level, const struct log_context *context, const char *event, const char *fmt, ...) {
  if (level > sink.level)
    return;
  struct line line = {.len = 0};
  line_start(&line, level, context, event);
  if (fmt[0]) {
    line_printf(&line, " ");
    va_list list;
    va_start(list, fmt);
    line_vprintf(&line, fmt, list);
    va_end(list);
  }
  line_write(&line);
}

void log_event_gated(struct log_gate *gate, unsigned burst, enum log_level level, const struct log_context *context,
                     const char *event, const char *fmt, ...) {
  if (level > sink.level)
    return;
  long minute = (long)(clock_mono_ms() / 60000);
  if (minute != gate->minute) {
    gate->minute = minute;
    gate->passed = 0;
  }
  if (gate->passed >= burst) {
    gate->dropped++;
    return;
  }
  gate->passed++;
  struct line line = {.len = 0};
  line_start(&line, level, context, event);
  if (gate->dropped > 0)
    line_printf(&line, " left_out=%u", gate->dropped);
  gate->dropped = 0;
  if (fmt[0]) {
    line_printf(&line, " ");
    va_list list;
    va_start(list, fmt);
    line_vprintf(&line, fmt, list);
    va_end(list);
  }
  line_write(&line);
}

/* ---------------------------------------------------------------- values */

enum {
  RING = 5,
  ESCAPE_MAX = 4 * 4,                                                   /* one code point as \xNN for each of its bytes */
  VALUE_ROOM = LIMIT_LOG_VALUE_BYTES + ESCAPE_MAX + sizeof ellipsis + 2 /* quotes */
};

/* Appends one code point (or one byte that is none) in a form that stays inside quotes. Gives the bytes written. */
static size_t escape(char *out, const char *s, size_t n, bool printable) {
  static const char digits[] = "0123456789abcdef";
  if (printable && (*s == '"' || *s == '\\')) {
    out[0] = '\\';
    out[1] = *s;
    return 2;
  }
  if (printable) {
    memcpy(out, s, n);
    return n;
  }
  if (*s == '\n' || *s == '\r' || *s == '\t') {
    out[0] = '\\';
    out[1] = *s == '\n' ? 'n' : *s == '\r' ? 'r' : 't';
    return 2;
  }
  for (size_t i = 0; i < n; i++) {
    uint8_t byte = (uint8_t)s[i];
    out[4 * i] = '\\';
    out[4 * i + 1] = 'x';
    out[4 * i + 2] = digits[byte >> 4];
    out[4 * i + 3] = digits[byte & 15];
  }
  return 4 * n;
}

const char *log_value(const char *s) {
  static char ring[RING][VALUE_ROOM];
  static unsigned turn;
  char *out = ring[turn++ % RING];
  size_t left = strlen(s), len = 1;
  bool plain = left > 0;
  out[0] = '"';
  while (left > 0 && len <= LIMIT_LOG_VALUE_BYTES) {
    uint32_t point;
    size_t n = utf8_next(s, left, &point);
    bool printable = n > 0 && utf8_plain(s, n);
    plain &= printable && point > ' ' && point != '"' && point != '\\' && point != '=';
    n = n > 0 ? n : 1;
    len += escape(out + len, s, n, printable);
    s += n;
    left -= n;
  }
  if (left > 0) {
    memcpy(out + len, ellipsis, sizeof ellipsis - 1);
    len += sizeof ellipsis - 1;
  }
  if (!plain)
    out[len++] = '"';
  out[len] = '\0';
  return plain ? out + 1 : out;
}
