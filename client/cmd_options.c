/*
 * Options by table: a row says the name, the help and where the value goes, and both the reading and the help come from it.
 * getopt_long() is not in POSIX, and with it the help would be a second list to keep in step.
 *
 * An option may stand anywhere among the arguments, as --name VALUE or --name=VALUE; after "--" everything is an argument.
 */
#include "client/cmd.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void option_line(const char *name, const char *value, const char *text) {
  char left[64];
  snprintf(left, sizeof left, "--%s%s%s", name, value != NULL ? " " : "", value != NULL ? value : "");
  printf("  %-26s %s\n", left, text);
}

static void options_help(const struct app *app, const struct option_row *rows, size_t n) {
  const struct command *command = app->command;
  printf("Usage: stepguard %s [options]%s%s\n\n%s\n", command->name, command->arguments[0] != '\0' ? " " : "", command->arguments,
         command->summary);
  if (command->details != NULL)
    printf("%s\n", command->details);
  printf("\nOptions:\n");
  for (size_t i = 0; i < n; i++)
    option_line(rows[i].name, rows[i].value, rows[i].help);
  option_line("json", NULL, "write one JSON document instead of text");
  option_line("help", NULL, "show this");
  printf("\nExamples:\n");
  for (const char *line = command->examples; line[0] != '\0';) {
    size_t len = strcspn(line, "\n");
    printf("  %.*s\n", (int)len, line);
    line += len + (line[len] == '\n');
  }
}

int usage_wrong(const struct app *app, const char *fmt, ...) {
  struct sg_error error = {.status = SG_USAGE};
  va_list args;
  va_start(args, fmt);
  vsnprintf(error.text, sizeof error.text, fmt, args);
  va_end(args);
  size_t len = strlen(error.text);
  snprintf(error.text + len, sizeof error.text - len, " See: stepguard %s --help", app->command->name);
  return speak_error(app, &error);
}

static int option_take(const struct app *app, const struct option_row *row, const char *value) {
  if (row->text != NULL) {
    *row->text = value;
    return OPTIONS_GO_ON;
  }
  if (row->list != NULL) {
    if (row->list->n == OPTION_LIST_MAX)
      return usage_wrong(app, "--%s can be given %d times.", row->name, OPTION_LIST_MAX);
    row->list->value[row->list->n++] = value;
    return OPTIONS_GO_ON;
  }
  char *end;
  errno = 0;
  unsigned long number = value[0] >= '0' && value[0] <= '9' ? strtoul(value, &end, 10) : ULONG_MAX;
  if (number > INT_MAX || errno != 0 || *end != '\0')
    return usage_wrong(app, "--%s needs a whole number, not \"%.60s\".", row->name, value);
  *row->number = (unsigned)number;
  return OPTIONS_GO_ON;
}

static const struct option_row *option_named(const struct option_row *rows, size_t n, const char *name, size_t len) {
  for (size_t i = 0; i < n; i++)
    if (strlen(rows[i].name) == len && strncmp(rows[i].name, name, len) == 0)
      return &rows[i];
  return NULL;
}

/* --json counts wherever it stands, also behind a mistake: whoever reads the answer wants JSON then too. */
static void options_look_ahead(struct app *app, int argc, char **argv) {
  for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
    if (strcmp(argv[i], "--json") == 0)
      app->json = true;
  if (app->json)
    app->ask = app->error_terminal = false;
}

int options_read(struct app *app, const struct option_row *rows, size_t n, int argc, char **argv, int *ret_argc) {
  int kept = 0;
  bool options = true;
  if (app->describe != NULL) {
    app->describe(app, rows, n);
    return EXIT_DONE;
  }
  options_look_ahead(app, argc, argv);
  for (int i = 0; i < argc; i++) {
    const char *word = argv[i];
    if (!options || word[0] != '-' || word[1] == '\0') {
      argv[kept++] = argv[i];
      continue;
    }
    if (strcmp(word, "--") == 0) {
      options = false;
      continue;
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
      options_help(app, rows, n);
      return EXIT_DONE;
    }
    if (strcmp(word, "--json") == 0)
      continue;
    size_t len = strcspn(word, "=");
    const struct option_row *row = len > 2 && word[1] == '-' ? option_named(rows, n, word + 2, len - 2) : NULL;
    if (row == NULL)
      return usage_wrong(app, "There is no option \"%.60s\".", word);
    if (row->flag != NULL) {
      if (word[len] == '=')
        return usage_wrong(app, "--%s takes no value.", row->name);
      *row->flag = true;
      continue;
    }
    /* What begins with two dashes is the next option: a value of that look is given as --name=VALUE. */
    bool follows = i + 1 < argc && strncmp(argv[i + 1], "--", 2) != 0;
    const char *value = word[len] == '=' ? word + len + 1 : follows ? argv[++i] : NULL;
    if (value == NULL)
      return usage_wrong(app, "--%s needs a value (%s).", row->name, row->value);
    int code = option_take(app, row, value);
    if (code != OPTIONS_GO_ON)
      return code;
  }
  *ret_argc = kept;
  return OPTIONS_GO_ON;
}

int app_open(struct app *app) {
  struct sg_error error;
  char zone[64];
  if (sg_open(&app->client, NULL, &error) != SG_OK || sg_zone(app->client, zone, sizeof zone, &error) != SG_OK)
    return speak_error(app, &error);
  if (zone[0] != '\0' && setenv("TZ", zone, 1) == 0)
    tzset();
  return OPTIONS_GO_ON;
}
