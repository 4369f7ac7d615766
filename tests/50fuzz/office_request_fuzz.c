/*
 * The bytes of a request that the office reads after the gate: path, query, cookie, tags, body, separated by line feeds. What
 * is read back is text in UTF-8 and lies inside of what was given; what is found is found again.
 */
#include "office/body.h"
#include "office/etag.h"
#include "office/query.h"
#include "office/route.h"
#include "office/token.h"
#include "proto/utf8.h"

#include "tests/50fuzz/fuzz.h"

#include <string.h>

static void params_hold(const struct params *params) {
  for (size_t i = 0; i < params->n; i++) {
    HOLDS(params->item[i].name[0] != '\0' && strcspn(params->item[i].name, "{}/=&") == strlen(params->item[i].name));
    HOLDS(params_get(params, params->item[i].name) == params->item[i].value);
  }
}

static void try_path(char *path, char *query) {
  char allow[ROUTE_ALLOW_CHARS];
  const struct route *route = NULL;
  const char *field, *why;
  struct params params = {0};
  const size_t path_len = strlen(path), query_len = strlen(query);
  const enum route_verdict verdict = route_match((enum http_method)(path_len % HTTP_METHODS), path, &route, &params, allow);
  HOLDS((verdict == ROUTE_FOUND) == (route != NULL));
  HOLDS(verdict != ROUTE_NO_METHOD || allow[0] != '\0');
  for (size_t i = 0; i < params.n; i++)
    HOLDS(params.item[i].value > path && params.item[i].value + strlen(params.item[i].value) <= path + path_len);
  const size_t of_path = params.n;
  if (query_parse(query, &params, &field, &why) == 0)
    for (size_t i = of_path; i < params.n; i++) {
      HOLDS(utf8_plain(params.item[i].value, strlen(params.item[i].value)));
      HOLDS(params.item[i].value >= query && params.item[i].value + strlen(params.item[i].value) <= query + query_len);
    }
  else
    HOLDS(why[0] != '\0');
  params_hold(&params);
}

static void try_cookie(const char *header) {
  char value[TOKEN_TEXT], again[2 * TOKEN_TEXT];
  if (!token_cookie(header, "__Host-sid", value, sizeof value))
    return;
  HOLDS(strlen(value) < sizeof value && strstr(header, value));
  HOLDS(token_cookie(header, "__Host-sid", again, sizeof again) && strcmp(value, again) == 0);
}

static void try_body(const char *text, size_t len) {
  json_t *body = NULL;
  const char *why = "";
  if (body_parse(text, len, &body, &why) < 0) {
    HOLDS(!body && why[0] != '\0');
    return;
  }
  HOLDS(json_is_object(body) && utf8_valid(text, len));
  json_decref(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1), tag[ETAG_TEXT];
  HOLDS(text);
  memcpy(text, data, size);
  text[size] = '\0';
  char *part[5] = {text, "", "", "", ""}, empty[1] = "";
  size_t n = 1;
  for (char *at = text; n < 5 && (at = memchr(at, '\n', size - (size_t)(at - text))); n++) {
    *at++ = '\0';
    part[n] = at;
  }
  etag_make("", 0, tag);
  (void)etag_matches(part[3], tag);
  try_cookie(part[2]);
  try_body(part[4], n == 5 ? size - (size_t)(part[4] - text) : 0);
  try_path(part[0], n > 1 ? part[1] : empty);
  free(text);
  return 0;
}
