/*
 * staff add, staff list, staff reset: who may enter the dean's office.
 *
 * The first administrator comes from here, because there is nobody who could invite them; everybody else is better invited by
 * an administrator in the office, where it is on the trail who did it. Whoever has this shell has the database, so what these
 * commands may do is not bounded by a role.
 *
 * A new account, and one that is reset, gets a one-time code with which its owner chooses a password at the office's page; the
 * database keeps the code's hash. It is shown here once and nowhere else.
 */
#include "ctl/ctl.h"

#include "base/digest.h"
#include "base/err.h"
#include "base/onetime.h"
#include "base/table.h"
#include "base/when.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ARGS_BYTES = 8 * 1024, ROLES_TEXT = 200, HOUR_MS = 3600 * 1000 };

struct staff_options {
  const char *email, *name;
  struct cli_list roles;
  long hours;
};

/* ---------------------------------------------------------------- letting in */

struct letting_in {
  const char *email, *name, *roles; /* roles separated by commas */
  long hours;
};

static int let_in(struct ctl *ctl, const struct letting_in *who) {
  char code[ONETIME_TEXT], until[WHEN_TEXT];
  uint8_t hash[DIGEST_BYTES];
  struct args args;
  PGresult *res = NULL;
  if (onetime_make(code) < 0)
    return ctl_fail(ctl, EXIT_REFUSED, "there is no randomness to be had");
  digest_sha256(hash, code, strlen(code));
  const int64_t expires_ms = clock_wall_ms() + who->hours * HOUR_MS;
  args_init(&args, ARGS_BYTES);
  args_text(&args, ctl->conf->school_code);
  args_text(&args, who->email);
  args_text(&args, who->name);
  args_text(&args, who->roles);
  args_bytes(&args, hash, sizeof hash);
  args_time(&args, expires_ms);
  const int failed = ctl_call(ctl, STMT_STAFF_FIRST, &args, &res);
  if (failed)
    return failed;
  const int64_t staff_id = cell_i64(res, 0, 0);
  PQclear(res);
  when_local(until, ctl->zone, expires_ms);
  if (ctl->global.json)
    return ctl_print_json(ctl, json_pack("{s:I,s:s,s:s,s:I}", "staff_id", (json_int_t)staff_id, "email", who->email, "code", code,
                                         "expires_at_ms", (json_int_t)expires_ms));
  ctl_say(ctl, "%s may enter as %s.", who->email, who->roles);
  ctl_say(ctl, "One-time code, good until %s: %s", until, code);
  ctl_say(ctl, "With it they choose a password at the office's page. It is shown only here, and earlier ones are void.");
  return EXIT_DONE;
}

static int roles_join(const struct cli_list *roles, char ret[ROLES_TEXT]) {
  size_t used = 0;
  ret[0] = '\0';
  for (size_t i = 0; i < roles->n; i++) {
    const int n = snprintf(ret + used, ROLES_TEXT - used, "%s%s", i > 0 ? "," : "", roles->item[i]);
    if (n < 0 || (size_t)n >= ROLES_TEXT - used)
      return E_LIMIT;
    used += (size_t)n;
  }
  return E_OK;
}

/* ---------------------------------------------------------------- add */

static const struct cli_option add_cli[] = {
    CLI_TEXT("email", "ADDRESS", struct staff_options, email, "by which the person signs in"),
    CLI_TEXT("name", "NAME", struct staff_options, name, "as others in the office see it"),
    CLI_MANY("role", "ROLE", struct staff_options, roles,
             "dean, adviser, operator, auditor or administrator; may be given several times; administrator unless given"),
    CLI_NUMBER("hours", "N", struct staff_options, hours, 72, 1, 336, "how long the code is good"),
};

static int add_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  (void)words;
  const struct staff_options *options = given;
  char roles[ROLES_TEXT];
  if (!options->email || !options->name)
    return ctl_fail(ctl, EXIT_USAGE, "who? --email ADDRESS and --name NAME");
  if (roles_join(&options->roles, roles) < 0)
    return ctl_fail(ctl, EXIT_USAGE, "these are more roles than there are");
  const int code = ctl_zone(ctl);
  const struct letting_in who = {options->email, options->name, *roles ? roles : "administrator", options->hours};
  return code ? code : let_in(ctl, &who);
}

const struct ctl_command ctl_staff_add = {
    .name = "staff add",
    .words = "",
    .summary = "let somebody into the dean's office: the first administrator",
    .text = "Makes an account and a one-time code, with which its owner chooses a password and then sets up a second factor. "
            "Whoever is "
            "there already gets these roles and this name, a new code, and has to set up the second factor anew.",
    .examples = "stepguardctl staff add --email hazel@school.example --name \"Hazel Rowan\"\n"
                "stepguardctl staff add --email ash@school.example --name \"Ash Linden\" --role dean --role administrator",
    .options = add_cli,
    .options_n = sizeof add_cli / sizeof *add_cli,
    .run = add_run,
};

