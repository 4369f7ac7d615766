/* The routes that are one function of the database each, which is nearly all of them. */
#ifndef SG_OFFICE_API_H
#define SG_OFFICE_API_H

#include "office/call.h"

void api_run(struct call *call);

/* Whose records are in an answer, and on what ground they are seen. */
struct api_seen {
  const void *students; /* as it came from the database; NULL for none */
  size_t students_len;
  const char *ground; /* NULL for none */
};
struct api_seen api_seen_in(const PGresult *res);                       /* of api.reply's columns; lives as long as `res` */
int api_seen_copy(const PGresult *res, struct api_seen *ret) MUSTCHECK; /* for who answers later; E_NOMEM */
void api_seen_done(struct api_seen *seen);                              /* a copy */

/* Answers with what was read, after it is on the trail whose records are in it. */
void api_show(struct call *call, int status, const char *media, const char *body, size_t len, const struct api_seen *seen);
/* Answers with a refusal, after it is on the trail where it belongs there. */
void api_failed(struct call *call, int err, const PGresult *res);

/* ---- for handlers that ask several questions ---- */

/* What a question of ours was answered with, the caller's; NULL: it was refused or failed, and the call has been answered. */
json_t *api_said(struct call *call, int err, const PGresult *res) MUSTCHECK;
/* Ends a chain: answers with what the function answered. A pool_done. */
void api_passed(void *arg, int err, const PGresult *res);
/* The answer of a function that reads: it leaves once it is on the trail. */
void api_read(void *arg, int err, const PGresult *res);
void api_refuse_field(struct call *call, const char *field, const char *code, const char *detail); /* 422 */
const char *api_text(const json_t *object, const char *name);                                      /* "" where there is none */

#endif
