/*
 * A list of passwords that were stolen elsewhere, as Have I Been Pwned publishes it for use without the network: one line a
 * password, the SHA-1 of it in 40 hexadecimal digits, sorted, ":" and how often it was seen (which is not looked at).
 */
#ifndef SG_BASE_BREACHED_H
#define SG_BASE_BREACHED_H

#include "proto/attr.h"

#include <stdbool.h>

enum { BREACHED_REASON = 400 };

/* Whether the password is in the list. Reads some forty pieces of the file, so on a helper thread. E_SYSTEM, E_CONFIG (it is no
 * such list) with a sentence. */
int breached_look(const char *path, const char *password, bool *ret_listed, char reason[BREACHED_REASON]) MUSTCHECK;

/* Whether it can be such a list: lines at its beginning, at its end and at places between are of that form and rise. */
int breached_check(const char *path, char reason[BREACHED_REASON]) MUSTCHECK;

#endif
