/*
 * queue: whom to see today, and why. It is the page that the office sees (GET /queue, sql/core/queue_page.sql): the same cases in
 * the same order, with the same rank and the same line of what the week still holds; --json hands the document through as it came.
 *
 * A line a case, and under it the reasons as sentences: a number without its why is what people learn to ignore. What opened
 * the case comes first, because it asks for something; then the few shares of P(pass) that weigh most. Why a case stands where it
 * stands is a third thing and is said on request (--why): under every row it hid the others.
 */
#include "ctl/words.h"

#include "base/err.h"
#include "base/table.h"

#include <string.h>

enum { SHARES_SHOWN = 3 };

struct queue_options {
  long max;
  bool why;
};

static const struct cli_option queue_cli[] = {
    CLI_NUMBER("max", "N", struct queue_options, max, 20, 1, 100000, "show the first N"),
    CLI_FLAG("why", struct queue_options, why, "say of each case why it stands where it stands"),
};

/* Why open cases are not in the queue (sql/core/queue_order.sql), as a person reads it after a number. */
static const struct {
  const char *code, *words;
} skips[] = {
    {"acted", "acted on lately"},          {"watching", "watched until it gets worse"}, {"asleep", "asleep until a day"},
    {"exam_taken", "with the exam taken"}, {"no_reason", "whose reasons went away"},    {"muted", "whose reasons are all muted"},
};

static void queue_head(struct ctl *ctl, const json_t *queue) {
  static const char *const names[] = {"at_risk", "borderline", "on_track", "cannot_say"};
  FILE *out = ctl->out.out;
  char as_of[64];
  ctl_local(ctl, queue, "as_of", as_of, sizeof as_of);
  term_puts(&ctl->out, STYLE_BOLD, ctl_text(queue, "school"));
  fprintf(out, "\nAs of %s (%s), parameters %s\n", as_of, ctl_text(queue, "zone"),
          ctl_has(queue, "parameters") ? ctl_text(queue, "parameters") : "none");
  fprintf(out, "%lld students, %lld assessed:", (long long)ctl_integer(queue, "students"),
          (long long)ctl_integer(queue, "assessed"));
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const struct term_state *words = term_state(names[i]);
    fputs(i ? ",  " : "  ", out);
    term_puts(&ctl->out, words->style, term_state_shape(&ctl->out, words));
    fprintf(out, " %lld %s", (long long)ctl_integer(json_object_get(queue, "counts"), names[i]), words->word);
  }
  fputc('\n', out);
  if (ctl_integer(queue, "stale") > 0)
    fprintf(out, "%lld have sent something that is not looked at yet.\n", (long long)ctl_integer(queue, "stale"));
  const json_t *capacity = json_object_get(queue, "capacity");
  fprintf(out, "The office sees %lld a week: %lld acted on since Monday, %lld left.\n",
          (long long)ctl_integer(capacity, "per_week"), (long long)ctl_integer(capacity, "acted"),
          (long long)ctl_integer(capacity, "left"));
  if (ctl_has(queue, "feed"))
    term_wrap(&ctl->out, 0, "", STYLE_YELLOW, ctl_text(json_object_get(queue, "feed"), "text"));
  fputc('\n', out);
}

/* "-14.2  CBSSA, form 28": the share hangs before its words. */
static void share_note(struct table *table, const char *text) {
  char lead[32];
  const char *said = text + strspn(text, " ");
  said += strcspn(said, " ");
  said += strspn(said, " ");
  snprintf(lead, sizeof lead, "%.*s", (int)(said - text), text);
  table_note(table, STYLE_DIM, lead, said);
}

/* Why it stands here, what opened it, then what weighs most of the estimate. */
static void queue_notes(struct table *table, const json_t *item, bool why) {
  size_t i;
  json_t *reason;
  int shown = 0;
  char text[WORDS_LINE], lead[32];
  if (why)
    table_note(table, STYLE_PLAIN, "why      ", ctl_text(json_object_get(item, "order"), "sentence"));
  json_array_foreach(json_object_get(item, "reasons"), i, reason) {
    bool muted = ctl_has(reason, "muted");
    const char *severity = ctl_text(reason, "severity");
    snprintf(lead, sizeof lead, "%-8s ", muted ? "muted" : severity);
    table_note(table, muted ? STYLE_DIM : words_severity(severity), lead, ctl_text(reason, "text"));
  }
  json_array_foreach(json_object_get(json_object_get(item, "estimate"), "reasons"), i, reason) {
    if (strcmp(ctl_text(reason, "code"), "base_rate") != 0 && shown < SHARES_SHOWN && words_reason(text, reason)) {
      share_note(table, text);
      shown++;
    }
  }
}

