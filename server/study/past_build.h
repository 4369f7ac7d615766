/* Inside of past: what its files share while a class is being read. */
#ifndef SG_STUDY_PAST_BUILD_H
#define SG_STUDY_PAST_BUILD_H

#include "base/file.h"
#include "proto/subscore.h"
#include "study/past.h"

/* A cell of subscores.csv before it is put beside its result. */
struct past_loose_sub {
  uint32_t result, line;
  uint16_t items, correct;
  uint8_t area;
};

struct past_build;

/* Where rows go that are not to be kept in past->results. */
struct past_aside {
  int (*result)(struct past_build *build, uint64_t line, struct past_result *result, const char *form);
  int (*sub)(struct past_build *build, const struct subscore *row);
};

enum past_files { PAST_RESULTS, PAST_STUDENTS, PAST_EXAMS, PAST_SUBSCORES, PAST_FILES };
enum { PAST_PATH = 4096 };

struct past_build {
  const struct past_options *options;
  struct past *past;
  const struct past_aside *aside; /* NULL: into past */
  void *aside_arg;
  char path[PAST_FILES][PAST_PATH];
  bool there[PAST_FILES];
  const char *file; /* being read, for findings */
  uint32_t *ids;    /* hash table over the results' ids: index + 1 */
  size_t ids_n;
  struct past_loose_sub *loose;
  size_t loose_n, loose_room;
  uint64_t bytes, bytes_total;
  int err; /* first failure inside a callback: E_NOMEM, E_LIMIT */
};

struct past_build *past_build_new(const struct past_options *options); /* NULL: out of memory */
void past_build_free(struct past_build *build);                        /* with the past, unless that was taken out */

void past_files_find(struct past_build *build);
/* 0 also where the file is not there, unless it is results.csv; else as past_read(). */
int past_file_read(struct past_build *build, enum past_files which, char reason[PAST_REASON]) MUSTCHECK;
/* A result, whose student and instrument are filled in; a sub-score of one that is there. */
int past_result_add(struct past_build *build, uint64_t line, struct past_result *result, const char *form) MUSTCHECK;
int past_sub_add(struct past_build *build, const struct subscore *row) MUSTCHECK;
void past_foreign(struct past_build *build, uint64_t line, const uint8_t id[UUID_BYTES]); /* of another student */
void past_sub_unknown(struct past_build *build, uint64_t line, const char *id);

/* Room for `need` of `size` bytes. 0, E_NOMEM. */
int past_grow(void *array, size_t *room, size_t need, size_t size) MUSTCHECK;
/* The number of a text, a new one where it was not there. */
int past_text_number(struct past_texts *texts, const char *text, uint32_t *ret, bool *ret_new) MUSTCHECK;
static inline const char *past_text(const struct past_texts *texts, uint32_t number) {
  return texts->text + texts->at[number];
}

/* The student of an id, a new one where it was not there. */
int past_student_number(struct past *past, const char *id, uint32_t *ret) MUSTCHECK;
/* Where an id has its result: index, or SIZE_MAX. Adding is for the index just filled. */
size_t past_id_find(const struct past_build *build, const uint8_t id[UUID_BYTES]);
int past_id_add(struct past_build *build, size_t result) MUSTCHECK;
int past_ids_again(struct past_build *build) MUSTCHECK; /* after the results were moved */

void past_refuse(struct past_build *build, uint64_t line, const char *column, const char *value, const char *fmt, ...)
    PRINTF_LIKE(5, 6);

/* Students by id, their attempts by number, their results by time. */
int past_order(struct past_build *build) MUSTCHECK;
/* Then, after past_ids_again(): sub-scores beside their results. */
int past_subs_group(struct past_build *build) MUSTCHECK;

#endif
