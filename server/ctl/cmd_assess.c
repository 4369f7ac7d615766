/*
 * assess-all: everybody, as of now or of a moment in the past. What the nightly report does, without its brief; for after a
 * change of the parameters, and for tests.
 *
 * The work is db/evaluate.c, shared with the report; here are the moment, the progress bar and the counts. A student who
 * cannot be assessed is named and the others go on: one strange record must not leave a class without estimates.
 */
#include "ctl/ctl.h"

#include "base/err.h"
#include "base/when.h"
#include "db/evaluate.h"
#include "proto/result.h"

#include <inttypes.h>

struct assess_options {
  const char *as_of;
};

static const struct cli_option assess_cli[] = {
    CLI_TEXT("as-of", "TIME", struct assess_options, as_of,
             "look at what was taken up to then: 2026-03-02T21:00:00Z, or a day, meaning its noon at the school; now unless given"),
};

struct assess {
  struct ctl *ctl;
  struct progress progress;
};

static void assess_skipped(void *arg, const char *external_id, const char *reason) {
  struct assess *assess = arg;
  progress_end(&assess->progress);
  ctl_fail(assess->ctl, EXIT_PROBLEMS, "student %s could not be assessed: %s", external_id, reason);
}

static void assess_progress(void *arg, uint64_t students) {
  struct assess *assess = arg;
  progress_at(&assess->progress, students);
}

static int assess_say(struct ctl *ctl, const struct evaluate_counts *counts, int64_t as_of_ms) {
  char text[WHEN_TEXT];
  json_t *by_state = json_object();
  for (enum risk_state state = RISK_AT_RISK; state <= RISK_CANNOT_SAY; state++)
    json_object_set_new(by_state, risk_state_name(state), json_integer((json_int_t)counts->by_state[state]));
  if (ctl->global.json) {
    when_utc(text, as_of_ms);
    return ctl_print_json(ctl, json_pack("{s:s,s:I,s:I,s:I,s:I,s:o,s:I,s:I,s:I,s:I}", "as_of", text, "students",
                                         (json_int_t)counts->students, "done", (json_int_t)counts->done, "results",
                                         (json_int_t)counts->results, "assessed", (json_int_t)counts->assessed, "counts", by_state,
                                         "flags", (json_int_t)counts->flags, "recorded", (json_int_t)counts->recorded, "newer",
                                         (json_int_t)counts->newer, "skipped", (json_int_t)counts->skipped));
  }
  json_decref(by_state);
  when_local(text, ctl->zone, as_of_ms);
  ctl_say(ctl, "As of %s (%s): %" PRIu64 " of %" PRIu64 " students assessed, from %" PRIu64 " results", text, ctl->conf->zone,
          counts->assessed, counts->students, counts->results);
  for (enum risk_state state = RISK_AT_RISK; state <= RISK_CANNOT_SAY; state++) {
    const struct term_state *words = term_state(risk_state_name(state));
    fprintf(ctl->out.out, "  ");
    term_puts(&ctl->out, words->style, term_state_shape(&ctl->out, words));
    fprintf(ctl->out.out, " %-11s %6" PRIu64 "\n", words->word, counts->by_state[state]);
  }
  if (counts->done > 0)
    ctl_say(ctl, "%" PRIu64 " were assessed as of this moment before, and nothing came since", counts->done);
  if (counts->newer > 0)
    ctl_say(ctl, "%" PRIu64 " have a newer assessment, which stays", counts->newer);
  return EXIT_DONE;
}

static int assess_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  (void)words;
  const struct assess_options *options = given;
  struct assess assess = {.ctl = ctl};
  struct evaluate_counts counts;
  char reason[EVALUATE_REASON];
  int64_t as_of_ms = clock_wall_ms();
  int code = ctl_zone(ctl);
  if (code)
    return code;
  if (options->as_of && result_parse_time(options->as_of, zone_offset_s(ctl->zone, as_of_ms), &as_of_ms) < 0)
    return ctl_fail(ctl, EXIT_USAGE, "--as-of takes a time like 2026-03-02T21:00:00Z or a day, not \"%.40s\"", options->as_of);
  code = ctl_database(ctl);
  if (code)
    return code;
  const struct evaluate_options evaluate = {.role = ROLE_OPERATOR,
                                            .school_code = ctl->conf->school_code,
                                            .as_of_ms = as_of_ms,
                                            .database_url = ctl->conf->database_url,
                                            .skipped = assess_skipped,
                                            .progress = assess_progress,
                                            .arg = &assess};
  progress_start(&assess.progress, "students", 0);
  int err = evaluate_school(ctl->db, &evaluate, &counts, reason);
  progress_end(&assess.progress);
  if (err)
    return ctl_fail(ctl, cli_exit_of(err), "%s (%" PRIu64 " students were done)", reason, counts.recorded);
  code = assess_say(ctl, &counts, as_of_ms);
  return code ? code : counts.skipped > 0 ? EXIT_PROBLEMS : EXIT_DONE;
}

const struct ctl_command ctl_assess_all = {
    .name = "assess-all",
    .words = "",
    .summary = "estimate every student anew and record it",
    .text = "Reads every student of the school a page at a time, estimates, and records estimate and flags. Students who sync "
            "meanwhile are not held up, and theirs is made again. A newer estimate that is there already stays.",
    .examples = "stepguardctl assess-all\nstepguardctl --json assess-all --as-of 2026-03-02",
    .options = assess_cli,
    .options_n = sizeof assess_cli / sizeof *assess_cli,
    .run = assess_run,
};
