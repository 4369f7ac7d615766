/*
 * stepguard checkin: what a week was like, in four numbers.
 *
 * From Friday on the week at hand is meant, before that the one that is over: on a Monday morning one looks back. Of a week that
 * was spoken of already each answer stands as it was said; otherwise hours and confidence are offered as they were the last time,
 * and the questions as this device has counted them. To correct one, check in again.
 */
#include "client/cmd.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_ROOM = 32, SHARE_ROOM = 48, WEEK_DAYS = 7, FRIDAY = 4 /* from Monday */ };

struct words {
  const char *hours, *questions, *reviewed, *confidence, *week;
};

/* ---------------------------------------------------------------- showing */

struct showing {
  const struct app *app;
  struct table *table;
  json_t *weeks;
  size_t n;
  bool history;
};

static void share_text(char ret[SPEAK_NUMBER], int32_t percent) {
  if (percent == RESULT_UNKNOWN)
    ret[0] = '\0';
  else
    snprintf(ret, SPEAK_NUMBER, "%d %%", (int)percent);
}

/* Of a week the one that counts; what the school refused needs to be seen too. */
static bool is_shown(const struct showing *showing, const struct sg_study *study) {
  struct sg_study standing;
  struct sg_error error;
  bool known = false;
  if (study->entry.kind != STUDY_CHECK_IN || showing->history || study->state > SG_ACKNOWLEDGED)
    return study->entry.kind == STUDY_CHECK_IN;
  int status = sg_study_standing(showing->app->client, STUDY_CHECK_IN, study->entry.day, &standing, &known, &error);
  return status != SG_OK || !known || memcmp(standing.entry.id, study->entry.id, UUID_BYTES) == 0;
}

static bool show_week(void *arg, const struct sg_study *study) {
  struct showing *showing = arg;
  const struct study_entry *e = &study->entry;
  if (!is_shown(showing, study))
    return true;
  showing->n++;
  if (showing->app->json) {
    json_array_append_new(showing->weeks, study_json(study));
    return true;
  }
  char week[SPEAK_TIME], said[SPEAK_TIME], hours[SPEAK_NUMBER], questions[SPEAK_NUMBER], reviewed[SPEAK_NUMBER],
      confidence[SPEAK_NUMBER], why[SG_FIELD_CAP + SG_REASON_CAP + 4];
  format_day(week, e->day);
  format_date(said, e->made_at_ms);
  hours_text(hours, e->minutes);
  snprintf(questions, sizeof questions, "%d", (int)e->questions);
  share_text(reviewed, e->reviewed_percent);
  share_text(confidence, e->confidence_percent);
  snprintf(why, sizeof why, "%s%s%s", study->field, study->field[0] != '\0' ? ": " : "", study->reason);
  const char *const cells[] = {week, hours, questions, reviewed, confidence, said, row_state_name(study->state), why};
  for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
    table_cell(showing->table, cells[i]);
  return true;
}

static int weeks_show(struct app *app, bool history) {
  static const char *const heads[] = {"WEEK FROM", "STUDY", "QUESTIONS", "REVIEWED", "SURE", "SAID", "STATE", "REASON"};
  struct showing showing = {
      .app = app, .table = table_new(heads, sizeof heads / sizeof heads[0]), .weeks = json_array(), .history = history};
  struct sg_error error;
  int code = EXIT_DONE, status = sg_study_list(app->client, show_week, &showing, &error);
  if (status != SG_OK)
    code = speak_error(app, &error);
  else if (app->json)
    code = speak_json(json_pack("{s:O}", "checkins", showing.weeks), EXIT_DONE);
  else if (showing.n == 0)
    printf("You have not checked in yet. Look back on a week: stepguard checkin\n");
  if (status == SG_OK && !app->json && showing.n > 0)
    table_print(showing.table, app);
  else
    table_free(showing.table);
  json_decref(showing.weeks);
  return code;
}

/* ---------------------------------------------------------------- saying */

static bool last_week(void *arg, const struct sg_study *study) {
  struct study_entry *last = arg;
  if (study->entry.kind == STUDY_CHECK_IN && study->state <= SG_ACKNOWLEDGED)
    *last = study->entry;
  return true;
}

