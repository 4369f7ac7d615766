/*
 * What is made and signed: CA and server by make.c, devices by issuer.c; and the messages that travel to the signer.
 */
#include "base/clock.h"
#include "base/err.h"
#include "pki/ca_wire.h"
#include "pki/issuer.h"
#include "pki/make.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "tls_peer.h"

#include <openssl/sha.h>

#include <cmocka.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static struct {
  struct scratch scratch;
  const char *ca_pem, *ca_key, *server_pem, *server_key;
  struct issuer *issuer;
  EVP_PKEY *device_key;
} school;

static struct ca_request good_request(void) {
  const int64_t now_ms = clock_wall_ms();
  struct ca_request r = {.school_code = "demo",
                         .student_id = 17,
                         .device_id = 3,
                         .serial = {0x41, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
                         .not_before_ms = now_ms - 60000,
                         .not_after_ms = now_ms + 90 * DAY_MS};
  uint8_t *spki = NULL;
  r.spki_len = (size_t)i2d_PUBKEY(school.device_key, &spki);
  memcpy(r.spki, spki, r.spki_len);
  OPENSSL_free(spki);
  return r;
}

/* ---- CA and server ---- */

static X509 *read_pem(const char *path, int nth) {
  FILE *file = fopen(path, "r");
  X509 *cert = NULL;
  while (file && nth-- >= 0) {
    X509_free(cert);
    cert = PEM_read_X509(file, NULL, NULL, NULL);
  }
  fclose(file);
  return cert;
}

static void assert_chain(X509 *leaf, X509 *ca, int purpose, int wanted) {
  X509_STORE *store = X509_STORE_new();
  X509_STORE_CTX *ctx = X509_STORE_CTX_new();
  X509_STORE_add_cert(store, ca);
  X509_STORE_CTX_init(ctx, store, leaf, NULL);
  X509_STORE_CTX_set_purpose(ctx, purpose);
  X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT);
  X509_verify_cert(ctx);
  assert_string_equal(X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)), X509_verify_cert_error_string(wanted));
  X509_STORE_CTX_free(ctx);
  X509_STORE_free(store);
}

