/* Time: the wall for what is recorded, the monotonic clock for what is waited for, and civil days in the school's zone. */
#ifndef SG_BASE_CLOCK_H
#define SG_BASE_CLOCK_H

#include "proto/attr.h"

#include <stdint.h>

int64_t clock_wall_ms(void); /* Unix milliseconds */
int64_t clock_mono_ms(void);

/* Zones by IANA name, through the system's tz data. Loading sets nothing global: the table of transitions is parsed from
 * /usr/share/zoneinfo (TZif, RFC 8536) once and kept. */
struct zone;
struct zone *zone_load(const char *name) MUSTCHECK; /* NULL when there is no such zone */
void zone_free(struct zone *zone);
int32_t zone_offset_s(const struct zone *zone, int64_t unix_ms);
int32_t zone_day(const struct zone *zone, int64_t unix_ms); /* civil day there, days since 1970-01-01 */
int64_t zone_noon_ms(const struct zone *zone, int32_t day);
int64_t zone_midnight_ms(const struct zone *zone, int32_t day); /* the first instant of the day */

#endif
