/*
 * results.csv: a row of cells to a struct result, checked. One table says which column fills which field and how it is
 * read; what needs more than its own cell (a score made of items, a scale that follows from the instrument, an id made of
 * the whole) comes after, in that order.
 *
 * An id made here is UUID version 8 over the *values* of the row, not its text, so that "62", "62.0" and a file saved again
 * by a spreadsheet give one id. Revision and retraction stay out of it: a row written again with retracted = 1 and
 * revision = 1 must mean the same result. Two rows equal to the last value are one result; who has two blocks of forty with
 * the same score on the same day gives their time of day.
 */
#include "proto/result.h"

#include "proto/utf8.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum { STUDENT_ID_CHARS = 64 };

enum column {
  COL_STUDENT_ID,
  COL_RESULT_ID,
  COL_INSTRUMENT,
  COL_FORM,
  COL_TAKEN_AT,
  COL_SCALE,
  COL_SCORE,
  COL_ITEMS,
  COL_CORRECT,
  COL_OMITTED,
  COL_SECONDS,
  COL_SECONDS_ALLOWED,
  COL_MODE,
  COL_REPEAT,
  COL_PRINTED_P_PASS,
  COL_RETRACTED,
  COL_REVISION,
  COLUMNS,
};

/* clang-format off */
_Static_assert((int)COLUMNS == (int)RESULTS_CSV_COLUMNS, "the header promises as many");
const struct csv_column results_csv_columns[COLUMNS] = {
    [COL_STUDENT_ID]      = {"student_id",      "student studentid student_key",            false},
    [COL_RESULT_ID]       = {"result_id",       "id uuid",                                  false},
    [COL_INSTRUMENT]      = {"instrument",      "exam test assessment exam_type source",    true},
    [COL_FORM]            = {"form",            "form_name form_number exam_name",          false},
    [COL_TAKEN_AT]        = {"taken_at",        "date taken taken_on taken_date test_date", true},
    [COL_SCALE]           = {"scale",           NULL,                                       false},
    [COL_SCORE]           = {"score",           "total_score overall_score",                false},
    [COL_ITEMS]           = {"items",           "questions n_items total_items",            false},
    [COL_CORRECT]         = {"correct",         "n_correct correct_items",                  false},
    [COL_OMITTED]         = {"omitted",         "n_omitted",                                false},
    [COL_SECONDS]         = {"seconds",         "time_s",                                   false},
    [COL_SECONDS_ALLOWED] = {"seconds_allowed", "time_allowed_s",                           false},
    [COL_MODE]            = {"mode",            "timing pacing",                            false},
    [COL_REPEAT]          = {"repeat",          "repeated",                                 false},
    [COL_PRINTED_P_PASS]  = {"printed_p_pass",  "p_pass pass_probability",                  false},
    [COL_RETRACTED]       = {"retracted",       "withdrawn",                                false},
    [COL_REVISION]        = {"revision",        NULL,                                       false},
};
/* clang-format on */

struct results_csv {
  struct csv_reader *reader;
  struct results_csv_options options;
  struct results_csv_handler handler;
};

/* ---------------------------------------------------------------- cells */

/* "" for a column the file does not have: nothing below needs the difference. */
static const char *cell(const char *const *fields, enum column column) {
  return fields[column] ? fields[column] : "";
}

static int refuse(struct result_fault *ret_fault, enum column column, const char *reason) {
  return result_refuse(ret_fault, results_csv_columns[column].name, "%s", reason);
}

static void text_lower(char *text) {
  for (; *text; text++)
    if (*text >= 'A' && *text <= 'Z')
      *text = (char)(*text - 'A' + 'a');
}

static int text_read(const char *const *fields, enum column column, char *ret, size_t cap, struct result_fault *ret_fault) {
  const char *text = cell(fields, column);
  size_t len = strlen(text);
  if (len >= cap)
    return result_refuse(ret_fault, results_csv_columns[column].name, "the text has %zu bytes and at most %zu fit; shorten it", len,
                         cap - 1);
  if (!utf8_plain(text, len))
    return refuse(ret_fault, column, "the text has characters that cannot be shown; write it in plain text");
  memcpy(ret, text, len + 1);
  return 0;
}

