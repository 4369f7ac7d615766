/*
 * replay: what other thresholds would have meant. From the files of a past class (--data, no database), or through the school's own
 * database; the computing is study/replay.c in either case, and the office's page shows the same figures from the daemon's jobs.
 *
 * Two sets go side by side over the same students, one student at a time: the set in force (or the shipped one, for files) and the
 * one that is proposed. A table of one set alone would leave open what is new about it.
 */
#include "ctl/study.h"

#include "base/err.h"
#include "base/file.h"
#include "base/table.h"
#include "base/when.h"
#include "db/pasts.h"
#include "proto/result.h"
#include "study/metrics.h"
#include "study/replay.h"
#include "study/replay_past.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 2, PAGE = 64, PAGE_BYTES = 256 * 1024 * 1024, JSON_BYTES = 16 * 1024 * 1024, TEXT_BYTES = 4 * 1024 * 1024 };
enum { REASON = 240, PERCENT = 100, NAME_CHARS = 64, CHANGES = CLI_LIST };
enum { COL_ID, COL_VERSION, COL_BODY, COL_INSTRUMENTS }; /* of api.parameters */

struct replay_cli {
  struct study_options study;
  struct cli_list set;
  bool school;
  int32_t from, to;
  long every, lead;
};

static const struct cli_option replay_cli[] = {
    CLI_TEXT("data", "DIR", struct replay_cli, study.data, "a past class in files: results.csv, exams.csv, students.csv if there"),
    CLI_FLAG("school", struct replay_cli, school, "the school's own students, from the database, instead of files"),
    CLI_MANY("set", "NAME=VALUE", struct replay_cli, set, "a number of the parameter file to change; may be given several times"),
    CLI_TEXT("fit", "FILE", struct replay_cli, study.fit, "a whole parameter file to propose"),
    CLI_TEXT("instruments", "FILE", struct replay_cli, study.instruments, "catalogue, with --data; that of DIR unless given"),
    CLI_DAY("from", "YYYY-MM-DD", struct replay_cli, from, "the first day; that of the first result (--data) or a year ago"),
    CLI_DAY("to", "YYYY-MM-DD", struct replay_cli, to, "the last day; that of the last exam (--data) or the last night"),
    CLI_NUMBER("every", "DAYS", struct replay_cli, every, 1, 1, 28, "days from one look at everybody to the next"),
    CLI_NUMBER("lead", "DAYS", struct replay_cli, lead, 14, 0, 180,
               "days before the exam by which a case must be open to be of use"),
    CLI_TEXT("zone", "NAME", struct replay_cli, study.zone, "of the school, with --data: America/Chicago; UTC unless given"),
};

struct replay_run {
  struct ctl *ctl;
  const struct replay_cli *cli;
  struct study study;      /* --data */
  const struct zone *zone; /* NULL: UTC */
  PGresult *sets;          /* --school: rows of api.parameters */
  char *proposed_body;     /* --school with --fit */
  size_t proposed_body_len;
  const struct risk_params *params[SETS]; /* [0] in force, [1] proposed, NULL where nothing is proposed */
  struct risk_params *owned[SETS];
  struct walk_moment *moments;
  size_t moments_n;
  int32_t from, to;
  struct replay replays[SETS];
  struct walk_desk desk;
  struct progress progress;
  uint64_t skipped;
};

/* ---------------------------------------------------------------- parameters */

static bool is_proposed(const struct replay_run *run) {
  return run->cli->set.n > 0 || run->cli->study.fit;
}

static int changes_read(struct replay_run *run, char names[CHANGES][NAME_CHARS], struct replay_change changes[CHANGES]) {
  for (size_t i = 0; i < run->cli->set.n; i++) {
    const char *text = run->cli->set.item[i], *equals = strchr(text, '=');
    if (!equals || equals == text || equals - text >= NAME_CHARS)
      return ctl_fail(run->ctl, EXIT_USAGE, "--set takes a name and a number, as in floor=0.8, not \"%.60s\"", text);
    snprintf(names[i], NAME_CHARS, "%.*s", (int)(equals - text), text);
    changes[i] = (struct replay_change){names[i], equals + 1};
  }
  return EXIT_DONE;
}

static int proposed_make(struct replay_run *run, const char *body, size_t len, const char *instruments, size_t instruments_len) {
  char names[CHANGES][NAME_CHARS], reason[REASON] = "";
  struct replay_change changes[CHANGES];
  int code = changes_read(run, names, changes);
  if (code)
    return code;
  int err = replay_params(body, len, instruments, instruments_len, changes, run->cli->set.n, &run->owned[1], reason, sizeof reason);
  run->params[1] = run->owned[1];
  return err ? ctl_fail(run->ctl, err == E_INVALID ? EXIT_USAGE : EXIT_REFUSED, "%s", reason) : EXIT_DONE;
}

