/*
 * The parts of the link layer that need no server: addresses, back-off, what text from outside is turned into, and the
 * standing's plausibility. What needs a server, an honest or a hostile one, is in tests/60e2e/test_client_*.py.
 */
#include "client/backoff.h"
#include "client/error.h"
#include "client/link.h"
#include "client/talk.h"
#include "proto/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

static void addresses(void **arg) {
  (void)arg;
  static const struct {
    const char *text, *host;
    uint16_t port;
  } good[] = {{"a:1", "a", 1},
              {"stepguard.school.example:7444", "stepguard.school.example", 7444},
              {"127.0.0.1:65535", "127.0.0.1", 65535},
              {"[::1]:7443", "::1", 7443}};
  static const char *const bad[] = {"",
                                    ":1",
                                    "a",
                                    "a:",
                                    "a:0",
                                    "a:65536",
                                    "a:x",
                                    "a:1x",
                                    "a:-1",
                                    "a: 1",
                                    "[::1]",
                                    "[::1]7443",
                                    "[]:1",
                                    "[::1:7443",
                                    "a:+1",
                                    "a:\n1",
                                    "a:0x1",
                                    "a:1 ",
                                    "a:99999999999999999999"};
  struct sg_error error;
  char host[32];
  uint16_t port;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    assert_int_equal(link_address(good[i].text, host, sizeof host, &port, &error), SG_OK);
    assert_string_equal(host, good[i].host);
    assert_int_equal(port, good[i].port);
  }
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    assert_int_equal(link_address(bad[i], host, sizeof host, &port, &error), SG_USAGE);
  assert_int_equal(link_address("a-name-longer-than-there-is-room-for:1", host, sizeof host, &port, &error), SG_USAGE);
}

static void waits_grow_and_differ(void **arg) {
  (void)arg;
  assert_int_equal(backoff_delay_ms(0, 0, 0), 250);
  assert_int_equal(backoff_delay_ms(0, 0, UINT32_MAX), 750);
  assert_int_equal(backoff_delay_ms(3, 0, 0), 2000);
  assert_int_equal(backoff_delay_ms(1000, 0, UINT32_MAX), 45000);
  assert_int_equal(backoff_delay_ms(0, 10000, 0), 10000);
  assert_int_equal(backoff_delay_ms(0, 10000, UINT32_MAX), 15000);
  assert_true(backoff_delay_ms(0, UINT32_MAX, UINT32_MAX) > UINT32_MAX);
}

static void what_is_worth_another_try(void **arg) {
  (void)arg;
  static const struct {
    int status, retry;
    bool again;
  } cases[] = {{SG_UNREACHABLE, 0, true},
               {SG_REFUSED, FAULT_RETRY_LATER, true},
               {SG_REFUSED, FAULT_RETRY_RECONNECT, true},
               {SG_REFUSED, FAULT_RETRY_NEVER, false},
               {SG_REFUSED, 0, false},
               {SG_UNTRUSTED, 0, false},
               {SG_PROTOCOL, FAULT_RETRY_LATER, false},
               {SG_LOCAL, 0, false}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct backoff backoff;
    struct sg_error error = {.status = cases[i].status, .retry = cases[i].retry};
    backoff_init(&backoff, 2);
    assert_int_equal(backoff_wait(&backoff, &error, NULL, NULL), cases[i].again);
    backoff_init(&backoff, 0);
    assert_false(backoff_wait(&backoff, &error, NULL, NULL));
  }
}

static void text_from_outside(void **arg) {
  (void)arg;
  static const struct {
    const char *in, *out;
  } cases[] = {{"plain", "plain"},
               {"\x1b[2Jgone\r\n", " [2Jgone  "},
               {"caf\xc3\xa9", "caf\xc3\xa9"},
               {"\xc2\x9b"
                "31m",
                " 31m"},
               {"bad\xff\xc3", "bad??"},
               {"\xe2\x80\xae"
                "drow",
                " drow"},
               {"", ""}};
  char out[32];
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    text_clean(out, sizeof out, cases[i].in);
    assert_string_equal(out, cases[i].out);
  }
  char small[4];
  text_clean(small, sizeof small, "ab\xc3\xa9");
  assert_string_equal(small, "ab");
}

static void exit_codes(void **arg) {
  (void)arg;
#define X(value, name, exit, json, meaning)                                                                                        \
  assert_int_equal(sg_status_exit(SG_##name), exit);                                                                               \
  assert_string_equal(sg_status_name(SG_##name), json);
  SG_STATUS_TABLE(X)
#undef X
}

static void faults_become_sentences(void **arg) {
  (void)arg;
  struct sg_error error;
  assert_int_equal(error_fault(&error, FAULT_REVOKED, 0, NULL, NULL), SG_REFUSED);
  assert_non_null(strstr(error.text, "signed off by the school"));
  assert_int_equal(error.retry, FAULT_RETRY_NEVER);
  error_fault(&error, FAULT_BUSY, 700, "x\ny", "\x1b[31mbusy");
  assert_string_equal(error.text, " [31mbusy");
  assert_string_equal(error.field, "x y");
  assert_int_equal(error.retry_after_ms, 700);
  error_fault(&error, 4711, 0, "", "");
  assert_int_equal(error.fault, FAULT_INTERNAL);
}

static void standings_that_cannot_be(void **arg) {
  (void)arg;
  static struct sg_standing out;
  Stepguard__V1__Standing good = STEPGUARD__V1__STANDING__INIT, bad;
  good.state = STEPGUARD__V1__STATE__STATE_ON_TRACK;
  good.p_pass = 0.9;
  good.p_low = 0.8;
  good.p_high = 1;
  assert_true(talk_standing(&good, &out));
  assert_int_equal(out.exam_day, SG_NO_DAY);
  double *const fields[] = {&bad.p_pass,       &bad.p_low,         &bad.p_high,     &bad.readiness_mean,
                            &bad.readiness_sd, &bad.exam_day_mean, &bad.exam_day_sd};
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
    bad = good;
    *fields[i] = (double)NAN;
    assert_false(talk_standing(&bad, &out));
  }
  bad = good;
  bad.p_high = 1.0001;
  assert_false(talk_standing(&bad, &out));
  bad = good;
  bad.state = 5;
  assert_false(talk_standing(&bad, &out));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(addresses),
      cmocka_unit_test(waits_grow_and_differ),
      cmocka_unit_test(text_from_outside),
      cmocka_unit_test(what_is_worth_another_try),
      cmocka_unit_test(exit_codes),
      cmocka_unit_test(faults_become_sentences),
      cmocka_unit_test(standings_that_cannot_be),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
