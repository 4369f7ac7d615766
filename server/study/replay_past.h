/* Students of a past class in files (past.h) as the walk takes them. */
#ifndef SG_STUDY_REPLAY_PAST_H
#define SG_STUDY_REPLAY_PAST_H

#include "study/past.h"
#include "study/walk.h"

/* Room for any one student of the class; all zero to begin with. */
struct replay_past_room {
  struct result *results;
  struct walk_plan *plans;
  struct walk_end *ends;
};
int replay_past_open(const struct past *past, struct replay_past_room *room) MUSTCHECK;
void replay_past_close(struct replay_past_room *room);

/* Valid until the room is used again. */
void replay_past_student(const struct past *past, size_t student, struct replay_past_room *room, struct walk_student *ret);

/* The first and the last day of which the class has something to say: from the first result to the last exam. False where there is
 * neither result nor exam. */
bool replay_past_span(const struct past *past, int32_t *ret_from, int32_t *ret_to);

#endif
