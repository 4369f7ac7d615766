/* Queries: what is read from them, and what is refused with the name it is about. */
#include "office/query.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "name=value;..." of what was read, or "! field" of what was refused. */
static const char *read_back(const char *query) {
  static char out[4096];
  char text[4096];
  const char *field, *why;
  struct params params = {0};
  size_t used = 0;
  snprintf(text, sizeof text, "%s", query);
  if (query_parse(text, &params, &field, &why) < 0) {
    assert_true(strlen(why) > 10);
    snprintf(out, sizeof out, "! %s", field);
    return out;
  }
  out[0] = '\0';
  for (size_t i = 0; i < params.n; i++)
    used += (size_t)snprintf(out + used, sizeof out - used, "%s=%s;", params.item[i].name, params.item[i].value);
  return out;
}

static void what_is_read(void **state) {
  (void)state;
  assert_string_equal(read_back(""), "");
  assert_string_equal(read_back("&&"), "");
  assert_string_equal(read_back("a=1"), "a=1;");
  assert_string_equal(read_back("a"), "a=;");
  assert_string_equal(read_back("a="), "a=;");
  assert_string_equal(read_back("a=1&b_2=x=y&"), "a=1;b_2=x=y;");
  assert_string_equal(read_back("a=%41+%2b%c3%A9%25"), "a=A +é%;");
}

static void what_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *query, *field;
  } rows[] = {{"=1", ""},     {"A=1", ""},       {"a%20=1", ""},           {"body=1", ""},      {"a[]=1", ""},  {"a=1&a=2", "a"},
              {"a=%", "a"},   {"a=%4", "a"},     {"a=%zz", "a"},           {"a=%00", "a"},      {"a=%0a", "a"}, {"a=%7f", "a"},
              {"a=%ff", "a"}, {"a=%c0%af", "a"}, {"b=1&a=%ed%a0%80", "a"}, {"a=%e2%80%ae", "a"}};
  char wanted[32];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    snprintf(wanted, sizeof wanted, "! %s", rows[i].field);
    assert_string_equal(read_back(rows[i].query), wanted);
  }
}

static void only_so_many(void **state) {
  char query[1024] = "";
  (void)state;
  for (int i = 0; i < OFFICE_PARAMS; i++)
    snprintf(query + strlen(query), sizeof query - strlen(query), "p%d=1&", i);
  assert_true(read_back(query)[0] == 'p');
  snprintf(query + strlen(query), sizeof query - strlen(query), "q=1");
  assert_string_equal(read_back(query), "! q");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_read),
      cmocka_unit_test(what_is_refused),
      cmocka_unit_test(only_so_many),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
