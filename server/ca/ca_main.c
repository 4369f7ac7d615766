/*
 * stepguard-ca: the process that holds the school's CA key and can do nothing but sign device certificates.
 *
 * The daemon that faces the network does not have the key; whoever takes it over can ask here for certificates of this one
 * school, each of them logged, for as long as it holds the daemon, and takes no key away. So this program stays small: no
 * network, no database, one Unix socket, one template (pki/issuer.c). It makes itself unreadable to other processes of its
 * user before it reads the key; the rest of the fence (own user, no network namespace, read-only world) is the unit file's.
 *
 * HUP reads configuration and key anew, aside; only when all of it stands is it put in place of the old.
 */
#include "base/cli.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/log.h"
#include "ca/ca_server.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>

struct ca {
  const char *config;
  bool help, version;
  struct loop *loop;
  struct conf *conf;
  struct issuer *issuer;
  struct ca_server *server;
};

static const struct cli_option ca_options[] = {
    CLI_TEXT("config", "FILE", struct ca, config,
             "the configuration; by default that of STEPGUARD_CONFIG, else " CONF_PATH_OF_PACKAGE),
    CLI_FLAG("help", struct ca, help, "this text"),
    CLI_FLAG("version", struct ca, version, "the version"),
};
enum { CA_OPTIONS = sizeof ca_options / sizeof *ca_options };

/* ---- the fence that we can build ourselves ---- */

static int ca_hide(void) {
  const struct rlimit none = {0, 0};
  umask(S_IRWXG | S_IRWXO);
  /* No core with the key in it, no debugger and no reading of /proc/<pid>/mem by others of this user. */
  return setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0) == 0 ? 0 : E_SYSTEM;
}

static void ca_show(void) {
#ifdef __SANITIZE_ADDRESS__
  prctl(PR_SET_DUMPABLE, 1); /* the key is wiped by now, and the leak checker looks at the process from outside */
#endif
}

/* ---- configuration ---- */

static void ca_conf_found(void *arg, const struct conf_finding *finding) {
  (void)arg;
  log_event(LOG_ERROR, NULL, "configuration", "file=%s line=%u key=%s reason=%s", log_value(finding->file), finding->line,
            log_value(finding->key), log_value(finding->reason));
}

static int ca_read(const struct ca *ca, struct conf **ret_conf, struct issuer **ret_issuer) {
  char reason[512];
  struct conf *conf = conf_load(ca->config, ca_conf_found, NULL);
  if (!conf)
    return E_CONFIG;
  const struct issuer_options options = {.certificate = conf->ca_certificate,
                                         .key = conf->ca_key,
                                         .school_code = conf->school_code,
                                         .days_max = conf->certificate_days};
  const int err = issuer_load(&options, ret_issuer, reason, sizeof reason);
  if (err < 0) {
    log_event(LOG_ERROR, NULL, "key_not_loaded", "reason=%s", log_value(reason));
    conf_unref(conf);
    return err;
  }
  *ret_conf = conf;
  return 0;
}

/* ---- signals ---- */

static void ca_stop(void *arg) {
  const struct ca *ca = arg;
  sd_notify(0, "STOPPING=1");
  loop_stop(ca->loop); /* no answer is ever owed between two turns */
}

static void ca_reload(void *arg) {
  struct ca *ca = arg;
  struct conf *conf;
  struct issuer *issuer;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
  if (ca_read(ca, &conf, &issuer) == 0) {
    ca_server_set_issuer(ca->server, issuer);
    issuer_free(ca->issuer);
    conf_unref(ca->conf);
    ca->issuer = issuer;
    ca->conf = conf;
    log_event(LOG_INFO, NULL, "reloaded", "days=%d", conf->certificate_days);
  } else
    log_event(LOG_WARN, NULL, "not_reloaded", "kept=%s", log_value("the configuration and key from before"));
  sd_notify(0, "READY=1");
}

/* ---- life ---- */

static int ca_socket_handed_over(void) {
  const int n = sd_listen_fds(1);
  return n == 1 && fcntl(SD_LISTEN_FDS_START, F_SETFL, O_NONBLOCK) == 0 ? SD_LISTEN_FDS_START : -1;
}

static int ca_serve(struct ca *ca) {
  char reason[512];
  ca->loop = loop_new();
  if (!ca->loop || loop_signal(ca->loop, SIGTERM, ca_stop, ca) < 0 || loop_signal(ca->loop, SIGINT, ca_stop, ca) < 0 ||
      loop_signal(ca->loop, SIGHUP, ca_reload, ca) < 0) {
    log_event(LOG_ERROR, NULL, "not_started", "reason=%s", log_value(strerror(errno)));
    return E_SYSTEM;
  }
  int err = ca_server_open(ca->loop, ca->issuer, ca->conf->ca_socket, ca_socket_handed_over(), &ca->server, reason, sizeof reason);
  if (err < 0) {
    log_event(LOG_ERROR, NULL, "not_started", "reason=%s", log_value(reason));
    return err;
  }
  log_event(LOG_INFO, NULL, "started", "socket=%s school=%s", log_value(ca->conf->ca_socket), ca->conf->school_code);
  sd_notify(0, "READY=1\nSTATUS=signing");
  err = loop_run(ca->loop);
  log_event(LOG_INFO, NULL, "stopped", "clean=%s", err ? "no" : "yes");
  return err;
}

static int ca_help(void) {
  struct term term;
  term_init(&term, stdout);
  fprintf(term.out, "usage: stepguard-ca [--config FILE]\n\n");
  cli_help_lines(
      &term, 0,
      "Holds the key of the school's certificate authority and signs device certificates for stepguardd over a Unix socket. It is "
      "started by the service manager, and stays in the foreground. TERM stops it, HUP reads configuration and key anew.");
  cli_help_heading(&term, "Options");
  cli_help_options(&term, ca_options, CA_OPTIONS);
  cli_help_heading(&term, "Examples");
  cli_help_lines(&term, 2, "stepguard-ca --config /etc/stepguard/stepguardd.conf");
  return EXIT_DONE;
}

int main(int argc, char **argv) {
  struct ca ca = {0};
  const struct cli_set set = {ca_options, CA_OPTIONS, &ca};
  struct cli_words words;
  char reason[CLI_REASON];
  log_set("stepguard-ca", LOG_INFO, 2);
  cli_preset(&set);
  if (cli_parse(&set, 1, argc, argv, 1, false, &words, reason) < 0 || !cli_words_fit(&words, 0, 0, "nothing but options", reason)) {
    fprintf(stderr, "stepguard-ca: %s (--help tells more)\n", reason);
    return EXIT_USAGE;
  }
  if (ca.help)
    return ca_help();
  if (ca.version)
    return printf("stepguard-ca %s\n", SG_VERSION) < 0 ? EXIT_PROBLEMS : EXIT_DONE;
  if (!ca.config && !(ca.config = conf_path_default()))
    ca.config = CONF_PATH_OF_PACKAGE;

  int err = ca_hide();
  if (!err)
    err = ca_read(&ca, &ca.conf, &ca.issuer);
  if (!err) {
    log_set("stepguard-ca", (enum log_level)ca.conf->log_level, 2);
    err = ca_serve(&ca);
  }
  ca_server_free(ca.server);
  loop_free(ca.loop);
  issuer_free(ca.issuer);
  conf_unref(ca.conf);
  ca_show();
  return err ? EXIT_PROBLEMS : EXIT_DONE;
}
