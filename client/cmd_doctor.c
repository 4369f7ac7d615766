/*
 * stepguard doctor: what could be wrong, looked at in the order in which one thing needs the other, each with what to do.
 *
 * A finding is a row: ok, worth a look, or wrong. What could not be looked at because something before it is wrong says so, since
 * a missing line reads like a good one. The exit code is 1 when something is wrong; a warning alone is none.
 */
#include "client/cmd.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
  CLOCK_OFF_MS = 5 * 60 * 1000, /* the server takes results that are dated a day ahead, but a person should know earlier */
  CERTIFICATE_LOW_DAYS = 14,    /* it renews itself with a month left; two weeks before the end something keeps it from it */
  SLOW_MS = 3000,
  STALE_DAYS = 14, /* a school calls a student silent after as long */
};

#define DAY_MS   INT64_C(86400000)
#define BUILT_MS INT64_C(1767225600000) /* 2026-01-01: no clock that is right shows less */

enum verdict { OK, LOOK, WRONG, UNKNOWN };

struct doctor {
  const struct app *app;
  struct table *table;
  json_t *checks;
  unsigned wrong;
};

static void PRINTF_LIKE(5, 6)
    found(struct doctor *doctor, const char *what, enum verdict verdict, const char *todo, const char *fmt, ...) {
  static const char *const words[] = {"ok", "look", "WRONG", "not known"};
  static const char *const shapes[] = {"✓", "!", "✗", "?"}, *const plain[] = {"+", "!", "x", "?"};
  char text[700], mark[24];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  doctor->wrong += verdict == WRONG;
  if (doctor->app->json) {
    json_array_append_new(doctor->checks, json_pack("{s:s, s:s, s:s, s:s}", "check", what, "verdict",
                                                    verdict == WRONG     ? "wrong"
                                                    : verdict == UNKNOWN ? "unknown"
                                                                         : words[verdict],
                                                    "text", text, "to_do", todo));
    return;
  }
  snprintf(mark, sizeof mark, "%s %s", (doctor->app->utf8 ? shapes : plain)[verdict], words[verdict]);
  size_t len = strlen(text);
  if (todo[0] != '\0')
    snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? " " : "", todo);
  table_cell(doctor->table, what);
  table_cell(doctor->table, mark);
  table_cell(doctor->table, text);
}

/* ---------------------------------------------------------------- this machine */

static void check_clock(struct doctor *doctor) {
  char now[SPEAK_TIME];
  int64_t ms = (int64_t)time(NULL) * 1000;
  format_time(now, ms);
  if (ms < BUILT_MS)
    found(doctor, "clock", WRONG, "Set the clock of this machine: results are dated by it.", "It shows %s.", now);
  else
    found(doctor, "clock", OK, "", "%s", now);
}

static void check_directory(struct doctor *doctor, const struct sg_about *about) {
  struct stat stat_of;
  static const char *const names[] = {"", "/device.key", "/outbox.db"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    char path[sizeof about->dir + 16];
    snprintf(path, sizeof path, "%s%s", about->dir, names[i]);
    if (stat(path, &stat_of) == 0 && (stat_of.st_mode & 077) != 0) {
      found(doctor, "state", WRONG,
            "If they may have read it, ask the school for a new code; else take the rights away with chmod.",
            "Other people on this machine can open %s.", path);
      return;
    }
  }
  found(doctor, "state", OK, "", "%s, for you alone; its database is whole.", about->dir);
}

static void check_results(struct doctor *doctor, const struct sg_about *about) {
  const struct sg_counts *counts = &about->counts;
  unsigned refused = counts->rejected + counts->conflict + counts->plans_rejected;
  int64_t silent_days = about->last_sync_ms > 0 ? ((int64_t)time(NULL) * 1000 - about->last_sync_ms) / DAY_MS : -1;
  if (refused > 0)
    found(doctor, "results", LOOK, "See: stepguard list --rejected, stepguard exam", "The school refused %u.", refused);
  else if (counts->queued > 0)
    found(doctor, "results", LOOK, "Run: stepguard sync", "%" PRIu32 " not sent yet.", counts->queued);
  else
    found(doctor, "results", OK, "", "%" PRIu32 " at the school, none waiting.", counts->acknowledged);
  if (silent_days >= STALE_DAYS)
    found(doctor, "last sync", LOOK, "Run: stepguard sync, or let it run by itself: stepguard sync --watch",
          "%" PRId64 " days ago.", silent_days);
}

