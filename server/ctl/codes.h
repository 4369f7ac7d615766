/*
 * A batch of one-time codes on its way from chance to the letters: made, hashed for the database, written to a file that
 * only its owner reads, wiped.
 */
#ifndef SG_CTL_CODES_H
#define SG_CTL_CODES_H

#include "base/file.h"
#include "proto/code.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct codes_row {
  char student_id[65];
  char name[204]; /* given and family name; "" until codes_name() */
  char text[CODE_TEXT];
  bool issued; /* the database knows the student */
};

struct codes {
  struct codes_row *rows;
  size_t n, room;
  uint8_t fingerprint[CODE_FINGERPRINT_BYTES]; /* of the school's CA */
};

/* E_NOMEM, or E_SYSTEM where the kernel has no randomness to give. */
int codes_add(struct codes *codes, const char *student_id) MUSTCHECK;
void codes_done(struct codes *codes); /* wipes */

/* [{student_id, code_hash}], the hash in hex; NULL when out of memory. Only this leaves for the database. */
json_t *codes_hashes(const struct codes *codes) MUSTCHECK;
/* From the answer: who got one, and their names. */
void codes_confirm(struct codes *codes, const json_t *answer);

/* One CSV for a mail merge (student_id,name,code,expires), which must not exist yet; or a file `<student_id>.code` each. */
int codes_write_csv(const struct codes *codes, const char *path, const char *expires, char reason[FILE_REASON]) MUSTCHECK;
int codes_write_files(const struct codes *codes, const char *directory, char reason[FILE_REASON]) MUSTCHECK;

#endif
