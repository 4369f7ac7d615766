/*
 * stepguardd: argv -> configuration -> loop -> database -> listeners -> run.
 *
 * One process, one thread, one loop. More capacity is more processes: they share nothing but PostgreSQL and the address
 * (SO_REUSEPORT, or sockets handed over by the service manager).
 *
 * Signals:  TERM, INT   stop politely: accept nobody, answer what was asked, then end; a second one ends at once
 *           HUP         read the configuration and certificates anew; when anything is wrong the old ones stay
 */
#include "base/conf.h"
#include "base/err.h"
#include "base/log.h"
#include "db/pool.h"
#include "enrol/enrol.h"
#include "loop/tls.h"
#include "office/office.h"
#include "pki/ca_client.h"
#include "pki/checks.h"
#include "student/student.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#define ALPN        "stepguard/1"
#define OFFICE_ALPN "http/1.1"

enum { REASON = 320, EXIT_USAGE = 2, EXIT_REFUSED = 3 };

struct daemon {
  const char *conf_path;
  bool with_student, with_enrol, with_office, reuse_port;
  const char *student_listen; /* from the command line, before the configuration's */
  struct conf *conf;
  struct loop *loop;
  struct pool *student_pool, *enrol_pool;
  struct ca_client *ca;
  struct student *student;
  struct enrol *enrol;
  struct office *office;
  bool stopping;
};

/* ---------------------------------------------------------------- command line */

static const char usage[] =
    "Usage: stepguardd [--config FILE] [--roles student,enrol,office] [--listen ADDRESS]\n"
    "\n"
    "The server that students' clients and the dean's office talk to. It runs in the foreground and logs to stderr.\n"
    "\n"
    "  --config FILE     configuration (default: $STEPGUARD_CONFIG, else " CONF_PATH_OF_PACKAGE ")\n"
    "  --roles LIST      ports to serve: student, enrol, office, or several; all unless given\n"
    "  --listen ADDRESS  address of the student port instead of the configuration's; several daemons may share it\n"
    "  --help, --version\n"
    "\n"
    "Examples:\n"
    "  stepguardd --config /etc/stepguard/stepguardd.conf\n"
    "  stepguardd --config dev.conf --roles student --listen 127.0.0.1:7443\n"
    "\n"
    "Exit codes: 0 stopped as asked, 2 usage, 3 could not start.\n";

static bool roles_parse(struct daemon *daemon, const char *list) {
  const struct {
    const char *name;
    bool *with;
  } roles[] = {{"student", &daemon->with_student}, {"enrol", &daemon->with_enrol}, {"office", &daemon->with_office}};
  enum { ROLE_NAMES = sizeof roles / sizeof *roles };
  for (size_t i = 0; i < ROLE_NAMES; i++)
    *roles[i].with = false;
  while (*list != '\0') {
    const size_t len = strcspn(list, ",");
    size_t i = 0;
    while (i < ROLE_NAMES && (strlen(roles[i].name) != len || strncmp(list, roles[i].name, len) != 0))
      i++;
    if (i == ROLE_NAMES)
      return false;
    *roles[i].with = true;
    list += len + (list[len] == ',');
  }
  return daemon->with_student || daemon->with_enrol || daemon->with_office;
}

/* The exit code when the program is to end here, else -1. */
static int arguments(struct daemon *daemon, int argc, char **argv) {
  static const struct option options[] = {{"config", required_argument, NULL, 'c'}, {"roles", required_argument, NULL, 'r'},
                                          {"listen", required_argument, NULL, 'l'}, {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'v'},      {NULL, 0, NULL, 0}};
  int option;
  daemon->conf_path = conf_path_default();
  daemon->with_student = daemon->with_enrol = daemon->with_office = true;
  while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
    switch (option) {
    case 'c': daemon->conf_path = optarg; break;
    case 'l':
      daemon->student_listen = optarg;
      daemon->reuse_port = true;
      break;
    case 'r':
      if (!roles_parse(daemon, optarg)) {
        fprintf(stderr, "stepguardd: --roles takes student, enrol and office, separated by commas, not \"%s\"\n", optarg);
        return EXIT_USAGE;
      }
      break;
    case 'h': fputs(usage, stdout); return 0;
    case 'v': puts("stepguardd " SG_VERSION); return 0;
    default: fputs("Try: stepguardd --help\n", stderr); return EXIT_USAGE;
    }
  }
  if (optind < argc || daemon->conf_path == NULL) {
    fprintf(stderr, optind < argc ? "stepguardd: unexpected argument\n" : "stepguardd: name a configuration with --config FILE\n");
    return EXIT_USAGE;
  }
  return -1;
}

/* ---------------------------------------------------------------- configuration */

static void conf_said(void *arg, const struct conf_finding *finding) {
  (void)arg;
  log_event(LOG_ERROR, NULL, "config", "file=%s line=%u key=%s reason=%s", log_value(finding->file), finding->line,
            log_value(finding->key), log_value(finding->reason));
}

