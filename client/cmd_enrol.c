/*
 * stepguard enrol, which asks for what is missing when somebody sits at the terminal. The code is a secret until it is spent, so it
 * never comes as an argument (other users see those, and the shell keeps them): it is asked for, or read from a file or from
 * standard input. It is shown while it is typed: it works once, it is long, and a slip one cannot see costs more than a look over
 * the shoulder.
 */
#include "client/cmd.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

enum { CODE_ROOM = 1024, ADDRESS_ROOM = 300 };

/* All of a small file, blanks and line ends included: the reader of codes skips them. */
static int code_from(const struct app *app, FILE *from, const char *name, char *ret) {
  size_t len = fread(ret, 1, CODE_ROOM - 1, from);
  bool bad = ferror(from) != 0;
  ret[len] = '\0';
  while (len > 0 && strchr(" \t\r\n", ret[len - 1]) != NULL)
    ret[--len] = '\0';
  if (bad)
    return speak_error(app, &(struct sg_error){.status = SG_LOCAL, .text = "The code could not be read. Check the file."});
  if (len == 0) {
    struct sg_error error = {.status = SG_DATA};
    snprintf(error.text, sizeof error.text, "There is no code in %.200s. Put the code from the school's letter there.", name);
    return speak_error(app, &error);
  }
  return OPTIONS_GO_ON;
}

static int code_get(const struct app *app, const char *file, char *ret) {
  if (file == NULL && app->ask)
    return ask_line("Code from the school's letter", "", ret, CODE_ROOM) ? OPTIONS_GO_ON : usage_wrong(app, "No code was given.");
  if (file == NULL || strcmp(file, "-") == 0)
    return code_from(app, stdin, "standard input", ret);
  FILE *from = fopen(file, "r");
  if (from == NULL) {
    struct sg_error error = {.status = SG_DATA};
    snprintf(error.text, sizeof error.text, "Cannot open %.200s: %s.", file, strerror(errno));
    return speak_error(app, &error);
  }
  int code = code_from(app, from, file, ret);
  fclose(from);
  return code;
}

static int enrolled(const struct app *app) {
  struct sg_about about;
  struct sg_error error;
  if (sg_about(app->client, &about, &error) != SG_OK)
    return speak_error(app, &error);
  if (app->json)
    return speak_json(json_pack("{s:b, s:s, s:s, s:s, s:s, s:o}", "enrolled", 1, "school", about.school, "server", about.server,
                                "device", about.device, "identity", about.identity, "certificate_until",
                                json_time(about.certificate_until_ms)),
                      EXIT_DONE);
  char until[SPEAK_TIME];
  format_time(until, about.certificate_until_ms);
  printf("Enrolled%s%s as \"%s\". The certificate is good until %s and renews itself.\n", about.school[0] != '\0' ? " at " : "",
         about.school, about.device, until);
  printf("Next: stepguard import results.csv, or stepguard add; then stepguard sync.\n");
  return EXIT_DONE;
}

/* ---------------------------------------------------------------- guided */

enum { TRIES = 3 };

struct guided {
  struct app *app;
  const char *server, *file, *device;
  bool replace;
  char address[ADDRESS_ROOM], name[LIMIT_DEVICE_NAME_CHARS + 1], secret[CODE_ROOM], passphrase[SG_PASSPHRASE_CAP];
};

static bool says_yes(const char *question) {
  char answer[16];
  return ask_line(question, "no", answer, sizeof answer) && (answer[0] == 'y' || answer[0] == 'Y');
}

/* A slip in the code is found here, before anything goes out; which letters of it were meant is not for us to say. */
static int guide_code(struct guided *guided) {
  struct sg_error error = {.status = SG_DATA};
  for (int tries = 0; tries < TRIES; tries++) {
    if (!ask_line("Code from the school's letter (48 letters and digits; blanks and dashes do not matter)", "", guided->secret,
                  CODE_ROOM))
      return usage_wrong(guided->app, "No code was given.");
    if (sg_code_check(guided->secret, &error) == SG_OK)
      return OPTIONS_GO_ON;
    fprintf(stderr, "%s\n", error.text);
  }
  return speak_error(guided->app, &error);
}