static void queue_row(struct ctl *ctl, struct table *table, const json_t *item) {
  const json_t *student = json_object_get(item, "student"), *estimate = json_object_get(item, "estimate");
  const struct term_state *words = term_state(ctl_has(estimate, "state") ? ctl_text(estimate, "state") : "cannot_say");
  char text[WORDS_LINE];
  table_cellf(table, STYLE_PLAIN, "%lld", (long long)ctl_integer(item, "rank"));
  words_name(text, student);
  table_cell(table, STYLE_BOLD, text);
  if (ctl_has(student, "class_year"))
    table_cellf(table, STYLE_PLAIN, "%lld", (long long)ctl_integer(student, "class_year"));
  else
    table_cell(table, STYLE_PLAIN, "");
  table_cellf(table, words->style, "%s %s", term_state_shape(&ctl->out, words), words->word);
  words_chance(text, estimate);
  table_cell(table, STYLE_PLAIN, text);
  words_exam(text, item, "exam_on", "days_to_exam");
  table_cell(table, STYLE_PLAIN, text);
  bool hard = json_is_true(json_object_get(json_object_get(item, "order"), "hard_deadline"));
  snprintf(text, sizeof text, "%s", ctl_text(item, "state"));
  for (char *c = text; *c; c++)
    *c = *c == '_' ? ' ' : *c;
  table_cellf(table, hard ? STYLE_RED : STYLE_PLAIN, "%lld %s%s", (long long)ctl_integer(item, "case"), text,
              hard ? ", hard deadline" : "");
}

static bool above_line(const json_t *item) {
  return json_is_true(json_object_get(item, "above_line"));
}

static int queue_table(struct ctl *ctl, const json_t *items, bool why) {
  static const struct table_column columns[] = {{.title = "rank", .right = true},    {.title = "student", .wraps = true},
                                                {.title = "class", .right = true},   {.title = "state"},
                                                {.title = "P(pass), 80 % interval"}, {.title = "exam", .wraps = true},
                                                {.title = "case", .wraps = true}};
  struct table *table = table_new(columns, sizeof columns / sizeof *columns);
  size_t i;
  json_t *item;
  if (!table)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM));
  json_array_foreach(items, i, item) {
    const json_t *next = json_array_get(items, i + 1);
    queue_row(ctl, table, item);
    queue_notes(table, item, why);
    if (next && above_line(item) && !above_line(next))
      table_note(table, STYLE_BOLD, "---- ", "the line: the week holds no more than those above");
  }
  int err = table_print(table, &ctl->out);
  table_free(table);
  return err ? ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(err)) : EXIT_DONE;
}

/* Open cases that are not to be seen today, so that nobody looks for them in vain. */
static void queue_hidden(struct ctl *ctl, const json_t *hidden) {
  const char *before = "Open, and not to be seen today: ";
  for (size_t i = 0; i < sizeof skips / sizeof *skips; i++) {
    if (ctl_integer(hidden, skips[i].code) == 0)
      continue;
    fprintf(ctl->out.out, "%s%lld %s", before, (long long)ctl_integer(hidden, skips[i].code), skips[i].words);
    before = ", ";
  }
  if (*before == ',')
    fputs(".\n", ctl->out.out);
}

/* Nobody to show: because all is well, or because nothing has opened cases. */
static void queue_empty(struct ctl *ctl, const json_t *queue) {
  static const char remedy[] = "stepguard-report does it every night, stepguardctl assess-all does it now";
  long long unseen = ctl_integer(queue, "unseen");
  if (ctl_integer(queue, "assessed") == 0)
    ctl_say(ctl, "Nobody is assessed yet. Cases are opened with estimates: %s.", remedy);
  else if (unseen > 0)
    ctl_say(ctl, "No cases yet, although %lld are at risk or have an open flag. Cases are opened with estimates: %s.", unseen,
            remedy);
  else
    ctl_say(ctl, "Nobody needs a person today.");
}

static int queue_print(struct ctl *ctl, const json_t *queue, bool why) {
  json_t *items = json_object_get(queue, "items");
  size_t shown = json_array_size(items);
  int64_t total = ctl_has(queue, "total") ? ctl_integer(queue, "total") : (int64_t)shown;
  int code = EXIT_DONE;
  queue_head(ctl, queue);
  if (shown == 0)
    queue_empty(ctl, queue);
  else
    code = queue_table(ctl, items, why);
  if ((int64_t)shown < total)
    fprintf(ctl->out.out, "\nThe first %zu of %lld who need a person; --max shows more.\n", shown, (long long)total);
  queue_hidden(ctl, json_object_get(queue, "hidden"));
  return code;
}

static int queue_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  (void)words;
  const struct queue_options *options = given;
  struct args args;
  json_t *queue = NULL;
  int code = ctl_zone(ctl);
  if (code)
    return code;
  args_init(&args, 1024);
  args_text(&args, ctl->conf->school_code);
  args_time(&args, clock_wall_ms());
  args_i32(&args, (int32_t)options->max);
  code = ctl_call_json(ctl, STMT_QUEUE, &args, &queue);
  if (code)
    return code;
  if (ctl->global.json)
    return ctl_print_json(ctl, queue);
  code = queue_print(ctl, queue, options->why);
  json_decref(queue);
  return code;
}

const struct ctl_command ctl_queue = {
    .name = "queue",
    .words = "",
    .summary = "who needs a person today, in which order, and why",
    .text =
        "The open cases in the order in which the office's own queue has them (GET /queue): hard deadlines first, then by how many "
        "failures acting now is expected to prevent, with a line where the week's capacity ends. Under each student: what "
        "opened the case, then what moved the estimate most, in points of a hundred of P(pass). Cases are opened with "
        "estimates: by the daemon, by stepguard-report every night, by stepguardctl assess-all. Asking leaves a line in the "
        "audit trail.",
    .examples = "stepguardctl queue\nstepguardctl queue --max 5 --why\nstepguardctl --json queue --max 100000",
    .options = queue_cli,
    .options_n = sizeof queue_cli / sizeof *queue_cli,
    .run = queue_run,
};