/* ---------------------------------------------------------------- list */

static int accounts(struct ctl *ctl, json_t **ret) {
  struct args args;
  const int code = ctl_zone(ctl);
  if (code)
    return code;
  args_init(&args, ARGS_BYTES);
  args_text(&args, ctl->conf->school_code);
  return ctl_call_json(ctl, STMT_STAFF_ACCOUNTS, &args, ret);
}

static void roles_of(const json_t *account, char ret[ROLES_TEXT], const char *separator) {
  size_t i, used = 0;
  json_t *role;
  ret[0] = '\0';
  json_array_foreach(json_object_get(account, "roles"), i, role) {
    const int n = snprintf(ret + used, ROLES_TEXT - used, "%s%s", i > 0 ? separator : "", json_string_value(role));
    if (n < 0 || (size_t)n >= ROLES_TEXT - used)
      return;
    used += (size_t)n;
  }
}

static int list_print(struct ctl *ctl, const json_t *list) {
  static const struct table_column columns[] = {
      {.title = "address"}, {.title = "name", .wraps = true}, {.title = "roles", .wraps = true},
      {.title = "status"},  {.title = "second factor"},       {.title = "last seen"}};
  struct table *table = table_new(columns, sizeof columns / sizeof *columns);
  size_t i;
  json_t *account;
  char text[ROLES_TEXT];
  if (!table)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM));
  json_array_foreach(list, i, account) {
    const bool active = strcmp(ctl_text(account, "status"), "active") == 0;
    table_cell(table, STYLE_BOLD, ctl_text(account, "email"));
    table_cell(table, STYLE_PLAIN, ctl_text(account, "name"));
    roles_of(account, text, ", ");
    table_cell(table, STYLE_PLAIN, text);
    table_cell(table, active ? STYLE_GREEN : STYLE_DIM, ctl_text(account, "status"));
    table_cell(table, STYLE_PLAIN, json_is_true(json_object_get(account, "second_factor")) ? "yes" : "not yet");
    ctl_local(ctl, account, "last_seen_at", text, sizeof text);
    table_cell(table, STYLE_PLAIN, text);
  }
  const int err = table_print(table, &ctl->out);
  table_free(table);
  return err ? ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(err)) : EXIT_DONE;
}

static int list_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  (void)given;
  (void)words;
  json_t *list = NULL;
  int code = accounts(ctl, &list);
  if (code)
    return code;
  if (ctl->global.json)
    return ctl_print_json(ctl, list);
  if (json_array_size(list) == 0)
    ctl_say(ctl, "Nobody yet. stepguardctl staff add lets the first administrator in.");
  else
    code = list_print(ctl, list);
  json_decref(list);
  return code;
}

const struct ctl_command ctl_staff_list = {
    .name = "staff list",
    .words = "",
    .summary = "who may enter the dean's office",
    .text = "Every account with its roles, and whether its owner has chosen a password and set up a second factor.",
    .examples = "stepguardctl staff list",
    .run = list_run,
};

/* ---------------------------------------------------------------- reset */

static const struct cli_option reset_cli[] = {
    CLI_TEXT("email", "ADDRESS", struct staff_options, email, "whose account"),
    CLI_NUMBER("hours", "N", struct staff_options, hours, 72, 1, 336, "how long the code is good"),
};

static const json_t *account_of(const json_t *list, const char *email) {
  size_t i;
  json_t *account;
  json_array_foreach(list, i, account) {
    if (strcasecmp(ctl_text(account, "email"), email) == 0)
      return account;
  }
  return NULL;
}

static int reset_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  (void)words;
  const struct staff_options *options = given;
  char roles[ROLES_TEXT];
  json_t *list = NULL;
  if (!options->email)
    return ctl_fail(ctl, EXIT_USAGE, "whose? --email ADDRESS");
  int code = accounts(ctl, &list);
  if (code)
    return code;
  const json_t *account = account_of(list, options->email);
  if (account) {
    roles_of(account, roles, ",");
    const struct letting_in who = {ctl_text(account, "email"), ctl_text(account, "name"), roles, options->hours};
    code = let_in(ctl, &who);
  } else {
    code = ctl_fail(ctl, EXIT_PROBLEMS, "there is no account with the address \"%s\"; staff list has all", options->email);
  }
  json_decref(list);
  return code;
}

const struct ctl_command ctl_staff_reset = {
    .name = "staff reset",
    .words = "",
    .summary = "a new code for somebody who lost password or second factor",
    .text = "Ends the person's sessions, takes the second factor away and makes a one-time code for a new password. Be sure who is "
            "asking: this is how somebody else would get in.",
    .examples = "stepguardctl staff reset --email hazel@school.example",
    .options = reset_cli,
    .options_n = sizeof reset_cli / sizeof *reset_cli,
    .run = reset_run,
};
