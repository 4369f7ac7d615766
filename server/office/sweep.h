/* What time does to cases between nights: time-outs, ends of sleep, follow-ups that are due. */
#ifndef SG_OFFICE_SWEEP_H
#define SG_OFFICE_SWEEP_H

#include "office/port.h"

struct sweep *sweep_new(struct office *office) MUSTCHECK; /* NULL when out of memory */
void sweep_stop(struct sweep *sweep);
void sweep_free(struct sweep *sweep); /* after the pools */

#endif
