/*
 * Findings beside the configuration. Each is a sentence that says what to do.
 *
 * The certificate (ASVS 5.0, 12.2.2): `stepguardctl init` makes one of the school's own CA, with which everything works at once;
 * but a browser shows a warning, and people who learn to click it away would do so before anybody's server. So that it does not
 * stay by oversight it is said until another is there. What counts is whose key signed it, not how it is called.
 */
#include "pki/checks.h"

#include "base/breached.h"
#include "base/err.h"
#include "base/floor.h"
#include "loop/pem.h"

#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>

struct checks {
  void (*said)(void *arg, const struct checks_finding *finding);
  void *arg;
};

static void finding_say(const struct checks *checks, bool fault, const char *key, const char *fmt, ...) PRINTF_LIKE(4, 5);

static void finding_say(const struct checks *checks, bool fault, const char *key, const char *fmt, ...) {
  struct checks_finding finding = {.fault = fault, .key = key};
  va_list list;
  va_start(list, fmt);
  vsnprintf(finding.reason, sizeof finding.reason, fmt, list);
  va_end(list);
  checks->said(checks->arg, &finding);
}

static void breached_say(const struct checks *checks, const struct conf *conf) {
  char reason[BREACHED_REASON] = "";
  if (*conf->office_breached_passwords && breached_check(conf->office_breached_passwords, reason) < 0)
    finding_say(checks, true, "office.breached_passwords", "%.250s; nobody can choose a password until it can be read", reason);
}

/* Files that cannot be read are another's finding: the daemon does not start without them. */
static void certificate_say(const struct checks *checks, const struct conf *conf) {
  char reason[CHECKS_REASON];
  X509 *leaf = pem_certificate(conf->office_certificate, reason, sizeof reason);
  X509 *ca = leaf ? pem_certificate(conf->client_ca, reason, sizeof reason) : NULL;
  EVP_PKEY *key = ca ? X509_get0_pubkey(ca) : NULL;
  if (key && X509_verify(leaf, key) == 1)
    finding_say(checks, false, "office.certificate",
                "browsers do not know the school's own CA and warn; put a certificate of a public one here and in office.key");
  ERR_clear_error();
  X509_free(ca);
  X509_free(leaf);
}

static void floor_say(void *arg, const struct floor *floor, const char *installed) {
  finding_say(arg, false, floor->package, "%.60s is installed; since %s there is %s (%s): apt-get upgrade", installed, floor->day,
              floor->least, floor->source);
}

void checks_run(const struct conf *conf, void (*said)(void *arg, const struct checks_finding *finding), void *arg) {
  struct checks checks = {said, arg};
  breached_say(&checks, conf);
  certificate_say(&checks, conf);
  floor_look(FLOOR_STATUS, floor_say, &checks);
}
