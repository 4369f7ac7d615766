/*
 * The routes, and finding one.
 *
 * The table is the list itself (db/office_routes.def), in its order: sorted by path, byte by byte. '{' comes after every
 * letter, so "/cases/bulk" stands before "/cases/{case}" and the first pattern that fits is the most exact one. Its methods
 * stand side by side; a path that fits a pattern is that pattern's, also when the method is not: then the answer is 405 and
 * not a look at the next pattern, so that no method finds another resource under the same path.
 *
 * A hundred rows are compared one after the other: two microseconds before a query of a thousand. Rejected: a tree or a hash
 * over them, which would be more to read than the table.
 */
#include "office/route.h"

#include "base/err.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
#define TARGET_READ(name) .stmt = STMT_OFFICE(name)
#define TARGET_WRITE(name) .stmt = STMT_OFFICE(name)
#define TARGET_HANDLER(name) .handle = name##_handle
#define CALL(name, kind)
#define ROUTE(method, path, name, kind, flags) {HTTP_##method, path, #name, ROUTE_##kind, flags, TARGET_##kind(name)},
const struct route route_rows[] = {
#include "db/office_routes.def"
};
#undef ROUTE
#undef CALL
/* clang-format on */

const size_t route_rows_n = sizeof route_rows / sizeof *route_rows;

static size_t segment_len(const char *at) {
  return strcspn(at, "/");
}

/* Segment for segment. A parameter takes any segment that is not empty. */
bool route_path_fits(const char *pattern, const char *path) {
  while (*pattern == '/' && *path == '/') {
    const size_t wanted = segment_len(++pattern), given = segment_len(++path);
    const bool fits = *pattern == '{' ? given > 0 : wanted == given && strncmp(pattern, path, given) == 0;
    if (!fits)
      return false;
    pattern += wanted;
    path += given;
  }
  return *pattern == '\0' && *path == '\0';
}

/* Both have fitted. Names and values are cut out of the two where they stand. */
static void path_cut(char *pattern, char *path, struct params *params) {
  while (*pattern == '/') {
    char *name = pattern + 1, *value = path + 1;
    pattern = name + segment_len(name);
    path = value + segment_len(value);
    if (*name == '{') {
      pattern[-1] = *path = '\0'; /* the brace, and the slash where one follows */
      params->item[params->n++] = (struct param){name + 1, value};
    }
  }
}

static void allow_add(char allow[ROUTE_ALLOW_CHARS], enum http_method method) {
  const size_t used = strlen(allow);
  snprintf(allow + used, ROUTE_ALLOW_CHARS - used, "%s%s%s", used > 0 ? ", " : "", http_method_name(method),
           method == HTTP_GET ? ", HEAD" : "");
}

enum route_verdict route_match(enum http_method method, char *path, const struct route **ret, struct params *ret_params,
                               char ret_allow[ROUTE_ALLOW_CHARS]) {
  size_t first = 0;
  while (first < route_rows_n && !route_path_fits(route_rows[first].path, path))
    first++;
  if (first == route_rows_n)
    return ROUTE_NO_PATH;
  const char *pattern = route_rows[first].path;
  const enum http_method wanted = method == HTTP_HEAD ? HTTP_GET : method;
  ret_allow[0] = '\0';
  for (size_t i = first; i < route_rows_n && strcmp(route_rows[i].path, pattern) == 0; i++) {
    if (route_rows[i].method == wanted) {
      *ret = &route_rows[i];
      snprintf(ret_params->pattern, sizeof ret_params->pattern, "%s", pattern);
      ret_params->n = 0;
      path_cut(ret_params->pattern, path, ret_params);
      return ROUTE_FOUND;
    }
    allow_add(ret_allow, route_rows[i].method);
  }
  return ROUTE_NO_METHOD;
}

bool route_takes_file(enum http_method method, const char *path) {
  for (size_t i = 0; i < route_rows_n; i++)
    if (route_rows[i].flags & ROUTE_FILE && route_rows[i].method == method && strcmp(route_rows[i].path, path) == 0)
      return true;
  return false;
}
