/*
 * UTF-8, checked as RFC 3629 has it: shortest form only, no surrogates, nothing above U+10FFFF. protobuf-c does not check
 * at all and PostgreSQL refuses a whole statement for one bad byte, so every text is looked at here first.
 */
#ifndef SG_PROTO_UTF8_H
#define SG_PROTO_UTF8_H

#include "proto/attr.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first character of `len` bytes: the bytes it takes (1 to 4) and its number, or 0 where there is no valid one. */
size_t utf8_next(const char *text, size_t len, uint32_t *ret);

/* Valid from end to end, and no NUL in it. */
bool utf8_valid(const char *text, size_t len);

/* Valid, and free of what could hide or move text where a person reads it: control characters (line ends and tabs too),
 * line and paragraph separators, and the marks that turn the direction of writing. */
bool utf8_plain(const char *text, size_t len);

/* vsnprintf that cuts between characters where the text does not fit. */
void utf8_format(char *out, size_t cap, const char *fmt, va_list args) PRINTF_LIKE(3, 0);

#endif
