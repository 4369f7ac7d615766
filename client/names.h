/*
 * What makers and students call things, to the codes of the catalogue: exams by name, and rows of performance tables to areas.
 */
#ifndef SG_CLIENT_NAMES_H
#define SG_CLIENT_NAMES_H

#include "proto/catalogue.h"
#include "proto/limits.h"

#include <stdbool.h>

/* "NBME 26" is cbssa, form 26. False where it is no name known; then nothing is written. A code is not a name. */
bool names_exam(const char *written, char ret_code[LIMIT_INSTRUMENT_CHARS + 1], char ret_form[LIMIT_FORM_CHARS + 1]);

/* A topic of NBME's question details ("Cardio") as it stands before the first colon: the topic itself, and the system of the
 * outline it is part of (0: of none). False where it is not known. */
bool names_nbme_topic(const char *written, size_t len, uint8_t *ret_topic, uint8_t *ret_system);
/* What NBME calls "Content Topic", to a competency of the outline; 0 where there is none. */
uint8_t names_nbme_task(const char *written);

/* A row of one of UWorld's tables. `area` 0: it is a row, and part of several areas or of none. */
struct names_uworld {
  const char *written;
  bool subject; /* of the table by subject; else by system */
  uint8_t area;
};
/* The row that `line` begins with, and the bytes of its name; NULL where it begins with none. */
const struct names_uworld *names_uworld_row(const char *line, size_t len, size_t *ret_name);

#endif
