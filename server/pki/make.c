/*
 * The school's CA and the server's certificate, made once by `stepguardctl init`.
 *
 * Key and certificate are two files and cannot appear in one step. The certificate is written last and its presence is what
 * counts as done: a crash between the two leaves a key nobody has trusted yet, and the next run says so by its name rather
 * than overwriting what may be the only copy of something.
 */
#include "pki/make.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "loop/pem.h"
#include "pki/cert_build.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)

enum {
  MAKE_CA_DAYS = 3653,
  MAKE_SERVER_DAYS = 365,
  MAKE_BACKDATE_MS = 5 * 60 * 1000, /* clients whose clock is a little behind */
  MAKE_ORGANIZATION_BYTES = 64,     /* X.520: ub-organization-name; a longer one is left out, for nobody reads it */
  MAKE_NAMES_MAX = 32,
  MAKE_NAME_CHARS = 253, /* of a DNS name */
  MAKE_SAN_CHARS = MAKE_NAMES_MAX * (MAKE_NAME_CHARS + 5),
};

/* ---- files ---- */

static int make_explain(int err, char *reason, size_t cap, const char *what) {
  const char *why = ERR_reason_error_string(ERR_peek_last_error());
  snprintf(reason, cap, "%s%s%s", what, why ? ": " : "", why ? why : "");
  ERR_clear_error();
  return err;
}

static int make_refuse_existing(const char *path, char *reason, size_t cap) {
  if (access(path, F_OK) != 0)
    return 0;
  snprintf(reason, cap, "%s is there already; it is never overwritten. Move it away first if it is really not needed any more",
           path);
  return E_CONFIG;
}

static int make_write(const char *path, BIO *pem, mode_t mode, char *reason, size_t cap) {
  char why[FILE_REASON] = "";
  char *bytes;
  const long len = BIO_get_mem_data(pem, &bytes);
  const int err = file_write(path, bytes, (size_t)len, mode, true, why);
  if (err < 0) {
    snprintf(reason, cap, "%s", why);
    return E_CONFIG;
  }
  return 0;
}

/* Key first, certificate (and the CA's after it, where there is one) second. */
static int make_write_pair(const char *key_path, EVP_PKEY *key, const char *cert_path, X509 *cert, X509 *ca, char *reason,
                           size_t cap) {
  int err = E_NOMEM;
  BIO *key_pem = BIO_new(BIO_s_secmem()), *cert_pem = BIO_new(BIO_s_mem());
  if (!key_pem || !cert_pem || PEM_write_bio_PKCS8PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL) != 1 ||
      PEM_write_bio_X509(cert_pem, cert) != 1 || (ca && PEM_write_bio_X509(cert_pem, ca) != 1)) {
    err = make_explain(E_TLS, reason, cap, "PEM cannot be written");
    goto fail;
  }
  if ((err = make_write(key_path, key_pem, S_IRUSR | S_IWUSR, reason, cap)) < 0)
    goto fail;
  err = make_write(cert_path, cert_pem, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH, reason, cap);
fail:
  BIO_free(key_pem);
  BIO_free(cert_pem);
  return err;
}

/* ---- plans ---- */

static int make_plan(struct cert_plan *plan, int days, char *reason, size_t cap) {
  const int64_t now_ms = clock_wall_ms();
  plan->not_before_ms = now_ms - MAKE_BACKDATE_MS;
  plan->not_after_ms = now_ms + days * DAY_MS;
  plan->key = EVP_EC_gen("P-256");
  return plan->key && names_serial_make(plan->serial) == 0 ? 0 : make_explain(E_TLS, reason, cap, "no key could be made");
}

int pki_make_ca(const struct pki_ca_options *options, char *reason, size_t reason_cap) {
  static const struct cert_extension extensions[] = {
      {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
      {NID_key_usage, "critical,keyCertSign,cRLSign"},
      {NID_subject_key_identifier, "hash"},
      {NID_authority_key_identifier, "keyid:always"},
  };
  struct cert_plan plan = {.organization = strlen(options->school_name) <= MAKE_ORGANIZATION_BYTES ? options->school_name : NULL,
                           .extensions = extensions,
                           .extensions_n = sizeof extensions / sizeof *extensions};
  char common_name[65];
  X509 *cert = NULL;
  ERR_clear_error();
  if (!names_school_ok(options->school_code)) {
    snprintf(reason, reason_cap, "%s: not a school code (a-z, 0-9, -)", options->school_code);
    return E_INVALID;
  }
  snprintf(common_name, sizeof common_name, "Stepguard CA of %s", options->school_code);
  plan.common_name = common_name;
  int err = make_refuse_existing(options->certificate, reason, reason_cap);
  if (!err)
    err = make_refuse_existing(options->key, reason, reason_cap);
  if (!err)
    err = make_plan(&plan, options->days > 0 ? options->days : MAKE_CA_DAYS, reason, reason_cap);
  plan.ca_key = plan.key;
  if (!err && !(cert = cert_build(&plan)))
    err = make_explain(E_TLS, reason, reason_cap, "the CA certificate could not be made");
  if (!err)
    err = make_write_pair(options->key, plan.key, options->certificate, cert, NULL, reason, reason_cap);
  X509_free(cert);
  EVP_PKEY_free(plan.key);
  return err;
}

/* ---- the server ---- */

static bool make_is_address(const char *name) {
  uint8_t binary[sizeof(struct in6_addr)];
  return inet_pton(AF_INET, name, binary) == 1 || inet_pton(AF_INET6, name, binary) == 1;
}

static bool make_is_dns_name(const char *name) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
  const size_t len = strlen(name);
  return len > 0 && len <= MAKE_NAME_CHARS && strspn(name, letters) == len && name[0] != '-' && name[0] != '.';
}

