/*
 * Reading the files of a past class, each in pieces and row by row. A row that cannot be is a finding with file, line, column,
 * value and reason, and the rest goes on: a registrar's export of three years always has a few, and one of them must not keep
 * a dean from hearing how good the estimate was.
 *
 * results.csv goes through the reader and the checks that the client and the server use; only "in the future" is no reason
 * here, because a made-up class may well lie there and nothing after the moment of an estimate is looked at anyway. An id that
 * comes again is one result: the higher revision counts, the same row again adds nothing, another content is a finding.
 */
#include "study/past_build.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Far enough that no date is in the future, and near enough to add a day to. */
#define NO_NOW (INT64_MAX / 2)

enum { STUDENT_ID_CHARS = 64 };

/* ---------------------------------------------------------------- findings */

static void finding_pass(void *arg, const struct csv_finding *finding) {
  struct past_build *build = arg;
  build->past->refused += !finding->warning;
  if (build->options->finding)
    build->options->finding(build->options->arg, build->file, finding);
}

void past_refuse(struct past_build *build, uint64_t line, const char *column, const char *value, const char *fmt, ...) {
  struct csv_finding finding;
  char reason[CSV_REASON];
  va_list args;
  va_start(args, fmt);
  vsnprintf(reason, sizeof reason, fmt, args);
  va_end(args);
  csv_finding_make(&finding, line, column, value, "%s", reason);
  finding_pass(build, &finding);
}

static void note_failure(struct past_build *build, int err) {
  if (err && !build->err)
    build->err = err;
}

/* ---------------------------------------------------------------- students and instruments */

int past_student_number(struct past *past, const char *id, uint32_t *ret) {
  bool fresh;
  int err = past_text_number(&past->ids, id, ret, &fresh);
  if (err || *ret < past->students_n)
    return err;
  err = past_grow(&past->students, &past->students_room, (size_t)*ret + 1, sizeof *past->students);
  for (; !err && past->students_n <= *ret; past->students_n++) /* more than one where memory ran out for an earlier one */
    past->students[past->students_n] =
        (struct past_student){.id = (uint32_t)past->students_n, .dedicated_day = RISK_NO_DAY, .track = RISK_TRACK_US_MD};
  return err;
}

static int instrument_number(struct past *past, const char *code, uint16_t *ret) {
  size_t i = 0;
  while (i < past->instruments_n && strcmp(past->instruments[i], code) != 0)
    i++;
  if (i == UINT16_MAX)
    return E_LIMIT;
  if (i == past->instruments_n) {
    int err = past_grow(&past->instruments, &past->instruments_room, i + 1, sizeof *past->instruments);
    if (err)
      return err;
    memset(past->instruments[i], 0, sizeof *past->instruments);
    memcpy(past->instruments[past->instruments_n++], code, strlen(code) + 1);
  }
  *ret = (uint16_t)i;
  return 0;
}

/* The id of a cell, or a finding. */
static bool student_read(struct past_build *build, uint64_t line, const char *cell, uint32_t *ret) {
  if (!cell || *cell == '\0')
    past_refuse(build, line, "student_id", "", "the student is missing; name the student by the school's id");
  else if (strlen(cell) > STUDENT_ID_CHARS)
    past_refuse(build, line, "student_id", cell, "the id has more than %d bytes", STUDENT_ID_CHARS);
  else {
    int err = past_student_number(build->past, cell, ret);
    note_failure(build, err);
    return !err;
  }
  return false;
}

/* ---------------------------------------------------------------- results.csv */

static int result_pack(struct past *past, const struct results_csv_row *row, struct past_result *ret) {
  const struct result *r = &row->result;
  memset(ret, 0, sizeof *ret);
  int err = past_student_number(past, row->student_id, &ret->student);
  if (!err)
    err = instrument_number(past, r->instrument, &ret->instrument);
  memcpy(ret->id, r->id, UUID_BYTES);
  ret->taken_at_ms = r->taken_at_ms;
  ret->score_centi = r->score_centi;
  ret->seconds = r->seconds;
  ret->seconds_allowed = r->seconds_allowed;
  ret->items = (int16_t)r->items; /* result_check() keeps these below 10000 */
  ret->correct = (int16_t)r->correct;
  ret->omitted = (int16_t)r->omitted;
  ret->printed_p_pass_bp = (int16_t)r->printed_p_pass_bp;
  ret->revision = (uint16_t)r->revision;
  ret->scale = (uint8_t)r->scale;
  ret->mode = (uint8_t)r->mode;
  ret->marks = (uint8_t)((r->repeat ? PAST_REPEAT : 0) | (r->retracted ? PAST_RETRACTED : 0));
  return err;
}

