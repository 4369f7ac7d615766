/*
 * seal list, seal add, seal reseal, seal remove: changing the key under which second factors and webhooks' secrets are kept.
 *
 *   add ── daemons read the file (HUP, or met by themselves at the first secret under it) ── reseal ── remove ── HUP
 *
 * Each step leaves everything working and may be repeated; between them any time may pass. The key stays in its file, the secrets
 * in the database: here they are opened and sealed again in memory, and nothing is shown but numbers. Nothing that still hangs on a
 * key is lost by remove, which looks first. Rejected: one command for all of it (a daemon that has not read the file would lose
 * what was sealed meanwhile), doing it in the daemon (whoever takes its port over would hold old and new).
 */
#include "ctl/ctl.h"

#include "base/digest.h"
#include "base/err.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/seal.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ARGS_BYTES = 4 * 1024 * 1024, SEALED_MOST = 512, KEY_MODE = S_IRUSR | S_IWUSR };

struct seal_options {
  const char *file;
};

#define FILE_OPTION                                                                                                                \
  CLI_TEXT("file", "FILE", struct seal_options, file, "the keys, where the configuration takes them from the service manager")

/* What each of them works with. */
struct sealing {
  struct ctl *ctl;
  const char *path;
  struct seal seal;
  json_t *secrets; /* [{id, which, bound, sealed}] */
};

static void sealing_end(struct sealing *sealing) {
  seal_forget(&sealing->seal);
  json_decref(sealing->secrets);
}

static int keys_read(struct ctl *ctl, const struct seal_options *options, struct sealing *ret) {
  char reason[SEAL_REASON];
  const int code = ctl_conf(ctl);
  if (code)
    return code;
  *ret = (struct sealing){.ctl = ctl, .path = options->file ? options->file : ctl->conf->office_secrets_key};
  return seal_load(&ret->seal, ret->path, reason) < 0 ? ctl_fail(ctl, EXIT_PROBLEMS, "%s", reason) : EXIT_DONE;
}

/* The file stays its owner's: whoever writes it anew must be them, or the daemon could not read it any more. */
static int keys_write(const struct sealing *sealing) {
  char text[SEAL_FILE_BYTES], reason[FILE_REASON];
  struct stat there;
  if (stat(sealing->path, &there) < 0 || there.st_uid != geteuid())
    return ctl_fail(sealing->ctl, EXIT_REFUSED, "%s is not this user's; run this as the user whom it belongs to", sealing->path);
  seal_print(&sealing->seal, text);
  const int err = file_write(sealing->path, text, strlen(text), there.st_mode & (KEY_MODE | S_IRGRP), false, reason);
  OPENSSL_cleanse(text, sizeof text);
  return err ? ctl_fail(sealing->ctl, EXIT_REFUSED, "%s", reason) : EXIT_DONE;
}

static int secrets_read(struct sealing *sealing) {
  struct args args;
  const int code = ctl_zone(sealing->ctl);
  if (code)
    return code;
  args_init(&args, ARGS_BYTES);
  args_text(&args, sealing->ctl->conf->school_code);
  return ctl_call_json(sealing->ctl, STMT_SEALED, &args, &sealing->secrets);
}

/* The bytes of one secret; their number, 0 where they are none. The first is the number of its key. */
static size_t secret_bytes(const json_t *secret, uint8_t ret[SEALED_MOST]) {
  const char *hex = ctl_text(secret, "sealed");
  size_t len = 0;
  return hex_read(hex, strlen(hex), ret, SEALED_MOST, &len) == E_OK ? len : 0;
}

static size_t secrets_under(const struct sealing *sealing, uint8_t number) {
  uint8_t bytes[SEALED_MOST];
  size_t i, n = 0;
  json_t *secret;
  json_array_foreach(sealing->secrets, i, secret) {
    n += secret_bytes(secret, bytes) > 0 && bytes[0] == number;
  }
  return n;
}

/* ---------------------------------------------------------------- list */

