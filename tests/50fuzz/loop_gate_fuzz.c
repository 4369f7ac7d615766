/*
 * Any bytes as request heads. The first byte says in what pieces they come; whatever the pieces, the verdict is that of all
 * at once, and no byte is looked at that has not come. What is let in is then read a second time by the plainest reader
 * that could stand behind us, and must say the same to it: that is the whole point of a gate.
 */
#include "base/limits.h"
#include "loop/gate.h"
#include "proto/utf8.h"

#include "tests/50fuzz/fuzz.h"

#include <string.h>
#include <strings.h>

#define HOSTS "dean.example.edu, localhost:8443, [::1]"

enum { HEAD_CAP = 2048, BODY_CAP = 100000 };

struct outcome {
  int verdict;
  enum gate_refusal why;
  size_t len;
};

static struct outcome scan(const uint8_t *data, size_t size, size_t step) {
  struct gate_scan state = {0};
  struct outcome o = {.verdict = GATE_MORE, .why = GATE_REFUSALS};
  for (size_t have = step < size ? step : size; o.verdict == GATE_MORE; have = step < size - have ? have + step : size) {
    char *exact = malloc(have + 1); /* so that a byte read too many is seen */
    HOLDS(exact);
    memcpy(exact, data, have);
    o.verdict = gate_scan(&state, exact, have, HEAD_CAP, &o.why);
    free(exact);
    if (have == size)
      break;
  }
  o.len = state.at;
  HOLDS(o.len <= size && o.len <= HEAD_CAP);
  HOLDS((o.verdict == GATE_REFUSED) == (o.why < GATE_REFUSALS));
  return o;
}

/* ---- the plainest reader ---- */

/* How often a line of this name comes, looking for the name in front of the first colon and nothing else. */
static int lines_named(const char *head, size_t len, const char *name, const char **ret_value) {
  int n = 0;
  for (size_t at = 0; at + 1 < len; at++) {
    const char *line = head + at + 1;
    if (head[at] == '\n' && len - at - 1 > strlen(name) && strncasecmp(line, name, strlen(name)) == 0 &&
        line[strlen(name)] == ':') {
      *ret_value = line + strlen(name) + 1;
      n++;
    }
  }
  return n;
}

static void same_to_others(const char *raw, size_t len, const struct gate_head *head) {
  const char *value;
  for (size_t i = 0; i < len; i++)
    HOLDS((raw[i] == '\n') == (i > 0 && raw[i - 1] == '\r') && raw[i] != '\0');
  HOLDS(len > 4 && memcmp(raw + len - 4, "\r\n\r\n", 4) == 0);
  HOLDS(lines_named(raw, len, "Host", &value) == 1);
  HOLDS(lines_named(raw, len, "Transfer-Encoding", &value) == 0);
  const int lengths = lines_named(raw, len, "Content-Length", &value);
  HOLDS(lengths <= 1);
  HOLDS(head->body_len == (lengths == 1 ? strtoull(value, NULL, 10) : 0));
  HOLDS(lines_named(raw, len, "Cookie", &value) <= 1 && lines_named(raw, len, "Origin", &value) <= 1);
}

static void strings_are_what_they_say(const struct gate_head *head) {
  HOLDS(head->method < HTTP_METHODS && head->body_len <= BODY_CAP);
  HOLDS(head->path[0] == '/' && !strstr(head->path, "//") && !strchr(head->path, '\\'));
  HOLDS(!strstr(head->path, "/../") && !strstr(head->path, "/./") && gate_is_value(head->path) && !strchr(head->path, '\t'));
  for (const char *q = head->query; *q != '\0'; q++)
    HOLDS(*q > ' ' && *q < 0x7f && *q != '#');
  HOLDS(head->fields >= 1 && head->fields <= GATE_FIELDS);
  for (unsigned i = 0; i < head->fields; i++) {
    HOLDS(gate_is_token(head->field[i].name) && gate_is_value(head->field[i].value));
    HOLDS(gate_header(head, head->field[i].name));
  }
}

static void read_on(const uint8_t *data, size_t len) {
  struct gate_head head;
  enum gate_refusal why = GATE_REFUSALS;
  char *copy = malloc(len + 1), *again = malloc(len + 1);
  HOLDS(copy && again);
  memcpy(copy, data, len);
  memcpy(again, data, len);
  const int verdict = gate_read(copy, len, HOSTS, BODY_CAP, &head, &why);
  HOLDS((verdict == GATE_REFUSED) == (why < GATE_REFUSALS));
  if (verdict == 0) {
    same_to_others(again, len, &head);
    strings_are_what_they_say(&head);
  }
  free(copy);
  free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  const struct outcome whole = scan(data + 1, size - 1, size), pieces = scan(data + 1, size - 1, (size_t)data[0] % 61 + 1);
  HOLDS(whole.verdict == pieces.verdict && whole.why == pieces.why && whole.len == pieces.len);
  if (whole.verdict == GATE_WHOLE)
    read_on(data + 1, whole.len);
  char text[512] = "";
  memcpy(text, data + 1, size - 1 < sizeof text - 1 ? size - 1 : sizeof text - 1);
  HOLDS(!gate_hosts_valid(text) || strpbrk(text, "/@*\r\n") == NULL);
  return 0;
}
