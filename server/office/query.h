/*
 * The parameters of a request: those of the path by their place in the route, those of the query by name.
 */
#ifndef SG_OFFICE_QUERY_H
#define SG_OFFICE_QUERY_H

#include "base/buf.h"
#include "office/limits.h"
#include "proto/attr.h"

#include <stddef.h>

enum { PARAMS_PATTERN_CHARS = 96 };

struct params {
  size_t n;
  char pattern[PARAMS_PATTERN_CHARS]; /* of the route, cut into the names of the path's parameters */
  struct param {
    const char *name, *value;
  } item[OFFICE_PARAMS];
};

/* Adds what the query says, decoded in place: `query` is cut into names and values, which live as long. 0, or E_INVALID with
 * a sentence in *ret_why and the name it is about (or "") in *ret_field. On failure `params` are as far as they came. */
int query_parse(char *query, struct params *params, const char **ret_field, const char **ret_why) MUSTCHECK;

/* 0, or E_LIMIT when there are OFFICE_PARAMS already. */
int params_add(struct params *params, const char *name, const char *value) MUSTCHECK;
/* RFC 3986: everything but unreserved characters as %XX, for queries and forms alike. */
void query_escape(struct buf *out, const char *text);
const char *params_get(const struct params *params, const char *name); /* NULL where there is none */

#endif
