/* Whole files: the old bytes or the new ones, the right mode, and a sentence for everything that can be in the way. */
#include "base/file.h"

#include "base/digest.h"
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[256], path[512], reason[FILE_REASON];

static int set_up(void **state) {
  (void)state;
  const char *tmp = getenv("TMPDIR");
  snprintf(directory, sizeof directory, "%s/file_test.XXXXXX", tmp ? tmp : "/tmp");
  assert_non_null(mkdtemp(directory));
  snprintf(path, sizeof path, "%s/it", directory);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  unlink(path);
  return rmdir(directory); /* fails, and the test with it, where something was left behind */
}

static void is(const char *expected) {
  char *bytes = NULL;
  size_t len = 0;
  assert_int_equal(file_read(path, 100, &bytes, &len, reason), 0);
  assert_int_equal(len, strlen(expected));
  assert_string_equal(bytes, expected);
  free(bytes);
}

static void a_secret_is_read_where_nobody_else_may(void **state) {
  static const struct {
    mode_t mode;
    int err;
  } rows[] = {{0600, 0},        {0400, 0},        {0640, 0},        {0644, E_CONFIG},
              {0604, E_CONFIG}, {0660, E_CONFIG}, {0601, E_CONFIG}, {0750, E_CONFIG}};
  (void)state;
  assert_int_equal(file_write(path, "secret", 6, 0600, true, reason), 0);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char *bytes = NULL;
    size_t len = 0;
    assert_int_equal(chmod(path, rows[i].mode), 0);
    assert_int_equal(file_read_secret(path, 100, &bytes, &len, reason), rows[i].err);
    assert_int_equal(len, rows[i].err ? 0 : 6);
    assert_true(rows[i].err == 0 || strstr(reason, "others may read or change"));
    free(bytes);
  }
}

static void written_and_replaced(void **state) {
  (void)state;
  struct stat there;
  mode_t mask = umask(0);
  assert_int_equal(file_write(path, "secret", 6, 0600, true, reason), 0);
  umask(mask);
  is("secret");
  assert_int_equal(stat(path, &there), 0);
  assert_int_equal(there.st_mode & 07777, 0600);
  assert_int_equal(file_size(path), 6);
  assert_int_equal(file_write(path, "other", 5, 0600, false, reason), 0);
  is("other");
  assert_int_equal(file_write(path, "", 0, 0600, false, reason), 0);
  is("");
}

static void a_fresh_one_replaces_nothing(void **state) {
  (void)state;
  assert_int_equal(file_write(path, "first", 5, 0600, true, reason), 0);
  assert_int_equal(file_write(path, "second", 6, 0600, true, reason), E_INVALID);
  assert_non_null(strstr(reason, path));
  is("first");
}

static void a_link_is_replaced_and_not_followed(void **state) {
  (void)state;
  char target[600];
  snprintf(target, sizeof target, "%s/target", directory);
  assert_int_equal(symlink(target, path), 0);
  assert_int_equal(file_write(path, "x", 1, 0600, true, reason), E_INVALID);
  assert_int_equal(file_write(path, "x", 1, 0600, false, reason), 0);
  assert_int_equal(access(target, F_OK), -1);
  is("x");
}

static void what_is_in_the_way_is_said(void **state) {
  (void)state;
  char *bytes = NULL;
  size_t len = 0;
  char nowhere[600];
  snprintf(nowhere, sizeof nowhere, "%s/no/such/it", directory);
  assert_int_equal(file_write(nowhere, "x", 1, 0600, false, reason), E_SYSTEM);
  assert_non_null(strstr(reason, "No such file"));
  assert_int_equal(file_read(nowhere, 100, &bytes, &len, reason), E_SYSTEM);
  assert_int_equal(file_read(directory, 100, &bytes, &len, reason), E_SYSTEM);
  assert_int_equal(file_write(path, "0123456789", 10, 0600, false, reason), 0);
  assert_int_equal(file_read(path, 9, &bytes, &len, reason), E_LIMIT);
  assert_non_null(strstr(reason, "larger than 9 bytes"));
  assert_null(bytes);
  assert_int_equal(file_size(nowhere), 0);
}

static int count_pieces(void *arg, const void *bytes, size_t len) {
  (void)bytes;
  size_t *total = arg;
  *total += len;
  return *total > 100000 ? E_INVALID : 0;
}

static void streamed_until_somebody_stops_it(void **state) {
  (void)state;
  size_t total = 0, size = 300000;
  char *much = calloc(1, size);
  assert_int_equal(file_write(path, much, 90000, 0600, false, reason), 0);
  assert_int_equal(file_stream(path, count_pieces, &total, reason), 0);
  assert_int_equal(total, 90000);
  assert_int_equal(file_write(path, much, size, 0600, false, reason), 0);
  total = 0;
  assert_int_equal(file_stream(path, count_pieces, &total, reason), E_INVALID);
  assert_true(total < size);
  free(much);
}

static void directories_are_made_on_the_way(void **state) {
  (void)state;
  char deep[600], middle[600];
  snprintf(middle, sizeof middle, "%s/a", directory);
  snprintf(deep, sizeof deep, "%s/a/b/", directory);
  assert_int_equal(file_make_directory(deep, 0700, reason), 0);
  assert_int_equal(file_make_directory(deep, 0700, reason), 0);
  assert_int_equal(file_make_directory("/", 0700, reason), 0);
  assert_int_equal(file_write(path, "x", 1, 0600, false, reason), 0);
  char below[600];
  snprintf(below, sizeof below, "%s/it/c", directory);
  assert_int_equal(file_make_directory(below, 0700, reason), E_SYSTEM);
  assert_int_equal(rmdir(deep), 0);
  assert_int_equal(rmdir(middle), 0);
}

static void the_digest_is_sha256(void **state) {
  (void)state;
  uint8_t digest[DIGEST_BYTES];
  char hex[DIGEST_TEXT];
  digest_sha256(digest, "abc", 3);
  digest_hex(hex, digest, sizeof digest);
  assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); /* FIPS 180-2, B.1 */
}

int main(void) {
#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      EACH(a_secret_is_read_where_nobody_else_may),
      EACH(written_and_replaced),
      EACH(a_fresh_one_replaces_nothing),
      EACH(a_link_is_replaced_and_not_followed),
      EACH(what_is_in_the_way_is_said),
      EACH(streamed_until_somebody_stops_it),
      EACH(directories_are_made_on_the_way),
      cmocka_unit_test(the_digest_is_sha256),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
