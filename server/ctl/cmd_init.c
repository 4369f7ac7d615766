/*
 * init: all that must be there before a daemon can start, made where it is missing and left alone where it is not, so that
 * it may be run at any time. It says of each thing what it did.
 *
 * The CA's key is the one thing that cannot be made again: every student's certificate hangs on it. So half of a pair (a
 * key without its certificate, or the reverse) is a fault to be looked at by a person, never a reason to make a new pair.
 */
#include "ctl/ctl.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/file.h"
#include "ctl/params.h"
#include "pki/make.h"
#include "risk/params.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CONFIG_BYTES = 64 * 1024, CONFIG_MODE = 0640, KEYS_MODE = 0700, SECRETS_KEY_BYTES = 32 /* AES-256 */ };

static const char builtin_set[] = RISK_PARAMS_DEFAULT;

struct init_options {
  const char *write_config;
  struct cli_list names;
  bool no_database;
};

static const struct cli_option init_cli[] = {
    CLI_TEXT("write-config", "FILE", struct init_options, write_config, "write a commented configuration to start from, and stop"),
    CLI_MANY("server-name", "NAME", struct init_options, names,
             "name or address by which clients reach the server; may be given several times; localhost and 127.0.0.1 unless given"),
    CLI_MANY("server-ip", "ADDRESS", struct init_options, names, "the same, for an address"),
    CLI_FLAG("no-database", struct init_options, no_database, "keys and certificates only"),
};

/* ---------------------------------------------------------------- a configuration to start from */

struct config_text {
  struct buf buf;
  char section[64];
};

static void config_line(void *arg, const char *key, const char *type, const char *value, const char *help) {
  struct config_text *text = arg;
  const char *dot = strchr(key, '.');
  size_t section = dot ? (size_t)(dot - key) : 0;
  if (strlen(text->section) != section || strncmp(text->section, key, section) != 0) {
    snprintf(text->section, sizeof text->section, "%.*s", (int)section, key);
    buf_printf(&text->buf, "\n[%s]\n", text->section);
  }
  bool required = strcmp(value, "(required)") == 0, follows = strncmp(value, "as ", 3) == 0;
  buf_printf(&text->buf, "; %s (%s%s)\n", help, type, required ? "; needed" : "");
  if (required)
    buf_printf(&text->buf, "%s =\n", key + section + 1);
  else if (follows)
    buf_printf(&text->buf, ";%s = the value of %s\n", key + section + 1, value + 3);
  else
    buf_printf(&text->buf, ";%s = %s\n", key + section + 1, strcmp(value, "(none)") == 0 ? "" : value);
}

static int config_write(struct ctl *ctl, const char *path) {
  struct config_text text = {.section = ""};
  char reason[FILE_REASON];
  buf_init(&text.buf, CONFIG_BYTES);
  buf_printf(
      &text.buf,
      "; Configuration of Stepguard, one file for all its programs. What is commented out stands at its default.\n"
      "; Relative paths count from this file's directory; credential:NAME is what the service manager hands over under that\n"
      "; name (systemd: LoadCredential=NAME:FILE). `stepguardctl check-config` reads it and names every fault.\n");
  conf_describe(config_line, &text);
  int err = buf_finish(&text.buf);
  if (err)
    snprintf(reason, sizeof reason, "%s", err_text(err));
  else
    err = file_write(path, text.buf.data, text.buf.len, CONFIG_MODE, true, reason);
  buf_done(&text.buf);
  if (err)
    return ctl_fail(ctl, err == E_INVALID ? EXIT_PROBLEMS : EXIT_REFUSED, "%s", reason);
  if (ctl->global.json)
    return ctl_print_json(ctl, json_pack("{s:s}", "written", path));
  ctl_say(ctl, "%s is written. Fill in what is marked as needed, then: stepguardctl --config %s init", path, path);
  return EXIT_DONE;
}

/* ---------------------------------------------------------------- what was done */

struct init {
  struct ctl *ctl;
  const struct init_options *options;
  json_t *done; /* [{what, which, done: made | left | ensured}] */
};

