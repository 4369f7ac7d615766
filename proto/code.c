/*
 * One-time codes. People copy them from a letter, read them over the telephone, paste them from a mail programme that has
 * made typographer's dashes of ours; so the alphabet is Crockford's base 32, which has no letter that can be taken for a
 * digit, and the reader skips whatever a human hand or a mail programme puts between the groups.
 *
 * The check is a CRC and not a hash because of what it promises: every slip within sixteen neighbouring bits is found for
 * certain, and a letter has five. One wrong letter, two or three neighbours wrong, two neighbours swapped: never missed.
 * A check letter modulo 37, as Crockford proposes, would find fewer and needs five letters outside the alphabet.
 */
#include "proto/code.h"

#include <string.h>

enum {
  CHECK_BYTES = 2,
  CHECKED_BYTES = CODE_SECRET_BYTES + CODE_FINGERPRINT_BYTES,
  CODE_BYTES = CHECKED_BYTES + CHECK_BYTES,
  LETTER_BITS = 5,
  LETTERS = CODE_BYTES * 8 / LETTER_BITS,
  GROUP_LETTERS = 4,
};
_Static_assert(LETTERS *LETTER_BITS == CODE_BYTES * 8, "a whole number of letters");
_Static_assert(LETTERS + LETTERS / GROUP_LETTERS == CODE_TEXT, "letters, a dash after each group but the last, NUL");

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* CRC-16/XMODEM: polynomial 0x1021, start 0, nothing reflected, nothing inverted. "123456789" gives 0x31C3. */
static uint16_t crc16(const uint8_t *bytes, size_t len) {
  unsigned crc = 0;
  for (size_t i = 0; i < len; i++) {
    crc ^= (unsigned)bytes[i] << 8;
    for (int bit = 0; bit < 8; bit++)
      crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
  }
  return (uint16_t)crc;
}

void code_format(char ret[CODE_TEXT], const struct code *code) {
  uint8_t bytes[CODE_BYTES];
  memcpy(bytes, code->secret, CODE_SECRET_BYTES);
  memcpy(bytes + CODE_SECRET_BYTES, code->ca_fingerprint, CODE_FINGERPRINT_BYTES);
  uint16_t check = crc16(bytes, CHECKED_BYTES);
  bytes[CHECKED_BYTES] = (uint8_t)(check >> 8);
  bytes[CHECKED_BYTES + 1] = (uint8_t)check;

  char *out = ret;
  unsigned held = 0; /* bits not written yet, in the low `bits` bits */
  int bits = 0;
  const uint8_t *next = bytes;
  for (int letter = 0; letter < LETTERS; letter++) {
    if (letter > 0 && letter % GROUP_LETTERS == 0)
      *out++ = '-';
    if (bits < LETTER_BITS) {
      held = held << 8 | *next++;
      bits += 8;
    }
    bits -= LETTER_BITS;
    *out++ = alphabet[held >> bits & 31];
  }
  *out = '\0';
}

/* The bytes of a separator at the start of `text`, 0 where there is none: space, tab, line end, dash; and what word
 * processors make of them: U+00A0, U+2010 to U+2015, U+2212. */
static size_t separator_bytes(const char *text) {
  if (strchr(" \t\r\n-", text[0]))
    return 1;
  if (strncmp(text, "\xc2\xa0", 2) == 0)
    return 2;
  if (strncmp(text, "\xe2\x80", 2) == 0 && (uint8_t)text[2] >= 0x90 && (uint8_t)text[2] <= 0x95)
    return 3;
  if (strncmp(text, "\xe2\x88\x92", 3) == 0)
    return 3;
  return 0;
}

/* 0 to 31, or -1. */
static int letter_value(char c) {
  if (c >= 'a' && c <= 'z')
    c = (char)(c - 'a' + 'A');
  if (c == 'O')
    c = '0';
  if (c == 'I' || c == 'L')
    c = '1';
  const char *at = c ? strchr(alphabet, c) : NULL;
  return at ? (int)(at - alphabet) : -1;
}

/* Reads letters into `bytes`; *ret_at as code_parse has it. */
static enum code_verdict letters_read(uint8_t bytes[CODE_BYTES], size_t *ret_at, const char *text) {
  size_t letters = 0, n = 0;
  unsigned held = 0;
  int bits = 0;
  for (const char *c = text; *c;) {
    size_t skip = separator_bytes(c);
    if (skip > 0) {
      c += skip;
      continue;
    }
    int value = letter_value(*c);
    if (value < 0) {
      *ret_at = (size_t)(c - text);
      return CODE_BAD_LETTER;
    }
    c++;
    if (letters++ >= LETTERS)
      continue; /* too long; counted so that the message can say how long */
    held = (held << LETTER_BITS | (unsigned)value) & 0xfff;
    bits += LETTER_BITS;
    if (bits >= 8) {
      bits -= 8;
      bytes[n++] = (uint8_t)(held >> bits);
    }
  }
  *ret_at = letters;
  return letters == LETTERS ? CODE_OK : CODE_BAD_LENGTH;
}

enum code_verdict code_parse(struct code *ret, size_t *ret_at, const char *text) {
  uint8_t bytes[CODE_BYTES];
  enum code_verdict verdict = letters_read(bytes, ret_at, text);
  if (verdict != CODE_OK)
    return verdict;
  uint16_t check = (uint16_t)(bytes[CHECKED_BYTES] << 8 | bytes[CHECKED_BYTES + 1]);
  if (crc16(bytes, CHECKED_BYTES) != check)
    return CODE_BAD_CHECK;
  memcpy(ret->secret, bytes, CODE_SECRET_BYTES);
  memcpy(ret->ca_fingerprint, bytes + CODE_SECRET_BYTES, CODE_FINGERPRINT_BYTES);
  return CODE_OK;
}
