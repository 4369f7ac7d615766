/*
 * Command lines as tables.
 *
 * getopt_long was tried and left: it knows neither the type nor the range of a value nor the sentence of the help, so each
 * command would need a switch that repeats its table, and its messages go to stderr in its own words. What is here reads
 * the same rows for parsing, for checking and for --help.
 *
 * A command may take the options of the whole program too; that is why cli_parse() looks through several tables, each with
 * a struct of its own. Abbreviated names are refused: a script that uses one breaks on the day another option comes.
 */
#include "base/cli.h"

#include "base/err.h"
#include "proto/result.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELP_NAME_COLUMNS = 26 /* wider ones get a line of their own */ };

static void *cli_at(const struct cli_set *set, const struct cli_option *option) {
  return (char *)set->into + option->at;
}

void cli_preset(const struct cli_set *set) {
  for (size_t i = 0; i < set->n; i++) {
    const struct cli_option *option = &set->options[i];
    void *to = cli_at(set, option);
    switch (option->kind) {
    case CLI_KIND_FLAG: *(bool *)to = false; break;
    case CLI_KIND_TEXT: *(const char **)to = NULL; break;
    case CLI_KIND_NUMBER: *(long *)to = option->preset; break;
    case CLI_KIND_DAY: *(int32_t *)to = CLI_NO_DAY; break;
    case CLI_KIND_LIST: *(struct cli_list *)to = (struct cli_list){.n = 0}; break;
    }
  }
}

static const struct cli_option *cli_find(const struct cli_set *sets, size_t n, const char *name, size_t len,
                                         const struct cli_set **ret_set) {
  for (size_t s = 0; s < n; s++)
    for (size_t i = 0; i < sets[s].n; i++) {
      const struct cli_option *option = &sets[s].options[i];
      if (strlen(option->name) == len && memcmp(option->name, name, len) == 0) {
        *ret_set = &sets[s];
        return option;
      }
    }
  return NULL;
}

static int cli_take_number(const struct cli_option *option, long *to, const char *value, char reason[CLI_REASON]) {
  char *end;
  errno = 0;
  long v = strtol(value, &end, 10);
  if (end == value || *end != '\0' || errno != 0 || v < option->low || v > option->high) {
    snprintf(reason, CLI_REASON, "--%s takes a whole number from %ld to %ld, not \"%.40s\"", option->name, option->low,
             option->high, value);
    return E_INVALID;
  }
  *to = v;
  return 0;
}

static int cli_take_text(const struct cli_option *option, void *to, const char *value, char reason[CLI_REASON]) {
  struct cli_list *list = to;
  if (*value == '\0') {
    snprintf(reason, CLI_REASON, "--%s needs %s, which is empty", option->name, option->value);
    return E_INVALID;
  }
  if (option->kind == CLI_KIND_TEXT) {
    *(const char **)to = value;
    return 0;
  }
  if (list->n == CLI_LIST) {
    snprintf(reason, CLI_REASON, "--%s was given more than %d times", option->name, CLI_LIST);
    return E_INVALID;
  }
  list->item[list->n++] = value;
  return 0;
}

static int cli_take(const struct cli_set *set, const struct cli_option *option, const char *value, char reason[CLI_REASON]) {
  void *to = cli_at(set, option);
  switch (option->kind) {
  case CLI_KIND_FLAG: *(bool *)to = true; return 0;
  case CLI_KIND_TEXT:
  case CLI_KIND_LIST: return cli_take_text(option, to, value, reason);
  case CLI_KIND_NUMBER: return cli_take_number(option, to, value, reason);
  case CLI_KIND_DAY:
    if (result_parse_day(value, to) == 0)
      return 0;
    snprintf(reason, CLI_REASON, "--%s takes a day as YYYY-MM-DD, not \"%.40s\"", option->name, value);
    return E_INVALID;
  }
  return E_INVALID;
}

/* The option `word`, which stands at argv[*at]; *at ends on the last word that belongs to it. */
static int cli_parse_option(const struct cli_set *sets, size_t n, const char *word, int argc, char *const *argv, int *at,
                            char reason[CLI_REASON]) {
  const char *name = word + 2, *equals = strchr(name, '=');
  size_t len = equals ? (size_t)(equals - name) : strlen(name);
  const struct cli_set *set = NULL;
  const struct cli_option *option = cli_find(sets, n, name, len, &set);
  if (!option) {
    snprintf(reason, CLI_REASON, "there is no option --%.*s here", (int)(len < 40 ? len : 40), name);
    return E_INVALID;
  }
  if (option->kind == CLI_KIND_FLAG) {
    if (!equals)
      return cli_take(set, option, "", reason);
    snprintf(reason, CLI_REASON, "--%s takes no value", option->name);
    return E_INVALID;
  }
  if (equals)
    return cli_take(set, option, equals + 1, reason);
  if (*at + 1 >= argc) {
    snprintf(reason, CLI_REASON, "--%s needs %s after it", option->name, option->value);
    return E_INVALID;
  }
  return cli_take(set, option, argv[++*at], reason);
}