static int keys_say(const struct sealing *sealing) {
  json_t *keys = json_array();
  for (size_t i = 0; i < sealing->seal.n; i++) {
    const uint8_t number = sealing->seal.keys[i].number;
    const size_t under = secrets_under(sealing, number);
    json_array_append_new(keys, json_pack("{s:i,s:I,s:b}", "key", number, "secrets", (json_int_t)under, "newest",
                                          number == seal_newest(&sealing->seal)));
    ctl_say(sealing->ctl, "key %u: %zu secrets%s", number, under, number == seal_newest(&sealing->seal) ? ", and new ones" : "");
  }
  if (sealing->ctl->global.json)
    return ctl_print_json(sealing->ctl, keys);
  json_decref(keys);
  return EXIT_DONE;
}

static int list_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  struct sealing sealing = {0};
  (void)words;
  int code = keys_read(ctl, given, &sealing);
  if (!code)
    code = secrets_read(&sealing);
  if (!code)
    code = keys_say(&sealing);
  sealing_end(&sealing);
  return code;
}

static const struct cli_option seal_cli[] = {FILE_OPTION};

const struct ctl_command ctl_seal_list = {
    .name = "seal list",
    .words = "",
    .summary = "the keys of second factors, and how much is sealed under each",
    .text = "Numbers only: of keys, and of the secrets that hang on them.",
    .examples = "stepguardctl seal list",
    .options = seal_cli,
    .options_n = 1,
    .run = list_run,
};

/* ---------------------------------------------------------------- add */

static int add_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  struct sealing sealing = {0};
  (void)words;
  int code = keys_read(ctl, given, &sealing);
  if (!code && seal_add(&sealing.seal) < 0)
    code = ctl_fail(ctl, EXIT_REFUSED, "there is no room for another key; seal remove takes one away that nothing hangs on");
  if (!code)
    code = keys_write(&sealing);
  if (!code && ctl->global.json)
    code = ctl_print_json(ctl, json_pack("{s:i}", "key", seal_newest(&sealing.seal)));
  else if (!code)
    ctl_say(ctl, "key %u is in %s. Let every daemon read it (HUP), then: stepguardctl seal reseal", seal_newest(&sealing.seal),
            sealing.path);
  sealing_end(&sealing);
  return code;
}

const struct ctl_command ctl_seal_add = {
    .name = "seal add",
    .words = "",
    .summary = "a new key of second factors, beside those there are",
    .text = "Puts a fresh key into the file. What is sealed from then on is sealed under it, once a daemon has read the file anew; "
            "what was "
            "sealed before still opens. Keep a copy of the file where the old one was kept: without it second factors have to be "
            "set up "
            "anew.",
    .examples = "stepguardctl seal add",
    .options = seal_cli,
    .options_n = 1,
    .run = add_run,
};

/* ---------------------------------------------------------------- reseal */

/* {id, which, was, sealed}; NULL where it does not open. */
static json_t *reseal(const struct sealing *sealing, const json_t *secret) {
  uint8_t from[SEALED_MOST], to[SEALED_MOST], plain[SEALED_MOST];
  char hex[2 * SEALED_MOST + 1];
  const char *name = ctl_text(secret, "bound");
  const size_t len = secret_bytes(secret, from);
  if (seal_open(&sealing->seal, name, from, len, plain) < 0)
    return NULL;
  const int err = seal_close(&sealing->seal, name, plain, len - SEAL_EXTRA_BYTES, to);
  OPENSSL_cleanse(plain, sizeof plain);
  digest_hex(hex, to, len);
  return err ? NULL
             : json_pack("{s:I,s:s,s:s,s:s}", "id", (json_int_t)ctl_integer(secret, "id"), "which", ctl_text(secret, "which"),
                         "was", ctl_text(secret, "sealed"), "sealed", hex);
}

static int changes_send(const struct sealing *sealing, const json_t *changes, json_t **ret_changed) {
  struct args args;
  char *text = json_dumps(changes, JSON_COMPACT);
  args_init(&args, ARGS_BYTES);
  args_text(&args, sealing->ctl->conf->school_code);
  args_text(&args, text);
  const int code = ctl_call_json(sealing->ctl, STMT_SEALED_CHANGE, &args, ret_changed);
  free(text);
  return code;
}