static void ca_and_server_stand_the_strict_check(void **state) {
  (void)state;
  X509 *ca = read_pem(school.ca_pem, 0), *server = read_pem(school.server_pem, 0), *appended = read_pem(school.server_pem, 1);
  assert_true(ca && server && appended);
  assert_int_equal(X509_cmp(ca, appended), 0);
  assert_chain(server, ca, X509_PURPOSE_SSL_SERVER, X509_V_OK);
  assert_chain(server, ca, X509_PURPOSE_SSL_CLIENT, X509_V_ERR_INVALID_PURPOSE);
  assert_int_equal(X509_get_pathlen(ca), 0);
  assert_int_equal(X509_get_extension_flags(ca) & EXFLAG_CA, EXFLAG_CA);
  assert_int_equal(X509_get_key_usage(ca), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
  assert_int_equal(X509_check_host(server, "sync.demo.example", 0, 0, NULL), 1);
  assert_int_equal(X509_check_ip_asc(server, "127.0.0.1", 0), 1);
  assert_int_equal(X509_check_ip_asc(server, "::1", 0), 1);
  assert_int_equal(X509_check_host(server, "other.example", 0, 0, NULL), 0);
  X509_free(ca);
  X509_free(server);
  X509_free(appended);
}

static void keys_are_closed_and_nothing_is_overwritten(void **state) {
  (void)state;
  struct stat st;
  char reason[300] = "";
  assert_int_equal(stat(school.ca_key, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0600);
  assert_int_equal(stat(school.server_key, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0600);
  X509 *before = read_pem(school.ca_pem, 0);
  const struct pki_ca_options ca = {
      .certificate = school.ca_pem, .key = school.ca_key, .school_code = "demo", .school_name = "Demo"};
  assert_int_equal(pki_make_ca(&ca, reason, sizeof reason), E_CONFIG);
  assert_non_null(strstr(reason, school.ca_pem));
  char other[200];
  snprintf(other, sizeof other, "%s.other", school.ca_pem);
  const struct pki_ca_options half = {.certificate = other, .key = school.ca_key, .school_code = "demo", .school_name = "Demo"};
  assert_int_equal(pki_make_ca(&half, reason, sizeof reason), E_CONFIG);
  assert_non_null(strstr(reason, school.ca_key));
  assert_int_equal(access(other, F_OK), -1);
  X509 *after = read_pem(school.ca_pem, 0);
  assert_int_equal(X509_cmp(before, after), 0);
  X509_free(before);
  X509_free(after);
}

static void odd_options_are_named(void **state) {
  (void)state;
  static const char *const bad_names[][2] = {
      {"a,DNS:evil.example", NULL}, {"", NULL}, {"-x", NULL}, {"a b", NULL}, {"a\nb", NULL}, {NULL, NULL}};
  char reason[300] = "", cert[200], key[200];
  snprintf(cert, sizeof cert, "%s/none.pem", school.scratch.directory);
  snprintf(key, sizeof key, "%s/none.key", school.scratch.directory);
  for (size_t i = 0; i < sizeof bad_names / sizeof *bad_names; i++) {
    const struct pki_server_options o = {
        .certificate = cert, .key = key, .ca_certificate = school.ca_pem, .ca_key = school.ca_key, .names = bad_names[i]};
    assert_int_equal(pki_make_server(&o, reason, sizeof reason), E_INVALID);
  }
  const char *const names[] = {"localhost", NULL};
  const struct pki_server_options wrong_key = {
      .certificate = cert, .key = key, .ca_certificate = school.ca_pem, .ca_key = school.server_key, .names = names};
  assert_int_equal(pki_make_server(&wrong_key, reason, sizeof reason), E_TLS);
  const struct pki_ca_options ca = {.certificate = cert, .key = key, .school_code = "No School", .school_name = "x"};
  assert_int_equal(pki_make_ca(&ca, reason, sizeof reason), E_INVALID);
  assert_int_equal(access(key, F_OK), -1);
}

static void the_fingerprint_is_that_of_the_der(void **state) {
  (void)state;
  uint8_t got[32], wanted[32], *der = NULL;
  char reason[300];
  X509 *ca = read_pem(school.ca_pem, 0);
  const int len = i2d_X509(ca, &der);
  SHA256(der, (size_t)len, wanted);
  assert_int_equal(pki_fingerprint(school.ca_pem, got, reason, sizeof reason), 0);
  assert_memory_equal(got, wanted, sizeof got);
  assert_int_equal(pki_fingerprint(school.ca_key, got, reason, sizeof reason), E_CONFIG);
  OPENSSL_free(der);
  X509_free(ca);
}

/* ---- devices ---- */

static X509 *sign(const struct ca_request *request) {
  uint8_t *der = NULL;
  size_t len = 0;
  const char *refusal = NULL;
  if (issuer_sign(school.issuer, request, clock_wall_ms(), &der, &len, &refusal) < 0)
    fail_msg("%s", refusal);
  const uint8_t *at = der;
  X509 *cert = d2i_X509(NULL, &at, (long)len);
  assert_non_null(cert);
  OPENSSL_free(der);
  return cert;
}

static void a_device_gets_what_the_template_says(void **state) {
  (void)state;
  const struct ca_request request = good_request();
  struct cert_identity id;
  char cn[64];
  X509 *cert = sign(&request), *ca = read_pem(school.ca_pem, 0);
  assert_chain(cert, ca, X509_PURPOSE_SSL_CLIENT, X509_V_OK);
  assert_chain(cert, ca, X509_PURPOSE_SSL_SERVER, X509_V_ERR_INVALID_PURPOSE);
  assert_int_equal(names_read(cert, &id), 0);
  assert_string_equal(id.school_code, "demo");
  assert_int_equal(id.student_id, 17);
  assert_int_equal(id.device_id, 3);
  assert_int_equal(id.serial_len, sizeof request.serial);
  assert_memory_equal(id.serial, request.serial, sizeof request.serial);
  assert_int_equal(id.not_before_ms, request.not_before_ms / 1000 * 1000);
  assert_int_equal(id.not_after_ms, request.not_after_ms / 1000 * 1000);
  assert_int_equal(X509_get_extension_flags(cert) & EXFLAG_CA, 0);
  assert_int_equal(X509_get_key_usage(cert), KU_DIGITAL_SIGNATURE);
  assert_int_equal(X509_get_extended_key_usage(cert), XKU_SSL_CLIENT);
  assert_int_equal(X509_get_ext_count(cert), 6);
  X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, cn, sizeof cn);
  assert_string_equal(cn, "student 17 device 3");
  assert_int_equal(X509_NAME_entry_count(X509_get_subject_name(cert)), 1);
  assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(cert), school.device_key), 1);
  X509_free(ca);
  X509_free(cert);
}

static void the_largest_ids_still_fit(void **state) {
  (void)state;
  struct ca_request request = good_request();
  struct cert_identity id;
  request.student_id = request.device_id = INT64_MAX;
  X509 *cert = sign(&request);
  assert_int_equal(names_read(cert, &id), 0);
  assert_true(id.student_id == INT64_MAX && id.device_id == INT64_MAX);
  X509_free(cert);
}