static bool count_word(const char *text, int32_t *ret) {
  return text == NULL || result_parse_count(text, ret) == 0;
}

/* "80" or "80 %"; "skip" for not said. */
static bool share_word(const char *text, int32_t *ret) {
  char digits[8];
  if (text == NULL)
    return true;
  if (strcmp(text, "skip") == 0) {
    *ret = RESULT_UNKNOWN;
    return true;
  }
  size_t len = strcspn(text, " %");
  if (len == 0 || len >= sizeof digits || text[len + strspn(text + len, " %")] != '\0')
    return false;
  memcpy(digits, text, len);
  digits[len] = '\0';
  return result_parse_count(digits, ret) == 0;
}

static bool hours_word(const char *text, int32_t *ret) {
  return text == NULL || hours_read(text, ret);
}

static int words_read(const struct app *app, const struct words *words, struct study_entry *week) {
  if (!hours_word(words->hours, &week->minutes))
    return usage_wrong(app, "--hours: \"%.60s\" is no time; write hours as 25, 7.5 or 7:30.", words->hours);
  if (!count_word(words->questions, &week->questions))
    return usage_wrong(app, "--questions: \"%.60s\" is not a number.", words->questions);
  if (!share_word(words->reviewed, &week->reviewed_percent))
    return usage_wrong(app, "--reviewed: \"%.60s\" is not a percentage, 0 to 100.", words->reviewed);
  if (!share_word(words->confidence, &week->confidence_percent))
    return usage_wrong(app, "--confidence: \"%.60s\" is not a percentage, 0 to 100.", words->confidence);
  return OPTIONS_GO_ON;
}

/* Asks until the answer can be read. False at end of input. */
static bool ask_word(const char *question, const char *preset, int32_t *value, bool (*word)(const char *text, int32_t *ret),
                     const char *how) {
  char answer[ANSWER_ROOM];
  for (;;) {
    if (!ask_line(question, preset, answer, sizeof answer))
      return false;
    if (answer[0] != '\0' && word(answer, value))
      return true;
    fprintf(stderr, "Write %s.\n", how);
  }
}

static bool ask_share(const char *question, int32_t *value) {
  char preset[SPEAK_NUMBER] = "skip";
  if (*value != RESULT_UNKNOWN)
    snprintf(preset, sizeof preset, "%d", (int)*value);
  return ask_word(question, preset, value, share_word, "a percentage, 0 to 100, or skip");
}

static int week_ask(struct study_entry *week) {
  char day[SPEAK_TIME], hours[SPEAK_NUMBER] = "", questions[SPEAK_NUMBER] = "";
  format_day(day, week->day);
  fprintf(stderr, "The week from %s. Enter keeps what is in brackets.\n", day);
  if (week->minutes != RESULT_UNKNOWN)
    snprintf(hours, sizeof hours, "%d:%02d", (int)(week->minutes / 60), (int)(week->minutes % 60));
  if (week->questions != RESULT_UNKNOWN)
    snprintf(questions, sizeof questions, "%d", (int)week->questions);
  return ask_word("Hours of study", hours, &week->minutes, hours_word, "hours, as 25, 7.5 or 7:30") &&
                 ask_word("Questions answered", questions, &week->questions, count_word, "a number, 0 where there were none") &&
                 ask_share("Of those missed, reviewed (%)", &week->reviewed_percent) &&
                 ask_share("How sure are you to pass on the planned day (%)", &week->confidence_percent)
             ? OPTIONS_GO_ON
             : EXIT_USAGE;
}

