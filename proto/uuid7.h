/*
 * Time-ordered identifiers (RFC 9562): 48 bits of Unix milliseconds, then randomness (version 7) or a hash (version 8).
 *
 * The order matters to the database: rows of one time lie beside each other in the primary key. Version 8 is made from a
 * row's content, so that the same row of a file always has the same id and importing the file twice adds nothing.
 */
#ifndef SG_PROTO_UUID7_H
#define SG_PROTO_UUID7_H

#include "proto/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UUID_BYTES = 16, UUID_TEXT = 37 /* with the closing NUL */ };

/* `random` gives 10 bytes of cryptographic randomness. */
void uuid7_make(uint8_t ret[UUID_BYTES], int64_t unix_ms, const uint8_t random[10]);

/* `digest` gives at least 10 bytes of a cryptographic hash of the content. */
void uuid8_make(uint8_t ret[UUID_BYTES], int64_t unix_ms, const uint8_t *digest);

/* An id made from content says what, not whose: two students with the same row would make the same one. Before it travels the
 * student's salt is mixed in: SHA-256(salt, id), at the same time. Other ids are copied. 0, or -1 when hashing failed. */
enum { UUID_SALT_BYTES = 16 };
int uuid8_own(uint8_t ret[UUID_BYTES], const uint8_t id[UUID_BYTES], const uint8_t salt[UUID_SALT_BYTES]) MUSTCHECK;

/* Version 7 or 8 with the right variant: the only ids accepted on the wire. */
bool uuid_is_time_ordered(const uint8_t id[UUID_BYTES]);
int64_t uuid_unix_ms(const uint8_t id[UUID_BYTES]);

void uuid_format(char ret[UUID_TEXT], const uint8_t id[UUID_BYTES]);
/* Accepts 8-4-4-4-12 hex in either case. 0, or -1 and *ret untouched. */
int uuid_parse(uint8_t ret[UUID_BYTES], const char *text) MUSTCHECK;

#endif
