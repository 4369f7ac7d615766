/*
 * check-config: reads the file as every program reads it and names all that is wrong with it, not only the first; --list is
 * the manual of its keys.
 *
 * There is no second reader and no schema beside the code: the findings are those of conf_load(), the list is its table. So
 * what passes here is what the daemon starts with, and a key that is not in the list does not exist. The same goes for what is to
 * be said beside it (pki/checks.h): the daemon logs it when it starts.
 */
#include "ctl/ctl.h"

#include "base/table.h"
#include "pki/checks.h"

#include <string.h>

struct check_options {
  bool list;
};

static const struct cli_option check_options[] = {
    CLI_FLAG("list", struct check_options, list, "every key: type, default and meaning"),
};

/* ---------------------------------------------------------------- the keys */

static void key_to_table(void *arg, const char *key, const char *type, const char *value, const char *help) {
  struct table *table = arg;
  table_cell(table, STYLE_BOLD, key);
  table_cell(table, STYLE_PLAIN, type);
  table_cell(table, STYLE_PLAIN, value);
  table_cell(table, STYLE_PLAIN, help);
}

static void key_to_json(void *arg, const char *key, const char *type, const char *value, const char *help) {
  json_array_append_new(arg, json_pack("{s:s,s:s,s:s,s:s}", "key", key, "type", type, "default", value, "help", help));
}

static int check_list(struct ctl *ctl) {
  static const struct table_column columns[] = {
      {.title = "key"}, {.title = "type"}, {.title = "default", .wraps = true}, {.title = "meaning", .wraps = true}};
  if (ctl->global.json) {
    json_t *keys = json_array();
    conf_describe(key_to_json, keys);
    return ctl_print_json(ctl, keys);
  }
  struct table *table = table_new(columns, sizeof columns / sizeof *columns);
  if (!table)
    return ctl_fail(ctl, EXIT_REFUSED, "out of memory");
  conf_describe(key_to_table, table);
  int err = table_print(table, &ctl->out);
  table_free(table);
  return err ? ctl_fail(ctl, EXIT_REFUSED, "out of memory") : EXIT_DONE;
}

/* ---------------------------------------------------------------- the findings */

static void finding_to_json(void *arg, const struct conf_finding *finding) {
  json_array_append_new(arg, json_pack("{s:s,s:i,s:s,s:s}", "file", finding->file, "line", (int)finding->line, "key", finding->key,
                                       "reason", finding->reason));
}

/* What works and is not as it should be, beside what does not. */
struct check {
  struct ctl *ctl;
  json_t *json; /* NULL without --json */
  bool faults;
};

static void check_said(void *arg, const struct checks_finding *finding) {
  struct check *check = arg;
  check->faults |= finding->fault;
  if (check->json)
    json_array_append_new(check->json,
                          json_pack("{s:s,s:b,s:s}", "key", finding->key, "fault", finding->fault, "reason", finding->reason));
  else
    ctl_say(check->ctl, "%s%s: %s", finding->fault ? "" : "warning: ", finding->key, finding->reason);
}

static int check_json(struct ctl *ctl) {
  json_t *findings = json_array();
  struct conf *conf = conf_load(ctl->global.config, finding_to_json, findings);
  struct check check = {.ctl = ctl, .json = json_array()};
  if (conf)
    checks_run(conf, check_said, &check);
  const bool usable = conf && !check.faults;
  conf_unref(conf);
  int code = ctl_print_json(ctl, json_pack("{s:s,s:b,s:o,s:o}", "file", ctl->global.config, "usable", usable, "findings", findings,
                                           "checks", check.json));
  return code ? code : usable ? EXIT_DONE : EXIT_PROBLEMS;
}

static int check_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  const struct check_options *options = given;
  if (options->list)
    return check_list(ctl);
  if (words->n > 0)
    ctl->global.config = words->word[0];
  if (ctl->global.json && ctl->global.config)
    return check_json(ctl);
  struct check check = {.ctl = ctl};
  int code = ctl_conf(ctl);
  if (code == EXIT_DONE)
    checks_run(ctl->conf, check_said, &check);
  if (code == EXIT_DONE && check.faults)
    return EXIT_PROBLEMS;
  if (code == EXIT_DONE)
    ctl_say(ctl, "%s is usable: school \"%s\" (%s), zone %s", ctl->conf->path, ctl->conf->school_code, ctl->conf->school_name,
            ctl->conf->zone);
  return code;
}

const struct ctl_command ctl_check_config = {
    .name = "check-config",
    .words = "[FILE]",
    .words_most = 1,
    .summary = "read the configuration and name everything wrong with it",
    .text =
        "Reads FILE, or the file of --config, as every program reads it. Each finding names file, line, key and reason; all are "
        "named at once. Then what works and is not as it should be: a certificate that browsers do not know, packages with known "
        "holes. Needs no database.",
    .examples = "stepguardctl check-config stepguard.conf\nstepguardctl check-config --list",
    .options = check_options,
    .options_n = sizeof check_options / sizeof *check_options,
    .run = check_run,
};
