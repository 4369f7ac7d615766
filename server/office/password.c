/*
 * argon2id by its reference library; the rules for new passwords.
 *
 * Length is what counts, and there are no rules about which characters (NIST SP 800-63B-4, 3.1.1.2; ASVS 5.0, 6.2). What is
 * refused is what a list tries first: a common password, alone, repeated, or with digits and marks around it; few different
 * characters; a row of the keyboard or the alphabet; one's own name or address, or a word of this program. The list ships with
 * it (passwords.txt says from where, and why it is as long as it is), so that nobody is asked over the network about a password. A
 * school's own list of stolen ones is base/breached.h's, looked at beside the hashing because it is a file.
 *
 * Hashes carry their parameters, so those in the table can be raised and old hashes still be checked. The hash of nobody is
 * made with the same ones: an account that does not exist takes as long as one that does.
 */
#include "office/password.h"

#include "base/err.h"
#include "office/limits.h"
#include "proto/utf8.h"

#include <argon2.h>
#include <ctype.h>
#include <openssl/rand.h>
#include <string.h>

/* OWASP Password Storage Cheat Sheet and security.md, fact 15 and ASVS 11.4.2: m = 19 MiB, t = 2, p = 1. One takes 20 to 40 ms of a
 * core. */
static const struct { uint32_t passes, memory_kib, lanes; } cost = {.passes = 2, .memory_kib = 19 * 1024, .lanes = 1};

enum { SALT_BYTES = 16, HASH_BYTES = 32, DISTINCT_LEAST = 6, WORD_LEAST = 5, FOLDED_BYTES = OFFICE_PASSWORD_BYTES + 1 };

/* With the same cost, salt and hash all zero: the right answer to nothing. */
static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

int password_hash(const char *password, char ret[PASSWORD_HASH_TEXT]) {
  uint8_t salt[SALT_BYTES];
  if (RAND_bytes(salt, sizeof salt) != 1)
    return E_TLS;
  return argon2id_hash_encoded(cost.passes, cost.memory_kib, cost.lanes, password, strlen(password), salt, sizeof salt, HASH_BYTES,
                               ret, PASSWORD_HASH_TEXT) == ARGON2_OK
             ? E_OK
             : E_NOMEM;
}

bool password_check(const char *password, const char *hash) {
  const bool right = argon2id_verify(hash ? hash : nobody, password, strlen(password)) == ARGON2_OK;
  return right && hash;
}

bool password_is_old(const char *hash) {
  static const char today[] = "$argon2id$v=19$m=19456,t=2,p=1$";
  return strncmp(hash, today, sizeof today - 1) != 0;
}

/* ---- what a new one must be ---- */

extern const unsigned char office_passwords[];

static size_t count_chars(const char *text) {
  size_t chars = 0;
  for (size_t left = strlen(text), n; left > 0; text += n, left -= n, chars++) {
    uint32_t point;
    n = utf8_next(text, left, &point);
    if (n == 0)
      n = 1;
  }
  return chars;
}

static void fold(const char *text, char ret[FOLDED_BYTES]) {
  size_t n = 0;
  for (; text[n] && n < FOLDED_BYTES - 1; n++)
    ret[n] = (char)tolower((unsigned char)text[n]);
  ret[n] = '\0';
}

static bool listed(const char *word, size_t len) {
  for (const char *at = (const char *)office_passwords; *at;) {
    const size_t line = strcspn(at, "\n");
    if (*at != '#' && line == len && strncmp(at, word, len) == 0)
      return true;
    at += line + (at[line] == '\n');
  }
  return false;
}

/* The shortest beginning of which the text is made by repeating; its whole length where there is none. */
static size_t period(const char *text, size_t len) {
  for (size_t n = 1; n <= len / 2; n++)
    if (len % n == 0 && strncmp(text, text + n, len - n) == 0)
      return n;
  return len;
}

static bool common(const char *folded) {
  const size_t len = strlen(folded), part = period(folded, len);
  if (listed(folded, len) || listed(folded, part))
    return true;
  const char *from = folded, *to = folded + len;
  while (from < to && !isalpha((unsigned char)*from) && (unsigned char)*from < 0x80)
    from++;
  while (to > from && !isalpha((unsigned char)to[-1]) && (unsigned char)to[-1] < 0x80)
    to--;
  const size_t letters = (size_t)(to - from);
  return letters == 0 || listed(from, period(from, letters));
}

static size_t count_distinct(const char *folded) {
  bool seen[256] = {false};
  size_t distinct = 0;
  for (; *folded; folded++) {
    distinct += !seen[(unsigned char)*folded];
    seen[(unsigned char)*folded] = true;
  }
  return distinct;
}

/* Words that whoever guesses at this door tries: the program and what it is about (ASVS 5.0, 6.2.11). */
static const char of_this_door[] = "stepguard usmle comlex comsae cbssa";

/* Most of it stands in one row of the alphabet or the keyboard, forwards or backwards. */
static bool row(const char *folded) {
  size_t steps = 0, len = strlen(folded);
  static const char *const rows[] = {"qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890"};
  for (size_t i = 1; i < len; i++) {
    const char a = folded[i - 1], b = folded[i];
    bool next = b - a == 1 || a - b == 1;
    for (size_t r = 0; r < sizeof rows / sizeof *rows && !next; r++) {
      const char *at = strchr(rows[r], a);
      next = at && (at[1] == b || (at > rows[r] && at[-1] == b));
    }
    steps += next;
  }
  return len > 1 && steps * 4 > (len - 1) * 3;
}

/* A word of the name or the address, of more than a few letters. */
static bool mentions(const char *folded, const char *words, const char *separators) {
  char low[FOLDED_BYTES], word[FOLDED_BYTES];
  fold(words, low);
  for (const char *at = low; *at; at += strspn(at, separators)) {
    const size_t len = strcspn(at, separators);
    memcpy(word, at, len);
    word[len] = '\0';
    if (len >= WORD_LEAST && strstr(folded, word))
      return true;
    at += len;
  }
  return false;
}

const char *password_objection(const char *password, size_t floor_chars, const char *name, const char *email) {
  char folded[FOLDED_BYTES];
  const size_t chars = count_chars(password);
  if (chars < floor_chars)
    return "The password is too short. Several words that do not belong together make a long one.";
  if (chars > OFFICE_PASSWORD_MOST_CHARS || strlen(password) > OFFICE_PASSWORD_BYTES)
    return "The password is longer than 128 characters.";
  fold(password, folded);
  if (count_distinct(folded) < DISTINCT_LEAST || row(folded))
    return "The password is a row or a repetition, which is tried first. Choose another.";
  if (common(folded))
    return "The password is one of those that are tried first. Choose another.";
  if (mentions(folded, of_this_door, " "))
    return "The password contains a word that is tried first here. Choose another.";
  if (mentions(folded, name, " -'.") || mentions(folded, email, "@.-_+"))
    return "The password contains your name or address. Choose another.";
  return NULL;
}
