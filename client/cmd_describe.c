/*
 * The manual page and the completions, made from the tables that the program itself runs on. Each command is called with nobody
 * to serve: the first thing it does is hand its options to options_read(), which gives them to us instead and ends the call.
 * Writing these files by hand was rejected: they would be right on the day they are written.
 *
 * What completes a value follows from the name the help gives it (FILE, CODE, SCALE ...), so an option says it once.
 */
#include "client/cmd.h"

#include <stdio.h>
#include <string.h>

static const char intro[] =
    "Records your practice results for Step 1 on this device, sends them to your school when you say so, and shows "
    "how you stand. It works without a network until you sync.";

/* ---------------------------------------------------------------- walking the tables */

static void each_command(void (*describe_one)(const struct app *app, const struct option_row *rows, size_t n)) {
  for (size_t i = 0; i < commands_n; i++) {
    struct app app = {.command = &commands[i], .describe = describe_one};
    (void)commands[i].run(&app, 0, NULL);
  }
}

/* Words that may stand for a value of that name; "" where it is free. */
static const char *words_of(const char *value, char *room, size_t cap) {
  size_t len = 0;
  room[0] = '\0';
  if (strcmp(value, "CODE") == 0)
    for (size_t i = 0; i < catalogue_instruments_n && len < cap; i++)
      len += (size_t)snprintf(room + len, cap - len, "%s%s", i > 0 ? " " : "", catalogue_instruments[i].code);
  else if (strcmp(value, "SCALE") == 0 || strcmp(value, "[CODE=]SCALE") == 0)
    snprintf(room, cap, "epc percent three_digit nbme800 cbse_old");
  else if (strcmp(value, "MODE") == 0)
    snprintf(room, cap, "timed untimed tutor");
  else if (strcmp(value, "mdy|dmy") == 0)
    snprintf(room, cap, "mdy dmy");
  return room;
}

enum { WORDS_ROOM = 512 };

static bool takes_file(const struct command *command) {
  return strcmp(command->arguments, "FILE") == 0;
}

/* The words a command takes as its first argument: the first of each alternative of "[plan DAY | cancel | result pass|fail]". */
static const char *verbs_of(const struct command *command, char *room, size_t cap) {
  static const char between[] = " | ";
  const char *at = command->arguments[0] == '[' ? command->arguments + 1 : NULL;
  size_t len = 0;
  room[0] = '\0';
  while (at != NULL && len < cap) {
    len += (size_t)snprintf(room + len, cap - len, "%s%.*s", len > 0 ? " " : "", (int)strcspn(at, " ]"), at);
    at = strstr(at, between);
    at = at != NULL ? at + strlen(between) : NULL;
  }
  return room;
}

/* ---------------------------------------------------------------- manual page */

/* Text for troff: a backslash is doubled, a dash is a dash, and no line begins with a dot or an apostrophe. */
static void man_text(const char *text) {
  bool begins = true;
  for (; *text != '\0'; text++) {
    if (begins && (*text == '.' || *text == '\''))
      printf("\\&");
    if (*text == '\\')
      printf("\\e");
    else if (*text == '-')
      printf("\\-");
    else
      putchar(*text);
    begins = *text == '\n';
  }
}

static void man_option(const char *name, const char *value, const char *help) {
  printf(".TP\n\\fB\\-\\-");
  man_text(name);
  printf("\\fR");
  if (value != NULL) {
    printf(" \\fI");
    man_text(value);
    printf("\\fR");
  }
  printf("\n");
  man_text(help);
  printf("\n");
}

static void man_details(const char *details) {
  enum { ITEM_NAME = 16 };
  char block[4096];
  bool item;
  while (details_next(&details, block, sizeof block, &item)) {
    const char *text = block + strspn(block, " ");
    size_t name = item && strlen(block) > ITEM_NAME ? ITEM_NAME - (size_t)(text - block) : 0;
    while (name > 0 && text[name - 1] == ' ')
      name--;
    if (name > 0) {
      char left[ITEM_NAME + 1];
      snprintf(left, sizeof left, "%.*s", (int)name, text);
      printf(".TP\n");
      man_text(left);
      printf("\n");
      text = block + ITEM_NAME;
    } else {
      printf(".PP\n");
    }
    man_text(text + strspn(text, " "));
    printf("\n");
  }
}

static void man_command(const struct app *app, const struct option_row *rows, size_t n) {
  const struct command *command = app->command;
  printf(".SS \"stepguard %s", command->name);
  if (command->arguments[0] != '\0') {
    printf(" ");
    man_text(command->arguments);
  }
  printf("\"\n");
  man_text(command->summary);
  printf("\n");
  if (command->details != NULL)
    man_details(command->details);
  for (size_t i = 0; i < n; i++)
    man_option(rows[i].name, rows[i].value, rows[i].help);
  printf(".PP\nExamples:\n.PP\n.nf\n.RS\n");
  man_text(command->examples);
  printf("\n.RE\n.fi\n");
}

