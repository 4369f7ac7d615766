/*
 * From a student's state, fresh from the database, to an assessment, and back into the database. Upload, plan change,
 * standing and janitor all come through here:
 *
 *   struct assess_turn turn;
 *   assess_begin(&turn, port);
 *   ... assess_add(&turn, &state, arena) for each student ...
 *   assess_finish(&turn);             one call of api.record_evaluations for all of them
 *
 * Nobody waits for the record: what the student sent is on disk already, and a student whose assessment did not get
 * recorded stays marked stale, for the janitor.
 */
#ifndef SG_STUDENT_ASSESS_H
#define SG_STUDENT_ASSESS_H

#include "db/state.h"
#include "student/port.h"

struct assess_turn {
  struct student *port;
  struct record *record; /* NULL until the first, or when memory is short */
  int64_t now_ms;
  int64_t last_student; /* a student twice in one turn is recorded once */
};

void assess_begin(struct assess_turn *turn, struct student *port);

/* Asks the database for the parameter sets in force. What is there stays in use until the answer comes. */
void assess_refresh(struct student *port);

/* Sets as_of in the state's input to now. The assessment lives in the arena. NULL: parameters not loaded, or no memory. */
const struct risk_assessment *assess_add(struct assess_turn *turn, struct student_state *state, struct arena *arena);
void assess_finish(struct assess_turn *turn);

#endif
