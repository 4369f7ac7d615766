/* The body of a request: JSON or nothing, checked before anybody else reads it. */
#ifndef SG_OFFICE_BODY_H
#define SG_OFFICE_BODY_H

#include "proto/attr.h"

#include <jansson.h>
#include <stddef.h>

/* 0 and the document, which is an object and the caller's; or E_INVALID, E_NOMEM with a sentence in *ret_why. */
int body_parse(const char *text, size_t len, json_t **ret, const char **ret_why) MUSTCHECK;

#endif