static int guide(struct guided *guided) {
  struct sg_about about;
  struct sg_error error;
  if (sg_about(guided->app->client, &about, &error) == SG_OK && about.enrolled && !guided->replace) {
    fprintf(stderr, "This device is enrolled already%s%s.\n", about.school[0] != '\0' ? " at " : "", about.school);
    if (!says_yes("Give that up for a new code (results stay here)? yes or no"))
      return usage_wrong(guided->app, "Nothing was changed.");
    guided->replace = true;
  }
  fprintf(stderr,
          "You need the letter (or the mail) from your school: it has the address of its server and a code that works once.\n");
  if (!ask_line("Address of the school's server (host:port)", "", guided->address, sizeof guided->address) ||
      guided->address[0] == '\0')
    return usage_wrong(guided->app, "No address was given.");
  guided->server = guided->address;
  int code = guided->file == NULL ? guide_code(guided) : OPTIONS_GO_ON;
  if (code == OPTIONS_GO_ON && guided->device == NULL) {
    if (!ask_line("What do you call this device (Enter: its host name)", "", guided->name, sizeof guided->name))
      return usage_wrong(guided->app, "Nothing was changed.");
    guided->device = guided->name[0] != '\0' ? guided->name : NULL;
  }
  return code;
}

int cmd_enrol(struct app *app, int argc, char **argv) {
  const char *server = NULL, *file = NULL, *device = NULL;
  bool replace = false, passphrase = false;
  unsigned max_wait_s = 30;
  const struct option_row rows[] = {
      {"server", "HOST:PORT", "the school's enrolment address, from the letter", .text = &server},
      {"code-file", "FILE", "read the code from FILE (- for standard input)", .text = &file},
      {"device-name", "NAME", "what you call this device (default: its host name)", .text = &device},
      {"replace", NULL, "give up the enrolment this device has", .flag = &replace},
      {"passphrase", NULL, "put a passphrase on the key (asked for; see stepguard passphrase)", .flag = &passphrase},
      {"max-wait", "S", "go on trying this many seconds when the server is away or busy (30)", .number = &max_wait_s},
  };
  int code = options_read(app, rows, sizeof rows / sizeof rows[0], argc, argv, &argc);
  if (code != OPTIONS_GO_ON)
    return code;
  if (argc > 0)
    return usage_wrong(app, "\"%.60s\" is one argument too many. The code is not given as an argument: it is asked for.", argv[0]);
  if (passphrase && !app->ask)
    return usage_wrong(app, "--passphrase needs a terminal. Without one: stepguard passphrase --new-file FILE, afterwards.");
  if (server == NULL && !app->ask)
    return usage_wrong(app, "--server HOST:PORT is needed.");
  struct guided guided = {.app = app, .server = server, .file = file, .device = device, .replace = replace};
  code = app_open(app);
  if (code == OPTIONS_GO_ON && app->ask && server == NULL)
    code = guide(&guided);
  if (code == OPTIONS_GO_ON && guided.secret[0] == '\0')
    code = code_get(app, file, guided.secret);
  if (code == OPTIONS_GO_ON && passphrase)
    code = ask_passphrase(app, guided.passphrase);
  if (code == OPTIONS_GO_ON) {
    struct sg_error error;
    struct sg_enrolment enrolment = {.server = guided.server,
                                     .code = guided.secret,
                                     .device = guided.device,
                                     .replace = guided.replace,
                                     .passphrase = guided.passphrase,
                                     .max_wait_s = max_wait_s};
    code = sg_enrol(app->client, &enrolment, &error) == SG_OK ? enrolled(app) : speak_error(app, &error);
  }
  OPENSSL_cleanse(guided.secret, sizeof guided.secret);
  OPENSSL_cleanse(guided.passphrase, sizeof guided.passphrase);
  return code;
}
