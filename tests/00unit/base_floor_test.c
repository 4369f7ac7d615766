/* Old libraries: Debian's order of versions, and what of a list of packages is below the table. */
#include "base/floor.h"

#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void earlier(const char *a, const char *b) {
  if (floor_compare(a, b) >= 0 || floor_compare(b, a) <= 0)
    fail_msg("%s is not before %s", a, b);
}

/* Each as `dpkg --compare-versions` has it. */
static void versions_have_debians_order(void **state) {
  (void)state;
  earlier("2.1.12-stable-8", "2.1.12-stable-8+deb12u1");
  earlier("2.1.12-stable-8+deb12u1", "2.1.12-stable-8+deb12u2");
  earlier("2.1.12-stable-9", "2.1.12-stable-10");
  earlier("3.0.22-1~deb12u1", "3.0.22-1");
  earlier("3.0.9-1", "3.0.22-1~deb12u1");
  earlier("15.20", "15.20-0+deb12u1");
  earlier("15.20~rc1", "15.20");
  earlier("15.9-0+deb12u1", "15.20-0+deb12u1");
  earlier("9.9", "1:0.1");
  earlier("1.0a", "1.0+a");
  earlier("0~20171227-0.2", "0~20171227-0.3+deb12u1");
  assert_int_equal(floor_compare("1.05-1", "1.5-1"), 0);
  assert_int_equal(floor_compare("0:2.0-0", "2.0"), 0);
}

static char seen[400];

static void note(void *arg, const struct floor *floor, const char *installed) {
  (void)arg;
  const size_t used = strlen(seen);
  snprintf(seen + used, sizeof seen - used, "%s %s < %s\n", floor->package, installed, floor->least);
}

static const char *looked(const char *status) {
  char path[] = "/tmp/floor-test-XXXXXX";
  const int fd = mkstemp(path);
  assert_true(fd >= 0 && write(fd, status, strlen(status)) == (ssize_t)strlen(status));
  close(fd);
  seen[0] = '\0';
  floor_look(path, note, NULL);
  unlink(path);
  return seen;
}

#define PACKAGE(name, status, version)                                                                                             \
  "Package: " name "\nStatus: " status "\nArchitecture: amd64\nVersion: " version "\nDescription: x\n Version: 1\n\n"
#define INSTALLED "install ok installed"

static void what_is_too_old_is_named(void **state) {
  (void)state;
  assert_string_equal(
      looked(PACKAGE("libevent-2.1-7", INSTALLED, "2.1.12-stable-8") PACKAGE("libssl3", INSTALLED, "3.0.22-1~deb12u2")),
      "libevent-2.1-7 2.1.12-stable-8 < 2.1.12-stable-8+deb12u1\n");
  assert_string_equal(looked(PACKAGE("libssl3", INSTALLED, "3.0.17-1~deb12u1") PACKAGE("libpq5", INSTALLED, "15.18-0+deb12u1")),
                      "libssl3 3.0.17-1~deb12u1 < 3.0.22-1~deb12u2\nlibpq5 15.18-0+deb12u1 < 15.20\n");
  assert_string_equal(looked(PACKAGE("libssl3", "deinstall ok config-files", "1.0-1") PACKAGE("libssl3t", INSTALLED, "1.0-1")), "");
  assert_string_equal(looked(PACKAGE("libpq5", INSTALLED, "18.1-1")), ""); /* of a newer PostgreSQL */
  assert_string_equal(looked("Package: libssl3\nStatus: " INSTALLED "\nVersion: 1"), "libssl3 1 < 3.0.22-1~deb12u2\n");
  assert_string_equal(looked(""), "");
  seen[0] = '\0';
  floor_look("/nonexistent/status", note, NULL);
  assert_string_equal(seen, "");
}

static void a_server_says_its_minor_release(void **state) {
  (void)state;
  const struct floor *floor = floor_of_server(150019);
  assert_non_null(floor);
  assert_string_equal(floor->least, "15.20");
  assert_null(floor_of_server(150020));
  assert_null(floor_of_server(150021));
  assert_null(floor_of_server(170001)); /* no row: nothing is known */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(versions_have_debians_order),
      cmocka_unit_test(what_is_too_old_is_named),
      cmocka_unit_test(a_server_says_its_minor_release),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
