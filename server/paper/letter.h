/*
 * What a mail says: one function for all kinds, because all are alike: what it is about, how much of it, where to look. Pure, as
 * all of this folder; documents are those of ops.message (sql/core/post_put.sql).
 */
#ifndef SG_PAPER_LETTER_H
#define SG_PAPER_LETTER_H

#include "paper/sheet.h"

#include <jansson.h>
#include <stdbool.h>

enum { LETTER_SUBJECT = 400, LETTER_URL = 400 };

/* What is to be known of a kind of message before it is written. */
struct letter_kind {
  const char *name; /* ops.message.kind */
  const char *list; /* List-Id; NULL: to one person about one thing */
  bool urgent;
  bool choice; /* may be done without, on the Account page */
};
const struct letter_kind *letter_kind(const char *name); /* NULL for what is no mail */

/* Never about a student: subjects are shown on locked screens. */
void letter_subject(const struct letter_kind *kind, const json_t *document, char ret[LETTER_SUBJECT]);

/* `office_url`: where the pages are, "" for none (then without links). E_DATA, E_LIMIT, E_NOMEM. */
int sheet_letter(const struct letter_kind *kind, const json_t *document, const char *office_url, struct sheet **ret) MUSTCHECK;

#endif