static int all_reseal(const struct sealing *sealing) {
  json_t *changes = json_array(), *changed = NULL, *secret;
  uint8_t bytes[SEALED_MOST];
  size_t i, closed = 0;
  json_array_foreach(sealing->secrets, i, secret) {
    if (secret_bytes(secret, bytes) > 0 && bytes[0] == seal_newest(&sealing->seal))
      continue;
    json_t *change = reseal(sealing, secret);
    closed += change == NULL;
    if (change)
      json_array_append_new(changes, change);
  }
  int code = changes_send(sealing, changes, &changed);
  json_decref(changes);
  if (code)
    return code;
  const long long n = json_integer_value(changed);
  json_decref(changed);
  if (sealing->ctl->global.json)
    code = ctl_print_json(sealing->ctl, json_pack("{s:i,s:I,s:I}", "key", seal_newest(&sealing->seal), "resealed", (json_int_t)n,
                                                  "not_opened", (json_int_t)closed));
  ctl_say(sealing->ctl, "%lld sealed anew under key %u", n, seal_newest(&sealing->seal));
  return closed == 0 || code ? code
                             : ctl_fail(sealing->ctl, EXIT_PROBLEMS,
                                        "%zu do not open under any key of %s; accounts whose factor it is need stepguardctl staff "
                                        "reset, webhooks a new secret",
                                        closed, sealing->path);
}

static int reseal_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  struct sealing sealing = {0};
  (void)words;
  int code = keys_read(ctl, given, &sealing);
  if (!code)
    code = secrets_read(&sealing);
  if (!code)
    code = all_reseal(&sealing);
  sealing_end(&sealing);
  return code;
}

const struct ctl_command ctl_seal_reseal = {
    .name = "seal reseal",
    .words = "",
    .summary = "seals all second factors under the newest key",
    .text = "Opens each secret that is sealed under an older key and seals it under the newest, in one transaction. Nobody "
            "notices. Run it "
            "when every daemon has read the file; again does no harm.",
    .examples = "stepguardctl seal reseal",
    .options = seal_cli,
    .options_n = 1,
    .run = reseal_run,
};

/* ---------------------------------------------------------------- remove */

static int key_remove(struct sealing *sealing, const char *word) {
  struct ctl *ctl = sealing->ctl;
  unsigned number = 0;
  for (const char *at = word; *at >= '0' && *at <= '9' && number <= SEAL_NUMBER_MOST; at++)
    number = number * 10 + (unsigned)(*at - '0');
  if (number > SEAL_NUMBER_MOST || !seal_has(&sealing->seal, (uint8_t)number))
    return ctl_fail(ctl, EXIT_USAGE, "%s has no key %s; seal list names them", sealing->path, word);
  if (number == seal_newest(&sealing->seal))
    return ctl_fail(ctl, EXIT_REFUSED, "key %u is the newest; add another first", number);
  const size_t under = secrets_under(sealing, (uint8_t)number);
  if (under > 0)
    return ctl_fail(ctl, EXIT_REFUSED, "%zu secrets hang on key %u; first: stepguardctl seal reseal", under, number);
  seal_remove(&sealing->seal, (uint8_t)number);
  const int code = keys_write(sealing);
  if (!code)
    ctl_say(ctl, "key %u is taken away. Let every daemon read the file (HUP)", number);
  return code || !ctl->global.json ? code : ctl_print_json(ctl, json_pack("{s:i}", "removed", (int)number));
}

static int remove_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  struct sealing sealing = {0};
  int code = keys_read(ctl, given, &sealing);
  if (!code)
    code = secrets_read(&sealing);
  if (!code)
    code = key_remove(&sealing, words->word[0]);
  sealing_end(&sealing);
  return code;
}

const struct ctl_command ctl_seal_remove = {
    .name = "seal remove",
    .words = "KEY",
    .words_least = 1,
    .words_most = 1,
    .summary = "takes away a key on which nothing hangs any more",
    .text = "Refused while a secret is sealed under it, and for the newest. A backup from before keeps needing it: keep the old "
            "file as long "
            "as such backups.",
    .examples = "stepguardctl seal remove 1",
    .options = seal_cli,
    .options_n = 1,
    .run = remove_run,
};
