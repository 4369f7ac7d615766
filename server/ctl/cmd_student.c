/*
 * student show: all that the office may see of one student, on one page; --json hands the database's document through.
 *
 * The order is that in which a person asks: who is it, when is the exam, how does it look, why, what has been flagged, and
 * only then the results it rests on. Of the reasons the heaviest are shown and the rest summed, so that the column still
 * adds up to P(pass). Corrected and withdrawn results are shown as such: nothing that was sent is hidden.
 */
#include "ctl/words.h"

#include "base/err.h"
#include "base/table.h"

#include <stdarg.h>
#include <string.h>

enum { REASONS_SHOWN = 12, LABEL = 16 };

static void heading(struct ctl *ctl, const char *text) {
  fputc('\n', ctl->out.out);
  term_puts(&ctl->out, STYLE_BOLD, text);
  fputc('\n', ctl->out.out);
}

PRINTF_LIKE(3, 4) static void line(struct ctl *ctl, const char *label, const char *fmt, ...) {
  char text[WORDS_LINE], lead[LABEL + 3];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  snprintf(lead, sizeof lead, "  %-*s", LABEL, label);
  term_wrap(&ctl->out, 0, lead, STYLE_PLAIN, text);
}

static void line_text(struct ctl *ctl, const char *label, const json_t *object, const char *key) {
  if (*ctl_text(object, key))
    line(ctl, label, "%s", ctl_text(object, key));
}

static void page_student(struct ctl *ctl, const json_t *student, const json_t *devices) {
  char text[WORDS_LINE];
  size_t i, in_force = 0;
  json_t *device;
  json_array_foreach(devices, i, device) {
    in_force += !ctl_has(device, "revoked_at");
  }
  words_name(text, student);
  term_puts(&ctl->out, STYLE_BOLD, text);
  fputc('\n', ctl->out.out);
  if (ctl_has(student, "class_year"))
    line(ctl, "class", "%lld", (long long)ctl_integer(student, "class_year"));
  line_text(ctl, "track", student, "track");
  line_text(ctl, "status", student, "status");
  line_text(ctl, "e-mail", student, "email");
  line_text(ctl, "adviser", student, "adviser_email");
  ctl_local(ctl, student, "enrolled_at", text, sizeof text);
  line(ctl, "enrolled", "%s, %zu of %zu devices in force", text, in_force, json_array_size(devices));
  ctl_local(ctl, student, "last_sync_at", text, sizeof text);
  line(ctl, "last sync", "%s", text);
}

static void page_plan(struct ctl *ctl, const json_t *plan, const json_t *student, const json_t *attempts) {
  char text[WORDS_TEXT];
  size_t i;
  json_t *attempt;
  heading(ctl, "Plan");
  words_exam(text, plan, "exam_day", NULL);
  line(ctl, "exam", "attempt %lld: %s", (long long)ctl_integer(plan, "attempt"), text);
  if (ctl_has(plan, "permit_from") || ctl_has(plan, "permit_to"))
    line(ctl, "permit", "%s to %s", ctl_has(plan, "permit_from") ? ctl_text(plan, "permit_from") : "open",
         ctl_has(plan, "permit_to") ? ctl_text(plan, "permit_to") : "open");
  line_text(ctl, "dedicated from", ctl_has(plan, "dedicated_day") ? plan : student,
            ctl_has(plan, "dedicated_day") ? "dedicated_day" : "dedicated_start");
  line_text(ctl, "school deadline", student, "deadline");
  json_array_foreach(attempts, i, attempt) {
    if (ctl_has(attempt, "taken_on") || ctl_has(attempt, "outcome")) {
      snprintf(text, sizeof text, "attempt %lld", (long long)ctl_integer(attempt, "attempt"));
      line(ctl, text, "taken %s, %s", ctl_has(attempt, "taken_on") ? ctl_text(attempt, "taken_on") : "on a day not known",
           ctl_has(attempt, "outcome") ? ctl_text(attempt, "outcome") : "outcome not known");
    }
  }
}