static void conf_stays(void *arg, const char *key) {
  (void)arg;
  log_event(LOG_WARN, NULL, "config_needs_restart", "key=%s", key);
}

static struct tls *tls_made(const struct tls_options *options) {
  struct tls *tls = NULL;
  char reason[REASON] = "";
  if (tls_new(options, &tls, reason, sizeof reason) < 0)
    log_event(LOG_ERROR, NULL, "tls", "reason=%s", log_value(reason));
  return tls;
}

static struct tls *student_tls(const struct conf *conf) {
  return tls_made(&(struct tls_options){
      .certificate = conf->student_certificate, .key = conf->student_key, .client_ca = conf->client_ca, .alpn = ALPN});
}

static struct tls *enrol_tls(const struct conf *conf) {
  return tls_made(&(struct tls_options){.certificate = conf->enrol_certificate, .key = conf->enrol_key, .alpn = ALPN});
}

static struct tls *office_tls(const struct conf *conf) {
  return tls_made(&(struct tls_options){
      .certificate = conf->office_certificate, .key = conf->office_key, .alpn = OFFICE_ALPN, .alpn_optional = true});
}

static void reload_finish(struct daemon *daemon, struct conf *conf, struct tls *for_student, struct tls *for_enrol,
                          struct tls *for_office) {
  (void)conf_fixed_changes(daemon->conf, conf, conf_stays, NULL);
  if (daemon->student != NULL)
    student_reload(daemon->student, conf, for_student);
  if (daemon->enrol != NULL) {
    enrol_set_conf(daemon->enrol, conf);
    enrol_set_tls(daemon->enrol, for_enrol);
  }
  if (daemon->office != NULL)
    office_reload(daemon->office, conf, for_office);
  conf_unref(daemon->conf);
  daemon->conf = conf;
  log_set("stepguardd", (enum log_level)conf->log_level, STDERR_FILENO);
  log_event(LOG_INFO, NULL, "reloaded", "config=%s", log_value(daemon->conf_path));
}

static void reload(void *arg) {
  struct daemon *daemon = arg;
  sd_notify(0, "RELOADING=1");
  struct conf *conf = conf_load(daemon->conf_path, conf_said, NULL);
  struct tls *for_student = conf == NULL ? NULL : student_tls(conf);
  struct tls *for_enrol = conf == NULL ? NULL : enrol_tls(conf);
  struct tls *for_office = conf == NULL ? NULL : office_tls(conf);
  if (for_student != NULL && for_enrol != NULL && for_office != NULL) {
    reload_finish(daemon, conf, for_student, for_enrol, for_office);
  } else {
    log_event(LOG_ERROR, NULL, "reload_refused", "the running configuration stays");
    conf_unref(conf);
  }
  tls_unref(for_student);
  tls_unref(for_enrol);
  tls_unref(for_office);
  sd_notify(0, "READY=1");
}

/* ---------------------------------------------------------------- stopping */

/* End of every turn: has the last one gone? */
static void stop_when_idle(void *arg) {
  struct daemon *daemon = arg;
  bool busy = (daemon->student != NULL && student_busy(daemon->student)) || (daemon->enrol != NULL && enrol_busy(daemon->enrol)) ||
              (daemon->office != NULL && office_busy(daemon->office));
  if (daemon->stopping && !busy)
    loop_stop(daemon->loop);
}

static void stop(void *arg) {
  struct daemon *daemon = arg;
  if (daemon->stopping) {
    log_event(LOG_WARN, NULL, "stop_now", "second signal");
    loop_stop(daemon->loop);
    return;
  }
  daemon->stopping = true;
  log_event(LOG_INFO, NULL, "stopping", "grace_s=%d", daemon->conf->stop_grace_s);
  sd_notify(0, "STOPPING=1");
  if (daemon->student != NULL)
    student_stop(daemon->student);
  if (daemon->enrol != NULL)
    enrol_stop(daemon->enrol);
  if (daemon->office != NULL)
    office_stop(daemon->office);
}

/* ---------------------------------------------------------------- starting */

static void database_state(void *arg, bool ready) {
  struct daemon *daemon = arg;
  if (daemon->student != NULL)
    student_database(daemon->student, ready);
}

static void database_heard(void *arg, const char *channel, const char *payload) {
  struct daemon *daemon = arg;
  if (daemon->student != NULL)
    student_heard(daemon->student, channel, payload);
}

static int open_student(struct daemon *daemon, char *reason, size_t cap) {
  const struct pool_options options = {.url = daemon->conf->database_url,
                                       .role = ROLE_STUDENT,
                                       .connections = daemon->conf->database_connections,
                                       .deadline_ms = daemon->conf->database_deadline_ms,
                                       .channels = STUDENT_CHANNELS,
                                       .heard = database_heard,
                                       .state = database_state,
                                       .arg = daemon};
  struct tls *tls = student_tls(daemon->conf);
  int err = tls == NULL ? E_TLS : pool_new(daemon->loop, &options, &daemon->student_pool);
  if (err == E_OK) {
    const struct student_options student = {.loop = daemon->loop,
                                            .conf = daemon->conf,
                                            .tls = tls,
                                            .pool = daemon->student_pool,
                                            .ca = daemon->ca,
                                            .reuse_port = daemon->reuse_port};
    err = student_open(&student, &daemon->student, reason, cap);
  }
  tls_unref(tls);
  return err;
}