static void man_page(void) {
  printf(
      ".TH STEPGUARD 1 \"\" \"stepguard %s\" \"User Commands\"\n.SH NAME\nstepguard \\- a student's practice results, and how the "
      "student stands\n.SH SYNOPSIS\n.B stepguard\n.I command\n[\\fIoptions\\fR]\n.SH DESCRIPTION\n",
      SG_VERSION);
  man_text(intro);
  printf("\n.PP\nEvery command takes \\fB\\-\\-json\\fR, for one JSON document on standard output, and \\fB\\-\\-help\\fR.\n.SH "
         "COMMANDS\n");
  each_command(man_command);
  printf(".SH EXIT STATUS\n0 done, 1 found problems, 2 usage, 3 the server could not be reached or refused.\n"
         ".SH ENVIRONMENT\n.TP\n.B STEPGUARD_HOME\nwhere results are kept; else $XDG_DATA_HOME/stepguard, else "
         "~/.local/share/stepguard\n"
         ".TP\n.B NO_COLOR\nno colour\n.TP\n.B COLUMNS\nthe width of tables and of the curve\n"
         ".SH FILES\n.TP\n.I outbox.db\nresults, plan changes, the last standing (SQLite)\n.TP\n.I device.key\nthe key of this "
         "device; it "
         "never leaves it\n.TP\n.I device.crt, ca.crt\nthe school's certificate for it, and the one authority it believes\n");
}

/* ---------------------------------------------------------------- bash */

static void bash_command(const struct app *app, const struct option_row *rows, size_t n) {
  char room[WORDS_ROOM];
  printf("  %s)\n    case $previous in\n", app->command->name);
  for (size_t i = 0; i < n; i++) {
    if (rows[i].value == NULL)
      continue;
    if (strcmp(rows[i].value, "FILE") == 0)
      printf("    --%s) files=1; return ;;\n", rows[i].name);
    else
      printf("    --%s) words='%s'; return ;;\n", rows[i].name, words_of(rows[i].value, room, sizeof room));
  }
  printf("    esac\n    words='");
  for (size_t i = 0; i < n; i++)
    printf("--%s ", rows[i].name);
  const char *verbs = verbs_of(app->command, room, sizeof room);
  printf("--json --help%s%s'\n", verbs[0] != '\0' ? " " : "", verbs);
  if (takes_file(app->command))
    printf("    files=1\n");
  printf("    ;;\n");
}

static void bash_completion(void) {
  printf("# Completion of stepguard for bash. Made from the program's own tables.\n_stepguard_words() {\n  case $1 in\n");
  each_command(bash_command);
  printf("  help) words='");
  for (size_t i = 0; i < commands_n; i++)
    printf("%s%s", i > 0 ? " " : "", commands[i].name);
  printf("' ;;\n  *) words='");
  for (size_t i = 0; i < commands_n; i++)
    printf("%s ", commands[i].name);
  printf("help --help --version' ;;\n  esac\n}\n"
         "_stepguard() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command='' words='' files=''\n"
         "  COMPREPLY=()\n"
         "  ((COMP_CWORD > 1)) && command=${COMP_WORDS[1]}\n"
         "  _stepguard_words \"$command\"\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\"; [[ -z $files || $current == -* ]] || compgen -f -- "
         "\"$current\")\n"
         "}\n"
         "complete -o filenames -F _stepguard stepguard\n");
}

/* ---------------------------------------------------------------- zsh */

/* Inside '...[...]': a quote ends the word, brackets and colons mean something. */
static void zsh_text(const char *text) {
  for (; *text != '\0'; text++) {
    if (*text == '\'')
      printf("'\\''");
    else if (strchr("[]:\\", *text) != NULL)
      printf("\\%c", *text);
    else
      putchar(*text);
  }
}

static void zsh_command(const struct app *app, const struct option_row *rows, size_t n) {
  char room[WORDS_ROOM];
  printf("    %s)\n      _arguments \\\n", app->command->name);
  for (size_t i = 0; i < n; i++) {
    printf("        '%s--%s[", rows[i].list != NULL ? "*" : "", rows[i].name);
    zsh_text(rows[i].help);
    printf("]");
    if (rows[i].value != NULL) {
      const char *words = words_of(rows[i].value, room, sizeof room);
      printf(":");
      zsh_text(rows[i].value);
      printf(strcmp(rows[i].value, "FILE") == 0 ? ":_files" : words[0] != '\0' ? ":(%s)" : ":", words);
    }
    printf("' \\\n");
  }
  printf("        '--json[write one JSON document instead of text]' \\\n        '--help[show the help]'");
  if (takes_file(app->command))
    printf(" \\\n        '1:file:_files'");
  else if (verbs_of(app->command, room, sizeof room)[0] != '\0')
    printf(" \\\n        '1:what:(%s)'", room);
  printf("\n      ;;\n");
}

static void zsh_completion(void) {
  printf("#compdef stepguard\n# Completion of stepguard for zsh. Made from the program's own tables.\n_stepguard() {\n"
         "  local -a commands\n  commands=(\n");
  for (size_t i = 0; i < commands_n; i++) {
    printf("    '%s:", commands[i].name);
    zsh_text(commands[i].summary);
    printf("'\n");
  }
  printf("    'help:Show the help, or that of a command'\n  )\n"
         "  if (( CURRENT == 2 )); then\n    _describe 'command' commands\n    return\n  fi\n"
         "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n");
  each_command(zsh_command);
  printf("    help) _describe 'command' commands ;;\n  esac\n}\n_stepguard \"$@\"\n");
}

int describe(const char *format) {
  static const struct {
    const char *name;
    void (*write)(void);
  } formats[] = {{"man", man_page}, {"bash", bash_completion}, {"zsh", zsh_completion}};
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
    if (strcmp(formats[i].name, format) != 0)
      continue;
    formats[i].write();
    return fflush(stdout) == 0 && ferror(stdout) == 0 ? EXIT_DONE : EXIT_PROBLEMS;
  }
  fprintf(stderr, "stepguard: --describe gives man, bash or zsh.\n");
  return EXIT_USAGE;
}
