/*
 * The two pages that the API itself shows: to a browser that was sent to one of its addresses, by a link or by the identity
 * provider, and that would otherwise show a person JSON.
 */
#ifndef SG_OFFICE_PAGE_H
#define SG_OFFICE_PAGE_H

#include "base/buf.h"
#include "office/problem.h"

#include <stdbool.h>

extern const char page_media[]; /* "text/html; charset=utf-8" */

bool page_wanted(const char *accept); /* of a request's Accept; NULL: it has none */

void page_put_problem(struct buf *out, const struct problem *problem, const char *request_id);
/* Goes on to "/" by itself, by a step of our own site. */
void page_put_onward(struct buf *out);

#endif
