/*
 * What the CA signs.
 *
 * The daemon asks, but is not believed: it faces the network, and this is the line behind it. Whatever it says, what leaves
 * here is a client certificate for a device of this one school, with a key that passes the policy, for no longer than the
 * configuration allows and not beyond the CA's own end. The checks are a list; the extensions are a table; both are short
 * enough to be read whole.
 */
#include "pki/issuer.h"

#include "base/err.h"
#include "loop/pem.h"
#include "pki/cert_build.h"

#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)

enum {
  /* The clocks of database and CA may differ, and a certificate is dated back a little for the client's sake. */
  ISSUER_CLOCK_MS = 10 * 60 * 1000,
  ISSUER_COMMON_NAME = 64, /* X.520: ub-common-name */
};

struct issuer {
  X509 *certificate;
  EVP_PKEY *key;
  char school_code[NAMES_SCHOOL_CHARS + 1];
  int64_t life_max_ms, end_ms;
};

/* ---- the checks ---- */

struct asked {
  const struct issuer *issuer;
  const struct ca_request *request;
  int64_t now_ms;
};

static bool issuer_school_is_ours(const struct asked *asked) {
  return names_school_ok(asked->request->school_code) && strcmp(asked->request->school_code, asked->issuer->school_code) == 0;
}

static bool issuer_names_a_device(const struct asked *asked) {
  return asked->request->student_id > 0 && asked->request->device_id > 0;
}

static bool issuer_serial_has_full_length(const struct asked *asked) {
  return asked->request->serial[0] >= 0x01 && asked->request->serial[0] <= 0x7f;
}

static bool issuer_time_is_bounded(const struct asked *asked) {
  const struct ca_request *r = asked->request;
  return r->not_before_ms > 0 && r->not_before_ms <= asked->now_ms + ISSUER_CLOCK_MS && r->not_after_ms > asked->now_ms &&
         r->not_after_ms <= asked->issuer->end_ms &&
         r->not_after_ms - r->not_before_ms <= asked->issuer->life_max_ms + 2 * ISSUER_CLOCK_MS;
}

static bool issuer_key_is_good(const struct asked *asked) {
  return csr_key_refusal(asked->request->spki, asked->request->spki_len) == NULL;
}

/* clang-format off */
static const struct {
  bool (*fine)(const struct asked *asked);
  const char *refusal;
} issuer_checks[] = {
  {issuer_school_is_ours,         "not the school this CA signs for"},
  {issuer_names_a_device,         "no student or device"},
  {issuer_serial_has_full_length, "serial is negative or does not fill its 16 bytes"},
  {issuer_time_is_bounded,        "valid too long, from the future, past, or beyond the CA's own end"},
  {issuer_key_is_good,            "the key is not one that the policy takes"},
};
/* clang-format on */

/* ---- signing ---- */

static X509 *issuer_build(const struct issuer *issuer, const struct ca_request *request, EVP_PKEY *key) {
  char uri[4 + NAMES_URI_CHARS + 1] = "URI:", common_name[ISSUER_COMMON_NAME + 1];
  names_format(uri + 4, request->school_code, request->student_id, request->device_id);
  snprintf(common_name, sizeof common_name, "student %" PRId64 " device %" PRId64, request->student_id, request->device_id);
  const struct cert_extension extensions[] = {
      {NID_basic_constraints, "critical,CA:FALSE"},
      {NID_key_usage, "critical,digitalSignature"},
      {NID_ext_key_usage, "clientAuth"},
      {NID_subject_key_identifier, "hash"},
      {NID_authority_key_identifier, "keyid:always"},
      {NID_subject_alt_name, uri},
  };
  struct cert_plan plan = {.common_name = common_name,
                           .not_before_ms = request->not_before_ms,
                           .not_after_ms = request->not_after_ms,
                           .key = key,
                           .ca = issuer->certificate,
                           .ca_key = issuer->key,
                           .extensions = extensions,
                           .extensions_n = sizeof extensions / sizeof *extensions};
  memcpy(plan.serial, request->serial, sizeof plan.serial);
  return cert_build(&plan);
}

int issuer_sign(const struct issuer *issuer, const struct ca_request *request, int64_t now_ms, uint8_t **ret_der, size_t *ret_len,
                const char **ret_refusal) {
  const struct asked asked = {issuer, request, now_ms};
  for (size_t i = 0; i < sizeof issuer_checks / sizeof *issuer_checks; i++)
    if (!issuer_checks[i].fine(&asked)) {
      *ret_refusal = issuer_checks[i].refusal;
      return E_INVALID;
    }
  const uint8_t *at = request->spki;
  uint8_t *der = NULL;
  EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)request->spki_len);
  X509 *cert = key ? issuer_build(issuer, request, key) : NULL;
  const int len = cert ? i2d_X509(cert, &der) : -1;
  X509_free(cert);
  EVP_PKEY_free(key);
  ERR_clear_error();
  if (len <= 0) {
    *ret_refusal = "OpenSSL failed at making it";
    return E_TLS;
  }
  *ret_der = der;
  *ret_len = (size_t)len;
  return 0;
}

/* ---- loading ---- */

static int issuer_load_files(struct issuer *issuer, const struct issuer_options *options, char *reason, size_t cap) {
  struct tm tm;
  if (!(issuer->certificate = pem_certificate(options->certificate, reason, cap)) ||
      !(issuer->key = pem_key(options->key, reason, cap)))
    return E_CONFIG;
  if (X509_check_private_key(issuer->certificate, issuer->key) != 1)
    snprintf(reason, cap, "%s: not the key of %s", options->key, options->certificate);
  else if (X509_check_ca(issuer->certificate) != 1)
    snprintf(reason, cap, "%s: not the certificate of a CA", options->certificate);
  else if (ASN1_TIME_to_tm(X509_get0_notAfter(issuer->certificate), &tm) != 1)
    snprintf(reason, cap, "%s: its end cannot be read", options->certificate);
  else {
    issuer->end_ms = (int64_t)timegm(&tm) * 1000;
    return 0;
  }
  return E_CONFIG;
}

int issuer_load(const struct issuer_options *options, struct issuer **ret, char *reason, size_t reason_cap) {
  if (!names_school_ok(options->school_code)) {
    snprintf(reason, reason_cap, "%s: not a school code (a-z, 0-9, -)", options->school_code);
    return E_CONFIG;
  }
  struct issuer *issuer = calloc(1, sizeof *issuer);
  if (!issuer) {
    snprintf(reason, reason_cap, "out of memory");
    return E_NOMEM;
  }
  snprintf(issuer->school_code, sizeof issuer->school_code, "%s", options->school_code);
  issuer->life_max_ms = options->days_max * DAY_MS;
  const int err = issuer_load_files(issuer, options, reason, reason_cap);
  ERR_clear_error();
  if (err < 0) {
    issuer_free(issuer);
    return err;
  }
  *ret = issuer;
  return 0;
}

void issuer_free(struct issuer *issuer) {
  if (!issuer)
    return;
  X509_free(issuer->certificate);
  EVP_PKEY_free(issuer->key); /* wipes the private half */
  free(issuer);
}
