/*
 * queue: who needs a person today, and why. The order is the database's (by what a talk today can still prevent, see
 * sql/core/preventable.sql); --json hands its document through as it came.
 *
 * A line a student, and under it the reasons as sentences: a number without its why is what people learn to ignore. Open
 * flags come first, because they ask for something; then the few shares of P(pass) that weigh most.
 */
#include "ctl/words.h"

#include "base/err.h"
#include "base/table.h"

#include <string.h>

enum { REASONS_SHOWN = 3 };

struct queue_options {
  long max;
};

static const struct cli_option queue_cli[] = {
    CLI_NUMBER("max", "N", struct queue_options, max, 20, 1, 100000, "show the first N"),
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
  fputc('\n', out);
}

/* The flags as sentences, then what weighs most of the estimate. */
static void queue_notes(struct table *table, const json_t *row) {
  size_t i;
  json_t *flag, *reason;
  int shown = 0;
  char text[WORDS_LINE], lead[32];
  json_array_foreach(json_object_get(row, "flags"), i, flag) {
    const char *severity = ctl_text(flag, "severity");
    snprintf(lead, sizeof lead, "%-8s ", severity);
    table_note(table, words_severity(severity), lead, ctl_text(flag, "text"));
  }
  json_array_foreach(json_object_get(row, "reasons"), i, reason) {
    if (strcmp(ctl_text(reason, "code"), "base_rate") != 0 && shown < REASONS_SHOWN && words_reason(text, reason)) {
      const char *said = text + strspn(text, " "); /* the share hangs before its words */
      said += strcspn(said, " ");
      said += strspn(said, " ");
      snprintf(lead, sizeof lead, "%.*s", (int)(said - text), text);
      table_note(table, STYLE_DIM, lead, said);
      shown++;
    }
  }
}

static int queue_rows(struct ctl *ctl, const json_t *rows) {
  static const struct table_column columns[] = {{.title = "rank", .right = true},
                                                {.title = "student", .wraps = true},
                                                {.title = "class", .right = true},
                                                {.title = "state"},
                                                {.title = "P(pass), 80 % interval"},
                                                {.title = "exam", .wraps = true},
                                                {.title = "last check"}};
  struct table *table = table_new(columns, sizeof columns / sizeof *columns);
  size_t i;
  json_t *row;
  char text[WORDS_LINE];
  if (!table)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM));
  json_array_foreach(rows, i, row) {
    const struct term_state *words = term_state(ctl_text(row, "state"));
    table_cellf(table, STYLE_PLAIN, "%lld", (long long)ctl_integer(row, "rank"));
    words_name(text, row);
    table_cell(table, STYLE_BOLD, text);
    if (ctl_has(row, "class_year"))
      table_cellf(table, STYLE_PLAIN, "%lld", (long long)ctl_integer(row, "class_year"));
    else
      table_cell(table, STYLE_PLAIN, "");
    table_cellf(table, words->style, "%s %s", term_state_shape(&ctl->out, words), words->word);
    words_chance(text, row);
    table_cell(table, STYLE_PLAIN, text);
    words_exam(text, row, "exam_day", "days_to_exam");
    table_cell(table, STYLE_PLAIN, text);
    ctl_local(ctl, row, "last_check_at", text, sizeof text);
    table_cellf(table, STYLE_PLAIN, "%.10s", text); /* the day is enough */
    queue_notes(table, row);
  }
  int err = table_print(table, &ctl->out);
  table_free(table);
  return err ? ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(err)) : EXIT_DONE;
}

static int queue_print(struct ctl *ctl, const json_t *queue) {
  json_t *rows = json_object_get(queue, "rows");
  size_t shown = json_array_size(rows);
  int64_t waiting = ctl_has(queue, "waiting") ? ctl_integer(queue, "waiting") : (int64_t)shown;
  queue_head(ctl, queue);
  if (shown == 0) {
    ctl_say(ctl, ctl_integer(queue, "assessed") == 0 ? "Nobody is assessed yet." : "Nobody needs a person today.");
    return EXIT_DONE;
  }
  int code = queue_rows(ctl, rows);
  if ((int64_t)shown < waiting)
    fprintf(ctl->out.out, "\nThe first %zu of %lld who need a person; --max shows more.\n", shown, (long long)waiting);
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
  code = queue_print(ctl, queue);
  json_decref(queue);
  return code;
}

const struct ctl_command ctl_queue = {
    .name = "queue",
    .words = "",
    .summary = "who needs a person today, in which order, and why",
    .text = "At risk, borderline, or with an open flag of severity warning or above. First whose failure a talk today is expected "
            "to prevent most. Under each student: the open flags, then what moved the estimate most, in points of a hundred of "
            "P(pass). Asking leaves a line in the audit trail.",
    .examples = "stepguardctl queue\nstepguardctl queue --max 5\nstepguardctl --json queue --max 100000",
    .options = queue_cli,
    .options_n = sizeof queue_cli / sizeof *queue_cli,
    .run = queue_run,
};
