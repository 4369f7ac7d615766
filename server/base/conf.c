/*
 * Reading the configuration: the whole file, every fault in it, in one run.
 *
 * libinih takes the lines apart; we hand it one line at a time through its reader hook, and so know the line number of each
 * key, notice what it would pass over (a line that is neither section nor key, a line too long for its buffer), and name
 * every such line instead of only the first. An unknown key is a fault, not a warning: a misspelt deadline that silently
 * keeps its default is found on the worst day. Rejected: includes, environment substitution, several files: one file can be
 * read by a person from top to bottom.
 */
#include "base/conf.h"

#include "base/check.h"
#include "base/conf_table.h"
#include "base/err.h"
#include "base/log.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reading {
  const char *path;
  char *directory; /* of the file, with its closing slash; "" for the current one */
  FILE *file;
  struct conf *conf;
  unsigned line;
  bool key_expected;               /* the line handed out last must reach the handler */
  bool section_known;              /* keys of an unknown section are not reported one by one */
  unsigned line_of[CONF_ROWS_MAX]; /* where each key was set, 0 for not yet */
  void (*finding)(void *arg, const struct conf_finding *finding);
  void *arg;
  size_t findings;
};

static void report(struct reading *reading, unsigned line, const char *key, const char *fmt, ...) PRINTF_LIKE(4, 5);

static void report(struct reading *reading, unsigned line, const char *key, const char *fmt, ...) {
  struct conf_finding finding = {.file = reading->path, .line = line};
  va_list list;
  snprintf(finding.key, sizeof finding.key, "%s", key);
  va_start(list, fmt);
  vsnprintf(finding.reason, sizeof finding.reason, fmt, list);
  va_end(list);
  reading->findings++;
  reading->finding(reading->arg, &finding);
}

/* ---------------------------------------------------------------- names */

enum { NAME_CHARS = 40, NEAR = 3 /* this many slips are still taken for the same word */ };

/* Levenshtein distance; names longer than NAME_CHARS are far from everything. */
static size_t distance(const char *a, const char *b) {
  size_t row[NAME_CHARS + 1], n = strlen(b);
  if (n > NAME_CHARS)
    return SIZE_MAX;
  for (size_t j = 0; j <= n; j++)
    row[j] = j;
  for (size_t i = 0; a[i]; i++) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 1; j <= n; j++) {
      size_t change = diagonal + (a[i] != b[j - 1]);
      size_t shift = 1 + (row[j] < row[j - 1] ? row[j] : row[j - 1]);
      diagonal = row[j];
      row[j] = change < shift ? change : shift;
    }
  }
  return row[n];
}

/* The known name nearest to `word`: a section, or a key of `section`. NULL where none is near. */
static const char *nearest(const char *section, const char *word) {
  const char *best = NULL;
  size_t best_distance = NEAR + 1;
  for (size_t i = 0; i < conf_rows_n; i++) {
    if (section && strcmp(conf_rows[i].section, section) != 0)
      continue;
    const char *known = section ? conf_rows[i].name : conf_rows[i].section;
    size_t d = distance(word, known);
    if (d < best_distance) {
      best = known;
      best_distance = d;
    }
  }
  return best;
}

static void report_unknown(struct reading *reading, const char *section, const char *word, const char *key) {
  const char *near = nearest(section, word);
  if (near)
    report(reading, reading->line, key, "there is no such %s; did you mean %s?", section ? "key" : "section", near);
  else
    report(reading, reading->line, key, "there is no such %s; stepguardctl check-config --list names them all",
           section ? "key" : "section");
}

static size_t row_find(const char *section, const char *name) {
  for (size_t i = 0; i < conf_rows_n; i++)
    if (strcmp(conf_rows[i].section, section) == 0 && (!name || strcmp(conf_rows[i].name, name) == 0))
      return i;
  return SIZE_MAX;
}

/* ---------------------------------------------------------------- the file */