static int make_san(const char *const *names, char ret[MAKE_SAN_CHARS], char *reason, size_t cap) {
  size_t at = 0;
  for (size_t i = 0; names[i]; i++) {
    const bool address = make_is_address(names[i]);
    if (i == MAKE_NAMES_MAX || !(address || make_is_dns_name(names[i]))) {
      snprintf(reason, cap, "%.64s: neither a DNS name nor an IP address, or one too many", names[i]);
      return E_INVALID;
    }
    at += (size_t)snprintf(ret + at, MAKE_SAN_CHARS - at, "%s%s:%s", i ? "," : "", address ? "IP" : "DNS", names[i]);
  }
  if (at > 0)
    return 0;
  snprintf(reason, cap, "a server certificate needs the name or address that clients will use");
  return E_INVALID;
}

int pki_make_server(const struct pki_server_options *options, char *reason, size_t reason_cap) {
  char san[MAKE_SAN_CHARS];
  const struct cert_extension extensions[] = {
      {NID_basic_constraints, "critical,CA:FALSE"},
      {NID_key_usage, "critical,digitalSignature"},
      {NID_ext_key_usage, "serverAuth"},
      {NID_subject_key_identifier, "hash"},
      {NID_authority_key_identifier, "keyid:always"},
      {NID_subject_alt_name, san},
  };
  struct cert_plan plan = {.extensions = extensions, .extensions_n = sizeof extensions / sizeof *extensions};
  char common_name[65];
  X509 *cert = NULL;
  ERR_clear_error();
  int err = make_san(options->names, san, reason, reason_cap);
  if (!err)
    err = make_refuse_existing(options->certificate, reason, reason_cap);
  if (!err)
    err = make_refuse_existing(options->key, reason, reason_cap);
  if (!err && (!(plan.ca = pem_certificate(options->ca_certificate, reason, reason_cap)) ||
               !(plan.ca_key = pem_key(options->ca_key, reason, reason_cap))))
    err = E_CONFIG;
  if (!err)
    err = make_plan(&plan, options->days > 0 ? options->days : MAKE_SERVER_DAYS, reason, reason_cap);
  if (!err) {
    snprintf(common_name, sizeof common_name, "%.64s", options->names[0]);
    plan.common_name = common_name;
    if (X509_check_private_key(plan.ca, plan.ca_key) != 1 || !(cert = cert_build(&plan)))
      err = make_explain(E_TLS, reason, reason_cap, "the server certificate could not be signed");
  }
  if (!err)
    err = make_write_pair(options->key, plan.key, options->certificate, cert, plan.ca, reason, reason_cap);
  X509_free(cert);
  X509_free(plan.ca);
  EVP_PKEY_free(plan.ca_key);
  EVP_PKEY_free(plan.key);
  return err;
}

int pki_fingerprint(const char *certificate, uint8_t ret[32], char *reason, size_t reason_cap) {
  unsigned len = 0;
  uint8_t digest[EVP_MAX_MD_SIZE];
  X509 *cert = pem_certificate(certificate, reason, reason_cap);
  if (!cert)
    return E_CONFIG;
  const bool fine = X509_digest(cert, EVP_sha256(), digest, &len) == 1 && len == 32;
  X509_free(cert);
  if (!fine)
    return make_explain(E_TLS, reason, reason_cap, "the fingerprint could not be computed");
  memcpy(ret, digest, 32);
  return 0;
}

int pki_not_after(const char *certificate, int64_t *ret_ms, char *reason, size_t reason_cap) {
  X509 *cert = pem_certificate(certificate, reason, reason_cap);
  struct tm end;
  if (!cert)
    return E_CONFIG;
  const bool fine = ASN1_TIME_to_tm(X509_get0_notAfter(cert), &end) == 1;
  X509_free(cert);
  if (!fine)
    return make_explain(E_TLS, reason, reason_cap, "the certificate's end could not be read");
  *ret_ms = (int64_t)timegm(&end) * 1000;
  return 0;
}