static void init_note(struct init *init, const char *what, const char *which, const char *done) {
  json_array_append_new(init->done, json_pack("{s:s,s:s,s:s}", "what", what, "which", which, "done", done));
  ctl_say(init->ctl, "%-7s  %s: %s", done, what, which);
}

/* Whether both files of a pair are there. Half a pair has been said and gives EXIT_PROBLEMS. */
static int pair_look(struct init *init, const char *what, const char *certificate, const char *key, bool *ret_there) {
  struct stat there;
  if (conf_is_credential(certificate) || conf_is_credential(key)) { /* whoever set that up has them somewhere */
    *ret_there = true;
    return EXIT_DONE;
  }
  bool has_certificate = stat(certificate, &there) == 0, has_key = stat(key, &there) == 0;
  if (has_certificate != has_key)
    return ctl_fail(init->ctl, EXIT_PROBLEMS, "%s: %s is there, but %s is not; put it back, or move the other away", what,
                    has_key ? key : certificate, has_key ? certificate : key);
  *ret_there = has_key;
  return EXIT_DONE;
}

static int parent_make(struct init *init, const char *path) {
  char reason[FILE_REASON];
  const char *slash = strrchr(path, '/');
  char *parent = slash && slash != path ? strndup(path, (size_t)(slash - path)) : NULL;
  int err = parent ? file_make_directory(parent, KEYS_MODE, reason) : 0;
  free(parent);
  return err ? ctl_fail(init->ctl, EXIT_REFUSED, "%s", reason) : EXIT_DONE;
}

static int ca_make(struct init *init) {
  const struct conf *conf = init->ctl->conf;
  const struct pki_ca_options options = {
      .certificate = conf->ca_certificate, .key = conf->ca_key, .school_code = conf->school_code, .school_name = conf->school_name};
  char reason[FILE_REASON] = "";
  bool there = false;
  int code = pair_look(init, "CA", conf->ca_certificate, conf->ca_key, &there);
  if (!code && !there)
    code = parent_make(init, conf->ca_certificate);
  if (!code && !there)
    code = parent_make(init, conf->ca_key);
  if (code)
    return code;
  if (!there && pki_make_ca(&options, reason, sizeof reason) < 0)
    return ctl_fail(init->ctl, EXIT_REFUSED, "%s", reason);
  init_note(init, "CA certificate", conf->ca_certificate, there ? "left" : "made");
  init_note(init, "CA key", conf->ca_key, there ? "left" : "made");
  return EXIT_DONE;
}

static int server_make(struct init *init) {
  static const char *const local[] = {"localhost", "127.0.0.1", "::1", NULL};
  const struct conf *conf = init->ctl->conf;
  const struct pki_server_options options = {.certificate = conf->student_certificate,
                                             .key = conf->student_key,
                                             .ca_certificate = conf->ca_certificate,
                                             .ca_key = conf->ca_key,
                                             .names = init->options->names.n ? init->options->names.item : local};
  char reason[FILE_REASON] = "";
  bool there = false;
  int code = pair_look(init, "server", conf->student_certificate, conf->student_key, &there);
  if (!code && !there)
    code = parent_make(init, conf->student_certificate);
  if (!code && !there)
    code = parent_make(init, conf->student_key);
  if (code)
    return code;
  if (!there && pki_make_server(&options, reason, sizeof reason) < 0)
    return ctl_fail(init->ctl, EXIT_REFUSED, "%s", reason);
  init_note(init, "server certificate", conf->student_certificate, there ? "left" : "made");
  init_note(init, "server key", conf->student_key, there ? "left" : "made");
  return EXIT_DONE;
}

/* Of the office's second factors. Made again, everybody would have to set theirs up anew; so it is never replaced. */
static int secrets_make(struct init *init) {
  const char *path = init->ctl->conf->office_secrets_key;
  uint8_t key[SECRETS_KEY_BYTES];
  char text[2 * SECRETS_KEY_BYTES + 1], reason[FILE_REASON] = "";
  struct stat there;
  const bool is_there = conf_is_credential(path) || stat(path, &there) == 0;
  int code = is_there ? EXIT_DONE : parent_make(init, path);
  if (code)
    return code;
  if (!is_there) {
    if (RAND_bytes(key, sizeof key) != 1)
      return ctl_fail(init->ctl, EXIT_REFUSED, "there is no randomness to be had");
    digest_hex(text, key, sizeof key);
    const int err = file_write(path, text, sizeof text - 1, S_IRUSR | S_IWUSR, true, reason);
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(text, sizeof text);
    if (err)
      return ctl_fail(init->ctl, EXIT_REFUSED, "%s", reason);
  }
  init_note(init, "key of second factors", path, is_there ? "left" : "made");
  return EXIT_DONE;
}

