/*
 * Any bytes as a file to import, of every format, with answers to whatever is asked: what is given as a row passes the checks of
 * proto/result.h and goes over the wire, findings come in the order of the file and are sentences, and a second import of the same
 * bytes with the same answers adds nothing.
 *
 * The first byte chooses the answers; the rest is the file. The outbox is a real one, thrown away now and then.
 */
#include "client/stepguard.h"
#include "proto/wire.h"

#include "tests/50fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ANEW = 256 /* runs with one outbox: rows of earlier ones make it slow, and give what is found before them */ };

struct given {
  const uint8_t *bytes;
  size_t left;
  uint8_t choice;
  uint64_t line, rows;
};

static ptrdiff_t give(void *arg, void *bytes, size_t cap) {
  struct given *given = arg;
  size_t n = given->left < cap ? given->left : cap;
  memcpy(bytes, given->bytes, n);
  given->bytes += n;
  given->left -= n;
  return (ptrdiff_t)n;
}

static void finding(void *arg, const struct csv_finding *finding) {
  struct given *given = arg;
  HOLDS(finding->line >= given->line);
  HOLDS(finding->reason[0] != '\0' && strlen(finding->reason) < sizeof finding->reason);
  given->line = finding->line;
}

static void row(void *arg, uint64_t line, const struct result *result, enum sg_added added) {
  struct given *given = arg;
  struct result_fault fault;
  struct wire_result wire;
  struct result got;
  (void)line;
  (void)added;
  given->rows++;
  HOLDS(result_check(result, (int64_t)time(NULL) * 1000, NULL, NULL, &fault) == 0);
  wire_result_write(result, &wire);
  HOLDS(wire_result_read(&wire.message, &got, &fault) == 0 && got.subs == result->subs);
}

static bool ask(void *arg, const struct sg_question *question, char ret[SG_ANSWER_CAP]) {
  const struct given *given = arg;
  HOLDS(question->text[0] != '\0' && question->subject != NULL);
  if (given->choice % 4 == 0)
    return false;
  if (question->kind == SG_ASK_EPC)
    snprintf(ret, SG_ANSWER_CAP, "%d", given->choice % 110);
  else if (question->kind == SG_ASK_COLUMN && given->choice % 4 == 1)
    snprintf(ret, SG_ANSWER_CAP, "=%s", strcmp(question->subject, "instrument") == 0 ? "cbssa" : "2026-03-01");
  else
    snprintf(ret, SG_ANSWER_CAP, "%s", question->choices_n > 0 ? question->choices[given->choice % question->choices_n] : "");
  return true;
}

static struct sg_client *client_now(void) {
  static struct sg_client *client;
  static unsigned runs;
  static char dir[64];
  struct sg_error error;
  if (client != NULL && ++runs % ANEW != 0)
    return client;
  if (client != NULL) {
    static const char *const names[] = {"outbox.db", "outbox.db-journal", "lock"};
    sg_close(client);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
      char path[96];
      snprintf(path, sizeof path, "%s/%s", dir, names[i]);
      (void)unlink(path);
    }
    HOLDS(rmdir(dir) == 0);
  }
  snprintf(dir, sizeof dir, "%s/sg-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
  HOLDS(mkdtemp(dir) != NULL);
  HOLDS(sg_open(&client, &(struct sg_options){.dir = dir}, &error) == SG_OK);
  return client;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  uint64_t added[2] = {0, 0};
  struct sg_client *client = client_now();
  for (int again = 0; again < 2; again++) {
    struct given given = {.bytes = data + 1, .left = size - 1, .choice = data[0]};
    struct sg_import import = {.name = "fuzz",
                               .read = give,
                               .finding = finding,
                               .row = row,
                               .ask = ask,
                               .arg = &given,
                               .taken_on = "2026-03-01",
                               .dry_run = (data[0] & 64) != 0};
    struct sg_import_totals totals;
    struct sg_error error;
    int status = sg_import(client, &import, &totals, &error);
    HOLDS(status == SG_OK || (status == SG_DATA && error.text[0] != '\0'));
    added[again] = status == SG_OK ? totals.added : 0;
  }
  HOLDS((data[0] & 64) != 0 || added[1] == 0);
  return 0;
}
