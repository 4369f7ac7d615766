/*
 * The gate.
 *
 * evhttp stood here in the plan, behind a bufferevent filter that looks at each head first. It was left out, for these reasons:
 *   - to find the next head the filter must know where a body ends, and so must read all of the framing itself. Two readers
 *     of the same bytes is what request smuggling is made of; the strict one alone is the smaller and the safer program;
 *   - a filter of libevent 2.1 cannot refuse: its verdict is thrown away (bufferevent_filter.c, be_filter_readcb: "XXXX use
 *     return value"), so the answer would have to be written and the connection freed behind evhttp's back;
 *   - evhttp wants bufferevent_openssl, and with it everything is lost that loop/stream.c and loop/conn.c know: truncation
 *     told from goodbye, one record per answer, close_notify, the door in front of the handshake, absolute deadlines.
 *
 * A head is read twice. gate_scan() looks at each byte as it comes: line ends, control characters and lengths, which is all
 * that must be known before the head is whole. gate_read() then takes the whole head apart, in place, so that a request
 * costs one allocation. Both are pure; the tests and a fuzzer feed them bytes and nothing else.
 */
#include "loop/gate.h"

#include "base/limits.h"
#include "proto/utf8.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- tables ---- */

static const struct {
  const char *name, *text;
  int status;
} refusals[GATE_REFUSALS] = {
#define X(name, status, text) [GATE_##name] = {#name, text, status},
    GATE_TABLE(X)
#undef X
};

