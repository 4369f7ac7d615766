/*
 * What the documents about students and classes have in common: how they open, and how codes of the database are said.
 */
#ifndef SG_PAPER_DOCUMENT_H
#define SG_PAPER_DOCUMENT_H

#include "paper/doc.h"
#include "paper/sheet.h"
#include "paper/words.h"

/* Title, author, as-of and the foot of each page: school, `name` of the document, as-of, and under it the redisclosure notice. */
void document_open(struct sheet *sheet, const json_t *document, const char *title, const char *subtitle, const char *name);

void document_plain(char ret[WORDS], const char *code);                        /* "in_person" as "in person" */
void document_instrument(char ret[WORDS], const char *code, const char *form); /* "CBSSA 28"; a school's own by its code */
void document_score(char ret[WORDS], double score, const char *scale);         /* "54 EPC", "189", "47.5 %" */
void document_points(char ret[WORDS], double points, int digits);              /* "+4.2", "−11.0" */
void document_interval(char ret[WORDS], double low, double high);              /* of a share: "22 % to 63 %" */
void document_share(char ret[WORDS], double share); /* of people who were counted: its "0 %" and "100 %" are just that */
void document_shares(char ret[WORDS], double low, double high);                              /* the interval of one */
void document_day(char ret[WORDS], const json_t *object, const char *key, const char *zone); /* the day of a moment there */
void document_ahead(char ret[WORDS], int32_t from, int32_t to);                              /* "in 12 days", "3 days ago" */

/* Parts that add up, rounded so that what is printed adds up as well: the largest remainders take what is missing. Of more than
 * DOCUMENT_PARTS nothing is rounded. */
enum { DOCUMENT_PARTS = 64 };
void document_round(double *parts, size_t n, int digits);

/* A reason somebody wrote, shortened between characters; all of it stands in the ledger, and that is said. */
enum { DOCUMENT_CLIPPED = 400 };
void document_clip(char ret[DOCUMENT_CLIPPED], const char *text);

#endif
