/*
 * "Question Details" of NBME INSIGHTS: one row a question, several forms in one file, in no order. A form becomes one result with
 * its counts, its time, and tallies by topic, by system of the outline and by task.
 *
 * The score is not in it. What can be counted is the raw percent, and NBME equates: the EPC stands on the score report only. So
 * it is taken from what is recorded here already for that form and day, or asked for, and a form without it is left out and said;
 * a raw percent in its place would be a score that nobody gave.
 *
 * The result's id is made of exam, form and the moment it was begun, not of the score, so that the file of next month, which has
 * the same forms and one more, adds one. A form that was typed in by hand before keeps its id: it gets the counts as a further
 * revision instead of standing here twice.
 */
#include "client/error.h"
#include "client/import.h"
#include "client/names.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  TAKES_MAX = 64, /* two years of INSIGHTS hold a dozen */
  AREAS = UINT8_MAX + 1,
  CBSSA_ITEMS = 200,
  FAR_FROM_RAW = 1500, /* hundredths: equating moves a score by a few points */
  TRIES = 3,           /* at one answer */
};

#define DAY_MS INT64_C(86400000)

enum column { TAKE, MARK, DESCRIPTION, TASK, ANSWER, SECONDS, PACE, QUESTION, COLUMNS };

/* clang-format off */
static const struct csv_column columns[COLUMNS] = {
    [TAKE]        = {"exam_take",           "exam",                     true},
    [MARK]        = {"correct_/_incorrect", "correct/incorrect result", true},
    [DESCRIPTION] = {"content_description", NULL,                       true},
    [TASK]        = {"content_topic",       NULL,                       false},
    [ANSWER]      = {"answer_selected",     NULL,                       false},
    [SECONDS]     = {"time_(sec)",          "time_(seconds) time",      false},
    [PACE]        = {"timing",              NULL,                       false},
    [QUESTION]    = {"question_id",         NULL,                       false},
};
/* clang-format on */

struct take {
  const char *written; /* the cell, which names it */
  char code[LIMIT_INSTRUMENT_CHARS + 1], form[LIMIT_FORM_CHARS + 1], when[DATES_TEXT];
  int64_t taken_ms;
  bool known; /* an exam of Step 1, with a day */
  uint64_t line, skipped;
  uint32_t items, correct, omitted;
  int64_t centiseconds;
  bool timed, untimed;
  uint16_t area_items[AREAS], area_correct[AREAS];
  const char *questions[LIMIT_ITEMS];
};

struct nbme {
  struct import *import;
  const struct sheet *sheet;
  int at[COLUMNS]; /* in the sheet; -1: it has none */
  struct take *takes;
  size_t n;
};

static int column_at(const struct sheet *sheet, enum column column) {
  for (size_t i = 0; i < sheet->columns; i++)
    if (csv_column_is(&columns[column], sheet->name[i]))
      return (int)i;
  return -1;
}

bool nbme_recognise(const struct sheet *sheet) {
  return column_at(sheet, TAKE) >= 0 && column_at(sheet, MARK) >= 0 && column_at(sheet, DESCRIPTION) >= 0;
}

static const char *cell(const struct nbme *nbme, const struct sheet_row *row, enum column column) {
  return nbme->at[column] >= 0 ? row->cell[nbme->at[column]] : "";
}

/* ---------------------------------------------------------------- which exam */

/* "Comp Basic Sci SELF | Form 25 | 9/20/2023 | 10:29PM" */
static bool take_read(struct take *take, int32_t offset_s) {
  char part[4][80] = {""};
  size_t n = 0;
  for (const char *at = take->written; n < 4; n++) {
    const char *bar = n < 3 ? strchr(at, '|') : NULL;
    size_t len = bar != NULL ? (size_t)(bar - at) : strlen(at);
    while (len > 0 && *at == ' ')
      at++, len--;
    while (len > 0 && at[len - 1] == ' ')
      len--;
    if (len >= sizeof part[n])
      return false;
    memcpy(part[n], at, len);
    if (bar == NULL)
      break;
    at = bar + 1;
  }
  char name[2 * sizeof part[0]], when[2 * sizeof part[0]];
  snprintf(name, sizeof name, "%s %s", part[0], part[1]);
  snprintf(when, sizeof when, "%s %s", part[2], part[3]);
  return names_exam(name, take->code, take->form) && dates_read(when, DATES_MDY, offset_s, take->when) != DATES_NONE &&
         result_parse_time(take->when, offset_s, &take->taken_ms) == 0;
}

