/*
 * doctor: whether everything is as it should be on this machine, each thing a line with a verdict and, where it is not well, a
 * remedy: configuration, keys, certificates, what is linked, disk, units, the CA's socket, and the database with what it says of
 * itself and of the school's work (sql/api/doctor.sql, the same sentences that the office's page of health shows).
 *
 * One thing that is wrong hides no other: what cannot be looked at because of it says so. A warning is no failure, so that this can
 * be run by a monitor: the exit code is 1 when something fails.
 *
 * Rejected: asking systemctl and ss (other programs, with output made for people); judging the daemon's speed (/metrics is for
 * that).
 */
#include "ctl/ctl.h"

#include "base/err.h"
#include "base/table.h"
#include "db/cells.h"
#include "loop/pem.h"
#include "pki/checks.h"

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

enum {
  CERTIFICATE_WARN_DAYS = 30, /* one takes a week to get, and people are away for two */
  CERTIFICATE_FAIL_DAYS = 7,
  DISK_WARN_PERCENT = 10,
  DISK_FAIL_PERCENT = 2,
  CLOCK_FAIL_MS = 60 * 1000, /* signatures and deadlines bear less than people do */
  CLOCK_WARN_MS = 5 * 1000,
  DAY_S = 24 * 60 * 60,
  OTHERS_RWX = 077,
};

enum verdict { OK, WARN, FAIL, VERDICTS };

static const struct {
  const char *name, *shape, *shape_ascii;
  enum term_style style;
} verdicts[VERDICTS] = {{"ok", "✓", "+", STYLE_GREEN}, {"warn", "!", "!", STYLE_YELLOW}, {"fail", "✗", "x", STYLE_RED}};

struct doctor {
  struct ctl *ctl;
  json_t *checks;
  struct table *table;
  enum verdict worst;
};

static void found(struct doctor *doctor, const char *check, enum verdict verdict, const char *remedy, const char *fmt, ...)
    PRINTF_LIKE(5, 6);

static void found(struct doctor *doctor, const char *check, enum verdict verdict, const char *remedy, const char *fmt, ...) {
  const bool ascii = doctor->ctl->out.ascii;
  char sentence[600];
  va_list list;
  va_start(list, fmt);
  vsnprintf(sentence, sizeof sentence, fmt, list);
  va_end(list);
  if (verdict == OK)
    remedy = "";
  if (verdict > doctor->worst)
    doctor->worst = verdict;
  json_array_append_new(doctor->checks, json_pack("{s:s,s:s,s:s,s:s}", "check", check, "state", verdicts[verdict].name, "sentence",
                                                  sentence, "remedy", remedy));
  table_cellf(doctor->table, verdicts[verdict].style, "%s %s", ascii ? verdicts[verdict].shape_ascii : verdicts[verdict].shape,
              verdicts[verdict].name);
  table_cell(doctor->table, STYLE_BOLD, check);
  table_cell(doctor->table, STYLE_PLAIN, sentence);
  if (*remedy)
    table_note(doctor->table, STYLE_PLAIN, ascii ? "       -> " : "       → ", remedy);
}

/* ---------------------------------------------------------------- configuration */

static void conf_found(void *arg, const struct conf_finding *finding) {
  found(arg, "configuration", FAIL, "stepguardctl check-config --list says what may stand there.", "%s:%u: %s%s%s", finding->file,
        finding->line, finding->key, *finding->key ? " " : "", finding->reason);
}

static void beside_found(void *arg, const struct checks_finding *finding) {
  found(arg, finding->key, finding->fault ? FAIL : WARN, "", "%s", finding->reason);
}

