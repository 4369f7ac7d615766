/*
 * stepguard sync: sends what is recorded and says what became of it.
 *
 * The report is given also when the connection broke in the middle, since what was acknowledged until then is settled. The
 * exit code is 1 when the school refused something for good, and 3 when not all could be sent; a timer that runs this every
 * hour (deploy/systemd/user) can ignore the latter and should not ignore the former.
 *
 * --watch is the same in a loop, for who has no timer: one line for each sync in which something happened, and with --json one
 * document a line for each. Being stopped in the middle of one loses nothing.
 */
#include "client/cmd.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

static json_t *report_json(const struct sg_sync_report *report) {
  return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:b, s:b, s:s}", "stored", (int)report->stored,
                   "identical", (int)report->identical, "conflict", (int)report->conflict, "rejected", (int)report->rejected,
                   "plans_stored", (int)report->plans_stored, "plans_rejected", (int)report->plans_rejected, "study_stored",
                   (int)report->study_stored, "study_rejected", (int)report->study_rejected, "messages_new",
                   (int)report->messages_new, "damaged", (int)report->damaged, "left", (int)report->left, "connections",
                   (int)report->tries, "standing_fresh", report->standing_fresh, "renewed", report->renewed, "note", report->note);
}

static void report_text(const struct app *app, const struct sg_sync_report *report) {
  printf("%u %s stored", report->stored, report->stored == 1 ? "result" : "results");
  if (report->identical > 0)
    printf(", %u the school had already", report->identical);
  if (report->plans_stored > 0)
    printf(", %u exam plan %s", report->plans_stored, report->plans_stored == 1 ? "change" : "changes");
  if (report->study_stored > 0)
    printf(", %u %s", report->study_stored, report->study_stored == 1 ? "goal or check-in" : "goals and check-ins");
  printf(".\n");
  if (report->rejected + report->conflict + report->plans_rejected > 0)
    printf("%s%u refused%s: see `stepguard list --rejected` for which and why.\n", tone_on(app, TONE_WARN),
           report->rejected + report->conflict + report->plans_rejected, tone_off(app, TONE_WARN));
  if (report->study_rejected > 0)
    printf("%s%u %s refused%s: see `stepguard goal` and `stepguard checkin list`.\n", tone_on(app, TONE_WARN),
           report->study_rejected, report->study_rejected == 1 ? "goal or check-in" : "goals or check-ins",
           tone_off(app, TONE_WARN));
  if (report->messages_new > 0)
    printf("%s%u new %s from the office%s: stepguard messages\n", tone_on(app, TONE_WARN), report->messages_new,
           report->messages_new == 1 ? "message" : "messages", tone_off(app, TONE_WARN));
  if (report->damaged > 0)
    printf("%s%u damaged on disk%s and not sent: see `stepguard list --pending`.\n", tone_on(app, TONE_WARN), report->damaged,
           tone_off(app, TONE_WARN));
  if (report->renewed)
    printf("The certificate of this device was renewed.\n");
  if (report->note[0] != '\0')
    printf("Note: %s\n", report->note);
}

static int sync_once(struct app *app, struct sg_sync_options options) {
  struct progress progress;
  struct sg_sync_report report;
  struct sg_error error;
  progress_init(&progress, app);
  options.progress = progress_show;
  options.arg = &progress;
  int status = sg_sync(app->client, &options, &report, &error);
  progress_clear(&progress);
  bool refused = report.rejected + report.conflict + report.plans_rejected + report.study_rejected + report.damaged > 0;
  if (status == SG_OK) {
    if (app->json)
      return speak_json(report_json(&report), refused ? EXIT_PROBLEMS : EXIT_DONE);
    report_text(app, &report);
    return refused ? EXIT_PROBLEMS : EXIT_DONE;
  }
  if (app->json) {
    json_t *document = report_json(&report);
    json_object_set_new(document, "error", json_error(&error));
    return speak_json(document, sg_status_exit(error.status));
  }
  if (report.stored + report.identical > 0)
    report_text(app, &report);
  if (report.left > 0)
    fprintf(stderr, "%u %s still waiting here and will go with the next sync.\n", report.left,
            report.left == 1 ? "result is" : "results are");
  return speak_error(app, &error);
}

/* ---------------------------------------------------------------- watching */

/* How long until the next sync: the interval; after what was recorded in between a few seconds; after failures longer and longer,
 * up to the interval, and never sooner than the server asked. Between two syncs the state directory is let go, so that the other
 * commands work. */
enum { LOOK_S = 2, SETTLE_S = 5, FIRST_RETRY_S = 30, DOUBLINGS_MAX = 10, LOCKED_RETRY_S = 10, MINUTES_MOST = 24 * 60 };

static volatile sig_atomic_t watch_end;

static void watch_stop(int number) {
  (void)number;
  watch_end = 1;
}

struct watch {
  struct app *app;
  unsigned every_s, failures;
  char outbox[1100];
  uint32_t seen; /* of the outbox, when we last had it in hand */
};

/* How often it was changed, as SQLite counts in the head of its file; 0 where there is none. Times of files are fine enough for
 * this on some systems only. */
static uint32_t outbox_changes(const struct watch *watch) {
  enum { COUNT_AT = 24, COUNT_BYTES = 4 };
  unsigned char head[COUNT_AT + COUNT_BYTES] = {0};
  FILE *file = fopen(watch->outbox, "rb");
  bool whole = file != NULL && fread(head, 1, sizeof head, file) == sizeof head;
  uint32_t changes = 0;
  for (size_t i = COUNT_AT; whole && i < sizeof head; i++)
    changes = changes << 8 | head[i];
  if (file != NULL)
    fclose(file);
  return changes;
}

