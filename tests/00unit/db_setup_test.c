/* How a connection is opened: what an administrator's string may say, and where a try begins among several hosts. */
#include "db/setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What libpq takes: of a word said twice the last. The connection string itself is dbname, the first one of that name. */
static const char *said(const struct setup_params *params, const char *keyword) {
  const char *value = NULL;
  for (size_t i = 0; params->keywords[i] != NULL; i++)
    if (strcmp(params->keywords[i], keyword) == 0)
      value = params->values[i];
  return value;
}

static size_t place(const struct setup_params *params, const char *keyword) {
  size_t i = 0;
  while (params->keywords[i] != NULL && strcmp(params->keywords[i], keyword) != 0)
    i++;
  return i;
}

static void a_session_that_reads_finds_the_primary_too(void **state) {
  (void)state;
  struct setup_params params;
  setup_params(&params, "host=a,b target_session_attrs=read-write", ROLE_OFFICE, true, 1000);
  assert_string_equal(said(&params, "target_session_attrs"), "primary");
  assert_true(place(&params, "target_session_attrs") > place(&params, "dbname"));
  setup_params(&params, "host=a,b target_session_attrs=any", ROLE_STUDENT, false, 1000);
  assert_string_equal(said(&params, "target_session_attrs"), "read-write");
  assert_true(place(&params, "target_session_attrs") > place(&params, "dbname"));
}

static void a_try_begins_at_any_host(void **state) {
  static const struct {
    const char *url;
    unsigned turn;
    const char *host, *port;
  } cases[] = {
      {"host=a,b,c port=1,2,3 dbname=d", 0, "a,b,c", "1,2,3"},
      {"host=a,b,c port=1,2,3 dbname=d", 1, "b,c,a", "2,3,1"},
      {"host=a,b,c port=1,2,3 dbname=d", 5, "c,a,b", "3,1,2"},
      {"host=a,b port=5432 dbname=d", 1, "b,a", "5432"},
      {"host=a dbname=d", 7, "a", NULL},
      {"postgresql://a:1,b:2/d", 1, "b,a", "2,1"},
      {"dbname=d", 1, NULL, NULL},
      {"this is no string", 1, NULL, NULL},
      {"host=,b port=1,2", 1, "b,", "2,1"},
      {"host=a,,c", 1, ",c,a", NULL},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct setup_params params;
    setup_params(&params, cases[i].url, ROLE_STUDENT, false, 1000);
    setup_params_begin_at(&params, cases[i].turn);
    const char *const got[] = {said(&params, "host"), said(&params, "port")}, *const wanted[] = {cases[i].host, cases[i].port};
    for (size_t k = 0; k < 2; k++) {
      assert_int_equal(got[k] == NULL, wanted[k] == NULL);
      if (got[k] != NULL)
        assert_string_equal(got[k], wanted[k]);
    }
    assert_string_equal(said(&params, "dbname"), cases[i].url);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_session_that_reads_finds_the_primary_too),
      cmocka_unit_test(a_try_begins_at_any_host),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
