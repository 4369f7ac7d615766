/* Inside of past: what its files share while a class is being read. */
#ifndef SG_STUDY_PAST_BUILD_H
#define SG_STUDY_PAST_BUILD_H

#include "base/file.h"
#include "study/past.h"

/* A cell of subscores.csv before it is put beside its result. */
struct past_loose_sub {
  uint32_t result, line;
  uint16_t items, correct;
  uint8_t area;
};

struct past_build {
  const struct past_options *options;
  struct past *past;
  const char *file; /* being read, for findings */
  uint32_t *ids;    /* hash table over the results' ids: index + 1 */
  size_t ids_n;
  struct past_loose_sub *loose;
  size_t loose_n, loose_room;
  uint64_t bytes, bytes_total;
  int err; /* first failure inside a callback: E_NOMEM, E_LIMIT */
};

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

/* In this order: results in order of student and time; sub-scores beside them; attempts in order. */
int past_students_sort(struct past_build *build) MUSTCHECK;
int past_results_group(struct past_build *build) MUSTCHECK;
int past_attempts_group(struct past_build *build) MUSTCHECK;
int past_subs_group(struct past_build *build) MUSTCHECK;

#endif
