/* A student's own readiness, as a message. */
#ifndef SG_STUDENT_STANDING_H
#define SG_STUDENT_STANDING_H

#include "base/arena.h"
#include "db/state.h"
#include "stepguard.pb-c.h"

/* Everything is made in the arena. NULL when it is full, or when `assessment` is NULL. */
Stepguard__V1__Standing *standing_message(struct arena *arena, const struct student_state *state,
                                          const struct risk_assessment *assessment) MUSTCHECK;

#endif
