/*
 * Time zones from the system's data: /usr/share/zoneinfo holds one TZif file a zone (RFC 8536), a table of instants at which
 * the offset changes, closed by a rule for the time after (zone_rule.c).
 *
 * We read it ourselves because localtime() knows one zone at a time for the whole process, taken from the environment; a
 * daemon serves schools in several zones, and a pure function of (zone, instant) is what tests and the risk engine want.
 * After loading nothing is shared or changed. Files that count leap seconds ("right/...") are refused: our clocks do not.
 */
#include "base/clock.h"

#include "base/err.h"
#include "base/limits.h"
#include "base/zone_rule.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  DAY_S = 86400,
  NAME_CHARS = 64,
  HEADER_BYTES = 44,
  RULE_CHARS = 128,
  FARTHEST_S = 26 * 3600 /* RFC 8536: offsets stay below */
};

struct zone {
  size_t n;
  int64_t *at_s; /* rising; the offset after the i-th is offset_s[i] */
  int32_t *offset_s;
  int32_t first_s; /* before the first */
  bool has_rule;   /* from the last on */
  struct zone_rule rule;
};

/* ---------------------------------------------------------------- reading */

/* Names come from configuration and from imported rosters: letters, digits and _+-, parts divided by single slashes, so
 * that no name climbs out of the directory. */
static bool name_is_plain(const char *name) {
  size_t len = strlen(name);
  if (len == 0 || len > NAME_CHARS || name[0] == '/' || name[len - 1] == '/')
    return false;
  for (size_t i = 0; i < len; i++) {
    char c = name[i];
    bool word = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '-';
    if (!word && (c != '/' || name[i + 1] == '/'))
      return false;
  }
  return true;
}

static uint8_t *read_file(const char *path, size_t *ret_len) {
  uint8_t *data = NULL;
  struct stat about;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return NULL;
  if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode) || about.st_size <= 0 || about.st_size > LIMIT_ZONE_FILE_BYTES)
    goto fail;
  data = malloc((size_t)about.st_size);
  if (!data || read(fd, data, (size_t)about.st_size) != about.st_size)
    goto fail;
  close(fd);
  *ret_len = (size_t)about.st_size;
  return data;

fail:
  free(data);
  close(fd);
  return NULL;
}

static uint64_t big_endian(const uint8_t *at, size_t bytes) {
  uint64_t v = 0;
  for (size_t i = 0; i < bytes; i++)
    v = v << 8 | at[i];
  return v;
}

struct header {
  size_t utc_n, std_n, leap_n, time_n, type_n, char_n;
  size_t bytes; /* of the data that follow it, with times of `time_bytes` */
};

static bool header_read(const uint8_t *at, size_t left, size_t time_bytes, struct header *ret) {
  if (left < HEADER_BYTES || memcmp(at, "TZif", 4) != 0)
    return false;
  const uint8_t *count = at + 20;
  struct header h = {(size_t)big_endian(count, 4),
                     (size_t)big_endian(count + 4, 4),
                     (size_t)big_endian(count + 8, 4),
                     (size_t)big_endian(count + 12, 4),
                     (size_t)big_endian(count + 16, 4),
                     (size_t)big_endian(count + 20, 4),
                     0};
  size_t most = LIMIT_ZONE_FILE_BYTES; /* bounds each count, so that the sum below cannot wrap */
  if (h.utc_n > most || h.std_n > most || h.leap_n > most || h.time_n > most || h.type_n > most || h.char_n > most || h.type_n == 0)
    return false;
  h.bytes = h.time_n * (time_bytes + 1) + h.type_n * 6 + h.char_n + h.leap_n * (time_bytes + 4) + h.std_n + h.utc_n;
  if (h.bytes > left - HEADER_BYTES)
    return false;
  *ret = h;
  return true;
}

static bool table_read(struct zone *zone, const struct header *h, const uint8_t *data) {
  const uint8_t *type_of = data + h->time_n * 8, *types = type_of + h->time_n;
  zone->n = h->time_n;
  zone->at_s = calloc(h->time_n + 1, sizeof *zone->at_s);
  zone->offset_s = calloc(h->time_n + 1, sizeof *zone->offset_s);
  if (!zone->at_s || !zone->offset_s)
    return false;
  zone->first_s = (int32_t)big_endian(types, 4);
  for (size_t i = 0; i < h->time_n; i++) {
    zone->at_s[i] = (int64_t)big_endian(data + i * 8, 8);
    if (type_of[i] >= h->type_n || (i > 0 && zone->at_s[i] <= zone->at_s[i - 1]))
      return false;
    zone->offset_s[i] = (int32_t)big_endian(types + (size_t)type_of[i] * 6, 4);
    if (zone->offset_s[i] <= -FARTHEST_S || zone->offset_s[i] >= FARTHEST_S)
      return false;
  }
  return zone->first_s > -FARTHEST_S && zone->first_s < FARTHEST_S;
}

