/*
 * The documents, each built into a sheet from its JSON. A member that is missing or of another type reads as empty; E_DATA is for
 * what is no object at all, E_LIMIT for more than a sheet takes, E_NOMEM. `*ret` is the caller's, for sheet_free().
 */
#ifndef SG_PAPER_BUILD_H
#define SG_PAPER_BUILD_H

#include "paper/sheet.h"

#include <jansson.h>

int sheet_brief(const json_t *document, struct sheet **ret) MUSTCHECK; /* what api.brief gives; with "names" it has names */
/* The brief without students: counts, charts, how many stand in each list, and where the rest is. For a mail. `url`: NULL for none.
 */
int sheet_brief_counts(const json_t *document, const char *url, struct sheet **ret) MUSTCHECK;

int sheet_packet(const json_t *document, struct sheet **ret) MUSTCHECK;
int sheet_class(const json_t *document, struct sheet **ret) MUSTCHECK;
int sheet_accreditation(const json_t *document, struct sheet **ret) MUSTCHECK;

#endif
