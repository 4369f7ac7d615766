/*
 * stepguardctl, the operator's tool: a table of subcommands, and the few lines that find one and start it.
 *
 * Options of the whole program may stand anywhere, those of a command after its name; both come from tables (base/cli.h),
 * and so does every line of --help.
 */
#include "ctl/ctl.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

static const struct ctl_command *const commands[] = {
    &ctl_init,         &ctl_check_config,  &ctl_doctor,          &ctl_migrate,     &ctl_roster_import,
    &ctl_plans_import, &ctl_scores_import, &ctl_advisers_import, &ctl_import_list, &ctl_import_undo,
    &ctl_code_issue,   &ctl_device_list,   &ctl_device_revoke,   &ctl_queue,       &ctl_student_show,
    &ctl_assess_all,   &ctl_params_list,   &ctl_params_add,      &ctl_backtest,    &ctl_link,
    &ctl_fit,          &ctl_staff_add,     &ctl_staff_list,      &ctl_staff_reset, &ctl_history,
    &ctl_replay,       &ctl_seal_list,     &ctl_seal_add,        &ctl_seal_reseal, &ctl_seal_remove,
    &ctl_trail_export,
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static const struct cli_option global_options[] = {
    CLI_TEXT("config", "FILE", struct ctl_global, config,
             "configuration of the school; $STEPGUARD_CONFIG or " CONF_PATH_OF_PACKAGE " unless given"),
    CLI_FLAG("json", struct ctl_global, json, "print data as JSON, for programs"),
    CLI_FLAG("help", struct ctl_global, help, "this text, or that of a command"),
    CLI_FLAG("version", struct ctl_global, version, "print the version"),
};
enum { GLOBAL_OPTIONS = sizeof global_options / sizeof *global_options };

static const char exits[] = "Exit codes: 0 done, 1 found problems, 2 usage, 3 could not reach or was refused.";

/* ---------------------------------------------------------------- help */

static void help_program(struct term *term) {
  fprintf(term->out, "usage: stepguardctl [--config FILE] COMMAND [OPTIONS]\n");
  cli_help_heading(term, "Commands");
  for (size_t i = 0; i < COMMANDS; i++)
    fprintf(term->out, "  %-16s %s\n", commands[i]->name, commands[i]->summary);
  cli_help_heading(term, "Options of every command");
  cli_help_options(term, global_options, GLOBAL_OPTIONS);
  cli_help_heading(term, "Examples");
  cli_help_lines(term, 2,
                 "stepguardctl init --write-config stepguard.conf\n"
                 "stepguardctl --config stepguard.conf roster import students.csv --dry-run\n"
                 "stepguardctl --config stepguard.conf queue\n"
                 "stepguardctl code issue --help");
  fprintf(term->out, "\n%s\n", exits);
}

static void help_command(struct term *term, const struct ctl_command *command) {
  fprintf(term->out, "usage: stepguardctl %s%s%s%s\n\n", command->name, *command->words ? " " : "", command->words,
          command->options_n ? " [OPTIONS]" : "");
  cli_help_lines(term, 0, command->text);
  if (command->options_n) {
    cli_help_heading(term, "Options");
    cli_help_options(term, command->options, command->options_n);
  }
  cli_help_heading(term, "Options of every command");
  cli_help_options(term, global_options, GLOBAL_OPTIONS);
  cli_help_heading(term, "Examples");
  cli_help_lines(term, 2, command->examples);
  fprintf(term->out, "\n%s\n", exits);
}

/* ---------------------------------------------------------------- finding the command */

/* The command whose name stands at argv[at]; *ret_after is where its own words begin. */
static const struct ctl_command *command_find(int argc, char **argv, int at, int *ret_after) {
  for (size_t i = 0; i < COMMANDS; i++) {
    const char *second = strchr(commands[i]->name, ' ');
    size_t len = second ? (size_t)(second - commands[i]->name) : strlen(commands[i]->name);
    if (strncmp(argv[at], commands[i]->name, len) != 0 || argv[at][len] != '\0')
      continue;
    if (second && (at + 1 >= argc || strcmp(argv[at + 1], second + 1) != 0))
      continue;
    *ret_after = at + (second ? 2 : 1);
    return commands[i];
  }
  return NULL;
}

/* "code" alone: says what there is of it. */
static int command_unknown(struct ctl *ctl, int argc, char **argv, int at) {
  char known[256] = "";
  size_t word = strlen(argv[at]);
  for (size_t i = 0; i < COMMANDS; i++)
    if (strncmp(commands[i]->name, argv[at], word) == 0 && commands[i]->name[word] == ' ') {
      size_t used = strlen(known);
      snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", commands[i]->name);
    }
  if (*known && at + 1 < argc && argv[at + 1][0] != '-')
    return ctl_fail(ctl, EXIT_USAGE, "there is no command \"%s %s\"; there is %s", argv[at], argv[at + 1], known);
  if (*known)
    return ctl_fail(ctl, EXIT_USAGE, "\"%s\" needs a second word: %s", argv[at], known);
  return ctl_fail(ctl, EXIT_USAGE, "there is no command \"%s\"; stepguardctl --help lists them", argv[at]);
}

static int command_run(struct ctl *ctl, const struct ctl_command *command, int argc, char **argv, int from) {
  _Alignas(max_align_t) char options[CTL_OPTIONS_BYTES] = {0};
  const struct cli_set sets[] = {{global_options, GLOBAL_OPTIONS, &ctl->global}, {command->options, command->options_n, options}};
  struct cli_words words;
  char reason[CLI_REASON];
  cli_preset(&sets[1]);
  int end = cli_parse(sets, 2, argc, argv, from, false, &words, reason);
  if (end >= 0 && ctl->global.help) {
    help_command(&ctl->out, command);
    return EXIT_DONE;
  }
  if (end < 0 || !cli_words_fit(&words, command->words_least, command->words_most, command->words, reason))
    return ctl_fail(ctl, EXIT_USAGE, "%s (stepguardctl %s --help)", reason, command->name);
  return command->run(ctl, options, &words);
}

static int ctl_start(struct ctl *ctl, int argc, char **argv) {
  const struct cli_set global = {global_options, GLOBAL_OPTIONS, &ctl->global};
  struct cli_words words;
  char reason[CLI_REASON];
  int after = 0;
  cli_preset(&global);
  ctl->global.config = conf_path_default();
  int at = cli_parse(&global, 1, argc, argv, 1, true, &words, reason);
  if (at < 0)
    return ctl_fail(ctl, EXIT_USAGE, "%s (stepguardctl --help)", reason);
  if (ctl->global.version) {
    printf("stepguardctl %s\n", SG_VERSION);
    return EXIT_DONE;
  }
  if (at == argc) {
    help_program(ctl->global.help ? &ctl->out : &ctl->err);
    return ctl->global.help ? EXIT_DONE : EXIT_USAGE;
  }
  const struct ctl_command *command = command_find(argc, argv, at, &after);
  return command ? command_run(ctl, command, argc, argv, after) : command_unknown(ctl, argc, argv, at);
}

int main(int argc, char **argv) {
  struct ctl ctl = {0};
  term_init(&ctl.out, stdout);
  term_init(&ctl.err, stderr);
  int code = ctl_start(&ctl, argc, argv);
  dbsync_close(ctl.db);
  zone_free(ctl.zone);
  conf_unref(ctl.conf);
  /* What the command said may have met a full disk or a closed pipe; then it is not done. */
  if (fflush(stdout) != 0 && code == EXIT_DONE)
    code = EXIT_REFUSED;
  return code;
}