static struct take *take_of(struct nbme *nbme, const struct sheet_row *row) {
  const char *written = cell(nbme, row, TAKE);
  for (size_t i = nbme->n; i-- > 0;)
    if (strcmp(nbme->takes[i].written, written) == 0)
      return &nbme->takes[i];
  if (nbme->n == TAKES_MAX)
    return NULL;
  struct take *take = &nbme->takes[nbme->n++];
  take->written = written;
  take->line = row->line;
  take->known = take_read(take, nbme->import->offset_s);
  return take;
}

/* ---------------------------------------------------------------- one question */

static void tally(struct take *take, uint8_t area, bool correct) {
  if (area == 0)
    return;
  take->area_items[area]++;
  take->area_correct[area] = (uint16_t)(take->area_correct[area] + correct);
}

static bool question_seen(struct take *take, const char *id) {
  for (uint32_t i = 0; id[0] != '\0' && i < take->items; i++)
    if (strcmp(take->questions[i], id) == 0)
      return true;
  return false;
}

/* 1 correct, 0 not, -1 not told. */
static int mark_read(const char *mark, const char *answer) {
  if (strcmp(mark, "Correct") == 0 || strcmp(mark, "correct") == 0)
    return 1;
  if (strcmp(mark, "Incorrect") == 0 || strcmp(mark, "incorrect") == 0 || strcmp(mark, "Omitted") == 0)
    return 0;
  return mark[0] == '\0' && answer[0] == '\0' ? 0 : -1;
}

static void question_take(struct nbme *nbme, const struct sheet_row *row) {
  struct import *import = nbme->import;
  const char *mark = cell(nbme, row, MARK), *answer = cell(nbme, row, ANSWER), *id = cell(nbme, row, QUESTION);
  const char *description = cell(nbme, row, DESCRIPTION);
  struct take *take = take_of(nbme, row);
  int correct = mark_read(mark, answer);
  uint8_t topic = 0, system = 0;
  int32_t centiseconds = 0;
  if (take == NULL) {
    import_refuse(import, row->line, "Exam Take", cell(nbme, row, TAKE), "a file can have %d exams; export fewer at a time",
                  TAKES_MAX);
  } else if (!take->known) {
    if (take->skipped++ == 0)
      import_refuse(
          import, row->line, "Exam Take", take->written,
          "no exam of Step 1 is named here as NBME does (Comp Basic Sci SELF | Form 25 | 9/20/2023 | 10:29PM); its questions "
          "are left out");
  } else if (correct < 0) {
    take->skipped++;
    import_refuse(import, row->line, "Correct / Incorrect", mark, "write Correct or Incorrect, or export the file again");
  } else if (question_seen(take, id)) {
    import_warn(import, row->line, "Question Id", id,
                "this question of the form stands in an earlier line already; it counts once");
  } else if (take->items == LIMIT_ITEMS) {
    import_refuse(import, row->line, "Exam Take", take->written, "an exam can have %d questions", LIMIT_ITEMS);
  } else {
    take->questions[take->items++] = id;
    take->correct += (uint32_t)correct;
    take->omitted += answer[0] == '\0' && nbme->at[ANSWER] >= 0;
    if (result_parse_centi(cell(nbme, row, SECONDS), &centiseconds) == 0 && centiseconds > 0)
      take->centiseconds += centiseconds;
    take->timed |= strncmp(cell(nbme, row, PACE), "Standard", strlen("Standard")) == 0;
    take->untimed |= strncmp(cell(nbme, row, PACE), "Self", strlen("Self")) == 0;
    if (names_nbme_topic(description, strcspn(description, ":"), &topic, &system)) {
      tally(take, topic, correct == 1);
      tally(take, system, correct == 1);
    } else {
      import_warn(import, row->line, "Content Description", description,
                  "this topic is not known here; the question counts in the "
                  "whole and in no area");
    }
    tally(take, names_nbme_task(cell(nbme, row, TASK)), correct == 1);
  }
}

/* ---------------------------------------------------------------- a form as a row of results.csv */

enum out {
  ID,
  REVISION,
  INSTRUMENT,
  FORM,
  TAKEN_AT,
  SCALE,
  SCORE,
  ITEMS,
  CORRECT,
  OMITTED,
  TIME_USED,
  MODE,
  REPEAT,
  PRINTED,
  OUTS
};
static const char *const out_names[OUTS] = {"result_id", "revision", "instrument", "form",          "taken_at",
                                            "scale",     "score",    "items",      "correct",       "omitted",
                                            "seconds",   "mode",     "repeat",     "printed_p_pass"};

