/* JSON documents broken in every way that JSON allows: members gone, of another type, far too long, in no script at all. For tests
 * of what renders documents that it does not trust; include it after cmocka. */
#ifndef SG_TESTS_BROKEN_JSON_H
#define SG_TESTS_BROKEN_JSON_H

#include <jansson.h>
#include <stdint.h>
#include <string.h>

enum { BROKEN_LONG = 40 * 1000 };

static uint32_t broken_seed;

/* Each round has breaks of its own, and always the same. */
static void broken_begin(uint32_t round) {
  broken_seed = round * 2654435761u;
}

static uint32_t broken_any(uint32_t below) { /* xorshift: the same breaks each time */
  broken_seed ^= broken_seed << 13;
  broken_seed ^= broken_seed >> 17;
  broken_seed ^= broken_seed << 5;
  return broken_seed % below;
}

static json_t *long_string(void) {
  static const char *const pieces[] = {"a", "\u6749", "<b>&amp;", "\u202e", "\n", "\"", ",", "=", "\U0001f393"};
  static char text[BROKEN_LONG + 8];
  size_t len = 0, piece = broken_any(sizeof pieces / sizeof *pieces);
  while (len < BROKEN_LONG) {
    size_t n = strlen(pieces[piece]);
    memcpy(text + len, pieces[piece], n);
    len += n;
  }
  return json_stringn(text, len);
}

static json_t *any_value(void) {
  switch (broken_any(16)) {
  case 0: return json_null();
  case 1: return json_true();
  case 2: return json_integer(-1);
  case 3: return json_integer(INT64_MAX);
  case 4: return json_integer(INT64_MIN);
  case 5: return json_real(1e308);
  case 6: return json_real(-0.5);
  case 7: return json_string("");
  case 8: return json_string("9999-12-31");
  case 9: return json_string("0000-01-01T00:00:00Z");
  case 10: return json_stringn_nocheck("\xff\xc3(\xed\xa0\x80", 6);
  case 11: return json_stringn("a\0b", 3);
  case 12: return json_array();
  case 13: return json_object();
  case 14: return long_string();
  default: return json_string("\u05d0\u202e\a=1+1\r\n,\"\u2028");
  }
}

static void break_object(json_t *object, int depth);

static void break_value(json_t *value, int depth) {
  if (json_is_object(value))
    break_object(value, depth);
  else if (json_is_array(value) && json_array_size(value) > 0 && broken_any(3) == 0)
    json_array_set_new(value, broken_any((uint32_t)json_array_size(value)), any_value());
  else if (json_is_array(value) && json_array_size(value) > 0)
    break_value(json_array_get(value, broken_any((uint32_t)json_array_size(value))), depth + 1);
  else if (json_is_array(value))
    json_array_append_new(value, any_value());
}

/* One member of it, or something inside that, is gone or something else. */
static void break_object(json_t *object, int depth) {
  uint32_t at = broken_any((uint32_t)json_object_size(object) + 1), i = 0;
  const char *key;
  json_t *value;
  json_object_foreach(object, key, value) if (i++ == at) {
    if (depth < 4 && (json_is_object(value) || json_is_array(value)) && broken_any(4) > 0)
      break_value(value, depth + 1);
    else if (broken_any(4) == 0)
      json_object_del(object, key);
    else
      json_object_set_new(object, key, any_value());
    return;
  }
}

#endif
