/* One code point at a time, strictly: shortest form, no surrogates, at most U+10FFFF (Unicode 15, table 3-7). */
#ifndef SG_BASE_UTF8_H
#define SG_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the code point at `s` and the point itself, or 0 (and nothing written) where none begins there. */
size_t utf8_next(const char *s, size_t len, uint32_t *ret_point);

/* Controls of ASCII and Latin-1 (terminals obey both), line and paragraph separators, and what turns writing direction. */
bool utf8_is_control(uint32_t point);

#endif