static int take_id(const struct take *take, uint8_t ret[UUID_BYTES]) {
  char text[256];
  uint8_t digest[EVP_MAX_MD_SIZE];
  int n = snprintf(text, sizeof text, "stepguard nbme take 1|%s|%s|%" PRId64, take->code, take->form, take->taken_ms);
  if (EVP_Digest(text, (size_t)n, digest, NULL, EVP_sha256(), NULL) != 1)
    return -1;
  uuid8_make(ret, take->taken_ms, digest);
  return 0;
}

/* What is recorded here of it: by its id, or typed in for that form and day. */
static int take_before(struct nbme *nbme, const struct take *take, uint8_t id[UUID_BYTES], struct sg_row *ret, bool *ret_found,
                       struct sg_error *ret_error) {
  struct outbox *outbox = nbme->import->client->outbox;
  int status = outbox_latest(outbox, id, ret, ret_found, ret_error);
  if (status != SG_OK || *ret_found)
    return status;
  int64_t offset_ms = nbme->import->offset_s * INT64_C(1000), local = take->taken_ms + offset_ms;
  int64_t midnight = local - local % DAY_MS - offset_ms;
  status = outbox_find_form(outbox, take->code, take->form, midnight, midnight + DAY_MS, ret, ret_found, ret_error);
  if (status == SG_OK && *ret_found)
    memcpy(id, ret->result.id, UUID_BYTES);
  return status;
}

/* The EPC in hundredths, or -1: nobody knows it. */
static int32_t take_epc(struct nbme *nbme, const struct take *take, const struct sg_row *before, bool found) {
  int32_t raw = (int32_t)((take->correct * INT64_C(10000) + take->items / 2) / take->items), epc = -1;
  bool recorded = found && before->result.scale == SCALE_EPC;
  char subject[80], text[256], preset[24] = "", answer[SG_ANSWER_CAP];
  snprintf(subject, sizeof subject, "%s@%.10s", take->form, take->when);
  snprintf(text, sizeof text,
           "Form %s of %.10s, %" PRIu32 " of %" PRIu32 " correct (%d %%): the equated percent (EPC) on its report", take->form,
           take->when, take->correct, take->items, (int)((raw + 50) / 100));
  if (recorded)
    snprintf(preset, sizeof preset, "%" PRId32 ".%02" PRId32, before->result.score_centi / 100, before->result.score_centi % 100);
  struct sg_question question = {.kind = SG_ASK_EPC, .subject = subject, .text = text, .preset = preset};
  for (int tries = 0; tries < TRIES && import_ask(nbme->import, &question, answer) && answer[0] != '\0'; tries++) {
    if (result_parse_centi(answer, &epc) == 0 && epc >= 0 && epc <= 10000) {
      if (epc > raw + FAR_FROM_RAW || epc < raw - FAR_FROM_RAW)
        import_warn(nbme->import, take->line, "score", answer, "this is far from the %d %% correct; compare it with the report",
                    (int)((raw + 50) / 100));
      return epc;
    }
    epc = -1;
    question.wrong = "An EPC is a number from 0 to 100.";
  }
  if (recorded)
    return before->result.score_centi;
  import_refuse(nbme->import, take->line, "score", "",
                "the file has no score of form %s, and %d %% correct is not its EPC; take that from the report: --epc %s=NN",
                take->form, (int)((raw + 50) / 100), take->form);
  return -1;
}

static bool form_before(const struct nbme *nbme, const struct take *take) {
  for (size_t i = 0; i < nbme->n; i++)
    if (nbme->takes[i].known && nbme->takes[i].taken_ms < take->taken_ms && strcmp(nbme->takes[i].code, take->code) == 0 &&
        strcmp(nbme->takes[i].form, take->form) == 0)
      return true;
  return false;
}

static struct sheet_subs *take_subs(struct sheet *draft, const struct take *take) {
  struct sheet_subs *subs = sheet_alloc(draft, sizeof *subs);
  for (unsigned area = 0; subs != NULL && area < AREAS && subs->n < LIMIT_SUBSCORES; area++) {
    if (take->area_items[area] == 0)
      continue;
    subs->area[subs->n] = (uint8_t)area;
    subs->items[subs->n] = take->area_items[area];
    subs->correct[subs->n++] = take->area_correct[area];
  }
  return subs;
}

