/*
 * Identifiers that sort by time (RFC 9562, versions 7 and 8). Bit layout, most significant first:
 *
 *   48 unix_ms | 4 version | 12 free | 2 variant (10) | 62 free
 *
 * Version 7 fills the free bits with randomness, version 8 with a hash of the content. A counter inside the millisecond
 * (method 1 of the RFC) was left out: one device makes a handful of ids a day, and order within a millisecond means nothing.
 */
#include "proto/uuid7.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

enum { TIME_BYTES = 6, FREE_BYTES = UUID_BYTES - TIME_BYTES, VERSION_AT = 6, VARIANT_AT = 8 };

static void uuid_fill(uint8_t ret[UUID_BYTES], int64_t unix_ms, const uint8_t *fill, unsigned version) {
  uint64_t ms = unix_ms < 0 ? 0 : (uint64_t)unix_ms;
  for (int i = 0; i < TIME_BYTES; i++)
    ret[i] = (uint8_t)(ms >> (8 * (TIME_BYTES - 1 - i)));
  memcpy(ret + TIME_BYTES, fill, FREE_BYTES);
  ret[VERSION_AT] = (uint8_t)((ret[VERSION_AT] & 0x0f) | version << 4);
  ret[VARIANT_AT] = (uint8_t)((ret[VARIANT_AT] & 0x3f) | 0x80);
}

void uuid7_make(uint8_t ret[UUID_BYTES], int64_t unix_ms, const uint8_t random[10]) {
  uuid_fill(ret, unix_ms, random, 7);
}

void uuid8_make(uint8_t ret[UUID_BYTES], int64_t unix_ms, const uint8_t *digest) {
  uuid_fill(ret, unix_ms, digest, 8);
}

int uuid8_own(uint8_t ret[UUID_BYTES], const uint8_t id[UUID_BYTES], const uint8_t salt[UUID_SALT_BYTES]) {
  uint8_t both[UUID_SALT_BYTES + UUID_BYTES], digest[SHA256_DIGEST_LENGTH];
  if (id[VERSION_AT] >> 4 != 8) {
    memcpy(ret, id, UUID_BYTES);
    return 0;
  }
  memcpy(both, salt, UUID_SALT_BYTES);
  memcpy(both + UUID_SALT_BYTES, id, UUID_BYTES);
  if (EVP_Digest(both, sizeof both, digest, NULL, EVP_sha256(), NULL) != 1)
    return -1;
  uuid8_make(ret, uuid_unix_ms(id), digest);
  return 0;
}

bool uuid_is_time_ordered(const uint8_t id[UUID_BYTES]) {
  unsigned version = id[VERSION_AT] >> 4;
  return (version == 7 || version == 8) && (id[VARIANT_AT] & 0xc0) == 0x80;
}

int64_t uuid_unix_ms(const uint8_t id[UUID_BYTES]) {
  int64_t ms = 0;
  for (int i = 0; i < TIME_BYTES; i++)
    ms = ms << 8 | id[i];
  return ms;
}

/* A dash stands before bytes 4, 6, 8 and 10. */
static bool dash_before(int byte) {
  return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void uuid_format(char ret[UUID_TEXT], const uint8_t id[UUID_BYTES]) {
  static const char digits[] = "0123456789abcdef";
  char *out = ret;
  for (int i = 0; i < UUID_BYTES; i++) {
    if (dash_before(i))
      *out++ = '-';
    *out++ = digits[id[i] >> 4];
    *out++ = digits[id[i] & 0x0f];
  }
  *out = '\0';
}

static int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

int uuid_parse(uint8_t ret[UUID_BYTES], const char *text) {
  uint8_t id[UUID_BYTES];
  for (int i = 0; i < UUID_BYTES; i++) {
    if (dash_before(i) && *text++ != '-')
      return -1;
    int high = hex_value(text[0]);
    int low = high < 0 ? -1 : hex_value(text[1]);
    if (low < 0)
      return -1;
    id[i] = (uint8_t)(high << 4 | low);
    text += 2;
  }
  if (*text != '\0')
    return -1;
  memcpy(ret, id, UUID_BYTES);
  return 0;
}
