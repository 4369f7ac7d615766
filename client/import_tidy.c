/*
 * A sheet in the form of results.csv, as spreadsheets and people leave it, to what the reader of results.csv takes.
 *
 * Four things are mended, because the meaning is certain or somebody says it: days in the spreadsheet's form (dates.c), a comma
 * for the decimal point where the cells are parted by something else, an exam called by its name instead of its code, and a scale
 * that is told by the number. The last is where records go wrong silently: CBSSA reports had three scales in ten years, an old
 * CBSE of 62 is no EPC of 62, and 68 typed for a UWSA is a percentage and no three-digit score. So what a number can be is
 * looked at before the instrument's usual scale is assumed, and where two scales fit it is asked.
 *
 * Everything else stays as it is, for the reader to refuse with its line, column, value and remedy.
 */
#include "client/import.h"
#include "client/names.h"

#include <stdio.h>
#include <string.h>

/* 2021-01-01: CBSE and CBSSA report EPC from about then; by 2022-02-01 everywhere (evidence: facts 1 and 2). */
enum {
  EPC_BEGINS_DAY = 18628,
  EPC_EVERYWHERE_DAY = 19024,
  DAY_S = 86400,
  THREE_DIGIT_LEAST = 12000,
  EPC_MOST = 10000,
  OLD_CBSE_MOST = 13000,
  THREE_DIGIT_MOST = 30000
};

enum column { INSTRUMENT, FORM, TAKEN_AT, SCALE, SCORE, PRINTED, COLUMNS };
static const char *const names[COLUMNS] = {"instrument", "form", "taken_at", "scale", "score", "printed_p_pass"};

struct tidy {
  struct import *import;
  struct sheet *sheet;
  int at[COLUMNS]; /* -1: the sheet has no such column */
  enum dates_order order;
};

int results_column(const struct sheet *sheet, const char *name) {
  for (size_t i = 0; i < RESULTS_CSV_COLUMNS; i++) {
    if (strcmp(results_csv_columns[i].name, name) != 0)
      continue;
    int by_name = sheet_column(sheet, name);
    for (size_t j = 0; by_name < 0 && j < sheet->columns; j++)
      if (csv_column_is(&results_csv_columns[i], sheet->name[j]))
        return (int)j;
    return by_name;
  }
  return -1;
}

bool results_recognise(const struct sheet *sheet) {
  bool counted = results_column(sheet, "items") >= 0 && results_column(sheet, "correct") >= 0;
  return results_column(sheet, "instrument") >= 0 && results_column(sheet, "taken_at") >= 0 &&
         (results_column(sheet, "score") >= 0 || counted);
}

static const char *cell(const struct tidy *tidy, const struct sheet_row *row, enum column column) {
  return tidy->at[column] >= 0 ? row->cell[tidy->at[column]] : "";
}

static const char *copy(struct tidy *tidy, const char *text) {
  return sheet_text(tidy->sheet, text, strlen(text));
}

/* ---------------------------------------------------------------- days */

/* In which order the file writes its days: what one cell shows counts for all, unless another shows the opposite. */
static bool order_needed(const struct tidy *tidy, enum dates_order *ret) {
  size_t kinds[DATES_AMBIGUOUS + 1] = {0};
  char ignored[DATES_TEXT];
  for (size_t i = 0; i < tidy->sheet->n; i++)
    kinds[dates_read(cell(tidy, &tidy->sheet->rows[i], TAKEN_AT), DATES_UNCLEAR, 0, ignored)]++;
  bool mdy = kinds[DATES_MDY_ONLY] > 0, dmy = kinds[DATES_DMY_ONLY] > 0;
  *ret = mdy == dmy ? DATES_UNCLEAR : mdy ? DATES_MDY : DATES_DMY;
  return kinds[DATES_AMBIGUOUS] > 0 && *ret == DATES_UNCLEAR;
}

static void order_find(struct tidy *tidy) {
  static const char *const choices[] = {"mdy", "dmy"};
  char answer[SG_ANSWER_CAP], text[160], ignored[DATES_TEXT];
  const char *example = "";
  if (!order_needed(tidy, &tidy->order))
    return;
  for (size_t i = 0; i < tidy->sheet->n && example[0] == '\0'; i++) {
    const char *written = cell(tidy, &tidy->sheet->rows[i], TAKEN_AT);
    if (dates_read(written, DATES_UNCLEAR, 0, ignored) == DATES_AMBIGUOUS)
      example = written;
  }
  snprintf(text, sizeof text, "Days in this file are written like %.40s. Is the month first (mdy) or the day (dmy)?", example);
  const struct sg_question question = {
      .kind = SG_ASK_DATES, .subject = example, .text = text, .choices = choices, .choices_n = 2, .preset = ""};
  if (import_ask(tidy->import, &question, answer) && answer[0] != '\0')
    tidy->order = strcmp(answer, "dmy") == 0 ? DATES_DMY : DATES_MDY;
}

