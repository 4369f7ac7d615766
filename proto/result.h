/*
 * One practice result, as results.csv and the wire have it, and the one set of checks that both doors apply: the client
 * before it stores a row, the server before it accepts one, `stepguardctl` before it computes with one.
 */
#ifndef SG_PROTO_RESULT_H
#define SG_PROTO_RESULT_H

#include "proto/catalogue.h"
#include "proto/csv.h"
#include "proto/limits.h"
#include "proto/uuid7.h"

enum mode { MODE_NONE = 0, MODE_TIMED, MODE_UNTIMED, MODE_TUTOR }; /* numbers of Mode in stepguard.proto */

enum { RESULT_UNKNOWN = -1 }; /* in the int32_t fields below: not reported */

struct result {
  uint8_t id[UUID_BYTES];
  uint32_t revision;
  bool retracted;
  char instrument[LIMIT_INSTRUMENT_CHARS + 1];
  char form[LIMIT_FORM_CHARS + 1];
  int64_t taken_at_ms;
  enum scale scale;
  int32_t score_centi;
  enum mode mode;
  bool repeat;
  int32_t items, correct, omitted, seconds, seconds_allowed, printed_p_pass_bp; /* or RESULT_UNKNOWN */
  uint8_t subs;                                                                 /* sub-scores in use */
  uint8_t sub_area[LIMIT_SUBSCORES];
  uint16_t sub_items[LIMIT_SUBSCORES], sub_correct[LIMIT_SUBSCORES];
};

struct result_fault {
  const char *field; /* name as in stepguard.proto without unit: "score", "correct", "taken_at" */
  char reason[CSV_REASON];
};

/* Checks everything that can be known without the student: ranges, scale bounds, correct <= items, times, text. `known`
 * says whether an instrument code exists; NULL means the built-in catalogue. 0, or -1 and *ret_fault. */
int result_check(const struct result *result, int64_t now_ms, bool (*known)(void *arg, const char *code), void *arg,
                 struct result_fault *ret_fault) MUSTCHECK;

/* Fills *ret_fault and gives -1: the last line of a check that refuses. `field` must be static. */
int result_refuse(struct result_fault *ret_fault, const char *field, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* ---- results.csv ---- */

struct results_csv_row {
  struct result result;
  char student_id[65]; /* "" where the file has no such column */
  bool has_id;         /* false: the id was made from the content (UUIDv8) */
};

struct results_csv_handler {
  void (*row)(void *arg, uint64_t line, const struct results_csv_row *row);
  void (*finding)(void *arg, const struct csv_finding *finding);
  void *arg;
};

struct results_csv_options {
  bool student_required; /* a server-side file: every row must name its student */
  int64_t now_ms;
  int32_t zone_offset_s;                      /* of the school, for a date alone (noon there) */
  int64_t (*noon_ms)(void *arg, int32_t day); /* the same for a zone whose offset changes; NULL: zone_offset_s counts */
  void *noon_arg;
  bool (*known)(void *arg, const char *code); /* as for result_check */
  void *known_arg;
};

enum { RESULTS_CSV_COLUMNS = 17 };
extern const struct csv_column results_csv_columns[RESULTS_CSV_COLUMNS];

struct results_csv; /* opaque, heap */
struct results_csv *results_csv_new(const struct results_csv_options *options, const struct results_csv_handler *handler) MUSTCHECK;
int results_csv_feed(struct results_csv *reader, const void *bytes, size_t len) MUSTCHECK;
int results_csv_finish(struct results_csv *reader) MUSTCHECK;
void results_csv_free(struct results_csv *reader);

/* RFC 3339, or a date alone (noon at zone_offset_s). 0 or -1. */
int result_parse_time(const char *text, int32_t zone_offset_s, int64_t *ret_ms) MUSTCHECK;
/* YYYY-MM-DD to days since 1970-01-01 and back; a day that does not exist is refused. */
int result_parse_day(const char *text, int32_t *ret_day) MUSTCHECK;
void result_format_day(char ret[11], int32_t day);
/* A decimal number to hundredths, rounded half away from zero; -1 on anything else. */
int result_parse_centi(const char *text, int32_t *ret_centi) MUSTCHECK;
/* Digits only, up to INT32_MAX; -1 on anything else. */
int result_parse_count(const char *text, int32_t *ret) MUSTCHECK;

#endif
