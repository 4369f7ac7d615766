/*
 * import list, import undo: the files that were brought, by this tool or on the office's page, and taking one back.
 *
 * What people did since stays as it is, row by row; the database says how many rows that were. An import is named by its number and
 * not by "the last one": between looking and typing, somebody else may have brought a file.
 */
#include "ctl/ctl.h"

#include "base/err.h"
#include "base/table.h"

#include <inttypes.h>
#include <stdlib.h>

enum { ARGS_BYTES = 1024, WORD_BYTES = 40 };

/* ---------------------------------------------------------------- list */

struct list_options {
  long most;
};

static void count_cell(struct table *table, const json_t *counts, const char *key) {
  table_cellf(table, STYLE_PLAIN, "%" PRId64, ctl_integer(counts, key));
}

static int list_print(struct ctl *ctl, const json_t *imports) {
  static const struct table_column columns[] = {{.title = "number", .right = true},
                                                {.title = "what"},
                                                {.title = "state"},
                                                {.title = "brought"},
                                                {.title = "new", .right = true},
                                                {.title = "changed", .right = true},
                                                {.title = "leaving", .right = true},
                                                {.title = "refused", .right = true},
                                                {.title = "undo"},
                                                {.title = "file"}};
  struct table *table = table_new(columns, sizeof columns / sizeof *columns);
  size_t i;
  json_t *import;
  char text[WORD_BYTES];
  if (!table)
    return ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(E_NOMEM));
  json_array_foreach(imports, i, import) {
    const json_t *counts = json_object_get(import, "counts");
    table_cellf(table, STYLE_BOLD, "%" PRId64, ctl_integer(import, "import_id"));
    table_cell(table, STYLE_PLAIN, ctl_text(import, "kind"));
    table_cell(table, STYLE_PLAIN, ctl_text(import, "state"));
    ctl_local(ctl, json_object_get(import, "previewed"), "at", text, sizeof text);
    table_cell(table, STYLE_PLAIN, text);
    count_cell(table, counts, "new");
    count_cell(table, counts, "changed");
    count_cell(table, counts, "leaving");
    count_cell(table, counts, "refused");
    table_cell(table, STYLE_PLAIN, json_is_true(json_object_get(import, "can_undo")) ? "yes" : "");
    table_cell(table, STYLE_PLAIN, ctl_text(import, "file_name"));
  }
  int err = table_print(table, &ctl->out);
  table_free(table);
  return err ? ctl_fail(ctl, EXIT_REFUSED, "%s", err_text(err)) : EXIT_DONE;
}

static int list_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  const struct list_options *options = given;
  struct args args;
  json_t *imports = NULL;
  (void)words;
  int code = ctl_zone(ctl);
  if (code)
    return code;
  args_init(&args, ARGS_BYTES);
  args_text(&args, ctl->conf->school_code);
  args_i32(&args, (int32_t)options->most);
  code = ctl_call_json(ctl, STMT_IMPORTS_OF, &args, &imports);
  if (code)
    return code;
  if (ctl->global.json)
    return ctl_print_json(ctl, imports);
  if (json_array_size(imports) == 0)
    ctl_say(ctl, "No file was brought yet.");
  else
    code = list_print(ctl, imports);
  json_decref(imports);
  return code;
}

static const struct cli_option list_cli[] = {
    CLI_NUMBER("max", "N", struct list_options, most, 20, 1, 1000, "how many at most, the newest first"),
};

const struct ctl_command ctl_import_list = {
    .name = "import list",
    .words = "",
    .summary = "the files that were brought, newest first, and which can be taken back",
    .text = "Rosters, plans and official scores, whether by this tool or on the office's page.",
    .examples = "stepguardctl import list\nstepguardctl --json import list --max 100",
    .options = list_cli,
    .options_n = sizeof list_cli / sizeof *list_cli,
    .run = list_run,
};

/* ---------------------------------------------------------------- undo */

static int undo_said(struct ctl *ctl, json_t *import) {
  const json_t *undone = json_object_get(import, "undone");
  if (ctl->global.json)
    return ctl_print_json(ctl, import);
  ctl_say(ctl,
          "Import %" PRId64 " (%s) is taken back: %" PRId64 " rows restored, %" PRId64 " partly, %" PRId64
          " kept as people changed them since.",
          ctl_integer(import, "import_id"), ctl_text(import, "file_name"), ctl_integer(undone, "restored"),
          ctl_integer(undone, "partly"), ctl_integer(undone, "kept"));
  json_decref(import);
  return EXIT_DONE;
}

static int undo_run(struct ctl *ctl, const void *options, const struct cli_words *words) {
  struct args args;
  json_t *import = NULL;
  char *end;
  (void)options;
  long long number = strtoll(words->word[0], &end, 10);
  if (number < 1 || *end != '\0')
    return ctl_fail(ctl, EXIT_USAGE, "the number of an import is expected, as import list shows it");
  int code = ctl_zone(ctl);
  if (code)
    return code;
  args_init(&args, ARGS_BYTES);
  args_text(&args, ctl->conf->school_code);
  args_i64(&args, number);
  code = ctl_call_json(ctl, STMT_IMPORT_TAKE_BACK, &args, &import);
  if (code)
    return code;
  if (!import)
    return ctl_fail(ctl, EXIT_PROBLEMS, "there is no import %lld; import list shows them", number);
  return undo_said(ctl, import);
}

const struct ctl_command ctl_import_undo = {
    .name = "import undo",
    .words = "NUMBER",
    .words_least = 1,
    .words_most = 1,
    .summary = "take back what an import changed",
    .text =
        "Everything that is still as the import left it becomes what it was before. What people said or did since stays, and is "
        "counted. Imports can be taken back for some days (import_undo_days).",
    .examples = "stepguardctl import list\nstepguardctl import undo 17",
    .run = undo_run,
};
