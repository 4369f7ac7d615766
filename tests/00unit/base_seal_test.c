/* Sealing: what opens, and that nothing else does. */
#include "base/seal.h"

#include "base/err.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LEN = 20, SEALED = LEN + SEAL_EXTRA_BYTES };

static const struct seal seal = {.n = 1, .keys = {{1, "0123456789abcdef0123456789abcde"}}};
static const uint8_t plain[LEN] = "nineteen and a nul.";

static void it_opens_for_its_own_name(void **state) {
  uint8_t sealed[SEALED], again[SEALED], opened[LEN];
  (void)state;
  assert_int_equal(seal_close(&seal, "totp/demo/17", plain, LEN, sealed), 0);
  assert_int_equal(seal_close(&seal, "totp/demo/17", plain, LEN, again), 0);
  assert_memory_not_equal(sealed, again, SEALED); /* a nonce each */
  assert_int_equal(seal_open(&seal, "totp/demo/17", sealed, SEALED, opened), 0);
  assert_memory_equal(opened, plain, LEN);
  assert_int_equal(seal_open(&seal, "totp/demo/18", sealed, SEALED, opened), E_INVALID);
  const struct seal other = {.n = 1, .keys = {{1, "another key of thirty-two bytes"}}};
  assert_int_equal(seal_open(&other, "totp/demo/17", sealed, SEALED, opened), E_INVALID);
}

static void every_bit_counts(void **state) {
  uint8_t sealed[SEALED], opened[LEN];
  static const uint8_t nothing[LEN];
  (void)state;
  assert_int_equal(seal_close(&seal, "a", plain, LEN, sealed), 0);
  for (size_t bit = 0; bit < 8 * SEALED; bit++) {
    sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    memset(opened, 0, sizeof opened);
    assert_int_equal(seal_open(&seal, "a", sealed, SEALED, opened), E_INVALID);
    assert_memory_equal(opened, nothing, LEN); /* nothing of it is left behind */
    sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
  }
  for (size_t len = 0; len < SEALED; len++)
    assert_int_equal(seal_open(&seal, "a", sealed, len, opened), E_INVALID);
}

static void key_file(const char *path, const char *text, mode_t mode) {
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
  assert_int_equal(fchmod(fd, mode), 0);
  close(fd);
}

