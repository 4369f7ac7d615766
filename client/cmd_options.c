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

enum { HELP_WIDTH = 120 /* where nobody says how wide it is */, OPTION_INDENT = 29, ITEM_INDENT = 16, BLOCK_CAP = 4096 };

static size_t help_width(const struct app *app) {
  return app->width > 0 && app->width < HELP_WIDTH ? app->width : HELP_WIDTH;
}

static void option_line(const struct app *app, const char *name, const char *value, const char *text) {
  char left[64];
  int n = snprintf(left, sizeof left, "  --%s%s%s", name, value != NULL ? " " : "", value != NULL ? value : "");
  if (n >= OPTION_INDENT)
    printf("%s\n%*s", left, OPTION_INDENT, "");
  else
    printf("%-*s", OPTION_INDENT, left);
  print_broken(text, OPTION_INDENT, help_width(app));
}

bool details_next(const char **details, char *ret, size_t cap, bool *ret_item) {
  const char *at = *details;
  size_t used = 0;
  if (at[0] == '\0')
    return false;
  *ret_item = at[0] == ' ';
  for (bool first = true; at[0] != '\0'; first = false) {
    size_t blanks = strspn(at, " "), len = strcspn(at, "\n");
    /* An item ends where the next begins, or where text begins at the margin again. */
    if (!first && (*ret_item ? blanks < ITEM_INDENT : blanks > 0))
      break;
    const char *from = first && *ret_item ? at : at + blanks;
    size_t n = len - (size_t)(from - at);
    if (used + n + 2 > cap)
      break;
    if (!first)
      ret[used++] = ' ';
    memcpy(ret + used, from, n);
    used += n;
    at += len + (at[len] == '\n');
  }
  ret[used] = '\0';
  *details = at;
  return true;
}

static void details_print(const struct app *app, const char *details) {
  char block[BLOCK_CAP];
  bool item;
  while (details_next(&details, block, sizeof block, &item)) {
    bool named = item && strlen(block) > ITEM_INDENT;
    if (named)
      printf("%.*s", ITEM_INDENT, block);
    print_broken(named ? block + ITEM_INDENT : block, named ? ITEM_INDENT : 0, help_width(app));
  }
}

static void options_help(const struct app *app, const struct option_row *rows, size_t n) {
  const struct command *command = app->command;
  char usage[256];
  snprintf(usage, sizeof usage, "Usage: stepguard %s [options] %s", command->name, command->arguments);
  print_broken(usage, ITEM_INDENT, help_width(app));
  printf("\n%s\n", command->summary);
  if (command->details != NULL)
    details_print(app, command->details);
  printf("\nOptions:\n");
  for (size_t i = 0; i < n; i++)
    option_line(app, rows[i].name, rows[i].value, rows[i].help);
  option_line(app, "json", NULL, "write one JSON document instead of text");
  option_line(app, "help", NULL, "show this");
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

int app_zone(struct app *app, struct sg_error *ret_error) {
  char zone[64];
  int status = sg_zone(app->client, zone, sizeof zone, ret_error);
  if (status == SG_OK && zone[0] != '\0' && setenv("TZ", zone, 1) == 0)
    tzset();
  return status;
}

/* From the file that STEPGUARD_PASSPHRASE_FILE names, once; else from the person at the terminal. Never from an argument, and not
 * from the environment itself: other programs of the same user can read both. */
static bool passphrase_give(void *arg, bool again, char ret[SG_PASSPHRASE_CAP]) {
  const struct app *app = arg;
  const char *name = getenv("STEPGUARD_PASSPHRASE_FILE");
  FILE *file = name != NULL && name[0] != '\0' && !again ? fopen(name, "r") : NULL;
  if (file != NULL) {
    bool got = fgets(ret, SG_PASSPHRASE_CAP, file) != NULL;
    fclose(file);
    if (got)
      ret[strcspn(ret, "\r\n")] = '\0';
    return got;
  }
  if (!app->ask)
    return false;
  return ask_secret(again ? "That is not it. Passphrase of this device's key" : "Passphrase of this device's key", ret,
                    SG_PASSPHRASE_CAP);
}

struct sg_options app_options(struct app *app) {
  return (struct sg_options){.lock_wait_ms = SG_LOCK_WAIT_MS, .passphrase = passphrase_give, .arg = app};
}

int app_open(struct app *app) {
  struct sg_error error;
  struct sg_options options = app_options(app);
  if (sg_open(&app->client, &options, &error) != SG_OK || app_zone(app, &error) != SG_OK)
    return speak_error(app, &error);
  return OPTIONS_GO_ON;
}
