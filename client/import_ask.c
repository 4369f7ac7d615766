/*
 * Asking a person in the middle of an import, without keeping everybody else out meanwhile: a question may stand on a screen for an
 * hour, and the timer's sync has to go on.
 *
 * So the transaction is given up and the state directory unlocked before somebody is asked. After the answer nothing that was read
 * before can be relied on: another run may have recorded the very form that was asked about. The import is worked out once more
 * from its beginning, with the answers that are known by now, until no question is left open (import.c); only that last pass
 * records. It never lets go of the lock, so what it rests on is what is there.
 *
 * Rejected: collecting the questions first and asking them together. Which question comes next depends on the answer before it, and
 * an answer that cannot be is asked about again.
 */
#include "client/import.h"

#include "client/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RELOCK_WAIT_MS = 30 * 1000 /* a sync that began meanwhile may end: the answers are worth the wait */ };

struct import_answer {
  struct import_answer *next;
  bool used; /* in this pass: the same question may be asked again, after an answer that could not be taken */
  bool given;
  char text[SG_ANSWER_CAP];
  char key[];
};

/* What a question is known by in the next pass; NULL when memory ran out. */
static struct import_answer *answer_new(const struct sg_question *question) {
  const char *wrong = question->wrong != NULL ? question->wrong : "";
  int len = snprintf(NULL, 0, "%d %s %s %s", (int)question->kind, question->subject, question->text, wrong);
  struct import_answer *answer = len >= 0 ? calloc(1, sizeof *answer + (size_t)len + 1) : NULL;
  if (answer != NULL)
    snprintf(answer->key, (size_t)len + 1, "%d %s %s %s", (int)question->kind, question->subject, question->text, wrong);
  return answer;
}

static struct import_answer *answer_known(const struct import *import, const char *key) {
  struct import_answer *answer = import->answers;
  while (answer != NULL && (answer->used || strcmp(answer->key, key) != 0))
    answer = answer->next;
  return answer;
}

/* The person is asked while nothing is held. False: the import cannot go on, and import->status says why. */
static bool answer_ask(struct import *import, const struct sg_question *question, struct import_answer *answer) {
  outbox_rollback(import->client->outbox);
  home_unlock(&import->client->home);
  answer->given = import->options->ask(import->options->arg, question, answer->text);
  import->status = home_relock(&import->client->home, RELOCK_WAIT_MS, &import->ask_error);
  if (import->status == SG_OK)
    import->status = outbox_begin(import->client->outbox, &import->ask_error);
  return import->status == SG_OK;
}

bool import_ask(struct import *import, const struct sg_question *question, char ret[SG_ANSWER_CAP]) {
  const struct sg_import *options = import->options;
  if (import->status != SG_OK)
    return false;
  if (options->known != NULL && options->known(options->arg, question, ret))
    return true;
  if (options->ask == NULL)
    return false;
  struct import_answer *fresh = answer_new(question), *answer = fresh != NULL ? answer_known(import, fresh->key) : NULL;
  if (fresh == NULL) {
    import->status = error_system(&import->ask_error, ENOMEM, "Cannot read the file");
    return false;
  }
  if (answer != NULL) {
    free(fresh);
  } else {
    struct import_answer **last = &import->answers; /* in order, since the same may be asked several times */
    while (*last != NULL)
      last = &(*last)->next;
    *last = answer = fresh;
    import->again = true;
    if (!answer_ask(import, question, answer))
      return false;
  }
  answer->used = true;
  memcpy(ret, answer->text, SG_ANSWER_CAP);
  return answer->given;
}

void import_answers_rewind(struct import *import) {
  import->again = false;
  for (struct import_answer *answer = import->answers; answer != NULL; answer = answer->next)
    answer->used = false;
}

void import_answers_free(struct import *import) {
  for (struct import_answer *next; import->answers != NULL; import->answers = next) {
    next = import->answers->next;
    free(import->answers);
  }
}
