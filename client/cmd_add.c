/*
 * stepguard add: one result, from options and questions.
 *
 * The values go through the reader of results.csv as a file of one row. So what a person types and what a file has are
 * checked by the same code with the same words, and a result typed today and found in a file tomorrow is one result: both
 * get the same id from the same content.
 */
#include "client/cmd.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { VALUE_ROOM = 200, FILE_ROOM = 8192, CODES_MAX = 64, FORMS_MAX = 48 };

/* Columns of results.csv and the options that fill them, in the order of the help. */
enum column {
  INSTRUMENT,
  FORM,
  SCORE,
  SCALE_,
  DATE,
  ITEMS,
  CORRECT,
  OMITTED,
  SECONDS,
  ALLOWED,
  MODE_,
  PRINTED,
  ID,
  REVISION,
  COLUMNS
};

static const char *const column_names[COLUMNS] = {[INSTRUMENT] = "instrument",
                                                  [FORM] = "form",
                                                  [SCORE] = "score",
                                                  [SCALE_] = "scale",
                                                  [DATE] = "taken_at",
                                                  [ITEMS] = "items",
                                                  [CORRECT] = "correct",
                                                  [OMITTED] = "omitted",
                                                  [SECONDS] = "seconds",
                                                  [ALLOWED] = "seconds_allowed",
                                                  [MODE_] = "mode",
                                                  [PRINTED] = "printed_p_pass",
                                                  [ID] = "result_id",
                                                  [REVISION] = "revision"};

struct add {
  struct app *app;
  const char *values[COLUMNS];
  bool repeat, retract, again;
  char text[COLUMNS][VALUE_ROOM]; /* answers to questions */
  char file[FILE_ROOM];           /* the row as CSV */
  size_t file_len, file_read;
  struct csv_finding finding;
  bool refused;
  struct result result;
  enum sg_added added;
  struct answers answers;
};

/* ---------------------------------------------------------------- questions */

static void today(char ret[VALUE_ROOM]) {
  time_t now = time(NULL);
  struct tm local;
  if (localtime_r(&now, &local) == NULL || strftime(ret, VALUE_ROOM, "%Y-%m-%d", &local) == 0)
    ret[0] = '\0';
}

/* A code, or the only one that begins with what was typed. */
static const char *instrument_completed(const char *typed) {
  const char *only = NULL;
  if (catalogue_instrument(typed) != NULL)
    return typed;
  for (size_t i = 0; i < catalogue_instruments_n; i++) {
    if (strncmp(catalogue_instruments[i].code, typed, strlen(typed)) != 0)
      continue;
    if (only != NULL)
      return NULL;
    only = catalogue_instruments[i].code;
  }
  return only;
}

/* The maker only where the name does not begin with it. */
static void instrument_show(const struct instrument *instrument) {
  bool named = strncmp(instrument->name, instrument->maker, strlen(instrument->maker)) == 0 ||
               strcmp(instrument->maker, "other") == 0 || strcmp(instrument->maker, "school") == 0;
  fprintf(stderr, "  %-14s %s%s%s\n", instrument->code, named ? "" : instrument->maker, named ? "" : " ", instrument->name);
}

static bool ask_instrument(struct add *add) {
  char *text = add->text[INSTRUMENT];
  const char *codes[CODES_MAX];
  size_t n = catalogue_instruments_n < CODES_MAX ? catalogue_instruments_n : CODES_MAX;
  for (size_t i = 0; i < n; i++)
    codes[i] = catalogue_instruments[i].code;
  fprintf(stderr, "Instruments:\n");
  for (size_t i = 0; i < catalogue_instruments_n; i++)
    instrument_show(&catalogue_instruments[i]);
  for (;;) {
    if (!ask_choice("Instrument (the first letters are enough, TAB completes)", "", codes, n, text, VALUE_ROOM))
      return false;
    const char *code = text[0] != '\0' ? instrument_completed(text) : NULL;
    if (code != NULL) {
      add->values[INSTRUMENT] = code;
      return true;
    }
    fprintf(stderr, "None of these, or more than one, begins with \"%s\".\n", text);
  }
}

static bool ask_value(struct add *add, enum column column, const char *question, const char *preset) {
  if (add->values[column] != NULL)
    return true;
  if (!ask_line(question, preset, add->text[column], VALUE_ROOM))
    return false;
  if (add->text[column][0] != '\0')
    add->values[column] = add->text[column];
  return true;
}

/* ---- forms: those on sale (NBME, 2026) and those recorded here before, for TAB ---- */

static const char *const cbssa_forms[] = {"26", "27", "28", "29", "30", "31", "32", "33"};

struct forms {
  const char *instrument;
  const char *form[FORMS_MAX];
  char text[FORMS_MAX][LIMIT_FORM_CHARS + 1];
  size_t n;
};

