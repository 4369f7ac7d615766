/*
 * stepguardctl: what a subcommand is, and what every subcommand may use.
 *
 * A command is one const struct at the end of its file (cmd_*.c) and one row of the table in ctl_main.c: name, words,
 * options, help and examples stand beside the code that they describe. run() gives an exit code of base/cli.h and has told
 * the person whatever it has to tell.
 */
#ifndef SG_CTL_CTL_H
#define SG_CTL_CTL_H

#include "base/cli.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/term.h"
#include "db/sync.h"
#include "proto/csv.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct ctl_global {
  const char *config;
  bool json, help, version;
};

struct ctl {
  struct ctl_global global;
  struct term out, err;
  struct conf *conf;
  struct zone *zone; /* of the school */
  struct dbsync *db;
};

enum { CTL_OPTIONS_BYTES = 1024 /* of the largest struct of options; two lists of CLI_LIST */ };

struct ctl_command {
  const char *name;  /* "code issue" */
  const char *words; /* "FILE", as in the help; "" for none */
  size_t words_least, words_most;
  const char *summary;
  const char *text;     /* paragraphs of the help, a line each */
  const char *examples; /* a line each */
  const struct cli_option *options;
  size_t options_n;
  int (*run)(struct ctl *ctl, const void *options, const struct cli_words *words);
};

extern const struct ctl_command ctl_init, ctl_migrate, ctl_check_config, ctl_doctor, ctl_roster_import, ctl_plans_import,
    ctl_scores_import, ctl_advisers_import, ctl_import_list, ctl_import_undo, ctl_code_issue, ctl_device_list, ctl_device_revoke,
    ctl_queue, ctl_student_show, ctl_assess_all, ctl_params_list, ctl_params_add, ctl_backtest, ctl_link, ctl_fit, ctl_staff_add,
    ctl_staff_list, ctl_staff_reset, ctl_history, ctl_replay, ctl_seal_list, ctl_seal_add, ctl_seal_reseal, ctl_seal_remove,
    ctl_trail_export;

/* "stepguardctl: sentence" to stderr; gives `code` back. */
int ctl_fail(struct ctl *ctl, enum cli_exit code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* A line for people; nothing with --json. */
void ctl_say(struct ctl *ctl, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A finding in a file of rows, as a line on stderr and as JSON. */
enum { CTL_FINDINGS_SHOWN = 200 /* on a terminal nobody reads more; --json has all */ };
void ctl_finding(struct ctl *ctl, const char *file, const struct csv_finding *finding, const char *remedy);
json_t *ctl_finding_json(const char *file, const struct csv_finding *finding, const char *remedy); /* remedy: "" for none */

/* Each gives EXIT_DONE, or has said why not and gives the exit code. The second call of each is free. */
int ctl_conf(struct ctl *ctl) MUSTCHECK;
int ctl_zone(struct ctl *ctl) MUSTCHECK;
int ctl_database(struct ctl *ctl) MUSTCHECK;
int ctl_call(struct ctl *ctl, enum stmt stmt, struct args *args, PGresult **ret) MUSTCHECK;
/* The same for a statement that gives one JSON value, which the caller gets; NULL where it is null in SQL. */
int ctl_call_json(struct ctl *ctl, enum stmt stmt, struct args *args, json_t **ret) MUSTCHECK;

/* Prints and takes the value. EXIT_DONE, or EXIT_REFUSED where stdout did not take it. */
int ctl_print_json(struct ctl *ctl, json_t *taken) MUSTCHECK;

/* "" and 0 where there is none, so that a page can be built without a check a field. */
const char *ctl_text(const json_t *object, const char *key);
double ctl_number(const json_t *object, const char *key);
int64_t ctl_integer(const json_t *object, const char *key);
bool ctl_has(const json_t *object, const char *key); /* there, and not null */
/* A point in time of the database's JSON on the school's clock; "never" where there is none. */
void ctl_local(const struct ctl *ctl, const json_t *object, const char *key, char *out, size_t cap);

#endif
