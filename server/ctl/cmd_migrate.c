/*
 * migrate: brings the database to the schema of this program. The one command that does not come as sg_operator: it makes
 * roles and owns objects, so whoever runs it must be allowed to (peer authentication over the socket says who).
 *
 * The schema is read from a directory and not built into the program: it is what a database administrator wants to read
 * before it is applied.
 */
#include "ctl/ctl.h"

#include "base/err.h"
#include "db/migrate.h"

#include <stdlib.h>

#ifndef SG_SQL_DIR
#define SG_SQL_DIR "/usr/share/stepguard/sql" /* where the package puts it */
#endif

struct migrate_options {
  const char *sql_dir, *url;
};

static const struct cli_option migrate_cli[] = {
    CLI_TEXT("sql-dir", "DIR", struct migrate_options, sql_dir, "the schema; $STEPGUARD_SQL or " SG_SQL_DIR " unless given"),
    CLI_TEXT("url", "URL", struct migrate_options, url, "connect by this string instead of database.url"),
};

struct migrate {
  struct ctl *ctl;
  json_t *done;
};

static void migrate_progress(void *arg, const char *line) {
  struct migrate *migrate = arg;
  json_array_append_new(migrate->done, json_string(line));
  ctl_say(migrate->ctl, "%s", line);
}

static int migrate_start(struct ctl *ctl, const void *given, const struct cli_words *words) {
  (void)words;
  const struct migrate_options *options = given;
  struct migrate migrate = {.ctl = ctl};
  char reason[600] = "";
  int code = options->url ? EXIT_DONE : ctl_conf(ctl);
  if (code)
    return code;
  const char *dir = options->sql_dir ? options->sql_dir : getenv("STEPGUARD_SQL");
  migrate.done = json_array();
  int err = migrate_run(options->url ? options->url : ctl->conf->database_url, dir && *dir ? dir : SG_SQL_DIR, migrate_progress,
                        &migrate, reason, sizeof reason);
  if (err)
    code = ctl_fail(ctl, cli_exit_of(err), "%s", *reason ? reason : err_text(err));
  else if (ctl->global.json)
    code = ctl_print_json(ctl, json_incref(migrate.done));
  else if (json_array_size(migrate.done) == 0)
    ctl_say(ctl, "The database is up to date.");
  json_decref(migrate.done);
  return code;
}

const struct ctl_command ctl_migrate = {
    .name = "migrate",
    .words = "",
    .summary = "bring the database to the schema of this program",
    .text =
        "Makes roles, applies the migrations that are missing, replaces the functions that changed, sets the rights. Safe while "
        "daemons of the version before are running; run by two at once, one waits. Connects as the superuser postgres unless "
        "the connection string names a user.",
    .examples = "stepguardctl migrate\nstepguardctl migrate --sql-dir sql --url 'host=/run/postgresql dbname=stepguard'",
    .options = migrate_cli,
    .options_n = sizeof migrate_cli / sizeof *migrate_cli,
    .run = migrate_start,
};
