/*
 * What a file leaves open, answered: by an option where one fits, else by the person at the terminal, else not at all, and then
 * the library says of the row which option would have answered it. With --json or without a terminal nobody is asked.
 *
 * What was answered once is not asked again: the EPC of a form that is recorded here is not asked for (an option can still
 * correct it), and a mapping is remembered by the library.
 */
#include "client/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void answers_options(struct answers *answers, struct option_row ret[ANSWER_OPTIONS]) {
  const struct option_row rows[ANSWER_OPTIONS] = {
      {"epc", "FORM=NN", "the EPC of a form, from its score report (again for each form; FORM@DAY where it was taken twice)",
       .list = &answers->epc},
      {"scale", "[CODE=]SCALE", "where a score could be on two scales: epc percent three_digit nbme800 cbse_old",
       .list = &answers->scales},
      {"dates", "mdy|dmy", "how the file writes 3/4/2026: month first or day first", .text = &answers->dates},
      {"map", "FIELD=COLUMN", "which column is a field of results.csv; FIELD==VALUE: the same for all rows",
       .list = &answers->columns},
      {"exam", "NAME=CODE", "what the file calls an exam, in our code (\"Set A=qbank_other\")", .list = &answers->exams},
      {"reset", NULL, "a UWorld table that counts less than the last: the bank was reset", .flag = &answers->reset},
  };
  memcpy(ret, rows, sizeof rows);
}

/* ---------------------------------------------------------------- from options */

/* What stands behind "NAME=" in a list, NAME being `len` bytes of `name`; NULL where it does not. The last one given counts. */
static const char *list_find(const struct option_list *list, const char *name, size_t len) {
  for (size_t i = list->n; i-- > 0;)
    if (strncmp(list->value[i], name, len) == 0 && list->value[i][len] == '=')
      return list->value[i] + len + 1;
  return NULL;
}

static const char *scale_find(const struct option_list *list, const char *instrument) {
  const char *own = list_find(list, instrument, strlen(instrument));
  for (size_t i = list->n; own == NULL && i-- > 0;)
    if (strchr(list->value[i], '=') == NULL)
      return list->value[i];
  return own;
}

static const char *option_find(const struct answers *answers, const struct sg_question *question) {
  const char *subject = question->subject;
  size_t whole = strlen(subject), form = strcspn(subject, "@");
  switch (question->kind) {
  case SG_ASK_EPC: {
    const char *of_day = list_find(&answers->epc, subject, whole);
    return of_day != NULL ? of_day : list_find(&answers->epc, subject, form);
  }
  case SG_ASK_SCALE: return scale_find(&answers->scales, subject);
  case SG_ASK_DATES: return answers->dates;
  case SG_ASK_COLUMN: return list_find(&answers->columns, subject, whole);
  case SG_ASK_INSTRUMENT: return list_find(&answers->exams, subject, whole);
  case SG_ASK_RESET: return answers->reset ? "yes" : NULL;
  }
  return NULL;
}

/* ---------------------------------------------------------------- from the person */

static void show_columns(struct answers *answers, const struct sg_question *question) {
  if (answers->columns_shown)
    return;
  answers->columns_shown = true;
  fprintf(stderr, "The file is in no form known here. Its columns, and the first thing in each:\n");
  for (size_t i = 0; i < question->choices_n; i++)
    fprintf(stderr, "  %2zu  %-24.40s %.40s\n", i + 1, question->choices[i],
            question->examples != NULL ? question->examples[i] : "");
  fprintf(stderr, "Answer with a number or a name; with =VALUE where all rows have the same, as in =qbank_uworld.\n");
}

static void show_codes(struct answers *answers, const struct sg_question *question) {
  if (answers->codes_shown)
    return;
  answers->codes_shown = true;
  fprintf(stderr, "Codes:");
  for (size_t i = 0; i < question->choices_n; i++)
    fprintf(stderr, "%s%s", i % 6 == 0 ? "\n  " : " ", question->choices[i]);
  fprintf(stderr, "\n");
}

/* A number becomes the choice it stands for, the beginning of one the whole of it. */
static void choice_complete(const struct sg_question *question, char answer[SG_ANSWER_CAP]) {
  char *end;
  unsigned long number = answer[0] >= '1' && answer[0] <= '9' ? strtoul(answer, &end, 10) : 0;
  const char *only = NULL;
  bool several = false;
  if (number > 0 && *end == '\0' && number <= question->choices_n && question->kind == SG_ASK_COLUMN)
    only = question->choices[number - 1];
  for (size_t i = 0; only == NULL && answer[0] != '\0' && i < question->choices_n; i++)
    if (strcmp(question->choices[i], answer) == 0)
      only = question->choices[i];
  for (size_t i = 0; only == NULL && answer[0] != '\0' && i < question->choices_n && !several; i++) {
    if (strncmp(question->choices[i], answer, strlen(answer)) != 0)
      continue;
    for (size_t j = i + 1; j < question->choices_n; j++)
      several |= strncmp(question->choices[j], answer, strlen(answer)) == 0;
    only = several ? NULL : question->choices[i];
  }
  if (only != NULL)
    snprintf(answer, SG_ANSWER_CAP, "%s", only);
}

/* For questions whose answer must be one of the choices, or nothing. */
static bool choice_good(const struct sg_question *question, const char *answer) {
  if (question->kind != SG_ASK_SCALE && question->kind != SG_ASK_DATES && question->kind != SG_ASK_RESET)
    return true;
  for (size_t i = 0; i < question->choices_n; i++)
    if (strcmp(question->choices[i], answer) == 0)
      return true;
  return answer[0] == '\0';
}

static bool person_ask(struct answers *answers, const struct sg_question *question, char ret[SG_ANSWER_CAP]) {
  char choices[SG_ANSWER_CAP] = "", text[512];
  if (question->kind == SG_ASK_COLUMN)
    show_columns(answers, question);
  if (question->kind == SG_ASK_INSTRUMENT)
    show_codes(answers, question);
  if (question->wrong != NULL)
    fprintf(stderr, "%s\n", question->wrong);
  if (question->kind == SG_ASK_EPC)
    snprintf(choices, sizeof choices, " (Enter: leave it out)");
  if (question->kind == SG_ASK_RESET)
    snprintf(choices, sizeof choices, " (%s or %s)", question->choices[0], question->choices[1]);
  snprintf(text, sizeof text, "%s%s", question->text, choices);
  for (;;) {
    if (!ask_choice(text, question->preset, question->choices, question->choices_n, ret, SG_ANSWER_CAP))
      return false;
    choice_complete(question, ret);
    if (choice_good(question, ret))
      return true;
    fprintf(stderr, "Answer with %s or %s.\n", question->choices[0], question->choices[1]);
  }
}

bool answers_known(const struct answers *answers, const struct sg_question *question, char ret[SG_ANSWER_CAP]) {
  const char *given = question->wrong == NULL ? option_find(answers, question) : NULL;
  if (given == NULL)
    return false;
  snprintf(ret, SG_ANSWER_CAP, "%s", given);
  return true;
}

bool answers_ask(struct answers *answers, const struct sg_question *question, char ret[SG_ANSWER_CAP]) {
  if (!answers->app->ask || (question->kind == SG_ASK_EPC && question->preset[0] != '\0'))
    return false;
  return person_ask(answers, question, ret);
}
