/*
 * A OneRoster export, 1.1 or 1.2 (IMS/1EdTech), as a roster: users.csv and what stands beside it in a folder or a zip, given to an
 * intake row by row as students.csv would be. From there on it is a roster like any other: preview, brake, undo.
 *
 * What is taken: the students of users.csv (in 1.1 by its role, in 1.2 by roles.csv); names, e-mail; grades where all of them are
 * years of graduation; the first agent who is no relative as adviser, by e-mail; status, "tobedeleted" being inactive; of
 * demographics.csv sex, race and ethnicity. Classes, enrolments, sessions and the rest say nothing that a roster here has; they are
 * named as left out.
 */
#ifndef SG_INTAKE_ONEROSTER_H
#define SG_INTAKE_ONEROSTER_H

#include "intake/archive.h"
#include "intake/intake.h"

enum {
  ONEROSTER_ID,
  ONEROSTER_GIVEN,
  ONEROSTER_FAMILY,
  ONEROSTER_EMAIL,
  ONEROSTER_CLASS,
  ONEROSTER_ADVISER,
  ONEROSTER_STATUS,
  ONEROSTER_SEX,
  ONEROSTER_RACES,
  ONEROSTER_HISPANIC,
  ONEROSTER_FIELDS
};

enum {
  /* Users, roles and demographics of one school, which are held while users.csv is read (some 150 bytes each). */
  ONEROSTER_USERS_MOST = 1000 * 1000,
};

/* Reads the archive into an intake of the table intake_oneroster; intake_finish() is the caller's. *ret_delta: the export says what
 * changed and not who there is, so nobody may leave by not being in it. 0, or E_INVALID (told as a finding), E_SYSTEM, E_NOMEM, and
 * what intake_row() gives. */
int oneroster_read(struct intake *intake, struct archive *archive, bool *ret_delta) MUSTCHECK;

#endif