static const char *const methods[HTTP_METHODS] = {
    [HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD",   [HTTP_POST] = "POST",
    [HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
};

/* Fields that browsers and proxies may send in several lines, being lists. Any other that comes twice is a disagreement in
 * the making: which of two cookies, two origins, two lengths counts, each reader decides for itself. */
static const char *const lists[] = {
    "accept", "accept-encoding", "accept-language",  "cache-control",     "connection", "forwarded",
    "via",    "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
};

const char *gate_name(enum gate_refusal why) {
  return refusals[why].name;
}

int gate_status(enum gate_refusal why) {
  return refusals[why].status;
}

const char *gate_text(enum gate_refusal why) {
  return refusals[why].text;
}

const char *http_method_name(enum http_method method) {
  return methods[method];
}

/* ---- characters ---- */

/* RFC 9110, 5.6.2 */
static bool is_token_char(char c) {
  return isalnum((unsigned char)c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_control(char c) {
  return ((unsigned char)c < ' ' && c != '\t') || c == '\x7f';
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool gate_is_token(const char *text) {
  const char *at = text;
  while (is_token_char(*at))
    at++;
  return at > text && *at == '\0';
}

bool gate_is_value(const char *text) {
  const char *at = text;
  while (*at != '\0' && !is_control(*at))
    at++;
  return *at == '\0' && utf8_valid(text, strlen(text));
}

/* ---- byte by byte ---- */

static bool scan_end_of_line(struct gate_scan *scan, bool *ret_whole) {
  *ret_whole = scan->line == 0 && scan->line_done;
  const bool ok = scan->line > 0 || scan->line_done; /* no empty line in front of a request */
  scan->cr = false;
  scan->line = 0;
  scan->line_done = true;
  return ok;
}

int gate_scan(struct gate_scan *scan, const char *bytes, size_t len, size_t head_cap, enum gate_refusal *ret_why) {
  while (scan->at < len) {
    const char c = bytes[scan->at];
    bool whole;
    if (scan->at >= head_cap)
      return *ret_why = scan->line_done ? GATE_HEAD_LONG : GATE_TARGET_LONG, GATE_REFUSED;
    if (scan->cr && c != '\n')
      return *ret_why = GATE_BARE_CR, GATE_REFUSED;
    if (!scan->cr && c == '\n')
      return *ret_why = GATE_BARE_LF, GATE_REFUSED;
    scan->at++;
    if (c == '\r')
      scan->cr = true;
    else if (c == '\n') {
      if (!scan_end_of_line(scan, &whole))
        return *ret_why = GATE_REQUEST_LINE, GATE_REFUSED;
      if (whole)
        return GATE_WHOLE;
    } else if (is_control(c))
      return *ret_why = GATE_CONTROL, GATE_REFUSED;
    else if (++scan->line > LIMIT_HTTP_TARGET_BYTES && !scan->line_done)
      return *ret_why = GATE_TARGET_LONG, GATE_REFUSED;
  }
  return GATE_MORE;
}

/* ---- the request line ---- */

static int hex(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One character of the path, decoded; -1 where it is none. What decodes to a separator of some other reader (a slash, a
 * backslash) or to a control character is refused: it could only mean another path to somebody behind us. */
static int path_next(const char **at) {
  const char *s = *at;
  if (*s != '%') {
    *at = s + 1;
    return *s == '\\' ? -1 : (unsigned char)*s;
  }
  const int high = hex(s[1]), low = high < 0 ? -1 : hex(s[2]);
  if (low < 0)
    return -1;
  const int c = high * 16 + low;
  *at = s + 3;
  return c < ' ' || c == 0x7f || c == '/' || c == '\\' ? -1 : c;
}

static bool segment_ok(const char *segment, size_t len, bool last) {
  if (len == 0)
    return last;
  return !(len == 1 && segment[0] == '.') && !(len == 2 && segment[0] == '.' && segment[1] == '.');
}

/* Decodes in place, once; then no segment may be empty (but the last: "/students/"), "." or "..". */
static bool read_path(char *path) {
  const char *from = path;
  char *to = path;
  while (*from != '\0') {
    const int c = path_next(&from);
    if (c < 0)
      return false;
    *to++ = (char)c;
  }
  *to = '\0';
  if (!utf8_valid(path, (size_t)(to - path)))
    return false;
  for (const char *segment = path + 1, *end;; segment = end + 1) {
    end = strchr(segment, '/');
    if (!segment_ok(segment, end ? (size_t)(end - segment) : strlen(segment), !end))
      return false;
    if (!end)
      return true;
  }
}

/* Origin form only: the absolute form names a host a second time, and the others belong to methods not served here. */
static int read_target(char *target, struct gate_head *head, enum gate_refusal *ret_why) {
  if (*target != '/')
    return *ret_why = GATE_TARGET, GATE_REFUSED;
  for (const char *at = target; *at != '\0'; at++)
    if (*at <= ' ' || *at >= 0x7f || *at == '#') /* char may be signed: bytes over 0x7f are then below the space */
      return *ret_why = GATE_TARGET, GATE_REFUSED;
  char *mark = strchr(target, '?');
  if (mark)
    *mark = '\0';
  head->path = target;
  head->query = mark ? mark + 1 : target + strlen(target);
  if (!read_path(target))
    return *ret_why = GATE_PATH, GATE_REFUSED;
  if (!mark) /* the path may have become shorter */
    head->query = target + strlen(target);
  return 0;
}

static int read_request_line(char *line, struct gate_head *head, enum gate_refusal *ret_why) {
  char *target = strchr(line, ' '), *version = target ? strchr(target + 1, ' ') : NULL;
  if (!version || target == line || version == target + 1 || strchr(version + 1, ' ') || strchr(line, '\t'))
    return *ret_why = GATE_REQUEST_LINE, GATE_REFUSED;
  *target++ = *version++ = '\0';
  if (!gate_is_token(line) || strncmp(version, "HTTP/", strlen("HTTP/")) != 0)
    return *ret_why = GATE_REQUEST_LINE, GATE_REFUSED;
  if (strcmp(version, "HTTP/1.1") != 0)
    return *ret_why = GATE_VERSION, GATE_REFUSED;
  for (head->method = 0; head->method < HTTP_METHODS; head->method++)
    if (strcmp(line, methods[head->method]) == 0)
      return read_target(target, head, ret_why);
  return *ret_why = GATE_METHOD, GATE_REFUSED;
}

/* ---- fields ---- */

static bool may_repeat(const char *name) {
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    if (strcasecmp(name, lists[i]) == 0)
      return true;
  return false;
}

const char *gate_header(const struct gate_head *head, const char *name) {
  for (unsigned i = 0; i < head->fields; i++)
    if (strcasecmp(head->field[i].name, name) == 0)
      return head->field[i].value;
  return NULL;
}

static int read_field(char *line, struct gate_head *head, enum gate_refusal *ret_why) {
  char *colon = strchr(line, ':'), *value = colon;
  if (is_blank(*line))
    return *ret_why = GATE_FOLDED, GATE_REFUSED;
  if (!colon)
    return *ret_why = GATE_FIELD_NAME, GATE_REFUSED;
  *value++ = '\0';
  if (!gate_is_token(line)) /* a space before the colon too */
    return *ret_why = GATE_FIELD_NAME, GATE_REFUSED;
  while (is_blank(*value))
    value++;
  for (char *end = value + strlen(value); end > value && is_blank(end[-1]);)
    *--end = '\0';
  if (!gate_is_value(value))
    return *ret_why = GATE_FIELD_VALUE, GATE_REFUSED;
  if (gate_header(head, line) && !may_repeat(line))
    return *ret_why = GATE_FIELD_TWICE, GATE_REFUSED;
  if (head->fields == GATE_FIELDS)
    return *ret_why = GATE_FIELDS_MANY, GATE_REFUSED;
  head->field[head->fields++] = (struct gate_field){line, value};
  return 0;
}

/* ---- what the fields mean ---- */

/* The next of a comma-separated list, without blanks; *at moves behind it. Its length, which may be 0. */
static size_t list_next(const char **at, const char **ret_item) {
  const char *item = *at + strspn(*at, " \t");
  size_t len = strcspn(item, ",");
  *at = item + len + (item[len] == ',');
  *ret_item = item;
  while (len > 0 && is_blank(item[len - 1]))
    len--;
  return len;
}

/* Length of the name in "name", "name:port", "[::1]" or "[::1]:port"; 0 where it is none of them. */
static size_t host_name_len(const char *host, size_t len) {
  const char *bracket = host[0] == '[' ? memchr(host, ']', len) : NULL;
  const char *colon = host[0] == '[' ? (bracket ? bracket + 1 : host) : memchr(host, ':', len);
  const size_t name = colon && colon < host + len ? (size_t)(colon - host) : len;
  if (name == len)
    return len;
  if (*colon != ':' || name + 1 == len || len - name > strlen(":65535"))
    return 0;
  for (const char *digit = colon + 1; digit < host + len; digit++)
    if (*digit < '0' || *digit > '9')
      return 0;
  return name;
}

static bool host_served(const char *host, const char *hosts) {
  const size_t len = strlen(host), name = host_name_len(host, len);
  if (name == 0)
    return false;
  for (const char *item; *hosts != '\0';) {
    const size_t item_len = list_next(&hosts, &item);
    const size_t compare = host_name_len(item, item_len) == item_len ? name : len; /* without a port: any port */
    if (item_len == compare && strncasecmp(item, host, item_len) == 0)
      return true;
  }
  return false;
}

bool gate_hosts_valid(const char *hosts) {
  bool any = false;
  for (const char *item; *hosts != '\0'; any = true) {
    const size_t len = list_next(&hosts, &item);
    if (len == 0 || host_name_len(item, len) == 0)
      return false;
    for (size_t i = 0; i < len; i++)
      if (!isalnum((unsigned char)item[i]) && !strchr("-._:[]", item[i]))
        return false;
  }
  return any;
}

static bool list_has(const char *list, const char *word) {
  for (const char *item; *list != '\0';) {
    const size_t len = list_next(&list, &item);
    if (len == strlen(word) && strncasecmp(item, word, len) == 0)
      return true;
  }
  return false;
}

static bool method_has_body(enum http_method method) {
  return method != HTTP_GET && method != HTTP_HEAD;
}

static int read_length(const char *text, size_t body_cap, struct gate_head *head, enum gate_refusal *ret_why) {
  size_t n = 0;
  const size_t digits = strspn(text, "0123456789");
  if (digits == 0 || text[digits] != '\0')
    return *ret_why = GATE_LENGTH, GATE_REFUSED;
  for (; *text != '\0' && n <= body_cap; text++) /* stops before it could overflow: the cap is far below */
    n = n * 10 + (size_t)(*text - '0');
  if (n > 0 && !method_has_body(head->method))
    return *ret_why = GATE_BODY_UNWANTED, GATE_REFUSED;
  if (n > body_cap)
    return *ret_why = GATE_BODY_LONG, GATE_REFUSED;
  head->body_len = n;
  return 0;
}

static int read_meaning(struct gate_head *head, const char *hosts, size_t body_cap, enum gate_refusal *ret_why) {
  const char *host = gate_header(head, "host"), *length = gate_header(head, "content-length"),
             *expect = gate_header(head, "expect");
  if (!host)
    return *ret_why = GATE_HOST_MISSING, GATE_REFUSED;
  if (!host_served(host, hosts))
    return *ret_why = GATE_HOST_FOREIGN, GATE_REFUSED;
  if (gate_header(head, "transfer-encoding"))
    return *ret_why = GATE_ENCODING, GATE_REFUSED;
  if (length && read_length(length, body_cap, head, ret_why) < 0)
    return GATE_REFUSED;
  if (expect && strcasecmp(expect, "100-continue") != 0)
    return *ret_why = GATE_EXPECT, GATE_REFUSED;
  head->continues = expect && head->body_len > 0;
  for (unsigned i = 0; i < head->fields; i++)
    head->close |= strcasecmp(head->field[i].name, "connection") == 0 && list_has(head->field[i].value, "close");
  return 0;
}

int gate_read(char *bytes, size_t len, const char *hosts, size_t body_cap, struct gate_head *ret, enum gate_refusal *ret_why) {
  char *line = bytes, *const end = bytes + len - strlen("\r\n"); /* the last, empty line */
  *ret = (struct gate_head){0};
  while (line < end) {
    char *stop = memchr(line, '\r', (size_t)(end - line)); /* each is followed by a line feed: gate_scan() has seen to it */
    *stop = '\0';
    if ((line == bytes ? read_request_line(line, ret, ret_why) : read_field(line, ret, ret_why)) < 0)
      return GATE_REFUSED;
    line = stop + strlen("\r\n");
  }
  return read_meaning(ret, hosts, body_cap, ret_why);
}