static int files_params(struct replay_run *run) {
  size_t len;
  const char *shipped = risk_params_builtin(RISK_PARAMS_DEFAULT, &len);
  run->params[0] = run->study.published;
  if (!is_proposed(run))
    return EXIT_DONE;
  return proposed_make(run, run->study.body ? run->study.body : shipped, run->study.body ? run->study.body_len : len,
                       run->study.catalogue, run->study.catalogue_len);
}

static int school_params(struct replay_run *run, int32_t id) {
  struct risk_params_fault fault = {0};
  char reason[FILE_REASON];
  int row = 0;
  while (row < cell_rows(run->sets) && cell_i32(run->sets, row, COL_ID) != id)
    row++;
  if (row == cell_rows(run->sets))
    return ctl_fail(run->ctl, EXIT_REFUSED, "the school has no parameter set in force; stepguardctl params add gives it one");
  const char *body = cell_text(run->sets, row, COL_BODY), *instruments = cell_text(run->sets, row, COL_INSTRUMENTS);
  size_t instruments_len = strlen(instruments);
  run->owned[0] = risk_params_parse(body, strlen(body), instruments_len ? instruments : NULL, instruments_len, &fault);
  run->params[0] = run->owned[0];
  if (!run->owned[0])
    return ctl_fail(run->ctl, EXIT_PROBLEMS, "the parameter set in force: line %u, %s: %s", fault.line, fault.key, fault.reason);
  if (!is_proposed(run))
    return EXIT_DONE;
  if (run->cli->study.fit && file_read(run->cli->study.fit, TEXT_BYTES, &run->proposed_body, &run->proposed_body_len, reason))
    return ctl_fail(run->ctl, EXIT_REFUSED, "%s", reason);
  const char *proposed = run->proposed_body ? run->proposed_body : body;
  return proposed_make(run, proposed, run->proposed_body ? run->proposed_body_len : strlen(body), instruments, instruments_len);
}

/* ---------------------------------------------------------------- moments */

static int moments_make(struct replay_run *run) {
  static const int64_t night_ms = INT64_C(3) * 3600 * 1000, day_ms = INT64_C(86400000);
  int32_t every = (int32_t)run->cli->every;
  size_t n = run->to < run->from ? 0 : (size_t)((run->to - run->from) / every) + 1;
  if (n == 0 || n > REPLAY_MOMENTS)
    return ctl_fail(run->ctl, EXIT_USAGE,
                    n ? "these are more than %d days to look at; --every 7 takes a seventh of them" : "--from lies after --to",
                    REPLAY_MOMENTS);
  run->moments = calloc(n, sizeof *run->moments);
  if (!run->moments)
    return ctl_fail(run->ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM));
  for (size_t i = 0; i < n; i++) {
    int32_t day = run->from + (int32_t)i * every;
    int64_t at_ms = run->zone ? when_night_ms(run->zone, day) : day * day_ms + night_ms;
    run->moments[i] = (struct walk_moment){at_ms, day, run->zone ? zone_offset_s(run->zone, at_ms) : 0};
  }
  run->moments_n = n;
  const struct replay_options options = {run->moments, n, (int32_t)run->cli->lead};
  int err = replay_init(&run->replays[0], &options);
  if (!err)
    err = replay_init(&run->replays[1], &options);
  return err ? ctl_fail(run->ctl, EXIT_REFUSED, "%s", err_text(err)) : EXIT_DONE;
}

/* ---------------------------------------------------------------- students */

static int student_replay(struct replay_run *run, const char *id, const struct walk_student *student) {
  int err = E_OK;
  for (int set = 0; !err && set < SETS; set++)
    if (run->params[set])
      err = replay_student(&run->replays[set], run->params[set], student, &run->desk);
  if (err != E_LIMIT)
    return err ? ctl_fail(run->ctl, EXIT_REFUSED, "%s", err_text(err)) : EXIT_DONE;
  run->skipped++;
  progress_end(&run->progress);
  ctl_fail(run->ctl, EXIT_PROBLEMS, "student %s could not be replayed: more results than an estimate is made of", id);
  return EXIT_DONE;
}

static int files_replay(struct replay_run *run) {
  const struct past *past = run->study.past;
  struct replay_past_room room = {0};
  int code = replay_past_open(past, &room) ? ctl_fail(run->ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM)) : EXIT_DONE;
  progress_start(&run->progress, "students", past->students_n);
  for (size_t i = 0; !code && i < past->students_n; i++) {
    struct walk_student student;
    replay_past_student(past, i, &room, &student);
    code = student_replay(run, past_student_id(past, i), &student);
    progress_at(&run->progress, i + 1);
  }
  progress_end(&run->progress);
  replay_past_close(&room);
  return code;
}

