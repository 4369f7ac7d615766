/*
 * Memory runs out at every single place of what reads and writes a request: parameters, bodies, problem documents, secrets.
 * jansson is made to fail as well, by its allocator hooks, with strings that its first buffer holds: where that cannot grow,
 * 2.14 drops one character and says nothing. The database gets a body as it came and not what jansson made of it; what a
 * handler reads is an address, a password or a code, and one with a character less is simply wrong.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/seal.h"
#include "office/body.h"
#include "office/etag.h"
#include "office/limits.h"
#include "office/problem.h"
#include "office/query.h"
#include "office/totp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/00unit/sweep.h"

static bool body_job(void) {
  static const char text[] = "{\"email\":\"a@b\",\"list\":[1,2.5,true,null,{\"deep\":\"text\"}],\"n\":12345678}";
  json_t *body = NULL;
  const char *why = "";
  const int err = body_parse(text, sizeof text - 1, &body, &why);
  if (err) {
    assert_true(err == E_NOMEM || err == E_INVALID);
    assert_true(strlen(why) > 10);
    return false;
  }
  assert_int_equal(json_object_size(body), 3);
  json_decref(body);
  return true;
}

static bool problem_job(void) {
  static const char added[] = "\"current\":{\"revision\":7,\"list\":[1,2,3]}";
  struct buf out;
  const struct problem problem = {.status = 409,
                                  .code = "conflict",
                                  .detail = "Somebody else was faster.",
                                  .remedy = "Look again.",
                                  .field = "revision",
                                  .more = "{\"current\":{\"revision\":7,\"list\":[1,2,3]}}"};
  buf_init(&out, OFFICE_ARGS_BYTES);
  problem_put(&out, &problem, "5f3a9c01-2b");
  const int err = buf_finish(&out);
  /* Members that could not be added are left out, and nothing of what every problem has. */
  const bool whole = err == E_OK && memmem(out.data, out.len, added, sizeof added - 1) != NULL;
  if (err == E_OK)
    assert_non_null(memmem(out.data, out.len, "\"request_id\":\"5f3a9c01-2b\"", 26));
  buf_done(&out);
  return whole;
}

static bool uri_job(void) {
  struct buf out;
  buf_init(&out, 4096);
  for (int i = 0; i < 20; i++)
    totp_uri(&out, "School of the tests", "somebody with a long address@school.example", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  const int err = buf_finish(&out);
  buf_done(&out);
  return err == E_OK;
}

static void memory_runs_out(void **state) {
  (void)state;
  json_set_alloc_funcs(__wrap_malloc, free);
  sweep(body_job);
  sweep(problem_job);
  sweep(uri_job);
  json_set_alloc_funcs(malloc, free);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(memory_runs_out)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