static int bool_read(const char *const *fields, enum column column, bool *ret, struct result_fault *ret_fault) {
  static const char *const words[2][4] = {{"", "0", "false", "no"}, {"1", "true", "yes", "y"}};
  char text[8] = "";
  const char *given = cell(fields, column);
  if (strlen(given) < sizeof(text)) {
    memcpy(text, given, strlen(given));
    text_lower(text);
    for (int value = 0; value < 2; value++) {
      for (size_t i = 0; i < 4; i++) {
        if (strcmp(text, words[value][i]) == 0) {
          *ret = value;
          return 0;
        }
      }
    }
  }
  return refuse(ret_fault, column, "write 1 for yes or 0 for no");
}

static int count_read(const char *const *fields, enum column column, int32_t *ret, struct result_fault *ret_fault) {
  const char *text = cell(fields, column);
  if (*text == '\0') {
    *ret = RESULT_UNKNOWN;
    return 0;
  }
  if (result_parse_count(text, ret) == 0)
    return 0;
  return refuse(ret_fault, column, "write a whole number, or leave the cell empty");
}

static int mode_read(const char *const *fields, enum mode *ret, struct result_fault *ret_fault) {
  static const char *const names[] = {[MODE_NONE] = "", [MODE_TIMED] = "timed", [MODE_UNTIMED] = "untimed", [MODE_TUTOR] = "tutor"};
  char text[16];
  if (text_read(fields, COL_MODE, text, sizeof(text), ret_fault) == 0) {
    text_lower(text);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
      if (strcmp(text, names[i]) == 0) {
        *ret = (enum mode)i;
        return 0;
      }
    }
  }
  return refuse(ret_fault, COL_MODE, "write timed, untimed or tutor, or leave the cell empty");
}

/* "97 %", "97" and "0.97" are the same. A bare 1 could be one percent or certainty, and is asked back. */
static int p_pass_read(const char *const *fields, int32_t *ret_bp, struct result_fault *ret_fault) {
  char text[16];
  if (text_read(fields, COL_PRINTED_P_PASS, text, sizeof(text), ret_fault))
    return -1;
  size_t len = strlen(text);
  if (len == 0) {
    *ret_bp = RESULT_UNKNOWN;
    return 0;
  }
  bool percent = text[len - 1] == '%';
  if (percent) {
    do
      text[--len] = '\0';
    while (len > 0 && text[len - 1] == ' ');
  }
  if (!percent && strcmp(text, "1") == 0)
    return refuse(ret_fault, COL_PRINTED_P_PASS, "1 could mean 1 percent or certainty; write 1% or 100%");
  /* Hundredths of a percent: a percentage needs two decimals, a share four. */
  char *point = strchr(text, '.');
  int32_t centi = 0;
  if (result_parse_centi(text, &centi) || text[0] == '-')
    return refuse(ret_fault, COL_PRINTED_P_PASS, "write a probability as in 97% or 0.97, or leave the cell empty");
  if (percent || centi > 100 || !point) {
    *ret_bp = centi;
    return 0;
  }
  if (text[0] == '1') {
    *ret_bp = 10000;
    return 0;
  }
  char decimals[] = "0000";
  size_t n = strlen(point + 1);
  memcpy(decimals, point + 1, n < 4 ? n : 4);
  return result_parse_count(decimals, ret_bp);
}

/* ---------------------------------------------------------------- score and scale */

static int scale_read(const char *const *fields, struct result *r, bool counted, struct result_fault *ret_fault) {
  char name[LIMIT_INSTRUMENT_CHARS + 1];
  if (text_read(fields, COL_SCALE, name, sizeof(name), ret_fault))
    return -1;
  text_lower(name);
  const struct instrument *instrument = catalogue_instrument(r->instrument);
  const struct scale_info *scale = catalogue_scale_named(name);
  if (name[0] == '\0')
    r->scale = counted ? SCALE_PERCENT : instrument ? instrument->scale : SCALE_OWN;
  else if (scale)
    r->scale = scale->scale;
  else if (instrument)
    return refuse(ret_fault, COL_SCALE, "write epc, percent, three_digit, nbme800 or cbse_old, or leave the cell empty");
  else
    r->scale = SCALE_OWN; /* a word of the instrument's own */
  if (counted && r->scale != SCALE_PERCENT)
    return refuse(ret_fault, COL_SCORE,
                  "the score is missing; correct of items makes a raw percentage only, so add the score or set scale to percent");
  return 0;
}

