/*
 * A past class: what a directory of CSV files says of it (results.csv; students.csv, exams.csv and subscores.csv where they
 * are there), held in memory without a database, and what was known of one student at one moment of the past.
 *
 * After past_read() nothing changes any more: threads may share it. Students stand in order of their ids, a student's results
 * in order of time, attempts in order of their number.
 */
#ifndef SG_STUDY_PAST_H
#define SG_STUDY_PAST_H

#include "base/clock.h"
#include "risk/risk.h"

enum { PAST_NONE = 0, PAST_PASS, PAST_FAIL }; /* an outcome; PAST_NONE: not known to this day */

enum { PAST_REPEAT = 1, PAST_RETRACTED = 2 };

/* struct result in a seventh of its size; RESULT_UNKNOWN as there. Of one id only the highest revision is kept. */
struct past_result {
  uint8_t id[UUID_BYTES];
  int64_t taken_at_ms;
  int32_t score_centi, seconds, seconds_allowed;
  uint32_t form;    /* past_form() */
  uint32_t student; /* index into past->students */
  uint32_t subs_at; /* into past->subs */
  int16_t items, correct, omitted, printed_p_pass_bp;
  uint16_t instrument; /* past_instrument() */
  uint16_t revision;
  uint8_t scale, mode, subs_n, marks; /* marks: PAST_REPEAT, PAST_RETRACTED */
};

struct past_sub {
  uint16_t items, correct;
  uint8_t area;
};

struct past_attempt { /* a row of exams.csv; days are RISK_NO_DAY where the cell is empty */
  uint32_t student;
  uint32_t line;
  int32_t planned_day, taken_day, permit_from_day, permit_to_day, known_day;
  uint8_t number, outcome;
};

struct past_student {
  uint32_t id; /* past_student_id() */
  uint32_t results_at, results_n, attempts_at, attempts_n;
  int32_t dedicated_day; /* or RISK_NO_DAY */
  uint8_t track;
  bool listed; /* in students.csv */
};

/* Texts, each kept once and known by its number. */
struct past_texts {
  char *text;           /* one behind the other, each ended by NUL */
  uint32_t *at, *slots; /* where the nth begins; hash table of number + 1 */
  size_t len, text_room, n, at_room, slots_n;
};

struct past {
  struct past_student *students;
  struct past_result *results;
  struct past_attempt *attempts;
  struct past_sub *subs;
  size_t students_n, results_n, attempts_n, subs_n;
  size_t students_room, results_room, attempts_room;
  size_t results_most; /* of one student */
  struct past_texts ids, forms;
  char (*instruments)[LIMIT_INSTRUMENT_CHARS + 1];
  size_t instruments_n, instruments_room;
  const struct zone *zone; /* the caller's; NULL is UTC */
  uint64_t refused;        /* rows left out, each with a finding */
};

struct past_options {
  const char *directory;
  const struct zone *zone; /* of the school, for days and for a date alone; NULL: UTC. Must outlive the past */
  /* Whether an instrument exists; as for result_check(). risk_params_knows() and parsed parameters, as a rule. */
  bool (*known)(void *arg, const char *code);
  void *known_arg;
  /* Rows that cannot be are left out and the rest goes on: file, line, column, value and reason. */
  void (*finding)(void *arg, const char *file, const struct csv_finding *finding);
  /* Bytes read of all files together and their sum; may be NULL. */
  void (*progress)(void *arg, uint64_t done, uint64_t total);
  void *arg;
};

enum { PAST_REASON = 480 };

/* Heap, for past_free(). E_SYSTEM and a sentence where a file that is there, or results.csv, cannot be read; E_INVALID where a
 * header cannot be used (said as a finding, and in the sentence); E_NOMEM; E_LIMIT. */
int past_read(const struct past_options *options, struct past **ret, char reason[PAST_REASON]) MUSTCHECK;
void past_free(struct past *past);

/* Path of a file of the directory; false where there is none of that name. */
bool past_file(char *ret, size_t cap, const char *directory, const char *name);

const char *past_student_id(const struct past *past, size_t student);
const char *past_instrument(const struct past *past, const struct past_result *result);
const char *past_form(const struct past *past, const struct past_result *result);
void past_result_fill(const struct past *past, const struct past_result *from, struct result *ret);

/* The day of an attempt: taken, else planned; RISK_NO_DAY where neither is known. */
int32_t past_exam_day(const struct past_attempt *attempt);
/* Noon of a day in the school's zone: what a date alone means. */
int64_t past_noon_ms(const struct past *past, int32_t day);

/* What was known of a student at noon of `day`, for the exam of `attempt` (an index into the student's own attempts): results
 * taken before; failures whose outcome was out, and the days of those sittings; the number of the coming attempt as it could be
 * counted then, so that a second attempt does not tell how the first ended before anybody knew. `results` has room for the
 * student's results_n. The exam day is the day of the attempt. Contacts with a client are not part of a past class: `enrolled` is
 * false. */
void past_input(const struct past *past, size_t student, size_t attempt, int32_t day, struct result *results,
                struct risk_input *ret);

#endif
