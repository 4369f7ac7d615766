/*
 * Reading a document (JSON from the database) without trusting it: what is missing or of another type reads as empty, none or NaN.
 * Documents are kept for years and rendered by later versions, so a builder never fails for a member that is not there.
 */
#ifndef SG_PAPER_DOC_H
#define SG_PAPER_DOC_H

#include "base/clock.h"
#include "paper/sheet.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOC_COUNT_MOST INT64_C(1000000000000) /* nothing that a school counts comes near */

const char *doc_text(const json_t *object, const char *key);     /* "" */
int64_t doc_count(const json_t *object, const char *key);        /* 0; from 0 to DOC_COUNT_MOST, so that counts can be added */
double doc_real(const json_t *object, const char *key);          /* NaN */
bool doc_true(const json_t *object, const char *key);            /* false */
bool doc_has(const json_t *object, const char *key);             /* there, and not null */
const json_t *doc_object(const json_t *object, const char *key); /* NULL, which every function here takes */
const json_t *doc_list(const json_t *object, const char *key);   /* NULL; json_array_size(NULL) is 0 */
enum sheet_state doc_state(const json_t *object, const char *key);
int64_t doc_moment_ms(const json_t *object, const char *key); /* RFC 3339 to Unix ms; 0 */
int32_t doc_day(const json_t *object, const char *key);       /* "2026-12-08" to days; CHART_NO_DAY */

/* "Viridian Hackberry (1001)" where document.names has the id, else the id. */
enum { DOC_WHO = 400 };
void doc_who(char ret[DOC_WHO], const json_t *document, const char *student_id);

#endif
