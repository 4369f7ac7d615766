/*
 * stepguard-report: the nightly evaluation of everybody and its brief. Started by a timer; safe to be started again, by
 * hand, late, twice, or for any night that is over.
 *
 * The exit code is for the scheduler: 3 means that starting it again later is right (database away, disk full), 1 that it
 * is done but a person should read what it said. The chain itself is night.c.
 */
#include "base/cli.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/when.h"
#include "proto/result.h"
#include "report/night.h"

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
            "the night that ends on the morning of this day, at 03:00 on the school's clock; the last one unless given"),
    CLI_TEXT("out", "DIR", struct report_options, out, "where the folder of the night is written; report.directory unless given"),
    CLI_FLAG("force", struct report_options, force, "write the files of a night that is done again: the same bytes"),
    CLI_TEXT("config", "FILE", struct report_options, config, "configuration of the school; $STEPGUARD_CONFIG unless given"),
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
};

static void report_help(struct term *term) {
  fprintf(term->out, "usage: stepguard-report [--date YYYY-MM-DD] [OPTIONS]\n\n");
  cli_help_lines(term, 0,
                 "Estimates every student as of a night, records it, and writes DIR/<date>/brief.txt, brief.json and, last, "
                 "manifest.json with the checksum of each. A night is evaluated once, whoever starts it and wherever; a second "
                 "start says where the files are, and writes them where they are missing.");
  cli_help_heading(term, "Options");
  cli_help_options(term, report_cli, OPTIONS);
  cli_help_heading(term, "Examples");
  cli_help_lines(term, 2,
                 "stepguard-report --config stepguard.conf\n"
                 "stepguard-report --date 2027-01-15 --out /srv/briefs --json");
  fprintf(term->out, "\nExit codes: 0 done, or done before; 1 done, but some students could not be estimated; 2 usage;\n"
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

static int report_say(struct report *report, const char *day, const struct night *night) {
  bool done = strcmp(night->verdict, "done") == 0;
  if (report->options.json) {
    json_t *said = json_pack("{s:s,s:s,s:s,s:b,s:s,s:I,s:I,s:I,s:I}", "night", day, "school", report->conf->school_code, "verdict",
                             night->verdict, "written", night->written, "directory", night->directory, "students",
                             (json_int_t)night->students, "assessed", (json_int_t)night->assessed, "skipped",
                             (json_int_t)night->skipped, "waiting", (json_int_t)night->waiting);
    int err = said ? json_dumpf(said, stdout, JSON_INDENT(2)) : -1;
    json_decref(said);
    fputc('\n', stdout);
    return err ? EXIT_REFUSED : EXIT_DONE;
  }
  printf("%s: the night of %s %s. %" PRIu64 " of %" PRIu64 " students estimated, %" PRIu64 " need a person.\n",
         report->conf->school_code, day,
         done                       ? "was done before"
         : night->verdict[0] == 'r' ? "is done, after an earlier try that did not finish"
                                    : "is done",
         night->assessed, night->students, night->waiting);
  printf("%s %s\n", night->written ? "Written to" : "It lies in", night->directory);
  return EXIT_DONE;
}

static int report_run(struct report *report) {
  struct night night;
  char reason[NIGHT_REASON], day[11];
  int64_t now_ms = clock_wall_ms();
  int32_t date = report->options.date == CLI_NO_DAY ? when_last_night(report->zone, now_ms) : report->options.date;
  result_format_day(day, date);
  if (date > when_last_night(report->zone, now_ms)) {
    cli_complain(&report->err, program, "the night of %s is not over: it ends that day at 03:00 (%s)", day, report->conf->zone);
    return EXIT_USAGE;
  }
  const struct night_options options = {.conf = report->conf,
                                        .zone = report->zone,
                                        .day = date,
                                        .directory = report->options.out ? report->options.out : report->conf->report_directory,
                                        .force = report->options.force,
                                        .skipped = student_skipped,
                                        .progress = students_done,
                                        .arg = report};
  progress_start(&report->progress, "students", 0);
  int err = night_run(&options, &night, reason);
  progress_end(&report->progress);
  if (err) {
    cli_complain(&report->err, program, "the night of %s: %s", day, *reason ? reason : err_text(err));
    return err == E_DATA ? EXIT_PROBLEMS : EXIT_REFUSED;
  }
  int code = report_say(report, day, &night);
  return code ? code : night.skipped > 0 ? EXIT_PROBLEMS : EXIT_DONE;
}

static int report_start(struct report *report, int argc, char **argv) {
  const struct cli_set set = {report_cli, OPTIONS, &report->options};
  struct cli_words words;
  char reason[CLI_REASON];
  cli_preset(&set);
  report->options.config = getenv("STEPGUARD_CONFIG");
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
  return report_run(report);
}

int main(int argc, char **argv) {
  struct report report = {0};
  term_init(&report.out, stdout);
  term_init(&report.err, stderr);
  int code = report_start(&report, argc, argv);
  zone_free(report.zone);
  conf_unref(report.conf);
  return fflush(stdout) != 0 && code == EXIT_DONE ? EXIT_REFUSED : code;
}
