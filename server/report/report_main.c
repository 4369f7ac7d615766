/*
 * stepguard-report: the nightly evaluation of everybody and its brief. Started by a timer; safe to be started again, by
 * hand, late, twice, or for any night that is over. Without --date it does what is due (nights.c), night by night, and stops at the
 * first that cannot be done: those after it build on it.
 *
 * The exit code is for the scheduler: 3 means that starting it again later is right (database away, disk full), 1 that it
 * is done but a person should read what it said. The chain of one night is night.c.
 */
#include "base/cli.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/when.h"
#include "proto/result.h"
#include "report/night.h"
#include "report/nights.h"
#include "report/papers.h"
#include "report/send.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char program[] = "stepguard-report";

struct report_options {
  const char *config, *out;
  int32_t date;
  bool force, json, help, version;
};

static const struct cli_option report_cli[] = {
    CLI_DAY("date", "YYYY-MM-DD", struct report_options, date,
            "the night that ends on the morning of this day, at 03:00 on the school's clock; every night that is due unless given"),
    CLI_TEXT("out", "DIR", struct report_options, out, "where the folder of the night is written; report.directory unless given"),
    CLI_FLAG("force", struct report_options, force, "write the files of a night that is done again: the same bytes"),
    CLI_TEXT("config", "FILE", struct report_options, config,
             "configuration of the school; $STEPGUARD_CONFIG or " CONF_PATH_OF_PACKAGE " unless given"),
    CLI_FLAG("json", struct report_options, json, "say what was done as JSON"),
    CLI_FLAG("help", struct report_options, help, "this text"),
    CLI_FLAG("version", struct report_options, version, "print the version"),
};
enum { OPTIONS = sizeof report_cli / sizeof *report_cli };

struct report {
  struct report_options options;
  struct term out, err;
  struct progress progress;
  struct conf *conf;
  struct zone *zone;
  json_t *said; /* --json: the document, see report_say_all */
  bool failed;  /* a night could not be done, or nobody can say which are due */
};

static void report_help(struct term *term) {
  fprintf(term->out, "usage: stepguard-report [--date YYYY-MM-DD] [OPTIONS]\n\n");
  cli_help_lines(term, 0,
                 "Estimates every student as of a night, records it, and writes DIR/<date>/brief.html, .pdf, .csv, .txt, .json "
                 "and, last, manifest.json with the checksum of each. A night is evaluated once, whoever starts it and wherever; "
                 "a second start says where the files are, and writes them where they are missing. Nights that were missed are "
                 "made good one after the other, up to a month of them; the first start ever does the last night.");
  cli_help_lines(
      term, 0,
      "\nstepguard-report send sends what waits in the post, stepguard-report test ADDRESS a mail to try the way, stepguard-report "
      "paper prints a packet, a class or an accreditation bundle; --help says more of each.");
  cli_help_heading(term, "Options");
  cli_help_options(term, report_cli, OPTIONS);
  cli_help_heading(term, "Examples");
  cli_help_lines(term, 2,
                 "stepguard-report --config stepguard.conf\n"
                 "stepguard-report --date 2027-01-15 --out /srv/briefs --json");
  fprintf(term->out, "\nExit codes: 0 done, or done before; 1 done, but some students could not be estimated, or nights were\n"
                     "passed over; 2 usage;\n"
                     "3 could not reach or was refused: start it again later, it goes on from there.\n");
}

static void student_skipped(void *arg, const char *external_id, const char *reason) {
  struct report *report = arg;
  progress_end(&report->progress);
  cli_complain(&report->err, program, "student %s could not be estimated: %s", external_id, reason);
}

static void students_done(void *arg, uint64_t students) {
  struct report *report = arg;
  progress_at(&report->progress, students);
}

/* ---------------------------------------------------------------- what was done */

static const char *day_text(char text[11], int32_t day) {
  result_format_day(text, day);
  return text;
}

static int night_said(struct report *report, const char *day, const struct night *night) {
  json_t *said =
      json_pack("{s:s,s:s,s:b,s:s,s:I,s:I,s:I,s:I}", "night", day, "verdict", night->verdict, "written", night->written,
                "directory", night->directory, "students", (json_int_t)night->students, "assessed", (json_int_t)night->assessed,
                "skipped", (json_int_t)night->skipped, "waiting", (json_int_t)night->waiting);
  return said && json_array_append_new(json_object_get(report->said, "nights"), said) == 0 ? EXIT_DONE : EXIT_REFUSED;
}

static int night_say(struct report *report, const char *day, const struct night *night) {
  if (report->said)
    return night_said(report, day, night);
  printf("%s: the night of %s %s. %" PRIu64 " of %" PRIu64 " students estimated, %" PRIu64 " need a person.\n",
         report->conf->school_code, day,
         strcmp(night->verdict, "done") == 0 ? "was done before"
         : night->verdict[0] == 'r'          ? "is done, after an earlier try that did not finish"
                                             : "is done",
         night->assessed, night->students, night->waiting);
  printf("%s %s\n", night->written ? "Written to" : "It lies in", night->directory);
  return EXIT_DONE;
}

/* Which nights are left undone because there are too many. */
static int passed_over_say(struct report *report, const struct nights *nights) {
  char from[11], to[11];
  if (nights->passed_from == NIGHTS_NO_DAY)
    return EXIT_DONE;
  day_text(from, nights->passed_from);
  day_text(to, nights->passed_to);
  if (report->said)
    json_object_set_new(report->said, "passed_over", json_pack("{s:s,s:s}", "from", from, "to", to));
  cli_complain(&report->err, program,
               "the nights from %s to %s were missed and are passed over: no more than %d are made good. For their estimates: "
               "stepguardctl history; for one's brief: --date",
               from, to, (int)NIGHTS_MOST);
  return EXIT_PROBLEMS;
}

