/*
 * A table that is in no form known here: which of its columns is what is asked once, and remembered for the next file with the
 * same header.
 *
 * A file's shape is the digest of its header's names. What is remembered is text, a line an answer, so that it can be read and
 * mended with any SQLite tool:
 *
 *   column taken_at Test Date        this column of the file is that one of results.csv
 *   value instrument qbank_uworld    all rows have this
 *   exam Mehlman set A = qbank_other what the file calls an exam
 *
 * Only what a result cannot do without is asked for: the exam, the day, and the score or the counts. Everything else is taken
 * where the file names its column as results.csv does or by one of the aliases. Guessing columns from their values was rejected:
 * a column of numbers from 40 to 80 is a score, a count of questions and the number of a block.
 */
#include "client/error.h"
#include "client/import.h"
#include "client/names.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_CAP = OUTBOX_MEMORY_CAP, TRIES = 3, EXAMS_MAX = 64 };

enum field {
  INSTRUMENT,
  TAKEN_AT,
  SCORE,
  ITEMS,
  CORRECT,
  FORM,
  SCALE,
  OMITTED,
  SECONDS,
  ALLOWED,
  MODE,
  REPEAT,
  PRINTED,
  ID,
  FIELDS
};

struct field_row {
  const char *name;     /* in results.csv */
  const char *question; /* NULL: not asked for */
};

static const struct field_row fields[FIELDS] = {
    [INSTRUMENT] = {"instrument", "Which column says what it was (which exam, which question bank)?"},
    [TAKEN_AT] = {"taken_at", "Which column has the day?"},
    [SCORE] = {"score", "Which column has the score (Enter: none, it has counts)?"},
    [ITEMS] = {"items", "Which column has the number of questions?"},
    [CORRECT] = {"correct", "Which column has how many were correct?"},
    [FORM] = {"form", NULL},
    [SCALE] = {"scale", NULL},
    [OMITTED] = {"omitted", NULL},
    [SECONDS] = {"seconds", NULL},
    [ALLOWED] = {"seconds_allowed", NULL},
    [MODE] = {"mode", NULL},
    [REPEAT] = {"repeat", NULL},
    [PRINTED] = {"printed_p_pass", NULL},
    [ID] = {"result_id", NULL},
};

struct exam {
  const char *written, *code; /* code may have a form behind it; "" leaves the rows out */
};

struct mapping {
  struct import *import;
  const struct sheet *sheet;
  int column[FIELDS];                /* of the file; -1: none */
  char value[FIELDS][SG_ANSWER_CAP]; /* for all rows, where it has no column; or "" */
  char body[BODY_CAP];               /* what is remembered, old and new */
  bool learned;                      /* something was answered */
  struct exam exams[EXAMS_MAX];
  size_t exams_n;
};

/* ---------------------------------------------------------------- what is remembered */

static int shape_name(const struct sheet *sheet, char ret[80]) {
  EVP_MD_CTX *digest = EVP_MD_CTX_new();
  uint8_t hash[EVP_MAX_MD_SIZE];
  bool good = digest != NULL && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1;
  for (size_t i = 0; good && i < sheet->columns; i++)
    good = EVP_DigestUpdate(digest, sheet->name[i], strlen(sheet->name[i]) + 1) == 1;
  good = good && EVP_DigestFinal_ex(digest, hash, NULL) == 1;
  EVP_MD_CTX_free(digest);
  if (!good)
    return -1;
  int n = snprintf(ret, 80, "columns ");
  for (size_t i = 0; i < 16; i++)
    n += snprintf(ret + n, 80 - (size_t)n, "%02x", hash[i]);
  return 0;
}

static void learn(struct mapping *mapping, const char *kind, const char *what, const char *joint, const char *answer) {
  size_t len = strlen(mapping->body);
  int n = snprintf(mapping->body + len, BODY_CAP - len, "%s %s%s%s\n", kind, what, joint, answer);
  if (n < 0 || (size_t)n >= BODY_CAP - len)
    mapping->body[len] = '\0'; /* full: it will be asked again */
  mapping->learned = true;
}

static int field_named(const char *name, size_t len) {
  for (int i = 0; i < FIELDS; i++)
    if (strlen(fields[i].name) == len && strncmp(fields[i].name, name, len) == 0)
      return i;
  return -1;
}

/* As in the file, letter by letter: the digest has seen to it that the header is the same. */
static int column_named(const struct sheet *sheet, const char *name, size_t len) {
  for (size_t i = 0; i < sheet->columns; i++)
    if (strlen(sheet->name[i]) == len && strncmp(sheet->name[i], name, len) == 0)
      return (int)i;
  return -1;
}

static void exam_learn(struct mapping *mapping, const char *written, const char *code) {
  if (mapping->exams_n < EXAMS_MAX)
    mapping->exams[mapping->exams_n++] = (struct exam){written, code};
}

