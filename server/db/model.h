/*
 * What an assessment needs beside the student: parameter sets and time zones, fetched once and kept. And the assessment
 * itself, from a student's state as the database gave it: the daemon, the nightly report and stepguardctl all assess here.
 */
#ifndef SG_DB_MODEL_H
#define SG_DB_MODEL_H

#include "base/arena.h"
#include "base/clock.h"
#include "db/cells.h"
#include "db/state.h"
#include "risk/params.h"

enum { MODEL_REASON = 320 };

struct model;
struct model *model_new(void) MUSTCHECK;
void model_free(struct model *model);

/* Takes the rows of api.parameters: sets that are new here are added, a set once taken never changes. */
int model_take_sets(struct model *model, const PGresult *res) MUSTCHECK;

struct model_set {
  int32_t id;
  struct risk_params *params; /* NULL: its text cannot be used, `fault` says why */
  struct risk_params_fault fault;
};

size_t model_sets(const struct model *model);
const struct model_set *model_set_at(const struct model *model, size_t i);
const struct model_set *model_set(const struct model *model, int32_t id); /* NULL: never taken */

/* For result_check(): whether an instrument is in any set taken; the built-in catalogue decides until there is one. */
bool model_knows_instrument(void *model, const char *code);

/* Assesses as of a moment, which is written into the state's input. The assessment and its reasons live in the arena.
 * E_NOMEM; E_AWAY: the student's set was never taken; E_DATA: this student cannot be assessed. Each with a sentence in reason. */
int model_assess(struct model *model, struct student_state *state, int64_t as_of_ms, struct arena *arena,
                 struct risk_assessment **ret, char reason[MODEL_REASON]) MUSTCHECK;

#endif
