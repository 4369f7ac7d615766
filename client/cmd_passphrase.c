/*
 * stepguard passphrase: puts one on the device's key, changes it, takes it off.
 *
 * The new one is typed twice without echo, since a slip in it locks the device out; from a file (--new-file) or standard input it
 * is the first line, for whoever sets up many machines. Short ones are refused: the file can be copied and guessed at elsewhere.
 */
#include "client/cmd.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

enum { LEAST = 8 };

static int too_short(const struct app *app) {
  struct sg_error error = {.status = SG_DATA};
  snprintf(error.text, sizeof error.text, "A passphrase needs at least %d letters. Four words are good and easy to keep in mind.",
           LEAST);
  return speak_error(app, &error);
}

int ask_passphrase(const struct app *app, char ret[SG_PASSPHRASE_CAP]) {
  char again[SG_PASSPHRASE_CAP];
  if (!ask_secret("New passphrase", ret, SG_PASSPHRASE_CAP) || !ask_secret("The same again", again, sizeof again))
    return usage_wrong(app, "Nothing was changed.");
  bool same = strcmp(ret, again) == 0;
  OPENSSL_cleanse(again, sizeof again);
  if (!same)
    return speak_error(app, &(struct sg_error){.status = SG_DATA, .text = "The two are not the same. Nothing was changed."});
  return strlen(ret) < LEAST ? too_short(app) : OPTIONS_GO_ON;
}

static int read_passphrase(const struct app *app, const char *name, char ret[SG_PASSPHRASE_CAP]) {
  FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
  bool got = file != NULL && fgets(ret, SG_PASSPHRASE_CAP, file) != NULL;
  if (!got) {
    struct sg_error error = {.status = SG_DATA};
    snprintf(error.text, sizeof error.text, "Cannot read a passphrase from %.200s: %s.", name,
             file == NULL ? strerror(errno) : "it is empty");
    (void)speak_error(app, &error);
  }
  if (file != NULL && file != stdin)
    fclose(file);
  if (!got)
    return EXIT_PROBLEMS;
  ret[strcspn(ret, "\r\n")] = '\0';
  return strlen(ret) < LEAST ? too_short(app) : OPTIONS_GO_ON;
}

int cmd_passphrase(struct app *app, int argc, char **argv) {
  char passphrase[SG_PASSPHRASE_CAP] = "";
  const char *file = NULL;
  bool remove = false;
  struct sg_error error;
  const struct option_row rows[] = {
      {"new-file", "FILE", "read the new one from the first line of FILE (- for standard input)", .text = &file},
      {"remove", NULL, "take it off", .flag = &remove},
  };
  int code = options_read(app, rows, sizeof rows / sizeof rows[0], argc, argv, &argc);
  if (code != OPTIONS_GO_ON)
    return code;
  if (argc > 0)
    return usage_wrong(app, "\"%.60s\" is one argument too many. A passphrase is not given as an argument: it is asked for.",
                       argv[0]);
  if (remove && file != NULL)
    return usage_wrong(app, "Choose one of --remove and --new-file.");
  if (!remove && file == NULL && !app->ask)
    return usage_wrong(app, "Run this on a terminal, or give --new-file or --remove.");
  code = app_open(app);
  if (code == OPTIONS_GO_ON && !remove)
    code = file != NULL ? read_passphrase(app, file, passphrase) : ask_passphrase(app, passphrase);
  if (code == OPTIONS_GO_ON)
    code = sg_passphrase(app->client, passphrase, &error) == SG_OK ? EXIT_DONE : speak_error(app, &error);
  OPENSSL_cleanse(passphrase, sizeof passphrase);
  if (code != EXIT_DONE)
    return code;
  if (app->json)
    return speak_json(json_pack("{s:b}", "passphrase", !remove), EXIT_DONE);
  printf(remove ? "The key of this device has no passphrase any more.\n"
                : "The key of this device has a passphrase now. A timer needs it in a file: see stepguard passphrase --help.\n");
  return EXIT_DONE;
}
