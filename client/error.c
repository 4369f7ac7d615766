/*
 * Errors of the client as sentences.
 *
 * A library that hands back numbers leaves the wording to every caller, and then the same failure reads five ways. Here the
 * place that knows most (which file, which address, which field) writes the sentence once, and callers pass it on. Nothing
 * is allocated, so that running out of memory can be reported too.
 *
 * What a server says is text from outside: it goes through text_clean(), since an escape sequence in a fault's text could
 * rewrite the student's terminal.
 */
#include "client/error.h"

#include "proto/fault.h"
#include "proto/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int sg_status_exit(int status) {
  switch (status) {
#define X(value, name, exit, json, meaning)                                                                                        \
  case value: return exit;
    SG_STATUS_TABLE(X)
#undef X
  default: return 1;
  }
}

const char *sg_status_name(int status) {
  switch (status) {
#define X(value, name, exit, json, meaning)                                                                                        \
  case value: return json;
    SG_STATUS_TABLE(X)
#undef X
  default: return "unknown";
  }
}

bool sg_error_passes(const struct sg_error *error) {
  if (error->status == SG_UNREACHABLE)
    return true;
  return error->status == SG_REFUSED && (error->retry == FAULT_RETRY_LATER || error->retry == FAULT_RETRY_RECONNECT);
}

static void error_write(struct sg_error *ret, int status, const char *fmt, va_list args) PRINTF_LIKE(3, 0);

static void error_write(struct sg_error *ret, int status, const char *fmt, va_list args) {
  memset(ret, 0, sizeof *ret);
  ret->status = status;
  vsnprintf(ret->text, sizeof ret->text, fmt, args);
}

int error_set(struct sg_error *ret, int status, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  error_write(ret, status, fmt, args);
  va_end(args);
  return status;
}

int error_system(struct sg_error *ret, int number, const char *fmt, ...) {
  char what[256];
  va_list args;
  va_start(args, fmt);
  vsnprintf(what, sizeof what, fmt, args);
  va_end(args);
  switch (number) {
  case ENOSPC:
  case EDQUOT:
  case EFBIG:
    return error_set(ret, SG_LOCAL, "%s: the disk is full. What was recorded before is safe; make room and run it again.", what);
  case EROFS: return error_set(ret, SG_LOCAL, "%s: the disk can only be read. Mount it for writing and run it again.", what);
  case ENOMEM: return error_set(ret, SG_NOMEM, "%s: out of memory. Close other programs and run it again.", what);
  default: return error_set(ret, SG_LOCAL, "%s: %s.", what, strerror(number));
  }
}

int error_fault(struct sg_error *ret, int fault, uint32_t retry_after_ms, const char *field, const char *text) {
  const struct fault_info *info = fault_info(fault);
  error_set(ret, SG_REFUSED, "%s", info->text);
  ret->fault = (int)info->code;
  ret->retry = (int)info->retry;
  ret->retry_after_ms = retry_after_ms;
  if (field != NULL)
    text_clean(ret->field, sizeof ret->field, field);
  if (text != NULL && text[0] != '\0')
    text_clean(ret->text, sizeof ret->text, text);
  return SG_REFUSED;
}

void text_clean(char *out, size_t cap, const char *text) {
  size_t used = 0, left = strlen(text);
  while (left > 0) {
    uint32_t character;
    size_t n = utf8_next(text, left, &character);
    bool plain = n > 0 && utf8_plain(text, n);
    size_t took = n > 0 ? n : 1, gives = plain ? n : 1;
    if (used + gives >= cap)
      break;
    if (plain)
      memcpy(out + used, text, n);
    else
      out[used] = n > 0 ? ' ' : '?';
    used += gives;
    text += took;
    left -= took;
  }
  out[used] = '\0';
}
