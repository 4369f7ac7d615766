/*
 * A batch of one-time codes on its way from chance to the letters: made, hashed for the database, written as a file's text,
 * wiped.
 */
#ifndef SG_PKI_CODES_H
#define SG_PKI_CODES_H

#include "base/buf.h"
#include "proto/code.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CODES_STUDENT_ID = 64 + 1 };

struct codes_row {
  char student_id[CODES_STUDENT_ID];
  char text[CODE_TEXT];
  const json_t *student; /* after codes_confirm(): {student_id, given_name, family_name}; NULL: got none. Not ours */
};

struct codes {
  struct codes_row *rows;
  size_t n, room;
  uint8_t fingerprint[CODE_FINGERPRINT_BYTES]; /* of the school's CA */
};

/* E_NOMEM, or E_SYSTEM where the kernel has no randomness to give; E_INVALID for an id that is longer than any. */
int codes_add(struct codes *codes, const char *student_id) MUSTCHECK;
void codes_done(struct codes *codes); /* wipes */

/* [{student_id, code_hash}], the hash in hex. Only this leaves for the database. */
void codes_put_hashes(const struct codes *codes, struct buf *out);
/* From the database's answer, whose "students" the rows then point into: who got one, and their names. */
void codes_confirm(struct codes *codes, const json_t *answer);

/* For a mail merge: student_id,name,code,expires. */
void codes_put_csv(const struct codes *codes, const char *expires, struct buf *out);

#endif
