/*
 * The two verbs that send: `send` what waits (a timer starts it every few minutes, and the nightly run when it is done), `test` one
 * mail to an address, for whoever sets the way up. The test tells what the mail server said, which is what one wants to know then.
 *
 * The exit code is for the scheduler: 3 means that starting it again later is right, 1 that a person should look at what failed. A
 * mail server that is away fails no night: what the night put into the post is kept there.
 */
#include "report/send.h"

#include "base/cli.h"
#include "base/err.h"
#include "report/post.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char program[] = "stepguard-report";

struct send_options {
  const char *config;
  bool json, help;
};

static const struct cli_option send_cli[] = {
    CLI_TEXT("config", "FILE", struct send_options, config,
             "configuration of the school; $STEPGUARD_CONFIG or " CONF_PATH_OF_PACKAGE " unless given"),
    CLI_FLAG("json", struct send_options, json, "say what was done as JSON"),
    CLI_FLAG("help", struct send_options, help, "this text"),
};
enum { OPTIONS = sizeof send_cli / sizeof *send_cli };

struct sending {
  struct send_options options;
  struct term out, err;
  struct conf *conf;
  json_t *said; /* --json: {"sent", "later", "failed", "mail_down", "messages": [{"kind", "state", "reply"}]} */
  bool tell;    /* each message, with what the server said */
};

static void send_help(struct term *term, bool test) {
  fprintf(term->out, test ? "usage: stepguard-report test ADDRESS [OPTIONS]\n\n" : "usage: stepguard-report send [OPTIONS]\n\n");
  cli_help_lines(
      term, 0,
      test ? "Sends a mail to ADDRESS at once and says what the mail server answered. Whether mail is switched on or not."
           : "Sends what waits in the post: mails by the server that [mail] names, events to webhooks. Safe to be started "
             "at any time, twice, and on any number of hosts: each message is one sender's. What a server cannot take "
             "now is tried again later, after a pause that doubles.");
  cli_help_heading(term, "Options");
  cli_help_options(term, send_cli, OPTIONS);
  cli_help_heading(term, "Examples");
  cli_help_lines(term, 2, test ? "stepguard-report test postmaster@school.example" : "stepguard-report send --json");
  fprintf(term->out,
          "\nExit codes: 0 done; 1 some messages failed for good; 2 usage; 3 the mail server or the database is away, or\n"
          "refused: start it again later.\n");
}

static void message_told(void *arg, const char *kind, const char *state, const char *reply) {
  struct sending *sending = arg;
  if (sending->said)
    json_array_append_new(json_object_get(sending->said, "messages"),
                          json_pack("{s:s,s:s,s:s}", "kind", kind, "state", state, "reply", reply));
  else if (sending->tell || strcmp(state, "failed") == 0)
    printf("%s %s: %s\n", kind, state, reply);
}

static int counts_say(struct sending *sending, const struct post_counts *counts) {
  if (!sending->said) {
    printf("%s: %" PRIu64 " sent, %" PRIu64 " to be tried again, %" PRIu64 " failed.\n", sending->conf->school_code, counts->sent,
           counts->later, counts->failed);
    return EXIT_DONE;
  }
  json_object_set_new(sending->said, "sent", json_integer((json_int_t)counts->sent));
  json_object_set_new(sending->said, "later", json_integer((json_int_t)counts->later));
  json_object_set_new(sending->said, "failed", json_integer((json_int_t)counts->failed));
  json_object_set_new(sending->said, "mail_down", json_boolean(counts->mail_down));
  int err = json_dumpf(sending->said, stdout, JSON_INDENT(2));
  fputc('\n', stdout);
  return err ? EXIT_REFUSED : EXIT_DONE;
}

/* address NULL: whatever waits. */
static int send_run(struct sending *sending, const char *address) {
  struct post_counts counts;
  char reason[POST_REASON];
  const struct post_options options = {.conf = sending->conf, .told = message_told, .arg = sending};
  if (post_prepare() < 0)
    return EXIT_REFUSED;
  sending->said = sending->options.json ? json_pack("{s:[]}", "messages") : NULL;
  int err = address ? post_test(&options, address, &counts, reason) : post_send(&options, &counts, reason);
  post_end();
  int code = counts_say(sending, &counts);
  if (err)
    cli_complain(&sending->err, program, "%s", *reason ? reason : err_text(err));
  else if (counts.mail_down)
    cli_complain(&sending->err, program, "the mail server takes nothing now; what waits is kept");
  if (err || counts.mail_down)
    return EXIT_REFUSED;
  return code ? code : counts.failed > 0 || (address && counts.sent == 0) ? EXIT_PROBLEMS : EXIT_DONE;
}

static int send_start(struct sending *sending, int argc, char **argv, bool test) {
  const struct cli_set set = {send_cli, OPTIONS, &sending->options};
  struct cli_words words;
  char reason[CLI_REASON];
  cli_preset(&set);
  sending->tell = test;
  sending->options.config = conf_path_default();
  int end = cli_parse(&set, 1, argc, argv, 1, false, &words, reason);
  if (end >= 0 && sending->options.help) {
    send_help(&sending->out, test);
    return EXIT_DONE;
  }
  if (end < 0 || !cli_words_fit(&words, test, test, test ? "an address" : "", reason)) {
    cli_complain(&sending->err, program, "%s (stepguard-report %s --help)", reason, test ? "test" : "send");
    return EXIT_USAGE;
  }
  if (!sending->options.config) {
    cli_complain(&sending->err, program, "which configuration? Give --config FILE, or set STEPGUARD_CONFIG");
    return EXIT_USAGE;
  }
  sending->conf = cli_conf(&sending->err, program, sending->options.config);
  return sending->conf ? send_run(sending, test ? words.word[0] : NULL) : EXIT_PROBLEMS;
}

static int start(int argc, char **argv, bool test) {
  struct sending sending = {0};
  term_init(&sending.out, stdout);
  term_init(&sending.err, stderr);
  int code = send_start(&sending, argc, argv, test);
  json_decref(sending.said);
  conf_unref(sending.conf);
  return fflush(stdout) != 0 && code == EXIT_DONE ? EXIT_REFUSED : code;
}

void send_after(const struct conf *conf) {
  struct post_counts counts;
  struct term err;
  char reason[POST_REASON] = "";
  const struct post_options options = {.conf = conf};
  if (post_prepare() < 0)
    return;
  term_init(&err, stderr);
  const int failed = post_send(&options, &counts, reason);
  post_end();
  if (failed)
    cli_complain(&err, program, "nothing was sent: %s", *reason ? reason : err_text(failed));
  else if (counts.mail_down)
    cli_complain(&err, program, "the mail server takes nothing now; what waits is kept, and sent by stepguard-report send");
}

int send_main(int argc, char **argv) {
  return start(argc, argv, false);
}

int test_main(int argc, char **argv) {
  return start(argc, argv, true);
}