static void page_estimate(struct ctl *ctl, const json_t *estimate, const json_t *student) {
  char text[WORDS_TEXT];
  heading(ctl, "Estimate");
  if (!json_is_object(estimate)) {
    line(ctl, "state", "not assessed yet");
    return;
  }
  const struct term_state *words = term_state(ctl_text(estimate, "state"));
  fprintf(ctl->out.out, "  %-*s", LABEL, "state");
  term_puts(&ctl->out, words->style, term_state_shape(&ctl->out, words));
  fputc(' ', ctl->out.out);
  term_puts(&ctl->out, words->style, words->word);
  fputc('\n', ctl->out.out);
  words_chance(text, estimate);
  line(ctl, "P(pass)", "%s, 80 %% interval in brackets", text);
  line(ctl, "readiness", "%.1f EPC, give or take %.1f; on the exam day %.1f, give or take %.1f",
       ctl_number(estimate, "readiness_mean"), ctl_number(estimate, "readiness_sd"), ctl_number(estimate, "exam_mean"),
       ctl_number(estimate, "exam_sd"));
  line(ctl, "growth", "%+.1f EPC a week", ctl_number(estimate, "growth_per_week"));
  ctl_local(ctl, estimate, "last_check_at", text, sizeof text);
  line(ctl, "made from", "%lld results, last readiness check %s", (long long)ctl_integer(estimate, "results_used"), text);
  ctl_local(ctl, estimate, "as_of", text, sizeof text);
  line(ctl, "as of", "%s (%s), parameters %s%s", text, ctl->conf->zone, ctl_text(estimate, "parameters"),
       json_is_true(json_object_get(student, "stale")) ? "; something newer is not looked at yet" : "");
}

static void page_reasons(struct ctl *ctl, const json_t *estimate) {
  size_t i, more = 0;
  int shown = 0;
  json_t *reason;
  double rest = 0;
  char text[WORDS_LINE];
  if (json_array_size(json_object_get(estimate, "reasons")) == 0)
    return;
  heading(ctl, "Why: points of a hundred of P(pass), which add up to it");
  json_array_foreach(json_object_get(estimate, "reasons"), i, reason) {
    if (shown < REASONS_SHOWN && words_reason(text, reason)) {
      term_wrap(&ctl->out, 2, "", STYLE_PLAIN, text);
      shown++;
    } else {
      rest += ctl_number(reason, "points");
      more++;
    }
  }
  if (more > 0)
    fprintf(ctl->out.out, "  %+5.1f  %zu more\n", 100 * rest, more);
  fprintf(ctl->out.out, "  %5.1f  together\n", 100 * ctl_number(estimate, "p"));
}

static void page_flags(struct ctl *ctl, const json_t *flags, bool open) {
  size_t i;
  bool headed = false;
  json_t *flag;
  json_array_foreach(flags, i, flag) {
    char since[64], until[64], text[2 * WORDS_LINE], lead[32];
    if (ctl_has(flag, "closed_at") == open)
      continue;
    if (!headed)
      heading(ctl, open ? "Flags" : "Flags that are closed");
    headed = true;
    ctl_local(ctl, flag, "since", since, sizeof since);
    ctl_local(ctl, flag, "closed_at", until, sizeof until);
    snprintf(lead, sizeof lead, "%-8s ", ctl_text(flag, "severity"));
    snprintf(text, sizeof text, "%s (since %.10s%s%.10s)", ctl_text(flag, "text"), since, open ? "" : ", closed ",
             open ? "" : until);
    term_wrap(&ctl->out, 2, lead, open ? words_severity(ctl_text(flag, "severity")) : STYLE_DIM, text);
  }
}

/* All revisions of a result stand together, the one that counts first. */
static bool same_result(const json_t *results, size_t i, size_t j) {
  const json_t *a = json_array_get(results, i), *b = json_array_get(results, j);
  return a && b && strcmp(ctl_text(a, "result_id"), ctl_text(b, "result_id")) == 0;
}

