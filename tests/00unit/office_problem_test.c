/* Problem documents, entity tags, bodies: small things that every request passes through. */
#include "office/problem.h"

#include "base/err.h"
#include "office/body.h"
#include "office/etag.h"
#include "office/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *document(const struct problem *problem) {
  static char text[4096];
  struct buf out;
  buf_init(&out, sizeof text);
  problem_put(&out, problem, "r-1");
  assert_int_equal(buf_finish(&out), 0);
  memcpy(text, out.data, out.len);
  text[out.len] = '\0';
  buf_done(&out);
  return text;
}

static void a_problem(void **state) {
  (void)state;
  assert_string_equal(
      document(&(struct problem){.status = 404, .code = "not_found", .detail = "There is none."}),
      "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"code\":\"not_found\",\"detail\":\"There is none.\","
      "\"request_id\":\"r-1\"}\n");
  assert_string_equal(
      document(&(struct problem){.status = 409,
                                 .code = "conflict",
                                 .detail = "Say \"no\".",
                                 .remedy = "Look.",
                                 .field = "a\nb",
                                 .more = "{\"current\": {\"revision\": 2}, \"status\": 200, \"x\": null}"}),
      "{\"type\":\"about:blank\",\"title\":\"Conflict\",\"status\":409,\"code\":\"conflict\",\"detail\":\"Say \\\"no\\\".\","
      "\"remedy\":\"Look.\",\"field\":\"a\\nb\",\"request_id\":\"r-1\",\"current\":{\"revision\":2},\"x\":null}\n");
}

static void what_is_no_object_adds_nothing(void **state) {
  static const char *const more[] = {"", "null", "[1]", "{", "1", "{}"};
  const char *plain =
      "{\"type\":\"about:blank\",\"title\":\"Forbidden\",\"status\":403,\"code\":\"x\",\"detail\":\"y\",\"request_id\":\"r-1\"}\n";
  (void)state;
  for (size_t i = 0; i < sizeof more / sizeof *more; i++)
    assert_string_equal(document(&(struct problem){.status = 403, .code = "x", .detail = "y", .more = more[i]}), plain);
}

static void tags(void **state) {
  char tag[ETAG_TEXT], other[ETAG_TEXT];
  (void)state;
  etag_make("abc", 3, tag);
  assert_string_equal(tag, "\"ba7816bf8f01cfea414140de5dae2223\"");
  etag_make("abd", 3, other);
  assert_true(etag_matches(tag, tag));
  assert_true(etag_matches("W/\"ba7816bf8f01cfea414140de5dae2223\"", tag));
  assert_true(etag_matches("\"x\" , \"ba7816bf8f01cfea414140de5dae2223\"", tag));
  assert_true(etag_matches("*", tag));
  static const char *const none[] = {
      "",       "\"\"", "\"ba7816\"", "ba7816bf8f01cfea414140de5dae2223", "\"ba7816bf8f01cfea414140de5dae2223", "W/",
      "W/W/*x", ",,,",  "\"unclosed"};
  assert_false(etag_matches(NULL, tag));
  assert_false(etag_matches(other, tag));
  for (size_t i = 0; i < sizeof none / sizeof *none; i++)
    assert_false(etag_matches(none[i], tag));
}

static int parsed(const char *text, size_t len) {
  const char *why = "";
  json_t *body = NULL;
  const int err = body_parse(text, len, &body, &why);
  assert_true(err == 0 ? body != NULL : body == NULL && strlen(why) > 10);
  json_decref(body);
  return err;
}

static void nested(char *text, int depth) {
  int n = 0;
  n += snprintf(text + n, 8, "{\"a\":");
  for (int i = 1; i < depth; i++)
    text[n++] = '[';
  for (int i = 1; i < depth; i++)
    text[n++] = ']';
  text[n++] = '}';
  text[n] = '\0';
}

static void bodies(void **state) {
  char text[4 * OFFICE_BODY_DEPTH + 16];
  static const char *const brackets = "{\"a\":\"[[[[[[[[[[[[[[[[[[[[{{{{{{{{{{{{{{{\\\"[[[[[\"}";
  (void)state;
  assert_int_equal(parsed("{}", 2), 0);
  assert_int_equal(parsed("[]", 2), E_INVALID);
  assert_int_equal(parsed("{\"a\":\"\\u0000\"}", 14), E_INVALID);
  assert_int_equal(parsed("{\"a\":1,\"a\":1}", 13), E_INVALID);
  assert_int_equal(parsed("{\"a\":1\0}", 8), E_INVALID);
  assert_int_equal(parsed(brackets, strlen(brackets)), 0); /* in a string they nest nothing */
  nested(text, OFFICE_BODY_DEPTH);
  assert_int_equal(parsed(text, strlen(text)), 0);
  nested(text, OFFICE_BODY_DEPTH + 1);
  assert_int_equal(parsed(text, strlen(text)), E_INVALID);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_problem),
      cmocka_unit_test(what_is_no_object_adds_nothing),
      cmocka_unit_test(tags),
      cmocka_unit_test(bodies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