static void line_recall(struct mapping *mapping, const char *line, size_t len) {
  size_t kind = strcspn(line, " \n"), word;
  const char *rest = line + kind + 1, *end = line + len;
  if (kind >= len)
    return;
  if (kind == 4 && strncmp(line, "exam", 4) == 0) {
    for (const char *at = end - 3; at > rest; at--) {
      if (strncmp(at, " = ", 3) != 0)
        continue;
      struct sheet *texts = &mapping->import->draft;
      exam_learn(mapping, sheet_text(texts, rest, (size_t)(at - rest)), sheet_text(texts, at + 3, (size_t)(end - at - 3)));
      return;
    }
    return;
  }
  word = strcspn(rest, " \n");
  int field = field_named(rest, word);
  if (field < 0 || rest + word >= end)
    return;
  rest += word + 1;
  if (kind == 6 && strncmp(line, "column", 6) == 0)
    mapping->column[field] = column_named(mapping->sheet, rest, (size_t)(end - rest));
  else if ((size_t)(end - rest) < SG_ANSWER_CAP)
    snprintf(mapping->value[field], SG_ANSWER_CAP, "%.*s", (int)(end - rest), rest);
}

static void recall(struct mapping *mapping) {
  for (const char *at = mapping->body; *at != '\0';) {
    size_t len = strcspn(at, "\n");
    line_recall(mapping, at, len);
    at += len + (at[len] == '\n');
  }
}

/* ---------------------------------------------------------------- asking for columns */

static bool known(const struct mapping *mapping, enum field field) {
  return mapping->column[field] >= 0 || mapping->value[field][0] != '\0';
}

static void examples_of(const struct sheet *sheet, const char *ret[CSV_MAX_COLUMNS]) {
  for (size_t i = 0; i < sheet->columns; i++) {
    ret[i] = "";
    for (size_t j = 0; j < sheet->n && ret[i][0] == '\0'; j++)
      ret[i] = sheet->rows[j].cell[i];
  }
}

/* False: nobody could say. An empty answer is one. */
static bool column_ask(struct mapping *mapping, enum field field) {
  const char *examples[CSV_MAX_COLUMNS];
  char answer[SG_ANSWER_CAP];
  examples_of(mapping->sheet, examples);
  struct sg_question question = {.kind = SG_ASK_COLUMN,
                                 .subject = fields[field].name,
                                 .text = fields[field].question,
                                 .choices = mapping->sheet->name,
                                 .examples = examples,
                                 .choices_n = mapping->sheet->columns,
                                 .preset = ""};
  for (int tries = 0; tries < TRIES && import_ask(mapping->import, &question, answer); tries++) {
    int column = column_named(mapping->sheet, answer, strlen(answer));
    if (answer[0] == '\0')
      return true;
    if (answer[0] == '=' && answer[1] != '\0') {
      snprintf(mapping->value[field], SG_ANSWER_CAP, "%s", answer + 1);
      learn(mapping, "value", fields[field].name, " ", answer + 1);
      return true;
    }
    if (column >= 0) {
      mapping->column[field] = column;
      learn(mapping, "column", fields[field].name, " ", answer);
      return true;
    }
    question.wrong = "The file has no such column.";
  }
  return false;
}

static void column_missing(struct mapping *mapping, enum field field) {
  import_refuse(mapping->import, mapping->sheet->head_line, fields[field].name, "",
                "the header has no such column; say which one it is: --map %s=COLUMN, or the same for all rows: --map %s==VALUE",
                fields[field].name, fields[field].name);
}

/* What the header names by itself, what was answered before, and what is left to ask. */
static bool columns_find(struct mapping *mapping) {
  for (int i = 0; i < FIELDS; i++)
    if (!known(mapping, (enum field)i))
      mapping->column[i] = results_column(mapping->sheet, fields[i].name);
  for (enum field i = INSTRUMENT; i <= SCORE; i++)
    if (!known(mapping, i))
      (void)column_ask(mapping, i);
  for (enum field i = ITEMS; i <= CORRECT; i++)
    if (!known(mapping, SCORE) && !known(mapping, i))
      (void)column_ask(mapping, i);
  bool whole = known(mapping, INSTRUMENT) && known(mapping, TAKEN_AT);
  bool scored = known(mapping, SCORE) || (known(mapping, ITEMS) && known(mapping, CORRECT));
  if (!known(mapping, INSTRUMENT))
    column_missing(mapping, INSTRUMENT);
  if (!known(mapping, TAKEN_AT))
    column_missing(mapping, TAKEN_AT);
  if (!scored)
    column_missing(mapping, SCORE);
  return whole && scored;
}

/* ---------------------------------------------------------------- exams by other names */

static const char *exam_answered(const struct mapping *mapping, const char *written) {
  for (size_t i = 0; i < mapping->exams_n; i++)
    if (strcmp(mapping->exams[i].written, written) == 0)
      return mapping->exams[i].code;
  return NULL;
}

