/*
 * stepguard goal: what the student means to do each week, and how far this week is.
 *
 * A goal is a word one gives oneself: setting one asks for three numbers, none of them needed, and taking it back is as easy as
 * giving it. What is not named stays as it stands.
 */
#include "client/cmd.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_ROOM = 32, GOAL_ROOM = 64 };

/* ---------------------------------------------------------------- showing */

static void goal_line(struct table *table, const char *what, const char *goal, const char *done) {
  table_cell(table, what);
  table_cell(table, goal);
  table_cell(table, done);
}

static void done_text(char *ret, size_t cap, int32_t done, int32_t goal) {
  snprintf(ret, cap, "%d (%d %%)", (int)done, (int)((int64_t)done * 100 / goal));
}

static int goal_show(struct app *app) {
  static const char *const heads[] = {"EACH WEEK", "GOAL", "THIS WEEK SO FAR"};
  struct week week;
  char goal[SPEAK_NUMBER], done[ANSWER_ROOM], day[SPEAK_TIME];
  int code = week_find(app, today_day(), &week);
  if (code != OPTIONS_GO_ON)
    return code;
  if (app->json)
    return speak_json(json_pack("{s:o}", "week", week_json(&week)), EXIT_DONE);
  if (!week.has_goal) {
    printf("You have no goal for the week. Set one: stepguard goal set\n");
    return EXIT_DONE;
  }
  const struct study_entry *entry = &week.goal.entry;
  struct table *table = table_new(heads, sizeof heads / sizeof heads[0]);
  if (entry->questions != RESULT_UNKNOWN) {
    snprintf(goal, sizeof goal, "%d", (int)entry->questions);
    done_text(done, sizeof done, week.questions, entry->questions);
    goal_line(table, "questions", goal, done);
  }
  if (entry->checks != RESULT_UNKNOWN) {
    snprintf(goal, sizeof goal, "%d", (int)entry->checks);
    done_text(done, sizeof done, week.checks, entry->checks);
    goal_line(table, "readiness checks", goal, done);
  }
  if (entry->minutes != RESULT_UNKNOWN) {
    hours_text(goal, entry->minutes);
    goal_line(table, "review of misses", goal, "say it in your check-in");
  }
  table_print(table, app);
  format_day(day, entry->day);
  printf("\nYour goals since %s%s.\n", day, week.goal.state == SG_QUEUED ? "; the school learns of them with the next sync" : "");
  return EXIT_DONE;
}

/* ---------------------------------------------------------------- setting */

struct words {
  const char *questions, *checks, *review, *from;
};

/* "none" and 0 take the kind back. NULL: nothing was said about it. */
static bool count_word(const char *text, int32_t *ret) {
  int32_t count = 0;
  if (text == NULL)
    return true;
  if (strcmp(text, "none") != 0 && result_parse_count(text, &count) != 0)
    return false;
  *ret = count > 0 ? count : RESULT_UNKNOWN;
  return true;
}

static bool hours_word(const char *text, int32_t *ret) {
  int32_t minutes = 0;
  if (text == NULL)
    return true;
  if (strcmp(text, "none") != 0 && !hours_read(text, &minutes))
    return false;
  *ret = minutes > 0 ? minutes : RESULT_UNKNOWN;
  return true;
}

static int words_read(const struct app *app, const struct words *words, struct study_entry *goal) {
  if (!count_word(words->questions, &goal->questions))
    return usage_wrong(app, "--questions: \"%.60s\" is not a number of questions; none takes the goal back.", words->questions);
  if (!count_word(words->checks, &goal->checks))
    return usage_wrong(app, "--checks: \"%.60s\" is not a number of self-assessments; none takes the goal back.", words->checks);
  if (!hours_word(words->review, &goal->minutes))
    return usage_wrong(app, "--review: \"%.60s\" is no time; write hours as 5, 2.5 or 2:30, none takes the goal back.",
                       words->review);
  if (words->from != NULL && result_parse_day(words->from, &goal->day) != 0)
    return usage_wrong(app, "--from: \"%.60s\" is not a day; write it 2026-06-15.", words->from);
  return OPTIONS_GO_ON;
}

/* Asks until the answer can be read. False at end of input. */
static bool ask_goal(const char *question, int32_t *value, bool hours) {
  char preset[SPEAK_NUMBER] = "none", answer[ANSWER_ROOM];
  if (*value != RESULT_UNKNOWN && hours)
    snprintf(preset, sizeof preset, "%d:%02d", (int)(*value / 60), (int)(*value % 60));
  else if (*value != RESULT_UNKNOWN)
    snprintf(preset, sizeof preset, "%d", (int)*value);
  for (;;) {
    if (!ask_line(question, preset, answer, sizeof answer))
      return false;
    if (hours ? hours_word(answer, value) : count_word(answer, value))
      return true;
    fprintf(stderr, "That is no number. Write %s, or none.\n", hours ? "hours, as 5 or 2:30" : "one, as 40");
  }
}

