/*
 * Any bytes as the files of a class: `%` at the beginning of a line ends one file and begins the next, in the order below. Read as
 * a whole and in small parts, both must see the same; then each instrument in turn is the reference that the others are linked to,
 * and what comes out is finite whatever went in.
 */
#include "base/err.h"
#include "study/link.h"
#include "study/past_parts.h"
#include "tests/50fuzz/fuzz.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FILES = 5, REFERENCES = 3, RESULTS_MOST = 400 };

static const char *const names[FILES] = {"results.csv", "exams.csv", "students.csv", "subscores.csv", "instruments.csv"};
static char directory[64];

static void files_write(const uint8_t *data, size_t size) {
  for (size_t i = 0; i < FILES; i++) {
    size_t len = 0;
    while (len < size && !(data[len] == '%' && (len == 0 || data[len - 1] == '\n')))
      len++;
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, names[i]);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    HOLDS(fd >= 0 && write(fd, data, len) == (ssize_t)len);
    close(fd);
    if (len == 0 && i > 0)
      unlink(path);
    size_t used = len < size ? len + 1 : len;
    data += used;
    size -= used;
  }
}

static bool any_code(void *arg, const char *code) {
  (void)arg;
  return *code != '\0';
}

static struct past_options options_of(void) {
  return (struct past_options){.directory = directory, .known = any_code};
}

struct seen {
  size_t students, results, subs, attempts;
};

static int part_visit(void *arg, const struct past *part, const struct past_totals *totals) {
  struct seen *seen = arg;
  (void)totals;
  seen->students += part->students_n;
  seen->results += part->results_n;
  seen->subs += part->subs_n;
  seen->attempts += part->attempts_n;
  return E_OK;
}

static void parts_look(const struct past *past) {
  struct seen seen = {0};
  struct past_totals totals;
  char reason[PAST_REASON];
  const struct past_parts_options options = {.past = options_of(), .part_bytes = 200, .visit = part_visit, .arg = &seen};
  HOLDS(past_parts(&options, &totals, reason) == E_OK);
  HOLDS(totals.attempts == past->attempts_n); /* a student whose only result has the id of another's is counted, and in no part */
  if (past->attempts_n > 0)
    HOLDS(totals.students == past->students_n && seen.students <= past->students_n && seen.results == past->results_n &&
          seen.subs == past->subs_n && seen.attempts == past->attempts_n);
}

static void link_look(const struct past *past, const char *catalogue, size_t len, const char *reference) {
  struct link_table table = {0};
  struct link_report report;
  char reason[LINK_REASON];
  const struct link_options options = {.past = past, .table = &table, .reference = reference, .from = "class"};
  if (link_table_read(&table, catalogue, len, reason) == E_OK && link_run(&options, &report, reason) == E_OK) {
    for (size_t i = 0; i < table.n; i++) {
      const struct link_entry *entry = &table.entries[i];
      if (report.answers[i].state != LINK_LEARNED)
        continue;
      HOLDS(isfinite(entry->offset) && isfinite(entry->slope) && isfinite(entry->error_sd));
      HOLDS(entry->slope > 0 && entry->error_sd > 0);
      HOLDS(isfinite(report.answers[i].offset_se) && isfinite(report.answers[i].slope_se));
    }
    link_report_done(&report);
  }
  link_table_done(&table);
}

static void directory_remove(void) {
  rmdir(directory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char catalogue[1 << 16];
  char path[128], reason[PAST_REASON];
  struct past *past;
  if (!*directory) {
    snprintf(directory, sizeof directory, "%s/past_fuzz.XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    HOLDS(mkdtemp(directory) != NULL && atexit(directory_remove) == 0);
  }
  files_write(data, size);
  const struct past_options options = options_of();
  if (past_read(&options, &past, reason) == E_OK) {
    snprintf(path, sizeof path, "%s/instruments.csv", directory);
    int fd = open(path, O_RDONLY);
    ssize_t len = fd >= 0 ? read(fd, catalogue, sizeof catalogue) : 0;
    if (fd >= 0)
      close(fd);
    parts_look(past);
    for (size_t i = 0; i < past->instruments_n && i < REFERENCES && past->results_n < RESULTS_MOST; i++)
      link_look(past, catalogue, len > 0 ? (size_t)len : 0, past->instruments[i]);
    past_free(past);
  } else {
    HOLDS(reason[0] != '\0');
  }
  for (size_t i = 0; i < FILES; i++) {
    snprintf(path, sizeof path, "%s/%s", directory, names[i]);
    unlink(path);
  }
  return 0;
}