static void day_mend(struct tidy *tidy, struct sheet_row *row) {
  char iso[DATES_TEXT];
  const char *written = cell(tidy, row, TAKEN_AT);
  enum dates_kind kind = dates_read(written, tidy->order, tidy->import->offset_s, iso);
  if (kind == DATES_NONE || kind == DATES_ISO)
    return; /* the reader says what is wrong with it */
  if (kind == DATES_AMBIGUOUS && tidy->order == DATES_UNCLEAR) {
    import_refuse(tidy->import, row->line, tidy->sheet->name[tidy->at[TAKEN_AT]], written,
                  "month and day cannot be told apart; write it as 2026-01-31, or say --dates mdy or --dates dmy");
    row->dropped = true;
    return;
  }
  row->cell[tidy->at[TAKEN_AT]] = copy(tidy, iso);
}

/* ---------------------------------------------------------------- numbers */

/* "62,5" is a number where commas part no cells; "68 %" is 68. */
static void number_mend(struct tidy *tidy, struct sheet_row *row, enum column column) {
  char text[32];
  const char *written = cell(tidy, row, column);
  size_t len = strlen(written);
  if (len == 0 || len >= sizeof text)
    return;
  memcpy(text, written, len + 1);
  char *comma = strchr(text, ',');
  if (comma != NULL && tidy->sheet->separator != ',' && strchr(comma + 1, ',') == NULL && strchr(text, '.') == NULL)
    *comma = '.';
  while (column == SCORE && len > 1 && (text[len - 1] == '%' || text[len - 1] == ' '))
    text[--len] = '\0';
  if (strcmp(text, written) != 0)
    row->cell[tidy->at[column]] = copy(tidy, text);
}

/* ---------------------------------------------------------------- exams */

static void exam_mend(struct tidy *tidy, struct sheet_row *row) {
  char code[LIMIT_INSTRUMENT_CHARS + 1], form[LIMIT_FORM_CHARS + 1];
  const char *written = cell(tidy, row, INSTRUMENT);
  size_t len = strlen(written);
  for (size_t i = 0; len <= LIMIT_INSTRUMENT_CHARS && i <= len; i++)
    code[i] = (char)(written[i] >= 'A' && written[i] <= 'Z' ? written[i] - 'A' + 'a' : written[i]);
  if (len == 0 || (len <= LIMIT_INSTRUMENT_CHARS && catalogue_instrument(code) != NULL) || !names_exam(written, code, form))
    return;
  if (form[0] != '\0' && cell(tidy, row, FORM)[0] != '\0')
    return; /* two forms: the reader refuses the name */
  if (form[0] != '\0' && tidy->at[FORM] < 0)
    return;
  row->cell[tidy->at[INSTRUMENT]] = copy(tidy, code);
  if (form[0] != '\0')
    row->cell[tidy->at[FORM]] = copy(tidy, form);
}

/* ---------------------------------------------------------------- scales */

struct scales {
  enum scale one, other; /* other SCALE_NONE: it is certain */
};

/* What scale a number can be on, where the file does not say. SCALE_NONE: the instrument's usual one, for the reader to check. */
static struct scales scale_of(const struct instrument *instrument, int32_t centi, int32_t day) {
  bool nbme = instrument->scale == SCALE_EPC;
  if (instrument->scale == SCALE_THREE_DIGIT && centi <= EPC_MOST)
    return (struct scales){SCALE_PERCENT, SCALE_THREE_DIGIT};
  if (!nbme || day >= EPC_EVERYWHERE_DAY) /* 680 is a slip for 68.0 now, and no score on a scale that is gone */
    return (struct scales){SCALE_NONE, SCALE_NONE};
  if (centi > THREE_DIGIT_MOST)
    return (struct scales){SCALE_NBME800, SCALE_NONE};
  if (centi >= THREE_DIGIT_LEAST && centi > OLD_CBSE_MOST)
    return (struct scales){SCALE_THREE_DIGIT, SCALE_NONE};
  bool cbse = strcmp(instrument->code, "cbse") == 0;
  if (centi > EPC_MOST)
    return cbse                         ? (struct scales){SCALE_CBSE_OLD, SCALE_THREE_DIGIT}
           : centi >= THREE_DIGIT_LEAST ? (struct scales){SCALE_THREE_DIGIT, SCALE_NONE}
                                        : (struct scales){SCALE_NONE, SCALE_NONE};
  if (cbse)
    return day < EPC_BEGINS_DAY ? (struct scales){SCALE_CBSE_OLD, SCALE_EPC} : (struct scales){SCALE_EPC, SCALE_CBSE_OLD};
  return (struct scales){SCALE_NONE, SCALE_NONE};
}