static bool footer_read(struct zone *zone, const uint8_t *at, size_t left) {
  char text[RULE_CHARS];
  const uint8_t *end = left > 1 ? memchr(at + 1, '\n', left - 1) : NULL;
  if (left < 2 || at[0] != '\n' || !end || (size_t)(end - at) > sizeof text)
    return false;
  size_t len = (size_t)(end - at) - 1;
  if (len == 0)
    return true; /* no rule: the last offset holds for ever */
  memcpy(text, at + 1, len);
  text[len] = '\0';
  zone->has_rule = true;
  return zone_rule_parse(text, &zone->rule) == E_OK;
}

static bool file_parse(struct zone *zone, const uint8_t *data, size_t len) {
  struct header old, h;
  if (!header_read(data, len, 4, &old) || data[4] < '2') /* version 1 has 32-bit times only */
    return false;
  const uint8_t *second = data + HEADER_BYTES + old.bytes;
  size_t left = len - HEADER_BYTES - old.bytes;
  if (!header_read(second, left, 8, &h) || h.leap_n > 0)
    return false;
  const uint8_t *table = second + HEADER_BYTES;
  return table_read(zone, &h, table) && footer_read(zone, table + h.bytes, left - HEADER_BYTES - h.bytes);
}

struct zone *zone_load(const char *name) {
  char path[sizeof "/usr/share/zoneinfo/" + NAME_CHARS];
  size_t len;
  if (!name_is_plain(name))
    return NULL;
  snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
  uint8_t *data = read_file(path, &len);
  struct zone *zone = data ? calloc(1, sizeof *zone) : NULL;
  if (zone && !file_parse(zone, data, len)) {
    zone_free(zone);
    zone = NULL;
  }
  free(data);
  return zone;
}

void zone_free(struct zone *zone) {
  if (!zone)
    return;
  free(zone->at_s);
  free(zone->offset_s);
  free(zone);
}

/* ---------------------------------------------------------------- asking */

/* The offset in force at that second, and the second from which it may be another. */
static int32_t stretch(const struct zone *zone, int64_t unix_s, int64_t *ret_until_s) {
  size_t low = 0, high = zone->n; /* the number of changes that have happened */
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (zone->at_s[middle] <= unix_s)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == zone->n && zone->has_rule)
    return zone_rule_offset_s(&zone->rule, unix_s, ret_until_s);
  *ret_until_s = low < zone->n ? zone->at_s[low] : INT64_MAX;
  return low > 0 ? zone->offset_s[low - 1] : zone->first_s;
}

int32_t zone_offset_s(const struct zone *zone, int64_t unix_ms) {
  int64_t until_s;
  return stretch(zone, zone_floor_div(unix_ms, 1000), &until_s);
}

int32_t zone_day(const struct zone *zone, int64_t unix_ms) {
  int64_t day = zone_floor_div(zone_floor_div(unix_ms, 1000) + zone_offset_s(zone, unix_ms), DAY_S);
  /* Saturates: INT32_MIN itself means "no day" elsewhere. */
  return day > INT32_MAX ? INT32_MAX : day < -INT32_MAX ? -INT32_MAX : (int32_t)day;
}

/* The first instant whose local time is that or later. Walks the stretches of constant offset, because where clocks jump a
 * local time may be missing (the day then starts later) or come twice (the first counts). */
static int64_t first_instant_ms(const struct zone *zone, int64_t local_s) {
  int64_t from_s = local_s - FARTHEST_S, until_s;
  for (;;) {
    int64_t at_s = local_s - stretch(zone, from_s, &until_s);
    if (at_s < from_s)
      at_s = from_s;
    if (at_s < until_s)
      return at_s * 1000;
    from_s = until_s;
  }
}

int64_t zone_noon_ms(const struct zone *zone, int32_t day) {
  return first_instant_ms(zone, (int64_t)day * DAY_S + DAY_S / 2);
}

int64_t zone_midnight_ms(const struct zone *zone, int32_t day) {
  return first_instant_ms(zone, (int64_t)day * DAY_S);
}
