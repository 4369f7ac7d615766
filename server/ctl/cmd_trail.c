/*
 * trail export: the trail for another machine (ASVS 5.0, 16.4.3), one line of JSON an event, each once.
 *
 * The programs' own log goes to standard error and so to the service manager's journal, which can be forwarded. The trail is in the
 * database; whoever owns that could take its copies along. Run from a timer with its output in the journal, this puts a line an
 * event where the log goes. `--state` keeps the number of the last one: it is written after the lines are, so that a crash between
 * the two repeats lines, which their numbers show, and loses none.
 *
 * Rejected: the daemon sending each event itself (what commands and reports do is on the trail as well, and a log server that hangs
 * would be in the way of a sign-in), syslog (a second road beside the one that exists).
 */
#include "ctl/ctl.h"

#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 1000, STATE_BYTES = 32, STATE_MODE = S_IRUSR | S_IWUSR, ARGS_BYTES = 4096 };

struct trail_options {
  const char *state;
};

static int state_read(struct ctl *ctl, const char *path, int64_t *ret_after) {
  char *text = NULL, *end, reason[FILE_REASON];
  size_t len = 0;
  *ret_after = 0;
  if (access(path, F_OK) < 0 && errno == ENOENT) /* the first time */
    return EXIT_DONE;
  if (file_read(path, STATE_BYTES, &text, &len, reason) < 0)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", reason);
  errno = 0;
  const long long after = strtoll(text, &end, 10);
  const bool good = end != text && *end == '\n' && end[1] == '\0' && errno == 0 && after >= 0;
  free(text);
  if (!good)
    return ctl_fail(ctl, EXIT_PROBLEMS, "%s does not hold the number of an event", path);
  *ret_after = after;
  return EXIT_DONE;
}

static int state_write(struct ctl *ctl, const char *path, int64_t after) {
  char text[STATE_BYTES], reason[FILE_REASON];
  const int len = snprintf(text, sizeof text, "%" PRId64 "\n", after);
  return file_write(path, text, (size_t)len, STATE_MODE, false, reason) < 0 ? ctl_fail(ctl, EXIT_REFUSED, "%s", reason) : EXIT_DONE;
}

static int page_print(struct ctl *ctl, const json_t *page) {
  size_t i;
  json_t *event;
  bool good = true;
  json_array_foreach(json_object_get(page, "events"), i, event) {
    good = good && json_dumpf(event, ctl->out.out, JSON_COMPACT | JSON_SORT_KEYS) == 0 && fputc('\n', ctl->out.out) != EOF;
  }
  good = fflush(ctl->out.out) == 0 && good;
  return good ? EXIT_DONE : ctl_fail(ctl, EXIT_REFUSED, "standard output did not take it; nothing is counted as sent");
}

/* *ret_n: how many there were. */
static int page_send(struct ctl *ctl, const char *state, int64_t *after, size_t *ret_n) {
  struct args args;
  json_t *page = NULL;
  args_init(&args, ARGS_BYTES);
  args_text(&args, ctl->conf->school_code);
  args_i64(&args, *after);
  args_i32(&args, PAGE);
  int code = ctl_call_json(ctl, STMT_TRAIL_EXPORT, &args, &page);
  if (code)
    return code;
  if (!page)
    return ctl_fail(ctl, EXIT_REFUSED, "somebody is writing a long line of the trail; what comes before it was sent, try again");
  *ret_n = json_array_size(json_object_get(page, "events"));
  code = page_print(ctl, page);
  *after = ctl_integer(page, "next");
  json_decref(page);
  return code || !state || *ret_n == 0 ? code : state_write(ctl, state, *after);
}

static int export_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  const struct trail_options *options = given;
  int64_t after = 0;
  size_t n = PAGE;
  (void)words;
  int code = ctl_zone(ctl);
  if (!code && options->state)
    code = state_read(ctl, options->state, &after);
  while (!code && n == PAGE)
    code = page_send(ctl, options->state, &after, &n);
  return code;
}

static const struct cli_option export_cli[] = {
    CLI_TEXT("state", "FILE", struct trail_options, state,
             "holds the number of the last event sent, so that the next run goes on behind it"),
};

const struct ctl_command ctl_trail_export = {
    .name = "trail export",
    .words = "",
    .summary = "the trail as lines of JSON, to be kept on another machine",
    .text = "Who did or saw what, when, on what ground and from where, by numbers: no name of a student or of anybody else. All "
            "events, or "
            "with --state those since the last run. Run it from a timer of the service manager with its standard output in the "
            "journal, "
            "which is forwarded (systemd-journal-upload, rsyslog): then somebody who owns the database does not own all that is "
            "known of them.",
    .examples = "stepguardctl trail export > trail.jsonl\nstepguardctl trail export --state /var/lib/stepguard/trail-sent",
    .options = export_cli,
    .options_n = sizeof export_cli / sizeof *export_cli,
    .run = export_run,
};
