/* The daemon's worker of jobs (ops.job): replays of thresholds and previews of parameter sets, one at a time. */
#ifndef SG_OFFICE_JOBS_H
#define SG_OFFICE_JOBS_H

#include "office/port.h"

struct jobs;

struct jobs *jobs_new(struct office *office) MUSTCHECK; /* NULL when out of memory; begins to look for work at once */
void jobs_heard(struct jobs *jobs);                     /* there may be a new one */
void jobs_stop(struct jobs *jobs);                      /* take nothing more on; the job in hand is left to another daemon */
void jobs_free(struct jobs *jobs);                      /* after the lane and the pools */

#endif