static int open_enrol(struct daemon *daemon, char *reason, size_t cap) {
  const struct pool_options options = {.url = daemon->conf->database_url,
                                       .role = ROLE_ENROL,
                                       .connections = 1, /* a class enrols in minutes; one connection spends 1 000 codes a second */
                                       .deadline_ms = daemon->conf->database_deadline_ms};
  struct tls *tls = enrol_tls(daemon->conf);
  int err = tls == NULL ? E_TLS : pool_new(daemon->loop, &options, &daemon->enrol_pool);
  if (err == E_OK) {
    const struct enrol_options enrol = {.conf = daemon->conf,
                                        .tls = tls,
                                        .pool = daemon->enrol_pool,
                                        .ca_client = daemon->ca,
                                        .reuse_port = daemon->reuse_port,
                                        .student_port = daemon->student == NULL ? (unsigned)daemon->conf->student_public_port
                                                                                : student_public_port(daemon->student)};
    err = enrol_open(daemon->loop, &enrol, &daemon->enrol, reason, cap);
  }
  tls_unref(tls);
  return err;
}

static int open_office(struct daemon *daemon, char *reason, size_t cap) {
  struct tls *tls = office_tls(daemon->conf);
  const struct office_options options = {.loop = daemon->loop, .conf = daemon->conf, .tls = tls, .reuse_port = daemon->reuse_port};
  const int err = tls == NULL ? E_TLS : office_open(&options, &daemon->office, reason, cap);
  tls_unref(tls);
  return err;
}

static void check_said(void *arg, const struct checks_finding *finding) {
  (void)arg;
  log_event(finding->fault ? LOG_ERROR : LOG_WARN, NULL, "check", "key=%s reason=%s", finding->key, log_value(finding->reason));
}

static int start(struct daemon *daemon, char *reason, size_t cap) {
  daemon->loop = loop_new();
  if (daemon->loop == NULL)
    return E_NOMEM;
  daemon->ca = ca_client_new(daemon->loop, daemon->conf->ca_socket);
  if (daemon->ca == NULL)
    return E_NOMEM;
  int err = daemon->with_student ? open_student(daemon, reason, cap) : E_OK;
  if (err == E_OK && daemon->with_enrol)
    err = open_enrol(daemon, reason, cap);
  if (err == E_OK && daemon->with_office)
    err = open_office(daemon, reason, cap);
  if (err < 0)
    return err;
  if (loop_signal(daemon->loop, SIGTERM, stop, daemon) < 0 || loop_signal(daemon->loop, SIGINT, stop, daemon) < 0 ||
      loop_signal(daemon->loop, SIGHUP, reload, daemon) < 0 || loop_after_turn(daemon->loop, LOOP_BURY, stop_when_idle, daemon) < 0)
    return E_SYSTEM;
  return E_OK;
}

/* Pools first: they still owe answers to requests of the ports. The office has its own. */
static void finish(struct daemon *daemon) {
  if (daemon->loop != NULL)
    loop_after_turn_cancel(daemon->loop, LOOP_BURY, stop_when_idle, daemon);
  pool_free(daemon->student_pool);
  pool_free(daemon->enrol_pool);
  student_free(daemon->student);
  enrol_free(daemon->enrol);
  office_free(daemon->office);
  ca_client_free(daemon->ca);
  loop_free(daemon->loop);
  conf_unref(daemon->conf);
}

int main(int argc, char **argv) {
  struct daemon daemon = {0};
  char reason[REASON] = "";
  int code = arguments(&daemon, argc, argv);
  if (code >= 0)
    return code;
  log_set("stepguardd", LOG_INFO, STDERR_FILENO);
  daemon.conf = conf_load(daemon.conf_path, conf_said, NULL);
  if (daemon.conf == NULL)
    return EXIT_REFUSED;
  log_set("stepguardd", (enum log_level)daemon.conf->log_level, STDERR_FILENO);
  checks_run(daemon.conf, check_said, NULL);
  int err = start(&daemon, reason, sizeof reason);
  if (err == E_OK) {
    log_event(LOG_INFO, NULL, "started", "version=%s student_port=%u enrol_port=%u office_port=%u", SG_VERSION,
              daemon.student == NULL ? 0 : student_port(daemon.student), daemon.enrol == NULL ? 0 : enrol_port(daemon.enrol),
              daemon.office == NULL ? 0 : office_port(daemon.office));
    sd_notify(0, "READY=1");
    err = loop_run(daemon.loop);
  } else {
    log_event(LOG_ERROR, NULL, "not_started", "err=%s reason=%s", err_name(err),
              log_value(reason[0] == '\0' ? err_text(err) : reason));
  }
  finish(&daemon);
  return err == E_OK ? 0 : EXIT_REFUSED;
}
