/* The results of one student as api.student_evidence packs them: the revisions that count, in order of id. */
#ifndef SG_DB_EVIDENCE_H
#define SG_DB_EVIDENCE_H

#include "base/arena.h"
#include "db/cells.h"
#include "proto/attr.h"
#include "proto/result.h"

int64_t evidence_student(const PGresult *res, int row);

/* In the arena. E_DATABASE where the row holds what no results can be. */
int evidence_decode(const PGresult *res, int row, struct arena *arena, const struct result **ret, size_t *ret_n) MUSTCHECK;

#endif
