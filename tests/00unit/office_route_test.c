/* The table of routes is in the order that finding relies on, and each path finds its own row. */
#include "office/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *name_of(enum http_method method, const char *path, struct params *params) {
  static char cut[256];
  static char allow[ROUTE_ALLOW_CHARS];
  const struct route *route;
  snprintf(cut, sizeof cut, "%s", path);
  switch (route_match(method, cut, &route, params, allow)) {
  case ROUTE_FOUND: return route->name;
  case ROUTE_NO_METHOD: return allow;
  case ROUTE_NO_PATH: break;
  }
  return "";
}

static void the_table_is_sorted(void **state) {
  (void)state;
  for (size_t i = 1; i < route_rows_n; i++) {
    const struct route *a = &route_rows[i - 1], *b = &route_rows[i];
    const int order = strcmp(a->path, b->path);
    if (order > 0 || (order == 0 && strcmp(http_method_name(a->method), http_method_name(b->method)) >= 0))
      fail_msg("%s %s must not stand before %s %s", http_method_name(a->method), a->path, http_method_name(b->method), b->path);
  }
}

static void rows_are_well_formed(void **state) {
  (void)state;
  for (size_t i = 0; i < route_rows_n; i++) {
    const struct route *row = &route_rows[i];
    assert_true(row->path[0] == '/' && strlen(row->path) < PARAMS_PATTERN_CHARS && strcspn(row->path, "?#& ") == strlen(row->path));
    if (row->kind == ROUTE_READ && row->method != HTTP_GET)
      fail_msg("%s reads with %s", row->path, http_method_name(row->method));
    if (row->kind == ROUTE_WRITE && row->method == HTTP_GET)
      fail_msg("%s writes with GET", row->path);
    assert_true((row->kind == ROUTE_HANDLER) == (row->handle != NULL));
    if (row->kind != ROUTE_HANDLER)
      assert_true(stmt_row(row->stmt)->reads == (row->kind == ROUTE_READ));
    for (size_t j = 0; j < i; j++)
      if (strcmp(route_rows[j].name, row->name) == 0)
        fail_msg("%s is there twice", row->name);
  }
}

/* Each row is found by its own path with something in the place of its parameters, and none hides another. */
static void each_row_is_found(void **state) {
  (void)state;
  for (size_t i = 0; i < route_rows_n; i++) {
    char path[PARAMS_PATTERN_CHARS];
    size_t n = 0, parameters = 0;
    for (const char *at = route_rows[i].path; *at; at++) {
      if (*at == '{') {
        at = strchr(at, '}');
        parameters++;
        path[n++] = '~'; /* no literal segment begins so */
      } else {
        path[n++] = *at;
      }
    }
    path[n] = '\0';
    struct params params = {.n = 99};
    assert_string_equal(name_of(route_rows[i].method, path, &params), route_rows[i].name);
    assert_int_equal(params.n, parameters);
    for (size_t p = 0; p < parameters; p++) {
      assert_string_equal(params.item[p].value, "~");
      assert_true(strcspn(params.item[p].name, "{}/") == strlen(params.item[p].name));
    }
  }
}

static void parameters_are_cut_out(void **state) {
  struct params params;
  (void)state;
  assert_string_equal(name_of(HTTP_GET, "/students/10 é42", &params), "student");
  assert_string_equal(params_get(&params, "student"), "10 é42");
  assert_null(params_get(&params, "students"));
  assert_string_equal(name_of(HTTP_POST, "/cases/17/acknowledge", &params), "case_act");
  assert_string_equal(params_get(&params, "case"), "17");
  assert_string_equal(params_get(&params, "verb"), "acknowledge");
}

static void a_literal_wins_over_a_parameter(void **state) {
  struct params params;
  (void)state;
  assert_string_equal(name_of(HTTP_POST, "/cases/bulk", &params), "cases_bulk");
  assert_string_equal(name_of(HTTP_GET, "/cases/bulk", &params), "POST");
  assert_string_equal(name_of(HTTP_GET, "/cases/bulky", &params), "case_show");
}

static void what_is_not_there(void **state) {
  static const char *const paths[] = {"",         "/",          "session",   "//session",         "/session/",
                                      "/Session", "/sessions/", "/students", "/students/1/2/3/4", "/session/extend/x"};
  struct params params;
  (void)state;
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
    if (strcmp(paths[i], "/students") != 0)
      assert_string_equal(name_of(HTTP_GET, paths[i], &params), "");
}

static void methods_are_named(void **state) {
  struct params params;
  (void)state;
  assert_string_equal(name_of(HTTP_PUT, "/session", &params), "DELETE, GET, HEAD, POST");
  assert_string_equal(name_of(HTTP_HEAD, "/session", &params), "session_show");
  assert_string_equal(name_of(HTTP_HEAD, "/session/extend", &params), "POST");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_table_is_sorted), cmocka_unit_test(rows_are_well_formed),
      cmocka_unit_test(each_row_is_found),   cmocka_unit_test(parameters_are_cut_out),
      cmocka_unit_test(what_is_not_there),   cmocka_unit_test(a_literal_wins_over_a_parameter),
      cmocka_unit_test(methods_are_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
