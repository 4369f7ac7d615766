/*
 * What every subcommand of stepguardctl uses: configuration, zone, database, each opened when first asked for, so that
 * `check-config` needs no database and `--help` nothing at all; and reading the JSON that the database gives.
 *
 * With --json stdout carries one JSON value and nothing else. What went wrong is always a sentence on stderr.
 */
#include "ctl/ctl.h"

#include "base/err.h"
#include "base/when.h"
#include "proto/result.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char program[] = "stepguardctl";

int ctl_fail(struct ctl *ctl, enum cli_exit code, const char *fmt, ...) {
  char text[1024];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  fflush(ctl->out.out);
  cli_complain(&ctl->err, program, "%s", text);
  return (int)code;
}

void ctl_say(struct ctl *ctl, const char *fmt, ...) {
  char text[1024];
  va_list args;
  if (ctl->global.json)
    return;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  term_puts(&ctl->out, STYLE_PLAIN, text);
  fputc('\n', ctl->out.out);
}

/* ---------------------------------------------------------------- findings */

void ctl_finding(struct ctl *ctl, const char *file, const struct csv_finding *finding, const char *remedy) {
  struct term *term = &ctl->err;
  fprintf(term->out, "%s:%" PRIu64 ": ", file, finding->line);
  if (finding->warning)
    term_puts(term, STYLE_YELLOW, "warning: ");
  if (finding->column)
    fprintf(term->out, "%s: ", finding->column);
  if (*finding->value) {
    fputc('"', term->out);
    term_puts(term, STYLE_PLAIN, finding->value);
    fputs("\": ", term->out);
  }
  term_puts(term, STYLE_PLAIN, finding->reason);
  if (*remedy)
    fprintf(term->out, ". %s", remedy);
  fputc('\n', term->out);
}

json_t *ctl_finding_json(const char *file, const struct csv_finding *finding, const char *remedy) {
  return json_pack("{s:s,s:I,s:s?,s:s,s:s,s:s,s:b}", "file", file, "line", (json_int_t)finding->line, "column", finding->column,
                   "value", finding->value, "reason", finding->reason, "remedy", remedy, "warning", finding->warning);
}

/* ---------------------------------------------------------------- configuration */

int ctl_conf(struct ctl *ctl) {
  if (ctl->conf)
    return EXIT_DONE;
  if (!ctl->global.config)
    return ctl_fail(ctl, EXIT_USAGE, "which configuration? Give --config FILE, or set STEPGUARD_CONFIG");
  ctl->conf = cli_conf(&ctl->err, program, ctl->global.config);
  return ctl->conf ? EXIT_DONE : EXIT_PROBLEMS;
}

int ctl_zone(struct ctl *ctl) {
  int code = ctl_conf(ctl);
  if (code || ctl->zone)
    return code;
  ctl->zone = zone_load(ctl->conf->zone);
  return ctl->zone ? EXIT_DONE : ctl_fail(ctl, EXIT_REFUSED, "there is no time zone \"%s\" on this machine", ctl->conf->zone);
}

/* ---------------------------------------------------------------- database */

int ctl_database(struct ctl *ctl) {
  char reason[400] = "";
  int code = ctl_conf(ctl);
  if (code || ctl->db)
    return code;
  int err = dbsync_open(ctl->conf->database_url, ROLE_OPERATOR, &ctl->db, reason, sizeof reason);
  if (!err)
    return EXIT_DONE;
  return ctl_fail(ctl, cli_exit_of(err), "%s%s", *reason ? reason : err_text(err),
                  strstr(reason, "does not exist") ? "; has stepguardctl migrate been run?" : "");
}

int ctl_call(struct ctl *ctl, enum stmt stmt, struct args *args, PGresult **ret) {
  int code = ctl_database(ctl);
  if (code) {
    args_done(args);
    return code;
  }
  int err = dbsync_call(ctl->db, stmt, args, ret);
  if (!err)
    return EXIT_DONE;
  const char *reason = dbsync_reason(ctl->db);
  return ctl_fail(ctl, cli_exit_of(err), "%s", reason && *reason ? reason : err_text(err));
}

int ctl_call_json(struct ctl *ctl, enum stmt stmt, struct args *args, json_t **ret) {
  PGresult *res = NULL;
  json_error_t fault;
  int code = ctl_call(ctl, stmt, args, &res);
  if (code)
    return code;
  json_t *value = NULL;
  if (cell_rows(res) > 0 && !cell_null(res, 0, 0)) {
    value = json_loads(cell_text(res, 0, 0), JSON_DECODE_ANY, &fault);
    if (!value)
      code = ctl_fail(ctl, EXIT_REFUSED, "the database's answer cannot be read: %s", fault.text);
  }
  PQclear(res);
  if (!code)
    *ret = value;
  return code;
}

/* ---------------------------------------------------------------- JSON */

int ctl_print_json(struct ctl *ctl, json_t *taken) {
  int err = taken ? json_dumpf(taken, ctl->out.out, JSON_INDENT(2) | JSON_ENCODE_ANY) : -1;
  json_decref(taken);
  if (err == 0 && fputc('\n', ctl->out.out) != EOF && fflush(ctl->out.out) == 0)
    return EXIT_DONE;
  return ctl_fail(ctl, EXIT_REFUSED, "cannot write the answer: %s", taken ? "standard output did not take it" : err_text(E_NOMEM));
}

const char *ctl_text(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

double ctl_number(const json_t *object, const char *key) {
  return json_number_value(json_object_get(object, key));
}

int64_t ctl_integer(const json_t *object, const char *key) {
  return json_integer_value(json_object_get(object, key));
}

bool ctl_has(const json_t *object, const char *key) {
  const json_t *value = json_object_get(object, key);
  return value && !json_is_null(value);
}

void ctl_local(const struct ctl *ctl, const json_t *object, const char *key, char *out, size_t cap) {
  int64_t ms;
  char text[WHEN_TEXT];
  if (result_parse_time(ctl_text(object, key), 0, &ms) < 0) {
    snprintf(out, cap, "never");
    return;
  }
  when_local(text, ctl->zone, ms);
  snprintf(out, cap, "%s", text);
}
