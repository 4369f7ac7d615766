/* One-time codes of the office that people copy by hand: invitations, recovery codes. Kept as SHA-256 of the text. */
#ifndef SG_BASE_ONETIME_H
#define SG_BASE_ONETIME_H

#include "proto/attr.h"

#include <stdbool.h>

enum { ONETIME_CHARS = 24, ONETIME_GROUP = 4, ONETIME_TEXT = ONETIME_CHARS + ONETIME_CHARS / ONETIME_GROUP - 1 + 1 /* NUL */ };

int onetime_make(char ret[ONETIME_TEXT]) MUSTCHECK; /* "7k2m-..."; E_TLS when there is no randomness */
/* Brings what somebody typed into the form that is hashed: case, spaces and hyphens do not matter, nor o for 0 and l for 1.
 * False for what cannot be a code. */
bool onetime_read(const char *typed, char ret[ONETIME_TEXT]);

#endif
