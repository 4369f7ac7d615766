/*
 * Migrations: forward-only files, sql/migrations/NNNN_what.sql, numbered without gaps from 1. Each runs once, in a transaction
 * together with the line in ops.migration that says so; its SHA-256 is kept there, so that editing an applied file is noticed
 * instead of giving two databases that both claim version 7. There is no way down: a mistake is mended by the next number.
 *
 * Functions are not numbered. A function is replaced as a whole and keeps nothing, so its file under sql/core or sql/api is simply
 * applied again when its text changed (ops.applied_file), all changed ones in one transaction, then sql/grants.sql. Their bodies
 * are not checked while they are made: files are applied in order of name, and one may call another that comes later.
 *
 * roles.sql runs every time and before all, as the user who connected; the rest as sg_owner, who will own what is made.
 *
 * One advisory lock for the whole run. A migration waits no more than LOCK_TIMEOUT for a table's lock: whoever waits for a lock
 * blocks all that come after, and a daemon that stands still is worse than a migration that must be started again.
 *
 * Rejected: PQexec of psql itself (one more program to find, and its exit code tells little); down migrations (never tested
 * when they are needed).
 */
#include "db/migrate.h"

#include "base/digest.h"
#include "base/err.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCRIPT_BYTES = 1024 * 1024, SCRIPTS_MAX = 1000, NAME_BYTES = 128, PATH_BYTES = 4096, LINE_BYTES = 300 };

#define LOCK_KEY     "7310579652842841" /* any number, the same for ever */
#define LOCK_TIMEOUT "5s"

struct script {
  char name[NAME_BYTES]; /* "migrations/0001_schemas.sql" */
  char *text;
  size_t len;
  char sha256[DIGEST_TEXT];
};

struct scripts {
  struct script *item;
  size_t n;
};

struct migrate {
  PGconn *conn;
  const char *sql_dir;
  struct scripts migrations, functions;
  struct script roles, grants;
  size_t done; /* things applied in this run */
  void (*progress)(void *arg, const char *line);
  void *arg;
  char *reason;
  size_t cap;
};

PRINTF_LIKE(2, 3) static void say(struct migrate *m, const char *fmt, ...) {
  char line[LINE_BYTES];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(line, sizeof line, fmt, ap);
  va_end(ap);
  if (m->progress)
    m->progress(m->arg, line);
}

PRINTF_LIKE(3, 4) static int refuse(struct migrate *m, int err, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(m->reason, m->cap, fmt, ap);
  va_end(ap);
  m->reason[strcspn(m->reason, "\n")] = '\0'; /* libpq ends its messages with one, and puts hints after it */
  return err;
}

/* ---- the files ---- */

static int script_read(struct migrate *m, const char *name, struct script *ret) {
  char path[PATH_BYTES], reason[FILE_REASON];
  uint8_t digest[DIGEST_BYTES];
  struct script script = {0};
  int len = snprintf(path, sizeof path, "%s/%s", m->sql_dir, name);
  if (len < 0 || (size_t)len >= sizeof path || strlen(name) >= sizeof script.name)
    return refuse(m, E_LIMIT, "the path of %s is too long", name);
  int err = file_read(path, SCRIPT_BYTES, &script.text, &script.len, reason);
  if (err < 0)
    return refuse(m, err, "%s", reason);
  memcpy(script.name, name, strlen(name) + 1);
  digest_sha256(digest, script.text, script.len);
  digest_hex(script.sha256, digest, sizeof digest);
  *ret = script;
  return E_OK;
}

static int only_sql(const struct dirent *entry) {
  const char *dot = strrchr(entry->d_name, '.');
  return entry->d_name[0] != '.' && dot && strcmp(dot, ".sql") == 0;
}

/* Adds the .sql files of one folder in order of name. */
static int scripts_read(struct migrate *m, const char *folder, struct scripts *scripts) {
  char path[PATH_BYTES];
  struct dirent **entries = NULL;
  int err = E_OK;
  int len = snprintf(path, sizeof path, "%s/%s", m->sql_dir, folder);
  int n = len > 0 && (size_t)len < sizeof path ? scandir(path, &entries, only_sql, alphasort) : -1;
  if (n < 0)
    return refuse(m, E_SYSTEM, "%s/%s: %s", m->sql_dir, folder, strerror(errno));
  struct script *item = reallocarray(scripts->item, scripts->n + (size_t)n + 1, sizeof *item);
  if (item)
    scripts->item = item;
  else
    err = refuse(m, E_NOMEM, "out of memory");
  if (scripts->n + (size_t)n > SCRIPTS_MAX)
    err = refuse(m, E_LIMIT, "more than %d files in %s", SCRIPTS_MAX, path);
  for (int i = 0; i < n; i++) {
    if (err == E_OK) {
      len = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
      err = script_read(m, path, &scripts->item[scripts->n]);
      scripts->n += err == E_OK;
    }
    free(entries[i]);
  }
  free(entries);
  return err;
}