static void configuration_look(struct doctor *doctor) {
  struct ctl *ctl = doctor->ctl;
  struct stat file;
  if (!ctl->global.config) {
    found(doctor, "configuration", FAIL, "Give --config FILE, or set STEPGUARD_CONFIG.", "Which configuration?");
    return;
  }
  ctl->conf = conf_load(ctl->global.config, conf_found, doctor);
  if (!ctl->conf)
    return;
  if (stat(ctl->global.config, &file) == 0 && (file.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    found(doctor, "configuration", FAIL, "Take the right away: chmod go-w.", "%s can be written by others than its owner.",
          ctl->global.config);
  else
    found(doctor, "configuration", OK, "", "%s: school \"%s\", zone %s.", ctl->global.config, ctl->conf->school_code,
          ctl->conf->zone);
  const size_t before = json_array_size(doctor->checks);
  checks_run(ctl->conf, beside_found, doctor);
  if (json_array_size(doctor->checks) == before)
    found(doctor, "libraries", OK, "", "None is older than what this release knows to be sound.");
}

/* ---------------------------------------------------------------- keys and certificates */

/* A secret of one program: closed to everybody but its owner. */
static void secret_look(struct doctor *doctor, const char *check, const char *path, const char *missing) {
  struct stat file;
  if (conf_is_credential(path)) {
    found(doctor, check, WARN, "Ask again where it is handed over from, or look at the unit's LoadCredential=.",
          "%s is handed over by the service manager and cannot be looked at here.", path);
  } else if (stat(path, &file) != 0) {
    const bool denied = errno == EACCES;
    found(doctor, check, denied ? WARN : FAIL, denied ? "Run this as root." : missing, "%s: %s.", path, strerror(errno));
  } else if ((file.st_mode & OTHERS_RWX) != 0) {
    found(doctor, check, FAIL, "If they may have read it, it has to be made anew; else: chmod 600.",
          "Others than its owner can open %s.", path);
  } else {
    found(doctor, check, OK, "", "%s is its owner's alone.", path);
  }
}

static void certificate_look(struct doctor *doctor, const char *check, const char *path) {
  char reason[CHECKS_REASON] = "", end[32] = "";
  int days = 0, seconds = 0;
  struct tm until;
  X509 *certificate = pem_certificate(path, reason, sizeof reason);
  if (!certificate) {
    found(doctor, check, FAIL, "stepguardctl init makes what is missing.", "%s", reason);
    return;
  }
  const ASN1_TIME *after = X509_get0_notAfter(certificate);
  if (ASN1_TIME_diff(&days, &seconds, NULL, after) == 1 && ASN1_TIME_to_tm(after, &until) == 1)
    strftime(end, sizeof end, "%Y-%m-%d", &until);
  const enum verdict verdict = days < CERTIFICATE_FAIL_DAYS ? FAIL : days < CERTIFICATE_WARN_DAYS ? WARN : OK;
  found(doctor, check, verdict, "Put a new one in its place and send the daemon SIGHUP.",
        days < 0 || seconds < 0 ? "%s ended on %s." : "%s is good until %s.", path, end);
  X509_free(certificate);
}

/* A pair that does not belong together stops the daemon; said where the key may be read at all. */
static void pair_look(struct doctor *doctor, const char *check, const char *certificate_path, const char *key_path) {
  char reason[CHECKS_REASON];
  X509 *certificate = pem_certificate(certificate_path, reason, sizeof reason);
  EVP_PKEY *key = certificate && !conf_is_credential(key_path) ? pem_key(key_path, reason, sizeof reason) : NULL;
  if (key && X509_check_private_key(certificate, key) != 1)
    found(doctor, check, FAIL, "Put back the one that belongs to the other.", "%s is not the key of %s.", key_path,
          certificate_path);
  ERR_clear_error();
  EVP_PKEY_free(key);
  X509_free(certificate);
}

static void keys_look(struct doctor *doctor) {
  static const char made[] = "stepguardctl init makes what is missing.";
  const struct conf *conf = doctor->ctl->conf;
  const struct {
    const char *name, *key_name, *certificate, *key;
  } pairs[] = {{"ca.certificate", "ca.key", conf->ca_certificate, conf->ca_key},
               {"student.certificate", "student.key", conf->student_certificate, conf->student_key},
               {"enrol.certificate", "enrol.key", conf->enrol_certificate, conf->enrol_key},
               {"office.certificate", "office.key", conf->office_certificate, conf->office_key}};
  enum { PAIRS = sizeof pairs / sizeof *pairs, OWN = 2 /* the others may be the student port's */ };
  for (size_t i = 0; i < PAIRS; i++) {
    if (i < OWN || strcmp(pairs[i].certificate, conf->student_certificate) != 0)
      certificate_look(doctor, pairs[i].name, pairs[i].certificate);
    if (i < OWN || strcmp(pairs[i].key, conf->student_key) != 0)
      secret_look(doctor, pairs[i].key_name, pairs[i].key, made);
    pair_look(doctor, pairs[i].key_name, pairs[i].certificate, pairs[i].key);
  }
  secret_look(doctor, "office.secrets_key", conf->office_secrets_key, made);
  if (*conf->oidc_client_secret_file)
    secret_look(doctor, "oidc.client_secret_file", conf->oidc_client_secret_file, "The identity provider's people have it.");
  if (*conf->mail_password_file)
    secret_look(doctor, "mail.password_file", conf->mail_password_file, "The mail server's people have it.");
}

/* ---------------------------------------------------------------- this machine */

static void disk_look(struct doctor *doctor, const char *check, const char *directory) {
  struct statvfs disk;
  if (statvfs(directory, &disk) != 0) {
    found(doctor, check, errno == ENOENT || errno == EACCES ? WARN : FAIL, "Run this as root, or make it; the unit does.",
          "%s: %s.", directory, strerror(errno));
    return;
  }
  const uint64_t all = disk.f_blocks > 0 ? disk.f_blocks : 1, free_percent = disk.f_bavail * 100 / all;
  const enum verdict verdict = free_percent < DISK_FAIL_PERCENT ? FAIL : free_percent < DISK_WARN_PERCENT ? WARN : OK;
  found(doctor, check, verdict, "Make room before it is full: what cannot be written is not acknowledged.",
        "%s: %" PRIu64 " %% are free, %" PRIu64 " MB.", directory, free_percent, (uint64_t)disk.f_bavail * disk.f_frsize >> 20);
}

static bool matches(const char *pattern) {
  glob_t paths;
  const bool some = glob(pattern, GLOB_NOSORT, NULL, &paths) == 0;
  globfree(&paths);
  return some;
}

static bool unit_in(const char *const folders[], size_t n, const char *unit) {
  char path[200];
  for (size_t i = 0; i < n; i++) {
    snprintf(path, sizeof path, "%s/%s", folders[i], unit);
    if (matches(path))
      return true;
  }
  return false;
}

static void units_look(struct doctor *doctor) {
  static const char *const installed[] = {"/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"};
  static const char *const enabled[] = {"/etc/systemd/system/*.wants"};
  static const struct {
    const char *file, *instance;
  } units[] = {{"stepguard-ca.socket", "stepguard-ca.socket"},
               {"stepguardd@.service", "stepguardd@*.service"},
               {"stepguard-report.timer", "stepguard-report.timer"},
               {"stepguard-send.timer", "stepguard-send.timer"}};
  if (!matches("/run/systemd/system")) {
    found(doctor, "units", OK, "", "No systemd runs here; whatever starts the programs is not looked at.");
    return;
  }
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    char remedy[120];
    const bool there = unit_in(installed, sizeof installed / sizeof *installed, units[i].file);
    const bool starts = there && unit_in(enabled, sizeof enabled / sizeof *enabled, units[i].instance);
    snprintf(remedy, sizeof remedy, there ? "systemctl enable --now %s" : "The package stepguard-server brings %s.",
             strcmp(units[i].file, "stepguardd@.service") == 0 && there ? "stepguardd@1" : units[i].file);
    found(doctor, "units", starts ? OK : WARN, remedy, "%s %s.", units[i].file,
          starts  ? "starts with the machine"
          : there ? "is there, and does not start with the machine"
                  : "is not installed");
  }
}

static void ca_look(struct doctor *doctor) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *path = doctor->ctl->conf->ca_socket;
  if (strlen(path) >= sizeof address.sun_path) {
    found(doctor, "ca.socket", FAIL, "Choose a shorter one.", "%s is too long for the path of a socket.", path);
    return;
  }
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool answers = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
  const int why = errno;
  if (fd >= 0)
    close(fd);
  if (answers)
    found(doctor, "ca.socket", OK, "", "stepguard-ca can be reached at %s.", path);
  else
    found(doctor, "ca.socket", why == EACCES ? WARN : FAIL,
          why == EACCES ? "Run this as root." : "Start it: systemctl enable --now stepguard-ca.socket", "%s: %s.", path,
          strerror(why));
}

