/*
 * The last words of a program that found itself wrong.
 *
 * Written with write(2) alone: memory and stdio may be part of what is broken. The form is that of the log (logfmt), so that
 * the line is found by whoever looks for errors there; the stack is in the core that abort() leaves.
 */
#include "base/check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(const char *s) {
  ssize_t ignored = write(STDERR_FILENO, s, strlen(s));
  (void)ignored;
}

_Noreturn void check_failed(const char *file, int line, const char *condition) {
  char digits[12];
  char *at = &digits[sizeof digits - 1];
  *at = '\0';
  do {
    *--at = (char)('0' + line % 10);
    line /= 10;
  } while (line > 0);
  say("level=error event=check_failed at=");
  say(file);
  say(":");
  say(at);
  say(" condition=\"");
  say(condition);
  say("\"\n");
  abort();
}