/* The length of the code that an answer begins with; 0: none in the catalogue. */
static size_t code_length(const char *answer) {
  char code[LIMIT_INSTRUMENT_CHARS + 1];
  size_t len = strcspn(answer, " ");
  if (len == 0 || len > LIMIT_INSTRUMENT_CHARS)
    return 0;
  memcpy(code, answer, len);
  code[len] = '\0';
  return catalogue_instrument(code) != NULL ? len : 0;
}

/* What the file calls an exam, in the catalogue's words; NULL: nobody knows, so the reader refuses the row. */
static const char *exam_find(struct mapping *mapping, const char *written) {
  struct sheet *texts = &mapping->import->draft;
  char code[LIMIT_INSTRUMENT_CHARS + 1], form[LIMIT_FORM_CHARS + 1], text[200], answer[SG_ANSWER_CAP];
  const char *before = exam_answered(mapping, written);
  if (before != NULL || written[0] == '\0' || code_length(written) > 0 || names_exam(written, code, form))
    return before;
  const char *codes[64];
  size_t n = catalogue_instruments_n < 64 ? catalogue_instruments_n : 64;
  for (size_t i = 0; i < n; i++)
    codes[i] = catalogue_instruments[i].code;
  snprintf(text, sizeof text, "What is \"%.60s\"? A code, a form behind it where there is one (Enter: leave it out)", written);
  struct sg_question question = {
      .kind = SG_ASK_INSTRUMENT, .subject = written, .text = text, .choices = codes, .choices_n = n, .preset = ""};
  for (int tries = 0; tries < TRIES && import_ask(mapping->import, &question, answer); tries++) {
    if (answer[0] == '\0' || code_length(answer) > 0) {
      exam_learn(mapping, written, sheet_text(texts, answer, strlen(answer)));
      learn(mapping, "exam", written, " = ", answer);
      return exam_answered(mapping, written);
    }
    question.wrong = "No instrument has that code.";
  }
  return NULL;
}

static void row_draft(struct mapping *mapping, const struct sheet_row *from) {
  struct sheet *draft = &mapping->import->draft;
  struct sheet_row *row = sheet_row_add(draft, from->line);
  if (row == NULL)
    return;
  for (int i = 0; i < FIELDS; i++) {
    const char *value = mapping->column[i] >= 0 ? from->cell[mapping->column[i]] : mapping->value[i];
    row->cell[i] = sheet_text(draft, value, strlen(value));
  }
  const char *written = row->cell[INSTRUMENT], *exam = exam_find(mapping, written);
  if (exam == NULL)
    return;
  size_t code = strcspn(exam, " ");
  if (code == 0) {
    import_warn(mapping->import, from->line,
                mapping->sheet->name[mapping->column[INSTRUMENT] >= 0 ? mapping->column[INSTRUMENT] : 0], written,
                "left out, as you said");
    row->dropped = true;
    return;
  }
  row->cell[INSTRUMENT] = sheet_text(draft, exam, code);
  if (exam[code] == ' ' && row->cell[FORM][0] == '\0')
    row->cell[FORM] = exam + code + 1;
}

/* ---------------------------------------------------------------- all of it */

int mapping_draft(struct import *import, const struct sheet *sheet, struct sg_error *ret_error) {
  char name[80];
  struct mapping *mapping = calloc(1, sizeof *mapping);
  int status = mapping != NULL && shape_name(sheet, name) == 0 ? SG_OK : error_system(ret_error, ENOMEM, "Cannot read the file");
  if (status != SG_OK)
    goto fail;
  mapping->import = import;
  mapping->sheet = sheet;
  import->draft.head_line = sheet->head_line;
  import->draft.separator = sheet->separator;
  for (int i = 0; i < FIELDS; i++) {
    mapping->column[i] = -1;
    (void)sheet_column_add(&import->draft, fields[i].name);
  }
  if (!import->options->anew)
    status = outbox_memory_get(import->client->outbox, name, mapping->body, BODY_CAP, ret_error);
  if (status != SG_OK)
    goto fail;
  recall(mapping);
  if (!columns_find(mapping)) {
    status =
        error_set(ret_error, SG_DATA,
                  "The file cannot be read as results: nothing was recorded. It needs to be known which columns are instrument, "
                  "taken_at and score (or items and correct); see: stepguard import --help");
    goto fail;
  }
  for (size_t i = 0; i < sheet->n; i++)
    row_draft(mapping, &sheet->rows[i]);
  if (mapping->learned) {
    import->map_name = strdup(name);
    import->map_body = strdup(mapping->body);
    if (import->map_name == NULL || import->map_body == NULL)
      status = error_system(ret_error, ENOMEM, "Cannot read the file");
  }
fail:
  free(mapping);
  return status;
}
