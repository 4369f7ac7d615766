/*
 * Inside of import: a file in pieces, the sub-scores that are to go with its results, and the one struct that its parts share.
 */
#ifndef SG_CLIENT_IMPORT_H
#define SG_CLIENT_IMPORT_H

#include "client/client.h"
#include "client/dates.h"
#include "client/sheet.h"
#include "proto/subscore.h"

/* Reads to the end, or until `take` is not 0 (*ret_bad); the end is taken as 0 bytes. SG_OK also where the content was bad. */
int import_pump(ptrdiff_t (*read)(void *arg, void *bytes, size_t cap), void *arg,
                int (*take)(void *reader, const void *bytes, size_t len), void *reader, int *ret_bad,
                struct sg_error *ret_error) MUSTCHECK;

struct subs {            /* all zero: none */
  struct subscore *rows; /* in order of the result's id */
  bool *used;
  size_t n, room;
};

/* Reads subscores.csv. SG_DATA when anything in it cannot be taken, which is said through subs_finding. subs_free in any case. */
int subs_read(struct subs *ret, const struct sg_import *import, struct sg_error *ret_error) MUSTCHECK;
void subs_attach(struct subs *subs, struct result *result); /* those of this result, if any */
/* Says each result that had sub-scores and was not there; gives how many. */
uint64_t subs_left(const struct subs *subs, const struct sg_import *import);
void subs_free(struct subs *subs);

struct import {
  struct sg_client *client;
  const struct sg_import *options;
  struct sg_import_totals totals;
  struct subs subs;
  struct sheet draft; /* what goes through the reader of results.csv; the parts below fill it */
  int32_t offset_s;   /* of the school, for a time without a zone */
  int64_t now_ms;
  struct csv_finding *findings; /* told at the end, in the order of the file; heap */
  size_t findings_n, findings_room;
  char *map_name, *map_body; /* what was learned about files of this shape; heap, NULL: nothing */
  int status;                /* the first failure of the outbox; rows after it are passed over */
  struct sg_error *error;
  struct import_answer *answers; /* import_ask.c */
  struct sg_error ask_error;     /* why nobody could be asked, or it could not go on after that */
  bool again;                    /* somebody was asked: what was read until then may no longer be so */
};

/* Says something about a line of the file. A row that is refused counts as one. */
void import_refuse(struct import *import, uint64_t line, const char *column, const char *value, const char *fmt, ...)
    PRINTF_LIKE(5, 6);
void import_warn(struct import *import, uint64_t line, const char *column, const char *value, const char *fmt, ...)
    PRINTF_LIKE(5, 6);
void import_finding(void *arg, const struct csv_finding *finding); /* arg: the struct import */

/* The answer, from before or from the person, who is asked with the state directory unlocked; after that `again` is set. False:
 * there is none, or import->status says why not. */
bool import_ask(struct import *import, const struct sg_question *question, char ret[SG_ANSWER_CAP]);
void import_answers_rewind(struct import *import); /* before each pass */
void import_answers_free(struct import *import);

/* ---- the formats. Each looks whether a file is one of its own, and fills the draft. SG_OK, or what stopped it. ---- */

bool nbme_recognise(const struct sheet *sheet);
int nbme_draft(struct import *import, const struct sheet *sheet, struct sg_error *ret_error) MUSTCHECK;

bool uworld_recognise(const char *text, size_t len);
int uworld_draft(struct import *import, const char *text, size_t len, struct sg_error *ret_error) MUSTCHECK;

bool results_recognise(const struct sheet *sheet);
int results_column(const struct sheet *sheet, const char *name); /* by the name in results.csv or an alias of it; -1: none */
/* Mends days, decimal commas, names of exams and scales of a sheet in the form of results.csv, or says what it cannot. */
void tidy_sheet(struct import *import, struct sheet *sheet);

/* A table of another shape: by what was answered before, or by asking. SG_DATA where nobody could say. */
int mapping_draft(struct import *import, const struct sheet *sheet, struct sg_error *ret_error) MUSTCHECK;

#endif