static void form_add(struct forms *forms, const char *form) {
  for (size_t i = 0; i < forms->n; i++)
    if (strcmp(forms->form[i], form) == 0)
      return;
  if (forms->n == FORMS_MAX)
    return;
  snprintf(forms->text[forms->n], sizeof forms->text[0], "%s", form);
  forms->form[forms->n] = forms->text[forms->n];
  forms->n++;
}

static bool form_recorded(void *arg, const struct sg_row *row) {
  struct forms *forms = arg;
  if (row->current && row->result.form[0] != '\0' && strcmp(row->result.instrument, forms->instrument) == 0)
    form_add(forms, row->result.form);
  return true;
}

/* The state directory is let go again while the person thinks. */
static void forms_recorded(struct forms *forms) {
  struct sg_client *client;
  struct sg_error ignored; /* it will be said when the result is to be recorded */
  if (sg_open(&client, NULL, &ignored) != SG_OK)
    return;
  (void)!sg_list(client, SG_LIST_ALL, form_recorded, forms, &ignored);
  sg_close(client);
}

static bool ask_form(struct add *add) {
  struct forms forms = {.instrument = add->values[INSTRUMENT]};
  if (add->values[FORM] != NULL)
    return true;
  for (size_t i = 0; strcmp(forms.instrument, "cbssa") == 0 && i < sizeof cbssa_forms / sizeof cbssa_forms[0]; i++)
    form_add(&forms, cbssa_forms[i]);
  forms_recorded(&forms);
  if (!ask_choice("Form (name or number; Enter for none)", "", forms.form, forms.n, add->text[FORM], VALUE_ROOM))
    return false;
  if (add->text[FORM][0] != '\0')
    add->values[FORM] = add->text[FORM];
  return true;
}

/* A block of questions is told by counts, an assessment by its score. */
static bool ask_missing(struct add *add) {
  char date[VALUE_ROOM];
  today(date);
  bool counts = add->values[ITEMS] != NULL && add->values[CORRECT] != NULL, score = add->values[SCORE] != NULL;
  if (add->values[INSTRUMENT] == NULL && !ask_instrument(add))
    return false;
  bool block = strncmp(add->values[INSTRUMENT], "qbank", strlen("qbank")) == 0;
  if (!score && !counts) {
    if (!block && !ask_form(add))
      return false;
    if (!ask_value(add, DATE, "Day", date))
      return false;
    if (!block && !ask_value(add, SCORE, "Score (Enter to give items and correct instead)", ""))
      return false;
    if (add->values[SCORE] == NULL && (!ask_value(add, ITEMS, "Questions", "") || !ask_value(add, CORRECT, "Correct", "")))
      return false;
  }
  return true;
}

/* ---------------------------------------------------------------- one row as a file */

static void put(struct add *add, const char *text, size_t len) {
  if (add->file_len + len < sizeof add->file) {
    memcpy(add->file + add->file_len, text, len);
    add->file_len += len;
  }
}