int cli_parse(const struct cli_set *sets, size_t n, int argc, char *const *argv, int from, bool stop_at_word,
              struct cli_words *ret_words, char reason[CLI_REASON]) {
  bool options_over = false;
  ret_words->n = 0;
  for (int i = from; i < argc; i++) {
    const char *word = argv[i];
    if (!options_over && strcmp(word, "--") == 0) {
      options_over = true;
      continue;
    }
    if (!options_over && strcmp(word, "-h") == 0)
      word = "--help";
    if (!options_over && strncmp(word, "--", 2) == 0) {
      int err = cli_parse_option(sets, n, word, argc, argv, &i, reason);
      if (err)
        return err;
      continue;
    }
    if (!options_over && word[0] == '-' && word[1] != '\0') {
      snprintf(reason, CLI_REASON, "options are written out, with two dashes: not \"%.40s\"", word);
      return E_INVALID;
    }
    if (stop_at_word)
      return i;
    if (ret_words->n == CLI_WORDS) {
      snprintf(reason, CLI_REASON, "more than %d words", CLI_WORDS);
      return E_INVALID;
    }
    ret_words->word[ret_words->n++] = word;
  }
  return argc;
}

bool cli_words_fit(const struct cli_words *words, size_t least, size_t most, const char *wanted, char reason[CLI_REASON]) {
  if (words->n < least)
    snprintf(reason, CLI_REASON, "%s is missing", wanted);
  else if (words->n > most)
    snprintf(reason, CLI_REASON, "\"%.60s\" is one word too many", words->word[most]);
  else
    return true;
  return false;
}

/* ---------------------------------------------------------------- help */

void cli_help_heading(struct term *term, const char *heading) {
  fputc('\n', term->out);
  term_puts(term, STYLE_BOLD, heading);
  fputc('\n', term->out);
}

void cli_help_lines(struct term *term, size_t indent, const char *lines) {
  while (*lines) {
    size_t len = strcspn(lines, "\n");
    char *line = strndup(lines, len);
    if (line)
      term_wrap(term, indent, "", STYLE_PLAIN, line);
    free(line);
    lines += len + (lines[len] != '\0');
  }
}

void cli_help_options(struct term *term, const struct cli_option *options, size_t n) {
  for (size_t i = 0; i < n; i++) {
    char name[64], lead[HELP_NAME_COLUMNS + 3];
    snprintf(name, sizeof name, "--%s%s%s", options[i].name, options[i].value ? " " : "", options[i].value ? options[i].value : "");
    if (strlen(name) >= HELP_NAME_COLUMNS) {
      fprintf(term->out, "  %s\n", name);
      name[0] = '\0';
    }
    snprintf(lead, sizeof lead, "  %-*.*s", HELP_NAME_COLUMNS - 1, HELP_NAME_COLUMNS - 1, name);
    char help[300];
    bool counts = options[i].preset >= options[i].low && options[i].preset <= options[i].high; /* else: that it was not given */
    if (options[i].kind == CLI_KIND_NUMBER && !counts)
      snprintf(help, sizeof help, "%s (%ld to %ld)", options[i].help, options[i].low, options[i].high);
    else if (options[i].kind == CLI_KIND_NUMBER)
      snprintf(help, sizeof help, "%s (%ld to %ld; %ld unless given)", options[i].help, options[i].low, options[i].high,
               options[i].preset);
    else
      snprintf(help, sizeof help, "%s", options[i].help);
    term_wrap(term, 0, lead, STYLE_PLAIN, help);
  }
}

/* ---------------------------------------------------------------- what every command says alike */

void cli_complain(struct term *err, const char *program, const char *fmt, ...) {
  char text[1024];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  term_puts(err, STYLE_RED, program);
  term_puts(err, STYLE_RED, ": ");
  term_puts(err, STYLE_PLAIN, text);
  fputc('\n', err->out);
}

struct conf_reader {
  struct term *err;
  const char *program;
};

static void conf_found(void *arg, const struct conf_finding *finding) {
  struct conf_reader *reader = arg;
  const char *colon = *finding->key ? ": " : "";
  if (finding->line > 0)
    cli_complain(reader->err, reader->program, "%s:%u: %s%s%s", finding->file, finding->line, finding->key, colon, finding->reason);
  else
    cli_complain(reader->err, reader->program, "%s: %s%s%s", finding->file, finding->key, colon, finding->reason);
}

struct conf *cli_conf(struct term *err, const char *program, const char *path) {
  struct conf_reader reader = {err, program};
  return conf_load(path, conf_found, &reader);
}

enum cli_exit cli_exit_of(int err) {
  switch (err) {
  case E_OK: return EXIT_DONE;
  case E_INVALID:
  case E_DATA:
  case E_CONFIG: return EXIT_PROBLEMS;
  default: return EXIT_REFUSED;
  }
}
