/*
 * Passwords: hashing and checking, which belong on the lane (loop/lane.h), and what a new one must be.
 */
#ifndef SG_OFFICE_PASSWORD_H
#define SG_OFFICE_PASSWORD_H

#include "proto/attr.h"

#include <stdbool.h>
#include <stddef.h>

enum { PASSWORD_HASH_TEXT = 128 /* "$argon2id$v=19$m=19456,t=2,p=1$<22>$<43>", NUL */ };

int password_hash(const char *password, char ret[PASSWORD_HASH_TEXT]) MUSTCHECK; /* E_TLS no randomness, E_NOMEM */
/* `hash` NULL: nobody's; takes as long as if it were somebody's, and is never right. */
bool password_check(const char *password, const char *hash);

bool password_is_old(const char *hash); /* made with other costs than those of today */

/* What is wrong with a password that somebody chooses, as a sentence, or NULL. `name` and `email` may be "". */
const char *password_objection(const char *password, size_t floor_chars, const char *name, const char *email);

#endif
