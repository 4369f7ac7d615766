/*
 * The gate, byte by byte and as a whole: each kind of head that is refused, with which answer, and that nothing depends on
 * how the bytes were cut on their way. The cases stand in
 * gate_cases.h, for loop_http_test.c sends the same through TLS.
 */
#include "base/limits.h"
#include "loop/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gate_cases.h"

enum { HEAD_CAP = 16 * 1024, GOOD = -1 };

/* As http.c does it: all that came is scanned each time more comes. `step` bytes at a time, `cut` in front of the first. */
static int gate_pass(const char *bytes, size_t len, size_t cut, size_t step, char *copy, struct gate_head *head) {
  struct gate_scan scan = {0};
  enum gate_refusal why = GATE_REFUSALS;
  int verdict = GATE_MORE;
  for (size_t have = cut; verdict == GATE_MORE; have += step) {
    verdict = gate_scan(&scan, bytes, have < len ? have : len, HEAD_CAP, &why);
    if (have >= len && verdict == GATE_MORE)
      return GATE_REFUSALS; /* it is not whole */
  }
  if (verdict == GATE_WHOLE) {
    memcpy(copy, bytes, scan.at);
    verdict = gate_read(copy, scan.at, GATE_CASE_HOSTS, GATE_CASE_BODY_CAP, head, &why);
    if (verdict == 0) {
      assert_int_equal(why, GATE_REFUSALS); /* a reason is given with a refusal only */
      return GOOD;
    }
  }
  assert_int_equal(verdict, GATE_REFUSED);
  assert_true(why < GATE_REFUSALS);
  return (int)why;
}

static int gate_all_ways(const char *bytes, size_t len) {
  struct gate_head head;
  char *copy = malloc(len + 1), *exact = malloc(len);
  memcpy(exact, bytes, len); /* so that a byte read too many is seen */
  const int result = gate_pass(exact, len, len, 1, copy, &head);
  assert_int_equal(gate_pass(exact, len, 1, 1, copy, &head), result);
  for (size_t cut = 0; cut < len; cut++)
    assert_int_equal(gate_pass(exact, len, cut, len, copy, &head), result);
  free(copy);
  free(exact);
  return result;
}

/* ---- refused ---- */

static void what_is_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof gate_cases / sizeof *gate_cases; i++) {
    const int why = gate_all_ways(gate_cases[i].bytes, gate_cases[i].len);
    if (why != gate_cases[i].why)
      fail_msg("%s\nis %s", gate_cases[i].bytes, why < 0 ? "let in" : why == GATE_REFUSALS ? "not whole" : gate_name(why));
  }
}

static void each_reason_has_an_answer(void **state) {
  (void)state;
  for (int why = 0; why < GATE_REFUSALS; why++) {
    assert_in_range(gate_status(why), 400, 505);
    assert_true(strlen(gate_text(why)) > 5);
    assert_null(strpbrk(gate_text(why), "\"\\\r\n")); /* it goes into JSON as it is */
    assert_true(gate_is_token(gate_name(why)));
  }
}

/* ---- let in ---- */

static const struct {
  const char *bytes, *path, *query;
  size_t body_len;
  enum http_method method;
} good[] = {
    {"GET / HTTP/1.1\r\n" H "\r\n", "/", "", 0, HTTP_GET},
    {"HEAD /? HTTP/1.1\r\n" H "\r\n", "/", "", 0, HTTP_HEAD},
    {"GET /students/17?a=%2F&b=//..|{} HTTP/1.1\r\n" H "\r\n", "/students/17", "a=%2F&b=//..|{}", 0, HTTP_GET},
    {"GET /students/ HTTP/1.1\r\nhOST:dean.EXAMPLE.edu:8443\r\n\r\n", "/students/", "", 0, HTTP_GET},
    {"GET /a%20b%c3%a4%252e HTTP/1.1\r\nHost: localhost:8443\r\n\r\n", "/a b\xc3\xa4%2e", "", 0, HTTP_GET},
    {"GET /... HTTP/1.1\r\nHost: [::1]\r\n\r\n", "/...", "", 0, HTTP_GET},
    {"GET /.a/b. HTTP/1.1\r\nHost:\t [::1]:65535 \t\r\n\r\n", "/.a/b.", "", 0, HTTP_GET},
    {"POST /a HTTP/1.1\r\n" H "Content-Length: 1000\r\n\r\n", "/a", "", 1000, HTTP_POST},
    {"PUT /a HTTP/1.1\r\n" H "Content-Length: 0007\r\n\r\n", "/a", "", 7, HTTP_PUT},
    {"PATCH /a HTTP/1.1\r\n" H "\r\n", "/a", "", 0, HTTP_PATCH},
    {"DELETE /a HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", "/a", "", 0, HTTP_DELETE},
    {"GET / HTTP/1.1\r\n" H "Accept: a\r\nAccept: b\r\nVia: 1.1 x\r\nVia: 1.1 y\r\n\r\n", "/", "", 0, HTTP_GET},
};

