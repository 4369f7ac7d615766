/*
 * stepguard sync: sends what is recorded and says what became of it.
 *
 * The report is given also when the connection broke in the middle, since what was acknowledged until then is settled. The
 * exit code is 1 when the school refused something for good, and 3 when not all could be sent; a timer that runs this every
 * hour can ignore the latter and should not ignore the former.
 */
#include "client/cmd.h"

#include <stdio.h>

static json_t *report_json(const struct sg_sync_report *report) {
  return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:b, s:b, s:s}", "stored", (int)report->stored, "identical",
                   (int)report->identical, "conflict", (int)report->conflict, "rejected", (int)report->rejected, "plans_stored",
                   (int)report->plans_stored, "plans_rejected", (int)report->plans_rejected, "damaged", (int)report->damaged,
                   "left", (int)report->left, "connections", (int)report->tries, "standing_fresh", report->standing_fresh,
                   "renewed", report->renewed, "note", report->note);
}

static void report_text(const struct app *app, const struct sg_sync_report *report) {
  printf("%u %s stored", report->stored, report->stored == 1 ? "result" : "results");
  if (report->identical > 0)
    printf(", %u the school had already", report->identical);
  if (report->plans_stored > 0)
    printf(", %u exam plan %s", report->plans_stored, report->plans_stored == 1 ? "change" : "changes");
  printf(".\n");
  if (report->rejected + report->conflict + report->plans_rejected > 0)
    printf("%s%u refused%s: see `stepguard list --rejected` for which and why.\n", tone_on(app, TONE_WARN),
           report->rejected + report->conflict + report->plans_rejected, tone_off(app, TONE_WARN));
  if (report->damaged > 0)
    printf("%s%u damaged on disk%s and not sent: see `stepguard list --pending`.\n", tone_on(app, TONE_WARN), report->damaged,
           tone_off(app, TONE_WARN));
  if (report->renewed)
    printf("The certificate of this device was renewed.\n");
  if (report->note[0] != '\0')
    printf("Note: %s\n", report->note);
}

int cmd_sync(struct app *app, int argc, char **argv) {
  struct sg_sync_options options = {.max_wait_s = 60};
  const struct option_row rows[] = {
      {"max-wait", "S", "go on trying this many seconds when the server is away or busy (60)", .number = &options.max_wait_s},
  };
  int code = options_read(app, rows, sizeof rows / sizeof rows[0], argc, argv, &argc);
  if (code != OPTIONS_GO_ON)
    return code;
  if (argc > 0)
    return usage_wrong(app, "\"%.60s\" is one argument too many.", argv[0]);
  code = app_open(app);
  if (code != OPTIONS_GO_ON)
    return code;
  struct progress progress;
  struct sg_sync_report report;
  struct sg_error error;
  progress_init(&progress, app);
  options.progress = progress_show;
  options.arg = &progress;
  int status = sg_sync(app->client, &options, &report, &error);
  progress_clear(&progress);
  bool refused = report.rejected + report.conflict + report.plans_rejected + report.damaged > 0;
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
