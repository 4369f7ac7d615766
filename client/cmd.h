/*
 * What the subcommands of `stepguard` share: their table, their options, and how they speak to people and to programs.
 *
 * Rules: data go to standard output, all talk to standard error. With --json standard output is exactly one JSON document,
 * also when something fails. Colour is never the only carrier of a meaning, and there is none when NO_COLOR is set or
 * standard output is no terminal.
 */
#ifndef SG_CLIENT_CMD_H
#define SG_CLIENT_CMD_H

#include "client/stepguard.h"

#include <jansson.h>

enum { EXIT_DONE = 0, EXIT_PROBLEMS = 1, EXIT_USAGE = 2, EXIT_REFUSED = 3 };

struct option_row;

struct app {
  const struct command *command;
  /* Not NULL: nobody wants the command run; its options are given to this instead (cmd_describe.c). */
  void (*describe)(const struct app *app, const struct option_row *rows, size_t n);
  bool json;
  bool ask;            /* a person sits at the terminal: missing values may be asked for */
  bool colour, utf8;   /* on standard output */
  bool error_terminal; /* standard error is a terminal: progress makes sense */
  unsigned width;      /* columns of the terminal that standard output is; 0: it is none */
  struct sg_client *client;
};

struct command {
  const char *name;
  const char *arguments; /* as shown after the options */
  const char *summary;   /* one line */
  const char *details;   /* a paragraph, or NULL */
  const char *examples;  /* one a line */
  int (*run)(struct app *app, int argc, char **argv);
};

extern const struct command commands[]; /* commands.c */
extern const size_t commands_n;

int cmd_enrol(struct app *app, int argc, char **argv);
int cmd_add(struct app *app, int argc, char **argv);
int cmd_import(struct app *app, int argc, char **argv);
int cmd_list(struct app *app, int argc, char **argv);
int cmd_edit(struct app *app, int argc, char **argv);
int cmd_retract(struct app *app, int argc, char **argv);
int cmd_undo(struct app *app, int argc, char **argv);
int cmd_exam(struct app *app, int argc, char **argv);
int cmd_goal(struct app *app, int argc, char **argv);
int cmd_checkin(struct app *app, int argc, char **argv);
int cmd_status(struct app *app, int argc, char **argv);
int cmd_messages(struct app *app, int argc, char **argv);
int cmd_sync(struct app *app, int argc, char **argv);
int cmd_export(struct app *app, int argc, char **argv);
int cmd_devices(struct app *app, int argc, char **argv);
int cmd_doctor(struct app *app, int argc, char **argv);
int cmd_passphrase(struct app *app, int argc, char **argv);
int cmd_disclosures(struct app *app, int argc, char **argv);

/* ---- options (cmd_options.c) ---- */

enum { OPTION_LIST_MAX = 64 };
struct option_list { /* of an option that may be given several times */
  const char *value[OPTION_LIST_MAX];
  size_t n;
};

/* Exactly one of flag, text, number, list says where the value goes. */
struct option_row {
  const char *name;  /* without the dashes */
  const char *value; /* its name in the help; NULL for a flag */
  const char *help;
  bool *flag;
  const char **text;
  unsigned *number;
  struct option_list *list;
};

enum { OPTIONS_GO_ON = -1 };

/* Reads the options in any order among the arguments, --json and --help beside those of the table. On OPTIONS_GO_ON the
 * arguments that remain are argv[0 .. *ret_argc). Otherwise the help or a complaint is out and the exit code is given. */