void past_foreign(struct past_build *build, uint64_t line, const uint8_t id[UUID_BYTES]) {
  char text[UUID_TEXT];
  uuid_format(text, id);
  past_refuse(build, line, "result_id", text, "this id belongs to a result of another student in an earlier line");
}

/* The id is there already. */
static void result_again(struct past_build *build, uint64_t line, const struct past_result *now, struct past_result *known) {
  char id[UUID_TEXT];
  uuid_format(id, now->id);
  if (now->student != known->student)
    past_foreign(build, line, now->id);
  else if (now->revision > known->revision)
    *known = *now;
  else if (now->revision == known->revision && memcmp(now, known, sizeof *now) != 0)
    past_refuse(build, line, "result_id", id, "an earlier line has the same id and revision and other content; raise the revision");
}

int past_result_add(struct past_build *build, uint64_t line, struct past_result *result, const char *form) {
  struct past *past = build->past;
  bool fresh;
  int err = past_text_number(&past->forms, form, &result->form, &fresh);
  size_t known = err ? SIZE_MAX : past_id_find(build, result->id);
  if (known != SIZE_MAX) {
    result_again(build, line, result, &past->results[known]);
    return E_OK;
  }
  if (!err)
    err = past_grow(&past->results, &past->results_room, past->results_n + 1, sizeof *past->results);
  if (!err) {
    past->results[past->results_n] = *result;
    err = past_id_add(build, past->results_n);
  }
  past->results_n += !err;
  return err;
}

static void result_take(void *arg, uint64_t line, const struct results_csv_row *row) {
  struct past_build *build = arg;
  struct past_result packed;
  int err = result_pack(build->past, row, &packed);
  if (!err)
    err = (build->aside ? build->aside->result : past_result_add)(build, line, &packed, row->result.form);
  note_failure(build, err);
}

/* ---------------------------------------------------------------- students.csv */

enum { ST_ID, ST_TRACK, ST_DEDICATED, ST_COLUMNS = 9 };

static const struct csv_column student_columns[ST_COLUMNS] = {
    [ST_ID] = {"student_id", "id student_number sis_id sourcedid", true},
    [ST_TRACK] = {"track", "program programme", false},
    [ST_DEDICATED] = {"dedicated_start", "dedicated dedicated_from", false},
    {"given_name", NULL, false}, /* what a roster has and no estimate looks at */
    {"family_name", NULL, false},
    {"email", NULL, false},
    {"class_year", NULL, false},
    {"adviser_email", NULL, false},
    {"status", NULL, false},
};

static const char *cell_of(const char *const *fields, size_t column) {
  return fields[column] ? fields[column] : "";
}

static bool day_read(struct past_build *build, uint64_t line, const char *column, const char *cell, int32_t *ret) {
  *ret = RISK_NO_DAY;
  if (*cell == '\0' || result_parse_day(cell, ret) == 0)
    return true;
  past_refuse(build, line, column, cell, "is not a day written YYYY-MM-DD");
  return false;
}

static bool track_read(struct past_build *build, uint64_t line, const char *cell, uint8_t *ret) {
  static const char *const names[RISK_TRACKS] = {"us_md", "us_do", "non_us"};
  *ret = RISK_TRACK_US_MD;
  if (*cell == '\0')
    return true;
  for (uint8_t i = 0; i < RISK_TRACKS; i++)
    if (strcasecmp(cell, names[i]) == 0) {
      *ret = i;
      return true;
    }
  past_refuse(build, line, "track", cell, "is none of: us_md us_do non_us");
  return false;
}

static void student_take(void *arg, uint64_t line, const char *const *fields) {
  struct past_build *build = arg;
  uint32_t number;
  uint8_t track;
  int32_t dedicated;
  if (!track_read(build, line, cell_of(fields, ST_TRACK), &track) ||
      !day_read(build, line, "dedicated_start", cell_of(fields, ST_DEDICATED), &dedicated) ||
      !student_read(build, line, fields[ST_ID], &number))
    return;
  struct past_student *student = &build->past->students[number];
  if (student->listed) {
    past_refuse(build, line, "student_id", fields[ST_ID], "this student stands in an earlier line already");
    return;
  }
  student->listed = true;
  student->track = track;
  student->dedicated_day = dedicated;
}

/* ---------------------------------------------------------------- exams.csv */

enum { EX_ID, EX_ATTEMPT, EX_PLANNED, EX_FROM, EX_TO, EX_TAKEN, EX_OUTCOME, EX_KNOWN, EX_COLUMNS };