/* Always in quotes, quotes doubled. */
static void put_cell(struct add *add, const char *text, const char *after) {
  put(add, "\"", 1);
  for (; *text != '\0'; text++)
    put(add, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
  put(add, "\"", 1);
  put(add, after, strlen(after));
}

static void put_row(struct add *add) {
  for (size_t i = 0; i < COLUMNS; i++)
    if (add->values[i] != NULL)
      put_cell(add, column_names[i], ",");
  put_cell(add, "repeat", ",");
  put_cell(add, "retracted", "\n");
  for (size_t i = 0; i < COLUMNS; i++)
    if (add->values[i] != NULL)
      put_cell(add, add->values[i], ",");
  put_cell(add, add->repeat ? "1" : "0", ",");
  put_cell(add, add->retract ? "1" : "0", "\n");
}

static ptrdiff_t row_read(void *arg, void *bytes, size_t cap) {
  struct add *add = arg;
  size_t n = add->file_len - add->file_read < cap ? add->file_len - add->file_read : cap;
  memcpy(bytes, add->file + add->file_read, n);
  add->file_read += n;
  return (ptrdiff_t)n;
}

static void row_finding(void *arg, const struct csv_finding *finding) {
  struct add *add = arg;
  if (finding->warning || add->refused)
    return;
  add->finding = *finding;
  add->refused = true;
}

static bool row_known(void *arg, const struct sg_question *question, char ret[SG_ANSWER_CAP]) {
  return answers_known(&((struct add *)arg)->answers, question, ret);
}

static bool row_ask(void *arg, const struct sg_question *question, char ret[SG_ANSWER_CAP]) {
  return answers_ask(&((struct add *)arg)->answers, question, ret);
}

static void row_done(void *arg, uint64_t line, const struct result *result, enum sg_added added) {
  struct add *add = arg;
  (void)line;
  add->result = *result;
  add->added = added;
}

/* ---------------------------------------------------------------- telling */

static int add_refused(const struct add *add) {
  struct sg_error error = {.status = SG_DATA};
  const char *column = add->finding.column != NULL ? add->finding.column : "";
  snprintf(error.field, sizeof error.field, "%s", column);
  if (column[0] == '\0')
    snprintf(error.text, sizeof error.text, "Not recorded: %s.", add->finding.reason);
  else if (add->finding.value[0] == '\0')
    snprintf(error.text, sizeof error.text, "Not recorded: %s: %s.", column, add->finding.reason);
  else
    snprintf(error.text, sizeof error.text, "Not recorded: %s \"%s\": %s.", column, add->finding.value, add->finding.reason);
  return speak_error(add->app, &error);
}

static int add_done(const struct add *add) {
  const struct result *result = &add->result;
  const struct scale_info *scale = catalogue_scale(result->scale);
  bool fresh = add->added == SG_ADDED;
  if (add->app->json)
    return speak_json(json_pack("{s:o, s:i, s:s, s:s, s:o, s:o, s:s}", "result_id", json_id(result->id), "revision",
                                (int)result->revision, "instrument", result->instrument, "form", result->form, "taken_at",
                                json_time(result->taken_at_ms), "score", json_centi(result->score_centi), "outcome",
                                fresh ? "new" : "identical"),
                      EXIT_DONE);
  char day[SPEAK_TIME], score[SPEAK_NUMBER];
  format_date(day, result->taken_at_ms);
  format_centi(score, result->score_centi);
  printf("%s %s%s%s, %s: %s %s.%s\n", fresh ? "Recorded" : "Recorded before, the same to the last field:", result->instrument,
         result->form[0] != '\0' ? " " : "", result->form, day, score, scale != NULL ? scale->name : "",
         fresh ? " Next: stepguard sync" : "");
  return EXIT_DONE;
}

static int add_record(struct add *add) {
  char what[2 * VALUE_ROOM];
  const char *form = add->values[FORM] != NULL ? add->values[FORM] : "";
  snprintf(what, sizeof what, "%s%s%s of %s", add->values[INSTRUMENT], form[0] != '\0' ? " " : "", form, add->values[DATE]);
  struct sg_import import = {.name = what,
                             .by_hand = true,
                             .read = row_read,
                             .finding = row_finding,
                             .row = row_done,
                             .known = row_known,
                             .ask = row_ask,
                             .arg = add};
  struct sg_import_totals totals;
  struct sg_error error;
  put_row(add);
  int status = sg_import(add->app->client, &import, &totals, &error);
  if (add->refused)
    return add_refused(add);
  return status == SG_OK ? add_done(add) : speak_error(add->app, &error);
}

int cmd_add(struct app *app, int argc, char **argv) {
  struct add add = {.app = app, .answers = {.app = app}};
  const struct option_row rows[] = {
      {"instrument", "CODE", "what it was: cbssa, cbse, uwsa2, free120, qbank_uworld ...", .text = &add.values[INSTRUMENT]},
      {"form", "FORM", "its form, such as 31", .text = &add.values[FORM]},
      {"date", "DAY", "the day, or the time with its zone (default: today)", .text = &add.values[DATE]},
      {"score", "NUMBER", "the score", .text = &add.values[SCORE]},
      {"scale", "SCALE", "its scale, if not the usual one: epc percent three_digit nbme800 cbse_old", .text = &add.values[SCALE_]},
      {"items", "N", "questions", .text = &add.values[ITEMS]},
      {"correct", "N", "of them correct (with --items, instead of --score)", .text = &add.values[CORRECT]},
      {"omitted", "N", "of them left out", .text = &add.values[OMITTED]},
      {"seconds", "N", "time used", .text = &add.values[SECONDS]},
      {"seconds-allowed", "N", "time there was", .text = &add.values[ALLOWED]},
      {"mode", "MODE", "timed, untimed or tutor", .text = &add.values[MODE_]},
      {"repeat", NULL, "you had seen this form before", .flag = &add.repeat},
      {"printed-p-pass", "PERCENT", "chance of passing as the report prints it", .text = &add.values[PRINTED]},
      {"id", "UUID", "of the result that this corrects (see list --json)", .text = &add.values[ID]},
      {"revision", "N", "with --id: one more than the last", .text = &add.values[REVISION]},
      {"retract", NULL, "with --id and --revision: withdraw that result", .flag = &add.retract},
  };
  int code = options_read(app, rows, sizeof rows / sizeof rows[0], argc, argv, &argc);
  if (code != OPTIONS_GO_ON)
    return code;
  if (argc > 0)
    return usage_wrong(app, "\"%.60s\" is one argument too many.", argv[0]);
  if (app->ask && !ask_missing(&add))
    return usage_wrong(app, "Nothing was recorded.");
  char date[VALUE_ROOM];
  today(date);
  if (add.values[DATE] == NULL)
    add.values[DATE] = date;
  if (add.values[INSTRUMENT] == NULL)
    return usage_wrong(app, "--instrument is needed.");
  if (add.values[SCORE] == NULL && (add.values[ITEMS] == NULL || add.values[CORRECT] == NULL))
    return usage_wrong(app, "--score is needed, or --items and --correct.");
  code = app_open(app);
  return code == OPTIONS_GO_ON ? add_record(&add) : code;
}
