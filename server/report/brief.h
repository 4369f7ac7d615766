/*
 * The nightly brief in its forms. The document is JSON: what api.brief gives, and under "evaluated" what the run counted.
 * Every form is made from it alone, so the same document gives the same bytes on any host, in any terminal, on any day.
 */
#ifndef SG_REPORT_BRIEF_H
#define SG_REPORT_BRIEF_H

#include "base/clock.h"
#include "proto/attr.h"

#include <jansson.h>
#include <stddef.h>

struct brief_bytes {
  char *data; /* heap */
  size_t len;
};

/* 0 or E_NOMEM. `zone` is the school's. */
int brief_text(const json_t *document, const struct zone *zone, struct brief_bytes *ret) MUSTCHECK;
/* Any of the JSON files: sorted keys, one number format, a line end at the end. */
int brief_json(const json_t *document, struct brief_bytes *ret) MUSTCHECK;

#endif
