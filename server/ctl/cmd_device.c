/*
 * device list, device revoke: the devices of a student. Revoking takes effect at once: the daemon hears of it and closes
 * what is open.
 *
 * A reason is asked for and kept in the audit trail. Which devices are meant must be said (--device or --all): a command that
 * shuts people out has no default. The list is taken from the student's page, so that looking at it is audited like that.
 */
#include "ctl/ctl.h"

#include "base/err.h"
#include "base/table.h"

struct device_options {
  const char *student, *reason;
  long device;
  bool all;
};

static int device_who(struct ctl *ctl, const struct device_options *options) {
  return options->student ? ctl_zone(ctl) : ctl_fail(ctl, EXIT_USAGE, "whose? --student ID");
}

static int student_missing(struct ctl *ctl, const char *student) {
  return ctl_fail(ctl, EXIT_PROBLEMS, "there is no student \"%s\" on the roster", student);
}

/* ---------------------------------------------------------------- list */

static const struct cli_option list_cli[] = {
    CLI_TEXT("student", "ID", struct device_options, student, "the student, by the school's own id"),
};

static int list_print(struct ctl *ctl, const json_t *devices) {
  static const struct table_column columns[] = {{.title = "device", .right = true},
                                                {.title = "name", .wraps = true},
                                                {.title = "enrolled"},
                                                {.title = "certificate until"},
                                                {.title = "state"},
                                                {.title = "reason", .wraps = true}};
  struct table *table = table_new(columns, sizeof columns / sizeof *columns);
  size_t i;
  json_t *device;
  char text[64];
  if (!table)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM));
  json_array_foreach(devices, i, device) {
    bool revoked = ctl_has(device, "revoked_at");
    table_cellf(table, STYLE_BOLD, "%lld", (long long)ctl_integer(device, "device_id"));
    table_cell(table, STYLE_PLAIN, ctl_text(device, "name"));
    ctl_local(ctl, device, "created_at", text, sizeof text);
    table_cell(table, STYLE_PLAIN, text);
    ctl_local(ctl, device, "certificate_not_after", text, sizeof text);
    table_cell(table, STYLE_PLAIN, text);
    ctl_local(ctl, device, "revoked_at", text, sizeof text);
    table_cellf(table, revoked ? STYLE_RED : STYLE_GREEN, revoked ? "revoked %s" : "in force", text);
    table_cell(table, STYLE_PLAIN, ctl_text(device, "revoked_reason"));
  }
  int err = table_print(table, &ctl->out);
  table_free(table);
  return err ? ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(err)) : EXIT_DONE;
}

static int list_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  (void)words;
  const struct device_options *options = given;
  struct args args;
  json_t *page = NULL;
  int code = device_who(ctl, options);
  if (code)
    return code;
  args_init(&args, 4096);
  args_text(&args, ctl->conf->school_code);
  args_text(&args, options->student);
  code = ctl_call_json(ctl, STMT_STUDENT_SHOW, &args, &page);
  if (code)
    return code;
  if (!page)
    return student_missing(ctl, options->student);
  json_t *devices = json_object_get(page, "devices");
  if (ctl->global.json)
    code = ctl_print_json(ctl, json_incref(devices));
  else if (json_array_size(devices) == 0)
    ctl_say(ctl, "Student %s has no device.", options->student);
  else
    code = list_print(ctl, devices);
  json_decref(page);
  return code;
}

const struct ctl_command ctl_device_list = {
    .name = "device list",
    .words = "",
    .summary = "the devices of a student",
    .text = "Every device that the student ever enrolled, those revoked among them. Asking leaves a line in the audit trail.",
    .examples = "stepguardctl device list --student 1042",
    .options = list_cli,
    .options_n = sizeof list_cli / sizeof *list_cli,
    .run = list_run,
};

/* ---------------------------------------------------------------- revoke */

static const struct cli_option revoke_cli[] = {
    CLI_TEXT("student", "ID", struct device_options, student, "the student, by the school's own id"),
    CLI_NUMBER("device", "N", struct device_options, device, 0, 0, INT32_MAX, "this device, by its number in device list"),
    CLI_FLAG("all", struct device_options, all, "all devices of the student"),
    CLI_TEXT("reason", "TEXT", struct device_options, reason, "why; the audit trail keeps it"),
};

static int revoke_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  (void)words;
  const struct device_options *options = given;
  struct args args;
  json_t *answer = NULL;
  if ((options->device > 0) + options->all != 1)
    return ctl_fail(ctl, EXIT_USAGE, "which? --device N or --all");
  if (!options->reason)
    return ctl_fail(ctl, EXIT_USAGE, "why? --reason TEXT");
  int code = device_who(ctl, options);
  if (code)
    return code;
  args_init(&args, 4096);
  args_text(&args, ctl->conf->school_code);
  args_text(&args, options->student);
  if (options->all)
    args_null(&args);
  else
    args_i64(&args, options->device);
  args_text(&args, options->reason);
  code = ctl_call_json(ctl, STMT_REVOKE, &args, &answer);
  if (code)
    return code;
  if (!answer)
    return student_missing(ctl, options->student);
  size_t revoked = json_array_size(json_object_get(answer, "revoked"));
  if (ctl->global.json)
    return ctl_print_json(ctl, answer);
  json_decref(answer);
  if (revoked == 0)
    return ctl_fail(ctl, EXIT_PROBLEMS, "nothing was revoked: student %s has no such device in force", options->student);
  ctl_say(ctl, "%zu %s of student %s revoked", revoked, revoked == 1 ? "device" : "devices", options->student);
  return EXIT_DONE;
}

const struct ctl_command ctl_device_revoke = {
    .name = "device revoke",
    .words = "",
    .summary = "shut a device out",
    .text = "For a laptop that was lost or a student who left. The device's next message is refused, and an open connection is "
            "closed. It cannot be taken back: the student enrols again with a new code.",
    .examples = "stepguardctl device revoke --student 1042 --device 7 --reason \"laptop stolen\"\n"
                "stepguardctl device revoke --student 1042 --all --reason \"left the school\"",
    .options = revoke_cli,
    .options_n = sizeof revoke_cli / sizeof *revoke_cli,
    .run = revoke_run,
};
