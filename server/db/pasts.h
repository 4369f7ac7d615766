/* One student with a past, as api.student_past has them: decoded into what a walk through past moments rests on. */
#ifndef SG_DB_PASTS_H
#define SG_DB_PASTS_H

#include "base/arena.h"
#include "db/cells.h"
#include "study/walk.h"

struct student_past {
  int32_t school_id;
  int64_t student_id;
  int32_t parameters_id; /* in force, 0 for none */
  char external_id[65];
  char zone[65];           /* IANA */
  struct walk_student who; /* in the arena */
};

/* Decodes row `row`, whose columns from `col` on are those of api.student_past (see sql/README.md). E_NOMEM, E_DATABASE. */
int pasts_decode(const PGresult *res, int row, int col, struct arena *arena, struct student_past *ret) MUSTCHECK;

#endif