static void scripts_done(struct scripts *scripts) {
  for (size_t i = 0; i < scripts->n; i++)
    free(scripts->item[i].text);
  free(scripts->item);
}

static int files_read(struct migrate *m) {
  int err = script_read(m, "roles.sql", &m->roles);
  if (err == E_OK)
    err = script_read(m, "grants.sql", &m->grants);
  if (err == E_OK)
    err = scripts_read(m, "migrations", &m->migrations);
  if (err == E_OK)
    err = scripts_read(m, "core", &m->functions);
  if (err == E_OK)
    err = scripts_read(m, "api", &m->functions);
  for (size_t i = 0; err == E_OK && i < m->migrations.n; i++) {
    char expected[40];
    snprintf(expected, sizeof expected, "migrations/%04zu_", i + 1);
    if (strncmp(m->migrations.item[i].name, expected, strlen(expected)) != 0)
      err = refuse(m, E_INVALID, "%s: expected a file %s…; migrations are numbered from 0001 without gaps",
                   m->migrations.item[i].name, expected);
  }
  return err;
}

/* ---- the database ---- */

/* The line of a script in which PostgreSQL found the fault; it gives the character, from 1. */
static int fault_line(const PGresult *res, const char *text) {
  const char *position = PQresultErrorField(res, PG_DIAG_STATEMENT_POSITION);
  long at = position ? strtol(position, NULL, 10) : 0;
  int line = 1;
  for (const char *p = text; *p && at > 1; p++) {
    line += *p == '\n';
    at -= ((unsigned char)*p & 0xC0) != 0x80; /* bytes that begin a character */
  }
  return position ? line : 0;
}

static int sql_failed(struct migrate *m, PGresult *res, const char *name, const char *text) {
  const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
  int line = fault_line(res, text);
  if (!message)
    message = PQerrorMessage(m->conn);
  if (line > 0)
    refuse(m, E_DATABASE, "%s, line %d: %s", name, line, message);
  else
    refuse(m, E_DATABASE, "%s: %s", name, message);
  PQclear(res);
  return E_DATABASE;
}

/* Any number of statements, without parameters; `name` is for the sentence when it fails. */
static int sql_run(struct migrate *m, const char *name, const char *text) {
  PGresult *res = PQexec(m->conn, text);
  ExecStatusType status = PQresultStatus(res);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
    return sql_failed(m, res, name, text);
  PQclear(res);
  return E_OK;
}

/* One statement with text parameters. *ret is the caller's to clear; NULL where it is not wanted. */
static int sql_ask(struct migrate *m, const char *name, const char *text, int n, const char *const *values, PGresult **ret) {
  PGresult *res = PQexecParams(m->conn, text, n, NULL, values, NULL, NULL, 0);
  ExecStatusType status = PQresultStatus(res);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    return sql_failed(m, res, name, text);
  if (ret)
    *ret = res;
  else
    PQclear(res);
  return E_OK;
}

static void notice_heard(void *arg, const PGresult *res) {
  const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
  say(arg, "warning: %s", message ? message : "");
}

static int database_open(struct migrate *m, const char *url) {
  static const char *const keywords[] = {
      "user", "connect_timeout", "gssencmode", "dbname", "application_name", "client_encoding", "target_session_attrs", "options",
      NULL};
  /* "user" stands before the string, which may name another; what stands after it is not negotiable. */
  const char *const values[] = {getenv("PGUSER") ? getenv("PGUSER") : "postgres",
                                "10",
                                "disable",
                                url,
                                "stepguardctl migrate",
                                "UTF8",
                                "read-write",
                                "-c client_min_messages=warning -c search_path=pg_catalog",
                                NULL};
  m->conn = PQconnectdbParams(keywords, values, 1);
  if (PQstatus(m->conn) != CONNECTION_OK)
    return refuse(m, E_AWAY, "%s", m->conn ? PQerrorMessage(m->conn) : "out of memory");
  PQsetNoticeReceiver(m->conn, notice_heard, m);
  return sql_run(m, "waiting for another migration", "select pg_catalog.pg_advisory_lock(" LOCK_KEY ")");
}

/* ---- the steps ---- */

static int roles_apply(struct migrate *m) {
  int err = sql_run(m, "roles.sql", "begin");
  if (err == E_OK)
    err = sql_run(m, "roles.sql", m->roles.text);
  if (err == E_OK)
    err = sql_run(m, "roles.sql", "commit; set role sg_owner");
  return err;
}

