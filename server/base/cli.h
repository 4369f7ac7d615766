/*
 * Command lines as tables: a row per option says its name, its value, where it goes and the sentence of the help, so that
 * parsing, checking and --help come from one place. Used by the programs people start: stepguardctl and stepguard-report.
 *
 *   struct issue { const char *out; long days; bool all; };
 *   static const struct cli_option issue_options[] = {
 *       CLI_TEXT("out", "FILE", struct issue, out, "where the codes go"),
 *       CLI_NUMBER("expires-days", "N", struct issue, days, 14, 1, 365, "days until a code that nobody used is void"),
 *       CLI_FLAG("all", struct issue, all, "for every student"),
 *   };
 *
 * Options may stand before, between and after the other words, as `--name value` or `--name=value`; `--` ends them.
 */
#ifndef SG_BASE_CLI_H
#define SG_BASE_CLI_H

#include "base/conf.h"
#include "base/term.h"
#include "proto/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a command's exit says to a script; the same for every program. */
enum cli_exit { EXIT_DONE = 0, EXIT_PROBLEMS = 1, EXIT_USAGE = 2, EXIT_REFUSED = 3 };

enum cli_kind {
  CLI_KIND_FLAG,   /* bool */
  CLI_KIND_TEXT,   /* const char *, NULL where not given; points into argv */
  CLI_KIND_NUMBER, /* long */
  CLI_KIND_DAY,    /* int32_t days since 1970-01-01, CLI_NO_DAY where not given */
  CLI_KIND_LIST,   /* struct cli_list: the option may be given several times */
};

#define CLI_NO_DAY INT32_MIN

enum { CLI_LIST = 16 };
struct cli_list {
  const char *item[CLI_LIST + 1]; /* ended by NULL */
  size_t n;
};

struct cli_option {
  const char *name;  /* without the dashes */
  const char *value; /* its name in the help: "FILE"; NULL for a flag */
  enum cli_kind kind;
  size_t at;              /* offset in the struct that is filled */
  long preset, low, high; /* CLI_KIND_NUMBER only */
  const char *help;
};

/* clang-format off */
#define CLI_FLAG(name, type, member, help)                       {name, NULL, CLI_KIND_FLAG, offsetof(type, member), 0, 0, 0, help}
#define CLI_TEXT(name, value, type, member, help)                {name, value, CLI_KIND_TEXT, offsetof(type, member), 0, 0, 0, help}
#define CLI_NUMBER(name, value, type, member, preset, low, high, help) \
  {name, value, CLI_KIND_NUMBER, offsetof(type, member), preset, low, high, help}
#define CLI_DAY(name, value, type, member, help)                 {name, value, CLI_KIND_DAY, offsetof(type, member), 0, 0, 0, help}
#define CLI_MANY(name, value, type, member, help)                {name, value, CLI_KIND_LIST, offsetof(type, member), 0, 0, 0, help}
/* clang-format on */

/* A table and the struct its rows point into. */
struct cli_set {
  const struct cli_option *options;
  size_t n;
  void *into;
};

enum { CLI_WORDS = 16, CLI_REASON = 240 };

struct cli_words {
  const char *word[CLI_WORDS]; /* what is no option, in order */
  size_t n;
};

/* Puts every preset in place. To be called once for each set before cli_parse(). */
void cli_preset(const struct cli_set *set);

/* Reads argv[from..argc). With `stop_at_word` it ends at the first word that is no option and gives its index, else argc.
 * Negative, with a sentence in reason, for an unknown option, a missing or superfluous value, or one that cannot be. */
int cli_parse(const struct cli_set *sets, size_t n, int argc, char *const *argv, int from, bool stop_at_word,
              struct cli_words *ret_words, char reason[CLI_REASON]) MUSTCHECK;

/* ---- help ---- */
void cli_help_heading(struct term *term, const char *heading);
void cli_help_lines(struct term *term, size_t indent, const char *lines); /* separated by line ends; each wrapped */
/* The lines of the help about these options, aligned. */
void cli_help_options(struct term *term, const struct cli_option *options, size_t n);

/* Whether the words are as many as wanted; otherwise a sentence. */
bool cli_words_fit(const struct cli_words *words, size_t least, size_t most, const char *wanted, char reason[CLI_REASON]);

/* ---- what every command says alike ---- */

/* "program: sentence". What it quotes cannot move the cursor. */
void cli_complain(struct term *err, const char *program, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Reads the configuration and complains of every finding; NULL then. */
struct conf *cli_conf(struct term *err, const char *program, const char *path) MUSTCHECK;
/* What an error of base/err.h means to whoever started the command. */
enum cli_exit cli_exit_of(int err);

#endif
