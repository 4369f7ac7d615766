/*
 * stepguard disclosures: to whom outside its officials the school gave the student's record, and who asked in vain
 * (34 CFR 99.32).
 *
 * One block an entry rather than one line: these are sentences that somebody wrote for the law, and a table would have to cut
 * them. The school is asked each time; away from the network there is nothing to show, and the exit code says so.
 */
#include "client/cmd.h"

#include <stdio.h>

struct ledger {
  const struct app *app;
  json_t *entries;
  size_t n;
};

static json_t *disclosure_json(const struct sg_disclosure *entry) {
  return json_pack("{s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "day", json_day(entry->day), "outcome",
                   entry->refused ? "refused" : "disclosed", "recipient", entry->recipient, "what", entry->what, "interest",
                   entry->interest, "ground", entry->ground, "ground_text", entry->ground_text, "threat", entry->threat, "onward",
                   entry->onward);
}

static void disclosure_text(const struct app *app, const struct sg_disclosure *entry) {
  char day[SPEAK_TIME], ground[SG_GROUND_CAP + SG_GROUND_TEXT_CAP + 4];
  format_day(day, entry->day);
  snprintf(ground, sizeof ground, "%s (%s)", entry->ground_text, entry->ground);
  printf("\n%s%s%s\n", tone_on(app, TONE_QUIET), day, tone_off(app, TONE_QUIET));
  print_field(entry->refused ? "Refused to" : "Given to", entry->recipient);
  print_field("What", entry->what);
  print_field("For", entry->interest);
  print_field("Ground", ground);
  print_field("Feared", entry->threat);
  print_field("May go to", entry->onward);
}

static void disclosure_show(void *arg, const struct sg_disclosure *entry) {
  struct ledger *ledger = arg;
  if (ledger->app->json) {
    json_array_append_new(ledger->entries, disclosure_json(entry));
    return;
  }
  if (ledger->n++ == 0)
    printf("Outside the school's officials, your record went to, or was asked for by:\n");
  disclosure_text(ledger->app, entry);
}

int cmd_disclosures(struct app *app, int argc, char **argv) {
  struct sg_sync_options options = {0};
  const struct option_row rows[] = {
      {"max-wait", "S", "go on trying this many seconds when the server is away or busy (0)", .number = &options.max_wait_s},
  };
  int code = options_read(app, rows, sizeof rows / sizeof rows[0], argc, argv, &argc);
  if (code != OPTIONS_GO_ON)
    return code;
  if (argc > 0)
    return usage_wrong(app, "\"%.60s\" is one argument too many.", argv[0]);
  code = app_open(app);
  if (code != OPTIONS_GO_ON)
    return code;
  struct ledger ledger = {.app = app, .entries = json_array()};
  struct progress progress;
  struct sg_error error;
  bool more = false;
  progress_init(&progress, app);
  options.progress = progress_show;
  options.arg = &progress;
  int status = sg_disclosures(app->client, &options, disclosure_show, &ledger, &more, &error);
  progress_clear(&progress);
  code = EXIT_DONE;
  if (status != SG_OK)
    code = speak_error(app, &error);
  else if (app->json)
    code = speak_json(json_pack("{s:O, s:b}", "disclosures", ledger.entries, "more", more), EXIT_DONE);
  else if (ledger.n == 0)
    printf("The school's ledger of disclosures has no entry about you: it knows of nobody\n"
           "outside its officials who was given your record, or asked for it.\n");
  else if (more)
    printf("\nThere are older ones. The dean's office shows you all of them.\n");
  json_decref(ledger.entries);
  return code;
}
