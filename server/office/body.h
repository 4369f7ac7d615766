/* JSON in and out: the body of a request, checked before anybody else reads it, and what the daemon itself says. */
#ifndef SG_OFFICE_BODY_H
#define SG_OFFICE_BODY_H

#include "base/buf.h"

#include <jansson.h>
#include <stddef.h>

/* 0 and the document, which is an object and the caller's; or E_INVALID, E_NOMEM with a sentence in *ret_why. */
int body_parse(const char *text, size_t len, json_t **ret, const char **ret_why) MUSTCHECK;

/* Compact. A value that could not be written whole, or is NULL, fails the buffer. */
void body_put(struct buf *out, const json_t *value);

#endif