static const struct csv_column exam_columns[EX_COLUMNS] = {
    [EX_ID] = {"student_id", "id student_number sis_id sourcedid", true},
    [EX_ATTEMPT] = {"attempt", NULL, true},
    [EX_PLANNED] = {"planned_on", "exam_date planned planned_date", false},
    [EX_FROM] = {"permit_from", "eligibility_from eligibility_start", false},
    [EX_TO] = {"permit_to", "eligibility_to eligibility_end", false},
    [EX_TAKEN] = {"taken_on", "taken taken_date", false},
    [EX_OUTCOME] = {"outcome", "result", false},
    [EX_KNOWN] = {"outcome_known_on", "result_date reported_on", false},
};

static bool exam_days_read(struct past_build *build, uint64_t line, const char *const *fields, struct past_attempt *attempt) {
  static const size_t at[] = {EX_PLANNED, EX_FROM, EX_TO, EX_TAKEN, EX_KNOWN};
  int32_t *const day[] = {&attempt->planned_day, &attempt->permit_from_day, &attempt->permit_to_day, &attempt->taken_day,
                          &attempt->known_day};
  for (size_t i = 0; i < sizeof at / sizeof *at; i++)
    if (!day_read(build, line, exam_columns[at[i]].name, cell_of(fields, at[i]), day[i]))
      return false;
  return true;
}

static bool exam_outcome_read(struct past_build *build, uint64_t line, const char *const *fields, struct past_attempt *attempt) {
  const char *outcome = cell_of(fields, EX_OUTCOME);
  if (strcasecmp(outcome, "pass") == 0)
    attempt->outcome = PAST_PASS;
  else if (strcasecmp(outcome, "fail") == 0)
    attempt->outcome = PAST_FAIL;
  else if (*outcome) {
    past_refuse(build, line, "outcome", outcome, "is none of: pass fail");
    return false;
  }
  if (past_exam_day(attempt) == RISK_NO_DAY) {
    past_refuse(build, line, "planned_on", "", "is empty, and so is taken_on: the row says nothing");
    return false;
  }
  if (attempt->known_day != RISK_NO_DAY && attempt->taken_day != RISK_NO_DAY && attempt->known_day < attempt->taken_day) {
    past_refuse(build, line, "outcome_known_on", cell_of(fields, EX_KNOWN), "is before the exam was taken, %s", fields[EX_TAKEN]);
    return false;
  }
  return true;
}

static void exam_take(void *arg, uint64_t line, const char *const *fields) {
  struct past_build *build = arg;
  struct past *past = build->past;
  struct past_attempt attempt = {.line = (uint32_t)line};
  int32_t number;
  if (result_parse_count(cell_of(fields, EX_ATTEMPT), &number) != 0 || number < 1 || number > LIMIT_ATTEMPT) {
    past_refuse(build, line, "attempt", cell_of(fields, EX_ATTEMPT), "is not a whole number from 1 to %d", LIMIT_ATTEMPT);
    return;
  }
  attempt.number = (uint8_t)number;
  if (!exam_days_read(build, line, fields, &attempt) || !exam_outcome_read(build, line, fields, &attempt) ||
      !student_read(build, line, fields[EX_ID], &attempt.student))
    return;
  int err = past_grow(&past->attempts, &past->attempts_room, past->attempts_n + 1, sizeof *past->attempts);
  note_failure(build, err);
  if (!err)
    past->attempts[past->attempts_n++] = attempt;
}

/* ---------------------------------------------------------------- subscores.csv */

void past_sub_unknown(struct past_build *build, uint64_t line, const char *id) {
  past_refuse(build, line, "result_id", id, "no row of results.csv that could be taken has this id");
}

int past_sub_add(struct past_build *build, const struct subscore *row) {
  size_t result = past_id_find(build, row->id);
  int err = past_grow(&build->loose, &build->loose_room, build->loose_n + 1, sizeof *build->loose);
  if (!err && result != SIZE_MAX)
    build->loose[build->loose_n++] = (struct past_loose_sub){
        .result = (uint32_t)result, .line = row->line, .items = row->items, .correct = row->correct, .area = row->area};
  return err;
}

static void sub_take(void *arg, uint64_t line, const char *const *fields) {
  struct past_build *build = arg;
  struct subscore row;
  struct csv_finding finding;
  char id[UUID_TEXT];
  if (subscore_read(line, fields, &row, &finding) != 0) {
    finding_pass(build, &finding);
  } else if (!build->aside && past_id_find(build, row.id) == SIZE_MAX) {
    uuid_format(id, row.id);
    past_sub_unknown(build, line, id);
  } else {
    note_failure(build, (build->aside ? build->aside->sub : past_sub_add)(build, &row));
  }
}

/* ---------------------------------------------------------------- files */

struct stream {
  struct past_build *build;
  struct results_csv *results; /* one of the two */
  struct csv_reader *rows;
};

