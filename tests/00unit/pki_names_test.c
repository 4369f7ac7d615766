/*
 * Names in certificates: what the writer gives the reader takes, and nothing else.
 */
#include "base/err.h"
#include "pki/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "tls_peer.h"

#include <cmocka.h>

static void the_reader_takes_one_spelling(void **state) {
  (void)state;
  static const struct {
    const char *uri;
    bool ok;
  } rows[] = {
      {"stepguard://demo/students/17/devices/3", true},
      {"stepguard://a/students/1/devices/1", true},
      {"stepguard://st-mary-2/students/9223372036854775807/devices/9223372036854775807", true},
      {"stepguard://abcdefghijklmnopqrstuvwxyz012345/students/1/devices/1", true}, /* 32 letters */
      {"stepguard://abcdefghijklmnopqrstuvwxyz0123456/students/1/devices/1", false},
      {"", false},
      {"stepguard://", false},
      {"stepguard:///students/1/devices/1", false},
      {"stepguard://Demo/students/1/devices/1", false},
      {"stepguard://de_mo/students/1/devices/1", false},
      {"stepguard://de.mo/students/1/devices/1", false},
      {"stepguard://demo:7443/students/1/devices/1", false},
      {"stepguard://x@demo/students/1/devices/1", false},
      {"Stepguard://demo/students/1/devices/1", false},
      {"https://demo/students/1/devices/1", false},
      {" stepguard://demo/students/1/devices/1", false},
      {"stepguard://demo/students/1/devices/1 ", false},
      {"stepguard://demo/students/1/devices/1/", false},
      {"stepguard://demo/students/1/devices/1?x", false},
      {"stepguard://demo/students/1/devices/1#x", false},
      {"stepguard://demo/students/0/devices/1", false},
      {"stepguard://demo/students/1/devices/0", false},
      {"stepguard://demo/students/01/devices/1", false},
      {"stepguard://demo/students/-1/devices/1", false},
      {"stepguard://demo/students/+1/devices/1", false},
      {"stepguard://demo/students/1e3/devices/1", false},
      {"stepguard://demo/students//devices/1", false},
      {"stepguard://demo/students/1/devices/", false},
      {"stepguard://demo/students/1/devices", false},
      {"stepguard://demo/students/9223372036854775808/devices/1", false},
      {"stepguard://demo/students/99999999999999999999999999/devices/1", false},
      {"stepguard://demo/students/1/devices/18446744073709551617", false},
      {"stepguard://demo/staff/1/devices/1", false},
      {"stepguard://demo/students/1/../2/devices/1", false},
      {"stepguard://demo/students/%31/devices/1", false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct cert_identity id = {.student_id = -5, .school_code = "unchanged"};
    const int err = names_parse(rows[i].uri, strlen(rows[i].uri), &id);
    if ((err == 0) != rows[i].ok)
      fail_msg("%s", rows[i].uri);
    if (rows[i].ok) {
      char again[NAMES_URI_CHARS + 1];
      names_format(again, id.school_code, id.student_id, id.device_id);
      assert_string_equal(again, rows[i].uri);
    } else
      assert_true(id.student_id == -5 && strcmp(id.school_code, "unchanged") == 0); /* written on success only */
  }
}

static void a_nul_in_the_name_is_no_end_of_it(void **state) {
  (void)state;
  static const char uri[] = "stepguard://demo/students/1/devices/1\0.evil.example";
  struct cert_identity id = {0};
  assert_int_equal(names_parse(uri, sizeof uri - 1, &id), E_INVALID);
  assert_int_equal(names_parse(uri, strlen(uri), &id), 0);
}

/* ---- certificates ---- */

static int read_names(const char *names, struct cert_identity *ret) {
  struct identity id = identity_make(&(struct identity_options){.cn = "x", .names = names, .from_s = -100, .to_s = 100});
  const int err = names_read(id.cert, ret);
  identity_free(&id);
  return err;
}

static void a_certificate_names_one_device(void **state) {
  (void)state;
  struct cert_identity id = {0};
  assert_int_equal(read_names("URI:stepguard://demo/students/17/devices/3", &id), 0);
  assert_string_equal(id.school_code, "demo");
  assert_int_equal(id.student_id, 17);
  assert_int_equal(id.device_id, 3);
  assert_int_equal(id.serial_len, 1);
  assert_int_equal(id.serial[0], 7);
  const int64_t now_ms = (int64_t)time(NULL) * 1000;
  assert_true(id.not_before_ms < now_ms && id.not_before_ms > now_ms - 200000);
  assert_true(id.not_after_ms > now_ms && id.not_after_ms < now_ms + 200000);
}

static void others_name_nobody(void **state) {
  (void)state;
  static const char *const names[] = {NULL,
                                      "DNS:stepguard",
                                      "email:student@demo.example",
                                      "URI:https://demo.example/",
                                      "URI:stepguard://demo/students/1/devices/1,URI:stepguard://demo/students/2/devices/1",
                                      "URI:stepguard://demo/students/1/devices/1,DNS:localhost",
                                      "DNS:localhost,URI:stepguard://demo/students/1/devices/1",
                                      "RID:1.2.3.4",
                                      "otherName:1.2.3.4;UTF8:stepguard://demo/students/1/devices/1"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    struct cert_identity id = {.student_id = -5};
    assert_int_equal(read_names(names[i], &id), E_INVALID);
    assert_int_equal(id.student_id, -5);
  }
}

static void two_name_extensions_name_nobody(void **state) {
  (void)state;
  struct cert_identity id;
  struct identity cert = identity_make(&(struct identity_options){.cn = "x", .names = "URI:stepguard://demo/students/1/devices/1"});
  identity_extend(cert.cert, cert.cert, NID_subject_alt_name, "URI:stepguard://demo/students/2/devices/1");
  assert_int_equal(names_read(cert.cert, &id), E_INVALID);
  identity_free(&cert);
}

static void serials_are_positive_and_bounded(void **state) {
  (void)state;
  struct cert_identity id;
  struct identity cert = identity_make(&(struct identity_options){.cn = "x", .names = "URI:stepguard://demo/students/1/devices/1"});
  BIGNUM *serial = BN_new();
  BN_hex2bn(&serial, "-1234");
  BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert.cert));
  assert_int_equal(names_read(cert.cert, &id), E_INVALID);
  BN_hex2bn(&serial, "7f000000000000000000000000000000000000000102"); /* 22 bytes */
  BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert.cert));
  assert_int_equal(names_read(cert.cert, &id), E_INVALID);
  BN_hex2bn(&serial, "7f00000000000000000000000000000000000001"); /* 20 */
  BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert.cert));
  assert_int_equal(names_read(cert.cert, &id), 0);
  assert_int_equal(id.serial_len, 20);
  BN_free(serial);
  identity_free(&cert);
}

static void new_serials_keep_their_length(void **state) {
  (void)state;
  uint8_t a[NAMES_NEW_SERIAL_BYTES], b[NAMES_NEW_SERIAL_BYTES] = {0};
  for (int i = 0; i < 1000; i++) {
    assert_int_equal(names_serial_make(a), 0);
    assert_true(a[0] >= 0x40 && a[0] <= 0x7f);
    assert_memory_not_equal(a, b, sizeof a);
    memcpy(b, a, sizeof b);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_reader_takes_one_spelling),   cmocka_unit_test(a_nul_in_the_name_is_no_end_of_it),
      cmocka_unit_test(a_certificate_names_one_device),  cmocka_unit_test(others_name_nobody),
      cmocka_unit_test(two_name_extensions_name_nobody), cmocka_unit_test(serials_are_positive_and_bounded),
      cmocka_unit_test(new_serials_keep_their_length),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