/* libinih found `name = value`. */
static int key_found(void *arg, const char *section, const char *name, const char *value) {
  struct reading *reading = arg;
  char key[sizeof((struct conf_finding *)0)->key], reason[sizeof((struct conf_finding *)0)->reason];
  reading->key_expected = false;
  if (!reading->section_known)
    return 1;
  snprintf(key, sizeof key, "%s.%s", section, name);
  size_t i = row_find(section, name);
  if (i == SIZE_MAX) {
    report_unknown(reading, section, name, key);
    return 1;
  }
  if (reading->line_of[i] > 0) {
    report(reading, reading->line, key, "is set twice, first on line %u", reading->line_of[i]);
    return 1;
  }
  reading->line_of[i] = reading->line;
  int err = conf_value_read(&conf_rows[i], value, reading->directory, reading->conf, reason, sizeof reason);
  if (err)
    report(reading, reading->line, key, "%s", err == E_INVALID ? reason : err_text(err));
  return 1;
}

static void section_found(struct reading *reading, char *line) {
  char *end = strchr(line, ']');
  reading->section_known = false;
  if (!end) {
    report(reading, reading->line, "", "a section's name is closed by ]");
    return;
  }
  *end = '\0';
  reading->section_known = row_find(line + 1, NULL) != SIZE_MAX;
  if (!reading->section_known)
    report_unknown(reading, NULL, line + 1, line + 1);
  *end = ']';
}

static void expect_key(struct reading *reading) {
  if (reading->key_expected)
    report(reading, reading->line, "", "is neither [section] nor key = value nor a comment (; or #)");
  reading->key_expected = false;
}

/* Called by libinih for each line, in the manner of fgets. */
static char *line_next(char *line, int cap, void *arg) {
  struct reading *reading = arg;
  expect_key(reading);
  if (!fgets(line, cap, reading->file))
    return NULL;
  reading->line++;
  if (!strchr(line, '\n') && !feof(reading->file)) {
    report(reading, reading->line, "", "is longer than %d bytes, or has a NUL in it", cap - 2);
    int c;
    while ((c = fgetc(reading->file)) != EOF && c != '\n') /* the rest of it is no line of its own */
      continue;
    snprintf(line, (size_t)cap, "\n");
    return line;
  }
  /* To libinih an indented line goes on with the value before. Nobody who indents keys means that. */
  static const char byte_order_mark[] = "\xef\xbb\xbf";
  size_t skip = reading->line == 1 && strncmp(line, byte_order_mark, 3) == 0 ? 3 : 0;
  skip += strspn(line + skip, " \t\r");
  memmove(line, line + skip, strlen(line + skip) + 1);
  if (line[0] == '[')
    section_found(reading, line);
  else
    reading->key_expected = line[0] != '\0' && line[0] != '\n' && line[0] != ';' && line[0] != '#';
  return line;
}

/* ---------------------------------------------------------------- what was not said */

static char **text_at(const struct conf *conf, const struct conf_row *row) {
  return (char **)(void *)((char *)(uintptr_t)conf + row->offset);
}

/* What another key came to have; it is named "section.name". */
static const char *borrowed_value(const struct conf *conf, const char *key) {
  const char *dot = strchr(key, '.');
  for (size_t i = 0; i < conf_rows_n; i++)
    if (strncmp(conf_rows[i].section, key, (size_t)(dot - key)) == 0 && strcmp(conf_rows[i].name, dot + 1) == 0)
      return *text_at(conf, &conf_rows[i]);
  check_failed(__FILE__, __LINE__, "the table borrows from a key that is there");
}

static void default_set(struct reading *reading, const struct conf_row *row) {
  char reason[sizeof((struct conf_finding *)0)->reason], key[sizeof((struct conf_finding *)0)->key];
  const char *value = row->value, *directory = reading->directory;
  snprintf(key, sizeof key, "%s.%s", row->section, row->name);
  if (!value) {
    report(reading, 0, key, "is missing: %s", row->help);
    return;
  }
  if (value[0] == '=') {
    value = borrowed_value(reading->conf, value + 1);
    if (!value)
      return; /* that key's own finding says why */
    if (!conf_is_credential(value))
      directory = ""; /* it was put before it */
  }
  int err = conf_value_read(row, value, directory, reading->conf, reason, sizeof reason);
  if (err)
    report(reading, 0, key, "%s", err == E_INVALID ? reason : err_text(err));
}