static void what_is_let_in(void **state) {
  (void)state;
  struct gate_head head;
  char copy[1024];
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    const size_t len = strlen(good[i].bytes);
    if (gate_all_ways(good[i].bytes, len) != GOOD)
      fail_msg("%s\nis refused", good[i].bytes);
    assert_int_equal(gate_pass(good[i].bytes, len, len, 1, copy, &head), GOOD);
    assert_int_equal(head.method, good[i].method);
    assert_string_equal(head.path, good[i].path);
    assert_string_equal(head.query, good[i].query);
    assert_int_equal(head.body_len, good[i].body_len);
    assert_false(head.close);
    assert_false(head.continues);
  }
}

static struct gate_head read_good(char *copy, const char *bytes) {
  struct gate_head head;
  assert_int_equal(gate_pass(bytes, strlen(bytes), strlen(bytes), 1, copy, &head), GOOD);
  return head;
}

static void fields_are_found_in_any_case(void **state) {
  (void)state;
  char copy[1024];
  const struct gate_head head =
      read_good(copy, "GET / HTTP/1.1\r\n" H "Cookie:  a=1; b=\xc3\xa4 \t\r\nEmpty:\r\nAccept: x\r\nAccept: y\r\n\r\n");
  assert_string_equal(gate_header(&head, "COOKIE"), "a=1; b=\xc3\xa4");
  assert_string_equal(gate_header(&head, "empty"), "");
  assert_string_equal(gate_header(&head, "accept"), "x");
  assert_null(gate_header(&head, "cooki"));
  assert_null(gate_header(&head, ""));
}

static void the_peer_may_ask_for_the_end_and_for_permission(void **state) {
  (void)state;
  char copy[1024];
  assert_true(read_good(copy, "GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n").close);
  assert_true(read_good(copy, "GET / HTTP/1.1\r\n" H "Connection: keep-alive\r\nConnection: x , CLOSE\r\n\r\n").close);
  assert_false(read_good(copy, "GET / HTTP/1.1\r\n" H "Connection: closed, xclose\r\n\r\n").close);
  assert_true(read_good(copy, "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nExpect: 100-Continue\r\n\r\n").continues);
  assert_false(read_good(copy, "POST / HTTP/1.1\r\n" H "Expect: 100-continue\r\n\r\n").continues);
}

/* ---- caps ---- */

static void what_is_too_long_is_refused_before_it_is_whole(void **state) {
  (void)state;
  static char bytes[HEAD_CAP * 4];
  char *copy = malloc(sizeof bytes);
  struct gate_head head;
  memset(bytes, 'a', sizeof bytes);
  memcpy(bytes, "GET /", 5);
  assert_int_equal(gate_pass(bytes, LIMIT_HTTP_TARGET_BYTES, 1, 1, copy, &head), GATE_REFUSALS);
  assert_int_equal(gate_pass(bytes, LIMIT_HTTP_TARGET_BYTES + 1, 1, 1, copy, &head), GATE_TARGET_LONG);

  const size_t line = strlen("GET / HTTP/1.1\r\n" H "A: ");
  memcpy(bytes, "GET / HTTP/1.1\r\n" H "A: ", line);
  assert_int_equal(gate_pass(bytes, HEAD_CAP, 1, 1, copy, &head), GATE_REFUSALS);
  assert_int_equal(gate_pass(bytes, HEAD_CAP + 1, 1, 1, copy, &head), GATE_HEAD_LONG);
  memcpy(bytes + HEAD_CAP - 4, "\r\n\r\n", 4);
  assert_int_equal(gate_pass(bytes, sizeof bytes, 1, 1, copy, &head), GOOD);
  memcpy(bytes + HEAD_CAP - 4, "a\r\n\r\n", 5);
  assert_int_equal(gate_pass(bytes, sizeof bytes, 1, 1, copy, &head), GATE_HEAD_LONG);
  free(copy);
}