static int week_tell(struct app *app, const struct study_entry *said) {
  struct sg_study study;
  struct sg_error error;
  char day[SPEAK_TIME], hours[SPEAK_NUMBER];
  bool known = false;
  if (sg_study_standing(app->client, STUDY_CHECK_IN, said->day, &study, &known, &error) != SG_OK)
    return speak_error(app, &error);
  if (app->json && known)
    return speak_json(study_json(&study), EXIT_DONE);
  format_day(day, said->day);
  hours_text(hours, said->minutes);
  char reviewed[SHARE_ROOM] = "", confidence[SHARE_ROOM] = "";
  if (said->reviewed_percent != RESULT_UNKNOWN)
    snprintf(reviewed, sizeof reviewed, ", %d %% of the misses reviewed", (int)said->reviewed_percent);
  if (said->confidence_percent != RESULT_UNKNOWN)
    snprintf(confidence, sizeof confidence, ", %d %% sure of passing", (int)said->confidence_percent);
  print_text(app, 0,
             "Recorded for the week from %s: %s of study, %d %s%s%s. The school learns of it with the next sync; to change it, "
             "check in again.",
             day, hours, (int)said->questions, said->questions == 1 ? "question" : "questions", reviewed, confidence);
  return EXIT_DONE;
}

/* What stands of that week, or what is likeliest. */
static int week_preset(struct app *app, int32_t day, bool ask, struct study_entry *ret) {
  struct week week;
  struct sg_error error;
  int code = week_find(app, day, &week);
  if (code != OPTIONS_GO_ON)
    return code;
  *ret = week.has_check_in ? week.check_in.entry : study_entry_of(STUDY_CHECK_IN, week.monday);
  if (week.has_check_in || !ask)
    return OPTIONS_GO_ON;
  struct study_entry last = *ret;
  if (sg_study_list(app->client, last_week, &last, &error) != SG_OK)
    return speak_error(app, &error);
  ret->minutes = last.minutes;
  ret->confidence_percent = last.confidence_percent;
  if (week.recorded > 0)
    ret->questions = week.recorded;
  return OPTIONS_GO_ON;
}

static int week_say(struct app *app, const struct words *words) {
  struct study_entry week;
  struct sg_error error;
  int32_t today = today_day(), monday = study_monday(today), day = today - monday >= FRIDAY ? monday : monday - WEEK_DAYS;
  bool said = words->hours != NULL || words->questions != NULL || words->reviewed != NULL || words->confidence != NULL;
  bool ask = !said && app->ask && !app->json;
  if (words->week != NULL && result_parse_day(words->week, &day) != 0)
    return usage_wrong(app, "--week: \"%.60s\" is not a day; write any day of the week, as 2026-06-15.", words->week);
  int code = week_preset(app, day, ask, &week);
  if (code == OPTIONS_GO_ON)
    code = ask ? week_ask(&week) : words_read(app, words, &week);
  if (code == OPTIONS_GO_ON && (week.minutes == RESULT_UNKNOWN || week.questions == RESULT_UNKNOWN || !(said || ask)))
    code = usage_wrong(app, "A check-in needs --hours and --questions; 0 where there were none.");
  if (code != OPTIONS_GO_ON)
    return code;
  return sg_study_add(app->client, &week, &error) == SG_OK ? week_tell(app, &week) : speak_error(app, &error);
}

int cmd_checkin(struct app *app, int argc, char **argv) {
  struct words words = {NULL, NULL, NULL, NULL, NULL};
  bool history = false;
  const struct option_row rows[] = {
      {"hours", "HOURS", "time studied in the week: 25, 7.5, 7:30", .text = &words.hours},
      {"questions", "N", "questions answered in the week", .text = &words.questions},
      {"reviewed", "PERCENT", "of the misses, the share you went over; skip: not said", .text = &words.reviewed},
      {"confidence", "PERCENT", "how sure you are to pass on the planned day; skip: not said", .text = &words.confidence},
      {"week", "DAY", "any day of the week that is meant (default: from Friday on this week, else the last)", .text = &words.week},
      {"history", NULL, "with list: also what was corrected since", .flag = &history},
  };
  int code = options_read(app, rows, sizeof rows / sizeof rows[0], argc, argv, &argc);
  if (code != OPTIONS_GO_ON)
    return code;
  bool list = argc > 0 && strcmp(argv[0], "list") == 0;
  if (argc > 1 || (argc > 0 && !list))
    return usage_wrong(app, "\"%.60s\" is not understood.", argc > 1 ? argv[1] : argv[0]);
  code = app_open(app);
  if (code != OPTIONS_GO_ON)
    return code;
  return list ? weeks_show(app, history) : week_say(app, &words);
}
