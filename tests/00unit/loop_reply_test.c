/* The head of an answer to the last byte, and which headers a caller may add. */
#include "base/err.h"
#include "loop/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RFC_EXAMPLE_MS (INT64_C(784111777) * 1000) /* RFC 9110, 5.6.7: Sun, 06 Nov 1994 08:49:37 GMT */

static struct buf out;

static const char *head_of(const struct reply *reply, int64_t wall_ms, int want_err) {
  const char *culprit = NULL;
  buf_done(&out);
  buf_init(&out, 4096);
  assert_int_equal(reply_head(&out, reply, wall_ms, &culprit), want_err);
  buf_put(&out, "", 1);
  return want_err ? culprit : (const char *)out.data;
}

static void a_head_is_this(void **state) {
  (void)state;
  const struct http_header type = {"Content-Type", "text/csv; charset=utf-8"};
  const struct reply reply = {.status = 200, .headers = &type, .n = 1, .id = "1-2", .length = 17, .close = true};
  assert_string_equal(
      head_of(&reply, RFC_EXAMPLE_MS, 0),
      "HTTP/1.1 200 OK\r\n"
      "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
      "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
      "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
      "object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "Referrer-Policy: no-referrer\r\n"
      "Strict-Transport-Security: max-age=63072000; includeSubDomains\r\n"
      "Cross-Origin-Opener-Policy: same-origin\r\n"
      "Cross-Origin-Resource-Policy: same-origin\r\n"
      "Permissions-Policy: accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), "
      "fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), "
      "microphone=(), midi=(), payment=(), picture-in-picture=(), publickey-credentials-create=(), publickey-credentials-get=(), "
      "screen-wake-lock=(), serial=(), usb=(), window-management=(), xr-spatial-tracking=()\r\n"
      "Content-Type: text/csv; charset=utf-8\r\n"
      "Cache-Control: no-store\r\n"
      "Content-Length: 17\r\n"
      "Connection: close\r\n"
      "X-Request-Id: 1-2\r\n\r\n");
}

static void dates_are_right(void **state) {
  (void)state;
  const struct reply reply = {.status = 204, .id = "1-2", .length = -1};
  assert_non_null(strstr(head_of(&reply, 0, 0), "\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"));
  assert_non_null(strstr(head_of(&reply, INT64_C(1709251199999), 0), "\r\nDate: Thu, 29 Feb 2024 23:59:59 GMT\r\n"));
  assert_non_null(strstr(head_of(&reply, INT64_C(4102444800000), 0), "\r\nDate: Fri, 01 Jan 2100 00:00:00 GMT\r\n"));
}

static void what_a_caller_may_not_say(void **state) {
  (void)state;
  static const struct http_header bad[] = {{"Content-Security-Policy", "x"},
                                           {"X-Content-Type-Options", "x"},
                                           {"REFERRER-POLICY", "x"},
                                           {"Permissions-Policy", "x"},
                                           {"Cross-Origin-Opener-Policy", "x"},
                                           {"Cross-Origin-Resource-Policy", "x"},
                                           {"Strict-Transport-Security", "x"},
                                           {"Content-Length", "1"},
                                           {"Transfer-Encoding", "x"},
                                           {"Connection", "x"},
                                           {"Date", "x"},
                                           {"X-Request-Id", "x"},
                                           {"", "x"},
                                           {"a b", "x"},
                                           {"a:", "x"},
                                           {"a\r\nb", "x"},
                                           {"a", "x\r\nb: c"},
                                           {"a", "\n"},
                                           {"a", "\x7f"},
                                           {"a", "\xff"}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    const struct reply reply = {.status = 200, .headers = &bad[i], .n = 1, .id = "1-2", .length = 0};
    assert_ptr_equal(head_of(&reply, 0, E_INVALID), bad[i].name);
  }
}

static void too_much_is_an_error(void **state) {
  (void)state;
  char value[5000];
  memset(value, 'a', sizeof value - 1);
  value[sizeof value - 1] = '\0';
  const struct http_header header = {"a", value};
  const struct reply reply = {.status = 200, .headers = &header, .n = 1, .id = "1-2", .length = 0};
  (void)head_of(&reply, 0, E_LIMIT);
}

static void a_problem_is_json(void **state) {
  (void)state;
  static const char body[] = "{\"type\":\"about:blank\",\"title\":\"Misdirected "
                             "Request\",\"status\":421,\"code\":\"host_foreign\",\"detail\":\"a Host\",\"request_id\":\"1-2\"}\n";
  char length[40];
  buf_done(&out);
  buf_init(&out, 4096);
  assert_int_equal(reply_problem(&out, 421, "HOST_FOREIGN", "a Host", "1-2", true, 0), 0);
  buf_put(&out, "", 1);
  const char *end = strstr((char *)out.data, "\r\n\r\n");
  assert_non_null(end);
  assert_string_equal(end + 4, body);
  snprintf(length, sizeof length, "\r\nContent-Length: %zu\r\n", strlen(body));
  assert_non_null(strstr((char *)out.data, length));
  buf_done(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_head_is_this),       cmocka_unit_test(dates_are_right),   cmocka_unit_test(what_a_caller_may_not_say),
      cmocka_unit_test(too_much_is_an_error), cmocka_unit_test(a_problem_is_json),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
