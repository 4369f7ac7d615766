/* Entity tags: what an answer is called, so that who has it already need not be sent it again. */
#ifndef SG_OFFICE_ETAG_H
#define SG_OFFICE_ETAG_H

#include <stdbool.h>
#include <stddef.h>

enum { ETAG_TEXT = 2 + 32 + 1 }; /* quotes, 128 bits in hexadecimal, NUL */

void etag_make(const void *bytes, size_t len, char ret[ETAG_TEXT]);
/* `if_none_match`: the header, NULL where there is none. Compares weakly, as RFC 9110, 13.1.2 wants it. */
bool etag_matches(const char *if_none_match, const char *etag);

#endif
