/*
 * stepguard: the student's program. The table below is all there is to choose from; each row's function is in a file of its
 * own, and the help is made from the table and from the options' tables there.
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

/* clang-format off */
static const struct command commands[] = {
  {"enrol", "", "Enrol this device with the one-time code from your school.",
   "The code comes from the school's letter. It is read from a prompt, from --code-file, or from standard input; never from an\n"
   "argument, where other users and the shell's history could see it. The key is made here and never leaves this device. When\n"
   "the connection breaks, run the same again with the same code.",
   "stepguard enrol --server stepguard.school.example:7444\n"
   "stepguard enrol --server stepguard.school.example:7444 --code-file letter.txt --device-name \"my laptop\"", cmd_enrol},
  {"add", "", "Record one practice result.",
   "What is missing is asked for when you sit at a terminal. Nothing is sent before `stepguard sync`.",
   "stepguard add\n"
   "stepguard add --instrument cbssa --form 31 --score 68 --date 2026-03-01\n"
   "stepguard add --instrument qbank_uworld --items 40 --correct 27 --mode timed", cmd_add},
  {"import", "FILE", "Record practice results from a file (- for standard input).",
   "What it is shows by itself:\n"
   "  results.csv   the header names the columns in any order: instrument, taken_at, score (or items and correct) are needed;\n"
   "                form, scale, items, correct, omitted, seconds, seconds_allowed, mode, repeat, printed_p_pass, result_id,\n"
   "                revision, retracted are known. Sub-scores stand in a file of their own (--subscores).\n"
   "  NBME INSIGHTS \"Question Details\", one row a question, several forms in one file. The score is not in it: you are\n"
   "                asked for the EPC of each form, as the score report has it, or give it with --epc.\n"
   "  UWorld        a performance table by system, by subject or both, pasted into a file. What came since the last one\n"
   "                is recorded.\n"
   "  anything else you are asked which column is what, and the answers are remembered for files with the same header.\n"
   "Good rows are taken whatever the others are like; importing the same file again adds nothing; `stepguard undo` takes\n"
   "it back. Spreadsheets' separators, dates and character sets are understood.",
   "stepguard import --dry-run results.csv\n"
   "stepguard import results.csv --subscores subscores.csv\n"
   "stepguard import Questions_List.csv --epc 30=66 --epc 31=70\n"
   "stepguard import uworld.txt --taken-on 2026-03-14\n"
   "stepguard import mine.csv --map taken_at=Day --map instrument==qbank_other --dates mdy", cmd_import},
  {"list", "", "Show what is recorded here, and what the school has of it.",
   "Columns: its number here, the day, the instrument and form, the score, and whether the school has it. --rejected shows what\n"
   "it refused and why, --history also what was corrected since. The number is what edit and retract want.",
   "stepguard list\n"
   "stepguard list --pending\n"
   "stepguard list --rejected --json", cmd_list},
  {"edit", "NUMBER", "Correct a result: its score, day, form or anything else.",
   "NUMBER is what `stepguard list` shows. The school gets the correction with the next sync and keeps both.",
   "stepguard edit 12 --score 68.5\n"
   "stepguard edit 12 --date 2026-03-02 --form 31\n"
   "stepguard edit 12", cmd_edit},
  {"retract", "NUMBER", "Withdraw a result: it counts no more, and its history is kept.",
   "NUMBER is what `stepguard list` shows. To have it back: stepguard edit NUMBER --restore.",
   "stepguard retract 12", cmd_retract},
  {"undo", "", "Take back what was recorded last: an add, an import, an edit, a retraction.",
   "What was never sent is gone; what the school has is withdrawn, or gets back what it was, with the next sync. Again: the\n"
   "one before that.",
   "stepguard undo", cmd_undo},
  {"exam", "[plan DAY | move DAY | cancel | taken DAY | result pass|fail]", "Plan, move or cancel the exam; report it taken, and how it went.",
   "Days are written 2026-06-15. Without an argument it shows what you told so far.",
   "stepguard exam plan 2026-06-15 --permit-from 2026-05-01 --permit-to 2026-07-31\n"
   "stepguard exam move 2026-06-29\n"
   "stepguard exam result pass", cmd_exam},
  {"status", "", "Show how you stand: the chance of passing on the planned day, and why.",
   "Shows what the school said last, with its date: the chance with its interval, what it is made of, what moved it since the\n"
   "day before, a curve, and the next step. --online asks now; nothing is sent.",
   "stepguard status\n"
   "stepguard status --online", cmd_status},
  {"sync", "", "Send what is recorded, and learn how you stand.",
   "May be broken off and run again at any time: nothing is lost and nothing counts twice. A certificate near its end is\n"
   "renewed on the way.",
   "stepguard sync\n"
   "stepguard sync --max-wait 300", cmd_sync},
  {"export", "", "Write out what is recorded here, as results.csv or as JSON.",
   "CSV has every id and revision, so another device that imports it has the same results and not further ones. JSON has the\n"
   "exam plan and the last standing too. A file that is there already is not written over.",
   "stepguard export --output mine.csv --subscores mine-areas.csv\n"
   "stepguard export --json --output mine.json", cmd_export},
  {"doctor", "", "Look for what is wrong, and say what to do.",
   "Clock, state directory, results, certificate, network, and whether the school's server knows this device. Nothing is sent\n"
   "but a hello.",
   "stepguard doctor\n"
   "stepguard doctor --offline", cmd_doctor},
  {"disclosures", "", "Show to whom outside the school your record was given, and who asked in vain.",
   "Asks the school for its ledger of disclosures (34 CFR 99.32) as far as it is about you: who, what, what for, and on what\n"
   "ground of law. Not in it: the school's own officials, what you asked for yourself, and anything about other students.\n"
   "Nothing of it is kept on this device.",
   "stepguard disclosures\n"
   "stepguard disclosures --json", cmd_disclosures},
};
/* clang-format on */
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void help(FILE *out) {
  fprintf(out, "Usage: stepguard COMMAND [options]\n\n"
               "Records your practice results for Step 1 on this device, sends them to your school when you say so,\n"
               "and shows how you stand.\n\nCommands:\n");
  for (size_t i = 0; i < COMMANDS; i++)
    fprintf(out, "  %-11s %s\n", commands[i].name, commands[i].summary);
  fprintf(out, "  %-11s %s\n", "help", "Show this, or the help of a command: stepguard help import");
  fprintf(out, "\nAll take --json and --help. Results are kept in $STEPGUARD_HOME, else in\n"
               "$XDG_DATA_HOME/stepguard, else in ~/.local/share/stepguard.\n"
               "Exit codes: 0 done, 1 found problems, 2 usage, 3 could not reach the server or was refused.\n\n"
               "First steps:\n"
               "  stepguard enrol --server stepguard.school.example:7444\n"
               "  stepguard import results.csv\n"
               "  stepguard sync\n");
}

static const struct command *command_named(const char *name) {
  for (size_t i = 0; i < COMMANDS; i++)
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
