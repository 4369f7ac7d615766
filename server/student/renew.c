/*
 * Renewal of a device's certificate, over the very connection that the old one opened: no code is needed, possession of the
 * old key was just proved. A new key is asked for each time (a key that is already known is refused by the database).
 *
 *   renew_received   the request's key is checked
 *   renew_begun      the new certificate is a committed row in state "issuing" before anything is signed: nothing that was
 *                    signed can ever be unknown to the revocation list
 *   renew_signed     the CA has signed
 *   renew_issued     the certificate is stored; now the device gets it
 *
 * The old certificate stays good until it ends: a lost answer costs nothing, the device asks again with the same key.
 */
#include "base/check.h"
#include "base/err.h"
#include "pki/csr_checks.h"
#include "proto/limits.h"
#include "student/dispatch.h"
#include "student/session.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
  RENEW_VERDICT,
  RENEW_SCHOOL_ID,
  RENEW_SCHOOL_CODE,
  RENEW_SCHOOL_NAME,
  RENEW_STUDENT_ID,
  RENEW_DEVICE_ID,
  RENEW_SERIAL,
  RENEW_NOT_BEFORE,
  RENEW_NOT_AFTER
}; /* columns of api.renew_begin */
enum { ARGS_SMALL = 16 * 1024 };

struct renewal {
  struct csr_facts facts;
  struct ca_request ca;
  int32_t school_id;
  char *school_name;
  uint8_t *der;
  size_t der_len;
};

static void renew_begun(void *arg, int err, const PGresult *res);
static void renew_signed(void *arg, int err, const uint8_t *der, size_t len);
static void renew_issued(void *arg, int err, const PGresult *res);

void renew_received(struct request *request, const Stepguard__V1__ClientMessage *message) {
  const ProtobufCBinaryData *csr = &message->renew->csr_der;
  const char *refusal = NULL;
  uint8_t serial[NAMES_NEW_SERIAL_BYTES];
  struct renewal *renewal = arena_zalloc(&request->arena, 1, sizeof *renewal);
  request->work = renewal;
  if (renewal == NULL || request->port->ca == NULL || names_serial_make(serial) < 0) {
    request_fault(request, FAULT_UNAVAILABLE, NULL, "Certificates cannot be renewed here at the moment. It will be tried again.");
    return;
  }
  if (csr->len > LIMIT_CSR_BYTES || csr_check(csr->data, csr->len, &renewal->facts, &refusal) < 0) {
    request_fault(request, FAULT_CSR_REFUSED, "csr_der", refusal);
    return;
  }
  struct args args;
  args_init(&args, ARGS_SMALL);
  request_put_who(request, &args);
  args_bytes(&args, serial, sizeof serial);
  args_bytes(&args, renewal->facts.key_hash, sizeof renewal->facts.key_hash);
  args_i32(&args, request->port->conf->certificate_days);
  int err = pool_call(request->port->pool, STMT_RENEW_BEGIN, &args, renew_begun, request);
  if (err < 0)
    request_error(request, err);
}

static void renew_unsigned(struct request *request, int err) {
  log_event(LOG_ERROR, NULL, "renewal_not_signed", "err=%s", err_name(err));
  request_fault(request, FAULT_UNAVAILABLE, NULL, "The school's certificate authority does not answer. It will be tried again.");
}

static int renew_take_row(struct request *request, const PGresult *res) {
  struct renewal *renewal = request->work;
  struct ca_request *ca = &renewal->ca;
  size_t serial_len;
  const uint8_t *serial = cell_bytes(res, 0, RENEW_SERIAL, &serial_len);
  CHECK(serial_len == sizeof ca->serial);
  renewal->school_id = cell_i32(res, 0, RENEW_SCHOOL_ID);
  renewal->school_name = arena_strdup(&request->arena, cell_text(res, 0, RENEW_SCHOOL_NAME));
  snprintf(ca->school_code, sizeof ca->school_code, "%s", cell_text(res, 0, RENEW_SCHOOL_CODE));
  ca->student_id = cell_i64(res, 0, RENEW_STUDENT_ID);
  ca->device_id = cell_i64(res, 0, RENEW_DEVICE_ID);
  ca->not_before_ms = cell_time_ms(res, 0, RENEW_NOT_BEFORE);
  ca->not_after_ms = cell_time_ms(res, 0, RENEW_NOT_AFTER);
  memcpy(ca->serial, serial, sizeof ca->serial);
  memcpy(ca->spki, renewal->facts.spki, renewal->facts.spki_len);
  ca->spki_len = renewal->facts.spki_len;
  return renewal->school_name == NULL ? E_NOMEM : E_OK;
}

static void renew_begun(void *arg, int err, const PGresult *res) {
  struct request *request = arg;
  struct renewal *renewal = request->work;
  if (err == E_OK && cell_i16(res, 0, RENEW_VERDICT) != FAULT_NONE) {
    request_fault(request, (enum fault)cell_i16(res, 0, RENEW_VERDICT), NULL, NULL);
    return;
  }
  if (err == E_OK)
    err = renew_take_row(request, res);
  if (err == E_OK && (err = ca_client_sign(request->port->ca, &renewal->ca, renew_signed, request)) < 0)
    renew_unsigned(request, err);
  else if (err < 0)
    request_error(request, err);
}

static void renew_signed(void *arg, int err, const uint8_t *der, size_t len) {
  struct request *request = arg;
  struct renewal *renewal = request->work;
  if (err < 0) {
    renew_unsigned(request, err);
    return;
  }
  renewal->der = arena_alloc(&request->arena, len);
  if (renewal->der == NULL) {
    request_error(request, E_NOMEM);
    return;
  }
  memcpy(renewal->der, der, len);
  renewal->der_len = len;
  struct args args;
  args_init(&args, ARGS_SMALL);
  args_i32(&args, renewal->school_id);
  args_bytes(&args, renewal->ca.serial, sizeof renewal->ca.serial);
  args_bytes(&args, der, len);
  err = pool_call(request->port->pool, STMT_CERTIFICATE_ISSUED, &args, renew_issued, request);
  if (err < 0)
    request_error(request, err);
}

static void renew_issued(void *arg, int err, const PGresult *res) {
  struct request *request = arg;
  const struct renewal *renewal = request->work;
  if (err == E_OK && (cell_rows(res) != 1 || !cell_bool(res, 0, 0)))
    err = E_DATABASE; /* revoked between the two calls: the row says so, the certificate is never handed out */
  if (err < 0) {
    request_error(request, err);
    return;
  }
  Stepguard__V1__Certificate certificate = STEPGUARD__V1__CERTIFICATE__INIT;
  certificate.certificate_der = (ProtobufCBinaryData){.data = renewal->der, .len = renewal->der_len};
  certificate.not_after_ms = renewal->ca.not_after_ms;
  certificate.school_name = renewal->school_name;
  certificate.student_port = student_public_port(request->port);
  request_answer(request, STEPGUARD__V1__SERVER_MESSAGE__BODY_CERTIFICATE, &certificate);
}