static void fields_are_counted(void **state) {
  (void)state;
  struct gate_head head;
  char bytes[4096] = "GET / HTTP/1.1\r\n" H, copy[4096];
  size_t len = strlen(bytes);
  for (int i = 1; i < GATE_FIELDS; i++)
    len += (size_t)snprintf(bytes + len, sizeof bytes - len, "X-%d: y\r\n", i);
  memcpy(bytes + len, "\r\n", 3);
  assert_int_equal(gate_pass(bytes, len + 2, 1, 1, copy, &head), GOOD);
  assert_int_equal(head.fields, GATE_FIELDS);
  memcpy(bytes + len, "Y: y\r\n\r\n", 9);
  assert_int_equal(gate_pass(bytes, len + 8, 1, 1, copy, &head), GATE_FIELDS_MANY);
}

static void the_next_request_is_left_alone(void **state) {
  (void)state;
  static const char bytes[] = "GET /one HTTP/1.1\r\n" H "\r\nGET /two HTTP/1.1\r\n\n\n\n";
  struct gate_scan scan = {0};
  enum gate_refusal why;
  assert_int_equal(gate_scan(&scan, bytes, strlen(bytes), HEAD_CAP, &why), GATE_WHOLE);
  assert_string_equal(bytes + scan.at, "GET /two HTTP/1.1\r\n\n\n\n");
}

/* ---- words ---- */

static void hosts_are_checked_when_configured(void **state) {
  (void)state;
  static const char *const ok[] = {"a", "a,b", " a , b:1 ", "[::1]", "[::1]:8443,127.0.0.1", "dean.example.edu,"};
  static const char *const bad[] = {"",         " ",        ",",   "a,,b", "a b",  "a:",       "a:x",
                                    "a:123456", "http://a", "a/b", "*",    "[::1", "\xc3\xa4", ":1"};
  for (size_t i = 0; i < sizeof ok / sizeof *ok; i++)
    assert_true(gate_hosts_valid(ok[i]));
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (gate_hosts_valid(bad[i]))
      fail_msg("\"%s\" is taken", bad[i]);
}

static void tokens_and_values(void **state) {
  (void)state;
  assert_true(gate_is_token("Set-Cookie"));
  assert_false(gate_is_token(""));
  assert_false(gate_is_token("Set Cookie"));
  assert_false(gate_is_token("A:"));
  assert_true(gate_is_value(""));
  assert_true(gate_is_value("a\tb \xc3\xa4"));
  assert_false(gate_is_value("a\r\nSet-Cookie: b"));
  assert_false(gate_is_value("a\n"));
  assert_false(gate_is_value("\xff"));
  assert_string_equal(http_method_name(HTTP_PATCH), "PATCH");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_refused),
      cmocka_unit_test(each_reason_has_an_answer),
      cmocka_unit_test(what_is_let_in),
      cmocka_unit_test(fields_are_found_in_any_case),
      cmocka_unit_test(the_peer_may_ask_for_the_end_and_for_permission),
      cmocka_unit_test(what_is_too_long_is_refused_before_it_is_whole),
      cmocka_unit_test(fields_are_counted),
      cmocka_unit_test(the_next_request_is_left_alone),
      cmocka_unit_test(hosts_are_checked_when_configured),
      cmocka_unit_test(tokens_and_values),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