/* ---------------------------------------------------------------- the database */

static void clock_look(struct doctor *doctor, double database_ms) {
  const double off_ms = (double)clock_wall_ms() - database_ms, away_ms = off_ms < 0 ? -off_ms : off_ms;
  const enum verdict verdict = away_ms > CLOCK_FAIL_MS ? FAIL : away_ms > CLOCK_WARN_MS ? WARN : OK;
  found(doctor, "clock", verdict, "Let both machines take their time from the same place (chrony).", "%.0f s %s the database's.",
        away_ms / 1000, off_ms < 0 ? "behind" : "ahead of");
}

static enum verdict verdict_of(const char *name) {
  for (enum verdict verdict = OK; verdict < VERDICTS; verdict++)
    if (strcmp(verdicts[verdict].name, name) == 0)
      return verdict;
  return FAIL;
}

static void answer_look(struct doctor *doctor, const char *text) {
  size_t i;
  json_t *item, *answer = json_loads(text, 0, NULL);
  clock_look(doctor, ctl_number(answer, "now"));
  json_array_foreach(json_object_get(answer, "items"), i, item) {
    found(doctor, ctl_text(item, "check"), verdict_of(ctl_text(item, "state")), ctl_text(item, "remedy"), "%s",
          ctl_text(item, "sentence"));
  }
  json_decref(answer);
}

