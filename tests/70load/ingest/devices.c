/*
 * Certificates for thousands of devices in a second.
 *
 * Enrolling each over the wire takes a code, a request and a round trip to the CA; what is measured here begins after that. So
 * the CA's own signing code makes the certificates in this process, and the harness puts the rows of students, devices and
 * certificates into the database in one statement (tests/70load/ingest.py). The server cannot tell them from enrolled ones.
 *
 * All devices share one key pair: it is the server's work that is measured, and checking a signature costs it the same.
 */
#include "devices.h"

#include "base/clock.h"
#include "pki/issuer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEVICES_DAYS = 1, DEVICES_SERIAL_FIRST = 0x40, DEVICES_REASON = 300 };
#define DAY_MS   (INT64_C(24) * 3600 * 1000)
#define START_MS (INT64_C(60) * 1000) /* dated back so far, as enrolment does */

struct devices {
  SSL_CTX *ctx;
  EVP_PKEY *key;
  struct issuer *issuer;     /* NULL: no certificates */
  struct ca_request request; /* all but who */
};

static bool devices_set_request(struct devices *devices, const char *school) {
  uint8_t *spki = NULL;
  const int len = i2d_PUBKEY(devices->key, &spki);
  const int64_t now_ms = clock_wall_ms();
  struct ca_request *request = &devices->request;
  if (len <= 0 || (size_t)len > sizeof request->spki) {
    OPENSSL_free(spki);
    return false;
  }
  snprintf(request->school_code, sizeof request->school_code, "%s", school);
  request->not_before_ms = now_ms - START_MS;
  request->not_after_ms = now_ms + DEVICES_DAYS * DAY_MS - START_MS;
  request->spki_len = (size_t)len;
  memcpy(request->spki, spki, request->spki_len);
  OPENSSL_free(spki);
  return true;
}

static bool devices_set_ctx(SSL_CTX *ctx, const struct devices_options *options) {
  uint8_t alpn[32];
  const size_t len = strlen(options->alpn);
  if (len + 1 > sizeof alpn)
    return false;
  alpn[0] = (uint8_t)len;
  memcpy(alpn + 1, options->alpn, len);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
  return SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 && SSL_CTX_load_verify_file(ctx, options->ca) == 1 &&
         SSL_CTX_set_alpn_protos(ctx, alpn, (unsigned)len + 1) == 0;
}

struct devices *devices_new(const struct devices_options *options) {
  char reason[DEVICES_REASON] = "out of memory";
  struct devices *devices = calloc(1, sizeof *devices);
  if (!devices)
    return NULL;
  const struct issuer_options issuer = {options->ca, options->ca_key, options->school, DEVICES_DAYS};
  devices->ctx = SSL_CTX_new(TLS_client_method());
  devices->key = EVP_EC_gen("P-256");
  if (!devices->ctx || !devices->key || !devices_set_ctx(devices->ctx, options) ||
      (options->ca_key &&
       (issuer_load(&issuer, &devices->issuer, reason, sizeof reason) < 0 || !devices_set_request(devices, options->school)))) {
    fprintf(stderr, "%s: %s\n", options->ca, reason);
    devices_free(devices);
    return NULL;
  }
  return devices;
}

void devices_free(struct devices *devices) {
  if (!devices)
    return;
  issuer_free(devices->issuer);
  EVP_PKEY_free(devices->key);
  SSL_CTX_free(devices->ctx);
  free(devices);
}

static X509 *devices_certificate(struct devices *devices, int64_t id) {
  struct ca_request *request = &devices->request;
  const char *refusal;
  uint8_t *der = NULL;
  size_t len;
  request->student_id = request->device_id = id;
  request->serial[0] = DEVICES_SERIAL_FIRST;
  for (unsigned i = 0; i < sizeof id; i++)
    request->serial[sizeof request->serial - 1 - i] = (uint8_t)((uint64_t)id >> 8 * i);
  if (issuer_sign(devices->issuer, request, clock_wall_ms(), &der, &len, &refusal) < 0) {
    fprintf(stderr, "%s\n", refusal);
    return NULL;
  }
  const uint8_t *at = der;
  X509 *certificate = d2i_X509(NULL, &at, (long)len);
  OPENSSL_free(der);
  return certificate;
}

SSL *devices_ssl(struct devices *devices, int64_t id) {
  X509 *certificate = devices->issuer ? devices_certificate(devices, id) : NULL;
  SSL *ssl = certificate || !devices->issuer ? SSL_new(devices->ctx) : NULL;
  if (ssl && certificate && (SSL_use_certificate(ssl, certificate) != 1 || SSL_use_PrivateKey(ssl, devices->key) != 1)) {
    SSL_free(ssl);
    ssl = NULL;
  }
  X509_free(certificate);
  if (ssl)
    SSL_set_connect_state(ssl);
  return ssl;
}
