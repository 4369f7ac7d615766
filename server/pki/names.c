/*
 * The name in a certificate, read and written.
 *
 * Our CA writes this name and we alone read it, so the reader takes exactly what the writer gives and nothing that merely
 * resembles it: one extension, one name in it, of type URI, spelled in the one way. A reader that is kind to variants
 * becomes the place where two programs disagree about who somebody is.
 */
#include "pki/names.h"

#include "base/err.h"

#include <inttypes.h>
#include <openssl/asn1.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- the URI ---- */

static bool names_school_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

bool names_school_ok(const char *school_code) {
  const size_t len = strnlen(school_code, NAMES_SCHOOL_CHARS + 1);
  if (len == 0 || len > NAMES_SCHOOL_CHARS)
    return false;
  for (size_t i = 0; i < len; i++)
    if (!names_school_letter(school_code[i]))
      return false;
  return true;
}

/* A reader over the URI: each step takes what it expects from the front, and fails for good when something else is there. */
struct reader {
  const char *at, *end;
  bool failed;
};

static void names_take(struct reader *r, const char *expected) {
  const size_t len = strlen(expected);
  if (r->failed || (size_t)(r->end - r->at) < len || memcmp(r->at, expected, len) != 0)
    r->failed = true;
  else
    r->at += len;
}

static void names_take_school(struct reader *r, char ret[NAMES_SCHOOL_CHARS + 1]) {
  size_t len = 0;
  while (!r->failed && r->at < r->end && len < NAMES_SCHOOL_CHARS && names_school_letter(*r->at))
    ret[len++] = *r->at++;
  ret[len] = '\0';
  r->failed |= len == 0;
}

static int64_t names_take_id(struct reader *r) {
  int64_t id = 0;
  if (r->failed || r->at == r->end || *r->at < '1' || *r->at > '9') { /* no sign, no leading zero, no zero */
    r->failed = true;
    return 0;
  }
  for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++)
    if (__builtin_mul_overflow(id, 10, &id) || __builtin_add_overflow(id, *r->at - '0', &id)) {
      r->failed = true;
      return 0;
    }
  return id;
}

int names_parse(const char *uri, size_t len, struct cert_identity *ret) {
  struct reader r = {.at = uri, .end = uri + len};
  struct cert_identity id = *ret;
  names_take(&r, "stepguard://");
  names_take_school(&r, id.school_code);
  names_take(&r, "/students/");
  id.student_id = names_take_id(&r);
  names_take(&r, "/devices/");
  id.device_id = names_take_id(&r);
  if (r.failed || r.at != r.end)
    return E_INVALID;
  *ret = id;
  return 0;
}

void names_format(char ret[NAMES_URI_CHARS + 1], const char *school_code, int64_t student_id, int64_t device_id) {
  snprintf(ret, NAMES_URI_CHARS + 1, "stepguard://%s/students/%" PRId64 "/devices/%" PRId64, school_code, student_id, device_id);
}

/* ---- the certificate ---- */

static int names_read_uri(X509 *cert, struct cert_identity *ret) {
  int critical = 0, err = E_INVALID; /* critical < 0: there is none, or more than one */
  GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, &critical, NULL);
  if (names && critical >= 0 && sk_GENERAL_NAME_num(names) == 1) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, 0);
    if (name->type == GEN_URI) {
      const ASN1_IA5STRING *uri = name->d.uniformResourceIdentifier;
      err = names_parse((const char *)ASN1_STRING_get0_data(uri), (size_t)ASN1_STRING_length(uri), ret);
    }
  }
  GENERAL_NAMES_free(names);
  return err;
}

static int names_read_serial(X509 *cert, struct cert_identity *ret) {
  const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
  const int len = ASN1_STRING_length(serial);
  if (ASN1_STRING_type(serial) != V_ASN1_INTEGER || len < 1 || len > NAMES_SERIAL_BYTES) /* a negative one has another type */
    return E_INVALID;
  memcpy(ret->serial, ASN1_STRING_get0_data(serial), (size_t)len);
  ret->serial_len = (size_t)len;
  return 0;
}

static int names_read_time(const ASN1_TIME *time, int64_t *ret_ms) {
  struct tm tm;
  if (ASN1_TIME_to_tm(time, &tm) != 1)
    return E_INVALID;
  const int64_t seconds = (int64_t)timegm(&tm);
  *ret_ms = seconds * 1000;
  return 0;
}

int names_read(X509 *cert, struct cert_identity *ret) {
  struct cert_identity id = {0};
  if (names_read_uri(cert, &id) < 0 || names_read_serial(cert, &id) < 0 ||
      names_read_time(X509_get0_notBefore(cert), &id.not_before_ms) < 0 ||
      names_read_time(X509_get0_notAfter(cert), &id.not_after_ms) < 0)
    return E_INVALID;
  *ret = id;
  return 0;
}

int names_serial_make(uint8_t ret[NAMES_NEW_SERIAL_BYTES]) {
  uint8_t serial[NAMES_NEW_SERIAL_BYTES];
  if (RAND_bytes(serial, sizeof serial) != 1)
    return E_TLS;
  /* 126 random bits are left. A zero first byte would be dropped by DER, and the database would not find the rest. */
  serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40);
  memcpy(ret, serial, sizeof serial);
  return 0;
}