static void keys_are_read_from_files_of_ones_own(void **state) {
  static const char good[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
  char path[] = "/tmp/seal-test-XXXXXX", reason[SEAL_REASON], text[80];
  struct seal loaded;
  (void)state;
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  key_file(path, good, 0600);
  assert_int_equal(seal_load(&loaded, path, reason), 0);
  assert_int_equal(loaded.n, 1);
  assert_int_equal(loaded.keys[0].number, 1);
  assert_int_equal(loaded.keys[0].key[1], 0x11);
  snprintf(text, sizeof text, "%s\n", good);
  key_file(path, text, 0640); /* a group that may read is somebody's decision */
  assert_int_equal(seal_load(&loaded, path, reason), 0);
  for (mode_t mode = 0604; mode <= 0622; mode += 2) {
    if (!(mode & (S_IRWXO | S_IWGRP | S_IXGRP)))
      continue;
    key_file(path, good, mode);
    assert_int_equal(seal_load(&loaded, path, reason), E_CONFIG);
    assert_non_null(strstr(reason, "chmod 600"));
  }
  key_file(path, "00112233", 0600);
  assert_int_equal(seal_load(&loaded, path, reason), E_CONFIG);
  assert_non_null(strstr(reason, "stepguardctl init"));
  text[5] = 'x';
  key_file(path, text, 0600);
  assert_int_equal(seal_load(&loaded, path, reason), E_CONFIG);
  unlink(path);
  assert_int_equal(seal_load(&loaded, path, reason), E_CONFIG);
  seal_forget(&loaded);
}

/* One is added, all there is sealed anew, the old one taken away. */
static void a_key_is_changed_for_another(void **state) {
  uint8_t old[SEALED], fresh[SEALED], opened[LEN];
  struct seal keys = seal;
  (void)state;
  assert_int_equal(seal_close(&keys, "a", plain, LEN, old), 0);
  assert_int_equal(seal_add(&keys), 0);
  assert_int_equal(seal_newest(&keys), 2);
  assert_int_equal(seal_open(&keys, "a", old, SEALED, opened), 0);
  assert_int_equal(seal_close(&keys, "a", plain, LEN, fresh), 0);
  assert_int_equal(fresh[0], 2);
  assert_int_equal(seal_open(&seal, "a", fresh, SEALED, opened), E_INVALID); /* who has not heard of the second */
  old[0] = 2;
  assert_int_equal(seal_open(&keys, "a", old, SEALED, opened), E_INVALID); /* the number alone helps nobody */
  old[0] = 1;
  seal_remove(&keys, 1);
  assert_false(seal_has(&keys, 1));
  assert_int_equal(seal_open(&keys, "a", old, SEALED, opened), E_INVALID);
  assert_int_equal(seal_open(&keys, "a", fresh, SEALED, opened), 0);
  assert_memory_equal(opened, plain, LEN);
  while (keys.n < SEAL_KEYS)
    assert_int_equal(seal_add(&keys), 0);
  assert_int_equal(seal_add(&keys), E_LIMIT);
  keys = (struct seal){.n = 1, .keys = {{.number = SEAL_NUMBER_MOST}}};
  assert_int_equal(seal_add(&keys), E_LIMIT);
}

static int loaded(const char *path, const char *text, struct seal *ret) {
  char reason[SEAL_REASON];
  key_file(path, text, 0600);
  return seal_load(ret, path, reason);
}

#define HEX64(c) c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c
static void several_keys_in_a_file(void **state) {
  static const char two[] = "3 " HEX64("aa") "\n7 " HEX64("bb") "\n";
  static const char *const wrong[] = {"",
                                      "\n",
                                      "3 " HEX64("aa") "\n\n",
                                      "7 " HEX64("aa") "\n3 " HEX64("bb"),
                                      "3 " HEX64("aa") "\n3 " HEX64("bb"),
                                      "0 " HEX64("aa"),
                                      "256 " HEX64("aa"),
                                      "99999999999 " HEX64("aa"),
                                      "3 " HEX64("aa") "a",
                                      "3  " HEX64("aa"),
                                      "3" HEX64("aa"),
                                      HEX64("aa") "\n" HEX64("bb"),
                                      "-3 " HEX64("aa"),
                                      "3 " HEX64("ag")};
  char path[] = "/tmp/seal-test-XXXXXX", text[SEAL_FILE_BYTES];
  struct seal keys = {0};
  (void)state;
  close(mkstemp(path));
  assert_int_equal(loaded(path, two, &keys), 0);
  assert_int_equal(seal_newest(&keys), 7);
  assert_int_equal(keys.keys[0].key[31], 0xaa);
  seal_print(&keys, text);
  assert_string_equal(text, two);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    assert_int_equal(loaded(path, wrong[i], &keys), E_CONFIG);
    assert_int_equal(seal_newest(&keys), 7); /* what was there stays */
  }
  assert_int_equal(loaded(path, HEX64("aa") "\n2 " HEX64("bb"), &keys), 0); /* the first of an installation, and one more */
  assert_true(seal_has(&keys, 1) && seal_has(&keys, 2));
  while (keys.n < SEAL_KEYS)
    assert_int_equal(seal_add(&keys), 0);
  seal_print(&keys, text);
  assert_int_equal(loaded(path, text, &keys), 0); /* the largest file there can be */
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_opens_for_its_own_name),
      cmocka_unit_test(every_bit_counts),
      cmocka_unit_test(keys_are_read_from_files_of_ones_own),
      cmocka_unit_test(a_key_is_changed_for_another),
      cmocka_unit_test(several_keys_in_a_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