static int score_read(const char *const *fields, struct result *r, struct result_fault *ret_fault) {
  const char *text = cell(fields, COL_SCORE);
  bool counted = *text == '\0';
  if (counted && (r->items == RESULT_UNKNOWN || r->correct == RESULT_UNKNOWN))
    return refuse(ret_fault, COL_SCORE, "the score is missing; give it, or both items and correct");
  if (scale_read(fields, r, counted, ret_fault))
    return -1;
  if (!counted) {
    if (result_parse_centi(text, &r->score_centi))
      return refuse(ret_fault, COL_SCORE, "the score is not a number; write it with digits and a point, such as 62.5");
    return 0;
  }
  /* The checks of items and correct come later and name them; here only what the division needs. */
  int64_t items = r->items > 0 ? r->items : 1;
  int64_t centi = (r->correct * INT64_C(10000) * 2 + items) / (2 * items);
  r->score_centi = centi > INT32_MAX ? INT32_MAX : (int32_t)centi;
  return 0;
}

/* ---------------------------------------------------------------- identity */

struct content {
  uint8_t bytes[512]; /* 11 numbers of 8 bytes and four texts of at most 65 */
  size_t len;
};

static void content_add_text(struct content *content, const char *text) {
  size_t len = strlen(text) + 1; /* the NUL divides it from what follows */
  memcpy(content->bytes + content->len, text, len);
  content->len += len;
}

static void content_add_number(struct content *content, int64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8)
    content->bytes[content->len++] = (uint8_t)((uint64_t)number >> shift);
}

/* The order and width of what is hashed can never change: ids already stored were made by it. */
static int id_make(struct results_csv_row *row) {
  struct result *r = &row->result;
  struct content content = {.len = 0};
  content_add_text(&content, "stepguard result 1");
  content_add_text(&content, row->student_id);
  content_add_text(&content, r->instrument);
  content_add_text(&content, r->form);
  const int64_t numbers[] = {r->taken_at_ms, r->scale,           r->score_centi,      r->mode,
                             r->repeat,      r->items,           r->correct,          r->omitted,
                             r->seconds,     r->seconds_allowed, r->printed_p_pass_bp};
  for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
    content_add_number(&content, numbers[i]);
  uint8_t digest[SHA256_DIGEST_LENGTH];
  if (EVP_Digest(content.bytes, content.len, digest, NULL, EVP_sha256(), NULL) != 1)
    return -1;
  uuid8_make(r->id, r->taken_at_ms, digest);
  return 0;
}

static int id_read(const char *const *fields, struct results_csv_row *row, struct result_fault *ret_fault) {
  const char *text = cell(fields, COL_RESULT_ID);
  row->has_id = *text != '\0';
  if (!row->has_id)
    return id_make(row) == 0 ? 0 : refuse(ret_fault, COL_RESULT_ID, "no id could be made (out of memory); try again");
  if (uuid_parse(row->result.id, text))
    return refuse(ret_fault, COL_RESULT_ID, "the id is not a UUID; leave the cell empty and one is made");
  return 0;
}

/* ---------------------------------------------------------------- the row */

static int student_read(const struct results_csv *reader, const char *const *fields, struct results_csv_row *row,
                        struct result_fault *ret_fault) {
  if (text_read(fields, COL_STUDENT_ID, row->student_id, STUDENT_ID_CHARS + 1, ret_fault))
    return -1;
  if (reader->options.student_required && row->student_id[0] == '\0')
    return refuse(ret_fault, COL_STUDENT_ID, "the student is missing; name the student by the school's id");
  return 0;
}

