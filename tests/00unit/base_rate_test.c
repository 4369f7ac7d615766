/*
 * The table of rates: forgiving at a rate, one bucket each, bounded.
 */
#include "base/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct rate rate;

static int setup(void **state) {
  (void)state;
  return rate_init(&rate);
}

static void failures_are_forgiven_at_a_rate(void **state) {
  (void)state;
  int64_t now = 1000000;
  for (int i = 0; i < 6; i++) {
    assert_int_equal(rate_wait_ms(&rate, rate_network("192.0.2.7"), 6, now), 0);
    rate_count(&rate, rate_network("192.0.2.7"), 6, now);
  }
  assert_int_equal(rate_wait_ms(&rate, rate_network("192.0.2.7"), 6, now), 10000);
  assert_int_equal(rate_wait_ms(&rate, rate_network("192.0.2.7"), 6, now + 9999), 1);
  assert_int_equal(rate_wait_ms(&rate, rate_network("192.0.2.7"), 6, now + 10000), 0);
  rate_count(&rate, rate_network("192.0.2.7"), 6, now + 10000);
  assert_true(rate_wait_ms(&rate, rate_network("192.0.2.7"), 6, now + 10000) > 0);
  now += 10 * 60 * 1000; /* forgotten, and no credit is saved up */
  for (int i = 0; i < 6; i++)
    rate_count(&rate, rate_network("192.0.2.7"), 6, now);
  assert_true(rate_wait_ms(&rate, rate_network("192.0.2.7"), 6, now) > 0);
}

static void one_tries_nobody_elses_patience(void **state) {
  (void)state;
  for (int i = 0; i < 100; i++)
    rate_count(&rate, rate_network("192.0.2.7"), 10, 5000);
  assert_true(rate_wait_ms(&rate, rate_network("192.0.2.7"), 10, 5000) > 0);
  assert_int_equal(rate_wait_ms(&rate, rate_network("192.0.2.8"), 10, 5000), 0);
  assert_int_equal(rate_wait_ms(&rate, rate_network("2001:db8::7"), 10, 5000), 0);
}

static void one_subscriber_is_one_network(void **state) {
  (void)state;
  char address[64];
  for (int i = 0; i < 10; i++) {
    snprintf(address, sizeof address, "2001:db8:1:2:%x::%x", i, i);
    rate_count(&rate, rate_network(address), 10, 5000);
  }
  assert_true(rate_wait_ms(&rate, rate_network("2001:db8:1:2:ffff::1"), 10, 5000) > 0);
  assert_int_equal(rate_wait_ms(&rate, rate_network("2001:db8:1:3::1"), 10, 5000), 0);
}

static void a_flood_of_addresses_neither_grows_nor_hides_a_late_guesser(void **state) {
  (void)state;
  char address[64];
  for (unsigned i = 0; i < 100000; i++) {
    snprintf(address, sizeof address, "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
    rate_count(&rate, rate_network(address), 10, 5000);
  }
  for (int i = 0; i < 10; i++)
    rate_count(&rate, rate_network("192.0.2.7"), 10, 6000);
  assert_true(rate_wait_ms(&rate, rate_network("192.0.2.7"), 10, 6000) > 0);
}

static void what_is_no_address_has_one_bucket(void **state) {
  (void)state;
  for (int i = 0; i < 10; i++)
    rate_count(&rate, rate_network("local"), 10, 5000);
  assert_true(rate_wait_ms(&rate, rate_network(""), 10, 5000) > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(failures_are_forgiven_at_a_rate, setup),
      cmocka_unit_test_setup(one_tries_nobody_elses_patience, setup),
      cmocka_unit_test_setup(one_subscriber_is_one_network, setup),
      cmocka_unit_test_setup(a_flood_of_addresses_neither_grows_nor_hides_a_late_guesser, setup),
      cmocka_unit_test_setup(what_is_no_address_has_one_bucket, setup),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