/* Half to one and a half times, so that a class whose school was away does not come back in step. */
static unsigned jittered(unsigned seconds) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return seconds / 2 + (unsigned)((uint64_t)seconds * (uint64_t)(now.tv_nsec / 1000 % 1000) / 1000) + 1;
}

static unsigned watch_pause_s(struct watch *watch, const struct sg_error *error) {
  if (error->status == SG_OK) {
    watch->failures = 0;
    return jittered(watch->every_s);
  }
  if (error->status == SG_LOCKED)
    return LOCKED_RETRY_S;
  unsigned doubled = FIRST_RETRY_S << (watch->failures < DOUBLINGS_MAX ? watch->failures++ : DOUBLINGS_MAX);
  unsigned pause = jittered(doubled < watch->every_s ? doubled : watch->every_s), asked = error->retry_after_ms / 1000 + 1;
  return pause > asked ? pause : asked;
}

static void watch_wait(struct watch *watch, unsigned seconds, bool failed) {
  for (unsigned waited = 0; waited < seconds && !watch_end; waited += LOOK_S) {
    struct timespec look = {.tv_sec = LOOK_S};
    if (outbox_changes(watch) != watch->seen && !failed && seconds - waited > SETTLE_S)
      seconds = waited + SETTLE_S; /* somebody is typing; there may be more */
    nanosleep(&look, NULL);
  }
}

/* What another try will not change, so that watching on would only hide it. */
static bool is_final(const struct sg_error *error) {
  return error->status != SG_OK && error->status != SG_LOCKED && error->status != SG_PROTOCOL && !sg_error_passes(error);
}

static void watch_say(const struct app *app, const struct sg_sync_report *report, const struct sg_error *error) {
  bool something = report->stored + report->identical + report->rejected + report->conflict + report->plans_stored +
                           report->plans_rejected + report->study_stored + report->study_rejected >
                       0 ||
                   report->renewed;
  char now[SPEAK_TIME];
  if (app->json) {
    json_t *line = report_json(report);
    json_object_set_new(line, "at", json_time((int64_t)time(NULL) * 1000));
    if (error->status != SG_OK)
      json_object_set_new(line, "error", json_error(error));
    (void)json_dumpf(line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(12));
    putchar('\n');
    json_decref(line);
  } else {
    format_time(now, (int64_t)time(NULL) * 1000);
    if (something) {
      printf("%s: ", now);
      report_text(app, report);
    }
    if (error->status != SG_OK)
      fprintf(stderr, "%s: %s\n", now, error->text);
  }
  fflush(stdout);
}

static int watch_turn(struct watch *watch, struct sg_sync_options options, struct sg_sync_report *report,
                      struct sg_error *ret_error) {
  struct sg_about about;
  struct sg_options how = app_options(watch->app);
  int status = sg_open(&watch->app->client, &how, ret_error);
  if (status != SG_OK)
    return status;
  *report = (struct sg_sync_report){0};
  status = app_zone(watch->app, ret_error);
  if (status == SG_OK)
    status = sg_about(watch->app->client, &about, ret_error);
  if (status == SG_OK) {
    snprintf(watch->outbox, sizeof watch->outbox, "%s/outbox.db", about.dir);
    status = sg_sync(watch->app->client, &options, report, ret_error);
  }
  sg_close(watch->app->client);
  watch->app->client = NULL;
  watch->seen = outbox_changes(watch);
  return status;
}

static int sync_watch(struct app *app, unsigned every_min) {
  struct watch watch = {.app = app, .every_s = every_min * 60};
  struct sigaction stop = {.sa_handler = watch_stop};
  sigaction(SIGTERM, &stop, NULL);
  sigaction(SIGINT, &stop, NULL);
  sigaction(SIGHUP, &stop, NULL);
  while (!watch_end) {
    struct sg_sync_report report = {0};
    struct sg_error error = {.status = SG_OK};
    if (watch_turn(&watch, (struct sg_sync_options){.max_wait_s = 0}, &report, &error) == SG_OK)
      error.status = SG_OK;
    watch_say(app, &report, &error);
    if (is_final(&error))
      return sg_status_exit(error.status);
    unsigned pause_s = watch_pause_s(&watch, &error);
    if (!watch_end)
      watch_wait(&watch, pause_s, error.status != SG_OK);
  }
  return EXIT_DONE;
}

int cmd_sync(struct app *app, int argc, char **argv) {
  struct sg_sync_options options = {.max_wait_s = 60};
  bool watch = false;
  unsigned every_min = 60;
  const struct option_row rows[] = {
      {"max-wait", "S", "go on trying this many seconds when the server is away or busy (60)", .number = &options.max_wait_s},
      {"watch", NULL, "go on until stopped: after what is recorded, and every hour", .flag = &watch},
      {"every", "MINUTES", "with --watch: as often as that at least (60)", .number = &every_min},
  };
  int code = options_read(app, rows, sizeof rows / sizeof rows[0], argc, argv, &argc);
  if (code != OPTIONS_GO_ON)
    return code;
  if (argc > 0)
    return usage_wrong(app, "\"%.60s\" is one argument too many.", argv[0]);
  if (every_min < 1 || every_min > MINUTES_MOST)
    return usage_wrong(app, "--every is between 1 and %d minutes.", MINUTES_MOST);
  if (watch)
    return sync_watch(app, every_min);
  code = app_open(app);
  return code == OPTIONS_GO_ON ? sync_once(app, options) : code;
}