static int goal_ask(struct study_entry *goal) {
  fprintf(stderr, "What do you mean to do each week? Enter keeps what is in brackets.\n");
  return ask_goal("Questions", &goal->questions, false) &&
                 ask_goal("Readiness checks (whole self-assessments)", &goal->checks, false) &&
                 ask_goal("Hours going over your misses", &goal->minutes, true)
             ? OPTIONS_GO_ON
             : EXIT_USAGE;
}

static int goal_tell(struct app *app, const struct study_entry *said) {
  struct sg_study study = {.entry = *said};
  struct sg_error error;
  char day[SPEAK_TIME], hours[SPEAK_NUMBER];
  bool none = said->questions == RESULT_UNKNOWN && said->checks == RESULT_UNKNOWN && said->minutes == RESULT_UNKNOWN;
  bool known;
  if (sg_study_standing(app->client, STUDY_GOAL, said->day, &study, &known, &error) != SG_OK)
    return speak_error(app, &error);
  if (app->json)
    return speak_json(study_json(&study), EXIT_DONE);
  format_day(day, said->day);
  if (none) {
    print_text(app, 0, "Recorded: no goals from %s on. The school learns of it with the next sync.", day);
    return EXIT_DONE;
  }
  char questions[GOAL_ROOM] = "", checks[GOAL_ROOM] = "", review[GOAL_ROOM] = "";
  if (said->questions != RESULT_UNKNOWN)
    snprintf(questions, sizeof questions, " %d %s", (int)said->questions, said->questions == 1 ? "question" : "questions");
  if (said->checks != RESULT_UNKNOWN)
    snprintf(checks, sizeof checks, "%s %d readiness %s", questions[0] != '\0' ? "," : "", (int)said->checks,
             said->checks == 1 ? "check" : "checks");
  if (said->minutes != RESULT_UNKNOWN) {
    hours_text(hours, said->minutes);
    snprintf(review, sizeof review, "%s %s of review", questions[0] != '\0' || checks[0] != '\0' ? "," : "", hours);
  }
  print_text(app, 0, "Recorded, for each week from %s on:%s%s%s. The school learns of it with the next sync.", day, questions,
             checks, review);
  return EXIT_DONE;
}

static int goal_change(struct app *app, const struct words *words, bool clear) {
  struct week week;
  struct sg_error error;
  int code = week_find(app, today_day(), &week);
  if (code != OPTIONS_GO_ON)
    return code;
  struct study_entry goal = week.has_goal && !clear ? week.goal.entry : study_entry_of(STUDY_GOAL, week.monday);
  goal.day = week.monday;
  code = words_read(app, words, &goal);
  bool said = words->questions != NULL || words->checks != NULL || words->review != NULL;
  if (code == OPTIONS_GO_ON && !clear && !said)
    code = app->ask && !app->json ? goal_ask(&goal) : usage_wrong(app, "goal set needs --questions, --checks or --review.");
  if (code != OPTIONS_GO_ON)
    return code;
  return sg_study_add(app->client, &goal, &error) == SG_OK ? goal_tell(app, &goal) : speak_error(app, &error);
}

int cmd_goal(struct app *app, int argc, char **argv) {
  struct words words = {NULL, NULL, NULL, NULL};
  const struct option_row rows[] = {
      {"questions", "N", "questions to answer a week; none: no such goal", .text = &words.questions},
      {"checks", "N", "whole self-assessments a week; none: no such goal", .text = &words.checks},
      {"review", "HOURS", "going over misses, a week: 5, 2.5, 2:30; none: no such goal", .text = &words.review},
      {"from", "DAY", "from this day on (default: the Monday of this week)", .text = &words.from},
  };
  int code = options_read(app, rows, sizeof rows / sizeof rows[0], argc, argv, &argc);
  if (code != OPTIONS_GO_ON)
    return code;
  bool set = argc > 0 && strcmp(argv[0], "set") == 0, clear = argc > 0 && strcmp(argv[0], "clear") == 0;
  bool said = words.questions != NULL || words.checks != NULL || words.review != NULL;
  if (argc > 1 || (argc > 0 && !set && !clear))
    return usage_wrong(app, "\"%.60s\" is not understood.", argc > 1 ? argv[1] : argv[0]);
  if (clear && said)
    return usage_wrong(app, "goal clear takes back all goals; to take back one: stepguard goal set --checks none");
  if (argc == 0 && (said || words.from != NULL))
    return usage_wrong(app, "To change your goals: stepguard goal set");
  code = app_open(app);
  if (code != OPTIONS_GO_ON)
    return code;
  return argc == 0 ? goal_show(app) : goal_change(app, &words, clear);
}
