/*
 * stepguard: the student's program. commands.c has what there is to choose from; each row's function is in a file of its own, and
 * the help is made from that table and from the options' tables there.
 *
 * Exit codes: 0 done, 1 found problems, 2 usage, 3 could not reach the server or was refused by it.
 */
#include "client/cmd.h"

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void help(FILE *out) {
  fprintf(out, "Usage: stepguard COMMAND [options]\n\n"
               "Records your practice results for Step 1 on this device, sends them to your\n"
               "school when you say so, and shows how you stand.\n\nCommands:\n");
  for (size_t i = 0; i < commands_n; i++)
    fprintf(out, "  %-11s %s\n", commands[i].name, commands[i].summary);
  fprintf(out, "  %-11s %s\n", "help", "Show this, or the help of a command: stepguard help import");
  fprintf(out, "\nAll take --json and --help. Results are kept in $STEPGUARD_HOME, else in\n"
               "$XDG_DATA_HOME/stepguard, else in ~/.local/share/stepguard.\n"
               "Exit codes: 0 done, 1 found problems, 2 usage, 3 could not reach the server or\n"
               "was refused.\n\n"
               "First steps:\n"
               "  stepguard enrol --server stepguard.school.example:7444\n"
               "  stepguard import results.csv\n"
               "  stepguard sync\n");
}

static const struct command *command_named(const char *name) {
  for (size_t i = 0; i < commands_n; i++)
    if (strcmp(name, commands[i].name) == 0)
      return &commands[i];
  return NULL;
}

/* What the person said, what the terminal says, or what terminals had for fifty years. */
static unsigned terminal_width(void) {
  enum { USUAL = 80, LEAST = 20, MOST = 1000 };
  const char *columns = getenv("COLUMNS");
  unsigned long width = columns != NULL && columns[0] >= '1' && columns[0] <= '9' ? strtoul(columns, NULL, 10) : 0;
#ifdef TIOCGWINSZ /* everywhere, and in POSIX only since 2024 */
  struct winsize size;
  if (width == 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
    width = size.ws_col;
#endif
  return width >= LEAST && width <= MOST ? (unsigned)width : USUAL;
}

static void app_init(struct app *app) {
  const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
  bool terminal = isatty(STDOUT_FILENO) == 1;
  app->colour = terminal && (no_colour == NULL || no_colour[0] == '\0') && term != NULL && strcmp(term, "dumb") != 0;
  app->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
  app->width = terminal ? terminal_width() : 0;
  app->error_terminal = isatty(STDERR_FILENO) == 1;
  app->ask = isatty(STDIN_FILENO) == 1 && app->error_terminal;
}

int main(int argc, char **argv) {
  umask(077);
  signal(SIGPIPE, SIG_IGN); /* a lost connection and a full disk come back as errors, with a sentence */
  signal(SIGXFSZ, SIG_IGN);
  setlocale(LC_CTYPE, "");
  if (argc < 2) {
    help(stderr);
    return EXIT_USAGE;
  }
  const char *word = argv[1];
  if (strcmp(word, "--version") == 0) {
    printf("stepguard %s\n", SG_VERSION);
    return EXIT_DONE;
  }
  if (strncmp(word, "--describe=", strlen("--describe=")) == 0)
    return describe(word + strlen("--describe="));
  bool help_of = strcmp(word, "help") == 0 && argc > 2;
  if (!help_of && (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
    help(stdout);
    return EXIT_DONE;
  }
  const struct command *command = command_named(help_of ? argv[2] : word);
  if (command == NULL) {
    fprintf(stderr, "stepguard: there is no command \"%s\". See: stepguard --help\n", help_of ? argv[2] : word);
    return EXIT_USAGE;
  }
  struct app app = {.command = command};
  app_init(&app);
  char *just_help[] = {"--help"};
  int code = help_of ? command->run(&app, 1, just_help) : command->run(&app, argc - 2, argv + 2);
  sg_close(app.client);
  return code;
}
