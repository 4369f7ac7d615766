/*
 * Preview of a parameter set: who would change state if it were put in force now. Each student is estimated twice as of one moment,
 * with the set in force and with the proposed one, from the same state before (walk.h).
 */
#ifndef SG_STUDY_PREVIEW_H
#define SG_STUDY_PREVIEW_H

#include "base/buf.h"
#include "study/walk.h"

enum { PREVIEW_STATES = RISK_CANNOT_SAY + 1, PREVIEW_MOVES = 500 /* shown; the counts are whole */ };

struct preview_move {
  int64_t student_id;
  double p_from, p_to;
  uint8_t from, to; /* enum risk_state */
};

/* Sums over students. All zero to begin with. */
struct preview {
  uint32_t students, counts[PREVIEW_STATES][PREVIEW_STATES]; /* [from][to] */
  struct preview_move *moves;                                /* of all */
  size_t moves_n, moves_room;
};
void preview_done(struct preview *preview);

/* E_NOMEM; E_LIMIT: cannot be assessed, and nothing was added. */
int preview_student(struct preview *preview, const struct risk_params *base, const struct risk_params *proposed,
                    const struct walk_moment *moment, int64_t student_id, const struct walk_student *student,
                    struct walk_desk *desk) MUSTCHECK;

/* Members of a JSON object, without its braces. Sorts the moves: first those who change state, then by how far P moves. */
void preview_put_json(struct buf *buf, struct preview *preview);

#endif