static int cells_read(const struct results_csv *reader, const char *const *fields, struct results_csv_row *row,
                      struct result_fault *ret_fault) {
  struct result *r = &row->result;
  int32_t revision = 0;
  if (student_read(reader, fields, row, ret_fault) ||
      text_read(fields, COL_INSTRUMENT, r->instrument, sizeof(r->instrument), ret_fault) ||
      text_read(fields, COL_FORM, r->form, sizeof(r->form), ret_fault) || mode_read(fields, &r->mode, ret_fault) ||
      bool_read(fields, COL_REPEAT, &r->repeat, ret_fault) || bool_read(fields, COL_RETRACTED, &r->retracted, ret_fault) ||
      count_read(fields, COL_REVISION, &revision, ret_fault) || count_read(fields, COL_ITEMS, &r->items, ret_fault) ||
      count_read(fields, COL_CORRECT, &r->correct, ret_fault) || count_read(fields, COL_OMITTED, &r->omitted, ret_fault) ||
      count_read(fields, COL_SECONDS, &r->seconds, ret_fault) ||
      count_read(fields, COL_SECONDS_ALLOWED, &r->seconds_allowed, ret_fault) ||
      p_pass_read(fields, &r->printed_p_pass_bp, ret_fault))
    return -1;
  text_lower(r->instrument);
  r->revision = revision == RESULT_UNKNOWN ? 0 : (uint32_t)revision;
  const char *taken_at = cell(fields, COL_TAKEN_AT);
  if (*taken_at == '\0')
    return refuse(ret_fault, COL_TAKEN_AT, "the date is missing; write it as 2026-01-31 or 2026-01-31T09:30:00-05:00");
  int32_t day;
  if (reader->options.noon_ms && result_parse_day(taken_at, &day) == 0)
    r->taken_at_ms = reader->options.noon_ms(reader->options.noon_arg, day);
  else if (result_parse_time(taken_at, reader->options.zone_offset_s, &r->taken_at_ms))
    return refuse(ret_fault, COL_TAKEN_AT, "this is not a date; write it as 2026-01-31 or 2026-01-31T09:30:00-05:00");
  if (score_read(fields, r, ret_fault) || id_read(fields, row, ret_fault))
    return -1;
  return result_check(r, reader->options.now_ms, reader->options.known, reader->options.known_arg, ret_fault);
}

static enum column column_named(const char *name) {
  for (enum column i = 0; i < COLUMNS; i++)
    if (strcmp(results_csv_columns[i].name, name) == 0)
      return i;
  return COLUMNS;
}

static void row_take(void *arg, uint64_t line, const char *const *fields) {
  struct results_csv *reader = arg;
  struct results_csv_row row = {.has_id = false};
  struct result_fault fault;
  if (cells_read(reader, fields, &row, &fault) == 0) {
    reader->handler.row(reader->handler.arg, line, &row);
    return;
  }
  enum column column = column_named(fault.field);
  struct csv_finding finding;
  csv_finding_make(&finding, line, fault.field, column < COLUMNS ? cell(fields, column) : "", "%s", fault.reason);
  reader->handler.finding(reader->handler.arg, &finding);
}

static void finding_take(void *arg, const struct csv_finding *finding) {
  struct results_csv *reader = arg;
  reader->handler.finding(reader->handler.arg, finding);
}

/* ---------------------------------------------------------------- the reader */

struct results_csv *results_csv_new(const struct results_csv_options *options, const struct results_csv_handler *handler) {
  struct results_csv *reader = calloc(1, sizeof(*reader));
  if (!reader)
    return NULL;
  reader->options = *options;
  reader->handler = *handler;
  reader->reader =
      csv_reader_new(results_csv_columns, COLUMNS, &(struct csv_handler){.row = row_take, .finding = finding_take, .arg = reader});
  if (!reader->reader) {
    free(reader);
    return NULL;
  }
  return reader;
}

int results_csv_feed(struct results_csv *reader, const void *bytes, size_t len) {
  return csv_feed(reader->reader, bytes, len);
}

int results_csv_finish(struct results_csv *reader) {
  return csv_finish(reader->reader);
}

void results_csv_free(struct results_csv *reader) {
  if (!reader)
    return;
  csv_reader_free(reader->reader);
  free(reader);
}