static const char *scale_name(enum scale scale) {
  return catalogue_scale(scale)->name;
}

static bool scale_ask(struct tidy *tidy, struct sheet_row *row, const struct instrument *instrument, struct scales scales,
                      char ret[SG_ANSWER_CAP]) {
  const char *const choices[] = {scale_name(scales.one), scale_name(scales.other)};
  char text[256];
  snprintf(text, sizeof text, "Line %lu: is %.20s for %s %s or %s?", (unsigned long)row->line, cell(tidy, row, SCORE),
           instrument->name, choices[0], choices[1]);
  const struct sg_question question = {
      .kind = SG_ASK_SCALE, .subject = instrument->code, .text = text, .choices = choices, .choices_n = 2, .preset = ""};
  return import_ask(tidy->import, &question, ret) && ret[0] != '\0';
}

static void scale_mend(struct tidy *tidy, struct sheet_row *row) {
  const struct instrument *instrument = catalogue_instrument(cell(tidy, row, INSTRUMENT));
  int32_t centi = 0;
  int64_t ms = 0;
  char answer[SG_ANSWER_CAP];
  if (tidy->at[SCALE] < 0 || tidy->at[SCORE] < 0 || cell(tidy, row, SCALE)[0] != '\0' || instrument == NULL ||
      result_parse_centi(cell(tidy, row, SCORE), &centi) != 0 ||
      result_parse_time(cell(tidy, row, TAKEN_AT), tidy->import->offset_s, &ms) != 0)
    return;
  struct scales scales = scale_of(instrument, centi, (int32_t)(ms / 1000 / DAY_S));
  if (scales.one == SCALE_NONE)
    return;
  if (scales.other == SCALE_NONE) {
    row->cell[tidy->at[SCALE]] = scale_name(scales.one);
    import_warn(tidy->import, row->line, tidy->sheet->name[tidy->at[SCORE]], cell(tidy, row, SCORE),
                "read on the scale %s, as %s reported it", scale_name(scales.one), instrument->maker);
  } else if (scale_ask(tidy, row, instrument, scales, answer)) {
    row->cell[tidy->at[SCALE]] = copy(tidy, answer);
  } else {
    import_refuse(tidy->import, row->line, tidy->sheet->name[tidy->at[SCORE]], cell(tidy, row, SCORE),
                  "for %s this can be %s or %s; say which in the column scale, or with --scale %s", instrument->code,
                  scale_name(scales.one), scale_name(scales.other), scale_name(scales.one));
    row->dropped = true;
  }
}

/* ---------------------------------------------------------------- all of it */

/* Columns that a mended cell may need. A sheet's columns cannot grow once it has rows, so the rows move. */
static void columns_ensure(struct sheet *sheet) {
  static const char *const wanted[] = {"form", "scale"};
  for (size_t i = 0; i < 2 && sheet->columns < CSV_MAX_COLUMNS; i++) {
    if (results_column(sheet, wanted[i]) >= 0)
      continue;
    size_t at = sheet->columns;
    for (size_t j = 0; j < sheet->n; j++) {
      const char **wider = sheet_alloc(sheet, (at + 1) * sizeof *wider);
      if (wider == NULL)
        return;
      memcpy(wider, sheet->rows[j].cell, at * sizeof *wider);
      wider[at] = "";
      sheet->rows[j].cell = wider;
    }
    (void)sheet_column_add(sheet, wanted[i]);
  }
}

void tidy_sheet(struct import *import, struct sheet *sheet) {
  struct tidy tidy = {.import = import, .sheet = sheet};
  columns_ensure(sheet);
  if (sheet->failed)
    return; /* the caller says so */
  for (size_t i = 0; i < COLUMNS; i++)
    tidy.at[i] = results_column(sheet, names[i]);
  order_find(&tidy);
  for (size_t i = 0; i < sheet->n; i++) {
    struct sheet_row *row = &sheet->rows[i];
    day_mend(&tidy, row);
    number_mend(&tidy, row, SCORE);
    number_mend(&tidy, row, PRINTED);
    exam_mend(&tidy, row);
    if (!row->dropped)
      scale_mend(&tidy, row);
  }
  sheet_compact(sheet);
}