static int failure_say(struct report *report, const char *day, int err, const char *reason) {
  const char *why = *reason ? reason : err_text(err);
  report->failed = true;
  if (report->said)
    json_object_set_new(report->said, "failed", json_pack("{s:s,s:s}", "night", day, "reason", why));
  cli_complain(&report->err, program, "the night of %s: %s", day, why);
  return err == E_DATA ? EXIT_PROBLEMS : EXIT_REFUSED;
}

/* {"school", "nights": [{"night", "verdict", …}], "passed_over": {"from", "to"} or null, "failed": {"night", "reason"} or null} */
static int report_say_all(struct report *report, int code) {
  if (!report->said)
    return code;
  int err = json_dumpf(report->said, stdout, JSON_INDENT(2));
  fputc('\n', stdout);
  return err ? EXIT_REFUSED : code;
}

/* ---------------------------------------------------------------- doing it */

static int report_night(struct report *report, int32_t date, bool newest) {
  struct night night;
  char reason[NIGHT_REASON], day[11];
  const struct night_options options = {.conf = report->conf,
                                        .zone = report->zone,
                                        .day = date,
                                        .newest = newest,
                                        .directory = report->options.out ? report->options.out : report->conf->report_directory,
                                        .force = report->options.force,
                                        .skipped = student_skipped,
                                        .progress = students_done,
                                        .arg = report};
  day_text(day, date);
  progress_start(&report->progress, "students", 0);
  int err = night_run(&options, &night, reason);
  progress_end(&report->progress);
  if (err)
    return failure_say(report, day, err, reason);
  int code = night_say(report, day, &night);
  return code ? code : night.skipped > 0 ? EXIT_PROBLEMS : EXIT_DONE;
}

/* The one that is named, or those that are due. */
static int report_choose(struct report *report, int32_t last, struct nights *ret) {
  char reason[NIGHT_REASON] = "", day[11];
  int32_t date = report->options.date;
  if (date == CLI_NO_DAY) {
    int err = nights_due(report->conf, last, ret, reason);
    return err ? failure_say(report, day_text(day, last), err, reason) : EXIT_DONE;
  }
  *ret = (struct nights){.days = {date}, .n = 1, .passed_from = NIGHTS_NO_DAY, .passed_to = NIGHTS_NO_DAY};
  if (date <= last)
    return EXIT_DONE;
  cli_complain(&report->err, program, "the night of %s is not over: it ends that day at 03:00 (%s)", day_text(day, date),
               report->conf->zone);
  return EXIT_USAGE;
}

static int report_run(struct report *report) {
  struct nights nights;
  int code = report_choose(report, when_last_night(report->zone, clock_wall_ms()), &nights);
  if (code == EXIT_USAGE)
    return code;
  if (!report->failed) {
    int worst = passed_over_say(report, &nights);
    for (size_t i = 0; i < nights.n && !report->failed; i++) {
      code = report_night(report, nights.days[i], i == nights.n - 1);
      worst = code > worst ? code : worst;
    }
    code = worst;
  }
  send_after(report->conf);
  return report_say_all(report, code);
}

static int report_start(struct report *report, int argc, char **argv) {
  const struct cli_set set = {report_cli, OPTIONS, &report->options};
  struct cli_words words;
  char reason[CLI_REASON];
  cli_preset(&set);
  report->options.config = conf_path_default();
  int end = cli_parse(&set, 1, argc, argv, 1, false, &words, reason);
  if (end >= 0 && report->options.help) {
    report_help(&report->out);
    return EXIT_DONE;
  }
  if (end >= 0 && report->options.version) {
    printf("%s %s\n", program, SG_VERSION);
    return EXIT_DONE;
  }
  if (end < 0 || !cli_words_fit(&words, 0, 0, "", reason)) {
    cli_complain(&report->err, program, "%s (stepguard-report --help)", reason);
    return EXIT_USAGE;
  }
  if (!report->options.config) {
    cli_complain(&report->err, program, "which configuration? Give --config FILE, or set STEPGUARD_CONFIG");
    return EXIT_USAGE;
  }
  report->conf = cli_conf(&report->err, program, report->options.config);
  if (!report->conf)
    return EXIT_PROBLEMS;
  report->zone = zone_load(report->conf->zone);
  if (!report->zone) {
    cli_complain(&report->err, program, "there is no time zone \"%s\" on this machine", report->conf->zone);
    return EXIT_REFUSED;
  }
  if (report->options.json) {
    report->said = json_pack("{s:s,s:[],s:n,s:n}", "school", report->conf->school_code, "nights", "passed_over", "failed");
    if (!report->said)
      return EXIT_REFUSED;
  }
  return report_run(report);
}

/* What stands before any option; without one of these it is the night. */
static const struct verb {
  const char *name;
  int (*main)(int argc, char **argv); /* argv[0] is the verb */
} verbs[] = {{"paper", papers_main}, {"send", send_main}, {"test", test_main}};

int main(int argc, char **argv) {
  struct report report = {0};
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
    if (argc > 1 && strcmp(argv[1], verbs[i].name) == 0)
      return verbs[i].main(argc - 1, argv + 1);
  term_init(&report.out, stdout);
  term_init(&report.err, stderr);
  int code = report_start(&report, argc, argv);
  json_decref(report.said);
  zone_free(report.zone);
  conf_unref(report.conf);
  return fflush(stdout) != 0 && code == EXIT_DONE ? EXIT_REFUSED : code;
}
