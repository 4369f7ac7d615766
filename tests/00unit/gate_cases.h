/*
 * Heads that are refused, each with its reason. Marked 5: what a stock libevent 2.1.12 lets through.
 */
#ifndef SG_TESTS_GATE_CASES_H
#define SG_TESTS_GATE_CASES_H

#include "loop/gate.h"

#include <stddef.h>

#define GATE_CASE_HOSTS "dean.example.edu, localhost:8443, [::1]"
#define H               "Host: dean.example.edu\r\n"

enum { GATE_CASE_BODY_CAP = 1000 };

#define CASE(why, bytes)                                                                                                           \
  { bytes, sizeof(bytes) - 1, why }

static const struct {
  const char *bytes;
  size_t len;
  int why;
} gate_cases[] = {
    /* the request line */
    CASE(GATE_REQUEST_LINE, "\r\nGET / HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_REQUEST_LINE, "GET /\r\n" H "\r\n"), /* HTTP/0.9 */
    CASE(GATE_REQUEST_LINE, "GET  / HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_REQUEST_LINE, "GET / HTTP/1.1 \r\n" H "\r\n"),
    CASE(GATE_REQUEST_LINE, "GET /a b HTTP/1.1\r\n" H "\r\n"), /* 5: space in the target */
    CASE(GATE_REQUEST_LINE, "GET\t/ HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_REQUEST_LINE, " GET / HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_REQUEST_LINE, "GET /\t HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_REQUEST_LINE, "G@T / HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_REQUEST_LINE, "GET / FTP/1.1\r\n" H "\r\n"),
    CASE(GATE_REQUEST_LINE, "GET / http/1.1\r\n" H "\r\n"),
    CASE(GATE_VERSION, "GET / HTTP/1.0\r\n" H "\r\n"),
    CASE(GATE_VERSION, "GET / HTTP/1.10\r\n" H "\r\n"),
    CASE(GATE_VERSION, "GET / HTTP/2.0\r\n" H "\r\n"),
    CASE(GATE_VERSION, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    CASE(GATE_METHOD, "get / HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_METHOD, "OPTIONS * HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_METHOD, "TRACE / HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_METHOD, "CONNECT dean.example.edu:443 HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_METHOD, "GETS / HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_TARGET, "GET http://dean.example.edu/ HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_TARGET, "GET students HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_TARGET, "GET * HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_TARGET, "GET /#a HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_TARGET, "GET /\xc3\xa4 HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_TARGET, "GET /?q=\xff HTTP/1.1\r\n" H "\r\n"),

    /* the path */
    CASE(GATE_PATH, "GET // HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET //evil.example/ HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /a//b HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /. HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /a/./b HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /a/.. HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /../etc/passwd HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /%2e%2E/a HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /a%2fb HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /a%5Cb HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /a\\b HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /a%00b HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /a%0d%0aX:1 HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /a%7f HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /a% HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /a%4 HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /a%4g HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /a%+4 HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /%c0%af HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_PATH, "GET /%ed%a0%80 HTTP/1.1\r\n" H "\r\n"),

    /* line ends and control characters */
    CASE(GATE_BARE_LF, "GET / HTTP/1.1\n" H "\r\n"), /* 5 */
    CASE(GATE_BARE_LF, "GET / HTTP/1.1\r\n" H "\n"),
    CASE(GATE_BARE_LF, "GET / HTTP/1.1\r\n" H "A: b\nC: d\r\n\r\n"),
    CASE(GATE_BARE_LF, "\nGET / HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_BARE_CR, "GET / HTTP/1.1\r" H "\r\n"),
    CASE(GATE_BARE_CR, "GET / HTTP/1.1\r\n" H "A: b\rc\r\n\r\n"),
    CASE(GATE_BARE_CR, "GET / HTTP/1.1\r\n" H "\r\r\n"),
    CASE(GATE_CONTROL, "GET / HTTP/1.1\r\n" H "A: b\0c\r\n\r\n"), /* 5: NUL */
    CASE(GATE_CONTROL, "GET /\0 HTTP/1.1\r\n" H "\r\n"),
    CASE(GATE_CONTROL, "GET / HTTP/1.1\r\n" H "A: \x1b[31m\r\n\r\n"),
    CASE(GATE_CONTROL, "GET / HTTP/1.1\r\n" H "A: \x7f\r\n\r\n"),
    CASE(GATE_CONTROL, "\x16\x03\x01\x02"), /* TLS in TLS */

    /* fields */
    CASE(GATE_FOLDED, "GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n"), /* 5 */
    CASE(GATE_FOLDED, "GET / HTTP/1.1\r\n" H "A: b\r\n\tc\r\n\r\n"),
    CASE(GATE_FOLDED, "GET / HTTP/1.1\r\n " H "\r\n"),
    CASE(GATE_FIELD_NAME, "GET / HTTP/1.1\r\n" H "A : b\r\n\r\n"), /* 5 */
    CASE(GATE_FIELD_NAME, "GET / HTTP/1.1\r\n" H "A\t: b\r\n\r\n"),
    CASE(GATE_FIELD_NAME, "GET / HTTP/1.1\r\n" H ": b\r\n\r\n"), /* 5 */
    CASE(GATE_FIELD_NAME, "GET / HTTP/1.1\r\n" H "no colon\r\n\r\n"),
    CASE(GATE_FIELD_NAME, "GET / HTTP/1.1\r\n" H "A(b): c\r\n\r\n"),
    CASE(GATE_FIELD_NAME, "GET / HTTP/1.1\r\n" H "\xc3\xa4: b\r\n\r\n"),
    CASE(GATE_FIELD_VALUE, "GET / HTTP/1.1\r\n" H "A: \xff\r\n\r\n"),
    CASE(GATE_FIELD_VALUE, "GET / HTTP/1.1\r\n" H "A: \xc0\x80\r\n\r\n"),
    CASE(GATE_FIELD_TWICE, "GET / HTTP/1.1\r\n" H "Cookie: a=1\r\ncookie: b=2\r\n\r\n"),
    CASE(GATE_FIELD_TWICE, "GET / HTTP/1.1\r\n" H "Origin: https://a\r\nOrigin: https://a\r\n\r\n"),
    CASE(GATE_FIELD_TWICE, "GET / HTTP/1.1\r\n" H "X-Anything: 1\r\nX-Anything: 1\r\n\r\n"),

    /* whom it is for */
    CASE(GATE_HOST_MISSING, "GET / HTTP/1.1\r\n\r\n"),       /* 5 */
    CASE(GATE_FIELD_TWICE, "GET / HTTP/1.1\r\n" H H "\r\n"), /* 5 */
    CASE(GATE_FIELD_TWICE, "GET / HTTP/1.1\r\n" H "HOST: evil.example\r\n\r\n"),
    CASE(GATE_HOST_FOREIGN, "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    CASE(GATE_HOST_FOREIGN, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
    CASE(GATE_HOST_FOREIGN, "GET / HTTP/1.1\r\nHost: dean.example.edu.evil.example\r\n\r\n"),
    CASE(GATE_HOST_FOREIGN, "GET / HTTP/1.1\r\nHost: dean.example.ed\r\n\r\n"),
    CASE(GATE_HOST_FOREIGN, "GET / HTTP/1.1\r\nHost: dean.example.edu, localhost:8443\r\n\r\n"),
    CASE(GATE_HOST_FOREIGN, "GET / HTTP/1.1\r\nHost: evil@dean.example.edu\r\n\r\n"),
    CASE(GATE_HOST_FOREIGN, "GET / HTTP/1.1\r\nHost: dean.example.edu:\r\n\r\n"),
    CASE(GATE_HOST_FOREIGN, "GET / HTTP/1.1\r\nHost: dean.example.edu:x\r\n\r\n"),
    CASE(GATE_HOST_FOREIGN, "GET / HTTP/1.1\r\nHost: dean.example.edu:123456\r\n\r\n"),
    CASE(GATE_HOST_FOREIGN, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    CASE(GATE_HOST_FOREIGN, "GET / HTTP/1.1\r\nHost: localhost:8444\r\n\r\n"),
    CASE(GATE_HOST_FOREIGN, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
    CASE(GATE_HOST_FOREIGN, "GET / HTTP/1.1\r\nHost: [\r\n\r\n"),
    CASE(GATE_HOST_FOREIGN, "GET / HTTP/1.1\r\nHost: ,\r\n\r\n"),

    /* how long it is */
    CASE(GATE_FIELD_TWICE, "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"), /* 5 */
    CASE(GATE_FIELD_TWICE, "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"),
    CASE(GATE_LENGTH, "POST / HTTP/1.1\r\n" H "Content-Length: +5\r\n\r\n"), /* 5 */
    CASE(GATE_LENGTH, "POST / HTTP/1.1\r\n" H "Content-Length: -5\r\n\r\n"),
    CASE(GATE_LENGTH, "POST / HTTP/1.1\r\n" H "Content-Length: 0x5\r\n\r\n"),
    CASE(GATE_LENGTH, "POST / HTTP/1.1\r\n" H "Content-Length: 5, 5\r\n\r\n"),
    CASE(GATE_LENGTH, "POST / HTTP/1.1\r\n" H "Content-Length: 5 5\r\n\r\n"),
    CASE(GATE_LENGTH, "POST / HTTP/1.1\r\n" H "Content-Length: 1e3\r\n\r\n"),
    CASE(GATE_LENGTH, "POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n"),
    CASE(GATE_BODY_LONG, "POST / HTTP/1.1\r\n" H "Content-Length: 1001\r\n\r\n"),
    CASE(GATE_BODY_LONG, "POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551617\r\n\r\n"),
    CASE(GATE_BODY_LONG, "POST / HTTP/1.1\r\n" H "Content-Length: 99999999999999999999999999999999999999999999\r\n\r\n"),
    CASE(GATE_BODY_UNWANTED, "GET / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\n"),
    CASE(GATE_BODY_UNWANTED, "HEAD / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\n"),
    CASE(GATE_ENCODING, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), /* 5: and all its sizes */
    CASE(GATE_ENCODING, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n"),
    CASE(GATE_ENCODING, "POST / HTTP/1.1\r\n" H "transfer-encoding:\r\n\r\n"),
    CASE(GATE_ENCODING, "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
    CASE(GATE_ENCODING, "GET / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n"),
    CASE(GATE_EXPECT, "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nExpect: tea\r\n\r\n"),
    CASE(GATE_EXPECT, "GET / HTTP/1.1\r\n" H "Expect:\r\n\r\n"),
};

#endif