/* Compares what was applied with the files and tells how many there were. */
static int applied_check(struct migrate *m, size_t *ret_n) {
  enum { NAME, SHA256 };
  PGresult *res = NULL;
  int err = sql_ask(m, "ops.migration", "select to_regclass('ops.migration')::text", 0, NULL, &res);
  bool first = err == E_OK && PQgetisnull(res, 0, 0);
  PQclear(res);
  res = NULL;
  if (err == E_OK && !first)
    err = sql_ask(m, "ops.migration", "select name, sha256 from ops.migration order by number", 0, NULL, &res);
  size_t n = res ? (size_t)PQntuples(res) : 0;
  if (err == E_OK && n > m->migrations.n)
    err = refuse(m, E_INVALID, "the database has version %zu and these files end at %zu: a newer Stepguard was here", n,
                 m->migrations.n);
  for (size_t i = 0; err == E_OK && i < n; i++) {
    const struct script *script = &m->migrations.item[i];
    if (strcmp(PQgetvalue(res, (int)i, NAME), script->name) != 0 || strcmp(PQgetvalue(res, (int)i, SHA256), script->sha256) != 0)
      err = refuse(m, E_INVALID, "%s is not what was applied as %s: an applied migration is never changed, the next one mends it",
                   script->name, PQgetvalue(res, (int)i, NAME));
  }
  PQclear(res);
  if (err == E_OK)
    *ret_n = n;
  return err;
}

static int migration_apply(struct migrate *m, const struct script *script, size_t number) {
  char digits[24];
  snprintf(digits, sizeof digits, "%zu", number);
  int err = sql_run(m, script->name, "begin; set local lock_timeout = '" LOCK_TIMEOUT "'");
  if (err == E_OK)
    err = sql_run(m, script->name, script->text);
  if (err == E_OK)
    err = sql_ask(m, script->name, "insert into ops.migration (number, name, sha256) values ($1, $2, $3)", 3,
                  (const char *[]){digits, script->name, script->sha256}, NULL);
  if (err == E_OK)
    err = sql_run(m, script->name, "commit");
  if (err < 0)
    return err; /* the session ends, and with it the transaction */
  m->done++;
  say(m, "%s: applied", script->name);
  return E_OK;
}

static int function_apply(struct migrate *m, const struct script *script, bool always) {
  const char *values[] = {script->name, script->sha256};
  PGresult *res = NULL;
  int err = sql_ask(m, script->name, "select from ops.applied_file where name = $1 and sha256 = $2", 2, values, &res);
  bool unchanged = err == E_OK && PQntuples(res) > 0;
  PQclear(res);
  if (err < 0 || (unchanged && !always))
    return err;
  err = sql_run(m, script->name, script->text);
  if (err == E_OK)
    err = sql_ask(m, script->name,
                  "insert into ops.applied_file (name, sha256) values ($1, $2)"
                  " on conflict (name) do update set sha256 = excluded.sha256, applied_at = excluded.applied_at",
                  2, values, NULL);
  m->done += err == E_OK;
  return err;
}

/* Functions and rights change together or not at all: a function in force is never without its rights. */
static int functions_apply(struct migrate *m) {
  size_t before = m->done;
  int err = sql_run(m, "begin", "begin; set local check_function_bodies = off; set local lock_timeout = '" LOCK_TIMEOUT "'");
  for (size_t i = 0; err == E_OK && i < m->functions.n; i++)
    err = function_apply(m, &m->functions.item[i], false);
  if (err == E_OK)
    err = function_apply(m, &m->grants, m->done > before);
  if (err == E_OK)
    err = sql_run(m, "commit", "commit");
  if (err == E_OK && m->done > before)
    say(m, "functions and rights: %zu files applied", m->done - before);
  return err;
}

int migrate_run(const char *url, const char *sql_dir, void (*progress)(void *arg, const char *line), void *arg, char *reason,
                size_t cap) {
  struct migrate m = {.sql_dir = sql_dir, .progress = progress, .arg = arg, .reason = reason, .cap = cap};
  size_t applied = 0;
  int err = files_read(&m);
  if (err == E_OK)
    err = database_open(&m, url);
  if (err == E_OK)
    err = roles_apply(&m);
  if (err == E_OK)
    err = applied_check(&m, &applied);
  for (size_t i = applied; err == E_OK && i < m.migrations.n; i++)
    err = migration_apply(&m, &m.migrations.item[i], i + 1);
  if (err == E_OK)
    err = functions_apply(&m);
  if (err == E_OK)
    say(&m, "the database is at version %zu%s", m.migrations.n, m.done == 0 ? " already" : "");
  PQfinish(m.conn);
  scripts_done(&m.migrations);
  scripts_done(&m.functions);
  free(m.roles.text);
  free(m.grants.text);
  return err;
}
