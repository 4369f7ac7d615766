/*
 * params list, params add: the model's parameter sets of the school. A version is one text for ever, because estimates name
 * the version that they were made with; a changed file needs a new one.
 *
 * A file is parsed here before it is sent, with the parser that the daemons use: a set that cannot be used never gets as
 * far as the database, and the finding names line and key of the operator's file.
 */
#include "ctl/ctl.h"

#include "base/digest.h"
#include "base/err.h"
#include "base/file.h"
#include "base/table.h"
#include "ctl/params.h"
#include "risk/params.h"

#include <stdlib.h>
#include <string.h>

enum { SET_BYTES = 4 * 1024 * 1024 /* of a parameter file and of an instrument catalogue; the shipped ones have a few KiB */ };

/* ---------------------------------------------------------------- list */

static int list_print(struct ctl *ctl, const json_t *sets) {
  static const struct table_column columns[] = {
      {.title = "version"}, {.title = "in force"}, {.title = "added"}, {.title = "last activated"}, {.title = "sha-256"}};
  struct table *table = table_new(columns, sizeof columns / sizeof *columns);
  size_t i;
  json_t *set;
  char text[64];
  if (!table)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM));
  json_array_foreach(sets, i, set) {
    bool in_force = json_is_true(json_object_get(set, "in_force"));
    table_cell(table, STYLE_BOLD, ctl_text(set, "version"));
    table_cell(table, STYLE_GREEN, in_force ? "yes" : "");
    ctl_local(ctl, set, "added_at", text, sizeof text);
    table_cell(table, STYLE_PLAIN, text);
    ctl_local(ctl, set, "activated_at", text, sizeof text);
    table_cell(table, STYLE_PLAIN, text);
    table_cellf(table, STYLE_DIM, "%.16s", ctl_text(set, "sha256"));
  }
  int err = table_print(table, &ctl->out);
  table_free(table);
  return err ? ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(err)) : EXIT_DONE;
}

static int list_run(struct ctl *ctl, const void *options, const struct cli_words *words) {
  (void)options, (void)words;
  struct args args;
  json_t *sets = NULL;
  int code = ctl_zone(ctl);
  if (code)
    return code;
  args_init(&args, 1024);
  args_text(&args, ctl->conf->school_code);
  code = ctl_call_json(ctl, STMT_PARAMETERS_OF, &args, &sets);
  if (code)
    return code;
  if (ctl->global.json)
    return ctl_print_json(ctl, sets);
  if (json_array_size(sets) == 0)
    ctl_say(ctl, "There is no parameter set; stepguardctl init adds the one that ships.");
  else
    code = list_print(ctl, sets);
  json_decref(sets);
  return code;
}

const struct ctl_command ctl_params_list = {
    .name = "params list",
    .words = "",
    .summary = "the model's parameter sets of the school, and which is in force",
    .text = "Each set is named by the version that its file gives.",
    .examples = "stepguardctl params list\nstepguardctl --json params list",
    .run = list_run,
};

/* ---------------------------------------------------------------- add */

struct add_options {
  const char *instruments;
  bool activate;
};

static const struct cli_option add_cli[] = {
    CLI_TEXT("instruments", "FILE", struct add_options, instruments,
             "the school's own instruments.csv; they go before the built-in ones"),
    CLI_FLAG("activate", struct add_options, activate, "put the set in force: every student is estimated anew"),
};

int params_send(struct ctl *ctl, const struct params_text *set, enum params_activate activate, int32_t *ret_id) {
  struct args args;
  PGresult *res = NULL;
  uint8_t sha256[DIGEST_BYTES];
  /* The hash covers both texts, with the length of the first before it, so that no two pairs give the same bytes. */
  size_t cap = set->body_len + set->instruments_len + 32;
  char *both = malloc(cap);
  if (!both)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM));
  size_t head = (size_t)snprintf(both, cap, "%zu\n", set->body_len);
  memcpy(both + head, set->body, set->body_len);
  if (set->instruments_len)
    memcpy(both + head + set->body_len, set->instruments, set->instruments_len);
  digest_sha256(sha256, both, head + set->body_len + set->instruments_len);
  free(both);

  args_init(&args, 4 * (size_t)SET_BYTES);
  args_text(&args, ctl->conf->school_code);
  args_text(&args, set->version);
  args_text(&args, set->body);
  args_text(&args, set->instruments_len ? set->instruments : "");
  args_bytes(&args, sha256, sizeof sha256);
  if (activate == PARAMS_ACTIVATE_IF_NONE)
    args_null(&args);
  else
    args_bool(&args, activate == PARAMS_ACTIVATE);
  int code = ctl_call(ctl, STMT_PARAMETERS_ADD, &args, &res);
  if (!code)
    *ret_id = cell_i32(res, 0, 0);
  PQclear(res);
  return code;
}

static int add_file(struct ctl *ctl, const char *path, char **ret, size_t *ret_len) {
  char reason[FILE_REASON];
  return file_read(path, SET_BYTES, ret, ret_len, reason) ? ctl_fail(ctl, EXIT_REFUSED, "%s", reason) : EXIT_DONE;
}

static int add_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  const struct add_options *options = given;
  const char *path = words->word[0];
  struct risk_params_fault fault = {0};
  struct risk_params *params = NULL;
  char *body = NULL, *instruments = NULL;
  size_t body_len = 0, instruments_len = 0;
  int32_t id = 0;
  int code = ctl_conf(ctl);
  if (!code)
    code = add_file(ctl, path, &body, &body_len);
  if (!code && options->instruments)
    code = add_file(ctl, options->instruments, &instruments, &instruments_len);
  if (code)
    goto fail;
  params = risk_params_parse(body, body_len, instruments, instruments_len, &fault);
  if (!params) {
    code = ctl_fail(ctl, EXIT_PROBLEMS, "%s:%u: %s%s%s", path, fault.line, fault.key, *fault.key ? ": " : "", fault.reason);
    goto fail;
  }
  const struct params_text set = {risk_params_version(params), body, body_len, instruments, instruments_len};
  code = params_send(ctl, &set, options->activate ? PARAMS_ACTIVATE : PARAMS_ACTIVATE_NOT, &id);
  if (code)
    goto fail;
  if (ctl->global.json)
    code = ctl_print_json(
        ctl, json_pack("{s:i,s:s,s:b}", "parameters_id", (int)id, "version", set.version, "activated", options->activate));
  else
    ctl_say(ctl, "parameter set \"%s\" is there%s", set.version,
            options->activate ? " and in force; the daemon estimates everybody anew, or stepguardctl assess-all does it now" : "");
fail:
  risk_params_free(params);
  free(body);
  free(instruments);
  return code;
}

const struct ctl_command ctl_params_add = {
    .name = "params add",
    .words = "FILE",
    .words_least = 1,
    .words_most = 1,
    .summary = "add a parameter set, and put it in force with --activate",
    .text = "FILE is a parameter file as server/risk/params has them; its every number is checked first. The same version with the "
            "same content is taken again without a change; with other content it is refused.",
    .examples = "stepguardctl params add strict-2.ini --activate",
    .options = add_cli,
    .options_n = sizeof add_cli / sizeof *add_cli,
    .run = add_run,
};