static void take_row(struct nbme *nbme, const struct take *take, const uint8_t id[UUID_BYTES], int32_t epc,
                     const struct sg_row *before, bool found) {
  struct sheet *draft = &nbme->import->draft;
  struct sheet_row *row = sheet_row_add(draft, take->line);
  char text[UUID_TEXT];
  if (row == NULL)
    return;
  uuid_format(text, id);
  const struct result *old = &before->result;
  bool seen = found ? old->repeat : form_before(nbme, take);
  bool paced = take->timed != take->untimed;
  row->cell[ID] = sheet_text(draft, text, strlen(text));
  row->cell[REVISION] = sheet_format(draft, "%" PRIu32, found ? old->revision : 0);
  row->cell[INSTRUMENT] = sheet_text(draft, take->code, strlen(take->code));
  row->cell[FORM] = sheet_text(draft, take->form, strlen(take->form));
  row->cell[TAKEN_AT] = sheet_text(draft, take->when, strlen(take->when));
  row->cell[SCALE] = "epc";
  row->cell[SCORE] = sheet_format(draft, "%" PRId32 ".%02" PRId32, epc / 100, epc % 100);
  row->cell[ITEMS] = sheet_format(draft, "%" PRIu32, take->items);
  row->cell[CORRECT] = sheet_format(draft, "%" PRIu32, take->correct);
  if (nbme->at[ANSWER] >= 0)
    row->cell[OMITTED] = sheet_format(draft, "%" PRIu32, take->omitted);
  if (take->centiseconds > 0 && take->centiseconds / 100 <= LIMIT_SECONDS)
    row->cell[TIME_USED] = sheet_format(draft, "%" PRId64, (take->centiseconds + 50) / 100);
  row->cell[MODE] = paced ? (take->timed ? "timed" : "untimed") : "";
  row->cell[REPEAT] = seen ? "1" : "0";
  if (found && old->printed_p_pass_bp != RESULT_UNKNOWN)
    row->cell[PRINTED] =
        sheet_format(draft, "%" PRId32 ".%02" PRId32 "%%", old->printed_p_pass_bp / 100, old->printed_p_pass_bp % 100);
  row->subs = take_subs(draft, take);
  row->revises = true;
}

static int take_draft(struct nbme *nbme, const struct take *take, struct sg_error *ret_error) {
  struct import *import = nbme->import;
  uint8_t id[UUID_BYTES];
  struct sg_row before;
  bool found = false;
  if (!take->known || take->items == 0)
    return SG_OK;
  if (take_id(take, id) != 0)
    return error_system(ret_error, ENOMEM, "Cannot read the file");
  int status = take_before(nbme, take, id, &before, &found, ret_error);
  if (status != SG_OK)
    return status;
  if (found && before.result.retracted) {
    import_warn(import, take->line, "Exam Take", take->written,
                "this result was withdrawn here and stays so; to have it back: "
                "stepguard edit %" PRIu32 " --restore",
                before.number);
    return SG_OK;
  }
  if (strcmp(take->code, "cbssa") == 0 && take->items < CBSSA_ITEMS)
    import_warn(import, take->line, "Exam Take", take->written, "the file has %" PRIu32 " of this form's %d questions", take->items,
                CBSSA_ITEMS);
  int32_t epc = take_epc(nbme, take, &before, found);
  if (epc >= 0)
    take_row(nbme, take, id, epc, &before, found);
  return SG_OK;
}

static int take_order(const void *a, const void *b) {
  const struct take *x = a, *y = b;
  return (x->taken_ms > y->taken_ms) - (x->taken_ms < y->taken_ms);
}

int nbme_draft(struct import *import, const struct sheet *sheet, struct sg_error *ret_error) {
  struct nbme nbme = {.import = import, .sheet = sheet, .takes = calloc(TAKES_MAX, sizeof *nbme.takes)};
  if (nbme.takes == NULL)
    return error_system(ret_error, ENOMEM, "Cannot read the file");
  for (enum column i = 0; i < COLUMNS; i++)
    nbme.at[i] = column_at(sheet, i);
  for (size_t i = 0; i < OUTS; i++)
    (void)sheet_column_add(&import->draft, out_names[i]);
  for (size_t i = 0; i < sheet->n; i++)
    question_take(&nbme, &sheet->rows[i]);
  qsort(nbme.takes, nbme.n, sizeof *nbme.takes, take_order);
  int status = SG_OK;
  for (size_t i = 0; status == SG_OK && i < nbme.n; i++)
    status = take_draft(&nbme, &nbme.takes[i], ret_error);
  free(nbme.takes);
  return status;
}