static void defaults_set(struct reading *reading) {
  for (int borrowed = 0; borrowed <= 1; borrowed++) /* those that borrow come last */
    for (size_t i = 0; i < conf_rows_n; i++)
      if (reading->line_of[i] == 0 && (conf_rows[i].value && conf_rows[i].value[0] == '=') == borrowed)
        default_set(reading, &conf_rows[i]);
}

const char *conf_path_default(void) {
  const char *named = getenv("STEPGUARD_CONFIG");
  return named ? named : access(CONF_PATH_OF_PACKAGE, F_OK) == 0 ? CONF_PATH_OF_PACKAGE : NULL;
}

static char *directory_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return strndup(path, slash ? (size_t)(slash - path) + 1 : 0);
}

struct conf *conf_load(const char *path, void (*finding)(void *arg, const struct conf_finding *finding), void *arg) {
  struct reading reading = {.path = path, .finding = finding, .arg = arg};
  struct conf *conf = calloc(1, sizeof *conf);
  if (!conf)
    goto no_memory;
  conf->refs = 1;
  conf->path = strdup(path);
  reading.conf = conf;
  reading.directory = directory_of(path);
  if (!conf->path || !reading.directory)
    goto no_memory;
  reading.file = fopen(path, "re");
  if (!reading.file) {
    report(&reading, 0, "", "cannot be opened: %s", strerror(errno));
    goto done;
  }
  if (ini_parse_stream(line_next, &reading, key_found, &reading) == -2) /* its own "no memory"; faults were reported as met */
    goto no_memory;
  if (ferror(reading.file))
    report(&reading, 0, "", "cannot be read: %s", strerror(errno));
  defaults_set(&reading);
  goto done;

no_memory:
  report(&reading, 0, "", "%s", err_text(E_NOMEM));
done:
  if (reading.file)
    fclose(reading.file);
  free(reading.directory);
  if (reading.findings > 0) {
    conf_unref(conf);
    conf = NULL;
  }
  return conf;
}

struct conf *conf_ref(struct conf *conf) {
  conf->refs++;
  return conf;
}

static int number_at(const struct conf *conf, const struct conf_row *row) {
  return *(const int *)(const void *)((const char *)conf + row->offset);
}

void conf_unref(struct conf *conf) {
  if (!conf || --conf->refs > 0)
    return;
  for (size_t i = 0; i < conf_rows_n; i++)
    if (!conf_type_is_number(conf_rows[i].type))
      free(*text_at(conf, &conf_rows[i]));
  free(conf->path);
  free(conf);
}

size_t conf_fixed_changes(const struct conf *old, const struct conf *now, void (*changed)(void *arg, const char *key), void *arg) {
  size_t n = 0;
  for (size_t i = 0; i < conf_rows_n; i++) {
    const struct conf_row *row = &conf_rows[i];
    char key[sizeof((struct conf_finding *)0)->key];
    bool same = conf_type_is_number(row->type) ? number_at(old, row) == number_at(now, row)
                                               : strcmp(*text_at(old, row), *text_at(now, row)) == 0;
    if (row->reload || same)
      continue;
    snprintf(key, sizeof key, "%s.%s", row->section, row->name);
    changed(arg, key);
    n++;
  }
  return n;
}

void conf_describe(void (*line)(void *arg, const char *key, const char *type, const char *value, const char *help), void *arg) {
  for (size_t i = 0; i < conf_rows_n; i++) {
    const struct conf_row *row = &conf_rows[i];
    char key[sizeof((struct conf_finding *)0)->key], value[128];
    snprintf(key, sizeof key, "%s.%s", row->section, row->name);
    snprintf(value, sizeof value, "%s%s",
             !row->value             ? "(required)"
             : row->value[0] == '\0' ? "(none)"
             : row->value[0] == '='  ? "as "
                                     : "",
             !row->value            ? ""
             : row->value[0] == '=' ? row->value + 1
                                    : row->value);
    line(arg, key, conf_type_name(row->type), value, row->help);
  }
}