/* Opening it looks at durability and schema already (db/setup.c), and refuses. */
static void database_look(struct doctor *doctor) {
  struct ctl *ctl = doctor->ctl;
  char reason[400] = "";
  struct args args;
  PGresult *res = NULL;
  const int err = dbsync_open(ctl->conf->database_url, ROLE_OPERATOR, &ctl->db, reason, sizeof reason);
  if (err) {
    found(doctor, "database", FAIL,
          err == E_UNSAFE ? "Mend what the sentence names; until then nothing is acknowledged."
                          : "See whether PostgreSQL runs, and whether its ident map lets this user be sg_operator.",
          "%s", *reason ? reason : err_text(err));
    return;
  }
  args_init(&args, 1024);
  args_text(&args, ctl->conf->school_code);
  if (dbsync_call(ctl->db, STMT_DOCTOR, &args, &res) < 0)
    found(doctor, "database", FAIL, "stepguardctl migrate, then stepguardctl init.", "%s", dbsync_reason(ctl->db));
  else
    answer_look(doctor, cell_text(res, 0, 0));
  PQclear(res);
}

/* ---------------------------------------------------------------- the command */

static int doctor_say(struct doctor *doctor) {
  struct ctl *ctl = doctor->ctl;
  if (ctl->global.json)
    return ctl_print_json(ctl, json_pack("{s:s,s:O}", "state", verdicts[doctor->worst].name, "checks", doctor->checks));
  return table_print(doctor->table, &ctl->out) ? ctl_fail(ctl, EXIT_REFUSED, "out of memory") : EXIT_DONE;
}

static int doctor_run(struct ctl *ctl, const void *given, const struct cli_words *words) {
  static const struct table_column columns[] = {{.title = "state"}, {.title = "check"}, {.title = "what", .wraps = true}};
  struct doctor doctor = {.ctl = ctl, .checks = json_array(), .table = table_new(columns, sizeof columns / sizeof *columns)};
  (void)given;
  (void)words;
  if (!doctor.checks || !doctor.table) {
    json_decref(doctor.checks);
    table_free(doctor.table);
    return ctl_fail(ctl, EXIT_REFUSED, "out of memory");
  }
  configuration_look(&doctor);
  if (ctl->conf) {
    keys_look(&doctor);
    disk_look(&doctor, "disk", ctl->conf->report_directory);
    ca_look(&doctor);
    database_look(&doctor);
  }
  units_look(&doctor);
  const int code = doctor_say(&doctor);
  table_free(doctor.table);
  json_decref(doctor.checks);
  return code ? code : doctor.worst == FAIL ? EXIT_PROBLEMS : EXIT_DONE;
}

const struct ctl_command ctl_doctor = {
    .name = "doctor",
    .words = "",
    .summary = "is everything well on this machine? each thing with a remedy",
    .text =
        "Looks at configuration, keys and their modes, the ends of certificates, libraries with known holes, disk space, units, "
        "the "
        "CA's socket, clocks, and the database: whether it can lose what it acknowledges, its schema, the rights of each role, and "
        "whether the school's work is done. Changes nothing. A warning is no failure.",
    .examples = "stepguardctl doctor\nstepguardctl doctor --json",
    .run = doctor_run,
};
