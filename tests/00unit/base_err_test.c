/* Errors have names, sentences and faults, all of them; and a number that is none does not trip whoever reports it. */
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_error_is_whole(void **state) {
  (void)state;
  static const int all[] = {
#define X(code, name, fault, text) name,
      ERR_TABLE(X)
#undef X
  };
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    assert_int_equal(all[i], -(int)i - 1);
    assert_memory_equal(err_name(all[i]), "E_", 2);
    assert_true(strlen(err_text(all[i])) > 5);
    assert_int_not_equal(err_fault(all[i]), FAULT_NONE);
    assert_int_equal(fault_info((int)err_fault(all[i]))->code, err_fault(all[i]));
  }
  assert_int_equal(err_fault(E_OK), FAULT_NONE);
}

/* What a client may do again must not be told as its own fault, and the other way round. */
static void the_database_never_makes_a_client_give_up(void **state) {
  (void)state;
  static const int later[] = {E_AWAY, E_UNKNOWN, E_FULL, E_DATABASE, E_UNSAFE, E_BUSY, E_NOMEM, E_SYSTEM};
  for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
    const struct fault_info *info = fault_info((int)err_fault(later[i]));
    assert_int_equal(info->retry, FAULT_RETRY_LATER);
    assert_false(info->closes);
  }
}

static void no_error_of_ours(void **state) {
  (void)state;
  assert_string_equal(err_name(-999), "E_?");
  assert_int_equal(err_fault(1), FAULT_INTERNAL);
  assert_true(strlen(err_text(7)) > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_error_is_whole),
      cmocka_unit_test(the_database_never_makes_a_client_give_up),
      cmocka_unit_test(no_error_of_ours),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