static int page_read(struct replay_run *run, int64_t after, PGresult **ret) {
  struct args args;
  args_init(&args, 1024);
  args_text(&args, run->ctl->conf->school_code);
  args_day(&args, run->from);
  args_null(&args);
  args_i64(&args, after);
  args_i32(&args, PAGE);
  return ctl_call(run->ctl, STMT_OPERATOR_PASTS, &args, ret);
}

static int page_replay(struct replay_run *run, const PGresult *res, struct arena *arena, int64_t *after) {
  int code = EXIT_DONE;
  arena_reset(arena);
  for (int row = 0; !code && row < cell_rows(res); row++) {
    struct student_past past;
    int err = pasts_decode(res, row, 0, arena, &past);
    if (err)
      return ctl_fail(run->ctl, EXIT_REFUSED, "row %d of a page of students: %s", row + 1, err_text(err));
    if (!run->params[0])
      code = school_params(run, past.parameters_id);
    if (!code)
      code = student_replay(run, past.external_id, &past.who);
    *after = past.student_id;
  }
  return code;
}

static int school_replay(struct replay_run *run) {
  struct arena arena;
  int64_t after = 0;
  bool more = true;
  uint64_t students = 0;
  int code = EXIT_DONE;
  arena_init(&arena, PAGE_BYTES);
  progress_start(&run->progress, "students", 0);
  while (!code && more) {
    PGresult *res = NULL;
    code = page_read(run, after, &res);
    if (!code) {
      more = cell_rows(res) == PAGE;
      students += (uint64_t)cell_rows(res);
      code = page_replay(run, res, &arena, &after);
      progress_at(&run->progress, students);
    }
    PQclear(res);
  }
  progress_end(&run->progress);
  arena_done(&arena);
  return code;
}

/* ---------------------------------------------------------------- telling */

static const char *set_name(const struct replay_run *run, int set) {
  return set ? "proposed" : run->cli->school ? "in_force" : "shipped";
}

static int replay_json(struct replay_run *run) {
  struct replay_named sets[SETS];
  struct buf buf;
  json_error_t fault;
  size_t n = 0;
  for (int set = 0; set < SETS; set++)
    if (run->params[set])
      sets[n++] = (struct replay_named){&run->replays[set], set_name(run, set), risk_params_version(run->params[set])};
  buf_init(&buf, JSON_BYTES);
  buf_printf(&buf, "{");
  replay_put_json(&buf, sets, n);
  buf_printf(&buf, "}");
  json_t *json = n == 0 || buf_finish(&buf) ? NULL : json_loadb((const char *)buf.data, buf.len, 0, &fault);
  buf_done(&buf);
  return json ? ctl_print_json(run->ctl, json)
              : ctl_fail(run->ctl, EXIT_REFUSED, "%s", n == 0 ? "the school has no students" : err_text(E_NOMEM));
}

static void share_cell(struct table *table, uint32_t count, uint32_t n) {
  double low, high;
  if (n == 0) {
    table_cell(table, STYLE_DIM, "nobody");
    return;
  }
  metrics_wilson(count, n, &low, &high);
  table_cellf(table, STYLE_PLAIN, "%u of %u: %.0f %% (%.0f to %.0f)", count, n, PERCENT * (double)count / n, PERCENT * low,
              PERCENT * high);
}

static void replay_row(struct table *table, const struct replay *replay, const char *name) {
  const struct replay_outcomes *o = &replay->outcomes;
  size_t at, sum = 0;
  for (size_t i = 0; i < replay->weeks_n; i++)
    sum += replay->weeks[i].opened + replay->weeks[i].reopened;
  table_cell(table, STYLE_BOLD, name);
  table_cellf(table, STYLE_PLAIN, "%u", replay->cases);
  table_cellf(table, STYLE_PLAIN, "%.1f", (double)sum / (double)replay->weeks_n);
  table_cellf(table, STYLE_PLAIN, "%u", replay_peak_week(replay, &at));
  table_cellf(table, STYLE_PLAIN, "%u", replay_peak_open(replay, &at));
  share_cell(table, o->caught, o->failed);
  share_cell(table, o->failed - o->caught, o->failed);
  share_cell(table, o->alarmed, o->passed);
}