static void check_certificate(struct doctor *doctor, const struct sg_about *about) {
  char until[SPEAK_TIME];
  int64_t left_ms = about->certificate_until_ms - (int64_t)time(NULL) * 1000;
  format_time(until, about->certificate_until_ms);
  if (left_ms <= 0)
    found(doctor, "certificate", WRONG, "Ask the school for a new code, then: stepguard enrol --replace", "It ended %s.", until);
  else if (left_ms < CERTIFICATE_LOW_DAYS * DAY_MS)
    found(doctor, "certificate", LOOK, "Run: stepguard sync, which renews it.", "It ends %s.", until);
  else
    found(doctor, "certificate", OK, "", "Good until %s; it renews itself.", until);
}

/* ---------------------------------------------------------------- the way to the school */

static const char *connect_advice(const struct sg_error *error) {
  return error->status == SG_UNTRUSTED ? "Do not go on in this network: something stands between you and the school."
                                       : "If other sites work, the school's server is down or a firewall keeps you from its port.";
}

static void check_server(struct doctor *doctor, const struct sg_probe *probe, const struct sg_about *about) {
  const char *error = probe->error.text;
  if (probe->step == SG_PROBE_NAME) {
    found(doctor, "network", WRONG, "Check the network, and whether other sites open.", "%s", error);
    found(doctor, "server", UNKNOWN, "", "Without a network it cannot be asked.");
    return;
  }
  found(doctor, "network", OK, "", "%s is %s.", about->server, probe->address);
  if (probe->step == SG_PROBE_CONNECT)
    found(doctor, "server", WRONG, connect_advice(&probe->error), "%s", error);
  else if (probe->step == SG_PROBE_HELLO)
    found(doctor, "server", WRONG, "", "%s", error);
  else
    found(doctor, "server", probe->took_ms > SLOW_MS ? LOOK : OK, "", "It knows this device; answered in %" PRIu32 " ms.",
          probe->took_ms);
  int64_t off_ms = probe->clock_off_ms < 0 ? -probe->clock_off_ms : probe->clock_off_ms;
  if (probe->step == SG_PROBE_DONE && off_ms > CLOCK_OFF_MS)
    found(doctor, "clock", WRONG, "Set the clock of this machine: results are dated by it.",
          "It is %" PRId64 " minutes %s the server's.", off_ms / 60000, probe->clock_off_ms < 0 ? "behind" : "ahead of");
}

static int doctor_look(struct app *app, struct doctor *doctor, bool offline) {
  struct sg_about about;
  struct sg_probe probe;
  struct sg_error error;
  if (sg_about(app->client, &about, &error) != SG_OK)
    return speak_error(app, &error);
  check_clock(doctor);
  check_directory(doctor, &about);
  check_results(doctor, &about);
  if (!about.enrolled) {
    found(doctor, "enrolment", WRONG, "Run: stepguard enrol", "This device is not enrolled, so nothing can be sent.");
  } else {
    check_certificate(doctor, &about);
    if (offline)
      found(doctor, "server", UNKNOWN, "", "Not asked (--offline).");
    else if (sg_probe(app->client, &probe, &error) == SG_OK)
      check_server(doctor, &probe, &about);
    else
      found(doctor, "server", WRONG, "", "%s", error.text);
  }
  return doctor->wrong > 0 ? EXIT_PROBLEMS : EXIT_DONE;
}

int cmd_doctor(struct app *app, int argc, char **argv) {
  static const char *const heads[] = {"CHECK", "", "WHAT"};
  bool offline = false;
  const struct option_row rows[] = {{"offline", NULL, "do not try to reach the school", .flag = &offline}};
  int code = options_read(app, rows, sizeof rows / sizeof rows[0], argc, argv, &argc);
  if (code != OPTIONS_GO_ON)
    return code;
  if (argc > 0)
    return usage_wrong(app, "\"%.60s\" is one argument too many.", argv[0]);
  code = app_open(app); /* says of the state directory, its lock and its database what is wrong with them */
  if (code != OPTIONS_GO_ON)
    return code;
  struct doctor doctor = {.app = app, .table = table_new(heads, sizeof heads / sizeof heads[0]), .checks = json_array()};
  code = doctor_look(app, &doctor, offline);
  if (app->json && json_array_size(doctor.checks) > 0)
    code = speak_json(json_pack("{s:b, s:O}", "good", doctor.wrong == 0, "checks", doctor.checks), code);
  else if (!app->json)
    table_print(doctor.table, app), doctor.table = NULL;
  table_free(doctor.table);
  json_decref(doctor.checks);
  return code;
}
