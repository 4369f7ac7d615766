/*
 * stepguard enrol. The code is a secret until it is spent, so it never comes as an argument (other users see those, and the
 * shell keeps them): it is asked for, or read from a file or from standard input. It is shown while it is typed: it works
 * once, it is long, and a slip one cannot see costs more than a look over the shoulder.
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

int cmd_enrol(struct app *app, int argc, char **argv) {
  const char *server = NULL, *file = NULL, *device = NULL;
  bool replace = false;
  unsigned max_wait_s = 30;
  const struct option_row rows[] = {
      {"server", "HOST:PORT", "the school's enrolment address, from the letter", .text = &server},
      {"code-file", "FILE", "read the code from FILE (- for standard input)", .text = &file},
      {"device-name", "NAME", "what you call this device (default: its host name)", .text = &device},
      {"replace", NULL, "give up the enrolment this device has", .flag = &replace},
      {"max-wait", "S", "go on trying this many seconds when the server is away or busy (30)", .number = &max_wait_s},
  };
  int code = options_read(app, rows, sizeof rows / sizeof rows[0], argc, argv, &argc);
  if (code != OPTIONS_GO_ON)
    return code;
  if (argc > 0)
    return usage_wrong(app, "\"%.60s\" is one argument too many. The code is not given as an argument: it is asked for.", argv[0]);
  char address[ADDRESS_ROOM], secret[CODE_ROOM];
  if (server == NULL && app->ask) {
    if (!ask_line("Address of the school's server (host:port, from the letter)", "", address, sizeof address))
      return usage_wrong(app, "No address was given.");
    server = address;
  }
  if (server == NULL)
    return usage_wrong(app, "--server HOST:PORT is needed.");
  code = code_get(app, file, secret);
  if (code == OPTIONS_GO_ON)
    code = app_open(app);
  if (code == OPTIONS_GO_ON) {
    struct sg_error error;
    struct sg_enrolment enrolment = {
        .server = server, .code = secret, .device = device, .replace = replace, .max_wait_s = max_wait_s};
    code = sg_enrol(app->client, &enrolment, &error) == SG_OK ? enrolled(app) : speak_error(app, &error);
  }
  OPENSSL_cleanse(secret, sizeof secret);
  return code;
}
