/* Finishes what a crash or a busy moment left: students whose data are newer than their assessment. */
#ifndef SG_STUDENT_JANITOR_H
#define SG_STUDENT_JANITOR_H

#include "student/port.h"

struct janitor;
struct janitor *janitor_new(struct student *port) MUSTCHECK;
void janitor_free(struct janitor *janitor);

#endif
