/*
 * history: estimates of nights that are over, for a school that starts with the results of earlier months. With them charts have a
 * past, calibration has something to hold against outcomes, and thresholds can be replayed from the first day.
 *
 * The nightly report keeps its own nights; a night that is kept is passed over, so the command may be given twice, or for a span
 * that reaches into nights with a report. The work is db/history.c; here are the nights, the bar and the counts.
 */
#include "ctl/ctl.h"

#include "base/err.h"
#include "base/when.h"
#include "db/history.h"
#include "proto/result.h"

#include <inttypes.h>

struct history_cli {
  int32_t from, to;
  long every;
};

static const struct cli_option history_cli[] = {
    CLI_DAY("from", "YYYY-MM-DD", struct history_cli, from, "the first night (needed)"),
    CLI_DAY("to", "YYYY-MM-DD", struct history_cli, to, "the last night; the last one that is over unless given"),
    CLI_NUMBER("every", "DAYS", struct history_cli, every, 1, 1, 28, "days from one night to the next"),
};

struct past_nights {
  struct ctl *ctl;
  struct progress progress;
  int32_t nights[HISTORY_NIGHTS]; /* to be filled in, in order */
  size_t n, kept;                 /* kept: passed over */
};

/* ---------------------------------------------------------------- which nights */

static bool is_kept(const PGresult *res, int32_t night) {
  for (int row = 0; row < cell_rows(res); row++)
    if (cell_day(res, row, 0) == night)
      return true;
  return false;
}

static int nights_choose(struct past_nights *past, const struct history_cli *cli, int32_t to) {
  struct args args;
  PGresult *res = NULL;
  args_init(&args, 1024);
  args_text(&args, past->ctl->conf->school_code);
  int code = ctl_call(past->ctl, STMT_NIGHTS_KEPT, &args, &res);
  for (int32_t night = cli->from; !code && night <= to; night += (int32_t)cli->every) {
    if (is_kept(res, night))
      past->kept++;
    else if (past->n == HISTORY_NIGHTS)
      code = ctl_fail(past->ctl, EXIT_USAGE, "these are more than %d nights; take them in parts, or with --every", HISTORY_NIGHTS);
    else
      past->nights[past->n++] = night;
  }
  PQclear(res);
  return code;
}

static int span_check(struct ctl *ctl, const struct history_cli *cli, int32_t *ret_to) {
  int32_t last = when_last_night(ctl->zone, clock_wall_ms());
  char text[11];
  if (cli->from == CLI_NO_DAY)
    return ctl_fail(ctl, EXIT_USAGE, "from when on? Give --from YYYY-MM-DD (stepguardctl history --help)");
  *ret_to = cli->to == CLI_NO_DAY ? last : cli->to;
  if (*ret_to > last) {
    result_format_day(text, last);
    return ctl_fail(ctl, EXIT_USAGE, "the last night that is over is that of %s (%s)", text, ctl->conf->zone);
  }
  if (*ret_to < cli->from)
    return ctl_fail(ctl, EXIT_USAGE, "--from lies after --to");
  return EXIT_DONE;
}

/* ---------------------------------------------------------------- filling them */

static void student_skipped(void *arg, const char *external_id, const char *reason) {
  struct past_nights *past = arg;
  progress_end(&past->progress);
  ctl_fail(past->ctl, EXIT_PROBLEMS, "student %s could not be estimated: %s", external_id, reason);
}

static void students_done(void *arg, uint64_t students) {
  struct past_nights *past = arg;
  progress_at(&past->progress, students);
}

static int nights_fill(struct past_nights *past, struct history_counts *counts) {
  char reason[HISTORY_REASON] = "";
  const struct history_options options = {.role = ROLE_OPERATOR,
                                          .school_code = past->ctl->conf->school_code,
                                          .zone = past->ctl->zone,
                                          .nights = past->nights,
                                          .nights_n = past->n,
                                          .skipped = student_skipped,
                                          .progress = students_done,
                                          .arg = past};
  progress_start(&past->progress, "students", 0);
  int err = history_add(past->ctl->db, &options, counts, reason);
  progress_end(&past->progress);
  for (size_t i = 0; !err && i < past->n; i++)
    err = history_keep(past->ctl->db, &options, past->nights[i], "history", reason);
  return err ? ctl_fail(past->ctl, cli_exit_of(err), "%s; the same command goes on from here", reason) : EXIT_DONE;
}

static int history_say(struct past_nights *past, const struct history_counts *counts) {
  if (past->ctl->global.json)
    return ctl_print_json(past->ctl, json_pack("{s:I,s:I,s:I,s:I,s:I}", "nights", (json_int_t)past->n, "kept_before",
                                               (json_int_t)past->kept, "students", (json_int_t)counts->students, "estimates",
                                               (json_int_t)counts->added, "skipped", (json_int_t)counts->skipped));
  ctl_say(past->ctl, "%zu nights filled in, %zu were there: %" PRIu64 " estimates of %" PRIu64 " students", past->n, past->kept,
          counts->added, counts->students);
  return EXIT_DONE;
}

static int history_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  (void)words;
  const struct history_cli *cli = given;
  struct past_nights past = {.ctl = ctl};
  struct history_counts counts = {0};
  int32_t to = 0;
  int code = ctl_zone(ctl);
  if (!code)
    code = span_check(ctl, cli, &to);
  if (!code)
    code = ctl_database(ctl);
  if (!code)
    code = nights_choose(&past, cli, to);
  if (!code && past.n > 0)
    code = nights_fill(&past, &counts);
  if (!code)
    code = history_say(&past, &counts);
  return code ? code : counts.skipped > 0 ? EXIT_PROBLEMS : EXIT_DONE;
}

const struct ctl_command ctl_history = {
    .name = "history",
    .words = "",
    .summary = "fill in the estimates of nights before the first report",
    .text = "Estimates every student as of past nights (03:00 at the school) and keeps that, for charts, calibration and replay. "
            "Known at a "
            "night is what had been taken by then, in its last revision and whenever it arrived, and of plans what had been said "
            "by then; "
            "before the first word about a student's plans, what is known of them today, outcomes from the day they were out. Made "
            "with the "
            "parameter set in force today. No flag is opened, nobody's estimate in force is touched.\n\n"
            "Nights that are kept already are passed over: give it again after an interruption, it goes on.",
    .examples = "stepguardctl history --from 2026-08-01 --every 7\nstepguardctl --json history --from 2026-08-01 --to 2026-12-31",
    .options = history_cli,
    .options_n = sizeof history_cli / sizeof *history_cli,
    .run = history_run,
};