static void assert_not_signed(struct ca_request request, const char *because) {
  uint8_t *der = NULL;
  size_t len = 0;
  const char *refusal = NULL;
  assert_int_equal(issuer_sign(school.issuer, &request, clock_wall_ms(), &der, &len, &refusal), E_INVALID);
  assert_null(der);
  assert_non_null(strstr(refusal, because));
}

static void whatever_the_daemon_says_there_are_limits(void **state) {
  (void)state;
  const struct ca_request good = good_request();
  struct ca_request r;
  r = good, snprintf(r.school_code, sizeof r.school_code, "other");
  assert_not_signed(r, "school");
  r = good, snprintf(r.school_code, sizeof r.school_code, "demo,DNS:x");
  assert_not_signed(r, "school");
  r = good, r.student_id = 0;
  assert_not_signed(r, "student");
  r = good, r.device_id = -1;
  assert_not_signed(r, "device");
  r = good, r.serial[0] = 0;
  assert_not_signed(r, "serial");
  r = good, r.serial[0] = 0x80;
  assert_not_signed(r, "serial");
  r = good, r.not_after_ms = r.not_before_ms + 92 * DAY_MS;
  assert_not_signed(r, "too long");
  r = good, r.not_before_ms += DAY_MS;
  assert_not_signed(r, "future");
  r = good, r.not_after_ms = r.not_before_ms - 1;
  assert_not_signed(r, "past");
  r = good, r.not_before_ms = INT64_MIN;
  assert_not_signed(r, "too long");
  r = good, r.not_after_ms = INT64_MAX;
  assert_not_signed(r, "too long");
  r = good, r.spki_len = 0;
  assert_not_signed(r, "key");
  r = good, r.spki_len -= 1;
  assert_not_signed(r, "key");
  r = good, r.spki[r.spki_len - 1] ^= 1; /* not on the curve any more */
  assert_not_signed(r, "key");
  EVP_PKEY *weak = EVP_RSA_gen(2048);
  uint8_t *spki = NULL;
  r = good, r.spki_len = (size_t)i2d_PUBKEY(weak, &spki);
  memcpy(r.spki, spki, r.spki_len);
  assert_not_signed(r, "key");
  OPENSSL_free(spki);
  EVP_PKEY_free(weak);
}

static void a_wrong_or_open_key_is_not_loaded(void **state) {
  (void)state;
  char reason[300] = "";
  struct issuer *issuer = NULL;
  struct issuer_options o = {.certificate = school.ca_pem, .key = school.server_key, .school_code = "demo", .days_max = 90};
  assert_int_equal(issuer_load(&o, &issuer, reason, sizeof reason), E_CONFIG);
  assert_non_null(strstr(reason, "not the key of"));
  o = (struct issuer_options){.certificate = school.server_pem, .key = school.server_key, .school_code = "demo", .days_max = 90};
  assert_int_equal(issuer_load(&o, &issuer, reason, sizeof reason), E_CONFIG);
  assert_non_null(strstr(reason, "not the certificate of a CA"));
  o = (struct issuer_options){.certificate = school.ca_pem, .key = school.ca_key, .school_code = "demo", .days_max = 90};
  chmod(school.ca_key, 0604);
  assert_int_equal(issuer_load(&o, &issuer, reason, sizeof reason), E_CONFIG);
  assert_non_null(strstr(reason, "chmod 600"));
  chmod(school.ca_key, 0600);
  assert_null(issuer);
}

/* ---- the messages ---- */

