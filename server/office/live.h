/* Open streams of events (GET /events): told that something has changed, so that a page asks again. */
#ifndef SG_OFFICE_LIVE_H
#define SG_OFFICE_LIVE_H

#include "office/port.h"

struct live *live_new(struct office *office) MUSTCHECK; /* NULL when out of memory */
void live_free(struct live *live);                      /* ends every stream; after the pools, before http */

/* What the database's connection heard; a NULL channel: something may have been missed. */
void live_heard(struct live *live, const char *channel, const char *payload);

#endif
