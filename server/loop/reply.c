/*
 * What stands before the body of every answer.
 *
 * The security headers are one constant, put without a condition: a page, an error, a CSV and a refusal of the gate carry
 * the same, so there is no place where they could be forgotten, and no caller can weaken them. The one exception is
 * Cache-Control, because the files of the page itself may be kept and records may not.
 *
 * A caller's header is put only when its name is a token and its value has no control character. Anything else would be
 * somebody's text on its way to becoming a header of its own; it is refused as a whole, not repaired.
 */
#include "loop/reply.h"

#include "base/err.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* ASVS 5.0: 3.4.1 HSTS (two years), 3.4.3 CSP, 3.4.4 nosniff, 3.4.5 Referrer-Policy, 3.4.6 frame-ancestors, 3.4.8 COOP.
 * What the pages need is in there: pictures that they draw themselves (data:, blob:), and no way from a text to markup or
 * script (trusted types, none). Of what a browser can do for a page they use nothing; copying to the clipboard is not listed,
 * because recovery codes are copied, nor what Chromium does not know and would warn of. */
static const char fixed[] =
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
    "screen-wake-lock=(), serial=(), usb=(), window-management=(), xr-spatial-tracking=()\r\n";

/* What a caller may not give: it is above, or it is the framing. */
static const char *const ours[] = {
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "strict-transport-security",
    "cross-origin-opener-policy",
    "content-length",
    "cross-origin-resource-policy",
    "transfer-encoding",
    "connection",
    "date",
    "x-request-id",
};

static const struct {
  int status;
  const char *reason;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

const char *reply_reason(int status) {
  for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
    if (reasons[i].status == status)
      return reasons[i].reason;
  return "Status"; /* the words are for people; programs read the number */
}

bool reply_has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

/* IMF-fixdate, RFC 9110. Not strftime: its names of days are the locale's. */
static void put_date(struct buf *out, int64_t wall_ms) {
  static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const time_t now = (time_t)(wall_ms / 1000);
  struct tm t;
  if (gmtime_r(&now, &t))
    buf_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", days[t.tm_wday], t.tm_mday, months[t.tm_mon], t.tm_year + 1900,
               t.tm_hour, t.tm_min, t.tm_sec);
}

static bool header_ok(const struct http_header *header) {
  for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
    if (strcasecmp(header->name, ours[i]) == 0)
      return false;
  return gate_is_token(header->name) && gate_is_value(header->value);
}

int reply_head(struct buf *out, const struct reply *reply, int64_t wall_ms, const char **ret_culprit) {
  bool cached = false;
  buf_printf(out, "HTTP/1.1 %d %s\r\n", reply->status, reply_reason(reply->status));
  put_date(out, wall_ms);
  buf_put(out, fixed, strlen(fixed));
  for (size_t i = 0; i < reply->n; i++) {
    const struct http_header *header = &reply->headers[i];
    if (!header_ok(header)) {
      *ret_culprit = header->name;
      return E_INVALID;
    }
    cached |= strcasecmp(header->name, "cache-control") == 0;
    buf_printf(out, "%s: %s\r\n", header->name, header->value);
  }
  if (!cached)
    buf_printf(out, "Cache-Control: no-store\r\n");
  if (reply->length >= 0)
    buf_printf(out, "Content-Length: %lld\r\n", (long long)reply->length);
  if (reply->close)
    buf_printf(out, "Connection: close\r\n");
  buf_printf(out, "X-Request-Id: %s\r\n\r\n", reply->id);
  return buf_finish(out);
}

int reply_problem(struct buf *out, int status, const char *code, const char *detail, const char *id, bool with_body,
                  int64_t wall_ms) {
  static const struct http_header type = {"Content-Type", "application/problem+json"};
  const char *culprit;
  char body[400], name[40];
  size_t chars = 0;
  for (; code[chars] && chars < sizeof name - 1; chars++)
    name[chars] = (char)tolower((unsigned char)code[chars]);
  name[chars] = '\0';
  const int len = snprintf(body, sizeof body,
                           "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"code\":\"%s\",\"detail\":\"%s\","
                           "\"request_id\":\"%s\"}\n",
                           reply_reason(status), status, name, detail, id);
  const struct reply reply = {.status = status, .headers = &type, .n = 1, .id = id, .length = len, .close = true};
  const int err = reply_head(out, &reply, wall_ms, &culprit);
  if (err < 0)
    return err;
  if (with_body)
    buf_put(out, body, (size_t)len);
  return buf_finish(out);
}