int options_read(struct app *app, const struct option_row *rows, size_t n, int argc, char **argv, int *ret_argc) MUSTCHECK;
/* Complains about the arguments, names the help, gives EXIT_USAGE. */
int usage_wrong(const struct app *app, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Opens the client (and says why it cannot), and has times shown in the school's zone from here on. */
int app_open(struct app *app) MUSTCHECK;        /* OPTIONS_GO_ON or an exit code */
struct sg_options app_options(struct app *app); /* for a command that opens the client by itself */
int app_zone(struct app *app, struct sg_error *ret_error) MUSTCHECK;
/* The next paragraph of a command's details, its lines joined; an item of a list (it begins with blanks) has what it explains in
 * the first 16 columns. False at the end. */
bool details_next(const char **details, char *ret, size_t cap, bool *ret_item);

/* Writes the manual page or a shell's completion ("man", "bash", "zsh") to standard output (cmd_describe.c). */
int describe(const char *format);

/* ---- answers to what a file leaves open (cmd_answers.c): from options first, then from the person at the terminal ---- */

struct answers {
  const struct app *app;
  struct option_list epc, scales, columns, exams;
  const char *dates;
  bool reset;
  bool columns_shown, codes_shown;
};
enum { ANSWER_OPTIONS = 6 };
/* The options that fill it, for the command's table. */
void answers_options(struct answers *answers, struct option_row ret[ANSWER_OPTIONS]);
/* For sg_import.known and .ask, through functions that find the struct. */
bool answers_known(const struct answers *answers, const struct sg_question *question, char ret[SG_ANSWER_CAP]);
bool answers_ask(struct answers *answers, const struct sg_question *question, char ret[SG_ANSWER_CAP]);

/* ---- speaking (cmd_speak.c) ---- */

/* Says what failed, gives the exit code. */
int speak_error(const struct app *app, const struct sg_error *error);
/* Prints the document and lets go of it; gives EXIT_PROBLEMS when standard output takes no more. */
int speak_json(json_t *document, int exit_code);
json_t *json_error(const struct sg_error *error);
json_t *json_time(int64_t ms); /* RFC 3339 in UTC, or null for 0 */
json_t *json_day(int32_t day); /* or null */
json_t *json_id(const uint8_t id[UUID_BYTES]);
json_t *json_centi(int32_t centi);

enum { SPEAK_TIME = 48, SPEAK_NUMBER = 24 };
void format_time(char ret[SPEAK_TIME], int64_t ms);       /* in the zone the app has set, named */
void format_date(char ret[SPEAK_TIME], int64_t ms);       /* "2026-06-15", there */
void format_day(char ret[SPEAK_TIME], int32_t day);       /* "Mon 15 Jun 2026" */
void format_centi(char ret[SPEAK_NUMBER], int32_t centi); /* "231" or "67.25" */
const char *row_state_name(enum sg_row_state state);

enum tone { TONE_PLAIN, TONE_GOOD, TONE_WARN, TONE_BAD, TONE_QUIET };
const char *tone_on(const struct app *app, enum tone tone); /* "" where there is no colour */
const char *tone_off(const struct app *app, enum tone tone);

/* A table: cells are added row by row, left to right; printed with columns as wide as needed. */
struct table; /* heap */
struct table *table_new(const char *const *heads, size_t columns);
void table_cell(struct table *table, const char *text);
/* And frees it. On a terminal the last column is broken to fit, or goes below its row where there is no room beside it. */
void table_print(struct table *table, const struct app *app);
void table_free(struct table *table);

/* Text broken between words to fit between `indent` and `width`; the first piece goes where the cursor is. */
void print_broken(const char *text, size_t indent, size_t width);

/* A line of text, where the cursor is `indent` columns in; on a terminal it is broken between words. */
void print_text(const struct app *app, size_t indent, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* A field and its text in a block of 80 columns: broken between words and indented, nothing cut. An empty text prints nothing. */
void print_field(const char *label, const char *text);

/* Progress on a terminal, after the first second; for sg_sync_options. `arg` is a struct progress. */
struct progress {
  const struct app *app;
  int64_t started_ms;
  bool shown;
};
void progress_init(struct progress *progress, const struct app *app);
void progress_show(void *arg, const char *what, uint64_t done, uint64_t total);
void progress_clear(struct progress *progress);

/* ---- what several commands tell the same way ---- */

json_t *standing_json(const struct sg_standing *standing); /* cmd_status.c */
json_t *plan_json(const struct sg_plan *plan);             /* cmd_exam.c */

json_t *study_json(const struct sg_study *study); /* cmd_study.c, as all below */
json_t *message_json(const struct sg_message *message);

/* Hours as people write them: "25", "7.5", "7:30", "90m". False where it is none. */
bool hours_read(const char *text, int32_t *ret_minutes) MUSTCHECK;
void hours_text(char ret[SPEAK_NUMBER], int32_t minutes); /* "25 h", "7:30 h" */
int32_t today_day(void);                                  /* in the zone the app has set */

/* A week, as far as it is known on this device. */
struct week {
  int32_t monday;
  struct sg_study goal, check_in;
  bool has_goal, has_check_in;
  int32_t recorded;  /* questions in the results of this device */
  int32_t questions; /* those, or what the check-in says, whichever is more */
  int32_t checks;    /* whole self-assessments recorded */
};
/* The week that a day is in. OPTIONS_GO_ON, or an exit code and it was said why. */
int week_find(struct app *app, int32_t day, struct week *ret) MUSTCHECK;
json_t *week_json(const struct week *week);

/* For `status`: this week, and what the office wrote. */
struct studying {
  struct week week;
  struct sg_messages_about messages;
};
int studying_find(struct app *app, struct studying *ret) MUSTCHECK; /* as week_find() */
int studying_text(struct app *app, const struct studying *studying);
void studying_json(const struct studying *studying, json_t *into);

/* The curve (cmd_chart.c); nothing where there is nothing to draw. Gives an exit code. */
int chart_show(struct app *app, const struct sg_standing *standing);

/* ---- what can be worked out here (cmd_advice.c) ---- */

enum { ADVICE_MOVED = 4 };

struct moved {
  double points;
  char text[256];
};

struct advice {
  struct moved moved[ADVICE_MOVED]; /* the heaviest first */
  size_t moved_n;
  int64_t moved_since_ms; /* 0: there is no earlier day to compare with */
  double p_before;
  const char *next_code;
  char next[256];
};

/* `standing` NULL: the school has not said. OPTIONS_GO_ON, or an exit code and it was said why. */
int advice_find(struct app *app, const struct sg_about *about, const struct sg_standing *standing, struct advice *ret);
void advice_moved_text(const struct advice *advice, const struct sg_standing *standing);
void advice_weak_text(const struct sg_standing *standing);
/* `standing` NULL: the school has not said. */
void advice_json(const struct advice *advice, const struct sg_standing *standing, json_t *into);

/* Asks on the terminal. False at end of input. An empty answer gives `preset` (which may be ""). */
bool ask_line(const char *question, const char *preset, char *ret, size_t cap) MUSTCHECK;
/* The same, where TAB completes one of the choices (cmd_prompt.c); anything else may be answered too. */
bool ask_choice(const char *question, const char *preset, const char *const *choices, size_t n, char *ret, size_t cap) MUSTCHECK;
/* The same without echo. */
bool ask_secret(const char *question, char *ret, size_t cap) MUSTCHECK;
/* A new passphrase, twice without echo. OPTIONS_GO_ON, or an exit code and it was said why. */
int ask_passphrase(const struct app *app, char ret[SG_PASSPHRASE_CAP]) MUSTCHECK;

#endif