/* ---------------------------------------------------------------- the database */

static int school_make(struct init *init) {
  const struct conf *conf = init->ctl->conf;
  struct args args;
  PGresult *res = NULL;
  args_init(&args, 4096);
  args_text(&args, conf->school_code);
  args_text(&args, conf->school_name);
  args_text(&args, conf->zone);
  int code = ctl_call(init->ctl, STMT_SCHOOL_ENSURE, &args, &res);
  PQclear(res);
  if (!code)
    init_note(init, "school", conf->school_code, "ensured");
  return code;
}

/* Whether a set is in force already; then its choice is the school's, also where the one that ships has changed since. */
static int set_look(struct init *init, const char **ret_version, json_t **ret_sets) {
  struct args args;
  size_t i;
  json_t *set;
  args_init(&args, 1024);
  args_text(&args, init->ctl->conf->school_code);
  int code = ctl_call_json(init->ctl, STMT_PARAMETERS_OF, &args, ret_sets);
  if (code)
    return code;
  *ret_version = NULL;
  json_array_foreach(*ret_sets, i, set) {
    if (json_is_true(json_object_get(set, "in_force")))
      *ret_version = ctl_text(set, "version");
  }
  return EXIT_DONE;
}

static int set_add(struct init *init) {
  struct risk_params_fault fault = {0};
  size_t len = 0;
  int32_t id = 0;
  const char *body = risk_params_builtin(builtin_set, &len);
  struct risk_params *params = body ? risk_params_parse(body, len, NULL, 0, &fault) : NULL;
  if (!params)
    return ctl_fail(init->ctl, EXIT_REFUSED, "the built-in parameter set \"%s\" cannot be used: %s", builtin_set, fault.reason);
  const struct params_text set = {risk_params_version(params), body, len, NULL, 0};
  int code = params_send(init->ctl, &set, PARAMS_ACTIVATE_IF_NONE, &id);
  if (!code)
    init_note(init, "parameter set", set.version, "made");
  risk_params_free(params);
  return code;
}

static int set_make(struct init *init) {
  const char *version = NULL;
  json_t *sets = NULL;
  int code = set_look(init, &version, &sets);
  if (!code && version)
    init_note(init, "parameter set", version, "left");
  else if (!code)
    code = set_add(init);
  json_decref(sets);
  return code;
}

static int init_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  (void)words;
  struct init init = {.ctl = ctl, .options = given, .done = json_array()};
  int code = init.options->write_config ? EXIT_DONE : ctl_conf(ctl);
  if (!code && init.options->write_config)
    code = config_write(ctl, init.options->write_config);
  else if (!code) {
    code = ca_make(&init);
    if (!code)
      code = server_make(&init);
    if (!code)
      code = secrets_make(&init);
    if (!code && !init.options->no_database)
      code = school_make(&init);
    if (!code && !init.options->no_database)
      code = set_make(&init);
    if (!code && ctl->global.json)
      code = ctl_print_json(ctl, json_incref(init.done));
  }
  json_decref(init.done);
  return code;
}

const struct ctl_command ctl_init = {
    .name = "init",
    .words = "",
    .summary = "make what is missing: CA, server certificate, school, parameter set",
    .text = "Makes the school's CA and the server's certificate where they are missing, and sees to it that the database knows the "
            "school and has a parameter set. What is there is never overwritten; of each thing it says what it did. May be run "
            "again at any time.\n\n"
            "The first time: init --write-config, edit the file, init --no-database, migrate, init.",
    .examples = "stepguardctl init --write-config stepguard.conf\n"
                "stepguardctl --config stepguard.conf init --server-name stepguard.school.example",
    .options = init_cli,
    .options_n = sizeof init_cli / sizeof *init_cli,
    .run = init_run,
};