static int replay_people(struct replay_run *run) {
  static const struct table_column columns[] = {{.title = "set"},
                                                {.title = "cases", .right = true},
                                                {.title = "a week", .right = true},
                                                {.title = "most", .right = true},
                                                {.title = "open at once", .right = true},
                                                {.title = "caught", .wraps = true},
                                                {.title = "missed", .wraps = true},
                                                {.title = "false alarms", .wraps = true}};
  char from[11], to[11];
  struct table *table = table_new(columns, sizeof columns / sizeof *columns);
  if (!table)
    return ctl_fail(run->ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM));
  result_format_day(from, run->from);
  result_format_day(to, run->to);
  ctl_say(run->ctl, "%u students from %s to %s, looked at every %ld days", run->replays[0].students, from, to, run->cli->every);
  for (int set = 0; set < SETS; set++)
    if (run->params[set])
      replay_row(table, &run->replays[set], set ? "proposed" : run->cli->school ? "in force" : "shipped");
  int err = table_print(table, &run->ctl->out);
  table_free(table);
  if (err)
    return ctl_fail(run->ctl, EXIT_REFUSED, "%s", err_text(err));
  ctl_say(run->ctl,
          "Caught: failed, and the case was open %ld days or more before the exam. False alarms: passed with a case. In "
          "brackets 95 %% intervals. Nobody acted on these cases.",
          run->cli->lead);
  return EXIT_DONE;
}

/* ---------------------------------------------------------------- the command */

static int files_run(struct replay_run *run) {
  int32_t first = 0, last = 0;
  int code = study_open(run->ctl, &run->cli->study, &run->study);
  run->zone = run->study.zone;
  if (!code && !replay_past_span(run->study.past, &first, &last))
    code = ctl_fail(run->ctl, EXIT_PROBLEMS, "%s has neither results nor exams", run->cli->study.data);
  run->from = run->cli->from == CLI_NO_DAY ? first : run->cli->from;
  run->to = run->cli->to == CLI_NO_DAY ? last : run->cli->to;
  if (!code)
    code = files_params(run);
  if (!code)
    code = moments_make(run);
  return code ? code : files_replay(run);
}

static int school_run(struct replay_run *run) {
  static const int32_t year_days = 364; /* weeks stay whole */
  struct args args;
  int code = ctl_zone(run->ctl);
  if (code)
    return code;
  run->zone = run->ctl->zone;
  run->to = run->cli->to == CLI_NO_DAY ? when_last_night(run->zone, clock_wall_ms()) : run->cli->to;
  run->from = run->cli->from == CLI_NO_DAY ? run->to - year_days : run->cli->from;
  args_init(&args, 1024);
  code = moments_make(run);
  if (!code)
    code = ctl_call(run->ctl, STMT_OPERATOR_PARAMETERS, &args, &run->sets);
  return code ? code : school_replay(run);
}

static int replay_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  (void)words;
  struct replay_run run = {.ctl = ctl, .cli = given};
  if (run.cli->school == (run.cli->study.data != NULL))
    return ctl_fail(ctl, EXIT_USAGE, "whose past? Give --data DIR or --school, one of them (stepguardctl replay --help)");
  int code = run.cli->school ? school_run(&run) : files_run(&run);
  if (!code)
    code = ctl->global.json ? replay_json(&run) : replay_people(&run);
  if (!code && run.skipped > 0)
    code = EXIT_PROBLEMS;
  if (!code && run.study.past)
    code = study_verdict(&run.study);
  for (int set = 0; set < SETS; set++) {
    replay_done(&run.replays[set]);
    risk_params_free(run.owned[set]);
  }
  walk_desk_done(&run.desk);
  study_close(&run.study);
  PQclear(run.sets);
  free(run.proposed_body);
  free(run.moments);
  return code;
}

const struct ctl_command ctl_replay = {
    .name = "replay",
    .words = "",
    .summary = "how many cases other thresholds would have opened, caught and missed",
    .text =
        "Looks at every student on past days with the real engine, from what was known then, and opens and closes cases by the "
        "office's "
        "rule: at risk or a warning opens one for each student and attempt; on track closes it. Says how many a week, how many at "
        "once, "
        "who failed with and without a case in time, and who passed with one.\n\n"
        "With --set or --fit the proposed set stands beside the one in force (for --data: the shipped one). Names are those of the "
        "parameter file: floor, ceiling, check_fresh_days, exam_soon_days, … Contacts with a client are not part of the past.",
    .examples = "stepguardctl replay --data classes/2026 --set floor=0.8 --zone America/Chicago\n"
                "stepguardctl replay --school --set floor=0.8 --set ceiling=0.95 --every 7\n"
                "stepguardctl --json replay --school --fit school.ini --from 2026-01-01",
    .options = replay_cli,
    .options_n = sizeof replay_cli / sizeof *replay_cli,
    .run = replay_run,
};
