/* Passwords: hashes that others made and ours, and what is refused of new ones. */
#include "office/password.h"

#include "office/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_hash_is_of_its_password(void **state) {
  char hash[PASSWORD_HASH_TEXT], other[PASSWORD_HASH_TEXT];
  (void)state;
  assert_int_equal(password_hash("violet anvils hum quietly", hash), 0);
  assert_int_equal(password_hash("violet anvils hum quietly", other), 0);
  assert_string_not_equal(hash, other); /* a salt each */
  assert_int_equal(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
  assert_true(password_check("violet anvils hum quietly", hash));
  assert_false(password_check("violet anvils hum quietl", hash));
  assert_false(password_check("", hash));
  assert_false(password_is_old(hash));
}

static void nobodys_hash_is_never_right(void **state) {
  (void)state;
  assert_false(password_check("violet anvils hum quietly", NULL));
  assert_false(password_check("", NULL));
}

/* Of argon2's own command line: echo -n "correct horse" | argon2 somesaltsomesalt -id -t 1 -k 8192 -p 1 -l 32 -e */
static void a_hash_with_other_costs_is_still_one(void **state) {
  static const char old[] = "$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$+jQGvnLH9sd/RHpVFdneZ1pWEi8VDK30k/E/IE+o3IE";
  (void)state;
  assert_true(password_check("correct horse", old));
  assert_false(password_check("correct horsf", old));
  assert_true(password_is_old(old));
}

static void what_is_no_hash(void **state) {
  static const char *const hashes[] = {"", "x", "$argon2id$", "$argon2i$v=19$m=8192,t=1,p=1$c29tZXNhbHQ$AAAA",
                                       "$2b$12$abcdefghijklmnopqrstuv"};
  (void)state;
  for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
    assert_false(password_check("anything", hashes[i]));
}

static void refused(const char *password) {
  if (!password_objection(password, 15, "Hazel Rowan-Linden", "hazel.rowan@school.example"))
    fail_msg("\"%s\" is taken", password);
}

static void taken(const char *password) {
  const char *why = password_objection(password, 15, "Hazel Rowan-Linden", "hazel.rowan@school.example");
  if (why)
    fail_msg("\"%s\" is refused: %s", password, why);
}

static void what_a_new_one_must_be(void **state) {
  char longest[OFFICE_PASSWORD_MOST_CHARS + 2];
  (void)state;
  refused("");
  refused("fourteen chars");
  taken("fifteen  chars!");
  refused("passwordpassword");
  refused("Password12345678!");
  refused("12345678password!!");
  refused("iloveyouiloveyouiloveyou");
  refused("!!!!2023-12-31!!!!");
  refused("aaaaaaaaaaaaaaaa");
  refused("abcabcabcabcabcabc");
  refused("qwertyuiopasdfghjkl");
  refused("zyxwvutsrqponmlk");
  refused("09876543210987654");
  refused("my name is rowan ok");
  refused("HAZEL likes her tea");
  refused("school of medicine!");
  refused("the StepGuard of dusk");
  refused("usmle in the rain!");
  taken("correct horse battery staple");
  taken("violet anvils hum quietly");
  taken("\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c \xd0\xb8\xd0\xb7 \xd1\x81\xd0\xbb\xd0\xbe\xd0\xb2 \xe2\x9c\x93");
  for (size_t i = 0; i < sizeof longest; i++)
    longest[i] = (char)('!' + i * 7 % 90);
  longest[OFFICE_PASSWORD_MOST_CHARS] = '\0';
  taken(longest);
  longest[OFFICE_PASSWORD_MOST_CHARS] = 'x';
  longest[OFFICE_PASSWORD_MOST_CHARS + 1] = '\0';
  refused(longest);
}

extern const unsigned char office_passwords[];

/* Of every length that a school may ask for there are the 3,000 most common, and of those that are long enough for ours not one is
 * taken (ASVS 5.0, 6.2.4). */
static void the_most_common_of_every_length_are_refused(void **state) {
  enum { FLOOR_LEAST = 8, FLOOR_MOST = 17, WANTED = 3000, LINE = 80 };
  size_t at_least[LINE] = {0};
  (void)state;
  for (const char *at = (const char *)office_passwords; *at;) {
    char word[LINE];
    const size_t len = strcspn(at, "\n");
    if (*at != '#') {
      assert_true(len < sizeof word);
      memcpy(word, at, len);
      word[len] = '\0';
      for (size_t n = 0; n <= len; n++)
        at_least[n]++;
      if (!password_objection(word, FLOOR_LEAST, "", ""))
        fail_msg("\"%s\" is taken", word);
    }
    at += len + (at[len] == '\n');
  }
  for (size_t n = FLOOR_LEAST; n <= FLOOR_MOST; n++)
    if (at_least[n] < WANTED)
      fail_msg("%zu of %zu characters or more", at_least[n], n);
  refused("PolniyPizdec0211"); /* long, without a row or a word of a short list in it, and among the first of their length */
  refused("perasperaadastra");
  refused("30secondstomars");
}

static void a_short_name_is_no_reason(void **state) {
  (void)state;
  assert_null(password_objection("the oak leaves turn", 15, "Li Oak", "li@c.example"));
  assert_null(password_objection("the oak leaves turn", 15, "", ""));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_hash_is_of_its_password),
      cmocka_unit_test(nobodys_hash_is_never_right),
      cmocka_unit_test(a_hash_with_other_costs_is_still_one),
      cmocka_unit_test(what_is_no_hash),
      cmocka_unit_test(what_a_new_one_must_be),
      cmocka_unit_test(the_most_common_of_every_length_are_refused),
      cmocka_unit_test(a_short_name_is_no_reason),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
