/* What an assessment needs beside the student: parameter sets and time zones, fetched once and kept. */
#ifndef SG_STUDENT_MODEL_H
#define SG_STUDENT_MODEL_H

#include "base/clock.h"
#include "db/pool.h"
#include "risk/params.h"

struct model;
struct model *model_new(struct pool *pool) MUSTCHECK;
void model_free(struct model *model);

/* Asks the database for the sets in force. What is there stays in use until the answer comes. */
void model_refresh(struct model *model);

/* NULL when it is not here (yet): asks for it, and the janitor assesses the student a little later. */
const struct risk_params *model_params(struct model *model, int32_t parameters_id);
const struct zone *model_zone(struct model *model, const char *name);

/* For result_check(): whether an instrument is in any set in force; the built-in catalogue's until one is loaded. */
bool model_knows_instrument(void *model, const char *code);

#endif