static int stream_feed(void *arg, const void *bytes, size_t len) {
  struct stream *stream = arg;
  struct past_build *build = stream->build;
  int bad = stream->results ? results_csv_feed(stream->results, bytes, len) : csv_feed(stream->rows, bytes, len);
  build->bytes += len;
  if (build->options->progress)
    build->options->progress(build->options->arg, build->bytes, build->bytes_total);
  return build->err ? build->err : bad ? E_INVALID : 0;
}

static int stream_run(struct past_build *build, struct stream *stream, char reason[PAST_REASON]) {
  char why[FILE_REASON] = "";
  stream->build = build;
  if (!stream->results && !stream->rows)
    return E_NOMEM;
  int err = file_stream(build->file, stream_feed, stream, why);
  if (!err && (stream->results ? results_csv_finish(stream->results) : csv_finish(stream->rows)) != 0)
    err = E_INVALID;
  results_csv_free(stream->results);
  csv_reader_free(stream->rows);
  if (build->err)
    err = build->err;
  if (err == E_SYSTEM)
    snprintf(reason, PAST_REASON, "%s", why);
  else if (err == E_INVALID)
    snprintf(reason, PAST_REASON, "%.400s cannot be used", build->file);
  return err;
}

static int64_t noon_of(void *arg, int32_t day) {
  return past_noon_ms(arg, day);
}

static int results_read(struct past_build *build, char reason[PAST_REASON]) {
  const struct past_options *options = build->options;
  const struct results_csv_options given = {.student_required = true,
                                            .now_ms = NO_NOW,
                                            .noon_ms = noon_of,
                                            .noon_arg = build->past,
                                            .known = options->known,
                                            .known_arg = options->known_arg};
  struct stream stream = {.results = results_csv_new(&given, &(struct results_csv_handler){result_take, finding_pass, build})};
  return stream_run(build, &stream, reason);
}

static int rows_read(struct past_build *build, const struct csv_column *columns, size_t n,
                     void (*row)(void *arg, uint64_t line, const char *const *fields), char reason[PAST_REASON]) {
  struct stream stream = {.rows =
                              csv_reader_new(columns, n, &(struct csv_handler){.row = row, .finding = finding_pass, .arg = build})};
  return stream_run(build, &stream, reason);
}

void past_files_find(struct past_build *build) {
  static const char *const names[PAST_FILES] = {"results.csv", "students.csv", "exams.csv", "subscores.csv"};
  for (size_t i = 0; i < PAST_FILES; i++) {
    build->there[i] = past_file(build->path[i], sizeof build->path[i], build->options->directory, names[i]);
    build->bytes_total += build->there[i] ? file_size(build->path[i]) : 0;
  }
}

int past_file_read(struct past_build *build, enum past_files which, char reason[PAST_REASON]) {
  build->file = build->path[which];
  if (which == PAST_RESULTS) /* the one that must be there */
    return results_read(build, reason);
  if (!build->there[which])
    return E_OK;
  return which == PAST_STUDENTS ? rows_read(build, student_columns, ST_COLUMNS, student_take, reason)
         : which == PAST_EXAMS  ? rows_read(build, exam_columns, EX_COLUMNS, exam_take, reason)
                                : rows_read(build, subscore_columns, SUBSCORE_COLUMNS, sub_take, reason);
}

static int files_read(struct past_build *build, char reason[PAST_REASON]) {
  past_files_find(build);
  int err = past_file_read(build, PAST_RESULTS, reason);
  if (!err)
    err = past_file_read(build, PAST_STUDENTS, reason);
  if (!err)
    err = past_file_read(build, PAST_EXAMS, reason);
  if (!err)
    err = past_order(build);
  if (!err && build->there[PAST_SUBSCORES])
    err = past_ids_again(build);
  if (!err)
    err = past_file_read(build, PAST_SUBSCORES, reason);
  return err ? err : past_subs_group(build);
}

struct past_build *past_build_new(const struct past_options *options) {
  struct past_build *build = calloc(1, sizeof *build);
  if (!build)
    return NULL;
  build->options = options;
  build->past = calloc(1, sizeof *build->past);
  if (!build->past) {
    free(build);
    return NULL;
  }
  build->past->zone = options->zone;
  return build;
}

void past_build_free(struct past_build *build) {
  if (!build)
    return;
  free(build->ids);
  free(build->loose);
  past_free(build->past);
  free(build);
}

int past_read(const struct past_options *options, struct past **ret, char reason[PAST_REASON]) {
  struct past_build *build = past_build_new(options);
  reason[0] = '\0';
  int err = build ? files_read(build, reason) : E_NOMEM;
  if (!err) {
    *ret = build->past;
    build->past = NULL;
  } else if (!*reason) {
    snprintf(reason, PAST_REASON, "%s", err_text(err));
  }
  past_build_free(build);
  return err;
}
