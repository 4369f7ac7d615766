/* Writing JSON (RFC 8259) into a buffer: the two parts that are easy to get wrong. Reading is left to jansson. */
#ifndef SG_BASE_JSON_H
#define SG_BASE_JSON_H

#include "base/buf.h"

/* With its quotes. What is not UTF-8 becomes U+FFFD, so that the result always is. */
void json_put_string(struct buf *buf, const char *s);

/* Shortest of 15 to 17 digits that reads back as the same double; null where it is not finite. */
void json_put_number(struct buf *buf, double v);

#endif