static void result_remarks(const json_t *results, size_t i, char *out, size_t cap) {
  const json_t *result = json_array_get(results, i);
  const char *place = i > 0 && same_result(results, i, i - 1) ? "earlier version"
                      : same_result(results, i, i + 1)        ? "corrected"
                                                              : "";
  snprintf(out, cap, "%s%s%s", json_is_true(json_object_get(result, "retracted")) ? "retracted " : "",
           json_is_true(json_object_get(result, "repeat")) ? "form seen before " : "", place);
}

static int page_results(struct ctl *ctl, const json_t *results) {
  static const struct table_column columns[] = {{.title = "taken"},
                                                {.title = "instrument"},
                                                {.title = "form"},
                                                {.title = "score", .right = true},
                                                {.title = "scale"},
                                                {.title = "mode"},
                                                {.title = "remarks", .wraps = true}};
  size_t i;
  json_t *result;
  heading(ctl, "Results, newest first");
  if (json_array_size(results) == 0) {
    fputs("  none\n", ctl->out.out);
    return EXIT_DONE;
  }
  struct table *table = table_new(columns, sizeof columns / sizeof *columns);
  if (!table)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM));
  json_array_foreach(results, i, result) {
    char taken[64], remarks[WORDS_TEXT];
    bool counts = !json_is_true(json_object_get(result, "retracted")) && !(i > 0 && same_result(results, i, i - 1));
    ctl_local(ctl, result, "taken_at", taken, sizeof taken);
    result_remarks(results, i, remarks, sizeof remarks);
    enum term_style style = counts ? STYLE_PLAIN : STYLE_DIM;
    table_cell(table, style, taken);
    table_cell(table, style, ctl_text(result, "instrument"));
    table_cell(table, style, ctl_text(result, "form"));
    table_cellf(table, style, "%.10g", ctl_number(result, "score"));
    table_cell(table, style, ctl_text(result, "scale"));
    table_cell(table, style, ctl_text(result, "mode"));
    table_cell(table, style, remarks);
  }
  int err = table_print(table, &ctl->out);
  table_free(table);
  return err ? ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(err)) : EXIT_DONE;
}

static int show_run(struct ctl *ctl, const void *options, const struct cli_words *words) {
  (void)options;
  struct args args;
  json_t *page = NULL;
  int code = ctl_zone(ctl);
  if (code)
    return code;
  args_init(&args, 4096);
  args_text(&args, ctl->conf->school_code);
  args_text(&args, words->word[0]);
  code = ctl_call_json(ctl, STMT_STUDENT_SHOW, &args, &page);
  if (code)
    return code;
  if (!page)
    return ctl_fail(ctl, EXIT_PROBLEMS, "there is no student \"%s\" on the roster", words->word[0]);
  if (ctl->global.json)
    return ctl_print_json(ctl, page);
  const json_t *student = json_object_get(page, "student"), *estimate = json_object_get(page, "assessment");
  const json_t *flags = json_object_get(page, "flags");
  page_student(ctl, student, json_object_get(page, "devices"));
  page_plan(ctl, json_object_get(page, "plan"), student, json_object_get(page, "attempts"));
  page_estimate(ctl, estimate, student);
  page_reasons(ctl, estimate);
  page_flags(ctl, flags, true);
  page_flags(ctl, flags, false);
  code = page_results(ctl, json_object_get(page, "results"));
  json_decref(page);
  return code;
}

const struct ctl_command ctl_student_show = {
    .name = "student show",
    .words = "ID",
    .words_least = 1,
    .words_most = 1,
    .summary = "all there is about one student",
    .text = "ID is the school's own id. Roster, plan, estimate with its reasons, flags open and closed, results with all their "
            "revisions. Asking leaves a line in the audit trail.",
    .examples = "stepguardctl student show 1042\nstepguardctl --json student show 1042",
    .run = show_run,
};