static void messages_survive_every_split_and_no_change_of_length(void **state) {
  (void)state;
  const struct ca_request request = good_request();
  struct ca_request got;
  struct buf buf;
  uint64_t id = 0;
  size_t used = 0;
  buf_init(&buf, 4096);
  ca_wire_put_request(&buf, 0xfedcba9876543210u, &request);
  assert_int_equal(buf_finish(&buf), 0);
  const size_t whole = buf.len;
  for (size_t len = 0; len < whole; len++) {
    used = 99;
    assert_int_equal(ca_wire_get_request(buf.data, len, &used, &id, &got), 0);
    assert_int_equal(used, 0);
  }
  ca_wire_put_request(&buf, 2, &request); /* another behind it */
  assert_int_equal(ca_wire_get_request(buf.data, buf.len, &used, &id, &got), 0);
  assert_int_equal(used, whole);
  assert_true(id == 0xfedcba9876543210u);
  assert_memory_equal(&got, &request, sizeof got);
  buf_patch_i32(&buf, 0, (int32_t)whole - 4 - 1); /* one byte less than its parts need */
  assert_int_equal(ca_wire_get_request(buf.data, buf.len, &used, &id, &got), E_INVALID);
  buf_patch_i32(&buf, 0, (int32_t)whole - 4 + 1); /* one byte too many */
  assert_int_equal(ca_wire_get_request(buf.data, buf.len, &used, &id, &got), E_INVALID);
  buf_patch_i32(&buf, 0, 0);
  assert_int_equal(ca_wire_get_request(buf.data, buf.len, &used, &id, &got), E_INVALID);
  buf_patch_i32(&buf, 0, CA_WIRE_REQUEST_BYTES + 1);
  assert_int_equal(ca_wire_get_request(buf.data, 4, &used, &id, &got), E_INVALID); /* before any of it has come */
  buf_patch_i32(&buf, 0, -1);
  assert_int_equal(ca_wire_get_request(buf.data, 4, &used, &id, &got), E_INVALID);
  buf_done(&buf);
}

static void answers_come_back(void **state) {
  (void)state;
  struct ca_answer answer;
  struct buf buf;
  size_t used = 0;
  buf_init(&buf, 4096);
  ca_wire_put_answer(&buf, CA_REFUSED, 7, "because", 7);
  for (size_t len = 0; len < buf.len; len++) {
    assert_int_equal(ca_wire_get_answer(buf.data, len, &used, &answer), 0);
    assert_int_equal(used, 0);
  }
  assert_int_equal(ca_wire_get_answer(buf.data, buf.len, &used, &answer), 0);
  assert_int_equal(used, buf.len);
  assert_true(answer.kind == CA_REFUSED && answer.id == 7 && answer.len == 7 && memcmp(answer.body, "because", 7) == 0);
  buf.data[4] = 'X';
  assert_int_equal(ca_wire_get_answer(buf.data, buf.len, &used, &answer), E_INVALID);
  buf_clear(&buf);
  ca_wire_put_answer(&buf, CA_SIGNED, 7, "", 0);
  assert_int_equal(ca_wire_get_answer(buf.data, buf.len, &used, &answer), E_INVALID); /* signed nothing */
  buf_done(&buf);
}

static int group_setup(void **state) {
  (void)state;
  static const char *const names[] = {"sync.demo.example", "127.0.0.1", "::1", NULL};
  char reason[300] = "";
  scratch_init(&school.scratch);
  school.ca_pem = scratch_path(&school.scratch, "ca.pem");
  school.ca_key = scratch_path(&school.scratch, "ca.key");
  school.server_pem = scratch_path(&school.scratch, "server.pem");
  school.server_key = scratch_path(&school.scratch, "server.key");
  school.device_key = EVP_EC_gen("P-256");
  const struct pki_ca_options ca = {
      .certificate = school.ca_pem, .key = school.ca_key, .school_code = "demo", .school_name = "Demo School of Medicine"};
  const struct pki_server_options server = {.certificate = school.server_pem,
                                            .key = school.server_key,
                                            .ca_certificate = school.ca_pem,
                                            .ca_key = school.ca_key,
                                            .names = names};
  const struct issuer_options issuer = {.certificate = school.ca_pem, .key = school.ca_key, .school_code = "demo", .days_max = 90};
  if (pki_make_ca(&ca, reason, sizeof reason) == 0 && pki_make_server(&server, reason, sizeof reason) == 0 &&
      issuer_load(&issuer, &school.issuer, reason, sizeof reason) == 0)
    return 0;
  fprintf(stderr, "%s\n", reason);
  return -1;
}

static int group_teardown(void **state) {
  (void)state;
  issuer_free(school.issuer);
  EVP_PKEY_free(school.device_key);
  scratch_done(&school.scratch);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ca_and_server_stand_the_strict_check),
      cmocka_unit_test(keys_are_closed_and_nothing_is_overwritten),
      cmocka_unit_test(odd_options_are_named),
      cmocka_unit_test(the_fingerprint_is_that_of_the_der),
      cmocka_unit_test(a_device_gets_what_the_template_says),
      cmocka_unit_test(the_largest_ids_still_fit),
      cmocka_unit_test(whatever_the_daemon_says_there_are_limits),
      cmocka_unit_test(a_wrong_or_open_key_is_not_loaded),
      cmocka_unit_test(messages_survive_every_split_and_no_change_of_length),
      cmocka_unit_test(answers_come_back),
  };
  return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
