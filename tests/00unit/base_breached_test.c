/* The list of stolen passwords: each line of it is found and nothing else, whatever its lines look like; and what is no such list.
 */
#include "base/breached.h"

#include "base/err.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 3000, LINE = 64 };

static char path[] = "/tmp/breached-test-XXXXXX";

static void sha1_of(int n, bool capitals, char ret[41]) {
  char password[LINE];
  uint8_t digest[20];
  snprintf(password, sizeof password, "password number %d", n);
  assert_int_equal(EVP_Digest(password, strlen(password), digest, NULL, EVP_sha1(), NULL), 1);
  for (size_t i = 0; i < sizeof digest; i++)
    snprintf(ret + 2 * i, 3, capitals ? "%02X" : "%02x", digest[i]);
}

static int by_text(const void *a, const void *b) {
  return strcmp(a, b);
}

/* n passwords, every second one: 0, 2, 4 ... */
static void list_write(int n, bool capitals, const char *end, bool counts) {
  static char hash[MOST][41];
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  for (int i = 0; i < n; i++)
    sha1_of(2 * i, capitals, hash[i]);
  qsort(hash, (size_t)n, sizeof *hash, by_text);
  for (int i = 0; i < n; i++) {
    fputs(hash[i], file);
    if (counts)
      fprintf(file, ":%u", i % 7 == 0 ? 4294967295u : (unsigned)i);
    fputs(end, file);
  }
  assert_int_equal(fclose(file), 0);
}

static bool listed(int n) {
  char password[LINE], reason[BREACHED_REASON] = "";
  bool found = false;
  snprintf(password, sizeof password, "password number %d", n);
  if (breached_look(path, password, &found, reason) < 0)
    fail_msg("%s", reason);
  return found;
}

static void holds(int n) {
  char reason[BREACHED_REASON] = "";
  if (breached_check(path, reason) < 0)
    fail_msg("%s", reason);
  for (int i = 0; i < n; i++) {
    assert_true(listed(2 * i));
    assert_false(listed(2 * i + 1));
  }
}

static void each_line_is_found_and_nothing_else(void **state) {
  (void)state;
  static const int sizes[] = {1, 2, 3, 90, 91, 100, 180, 1000, MOST}; /* about the size of the window, and far beyond */
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    list_write(sizes[i], true, "\r\n", true); /* as it is published */
    holds(sizes[i]);
  }
  list_write(700, false, "\n", false); /* as other tools write it */
  holds(700);
}

static void a_last_line_needs_no_end(void **state) {
  char hash[41];
  (void)state;
  sha1_of(0, true, hash);
  FILE *file = fopen(path, "w");
  assert_true(file && fputs(hash, file) >= 0 && fclose(file) == 0);
  holds(1);
}

static void refused(const char *text, const char *why) {
  char reason[BREACHED_REASON] = "";
  FILE *file = fopen(path, "w");
  assert_true(file && fputs(text, file) >= 0 && fclose(file) == 0);
  assert_int_equal(breached_check(path, reason), E_CONFIG);
  if (!strstr(reason, why))
    fail_msg("%s", reason);
}

static void what_is_no_such_list(void **state) {
  char reason[BREACHED_REASON] = "", text[20000] = "";
  bool found;
  (void)state;
  refused("", "empty");
  refused("password\n123456\n", "does not begin with a SHA-1");
  refused("00000000000000000000000000000000000000000\n", "does not begin with a SHA-1"); /* one digit more */
  refused("FFFF000000000000000000000000000000000000:3\r\nEEEE000000000000000000000000000000000000:5\r\n", "not sorted");
  memset(text, 'A', sizeof text - 1);
  refused(text, "does not begin with a SHA-1");
  assert_int_equal(breached_look(path, "x", &found, reason), E_CONFIG);
  unlink(path);
  assert_int_equal(breached_check(path, reason), E_SYSTEM);
  assert_int_equal(breached_look(path, "x", &found, reason), E_SYSTEM);
  assert_int_equal(breached_check("/tmp", reason), E_CONFIG);
}

static int file_make(void **state) {
  (void)state;
  const int fd = mkstemp(path);
  return fd < 0 ? -1 : close(fd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_line_is_found_and_nothing_else),
      cmocka_unit_test(a_last_line_needs_no_end),
      cmocka_unit_test(what_is_no_such_list),
  };
  return cmocka_run_group_tests(tests, file_make, NULL);
}
