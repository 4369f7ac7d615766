/*
 * stepguard messages: what somebody of the dean's office wrote to the student.
 *
 * Shown from the copy that the last sync brought, so that it can be read on a train. What was shown is not new any more; --keep-new
 * leaves it so, for programs that only look.
 */
#include "client/cmd.h"

#include <stdio.h>
#include <string.h>

enum { BLOCK_COLUMNS = 80, INDENT = 2 };

struct mail {
  const struct app *app;
  json_t *messages;
  size_t n;
};

static void text_show(const struct app *app, const char *text) {
  char line[LIMIT_MESSAGE_CHARS + 1];
  unsigned width = app->width > 0 && app->width < BLOCK_COLUMNS ? app->width : BLOCK_COLUMNS;
  for (const char *end; *text != '\0'; text = *end == '\0' ? end : end + 1) {
    end = text + strcspn(text, "\n");
    snprintf(line, sizeof line, "%.*s", (int)(end - text), text);
    if (line[0] == '\0') {
      printf("\n");
      continue;
    }
    printf("%*s", INDENT, "");
    print_broken(line, INDENT, width);
  }
}

static void message_show(void *arg, const struct sg_message *message) {
  struct mail *mail = arg;
  if (mail->app->json) {
    json_array_append_new(mail->messages, message_json(message));
    return;
  }
  char day[SPEAK_TIME], changed[SPEAK_TIME];
  format_time(day, message->written_ms);
  format_time(changed, message->changed_ms);
  printf("%s%s%s%s, from %s", mail->n++ > 0 ? "\n" : "", message->is_new ? tone_on(mail->app, TONE_WARN) : "",
         message->is_new ? "New: " : "", day, message->writer);
  if (message->changed_ms != message->written_ms)
    printf(" (changed %s)", changed);
  printf("%s\n", message->is_new ? tone_off(mail->app, TONE_WARN) : "");
  text_show(mail->app, message->text);
}

static int messages_show(struct app *app, bool keep_new) {
  struct mail mail = {.app = app, .messages = json_array()};
  struct sg_messages_about about;
  struct sg_error error;
  char when[SPEAK_TIME];
  int code = EXIT_DONE;
  if (sg_messages(app->client, message_show, &mail, &about, &error) != SG_OK) {
    code = speak_error(app, &error);
  } else if (app->json) {
    code = speak_json(json_pack("{s:O, s:i, s:b, s:o}", "messages", mail.messages, "new", (int)about.n_new, "more", about.more,
                                "received_at", json_time(about.received_ms)),
                      EXIT_DONE);
  } else if (about.received_ms == 0) {
    printf("The school has not been asked yet: stepguard sync\n");
  } else {
    format_time(when, about.received_ms);
    printf(about.n == 0 ? "The office has written nothing to you as of %s.\n" : "\nAs of %s.\n", when);
    if (about.more)
      printf("There are older ones. The dean's office shows you all of them.\n");
  }
  json_decref(mail.messages);
  if (code == EXIT_DONE && !keep_new && sg_messages_read(app->client, &error) != SG_OK)
    return speak_error(app, &error);
  return code;
}

int cmd_messages(struct app *app, int argc, char **argv) {
  bool online = false, keep_new = false;
  struct sg_sync_options ask = {.standing_only = true, .progress = progress_show};
  const struct option_row rows[] = {
      {"online", NULL, "ask the school now", .flag = &online},
      {"keep-new", NULL, "what is new stays new", .flag = &keep_new},
      {"max-wait", "S", "with --online: go on trying this many seconds (0)", .number = &ask.max_wait_s},
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
  ask.arg = &progress;
  int asked = online && sg_sync(app->client, &ask, &report, &error) != SG_OK ? EXIT_REFUSED : EXIT_DONE;
  progress_clear(&progress);
  if (asked != EXIT_DONE) {
    asked = speak_error(app, &error);
    if (app->json)
      return asked;
    printf("What came last:\n\n");
  }
  code = messages_show(app, keep_new);
  return asked == EXIT_DONE ? code : asked;
}
